"""Subsets of a part: how many there are, what each costs at least, and what is known of them.

A part is spread over parcels, and a parcel holds *atoms*: units, or units that stay together. Equal
atoms are of one *type*, so a subset is how many atoms of each type are in it. That is a number in
mixed radix, its *state*, and a state without some atoms is a smaller number. A package that cannot
hold a subset cannot hold a larger one, so what is ruled out is handed on from state to state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.batch import CONTENT_LIMIT_MM3, without_filler_is_next
from packopt.kernel.layout import (
    ONE,
    OPEN_QUESTION,
    SEARCH,
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

    from packopt.kernel.batch import Answers, Batch, Packages

    Bytes = NDArray[np.uint8]

#: A cost that nothing reaches.
NEVER = Int64(1) << 62
#: States and transitions of a small part; a round over the largest takes a few milliseconds.
MOST_STATES, MOST_TRANSITIONS = 4096, 2_000_000
#: Types of a small part: each at least doubles the states.
MOST_TYPES = 12
#: ``States.found`` of a unit in its own container.
OWN = -2
#: Packages in a word of ``States.alive``, which must not be negative.
WORD = 62


class Group(NamedTuple):
    """Parts side by side; ``p`` parts of ``u`` units."""

    start: Ints  # (p + 1,) first unit of each part
    units: Units  # (u, UNIT_COLUMNS)
    content_mm3: Ints  # (u,)
    weight_g: Ints  # (u,)
    no_mailer: NDArray[np.bool_]  # (u,)
    own: NDArray[np.bool_]  # (u,)
    bundle: Ints  # (u,) units of a part with equal numbers stay together, -1: by itself
    clash: NDArray[np.bool_]  # the (n, n) matrices of parts that have any, row by row
    clash_start: Ints  # (p,) where that of a part begins, -1: none of its units clash
    most_parcels: Ints  # (p,)
    parcel_price: Ints  # (p,) cost steps, -1: fewest parcels first
    access: NDArray[np.int32]  # (p,) row of ``Packages.barred``


class Types(NamedTuple):
    """The atoms of each part by type."""

    n: Ints  # (p,) types, -1 where there are too many
    count: Ints  # type: ignore[assignment]  # (p, MOST_TYPES) atoms of a type
    size: Ints  # (p, MOST_TYPES) units of an atom
    stride: Ints  # (p, MOST_TYPES) what an atom adds to the number of a state
    first: Ints  # (p, MOST_TYPES) where the units of a type begin in ``row``
    row: Ints  # (u,) units of each part, type by type and atom by atom
    spot: Ints  # (u,) where each unit stands in ``row``
    type: Ints  # (u,) its type
    states: Ints  # (p,)
    transitions: Ints  # (p,) pairs of a state and a part of it


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
def _next_member(bundle: Ints, row: int, last: int) -> int:
    """Return the next unit of the same bundle, -1 after the last."""
    if bundle[row] >= 0:
        for other in range(row + 1, last):
            if bundle[other] == bundle[row]:
                return other
    return -1


@njit(cache=True, nogil=True)
def _equal_atoms(group: Group, a: int, b: int, last: int) -> bool:
    """Return whether the atoms that begin with units ``a`` and ``b`` are made of the same."""
    while a >= 0 and b >= 0:
        for c in range(UNIT_COLUMNS):
            if group.units[a, c] != group.units[b, c]:
                return False
        if (
            group.content_mm3[a] != group.content_mm3[b]
            or group.weight_g[a] != group.weight_g[b]
            or group.no_mailer[a] != group.no_mailer[b]
            or group.own[a] != group.own[b]
        ):
            return False
        a, b = _next_member(group.bundle, a, last), _next_member(group.bundle, b, last)
    return a < 0 and b < 0


@njit(cache=True, nogil=True)
def _atoms_clash(group: Group, p: int, a: int, b: int) -> bool:
    """Return whether any unit of the atom that begins with ``a`` clashes with one of that of ``b``.

    Of an atom with itself: whether it clashes inside.
    """
    if group.clash_start[p] < 0:
        return False
    first, last = group.start[p], group.start[p + 1]
    i = a
    while i >= 0:
        j = b
        while j >= 0:
            if group.clash[group.clash_start[p] + (i - first) * (last - first) + j - first]:
                return True
            j = _next_member(group.bundle, j, last)
        i = _next_member(group.bundle, i, last)
    return False


@njit(cache=True, nogil=True)
def _twins(group: Group, p: int, a: int, b: int, leaders: Ints, n_atoms: int) -> bool:
    """Return whether two atoms may stand for each other: equal, with the same clashes.

    That is an equivalence, and atoms of one class all clash with each other or none do, so it is
    enough to compare with one atom of each type.
    """
    if not _equal_atoms(group, a, b, group.start[p + 1]):
        return False
    if group.clash_start[p] >= 0:
        for t in range(n_atoms):
            other = leaders[t]
            if other not in (a, b) and (
                _atoms_clash(group, p, a, other) != _atoms_clash(group, p, b, other)
            ):
                return False
    return True


@njit(cache=True, nogil=True)
def _find_atoms(group: Group, p: int, leaders: Ints) -> int:
    """Write the first unit of each atom to ``leaders``; return how many atoms there are."""
    n_atoms = 0
    for row in range(group.start[p], group.start[p + 1]):
        leads = True
        if group.bundle[row] >= 0:
            for t in range(n_atoms):
                leads &= group.bundle[leaders[t]] != group.bundle[row]
        if leads:
            leaders[n_atoms] = row
            n_atoms += 1
    return n_atoms


@njit(cache=True, nogil=True)
def _next_type(n_types: int, number: Ints) -> int:
    """Return the type of the fewest atoms among those that have any; the first of equals.

    The fewer atoms the first types have, the fewer subsets begin with them (``partition.py``).
    """
    least = 0
    for k in range(n_types):
        if number[k] and (not number[least] or number[k] < number[least]):
            least = k
    return least


@njit(cache=True, nogil=True)
def list_types(group: Group, types: Types) -> None:
    """Find the atoms of every part and sort them by type; too many types end the search."""
    leaders = np.empty(len(group.units) + 1, np.int64)
    kind = np.empty(len(group.units) + 1, np.int64)
    model = np.empty(MOST_TYPES, np.int64)
    number = np.empty(MOST_TYPES, np.int64)
    for p in range(len(group.start) - 1):
        last = group.start[p + 1]
        n_atoms = _find_atoms(group, p, leaders)
        n_types = 0
        for t in range(n_atoms):
            kind[t] = 0
            while kind[t] < n_types and not _twins(
                group, p, model[kind[t]], leaders[t], leaders, n_atoms
            ):
                kind[t] += 1
            if kind[t] == MOST_TYPES:
                n_types = -1
                break
            if kind[t] == n_types:
                model[n_types] = leaders[t]
                number[n_types] = 0
                n_types += 1
            number[kind[t]] += 1
        types.n[p] = n_types
        states = transitions = ONE
        at = group.start[p]
        for spot in range(n_types):
            k = _next_type(n_types, number)
            count = number[k]
            number[k] = 0
            types.count[p, spot] = count
            types.stride[p, spot] = states
            states = min(states * (count + 1), NEVER >> 20)
            pairs = min((count + 1) * (count + 2) // 2, ONE << 30)
            transitions = min(transitions * pairs, ONE << 32)
            types.first[p, spot] = at
            for t in range(n_atoms):
                if kind[t] == k:
                    begin = at
                    row = leaders[t]
                    while row >= 0:
                        types.row[at] = row
                        types.spot[row] = at
                        types.type[row] = spot
                        at += 1
                        row = _next_member(group.bundle, row, last)
                    types.size[p, spot] = at - begin
        types.states[p] = states if n_types >= 0 else 0
        types.transitions[p] = transitions if n_types >= 0 else 0


@njit(cache=True, nogil=True)
def count_digits(types: Types, p: int, state: int, digit: Ints) -> int:
    """Write how many atoms of each type a state has; return how many atoms in all."""
    atoms = 0
    for k in range(types.n[p]):
        digit[k] = state // types.stride[p, k] % (types.count[p, k] + 1)
        atoms += digit[k]
    return atoms


@njit(cache=True, nogil=True)
def count_up(types: Types, p: int, digit: Ints) -> None:
    """Go on to the digits of the next state."""
    k = 0
    while digit[k] == types.count[p, k]:
        digit[k] = 0
        k += 1
    digit[k] += 1


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
def _rule_out_nothing(states: States, row: int) -> None:
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
    if (b != a or size > 1) and _atoms_clash(group, p, types.row[a], types.row[b]):
        _rule_out_nothing(states, row)
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
