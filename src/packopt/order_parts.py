"""Order files larger than memory: split once into parts, each read as the whole would be."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import numpy as np
import pyarrow as pa

from packopt.block_files import BLOCK_BYTES, BLOCK_ROWS, open_blocks
from packopt.errors import OrdersError
from packopt.order_blocks import Block, Blocks, ReadAgainError
from packopt.order_columns import NO_ROWS, Source, Whole
from packopt.order_lines import accept_lines
from packopt.order_split import Splitter
from packopt.orders import Orders
from packopt.parsing import is_text
from packopt.part_files import MANIFEST, Manifest, PartWriter, clear, read_part
from packopt.raw_table import RawTable
from packopt.reading import damage_told, kind_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from packopt.block_lines import BlockLines

KINDS: Final = {"csv": "csv", "ndjson": "json", "json": "json"} | {
    kind: kind for kind in ("parquet", "arrow")
}


@dataclass(frozen=True, eq=False)
class OrderParts:
    """An input split into parts, each small enough to be read at once.

    An order is in the part of its first appearance, so the parts one after the other hold the
    orders in the order of the whole input.

    Attributes
    ----------
    directory
        Where the part files are.
    """

    directory: Path
    _manifest: Manifest

    @classmethod
    def open(cls, directory: str | PathLike[str]) -> Self:
        """Open what `part_orders` has written.

        Parameters
        ----------
        directory
            Its ``into``.

        Returns
        -------
        The parts.

        Raises
        ------
        OrdersError
            If the split is not complete, or its manifest is damaged.
        """
        path = Path(directory)
        return cls(path, Manifest.read(path))

    @property
    def source(self) -> str:
        """The input, as messages call it."""
        return self._manifest.source

    @property
    def n_parts(self) -> int:
        """Number of parts, at least 1."""
        return len(self._manifest.part_rows)

    @property
    def n_rows(self) -> int:
        """Rows of the input, empty ones included."""
        return self._manifest.n_rows

    @property
    def n_orders(self) -> int:
        """Distinct order ids of the input, those of rejected orders included."""
        return self._manifest.n_orders

    @property
    def part_rows(self) -> tuple[int, ...]:
        """Rows of each part."""
        return self._manifest.part_rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the input that are read."""
        return tuple(self._manifest.schema.names)

    @property
    def ignored(self) -> tuple[str, ...]:
        """The other columns of the input."""
        return self._manifest.ignored

    def __len__(self) -> int:
        return self.n_parts

    def __iter__(self) -> Iterator[Orders]:
        """The orders of each part, read when their turn comes."""
        return (self.read(part) for part in range(self.n_parts))

    def read(self, part: int) -> Orders:
        """Read and check the order lines of a part.

        Parameters
        ----------
        part
            Its number, from 0.

        Returns
        -------
        The accepted orders, with the rejects; both tell rows of the whole input. Notes on columns,
        empty rows and weights are about the whole input, and the same in each part; those that
        count lines or orders count the part's; `packopt.part_notes.sum_notes` adds them up.

        Raises
        ------
        OrdersError
            If a part file is missing or damaged.
        IndexError
            If there is no such part.
        """
        if not 0 <= part < self.n_parts:
            raise IndexError(f"no part {part}; there are {self.n_parts}, from 0")
        known = self._manifest
        table, rows, faults = read_part(self.directory, part, known.schema)
        whole = Whole(rows, known.n_empty_rows, known.has_weights)
        raw = RawTable(table, known.ignored, faults)
        return Orders(**accept_lines(Source(raw, known.source, whole), None))


def part_orders(
    path: str | PathLike[str],
    into: str | PathLike[str],
    *,
    kind: str | None = None,
    orders_per_part: int = 50_000,
    digest: str | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> OrderParts:
    """Split a file of order lines, of any size, into parts of whole orders.

    It is read block by block. In memory are a few blocks, one part, 64 MB of lines that wait for
    their part, and 12 bytes for each distinct order; a JSON array, of at most 64 MB, is read at
    once. All parts together hold what `read_orders` would make of the file.

    Parameters
    ----------
    path
        As for `read_orders`.
    into
        Directory for the part files, made where there is none. A complete split of the same input
        is used as it is; anything else of an earlier split is removed. Nobody else may write there.
    kind
        ``csv``, ``ndjson``, ``json``, ``parquet`` or ``arrow``, where the suffix of ``path`` does
        not say it; the compression is always by suffix.
    orders_per_part
        How many orders first appear in each part.
    digest
        What the input's content is known by, such as its SHA-256; without it, size and time of
        change tell whether the input is the same as before.
    progress
        Called after each block with the bytes of the file read so far, and its size.

    Returns
    -------
    The parts.

    Raises
    ------
    OrdersError
        If the file is missing, damaged or of an unknown type, unusable as a whole (no rows,
        missing or ambiguous columns, personal data), or asks for more memory than real data does.
    ValueError
        If ``kind`` is unknown or ``orders_per_part`` below 1.
    """
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind {kind!r}; expected one of {', '.join(KINDS)}")
    if orders_per_part < 1:
        raise ValueError(f"orders_per_part {orders_per_part}; expected at least 1")
    path, into = Path(fspath(path)), Path(fspath(into))
    form = kind_of(path, OrdersError, None if kind is None else KINDS[kind])
    stamp = _stamp(path, digest) | {"kind": form, "orders_per_part": orders_per_part}
    earlier = _complete(into, stamp, str(path))
    if earlier is not None:
        return earlier
    into.mkdir(parents=True, exist_ok=True)
    try:
        with damage_told(path, form, OrdersError):
            manifest = _split(path, into, form, stamp, progress)
    except BaseException:
        clear(into)
        raise
    manifest.write(into)
    return OrderParts(into, manifest)


def _stamp(path: Path, digest: str | None) -> dict[str, Any]:
    found = path.stat()
    told = {"digest": digest} if digest else {"mtime_ns": found.st_mtime_ns}
    return {"size": found.st_size} | told


def _complete(into: Path, stamp: dict[str, Any], source: str) -> OrderParts | None:
    """What an earlier call has made of the same input, or None."""
    if not (into / MANIFEST).exists():
        return None
    try:
        parts = OrderParts.open(into)
    except OrdersError:
        return None
    known = parts._manifest  # noqa: SLF001
    return parts if (known.stamp, known.source) == (stamp, source) else None


def _split(
    path: Path,
    into: Path,
    kind: str,
    stamp: dict[str, Any],
    progress: Callable[[int, int], object] | None,
) -> Manifest:
    knowledge: object = None
    while True:
        clear(into)
        writer = PartWriter(into)
        splitter = Splitter(str(path), writer, stamp["orders_per_part"])
        blocks = open_blocks(path, kind, knowledge, block_bytes=BLOCK_BYTES, block_rows=BLOCK_ROWS)
        try:
            take_all(blocks, splitter, str(path), lambda done: _tell(progress, done, stamp))
        except ReadAgainError as again:
            knowledge = again.knowledge
            continue
        finally:
            blocks.close()
        writer.finish()
        return Manifest(
            source=str(path),
            stamp=stamp,
            schema=plain_schema(blocks.schema),
            ignored=blocks.ignored,
            n_rows=splitter.lines.n_rows,
            n_empty_rows=splitter.lines.n_empty_rows,
            n_orders=splitter.n_orders,
            has_weights=splitter.lines.has_weights,
            part_rows=tuple(writer.rows),
        )


def _tell(progress: Callable[[int, int], object] | None, done: int, stamp: dict[str, Any]) -> None:
    if progress is not None:
        progress(min(done, stamp["size"]), stamp["size"])


class Taker(Protocol):
    """Takes blocks, and counts their lines."""

    lines: BlockLines

    def take(self, block: Block) -> None:
        """Take the next block."""


def take_all(blocks: Blocks, taker: Taker, source: str, tell: Callable[[int], object]) -> None:
    """Take every block, and refuse an input that is unusable as a whole.

    Parameters
    ----------
    blocks
        The input.
    taker
        Takes its blocks.
    source
        What messages call it.
    tell
        Called after each block with the bytes of the file read so far.

    Raises
    ------
    OrdersError
        If it has no rows, or its columns are missing, ambiguous, or personal data.
    """
    if blocks.is_complete:
        # Better before the first of many gigabytes than after the last.
        _refuse_columns(blocks, source, has_weights=False)
    for block in blocks:
        taker.take(block)
        tell(blocks.bytes_read())
    _refuse_columns(blocks, source, has_weights=taker.lines.has_weights)
    if taker.lines.n_rows == taker.lines.n_empty_rows:
        raise OrdersError(source, NO_ROWS)


def _refuse_columns(blocks: Blocks, source: str, *, has_weights: bool) -> None:
    """Refuse names and types of columns as the whole-file reader does, by a row of nulls."""
    columns = [pa.nulls(1, one.type) for one in blocks.schema]
    nulls = pa.Table.from_arrays(columns, schema=blocks.schema)
    whole = Whole(np.ones(1, np.int64), 0, has_weights)
    accept_lines(Source(RawTable(nulls, blocks.ignored), source, whole), None)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Text is kept as plain strings, whatever the input keeps it as."""
    return pa.schema([(one.name, _plain_type(one.type)) for one in schema])


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return pa.string() if is_text(kind) and not pa.types.is_null(kind) else kind
