"""Whether a room holds the order, asked at one of three efforts, and the work that this takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.blocks import block_beam
from packopt.kernel.construct import climb
from packopt.kernel.handling import acceptable, settle
from packopt.kernel.layout import (
    MAX_SEARCH_UNITS,
    NO,
    OPEN_QUESTION,
    SIDE,
    SIDE_A,
    UNDECIDED,
    YES,
    Floats,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.question import FEW, RIGID, holds, list_units, two_fit
from packopt.kernel.single import lay_one

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: How to ask: for a packing only, at little effort, or with all that is allowed.
SCOUT, BRIEFLY, FULLY = range(3)
#: Effort to ask briefly: what cannot be refuted at once is better halved.
BRIEF_STARTS, BRIEF_NODES = 2, 60
#: Greedy runs and width of the block beam for each scout.
SCOUT_RUNS, SCOUT_BEAM = Int64(12), Int64(8)


@njit(cache=True, nogil=True)
def ask(
    how: int, units: Units, first: int, n: int, rules: int, starts: int, climbs: int, beam: int,
    most_nodes: int, one_room: Ints, ext: Ints, n_ext: Ints, twin: Ints, volume: Ints,
    least: Ints, load: Ints, weight: Ints, place: Ints, room: Ints, tight: Ints, domain: Ints,
    only: Ints, lengths: Ints, value: Ints, top: Ints, table: Ints, cap: Ints, state: Ints,
    line: Ints, scratch: Ints, slimmest: Ints, climber: Ints, spaces: Ints, fresh: Ints,
    dice: NDArray[np.uint64], whole: Ints, rows: NDArray[np.int32], real: Floats, block: Ints,
    level: Ints, tally: Ints, kinds: Ints, task: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Decide whether ``room`` holds an order, at one of three efforts, as ``holds`` does.

    A plan is left settled.
    """
    if n == 1:
        for axis in range(3):
            one_room[0, axis] = room[axis]
        if lay_one(units, first, SIDE_A, 0, one_room, 0, place):
            return YES, 0, 0
        return NO, SIDE, 0
    if how == SCOUT:
        if not list_units(
            units, first, n, SIDE_A, room, ext, n_ext, twin, volume, least, load, weight
        ):
            return NO, SIDE, 0
        runs = climb(
            n, room, ext, n_ext, twin, volume, rules, load, weight, SCOUT_RUNS, slimmest, climber,
            spaces, fresh, dice, scratch, place,
        )  # fmt: skip
        if runs == 0:
            runs = SCOUT_RUNS
            if n > MAX_SEARCH_UNITS or not (
                block_beam(
                    n, room, ext, n_ext, twin, volume, SCOUT_BEAM, block, level, tally, kinds,
                    task, place,
                )
                and acceptable(n, place, rules, load, weight, scratch)
            ):  # fmt: skip
                return UNDECIDED, OPEN_QUESTION, runs
        settle(n, place, scratch)
        return YES, 0, runs
    if n == 2:
        answer, reason = two_fit(
            units, first, rules, room, ext, n_ext, twin, volume, least, load, weight, scratch,
            place,
        )  # fmt: skip
        if answer == YES:
            settle(n, place, scratch)
        if answer != UNDECIDED:
            return answer, reason, 0
    if how == BRIEFLY:
        starts, most_nodes = min(starts, BRIEF_STARTS), min(most_nodes, BRIEF_NODES)
        climbs = beam = 0
    answer, reason, nodes = holds(
        units, first, n, RIGID, rules, starts, climbs, beam, most_nodes, ext, n_ext, twin, volume,
        least, load, weight, place, room, tight, domain, only, lengths, value, top, table, cap,
        state, line, scratch, slimmest, climber, spaces, fresh, dice, whole, rows, real, block,
        level, tally, kinds, task,
    )  # fmt: skip
    if answer == YES:
        settle(n, place, scratch)
    return answer, reason, nodes


@njit(cache=True, nogil=True)
def cost_of_asking(how: int, answer: int, n: int, nodes: int) -> int:
    """Return the work that a question took, in steps of about half a microsecond.

    A node or run costs about the square of the units; without an answer there were linear programs
    as well.
    """
    work = n + nodes * max(1, n * n // 10)
    if answer == UNDECIDED and n > FEW:
        work += 20 * n if how == SCOUT else 100 * n
    return work
