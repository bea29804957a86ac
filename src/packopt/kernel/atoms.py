"""The atoms of parts by type: which units stand for each other, and how many subsets there are.

A part is spread over parcels, and a parcel holds *atoms*: units, or units that stay together. Equal
atoms are of one *type*, so a subset is how many atoms of each type are in it. That is a number in
mixed radix, its *state*, and a state without some atoms is a smaller number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.layout import ONE, UNIT_COLUMNS, Ints, Units

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: States and transitions of a small part; a round over the largest takes a few milliseconds.
MOST_STATES, MOST_TRANSITIONS = 4096, 2_000_000
#: Types of a small part: each at least doubles the states.
MOST_TYPES = 12


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
def atoms_clash(group: Group, p: int, a: int, b: int) -> bool:
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
                atoms_clash(group, p, a, other) != atoms_clash(group, p, b, other)
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
            states = min(states * (count + 1), ONE << 42)
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
