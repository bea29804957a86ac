"""Blocks for loading a container: boxes of many units that are placed as one.

A *block* is a grid of equal units turned alike, or two blocks joined face to face whose common box
they fill almost wholly. The better a list of blocks covers what may be useful, the fewer steps a
loading takes. Grids go back to Eley (2002), joins to Fanslau and Bortfeldt (INFORMS J. on
Computing 22(2), 2010, 222-235).
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import Int64, Ints

#: Columns of a block. A grid has its type in LEFT, -1 in RIGHT and its orientation in JOIN; a join
#: has its two blocks there and the axis along which the right one lies behind the left one.
SIDE, VALUE, WEIGHT, UNITS, FRAGILE, LEFT, RIGHT, JOIN, MARK, KINDS, PARTS = (
    0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
)  # fmt: skip
#: Types in a block, each with its number of units from column ``PARTS`` on.
MOST_KINDS = 5
BLOCK_COLUMNS = PARTS + 2 * MOST_KINDS

#: Bits of a side in a packed size, with one guard bit above each.
SIDE_BITS = 20
GUARD = (1 << 20) | (1 << 41) | (1 << 62)


@njit(cache=True, nogil=True)
def pack_sides(x: int, y: int, z: int) -> int:
    """Return three lengths below 2**20 in one word, with a zero bit above each."""
    return x | (y << 21) | (z << 42)


@njit(cache=True, nogil=True)
def _is_known(row: int, block: Ints, table: Ints) -> bool:
    """Look block ``row`` up among those of the same sides and units; enter it if it is new."""
    last = table.shape[0] - 1
    x, y, z = block[row, SIDE], block[row, SIDE + 1], block[row, SIDE + 2]
    mark = block[row, MARK]
    spot = mark ^ (x << 7) ^ (y << 19) ^ (z << 31)
    spot = (spot ^ (spot >> 17) ^ (spot >> 34)) & last
    while table[spot] >= 0:
        other = table[spot]
        if (
            block[other, MARK] == mark
            and block[other, SIDE] == x
            and block[other, SIDE + 1] == y
            and block[other, SIDE + 2] == z
        ):
            return True
        spot = (spot + 1) & last
    table[spot] = row
    return False


@njit(cache=True, nogil=True)
def _is_on_list(n: int, last: int, fine: int) -> bool:
    """Return whether grids of ``n`` units along an axis are listed where ``last`` are possible."""
    return n <= fine or n == last


@njit(cache=True, nogil=True)
def _count_grids(x: int, y: int, z: int, count: int, fine: int, enough: int) -> int:
    """Return how many grids of up to ``count`` units are listed; stops counting at ``enough``."""
    found = Int64(0)
    last_x = min(x, count)
    for i in range(1, last_x + 1):
        if not _is_on_list(i, last_x, fine):
            continue
        last_y = min(y, count // i)
        for j in range(1, last_y + 1):
            if _is_on_list(j, last_y, fine):
                last_z = min(z, count // (i * j))
                found += last_z if fine >= last_z else fine + 1
                if found > enough:
                    return found
    return found


@njit(cache=True, nogil=True)
def _add_grids(
    t: int, way: int, room: Ints, ext: Ints, count: Ints, value: Ints, weight: Ints, load: Ints,
    most: int, rows: int, block: Ints, table: Ints, mark: int,
) -> int:  # fmt: skip
    """List the grids of one type in one orientation, at most about ``most``; return the rows."""
    dx, dy, dz = ext[t, way, 0], ext[t, way, 1], ext[t, way, 2]
    fit_x, fit_y, fit_z = room[0] // dx, room[1] // dy, room[2] // dz
    if load[t] == 0:
        fit_z = min(fit_z, 1)
    units = count[t]
    fine = Int64(1) << 20
    if _count_grids(fit_x, fit_y, fit_z, units, fine, most) > most:
        fine = Int64(1)
        while fine < units and _count_grids(fit_x, fit_y, fit_z, units, fine + 1, most) <= most:
            fine += 1
    last_x = min(fit_x, units)
    for i in range(1, last_x + 1):
        if not _is_on_list(i, last_x, fine):
            continue
        last_y = min(fit_y, units // i)
        for j in range(1, last_y + 1):
            if not _is_on_list(j, last_y, fine):
                continue
            last_z = min(fit_z, units // (i * j))
            for k in range(1, last_z + 1):
                if not _is_on_list(k, last_z, fine):
                    continue
                if rows == block.shape[0]:
                    return rows
                n = i * j * k
                block[rows, SIDE] = i * dx
                block[rows, SIDE + 1] = j * dy
                block[rows, SIDE + 2] = k * dz
                block[rows, VALUE] = n * value[t]
                block[rows, WEIGHT] = n * weight[t]
                block[rows, UNITS] = n
                block[rows, FRAGILE] = 1 if load[t] == 0 else 0
                block[rows, LEFT] = t
                block[rows, RIGHT] = -1
                block[rows, JOIN] = way
                block[rows, MARK] = n * mark
                block[rows, KINDS] = 1
                block[rows, PARTS] = t
                block[rows, PARTS + 1] = n
                if not _is_known(rows, block, table):
                    rows += 1
    return rows


@njit(cache=True, nogil=True)
def _unite_parts(p: int, q: int, count: Ints, row: int, block: Ints) -> bool:
    """Write the units of two blocks together to ``row``; return False if there are too many."""
    kinds = block[p, KINDS]
    for c in range(2 * kinds):
        block[row, PARTS + c] = block[p, PARTS + c]
    for j in range(block[q, KINDS]):
        t, n = block[q, PARTS + 2 * j], block[q, PARTS + 2 * j + 1]
        at = 0 * t
        while at < kinds and block[row, PARTS + 2 * at] != t:
            at += 1
        if at == kinds:
            if kinds == MOST_KINDS:
                return False
            kinds += 1
            block[row, PARTS + 2 * at] = t
            block[row, PARTS + 2 * at + 1] = 0
        n += block[row, PARTS + 2 * at + 1]
        if n > count[t]:
            return False
        block[row, PARTS + 2 * at + 1] = n
    block[row, KINDS] = kinds
    return True


@njit(cache=True, nogil=True)
def sort_down(n: int, key: Ints, order: Ints, spare: Ints) -> None:
    """Sort ``order[:n]`` by descending ``key`` of its members, equal ones as they stand."""
    width = Int64(1)
    while width < n:
        for start in range(0, n, 2 * width):
            middle = min(start + width, n)
            end = min(start + 2 * width, n)
            i, j = start, middle
            for at in range(start, end):
                if i < middle and (j >= end or key[order[i]] >= key[order[j]]):
                    spare[at] = order[i]
                    i += 1
                else:
                    spare[at] = order[j]
                    j += 1
        for at in range(n):
            order[at] = spare[at]
        width *= 2


@njit(cache=True, nogil=True)
def _join(
    p: int, q: int, axis: int, room: Ints, count: Ints, max_weight: int, rows: int, block: Ints,
    table: Ints,
) -> int:  # fmt: skip
    """List block ``q`` behind block ``p`` along ``axis`` if that is of use; return the rows."""
    length = block[p, SIDE + axis] + block[q, SIDE + axis]
    # Nothing may rest on a fragile block, so it can only be the upper one.
    if length > room[axis] or (axis == 2 and block[p, FRAGILE]):
        return rows
    weight = block[p, WEIGHT] + block[q, WEIGHT]
    if 0 <= max_weight < weight or not _unite_parts(p, q, count, rows, block):
        return rows
    for a in range(3):
        block[rows, SIDE + a] = block[p, SIDE + a]
    block[rows, SIDE + axis] = length
    block[rows, VALUE] = block[p, VALUE] + block[q, VALUE]
    block[rows, WEIGHT] = weight
    block[rows, UNITS] = block[p, UNITS] + block[q, UNITS]
    block[rows, FRAGILE] = block[p, FRAGILE] | block[q, FRAGILE]
    block[rows, LEFT] = p
    block[rows, RIGHT] = q
    block[rows, JOIN] = axis
    block[rows, MARK] = block[p, MARK] + block[q, MARK]
    return rows if _is_known(rows, block, table) else rows + 1


@njit(cache=True, nogil=True)
def _join_round(
    first: int, rows: int, last: int, room: Ints, count: Ints, max_weight: int, block: Ints,
    table: Ints, face: Ints, order: Ints, spare: Ints,
) -> int:  # fmt: skip
    """Join blocks from ``first`` on with all before them, up to ``last`` rows; return the rows."""
    listed = rows
    for axis in range(3):
        for i in range(listed):
            order[i] = i
            one, other = block[i, SIDE + (axis + 1) % 3], block[i, SIDE + (axis + 2) % 3]
            face[i] = (one << SIDE_BITS) | other
        sort_down(listed, face, order, spare)
        # Blocks of one face stand together, and in the order of the list.
        start = Int64(0)
        while start < listed:
            end = start + 1
            while end < listed and face[order[end]] == face[order[start]]:
                end += 1
            for i in range(start, end):
                p = order[i]
                if p < first:
                    continue
                for j in range(start, i + 1):
                    q = order[j]
                    if rows == last:
                        return rows
                    rows = _join(p, q, axis, room, count, max_weight, rows, block, table)
                    if axis == 2 and rows < last and block[p, FRAGILE] > block[q, FRAGILE]:
                        rows = _join(q, p, axis, room, count, max_weight, rows, block, table)
            start = end
    return rows


@njit(cache=True, nogil=True)
def list_blocks(
    room: Ints, ext: Ints, n_ext: Ints, count: Ints, value: Ints, weight: Ints, load: Ints,
    max_weight: int, most_grids: int, most: int, block: Ints, table: Ints, face: Ints, order: Ints,
    spare: Ints,
) -> int:  # fmt: skip
    """List blocks that fit ``room (3,)``; return how many.

    ``ext (t, 6, 3)``, ``n_ext (t,)`` are the allowed extents of each type, ``count (t,)`` its
    units, ``load (t,)`` 0 where nothing may rest on it. About ``most_grids`` are grids; joins
    of blocks with a face in common are added until there are ``most``, at most the rows of
    ``block``. ``table``, of a power of two cells and at least twice as many, is scratch.
    """
    for cell in range(table.shape[0]):
        table[cell] = -1
    ways = Int64(0)
    for t in range(count.shape[0]):
        if count[t] > 0:
            ways += n_ext[t]
    if ways == 0:
        return 0
    rows = Int64(0)
    for t in range(count.shape[0]):
        # Marks add up to tell sets of units apart: multiples of odd parts of the golden ratio.
        mark = ((t + 1) * 0x9E3779B97F & 0xFFFFFFFFFF) | 1
        for way in range(n_ext[t]):
            if (
                count[t] > 0
                and value[t] > 0
                and ext[t, way, 0] <= room[0]
                and ext[t, way, 1] <= room[1]
                and ext[t, way, 2] <= room[2]
                and (max_weight < 0 or weight[t] <= max_weight)
            ):
                rows = _add_grids(
                    t, way, room, ext, count, value, weight, load, most_grids // ways, rows,
                    block, table, mark,
                )  # fmt: skip
    last = min(most, block.shape[0] - 1)
    first = Int64(0)
    while first < rows < last:
        listed = rows
        rows = _join_round(
            first, rows, last, room, count, max_weight, block, table, face, order, spare
        )
        first = listed
    return rows


@njit(cache=True, nogil=True)
def unfold(
    root: int, x: int, y: int, z: int, ext: Ints, block: Ints, stack: Ints, rows: int, place: Ints
) -> int:
    """Write the units of block ``root`` at a corner to ``place`` from ``rows`` on; return the end.

    A row of ``place (n, 7)`` is type, x, y, z, dx, dy, dz; ``stack (m, 4)`` is scratch for blocks
    of up to ``m - 1`` joins one in the other.
    """
    stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = root, x, y, z
    top = Int64(0)
    while top >= 0:
        b = stack[top, 0]
        left, right = block[b, LEFT], block[b, RIGHT]
        if right >= 0:
            for a in range(3):
                stack[top + 1, 1 + a] = stack[top, 1 + a]
            stack[top, 0] = left
            stack[top + 1, 0] = right
            stack[top + 1, 1 + block[b, JOIN]] += block[left, SIDE + block[b, JOIN]]
            top += 1
            continue
        way = block[b, JOIN]
        dx, dy, dz = ext[left, way, 0], ext[left, way, 1], ext[left, way, 2]
        x, y, z = stack[top, 1], stack[top, 2], stack[top, 3]
        for k in range(block[b, SIDE + 2] // dz):
            for j in range(block[b, SIDE + 1] // dy):
                for i in range(block[b, SIDE] // dx):
                    place[rows, 0] = left
                    place[rows, 1] = x + i * dx
                    place[rows, 2] = y + j * dy
                    place[rows, 3] = z + k * dz
                    place[rows, 4] = dx
                    place[rows, 5] = dy
                    place[rows, 6] = dz
                    rows += 1
        top -= 1
    return rows
