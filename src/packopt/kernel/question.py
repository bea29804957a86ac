"""Whether a room holds units: the cascade from closed forms to the exact search.

One unit: its sides. Two: some axis on which they stand side by side. From three on: pairs, a few
greedy starts, the exact search. From seven on a second stage, because there bounds and better
constructions are worth more than a long search that begins too early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from numba import njit

from packopt.kernel.blocks import block_beam
from packopt.kernel.bounds import dff, pairs_clash, reach
from packopt.kernel.construct import climb
from packopt.kernel.handling import acceptable
from packopt.kernel.layout import (
    ANY,
    DFF,
    FIXED,
    FLAT,
    KIND,
    LOAD,
    MAX_SEARCH_UNITS,
    NO,
    ONE,
    OPEN_QUESTION,
    PAIR,
    REACH,
    SEARCH,
    SIDE,
    SIDE_A,
    SOFT_A,
    UNDECIDED,
    UNIT_WEIGHT,
    VOLUME,
    YES,
    Flag,
    Floats,
    Int64,
    Ints,
    Units,
    lowest,
)
from packopt.kernel.scales import refine
from packopt.kernel.search import search
from packopt.kernel.single import grid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Whether units are pressed to their least height, as they are in a mailer.
RIGID, SOFT = Flag(0), Flag(1)
#: Up to this many units the exact search is so quick that nothing else is worth trying for long.
FEW = 6
#: Greedy runs before it.
FEW_STARTS = 2
#: Nodes of the first search for more units: most proofs take fewer.
QUICK_NODES = 60
#: Fill in percent from which units are taken for the pieces of a cut carton.
TIGHT = 90
#: Blocks that the beam keeps for each number of units.
NARROW_BEAM, WIDE_BEAM, WIDEST_BEAM = 8, 32, 256
#: Up to this many units the search decides a good part of what is left after the first stage.
SEARCHABLE = 12
#: Values of the scales from which the question is nearly proven, or as tight as a cut carton.
#: Measured on what is left of set B: of 94 questions between them 6 had a packing to be found.
NEAR_PROOF, AS_CUT = 0.9, 0.985
#: Linear programs for scales, and pivots of each.
ROUNDS, PIVOTS = Int64(6), Int64(200)


class Effort(NamedTuple):
    """How hard to try, counted in steps of work, never in seconds."""

    starts: int  # greedy runs before the first search; 0 goes on where an earlier pass stopped
    climbs: int  # greedy runs from 7 units on, after a short search has failed
    beam: int  # width of the block beam after it
    nodes: int  # nodes of the exact search for 8 units; larger orders get fewer, as they cost more


@njit(cache=True, nogil=True)
def _put_way(room: Ints, ext: Ints, n_ext: Ints, i: int, x: int, y: int, z: int) -> None:
    """List the orientation x, y, z of unit ``i`` if it fits the room."""
    if x <= room[0] and y <= room[1] and z <= room[2]:
        k = n_ext[i]
        ext[i, k, 0] = x
        ext[i, k, 1] = y
        ext[i, k, 2] = z
        n_ext[i] = k + 1


@njit(cache=True, nogil=True)
def list_ways(
    units: Units, row: int, sides: int, room: Ints, ext: Ints, n_ext: Ints, i: int
) -> None:
    """List the distinct allowed orientations of a unit that fit the room."""
    a, b, c = units[row, sides], units[row, sides + 1], units[row, sides + 2]
    kind = units[row, KIND]
    n_ext[i] = 0
    if kind == ANY:
        # Lowest first; an orientation that equal sides make a copy of another is left out.
        if a < b < c:
            _put_way(room, ext, n_ext, i, c, b, a)
        if a < b:
            _put_way(room, ext, n_ext, i, b, c, a)
            _put_way(room, ext, n_ext, i, b, a, c)
        if b < c:
            _put_way(room, ext, n_ext, i, c, a, b)
            _put_way(room, ext, n_ext, i, a, c, b)
        _put_way(room, ext, n_ext, i, a, b, c)
        return
    if kind == FLAT:
        a, c = c, a
    _put_way(room, ext, n_ext, i, a, b, c)
    if kind != FIXED and a != b:
        _put_way(room, ext, n_ext, i, b, a, c)


@njit(cache=True, nogil=True)
def list_units(
    units: Units, first: int, n: int, sides: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints,
    volume: Ints, least: Ints, load: Ints, weight: Ints,
) -> bool:  # fmt: skip
    """Fill the work areas for one question; return False if a unit fits in no orientation."""
    for i in range(n):
        row = first + i
        list_ways(units, row, sides, room, ext, n_ext, i)
        if n_ext[i] == 0:
            return False
        for axis in range(3):
            smallest = ext[i, 0, axis]
            for k in range(1, n_ext[i]):
                smallest = min(smallest, ext[i, k, axis])
            least[i, axis] = smallest
        volume[i] = ext[i, 0, 0] * ext[i, 0, 1] * ext[i, 0, 2]
        load[i] = units[row, LOAD]
        weight[i] = units[row, UNIT_WEIGHT]
        twin[i] = (
            i > 0
            and units[row, sides] == units[row - 1, sides]
            and units[row, sides + 1] == units[row - 1, sides + 1]
            and units[row, sides + 2] == units[row - 1, sides + 2]
            and units[row, KIND] == units[row - 1, KIND]
        )
    return True


@njit(cache=True, nogil=True)
def _put(i: int, axis: int, start: int, ext: Ints, least: Ints, place: Ints) -> None:
    """Place unit ``i`` at ``start`` on ``axis``, where it is as thin as it can be."""
    way = 0
    while ext[i, way, axis] != least[i, axis]:
        way += 1
    for a in range(3):
        place[i, a] = start if a == axis else 0
        place[i, a + 3] = ext[i, way, a]


@njit(cache=True, nogil=True)
def _place_two(
    room: Ints, rules: int, ext: Ints, least: Ints, load: Ints, weight: Ints, scratch: Ints,
    place: Ints,
) -> bool:  # fmt: skip
    """Put two units side by side, or one on the other if nothing else fits; True on success."""
    for axis in range(3):
        if least[0, axis] + least[1, axis] <= room[axis]:
            for lower in range(2):
                _put(lower, axis, 0, ext, least, place)
                _put(1 - lower, axis, least[lower, axis], ext, least, place)
                if acceptable(2, place, rules, load, weight, scratch):
                    return True
    return False


@njit(cache=True, nogil=True)
def two_fit(
    units: Units, first: int, rules: int, room: Ints, ext: Ints, n_ext: Ints, twin: Ints,
    volume: Ints, least: Ints, load: Ints, weight: Ints, scratch: Ints, place: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Decide on two units in closed form: some axis has room for both side by side.

    Returns ``(answer, reason)``; ``UNDECIDED`` only where the handling rules turn those plans down.
    """
    if not list_units(units, first, 2, SIDE_A, room, ext, n_ext, twin, volume, least, load, weight):
        return NO, SIDE
    apart = False
    for axis in range(3):
        apart |= least[0, axis] + least[1, axis] <= room[axis]
    if not apart:
        return NO, PAIR
    if _place_two(room, rules, ext, least, load, weight, scratch, place):
        return YES, 0
    return UNDECIDED, OPEN_QUESTION


@njit(cache=True, nogil=True)
def _shrink(n: int, ext: Ints, n_ext: Ints, tight: Ints, domain: Ints, room: Ints) -> None:
    """Go on with the tight room and the orientations that fit it."""
    for i in range(n):
        kept = 0
        rest = domain[i]
        while rest:
            k = lowest(rest)
            rest &= rest - 1
            for axis in range(3):
                ext[i, kept, axis] = ext[i, k, axis]
            kept += 1
        n_ext[i] = kept
        domain[i] = (ONE << kept) - 1
    for axis in range(3):
        room[axis] = tight[axis]


@njit(cache=True, nogil=True)
def _first_beam(n: int, fill: int) -> int:
    """Return how wide a block beam pays at first for ``n`` units that fill ``fill`` percent.

    Measured on the pieces of cut cartons, of which it finds nearly all that greedy starts miss.
    """
    if n < 4 or (n <= FEW and fill < TIGHT):
        return 0
    return WIDE_BEAM if FEW < n <= 12 and fill >= TIGHT else NARROW_BEAM


@njit(cache=True, nogil=True)
def holds(
    units: Units, first: int, n: int, soft: bool, rules: int, starts: int, climbs: int, beam: int,
    most_nodes: int, ext: Ints, n_ext: Ints, twin: Ints, volume: Ints, least: Ints, load: Ints,
    weight: Ints, place: Ints, room: Ints, tight: Ints, domain: Ints, only: Ints, lengths: Ints,
    value: Ints, top: Ints, table: Ints, cap: Ints, state: Ints, line: Ints, scratch: Ints,
    slimmest: Ints, climber: Ints, spaces: Ints, fresh: Ints, dice: NDArray[np.uint64], whole: Ints,
    rows: NDArray[np.int32], real: Floats, block: Ints, level: Ints, tally: Ints, kinds: Ints,
    task: Ints,
) -> tuple[int, int, int]:  # fmt: skip
    """Decide whether ``room`` holds units ``first`` to ``first + n`` of ``units``.

    ``units (u, UNIT_COLUMNS)`` are canonical units; ``soft`` takes their pressed sides (mailers).
    ``rules`` as in ``handling.acceptable``; ``starts`` to ``most_nodes`` are those of
    an ``Effort``, the rest the arrays of a ``Workspace`` (single arrays, because handing the named
    tuple on costs more than most questions). Returns ``(answer, reason, work)``: on ``YES`` the
    plan is in ``place``, on ``NO`` the reason is a proof whatever the handling rules.
    """
    sides = SOFT_A if soft else SIDE_A
    if not list_units(units, first, n, sides, room, ext, n_ext, twin, volume, least, load, weight):
        return NO, SIDE, 0
    total = 0 * room[0]
    for i in range(n):
        total += volume[i]
    if total > room[0] * room[1] * room[2]:
        return NO, VOLUME, 0
    if n == 1:
        _put(0, 2, 0, ext, least, place)
        return YES, 0, 0
    # More units than the search takes: what the largest of them prove, they prove for all.
    m = min(n, MAX_SEARCH_UNITS)
    if pairs_clash(m, room, least, only):
        return NO, PAIR, 0
    if n == 2 and _place_two(room, rules, ext, least, load, weight, scratch, place):
        return YES, 0, 0
    equal = 1
    while equal < n and twin[equal]:
        equal += 1
    if (
        equal == n
        and grid(n, room, ext, n_ext, place)
        and acceptable(n, place, rules, load, weight, scratch)
    ):
        return YES, 0, 0
    work = 0
    n_tables = 0
    fill = total * 100 // (room[0] * room[1] * room[2])
    for stage in range(2 if n > FEW else 1):
        steps = min(starts, FEW_STARTS) if n <= FEW else starts
        nodes = most_nodes
        width = 0
        if stage == 0 and n == m:
            width = _first_beam(n, fill)
        if stage == 1:
            steps = climbs
            # Nodes cost more and decide less with every unit, so the budget is stated for 8.
            nodes = most_nodes * 4096 // (n * n * n * n)
            if n > SEARCHABLE:
                nodes //= 8
            if n == m:
                n_tables, proven, closeness = refine(
                    n, room, ext, domain, twin, table, cap, whole, rows, real, PIVOTS, ROUNDS
                )
                if proven:
                    return NO, DFF, work
                # Guidance only: close to a proof there is mostly no packing to be found, unless
                # it fills the room as the pieces of a cut carton do; then the search may prove it.
                if closeness < NEAR_PROOF or closeness >= AS_CUT:
                    width = beam
                if closeness >= NEAR_PROOF:
                    steps = climbs // 20
                    if n <= SEARCHABLE:
                        nodes *= 3
        runs = climb(
            n, room, ext, n_ext, twin, volume, rules, load, weight, steps, slimmest, climber,
            spaces, fresh, dice, scratch, place,
        )  # fmt: skip
        if runs:
            return YES, 0, work + runs
        work += steps
        if n > FEW and stage == 0:
            nodes = min(most_nodes, QUICK_NODES)
            if reach(m, room, ext, n_ext, volume, tight, domain, lengths):
                return NO, REACH, work
            if starts and dff(m, tight, ext, domain, twin, value, top):
                return NO, DFF, work
            if n == m:
                _shrink(n, ext, n_ext, tight, domain, room)
            if starts == 0:
                # An earlier pass has been through the rest of this stage.
                continue
        if (
            width
            and block_beam(
                n, room, ext, n_ext, twin, volume, width, block, level, tally, kinds, task, place
            )
            and acceptable(n, place, rules, load, weight, scratch)
        ):
            return YES, 0, work
        if n == m:
            answer, spent = search(
                n, room, ext, n_ext, twin, table, cap, n_tables, rules, load, weight, state, line,
                scratch, place, nodes,
            )  # fmt: skip
            work += spent
            if answer != UNDECIDED:
                return answer, SEARCH, work
    return UNDECIDED, OPEN_QUESTION, work
