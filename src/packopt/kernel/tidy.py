"""Plans that hands can follow: the same package, laid out more simply.

``solve`` stops at the first plan it finds. This goes over its plans once more, lays the units of
each order into the same room in a few simple ways, from the floor up and equal units side by
side, and keeps the best plan by ``clumsiness``: one integer in which few levels come first, then
heavy things low, nothing packed above the level of a fragile unit, and equal units together. A
plan is only ever replaced by a better one that keeps all rules, in a mailer never by a thicker one.

The packing sequence goes from the floor up; on one level fragile units come last, equal ones come
one after the other, and otherwise the unit farthest from the packer (least y, then least x) first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.empty_spaces import least_extents
from packopt.kernel.handling import SEQUENCE, acceptable, settle, shared_footprint
from packopt.kernel.laying import MASS, MOST_UNITS, SIZE, TYPE, WAYS, lay_out, weigh
from packopt.kernel.layout import PADDING, SIDE_A, SOFT_A, Int64, Ints, Units
from packopt.kernel.question import list_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.batch import Answers, Batch
    from packopt.kernel.workspace import Workspace


class Rooms(NamedTuple):
    """Where the plans of a batch lie; ``o`` orders."""

    size: Ints  # (o, 3) usable inner sides in mm; mailers: usable flat length, width, thickness
    bag: Ints  # (o,) 1 for mailers
    clearance: Ints  # (o,) what to add to coordinates, in mm


@njit(cache=True, nogil=True)
def _touch_alike(place: Ints, i: int, j: int) -> bool:
    """Return whether two units lie the same way, face to face."""
    apart = 0
    for axis in range(3):
        if place[i, axis + 3] != place[j, axis + 3]:
            return False
        gap = abs(place[i, axis] - place[j, axis]) - place[i, axis + 3]
        if gap > 0:
            return False
        if gap == 0:
            apart += 1
    return apart == 1


@njit(cache=True, nogil=True)
def clumsiness(n: int, place: Ints, load: Ints, climber: Ints) -> int:
    """Return how far from tidy a settled plan of up to ``MOST_UNITS`` units is.

    The digits of one integer, the first one counting most:

    1. levels: heights in mm at which some unit stands;
    2. height of the centre of gravity in whole cm;
    3. pairs of a fragile unit and a sturdy one that stands higher, so goes in later;
    4. units that touch none of the units equal to them the same way up;
    5. height of the centre of gravity in micrometres.

    ``climber[MASS]`` weighs the units, ``climber[TYPE]`` is equal for equal units.
    """
    levels = pairs = lonely = 0
    mass, moment = Int64(0), Int64(0)
    for i in range(n):
        new, equals, alone = True, False, True
        z = place[i, 2]
        for j in range(n):
            if j < i and place[j, 2] == z:
                new = False
            if load[i] == 0 and load[j] != 0 and place[j, 2] > z:
                pairs += 1
            if j != i and climber[TYPE, i] == climber[TYPE, j]:
                equals = True
                if alone and _touch_alike(place, i, j):
                    alone = False
        levels += new
        lonely += equals and alone
        mass += climber[MASS, i]
        moment += climber[MASS, i] * (2 * z + place[i, 5])
    middle = moment * 500 // mass
    digits = Int64(levels) * 1024 + middle // 10_000
    digits = (digits * 4096 + pairs) * 128 + lonely
    return (digits << 24) + middle


@njit(cache=True, nogil=True)
def _turn_over(n: int, plan: Ints, place: Ints) -> None:
    """Write a plan upside down, as in a mirror on the floor: what was on top lies at the bottom."""
    top = Int64(0)
    for i in range(n):
        top = max(top, plan[i, 2] + plan[i, 5])
    for i in range(n):
        for c in range(6):
            place[i, c] = plan[i, c]
        place[i, 2] = top - plan[i, 2] - plan[i, 5]


@njit(cache=True, nogil=True)
def _line_up_for_hands(n: int, place: Ints, load: Ints, climber: Ints, scratch: Ints) -> None:
    """Bring a settled plan's sequence into the order described above; each level stays whole."""
    start = 0
    while start < n:
        stop = start + 1
        while stop < n and place[scratch[SEQUENCE, stop], 2] == place[scratch[SEQUENCE, start], 2]:
            stop += 1
        for t in range(start + 1, stop):
            i = scratch[SEQUENCE, t]
            to = start
            joined = False
            for s in range(start, t):
                j = scratch[SEQUENCE, s]
                if climber[TYPE, j] == climber[TYPE, i]:
                    to, joined = s + 1, True
                elif not joined and (load[i] == 0 or load[j] != 0):
                    to = s + 1
            for s in range(t, to, -1):
                scratch[SEQUENCE, s] = scratch[SEQUENCE, s - 1]
            scratch[SEQUENCE, to] = i
        start = stop


@njit(cache=True, nogil=True)
def _read(
    first: int, n: int, wall: int, units: Units, in_place: NDArray[np.int32],
    in_unit: NDArray[np.int32], place: Ints,
) -> int:  # fmt: skip
    """Read a plan as it was written, padding included; return how high it is in mm."""
    top = Int64(0)
    for t in range(n):
        i = in_unit[first + t]
        pad = units[first + i, PADDING]
        for axis in range(3):
            place[i, axis] = in_place[first + t, axis] - pad - wall
            place[i, axis + 3] = in_place[first + t, axis + 3] + 2 * pad
        top = max(top, place[i, 2] + place[i, 5])
    return top


@njit(cache=True, nogil=True)
def _write(
    first: int, n: int, wall: int, units: Units, place: Ints, load: Ints, climber: Ints,
    scratch: Ints, out_unit: NDArray[np.int32], out_place: NDArray[np.int32],
    out_support: NDArray[np.float32],
) -> None:  # fmt: skip
    """Settle the plan and write it in packing sequence, without padding.

    Equal units are told apart by their lines alone: along the sequence those of one line, whose
    numbers are consecutive, follow each other.
    """
    settle(n, place, scratch)
    _line_up_for_hands(n, place, load, climber, scratch)
    for i in range(n):
        climber[SIZE, i] = i
    for t in range(n):
        i = scratch[SEQUENCE, t]
        pad = units[first + i, PADDING]
        out_unit[first + t] = climber[SIZE, climber[TYPE, i]]
        climber[SIZE, climber[TYPE, i]] += 1
        for axis in range(3):
            out_place[first + t, axis] = place[i, axis] + pad + wall
            out_place[first + t, axis + 3] = place[i, axis + 3] - 2 * pad
        share = 1.0
        if place[i, 2] > 0:
            contact = Int64(0)
            for s in range(t):
                j = scratch[SEQUENCE, s]
                if place[j, 2] + place[j, 5] == place[i, 2]:
                    contact += shared_footprint(place, i, j)
            share = contact / (place[i, 3] * place[i, 4])
        out_support[first + t] = share


@njit(cache=True, nogil=True)
def _is_tidy(n: int, place: Ints, least: Ints, load: Ints, climber: Ints) -> bool:
    """Return whether no plan could be tidier: all on the floor, flat, equal units together."""
    for i in range(n):
        if place[i, 2] > 0 or place[i, 5] > least[i, 2]:
            return False
    return clumsiness(n, place, load, climber) >> 24 & 127 == 0


@njit(cache=True, nogil=True)
def _improve(
    n: int, rules: int, room: Ints, ext: Ints, n_ext: Ints, least: Ints, load: Ints, weight: Ints,
    slimmest: Ints, climber: Ints, spaces: Ints, fresh: Ints, scratch: Ints, place: Ints,
    best: Ints,
) -> None:  # fmt: skip
    """Try every way to lay the units out; leave the best plan, or the one given, in ``best``."""
    least_extents(n, ext, n_ext, slimmest)
    lowest = clumsiness(n, best, load, climber)
    for way in range(WAYS + 1):
        if way < WAYS:
            if not lay_out(n, way, room, ext, n_ext, load, slimmest, climber, spaces, fresh, place):
                continue
        else:
            _turn_over(n, best, place)
        if not acceptable(n, place, rules, load, weight, scratch):
            continue
        found = clumsiness(n, place, load, climber)
        if found < lowest:
            lowest = found
            for i in range(n):
                for c in range(6):
                    best[i, c] = place[i, c]
            if _is_tidy(n, best, least, load, climber):
                break


@njit(cache=True, nogil=True)
def _same_room(o: int, other: int, package: NDArray[np.int32], sizes: Ints, bags: Ints) -> bool:
    """Return whether two orders are packed in the same package of the same size."""
    same = package[o] == package[other] and bags[o] == bags[other]
    for axis in range(3):
        same &= sizes[o, axis] == sizes[other, axis]
    return same


@njit(cache=True, nogil=True)
def _copy_plan(
    source: int, to: int, n: int, out_unit: NDArray[np.int32], out_place: NDArray[np.int32],
    out_support: NDArray[np.float32],
) -> None:  # fmt: skip
    """Give an order the plan of an equal one."""
    for t in range(n):
        out_unit[to + t] = out_unit[source + t]
        out_support[to + t] = out_support[source + t]
        for c in range(6):
            out_place[to + t, c] = out_place[source + t, c]


@njit(cache=True, nogil=True)
def tidy(
    batch: Batch, rooms: Rooms, rules: int, wanted: NDArray[np.uint8], answers: Answers,
    ws: Workspace,
) -> None:  # fmt: skip
    """Lay the plans of a batch out more simply, each in the room of the package chosen for it.

    ``wanted (o,)`` holds 1 for orders to go over: those without a package and those of one unit
    or of more than ``MOST_UNITS`` stay as they are. ``rules`` as in ``handling.acceptable``, not
    ``GEOMETRY_ONLY``. Nothing but ``place``, ``unit`` and ``support`` of ``answers`` is changed.
    """
    units, start, like = batch.units, batch.start, batch.like
    sizes, bags, walls = rooms
    package, out_place = answers.package, answers.place
    out_unit, out_support = answers.unit, answers.support
    ext, n_ext, twin, volume, least = ws.ext, ws.n_ext, ws.twin, ws.volume, ws.least
    load, weight, place, room, scratch = ws.load, ws.weight, ws.place, ws.room, ws.scratch
    slimmest, climber, spaces, fresh = ws.slimmest, ws.climber, ws.spaces, ws.fresh
    best = np.zeros((MOST_UNITS, 6), np.int64)
    for o in range(len(start) - 1):
        first = start[o]
        n = start[o + 1] - first
        if not wanted[o] or package[o] < 0 or n < 2 or n > MOST_UNITS:
            continue
        other = like[o]
        if other < o and wanted[other] and _same_room(o, other, package, sizes, bags):
            _copy_plan(start[other], first, n, out_unit, out_place, out_support)
            continue
        bag, wall = bags[o], walls[o]
        high = _read(first, n, wall, units, out_place, out_unit, best)
        for axis in range(3):
            room[axis] = sizes[o, axis]
        if bag:
            room[0] -= high
            room[1] -= high
            room[2] = high
        sides = SOFT_A if bag else SIDE_A
        list_units(units, first, n, sides, room, ext, n_ext, twin, volume, least, load, weight)
        weigh(units, first, n, volume, weight, climber)
        if not _is_tidy(n, best, least, load, climber):
            _improve(
                n, rules, room, ext, n_ext, least, load, weight, slimmest, climber, spaces, fresh,
                scratch, place, best,
            )  # fmt: skip
        _write(
            first, n, wall, units, best, load, climber, scratch, out_unit, out_place, out_support
        )
