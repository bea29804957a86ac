"""Units as kinds, in a room whose interchangeable axes come first: what the block beam works on.

Rotation is nowhere assumed: which axes may be swapped is read from the listed orientations. The
first ``LOOSE`` axes are interchangeable for every unit: 3 under free rotation, 2 with one axis
upright, 0 otherwise. Identical units are one kind, and a set of units is a count per kind.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import MAX_ORIENTATIONS, ONE, Ints

#: Columns of a kind: its first unit, number of units, shift and mask of its count within COUNTS,
#: its least extents along the axes, and a place in a list of kinds or units.
FIRST, UNITS, SHIFT, MASK, LEAST, LISTED = 0, 1, 2, 3, 4, 7
KIND_COLUMNS = 8
#: Cells of the task: the room, which of its axes comes where, its volume less that of the units,
#: the number of interchangeable axes and of kinds, three masks that tell of shared units, and the
#: smallest and largest of the least extents of the kinds in a list.
ROOM, AXIS, SLACK, LOOSE, KINDS, SINGLE, BIAS, GUARD, SLIM, STOUT = 0, 3, 6, 7, 8, 9, 10, 11, 12, 15
TASK_CELLS = 18


@njit(cache=True, nogil=True)
def _interchangeable(
    n: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, a: int, b: int
) -> bool:
    """Tell whether swapping axes a and b turns each listed orientation into a listed or unfit one.

    True of all three pairs of axes, it means free rotation: sides that stand against the order of
    the room's lengths still fit when swapped, so every fitting orientation of a unit is linked,
    through swaps that fit, to the one sorted like the room.
    """
    c = 3 - a - b
    for i in range(n):
        if twin[i] or n_ext[i] == MAX_ORIENTATIONS:
            continue
        for k in range(n_ext[i]):
            if ext[i, k, a] > room[b] or ext[i, k, b] > room[a]:
                continue
            listed = False
            for m in range(n_ext[i]):
                listed |= (
                    ext[i, m, a] == ext[i, k, b]
                    and ext[i, m, b] == ext[i, k, a]
                    and ext[i, m, c] == ext[i, k, c]
                )
            if not listed:
                return False
    return True


@njit(cache=True, nogil=True)
def set_room(n: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, task: Ints) -> None:
    """Put the interchangeable axes first, and sort the room along them."""
    first = _interchangeable(n, room, ext, n_ext, twin, 0, 1)
    second = _interchangeable(n, room, ext, n_ext, twin, 1, 2)
    third = _interchangeable(n, room, ext, n_ext, twin, 0, 2)
    x, y, z = 0, 1, 2
    loose = 2 if first or second or third else 0
    if first and second and third:
        loose = 3
    elif second and not first:
        x, y, z = 1, 2, 0
    elif third and not first:
        x, y, z = 0, 2, 1
    if loose and room[x] > room[y]:
        x, y = y, x
    if loose == 3 and room[y] > room[z]:
        y, z = z, y
        if room[x] > room[y]:
            x, y = y, x
    task[LOOSE] = loose
    task[AXIS] = x
    task[AXIS + 1] = y
    task[AXIS + 2] = z
    for a in range(3):
        task[ROOM + a] = room[task[AXIS + a]]


@njit(cache=True, nogil=True)
def set_kinds(n: int, twin: Ints, task: Ints, kind: Ints) -> None:
    """Number the kinds of units, and lay out the word that holds a count of each.

    A kind of one unit has one bit: two blocks share the unit if both have it set. A kind of u units
    has a field of b bits, 2^b > u, and a guard bit: two counts exceed u together if, and only if,
    their sum and the bias 2^b - 1 - u reach the guard. Up to 32 units take at most 48 bits.
    """
    task[SINGLE] = task[BIAS] = task[GUARD] = 0
    kinds = shift = i = 0
    while i < n:
        units = 1
        while i + units < n and twin[i + units]:
            units += 1
        bits = 1
        while units >> bits:
            bits += 1
        kind[kinds, FIRST] = i
        kind[kinds, UNITS] = units
        kind[kinds, SHIFT] = shift
        kind[kinds, MASK] = (ONE << bits) - 1
        if units == 1:
            task[SINGLE] |= ONE << shift
        else:
            task[BIAS] |= ((ONE << bits) - 1 - units) << shift
            shift += bits
            task[GUARD] |= ONE << shift
        shift += 1
        kinds += 1
        i += units
    task[KINDS] = kinds
