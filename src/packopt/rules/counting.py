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


def count_words(
    table: pa.Table, names: Sequence[str], weight: str | None = None
) -> dict[Words, int]:
    """Count the rows with each combination of words.

    Parameters
    ----------
    table
        Any table.
    names
        Columns of words, encoded or not: few are different, and so are their combinations.
    weight
        The column that says for how many rows each stands; None where each is one.

    Returns
    -------
    Number of rows by the words, null among them, in order of first appearance.
    """
    counts: dict[Words, int] = {}
    read = [*names] if weight is None else [*names, weight]
    for batch in table.select(read).to_batches():
        columns = [column.dictionary_encode() for column in batch.columns[: len(names)]]
        stands_for = None if weight is None else batch.columns[-1].to_numpy()
        for words, count in _counted(columns, stands_for):
            counts[words] = counts.get(words, 0) + count
    return counts


def _counted(
    columns: list[pa.DictionaryArray], stands_for: Ints | None
) -> Iterator[tuple[Words, int]]:
    """Combinations of columns of one length, and their rows."""
    n = len(columns[0])
    code = np.zeros(n, np.int64)
    found: list[Words] = [()]
    for column in columns:
        words = [*column.dictionary.to_pylist(), None]
        index = column.indices
        if len(words) == 2 and not index.null_count:  # one in all rows
            found = [(*one, words[0]) for one in found]
            continue
        if index.null_count:
            index = pc.fill_null(index, len(words) - 1)
        # Combinations that do not occur are dropped at each step: their number would explode.
        code, present = _compact(code * len(words) + index.to_numpy(), len(found) * len(words))
        found = [(*found[one // len(words)], words[one % len(words)]) for one in present.tolist()]
    first = np.zeros(len(found), np.int64)
    first[code[::-1]] = np.arange(n)[::-1]
    number = np.zeros(len(found), np.int64)
    np.add.at(number, code, 1 if stands_for is None else stands_for)
    yield from ((found[one], int(number[one])) for one in np.argsort(first).tolist())


def _compact(code: Ints, size: int) -> tuple[Ints, Ints]:
    """Codes below ``size`` as places among those that occur; and these, ascending."""
    occurs = np.bincount(code, minlength=size) > 0
    place = np.cumsum(occurs) - 1
    return place[code], np.flatnonzero(occurs)
