"""Conservative scales: dual feasible functions made to measure for these units and this container.

A *stack* on an axis is a set of units, each in one of its widths, that fit side by side. A scale
gives every unit and width a value such that no stack is worth more than the scale's top. Scaling
all three axes of a packing leaves a packing (Fekete and Schepers 2004), so with scales f, g, h

    sum over units of  min over orientations of  f(x) g(y) h(z)  <=  top f * top g * top h

and a set of units that breaks this does not fit, whatever the orientations. A function of the
width alone (``bounds.dff``) must hold for any number of units of a width; a scale only for these.

The scales come from linear programs, one axis after the other (Belov, Kartak, Rohling and
Scheithauer 2009, "One-dimensional relaxations and LP bounds for orthogonal packing", here with the
choice of orientation inside; the program itself is in ``stacks.py``). Floating point only ever
suggests a scale: it is rounded down to integers, its top is the value of the best stack by an
exact knapsack over the length, and the comparison above is made in integers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from packopt.kernel.layout import ONE, Floats, Int64, Ints, lowest
from packopt.kernel.stacks import (
    COUNT,
    FIRST,
    LEAST,
    Work,
    best_stack,
    best_within,
    maximise,
    name_parts,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Integer value of a scale that is 1: three of them and 32 units stay far below 2**63.
UNIT = Int64(1 << 16)
#: Smallest share that the other two axes give a width: divisors stay away from 0.
LEAST_SHARE = 1e-7
#: A round that raises the value by less than this factor is idle.
PROGRESS = 1.0005


@njit(cache=True, nogil=True)
def refine(
    n: int, room: Ints, ext: Ints, domain: Ints, twin: Ints, table: Ints, cap: Ints, whole: Ints,
    rows: NDArray[np.int32], real: Floats, pivots: int, rounds: int,
) -> tuple[int, bool, float]:  # fmt: skip
    """Fit scales to the units and the room; tell whether one proves that the units do not fit.

    Each round improves the scale of the next axis for the scales of the other two, and writes one
    table. For every packing in ``room`` the values ``table[t, i, o]`` of the orientations taken
    add up to at most ``cap[t]``: sound at any node of a search too. An orientation whose value
    leaves too little for the other units is in no packing; it is dropped from ``domain`` at once,
    and its value in later tables exceeds the cap.

    Parameters
    ----------
    n
        Number of units.
    room
        Extents of the container in mm, at most 10,000, shape ``(3,)``.
    ext
        Extents of orientations in mm, shape ``(n, 6, 3)``.
    domain
        For each unit the set of orientations that fit ``room``, not empty, shape ``(n,)``; left
        with those that some packing might use.
    twin
        Whether a unit equals the one before it, shape ``(n,)``.
    table
        Written, shape ``(t, 32, 6)``: the last ``t`` rounds, which are the best, are kept.
    cap
        Written, shape ``(t,)``.
    whole, rows, real
        Work areas of ``stacks.work_areas()``.
    pivots
        Most pivots of one linear program.
    rounds
        Most linear programs, each of one axis.

    Returns
    -------
    Number of tables kept, whether the last round is a proof, and its least sum as a part of its
    cap: guidance only (above about 0.95 most questions are infeasible), never a verdict.
    """
    work = name_parts(whole, rows, real)
    types = _group(n, domain, twin, work)
    _start(types, room, ext, domain, work)
    value = 0.0
    idle = 0
    done = 0
    while done < rounds and idle < 3:
        axis = done % 3
        t = done % table.shape[0]
        done += 1
        _share(types, axis, domain, work)
        maximise(types, axis, room[axis], work, pivots)
        _round_down(types, axis, room[axis], work)
        _lift(types, axis, room[axis], work)
        total = _tabulate(types, t, domain, table, cap, work)
        before = value
        value = total / cap[t]
        if total > cap[t]:
            return min(done, table.shape[0]), True, value
        dropped = _drop(types, t, cap[t] - total, domain, table, work)
        # A round without progress on each axis: this is as far as it goes.
        idle = 0 if dropped or value > before * PROGRESS else idle + 1
    return min(done, table.shape[0]), False, value


@njit(cache=True, nogil=True)
def _group(n: int, domain: Ints, twin: Ints, work: Work) -> int:
    """Gather equal units into types, which share their scales; return how many."""
    types = 0
    for i in range(n):
        if i > 0 and twin[i] and domain[i] == domain[i - 1]:
            work.of_type[COUNT, types - 1] += 1
        else:
            work.of_type[FIRST, types] = i
            work.of_type[COUNT, types] = 1
            types += 1
    return types


@njit(cache=True, nogil=True)
def _start(types: int, room: Ints, ext: Ints, domain: Ints, work: Work) -> None:
    """List the widths of each type by axis, and start from the widths themselves as scales."""
    for a in range(3):
        work.top[a] = UNIT
        for j in range(types):
            for s in range(3):
                work.width[a, j, s] = 0
                work.scale[a, j, s] = 0
            i = work.of_type[FIRST, j]
            rest = domain[i]
            while rest:
                k = lowest(rest)
                rest &= rest - 1
                s = 0
                while work.width[a, j, s] not in (0, ext[i, k, a]):
                    s += 1
                work.slot[a, j, k] = s
                work.width[a, j, s] = ext[i, k, a]
                work.scale[a, j, s] = ext[i, k, a] * UNIT // room[a]


@njit(cache=True, nogil=True)
def _share(types: int, axis: int, domain: Ints, work: Work) -> None:
    """Set what each width of ``axis`` is worth on the other two: 0 for a width no longer taken."""
    b = (axis + 1) % 3
    c = (axis + 2) % 3
    area = float(work.top[b] * work.top[c])
    for j in range(types):
        for s in range(3):
            work.share[j, s] = 0.0
        rest = domain[work.of_type[FIRST, j]]
        while rest:
            k = lowest(rest)
            rest &= rest - 1
            s = work.slot[axis, j, k]
            product = work.scale[b, j, work.slot[b, j, k]] * work.scale[c, j, work.slot[c, j, k]]
            share = max(product / area, LEAST_SHARE)
            if work.share[j, s] == 0.0 or share < work.share[j, s]:
                work.share[j, s] = share
        # The present scale of this axis is a feasible start.
        least = 1.0
        for s in range(3):
            if work.share[j, s] > 0.0:
                least = min(least, work.share[j, s] * work.scale[axis, j, s] / work.top[axis])
        work.centre[j] = least


@njit(cache=True, nogil=True)
def _round_down(types: int, axis: int, length: int, work: Work) -> None:
    """Turn the values found into an integer scale, and verify it: its top is its best stack."""
    for j in range(types):
        for s in range(3):
            value = Int64(0)
            if work.share[j, s] > 0.0:
                value = Int64(min(1.0, work.centre[j] / work.share[j, s]) * UNIT)
            work.price[j, s] = value
    work.top[axis] = max(best_stack(types, axis, length, 0, work), ONE)


@njit(cache=True, nogil=True)
def _lift(types: int, axis: int, length: int, work: Work) -> None:
    """Raise each type's values as far as the top allows: it costs nothing and helps other axes.

    A value may rise by what the best stack with that width falls short of the top, divided by the
    number of such widths that one stack can hold.
    """
    top = work.top[axis]
    for j in range(types):
        count = work.of_type[COUNT, j]
        work.of_type[COUNT, j] = count - 1
        if count == 1:
            best_stack(types, axis, length, length, work)
        for s in range(3):
            work.scale[axis, j, s] = work.price[j, s]
            if work.share[j, s] > 0.0:
                width = work.width[axis, j, s]
                if count > 1:
                    best_stack(types, axis, length - width, 0, work)
                short = top - work.price[j, s] - best_within(length - width, work)
                work.scale[axis, j, s] += short // min(count, length // width)
                if count > 1:
                    work.price[j, s] = work.scale[axis, j, s]
        work.of_type[COUNT, j] = count
        for s in range(3):
            work.price[j, s] = work.scale[axis, j, s]


@njit(cache=True, nogil=True)
def _tabulate(types: int, t: int, domain: Ints, table: Ints, cap: Ints, work: Work) -> int:
    """Write table ``t``; return the sum over the units of their least values."""
    cap[t] = work.top[0] * work.top[1] * work.top[2]
    total = Int64(0)
    for j in range(types):
        i = work.of_type[FIRST, j]
        least = cap[t] + 1
        for k in range(6):
            value = cap[t] + 1
            if (domain[i] >> k) & 1:
                value = Int64(1)
                for a in range(3):
                    value *= work.scale[a, j, work.slot[a, j, k]]
                least = min(least, value)
            for e in range(work.of_type[COUNT, j]):
                table[t, i + e, k] = value
        work.of_type[LEAST, j] = least
        total += least * work.of_type[COUNT, j]
    return total


@njit(cache=True, nogil=True)
def _drop(types: int, t: int, slack: int, domain: Ints, table: Ints, work: Work) -> bool:
    """Drop the orientations that are worth more than a unit's least by over ``slack``."""
    dropped = False
    for j in range(types):
        first = work.of_type[FIRST, j]
        most = slack + work.of_type[LEAST, j]
        rest = domain[first]
        while rest:
            k = lowest(rest)
            rest &= rest - 1
            if table[t, first, k] > most:
                dropped = True
                for i in range(first, first + work.of_type[COUNT, j]):
                    domain[i] &= ~(ONE << k)
    return dropped
