"""Orders that are drawn together when a replay asks how sure its figures are.

Orders of one day share promotions, packers and weather, so days are drawn as a whole where there
are enough of them. Without dates every order is drawn by itself; many orders are put into blocks at
random, which leaves the variance of their sums as it is and makes drawing fast.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

SEED: Final = 1
#: Fewer days than this say too little about how days differ.
LEAST_DAYS: Final = 20
MOST_BLOCKS: Final = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class Clusters:
    """``n`` orders in clusters.

    Attributes
    ----------
    index
        ``(n,)`` cluster of each order, from 0.
    count
        Number of clusters.
    by
        "date" or "order".
    """

    index: Ints
    count: int
    by: str


def cluster(date: pa.Array | pa.ChunkedArray | None, n: int) -> Clusters:
    """Put orders into clusters: by day where there are `LEAST_DAYS`, else by themselves.

    Parameters
    ----------
    date
        ``(n,)`` days, null where unknown; None where no order has one.
    n
        Number of orders.

    Returns
    -------
    The clusters; orders without a day are in blocks as large as days are on average.
    """
    if date is not None:
        day = np.asarray(date.cast(pa.int32()).to_numpy(zero_copy_only=False), dtype=np.float64)
        dated = ~np.isnan(day)
        days, index = np.unique(day[dated], return_inverse=True)
        if len(days) >= LEAST_DAYS:
            every = np.empty(n, np.int64)
            every[dated] = index.reshape(-1)
            others = beside_days(n - int(dated.sum()), len(days), int(dated.sum()))
            every[~dated] = len(days) + others.index
            return Clusters(every, len(days) + others.count, "date")
    count = min(n, MOST_BLOCKS)
    return Clusters(_blocks(n, count), count, "order")


def beside_days(n: int, n_days: int, n_dated: int) -> Clusters:
    """Put ``n`` orders without a day into blocks as large as the days of others are on average."""
    count = min(-(-n * n_days // n_dated), MOST_BLOCKS)
    return Clusters(_blocks(n, count), count, "order")


def _blocks(n: int, count: int) -> Ints:
    """Block of each of ``n`` orders, at random, in ``count`` blocks that differ by one at most."""
    block = np.arange(n) % max(count, 1)
    if n > count:
        np.random.default_rng(SEED).shuffle(block)
    return block
