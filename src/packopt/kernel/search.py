"""The exact answer: find a packing, or exhaust the search and so prove that there is none.

Two units do not overlap exactly when they are *apart* on some axis. The search therefore decides,
pair by pair, an axis on which the pair is apart, and never which of the two comes first: this
removes the geometric symmetry that makes searches over positions or orders slow. It rests on the
packing classes of Fekete, Schepers and van der Veen (Operations Research 55(3), 2007, 569-587):

* units that are pairwise apart on one axis form a clique and must line up on it, so the sum of
  their widths may not exceed the room; this alone refutes most branches;
* orientations stay open until they matter: the width of a unit on an axis is its least extent over
  the orientations it has left, so every bound holds for whichever is taken (relaxation), and an
  orientation goes as soon as some clique has no room for it;
* a *witness*, positions on each axis that respect all decisions so far, is carried along
  (``lineup.py``). Pairs that the witness happens to keep apart need no decision. If it keeps all
  pairs apart and all orientations are fixed, it is a packing; if an axis has no witness, the
  branch is refuted, since a packing would be one.

Branching is binary, "apart on axis a" against "not apart on axis a", so branches are disjoint and
the search is complete: an exhausted search is a proof for rigid, axis-aligned units.

Equal units are interchangeable. As long as all decisions treat two of them alike, whatever is
refuted for the one is refuted for the other, so the "not" branch excludes it for both.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.handling import acceptable
from packopt.kernel.layout import NO, ONE, UNDECIDED, YES, Int64, Ints, lowest
from packopt.kernel.lineup import (
    APART,
    AT,
    OPEN,
    STATE_ROWS,
    WAYS,
    WIDTH,
    line_up,
    lined_up,
    pushed,
)


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
def _least_value(state: Ints, depth: int, i: int, table: Ints, t: int) -> int:
    """Return the least table value over the orientations unit ``i`` has left."""
    rest = state[depth, WAYS, i]
    least = ONE << 60
    while rest:
        least = min(least, table[t, i, lowest(rest)])
        rest &= rest - 1
    return least


@njit(cache=True, nogil=True)
def _filter_pairs(state: Ints, depth: int, n: int, room: Ints) -> int:
    """Close axes on which a pair has no room; a pair with one axis left is apart on it.

    Returns 0 if some pair has no axis left, 1 if no pair was decided, 2 otherwise.
    """
    result = 1
    for i in range(n):
        rest = state[depth, OPEN, i] | state[depth, OPEN + 1, i] | state[depth, OPEN + 2, i]
        rest = rest >> (i + 1) << (i + 1)
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
                _part(state, depth, last, i, j)
                result = 2
    return result


@njit(cache=True, nogil=True)
def _part(state: Ints, depth: int, axis: int, i: int, j: int) -> None:
    """Decide that units ``i`` and ``j`` are apart on ``axis``: no other axis matters then."""
    for other in range(3):
        state[depth, OPEN + other, i] &= ~(ONE << j)
        state[depth, OPEN + other, j] &= ~(ONE << i)
    state[depth, APART + axis, i] |= ONE << j
    state[depth, APART + axis, j] |= ONE << i


@njit(cache=True, nogil=True)
def _propagate(
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


@njit(cache=True, nogil=True)
def _overlap(state: Ints, depth: int, axis: int, i: int, j: int) -> int:
    """Return by how many mm the witness lets ``i`` and ``j`` overlap on ``axis``, else <= 0."""
    start_i = state[depth, AT + axis, i]
    start_j = state[depth, AT + axis, j]
    end_i = start_i + state[depth, WIDTH + axis, i]
    end_j = start_j + state[depth, WIDTH + axis, j]
    return min(end_i, end_j) - max(start_i, start_j)


@njit(cache=True, nogil=True)
def _choose_pair(state: Ints, depth: int, n: int, room: Ints) -> tuple[int, int, int, int]:
    """Return ``(i, j, axis, axes left)`` of the pair to decide next, ``i = -1`` if there is none.

    Among pairs that overlap in the witness: fewest axes left, then the largest common volume. The
    axis is the one on which least has to give way.
    """
    best_i, best_j, best_axis, fewest = -1, -1, 0, 4
    largest = -1.0
    for i in range(n):
        rest = state[depth, OPEN, i] | state[depth, OPEN + 1, i] | state[depth, OPEN + 2, i]
        rest = rest >> (i + 1) << (i + 1)
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
def _undecided_pair(state: Ints, depth: int, n: int) -> tuple[int, int, int]:
    """Return any ``(i, j, axis)`` not decided yet, ``i = -1`` if all are."""
    for i in range(n):
        for axis in range(3):
            rest = state[depth, OPEN + axis, i] >> (i + 1) << (i + 1)
            if rest:
                return i, lowest(rest), axis
    return -1, -1, 0


@njit(cache=True, nogil=True)
def _turnable_unit(state: Ints, depth: int, n: int) -> int:
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
def _line_up_all(state: Ints, depth: int, n: int, room: Ints, line: Ints) -> int:
    """Renew the witness on every axis that needs it; answer whether there is one."""
    for axis in range(3):
        if not (
            lined_up(state, depth, axis, n, room[axis])
            or pushed(state, depth, axis, n, room[axis], line)
        ):
            answer = line_up(state, depth, axis, n, room[axis], line)
            if answer != YES:
                return answer
    return YES


@njit(cache=True, nogil=True)
def _start(state: Ints, n: int, ext: Ints, n_ext: Ints, place: Ints) -> None:
    """Set up the root: nothing decided, all units where the hint has them."""
    everybody = (ONE << n) - 1
    for i in range(n):
        state[0, WAYS, i] = (ONE << n_ext[i]) - 1
        for axis in range(3):
            state[0, APART + axis, i] = 0
            state[0, OPEN + axis, i] = everybody & ~(ONE << i)
            state[0, AT + axis, i] = place[i, axis]
        set_widths(state, 0, i, ext)


@njit(cache=True, nogil=True)
def _copy_down(state: Ints, depth: int, n: int) -> None:
    for row in range(STATE_ROWS):
        for i in range(n):
            state[depth + 1, row, i] = state[depth, row, i]


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
def _branch_on_way(
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
def _branch_on_pair(state: Ints, depth: int, n: int, i: int, j: int, axis: int, twin: Ints) -> None:
    """Decide that ``i`` and ``j`` are apart on ``axis`` one level down, and no pair alike here."""
    _part(state, depth + 1, axis, i, j)
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


@njit(cache=True, nogil=True)
def _read_off(state: Ints, depth: int, n: int, place: Ints) -> None:
    for i in range(n):
        for axis in range(3):
            place[i, axis] = state[depth, AT + axis, i]
            place[i, 3 + axis] = state[depth, WIDTH + axis, i]


@njit(cache=True, nogil=True)
def search(
    n: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, table: Ints, cap: Ints, n_tables: int,
    rules: int, load: Ints, weight: Ints, state: Ints, line: Ints, scratch: Ints, place: Ints,
    limit: int,
) -> tuple[int, int]:  # fmt: skip
    """Decide whether ``n`` units (at most ``MAX_SEARCH_UNITS``) fit ``room``.

    ``table (t, 32, 6)``, ``cap (t,)`` and ``n_tables`` are dual feasible functions to prune with.
    ``rules`` 0 asks for geometry alone; otherwise the handling rules with ``load`` and ``weight``
    in g must hold too (``handling.py``), and a packing that breaks them only leaves the question
    open. ``state``, ``line`` and ``scratch`` are work areas (``workspace.py``). At most ``limit``
    nodes. ``place`` comes with a hint, some positions and extents (zeros will do): the search
    begins near it, so the best of ``construct.climb`` is often a few repairs from a packing.

    Returns ``(answer, nodes)``; on ``YES`` the plan is in ``place (n, 6)``; on ``NO`` the search
    was exhausted.
    """
    _start(state, n, ext, n_ext, place)
    depth = Int64(0)
    nodes = Int64(0)
    complete = True
    while True:
        alive = _propagate(state, depth, n, room, ext, table, cap, n_tables)
        if alive:
            answer = _line_up_all(state, depth, n, room, line)
            alive = answer == YES
            complete &= answer != UNDECIDED
        if alive:
            i, j, axis, axes = _choose_pair(state, depth, n, room)
            turn = _turnable_unit(state, depth, n) if axes > 2 else -1
            if i < 0 and turn < 0:
                _read_off(state, depth, n, place)
                if acceptable(n, place, rules, load, weight, scratch):
                    return YES, nodes
                complete = False
                i, j, axis = _undecided_pair(state, depth, n)
            if i >= 0 or turn >= 0:
                if nodes == limit or depth + 2 > state.shape[0]:
                    return UNDECIDED, nodes
                nodes += 1
                _copy_down(state, depth, n)
                if turn >= 0:
                    _branch_on_way(state, depth, n, turn, room, ext, twin, place)
                else:
                    _branch_on_pair(state, depth, n, i, j, axis, twin)
                depth += 1
                continue
        if depth == 0:
            return (NO if complete else UNDECIDED), nodes
        depth -= 1
