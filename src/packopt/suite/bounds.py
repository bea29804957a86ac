"""How good any set could be: a lower bound by Lagrangian relaxation of "each row is served once".

Give each row a price; a candidate then is worth the prices of the rows that it serves for less, and
the best K candidates are simply those worth most. Whatever the prices, the sum of prices less the
worth of these K is no more than the cost of any set (Cornuejols, Fisher and Nemhauser, Management
Science 23, 1977). Prices are mended by a subgradient that is deflected by the one before
(Camerini, Fratta and Maffioli, Mathematical Programming Study 3, 1975), with Polyak's step. The
sets met on the way are good starts for swaps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.suite.choosing import swap
from packopt.suite.swapping import count_served, reduce_costs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.suite.problem import Problem, Served

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Of `bound_below`, unless it is told otherwise.
_PATIENCE: Final = 20
_LEAST_STEP: Final = 2e-3
_DEFLECTION: Final = 0.7
#: Rounding of sums of many rows: the bound is told lower by this share.
_ROUNDING: Final = 1e-9
#: A set met on the way is bettered by swaps if it costs no more than this times the best.
_NEAR: Final = 1.03


@dataclass(frozen=True, eq=False, slots=True)
class Bound:
    """A lower bound of what any set costs.

    Attributes
    ----------
    value
        The bound, in the terms of `Served.total`.
    prices
        ``(r,)`` the prices that prove it.
    best
        The best set that is known.
    spared
        What contents save in filler, whatever the set: no part of the value.
    """

    value: float
    prices: Floats
    best: Served
    spared: float = 0.0

    @property
    def gap(self) -> float:
        """By how much the best set may cost more than the best possible, as a share of that."""
        least = self.value - self.spared
        return max((self.best.total - self.spared) / least - 1, 0.0) if least > 0 else np.inf


def pick(problem: Problem, worth: Floats) -> Ints:
    """The set of candidates with the least sum of reduced costs that is allowed.

    "At most K" and "at most n new" are nested, so taking the best first is exact.
    """
    kept = np.flatnonzero(problem.kept)
    room = problem.most - len(kept)
    new_room = problem.most_new - int(problem.new[kept].sum())
    near = np.flatnonzero(~problem.kept & ~problem.banned & (worth + problem.type_price < 0))
    ranked = near[np.argsort(worth[near], kind="stable")]
    is_new = problem.new[ranked]
    allowed = ranked[~is_new | (np.cumsum(is_new) <= new_room)]
    return np.sort(np.concatenate([kept, allowed[:room]]))


def bound_below(
    problem: Problem,
    best: Served,
    *,
    prices: Floats | None = None,
    steps: int = 800,
    patience: int = _PATIENCE,
    enough: float = 1e-4,
    tell: Callable[[str], None] | None = None,
) -> Bound:
    """Bound the cost of any set from below, and better the best one on the way.

    Parameters
    ----------
    problem
        What there is to choose from.
    best
        A set that holds all rows.
    prices
        Where to start; None for prices between the best and the second best of each row.
    steps
        Most steps.
    patience
        Steps that may pass without a better bound before the step is halved.
    enough
        Gap at which to stop.
    tell
        Gets a line on the progress.

    Returns
    -------
    The best bound and the best set.
    """
    price = np.minimum(best.second, 1.2 * best.cost) if prices is None else prices.copy()
    worth, missing = np.empty(problem.n_candidates), np.empty(len(price))
    direction = np.zeros(len(price))
    spared = float(problem.fill.sum())
    found = Bound(0.0, price, best, spared)
    step, since = 1.0, 0
    for number in range(steps):
        reduce_costs(*problem.arrays, price, worth)
        opened = pick(problem, worth)
        value = float(price.sum() + worth[opened].sum() + problem.type_price * len(opened))
        value -= _ROUNDING * abs(value)
        if value > found.value:
            since = since if value < found.value * (1 + 1e-5) else 0
            found = Bound(value, price.copy(), best, spared)
        if number % 10 == 0:
            best = _better(problem, opened, best)
        found = Bound(found.value, found.prices, best, spared)
        if found.gap <= enough:
            break
        since += 1
        if since > patience:
            step, since = step / 2, 0
            price = found.prices.copy()
            direction[:] = 0
            if step < _LEAST_STEP:
                break
            continue
        squares = count_served(*problem.arrays, price, opened, missing)
        if squares == 0:
            break
        direction = missing + _DEFLECTION * direction
        length = step * (best.total - value) / float(direction @ direction)
        price = np.maximum(price + length * direction, 0.0)
        if tell is not None and number % 50 == 0:
            tell(f"  bound after {number} steps: within {found.gap:.2%}")
    return found


def bound_of_as_many(
    problem: Problem,
    bound: Bound,
    steps: int,
    *,
    patience: int = _PATIENCE,
    prices: Floats | None = None,
) -> Bound:
    """The same set, bounded among sets of as many types or fewer without the price of types.

    A bound with a price, less that of so many types, is one of these, too; but what it leaves
    open may be as much as a price. The value has the prices of the set's types added again.

    Parameters
    ----------
    problem, bound
        Types with a price, and the best set.
    steps, patience, prices
        As of `bound_below`.
    """
    n_types = len(bound.best.opened)
    free = as_many(problem, n_types)
    found = bound_below(
        free, free.serve(bound.best.opened), prices=prices, steps=steps, patience=patience
    )
    value = max(found.value + problem.type_price * n_types, bound.value)
    return replace(bound, value=value, prices=found.prices)


def as_many(problem: Problem, n_types: int) -> Problem:
    """The choice of so many types or fewer, without a price of types."""
    return replace(problem, most=n_types, type_price=0.0)


def _better(problem: Problem, opened: Ints, best: Served) -> Served:
    """The set met on the way, bettered by swaps, if it is the better one."""
    met = problem.serve(opened)
    if len(opened) == 0 or met.total > _NEAR * best.total or np.array_equal(opened, best.opened):
        return best
    other = swap(problem, met)
    return other if other.total < best.total and other.holds_all else best
