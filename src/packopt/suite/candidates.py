"""Candidates: the frontiers of all rows, thinned to some thousands of boxes.

Boxes of one cell of a lattice, whose steps grow in proportion to the sides, are replaced by their
join, the smallest box that holds what each of them holds. So no candidate is larger than a box of
a frontier by more than one step of the lattice. What the thinning costs is stated by the bound over
the whole grid (`pricing`), which also brings back boxes that were missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.suite.boxes import Shop

    Ints = NDArray[np.int64]
    Steps = NDArray[np.int32]

#: Boxes of a frontier that cost so many times the cheapest of it are left out: flat or thin, they
#: would be candidates for nobody.
_DEAR: Final = 1.25


def thinned(
    shop: Shop,
    boxes: Steps,
    box_start: Ints,
    free: NDArray[np.bool_],
    weight: NDArray[np.float64],
    most: int,
) -> Steps:
    """Candidates from frontiers.

    Parameters
    ----------
    shop
        What can be made.
    boxes, box_start
        ``(b, 3)`` steps and ``(r + 1,)``: the frontier of each row.
    free
        ``(r,)`` whether those of a row are sorted sides.
    weight
        ``(r,)`` orders of each row; rows without any have no candidates.
    most
        About how many candidates.

    Returns
    -------
    ``(m, 3)`` steps: shorter and longer side of the opening, height; all can be made.
    """
    row = np.repeat(np.arange(len(free)), np.diff(box_start))
    least = -(-shop.machine.least_side_mm // shop.grid_mm)
    fit = np.sort(np.maximum(boxes, least), axis=1)
    used = weight[row] > 0
    pool = np.unique(fit[used & _cheap(shop, fit, row, len(free))], axis=0)
    chosen = joins(pool, most)
    joined = np.array([_largest(shop, pool)], np.int32)
    if shop.machine.sheet_mm is not None:
        # The blank of a join may be larger than the sheet, though those of its boxes are not.
        made = shop.can_make(shop.stand(chosen))
        chosen = np.concatenate([chosen[made], _in_cells(pool, chosen[~made])])
    steps = np.unique(shop.ways(np.concatenate([chosen, joined])), axis=0)
    return np.asarray(steps[shop.can_make(steps)], dtype=np.int32)


def near(shop: Shop, steps: Steps, reach: int = 1) -> Steps:
    """Boxes of the grid up to so many steps from some, those included, that can be made."""
    around = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1)] * 3, indexing="ij"), axis=-1)
    moved = (steps[:, None, :] + around.reshape(1, -1, 3)).reshape(-1, 3)
    moved = moved[(moved >= 1).all(axis=1) & (moved <= shop.most).all(axis=1)].astype(np.int32)
    found = np.unique(shop.ways(np.sort(moved, axis=1)), axis=0)
    return np.asarray(found[shop.can_make(found)], dtype=np.int32)


def _cheap(shop: Shop, fit: Steps, row: Ints, n_rows: int) -> NDArray[np.bool_]:
    """Boxes that cost little more than the cheapest of their frontier."""
    table = shop.table
    cost = table[tuple(shop.stand(fit).T)].astype(np.float64)
    cost[cost < 0] = np.inf
    least = np.full(n_rows, np.inf)
    np.minimum.at(least, row, cost)
    return np.asarray(np.isfinite(cost) & (cost <= _DEAR * least[row]))


def joins(pool: Steps, most: int) -> Steps:
    """About so many sizes at most, each the join of those of one cell of a lattice."""
    if len(pool) <= most:
        return pool
    low, high = 1.0, 1.6
    for _ in range(20):
        ratio = (low + high) / 2
        low, high = (ratio, high) if len(_joins(pool, ratio)) > most else (low, ratio)
    return _joins(pool, high)


def _joins(pool: Steps, ratio: float) -> Steps:
    """One box for each cell of a lattice: the join of those in it."""
    cell = np.floor(np.log(pool) / np.log(ratio)).astype(np.int64)
    _, place = np.unique(cell, axis=0, return_inverse=True)
    place = place.reshape(-1)
    joined = np.zeros((place.max() + 1, pool.shape[1]), pool.dtype)
    np.maximum.at(joined, place, pool)
    return np.unique(joined, axis=0)


def _in_cells(pool: Steps, joined: Steps) -> Steps:
    """Boxes of the pool that one of some joins holds."""
    inside = np.zeros(len(pool), np.bool_)
    for one in joined:
        inside |= (pool <= one).all(axis=1)
    return pool[inside]


def _largest(shop: Shop, pool: Steps) -> list[int]:
    """The join of all: with it, any number of types holds everything, if it can be made."""
    if not len(pool):
        return [shop.most] * 3
    return [int(one) for one in pool.max(axis=0)]
