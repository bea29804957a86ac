"""Finite stock: orders are served in turn, and none gets a package that earlier ones used up.

Orders come in order of date, or of the input where they have none. Each gets the best answer that
the stock allows when its turn comes. All are answered as if stock were endless first; whoever then
finds too little left is answered anew, together with everybody later who would. An answer that the
stock still allows stays the best one, since stock only shrinks. Packages of which there is none at
first are not there at all: no order is short of them. A package that is part-filled already is in
use, and no more in stock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.answers import word
from packopt.recommendations import Recommendations, concat
from packopt.tables import TABLES, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders

    Ints = NDArray[np.int64]

ENDLESS: Final = -1
_BY_ORDER: Final = tuple(name for name in TABLES if name != "rejects")


class Answer(Protocol):
    """Answers orders from what is left of the stock."""

    def __call__(
        self, orders: Orders, left: Ints | None, sites: tuple[str, ...], *, joined: bool
    ) -> Recommendations:
        """``left``, ``sites`` and ``joined`` as in `packopt.job.Job.answer`."""


class Ledger:
    """What is left of each package at each site, and where no site is stated.

    Parameters
    ----------
    catalogue
        Says how much there is at first.

    Attributes
    ----------
    sites
        Sites with a stock of their own.
    left
        ``(s + 1, k)`` packages left; the last row is for orders without a site; -1 is endless.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.sites = tuple(sorted({site for stock in catalogue.stock for site in stock if site}))
        self.left = np.full((len(self.sites) + 1, catalogue.n_packages), ENDLESS, np.int64)
        for package, stock in enumerate(catalogue.stock):
            if stock:
                # A site that is not named has none; orders without a site cannot tell whose.
                every = stock.get("", 0)
                self.left[:, package] = [*(stock.get(site, every) for site in self.sites), every]
        #: Packages of which all sites share one stock.
        self.shared = np.array(["" in stock for stock in catalogue.stock], np.bool_)

    def row_of(self, site: str) -> int:
        """The row of ``left`` that a site goes by."""
        return self.sites.index(site) if site in self.sites else len(self.sites)

    def covers(self, needs: Needs) -> NDArray[np.bool_]:
        """``(q,)`` whether there is enough for each need."""
        left = self.left[needs.site, needs.package]
        return np.asarray((left == ENDLESS) | (left >= needs.qty))

    def take(self, needs: Needs) -> None:
        """Take packages out of stock."""
        for site, package, qty in zip(needs.site, needs.package, needs.qty, strict=True):
            if self.left[site, package] != ENDLESS:
                rows = slice(None) if self.shared[package] else site
                self.left[rows, package] -= qty


@dataclass(frozen=True, eq=False, slots=True)
class Needs:
    """Packages that orders want, by order; ``(q,)`` each."""

    order: Ints
    site: Ints
    package: Ints
    qty: Ints

    def of(self, rows: NDArray[np.bool_] | Ints | slice) -> Needs:
        """Some of them."""
        return Needs(self.order[rows], self.site[rows], self.package[rows], self.qty[rows])


def is_finite(catalogue: Catalogue) -> bool:
    """Whether any package can run out."""
    return any(catalogue.stock)


def answer_in_turn(orders: Orders, catalogue: Catalogue, answer: Answer) -> Recommendations:
    """Answer orders so that no package is used more often than it is in stock.

    Parameters
    ----------
    orders
        The orders.
    catalogue
        Its ``stock`` says what there is.
    answer
        Answers any orders from what is left, in their order.

    Returns
    -------
    The result in the order of the input, with what each shortage cost.
    """
    return _Turns(orders, catalogue, answer).served()


class _Turns:
    """Orders being served in turn: what each wants, and which round answered it."""

    def __init__(self, orders: Orders, catalogue: Catalogue, answer: Answer) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._answer = answer
        self._ledger = Ledger(catalogue)
        self._rounds = [self._answer_from_enough()]
        self._round_of = np.zeros(orders.n_orders, np.int64)
        self._short_of = np.full(orders.n_orders, -1)
        self._gone: list[NDArray[np.bool_]] = []
        self._gone_at = np.zeros(orders.n_orders, np.int64)
        self._needs = _needs(self._rounds[0], orders, catalogue, self._ledger)

    def _answer_from_enough(self) -> Recommendations:
        """Answer all orders as if there were enough of every package that there is at first."""
        absent = self._ledger.left == 0
        if not absent.any():
            return self._answer(self._orders, None, (), joined=False)
        left = np.where(absent, 0, ENDLESS)
        return self._answer(self._orders, left, self._ledger.sites, joined=False)

    def served(self) -> Recommendations:
        """Serve one order after the other."""
        waiting = _turns(self._orders)
        for turn, order in enumerate(waiting):
            if not self._covered(order):
                self._answer_late_ones(waiting[turn:])
            if not self._covered(order):
                self._answer_in_one(order)
            self._note_what_is_gone(order)
            self._ledger.take(_rows(self._needs, order))
        result = _assembled(self._rounds, self._round_of, self._orders)
        result = self._without_used_up_alternatives(result)
        return _with_shortages(result, self._rounds[0], self._short_of, self._catalogue)

    def _note_what_is_gone(self, order: int) -> None:
        """Remember what was used up when an order's turn came."""
        gone = self._ledger.left == 0
        if not self._gone or (gone != self._gone[-1]).any():
            self._gone.append(gone)
        self._gone_at[order] = len(self._gone) - 1

    def _without_used_up_alternatives(self, result: Recommendations) -> Recommendations:
        """Drop alternatives that were used up at their order's turn, and rank the others anew."""
        table, plans = result.alternatives, result.alternative_placements
        if not table.num_rows:
            return result
        order = _index(table["order_id"], self._orders.order_ids)
        package = _index(table["package_id"], pa.array(self._catalogue.package_ids, pa.string()))
        word_of = self._orders.site.code[self._orders.line_start[order]]
        rows = [*map(self._ledger.row_of, self._orders.site.words), len(self._ledger.sites)]
        site = np.array(rows, np.int64)[word_of]
        gone = np.array(self._gone)[self._gone_at[order], site, package]
        rank = np.asarray(table["rank"].to_numpy(), dtype=np.int64)
        most = int(rank.max()) + 1
        kept = np.flatnonzero(~gone)
        first = np.searchsorted(order[kept], order[kept])
        new_rank = np.arange(len(kept)) - first + 1
        few = new_rank <= result.policy.alternatives
        kept, new_rank = kept[few], new_rank[few]
        key = order[kept] * most + rank[kept]
        plan_order = _index(plans["order_id"], self._orders.order_ids)
        plan_key = plan_order * most + np.asarray(plans["rank"].to_numpy(), dtype=np.int64)
        place = np.minimum(np.searchsorted(key, plan_key), max(len(key) - 1, 0))
        known = np.flatnonzero(key[place] == plan_key) if len(key) else np.empty(0, np.int64)
        return replace(
            result,
            alternatives=_with_rank(table.take(pa.array(kept)), new_rank),
            alternative_placements=_with_rank(
                plans.take(pa.array(known)), new_rank[place[known]] if len(key) else known
            ),
        )

    def _covered(self, order: int) -> bool:
        return bool(self._ledger.covers(_rows(self._needs, order)).all())

    def _answer_late_ones(self, waiting: Ints) -> None:
        """Answer everybody anew who is waiting for more than is left."""
        lacking = self._needs.of(~self._ledger.covers(self._needs))
        late = np.sort(waiting[np.isin(waiting, lacking.order)])
        lacking = lacking.of(np.isin(lacking.order, late[self._round_of[late] == 0]))
        order, first = np.unique(lacking.order, return_index=True)
        self._short_of[order] = lacking.package[first]
        self._replace(late, self._answer_of(late, self._ledger.left))

    def _answer_in_one(self, order: int) -> None:
        """Answer an order whose parts were each promised the last package.

        Parts that draw on the same stock are split as one, which minds what is left. Parts of
        different sites or temperatures that still compete go without that package.
        """
        before = self._rounds[self._round_of[order]]
        left, only = self._ledger.left.copy(), np.array([order])
        self._replace(only, self._answer_of(only, left, joined=True))
        while not self._covered(order):
            mine = _rows(self._needs, order)
            lacking = mine.of(~self._ledger.covers(mine))
            left[lacking.site, lacking.package] = 0
            left[:, lacking.package[self._ledger.shared[lacking.package]]] = 0
            alone = self._answer_of(only, left, joined=True)
            self._replace(only, _only_feasible(alone, before, self._orders, order))

    def _answer_of(self, orders: Ints, left: Ints, *, joined: bool = False) -> Recommendations:
        return self._answer(self._orders.take(orders), left, self._ledger.sites, joined=joined)

    def _replace(self, orders: Ints, result: Recommendations) -> None:
        """Take a newer answer to some orders."""
        self._rounds.append(result)
        self._round_of[orders] = len(self._rounds) - 1
        new = _needs(result, self._orders, self._catalogue, self._ledger)
        self._needs = _joined(self._needs, new, orders)


def _turns(orders: Orders) -> Ints:
    """Orders by date, those without one last, else as they stand in the input."""
    if orders.date is None:
        return np.arange(orders.n_orders)
    day = pc.fill_null(orders.date.cast(pa.int32()), np.iinfo(np.int32).max).to_numpy()
    return np.asarray(np.argsort(day, kind="stable"), dtype=np.int64)


def _needs(result: Recommendations, orders: Orders, catalogue: Catalogue, ledger: Ledger) -> Needs:
    """The packages that a result uses, by order, in the order of the parcels."""
    parcels = result.parcels
    order = _index(parcels["order_id"], orders.order_ids)
    package = _index(parcels["package_id"], pa.array(catalogue.package_ids, pa.string()))
    site = _index(parcels["site"], pa.array(ledger.sites, pa.string()))
    # What all sites share is counted once, for the whole order.
    site = np.where((site < 0) | ledger.shared[package], len(ledger.sites), site)
    # Own containers need no stock, nor do packages that are in use already.
    known = (package >= 0) & (orders.placed_in.code[order] < 0)
    key = np.column_stack([order, site, package])[known]
    unique, first, qty = np.unique(key, axis=0, return_index=True, return_counts=True)
    by_parcel = np.lexsort((first, unique[:, 0]))
    order, site, package = unique[by_parcel].T
    return Needs(order, site, package, qty[by_parcel])


def _index(column: pa.ChunkedArray, names: pa.Array) -> Ints:
    """Index of each word among names, -1 where it is not there."""
    found = pc.index_in(column.cast(pa.string()), value_set=names)
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def _rows(needs: Needs, order: int) -> Needs:
    """The needs of one order."""
    return needs.of(slice(*np.searchsorted(needs.order, [order, order + 1]).tolist()))


def _joined(old: Needs, new: Needs, replaced: Ints) -> Needs:
    """The old needs, but for some orders the new ones."""
    kept = old.of(~np.isin(old.order, replaced))
    order = np.concatenate([kept.order, new.order])
    both = Needs(
        order,
        np.concatenate([kept.site, new.site]),
        np.concatenate([kept.package, new.package]),
        np.concatenate([kept.qty, new.qty]),
    )
    return both.of(np.argsort(order, kind="stable"))


def _assembled(rounds: list[Recommendations], round_of: Ints, orders: Orders) -> Recommendations:
    """For each order what its last round answered, in the order of the input."""
    if len(rounds) == 1:
        return rounds[0]
    parts = []
    for number, result in enumerate(rounds):
        tables = {}
        for name in _BY_ORDER:
            table = getattr(result, name)
            order = _index(table["order_id"], orders.order_ids)
            tables[name] = table.take(pa.array(np.flatnonzero(round_of[order] == number)))
        parts.append(replace(result, **tables))
    whole = concat(parts)
    sorted_tables = {}
    for name in _BY_ORDER:
        table = getattr(whole, name).unify_dictionaries()
        order = _index(table["order_id"], orders.order_ids)
        sorted_tables[name] = table.take(pa.array(np.argsort(order, kind="stable")))
    return replace(whole, **sorted_tables)


def _with_rank(table: pa.Table, rank: Ints) -> pa.Table:
    at = table.schema.get_field_index("rank")
    return table.set_column(at, table.schema.field("rank"), pa.array(rank, pa.int32()))


def _only_feasible(
    alone: Recommendations, before: Recommendations, orders: Orders, order: int
) -> Recommendations:
    """Claim no more for an order that went without a package than was proved with it."""
    table, name = alone.orders, orders.order_ids[order].as_py()
    row = pc.index(before.orders["order_id"].cast(pa.string()), name).as_py()
    bound = before.orders["cost_lower_bound"][row]
    verdict = table["verdict"][0].as_py()
    if before.orders["verdict"][row].as_py() in ("unpackable", "partial"):
        return alone
    verdict = {"optimal": "feasible", "unpackable": "undecided"}.get(verdict, verdict)
    claimed = {
        "verdict": word(np.array([VERDICTS.index(verdict)]), pa.array(VERDICTS)),
        "cost_lower_bound": pa.array([bound.as_py()], pa.float64()),
        "parcels_lower_bound": before.orders["parcels_lower_bound"].take(pa.array([row])),
    }
    if verdict == "undecided":
        alone = replace(alone, unpacked=alone.unpacked.slice(0, 0))
    for column, values in claimed.items():
        at = table.schema.get_field_index(column)
        table = table.set_column(at, table.schema.field(column), values)
    return replace(alone, orders=table)


def _with_shortages(
    result: Recommendations, endless: Recommendations, short_of: Ints, catalogue: Catalogue
) -> Recommendations:
    """Say for each order that came too late what it lacked and what that cost."""
    cost = np.asarray(result.orders["cost"].to_numpy(), dtype=np.float64)
    extra = cost - np.asarray(endless.orders["cost"].to_numpy(), dtype=np.float64)
    none = short_of < 0
    columns = {
        "shortage_cost": pa.array(extra, mask=none | np.isnan(extra)),
        "shortage_package_id": word(
            np.maximum(short_of, 0), pa.array(catalogue.package_ids, pa.string()), none
        ),
    }
    table = result.orders
    for name, column in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, table.schema.field(name), column)
    return replace(result, orders=table)
