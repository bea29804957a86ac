"""Proofs that units do not fit a container: pairs, reachable lengths, dual feasible functions.

Each proof looks only at orientations that fit, so it is sound under rotation: whatever orientation
a packing gives a unit, the proof has counted one that is at least as kind. True means "proven that
they do not fit"; False means nothing. Integers only, so there is no tolerance to trust.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import ONE, Int64, Ints, lowest

#: Longest side of a container, in mm.
MAX_LENGTH = 10_000
#: Bits used of each word of a set of lengths: the sign bit stays free, so that shifts stay simple.
WORD_BITS = 63
WORD_MASK = Int64(2**63 - 1)
#: Words of a set of the lengths 0..MAX_LENGTH: the shape of the workspace of `reach`.
REACH_WORDS = MAX_LENGTH // WORD_BITS + 1
#: Most functions that `dff` tries on an axis: identity, six roundings, four foldings.
MAX_FUNCTIONS = 11
FOLDINGS = 4


@njit(cache=True, nogil=True)
def pairs_clash(n: int, room: Ints, least: Ints, only: Ints) -> bool:
    """Tell whether two units cannot be side by side, or some cannot all stand in one row.

    Two units of a packing are separated on some axis, where their extents add up to at most the
    container's. So a pair whose smallest extents exceed the container on every axis refutes all.
    Units that can be separated on one axis only, pair by pair, form a row on that axis: their
    smallest extents must add up to at most its length. Sound under rotation because the extents
    are each unit's smallest over its fitting orientations, axis by axis; for two units exact.

    Source: Martello, Pisinger and Vigo (2000) for units larger than half a container;
    rows are the cliques of Fekete and Schepers (2004), "A combinatorial characterization of
    higher-dimensional orthogonal packing".

    Parameters
    ----------
    n
        Number of units.
    room
        Extents of the container in mm, shape ``(3,)``.
    least
        Smallest extents of each unit over its fitting orientations in mm, shape ``(n, 3)``.
    only
        Workspace, shape ``(3, 32)``: for each axis and unit the set of later units that can be
        separated from it on that axis only.
    """
    rows = False
    for i in range(n):
        only[0, i] = 0
        only[1, i] = 0
        only[2, i] = 0
        free_x = room[0] - least[i, 0]
        free_y = room[1] - least[i, 1]
        free_z = room[2] - least[i, 2]
        for j in range(i + 1, n):
            x = least[j, 0] <= free_x
            y = least[j, 1] <= free_y
            z = least[j, 2] <= free_z
            if x:
                if not (y or z):
                    only[0, i] |= ONE << j
                    rows = True
            elif y:
                if not z:
                    only[1, i] |= ONE << j
                    rows = True
            elif z:
                only[2, i] |= ONE << j
                rows = True
            else:
                return True
    if not rows:
        return False
    for a in range(3):
        for i in range(n):
            if only[a, i] and _row_exceeds(least, only, a, only[a, i], room[a] - least[i, a]):
                return True
    return False


@njit(cache=True, nogil=True)
def _row_exceeds(least: Ints, only: Ints, a: int, members: int, length: int) -> bool:
    """Tell whether some row among ``members`` is longer than ``length`` on axis ``a``."""
    if length < 0:
        return True
    total = Int64(0)
    rest = members
    while rest:
        total += least[lowest(rest), a]
        rest &= rest - 1
    if total <= length:
        return False
    first = lowest(members)
    after = members & (members - 1)
    if _row_exceeds(least, only, a, after & only[a, first], length - least[first, a]):
        return True
    return _row_exceeds(least, only, a, after, length)


@njit(cache=True, nogil=True)
def reach(
    n: int, room: Ints, ext: Ints, n_ext: Ints, volume: Ints, tight: Ints, domain: Ints,
    lengths: Ints,
) -> bool:  # fmt: skip
    """Shrink the container to what rows of units can reach; tell whether they no longer fit.

    Push every unit of a packing towards the origin: each then starts where a row of other units
    ends, so on every axis the whole packing ends at a sum of extents, one for each unit of a row.
    The container may therefore shrink to the largest such sum on all axes at once; an orientation
    that no longer fits is dropped, which leaves fewer sums. When volume or sides no longer fit,
    there was no packing. Sound under rotation because every fitting extent of a unit enters, each
    unit at most once in a row.

    Source: normal patterns of Herz (1972) and Christofides and Whitlock (1977); as a reduction of
    the container with rotations, Boschetti (2004), "New lower bounds for the three-dimensional
    finite bin packing problem".

    Parameters
    ----------
    n
        Number of units.
    room
        Extents of the container in mm, at most 10,000, shape ``(3,)``.
    ext
        Extents of the fitting orientations in mm, shape ``(n, 6, 3)``.
    n_ext
        Number of fitting orientations, shape ``(n,)``.
    volume
        Volumes in cubic mm, shape ``(n,)``.
    tight
        Written, shape ``(3,)``: the shrunken container, which holds the units if ``room`` does.
    domain
        Written, shape ``(n,)``: for each unit the set of orientations that fit ``tight``.
    lengths
        Workspace, shape ``(REACH_WORDS,)``.
    """
    total = Int64(0)
    for a in range(3):
        tight[a] = room[a]
    for i in range(n):
        domain[i] = (ONE << n_ext[i]) - 1
        total += volume[i]
    if total > tight[0] * tight[1] * tight[2]:
        return True
    shrunk = True
    while shrunk:
        shrunk = False
        for a in range(3):
            longest = _longest_row(n, tight[a], ext, domain, a, lengths)
            if longest < tight[a]:
                tight[a] = longest
                shrunk = True
        if shrunk:
            if total > tight[0] * tight[1] * tight[2]:
                return True
            if not refit(n, tight, ext, domain):
                return True
    return False


@njit(cache=True, nogil=True)
def refit(n: int, tight: Ints, ext: Ints, domain: Ints) -> bool:
    """Drop the orientations that do not fit ``tight``; False when a unit has none left."""
    for i in range(n):
        rest = domain[i]
        while rest:
            k = lowest(rest)
            rest &= rest - 1
            if ext[i, k, 0] > tight[0] or ext[i, k, 1] > tight[1] or ext[i, k, 2] > tight[2]:
                domain[i] &= ~(ONE << k)
        if domain[i] == 0:
            return False
    return True


@njit(cache=True, nogil=True)
def _longest_row(n: int, length: int, ext: Ints, domain: Ints, a: int, lengths: Ints) -> int:
    """Return the largest sum of extents on axis ``a``, one each of some units, up to ``length``."""
    words = length // WORD_BITS + 1
    for t in range(words):
        lengths[t] = 0
    lengths[0] = 1
    full = ONE << (length - (words - 1) * WORD_BITS)
    for i in range(n):
        if lengths[words - 1] & full:
            return length
        # A cuboid has at most three extents on an axis; where it has fewer, one stands twice.
        rest = domain[i]
        first = ext[i, lowest(rest), a]
        second = first
        third = first
        while rest:
            width = ext[i, lowest(rest), a]
            rest &= rest - 1
            if width != first:
                if second == first:
                    second = width
                elif width != second:
                    third = width
        q1, r1 = divmod(first, WORD_BITS)
        q2, r2 = divmod(second, WORD_BITS)
        q3, r3 = divmod(third, WORD_BITS)
        # From the top down, so that the words below still hold the sums without this unit.
        for t in range(words - 1, -1, -1):
            new = lengths[t]
            new |= shifted(lengths, t - q1, r1)
            if second != first:
                new |= shifted(lengths, t - q2, r2)
                if third != first:
                    new |= shifted(lengths, t - q3, r3)
            lengths[t] = new
    top = words - 1
    word = lengths[top] & (WORD_MASK >> (WORD_BITS - 1 - (length - top * WORD_BITS)))
    while word == 0:
        top -= 1
        word = lengths[top]
    longest = top * WORD_BITS
    while word > 1:
        word >>= 1
        longest += 1
    return longest


@njit(cache=True, nogil=True)
def shifted(lengths: Ints, t: int, r: int) -> int:
    """Return what lands in a word when word ``t`` and the one below move up by ``r`` bits."""
    if t < 0:
        return Int64(0)
    moved = (lengths[t] << r) & WORD_MASK
    if t > 0:
        moved |= lengths[t - 1] >> (WORD_BITS - r)
    return moved


@njit(cache=True, nogil=True)
def dff(n: int, room: Ints, ext: Ints, domain: Ints, twin: Ints, value: Ints, top: Ints) -> bool:
    """Tell whether three dual feasible functions, one for each axis, prove that nothing fits.

    A dual feasible function f of an axis never lets a row exceed its top: widths that add up to at
    most the length have values that add up to at most the top. Then, for any packing, the products
    f(x) g(y) h(z) add up to at most the product of the tops, since (f, g, h) turns the packing
    into one of scaled boxes. Sound under rotation because each unit counts its smallest product
    over the orientations that fit; one that does not fit must not enter, as f exceeds its top
    beyond the length.

    Source: Fekete and Schepers (2004), "A general framework for bounds for higher-dimensional
    orthogonal packing problems"; the foldings are their U of Martello, Pisinger and Vigo (2000),
    the roundings f2 of Carlier, Clautiaux and Moukrim (2007).

    Parameters
    ----------
    n
        Number of units.
    room
        Extents of the container in mm, shape ``(3,)``.
    ext
        Extents of orientations in mm, shape ``(n, 6, 3)``.
    domain
        For each unit the set of orientations that fit ``room``, not empty, shape ``(n,)``.
    twin
        Whether a unit equals the one before it, shape ``(n,)``.
    value
        Workspace, shape ``(4, MAX_FUNCTIONS, 32, 6)``: function values by axis, and products.
    top
        Workspace, shape ``(3, MAX_FUNCTIONS + 1)``: tops by axis, and the number of functions.
    """
    for a in range(3):
        _tabulate(n, room[a], ext, domain, a, value, top)
    for f in range(top[0, MAX_FUNCTIONS]):
        for g in range(top[1, MAX_FUNCTIONS]):
            for i in range(n):
                rest = domain[i]
                while rest:
                    k = lowest(rest)
                    rest &= rest - 1
                    value[3, 0, i, k] = value[0, f, i, k] * value[1, g, i, k]
            area = top[0, f] * top[1, g]
            for h in range(top[2, MAX_FUNCTIONS]):
                total = Int64(0)
                least = Int64(0)
                for i in range(n):
                    if not (twin[i] and domain[i] == domain[i - 1]):
                        rest = domain[i]
                        k = lowest(rest)
                        rest &= rest - 1
                        least = value[3, 0, i, k] * value[2, h, i, k]
                        while rest:
                            k = lowest(rest)
                            rest &= rest - 1
                            least = min(least, value[3, 0, i, k] * value[2, h, i, k])
                    total += least
                if total > area * top[2, h]:
                    return True
    return False


@njit(cache=True, nogil=True)
def _tabulate(n: int, length: int, ext: Ints, domain: Ints, a: int, value: Ints, top: Ints) -> None:
    """Fill the functions of axis ``a``: identity, roundings f2 and foldings f0, without repeats."""
    top[a, 0] = length
    for i in range(n):
        for k in range(6):
            value[a, 0, i, k] = ext[i, k, a]
    count = 1
    for which in range(6):
        grain = length // (2 + which) if which < 3 else length // which + 1
        if 1 <= grain <= length // 2:
            for i in range(n):
                for k in range(6):
                    value[a, count, i, k] = rounded(ext[i, k, a], length, grain)
            top[a, count] = 2 * (length // grain)
            if _is_new(n, domain, a, count, value, top):
                count += 1
    above = length
    for _ in range(FOLDINGS):
        # The next smaller grain at which a width starts to count, or to count in full.
        grain = Int64(0)
        for i in range(n):
            rest = domain[i]
            while rest:
                width = ext[i, lowest(rest), a]
                rest &= rest - 1
                fold = width if 2 * width <= length else length - width + 1
                if grain < fold < above and 2 * fold <= length:
                    grain = fold
        if grain == 0:
            break
        above = grain
        for i in range(n):
            for k in range(6):
                value[a, count, i, k] = folded(ext[i, k, a], length, grain)
        top[a, count] = length
        if _is_new(n, domain, a, count, value, top):
            count += 1
    top[a, MAX_FUNCTIONS] = count


@njit(cache=True, nogil=True)
def rounded(width: int, length: int, grain: int) -> int:
    """Return f2: a width counts its whole grains twice, from the far end when above half."""
    if 2 * width > length:
        return 2 * (length // grain - (length - width) // grain)
    if 2 * width == length:
        return length // grain
    return 2 * (width // grain)


@njit(cache=True, nogil=True)
def folded(width: int, length: int, grain: int) -> int:
    """Return f0: widths below the grain count nothing, those that leave less count in full."""
    if width > length - grain:
        return length
    if width >= grain:
        return width
    return Int64(0)


@njit(cache=True, nogil=True)
def _is_new(n: int, domain: Ints, a: int, last: int, value: Ints, top: Ints) -> bool:
    """Tell whether function ``last`` of axis ``a`` is no multiple of an earlier one."""
    for f in range(last):
        same = True
        for i in range(n):
            rest = domain[i]
            while rest and same:
                k = lowest(rest)
                rest &= rest - 1
                same = value[a, f, i, k] * top[a, last] == value[a, last, i, k] * top[a, f]
            if not same:
                break
        if same:
            return False
    return True
