"""Packages whose size is chosen for the order, asked after those that come in one size.

The loop of ``batch.py`` has found the cheapest package of one size and what rules out the cheaper
ones. Here every package whose size can be chosen is asked whether some size of it holds the order
and is cheaper still, and the answers are rewritten: which package, at which size, with which plan,
what is ruled out, what stays open.

Such a package ranks by its least size: that is the cheapest it can be. It is ruled out when every
size of it that is cheaper than the answer is, for the strongest reason that takes; and it is open
as long as one of those is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.batch import (
    CONTENT_LIMIT_MM3,
    FEASIBLE,
    OPTIMAL,
    STAYED_OPEN,
    UNPACKABLE,
    Answers,
    Batch,
    Packages,
    _copy_order,
    _summarise,
    write_plan,
)
from packopt.kernel.handling import GEOMETRY_ONLY
from packopt.kernel.layout import (
    ANY,
    FIXED,
    KIND,
    OPEN_QUESTION,
    PADDING,
    WEIGHT,
    Int64,
    Ints,
    Units,
)
from packopt.kernel.size_cost import NEVER, before, cost_at, outer_at
from packopt.kernel.sizes import cheapest_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.size_space import SizeSpace
    from packopt.kernel.workspace import Workspace


class Sizes(NamedTuple):
    """Packages whose size is chosen for the order: ``f`` of them."""

    package: Ints  # (f,) index among all packages
    offered: Ints  # (s,) sides in mm; of each package the lengths, the widths, the heights, rising
    begins: Ints  # (f, 4) where each of the three begins, and where the heights end
    coefficient: Ints  # (f, TERMS) what a size costs, its empty space filled as if it held nothing
    filler_cost: Ints  # (f,) what each mm3 of content saves of that
    wall_mm: Ints  # (f, 3) outer minus inner sides
    coolant_mm3: Ints  # (f,) a layer of it lies under the lid
    turnable: Ints  # (f,) 1 where a size wider than long is also offered turned, and no dearer so


class SizeAnswers(NamedTuple):
    """What ``Answers`` have no place for: costs are no function of the package alone."""

    size_mm: NDArray[np.int32]  # (o, 3) inner sides as chosen; 0 where the catalogue has them
    cost: Ints  # (o,) of the answer, NEVER where there is none
    bound: Ints  # (o,) nothing cheaper holds the order; NEVER where nothing does


@njit(cache=True, nogil=True)
def _comes_before(
    cost: int, outer: int, rank: int, other_cost: int, other_outer: int, other_rank: int
) -> bool:
    """Return whether a package ranks before another: by cost, outer volume, then its id."""
    if cost != other_cost or outer != other_outer:
        return before(cost, outer, other_cost, other_outer)
    return rank < other_rank


@njit(cache=True, nogil=True)
def _recall_plan(
    first: int, n: int, wall: int, units: Units, unit: NDArray[np.int32],
    written: NDArray[np.int32], plan: Ints,
) -> None:  # fmt: skip
    """Undo ``write_plan``: the plan in canonical order, with padding."""
    for t in range(n):
        i = unit[first + t]
        pad = units[first + i, PADDING]
        for axis in range(3):
            plan[i, axis] = written[first + t, axis] - pad - wall
            plan[i, axis + 3] = written[first + t, axis + 3] + 2 * pad


@njit(cache=True, nogil=True)
def _freedom(units: Units, first: int, n: int) -> int:
    """Return how freely the order can be turned, as ``size_rooms.turned`` takes it."""
    free = Int64(2)
    for u in range(first, first + n):
        if units[u, KIND] == FIXED:
            return Int64(0)
        if units[u, KIND] != ANY:
            free = Int64(1)
    return free


@njit(cache=True, nogil=True)
def resize(
    sizes: Sizes, packages: Packages, batch: Batch, rules: int, rungs: Ints,
    wanted: NDArray[np.uint8], answers: Answers, chosen: SizeAnswers, space: SizeSpace,
    ws: Workspace,
) -> None:  # fmt: skip
    """Rewrite the answers to a batch where a package of chosen size is cheaper.

    ``wanted (o,)`` holds 1 for orders to answer. ``rungs (r, 5)`` are efforts, each over what the
    earlier left open: starts, climbs, beam and nodes as in ``Effort``, and a budget of work for
    each package. ``rules`` as in ``handling.acceptable``.
    """
    package, offered, begins, coefficient = (
        sizes.package, sizes.offered, sizes.begins, sizes.coefficient
    )  # fmt: skip
    wall_mm, coolant, turnable = sizes.wall_mm, sizes.coolant_mm3, sizes.turnable
    saves = sizes.filler_cost
    mailer, clearance, id_rank = packages.mailer, packages.clearance, packages.id_rank
    base_cost, filler_cost, outer_mm3 = (
        packages.base_cost, packages.filler_cost, packages.outer_mm3
    )  # fmt: skip
    units, start = batch.units, batch.start
    ruled, reasons = answers.ruled, answers.reason
    (
        words, floors, ceiling, sides, sums, cells, refuted, known, filled, one_room, rise, around,
        size, plan,
    ) = space  # fmt: skip
    (
        ext, n_ext, twin, volume, least, load, weight, place, room, tight, domain, only, lengths,
        _, value, top, table, cap, state, line, scratch, slimmest, climber, spaces, fresh,
        dice, whole, rows, real, block, level, tally, kinds, task,
    ) = ws  # fmt: skip
    n_packages, n_sized = len(mailer), len(package)
    most = np.zeros(3, np.int64)
    by_rank = np.zeros(n_sized, np.int64)
    least_cost = np.zeros(n_sized, np.int64)
    least_outer = np.zeros(n_sized, np.int64)
    open_cost = np.zeros(n_sized, np.int64)
    open_outer = np.zeros(n_sized, np.int64)
    why = np.zeros(n_sized, np.int64)
    listed = np.zeros(n_packages, np.int32)
    listed_why = np.zeros(n_packages, np.uint8)
    for o in range(len(start) - 1):
        if not wanted[o]:
            continue
        like = batch.like[o]
        if like != o:
            _copy_order(o, like, n_packages, batch, answers)
            chosen.cost[o] = chosen.cost[like]
            chosen.bound[o] = chosen.bound[like]
            for axis in range(3):
                chosen.size_mm[o, axis] = chosen.size_mm[like, axis]
            continue
        first = start[o]
        n = start[o + 1] - first
        content = min(batch.content_mm3[o], CONTENT_LIMIT_MM3)

        # The answer so far.
        best_package = Int64(answers.package[o])
        fixed_package = best_package
        cost, outer, rank = NEVER, NEVER, Int64(-1)
        has_plan = False
        if fixed_package >= 0:
            cost = base_cost[fixed_package] - filler_cost[fixed_package] * content
            outer, rank = outer_mm3[fixed_package], id_rank[fixed_package]
            if not mailer[fixed_package]:
                has_plan = True
                _recall_plan(
                    first, n, clearance[fixed_package], units, answers.unit, answers.place, plan
                )
        for axis in range(3):
            chosen.size_mm[o, axis] = 0

        # Cheapest least size first.
        for f in range(n_sized):
            x, y, z = offered[begins[f, 0]], offered[begins[f, 1]], offered[begins[f, 2]]
            least_cost[f] = cost_at(coefficient, f, x, y, z) - saves[f] * content
            least_outer[f] = outer_at(wall_mm, f, x, y, z)
            open_cost[f], open_outer[f] = least_cost[f], least_outer[f]
            k = package[f]
            why[f] = Int64(packages.barred[batch.access[o], k])
            if why[f] == 0 and 0 <= packages.max_content_g[k] < batch.weight_g[o]:
                why[f] = WEIGHT
            if why[f] != 0:
                open_cost[f] = open_outer[f] = NEVER
            at = f
            while at > 0:
                g = by_rank[at - 1]
                if _comes_before(
                    least_cost[g], least_outer[g], id_rank[package[g]],
                    least_cost[f], least_outer[f], id_rank[package[f]],
                ):  # fmt: skip
                    break
                by_rank[at] = g
                at -= 1
            by_rank[at] = f

        inside, limited = _summarise(units, first, first + n, most)
        asked = rules if limited or rules > 1 else GEOMETRY_ONLY
        free = _freedom(units, first, n)
        for c in range(4):
            filled[c] = 0
        for rung in range(len(rungs)):
            more = False
            for t in range(n_sized):
                f = by_rank[t]
                k = package[f]
                below_outer = outer + (1 if id_rank[k] < rank else 0)
                if not before(least_cost[f], least_outer[f], cost, below_outer):
                    break
                if not before(open_cost[f], open_outer[f], cost, below_outer):
                    continue
                (
                    found, found_cost, found_outer, open_cost[f], open_outer[f], why[f], spent
                ) = cheapest_size(
                    f, offered, begins, coefficient, wall_mm, coolant, turnable,
                    saves[f] * content, 2 * clearance[k], cost, below_outer, has_plan, units,
                    first, n, inside, most, free, rungs[rung, 4], words, floors, ceiling, sides,
                    sums, cells, refuted, known, filled, one_room, rise, around, size, plan, asked,
                    rungs[rung, 0], rungs[rung, 1], rungs[rung, 2], rungs[rung, 3], ext, n_ext,
                    twin, volume, least, load, weight, place, room, tight, domain, only, lengths,
                    value, top, table, cap, state, line, scratch, slimmest, climber, spaces, fresh,
                    dice, whole, rows, real, block, level, tally, kinds, task,
                )  # fmt: skip
                answers.work[o] += spent
                if found:
                    cost, outer, rank = found_cost, found_outer, id_rank[k]
                    best_package = k
                    has_plan = True
                    for axis in range(3):
                        chosen.size_mm[o, axis] = size[axis]
                more |= open_cost[f] < NEVER
            if not more:
                break

        # What is ruled out or open, cheapest first: packages of one size and of chosen size.
        bound = Int64(-1)
        bound_cost, bound_outer, bound_rank = NEVER, NEVER, Int64(-1)
        row = o * n_packages
        old = t = n_listed = 0
        while True:
            p, f = Int64(-1), Int64(-1)
            if old < answers.n_ruled[o]:
                p = Int64(ruled[row + old])
                p_cost = base_cost[p] - filler_cost[p] * content
                if not _comes_before(p_cost, outer_mm3[p], id_rank[p], cost, outer, rank):
                    p = Int64(-1)
            if t < n_sized:
                f = by_rank[t]
                k = package[f]
                if not _comes_before(least_cost[f], least_outer[f], id_rank[k], cost, outer, rank):
                    f = Int64(-1)
            if p < 0 and f < 0:
                break
            if f < 0 or (
                p >= 0
                and _comes_before(
                    p_cost, outer_mm3[p], id_rank[p], least_cost[f], least_outer[f], id_rank[k]
                )
            ):
                reason = Int64(reasons[row + old])
                k, k_cost, k_outer = p, p_cost, outer_mm3[p]
                old += 1
            else:
                reason, k_cost, k_outer = why[f], open_cost[f], open_outer[f]
                if _comes_before(k_cost, k_outer, id_rank[k], cost, outer, rank):
                    reason = Int64(OPEN_QUESTION)
                t += 1
            if reason == OPEN_QUESTION and _comes_before(
                k_cost, k_outer, id_rank[k], bound_cost, bound_outer, bound_rank
            ):
                bound, bound_cost, bound_outer, bound_rank = k, k_cost, k_outer, id_rank[k]
            if k != best_package:
                listed[n_listed] = k
                listed_why[n_listed] = reason
                n_listed += 1
        for t in range(n_listed):
            ruled[row + t] = listed[t]
            reasons[row + t] = listed_why[t]
        answers.n_ruled[o] = n_listed
        answers.package[o] = best_package
        answers.bound[o] = best_package if bound < 0 else bound
        chosen.cost[o] = cost
        chosen.bound[o] = cost if bound < 0 else bound_cost
        if best_package >= 0:
            answers.verdict[o] = OPTIMAL if bound < 0 else FEASIBLE
        else:
            answers.verdict[o] = UNPACKABLE if bound < 0 else STAYED_OPEN
        if best_package != fixed_package:
            for i in range(n):
                for c in range(6):
                    place[i, c] = plan[i, c]
            write_plan(
                first, n, clearance[best_package], units, place, scratch, answers.unit,
                answers.place, answers.support,
            )  # fmt: skip
