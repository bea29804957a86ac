"""Subsets as orders of a batch: what is asked, what of it is known, and what the answers tell.

A subset is asked about with the first atoms of each type. Which atoms travel in which parcel is
dealt out when a plan is chosen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from packopt.kernel.atoms import MOST_TYPES, Group, Types, count_digits
from packopt.kernel.batch import CONTENT_LIMIT_MM3, without_filler_is_next
from packopt.kernel.layout import ONE, OPEN_QUESTION, SEARCH, UNIT_COLUMNS, Int64, Ints
from packopt.kernel.subsets import WORD, Ranking, States, set_bound

if TYPE_CHECKING:
    from packopt.kernel.batch import Answers, Batch, Packages


@njit(cache=True, nogil=True)
def count_units(types: Types, part: Ints, state: Ints, start: Ints) -> None:
    """Write to ``start (a + 1,)`` where the units of each of ``a`` states are to begin."""
    digit = np.empty(MOST_TYPES, np.int64)
    for a in range(len(part)):
        count_digits(types, part[a], state[a], digit)
        n = Int64(0)
        for k in range(types.n[part[a]]):
            n += digit[k] * types.size[part[a], k]
        start[a + 1] = start[a] + n


@njit(cache=True, nogil=True)
def gather(
    group: Group, types: Types, states: States, part: Ints, state: Ints, batch: Batch, unit: Ints
) -> None:
    """Write the states as orders of a batch, whose ``start`` is filled.

    A state is asked about with the first atoms of each type; ``unit (u,)`` tells which those are.
    """
    digit = np.empty(MOST_TYPES, np.int64)
    taken = np.zeros(len(group.units), np.uint8)
    for a in range(len(part)):
        p = part[a]
        row = states.start[p] + state[a]
        count_digits(types, p, state[a], digit)
        for k in range(types.n[p]):
            for t in range(digit[k] * types.size[p, k]):
                taken[types.row[types.first[p, k] + t]] = 1
        at = batch.start[a]
        no_mailer = False
        for u in range(group.start[p], group.start[p + 1]):
            if taken[u]:
                taken[u] = 0
                unit[at] = u
                no_mailer |= group.no_mailer[u]
                for c in range(UNIT_COLUMNS):
                    batch.units[at, c] = group.units[u, c]
                at += 1
        batch.content_mm3[a] = states.content_mm3[row]
        batch.weight_g[a] = states.weight_g[row]
        batch.no_mailer[a] = no_mailer
        batch.access[a] = group.access[p]
        batch.like[a] = a


@njit(cache=True, nogil=True)
def recall(
    packages: Packages, ranking: Ranking, states: States, rows: Ints, batch: Batch,
    answers: Answers,
) -> None:  # fmt: skip
    """Fill in the answers as if earlier passes had left them so: what is known is not asked again.

    ``rows (a,)`` are those of the states that the batch asks about.
    """
    n_packages = len(packages.mailer)
    unfilled, filled = packages.unfilled, packages.filled
    for o in range(len(rows)):
        row = rows[o]
        a = b = 0
        count = 0
        content = min(batch.content_mm3[o], CONTENT_LIMIT_MM3)
        for _ in range(len(unfilled) + len(filled)):
            without_filler = b == len(filled)
            if a < len(unfilled) and not without_filler:
                without_filler = without_filler_is_next(
                    packages.base_cost, packages.filler_cost, packages.outer_mm3, packages.id_rank,
                    content, unfilled[a], filled[b],
                )  # fmt: skip
            if without_filler:
                k = unfilled[a]
                a += 1
            else:
                k = filled[b]
                b += 1
            if k == states.found[row]:
                answers.package[o] = k
                break
            word, bit = divmod(ranking.spot[k], WORD)
            alive = states.alive[row, word] >> bit & 1
            answers.ruled[o * n_packages + count] = k
            answers.reason[o * n_packages + count] = OPEN_QUESTION if alive else SEARCH
            count += 1
        answers.n_ruled[o] = count


@njit(cache=True, nogil=True)
def learn(
    packages: Packages, ranking: Ranking, states: States, rows: Ints, batch: Batch,
    answers: Answers, first_plan: int,
) -> None:  # fmt: skip
    """Take in the answers to a batch of states, whose plans are kept from ``first_plan`` on."""
    n_packages = len(packages.mailer)
    for o in range(len(rows)):
        row = rows[o]
        for at in range(o * n_packages, o * n_packages + answers.n_ruled[o]):
            if answers.reason[at] != OPEN_QUESTION:
                word, bit = divmod(ranking.spot[answers.ruled[at]], WORD)
                states.alive[row, word] &= ~(ONE << bit)
        k = answers.package[o]
        if k >= 0 and k != states.found[row]:
            content = min(batch.content_mm3[o], CONTENT_LIMIT_MM3)
            states.found[row] = k
            states.cost[row] = packages.base_cost[k] - packages.filler_cost[k] * content
            states.plan[row] = first_plan + o
        states.level[row] += 1
        set_bound(packages, ranking, states, row)


@njit(cache=True, nogil=True)
def name_units(
    group: Group, types: Types, part: Ints, state: Ints, start: Ints, unit: Ints, named: Ints
) -> None:
    """Deal out the atoms of each type to parcels, those of a part side by side.

    ``unit`` holds for each parcel, from ``start (q + 1,)``, the units it was asked about with, in
    packing sequence; ``named`` gets the rows, within their part, of those that travel in it.
    """
    digit = np.empty(MOST_TYPES, np.int64)
    used = np.zeros(MOST_TYPES, np.int64)
    for q in range(len(part)):
        p = part[q]
        if q == 0 or part[q - 1] != p:
            used[:] = 0
        for at in range(start[q], start[q + 1]):
            k = types.type[unit[at]]
            twin = types.spot[unit[at]] + used[k] * types.size[p, k]
            named[at] = types.row[twin] - group.start[p]
        count_digits(types, p, state[q], digit)
        for k in range(types.n[p]):
            used[k] += digit[k]
