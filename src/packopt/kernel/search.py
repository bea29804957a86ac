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

``propagation.py`` draws the conclusions, ``branching.py`` takes the decisions. Branching is binary,
"apart on axis a" against "not apart on axis a", so branches are disjoint and
the search is complete: an exhausted search is a proof for rigid, axis-aligned units.

Equal units are interchangeable. As long as all decisions treat two of them alike, whatever is
refuted for the one is refuted for the other, so the "not" branch excludes it for both.
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.branching import (
    branch_on_pair,
    branch_on_way,
    choose_pair,
    turnable_unit,
    undecided_pair,
)
from packopt.kernel.handling import acceptable
from packopt.kernel.layout import NO, ONE, UNDECIDED, YES, Int64, Ints
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
from packopt.kernel.propagation import propagate, set_widths


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
        alive = propagate(state, depth, n, room, ext, table, cap, n_tables)
        if alive:
            answer = _line_up_all(state, depth, n, room, line)
            alive = answer == YES
            complete &= answer != UNDECIDED
        if alive:
            i, j, axis, axes = choose_pair(state, depth, n, room)
            turn = turnable_unit(state, depth, n) if axes > 2 else -1
            if i < 0 and turn < 0:
                _read_off(state, depth, n, place)
                if acceptable(n, place, rules, load, weight, scratch):
                    return YES, nodes
                complete = False
                i, j, axis = undecided_pair(state, depth, n)
            if i >= 0 or turn >= 0:
                if nodes == limit or depth + 2 > state.shape[0]:
                    return UNDECIDED, nodes
                nodes += 1
                _copy_down(state, depth, n)
                if turn >= 0:
                    branch_on_way(state, depth, n, turn, room, ext, twin, place)
                else:
                    branch_on_pair(state, depth, n, i, j, axis, twin)
                depth += 1
                continue
        if depth == 0:
            return (NO if complete else UNDECIDED), nodes
        depth -= 1
