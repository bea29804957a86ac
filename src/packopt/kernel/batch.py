"""The loop over orders: ask about packages from the cheapest up until one holds the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.flexible import all_go_in, ask_mailer
from packopt.kernel.handling import GEOMETRY_ONLY, SEQUENCE, settle, shared_footprint
from packopt.kernel.layout import (
    KIND,
    LOAD,
    NO,
    OPEN_QUESTION,
    PADDING,
    POLICY,
    SIDE,
    SIDE_A,
    UNDECIDED,
    VOLUME,
    WEIGHT,
    YES,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.question import RIGID, Effort, holds, two_fit
from packopt.kernel.single import lay_one, two_clash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.workspace import Workspace

#: Contents above this many mm3 fit nowhere; capped, so that costs stay within 64 bits.
CONTENT_LIMIT_MM3 = 4_000_000_000_000

#: Verdicts; the order is that of ``packopt.recommendations.VERDICTS``.
OPTIMAL, FEASIBLE, UNPACKABLE, STAYED_OPEN = range(4)


class Packages(NamedTuple):
    """The catalogue as the kernel sees it; ``k`` packages in catalogue order.

    ``unfilled`` and ``filled`` list those that are asked about: packages whose size is chosen for
    the order (``sizes.py``) are in neither.
    """

    mailer: Ints  # (k,) 1 for mailers
    room: Ints  # (k, 3) usable inner sides in mm; mailers: usable flat length, width, thickness
    sides: Ints  # (k, 3) the same in ascending order (cartons)
    volume: Ints  # (k,) the most that can be inside, in mm3
    max_content_g: Ints  # (k,) -1: no limit
    clearance: Ints  # (k,) what to add to coordinates, in mm
    base_cost: Ints  # (k,) cost of the package with nothing inside
    filler_cost: Ints  # (k,) cost of filling one mm3: 0, or one value common to all others
    outer_mm3: Ints  # (k,) breaks ties of cost
    id_rank: Ints  # (k,) breaks ties of outer volume
    unfilled: Ints  # packages without filler cost, cheapest first
    filled: Ints  # the others, cheapest first
    barred: NDArray[np.uint8]  # (a, k) why orders of an access class may not have a package, or 0


class Batch(NamedTuple):
    """Orders as the kernel sees them: ``o`` orders, ``u`` canonical units."""

    units: NDArray[np.int32]  # (u, UNIT_COLUMNS)
    start: Ints  # (o + 1,)
    content_mm3: Ints  # (o,) without padding
    weight_g: Ints  # (o,) 0 where weights are unknown
    no_mailer: NDArray[np.bool_]  # (o,)
    like: Ints  # (o,) the first order of equal content and access
    access: NDArray[np.int32]  # (o,) row of ``Packages.barred``


class Answers(NamedTuple):
    """What the kernel writes: per order, per unit and, at ``order * k``, per ruled-out package."""

    package: NDArray[np.int32]  # (o,) -1: none
    verdict: NDArray[np.uint8]  # (o,)
    work: Ints  # (o,) search nodes and greedy runs
    bound: NDArray[np.int32]  # (o,) cheapest package not ruled out, -1: none
    place: NDArray[np.int32]  # (u, 6) in packing sequence
    unit: NDArray[np.int32]  # (u,) canonical unit placed there
    support: NDArray[np.float32]  # (u,)
    ruled: NDArray[np.int32]  # (o * k,) packages, cheapest first
    reason: NDArray[np.uint8]  # (o * k,)
    n_ruled: NDArray[np.int32]  # (o,)


@njit(cache=True, nogil=True)
def without_filler_is_next(
    base_cost: Ints, filler_cost: Ints, outer_mm3: Ints, id_rank: Ints, content: int, p: int, q: int
) -> bool:
    """Return whether package ``p``, without filler cost, comes before ``q``, with it."""
    cost_q = base_cost[q] - filler_cost[q] * content
    if base_cost[p] != cost_q:
        return base_cost[p] < cost_q
    if outer_mm3[p] != outer_mm3[q]:
        return outer_mm3[p] < outer_mm3[q]
    return id_rank[p] < id_rank[q]


@njit(cache=True, nogil=True)
def _summarise(units: Units, first: int, last: int, most: Ints) -> tuple[int, bool]:
    """Write the least sorted sides any package must have to ``most (3,)``.

    Returns ``(padded volume in mm3, some load is limited)``.
    """
    most[0] = most[1] = most[2] = 0
    volume = Int64(0)
    limited = False
    for u in range(first, last):
        a, b, c = units[u, SIDE_A], units[u, SIDE_A + 1], units[u, SIDE_A + 2]
        volume += Int64(a) * b * c
        if units[u, KIND] != 0:
            a, b = min(a, b), max(a, b)
            if c < b:
                b, c = c, b
                if b < a:
                    a, b = b, a
        most[0] = max(most[0], a)
        most[1] = max(most[1], b)
        most[2] = max(most[2], c)
        limited |= units[u, LOAD] >= 0
    return volume, limited


@njit(cache=True, nogil=True)
def write_plan(
    first: int, n: int, wall: int, units: Units, place: Ints, scratch: Ints,
    out_unit: NDArray[np.int32], out_place: NDArray[np.int32], out_support: NDArray[np.float32],
) -> None:  # fmt: skip
    """Settle the plan and write it in packing sequence, without padding."""
    if n == 1:
        scratch[SEQUENCE, 0] = 0
    else:
        settle(n, place, scratch)
    for t in range(n):
        i = scratch[SEQUENCE, t]
        pad = units[first + i, PADDING]
        out_unit[first + t] = i
        for axis in range(3):
            out_place[first + t, axis] = place[i, axis] + pad + wall
            out_place[first + t, axis + 3] = place[i, axis + 3] - 2 * pad
        share = 1.0
        if place[i, 2] > 0:
            contact = Int64(0)
            for s in range(t):
                j = scratch[SEQUENCE, s]
                if place[j, 2] + place[j, 5] == place[i, 2]:
                    contact += shared_footprint(place, i, j)
            share = contact / (place[i, 3] * place[i, 4])
        out_support[first + t] = share


@njit(cache=True, nogil=True)
def _copy_order(o: int, other: int, n_packages: int, batch: Batch, answers: Answers) -> None:
    """Answer order ``o`` as the equal order ``other`` was answered."""
    answers.package[o] = answers.package[other]
    answers.verdict[o] = answers.verdict[other]
    answers.work[o] = answers.work[other]
    answers.bound[o] = answers.bound[other]
    answers.n_ruled[o] = answers.n_ruled[other]
    for t in range(answers.n_ruled[other]):
        answers.ruled[o * n_packages + t] = answers.ruled[other * n_packages + t]
        answers.reason[o * n_packages + t] = answers.reason[other * n_packages + t]
    to, source = batch.start[o], batch.start[other]
    for t in range(batch.start[o + 1] - to):
        answers.unit[to + t] = answers.unit[source + t]
        answers.support[to + t] = answers.support[source + t]
        for c in range(6):
            answers.place[to + t, c] = answers.place[source + t, c]


@njit(cache=True, nogil=True)
def solve(
    packages: Packages, batch: Batch, rules: int, effort: Effort, wanted: NDArray[np.uint8],
    answers: Answers, ws: Workspace,
) -> None:  # fmt: skip
    """Answer the orders of a batch.

    ``wanted (o,)`` holds 1 for orders to solve, 0 for those whose answers stay. ``rules`` as in
    ``handling.acceptable``. Answers depend on nothing but the order, the packages, the rules and
    the efforts of this and earlier passes.

    The loop over packages stands here in one piece, on plain arrays: handing the named tuples on
    costs more than most packages take to rule out.
    """
    mailer, rooms, sides = packages.mailer, packages.room, packages.sides
    most_inside, max_content_g = packages.volume, packages.max_content_g
    base_cost, filler_cost = packages.base_cost, packages.filler_cost
    outer_mm3, id_rank = packages.outer_mm3, packages.id_rank
    unfilled, filled = packages.unfilled, packages.filled
    units, start = batch.units, batch.start
    ruled, reasons = answers.ruled, answers.reason
    chosen_package, verdict = answers.package, answers.verdict
    bounds, n_ruled, works = answers.bound, answers.n_ruled, answers.work
    out_place, out_unit, out_support = answers.place, answers.unit, answers.support
    like, contents = batch.like, batch.content_mm3
    weights, no_mailers = batch.weight_g, batch.no_mailer
    clearance = packages.clearance
    barred, access = packages.barred, batch.access
    starts, climbs, beam, nodes = effort.starts, effort.climbs, effort.beam, effort.nodes
    (
        ext, n_ext, twin, volume, least, load, weight, place, room, tight, domain, only, lengths,
        marks, value, top, table, cap, state, line, scratch, slimmest, climber, spaces, fresh,
        dice, whole, rows, real, block, level, tally, kinds, task,
    ) = ws  # fmt: skip
    n_packages = len(mailer)
    most = np.zeros(3, np.int64)
    fenced = np.zeros(len(barred), np.bool_)
    for a in range(len(barred)):
        fenced[a] = barred[a].any()
    for o in range(len(start) - 1):
        if not wanted[o]:
            continue
        if like[o] != o:
            _copy_order(o, like[o], n_packages, batch, answers)
            continue
        first = start[o]
        n = start[o + 1] - first
        inside, limited = _summarise(units, first, first + n, most)
        # Without load limits and demanded support, settling a plan is all that the rules ask for.
        asked = rules if limited or rules > 1 else GEOMETRY_ONLY
        content = min(contents[o], CONTENT_LIMIT_MM3)
        mass = weights[o]
        no_mailer = no_mailers[o]
        shut = fenced[access[o]]
        a = b = 0
        work = 0
        bound = -1
        chosen = -1
        # What an earlier pass ruled out or found, stands: only what it left open is asked again.
        known, kept = n_ruled[o], chosen_package[o]
        count = o * n_packages
        for rank in range(len(unfilled) + len(filled)):
            if b == len(filled) or (
                a < len(unfilled)
                and without_filler_is_next(
                    base_cost, filler_cost, outer_mm3, id_rank, content, unfilled[a], filled[b]
                )
            ):
                p = unfilled[a]
                a += 1
            else:
                p = filled[b]
                b += 1
            if rank < known and reasons[count] != OPEN_QUESTION:
                count += 1
                continue
            if rank == known and kept >= 0:
                chosen = kept
                break
            reason = Int64(0)
            if shut:
                reason = Int64(barred[access[o], p])
            if reason != 0:
                pass
            elif 0 <= max_content_g[p] < mass:
                reason = Int64(WEIGHT)
            elif mailer[p]:
                if no_mailer:
                    reason = Int64(POLICY)
            elif most[0] > sides[p, 0] or most[1] > sides[p, 1] or most[2] > sides[p, 2]:
                reason = Int64(SIDE)
            elif inside > most_inside[p]:
                reason = Int64(VOLUME)
            if reason != 0:
                # Most packages of most orders end here.
                ruled[count] = p
                reasons[count] = reason
                count += 1
                continue
            spent = 0
            answer = NO
            if mailer[p]:
                if not all_go_in(rooms, p, units, first, n, place):
                    reason = SIDE
                elif n == 1:
                    answer = YES
                else:
                    answer, reason, spent = ask_mailer(
                        rooms, most_inside, marks, p, units, first, n, asked, starts, climbs, beam,
                        nodes, ext, n_ext, twin, volume, least, load, weight, place, room, tight,
                        domain, only, lengths, value, top, table, cap, state, line, scratch,
                        slimmest, climber, spaces, fresh, dice, whole, rows, real, block, level,
                        tally, kinds, task,
                    )  # fmt: skip
            else:
                room[0] = rooms[p, 0]
                room[1] = rooms[p, 1]
                room[2] = rooms[p, 2]
                if n == 1:
                    reason = SIDE
                    if lay_one(units, first, SIDE_A, 0, rooms, p, place):
                        answer = YES
                elif n == 2:
                    reason = two_clash(units, first, SIDE_A, rooms, p)
                    if reason == 0:
                        answer, reason = two_fit(
                            units, first, asked, room, ext, n_ext, twin, volume, least, load,
                            weight, scratch, place,
                        )  # fmt: skip
                if n > 2 or answer == UNDECIDED:
                    answer, reason, spent = holds(
                        units, first, n, RIGID, asked, starts, climbs, beam, nodes, ext, n_ext,
                        twin, volume, least, load, weight, place, room, tight, domain, only,
                        lengths, value, top, table, cap, state, line, scratch, slimmest, climber,
                        spaces, fresh, dice, whole, rows, real, block, level, tally, kinds, task,
                    )  # fmt: skip
            work += spent
            if answer == YES:
                chosen = p
                kept = -1
                break
            if answer == UNDECIDED:
                reason = OPEN_QUESTION
                if bound < 0:
                    bound = p
            ruled[count] = p
            reasons[count] = reason
            count += 1
        chosen_package[o] = chosen
        works[o] += work
        n_ruled[o] = count - o * n_packages
        bounds[o] = chosen if bound < 0 else bound
        if chosen >= 0:
            verdict[o] = OPTIMAL if bound < 0 else FEASIBLE
            if chosen == kept:
                continue
            write_plan(
                first, n, clearance[chosen], units, place, scratch, out_unit, out_place,
                out_support,
            )  # fmt: skip
        else:
            verdict[o] = UNPACKABLE if bound < 0 else STAYED_OPEN
