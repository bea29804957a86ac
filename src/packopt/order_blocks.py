"""Order files block by block: the raw columns of a few thousand rows at a time, of any format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows as they stand in the input.

    Attributes
    ----------
    n_rows
        How many they are, which a table without columns does not tell.
    table
        Those of the wanted columns that the block has.
    faults
        What is wrong with the shape of a row, by its index in the block.
    """

    n_rows: int
    table: pa.Table
    faults: dict[int, str] = field(default_factory=dict)


class Blocks(Protocol):
    """A file as blocks; what is known of its columns grows until the last block has been read."""

    @property
    def schema(self) -> pa.Schema:
        """Wanted columns, with the types that they would have if the file were read at once."""

    @property
    def ignored(self) -> tuple[str, ...]:
        """Names of the other columns."""

    @property
    def is_complete(self) -> bool:
        """True where all columns are known before the first block."""

    def __iter__(self) -> Iterator[Block]:
        """The blocks, in the order of the file; only once."""

    def close(self) -> None:
        """Close the file."""

    def bytes_read(self) -> int:
        """How much of the file has been read."""


class ReadAgainError(Exception):
    """What was known of the columns turned out wrong: forget all blocks, and begin again.

    Parameters
    ----------
    knowledge
        What to begin with, see `packopt.block_files.open_blocks`.
    """

    def __init__(self, knowledge: object) -> None:
        super().__init__("begin again")
        self.knowledge = knowledge
