"""The best way to spread a part over parcels, by dynamic programming over its states.

``f(S) = min over T within S of c(T) + f(S without T)``, where T holds an atom of the first type
that S has, so that no plan is looked at in two sequences. What each state costs is at first a bound
from below. The plan that these bounds like best tells what to ask the kernel next; when it is made
of states whose cost is known, no plan is better.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.atoms import MOST_TYPES, Group, Types, count_up
from packopt.kernel.layout import ONE, Flag, Int64
from packopt.kernel.subsets import NEVER, Ranking, States, hand_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.batch import Packages
    from packopt.kernel.layout import Ints

#: What to take for the cost of a state: no less than it costs; what is found, or where more may be
#: found no less than that; what is found.
AT_LEAST, HOPED, FOUND = Int64(0), Int64(1), Int64(2)
#: What comes first in a key: the number of parcels, or their cost.
COUNT_FIRST, COST_FIRST = Flag(1), Flag(0)
#: Weights count up to here when they are to be even; above, squares would not fit 64 bits.
HEAVIEST_G = 1 << 30
#: Rounds that only look for a more even spread of weight.
PATIENCE = 8
#: Plans of a part that are asked about in one round: one more after every so many subsets asked
#: about, because a part that takes long goes on for long.
MOST_TRIED, ASKED_FOR_ONE_MORE = 8, 4


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


class Tables(NamedTuple):
    """Work areas for parts of up to ``n`` states."""

    key: Ints  # (3, n) of each state as a parcel, to be compared from the first on
    value: Ints  # (3, l, n) least sum of keys
    choice: Ints  # (l, n) the parcel taken first
    subset: Ints  # (n,)
    first: Ints  # (MOST_TRIED,) parcels of the whole to try, best first
    first_key: Ints  # (MOST_TRIED, 3) keys of the plans that begin with them


@njit(cache=True, nogil=True)
def new_tables(n: int, layers: int) -> Tables:
    """Return work areas for parts of ``n`` states and plans of a limited number of parcels."""
    return Tables(
        np.empty((3, n), np.int64),
        np.empty((3, layers, n), np.int64),
        np.empty((layers, n), np.int64),
        np.empty(n, np.int64),
        np.empty(MOST_TRIED, np.int64),
        np.empty((MOST_TRIED, 3), np.int64),
    )


@njit(cache=True, nogil=True)
def is_settled(cost: int, bound: int, level: int, passes: int) -> bool:
    """Return whether there is nothing more to ask about a state."""
    return cost <= bound or level >= passes


@njit(cache=True, nogil=True)
def _write_keys(
    cost: Ints, bound: Ints, level: NDArray[np.uint8], weight_g: Ints, view: int, passes: int,
    by_count: bool, price: int, key: Ints,
) -> None:  # fmt: skip
    """Write the key of each state as a parcel: count and cost, or cost and count; then evenness.

    On plain arrays: handing named tuples on for every state would take most of the time.
    """
    key[0, 0] = key[1, 0] = key[2, 0] = 0
    each = max(price, 0)
    for state in range(1, len(cost)):
        known = view == FOUND or (
            view == HOPED and is_settled(cost[state], bound[state], level[state], passes)
        )
        value = cost[state] if known else bound[state]
        weight = min(weight_g[state], HEAVIEST_G)
        key[0, state] = key[1, state] = 1
        key[2, state] = weight * weight
        if value >= NEVER:
            key[0, state] = NEVER
        elif by_count:
            key[1, state] = value
        else:
            key[0, state] = min(value + each, NEVER - 1)


@njit(cache=True, nogil=True)
def _list_subsets(types: Types, p: int, digit: Ints, subset: Ints) -> int:
    """List the parts of a state that hold an atom of its first type; return how many there are."""
    first = 0
    while digit[first] == 0:
        first += 1
    n = digit[first]
    for t in range(n):
        subset[t] = (t + 1) * types.stride[p, first]
    for k in range(first + 1, types.n[p]):
        fewer = n
        for t in range(1, digit[k] + 1):
            for x in range(fewer):
                subset[n] = subset[x] + t * types.stride[p, k]
                n += 1
    return n


@njit(cache=True, nogil=True)
def _fill(types: Types, p: int, homeless: int, whole: int, layers: int, tables: Tables) -> None:
    """Find the least sum of keys for every state without homeless types.

    With ``layers`` only plans of as many parcels count, in layer ``j`` those of up to ``j``; layer
    0 is without parcels. With none, there is one layer for plans of any number of parcels.

    Every parcel holds an atom of the first type there still is, so that what remains of the whole
    has lost one of its very first type: other states need no value.
    """
    key, value, choice, subset = tables.key, tables.value, tables.choice, tables.subset
    first_key, second_key, third_key = key[0], key[1], key[2]
    digit = np.zeros(MOST_TYPES, np.int64)
    first = 0
    while homeless >> first & 1:
        first += 1
    for layer in range(layers + 1):
        value[0, layer, 0] = value[1, layer, 0] = value[2, layer, 0] = 0
    for state in range(1, types.states[p]):
        value[0, 0, state] = NEVER
        count_up(types, p, digit)
        needed = digit[first] < types.count[p, first] or state == whole
        for k in range(types.n[p]):
            needed &= digit[k] == 0 or homeless >> k & 1 == 0
        n_subsets = _list_subsets(types, p, digit, subset) if needed else 0
        for layer in range(min(layers, 1), layers + 1):
            below = max(layer - 1, 0)
            first_value, second_value = value[0, below], value[1, below]
            one = two = three = NEVER
            chosen = 0
            for x in range(n_subsets):
                part = subset[x]
                rest = state - part
                if first_key[part] >= NEVER or first_value[rest] >= NEVER:
                    continue
                a = min(first_key[part] + first_value[rest], NEVER - 1)
                if a > one:
                    continue
                b = second_key[part] + second_value[rest]
                if a == one and b > two:
                    continue
                c = third_key[part] + value[2, below, rest]
                if a == one and b == two and c >= three:
                    continue
                one, two, three = a, b, c
                chosen = part
            # Sums stay below NEVER, so that two of them still fit into 64 bits.
            value[0, layer, state] = NEVER if chosen == 0 else one
            value[1, layer, state] = min(two, NEVER - 1)
            value[2, layer, state] = min(three, NEVER - 1)
            choice[layer, state] = chosen


@njit(cache=True, nogil=True)
def _rank_first(
    key: Ints, value: Ints, whole: int, n_subsets: int, tries: int, tables: Tables
) -> int:
    """List the best parcels to begin a plan with; return how many there are, at most ``tries``.

    ``value (3, n)`` is the least sum of keys of what remains.
    """
    n = 0
    order, keys = tables.first, tables.first_key
    for x in range(n_subsets):
        part = tables.subset[x]
        rest = whole - part
        if key[0, part] >= NEVER or value[0, rest] >= NEVER:
            continue
        one = min(key[0, part] + value[0, rest], NEVER - 1)
        if n == tries and one > keys[n - 1, 0]:
            continue
        two = min(key[1, part] + value[1, rest], NEVER - 1)
        three = min(key[2, part] + value[2, rest], NEVER - 1)
        at = n
        while at > 0 and (
            one < keys[at - 1, 0]
            or (one == keys[at - 1, 0] and two < keys[at - 1, 1])
            or (one == keys[at - 1, 0] and two == keys[at - 1, 1] and three < keys[at - 1, 2])
        ):
            at -= 1
        if at == tries:
            continue
        n = min(n + 1, tries)
        for t in range(n - 1, at, -1):
            order[t] = order[t - 1]
            keys[t, 0], keys[t, 1], keys[t, 2] = keys[t - 1, 0], keys[t - 1, 1], keys[t - 1, 2]
        order[at] = part
        keys[at, 0], keys[at, 1], keys[at, 2] = one, two, three
    return n


@njit(cache=True, nogil=True)
def _list_whole(types: Types, p: int, homeless: int, subset: Ints) -> tuple[int, int]:
    """List the parts of all atoms that are not homeless; return their number, and that state."""
    digit = np.zeros(MOST_TYPES, np.int64)
    whole = 0
    for k in range(types.n[p]):
        if homeless >> k & 1 == 0:
            digit[k] = types.count[p, k]
            whole += digit[k] * types.stride[p, k]
    return (_list_subsets(types, p, digit, subset) if whole else 0), whole


@njit(cache=True, nogil=True)
def _read(tables: Tables, layer: int, state: int, plan: Ints) -> int:
    """Write the states of a plan in the tables; return their number, -1 where there is no plan."""
    if tables.value[0, layer, state] >= NEVER:
        return -1
    n = 0
    while state > 0:
        plan[n] = tables.choice[layer, state]
        state -= plan[n]
        n += 1
        layer = max(layer - 1, 0)
    return n


@njit(cache=True, nogil=True)
def best_plan(
    group: Group, types: Types, states: States, p: int, view: int, passes: int, by_count: bool,
    most: int, homeless: int, tries: int, tables: Tables, plan: Ints,
) -> tuple[int, int]:  # fmt: skip
    """Find the best plans of at most ``most`` parcels.

    Returns how many parcels the best one has, -1 if there is none, and how many plans, at most
    ``tries``, are listed: by their first parcels in ``tables.first``, best first, and their keys in
    ``tables.first_key``. ``plan`` gets the states of the best one.
    """
    rows = slice(states.start[p], states.start[p + 1])
    _write_keys(
        states.cost[rows], states.bound[rows], states.level[rows], states.weight_g[rows], view,
        passes, by_count, group.parcel_price[p], tables.key,
    )  # fmt: skip
    n_subsets, whole = _list_whole(types, p, homeless, tables.subset)
    if whole == 0:
        return 0, 0
    key = tables.key
    n = -1
    if by_count:
        # Most parts need two parcels, which are found without filling tables.
        if key[0, whole] < NEVER:
            n = 1
            plan[0] = tables.first[0] = whole
            tables.first_key[0] = key[:, whole]
            listed = 1
        else:
            listed = _rank_first(key, key, whole, n_subsets, tries, tables)
            if listed:
                n = 2
                plan[0] = tables.first[0]
                plan[1] = whole - plan[0]
    if n < 0:
        _fill(types, p, homeless, whole, 0, tables)
        n = _read(tables, 0, whole, plan)
        layer = 0
        if n > most and not by_count:
            # Cheaper with more parcels than there may be: count them along.
            larger = new_tables(types.states[p], most + 1)
            tables = Tables(
                key, larger.value, larger.choice, tables.subset, tables.first, tables.first_key
            )
            _fill(types, p, homeless, whole, most, tables)
            n = _read(tables, most, whole, plan)
            layer = most
        n_subsets, whole = _list_whole(types, p, homeless, tables.subset)
        below = tables.value[:, max(layer - 1, 0)]
        listed = _rank_first(key, below, whole, n_subsets, tries, tables)
    if n < 0 or n > most:
        return -1, 0
    return n, listed


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
