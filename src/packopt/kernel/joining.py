"""Blocks with next to no waste: how tight parts fall into parcels that are all but full.

A block is a unit as it is turned, or two disjoint blocks face to face, and the box around them.
Where so little may be lost in all parcels together, few blocks can be part of a plan; all of them
are listed, by their number of units, unless there are too many. Unlike the block beam
(``blocks.py``), which wants all units in one room, this one finds out which units share a room.
It proves nothing: plans that straight cuts cannot take apart are not looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

if TYPE_CHECKING:
    from packopt.kernel.layout import Ints

#: Columns of a block: sides, volume of its units, their counts, and where it comes from. A single
#: unit has its kind in LEFT, -1 in RIGHT and its orientation in AXIS; a join has its two blocks
#: there and the axis along which the right one lies behind the left one.
SIDE, VOLUME, COUNTS, LEFT, RIGHT, AXIS = 0, 3, 4, 5, 6, 7
BLOCK_COLUMNS = 8


@njit(cache=True, nogil=True)
def _is_known(block: Ints, row: int, slots: Ints) -> bool:
    """Look block ``row`` up among those of equal sides and counts; enter it if it is new."""
    last = len(slots) - 1
    spot = block[row, COUNTS] * 31 + block[row, 0]
    spot = (spot * 31 + block[row, 1]) * 31 + block[row, 2]
    spot = (spot ^ (spot >> 15) ^ (spot >> 33)) & last
    while slots[spot] >= 0:
        other = slots[spot]
        if (
            block[other, COUNTS] == block[row, COUNTS]
            and block[other, 0] == block[row, 0]
            and block[other, 1] == block[row, 1]
            and block[other, 2] == block[row, 2]
        ):
            return True
        spot = (spot + 1) & last
    slots[spot] = row
    return False


@njit(cache=True, nogil=True)
def _join(block: Ints, a: int, b: int, axis: int, row: int, room: Ints, slack: int) -> bool:
    """Write the join of two blocks to ``row``; False if it is too large or too much is empty."""
    box = 1 + 0 * slack
    for c in range(3):
        side = block[a, c] + block[b, c] if c == axis else max(block[a, c], block[b, c])
        if side > room[c]:
            return False
        block[row, c] = side
        box *= side
    volume = block[a, VOLUME] + block[b, VOLUME]
    if box - volume > slack:
        return False
    block[row, VOLUME] = volume
    block[row, COUNTS] = block[a, COUNTS] + block[b, COUNTS]
    block[row, LEFT] = a
    block[row, RIGHT] = b
    block[row, AXIS] = axis
    return True


@njit(cache=True, nogil=True)
def list_tight(
    singles: int, levels: int, width: int, room: Ints, slack: int, single: int, bias: int,
    guard: int, block: Ints, level: Ints, slots: Ints,
) -> int:  # fmt: skip
    """List blocks of up to ``levels`` units that waste at most ``slack`` mm3; return how many.

    Parameters
    ----------
    singles
        Units as they are turned, the first rows of ``block``.
    levels
        Most units in a block.
    width
        Most blocks of each number of units.
    room
        Extents of the package in mm, shape ``(3,)``.
    slack
        Volume in mm3 that may be empty.
    single, bias, guard
        Masks over counts, as in ``kinds.set_kinds``.
    block
        ``(b, BLOCK_COLUMNS)``, the list; it ends when the array is full.
    level
        Work area, ``(levels + 2,)``: where the blocks of each number of units begin.
    slots
        Work area, a power of two in length, more than twice that of ``block``.
    """
    slots[:] = -1
    rows = 0
    for row in range(singles):
        if not _is_known(block, row, slots):
            if row != rows:
                for c in range(BLOCK_COLUMNS):
                    block[rows, c] = block[row, c]
            rows += 1
    # Rows have moved: enter them again.
    slots[:] = -1
    for row in range(rows):
        _is_known(block, row, slots)
    level[0] = level[1] = 0
    level[2] = rows
    for units in range(2, levels + 1):
        begin = rows
        for less in range(1, units // 2 + 1):
            more = units - less
            for a in range(level[more], level[more + 1]):
                for b in range(level[less], level[less + 1]):
                    if block[a, COUNTS] & block[b, COUNTS] & single:
                        continue
                    if (block[a, COUNTS] + block[b, COUNTS] + bias) & guard:
                        continue
                    for axis in range(3):
                        if rows == len(block) or rows - begin >= width:
                            break
                        if _join(block, a, b, axis, rows, room, slack) and not _is_known(
                            block, rows, slots
                        ):
                            rows += 1
        level[units + 1] = rows
    return rows


@njit(cache=True, nogil=True)
def lay_out(block: Ints, row: int, ext: Ints, stack: Ints, place: Ints) -> int:
    """Write kind, corner and extents of each unit of a block to ``place (n, 7)``; return ``n``.

    ``stack (n + 1, 4)`` is a work area; ``ext (t, 6, 3)`` are the extents of the kinds.
    """
    stack[0, 0] = row
    stack[0, 1] = stack[0, 2] = stack[0, 3] = 0
    height = 1
    units = 0
    while height:
        height -= 1
        here = stack[height, 0]
        x, y, z = stack[height, 1], stack[height, 2], stack[height, 3]
        if block[here, RIGHT] < 0:
            kind, way = block[here, LEFT], block[here, AXIS]
            place[units, 0] = kind
            place[units, 1] = x
            place[units, 2] = y
            place[units, 3] = z
            for c in range(3):
                place[units, 4 + c] = ext[kind, way, c]
            units += 1
            continue
        left, axis = block[here, LEFT], block[here, AXIS]
        stack[height, 0] = left
        stack[height + 1, 0] = block[here, RIGHT]
        stack[height + 1, 1] = x
        stack[height + 1, 2] = y
        stack[height + 1, 3] = z
        stack[height + 1, 1 + axis] += block[left, SIDE + axis]
        height += 2
    return units
