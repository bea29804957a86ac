"""A state of loading, a partly filled room, and how it goes on.

It consists of its boxes, its maximal empty spaces and the units left. The next block goes into the
space nearest to a corner of the room, into that corner of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.layout import Int64, Ints
from packopt.kernel.loading_blocks import (
    FRAGILE,
    GUARD,
    KINDS,
    PARTS,
    SIDE,
    VALUE,
    WEIGHT,
    pack_sides,
)
from packopt.kernel.loading_ranking import find_blocks, list_neighbours, rank_blocks, set_reach
from packopt.kernel.loading_spaces import NO_LIMIT, choose_space, occupy

if TYPE_CHECKING:
    from packopt.kernel.loading_workspace import LoadWorkspace

#: Columns of the tally of a state. ``GRADE`` is the value after completing it greedily.
SPACES, BOXES, ALIVE, WORTH, SPARE, GRADE = range(6)
TALLY_COLUMNS = 6


@njit(cache=True, nogil=True)
def begin(
    n_blocks: int, room: Ints, ext: Ints, n_ext: Ints, count: Ints, max_weight: int,
    work: LoadWorkspace,
) -> None:  # fmt: skip
    """Make state 0 the empty room."""
    rank_blocks(n_blocks, work)
    set_reach(room, ext, n_ext, count, work.reach)
    for t in range(work.left.shape[1]):
        work.left[0, t] = count[t] if t < count.shape[0] else 0
    for t in range(count.shape[0]):
        for a in range(3):
            work.slim[t, a] = NO_LIMIT
            for way in range(n_ext[t]):
                work.slim[t, a] = min(work.slim[t, a], ext[t, way, a])
    for a in range(3):
        work.spaces[0, 0, a] = 0
        work.spaces[0, 0, a + 3] = room[a]
    for r in range(n_blocks):
        work.alive[0, r] = r
    work.tally[0, SPACES] = 1
    work.tally[0, BOXES] = 0
    work.tally[0, ALIVE] = n_blocks
    work.tally[0, WORTH] = 0
    work.tally[0, SPARE] = max_weight if max_weight >= 0 else NO_LIMIT


@njit(cache=True, nogil=True)
def _put(
    r: int, s: int, room: Ints, spaces: Ints, boxes: Ints, left: Ints, alive: Ints, tally: Ints,
    rank: Ints, size: Ints, mask: Ints, block: Ints, slim: Ints, fresh: Ints,
) -> None:  # fmt: skip
    """Put the block of rank ``r`` into the corner of space ``s`` and update the state."""
    b = rank[r]
    n = tally[BOXES]
    boxes[n, 0] = b
    for a in range(3):
        long = block[b, SIDE + a]
        low = spaces[s, a]
        if low > room[a] - spaces[s, 3 + a]:
            low = spaces[s, 3 + a] - long
        boxes[n, 1 + a] = low
        boxes[n, 4 + a] = low + long
    tally[BOXES] = n + 1
    tally[WORTH] += block[b, VALUE]
    tally[SPARE] -= block[b, WEIGHT]
    for j in range(block[b, KINDS]):
        left[block[b, PARTS + 2 * j]] -= block[b, PARTS + 2 * j + 1]
    least = fresh[fresh.shape[0] - 1]
    for a in range(3):
        least[a] = NO_LIMIT
    for t in range(left.shape[0]):
        if left[t] > 0:
            for a in range(3):
                least[a] = min(least[a], slim[t, a])
    top = room[2] if block[b, FRAGILE] else boxes[n, 6]
    tally[SPACES] = occupy(boxes[n], top, spaces, tally[SPACES], fresh[: fresh.shape[0] - 1], least)
    long_x, long_y, long_z = Int64(0), Int64(0), Int64(0)
    for i in range(tally[SPACES]):
        long_x = max(long_x, spaces[i, 3] - spaces[i, 0])
        long_y = max(long_y, spaces[i, 4] - spaces[i, 1])
        long_z = max(long_z, spaces[i, 5] - spaces[i, 2])
    whole = pack_sides(long_x, long_y, long_z) + GUARD
    used = mask[r]
    kept = Int64(0)
    for i in range(tally[ALIVE]):
        q = alive[i]
        if (whole - size[q]) & GUARD != GUARD:
            continue
        if mask[q] & used:
            d = rank[q]
            enough = True
            for j in range(block[d, KINDS]):
                enough &= block[d, PARTS + 2 * j + 1] <= left[block[d, PARTS + 2 * j]]
            if not enough:
                continue
        alive[kept] = q
        kept += 1
    tally[ALIVE] = kept


@njit(cache=True, nogil=True)
def put_in(r: int, at: int, s: int, room: Ints, work: LoadWorkspace) -> None:
    """Put the block of rank ``r`` into space ``at`` of state ``s``."""
    _put(
        r, at, room, work.spaces[s], work.boxes[s], work.left[s], work.alive[s], work.tally[s],
        work.rank, work.size, work.mask, work.block, work.slim, work.fresh,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def next_blocks(wanted: int, s: int, room: Ints, work: LoadWorkspace) -> tuple[int, int]:
    """Find the blocks to go on with in state ``s``; return the space and how many they are.

    Spaces into which no block fits are dropped on the way.
    """
    spaces, tally, boxes = work.spaces[s], work.tally[s], work.boxes[s]
    while tally[SPACES] and tally[ALIVE] and tally[BOXES] < boxes.shape[0]:
        at = choose_space(room, spaces, tally[SPACES])
        list_neighbours(spaces[at], room, boxes, tally[BOXES], work.near, work.n_near)
        found = find_blocks(
            wanted, room, spaces[at], tally[ALIVE], work.alive[s], tally[SPARE], work.left[s],
            work.rank, work.size, work.key, work.block, work.reach, work.near, work.n_near,
            work.top, work.score,
        )  # fmt: skip
        if found:
            return at, found
        tally[SPACES] -= 1
        for c in range(6):
            spaces[at, c] = spaces[tally[SPACES], c]
    return Int64(-1), Int64(0)


@njit(cache=True, nogil=True)
def copy_state(source: int, target: int, work: LoadWorkspace) -> None:
    """Copy one state over another."""
    for c in range(TALLY_COLUMNS):
        work.tally[target, c] = work.tally[source, c]
    for i in range(work.tally[source, SPACES]):
        for c in range(6):
            work.spaces[target, i, c] = work.spaces[source, i, c]
    for i in range(work.tally[source, BOXES]):
        for c in range(7):
            work.boxes[target, i, c] = work.boxes[source, i, c]
    for t in range(work.left.shape[1]):
        work.left[target, t] = work.left[source, t]
    for i in range(work.tally[source, ALIVE]):
        work.alive[target, i] = work.alive[source, i]


@njit(cache=True, nogil=True)
def complete(s: int, room: Ints, work: LoadWorkspace) -> int:
    """Fill state ``s`` greedily and return its value."""
    while True:
        at, found = next_blocks(1, s, room, work)
        if found == 0:
            return work.tally[s, WORTH]
        put_in(work.top[0], at, s, room, work)
