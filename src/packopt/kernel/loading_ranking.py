"""Which blocks are best for an empty space.

Blocks are ranked by value, by how much of the space they leave usable, by the share of their
surface that touches other boxes or walls, and by few units (Araya, Guerrero and Nunez, Computers &
Operations Research 82, 2017, 27-35).
"""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.layout import Floats, Int64, Ints
from packopt.kernel.loading_blocks import (
    FRAGILE,
    GUARD,
    KINDS,
    PARTS,
    SIDE,
    UNITS,
    VALUE,
    WEIGHT,
    pack_sides,
    sort_down,
)

if TYPE_CHECKING:
    from packopt.kernel.loading_workspace import LoadWorkspace

#: Neighbours of a space kept per face; more count as if they did not touch.
MOST_NEIGHBOURS = 64
#: Surfaces count as touching at a distance of up to this share of the room.
NEARNESS = 50
_LOW_BITS = (1 << 20) - 1


@njit(cache=True, nogil=True)
def rank_blocks(n: int, work: LoadWorkspace) -> None:
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
def set_reach(room: Ints, ext: Ints, n_ext: Ints, count: Ints, reach: Ints) -> None:
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
def list_neighbours(
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
def find_blocks(
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
