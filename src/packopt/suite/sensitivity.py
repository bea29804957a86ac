"""How the answer changes: with the number of types, by one type more or less, and with the history.

All of it is worked out from what the candidates are known to hold, without packing anything again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.suite.bounds import Bound, bound_below, bound_of_as_many
from packopt.suite.choosing import add_greedily, openable, rates, swap, used_enough

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.suite.designing import Design
    from packopt.suite.problem import Problem, Served
    from packopt.suite.settings import Wanted

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Steps of the bound at each number of types.
_STEPS: Final = 40


@dataclass(frozen=True, eq=False, slots=True)
class Point:
    """The best set of one number of types, and a lower bound; the set is None if none holds all."""

    sizes: int
    best: Served | None
    bound: float


def curve(
    design: Design,
    sizes: Sequence[int],
    wanted: Wanted,
    *,
    tell: Callable[[str], None] | None = None,
) -> list[Point]:
    """The best sets of several numbers of types, from the same candidates and by the same settings.

    At the number that is asked for, it is the proposed set with its bound. Beyond it, more types
    never cost more: a set of K types is a set of at most K + 1. Bounds are about sets of no more
    types than the set has, and do not know of the least use.

    Parameters
    ----------
    design
        The candidates, and the proposed set.
    sizes
        Numbers of types, ascending.
    wanted
        The settings: the number that is asked for, how many types may be new, the least use.
    tell
        Gets a line on the progress.
    """
    points: list[Point] = []
    known = {len(design.best.opened): design.best}
    before: Served | None = None
    for k in sizes:
        if k == wanted.sizes:
            before = design.best
            points.append(Point(k, before, design.bound.value))
            continue
        most_new = k if wanted.changes is None else min(k, wanted.changes)
        problem = replace(design.problem, most=k, most_new=most_new)
        found = _of_size(problem, before, known, k, wanted.least_use)
        if found is None or not found.holds_all:
            points.append(Point(k, None, 0.0))
            continue
        bounded = _bounded(design, problem, found)
        # Sets that are met on the way know nothing of the least use.
        before = found if wanted.least_use else bounded.best
        if tell is not None:
            tell(f"  {k} types: within {before.total / bounded.value - 1:.2%}")
        points.append(Point(k, before, bounded.value))
    return points


def _bounded(design: Design, problem: Problem, found: Served) -> Bound:
    """A bound of the sets of one number of types, from the prices of the proposed set's bound."""
    prices = design.bound.prices
    if problem.type_price:
        return bound_of_as_many(problem, Bound(0.0, prices, found), _STEPS, prices=prices)
    return bound_below(problem, found, prices=prices, steps=_STEPS)


def _of_size(
    problem: Problem, before: Served | None, known: dict[int, Served], k: int, least_use: int
) -> Served | None:
    """The best set of at most ``k`` types, no worse than that of fewer; None if none is found."""
    starts = [before.opened if before is not None else np.flatnonzero(problem.kept)]
    larger = [one for size, one in known.items() if size > k]
    found = [swap(problem, add_greedily(problem, start, k)) for start in starts]
    found += [swap(problem, _dropped(problem, one, k)) for one in larger]
    found += [one for size, one in known.items() if size == k]
    if least_use:
        used = [used_enough(problem, one, least_use) for one in found]
        found = [one for one in used if one is not None]
    if before is not None:
        found.append(before)
    return None if not found else min(found, key=lambda one: (not one.holds_all, one.total))


def _dropped(problem: Problem, served: Served, k: int) -> Served:
    """A set without those of its types that are missed least."""
    while len(served.opened) > k:
        _, loss, _ = rates(problem, served)
        loss[problem.kept[served.opened]] = np.inf
        served = problem.serve(np.delete(served.opened, int(loss.argmin())))
    return served


@dataclass(frozen=True, eq=False, slots=True)
class Moves:
    """What one change of a set saves, in steps of the objective; less than 0 costs.

    Attributes
    ----------
    add
        Pairs of a candidate and what it saves, best first.
    drop
        Pairs of an open candidate and what its leaving saves (mostly less than 0), best first.
    swap
        Triples of an open candidate, the best one for it and what that saves, best first.
    """

    add: list[tuple[int, float]]
    drop: list[tuple[int, float]]
    swap: list[tuple[int, int, float]]


def moves(problem: Problem, served: Served, most: int = 10) -> Moves:
    """The best changes of a set by one type.

    Parameters
    ----------
    problem
        The candidates; those that are banned are left out, as are changes by which a kept type
        goes or too many are new.
    served
        The set.
    most
        How many candidates to add are told.
    """
    gain, loss, extra = rates(problem, served)
    opened = served.opened
    may = ~problem.banned
    may[opened] = False
    more = may & openable(problem, opened)
    ranked = np.argsort(-np.where(more, gain, -np.inf), kind="stable")[:most]
    add = [(int(j), float(gain[j])) for j in ranked if more[j]]
    saving = gain[:, None] - loss[None, :] + extra
    saving[~may] = -np.inf
    if problem.new[opened].sum() >= problem.most_new:
        # A new one may come only where a new one goes.
        saving[np.ix_(problem.new, ~problem.new[opened])] = -np.inf
    into = saving.argmax(axis=0)
    free = [k for k in range(len(opened)) if not problem.kept[opened[k]]]
    swaps = [(int(opened[k]), int(into[k]), float(saving[into[k], k])) for k in free]
    swaps = [one for one in swaps if np.isfinite(one[2])]
    drops = [(int(opened[k]), -float(loss[k])) for k in free]
    return Moves(
        add, sorted(drops, key=lambda one: -one[1]), sorted(swaps, key=lambda one: -one[2])
    )


@dataclass(frozen=True, eq=False, slots=True)
class Stability:
    """The set chosen anew on resampled histories.

    Attributes
    ----------
    draws
        Number of resampled histories.
    again
        ``(k,)`` share of draws whose set has the type, or one within a grid step on each side.
    regret
        ``(d,)`` what the proposed set costs on each more than the set chosen on it, as a share.
    """

    draws: int
    again: Floats
    regret: Floats


def stability(
    design: Design, draws: int, seed: int, *, tell: Callable[[str], None] | None = None
) -> Stability:
    """Choose again on histories drawn with replacement from the orders.

    Parameters
    ----------
    design
        The set and its candidates.
    draws
        How many.
    seed
        Of the draws.
    tell
        Gets a line on the progress.
    """
    rng = np.random.default_rng(seed)
    problem, best, pool = design.problem, design.best, design.pool
    again = np.zeros(len(best.opened))
    regret = np.empty(draws)
    share = problem.fill / problem.weight
    orders = int(problem.weight.sum())
    for draw in range(draws):
        drawn = rng.multinomial(orders, problem.weight / problem.weight.sum()).astype(np.float64)
        # What is there to be held only, stays.
        drawn[problem.weight < 1] = problem.weight[problem.weight < 1]
        other = replace(problem, weight=drawn, fill=share * drawn)
        kept = other.serve(best.opened)
        chosen = swap(other, kept)
        regret[draw] = _with_types(other, kept) / _with_types(other, chosen) - 1
        for k, j in enumerate(best.opened.tolist()):
            near = (pool.package[chosen.opened] < 0) & (
                np.abs(pool.steps[chosen.opened] - pool.steps[j]).max(axis=1) <= 1
            )
            same = chosen.opened == j
            again[k] += bool((same | (near & (pool.package[j] < 0))).any())
        if tell is not None:
            tell(f"  resampled {draw + 1} of {draws}")
    return Stability(draws, again / max(draws, 1), regret)


def _with_types(problem: Problem, served: Served) -> float:
    """What a set costs, prices of its types included."""
    return problem.of_orders(served) + problem.type_price * len(served.opened)
