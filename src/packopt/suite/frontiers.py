"""Frontiers: the smallest boxes on a grid that hold some units, found by monotone bisection.

Whatever a box holds, a larger box holds, too. So of all boxes on a grid only the *frontier* need be
known, the minimal ones. It is walked column by column: a column is all boxes of one footprint, and
the least height in it is at most that of the two columns before it, so that one question, one step
below, settles most columns, and bisection the rest. Lehmann et al. (arXiv 2308.01104) find the same
frontier of variable-height boxes with a tree instead of evaluating the whole grid.

Units that may lie on any side, with nothing said about what rests on them, do not know up from
down: their boxes are sorted sides ``p <= q <= h``. Of all others ``p <= q`` is the footprint and
``h`` the height. "Undecided" counts as no.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.handling import GEOMETRY_ONLY
from packopt.kernel.layout import ANY, FLAT, KIND, LOAD, SIDE_A, YES, Flag, Int64, Ints, Units
from packopt.kernel.question import holds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from packopt.kernel.workspace import Workspace

#: Units from which a walk in haste goes along every other column only, and takes boxes that they
#: would fill beyond so many percent not to hold them. Measured on Shopee: a tenth of the time.
MANY, FULL = 7, 86


@njit(cache=True, nogil=True)
def least_box(units: Units, first: int, n: int, free: bool, least: Ints) -> int:
    """Write the least sides that any box must have to ``least (3,)`` in mm; return the volume."""
    least[0] = least[1] = least[2] = 0
    volume = Int64(0)
    for u in range(first, first + n):
        a, b, c = Int64(units[u, SIDE_A]), Int64(units[u, SIDE_A + 1]), Int64(units[u, SIDE_A + 2])
        volume += a * b * c
        kind = units[u, KIND]
        if kind == ANY:
            if not free:
                c = a  # lowest where it lies flat
        else:
            if kind == FLAT:
                a, c = c, a
            a, b = min(a, b), max(a, b)
        least[0] = max(least[0], a)
        least[1] = max(least[1], b)
        least[2] = max(least[2], c)
    return volume


@njit(cache=True, nogil=True)
def find_frontiers(  # noqa: C901  (one loop; splitting it costs calls)
    units: Units, start: Ints, free: NDArray[np.bool_], row: int, stop: int, step_mm: int,
    wall_mm: int, most: int, hasty: bool, rules: int, starts: int, climbs: int, beam: int,
    most_nodes: int, ws: Workspace, before: Ints, boxes: NDArray[np.int32], counts: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Find the frontiers of rows ``row`` to ``stop``, one after the other.

    ``units`` and ``start`` as in ``kernel.batch.Batch``; ``free (r,)`` for rows of sorted sides.
    Inner sides are whole numbers of ``step_mm`` up to ``most``, and lose ``wall_mm`` on both ends.
    ``hasty``: of `MANY` units and more, every other column, and no box fuller than `FULL` percent.
    ``before (most + 2,)`` is a work area. Writes ``boxes (b, 3)`` in steps and ``counts (r,)``.
    Returns the row that it stopped at, because ``boxes`` had no room for the next one, how many
    boxes it wrote, and how many questions it asked.
    """
    (
        ext, n_ext, twin, volume, least, load, weight, place, room, tight, domain, only, lengths,
        _marks, value, top, table, cap, state, line, scratch, slimmest, climber, spaces, fresh,
        dice, whole, rows, real, block, level, tally, kinds, task,
    ) = ws  # fmt: skip
    written = 0
    asked = 0
    while row < stop:
        first = start[row]
        n = start[row + 1] - first
        sorted_sides = free[row]
        inside = least_box(units, first, n, sorted_sides, tight)
        low_p = -(-(tight[0] + 2 * wall_mm) // step_mm)
        low_q = -(-(tight[1] + 2 * wall_mm) // step_mm)
        low_h = -(-(tight[2] + 2 * wall_mm) // step_mm)
        if written + 2 * most * most > len(boxes) and written + 20 * most > len(boxes):
            return row, written, asked
        begin = written
        limited = rules > 1
        for u in range(first, first + n):
            limited |= units[u, LOAD] >= 0
        kept_rules = rules if limited else GEOMETRY_ONLY
        stride = 2 if hasty and n >= MANY else 1
        fullest = FULL if hasty and n >= MANY else 100
        for q in range(most + 2):
            before[q] = most + 1
        low_p += (most - low_p) % stride
        low_q += (most - low_q) % stride
        for p in range(low_p, most + 1, stride):
            if before[p] <= (max(p, low_h) if sorted_sides else low_h):
                break
            height = most + 1
            for q in range(max(p, low_q), most + 1, stride):
                height = min(height, before[q])
                floor_p = p * step_mm - 2 * wall_mm
                floor_q = q * step_mm - 2 * wall_mm
                lowest = max(low_h, q) if sorted_sides else low_h
                if height <= lowest:
                    for rest in range(q, most + 1):
                        before[rest] = min(before[rest], height)
                    break
                thick = -(-inside * 100 // (floor_p * floor_q * fullest)) + 2 * wall_mm
                lowest = max(lowest, -(-thick // step_mm))
                probe = height - 1
                found = height
                while lowest < found:
                    room[0], room[1] = floor_q, floor_p
                    room[2] = probe * step_mm - 2 * wall_mm
                    asked += 1
                    answer, _reason, _work = holds(
                        units, first, n, Flag(0), kept_rules, starts, climbs, beam, most_nodes, ext,
                        n_ext, twin, volume, least, load, weight, place, room, tight, domain,
                        only, lengths, value, top, table, cap, state, line, scratch, slimmest,
                        climber, spaces, fresh, dice, whole, rows, real, block, level, tally,
                        kinds, task,
                    )  # fmt: skip
                    if answer == YES:
                        found = probe
                    elif probe == height - 1:
                        break
                    else:
                        lowest = probe + 1
                    probe = (lowest + found) // 2
                if found < height:
                    if written == len(boxes):
                        return row, begin, asked
                    boxes[written, 0], boxes[written, 1], boxes[written, 2] = p, q, found
                    written += 1
                    height = found
                before[q] = height
        counts[row] = written - begin
        row += 1
    return row, written, asked


@njit(cache=True, nogil=True)
def mark_fits(
    boxes: NDArray[np.int32], box_start: Ints, free: NDArray[np.bool_],
    sorted_steps: NDArray[np.int32], upright_steps: NDArray[np.int32],
    fits: Ints,
) -> None:  # fmt: skip
    """Mark which candidates hold which rows.

    ``boxes`` from ``box_start[r]`` on are the frontier of row ``r``; ``sorted_steps`` and
    ``upright_steps (m, 3)`` the candidates' sides in steps, ascending, and as footprint and height.
    Sets bit ``j % 64`` of ``fits[r, j // 64]``.
    """
    m = len(sorted_steps)
    for r in range(len(free)):
        steps = sorted_steps if free[r] else upright_steps
        for j in range(m):
            a, b, c = steps[j, 0], steps[j, 1], steps[j, 2]
            for at in range(box_start[r], box_start[r + 1]):
                if boxes[at, 0] <= a and boxes[at, 1] <= b and boxes[at, 2] <= c:
                    fits[r, j >> 6] |= 1 << (j & 63)
                    break
