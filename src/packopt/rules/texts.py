"""A column of texts of which few are different, built from masks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
        self._code = np.full(n, -1, np.int32)
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
        different, which = _distinct(bits[rows])
        numbers = [self._number(text_of(one)) for one in different]
        self._code[rows] = np.array(numbers, np.int32)[which]

    def add(self, where: Mask, text: str) -> None:
        """Add to the text of some rows."""
        self.add_words(np.where(where, 0, -1), (text,))

    def add_words(self, code: NDArray[np.integer], words: Sequence[str]) -> None:
        """Add a word to the text of each row; -1 adds nothing."""
        rows = np.flatnonzero(code >= 0)
        if not len(rows):
            return
        stride = len(words) + 1
        pairs, which = _distinct((self._code[rows].astype(np.int64) + 1) * stride + code[rows])
        before = [*self._texts]
        numbers = []
        for pair in pairs:
            old, new = divmod(pair, stride)
            parts = [before[old - 1]] if old else []
            numbers.append(self._number("; ".join([*parts, words[new]])))
        self._code[rows] = np.array(numbers, np.int32)[which]

    def column(self) -> pa.DictionaryArray:
        """The texts as a dictionary column; null where there is none."""
        indices = pa.array(self._code, mask=self._code < 0)
        return pa.DictionaryArray.from_arrays(indices, pa.array([*self._texts], pa.string()))

    def _number(self, text: str) -> int:
        return self._texts.setdefault(text, len(self._texts))


def _distinct(values: NDArray[Any]) -> tuple[list[int], NDArray[np.int32]]:
    """What `numpy.unique` says, which sorts a million values to find the few that differ."""
    encoded = pa.array(values).dictionary_encode()
    different = encoded.dictionary.to_numpy()
    ascending = np.argsort(different)
    place = np.empty(len(different), np.int32)
    place[ascending] = np.arange(len(different))
    return different[ascending].tolist(), place[encoded.indices.to_numpy()]
