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

Only sums of unit extents matter: units pushed into a corner reach up to such sums (normal patterns;
Herz 1972), so sides with room for the same sums are one side to ask about, the shortest.

From 7 units on, most close questions stay open. There *scouts* look for a good size first: single
lengths and widths far apart, then closer, of which only packings are asked for, not proofs.

What was neither found to hold the order nor refuted stays open and bounds the cost from below.
"""

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
    REACH,
    SIDE,
    SIDE_A,
    UNDECIDED,
    VOLUME,
    YES,
    Floats,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.question import FEW, RIGID, holds, list_units, two_fit
from packopt.kernel.single import lay_one
from packopt.kernel.size_space import (
    BOUND_COST,
    BOUND_OUTER,
    NEVER,
    STATE,
    X_FROM,
    X_TO,
    Y_FROM,
    Y_TO,
    Z_FROM,
    Z_TO,
    before,
    cost_at,
    cost_of,
    drop_first,
    first_from,
    is_known,
    last_before,
    list_sides,
    list_sums,
    outer_at,
    outer_of,
    push,
    remember,
    rise_at,
    turned,
    why_refuted,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: What is known of a cell's last height: nothing; that a greater one holds the order; that it
#: stayed open.
FRESH, HELD, OPENED = range(3)
#: How to ask: for a packing only, at little effort, or with all that is allowed.
SCOUT, BRIEFLY, FULLY = range(3)
#: A cell of several lengths or widths is asked about where the units fill so many percent of it,
#: up to 6 units and beyond.
WORTH_ASKING, WORTH_ASKING_MANY = 70, 85
#: Effort on it from 7 units on: what cannot be refuted at once is better halved.
BRIEF_STARTS, BRIEF_NODES = 2, 60
#: Lengths and widths to scout are so many percent of the next, in the first round and the last.
SCOUT_STEP, LAST_SCOUT_STEP = 80, 97
#: Greedy runs and width of the block beam for each scout.
SCOUT_RUNS, SCOUT_BEAM = Int64(12), Int64(8)


@njit(cache=True, nogil=True)
def _least_height(x: int, y: int, lowest: int, inside: int, most: Ints) -> int:
    """Return the least height that sides and a volume leave to a room, -1 if no height will do.

    ``most`` are the least sorted sides that any room must have, ``lowest`` its least height.
    """
    long, short = max(x, y), min(x, y)
    if long < most[1] or short < most[0]:
        return Int64(-1)
    if long < most[2]:
        height = most[2]
    elif short < most[1]:
        height = most[1]
    else:
        height = most[0]
    return max(height, lowest, (inside + x * y - 1) // (x * y))


@njit(cache=True, nogil=True)
def _bound_cell(
    x_from: int, x_to: int, y_from: int, y_to: int, f: int, offered: Ints, z_begin: int,
    z_end: int, coefficient: Ints, wall_mm: Ints, coolant_mm3: int, saved: int, lost: int,
    sides: Ints, sums: Ints, ceiling: Ints, lowest: int, highest: int, inside: int, most: Ints,
    best_cost: int, best_outer: int, rise: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Bound what sizes of some lengths and widths that hold the order cost.

    Returns ``(0, first)``: they cost no less than the shortest and narrowest at the height of index
    ``first``, whose cost ``rise`` has. Or ``(reason, z_end)`` where none comes before the best.
    """
    area = sides[0, x_to] * sides[1, y_to]
    shelf = lost + (coolant_mm3 + area - 1) // area
    needed = _least_height(sums[0, x_to], sums[1, y_to], lowest, 0, most)
    if needed < 0 or needed > highest:
        return SIDE, z_end
    at = first_from(offered, z_begin, z_end, ceiling[needed] + shelf)
    if at == z_end:
        return SIDE, z_end
    rise_at(coefficient, wall_mm, f, saved, sides[0, x_from], sides[1, y_from], rise)
    z = offered[at]
    if not before(cost_of(rise, z), outer_of(rise, z), best_cost, best_outer):
        return SIDE, z_end
    needed = _least_height(sums[0, x_to], sums[1, y_to], lowest, inside, most)
    if needed > highest:
        return REACH, z_end
    at = first_from(offered, at, z_end, ceiling[needed] + shelf)
    if at == z_end:
        return REACH, z_end
    z = offered[at]
    if not before(cost_of(rise, z), outer_of(rise, z), best_cost, best_outer):
        return REACH, z_end
    return 0, at


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
def _ask(
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
def _cost_of_asking(how: int, answer: int, n: int, nodes: int) -> int:
    """Return the work that a question took, in steps of about half a microsecond.

    A node or run costs about the square of the units; without an answer there were linear programs
    as well.
    """
    work = n + nodes * max(1, n * n // 10)
    if answer == UNDECIDED and n > FEW:
        work += 20 * n if how == SCOUT else 100 * n
    return work


@njit(cache=True, nogil=True)
def _copy_plan(n: int, source: Ints, to: Ints) -> None:
    """Copy the plan of ``n`` units."""
    for i in range(n):
        for c in range(6):
            to[i, c] = source[i, c]


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
        Budget, as `_cost_of_asking` counts; what is left beyond it stays open.
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
    x_begin, y_begin, z_begin, z_end = begins[f, 0], begins[f, 1], begins[f, 2], begins[f, 3]
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

    # Sums of extents: those of one axis serve for all three where every unit turns freely.
    x_longest, y_longest = offered[y_begin - 1] - lost, offered[z_begin - 1] - lost
    highest = offered[z_end - 1] - lost
    y_row, z_row = Int64(free == 0), Int64(0 if free == 2 else 2)
    longest = x_longest
    if free > 0:
        longest = max(longest, y_longest)
    if free == 2:
        longest = max(longest, highest)
    x_least = list_sums(units, first, n, 0, longest, words, floors[0])
    y_least = lowest = x_least
    if free == 0:
        y_least = list_sums(units, first, n, 1, y_longest, words, floors[1])
    if free < 2:
        lowest = list_sums(units, first, n, 2, highest, words, floors[2])
    # A larger floor makes the layer of coolant thinner, so then no side stands for another.
    every = coolant_mm3 > 0
    n_x = list_sides(offered, x_begin, y_begin, lost, x_least, every, floors[0], sides[0], sums[0])
    n_y = list_sides(
        offered, y_begin, z_begin, lost, y_least, every, floors[y_row], sides[1], sums[1]
    )
    if n_x == 0 or n_y == 0 or lowest > highest:
        return False, NEVER, NEVER, NEVER, NEVER, strongest, spent
    ceiling[highest + 1] = highest + 1
    for h in range(highest, -1, -1):
        ceiling[h] = h if floors[z_row, h] == h else ceiling[h + 1]

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
            if parts == 2 and along_x:
                middle = (x_from + x_to) // 2
                i1, i2 = (x_from, middle) if part == 0 else (middle + 1, x_to)
            elif parts == 2:
                middle = (y_from + y_to) // 2
                j1, j2 = (y_from, middle) if part == 0 else (middle + 1, y_to)
            if turn and sides[0, i2] < sides[1, j1]:
                continue
            reason, at = _bound_cell(
                i1, i2, j1, j2, f, offered, z_begin, z_end, coefficient, wall_mm, coolant_mm3,
                saved, lost, sides, sums, ceiling, lowest, highest, inside, most, best_cost,
                best_outer, rise,
            )  # fmt: skip
            strongest = max(strongest, reason)
            if reason != 0:
                if parts == 1 and reason == REACH:
                    # All is refuted at once: perhaps by the volume of the largest size alone.
                    at = last_before(offered, z_begin, z_end, rise, best_cost, best_outer)
                    area = (x_longest + lost) * (y_longest + lost)
                    usable = offered[at] - lost - (coolant_mm3 + area - 1) // area
                    if x_longest * y_longest * usable < inside:
                        strongest = Int64(VOLUME)
                continue
            cost, outer = cost_of(rise, offered[at]), outer_of(rise, offered[at])
            if n_cells < len(cells):
                push(cells, n_cells, cost, outer, i1, i2, j1, j2, at, z_end - 1, FRESH)
                n_cells += 1
            elif before(cost, outer, open_cost, open_outer):
                open_cost, open_outer = cost, outer
        parts = 0

        cost, outer = cells[0, BOUND_COST], cells[0, BOUND_OUTER]
        done = n_cells == 0 or not before(cost, outer, best_cost, best_outer)
        if scouting and (done or work >= limit):
            n_cells = 0
            if work >= limit or scout_step > LAST_SCOUT_STEP:
                scouting = False
                limit = most_work
                x_from, x_to, y_from, y_to = 0 * n_x, n_x - 1, 0 * n_y, n_y - 1
                parts = 1
                continue
            i = n_x - 1
            while i >= 0:
                j = n_y - 1
                while j >= 0:
                    if not turn or sides[0, i] >= sides[1, j]:
                        reason, at = _bound_cell(
                            i, i, j, j, f, offered, z_begin, z_end, coefficient, wall_mm,
                            coolant_mm3, saved, lost, sides, sums, ceiling, lowest, highest,
                            inside, most, best_cost, best_outer, rise,
                        )  # fmt: skip
                        if reason == 0 and n_cells < len(cells):
                            cost, outer = cost_of(rise, offered[at]), outer_of(rise, offered[at])
                            push(cells, n_cells, cost, outer, i, i, j, j, at, z_end - 1, FRESH)
                            n_cells += 1
                    j = min(j, first_from(sides[1], 0, n_y, sides[1, j] * scout_step // 100)) - 1
                i = min(i, first_from(sides[0], 0, n_x, sides[0, i] * scout_step // 100)) - 1
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
            if before(cost, outer, open_cost, open_outer):
                open_cost, open_outer = cost, outer
            break

        # Which height to ask about: the last, or a middle one where more is known of the last.
        shelf = lost + (coolant_mm3 + x * y - 1) // (x * y)
        rise_at(coefficient, wall_mm, f, saved, sides[0, x_from], sides[1, y_from], rise)
        last = last_before(offered, z_from, z_to + 1, rise, best_cost, best_outer)
        if known_state == OPENED and last < z_to:
            known_state = Int64(FRESH)
        at = last
        if known_state == HELD:
            # Scouts climb down: close to the bound they would find nothing.
            at = last - (last - z_from) // 8 if scouting else (z_from + last) // 2
        elif known_state == OPENED:
            if z_from == z_to or open_cost < NEVER:
                if before(cost, outer, open_cost, open_outer):
                    open_cost, open_outer = cost, outer
                continue
            at = (z_from + last - 1) // 2
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
            answer, reason, nodes = _ask(
                how, units, first, n, rules, starts, climbs, beam, most_nodes, one_room, ext,
                n_ext, twin, volume, least, load, weight, place, room, tight, domain, only,
                lengths, value, top, table, cap, state, line, scratch, slimmest, climber, spaces,
                fresh, dice, whole, rows, real, block, level, tally, kinds, task,
            )  # fmt: skip
            spent += nodes
            work += _cost_of_asking(how, answer, n, nodes)
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
            if before(cost, outer, open_cost, open_outer):
                open_cost, open_outer = cost, outer
        elif at <= last:
            push(
                cells, n_cells, cost_of(rise, offered[at]), outer_of(rise, offered[at]), x_from,
                x_to, y_from, y_to, at, last, known_state,
            )  # fmt: skip
            n_cells += 1
    return found, best_cost, best_outer, open_cost, open_outer, strongest, spent
