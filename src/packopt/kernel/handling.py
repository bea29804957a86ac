"""Handling rules: nothing floats, nothing on fragile units, no load beyond what a unit bears.

Any packing can be *settled*: taken in ascending order of height, each unit sinks until it rests on
the floor or on a unit below. That creates no overlap, leaves nothing floating, and the ascending
order is one in which every unit can be put in from above. So these rules never rule a package out;
only fragility, load limits and a demanded support can turn a packing down.

Loads are passed on in proportion to the contact areas, rounded up, from the top down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

if TYPE_CHECKING:
    from packopt.kernel.layout import Ints

#: ``rules`` of a question without handling rules. With rules it is 1 + the demanded support of a
#: unit's base in thousandths.
GEOMETRY_ONLY = 0

#: Rows of ``scratch``.
SEQUENCE, BORNE = 0, 1
SCRATCH_ROWS = 2


@njit(cache=True, nogil=True)
def sort_by_height(n: int, place: Ints, scratch: Ints) -> None:
    """Write the packing sequence to ``scratch[SEQUENCE]``: ascending z, then y, then x."""
    for t in range(n):
        z, y, x = place[t, 2], place[t, 1], place[t, 0]
        at = t
        while at > 0:
            u = scratch[SEQUENCE, at - 1]
            if place[u, 2] < z:
                break
            level = place[u, 2] == z
            if level and (place[u, 1] < y or (place[u, 1] == y and place[u, 0] <= x)):
                break
            scratch[SEQUENCE, at] = u
            at -= 1
        scratch[SEQUENCE, at] = t


@njit(cache=True, nogil=True)
def shared_footprint(place: Ints, i: int, j: int) -> int:
    """Return the area in mm2 that units ``i`` and ``j`` share when seen from above."""
    dx = min(place[i, 0] + place[i, 3], place[j, 0] + place[j, 3]) - max(place[i, 0], place[j, 0])
    if dx <= 0:
        return 0 * dx
    dy = min(place[i, 1] + place[i, 4], place[j, 1] + place[j, 4]) - max(place[i, 1], place[j, 1])
    if dy <= 0:
        return 0 * dy
    return dx * dy


@njit(cache=True, nogil=True)
def settle(n: int, place: Ints, scratch: Ints) -> None:
    """Let every unit of the plan ``place (n, 6)`` sink; leave the sequence in ``scratch``."""
    sort_by_height(n, place, scratch)
    for t in range(n):
        i = scratch[SEQUENCE, t]
        floor = 0 * place[i, 2]
        for s in range(t):
            j = scratch[SEQUENCE, s]
            top = place[j, 2] + place[j, 5]
            if top > floor and shared_footprint(place, i, j) > 0:
                floor = top
        place[i, 2] = floor
    sort_by_height(n, place, scratch)


@njit(cache=True, nogil=True)
def _rests_on(place: Ints, i: int, j: int) -> int:
    """Return the contact area in mm2 with which unit ``i`` rests on unit ``j``."""
    if place[j, 2] + place[j, 5] != place[i, 2]:
        return 0 * place[i, 2]
    return shared_footprint(place, i, j)


@njit(cache=True, nogil=True)
def acceptable(n: int, place: Ints, rules: int, load: Ints, weight: Ints, scratch: Ints) -> bool:
    """Settle the plan and return whether it keeps the handling rules.

    ``load (n,)`` is what may rest on each unit in g (-1: anything, 0: nothing may touch its top),
    ``weight (n,)`` in g. With ``rules == GEOMETRY_ONLY`` every plan is acceptable as it is.
    """
    if rules == GEOMETRY_ONLY:
        return True
    settle(n, place, scratch)
    for i in range(n):
        scratch[BORNE, i] = 0
    for t in range(n - 1, -1, -1):
        i = scratch[SEQUENCE, t]
        if load[i] >= 0 and scratch[BORNE, i] > load[i]:
            return False
        if place[i, 2] == 0:
            continue
        contact = 0 * place[i, 2]
        for s in range(t):
            contact += _rests_on(place, i, scratch[SEQUENCE, s])
        if contact * 1000 < (rules - 1) * place[i, 3] * place[i, 4]:
            return False
        passed_on = weight[i] + scratch[BORNE, i]
        for s in range(t):
            j = scratch[SEQUENCE, s]
            area = _rests_on(place, i, j)
            if area > 0:
                if load[j] == 0:
                    return False
                scratch[BORNE, j] += (passed_on * area + contact - 1) // contact
    return True
