"""One package or several parcels: for each order the better of two answers, freight included."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.answers import word
from packopt.freight.costs import REFUSED
from packopt.freight.tables import (
    FEASIBLE,
    OPEN,
    OPTIMAL,
    PARTIAL,
    UNDECIDED,
    Answered,
    billed_sides_mm,
    gross_g,
    merged,
    money,
    order_of,
    package_of,
    reason_of,
    verdict_words,
    with_columns,
)
from packopt.tables import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.freight.costs import FreightCosts
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Rows = tuple[pa.Table, Ints]

_BOUNDED: Final = (OPTIMAL, FEASIBLE, UNDECIDED)
_PLANNED: Final = (OPTIMAL, FEASIBLE, PARTIAL)
_OF_PLANS: Final = ("tare_g", "fill_g", "empty_space_inner", "empty_space_outer")


def choose(
    policy: Policy, one: Answered, many: Answered, two: Ints, units: Ints
) -> tuple[Mask, Answered]:
    """Choose between one package and several parcels.

    Parameters
    ----------
    policy
        Whether fewest parcels come first, or parcels have a price.
    one, many
        Answers to the orders that were asked about in one package, and in any number of parcels.
    two
        ``(n,)`` cost steps that no two parcels fall below.
    units
        ``(n,)`` units of each order.

    Returns
    -------
    ``(n,)`` True for the orders that get the answer in any number of parcels, and all answers, of
    which only the arrays are to be used.
    """
    cheaper = many.cost < one.cost
    if policy.parcel_price is None:
        # Fewest parcels first: only a unit that ships as it is does as well as one package.
        cheaper &= many.parcels == 1
    splits = (units > 1) & (policy.max_parcels > 1)
    takes = many.asked & (~one.asked | (splits & ~one.ships) | cheaper)
    bound = _bounds(policy, one, many, two, splits)
    verdict = np.where(takes, many.verdict, one.verdict)
    cost = np.where(takes, many.cost, one.cost)
    parcels = np.where(takes, many.parcels, one.parcels)
    fewest = np.where(takes & ~one.ships, many.fewest, one.fewest)
    proved = cost == bound
    if policy.parcel_price is None:
        proved &= parcels == fewest
    plain = np.isin(verdict, (OPTIMAL, FEASIBLE))
    verdict = np.where(plain, np.where(proved, OPTIMAL, FEASIBLE), verdict)
    bounded = np.isin(verdict, _BOUNDED)
    final = Answered(
        result=many.result,
        asked=one.asked | many.asked,
        verdict=verdict,
        parcels=parcels,
        fewest=np.where(bounded, fewest, -1),
        cost=cost,
        bound=np.where(bounded, bound, REFUSED),
        work=one.work + many.work,
        parcel_cost=many.parcel_cost,
    )
    return takes, final


def _bounds(policy: Policy, one: Answered, many: Answered, two: Ints, splits: Mask) -> Ints:
    """``(n,)`` cost steps that no plan falls below.

    Every plan is one package, which costs no less than what was proved of those; or the unit's own
    container, where it is the only unit; or several parcels, of which two cost no less than
    ``two``. And no plan costs less than what was proved with every package at its least freight.
    """
    bound = np.where(one.asked, one.bound, many.bound)
    own = one.asked & many.asked & ~splits
    bound = np.where(own, np.minimum(bound, many.cost), bound)
    if policy.parcel_price is None:
        # What is claimed is for as many parcels as were found, or fewer.
        return np.where(one.asked & many.asked & splits & ~one.ships, many.bound, bound)
    bound = np.where(one.asked & splits, np.minimum(bound, two), bound)
    return np.where(many.asked & splits, np.maximum(bound, many.bound), bound)


class Tables:
    """The tables of the chosen answers.

    Parameters
    ----------
    orders, catalogue, freight
        What was asked, and what parcels cost.
    one, many
        Answers in one package, and in any number of parcels.
    takes, final
        As `choose` returns them.
    costs
        ``(n, k)`` cost steps of the packages for each order that was asked about in one.
    price
        Cost steps for each parcel.
    """

    def __init__(
        self,
        orders: Orders,
        catalogue: Catalogue,
        freight: FreightCosts,
        one: Answered,
        many: Answered,
        takes: Mask,
        final: Answered,
        costs: Ints,
        price: int,
    ) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._freight = freight
        self._one, self._many = one, many
        self._takes = takes
        self._final = final
        self._costs = costs
        self._price = price
        self._ships: Mask = np.isin(final.verdict, _PLANNED)

    def build(self) -> Recommendations:
        """All tables, in the order of the input."""
        ships, every = self._ships, np.ones(self._orders.n_orders, np.bool_)
        tables: dict[str, Any] = {
            "orders": self._answers(self._chosen("orders", every)[0]),
            "parcels": self._parcels(),
            "placements": self._chosen("placements", ships)[0],
            "ruled_out": self._ruled_out(),
            "unpacked": self._chosen("unpacked", self._final.verdict != UNDECIDED)[0],
            "alternatives": self._alternatives(self._chosen("alternatives", ships)[0]),
            "alternative_placements": self._chosen("alternative_placements", ships)[0],
        }
        return replace(self._many.result, **tables)

    def _chosen(self, name: str, wanted: Mask) -> Rows:
        """Rows of a table from the answer that each order gets."""
        one, many = getattr(self._one.result, name), getattr(self._many.result, name)
        parts = [self._rows(one, wanted & ~self._takes), self._rows(many, wanted & self._takes)]
        return merged(parts, self._orders)

    def _rows(self, table: pa.Table, wanted: Mask) -> Rows:
        """The rows of some orders, and their orders."""
        order = order_of(table, self._orders)
        rows = np.flatnonzero(wanted[order])
        return table.take(pa.array(rows)), order[rows]

    def _answers(self, table: pa.Table) -> pa.Table:
        final, none = self._final, pa.array(~self._ships)
        empty = {
            name: pc.if_else(none, pa.scalar(None, table[name].type), table[name])
            for name in _OF_PLANS
        }
        package = package_of(table, self._catalogue)
        names = pa.array([*self._catalogue.package_ids, "own_container"], pa.string())
        package = np.where(package < -1, len(names) - 1, package)
        unbounded = ~np.isin(final.verdict, _BOUNDED)
        columns = {
            "verdict": verdict_words(final.verdict),
            "parcels": pa.array(np.where(self._ships, final.parcels, 0).astype(np.int32)),
            "parcels_lower_bound": pa.array(final.fewest.astype(np.int32), mask=unbounded),
            "package_id": word(np.maximum(package, 0), names, (package < 0) | ~self._ships),
            "cost": money(final.cost, ~self._ships),
            "cost_lower_bound": money(final.bound, unbounded),
            "nodes": pa.array(final.work),
        }
        return with_columns(table, empty | columns)

    def _parcels(self) -> pa.Table:
        """Parcels with their freight in the cost, and what is billed for them."""
        kept = []
        for answered, wanted in ((self._one, ~self._takes), (self._many, self._takes)):
            table = answered.result.parcels
            order = order_of(table, self._orders)
            rows = np.flatnonzero((wanted & self._ships)[order])
            # Of one package: nothing cheaper holds its units, though two parcels might cost less.
            claims = answered if answered is self._one else self._final
            proved = (claims.cost == claims.bound)[order[rows]]
            columns = {
                "cost": money(answered.parcel_cost[rows]),
                "verdict": verdict_words(np.where(proved, OPTIMAL, FEASIBLE)),
            }
            kept.append((with_columns(table.take(pa.array(rows)), columns), order[rows]))
        table = merged(kept, self._orders)[0]
        return with_columns(table, {"billable_g": self._billable_g(table)})

    def _billable_g(self, table: pa.Table) -> pa.Array:
        rule = self._freight.tariff.rule
        if rule.basis != "weight":
            return pa.nulls(table.num_rows, pa.int64())
        sides = billed_sides_mm(table, package_of(table, self._catalogue), self._freight)
        return pa.array(rule.billable_g(sides, gross_g(table)))

    def _alternatives(self, table: pa.Table) -> pa.Table:
        order, package = order_of(table, self._orders), package_of(table, self._catalogue)
        return with_columns(table, {"cost": money(self._costs[order, package])})

    def _ruled_out(self) -> pa.Table:
        """What one package cannot do is told by those answers, where an order has both."""
        both = self._one.asked & self._takes
        rest = [
            self._rows(self._one.result.ruled_out, ~self._takes),
            self._rows(self._many.result.ruled_out, self._takes & ~both),
        ]
        if not both.any():
            return merged(rest, self._orders)[0]
        table, order = self._rows(self._one.result.ruled_out, both)
        package = package_of(table, self._catalogue)
        reason = self._closed(order, package, reason_of(table))
        better = np.flatnonzero(self._is_better(order, package))
        columns = {"reason": word(reason, pa.array(REASONS, pa.string()))}
        table = with_columns(table, columns).take(pa.array(better))
        return merged([*rest, (table, order[better])], self._orders)[0]

    def _closed(self, order: Ints, package: Ints, reason: Ints) -> Ints:
        """Reasons, where splitting has proved what the question about one package left open."""
        table = self._many.result.ruled_out
        found = reason_of(table)
        known = np.flatnonzero(found != OPEN)
        if not len(known):
            return reason
        n = self._catalogue.n_packages
        key = (order_of(table, self._orders) * n + package_of(table, self._catalogue))[known]
        by_key = np.argsort(key)
        wanted = order * n + package
        at = by_key[np.minimum(np.searchsorted(key, wanted, sorter=by_key), len(key) - 1)]
        return np.where((key[at] == wanted) & (reason == OPEN), found[known[at]], reason)

    def _is_better(self, order: Ints, package: Ints) -> Mask:
        """Where an order now has one parcel, only what would be better than that is listed."""
        parcels, final = self._many.result.parcels, self._final
        mine, of_parcel = package_of(parcels, self._catalogue), order_of(parcels, self._orders)
        has, volume = np.full((2, self._orders.n_orders), -1, np.int64)
        has[of_parcel] = mine
        volume[of_parcel] = billed_sides_mm(parcels, mine, self._freight).prod(axis=1)
        saved = final.cost[order] - self._price - self._costs[order, package]
        smaller = self._freight.costs.outer_mm3[package] < volume[order]
        better = (saved > 0) | ((saved == 0) & smaller)
        single = (final.parcels[order] == 1) & np.isin(final.verdict[order], (OPTIMAL, FEASIBLE))
        return np.asarray(~single | (better & (package != has[order])))
