"""The cheapest size of a package that is made, or cut down, for the order.

A size is an inner length, width and height, each one of several on offer. Its cost falls with none
of the three, and what it holds, every larger size holds. The sizes are searched in *cells*, a range
of lengths times a range of widths, cheapest bound first:

* a cell costs no less than its shortest and narrowest size would at the least height that sides
  and volume of the units leave to its longest and widest one;
* one question decides about it: does its longest and widest size hold the order, as high as the
  shortest and narrowest may be without being dearer than the best size found? It is the question
  asked of any carton. No: the cell is refuted. Yes: the box around the plan is a new best size.
  Then a cell of one length and one width bisects its heights, and any other is halved.

From 7 units on, most close questions stay open. There *scouts* look for a good size first: single
lengths and widths far apart, then closer, of which only packings are asked for, not proofs.

What was neither found to hold the order nor refuted stays open and bounds the cost from below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.layout import (
    NO,
    REACH,
    SIDE,
    UNDECIDED,
    VOLUME,
    YES,
    Floats,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.question import FEW
from packopt.kernel.size_cells import (
    FRESH,
    HELD,
    OPENED,
    bound_cell,
    half,
    list_rooms,
    send_scouts,
    too_small,
)
from packopt.kernel.size_cost import (
    NEVER,
    before,
    cost_at,
    cost_of,
    outer_at,
    outer_of,
    rise_at,
)
from packopt.kernel.size_heap import (
    BOUND_COST,
    BOUND_OUTER,
    STATE,
    X_FROM,
    X_TO,
    Y_FROM,
    Y_TO,
    Z_FROM,
    Z_TO,
    drop_first,
    push,
)
from packopt.kernel.size_question import BRIEFLY, FULLY, SCOUT, ask, cost_of_asking
from packopt.kernel.size_rooms import is_known, remember, turned, why_refuted
from packopt.kernel.size_sides import first_from, last_before

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: A cell of several lengths or widths is asked about where the units fill so many percent of it,
#: up to 6 units and beyond.
WORTH_ASKING, WORTH_ASKING_MANY = 70, 85
#: Lengths and widths to scout are so many percent of the next, in the first round and the last.
SCOUT_STEP, LAST_SCOUT_STEP = 80, 97


@njit(cache=True, nogil=True)
def _span(n: int, place: Ints, axis: int) -> int:
    """Return how far a plan reaches along an axis."""
    reached = Int64(0)
    for i in range(n):
        reached = max(reached, place[i, axis] + place[i, axis + 3])
    return reached


@njit(cache=True, nogil=True)
def _fit_around(
    n: int, place: Ints, offered: Ints, begins: Ints, f: int, coolant_mm3: int, lost: int,
    turn: bool, x: int, y: int, around: Ints,
) -> bool:  # fmt: skip
    """Write the smallest size of package ``f`` around a plan; False where it offers none so large.

    With ``turn`` a plan that is wider than long is turned. A layer of coolant gets thinner as the
    floor gets larger: the size is no higher than the plan needs at length ``x`` and width ``y``.
    """
    if turn and _span(n, place, 0) < _span(n, place, 1):
        for i in range(n):
            place[i, 0], place[i, 1] = place[i, 1], place[i, 0]
            place[i, 3], place[i, 4] = place[i, 4], place[i, 3]
    i = first_from(offered, begins[f, 0], begins[f, 1], _span(n, place, 0) + lost)
    j = first_from(offered, begins[f, 1], begins[f, 2], _span(n, place, 1) + lost)
    if i == begins[f, 1] or j == begins[f, 2]:
        return False
    height = _span(n, place, 2) + lost
    x, y = max(x, offered[i]), max(y, offered[j])
    at = first_from(
        offered, begins[f, 2], begins[f, 3], height + (coolant_mm3 + x * y - 1) // (x * y)
    )
    if at == begins[f, 3]:
        return False
    while height + -(-coolant_mm3 // (offered[i] * y)) > offered[at]:
        i += 1
    x = offered[i]
    while height + -(-coolant_mm3 // (x * offered[j])) > offered[at]:
        j += 1
    around[0] = x
    around[1] = offered[j]
    around[2] = offered[at]
    return True


@njit(cache=True, nogil=True)
def _copy_plan(n: int, source: Ints, to: Ints) -> None:
    """Copy the plan of ``n`` units."""
    for i in range(n):
        for c in range(6):
            to[i, c] = source[i, c]


@njit(cache=True, nogil=True)
def _lesser(cost: int, outer: int, other_cost: int, other_outer: int) -> tuple[int, int]:
    """Return the cost, with its outer volume, that comes before the other."""
    if before(cost, outer, other_cost, other_outer):
        return cost, outer
    return other_cost, other_outer


@njit(cache=True, nogil=True)
def _height_to_ask(state: int, z_from: int, last: int, scouting: bool) -> int:
    """Return which height to ask about: the last, or a middle one if more is known of the last."""
    if state == HELD:
        # Scouts climb down: close to the bound they would find nothing.
        return last - (last - z_from) // 8 if scouting else (z_from + last) // 2
    if state == OPENED:
        return (z_from + last - 1) // 2
    return last


@njit(cache=True, nogil=True)
def cheapest_size(
    f: int, offered: Ints, begins: Ints, coefficient: Ints, wall_mm: Ints, coolant: Ints,
    turnable: Ints, saved: int, lost: int, below_cost: int, below_outer: int, has_plan: bool,
    units: Units, first: int, n: int, inside: int, most: Ints, free: int, most_work: int,
    words: Ints, floors: Ints, ceiling: Ints, sides: Ints, sums: Ints, cells: Ints, refuted: Ints,
    known: Ints, filled: Ints, one_room: Ints, rise: Ints, around: Ints, size: Ints, plan: Ints,
    rules: int, starts: int, climbs: int, beam: int, most_nodes: int, ext: Ints, n_ext: Ints,
    twin: Ints, volume: Ints, least: Ints, load: Ints, weight: Ints, place: Ints, room: Ints,
    tight: Ints, domain: Ints, only: Ints, lengths: Ints, value: Ints, top: Ints, table: Ints,
    cap: Ints, state: Ints, line: Ints, scratch: Ints, slimmest: Ints, climber: Ints, spaces: Ints,
    fresh: Ints, dice: NDArray[np.uint64], whole: Ints, rows: NDArray[np.int32], real: Floats,
    block: Ints, level: Ints, tally: Ints, kinds: Ints, task: Ints,
) -> tuple[bool, int, int, int, int, int, int]:  # fmt: skip
    """Find the cheapest size of package ``f`` that holds an order and comes before a limit.

    Parameters
    ----------
    f, offered, begins, coefficient, wall_mm, coolant, turnable
        The package, as in ``resizing.Sizes``.
    saved
        What the content saves of the cost of filling the package.
    lost
        Wall clearance, both sides together, in mm.
    below_cost, below_outer
        The limit, as in `before`.
    has_plan
        Whether ``plan`` is a plan for the order, in whatever package.
    units, first, n
        The order.
    inside
        Its padded volume in mm3.
    most
        The least sorted sides of a room that each unit fits into.
    free
        As in `turned`.
    most_work
        Budget, as `cost_of_asking` counts; what is left beyond it stays open.
    words, floors, ceiling, sides, sums, cells, refuted, known, filled, one_room, rise, around
        Work areas of a `SizeSpace`. ``refuted`` and ``known`` hold for all packages that are asked
        about one order; ``filled`` must be zero for the next.
    size, plan
        Written where a size is found.
    rules, ...
        As in ``question.holds``.

    Returns
    -------
    Whether a size was found; its cost and outer volume; the bound of what stayed open, ``NEVER`` if
    nothing did; the strongest reason against what is cheaper; work as in ``question.holds``.
    """
    y_begin, z_begin, z_end = begins[f, 1], begins[f, 2], begins[f, 3]
    coolant_mm3 = coolant[f]
    turn = turnable[f] > 0 and free > 0
    best_cost, best_outer = below_cost, below_outer
    open_cost = open_outer = NEVER
    strongest = Int64(SIDE)
    found = False
    spent = work = Int64(0)
    fitted = False
    if has_plan:
        _copy_plan(n, plan, place)
        fitted = _fit_around(
            n, place, offered, begins, f, coolant_mm3, lost, turn, offered[y_begin - 1],
            offered[z_begin - 1], around,
        )  # fmt: skip

    # A larger floor makes the layer of coolant thinner, so then no side stands for another.
    n_x, n_y, lowest, z_row = list_rooms(
        f, offered, begins, coolant_mm3 > 0, lost, units, first, n, free, words, floors, ceiling,
        sides, sums,
    )  # fmt: skip
    if n_x == 0:
        return False, NEVER, NEVER, NEVER, NEVER, strongest, spent
    highest = offered[z_end - 1] - lost

    scouting = n > FEW and n_x * n_y > 1
    scout_step = SCOUT_STEP
    limit = most_work // 2 if scouting else most_work
    n_cells = 0
    x_from, x_to, y_from, y_to = 0 * n_x, n_x - 1, 0 * n_y, n_y - 1
    parts = 0 if scouting else 1
    along_x = False
    while True:
        if fitted:
            # ``place`` is a plan, and ``around`` the smallest size around it.
            fitted = False
            cost = cost_at(coefficient, f, around[0], around[1], around[2]) - saved
            outer = outer_at(wall_mm, f, around[0], around[1], around[2])
            if before(cost, outer, best_cost, best_outer):
                best_cost, best_outer, found = cost, outer, True
                for axis in range(3):
                    size[axis] = around[axis]
                _copy_plan(n, place, plan)

        for part in range(parts):
            i1, i2, j1, j2 = x_from, x_to, y_from, y_to
            if parts == 2:
                i1, i2, j1, j2 = half(part, along_x, x_from, x_to, y_from, y_to)
            if turn and sides[0, i2] < sides[1, j1]:
                continue
            reason, at = bound_cell(
                i1, i2, j1, j2, f, offered, z_begin, z_end, coefficient, wall_mm, coolant_mm3,
                saved, lost, sides, sums, ceiling, lowest, highest, inside, most, best_cost,
                best_outer, rise,
            )  # fmt: skip
            strongest = max(strongest, reason)
            if reason != 0:
                # If all is refuted at once, then perhaps by the volume alone.
                if (
                    parts == 1
                    and reason == REACH
                    and too_small(
                        f, offered, begins, coolant_mm3, lost, inside, best_cost, best_outer, rise
                    )
                ):
                    strongest = Int64(VOLUME)
                continue
            cost, outer = cost_of(rise, offered[at]), outer_of(rise, offered[at])
            if n_cells < len(cells):
                push(cells, n_cells, cost, outer, i1, i2, j1, j2, at, z_end - 1, FRESH)
                n_cells += 1
            else:
                open_cost, open_outer = _lesser(cost, outer, open_cost, open_outer)
        parts = 0

        cost, outer = cells[0, BOUND_COST], cells[0, BOUND_OUTER]
        done = n_cells == 0 or not before(cost, outer, best_cost, best_outer)
        if scouting and (done or work >= limit):
            if work >= limit or scout_step > LAST_SCOUT_STEP:
                scouting = False
                n_cells = 0
                limit = most_work
                x_from, x_to, y_from, y_to = 0 * n_x, n_x - 1, 0 * n_y, n_y - 1
                parts = 1
                continue
            n_cells = send_scouts(
                scout_step, turn, n_x, n_y, f, offered, z_begin, z_end, coefficient, wall_mm,
                coolant_mm3, saved, lost, sides, sums, ceiling, lowest, highest, inside, most,
                best_cost, best_outer, rise, cells,
            )  # fmt: skip
            scout_step = (100 + scout_step) // 2
            continue
        if done:
            break
        x_from, x_to = cells[0, X_FROM], cells[0, X_TO]
        y_from, y_to = cells[0, Y_FROM], cells[0, Y_TO]
        z_from, z_to, known_state = cells[0, Z_FROM], cells[0, Z_TO], cells[0, STATE]
        n_cells -= 1
        drop_first(cells, n_cells)
        work += 1
        single = x_from == x_to and y_from == y_to
        x, y = sides[0, x_to], sides[1, y_to]
        along_x = x_from < x_to and (y_from == y_to or x * sides[1, y_from] >= y * sides[0, x_from])
        if work >= limit:
            # No more questions: halve on until the cheapest bound is that of one length and width.
            if not single:
                parts = 2
                continue
            open_cost, open_outer = _lesser(cost, outer, open_cost, open_outer)
            break

        shelf = lost + (coolant_mm3 + x * y - 1) // (x * y)
        rise_at(coefficient, wall_mm, f, saved, sides[0, x_from], sides[1, y_from], rise)
        last = last_before(offered, z_from, z_to + 1, rise, best_cost, best_outer)
        if known_state == OPENED and last < z_to:
            known_state = Int64(FRESH)
        if known_state == OPENED and (z_from == z_to or open_cost < NEVER):
            open_cost, open_outer = _lesser(cost, outer, open_cost, open_outer)
            continue
        at = _height_to_ask(known_state, z_from, last, scouting)
        a, b, c = sums[0, x_to], sums[1, y_to], floors[z_row, offered[at] - shelf]
        at = first_from(offered, z_from, z_end, c + shelf)

        p, q, r = turned(a, b, c, free)
        worth = WORTH_ASKING if n <= FEW else WORTH_ASKING_MANY
        answer = Int64(UNDECIDED)
        reason = why_refuted(refuted, filled[0], p, q, r)
        if reason != 0:
            answer = Int64(NO)
        elif single or (
            inside * 100 >= a * b * c * worth and not is_known(known, filled[1], p, q, r)
        ):
            room[0] = a
            room[1] = b
            room[2] = c
            how = FULLY if single or n <= FEW else BRIEFLY
            if scouting:
                how = SCOUT
            answer, reason, nodes = ask(
                how, units, first, n, rules, starts, climbs, beam, most_nodes, one_room, ext,
                n_ext, twin, volume, least, load, weight, place, room, tight, domain, only,
                lengths, value, top, table, cap, state, line, scratch, slimmest, climber, spaces,
                fresh, dice, whole, rows, real, block, level, tally, kinds, task,
            )  # fmt: skip
            spent += nodes
            work += cost_of_asking(how, answer, n, nodes)
            if answer == NO:
                remember(refuted, filled, 0, p, q, r, reason)
            elif answer == YES:
                remember(known, filled, 1, p, q, r, 0)
                fitted = _fit_around(
                    n, place, offered, begins, f, coolant_mm3, lost, turn, x, y, around
                )
        if answer == NO:
            strongest = max(strongest, reason)
        if not single:
            parts = 0 if answer == NO else 2
            continue

        # What is left of the heights at this one length and width.
        if answer == YES:
            if z_from < at:
                push(cells, n_cells, cost, outer, x_from, x_to, y_from, y_to, z_from, at - 1, HELD)
                n_cells += 1
            continue
        if scouting:
            continue
        if answer == UNDECIDED:
            push(cells, n_cells, cost, outer, x_from, x_to, y_from, y_to, z_from, at, OPENED)
            n_cells += 1
        if known_state == FRESH or (known_state == OPENED and answer == UNDECIDED):
            continue
        at = first_from(offered, at + 1, z_end, ceiling[c + 1] + shelf)
        if at <= last and n_cells == len(cells):
            open_cost, open_outer = _lesser(cost, outer, open_cost, open_outer)
        elif at <= last:
            push(
                cells, n_cells, cost_of(rise, offered[at]), outer_of(rise, offered[at]), x_from,
                x_to, y_from, y_to, at, last, known_state,
            )  # fmt: skip
            n_cells += 1
    return found, best_cost, best_outer, open_cost, open_outer, strongest, spent
