"""Rows that are alike: most parcels of a year are, and what they share is found out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from packopt.labels import encode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


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


def alike(n: int, columns: Iterable[NDArray[Any]]) -> Alike:
    """Rows that have the same value in every column, NaN being the same as NaN.

    Parameters
    ----------
    n
        Number of rows.
    columns
        ``(n,)`` each, of 64 bits. Those that follow from others before them take the least time.
    """
    found = Alike(np.zeros(min(n, 1), np.int64), np.zeros(n, np.int64))
    for column in columns:
        values = column.view(np.int64)
        if not np.array_equal(values[found.first][found.case], values):
            found = _parted(found, values)
    return found


def _parted(found: Alike, values: Ints) -> Alike:
    """Part cases by one more column."""
    code, distinct = encode(pa.array(values))
    case, keys = encode(pa.array(found.case * len(distinct) + code))
    first = np.empty(len(keys), np.int64)
    # From the last row to the first: what is assigned last stays.
    first[case[::-1]] = np.arange(len(case) - 1, -1, -1)
    return Alike(first, case.astype(np.int64))
