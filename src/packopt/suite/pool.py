"""What is to be served and what may serve it: rows of contents, and the pool of candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.catalogue import ADJUSTABLE, CARTON
from packopt.suite.fitting import fits_of_boxes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.suite.boxes import Shop
    from packopt.suite.offering import Offer

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Steps = NDArray[np.int32]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """``r`` rows that differ in what holds them.

    Attributes
    ----------
    boxes, box_start
        The frontier of each row.
    free
        ``(r,)`` whether its boxes are sorted sides.
    held
        ``(r, k)`` which packages of the offer hold the row.
    rise
        ``(r, s)`` what an order costs more than at the least size, in each of the ``s`` packages
        of the offer whose size is chosen for the order.
    weight
        ``(r,)`` orders that the set is fitted to.
    content_mm3
        ``(r,)`` content of all of them.
    """

    boxes: Steps
    box_start: Ints
    free: Mask
    held: Mask
    rise: Floats
    weight: Floats
    content_mm3: Floats

    def __len__(self) -> int:
        return len(self.free)

    def take(self, rows: Ints, weight: Floats, content_mm3: Floats) -> Rows:
        """Some rows, with other numbers of orders."""
        counts = np.diff(self.box_start)[rows]
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(counts, out=start[1:])
        index = np.repeat(self.box_start[rows] - start[:-1], counts) + np.arange(start[-1])
        return Rows(
            self.boxes[index], start, self.free[rows], self.held[rows], self.rise[rows], weight,
            content_mm3,
        )  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """Candidates: boxes of the grid and packages of the offer, in the order of a `Problem`.

    Attributes
    ----------
    steps
        ``(m, 3)`` of boxes; 0 for packages.
    package
        ``(m,)`` number of the package in the offer; -1 for boxes.
    today
        ``(m,)`` whether it is one of today's types.
    base
        ``(m,)`` cost with nothing but filler inside, in steps of the objective.
    n_filled
        Number of cartons, which stand first.
    sized
        ``(s,)`` columns of `Rows.rise` of the last candidates, whose size is chosen.
    """

    steps: Steps
    package: Ints
    today: Mask
    base: Floats
    n_filled: int
    sized: Ints

    def rise(self, rows: Rows) -> Floats:
        """What each of the last candidates costs a row more than at its least size."""
        return np.ascontiguousarray(rows.rise[:, self.sized])

    def fits(self, rows: Rows) -> Ints:
        """Which rows each candidate holds, as bits."""
        fits = np.zeros((len(rows), max(1, -(-len(self.base) // 64))), np.int64)
        boxes = np.flatnonzero(self.package < 0)
        # Boxes that no row needs stand where packages are, and hold nothing.
        steps = np.where(self.package[:, None] < 0, self.steps, 0).astype(np.int32)
        if len(boxes):
            fits |= fits_of_boxes(rows.boxes, rows.box_start, rows.free, steps)
        for j in np.flatnonzero(self.package >= 0).tolist():
            bit = rows.held[:, self.package[j]].astype(np.int64) << (j % 64)
            fits[:, j // 64] |= bit
        return fits


def make_pool(shop: Shop, steps: Steps, offer: Offer) -> Pool:
    """Candidates from boxes of the grid and packages, in the order of a `Problem`."""
    boxes = np.unique(steps.reshape(-1, 3), axis=0).astype(np.int32)
    of_boxes = shop.table[tuple(boxes.T)].astype(np.float64)
    n, k = len(boxes), offer.n_packages
    steps = np.concatenate([boxes, np.zeros((k, 3), np.int32)])
    base = np.concatenate([of_boxes, offer.base(shop.policy)])
    package = np.concatenate([np.full(n, -1, np.int64), np.arange(k)])
    # Cartons, mailers, and what has no fixed size.
    rank = np.concatenate([np.zeros(n, np.int64), np.minimum(offer.kind, ADJUSTABLE)])
    order = np.lexsort((package, base, rank))
    is_today = package[order] >= 0
    is_today &= package[order] < offer.n_today
    column = np.cumsum(offer.kind >= ADJUSTABLE) - 1
    sized = package[order][rank[order] == ADJUSTABLE]
    return Pool(
        steps[order], package[order], is_today, base[order], int((rank == CARTON).sum()),
        column[sized],
    )  # fmt: skip
