"""How far parts are, and which states are asked about next.

The plan of a part that the bounds of its states like best (``partition.py``) tells what to ask the
kernel next. When it is made of states whose cost is known, no plan is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from numba import njit

from packopt.kernel.layout import ONE
from packopt.kernel.partition import (
    AT_LEAST,
    COST_FIRST,
    COUNT_FIRST,
    FOUND,
    HEAVIEST_G,
    HOPED,
    MOST_TRIED,
    best_plan,
    is_settled,
    new_tables,
)
from packopt.kernel.subsets import NEVER, hand_on

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from packopt.kernel.atoms import Group, Types
    from packopt.kernel.batch import Packages
    from packopt.kernel.layout import Ints
    from packopt.kernel.partition import Tables
    from packopt.kernel.subsets import Ranking, States

#: Rounds that only look for a more even spread of weight.
PATIENCE = 8
#: Plans of a part that are asked about in one round: one more after every so many subsets asked
#: about, because a part that takes long goes on for long.
ASKED_FOR_ONE_MORE = 4


class Progress(NamedTuple):
    """How far the parts are; ``p`` parts, ``a`` atoms."""

    open: NDArray[np.uint8]  # (p,) 1: there is more to ask
    start: Ints  # (p + 1,) first atom of each part; a plan has no more parcels than atoms
    best: Ints  # (a,) states of the best plan found
    n_best: Ints  # (p,) its parcels
    best_key: Ints  # (p, 3)
    hope: Ints  # (a,) states of the plan that was asked about last
    n_hope: Ints  # (p,)
    patience: Ints  # (p,) rounds left for a more even spread of weight
    asked: Ints  # (p,) states asked about
    fewest: Ints  # (p,) no plan has fewer parcels
    bound: Ints  # (p,) no plan costs less


@njit(cache=True, nogil=True)
def _find_homeless(types: Types, states: States, p: int) -> int:
    """Return the types, as bits, of which not even one atom fits anything."""
    homeless = 0
    for k in range(types.n[p]):
        if states.bound[states.start[p] + types.stride[p, k]] >= NEVER:
            homeless |= 1 << k
    return homeless


@njit(cache=True, nogil=True)
def _weigh_hope(group: Group, states: States, progress: Progress, p: int) -> None:
    """Make the plan asked about last the best one, if it came true and is better."""
    if progress.n_hope[p] == 0:
        return
    at = progress.start[p]
    one = two = three = 0
    for t in range(progress.n_hope[p]):
        row = states.start[p] + progress.hope[at + t]
        if states.cost[row] >= NEVER:
            return
        one = min(one + states.cost[row] + max(group.parcel_price[p], 0), NEVER - 1)
        two += 1
        three = min(three + min(states.weight_g[row], HEAVIEST_G) ** 2, NEVER - 1)
    if group.parcel_price[p] < 0:
        one, two = two, one
    best = progress.best_key[p]
    if progress.n_best[p] == 0 or (one, two, three) < (best[0], best[1], best[2]):
        best[0], best[1], best[2] = one, two, three
        progress.n_best[p] = progress.n_hope[p]
        for t in range(progress.n_hope[p]):
            progress.best[at + t] = progress.hope[at + t]


@njit(cache=True, nogil=True)
def _conclude(
    group: Group, types: Types, states: States, progress: Progress, p: int, passes: int,
    homeless: int, tables: Tables,
) -> None:  # fmt: skip
    """Close a part: its best plan stands, and what no plan can be better than."""
    progress.open[p] = 0
    by_count = group.parcel_price[p] < 0
    most = group.most_parcels[p]
    plan = progress.hope[progress.start[p] : progress.start[p + 1]]
    progress.bound[p] = NEVER
    fewest, _ = best_plan(
        group, types, states, p, AT_LEAST, passes, COUNT_FIRST, NEVER, homeless, ONE, tables, plan
    )
    progress.fewest[p] = max(fewest, 0)
    if fewest < 1 or fewest > most:
        progress.n_best[p] = 0
        return
    if by_count and fewest == progress.n_best[p]:
        progress.bound[p] = tables.first_key[0, 1]
        return
    if by_count and progress.n_best[p] > 0:
        most = progress.n_best[p]
    best_plan(
        group, types, states, p, AT_LEAST, passes, COST_FIRST, most, homeless, ONE, tables, plan
    )
    progress.bound[p] = tables.first_key[0, 0]


@njit(cache=True, nogil=True)
def _ask(
    states: States, progress: Progress, p: int, state: int, passes: int, n_asked: int, part: Ints,
    asked: Ints,
) -> int:  # fmt: skip
    """Note a state to ask about, unless it is settled or noted; return how many are noted."""
    row = states.start[p] + state
    if is_settled(states.cost[row], states.bound[row], states.level[row], passes):
        return n_asked
    t = n_asked - 1
    while t >= 0 and part[t] == p:
        if asked[t] == state:
            return n_asked
        t -= 1
    part[n_asked] = p
    asked[n_asked] = state
    progress.asked[p] += 1
    return n_asked + 1


@njit(cache=True, nogil=True)
def next_questions(
    packages: Packages, ranking: Ranking, group: Group, types: Types, states: States,
    progress: Progress, passes: int, most_asked: int, partial: bool, part: Ints, asked: Ints,
) -> int:  # fmt: skip
    """Go on with every open part: close it, or note in ``part`` and ``asked`` states to ask about.

    ``passes`` is how many there are; a part that has asked about ``most_asked`` states is closed
    with the best plan so far, as one with homeless atoms is without ``partial``. Returns how many
    states are noted.
    """
    most = 1
    for p in range(len(types.n)):
        most = max(most, types.states[p])
    tables = new_tables(most, 1)
    n_asked = 0
    for p in range(len(types.n)):
        if not progress.open[p]:
            continue
        hand_on(packages, ranking, types, states, p)
        homeless = _find_homeless(types, states, p)
        if homeless and not partial:
            progress.open[p] = 0
            progress.bound[p] = NEVER
            progress.fewest[p] = 0
            continue
        before = n_asked
        for k in range(types.n[p]):
            # Whether a bundle fits anything at all decides what is to be planned.
            if types.size[p, k] > 1 and states.level[states.start[p] + types.stride[p, k]] == 0:
                n_asked = _ask(
                    states, progress, p, types.stride[p, k], passes, n_asked, part, asked
                )
        if n_asked > before:
            continue
        _weigh_hope(group, states, progress, p)
        by_count = group.parcel_price[p] < 0
        limit = group.most_parcels[p]
        at = progress.start[p]
        plan = progress.hope[at : progress.start[p + 1]]
        tries = min(1 + progress.asked[p] // ASKED_FOR_ONE_MORE, MOST_TRIED)
        n, listed = best_plan(
            group, types, states, p, HOPED, passes, by_count, limit, homeless, tries, tables, plan
        )
        progress.n_hope[p] = max(n, 0)
        hope, best = tables.first_key[0], progress.best_key[p]
        level = n > 0 and progress.n_best[p] > 0 and hope[0] == best[0] and hope[1] == best[1]
        if n < 1 or (level and (hope[2] == best[2] or progress.patience[p] == 0)):
            _conclude(group, types, states, progress, p, passes, homeless, tables)
            continue
        if progress.asked[p] < most_asked:
            for t in range(n):
                n_asked = _ask(states, progress, p, plan[t], passes, n_asked, part, asked)
            if n_asked > before:
                progress.patience[p] -= level
                whole = plan[:n].sum()
                in_tables = n > 2 or not by_count
                for t in range(1, listed):
                    # On the chance that they are needed, other good plans.
                    one, rest = tables.first[t], whole - tables.first[t]
                    n_asked = _ask(states, progress, p, one, ONE, n_asked, part, asked)
                    while rest > 0:
                        one = tables.choice[0, rest] if in_tables else rest
                        n_asked = _ask(states, progress, p, one, ONE, n_asked, part, asked)
                        rest -= one
                continue
        else:
            n, _ = best_plan(
                group, types, states, p, FOUND, passes, by_count, limit, homeless, ONE, tables, plan
            )
        if n > 0:
            progress.n_best[p] = n
            for t in range(n):
                progress.best[at + t] = plan[t]
        _conclude(group, types, states, progress, p, passes, homeless, tables)
    return n_asked
