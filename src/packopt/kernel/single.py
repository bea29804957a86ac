"""Closed forms for most real orders: one unit, two units, equal units in a grid."""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import ANY, FIXED, FLAT, KIND, PAIR, SIDE, Ints, Units


@njit(cache=True, nogil=True)
def lay_one(
    units: Units, row: int, sides: int, bag: int, rooms: Ints, p: int, place: Ints
) -> bool:  # fmt: skip
    """Lay a unit into package ``p`` as low as it goes; return False if no orientation fits.

    ``rooms[p]`` are the inner sides of a carton in mm, or with ``bag`` 1 the usable flat length,
    the usable flat width and the largest thickness of a mailer, whose plane loses as much as the
    unit is thick. Writes ``place[0]``.
    """
    a, b, c = units[row, sides], units[row, sides + 1], units[row, sides + 2]
    kind = units[row, KIND]
    if kind == FLAT:
        a, c = c, a
    last = 6 if kind == ANY else (1 if kind == FIXED else 2)
    found = False
    for way in range(last):
        if way == 0:
            x, y, z = a, b, c
        elif way == 1:
            x, y, z = b, a, c
        elif way == 2:
            x, y, z = a, c, b
        elif way == 3:
            x, y, z = c, a, b
        elif way == 4:
            x, y, z = b, c, a
        else:
            x, y, z = c, b, a
        lost = bag * z
        if (
            x + lost <= rooms[p, 0]
            and y + lost <= rooms[p, 1]
            and z <= rooms[p, 2]
            and not (found and place[0, 5] <= z)
        ):
            found = True
            place[0, 3] = x
            place[0, 4] = y
            place[0, 5] = z
    if found:
        place[0, 0] = place[0, 1] = place[0, 2] = 0
    return found


@njit(cache=True, nogil=True)
def _thinnest(units: Units, row: int, sides: int, along: int, across: int, up: int) -> int:
    """Return the least extent along an axis that a free unit can have in a room, -1 if none fits.

    The sides ascend, so the one of the three that lies along the axis decides which two are left.
    """
    a, b, c = units[row, sides], units[row, sides + 1], units[row, sides + 2]
    wide, narrow = max(across, up), min(across, up)
    if a <= along and b <= narrow and c <= wide:
        return a
    if b <= along and a <= narrow and c <= wide:
        return b
    if c <= along and a <= narrow and b <= wide:
        return c
    return -1


@njit(cache=True, nogil=True)
def two_clash(units: Units, first: int, sides: int, rooms: Ints, p: int) -> int:
    """Return why two units do not fit carton ``p``: ``SIDE``, ``PAIR``, or 0 if they may.

    They fit exactly when some axis has room for both side by side. Only free units are looked at.
    """
    if units[first, KIND] != ANY or units[first + 1, KIND] != ANY:
        return 0
    x, y, z = rooms[p, 0], rooms[p, 1], rooms[p, 2]
    for axis in range(3):
        one = _thinnest(units, first, sides, x, y, z)
        other = _thinnest(units, first + 1, sides, x, y, z)
        if one >= 0 and other >= 0 and one + other <= x:
            return 0
        if axis == 0 and (one < 0 or other < 0):
            return SIDE
        x, y, z = y, z, x
    return PAIR


@njit(cache=True, nogil=True)
def grid(n: int, room: Ints, ext: Ints, n_ext: Ints, place: Ints) -> bool:
    """Stack ``n`` equal units in rows, columns and layers; return False if no orientation allows.

    The first orientation with room for all is taken; layers fill from the floor up.
    """
    for k in range(n_ext[0]):
        dx, dy, dz = ext[0, k, 0], ext[0, k, 1], ext[0, k, 2]
        in_row = room[0] // dx
        in_layer = in_row * (room[1] // dy)
        if in_layer * (room[2] // dz) >= n:
            for i in range(n):
                layer, spot = divmod(i, in_layer)
                place[i, 0] = spot % in_row * dx
                place[i, 1] = spot // in_row * dy
                place[i, 2] = layer * dz
                place[i, 3] = dx
                place[i, 4] = dy
                place[i, 5] = dz
            return True
    return False
