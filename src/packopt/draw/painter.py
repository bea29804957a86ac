"""The order in which cuboids are painted so that none is painted over one that hides it.

The eye is far away in the direction (1, 1, 1): what has greater coordinates is nearer. Along a line
of sight all three coordinates grow alike. So if two cuboids that do not overlap both lie on one
line of sight, the one that ends before the other starts, along any axis, is behind it. Two lie on a
common line of sight where the differences x - y, y - z and z - x of their points overlap: the
images are hexagons with sides in three directions, and these are what can separate them.

"Behind" may run in a circle, as three crossed beams show. Then some are cut in two (Newell, Newell
and Sancha, "A solution to the hidden surface problem", ACM 1972).
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_ROWS_AT_A_TIME: Final = 512


@dataclass(frozen=True, eq=False, slots=True)
class Pieces:
    """Cuboids in the order in which they are to be painted.

    Attributes
    ----------
    owner
        ``(p,)`` the cuboid that each is, or is cut from.
    low, high
        ``(p, 3)`` corners.
    """

    owner: Ints
    low: Ints
    high: Ints


def behind(low: Ints, high: Ints) -> tuple[Ints, Ints]:
    """Which cuboids hide a part of which.

    Parameters
    ----------
    low, high
        ``(n, 3)`` corners; nearer is greater.

    Returns
    -------
    Two arrays ``(pairs,)``: each of the first is behind its fellow in the second.
    """
    least = low - np.roll(high, -1, axis=1)  # of x - y, y - z, z - x over the cuboid
    most = high - np.roll(low, -1, axis=1)
    far, near = [], []
    for start in range(0, len(low), _ROWS_AT_A_TIME):
        rows = slice(start, start + _ROWS_AT_A_TIME)
        hides = (high[rows, None, 0] <= low[None, :, 0]) | (high[rows, None, 1] <= low[None, :, 1])
        hides |= high[rows, None, 2] <= low[None, :, 2]
        for axis in range(3):
            hides &= least[rows, None, axis] < most[None, :, axis]
            hides &= most[rows, None, axis] > least[None, :, axis]
        one, other = np.nonzero(hides)
        far.append(one + start)
        near.append(other)
    return np.concatenate([np.zeros(0, np.int64), *far]), np.concatenate(
        [np.zeros(0, np.int64), *near]
    )


def paint_order(low: Ints, high: Ints) -> Pieces:
    """Sort cuboids from back to front, cutting those that are behind each other in a circle.

    Parameters
    ----------
    low, high
        ``(n, 3)`` corners of cuboids of which no two overlap; nearer is greater.

    Returns
    -------
    The cuboids or their pieces. As far as nothing forbids it they stay in the given order.
    """
    owner = np.arange(len(low))
    while True:
        far, near = behind(low, high)
        order = _sorted(len(owner), far, near)
        if len(order) == len(owner):
            return Pieces(owner[order], low[order], high[order])
        owner, low, high = _cut(owner, low, high, _circle(len(owner), far, near))


def _sorted(n: int, far: Ints, near: Ints) -> Ints:
    """What can be sorted: the least number first among what has nothing left behind it."""
    by_far = np.argsort(far, kind="stable")
    fellows = near[by_far]
    start = np.searchsorted(far[by_far], np.arange(n + 1))
    waits = np.bincount(near, minlength=n)
    free = np.flatnonzero(waits == 0).tolist()
    order = []
    while free:
        one = heapq.heappop(free)
        order.append(one)
        for other in fellows[start[one] : start[one + 1]].tolist():
            waits[other] -= 1
            if waits[other] == 0:
                heapq.heappush(free, other)
    return np.array(order, np.int64)


def _circle(n: int, far: Ints, near: Ints) -> Ints:
    """The cuboids of the first circle."""
    from scipy.sparse import coo_array  # type: ignore[import-untyped]
    from scipy.sparse.csgraph import connected_components  # type: ignore[import-untyped]

    graph = coo_array((np.ones(len(far), np.int8), (far, near)), shape=(n, n))
    _, label = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(label)
    first = label[np.flatnonzero(size[label] > 1)[0]]
    return np.flatnonzero(label == first)


def _cut(owner: Ints, low: Ints, high: Ints, circle: Ints) -> tuple[Ints, Ints, Ints]:
    """Cut along the plane of a face of the circle that cuts the fewest of it.

    There is one: cuboids of which no face cuts another lie in a grid, where nothing runs in
    circles. And it ends: at the latest when all faces have cut everything, which is a grid.
    """
    cuts = [
        (int(count), axis, at)
        for axis in range(3)
        for at in np.unique([low[circle, axis], high[circle, axis]]).tolist()
        if (count := ((low[circle, axis] < at) & (high[circle, axis] > at)).sum())
    ]
    _, axis, at = min(cuts)
    torn = circle[(low[circle, axis] < at) & (high[circle, axis] > at)]
    nearer_low, farther_high = low[torn].copy(), high.copy()
    nearer_low[:, axis] = at
    farther_high[torn, axis] = at
    return (
        np.concatenate([owner, owner[torn]]),
        np.concatenate([low, nearer_low]),
        np.concatenate([farther_high, high[torn]]),
    )
