"""The tables of a suite from a design."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.catalogue import KINDS
from packopt.costing import package_costs
from packopt.suite.boxes import base_costs
from packopt.suite.sensitivity import curve, moves
from packopt.suite.tables import CURVE, DRAWS, MOVES, TYPES, table_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations
    from packopt.savings import Savings
    from packopt.suite.designing import Design
    from packopt.suite.offering import Offer
    from packopt.suite.pool import Rows
    from packopt.suite.problem import Problem, Served
    from packopt.suite.sensitivity import Stability
    from packopt.suite.settings import Wanted

    Ints = NDArray[np.int64]

#: Numbers of types that the curve shows, as shares of the one asked for; and one less and more.
_SIZES: Final = (0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


@dataclass(frozen=True, eq=False)
class Told:
    """A design, and what is needed to tell it.

    Attributes
    ----------
    design
        The design.
    ids
        Name of each candidate that is in the proposed set.
    offer
        Packages that are candidates beside boxes of the grid.
    today
        Today's set; None where there is none.
    scale
        Steps of cost in one unit.
    packed_cost
        What the fitting period costs as it is packed from the set, in units of the objective.
    late
        Rows of the holdout.
    """

    design: Design
    ids: dict[int, str]
    offer: Offer
    today: Catalogue | None
    scale: float
    packed_cost: float
    late: Rows

    @property
    def below_bound(self) -> bool:
        """Whether packing the proposed set costs less than its bound."""
        design = self.design
        return self.packed_cost < self.bound(design.bound.value, len(design.best.opened))

    def cost(self, served: Served) -> float:
        """What a set costs in units of the objective, as `packopt recommend` counts it."""
        return self.design.problem.of_orders(served) / self.scale

    def bound(self, value: float, n_types: int, dearest: float = 0.0) -> float:
        """A bound of the same for sets of at most so many types, see `Problem.bound_of_orders`."""
        return self.design.problem.bound_of_orders(value, n_types, dearest) / self.scale

    def name(self, j: int) -> str:
        """What a candidate is called."""
        if j in self.ids:
            return self.ids[j]
        pool = self.design.pool
        if pool.package[j] >= 0:
            return self.offer.package_ids[int(pool.package[j])]
        return "x".join(str(side) for side in self.sides_mm(j))

    def sides_mm(self, j: int) -> tuple[int, int, int]:
        """Length, width and height of a box."""
        width, length, height = (self.design.pool.steps[j] * self.grid_mm).tolist()
        return length, width, height

    @cached_property
    def grid_mm(self) -> int:
        """One step."""
        return self.design.grid_mm

    @cached_property
    def today_served(self) -> Served | None:
        """Today's set on the fitting period; None without one."""
        if self.today is None:
            return None
        return self.design.problem.serve(np.flatnonzero(self.design.pool.today))

    @property
    def today_cost(self) -> float | None:
        """What today's set costs over the fitting period.

        Contents that recommend packs but that no single type is known to hold count as they do in
        the proposed set, so that nothing is claimed to be saved on them.
        """
        served = self.today_served
        if served is None:
            return None
        cost = np.where(served.first >= 0, served.cost, self.design.best.cost)
        return self.cost(replace(served, cost=cost))

    def known_today(self) -> tuple[Problem, Served] | None:
        """The choice on the rows that today's set is known to hold, and that set on them."""
        served = self.today_served
        if served is None or not (served.first >= 0).any():
            return None
        known, problem = served.first >= 0, self.design.problem
        some = replace(
            problem,
            fits=problem.fits[known],
            weight=problem.weight[known],
            fill=problem.fill[known],
            rise=problem.rise[known],
        )
        return some, some.serve(served.opened)


def types_table(
    told: Told,
    proposed: Catalogue,
    plan: Recommendations,
    saved: Savings | None,
    steady: Stability,
    policy: Policy,
) -> pa.Table:
    """The types of both sets."""
    best, problem = told.design.best, told.design.problem
    usage = dict(zip(best.opened.tolist(), best.usage(problem.weight).tolist(), strict=True))
    again = dict(zip(best.opened.tolist(), steady.again.tolist(), strict=True))
    place = {name: j for j, name in told.ids.items()}
    late = Counter(plan.parcels["package_id"].cast(pa.string()).to_pylist())
    rows = []
    for row in _rows(proposed, policy, told.scale):
        j = place[row["package_id"]]
        origin = "today's" if told.design.pool.today[j] else "new"
        row |= {"set": "proposed", "origin": origin, "fit_parcels": usage[j]}
        row |= {"holdout_parcels": late[row["package_id"]]}
        rows.append(row | {"again": again[j] if steady.draws else None})
    served = told.today_served
    if told.today is not None and served is not None and saved is not None:
        before = Counter(saved.baseline_parcels["package_id"].cast(pa.string()).to_pylist())
        used = served.usage(problem.weight)
        number = told.design.pool.package[served.opened].tolist()
        by_package = dict(zip(number, used.tolist(), strict=True))
        for k, row in enumerate(_rows(told.today, policy, told.scale)):
            row |= {"set": "today", "origin": "today's", "fit_parcels": by_package.get(k)}
            rows.append(row | {"holdout_parcels": before[row["package_id"]]})
    return table_of(TYPES, rows)


def _rows(catalogue: Catalogue, policy: Policy, scale: float) -> list[dict[str, Any]]:
    cost = base_costs(package_costs(catalogue, policy)) / scale
    return [
        {
            "package_id": name,
            "kind": KINDS[kind],
            "length_mm": sides[0],
            "width_mm": sides[1],
            "height_mm": sides[2],
            "cost": each,
        }
        for name, kind, sides, each in zip(
            catalogue.package_ids, catalogue.kind.tolist(), catalogue.inner_mm.tolist(),
            cost.tolist(), strict=True,
        )
    ]  # fmt: skip


def curve_table(told: Told, wanted: Wanted, say: Callable[[str], None]) -> pa.Table:
    """What the best sets of several numbers of types cost, on both periods."""
    k = wanted.sizes
    least = max(1, int(told.design.problem.kept.sum()))
    near = {k - 1, k, k + 1, *(round(k * share) for share in _SIZES)}
    sizes = sorted(n for n in near if n >= least)
    today = told.today_cost
    rows = []
    for point in curve(told.design, sizes, wanted, tell=say):
        if point.best is None:
            continue
        cost, bound = told.cost(point.best), told.bound(point.bound, len(point.best.opened))
        row: dict[str, Any] = {"sizes": point.sizes, "cost": cost, "bound": bound}
        if bound > 0 and not (point.sizes == k and told.below_bound):
            row["within"] = cost / bound - 1
        if today:
            row["saved_share"] = 1 - cost / today
        rows.append(row | _late(told, point.best))
    return table_of(CURVE, rows)


def _late(told: Told, best: Served) -> dict[str, Any]:
    """A set on the holdout, by what the candidates are known to hold."""
    problem, rows = told.design.problem, told.late
    if not len(rows):
        return {}
    late = replace(
        problem,
        fits=told.design.pool.fits(rows),
        weight=rows.weight,
        fill=told.design.filler_step * rows.content_mm3,
        rise=told.design.pool.rise(rows),
    )
    served = late.serve(best.opened)
    held = served.first >= 0
    before = None
    if told.today_served is not None:
        before = late.serve(told.today_served.opened)
        held &= before.first >= 0
    spared = late.fill[held].sum()
    cost = float(served.cost[held].sum() - spared) / told.scale
    row: dict[str, Any] = {
        "holdout_cost": cost,
        "holdout_unheld": int(late.weight[served.first < 0].sum()),
    }
    if before is not None:
        known = float(before.cost[held].sum() - spared) / told.scale
        row["holdout_saved_share"] = 1 - cost / known if known else None
    return row


def moves_table(told: Told, wanted: Wanted) -> pa.Table:
    """The best single changes of today's set and of the proposed one."""
    sets = {"proposed": (told.design.problem, told.design.best), "today": told.known_today()}
    rows: list[dict[str, Any]] = []
    for name, pair in sets.items():
        if pair is None:
            continue
        problem, served = pair
        # Without a limit of changes, one more type may be new even if all are.
        most_new = problem.n_candidates if wanted.changes is None else wanted.changes
        found = moves(replace(problem, most_new=most_new), served)
        whole = problem.of_orders(served) / told.scale

        def row(
            change: str, out: int | None, into: int | None, saved: float, whole: float = whole,
            name: str = name,
        ) -> dict[str, Any]:  # fmt: skip
            return {
                "set": name,
                "change": change,
                "leaves": None if out is None else told.name(out),
                "comes": None if into is None else told.name(into),
                "saved": saved / told.scale,
                "saved_share": saved / told.scale / whole,
            }

        def held(
            out: int, into: list[int], served: Served = served, problem: Problem = problem
        ) -> bool:
            """Whether every content still has a type: else the change is none to be had."""
            left = served.opened[served.opened != out]
            return problem.serve(np.append(left, into).astype(np.int64)).holds_all

        rows += [row("add", None, j, saved) for j, saved in found.add]
        rows += [row("drop", j, None, saved) for j, saved in found.drop if held(j, [])]
        rows += [row("swap", out, j, saved) for out, j, saved in found.swap if held(out, [j])]
    return table_of(MOVES, rows)


def draws_table(steady: Stability) -> pa.Table:
    """What the set costs more on each resampled history than one chosen on it."""
    return table_of(
        DRAWS, [{"draw": n + 1, "regret": value} for n, value in enumerate(steady.regret.tolist())]
    )
