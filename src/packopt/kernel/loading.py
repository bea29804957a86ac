"""Filling one room with as much value as possible: a beam search that places whole blocks.

It grades each state, a partly filled room, by completing it greedily, and is repeated with growing
width until the effort is used up (Araya and Riff, Computers & Operations Research 43, 2014,
100-107). Nothing here depends on a clock or on random numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.layout import Int64, Ints
from packopt.kernel.loading_blocks import list_blocks, unfold
from packopt.kernel.loading_states import (
    BOXES,
    GRADE,
    begin,
    complete,
    copy_state,
    next_blocks,
    put_in,
)

if TYPE_CHECKING:
    from packopt.kernel.loading_workspace import LoadWorkspace

#: Widest beam.
WIDEST = 32


@njit(cache=True, nogil=True)
def _record(s: int, work: LoadWorkspace) -> int:
    """Keep the boxes of a complete state as the best so far; return how many."""
    n = work.tally[s, BOXES]
    for i in range(n):
        for c in range(7):
            work.best[i, c] = work.boxes[s, i, c]
    return n


@njit(cache=True, nogil=True)
def _keep_child(
    parent: int, at: int, r: int, grade: int, held: int, width: int, child: Ints
) -> int:
    """Keep a child among the best ``width``, at most one of each grade; return how many."""
    place = held
    for i in range(held):
        if child[i, 3] == grade:
            return held
        if child[i, 3] < grade:
            place = Int64(i)
            break
    if place == width:
        return held
    held = min(held + 1, width)
    for i in range(held - 1, place, -1):
        for c in range(4):
            child[i, c] = child[i - 1, c]
    child[place, 0] = parent
    child[place, 1] = at
    child[place, 2] = r
    child[place, 3] = grade
    return held


@njit(cache=True, nogil=True)
def _search(effort: int, most_value: int, room: Ints, work: LoadWorkspace) -> tuple[int, int]:
    """Search on from state 0 with beams of growing width; return the best value.

    The boxes of the best state are left in ``work.best``; their number is returned as well.
    """
    scratch = work.tally.shape[0] - 1
    copy_state(0, scratch, work)
    best = complete(scratch, room, work)
    boxes = _record(scratch, work)
    first = best
    spent = Int64(1)
    width = Int64(2)
    while spent < effort and best < most_value:
        states = Int64(1)
        work.tally[0, GRADE] = first
        # Sides take turns: parents are in one half of the states, children in the other.
        parents, children = Int64(1), 1 + WIDEST
        copy_state(0, parents, work)
        while states and spent < effort and best < most_value:
            held = Int64(0)
            for p in range(parents, parents + states):
                at, found = next_blocks(width, p, room, work)
                if found:
                    # The greedy way on from here, which graded the parent.
                    held = _keep_child(
                        p, at, work.top[0], work.tally[p, GRADE], held, width, work.child
                    )
                # The others are graded, which writes over ``top``.
                for i in range(1, found):
                    work.spare[i] = work.top[i]
                for i in range(1, found):
                    r = work.spare[i]
                    copy_state(p, scratch, work)
                    put_in(r, at, scratch, room, work)
                    grade = complete(scratch, room, work)
                    spent += 1
                    if grade > best:
                        best = grade
                        boxes = _record(scratch, work)
                    held = _keep_child(p, at, r, grade, held, width, work.child)
            for i in range(held):
                target = children + i
                copy_state(work.child[i, 0], target, work)
                work.tally[target, GRADE] = work.child[i, 3]
                put_in(work.child[i, 2], work.child[i, 1], target, room, work)
            states = held
            parents, children = children, parents
        if width == WIDEST:
            break
        width = min(width + max(1, width // 2), WIDEST)
    return best, boxes


@njit(cache=True, nogil=True)
def _comes_before(place: Ints, i: int, z: int, y: int, x: int) -> bool:
    """Return whether unit ``i`` of the plan stands before a corner in the packing sequence."""
    if place[i, 3] != z:
        return place[i, 3] < z
    if place[i, 2] != y:
        return place[i, 2] < y
    return place[i, 1] <= x


@njit(cache=True, nogil=True)
def _sort_bottom_up(units: int, place: Ints) -> None:
    """Sort the plan by ascending z, then y, then x (Shell sort: in place, and short)."""
    gap = Int64(1)
    while 3 * gap < units:
        gap = 3 * gap + 1
    while gap:
        for i in range(gap, units):
            t, x, y, z = place[i, 0], place[i, 1], place[i, 2], place[i, 3]
            dx, dy, dz = place[i, 4], place[i, 5], place[i, 6]
            at = i
            while at >= gap and not _comes_before(place, at - gap, z, y, x):
                for c in range(7):
                    place[at, c] = place[at - gap, c]
                at -= gap
            place[at, 0], place[at, 1], place[at, 2], place[at, 3] = t, x, y, z
            place[at, 4], place[at, 5], place[at, 6] = dx, dy, dz
        gap //= 3


@njit(cache=True, nogil=True)
def load(
    room: Ints, ext: Ints, n_ext: Ints, count: Ints, value: Ints, weight: Ints, bears: Ints,
    max_weight: int, effort: int, work: LoadWorkspace, take: Ints, place: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Fill a room with units of as much value as possible; return the value and the units.

    ``room (3,)`` in mm; ``ext (t, 6, 3)`` allowed extents of each type, ``n_ext (t,)`` how many;
    ``count (t,)`` units, ``value (t,)`` of one (0: never taken), ``weight (t,)`` of one in g;
    ``bears (t,)`` 0 where nothing may rest on a unit, anything else where that is not asked;
    ``max_weight`` in g, -1 for none. ``effort`` is the number of greedy completions. Writes the
    units used of each type to ``take (t,)`` and to each row of ``place (n, 7)`` the type, x, y, z,
    dx, dy, dz of a unit, lowest first.
    """
    most_blocks = min(work.block.shape[0], 500 if effort <= 1 else (1000 if effort <= 30 else 4000))
    n_blocks = list_blocks(
        room, ext, n_ext, count, value, weight, bears, max_weight, most_blocks // 2, most_blocks,
        work.block, work.table, work.weigh, work.rank, work.spare,
    )  # fmt: skip
    for t in range(count.shape[0]):
        take[t] = 0
    if n_blocks == 0:
        return 0, 0
    begin(n_blocks, room, ext, n_ext, count, max_weight, work)
    total = Int64(0)
    for t in range(count.shape[0]):
        total += count[t] * value[t]
    best, boxes = _search(effort, total, room, work)
    units = Int64(0)
    for i in range(boxes):
        units = unfold(
            work.best[i, 0], work.best[i, 1], work.best[i, 2], work.best[i, 3], ext, work.block,
            work.stack, units, place,
        )  # fmt: skip
    _sort_bottom_up(units, place)
    for i in range(units):
        take[place[i, 0]] += 1
    return best, units
