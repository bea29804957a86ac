"""Part-filled packages: the other units go in beside those that are in already.

The empty spaces to begin with are what the placed units leave of the room; from there on starts
and climbing take turns as in ``construct.climb``. Under handling rules a placed unit also blocks
what is below it, since units go in from above, and what is above it if nothing may rest on it:
the caller makes its obstacle as tall as that.

How the placed units stand is none of our doing: they stay where they are even if they float, and
may rest on a fragile one. The rules are asked of the units that go in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from packopt.kernel.construct import MAX_CLIMB_UNITS, STARTS, greedy
from packopt.kernel.empty_spaces import N_RULES, occupy, whole_room
from packopt.kernel.genes import GENES, copy_genes, mutate, start
from packopt.kernel.handling import (
    BORNE,
    GEOMETRY_ONLY,
    SEQUENCE,
    shared_footprint,
    sort_by_height,
)
from packopt.kernel.layout import Int64, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SEED = np.uint64(0x9E3779B97F4A7C15)
_FAR = Int64(1) << 62


@njit(cache=True, nogil=True)
def carve(obstacles: Ints, room: Ints, least: Ints, spaces: Ints, fresh: Ints) -> tuple[int, bool]:
    """Write to ``spaces`` the maximal empty spaces that obstacles leave of a room.

    ``obstacles (m, 6)`` may overlap each other; ``least (3,)`` are the least extents of any unit
    that is to go in, and spaces too thin for it are left out. Returns how many spaces there are,
    and whether these are all: then a unit that fits none of them cannot be placed.
    """
    count = whole_room(room, spaces)
    complete = True
    for i in range(len(obstacles)):
        # Each space leaves at most six, so below this nothing can have been dropped.
        complete &= 6 * count < len(fresh) and 7 * count < len(spaces)
        count = occupy(spaces, count, obstacles, i, 0, fresh, least)
    return count, complete


@njit(cache=True, nogil=True)
def lost_unit(free: int, spaces: Ints, count: int, ext: Ints, n_ext: Ints) -> int:
    """Return a unit that fits none of the spaces in any orientation, -1 if there is none."""
    for i in range(free):
        fits = False
        for s in range(count):
            for k in range(n_ext[i]):
                fits |= (
                    ext[i, k, 0] <= spaces[s, 3] - spaces[s, 0]
                    and ext[i, k, 1] <= spaces[s, 4] - spaces[s, 1]
                    and ext[i, k, 2] <= spaces[s, 5] - spaces[s, 2]
                )
        if not fits:
            return i
    return -1


@njit(cache=True, nogil=True)
def _settle(free: int, n: int, place: Ints, scratch: Ints) -> None:
    """Let the units before ``free`` sink; leave the sequence by height in ``scratch``."""
    sort_by_height(n, place, scratch)
    for t in range(n):
        i = scratch[SEQUENCE, t]
        if i >= free:
            continue
        floor = 0 * place[i, 2]
        for s in range(t):
            j = scratch[SEQUENCE, s]
            top = place[j, 2] + place[j, 5]
            if top > floor and shared_footprint(place, i, j) > 0:
                floor = top
        place[i, 2] = floor
    sort_by_height(n, place, scratch)


@njit(cache=True, nogil=True)
def acceptable_beside(
    free: int, n: int, place: Ints, rules: int, load: Ints, weight: Ints, scratch: Ints
) -> bool:
    """Settle units 0 to ``free - 1`` and return whether they keep the handling rules.

    As ``handling.acceptable``, but that units ``free`` to ``n - 1`` stay in place. What these do
    to each other is not judged, except for loads, which all count.
    """
    if rules == GEOMETRY_ONLY:
        return True
    _settle(free, n, place, scratch)
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
            j = scratch[SEQUENCE, s]
            if place[j, 2] + place[j, 5] == place[i, 2]:
                contact += shared_footprint(place, i, j)
        if i < free and contact * 1000 < (rules - 1) * place[i, 3] * place[i, 4]:
            return False
        passed_on = weight[i] + scratch[BORNE, i]
        for s in range(t):
            j = scratch[SEQUENCE, s]
            if place[j, 2] + place[j, 5] != place[i, 2]:
                continue
            area = shared_footprint(place, i, j)
            if area > 0:
                if load[j] == 0 and (i < free or j < free):
                    return False
                scratch[BORNE, j] += (passed_on * area + contact - 1) // contact
    return True


@njit(cache=True, nogil=True)
def pack_beside(
    free: int, n: int, hollow: Ints, room: Ints, ext: Ints, n_ext: Ints, twin: Ints, volume: Ints,
    rules: int, load: Ints, weight: Ints, steps: int, least: Ints, climber: Ints, spaces: Ints,
    fresh: Ints, dice: NDArray[np.uint64], scratch: Ints, place: Ints,
) -> int:  # fmt: skip
    """Place units 0 to ``free - 1`` beside units ``free`` to ``n - 1``, whose rows are filled in.

    ``hollow (h, 6)`` are the empty spaces to begin with. Makes at most ``steps`` greedy runs and
    returns the runs used, 0 if no plan was found that keeps the ``rules``; it is in ``place``.
    """
    dice[0] = _SEED
    fewest = _FAR
    equal = 1 if free > 1 and twin[free - 1] else 0
    if free > MAX_CLIMB_UNITS:
        steps = min(steps, N_RULES * (1 + equal))
    for step in range(steps):
        if step < STARTS or step % 2:
            start(free, ext, n_ext, climber, step, equal, dice)
        else:
            copy_genes(free, climber, GENES, 0)
            mutate(free, n_ext, climber, dice)
        for s in range(len(hollow)):
            for c in range(6):
                spaces[s, c] = hollow[s, c]
        may_skip = fewest if free <= MAX_CLIMB_UNITS else 0 * fewest
        skipped = greedy(
            free, len(hollow), room, ext, n_ext, twin, volume, rules, load, may_skip, least,
            climber, spaces, fresh, place,
        )  # fmt: skip
        if skipped == 0:
            if acceptable_beside(free, n, place, rules, load, weight, scratch):
                return step + 1
            # A full packing that breaks a rule is no better than one that leaves a unit out.
            skipped = volume[free - 1]
        if skipped <= fewest:
            fewest = skipped
            copy_genes(free, climber, 0, GENES)
    return 0
