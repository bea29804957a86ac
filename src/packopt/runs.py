"""Lists of different lengths that stand one after the other in one array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


def run_rows(first: Ints, length: NDArray[np.integer]) -> Ints:
    """The rows of some runs, run after run.

    Parameters
    ----------
    first, length
        ``(r,)`` where each run begins, and how many rows it has.

    Returns
    -------
    ``(length.sum(),)`` rows.
    """
    before: Ints = np.cumsum(length) - length
    return np.arange(int(length.sum())) + np.repeat(first - before, length)
