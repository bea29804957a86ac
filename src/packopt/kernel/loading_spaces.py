"""The maximal empty spaces of a room that is being loaded: which is filled next, what is left."""

from __future__ import annotations

from numba import njit

from packopt.kernel.layout import Int64, Ints

#: More than any distance, side or weight.
NO_LIMIT = Int64(1) << 61


@njit(cache=True, nogil=True)
def choose_space(room: Ints, spaces: Ints, count: int) -> int:
    """Return the space nearest to a corner of the room, the largest of several; -1 if none."""
    best = Int64(-1)
    least, largest = NO_LIMIT, Int64(-1)
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
def occupy(box: Ints, top: int, spaces: Ints, count: int, fresh: Ints, least: Ints) -> int:
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
