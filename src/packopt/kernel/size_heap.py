"""Cells of sizes that wait to be looked at, on a heap: the cheapest bound comes first."""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import Int64, Ints
from packopt.kernel.size_cost import before

#: Columns of a cell: its bound (cost, outer volume), its ranges of lengths, widths and heights as
#: indices of first and last, and what is known of its last height.
BOUND_COST, BOUND_OUTER, X_FROM, X_TO, Y_FROM, Y_TO, Z_FROM, Z_TO, STATE = range(9)
CELL_COLUMNS = 9
#: Cells waiting at a time; what finds no place stays open.
MOST_CELLS = 8192


@njit(cache=True, nogil=True)
def push(
    cells: Ints, count: int, cost: int, outer: int, x_from: int, x_to: int, y_from: int, y_to: int,
    z_from: int, z_to: int, state: int,
) -> None:  # fmt: skip
    """Put a cell on the heap of ``count``."""
    at = Int64(count)
    while at > 0:
        above = (at - 1) // 2
        if not before(cost, outer, cells[above, BOUND_COST], cells[above, BOUND_OUTER]):
            break
        for c in range(CELL_COLUMNS):
            cells[at, c] = cells[above, c]
        at = above
    cells[at, BOUND_COST] = cost
    cells[at, BOUND_OUTER] = outer
    cells[at, X_FROM] = x_from
    cells[at, X_TO] = x_to
    cells[at, Y_FROM] = y_from
    cells[at, Y_TO] = y_to
    cells[at, Z_FROM] = z_from
    cells[at, Z_TO] = z_to
    cells[at, STATE] = state


@njit(cache=True, nogil=True)
def drop_first(cells: Ints, count: int) -> None:
    """Take the first cell off the heap, of which ``count`` are left."""
    cost, outer = cells[count, BOUND_COST], cells[count, BOUND_OUTER]
    at = 0
    while 2 * at + 1 < count:
        below = 2 * at + 1
        if below + 1 < count and before(
            cells[below + 1, BOUND_COST], cells[below + 1, BOUND_OUTER],
            cells[below, BOUND_COST], cells[below, BOUND_OUTER],
        ):  # fmt: skip
            below += 1
        if not before(cells[below, BOUND_COST], cells[below, BOUND_OUTER], cost, outer):
            break
        for c in range(CELL_COLUMNS):
            cells[at, c] = cells[below, c]
        at = below
    for c in range(CELL_COLUMNS):
        cells[at, c] = cells[count, c]
