"""Words by row as small integers: what may differ from line to line, and mostly does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False, slots=True)
class Labels:
    """A column of words in which most rows share a few, or have none.

    Attributes
    ----------
    code
        ``(n,)`` index into ``words``; -1 where there is none.
    words
        The distinct words, in order of first appearance.
    """

    code: NDArray[np.int32]
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: pa.Array) -> Self:
        """Values of any type as words; null is none."""
        encoded = values.dictionary_encode()
        code = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
        return cls(code.astype(np.int32), tuple(map(str, encoded.dictionary.to_pylist())))

    @classmethod
    def none(cls, n: int) -> Self:
        """``n`` rows without a word."""
        return cls(np.full(n, -1, np.int32))

    def __len__(self) -> int:
        return len(self.code)

    def __getitem__(self, rows: slice | NDArray[np.integer] | NDArray[np.bool_]) -> Labels:
        """The same words for some rows."""
        return Labels(self.code[rows], self.words)

    def word(self, row: int) -> str | None:
        """The word of one row, or None."""
        code = int(self.code[row])
        return None if code < 0 else self.words[code]
