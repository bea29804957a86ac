"""Ragged arrays in chunks: the lines of many orders, the pairs of many parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Index = NDArray[np.int64]

_CHUNK: Final = 1 << 19  # elements at a time: large enough for numpy, small enough for the cache


def expand(start: Index, stop: Index) -> tuple[Index, Index]:
    """Concatenate the ranges ``start[r]`` to ``stop[r] - 1``.

    Returns
    -------
    tuple
        Row r of each element and the element itself, both ``(sum(stop - start),)``.
    """
    count = stop - start
    row = np.repeat(np.arange(len(start)), count)
    offset = np.repeat(np.cumsum(count) - count, count)
    return row, np.arange(len(row)) - offset + start[row]


def chunks(count: Index) -> Iterator[slice]:
    """Split rows with `count` elements each into slices of about `_CHUNK` elements."""
    total = np.cumsum(count)
    first = 0
    while first < len(count):
        before = int(total[first - 1]) if first else 0
        last = int(np.searchsorted(total, before + _CHUNK, side="right"))
        last = max(last, first + 1)
        yield slice(first, last)
        first = last


def pairs(group: Index) -> Iterator[tuple[Index, Index]]:
    """All pairs of elements of the same group, in chunks.

    Parameters
    ----------
    group
        ``(n,)`` group numbers in ascending order.

    Yields
    ------
    tuple
        Indices i and j, i < j, both ``(pairs,)``.
    """
    element = np.arange(len(group))
    last = np.searchsorted(group, group, side="right")
    for part in chunks(last - element - 1):
        row, second = expand(element[part] + 1, last[part])
        yield element[part][row], second
