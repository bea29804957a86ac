"""Rows that are alike: most parcels of a year are, and what they share is found out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.labels import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

#: Lists of more rows than this are rare, and hardly ever alike: each is of its own kind.
_LONGEST: Final = 8
_MOST_KEYS: Final = 1 << 62


@dataclass(frozen=True, eq=False, slots=True)
class Alike:
    """Which of ``n`` rows are alike: each is of one of ``c`` cases.

    Attributes
    ----------
    first
        ``(c,)`` the first row of each case, ascending.
    case
        ``(n,)`` the case of each row.
    """

    first: Ints
    case: Ints

    def of(self, rows: Ints) -> Alike:
        """Which of some rows are alike."""
        return alike(len(rows), [self.case[rows]])


def alike(n: int, columns: Iterable[NDArray[Any]]) -> Alike:
    """Rows that have the same value in every column, floats being compared bit by bit.

    Parameters
    ----------
    n
        Number of rows.
    columns
        ``(n,)`` each: integers, truth values, or floats of 64 bits. Those that follow from others
        before them take the least time.
    """
    found = Alike(np.zeros(min(n, 1), np.int64), np.zeros(n, np.int64))
    of_each = found.first.take(found.case)
    for column in columns:
        values = column.view(np.int64) if column.dtype.kind == "f" else column
        # Most columns say nothing at all, and that is found out sooner.
        if (values == values[:1]).all() or np.array_equal(values.take(of_each), values):
            continue
        found = _parted(found, values)
        of_each = found.first.take(found.case)
    return found


def alike_lists(start: Ints, rows: Alike, columns: Iterable[NDArray[Any]] = ()) -> Alike:
    """Lists of rows that are alike: row by row, and in every column.

    Parameters
    ----------
    start
        ``(n + 1,)`` the rows of list ``i`` are ``start[i]`` to ``start[i + 1] - 1``, at least one.
    rows
        Which rows are alike.
    columns
        As of `alike`, ``(n,)`` each.

    Returns
    -------
    Alike
        Long lists are like no other.
    """
    length = np.diff(start)
    kind, kinds = rows.case[start[:-1]], len(rows.first)
    for at in range(1, min(int(length.max(initial=0)), _LONGEST)):
        longer = np.flatnonzero(length > at)
        part = alike(len(longer), [kind[longer], rows.case[start[longer] + at]])
        kind[longer] = kinds + part.case
        kinds += len(part.first)
    long = np.flatnonzero(length > _LONGEST)
    kind[long] = kinds + np.arange(len(long))
    return alike(len(kind), [kind, *columns])


def _parted(found: Alike, values: NDArray[Any]) -> Alike:
    """Part cases by one more column."""
    low, high = int(values.min()), int(values.max())
    if (high - low + 1) * len(found.first) < _MOST_KEYS:
        pairs = found.case * (high - low + 1) + (values.astype(np.int64) - low)
    else:
        code, distinct = encode(pa.array(values))
        pairs = found.case * len(distinct) + code
    case, keys = encode(pa.array(pairs))
    first = np.empty(len(keys), np.int64)
    # From the last row to the first: what is assigned last stays.
    first[case[::-1]] = np.arange(len(case) - 1, -1, -1)
    return Alike(first, case.astype(np.int64))
