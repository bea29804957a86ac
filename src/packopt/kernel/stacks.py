"""Stacks on one axis: the best one by a knapsack, and the linear program over all of them.

Units of a *type* are equal. A stack takes units in one of their (at most three) widths each, that
add up to at most the length. With ``share[j, s]`` what width ``s`` of type ``j`` is worth on the
other two axes, the program looks for one value per type:

    maximise  sum of count[j] * y[j]
    so that   sum over a stack of  y[j] / share[j, s]  <=  1   for every stack,  y >= 0

since a scale with values ``y[j] / share[j, s]`` makes all orientations of a unit worth ``y[j]``.
There are as many variables as types, and as many rows as stacks, which nobody wants to list: the
dual is solved, by the revised simplex method with a stack as column, made when needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from packopt.kernel.bounds import MAX_LENGTH
from packopt.kernel.layout import MAX_SEARCH_UNITS as UNITS
from packopt.kernel.layout import Floats, Int64, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Where length 0 stands in a row of the knapsack, a cell a millimetre, and what stands left of it.
ORIGIN = MAX_LENGTH
HOPELESS = -(2**30)
ROW_LENGTH = ORIGIN + MAX_LENGTH + 1
#: Rows of ``Work.of_type``: a type's first unit, how many units it has, a number to remember.
FIRST, COUNT, LEAST = range(3)
#: Fixed point of the prices in the knapsack; 32 of the highest price stay below 2**31.
FINE = float(1 << 22)
HIGHEST_PRICE = 2.0
#: A stack enters the program when it exceeds 1 by more than the knapsack's rounding.
EXCESS = 2e-5
#: Improvements of the objective below this part of it are not worth a pivot.
GAP = 1e-5
#: An objective above this is a proof, with room for rounding down: no need to go on.
ENOUGH = 1.0005
SMALLEST_PIVOT = 1e-9


class Work(NamedTuple):
    """Names for the parts of the work areas; ``j`` is a type, ``s`` one of its three slots."""

    of_type: Ints  # (3, 32)
    width: Ints  # (3, 32, 3) by axis, j and s, in mm; 0 for none
    scale: Ints  # (3, 32, 3) by axis, j and s
    slot: Ints  # (3, 32, 6) by axis, j and orientation
    top: Ints  # (3,) value of the best stack by axis
    price: Ints  # (32, 3) what the knapsack maximises; 0 for what stays out
    taken: Ints  # (32, 3) units in the stack found
    stage: Ints  # (33,) types in the order of the knapsack, number of stages last
    rows: NDArray[np.int32]  # (33, ROW_LENGTH) best value by stage and length
    share: Floats  # (32, 3)
    centre: Floats  # (32,) best solution that satisfies all stacks
    dual: Floats  # (32,) solution of the stacks known so far
    trial: Floats  # (32,) between the two: where stacks are looked for
    column: Floats  # (32,)
    entry: Floats  # (32,) the column in terms of the basis
    level: Floats  # (32,) basic variables
    inverse: Floats  # (32, 32) of the basis


def work_areas() -> tuple[Ints, NDArray[np.int32], Floats]:
    """Return the work areas of ``name_parts``, which one thread makes once."""
    rows = np.full((UNITS + 1, ROW_LENGTH), HOPELESS, np.int32)
    rows[0, ORIGIN:] = 0
    return np.zeros((12, UNITS, 6), np.int64), rows, np.zeros((9 + UNITS, UNITS))


@njit(cache=True, nogil=True)
def name_parts(whole: Ints, rows: NDArray[np.int32], real: Floats) -> Work:
    """Name the parts of work areas of shapes ``(12, 32, 6)``, ``(33, ROW_LENGTH)``, ``(41, 32)``.

    Three arrays are quick to hand on to ``scales.refine``, which most questions never come to.
    """
    flat = whole.reshape(-1)
    row = 6 * UNITS
    return Work(
        of_type=flat[: 3 * UNITS].reshape((3, UNITS)),
        price=flat[row : row + 3 * UNITS].reshape((UNITS, 3)),
        taken=flat[2 * row : 2 * row + 3 * UNITS].reshape((UNITS, 3)),
        stage=flat[3 * row : 3 * row + UNITS + 1],
        top=flat[4 * row : 4 * row + 3],
        width=flat[5 * row : 5 * row + 9 * UNITS].reshape((3, UNITS, 3)),
        scale=flat[7 * row : 7 * row + 9 * UNITS].reshape((3, UNITS, 3)),
        slot=flat[9 * row : 12 * row].reshape((3, UNITS, 6)),
        rows=rows,
        share=real.reshape(-1)[: 3 * UNITS].reshape((UNITS, 3)),
        centre=real[3],
        dual=real[4],
        trial=real[5],
        column=real[6],
        entry=real[7],
        level=real[8],
        inverse=real[9:],
    )


@njit(cache=True, nogil=True)
def best_stack(types: int, axis: int, length: int, spare: int, work: Work) -> int:
    """Return the highest sum of ``work.price`` over a stack: exact, one pass for each unit.

    ``best_within`` may then be asked for lengths down to ``length - spare``.
    """
    stages = 0
    span = spare
    for j in range(types):
        narrowest, widest = _widths(axis, j, work, length)
        for _ in range(min(work.of_type[COUNT, j], length // narrowest)):
            work.stage[stages] = j
            stages += 1
            span += widest
    for k in range(stages):
        j = work.stage[k]
        # Below this, the later units cannot fill the rest: nobody asks for those cells.
        span -= _widths(axis, j, work, length)[1]
        _add_unit(k, max(length - span, 0), length, axis, j, work)
    work.stage[UNITS] = stages
    return best_within(length, work)


@njit(cache=True, nogil=True)
def best_within(length: int, work: Work) -> int:
    """Return the value of the best stack within ``length``, which ``best_stack`` has prepared."""
    return Int64(work.rows[work.stage[UNITS], ORIGIN + length])


@njit(cache=True, nogil=True)
def _widths(axis: int, j: int, work: Work, length: int) -> tuple[int, int]:
    """Return the smallest and largest width of a type that has a price; beyond length if none."""
    narrowest = length + 1
    widest = Int64(0)
    for s in range(3):
        if work.price[j, s] > 0:
            narrowest = min(narrowest, work.width[axis, j, s])
            widest = max(widest, work.width[axis, j, s])
    return narrowest, widest


@njit(cache=True, nogil=True)
def _add_unit(k: int, low: int, length: int, axis: int, j: int, work: Work) -> None:
    """Fill row ``k + 1`` from row ``k``: leave the unit out, or take it in one of its widths.

    A slot without a price must not be taken: width 0 at no gain. Cells left of the origin are
    hopeless, so that no width needs a test; slices let the compiler use vector instructions.
    """
    before = work.rows[k]
    priced_0 = work.price[j, 0] > 0
    priced_1 = work.price[j, 1] > 0
    priced_2 = work.price[j, 2] > 0
    target = work.rows[k + 1][ORIGIN + low : ORIGIN + length + 1]
    without = before[ORIGIN + low :]
    with_0 = before[ORIGIN + low - (work.width[axis, j, 0] if priced_0 else 0) :]
    with_1 = before[ORIGIN + low - (work.width[axis, j, 1] if priced_1 else 0) :]
    with_2 = before[ORIGIN + low - (work.width[axis, j, 2] if priced_2 else 0) :]
    price_0 = np.int32(work.price[j, 0])
    price_1 = np.int32(work.price[j, 1])
    price_2 = np.int32(work.price[j, 2])
    for x in range(len(target)):
        target[x] = max(without[x], with_0[x] + price_0, with_1[x] + price_1, with_2[x] + price_2)


@njit(cache=True, nogil=True)
def _read_stack(types: int, axis: int, length: int, work: Work) -> None:
    """Count the units of the best stack in ``work.taken``, from the rows that found it."""
    for j in range(types):
        for s in range(3):
            work.taken[j, s] = 0
    x = ORIGIN + length
    for k in range(work.stage[UNITS] - 1, -1, -1):
        value = work.rows[k + 1, x]
        if value != work.rows[k, x]:
            j = work.stage[k]
            s = 0
            while (
                work.price[j, s] == 0
                or work.rows[k, x - work.width[axis, j, s]] + work.price[j, s] != value
            ):
                s += 1
            work.taken[j, s] += 1
            x -= work.width[axis, j, s]


@njit(cache=True, nogil=True)
def maximise(types: int, axis: int, length: int, work: Work, pivots: int) -> None:
    """Improve ``work.centre``, which satisfies all stacks on entry and return.

    Stacks are looked for half way between the best solution so far and that of the stacks known
    (Wentges 1997, "Weighted Dantzig-Wolfe decomposition"), which gives better stacks than the
    end of the simplex alone, and a better solution now and then. Ends when no stack is violated,
    the two solutions agree, the objective proves that the units do not fit, or after ``pivots``.
    """
    _start(types, axis, length, work)
    value = _objective(types, work.centre, work)
    pull = 0.5
    for _ in range(pivots):
        if value > ENOUGH or _objective(types, work.dual, work) <= value * (1.0 + GAP):
            return
        excess = _negative_dual(types, work)
        while excess == 0.0:
            value = max(value, _find_stack(types, axis, length, work, pull, value))
            excess = _excess(types, work)
            if excess <= EXCESS:
                if pull == 0.0 or value > ENOUGH:
                    return
                excess = 0.0
                pull = pull / 2.0 if pull > 0.2 else 0.0
        pull = 0.5
        if not _pivot(types, work, excess):
            return


@njit(cache=True, nogil=True)
def _start(types: int, axis: int, length: int, work: Work) -> None:
    """Start from one stack for each type, of its own units in the width that counts most."""
    for j in range(types):
        for i in range(types):
            work.inverse[j, i] = 0.0
        most = 0.0
        for s in range(3):
            if work.share[j, s] > 0.0:
                number = min(work.of_type[COUNT, j], length // work.width[axis, j, s])
                most = max(most, number / work.share[j, s])
        work.inverse[j, j] = 1.0 / most
        work.dual[j] = 1.0 / most
        work.level[j] = work.of_type[COUNT, j] / most


@njit(cache=True, nogil=True)
def _objective(types: int, values: Floats, work: Work) -> float:
    """Return the sum of a value for each unit."""
    total = 0.0
    for j in range(types):
        total += work.of_type[COUNT, j] * values[j]
    return total


@njit(cache=True, nogil=True)
def _negative_dual(types: int, work: Work) -> float:
    """Make the column that lifts the most negative dual; return by how much it is violated."""
    lowest = -SMALLEST_PIVOT
    where = -1
    for j in range(types):
        work.column[j] = 0.0
        if work.dual[j] < lowest:
            lowest = work.dual[j]
            where = j
    if where < 0:
        return 0.0
    work.column[where] = -1.0
    return -lowest


@njit(cache=True, nogil=True)
def _find_stack(types: int, axis: int, length: int, work: Work, pull: float, value: float) -> float:
    """Find the best stack at a trial point; keep the point, scaled, if it is better than ``value``.

    Returns the objective of the scaled point.
    """
    for j in range(types):
        work.trial[j] = pull * work.centre[j] + (1.0 - pull) * work.dual[j]
        for s in range(3):
            work.price[j, s] = 0
            if work.share[j, s] > 0.0:
                price = min(max(work.trial[j], 0.0) / work.share[j, s], HIGHEST_PRICE)
                work.price[j, s] = Int64(price * FINE)
    best = best_stack(types, axis, length, 0, work) / FINE
    _read_stack(types, axis, length, work)
    if best == 0.0:
        return 0.0
    found = _objective(types, work.trial, work) / best
    if found > value:
        for j in range(types):
            work.centre[j] = max(work.trial[j], 0.0) / best
    return found


@njit(cache=True, nogil=True)
def _excess(types: int, work: Work) -> float:
    """Turn the stack found into a column; return by how much the dual solution violates it."""
    total = 0.0
    for j in range(types):
        work.column[j] = 0.0
        for s in range(3):
            if work.taken[j, s] > 0:
                work.column[j] += work.taken[j, s] / work.share[j, s]
        total += work.column[j] * work.dual[j]
    return total - 1.0


@njit(cache=True, nogil=True)
def _pivot(types: int, work: Work, excess: float) -> bool:
    """Bring ``work.column`` into the basis; False when, by rounding, no row can leave."""
    leaving = -1
    ratio = np.inf
    for i in range(types):
        entry = 0.0
        for j in range(types):
            entry += work.inverse[i, j] * work.column[j]
        work.entry[i] = entry
        if entry > SMALLEST_PIVOT and work.level[i] < ratio * entry:
            ratio = work.level[i] / entry
            leaving = i
    if leaving < 0:
        return False
    pivot = work.entry[leaving]
    for j in range(types):
        work.inverse[leaving, j] /= pivot
        work.dual[j] -= excess * work.inverse[leaving, j]
    for i in range(types):
        entry = work.entry[i]
        if i != leaving and entry != 0.0:
            work.level[i] = max(work.level[i] - ratio * entry, 0.0)
            for j in range(types):
                work.inverse[i, j] -= entry * work.inverse[leaving, j]
    work.level[leaving] = ratio
    return True
