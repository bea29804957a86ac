"""Rooms that were asked about: what one does not hold, no smaller one does, and the other way."""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import Int64, Ints

#: Rooms remembered as refuted, and as holding the order; forgetting some costs questions only.
MOST_REFUTED, MOST_KNOWN = 256, 32


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
