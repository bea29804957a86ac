"""From frontiers to the best set: candidates, choice, bound, and the grid that was left out.

Rows that the same candidates hold are one to the choice. After the first choice the bound's prices
tell which boxes of the whole grid are missing among the candidates; they and the neighbours of the
chosen ones are added, and it begins again, until nothing changes or the rounds are over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import MAILER
from packopt.costing import package_costs
from packopt.errors import SuiteError
from packopt.suite.bounds import Bound, bound_below, pick
from packopt.suite.boxes import base_costs, filler_step
from packopt.suite.candidates import near, thinned
from packopt.suite.choosing import choose, restarted, swap
from packopt.suite.fitting import fits_of_boxes
from packopt.suite.pricing import worth_of_grid
from packopt.suite.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.suite.boxes import Shop
    from packopt.suite.problem import Served
    from packopt.suite.settings import Wanted

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Steps = NDArray[np.int32]
    Mask = NDArray[np.bool_]

_ROUNDS: Final = 6
#: Restarts of one round.
_RESTARTS: Final = 30
#: A set within this share of the bound is not looked at again; others are, at the end.
_CLOSE: Final = 0.01
_LAST_RESTARTS: Final = 60
_LAST_STEPS, _PATIENT = 1_500, 40
#: Boxes of the grid that one round adds to the candidates.
_ADDED: Final = 400
#: A round that betters set and bound by less than this share is the last.
_WORTH_A_ROUND: Final = 5e-4


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """``r`` rows that differ in what holds them.

    Attributes
    ----------
    boxes, box_start
        The frontier of each row.
    free
        ``(r,)`` whether its boxes are sorted sides.
    held
        ``(r, k)`` which of today's packages hold the row.
    weight
        ``(r,)`` orders that the set is fitted to.
    content_mm3
        ``(r,)`` content of all of them.
    """

    boxes: Steps
    box_start: Ints
    free: Mask
    held: Mask
    weight: Floats
    content_mm3: Floats

    def __len__(self) -> int:
        return len(self.free)

    def take(self, rows: Ints, weight: Floats, content_mm3: Floats) -> Rows:
        """Some rows, with other numbers of orders."""
        counts = np.diff(self.box_start)[rows]
        start = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(counts, out=start[1:])
        index = np.repeat(self.box_start[rows] - start[:-1], counts) + np.arange(start[-1])
        return Rows(self.boxes[index], start, self.free[rows], self.held[rows], weight, content_mm3)


@dataclass(frozen=True, eq=False, slots=True)
class Pool:
    """Candidates: boxes of the grid and today's packages, in the order of a `Problem`.

    Attributes
    ----------
    steps
        ``(m, 3)`` of boxes; 0 for today's packages.
    package
        ``(m,)`` number of today's package; -1 for boxes.
    base
        ``(m,)`` cost with nothing but filler inside, in steps of the objective.
    n_filled
        Number of cartons, which stand first.
    """

    steps: Steps
    package: Ints
    base: Floats
    n_filled: int

    def fits(self, rows: Rows) -> Ints:
        """Which rows each candidate holds, as bits."""
        fits = np.zeros((len(rows), max(1, -(-len(self.base) // 64))), np.int64)
        boxes = np.flatnonzero(self.package < 0)
        # Boxes that no row needs stand where today's packages are, and hold nothing.
        steps = np.where(self.package[:, None] < 0, self.steps, 0).astype(np.int32)
        if len(boxes):
            fits |= fits_of_boxes(rows.boxes, rows.box_start, rows.free, steps)
        for j in np.flatnonzero(self.package >= 0).tolist():
            bit = rows.held[:, self.package[j]].astype(np.int64) << (j % 64)
            fits[:, j // 64] |= bit
        return fits


@dataclass(frozen=True, eq=False, slots=True)
class Design:
    """The best set that was found, and how good any could be.

    Attributes
    ----------
    pool, problem
        The candidates, and the choice among them.
    bound
        With the best set, and the bound over the candidates.
    grid_value
        A lower bound of what any set of boxes of the whole grid costs, in the terms of `Served`.
    grid_mm
        One step of the grid.
    """

    pool: Pool
    problem: Problem
    bound: Bound
    grid_value: float
    grid_mm: int

    @property
    def best(self) -> Served:
        """The best set."""
        return self.bound.best


def make_pool(shop: Shop, steps: Steps, today: Catalogue | None) -> Pool:
    """Candidates from boxes of the grid and today's packages, in the order of a `Problem`."""
    unique = np.unique(steps, axis=0).astype(np.int32)
    base = shop.table[tuple(unique.T)].astype(np.float64)
    package = np.full(len(unique), -1, np.int64)
    filled = np.ones(len(unique), np.bool_)
    if today is not None and today.n_packages:
        of_today = base_costs(package_costs(today, shop.policy)).astype(np.float64)
        unique = np.concatenate([unique, np.zeros((today.n_packages, 3), np.int32)])
        base = np.concatenate([base, of_today])
        package = np.concatenate([package, np.arange(today.n_packages)])
        filled = np.concatenate([filled, today.kind != MAILER])
    order = np.lexsort((package, base, ~filled))
    return Pool(unique[order], package[order], base[order], int(filled.sum()))


def make_problem(
    shop: Shop, pool: Pool, rows: Rows, wanted: Wanted, today: Catalogue | None
) -> Problem:
    """The choice among candidates.

    Raises
    ------
    SuiteError
        If there are fewer candidates than types asked for, or a kept type holds nothing.
    """
    m = len(pool.base)
    if wanted.sizes > m:
        raise SuiteError(
            "settings",
            f"field sizes: found {wanted.sizes} types, but only {m} candidates; ask for fewer, or "
            "take a finer grid",
        )
    ids = () if today is None else today.package_ids
    name = np.array(["" if k < 0 else ids[k] for k in pool.package.tolist()], object)
    kept = np.isin(name, list(wanted.keep))
    banned = np.isin(name, list(wanted.forbid))
    if wanted.only_new:
        banned |= (pool.package >= 0) & ~kept
    fits = pool.fits(rows)
    for j in np.flatnonzero(kept).tolist():
        if not (fits[:, j // 64] >> (j % 64) & 1).any():
            raise SuiteError(
                "settings",
                f"field keep: type {name[j]} holds no order of the history; leave it out",
            )
    return Problem(
        fits=fits,
        base=pool.base,
        n_filled=pool.n_filled,
        weight=rows.weight,
        fill=filler_step(shop.policy) * rows.content_mm3,
        kept=kept,
        banned=banned,
        new=pool.package < 0,
        most=wanted.sizes,
        most_new=wanted.sizes if wanted.changes is None else wanted.changes,
        type_price=wanted.type_price,
    )


def design(
    shop: Shop,
    rows: Rows,
    wanted: Wanted,
    today: Catalogue | None,
    *,
    rounds: int = _ROUNDS,
    tell: Callable[[str], None] | None = None,
) -> Design:
    """Choose the set that serves the rows best.

    Parameters
    ----------
    shop
        What can be made.
    rows
        What is to be served.
    wanted
        What set is asked for.
    today
        Today's packages that may be chosen; None for none.
    rounds
        Most rounds of adding candidates.
    tell
        Gets a line on the progress.

    Returns
    -------
    The set, with bounds.

    Raises
    ------
    SuiteError
        If the settings cannot be met.
    """
    say = tell or (lambda _line: None)
    boxes, box_start = rows.boxes, rows.box_start
    steps = thinned(shop, boxes, box_start, rows.free, rows.weight, wanted.candidates)
    pool = make_pool(shop, steps, today)
    problem = make_problem(shop, pool, rows, wanted, today)
    say(f"{len(pool.base):,} candidates for {len(rows):,} rows")
    best = choose(problem, seed=wanted.seed, least_use=wanted.least_use, tell=tell)
    bound = bound_below(problem, best, tell=tell)
    grid_value = 0.0
    for number in range(rounds):
        missing, value = _missing(shop, rows, problem, pool, bound)
        grid_value = max(grid_value, value)
        chosen = pool.steps[bound.best.opened[pool.package[bound.best.opened] < 0]]
        around = near(shop, chosen, 2 if len(chosen) < 24 else 1)
        more = np.unique(np.concatenate([steps, missing, around]), axis=0)
        of_grid = replace(bound, value=grid_value)
        say(
            f"round {number + 1}: within {bound.gap:.2%} of the best of {len(pool.base):,} "
            f"candidates, within {of_grid.gap:.2%} of the whole grid"
        )
        if len(more) == len(steps):
            break
        before = bound
        steps, pool, problem, bound = _next_round(
            shop, rows, wanted, today, more, pool, before, tell
        )
        better = before.best.total - bound.best.total
        closer = abs(bound.value - before.value)
        if max(better, closer) < _WORTH_A_ROUND * bound.best.total:
            break
    if bound.gap > _CLOSE:
        best = restarted(problem, bound.best, wanted.seed + 1, _LAST_RESTARTS)
        bound = bound_below(
            problem, best, prices=bound.prices, steps=_LAST_STEPS, patience=_PATIENT, tell=tell
        )
    if wanted.least_use:
        # Swaps on the way know nothing of it.
        best = choose(
            problem, seed=wanted.seed, start=bound.best.opened, restarts=0,
            least_use=wanted.least_use,
        )  # fmt: skip
        bound = replace(bound, best=best)
    _, value = _missing(shop, rows, problem, pool, bound)
    return Design(pool, problem, bound, max(grid_value, value), shop.grid_mm)


def _next_round(
    shop: Shop,
    rows: Rows,
    wanted: Wanted,
    today: Catalogue | None,
    steps: Steps,
    pool: Pool,
    bound: Bound,
    tell: Callable[[str], None] | None,
) -> tuple[Steps, Pool, Problem, Bound]:
    """Choose again, from more candidates, starting with the set and the prices that there are."""
    wider = make_pool(shop, steps, today)
    problem = make_problem(shop, wider, rows, wanted, today)
    opened = _same(pool, wider, bound.best.opened)
    best = swap(problem, problem.serve(opened))
    best = restarted(problem, best, wanted.seed, _RESTARTS)
    return steps, wider, problem, bound_below(problem, best, prices=bound.prices, tell=tell)


def _same(pool: Pool, other: Pool, opened: Ints) -> Ints:
    """The same candidates in another pool."""
    place = {_name(other, j): j for j in range(len(other.base))}
    return np.array(sorted(place[_name(pool, j)] for j in opened.tolist()), np.int64)


def _name(pool: Pool, j: int) -> tuple[int, ...]:
    return (int(pool.package[j]), *pool.steps[j].tolist())


def _missing(
    shop: Shop, rows: Rows, problem: Problem, pool: Pool, bound: Bound
) -> tuple[Steps, float]:
    """Boxes of the grid that are worth most, and the bound over the whole grid."""
    table = shop.table
    worth = np.zeros(table.shape)
    heights = np.zeros(shop.most + 2, np.int64)
    worth_of_grid(
        rows.boxes, rows.box_start, rows.free, rows.weight, bound.prices, table,
        shop.every_way, worth, heights,
    )  # fmt: skip
    boxes = np.argwhere(worth < 0).astype(np.int32)
    value = worth[tuple(boxes.T)]
    of_today = np.flatnonzero(pool.package >= 0)
    reduced = np.empty(problem.n_candidates)
    from packopt.suite.swapping import reduce_costs

    reduce_costs(*problem.arrays, bound.prices, reduced)
    whole = replace(
        problem,
        base=np.zeros(len(boxes) + len(of_today)),
        kept=np.concatenate([np.zeros(len(boxes), np.bool_), problem.kept[of_today]]),
        banned=np.concatenate([np.zeros(len(boxes), np.bool_), problem.banned[of_today]]),
        new=np.concatenate([np.ones(len(boxes), np.bool_), problem.new[of_today]]),
    )
    all_worth = np.concatenate([value, reduced[of_today]])
    opened = pick(whole, all_worth)
    total = float(bound.prices.sum() + all_worth[opened].sum() + problem.type_price * len(opened))
    order = np.argsort(value, kind="stable")[:_ADDED]
    return boxes[order], total * (1 - 1e-9)
