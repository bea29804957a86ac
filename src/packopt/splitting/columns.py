"""The best choice among known parcels: set covering over columns.

A *column* is a set of lumps with a parcel that holds it. The linear program over columns gives
each lump a worth, with which better columns are looked for (Gilmore and Gomory 1961); the integer
program chooses. More lumps of a kind may be covered than there are: what holds a set holds less of
it, too, and the surplus is taken out of the choice afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.splitting.kinds import Counts
    from packopt.splitting.question import Parcel

    Floats = NDArray[np.float64]

_SEED: Final = 1
#: Offers looked at before a choice that lasts within the stock is given up.
_MOST_STEPS: Final = 10_000
#: Costs are halved until a whole plan stays below this, for CP-SAT's 64 bits.
_MOST_COST: Final = 1 << 50


@dataclass(frozen=True, slots=True)
class Column:
    """A set of lumps in a package.

    Attributes
    ----------
    counts
        Lumps of each kind.
    package
        Index into the catalogue, or `OWN_CONTAINER`.
    price
        Cost steps, with the price of a parcel.
    """

    counts: Counts
    package: int
    price: int


def worths(
    columns: Sequence[Column], count: Sequence[int], stock: dict[int, int], most: int
) -> tuple[float, Floats]:
    """The least price of covering all lumps by parts of columns, and what each lump is worth.

    Parameters
    ----------
    columns
        Parcels to cover them by; a kind that none of them has makes any cover impossible.
    count
        Lumps of each kind.
    stock
        Packages left of each that is limited.
    most
        Columns to take at most.

    Returns
    -------
    The least price, infinite where there is no cover, and ``(t,)`` worths: lumps that are worth
    more together than their parcel costs would make a better cover.
    """
    from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

    solver = pywraplp.Solver.CreateSolver("GLOP")
    infinity = solver.infinity()
    scale = float(max([1, *(column.price for column in columns)]))
    covers = [solver.Constraint(float(c), infinity) for c in count]
    limits = {k: solver.Constraint(-infinity, float(left)) for k, left in stock.items()}
    total = solver.Constraint(-infinity, float(most))
    goal = solver.Objective()
    goal.SetMinimization()
    for column in columns:
        variable = solver.NumVar(0.0, infinity, "")
        goal.SetCoefficient(variable, column.price / scale)
        total.SetCoefficient(variable, 1.0)
        for t, c in enumerate(column.counts):
            if c:
                covers[t].SetCoefficient(variable, float(c))
        if column.package in limits:
            limits[column.package].SetCoefficient(variable, 1.0)
    if solver.Solve() != solver.OPTIMAL:
        return np.inf, np.zeros(len(count))
    worth = np.array([max(cover.dual_value(), 0.0) * scale for cover in covers])
    return goal.Value() * scale, worth


def choose(
    columns: Sequence[Column],
    count: Sequence[int],
    stock: dict[int, int],
    most: int,
    known: Sequence[Column],
    limit: float,
) -> list[Column]:
    """Columns of least price that cover all lumps.

    Parameters
    ----------
    columns, count, stock, most
        As in `worths`.
    known
        A choice to improve on; it may be empty.
    limit
        Deterministic time, about seconds of one core.

    Returns
    -------
    The best choice found, ``known`` where there is no better one; the same on every machine.
    """
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    shift = 0
    highest = max((column.price for column in columns), default=0) * max(sum(count), 1)
    while highest >> shift >= _MOST_COST:
        shift += 1
    taken = []
    for column in columns:
        useful = max(-(-count[t] // c) for t, c in enumerate(column.counts) if c)
        taken.append(model.new_int_var(0, min(useful, most), ""))
    for t, c in enumerate(count):
        pairs = zip(columns, taken, strict=True)
        model.add(sum(one.counts[t] * x for one, x in pairs if one.counts[t]) >= c)
    for k, left in stock.items():
        model.add(sum(x for one, x in zip(columns, taken, strict=True) if one.package == k) <= left)
    model.add(sum(taken) <= most)
    model.minimize(sum((one.price >> shift) * x for one, x in zip(columns, taken, strict=True)))
    times = {column: known.count(column) for column in known}
    for column, variable in zip(columns, taken, strict=True):
        if known:
            model.add_hint(variable, times.get(column, 0))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = _SEED
    solver.parameters.max_deterministic_time = limit
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return list(known)
    chosen = [
        column
        for column, variable in zip(columns, taken, strict=True)
        for _ in range(solver.value(variable))
    ]
    if known and sum(one.price for one in chosen) >= sum(one.price for one in known):
        return list(known)
    return chosen


def with_stock(
    offers: Sequence[Sequence[Parcel]], stock: dict[int, int], steps: int = _MOST_STEPS
) -> list[Parcel]:
    """One of each row of offers, such that the stock lasts; the first ones where that is possible.

    Parameters
    ----------
    offers
        For each set its parcels, cheapest first.
    stock
        Packages left of each that is limited.
    steps
        Offers to look at before giving up.

    Returns
    -------
    A parcel for each set; none where that fails.
    """
    left = dict(stock)
    tried = [0] * len(offers)
    at = 0
    while 0 <= at < len(offers) and steps > 0:
        steps -= 1
        if tried[at] and (package := offers[at][tried[at] - 1].package) in left:
            # Back here, since the rest did not work out: put it back and take the next one.
            left[package] += 1
        row = offers[at][tried[at] :]
        usable = [i for i, parcel in enumerate(row) if left.get(parcel.package, 1) > 0]
        if not usable:
            tried[at] = 0
            at -= 1
            continue
        tried[at] += usable[0] + 1
        package = row[usable[0]].package
        if package in left:
            left[package] -= 1
        at += 1
    if at < len(offers):
        return []
    return [row[i - 1] for row, i in zip(offers, tried, strict=True)]
