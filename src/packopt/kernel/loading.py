"""Filling one room with as much value as possible: a beam search that places whole blocks.

A state is a partly filled room: its boxes, its maximal empty spaces, the units left. The next block
goes into the space nearest to a corner of the room, into that corner of it. Blocks are ranked by
value, by how much of the space they leave usable, by the share of their surface that touches other
boxes or walls, and by few units (Araya, Guerrero and Nunez, Computers & Operations Research 82,
2017, 27-35). A beam search grades each state by completing it greedily, and is repeated with
growing width until the effort is used up (Araya and Riff, Computers & Operations Research 43, 2014,
100-107). Nothing here depends on a clock or on random numbers.
"""

from __future__ import annotations

from math import sqrt
from typing import NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.layout import Floats, Int64, Ints
from packopt.kernel.loading_blocks import (
    BLOCK_COLUMNS,
    FRAGILE,
    GUARD,
    KINDS,
    PARTS,
    SIDE,
    UNITS,
    VALUE,
    WEIGHT,
    list_blocks,
    pack_sides,
    sort_down,
    unfold,
)

#: Columns of the tally of a state. ``GRADE`` is the value after completing it greedily.
SPACES, BOXES, ALIVE, WORTH, SPARE, GRADE = range(6)
TALLY_COLUMNS = 6

#: Neighbours of a space kept per face; more count as if they did not touch.
MOST_NEIGHBOURS = 64
#: Surfaces count as touching at a distance of up to this share of the room.
NEARNESS = 50
#: Widest beam.
WIDEST = 32
_LOW_BITS = (1 << 20) - 1
_NO_LIMIT = Int64(1) << 61


class LoadWorkspace(NamedTuple):
    """Work areas of :func:`load` for one thread."""

    block: Ints  # (B, BLOCK_COLUMNS)
    table: Ints  # hash table of blocks
    rank: Ints  # (B,) blocks by descending key
    spare: Ints  # (B,)
    size: Ints  # (B,) packed sides by rank
    mask: Ints  # (B,) types in the block by rank, one bit each modulo 62
    key: Floats  # (B,) value against number of units by rank
    weigh: Ints  # (B,) key as an integer, to sort by
    reach: Ints  # (3, longest side + 1) largest reachable length up to each length
    slim: Ints  # (t, 3) least extents of each type
    spaces: Ints  # (states, spaces, 6)
    boxes: Ints  # (states, boxes, 7) block, two corners
    left: Ints  # (states, t)
    alive: Ints  # (states, B) ranks of blocks that may still be placed
    tally: Ints  # (states, TALLY_COLUMNS)
    fresh: Ints  # (spaces, 6)
    near: Ints  # (6, neighbours, 5)
    n_near: Ints  # (6,)
    top: Ints  # (WIDEST + 1,) best blocks of a space
    score: Floats  # (WIDEST + 1,)
    child: Ints  # (WIDEST, 4) parent, space, rank, grade
    best: Ints  # (boxes, 7)
    stack: Ints  # (B, 4)


def load_workspace(max_types: int, max_blocks: int, max_boxes: int, max_side: int) -> LoadWorkspace:
    """Return work areas for rooms with sides of up to ``max_side`` mm."""
    states = 2 * WIDEST + 1
    cells = 4
    while cells < 2 * max_blocks:
        cells *= 2

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return LoadWorkspace(
        block=ints(max_blocks, BLOCK_COLUMNS),
        table=ints(cells),
        rank=ints(max_blocks),
        spare=ints(max(max_blocks, max_boxes)),
        size=ints(max_blocks),
        mask=ints(max_blocks),
        key=np.zeros(max_blocks, np.float64),
        weigh=ints(max_blocks),
        reach=ints(3, max_side + 1),
        slim=ints(max_types, 3),
        spaces=ints(states, 512, 6),
        boxes=ints(states, max_boxes, 7),
        left=ints(states, max_types),
        alive=ints(states, max_blocks),
        tally=ints(states, TALLY_COLUMNS),
        fresh=ints(512, 6),
        near=ints(6, MOST_NEIGHBOURS, 5),
        n_near=ints(6),
        top=ints(WIDEST + 1),
        score=np.zeros(WIDEST + 1, np.float64),
        child=ints(WIDEST + 1, 4),
        best=ints(max_boxes, 7),
        stack=ints(max_blocks, 4),
    )


@njit(cache=True, nogil=True)
def _set_reach(room: Ints, ext: Ints, n_ext: Ints, count: Ints, reach: Ints) -> None:
    """Set the largest sum of extents up to each length, each unit in one orientation or none."""
    for axis in range(3):
        last = room[axis]
        # -1: not a sum; otherwise the number of units of the current type that it takes at least.
        for length in range(last + 1):
            reach[axis, length] = -1
        reach[axis, 0] = 0
        for t in range(count.shape[0]):
            if count[t] == 0:
                continue
            for length in range(last + 1):
                if reach[axis, length] >= 0:
                    reach[axis, length] = 0
                    continue
                least = Int64(-1)
                for way in range(n_ext[t]):
                    before = length - ext[t, way, axis]
                    if before >= 0 and 0 <= reach[axis, before] < count[t]:
                        used = reach[axis, before] + 1
                        if least < 0 or used < least:
                            least = used
                reach[axis, length] = least
        longest = Int64(0)
        for length in range(last + 1):
            if reach[axis, length] >= 0:
                longest = length
            reach[axis, length] = longest


@njit(cache=True, nogil=True)
def _choose_space(room: Ints, spaces: Ints, count: int) -> int:
    """Return the space nearest to a corner of the room, the largest of several; -1 if none."""
    best = Int64(-1)
    least, largest = _NO_LIMIT, Int64(-1)
    for s in range(count):
        distance = Int64(0)
        for a in range(3):
            distance += min(spaces[s, a], room[a] - spaces[s, a + 3])
        if distance > least:
            continue
        volume = (
            (spaces[s, 3] - spaces[s, 0])
            * (spaces[s, 4] - spaces[s, 1])
            * (spaces[s, 5] - spaces[s, 2])
        )
        if distance < least or volume > largest:
            best, least, largest = Int64(s), distance, volume
    return best


@njit(cache=True, nogil=True)
def _list_neighbours(
    space: Ints, room: Ints, boxes: Ints, n_boxes: int, near: Ints, n_near: Ints
) -> None:
    """List per face of a space the boxes just behind it: their extent along the face, and how far.

    Face ``2 a`` is the low one of axis ``a``, face ``2 a + 1`` the high one.
    """
    for face in range(6):
        n_near[face] = 0
    for i in range(n_boxes):
        for a in range(3):
            b, c = (a + 1) % 3, (a + 2) % 3
            if (
                boxes[i, 1 + b] >= space[3 + b]
                or boxes[i, 4 + b] <= space[b]
                or boxes[i, 1 + c] >= space[3 + c]
                or boxes[i, 4 + c] <= space[c]
            ):
                continue
            face = 2 * a
            far = space[a] - boxes[i, 4 + a]
            if far < 0:
                face += 1
                far = boxes[i, 1 + a] - space[3 + a]
            if 0 <= far <= room[a] // NEARNESS and n_near[face] < near.shape[1]:
                at = n_near[face]
                near[face, at, 0] = boxes[i, 1 + b]
                near[face, at, 1] = boxes[i, 4 + b]
                near[face, at, 2] = boxes[i, 1 + c]
                near[face, at, 3] = boxes[i, 4 + c]
                near[face, at, 4] = far
                n_near[face] += 1


@njit(cache=True, nogil=True)
def _touching(
    face: int, far: int, b0: int, b1: int, c0: int, c1: int, near: Ints, n_near: Ints
) -> int:
    """Return the area of a face of a block that lies before neighbours up to ``far`` away."""
    area = Int64(0)
    for i in range(n_near[face]):
        if near[face, i, 4] <= far:
            wide = min(b1, near[face, i, 1]) - max(b0, near[face, i, 0])
            high = min(c1, near[face, i, 3]) - max(c0, near[face, i, 2])
            if wide > 0 and high > 0:
                area += wide * high
    return area


@njit(cache=True, nogil=True)
def _find_blocks(
    wanted: int, room: Ints, space: Ints, n_alive: int, alive: Ints, spare_weight: int,
    left: Ints, rank: Ints, size: Ints, key: Floats, block: Ints, reach: Ints, near: Ints,
    n_near: Ints, top: Ints, score: Floats,
) -> int:  # fmt: skip
    """Write the ``wanted`` best blocks for a space to ``top``, best first; return how many."""
    found = Int64(0)
    floor = 0.0
    long_x, long_y, long_z = space[3] - space[0], space[4] - space[1], space[5] - space[2]
    whole = pack_sides(long_x, long_y, long_z) + GUARD
    volume = float(long_x) * float(long_y) * float(long_z)
    tol_x, tol_y, tol_z = room[0] // NEARNESS, room[1] // NEARNESS, room[2] // NEARNESS
    low_x = space[0] <= room[0] - space[3]
    low_y = space[1] <= room[1] - space[4]
    low_z = space[2] <= room[2] - space[5]
    for at in range(n_alive):
        r = alive[at]
        if key[r] <= floor:
            break
        gaps = whole - size[r]
        if gaps & GUARD != GUARD:
            continue
        gap_x, gap_y, gap_z = gaps & _LOW_BITS, (gaps >> 21) & _LOW_BITS, (gaps >> 42) & _LOW_BITS
        dx, dy, dz = long_x - gap_x, long_y - gap_y, long_z - gap_z
        # At best all of the faces at the corner touch, and of the others those near the end.
        contact = dy * dz + dx * dz + dx * dy
        surface = float(2 * contact)
        if gap_x <= tol_x:
            contact += dy * dz
        if gap_y <= tol_y:
            contact += dx * dz
        if gap_z <= tol_z:
            contact += dx * dy
        usable = (
            float(dx + reach[0, gap_x]) * float(dy + reach[1, gap_y]) * float(dz + reach[2, gap_z])
        )
        worth = key[r] * usable / volume
        share = float(contact) / surface
        share *= share
        if worth * share * share <= floor:
            continue
        b = rank[r]
        if block[b, WEIGHT] > spare_weight or (block[b, FRAGILE] and space[5] < room[2]):
            continue
        enough = True
        for j in range(block[b, KINDS]):
            enough &= block[b, PARTS + 2 * j + 1] <= left[block[b, PARTS + 2 * j]]
        if not enough:
            continue
        x0 = space[0] if low_x else space[3] - dx
        y0 = space[1] if low_y else space[4] - dy
        z0 = space[2] if low_z else space[5] - dz
        x1, y1, z1 = x0 + dx, y0 + dy, z0 + dz
        contact = Int64(1)
        far = x0 - space[0]
        if far <= tol_x:
            if space[0] == 0:
                contact += dy * dz
            else:
                contact += _touching(0, tol_x - far, y0, y1, z0, z1, near, n_near)
        far = space[3] - x1
        if far <= tol_x:
            if space[3] == room[0]:
                contact += dy * dz
            else:
                contact += _touching(1, tol_x - far, y0, y1, z0, z1, near, n_near)
        far = y0 - space[1]
        if far <= tol_y:
            if space[1] == 0:
                contact += dx * dz
            else:
                contact += _touching(2, tol_y - far, z0, z1, x0, x1, near, n_near)
        far = space[4] - y1
        if far <= tol_y:
            if space[4] == room[1]:
                contact += dx * dz
            else:
                contact += _touching(3, tol_y - far, z0, z1, x0, x1, near, n_near)
        far = z0 - space[2]
        if far <= tol_z:
            if space[2] == 0:
                contact += dx * dy
            else:
                contact += _touching(4, tol_z - far, x0, x1, y0, y1, near, n_near)
        far = space[5] - z1
        if far <= tol_z:
            if space[5] == room[2]:
                contact += dx * dy
            else:
                contact += _touching(5, tol_z - far, x0, x1, y0, y1, near, n_near)
        share = float(contact) / surface
        share *= share
        worth *= share * share
        if worth <= floor:
            continue
        place = min(found, wanted - 1)
        while place > 0 and score[place - 1] < worth:
            score[place] = score[place - 1]
            top[place] = top[place - 1]
            place -= 1
        score[place] = worth
        top[place] = r
        found = min(found + 1, wanted)
        if found == wanted:
            floor = score[wanted - 1]
    return found


@njit(cache=True, nogil=True)
def _occupy(box: Ints, top: int, spaces: Ints, count: int, fresh: Ints, least: Ints) -> int:
    """Take a box, up to ``top``, out of the maximal spaces; return how many there are.

    Spaces thinner than ``least (3,)`` are dropped, and those that find no room in the list.
    """
    kept = Int64(0)
    n_fresh = Int64(0)
    for s in range(count):
        if (
            spaces[s, 0] >= box[4]
            or box[1] >= spaces[s, 3]
            or spaces[s, 1] >= box[5]
            or box[2] >= spaces[s, 4]
            or spaces[s, 2] >= top
            or box[3] >= spaces[s, 5]
        ):
            if (
                spaces[s, 3] - spaces[s, 0] >= least[0]
                and spaces[s, 4] - spaces[s, 1] >= least[1]
                and spaces[s, 5] - spaces[s, 2] >= least[2]
            ):
                if kept != s:
                    for c in range(6):
                        spaces[kept, c] = spaces[s, c]
                kept += 1
            continue
        if (
            spaces[s, 3] - spaces[s, 0] < least[0]
            or spaces[s, 4] - spaces[s, 1] < least[1]
            or spaces[s, 5] - spaces[s, 2] < least[2]
        ):
            continue
        for a in range(3):
            high = top if a == 2 else box[4 + a]
            if spaces[s, 3 + a] - high >= least[a] and n_fresh < fresh.shape[0]:
                for c in range(6):
                    fresh[n_fresh, c] = spaces[s, c]
                fresh[n_fresh, a] = high
                n_fresh += 1
            if box[1 + a] - spaces[s, a] >= least[a] and n_fresh < fresh.shape[0]:
                for c in range(6):
                    fresh[n_fresh, c] = spaces[s, c]
                fresh[n_fresh, 3 + a] = box[1 + a]
                n_fresh += 1
    count = kept
    for s in range(n_fresh):
        x0, y0, z0 = fresh[s, 0], fresh[s, 1], fresh[s, 2]
        x1, y1, z1 = fresh[s, 3], fresh[s, 4], fresh[s, 5]
        inside = False
        for r in range(kept):
            if (
                spaces[r, 0] <= x0
                and spaces[r, 3] >= x1
                and spaces[r, 1] <= y0
                and spaces[r, 4] >= y1
                and spaces[r, 2] <= z0
                and spaces[r, 5] >= z1
            ):
                inside = True
                break
        if inside:
            continue
        for r in range(n_fresh):
            if (
                fresh[r, 0] <= x0
                and fresh[r, 3] >= x1
                and fresh[r, 1] <= y0
                and fresh[r, 4] >= y1
                and fresh[r, 2] <= z0
                and fresh[r, 5] >= z1
                and r != s
                and (
                    r < s
                    or fresh[r, 0] < x0
                    or fresh[r, 3] > x1
                    or fresh[r, 1] < y0
                    or fresh[r, 4] > y1
                    or fresh[r, 2] < z0
                    or fresh[r, 5] > z1
                )
            ):
                inside = True
                break
        if not inside and count < spaces.shape[0]:
            for c in range(6):
                spaces[count, c] = fresh[s, c]
            count += 1
    return count


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
        least[a] = _NO_LIMIT
    for t in range(left.shape[0]):
        if left[t] > 0:
            for a in range(3):
                least[a] = min(least[a], slim[t, a])
    top = room[2] if block[b, FRAGILE] else boxes[n, 6]
    tally[SPACES] = _occupy(
        boxes[n], top, spaces, tally[SPACES], fresh[: fresh.shape[0] - 1], least
    )
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
def _next_blocks(wanted: int, s: int, room: Ints, work: LoadWorkspace) -> tuple[int, int]:
    """Find the blocks to go on with in state ``s``; return the space and how many they are.

    Spaces into which no block fits are dropped on the way.
    """
    spaces, tally, boxes = work.spaces[s], work.tally[s], work.boxes[s]
    while tally[SPACES] and tally[ALIVE] and tally[BOXES] < boxes.shape[0]:
        at = _choose_space(room, spaces, tally[SPACES])
        _list_neighbours(spaces[at], room, boxes, tally[BOXES], work.near, work.n_near)
        found = _find_blocks(
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
def _copy_state(source: int, target: int, work: LoadWorkspace) -> None:
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
def _put_in(r: int, at: int, s: int, room: Ints, work: LoadWorkspace) -> None:
    """Put the block of rank ``r`` into space ``at`` of state ``s``."""
    _put(
        r, at, room, work.spaces[s], work.boxes[s], work.left[s], work.alive[s], work.tally[s],
        work.rank, work.size, work.mask, work.block, work.slim, work.fresh,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _complete(s: int, room: Ints, work: LoadWorkspace) -> int:
    """Fill state ``s`` greedily and return its value."""
    while True:
        at, found = _next_blocks(1, s, room, work)
        if found == 0:
            return work.tally[s, WORTH]
        _put_in(work.top[0], at, s, room, work)


@njit(cache=True, nogil=True)
def _record(s: int, best: int, work: LoadWorkspace) -> int:
    """Keep the boxes of a complete state if it is the best so far; return the best value."""
    if work.tally[s, WORTH] <= best:
        return best
    n = work.tally[s, BOXES]
    for i in range(n):
        for c in range(7):
            work.best[i, c] = work.boxes[s, i, c]
    work.n_near[0] = n
    return work.tally[s, WORTH]


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
def _rank_blocks(n: int, work: LoadWorkspace) -> None:
    """Rank blocks by value divided by the fourth root of their units."""
    for b in range(n):
        work.rank[b] = b
        # Whole numbers of 2**-10, to sort by; square roots are exact, so all machines agree.
        root = sqrt(sqrt(float(work.block[b, UNITS])))
        work.weigh[b] = Int64(float(work.block[b, VALUE]) * 1024.0 / root)
    sort_down(n, work.weigh, work.rank, work.spare)
    for r in range(n):
        b = work.rank[r]
        work.key[r] = float(work.weigh[b])
        work.size[r] = pack_sides(
            work.block[b, SIDE], work.block[b, SIDE + 1], work.block[b, SIDE + 2]
        )
        work.mask[r] = 0
        for j in range(work.block[b, KINDS]):
            work.mask[r] |= Int64(1) << (work.block[b, PARTS + 2 * j] % 62)


@njit(cache=True, nogil=True)
def _begin(
    n_blocks: int, room: Ints, ext: Ints, n_ext: Ints, count: Ints, max_weight: int,
    work: LoadWorkspace,
) -> None:  # fmt: skip
    """Make state 0 the empty room."""
    _rank_blocks(n_blocks, work)
    _set_reach(room, ext, n_ext, count, work.reach)
    for t in range(work.left.shape[1]):
        work.left[0, t] = count[t] if t < count.shape[0] else 0
    for t in range(count.shape[0]):
        for a in range(3):
            work.slim[t, a] = _NO_LIMIT
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
    work.tally[0, SPARE] = max_weight if max_weight >= 0 else _NO_LIMIT


@njit(cache=True, nogil=True)
def _search(effort: int, most_value: int, room: Ints, work: LoadWorkspace) -> int:
    """Search on from state 0 with beams of growing width; return the best value.

    The boxes of the best state are left in ``work.best``, their number in ``work.child[-1, 0]``.
    """
    scratch = work.tally.shape[0] - 1
    _copy_state(0, scratch, work)
    best = _complete(scratch, room, work)
    best = _record(scratch, Int64(-1), work)
    boxes = work.n_near[0]
    first = best
    spent = Int64(1)
    width = Int64(2)
    while spent < effort and best < most_value:
        side = Int64(0)
        states = Int64(1)
        work.tally[0, GRADE] = first
        # Sides take turns: parents are in one half of the states, children in the other.
        parents, children = Int64(1), 1 + WIDEST
        _copy_state(0, parents, work)
        while states and spent < effort and best < most_value:
            held = Int64(0)
            for p in range(parents, parents + states):
                at, found = _next_blocks(width, p, room, work)
                for i in range(found):
                    work.child[WIDEST, 0] = 0
                    r = work.top[i]
                    if i == 0:
                        # The greedy way on from here, which graded the parent.
                        held = _keep_child(p, at, r, work.tally[p, GRADE], held, width, work.child)
                        continue
                    work.spare[i] = r
                for i in range(1, found):
                    r = work.spare[i]
                    _copy_state(p, scratch, work)
                    _put_in(r, at, scratch, room, work)
                    grade = _complete(scratch, room, work)
                    spent += 1
                    if grade > best:
                        best = _record(scratch, best, work)
                        boxes = work.n_near[0]
                    held = _keep_child(p, at, r, grade, held, width, work.child)
            for i in range(held):
                target = children + i
                _copy_state(work.child[i, 0], target, work)
                work.tally[target, GRADE] = work.child[i, 3]
                _put_in(work.child[i, 2], work.child[i, 1], target, room, work)
            states = held
            parents, children = children, parents
            side = 1 - side
        if width == WIDEST:
            break
        width = min(width + max(1, width // 2), WIDEST)
    work.n_near[0] = boxes
    return best


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
    _begin(n_blocks, room, ext, n_ext, count, max_weight, work)
    total = Int64(0)
    for t in range(count.shape[0]):
        total += count[t] * value[t]
    best = _search(effort, total, room, work)
    units = Int64(0)
    for i in range(work.n_near[0]):
        units = unfold(
            work.best[i, 0], work.best[i, 1], work.best[i, 2], work.best[i, 3], ext, work.block,
            work.stack, units, place,
        )  # fmt: skip
    _sort_bottom_up(units, place)
    for i in range(units):
        take[place[i, 0]] += 1
    return best, units
