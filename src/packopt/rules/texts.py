"""A column of texts of which few are different, built from masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]


class Texts:
    """``n`` texts, at first none.

    Parameters
    ----------
    n
        Number of rows.
    """

    def __init__(self, n: int) -> None:
        self._code = np.full(n, -1, np.int64)
        self._texts: dict[str, int] = {}

    def put(self, where: Mask, text: str) -> None:
        """Set the text of some rows, in the place of what stands there."""
        if where.any():
            self._code[where] = self._number(text)

    def clear(self, where: Mask) -> None:
        """Take the text of some rows away."""
        self._code[where] = -1

    def name(self, bits: NDArray[np.uint64], text_of: Callable[[int], str]) -> None:
        """Set the text of all rows with any bit to one that tells their bits."""
        rows = np.flatnonzero(bits)
        different, which = np.unique(bits[rows], return_inverse=True)
        numbers = [self._number(text_of(int(one))) for one in different.tolist()]
        self._code[rows] = np.array(numbers, np.int64)[which.reshape(-1)]

    def add(self, where: Mask, text: str) -> None:
        """Add to the text of some rows."""
        self.add_words(np.where(where, 0, -1), (text,))

    def add_words(self, code: NDArray[np.integer], words: Sequence[str]) -> None:
        """Add a word to the text of each row; -1 adds nothing."""
        rows = np.flatnonzero(code >= 0)
        if not len(rows):
            return
        stride = len(words) + 1
        pairs, which = np.unique((self._code[rows] + 1) * stride + code[rows], return_inverse=True)
        before = [*self._texts]
        numbers = []
        for pair in pairs.tolist():
            old, new = divmod(pair, stride)
            parts = [before[old - 1]] if old else []
            numbers.append(self._number("; ".join([*parts, words[new]])))
        self._code[rows] = np.array(numbers, np.int64)[which.reshape(-1)]

    def column(self) -> pa.DictionaryArray:
        """The texts as a dictionary column; null where there is none."""
        indices = pa.array(self._code.astype(np.int32), mask=self._code < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array([*self._texts], pa.string()))

    def _number(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))
