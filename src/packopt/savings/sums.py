"""Sums over rows of figures that are kept once for all rows that are alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


def sums_by(
    key: Ints, n_keys: int, case: Ints, figures: Floats, share: Floats | None = None
) -> Floats:
    """Sums of figures by key.

    Parameters
    ----------
    key
        ``(n,)`` key of each row, below `n_keys`.
    n_keys
        Number of keys.
    case
        ``(n,)`` which row of the figures each row has.
    figures
        ``(c, m)`` the figures.
    share
        ``(n,)`` how much of them each row has; all of them if None.

    Returns
    -------
    ``(n_keys, m)``, the same on every machine.
    """
    from scipy.sparse import coo_array  # type: ignore[import-untyped]

    share = np.ones(len(key)) if share is None else share
    taken = coo_array((share, (key, case)), shape=(n_keys, len(figures))).tocsr()
    return np.asarray(taken @ figures, dtype=np.float64)
