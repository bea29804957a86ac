"""What the search for a size works with: costs by size, sums of sides, a heap, rooms remembered."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.bounds import MAX_LENGTH, WORD_BITS, _shifted
from packopt.kernel.layout import ANY, FIXED, FLAT, KIND, SIDE_A, Int64, Ints, Units

#: Coefficients of a size's cost: of 1, x, y, z, low, high, xy, xz, yz, zz, low low and xyz, where
#: low and high are the lesser and the greater of x and y.
TERMS = 12
#: What no cost reaches.
NEVER = Int64(1 << 62)

#: Columns of a cell: its bound (cost, outer volume), its ranges of lengths, widths and heights as
#: indices of first and last, and what is known of its last height.
BOUND_COST, BOUND_OUTER, X_FROM, X_TO, Y_FROM, Y_TO, Z_FROM, Z_TO, STATE = range(9)
CELL_COLUMNS = 9
#: Cells waiting at a time; what finds no place stays open.
MOST_CELLS = 8192
#: Rooms remembered as refuted, and as holding the order; forgetting some costs questions only.
MOST_REFUTED, MOST_KNOWN = 256, 32


class SizeSpace(NamedTuple):
    """Work areas of the search for a size; ``m`` is the largest order's number of units."""

    words: Ints  # (w,) set of sums on one axis
    floors: Ints  # (3, MAX_LENGTH + 1) by axis, the largest sum up to each length
    ceiling: Ints  # (MAX_LENGTH + 2,) the least sum from each height on
    sides: Ints  # (2, MAX_LENGTH) lengths and widths that differ in what they have room for
    sums: Ints  # (2, MAX_LENGTH) the largest sums they have room for
    cells: Ints  # (MOST_CELLS, CELL_COLUMNS) a heap, cheapest bound first
    refuted: Ints  # (MOST_REFUTED, 4) rooms that do not hold the order, and why
    known: Ints  # (MOST_KNOWN, 4) rooms that do
    filled: Ints  # (4,) how many are refuted and known, and where the next of each goes
    one_room: Ints  # (1, 3)
    rise: Ints  # (5,) cost and outer volume by height, at one length and width
    around: Ints  # (3,) size around a plan
    size: Ints  # (3,) best size in mm
    plan: Ints  # (m, 6) for it


def new_size_space(max_units: int) -> SizeSpace:
    """Return work areas for orders of up to ``max_units`` units."""

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return SizeSpace(
        words=ints(MAX_LENGTH // WORD_BITS + 1),
        floors=ints(3, MAX_LENGTH + 1),
        ceiling=ints(MAX_LENGTH + 2),
        sides=ints(2, MAX_LENGTH),
        sums=ints(2, MAX_LENGTH),
        cells=ints(MOST_CELLS, CELL_COLUMNS),
        refuted=ints(MOST_REFUTED, 4),
        known=ints(MOST_KNOWN, 4),
        filled=ints(4),
        one_room=ints(1, 3),
        rise=ints(5),
        around=ints(3),
        size=ints(3),
        plan=ints(max_units, 6),
    )


@njit(cache=True, nogil=True)
def cost_at(coefficient: Ints, f: int, x: int, y: int, z: int) -> int:
    """Return what a size of package ``f`` costs, its empty space filled as if it held nothing."""
    low, high = min(x, y), max(x, y)
    c = coefficient
    flat = c[f, 0] + c[f, 1] * x + c[f, 2] * y + c[f, 4] * low + c[f, 5] * high
    flat += c[f, 6] * x * y + c[f, 10] * low * low
    rise = c[f, 3] + c[f, 7] * x + c[f, 8] * y + c[f, 11] * x * y + c[f, 9] * z
    return flat + rise * z


@njit(cache=True, nogil=True)
def outer_at(wall_mm: Ints, f: int, x: int, y: int, z: int) -> int:
    """Return the outer volume of a size of package ``f`` in mm3."""
    return (x + wall_mm[f, 0]) * (y + wall_mm[f, 1]) * (z + wall_mm[f, 2])


@njit(cache=True, nogil=True)
def before(cost: int, outer: int, other_cost: int, other_outer: int) -> bool:
    """Return whether one cost comes before another; the outer volumes break ties."""
    return cost < other_cost or (cost == other_cost and outer < other_outer)


@njit(cache=True, nogil=True)
def rise_at(
    coefficient: Ints, wall_mm: Ints, f: int, saved: int, x: int, y: int, rise: Ints
) -> None:
    """Write to ``rise`` how cost and outer volume grow with the height."""
    square = coefficient[f, 9]
    flat = cost_at(coefficient, f, x, y, 0)
    rise[0] = flat - saved
    rise[1] = cost_at(coefficient, f, x, y, 1) - flat - square
    rise[2] = square
    rise[4] = (x + wall_mm[f, 0]) * (y + wall_mm[f, 1])
    rise[3] = rise[4] * wall_mm[f, 2]


@njit(cache=True, nogil=True)
def cost_of(rise: Ints, z: int) -> int:
    """Return the cost at height ``z``."""
    return rise[0] + (rise[1] + rise[2] * z) * z


@njit(cache=True, nogil=True)
def outer_of(rise: Ints, z: int) -> int:
    """Return the outer volume at height ``z`` in mm3."""
    return rise[3] + rise[4] * z


@njit(cache=True, nogil=True)
def _extents(units: Units, u: int, axis: int) -> tuple[int, int, int]:
    """Return the extents that a unit may have on an axis; where there are fewer, one repeats."""
    a = Int64(units[u, SIDE_A])
    b = Int64(units[u, SIDE_A + 1])
    c = Int64(units[u, SIDE_A + 2])
    kind = units[u, KIND]
    if kind == ANY:
        return a, b, c
    if kind == FLAT:
        a, c = c, a
    if axis == 2:
        return c, c, c
    if kind == FIXED:
        return (a, a, a) if axis == 0 else (b, b, b)
    return a, b, b


@njit(cache=True, nogil=True)
def list_sums(
    units: Units, first: int, n: int, axis: int, longest: int, words: Ints, floor: Ints
) -> int:
    """Write to ``floor`` the largest sum, one extent each of some units, up to every length.

    Every length up to ``longest``. Returns the least length that each unit alone needs.
    """
    last = longest // WORD_BITS
    for t in range(last + 1):
        words[t] = 0
    words[0] = 1
    least = Int64(0)
    for u in range(first, first + n):
        p, q, r = _extents(units, u, axis)
        least = max(least, min(p, q, r))
        p_words, p_bits = divmod(p, WORD_BITS)
        q_words, q_bits = divmod(q, WORD_BITS)
        r_words, r_bits = divmod(r, WORD_BITS)
        # From the top down, so that the words below still hold the sums without this unit.
        for t in range(last, -1, -1):
            word = words[t] | _shifted(words, t - p_words, p_bits)
            if q != p:
                word |= _shifted(words, t - q_words, q_bits)
            if r != q:
                word |= _shifted(words, t - r_words, r_bits)
            words[t] = word
    largest = Int64(0)
    length = Int64(0)
    for t in range(last + 1):
        word = words[t]
        for _ in range(min(WORD_BITS, longest + 1 - length)):
            if word & 1:
                largest = length
            floor[length] = largest
            word >>= 1
            length += 1
    return least


@njit(cache=True, nogil=True)
def list_sides(
    offered: Ints, begin: int, end: int, lost: int, least: int, every: bool, floor: Ints,
    side: Ints, sums: Ints,
) -> int:  # fmt: skip
    """List the sides with room for larger sums than those before; return how many there are.

    ``lost`` mm of every side are not usable, and ``least`` must be. ``every`` lists all of those.
    """
    count = 0
    done = Int64(-1)
    for t in range(begin, end):
        usable = offered[t] - lost
        if usable >= least and (every or floor[usable] > done):
            done = floor[usable]
            side[count] = offered[t]
            sums[count] = done
            count += 1
    return count


@njit(cache=True, nogil=True)
def first_from(offered: Ints, begin: int, end: int, length: int) -> int:
    """Return the index of the first side on offer that is at least ``length``, else ``end``."""
    while begin < end:
        middle = (begin + end) // 2
        if offered[middle] < length:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(cache=True, nogil=True)
def last_before(offered: Ints, begin: int, end: int, rise: Ints, cost: int, outer: int) -> int:
    """Return the index of the last height on offer whose size comes before a limit."""
    while begin < end:
        middle = (begin + end) // 2
        z = offered[middle]
        if before(cost_of(rise, z), outer_of(rise, z), cost, outer):
            begin = middle + 1
        else:
            end = middle
    return begin - 1


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


@njit(cache=True, nogil=True)
def turned(x: int, y: int, z: int, free: int) -> tuple[int, int, int]:
    """Return a room's sides, sorted as far as turning it changes nothing for the units.

    ``free`` is 0 where some unit is fixed, 1 where some must stay upright or flat, else 2.
    """
    if free > 0 and x > y:
        x, y = y, x
    if free == 2 and z < y:
        y, z = z, y
        if y < x:
            x, y = y, x
    return x, y, z


@njit(cache=True, nogil=True)
def why_refuted(refuted: Ints, count: int, x: int, y: int, z: int) -> int:
    """Return why some room that is at least as large was refuted, 0 if none was."""
    for t in range(count):
        if x <= refuted[t, 0] and y <= refuted[t, 1] and z <= refuted[t, 2]:
            return refuted[t, 3]
    return Int64(0)


@njit(cache=True, nogil=True)
def is_known(known: Ints, count: int, x: int, y: int, z: int) -> bool:
    """Return whether some room that holds the order is no larger."""
    for t in range(count):  # noqa: SIM110 (Numba compiles no generators)
        if x >= known[t, 0] and y >= known[t, 1] and z >= known[t, 2]:
            return True
    return False


@njit(cache=True, nogil=True)
def remember(rooms: Ints, filled: Ints, which: int, x: int, y: int, z: int, reason: int) -> None:
    """Add a room to a list that forgets its oldest when it is full."""
    at = filled[which + 2]
    rooms[at, 0] = x
    rooms[at, 1] = y
    rooms[at, 2] = z
    rooms[at, 3] = reason
    filled[which + 2] = (at + 1) % len(rooms)
    filled[which] = min(filled[which] + 1, len(rooms))
