"""What the decisions of a search imply: orientations go, axes close, pairs end up apart.

Works on one level of the search's state (``search.py``), by the bounds of Fekete, Schepers and van
der Veen (Operations Research 55(3), 2007, 569-587): units that are pairwise apart on an axis line
up on it, so the sum of their widths may not exceed the room. Conclusions hold for every packing
that respects the decisions; where none is left, the branch is refuted.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import ONE, Ints, lowest
from packopt.kernel.lineup import APART, OPEN, WAYS, WIDTH


@njit(cache=True, nogil=True)
def clique_exceeds(state: Ints, depth: int, axis: int, members: int, limit: int) -> bool:
    """Return whether some clique of ``members``, pairwise apart, is wider than ``limit`` mm."""
    if limit < 0:
        return True
    total = 0 * ONE
    rest = members
    while rest:
        total += state[depth, WIDTH + axis, lowest(rest)]
        rest &= rest - 1
    if total <= limit:
        return False
    unit = lowest(members)
    width = state[depth, WIDTH + axis, unit]
    if width > limit:
        return True
    rest = members & (members - 1)
    if rest == 0:
        return False
    near = rest & state[depth, APART + axis, unit]
    if near and clique_exceeds(state, depth, axis, near, limit - width):
        return True
    return clique_exceeds(state, depth, axis, rest, limit)


@njit(cache=True, nogil=True)
def set_widths(state: Ints, depth: int, i: int, ext: Ints) -> None:
    """Set the widths of unit ``i`` to its least extents over the orientations left."""
    least_x = least_y = least_z = ONE << 30
    rest = state[depth, WAYS, i]
    while rest:
        k = lowest(rest)
        rest &= rest - 1
        least_x = min(least_x, ext[i, k, 0])
        least_y = min(least_y, ext[i, k, 1])
        least_z = min(least_z, ext[i, k, 2])
    state[depth, WIDTH, i] = least_x
    state[depth, WIDTH + 1, i] = least_y
    state[depth, WIDTH + 2, i] = least_z


@njit(cache=True, nogil=True)
def _filter_ways(state: Ints, depth: int, i: int, room: Ints, ext: Ints) -> int:
    """Drop orientations of unit ``i`` that its cliques leave no room for.

    Returns 0 if none is left, 1 if nothing changed, 2 if some went.
    """
    ways = state[depth, WAYS, i]
    left = ways
    rest = left
    while rest:
        k = lowest(rest)
        rest &= rest - 1
        for axis in range(3):
            apart = state[depth, APART + axis, i]
            if apart and clique_exceeds(state, depth, axis, apart, room[axis] - ext[i, k, axis]):
                left &= ~(ONE << k)
                break
    if left == 0:
        return 0
    if left == ways:
        return 1
    state[depth, WAYS, i] = left
    set_widths(state, depth, i, ext)
    return 2


@njit(cache=True, nogil=True)
def _least_value(state: Ints, depth: int, i: int, table: Ints, t: int) -> int:
    """Return the least table value over the orientations unit ``i`` has left."""
    rest = state[depth, WAYS, i]
    least = ONE << 60
    while rest:
        least = min(least, table[t, i, lowest(rest)])
        rest &= rest - 1
    return least


@njit(cache=True, nogil=True)
def _filter_scales(
    state: Ints, depth: int, n: int, ext: Ints, table: Ints, cap: Ints, n_tables: int
) -> int:
    """Prune by dual feasible functions made for this container (``scales.py``).

    Returns 0 on a contradiction, 1 if nothing changed, 2 if an orientation went.
    """
    result = 1
    for t in range(n_tables):
        total = 0 * ONE
        for i in range(n):
            total += _least_value(state, depth, i, table, t)
        if total > cap[t]:
            return 0
        for i in range(n):
            rest = state[depth, WAYS, i]
            if rest & (rest - 1) == 0:
                continue
            slack = cap[t] - total + _least_value(state, depth, i, table, t)
            left = rest
            while rest:
                k = lowest(rest)
                rest &= rest - 1
                if table[t, i, k] > slack:
                    left &= ~(ONE << k)
            # The orientation of least value stays, so `left` is never empty.
            if left != state[depth, WAYS, i]:
                state[depth, WAYS, i] = left
                set_widths(state, depth, i, ext)
                result = 2
    return result


@njit(cache=True, nogil=True)
def part(state: Ints, depth: int, axis: int, i: int, j: int) -> None:
    """Decide that units ``i`` and ``j`` are apart on ``axis``: no other axis matters then."""
    for other in range(3):
        state[depth, OPEN + other, i] &= ~(ONE << j)
        state[depth, OPEN + other, j] &= ~(ONE << i)
    state[depth, APART + axis, i] |= ONE << j
    state[depth, APART + axis, j] |= ONE << i


@njit(cache=True, nogil=True)
def open_after(state: Ints, depth: int, i: int) -> int:
    """Return the set of units after ``i`` whose pair with it is open on some axis."""
    every = state[depth, OPEN, i] | state[depth, OPEN + 1, i] | state[depth, OPEN + 2, i]
    return every >> (i + 1) << (i + 1)


@njit(cache=True, nogil=True)
def _filter_pairs(state: Ints, depth: int, n: int, room: Ints) -> int:
    """Close axes on which a pair has no room; a pair with one axis left is apart on it.

    Returns 0 if some pair has no axis left, 1 if no pair was decided, 2 otherwise.
    """
    result = 1
    for i in range(n):
        rest = open_after(state, depth, i)
        while rest:
            j = lowest(rest)
            rest &= rest - 1
            count = 0
            last = 0
            for axis in range(3):
                if (state[depth, OPEN + axis, i] >> j) & 1:
                    spare = (
                        room[axis] - state[depth, WIDTH + axis, i] - state[depth, WIDTH + axis, j]
                    )
                    both = state[depth, APART + axis, i] & state[depth, APART + axis, j]
                    if spare < 0 or (both and clique_exceeds(state, depth, axis, both, spare)):
                        state[depth, OPEN + axis, i] &= ~(ONE << j)
                        state[depth, OPEN + axis, j] &= ~(ONE << i)
                    else:
                        count += 1
                        last = axis
            if count == 0:
                return 0
            if count == 1:
                part(state, depth, last, i, j)
                result = 2
    return result


@njit(cache=True, nogil=True)
def propagate(
    state: Ints, depth: int, n: int, room: Ints, ext: Ints, table: Ints, cap: Ints, n_tables: int
) -> bool:
    """Draw all conclusions; return False when the branch is refuted."""
    while True:
        changed = False
        for i in range(n):
            filtered = _filter_ways(state, depth, i, room, ext)
            if filtered == 0:
                return False
            changed |= filtered == 2
        if n_tables:
            filtered = _filter_scales(state, depth, n, ext, table, cap, n_tables)
            if filtered == 0:
                return False
            changed |= filtered == 2
        filtered = _filter_pairs(state, depth, n, room)
        if filtered == 0:
            return False
        if not (changed or filtered == 2):
            return True
