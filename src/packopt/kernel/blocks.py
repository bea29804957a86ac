"""The guillotine block beam: packings of tight orders, built bottom-up from blocks.

A block is a set of units in a box that cuts from wall to wall can take apart: a single unit, or two
disjoint blocks face to face. Level s holds the ``width`` best blocks of s units, made by joining
blocks of lower levels; a block of all units that fits the room is a plan. The beam proves nothing:
when it finds no plan there may still be one.

Blocks are kept with their sides sorted along the interchangeable axes (see :mod:`.kinds`), so each
stands for up to six turned ones, and they carry a count per kind of unit, packed into one word.

Building blocks for containers goes back to Fanslau and Bortfeldt (INFORMS J. on Computing 22(2),
2010, 222-235).
"""

from __future__ import annotations

import numpy as np
from numba import njit

from packopt.kernel.kinds import (
    AXIS,
    BIAS,
    FIRST,
    GUARD,
    KIND_COLUMNS,
    KINDS,
    LEAST,
    LISTED,
    LOOSE,
    MASK,
    ROOM,
    SHIFT,
    SINGLE,
    SLACK,
    SLIM,
    STOUT,
    TASK_CELLS,
    UNITS,
    set_kinds,
    set_room,
)
from packopt.kernel.layout import MAX_ORIENTATIONS, ONE, Int64, Ints

#: Columns of a block: its units, sides, their volume, what is empty in it, its key (small is good),
#: and where it comes from. JOIN is 9 r + 3 f + g: axis f of the left block and axis g of the right
#: one lie along its axis r. A single unit has its kind in LEFT and -1 in RIGHT.
COUNTS, SIDE, VOLUME, WASTE, KEY, LEFT, RIGHT, JOIN = 0, 1, 4, 5, 6, 7, 8, 9
BLOCK_COLUMNS = 10


def block_workspace(max_units: int, max_width: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Return the work areas ``block, order, tally, kind, task`` of :func:`block_beam`."""
    n = max_units
    # The last n + 2 rows are for the full block and the stack that unfolds it.
    rows = MAX_ORIENTATIONS * n + max_width * n + n + 2
    return (
        np.zeros((rows, BLOCK_COLUMNS), np.int64),
        np.zeros((n + 1, max(MAX_ORIENTATIONS * n, max_width)), np.int64),
        np.zeros(n + 1, np.int64),
        np.zeros((n, KIND_COLUMNS), np.int64),
        np.zeros(TASK_CELLS, np.int64),
    )


@njit(cache=True, nogil=True)
def _set_singles(
    ext: Ints, n_ext: Ints, volume: Ints, task: Ints, kind: Ints, block: Ints, order: Ints,
    tally: Ints,
) -> int:  # fmt: skip
    """Make level 1, each kind in each class of orientations that turn into each other."""
    loose = task[LOOSE]
    rows = 0
    for t in range(task[KINDS]):
        i = kind[t, FIRST]
        start = rows
        for k in range(n_ext[i]):
            x = ext[i, k, task[AXIS]]
            y = ext[i, k, task[AXIS + 1]]
            z = ext[i, k, task[AXIS + 2]]
            kind[t, LEAST] = min(kind[t, LEAST], x) if k else x
            kind[t, LEAST + 1] = min(kind[t, LEAST + 1], y) if k else y
            kind[t, LEAST + 2] = min(kind[t, LEAST + 2], z) if k else z
            if loose and x > y:
                x, y = y, x
            if loose == 3 and y > z:
                y, z = z, y
                if x > y:
                    x, y = y, x
            known = False
            for row in range(start, rows):
                known |= block[row, SIDE] == x and block[row, SIDE + 1] == y
            if known:
                continue
            block[rows, COUNTS] = ONE << kind[t, SHIFT]
            block[rows, SIDE] = x
            block[rows, SIDE + 1] = y
            block[rows, SIDE + 2] = z
            block[rows, VOLUME] = volume[i]
            block[rows, WASTE] = 0
            block[rows, LEFT] = t
            block[rows, RIGHT] = -1
            order[1, rows] = rows
            rows += 1
    tally[1] = rows
    return rows


@njit(cache=True, nogil=True)
def _list_outside(counts: int, task: Ints, kind: Ints) -> int:
    """List the kinds with units outside a block, and their least and greatest of least extents."""
    found = 0
    for a in range(3):
        task[SLIM + a] = task[ROOM + a] + 1
        task[STOUT + a] = 0
    for t in range(task[KINDS]):
        if (counts >> kind[t, SHIFT]) & kind[t, MASK] < kind[t, UNITS]:
            kind[found, LISTED] = t
            found += 1
            for a in range(3):
                task[SLIM + a] = min(task[SLIM + a], kind[t, LEAST + a])
                task[STOUT + a] = max(task[STOUT + a], kind[t, LEAST + a])
    return found


@njit(cache=True, nogil=True)
def _taken(x: int, y: int, z: int, outside: int, task: Ints, kind: Ints) -> int:
    """Return the least volume a block of sides x, y, z takes for good, or -1 if no plan has it.

    Along an axis where the block leaves less than the least extent of every unit outside, nothing
    lies before or behind it: it takes the room's whole length. And it excludes a unit for which it
    leaves too little on every axis. ``outside`` is what :func:`_list_outside` returned.
    """
    room0, room1, room2 = task[ROOM], task[ROOM + 1], task[ROOM + 2]
    slim0, slim1, slim2 = task[SLIM], task[SLIM + 1], task[SLIM + 2]
    stout0, stout1, stout2 = task[STOUT], task[STOUT + 1], task[STOUT + 2]
    loose = task[LOOSE]
    best = Int64(-1)
    for turn in range(MAX_ORIENTATIONS if loose == 3 else max(loose, 1)):
        # Swapping the first two and the last two sides by turns visits all six orders.
        if turn & 1:
            x, y = y, x
        elif turn:
            y, z = z, y
        if x > room0 or y > room1 or z > room2:
            continue
        left0, left1, left2 = room0 - x, room1 - y, room2 - z
        together = stout0 <= left0 or stout1 <= left1 or stout2 <= left2
        if not together:
            together = True
            for m in range(outside):
                t = kind[m, LISTED]
                if (
                    kind[t, LEAST] > left0
                    and kind[t, LEAST + 1] > left1
                    and kind[t, LEAST + 2] > left2
                ):
                    together = False
                    break
        if together:
            whole = x if slim0 <= left0 else room0
            whole *= y if slim1 <= left1 else room1
            whole *= z if slim2 <= left2 else room2
            if best < 0 or whole < best:
                best = whole
    return best


@njit(cache=True, nogil=True)
def _keep(
    s: int, counts: int, x: int, y: int, z: int, key: int, width: int, block: Ints, order: Ints,
    tally: Ints,
) -> int:  # fmt: skip
    """Make a place for a block in level s, which stands sorted by key; return its row.

    Return -1 if there are ``width`` better blocks, or one of the same units that is nowhere larger.
    Blocks of the same units that are nowhere smaller make way; their keys are no better.
    """
    held = tally[s]
    if held == width and key >= block[order[s, held - 1], KEY]:
        return -1
    place = 0
    while place < held:
        b = order[s, place]
        if block[b, KEY] > key:
            break
        if (
            block[b, COUNTS] == counts
            and block[b, SIDE] <= x
            and block[b, SIDE + 1] <= y
            and block[b, SIDE + 2] <= z
        ):
            return -1
        place += 1
    last = place
    for k in range(place, held):
        b = order[s, k]
        if (
            block[b, COUNTS] != counts
            or block[b, SIDE] < x
            or block[b, SIDE + 1] < y
            or block[b, SIDE + 2] < z
        ):
            order[s, k] = order[s, last]
            order[s, last] = b
            last += 1
    last = min(last, width - 1)
    row = order[s, last]
    for k in range(last, place, -1):
        order[s, k] = order[s, k - 1]
    order[s, place] = row
    tally[s] = last + 1
    return row


@njit(cache=True, nogil=True)
def _join_levels(
    s: int, first: int, last: int, width: int, task: Ints, kind: Ints, block: Ints, order: Ints,
    tally: Ints,
) -> None:  # fmt: skip
    """Offer level s the useful joins of disjoint blocks of levels ``first`` to ``last`` and s less.

    With sorted sides the faces that meet are laid long side to long side: crossing them gives a box
    that is nowhere smaller. That leaves one way per pair of stacking axes, 9 instead of 18.
    """
    single, bias, guard = task[SINGLE], task[BIAS], task[GUARD]
    room0, room1, room2 = task[ROOM], task[ROOM + 1], task[ROOM + 2]
    slack, loose = task[SLACK], task[LOOSE]
    for low in range(first, last + 1):
        high = s - low
        for i in range(tally[low]):
            p = order[low, i]
            mine = block[p, COUNTS]
            spare = slack - block[p, WASTE]
            for j in range(i if low == high else 0, tally[high]):
                q = order[high, j]
                other = block[q, COUNTS]
                counts = mine + other
                if (mine & other & single) | ((counts + bias) & guard) or block[q, WASTE] > spare:
                    continue
                volume = block[p, VOLUME] + block[q, VOLUME]
                largest = volume + slack
                if tally[s] == width:
                    worst = block[order[s, width - 1], KEY]
                    largest = min(largest, volume + ((worst * volume) >> 17))
                outside = Int64(-1)
                for f in range(3):
                    left = block[p, SIDE + f]
                    left_u = block[p, SIDE + (1 if f == 0 else 0)]
                    left_v = block[p, SIDE + (1 if f == 2 else 2)]
                    for g in range(3):
                        length = left + block[q, SIDE + g]
                        u = max(left_u, block[q, SIDE + (1 if g == 0 else 0)])
                        v = max(left_v, block[q, SIDE + (1 if g == 2 else 2)])
                        box = length * u * v
                        if box > largest or (f != g and (f >= loose or g >= loose)):
                            continue
                        r = f
                        if f < loose:
                            r = 0 if length <= u else (1 if loose == 2 or length <= v else 2)
                        x = length if r == 0 else u
                        y = length if r == 1 else (u if r == 0 else v)
                        z = length if r == 2 else v
                        if x > room0 or y > room1 or z > room2:
                            continue
                        if outside < 0:
                            outside = _list_outside(counts, task, kind)
                        whole = _taken(x, y, z, outside, task, kind)
                        if whole < 0 or whole > volume + slack:
                            continue
                        # What is empty in the box, and what it makes unusable, per volume.
                        key = ((box + whole - 2 * volume) << 16) // volume
                        row = _keep(s, counts, x, y, z, key, width, block, order, tally)
                        if row < 0:
                            continue
                        block[row, COUNTS] = counts
                        block[row, SIDE] = x
                        block[row, SIDE + 1] = y
                        block[row, SIDE + 2] = z
                        block[row, VOLUME] = volume
                        block[row, WASTE] = box - volume
                        block[row, KEY] = key
                        block[row, LEFT] = p
                        block[row, RIGHT] = q
                        block[row, JOIN] = 9 * r + 3 * f + g


@njit(cache=True, nogil=True)
def _unfold(root: int, task: Ints, kind: Ints, block: Ints, place: Ints) -> None:
    """Write the plan of a full block; the rows after it are the stack."""
    for t in range(task[KINDS]):
        kind[t, LISTED] = kind[t, FIRST]
    # An entry: a block, its corner, and the room's axis of each of the block's own axes.
    top = root + 1
    block[top, 0] = root
    for a in range(3):
        block[top, 1 + a] = 0
        block[top, 4 + a] = a
    while top > root:
        b = block[top, 0]
        left, right = block[b, LEFT], block[b, RIGHT]
        if right < 0:
            i = kind[left, LISTED]
            kind[left, LISTED] += 1
            for a in range(3):
                axis = task[AXIS + block[top, 4 + a]]
                place[i, axis] = block[top, 1 + block[top, 4 + a]]
                place[i, 3 + axis] = block[b, SIDE + a]
            top -= 1
            continue
        r = block[b, JOIN] // 9
        f = block[b, JOIN] // 3 % 3
        g = block[b, JOIN] % 3
        along = block[top, 4 + r]
        u = block[top, 4 + (1 if r == 0 else 0)]
        v = block[top, 4 + (1 if r == 2 else 2)]
        for a in range(3):
            block[top + 1, 1 + a] = block[top, 1 + a]
        block[top + 1, 1 + along] += block[left, SIDE + f]
        for entry, child, face in ((top, left, f), (top + 1, right, g)):
            block[entry, 0] = child
            block[entry, 4 + face] = along
            block[entry, 4 + (1 if face == 0 else 0)] = u
            block[entry, 4 + (1 if face == 2 else 2)] = v
        top += 1


@njit(cache=True, nogil=True)
def block_beam(
    n: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, volume: Ints, width: int, block: Ints,
    order: Ints, tally: Ints, kind: Ints, task: Ints, place: Ints,
) -> bool:  # fmt: skip
    """Look for a guillotine plan of n <= 32 units; write it to ``place`` and return True if found.

    The arguments from ``block`` to ``task`` are those of :func:`block_workspace`. At most about
    n^2 width^2 / 4 pairs of blocks are looked at, and those without a common unit, few in the upper
    levels, are joined in up to 9 ways.
    """
    task[SLACK] = room[0] * room[1] * room[2]
    for i in range(n):
        task[SLACK] -= volume[i]
    if task[SLACK] < 0:
        return False
    set_room(n, room, ext, n_ext, twin, task)
    set_kinds(n, twin, task, kind)
    tally[n] = 0
    rows = _set_singles(ext, n_ext, volume, task, kind, block, order, tally)
    for s in range(1, n):
        if s > 1:
            tally[s] = 0
            for k in range(width):
                order[s, k] = rows + k
            rows += width
            _join_levels(s, 1, s // 2, width, task, kind, block, order, tally)
        if 2 * s >= n:
            # What completes a block of this level is known by now: no need to see the others.
            order[n, 0] = rows
            _join_levels(n, n - s, n - s, 1, task, kind, block, order, tally)
        if tally[n]:
            break
    if tally[n] == 0:
        return False
    _unfold(order[n, 0], task, kind, block, place)
    return True
