"""The whole grid against prices of rows: which boxes are worth more than the candidates.

The bound of `bounds.py` holds for the candidates. With the same prices of rows, the worth of every
box of the grid can be summed up over the rows that it holds, which the frontiers tell. That bounds
any set of boxes of the grid, and boxes that are worth much are candidates that were missing
(column generation: Gilmore and Gomory, Operations Research 9, 1961).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

import packopt.kernel  # noqa: F401  (decides where compiled code is kept)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from packopt.kernel.layout import Floats, Ints


@njit(cache=True, nogil=True)
def _price_box(
    p: int, q: int, h: int, free: bool, every_way: bool, weight: float, price: float, table: Ints,
    worth: Floats, write: bool,
) -> bool:  # fmt: skip
    """Price a box, free ones on each face on which they may stand; return False if all cost more.

    A box that is not made may have larger ones that are.
    """
    known = False
    gains = False
    for way in range(3 if free else 1):
        x, y, z = p, q, h
        if free:
            if way == 0:
                x, y, z = p, h, q
            elif way == 1:
                if p == q:
                    continue
                x, y, z = q, h, p
            elif q == h or not every_way:
                continue
        cost = table[x, y, z]
        if cost < 0:
            continue
        known = True
        if weight * cost < price:
            gains = True
            if write:
                worth[x, y, z] += weight * cost - price
    return gains or not known


@njit(cache=True, nogil=True)
def worth_of_grid(  # noqa: C901  (one loop; splitting it costs calls)
    boxes: NDArray[np.int32], box_start: Ints, free: NDArray[np.bool_], weight: Floats,
    price: Floats, table: Ints, every_way: bool, worth: Floats, heights: Ints,
) -> None:  # fmt: skip
    """Add to ``worth`` what each box costs less the price of rows that it serves for less.

    ``boxes`` and ``box_start`` are frontiers as in ``frontiers.mark_fits``; ``table`` and ``worth``
    ``(n + 1, n + 1, n + 1)`` are by shorter and longer side of the opening and height, the cost in
    ``table`` being negative where no box is made, and growing with every side. ``heights
    (n + 2,)`` is a work area.
    """
    n = len(table) - 1
    for r in range(len(weight)):
        begin, end = box_start[r], box_start[r + 1]
        if begin == end:
            continue
        low, flat = n, n
        for at in range(begin, end):
            low = min(low, boxes[at, 0])
            flat = min(flat, boxes[at, 2])
        # heights[q]: the least height of boxes of the frontier of this q and no larger p.
        heights[:] = n + 1
        for p in range(low, n + 1):
            for at in range(begin, end):
                if boxes[at, 0] == p:
                    heights[boxes[at, 1]] = min(heights[boxes[at, 1]], boxes[at, 2])
            lowest = max(flat, p) if free[r] else flat
            if not _price_box(
                p, p, lowest, free[r], every_way, weight[r], price[r], table, worth, False
            ):
                break
            least = n + 1
            for q in range(p):
                least = min(least, heights[q])
            for q in range(p, n + 1):
                least = min(least, heights[q])
                lowest = max(flat, q) if free[r] else flat
                if not _price_box(
                    p, q, lowest, free[r], every_way, weight[r], price[r], table, worth, False
                ):
                    break
                for h in range(max(least, q) if free[r] else least, n + 1):
                    if not _price_box(
                        p, q, h, free[r], every_way, weight[r], price[r], table, worth, True
                    ):
                        break
