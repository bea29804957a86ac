"""Choosing K candidates: greedy adding, then swaps as long as any of them helps.

All swaps are rated in one pass (`swapping.rate`) and the best is made. Restarts drop some types of
the best set at random and fill up greedily. Small problems are enumerated, so that their answer is
the best there is.
"""

from __future__ import annotations

from dataclasses import replace
from math import comb
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.errors import SuiteError
from packopt.suite.swapping import enumerate_sets, rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.suite.problem import Problem, Served

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Savings below this share of the cost are rounding.
_ROUNDING: Final = 1e-11
#: Sets times rows up to which all sets are looked at.
_ENUMERATED: Final = 100_000_000
_RESTARTS: Final = 40
#: Rare types that are banned for each type that there may be.
_BANS: Final = 4
#: Candidates that are tried as one type more.
_TRIED: Final = 200


def rates(problem: Problem, served: Served) -> tuple[Floats, Floats, Floats]:
    """What opening candidates gains ``(m,)``, closing places loses ``(k,)``, and both ``(m, k)``.

    Prices of types are left out.
    """
    m, k = problem.n_candidates, len(served.opened)
    gain, loss, extra = np.empty(m), np.empty(k), np.empty((m, k))
    rate(*problem.arrays, served.first, served.cost, served.second, gain, loss, extra)
    return gain, loss, extra


def openable(problem: Problem, opened: Ints) -> NDArray[np.bool_]:
    """``(m,)`` candidates that may be added to a set, room for them aside."""
    may = ~problem.banned
    may[opened] = False
    if problem.new[opened].sum() >= problem.most_new:
        may &= ~problem.new
    return may


def add_greedily(problem: Problem, opened: Ints, most: int) -> Served:
    """Add the candidate that saves most, until there are so many or none saves its price."""
    served = problem.serve(opened)
    while len(served.opened) < most:
        gain, _, _ = rates(problem, served)
        gain[~openable(problem, served.opened)] = -1.0
        best = int(gain.argmax())
        if gain[best] <= problem.type_price + _ROUNDING * served.total:
            break
        served = problem.serve(np.append(served.opened, best))
    return served


def swap(problem: Problem, served: Served) -> Served:
    """Make the best change, one by one, until none helps: open, close, or both."""
    while True:
        best = _best_change(problem, served)
        if best is None or best.total >= served.total * (1 - _ROUNDING):
            return served
        served = best


def _best_change(problem: Problem, served: Served) -> Served | None:
    gain, loss, extra = rates(problem, served)
    opened = served.opened
    shut = problem.kept[opened]
    saving = gain[:, None] - loss[None, :] + extra
    saving[:, shut] = -np.inf
    saving[problem.banned] = -np.inf
    saving[opened] = -np.inf
    if problem.new[opened].sum() >= problem.most_new:
        # A new one may come only where a new one goes.
        saving[np.ix_(problem.new, ~problem.new[opened])] = -np.inf
    found = None
    if saving.size:
        at = int(saving.argmax())
        into, out = divmod(at, len(opened))
        if np.isfinite(saving[into, out]):
            found = problem.serve(np.append(np.delete(opened, out), into))
    for other in _by_price(problem, served, gain, loss):
        if found is None or other.total < found.total:
            found = other
    return found


def _by_price(problem: Problem, served: Served, gain: Floats, loss: Floats) -> list[Served]:
    """Sets of one type more or less: of interest where types have a price, or room is left."""
    found = []
    opened = served.opened
    if len(opened) < problem.most:
        more = np.where(openable(problem, opened), gain, -1.0)
        if more.max() > problem.type_price:
            found.append(problem.serve(np.append(opened, int(more.argmax()))))
    if problem.type_price > 0 and len(opened) > 1:
        less = np.where(problem.kept[opened], np.inf, loss)
        if less.min() < problem.type_price:
            found.append(problem.serve(np.delete(opened, int(less.argmin()))))
    return found


def choose(
    problem: Problem,
    *,
    seed: int,
    start: Ints | None = None,
    restarts: int = _RESTARTS,
    least_use: float = 0,
    tell: Callable[[str], None] | None = None,
) -> Served:
    """Choose a set.

    Parameters
    ----------
    problem
        What there is to choose from.
    seed
        Of the restarts.
    start
        A set to start from as well.
    restarts
        How often to drop some types at random and fill up again.
    least_use
        Orders that each new type must serve, see `used_enough`.
    tell
        Gets a line on the progress.

    Returns
    -------
    The best set found; the best there is where the problem is small.

    Raises
    ------
    SuiteError
        If no set was found that holds all rows.
    """
    best = _enumerated(problem)
    if best is None:
        best = _searched(problem, seed, start, restarts, tell)
    if not best.holds_all:
        left = int((best.first < 0).sum())
        all_but = f"all but {left:,} of {len(best.first):,} different contents"
        raise SuiteError(
            "settings",
            f"field sizes: {problem.most} types hold {all_but}; allow more types or changes, or "
            "leave out the largest orders",
        )
    used = used_enough(problem, best, least_use)
    if used is None:
        raise SuiteError(
            "settings",
            f"field least_use: found no set of at most {problem.most} types that holds all of "
            f"{len(best.first):,} different contents, and of whose new types each serves "
            f"{least_use:g} orders; lower it, keep types that hold the largest orders, or do not "
            "ask the set to hold what today's largest cartons hold (cover)",
        )
    return used


def rarest(problem: Problem, served: Served, least_use: float) -> int | None:
    """The new type of a set that serves fewest orders, if they are fewer than it must serve."""
    usage = served.usage(problem.weight)
    rare = problem.new[served.opened] & ~problem.kept[served.opened] & (usage < least_use)
    return int(served.opened[np.where(rare, usage, np.inf).argmin()]) if rare.any() else None


def used_enough(problem: Problem, served: Served, least_use: float) -> Served | None:
    """Change a set until each of its new types serves so many orders.

    Three ways, and the best outcome of all: rare types are banned, and others take their places;
    they leave, and the set has fewer types; or it begins with no new types. Then types are added as
    long as each new one still serves enough.

    Parameters
    ----------
    problem
        What there is to choose from.
    served
        A set.
    least_use
        Orders that each new type must serve.

    Returns
    -------
    The set; None where none was found that holds all rows.
    """
    if rarest(problem, served, least_use) is None:
        return served if served.holds_all else None
    ways = (
        _others(problem, served, least_use),
        _fewer(problem, served, least_use),
        _of_today(problem),
    )
    fit = [
        _grown(problem, one, least_use)
        for one in ways
        if one.holds_all and rarest(problem, one, least_use) is None
    ]
    return min(fit, key=_total) if fit else None


def _others(problem: Problem, served: Served, least_use: float) -> Served:
    """Ban rare types, and fill up again; a rare box of a fine grid has hundreds of neighbours."""
    for _ in range(_BANS * problem.most):
        rare = rarest(problem, served, least_use)
        if rare is None or not served.holds_all:
            break
        banned = problem.banned.copy()
        banned[rare] = True
        problem = replace(problem, banned=banned)
        left = served.opened[served.opened != rare]
        served = swap(problem, add_greedily(problem, left, problem.most))
    return served


def _fewer(problem: Problem, served: Served, least_use: float) -> Served:
    """Let rare types go, and make the best of those that stay."""
    while len(served.opened) > 1 and (rare := rarest(problem, served, least_use)) is not None:
        left = served.opened[served.opened != rare]
        problem = replace(problem, most=len(left))
        served = swap(problem, problem.serve(left))
    return served


def _of_today(problem: Problem) -> Served:
    """The best of today's types."""
    known = replace(problem, banned=problem.banned | (problem.new & ~problem.kept))
    return swap(known, add_greedily(known, np.flatnonzero(problem.kept), problem.most))


def _grown(problem: Problem, served: Served, least_use: float) -> Served:
    """Add types that save most, where each new one still serves enough."""
    while len(served.opened) < problem.most:
        gain, _, _ = rates(problem, served)
        gain[~openable(problem, served.opened)] = -1.0
        first = np.argsort(-gain, kind="stable")[:_TRIED]
        worth = first[gain[first] > problem.type_price + _ROUNDING * served.total]
        larger = (problem.serve(np.append(served.opened, one)) for one in worth.tolist())
        found = next((one for one in larger if rarest(problem, one, least_use) is None), None)
        if found is None:
            break
        served = found
    return served


def _searched(
    problem: Problem,
    seed: int,
    start: Ints | None,
    restarts: int,
    tell: Callable[[str], None] | None,
) -> Served:
    kept = np.flatnonzero(problem.kept)
    best = swap(problem, add_greedily(problem, kept, problem.most))
    if start is not None:
        other = swap(problem, problem.serve(start))
        best = min(best, other, key=_total)
    return restarted(problem, best, seed, restarts, tell)


def restarted(
    problem: Problem,
    best: Served,
    seed: int,
    restarts: int,
    tell: Callable[[str], None] | None = None,
) -> Served:
    """Drop a few types of the best set at random, fill up and swap, again and again."""
    rng = np.random.default_rng(seed)
    for number in range(restarts):
        free = np.flatnonzero(~problem.kept[best.opened])
        if not len(free):
            break
        few = int(rng.integers(min(2, len(free)), max(3, len(free) // 2) + 1))
        out = rng.choice(free, min(few, len(free)), replace=False)
        left = np.delete(best.opened, out)
        other = swap(problem, add_greedily(problem, left, problem.most))
        if other.total < best.total:
            best = other
        if tell is not None and (number + 1) % 20 == 0:
            tell(f"  restart {number + 1} of {restarts}")
    return best


def _total(served: Served) -> float:
    return served.total


def _enumerated(problem: Problem) -> Served | None:
    """The best set of a small problem; None where there are too many sets to look at."""
    fixed = np.flatnonzero(problem.kept)
    pool = np.flatnonzero(~problem.kept & ~problem.banned)
    room = min(problem.most - len(fixed), len(pool))
    sizes = range(room + 1) if problem.type_price > 0 else range(room, room + 1)
    work = sum(comb(len(pool), k) for k in sizes) * len(problem.weight) * max(problem.most, 1)
    if work > _ENUMERATED:
        return None
    is_new = problem.new.astype(np.int64)
    most_new = problem.most_new - int(problem.new[fixed].sum())
    found: list[Served] = []
    for k in sizes if most_new >= room else range(room + 1):
        best = np.empty(k, np.int64)
        total = enumerate_sets(
            *problem.arrays, problem.never, fixed, pool, is_new, most_new, k, best
        )
        if np.isfinite(total):
            found.append(problem.serve(np.concatenate([fixed, best])))
    return min(found, key=lambda one: (not one.holds_all, one.total))
