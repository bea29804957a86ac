"""Values of shapes: three dual feasible functions, one for each axis, for any number of units.

``bounds.dff`` proves that given units do not fit a room; here the same products become numbers that
add up: whatever lies in one room together, its values add up to at most ``CAP``. Sums over many
parcels then tell how many rooms are needed (``splitting/bounds.py``).
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.bounds import folded, rounded
from packopt.kernel.layout import Floats, Int64, Ints

#: What the values of a parcel add up to, at most. Three sides of 10,000 mm leave room for 2**20.
CAP = Int64(1 << 20)
#: Most functions of an axis: the identity, roundings and foldings.
MOST_FUNCTIONS = 24
#: Whole parts of the length that give grains for roundings.
_PARTS = 9
_FOLDINGS = 10


@njit(cache=True, nogil=True)
def tabulate(n: int, length: int, wide: Ints, n_ext: Ints, value: Ints, top: Ints) -> int:
    """List functions of one axis; return how many.

    Parameters
    ----------
    n
        Number of shapes.
    length
        Of the room along the axis in mm, or its limit of weight in g.
    wide
        Widths of each shape in its orientations, ``(n, 6)``.
    n_ext
        ``(n,)`` orientations of each shape that fit; shapes with none have no value.
    value
        Written, ``(MOST_FUNCTIONS, n, 6)``.
    top
        Written, ``(MOST_FUNCTIONS,)``: what the values of a row that fits add up to at most.
    """
    for i in range(n):
        for k in range(n_ext[i]):
            value[0, i, k] = wide[i, k]
    top[0] = length
    count = 1
    for which in range(2 * _PARTS):
        part = 2 + which // 2
        grain = length // part if which % 2 == 0 else length // part + 1
        if grain < 1 or 2 * grain > length or count == MOST_FUNCTIONS:
            continue
        for i in range(n):
            for k in range(n_ext[i]):
                value[count, i, k] = rounded(wide[i, k], length, grain)
        top[count] = 2 * (length // grain)
        if _is_new(n, n_ext, count, value, top):
            count += 1
    above = length
    for _ in range(_FOLDINGS):
        # The next smaller grain at which a width starts to count, or to count in full.
        grain = Int64(0)
        for i in range(n):
            for k in range(n_ext[i]):
                width = wide[i, k]
                fold = width if 2 * width <= length else length - width + 1
                if grain < fold < above and 2 * fold <= length:
                    grain = fold
        if grain == 0 or count == MOST_FUNCTIONS:
            break
        above = grain
        for i in range(n):
            for k in range(n_ext[i]):
                value[count, i, k] = folded(wide[i, k], length, grain)
        top[count] = length
        if _is_new(n, n_ext, count, value, top):
            count += 1
    return count


@njit(cache=True, nogil=True)
def _is_new(n: int, n_ext: Ints, last: int, value: Ints, top: Ints) -> bool:
    """Tell whether function ``last`` is no multiple of an earlier one."""
    for f in range(last):
        same = True
        for i in range(n):
            for k in range(n_ext[i]):
                same &= value[f, i, k] * top[last] == value[last, i, k] * top[f]
            if not same:
                break
        if same:
            return False
    return True


@njit(cache=True, nogil=True)
def best_product(
    n: int, n_ext: Ints, value: Ints, top: Ints, number: Ints, share: Floats, part: Ints,
    found: Ints,
) -> float:  # fmt: skip
    """Find the three functions whose values, ``share (n,)`` of each shape, add up to most.

    The value of a shape is the least product over its orientations that fit, so it is one that any
    packing exceeds or equals. ``value (3, MOST_FUNCTIONS, n, 6)`` and ``top (3, MOST_FUNCTIONS)``
    are those of ``tabulate``, of which there are ``number (3,)``. Writes the values, rounded down,
    to ``found (n,)``; returns their sum as a part of ``CAP``. ``part (n, 6)`` is a work area.
    """
    best = -1.0
    best_f = best_g = best_h = 0
    for f in range(number[0]):
        for g in range(number[1]):
            area = top[0, f] * top[1, g]
            for i in range(n):
                for k in range(n_ext[i]):
                    part[i, k] = value[0, f, i, k] * value[1, g, i, k]
            for h in range(number[2]):
                whole = float(area * top[2, h])
                total = 0.0
                for i in range(n):
                    if share[i] > 0.0 and n_ext[i] > 0:
                        least = part[i, 0] * value[2, h, i, 0]
                        for k in range(1, n_ext[i]):
                            least = min(least, part[i, k] * value[2, h, i, k])
                        total += share[i] * least
                if total > best * whole:
                    best = total / whole
                    best_f, best_g, best_h = f, g, h
    whole_top = top[0, best_f] * top[1, best_g] * top[2, best_h]
    for i in range(n):
        found[i] = 0
        if n_ext[i] > 0:
            least = value[0, best_f, i, 0] * value[1, best_g, i, 0] * value[2, best_h, i, 0]
            for k in range(1, n_ext[i]):
                product = value[0, best_f, i, k] * value[1, best_g, i, k] * value[2, best_h, i, k]
                least = min(least, product)
            found[i] = least * CAP // whole_top
    return best
