"""What a search decides next, and for which units the decision is excluded elsewhere.

A decision is taken one level down; here it is excluded, for the unit and for all equal ones that
have been treated alike so far: whatever is refuted for the one is refuted for the others.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import ONE, Ints, lowest
from packopt.kernel.lineup import APART, AT, OPEN, WAYS, WIDTH
from packopt.kernel.propagation import open_after, part, set_widths


@njit(cache=True, nogil=True)
def _overlap(state: Ints, depth: int, axis: int, i: int, j: int) -> int:
    """Return by how many mm the witness lets ``i`` and ``j`` overlap on ``axis``, else <= 0."""
    start_i = state[depth, AT + axis, i]
    start_j = state[depth, AT + axis, j]
    end_i = start_i + state[depth, WIDTH + axis, i]
    end_j = start_j + state[depth, WIDTH + axis, j]
    return min(end_i, end_j) - max(start_i, start_j)


@njit(cache=True, nogil=True)
def choose_pair(state: Ints, depth: int, n: int, room: Ints) -> tuple[int, int, int, int]:
    """Return ``(i, j, axis, axes left)`` of the pair to decide next, ``i = -1`` if there is none.

    Among pairs that overlap in the witness: fewest axes left, then the largest common volume. The
    axis is the one on which least has to give way.
    """
    best_i, best_j, best_axis, fewest = -1, -1, 0, 4
    largest = -1.0
    for i in range(n):
        rest = open_after(state, depth, i)
        while rest:
            j = lowest(rest)
            rest &= rest - 1
            count = 0
            axis = 0
            least = 2.0
            common = 1.0
            for a in range(3):
                overlap = _overlap(state, depth, a, i, j) / room[a]
                if overlap <= 0.0:
                    common = 0.0
                    break
                common *= overlap
                if (state[depth, OPEN + a, i] >> j) & 1:
                    count += 1
                    if overlap < least:
                        least = overlap
                        axis = a
            if common == 0.0:
                continue
            if count < fewest or (count == fewest and common > largest):
                best_i, best_j, best_axis, fewest = i, j, axis, count
                largest = common
    return best_i, best_j, best_axis, fewest


@njit(cache=True, nogil=True)
def undecided_pair(state: Ints, depth: int, n: int) -> tuple[int, int, int]:
    """Return any ``(i, j, axis)`` not decided yet, ``i = -1`` if all are."""
    for i in range(n):
        for axis in range(3):
            rest = state[depth, OPEN + axis, i] >> (i + 1) << (i + 1)
            if rest:
                return i, lowest(rest), axis
    return -1, -1, 0


@njit(cache=True, nogil=True)
def turnable_unit(state: Ints, depth: int, n: int) -> int:
    """Return the largest unit with more than one orientation left, or -1."""
    for i in range(n):
        ways = state[depth, WAYS, i]
        if ways & (ways - 1):
            return i
    return -1


@njit(cache=True, nogil=True)
def _likely_way(state: Ints, depth: int, i: int, room: Ints, ext: Ints, place: Ints) -> int:
    """Return the orientation left that the hint has, or else the one that is least in the way."""
    best = 0
    least = 2.0
    rest = state[depth, WAYS, i]
    while rest:
        k = lowest(rest)
        rest &= rest - 1
        if (
            ext[i, k, 0] == place[i, 3]
            and ext[i, k, 1] == place[i, 4]
            and ext[i, k, 2] == place[i, 5]
        ):
            return k
        largest = max(ext[i, k, 0] / room[0], ext[i, k, 1] / room[1], ext[i, k, 2] / room[2])
        if largest < least:
            least = largest
            best = k
    return best


@njit(cache=True, nogil=True)
def _treated_alike(state: Ints, depth: int, i: int, j: int) -> bool:
    """Return whether swapping the equal units ``i`` and ``j`` leaves all decisions as they are."""
    if state[depth, WAYS, i] != state[depth, WAYS, j]:
        return False
    others = ~((ONE << i) | (ONE << j))
    for row in range(APART, OPEN + 3):
        if (state[depth, row, i] ^ state[depth, row, j]) & others:
            return False
    return True


@njit(cache=True, nogil=True)
def _alike(state: Ints, depth: int, n: int, i: int, twin: Ints) -> int:
    """Return the set of units equal to ``i`` and treated like it so far, itself included."""
    members = ONE << i
    j = i
    while twin[j]:
        j -= 1
        if _treated_alike(state, depth, i, j):
            members |= ONE << j
    j = i + 1
    while j < n and twin[j]:
        if _treated_alike(state, depth, i, j):
            members |= ONE << j
        j += 1
    return members


@njit(cache=True, nogil=True)
def branch_on_way(
    state: Ints, depth: int, n: int, i: int, room: Ints, ext: Ints, twin: Ints, place: Ints
) -> None:
    """Fix the orientation of unit ``i`` one level down, exclude it here for all alike."""
    k = _likely_way(state, depth, i, room, ext, place)
    state[depth + 1, WAYS, i] = ONE << k
    set_widths(state, depth + 1, i, ext)
    rest = _alike(state, depth, n, i, twin)
    while rest:
        j = lowest(rest)
        rest &= rest - 1
        state[depth, WAYS, j] &= ~(ONE << k)
        set_widths(state, depth, j, ext)


@njit(cache=True, nogil=True)
def branch_on_pair(state: Ints, depth: int, n: int, i: int, j: int, axis: int, twin: Ints) -> None:
    """Decide that ``i`` and ``j`` are apart on ``axis`` one level down, and no pair alike here."""
    part(state, depth + 1, axis, i, j)
    like_i = _alike(state, depth, n, i, twin)
    like_j = _alike(state, depth, n, j, twin)
    rest = like_i
    while rest:
        u = lowest(rest)
        rest &= rest - 1
        state[depth, OPEN + axis, u] &= ~like_j
    rest = like_j
    while rest:
        u = lowest(rest)
        rest &= rest - 1
        state[depth, OPEN + axis, u] &= ~like_i
