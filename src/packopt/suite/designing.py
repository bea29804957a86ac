"""From frontiers to the best set: candidates, choice, bound, and the grid that was left out.

Rows that the same candidates hold are one to the choice. After the first choice the bound's prices
tell which boxes of the whole grid are missing among the candidates; they and the neighbours of the
chosen ones are added, and it begins again, until nothing changes or the rounds are over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.errors import SuiteError
from packopt.suite.bounds import Bound, as_many, bound_below, bound_of_as_many, pick
from packopt.suite.boxes import filler_step, steps_per_unit
from packopt.suite.candidates import near, thinned
from packopt.suite.choosing import choose, restarted, swap
from packopt.suite.pool import Pool, Rows, make_pool
from packopt.suite.pricing import worth_of_grid
from packopt.suite.problem import Problem
from packopt.suite.swapping import reduce_costs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.suite.boxes import Shop
    from packopt.suite.offering import Offer
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
    filler_step
        Cost of filling one mm3.
    dearest
        Cost of the dearest box of the grid with nothing but filler inside.
    """

    pool: Pool
    problem: Problem
    bound: Bound
    grid_value: float
    grid_mm: int
    filler_step: int
    dearest: float

    @property
    def best(self) -> Served:
        """The best set."""
        return self.bound.best


def make_problem(shop: Shop, pool: Pool, rows: Rows, wanted: Wanted, offer: Offer) -> Problem:
    """The choice among candidates.

    Raises
    ------
    SuiteError
        If there are fewer candidates than types asked for, a kept type holds nothing, or nothing
        that may be chosen holds some row.
    """
    m = len(pool.base)
    ids = offer.package_ids
    name = np.array(["" if k < 0 else ids[k] for k in pool.package.tolist()], object)
    kept = np.isin(name, list(wanted.keep))
    banned = np.isin(name, list(wanted.forbid))
    if wanted.only_new:
        banned |= pool.today & ~kept
    fits = pool.fits(rows)
    for j in np.flatnonzero(kept).tolist():
        if not (fits[:, j // 64] >> (j % 64) & 1).any():
            raise SuiteError(
                "settings",
                f"field keep: type {name[j]} holds no order of the history; leave it out",
            )
    most_new = wanted.sizes if wanted.changes is None else wanted.changes
    may = ~banned & (pool.today | (most_new > 0))
    _refuse_unheld(_held_by_any(fits, may), rows, wanted, with_today=bool(pool.today.any()))
    if wanted.sizes > m:
        raise SuiteError(
            "settings",
            f"field sizes: found {wanted.sizes} types, but only {m} candidates; ask for fewer, or "
            "take a finer grid",
        )
    fill = filler_step(shop.policy) * rows.content_mm3
    return Problem(
        fits=fits,
        base=pool.base,
        n_filled=pool.n_filled,
        weight=rows.weight,
        fill=fill,
        kept=kept,
        banned=banned,
        new=~pool.today,
        most=wanted.sizes,
        most_new=most_new,
        type_price=_type_price(shop, rows, wanted, offer, float(fill.sum())),
        rise=pool.rise(rows),
    )


def _type_price(shop: Shop, rows: Rows, wanted: Wanted, offer: Offer, fill: float) -> float:
    """What a type costs in steps of the objective.

    That is no more than all orders in the dearest type: from there on the fewest types are best,
    and a sum with more would round away what the orders cost.
    """
    if not wanted.type_price:
        return 0.0
    dearest = offer.base(shop.policy).max(initial=0.0) + rows.rise.max(initial=0.0)
    dearest = max(float(shop.table.max()), float(dearest))
    most = float(rows.weight.sum()) * dearest + fill
    return min(wanted.type_price * steps_per_unit(shop.policy), most)


def _held_by_any(fits: Ints, may: Mask) -> Mask:
    """``(r,)`` rows that one of some candidates holds."""
    words = np.zeros(fits.shape[1], np.int64)
    for j in np.flatnonzero(may).tolist():
        words[j // 64] |= np.int64(1) << np.int64(j % 64)
    return np.asarray((fits & words).any(axis=1))


def _refuse_unheld(held: Mask, rows: Rows, wanted: Wanted, *, with_today: bool) -> None:
    """Refuse settings by which some rows are held by no type that may be chosen."""
    if held.all():
        return
    orders = rows.weight >= 1
    left, others = int((~held & orders).sum()), int((~held & ~orders).sum())
    what = []
    if left:
        what.append(f"{left:,} of {int(orders.sum()):,} different contents")
    if others:
        what.append(f"what {others:,} of today's largest cartons hold")
    fixes = []
    if "carton" not in wanted.kinds:
        fixes.append("add carton to kinds")
    if wanted.only_new or wanted.forbid:
        fixes.append("let more of today's types stay (only_new, forbid)")
    if wanted.changes == 0:
        fixes.append("allow changes")
    if others:
        fixes.append("set cover to false")
    fixes.append("widen the limits of the machine")
    stay = " and today's types that may stay"
    raise SuiteError(
        "settings",
        f"field kinds: of the {', '.join(wanted.kinds)} types that can be made"
        f"{stay if with_today else ''}, none holds {' and '.join(what)}; more types do not help: "
        f"{', or '.join(fixes)}",
    )


def design(
    shop: Shop,
    rows: Rows,
    wanted: Wanted,
    offer: Offer,
    *,
    rounds: int = _ROUNDS,
    start: tuple[Design, Floats] | None = None,
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
    offer
        Packages that may be chosen beside boxes of the grid: today's, and new ones of other kinds.
    rounds
        Most rounds of adding candidates.
    start
        A design for rows of which less was known, whose candidates and set to begin with, and
        ``(r,)`` prices of these rows.
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
    steps, pool, problem, bound = _first_round(shop, rows, wanted, offer, start, tell)
    grid_value = 0.0
    for number in range(rounds if "carton" in wanted.kinds else 0):
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
        begun = pool, before.best.opened, before.prices
        steps, pool, problem, bound = _next_round(shop, rows, wanted, offer, more, begun, tell)
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
    bound, value = _last_bounds(shop, rows, wanted, problem, pool, bound)
    return Design(
        pool=pool,
        problem=problem,
        bound=bound,
        grid_value=max(grid_value, value),
        grid_mm=shop.grid_mm,
        filler_step=filler_step(shop.policy),
        dearest=float(shop.table.max()),
    )


def bounded(
    shop: Shop, rows: Rows, wanted: Wanted, offer: Offer, design: Design, prices: Floats
) -> Design:
    """The same set for rows of which more is known, bounded anew.

    Parameters
    ----------
    shop, rows, wanted, offer
        As `design` takes them.
    design
        The set for rows of which less was known.
    prices
        ``(r,)`` prices of these rows to begin with.
    """
    pool = design.pool
    problem = make_problem(shop, pool, rows, wanted, offer)
    best = problem.serve(design.best.opened)
    bound = bound_below(problem, best, prices=prices, steps=_LAST_STEPS, patience=_PATIENT)
    # Sets met on the way are not packed, so that this one stays.
    bound, value = _last_bounds(shop, rows, wanted, problem, pool, replace(bound, best=best))
    return replace(design, problem=problem, bound=bound, grid_value=value)


def _last_bounds(
    shop: Shop, rows: Rows, wanted: Wanted, problem: Problem, pool: Pool, bound: Bound
) -> tuple[Bound, float]:
    """The bound of the best set, and that over the whole grid, where boxes of it are asked for.

    Both are about sets of no more types than the set has; the prices of its types are in them.
    """
    of_types, free = 0.0, problem
    if problem.type_price:
        bound = bound_of_as_many(problem, bound, _LAST_STEPS, patience=_PATIENT)
        of_types = problem.type_price * len(bound.best.opened)
        free = as_many(problem, len(bound.best.opened))
    if "carton" not in wanted.kinds:
        return bound, bound.value
    return bound, _missing(shop, rows, free, pool, bound)[1] + of_types


def _first_round(
    shop: Shop,
    rows: Rows,
    wanted: Wanted,
    offer: Offer,
    start: tuple[Design, Floats] | None,
    tell: Callable[[str], None] | None,
) -> tuple[Steps, Pool, Problem, Bound]:
    """The first choice: among thinned candidates, or among those of a design and with its set."""
    if start is not None:
        before, prices = start
        steps = before.pool.steps[before.pool.package < 0]
        begun = before.pool, before.best.opened, prices
        return _next_round(shop, rows, wanted, offer, steps, begun, tell)
    steps = np.empty((0, 3), np.int32)
    if "carton" in wanted.kinds:
        steps = thinned(shop, rows.boxes, rows.box_start, rows.free, rows.weight, wanted.candidates)
    pool = make_pool(shop, steps, offer)
    problem = make_problem(shop, pool, rows, wanted, offer)
    if tell is not None:
        tell(f"{len(pool.base):,} candidates for {len(rows):,} rows")
    best = choose(problem, seed=wanted.seed, least_use=wanted.least_use, tell=tell)
    return steps, pool, problem, bound_below(problem, best, tell=tell)


def _next_round(
    shop: Shop,
    rows: Rows,
    wanted: Wanted,
    offer: Offer,
    steps: Steps,
    begun: tuple[Pool, Ints, Floats],
    tell: Callable[[str], None] | None,
) -> tuple[Steps, Pool, Problem, Bound]:
    """Choose again from some candidates, beginning with a set of another pool, and with prices."""
    pool, opened, prices = begun
    wider = make_pool(shop, steps, offer)
    problem = make_problem(shop, wider, rows, wanted, offer)
    best = swap(problem, problem.serve(_same(pool, wider, opened)))
    best = restarted(problem, best, wanted.seed, _RESTARTS)
    return steps, wider, problem, bound_below(problem, best, prices=prices, tell=tell)


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
    packages = np.flatnonzero(pool.package >= 0)
    reduced = np.empty(problem.n_candidates)
    reduce_costs(*problem.arrays, bound.prices, reduced)
    whole = replace(
        problem,
        base=np.zeros(len(boxes) + len(packages)),
        kept=np.concatenate([np.zeros(len(boxes), np.bool_), problem.kept[packages]]),
        banned=np.concatenate([np.zeros(len(boxes), np.bool_), problem.banned[packages]]),
        new=np.concatenate([np.ones(len(boxes), np.bool_), problem.new[packages]]),
    )
    all_worth = np.concatenate([value, reduced[packages]])
    opened = pick(whole, all_worth)
    total = float(bound.prices.sum() + all_worth[opened].sum() + problem.type_price * len(opened))
    order = np.argsort(value, kind="stable")[:_ADDED]
    return boxes[order], total * (1 - 1e-9)
