"""The best way to spread a part over parcels, by dynamic programming over its states.

``f(S) = min over T within S of c(T) + f(S without T)``, where T holds an atom of the first type
that S has, so that no plan is looked at in two sequences. What each state costs is at first a bound
from below: how it is found out, from plan to plan, tells ``progress.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.atoms import MOST_TYPES, Group, Types, count_up
from packopt.kernel.layout import Flag, Int64
from packopt.kernel.subsets import NEVER, States

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.layout import Ints

#: What to take for the cost of a state: no less than it costs; what is found, or where more may be
#: found no less than that; what is found.
AT_LEAST, HOPED, FOUND = Int64(0), Int64(1), Int64(2)
#: What comes first in a key: the number of parcels, or their cost.
COUNT_FIRST, COST_FIRST = Flag(1), Flag(0)
#: Weights count up to here when they are to be even; above, squares would not fit 64 bits.
HEAVIEST_G = 1 << 30
#: Plans of a part that are listed at a time.
MOST_TRIED = 8


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
