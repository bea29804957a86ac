"""Orders that are alike: what decides how they may travel is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packopt.alike import Alike, alike, alike_lists
from packopt.labels import Labels

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Column = Labels | NDArray[Any]


def kinds_of(
    line_start: NDArray[np.int64],
    skus: pa.DictionaryArray,
    by_line: Iterable[Column],
    by_order: Iterable[Column],
) -> Alike:
    """Which orders are alike: line by line, one after the other, and as a whole.

    Parameters
    ----------
    line_start
        ``(n + 1,)`` the lines of order ``i`` are ``line_start[i]`` to ``line_start[i + 1] - 1``.
    skus
        ``(m,)`` the articles.
    by_line, by_order
        What else is told of each line, and of each order: numbers, ``(m,)`` or ``(m, k)``, and
        labels.

    Returns
    -------
    Alike
        Orders of more than eight lines are like no other.
    """
    lines = alike(len(skus), [skus.indices.to_numpy(), *_numbers(by_line)])
    return alike_lists(line_start, lines, _numbers(by_order))


def _numbers(columns: Iterable[Column]) -> list[NDArray[Any]]:
    """Columns as one-dimensional numbers."""
    numbers = (one.code if isinstance(one, Labels) else one for one in columns)
    return [part for one in numbers for part in (one.T if one.ndim > 1 else [one])]
