"""Empty maximal spaces of a room: which spot a unit takes, and what it leaves of them.

All maximal empty cuboids are kept (Lai and Chan, Computers & Industrial Engineering 32(1), 1997,
115-127). A unit goes into the corner of the best one, by one of six rules of "best".
"""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import Int64, Ints

#: Greedy rules: how the corner and the orientation of the next unit are chosen.
N_RULES = 6

_FAR = Int64(1) << 62


@njit(cache=True, nogil=True)
def best_spot(
    rule: int, room: Ints, spaces: Ints, count: int, ext: Ints, n_ext: Ints, i: int, lock: int
) -> tuple[int, int]:
    """Return ``(space, orientation)`` of least score, ``space = -1`` if unit ``i`` fits nowhere.

    Rule 0 leaves the smallest gap; 1 and 2 let the occupied corner grow least, relative to the
    room, by its longest side or its volume; 3 to 5 go for the lowest corner along one axis.
    """
    best_space, best_way = -1, 0
    least = _FAR
    first, last = 0, n_ext[i]
    if 0 <= lock < last:
        first, last = lock, lock + 1
    for s in range(count):
        wide_x = spaces[s, 3] - spaces[s, 0]
        wide_y = spaces[s, 4] - spaces[s, 1]
        wide_z = spaces[s, 5] - spaces[s, 2]
        for k in range(first, last):
            gap_x = wide_x - ext[i, k, 0]
            gap_y = wide_y - ext[i, k, 1]
            gap_z = wide_z - ext[i, k, 2]
            if gap_x < 0 or gap_y < 0 or gap_z < 0:
                continue
            if rule == 0:
                small = min(gap_x, gap_y, gap_z)
                large = max(gap_x, gap_y, gap_z)
                score = (small << 40) + ((gap_x + gap_y + gap_z - small - large) << 20) + large
            elif rule <= 2:
                end_x = spaces[s, 0] + ext[i, k, 0]
                end_y = spaces[s, 1] + ext[i, k, 1]
                end_z = spaces[s, 2] + ext[i, k, 2]
                score = end_x * end_y * end_z
                if rule == 1:
                    end_x *= room[1] * room[2]
                    end_y *= room[0] * room[2]
                    end_z *= room[0] * room[1]
                    # Below 10,000 mm each product is under 2**40, so nothing overflows.
                    total = end_x + end_y + end_z
                    score = (max(end_x, end_y, end_z) << 21) + (total >> 21)
            else:
                a = rule - 3
                b = (a + 1) % 3
                c = (a + 2) % 3
                score = (
                    ((spaces[s, a] + ext[i, k, a]) << 40)
                    + ((spaces[s, b] + ext[i, k, b]) << 20)
                    + spaces[s, c]
                    + ext[i, k, c]
                )
            if score < least:
                least = score
                best_space, best_way = s, k
    return best_space, best_way


@njit(cache=True, nogil=True)
def _cut(
    spaces: Ints, s: int, x0: int, y0: int, z0: int, x1: int, y1: int, z1: int, fresh: Ints,
    count: int, least: Ints,
) -> int:  # fmt: skip
    """Append to ``fresh`` what a cuboid leaves of space ``s``, side by side; return the new count.

    Parts too thin for every unit are dropped. Scalars, because this is the hottest loop of all.
    """
    for face in range(6):
        low_x, low_y, low_z = spaces[s, 0], spaces[s, 1], spaces[s, 2]
        high_x, high_y, high_z = spaces[s, 3], spaces[s, 4], spaces[s, 5]
        if face == 0:
            low_x = x1
        elif face == 1:
            low_y = y1
        elif face == 2:
            low_z = z1
        elif face == 3:
            high_x = x0
        elif face == 4:
            high_y = y0
        else:
            high_z = z0
        if (
            high_x - low_x >= least[0]
            and high_y - low_y >= least[1]
            and high_z - low_z >= least[2]
            and count < fresh.shape[0]
        ):
            fresh[count, 0] = low_x
            fresh[count, 1] = low_y
            fresh[count, 2] = low_z
            fresh[count, 3] = high_x
            fresh[count, 4] = high_y
            fresh[count, 5] = high_z
            count += 1
    return count


@njit(cache=True, nogil=True)
def _is_new(spaces: Ints, kept: int, fresh: Ints, n_fresh: int, s: int) -> bool:
    """Return whether fresh space ``s`` lies within no other space (of equal ones: the first)."""
    x0, y0, z0 = fresh[s, 0], fresh[s, 1], fresh[s, 2]
    x1, y1, z1 = fresh[s, 3], fresh[s, 4], fresh[s, 5]
    for r in range(kept):
        if (
            spaces[r, 0] <= x0
            and spaces[r, 1] <= y0
            and spaces[r, 2] <= z0
            and spaces[r, 3] >= x1
            and spaces[r, 4] >= y1
            and spaces[r, 5] >= z1
        ):
            return False
    for r in range(n_fresh):
        if (
            fresh[r, 0] <= x0
            and fresh[r, 1] <= y0
            and fresh[r, 2] <= z0
            and fresh[r, 3] >= x1
            and fresh[r, 4] >= y1
            and fresh[r, 5] >= z1
            and r != s
        ):
            wide = fresh[r, 3] - fresh[r, 0] + fresh[r, 4] - fresh[r, 1] + fresh[r, 5] - fresh[r, 2]
            if r < s or wide != x1 - x0 + y1 - y0 + z1 - z0:
                return False
    return True


@njit(cache=True, nogil=True)
def occupy(
    spaces: Ints, count: int, place: Ints, i: int, ceiling: int, fresh: Ints, least: Ints
) -> int:
    """Take unit ``i`` (up to ``ceiling``, if that is higher) out of the spaces; return how many."""
    kept = 0
    n_fresh = 0
    x0, y0, z0 = place[i, 0], place[i, 1], place[i, 2]
    x1, y1, z1 = x0 + place[i, 3], y0 + place[i, 4], max(z0 + place[i, 5], ceiling)
    for s in range(count):
        if (
            spaces[s, 0] < x1
            and x0 < spaces[s, 3]
            and spaces[s, 1] < y1
            and y0 < spaces[s, 4]
            and spaces[s, 2] < z1
            and z0 < spaces[s, 5]
        ):
            n_fresh = _cut(spaces, s, x0, y0, z0, x1, y1, z1, fresh, n_fresh, least)
        else:
            if kept != s:
                for c in range(6):
                    spaces[kept, c] = spaces[s, c]
            kept += 1
    count = kept
    for s in range(n_fresh):
        if count < spaces.shape[0] and _is_new(spaces, kept, fresh, n_fresh, s):
            for c in range(6):
                spaces[count, c] = fresh[s, c]
            count += 1
    return count


@njit(cache=True, nogil=True)
def whole_room(room: Ints, spaces: Ints) -> int:
    """Write the one space of an empty room; return 1, the number of spaces."""
    for axis in range(3):
        spaces[0, axis] = 0
        spaces[0, axis + 3] = room[axis]
    return Int64(1)


@njit(cache=True, nogil=True)
def least_extents(n: int, ext: Ints, n_ext: Ints, least: Ints) -> None:
    """Write the least extent of any unit on each axis to ``least (3,)``."""
    for axis in range(3):
        least[axis] = _FAR
        for i in range(n):
            for k in range(n_ext[i]):
                least[axis] = min(least[axis], ext[i, k, axis])
