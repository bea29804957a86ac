"""Sides on offer, and the sums of extents that they have room for."""

from __future__ import annotations

from numba import njit

from packopt.kernel.bounds import WORD_BITS, shifted
from packopt.kernel.layout import ANY, FIXED, FLAT, KIND, SIDE_A, Int64, Ints, Units
from packopt.kernel.size_cost import before, cost_of, outer_of


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
            word = words[t] | shifted(words, t - p_words, p_bits)
            if q != p:
                word |= shifted(words, t - q_words, q_bits)
            if r != q:
                word |= shifted(words, t - r_words, r_bits)
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
