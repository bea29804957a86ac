"""Cells of the search for a size: which there are, and what their sizes cost at least.

A cell is a range of lengths times a range of widths; how they are searched tells ``sizes.py``.

Only sums of unit extents matter: units pushed into a corner reach up to such sums (normal patterns;
Herz 1972), so sides with room for the same sums are one side to ask about, the shortest.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import REACH, SIDE, Int64, Ints, Units
from packopt.kernel.size_cost import before, cost_of, outer_of, rise_at
from packopt.kernel.size_heap import push
from packopt.kernel.size_sides import first_from, last_before, list_sides, list_sums

#: What is known of a cell's last height: nothing; that a greater one holds the order; that it
#: stayed open.
FRESH, HELD, OPENED = range(3)


@njit(cache=True, nogil=True)
def list_rooms(
    f: int, offered: Ints, begins: Ints, every: bool, lost: int, units: Units, first: int, n: int,
    free: int, words: Ints, floors: Ints, ceiling: Ints, sides: Ints, sums: Ints,
) -> tuple[int, int, int, int]:  # fmt: skip
    """List the lengths and widths to ask about, and the sums of extents that each height holds.

    With ``every`` no side stands for another. Returns how many lengths and widths there are, the
    least height of a room, and the row of ``floors`` that has the sums of heights. No lengths where
    no size can hold the order.
    """
    x_begin, y_begin, z_begin, z_end = begins[f, 0], begins[f, 1], begins[f, 2], begins[f, 3]
    x_longest, y_longest = offered[y_begin - 1] - lost, offered[z_begin - 1] - lost
    highest = offered[z_end - 1] - lost
    # The sums of one axis serve for all three where every unit turns freely.
    y_row, z_row = Int64(free == 0), Int64(0 if free == 2 else 2)
    longest = x_longest
    if free > 0:
        longest = max(longest, y_longest)
    if free == 2:
        longest = max(longest, highest)
    x_least = list_sums(units, first, n, 0, longest, words, floors[0])
    y_least = lowest = x_least
    if free == 0:
        y_least = list_sums(units, first, n, 1, y_longest, words, floors[1])
    if free < 2:
        lowest = list_sums(units, first, n, 2, highest, words, floors[2])
    n_x = list_sides(offered, x_begin, y_begin, lost, x_least, every, floors[0], sides[0], sums[0])
    n_y = list_sides(
        offered, y_begin, z_begin, lost, y_least, every, floors[y_row], sides[1], sums[1]
    )
    if n_y == 0 or lowest > highest:
        return Int64(0), n_y, lowest, z_row
    ceiling[highest + 1] = highest + 1
    for h in range(highest, -1, -1):
        ceiling[h] = h if floors[z_row, h] == h else ceiling[h + 1]
    return n_x, n_y, lowest, z_row


@njit(cache=True, nogil=True)
def _least_height(x: int, y: int, lowest: int, inside: int, most: Ints) -> int:
    """Return the least height that sides and a volume leave to a room, -1 if no height will do.

    ``most`` are the least sorted sides that any room must have, ``lowest`` its least height.
    """
    long, short = max(x, y), min(x, y)
    if long < most[1] or short < most[0]:
        return Int64(-1)
    if long < most[2]:
        height = most[2]
    elif short < most[1]:
        height = most[1]
    else:
        height = most[0]
    return max(height, lowest, (inside + x * y - 1) // (x * y))


@njit(cache=True, nogil=True)
def bound_cell(
    x_from: int, x_to: int, y_from: int, y_to: int, f: int, offered: Ints, z_begin: int,
    z_end: int, coefficient: Ints, wall_mm: Ints, coolant_mm3: int, saved: int, lost: int,
    sides: Ints, sums: Ints, ceiling: Ints, lowest: int, highest: int, inside: int, most: Ints,
    best_cost: int, best_outer: int, rise: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Bound what sizes of some lengths and widths that hold the order cost.

    Returns ``(0, first)``: they cost no less than the shortest and narrowest at the height of index
    ``first``, whose cost ``rise`` has. Or ``(reason, z_end)`` where none comes before the best.
    """
    area = sides[0, x_to] * sides[1, y_to]
    shelf = lost + (coolant_mm3 + area - 1) // area
    needed = _least_height(sums[0, x_to], sums[1, y_to], lowest, 0, most)
    if needed < 0 or needed > highest:
        return SIDE, z_end
    at = first_from(offered, z_begin, z_end, ceiling[needed] + shelf)
    if at == z_end:
        return SIDE, z_end
    rise_at(coefficient, wall_mm, f, saved, sides[0, x_from], sides[1, y_from], rise)
    z = offered[at]
    if not before(cost_of(rise, z), outer_of(rise, z), best_cost, best_outer):
        return SIDE, z_end
    needed = _least_height(sums[0, x_to], sums[1, y_to], lowest, inside, most)
    if needed > highest:
        return REACH, z_end
    at = first_from(offered, at, z_end, ceiling[needed] + shelf)
    if at == z_end:
        return REACH, z_end
    z = offered[at]
    if not before(cost_of(rise, z), outer_of(rise, z), best_cost, best_outer):
        return REACH, z_end
    return 0, at


@njit(cache=True, nogil=True)
def too_small(
    f: int, offered: Ints, begins: Ints, coolant_mm3: int, lost: int, inside: int, best_cost: int,
    best_outer: int, rise: Ints,
) -> bool:  # fmt: skip
    """Return whether the largest size that comes before the best has less volume than the units."""
    x, y = offered[begins[f, 1] - 1], offered[begins[f, 2] - 1]
    at = last_before(offered, begins[f, 2], begins[f, 3], rise, best_cost, best_outer)
    usable = offered[at] - lost - (coolant_mm3 + x * y - 1) // (x * y)
    return (x - lost) * (y - lost) * usable < inside


@njit(cache=True, nogil=True)
def half(
    part: int, along_x: bool, x_from: int, x_to: int, y_from: int, y_to: int
) -> tuple[int, int, int, int]:
    """Return the lengths and widths, from first to last, of one of the two halves of a cell."""
    if along_x:
        middle = (x_from + x_to) // 2
        if part == 0:
            return x_from, middle, y_from, y_to
        return middle + 1, x_to, y_from, y_to
    middle = (y_from + y_to) // 2
    if part == 0:
        return x_from, x_to, y_from, middle
    return x_from, x_to, middle + 1, y_to


@njit(cache=True, nogil=True)
def send_scouts(
    step: int, turn: bool, n_x: int, n_y: int, f: int, offered: Ints, z_begin: int, z_end: int,
    coefficient: Ints, wall_mm: Ints, coolant_mm3: int, saved: int, lost: int, sides: Ints,
    sums: Ints, ceiling: Ints, lowest: int, highest: int, inside: int, most: Ints, best_cost: int,
    best_outer: int, rise: Ints, cells: Ints,
) -> int:  # fmt: skip
    """Fill the heap with single lengths and widths, each ``step`` percent of the next.

    Returns how many cells there are.
    """
    n_cells = 0
    i = n_x - 1
    while i >= 0:
        j = n_y - 1
        while j >= 0:
            if not turn or sides[0, i] >= sides[1, j]:
                reason, at = bound_cell(
                    i, i, j, j, f, offered, z_begin, z_end, coefficient, wall_mm, coolant_mm3,
                    saved, lost, sides, sums, ceiling, lowest, highest, inside, most, best_cost,
                    best_outer, rise,
                )  # fmt: skip
                if reason == 0 and n_cells < len(cells):
                    cost, outer = cost_of(rise, offered[at]), outer_of(rise, offered[at])
                    push(cells, n_cells, cost, outer, i, i, j, j, at, z_end - 1, FRESH)
                    n_cells += 1
            j = min(j, first_from(sides[1], 0, n_y, sides[1, j] * step // 100)) - 1
        i = min(i, first_from(sides[0], 0, n_x, sides[0, i] * step // 100)) - 1
    return n_cells
