"""Mailers: flat bags of film or paper as a short list of virtual cartons.

A bag of flat length L and width W, closed around content of thickness h, has h/2 less of each at
either end, since its girth stays what it is: it holds what the carton (L - h, W - h, h) holds
(half-girth rule). Whatever is packed, pushed down, is as thick as a row of units stood on end, so
only sums of unit extents need to be tried for h (normal patterns; Herz 1972). Each try is the same
question as for a carton and gets the same proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.layout import (
    NO,
    OPEN_QUESTION,
    SOFT_A,
    UNDECIDED,
    VOLUME,
    YES,
    Floats,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.question import SOFT, holds
from packopt.kernel.single import lay_one

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Thickest mailer, in mm: the catalogue accepts no more.
MAX_THICKNESS = 1000


@njit(cache=True, nogil=True)
def all_go_in(rooms: Ints, p: int, units: Units, first: int, n: int, place: Ints) -> bool:
    """Return whether each unit alone goes into mailer ``p``; leaves the last one's plan."""
    for u in range(first, first + n):  # noqa: SIM110 (Numba compiles no generators)
        if not lay_one(units, u, SOFT_A, 1, rooms, p, place):
            return False
    return True


@njit(cache=True, nogil=True)
def _mark_thicknesses(units: Units, first: int, n: int, most: int, marks: Ints) -> int:
    """Mark in ``marks`` every sum of unit extents up to ``most`` mm, one extent a unit.

    Returns the least thickness that holds each unit by itself. Every side counts as an extent,
    which can only mark too many.
    """
    for h in range(most + 1):
        marks[h] = 0
    marks[0] = 1
    least = Int64(0)
    for u in range(first, first + n):
        a, b, c = units[u, SOFT_A], units[u, SOFT_A + 1], units[u, SOFT_A + 2]
        least = max(least, Int64(min(a, b, c)))
        for h in range(most, 0, -1):
            if (h >= a and marks[h - a]) or (h >= b and marks[h - b]) or (h >= c and marks[h - c]):
                marks[h] = 1
    return least


@njit(cache=True, nogil=True)
def ask_mailer(
    rooms: Ints, volumes: Ints, marks: Ints, p: int, units: Units, first: int, n: int, rules: int,
    starts: int, climbs: int, beam: int, most_nodes: int, ext: Ints, n_ext: Ints, twin: Ints,
    volume: Ints, least: Ints, load: Ints, weight: Ints, place: Ints, room: Ints, tight: Ints,
    domain: Ints, only: Ints, lengths: Ints, value: Ints, top: Ints, table: Ints, cap: Ints,
    state: Ints, line: Ints, scratch: Ints, slimmest: Ints, climber: Ints, spaces: Ints,
    fresh: Ints, dice: NDArray[np.uint64], whole: Ints, rows: NDArray[np.int32], real: Floats,
    block: Ints, level: Ints, tally: Ints, kinds: Ints, task: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Does mailer ``p`` hold units that each go in? Returns ``(answer, reason, work)`` as usual.

    ``rooms[p]`` is the usable flat length, the usable flat width and the largest thickness, in mm;
    ``volumes[p]`` the most it can hold in mm3; ``marks`` is a work area; the rest as in
    ``question.holds``.
    """
    length, width, thickness = rooms[p, 0], rooms[p, 1], rooms[p, 2]
    content = Int64(0)
    for u in range(first, first + n):
        content += Int64(units[u, SOFT_A]) * units[u, SOFT_A + 1] * units[u, SOFT_A + 2]
    if content > volumes[p]:
        return NO, VOLUME, 0
    thickness = min(thickness, length - 1, width - 1, MAX_THICKNESS)
    thinnest = _mark_thicknesses(units, first, n, thickness, marks)
    work = 0
    strongest = VOLUME
    for h in range(thinnest, thickness + 1):
        if marks[h] and content <= (length - h) * (width - h) * h:
            room[0] = length - h
            room[1] = width - h
            room[2] = h
            answer, reason, spent = holds(
                units, first, n, SOFT, rules, starts, climbs, beam, most_nodes, ext, n_ext, twin,
                volume, least, load, weight, place, room, tight, domain, only, lengths, value, top,
                table, cap, state, line, scratch, slimmest, climber, spaces, fresh, dice, whole,
                rows, real, block, level, tally, kinds, task,
            )  # fmt: skip
            work += spent
            if answer == YES:
                return YES, 0, work
            if answer == UNDECIDED:
                reason = OPEN_QUESTION
            strongest = max(strongest, reason)
    if strongest == OPEN_QUESTION:
        return UNDECIDED, OPEN_QUESTION, work
    return NO, strongest, work
