"""Counting rows by their words, without making a text of any."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Words = tuple[str | None, ...]


def count_words(table: pa.Table, names: Sequence[str]) -> dict[Words, int]:
    """Count the rows with each combination of words.

    Parameters
    ----------
    table
        Any table.
    names
        Columns of words, encoded or not: few are different, and so are their combinations.

    Returns
    -------
    Number of rows by the words, null among them, in order of first appearance.
    """
    counts: dict[Words, int] = {}
    for batch in table.select(list(names)).to_batches():
        for words, count in _counted([column.dictionary_encode() for column in batch.columns]):
            counts[words] = counts.get(words, 0) + count
    return counts


def _counted(columns: list[pa.DictionaryArray]) -> Iterator[tuple[Words, int]]:
    """Combinations of columns of one length, and their rows."""
    n = len(columns[0])
    code = np.zeros(n, np.int64)
    found: list[Words] = [()]
    for column in columns:
        words = [*column.dictionary.to_pylist(), None]
        index = column.indices
        if index.null_count:
            index = pc.fill_null(index, len(words) - 1)
        # Combinations that do not occur are dropped at each step: their number would explode.
        code, present = _compact(code * len(words) + index.to_numpy(), len(found) * len(words))
        found = [(*found[one // len(words)], words[one % len(words)]) for one in present.tolist()]
    first = np.zeros(len(found), np.int64)
    first[code[::-1]] = np.arange(n)[::-1]
    number = np.bincount(code, minlength=len(found))
    yield from ((found[one], int(number[one])) for one in np.argsort(first).tolist())


def _compact(code: Ints, size: int) -> tuple[Ints, Ints]:
    """Codes below ``size`` as places among those that occur; and these, ascending."""
    occurs = np.bincount(code, minlength=size) > 0
    place = np.cumsum(occurs) - 1
    return place[code], np.flatnonzero(occurs)
