"""Subsets of a part: what each costs at least, and which packages may hold it.

A package that cannot hold a subset cannot hold a larger one, so what is ruled out is handed on from
state to state (``atoms.py``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.atoms import MOST_TYPES, Group, Types, atoms_clash, count_up
from packopt.kernel.batch import CONTENT_LIMIT_MM3
from packopt.kernel.layout import (
    ONE,
    SIDE_A,
    SOFT_A,
    UNIT_COLUMNS,
    Int64,
    Ints,
    Units,
    lowest,
)
from packopt.kernel.single import lay_one, two_clash

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.batch import Packages

    Bytes = NDArray[np.uint8]

#: A cost that nothing reaches.
NEVER = Int64(1) << 62
#: ``States.found`` of a unit in its own container.
OWN = -2
#: Packages in a word of ``States.alive``, which must not be negative.
WORD = 62


class States(NamedTuple):
    """What is known of each state; ``s`` states of all parts, ``w`` words of packages."""

    start: Ints  # (p + 1,)
    alive: Ints  # (s, w) packages that may hold it, as bits
    bound: Ints  # (s,) it costs no less
    cost: Ints  # (s,) with the package found
    found: NDArray[np.int32]  # (s,) that package, -1: none, OWN: its own container
    level: Bytes  # (s,) passes it has been through
    plan: Ints  # (s,) where its plan is kept, -1: nowhere yet
    content_mm3: Ints  # (s,)
    weight_g: Ints  # (s,)


class Ranking(NamedTuple):
    """Packages as bits: those without filler cost first, the others in words of their own."""

    at: Ints  # (w * WORD,) package at each place, -1: none
    spot: Ints  # (k,) place of each package, -1: it is not asked about
    filled: int  # the first word of packages with filler cost


@njit(cache=True, nogil=True)
def set_bound(packages: Packages, ranking: Ranking, states: States, row: int) -> None:
    """Set the bound to the cost of the cheapest package that may hold the state."""
    content = min(states.content_mm3[row], CONTENT_LIMIT_MM3)
    bound = NEVER
    sought = 0
    for word in range(states.alive.shape[1]):
        if word == ranking.filled:
            sought = 0
        members = states.alive[row, word]
        if members and not sought:
            # The cheapest come first, of those with filler cost as of those without.
            sought = 1
            package = ranking.at[word * WORD + lowest(members)]
            cost = packages.base_cost[package] - packages.filler_cost[package] * content
            bound = min(bound, cost)
    states.bound[row] = bound


@njit(cache=True, nogil=True)
def _keep_roomy(
    packages: Packages, ranking: Ranking, states: States, row: int, rigid_mm3: int, soft_mm3: int
) -> None:
    """Rule out packages without room for the volume or the weight of a state."""
    for word in range(states.alive.shape[1]):
        members = states.alive[row, word]
        while members:
            bit = lowest(members)
            members &= members - 1
            k = ranking.at[word * WORD + bit]
            volume = soft_mm3 if packages.mailer[k] else rigid_mm3
            limit = packages.max_content_g[k]
            if volume > packages.volume[k] or 0 <= limit < states.weight_g[row]:
                states.alive[row, word] &= ~(ONE << bit)


@njit(cache=True, nogil=True)
def _keep_long(
    packages: Packages, ranking: Ranking, group: Group, states: States, row: int, unit: int,
    place: Ints,
) -> None:  # fmt: skip
    """Rule out packages that a single unit does not go into."""
    for word in range(states.alive.shape[1]):
        members = states.alive[row, word]
        while members:
            bit = lowest(members)
            members &= members - 1
            k = ranking.at[word * WORD + bit]
            if packages.mailer[k]:
                fits = not group.no_mailer[unit] and lay_one(
                    group.units, unit, SOFT_A, 1, packages.room, k, place
                )
            else:
                fits = lay_one(group.units, unit, SIDE_A, 0, packages.room, k, place)
            if not fits:
                states.alive[row, word] &= ~(ONE << bit)


@njit(cache=True, nogil=True)
def _keep_apart(
    packages: Packages, ranking: Ranking, group: Group, states: States, row: int, one: int,
    other: int, pair: Units,
) -> None:  # fmt: skip
    """Rule out cartons in which two units do not go side by side along any axis."""
    for c in range(UNIT_COLUMNS):
        pair[0, c] = group.units[one, c]
        pair[1, c] = group.units[other, c]
    for word in range(states.alive.shape[1]):
        members = states.alive[row, word]
        while members:
            bit = lowest(members)
            members &= members - 1
            k = ranking.at[word * WORD + bit]
            if not packages.mailer[k] and two_clash(pair, 0, SIDE_A, packages.room, k) != 0:
                states.alive[row, word] &= ~(ONE << bit)


@njit(cache=True, nogil=True)
def _rule_out_all(states: States, row: int) -> None:
    """Rule out every package."""
    for word in range(states.alive.shape[1]):
        states.alive[row, word] = 0


@njit(cache=True, nogil=True)
def _look_at_few(
    packages: Packages, ranking: Ranking, group: Group, types: Types, states: States, p: int,
    row: int, digit: Ints, atoms: int, pair: Units, place: Ints,
) -> None:  # fmt: skip
    """Rule out packages for an atom by its units, and for two atoms by their pairs of units."""
    one = 0
    while digit[one] == 0:
        one += 1
    other = one
    if digit[one] == 1:
        other += 1
        while atoms == 2 and digit[other] == 0:
            other += 1
    size = types.size[p, one]
    a = types.first[p, one]
    # The second atom of a type stands behind the first; an atom alone is compared with itself.
    b = a if atoms == 1 else (a + size if other == one else types.first[p, other])
    last = size if b == a or other == one else types.size[p, other]
    if (b != a or size > 1) and atoms_clash(group, p, types.row[a], types.row[b]):
        _rule_out_all(states, row)
        return
    for i in range(size):
        if b == a:
            _keep_long(packages, ranking, group, states, row, types.row[a + i], place)
        for j in range(i + 1 if b == a else 0, last):
            _keep_apart(
                packages, ranking, group, states, row, types.row[a + i], types.row[b + j], pair
            )


@njit(cache=True, nogil=True)
def open_states(
    packages: Packages, ranking: Ranking, group: Group, types: Types, states: States
) -> None:
    """Set out what is known of every state of every part before anything is asked.

    What a single unit costs is known for good; all other bounds are from below.
    """
    digit = np.empty(MOST_TYPES, np.int64)
    pair = np.empty((2, UNIT_COLUMNS), np.int32)
    place = np.empty((1, 6), np.int64)
    most = 1
    for p in range(len(types.n)):
        most = max(most, types.states[p])
    # Volumes with padding, as in cartons and as pressed in mailers.
    rigid, soft = np.zeros(most, np.int64), np.zeros(most, np.int64)
    for p in range(len(types.n)):
        start = states.start[p]
        for word in range(states.alive.shape[1]):
            states.alive[start, word] = 0
            for bit in range(WORD):
                k = ranking.at[word * WORD + bit]
                if k >= 0 and packages.barred[group.access[p], k] == 0:
                    states.alive[start, word] |= ONE << bit
        states.content_mm3[start] = states.weight_g[start] = 0
        states.cost[start] = states.bound[start] = 0
        states.found[start] = -1
        digit[:] = 0
        for state in range(1, types.states[p]):
            row = start + state
            count_up(types, p, digit)
            atoms = digit.sum()
            states.cost[row] = NEVER
            states.found[row] = -1
            states.level[row] = 0
            states.plan[row] = -1
            fresh = True
            for k in range(types.n[p]):
                if digit[k]:
                    less = state - types.stride[p, k]
                    if fresh:
                        _add_atom(group, types, states, p, k, less, row, rigid, soft)
                    for word in range(states.alive.shape[1]):
                        members = states.alive[start + less, word]
                        states.alive[row, word] = (
                            members if fresh else states.alive[row, word] & members
                        )
                    fresh = False
            _keep_roomy(packages, ranking, states, row, rigid[state], soft[state])
            if atoms <= 2:
                _look_at_few(
                    packages, ranking, group, types, states, p, row, digit, atoms, pair, place
                )
            set_bound(packages, ranking, states, row)
            if atoms == 1:
                _set_lone(group, types, states, p, row, digit)


@njit(cache=True, nogil=True)
def _add_atom(
    group: Group, types: Types, states: States, p: int, k: int, less: int, row: int, rigid: Ints,
    soft: Ints,
) -> None:  # fmt: skip
    """Sum up a state from the one with an atom of type ``k`` less."""
    state = row - states.start[p]
    content, weight = states.content_mm3[row - state + less], states.weight_g[row - state + less]
    rigid[state], soft[state] = rigid[less], soft[less]
    for at in range(types.first[p, k], types.first[p, k] + types.size[p, k]):
        unit = types.row[at]
        content += group.content_mm3[unit]
        weight += group.weight_g[unit]
        hard, pressed = ONE, ONE
        for side in range(3):
            hard *= Int64(group.units[unit, SIDE_A + side])
            pressed *= Int64(group.units[unit, SOFT_A + side])
        rigid[state] += hard
        soft[state] += pressed
    states.content_mm3[row] = content
    states.weight_g[row] = weight


@njit(cache=True, nogil=True)
def _set_lone(group: Group, types: Types, states: States, p: int, row: int, digit: Ints) -> None:
    """Settle an atom alone: in its own container if it may, else at its bound if it is one unit."""
    k = 0
    while digit[k] == 0:
        k += 1
    if types.size[p, k] > 1:
        return
    if group.own[types.row[types.first[p, k]]]:
        states.bound[row] = 0
        states.found[row] = OWN
    states.cost[row] = states.bound[row]


@njit(cache=True, nogil=True)
def hand_on(packages: Packages, ranking: Ranking, types: Types, states: States, p: int) -> None:
    """Rule out for larger states what is ruled out for smaller ones."""
    digit = np.zeros(MOST_TYPES, np.int64)
    for row in range(states.start[p] + 1, states.start[p + 1]):
        count_up(types, p, digit)
        changed = False
        for word in range(states.alive.shape[1]):
            kept = members = states.alive[row, word]
            for k in range(types.n[p]):
                # From the empty state, which may have all, nothing comes.
                if digit[k] and kept:
                    kept &= states.alive[row - types.stride[p, k], word]
            if kept != members:
                changed = True
                states.alive[row, word] = kept
        if changed:
            set_bound(packages, ranking, states, row)
