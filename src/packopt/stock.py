"""Finite stock: orders are served in turn, and none gets a package that earlier ones used up.

Orders come in order of date, or of the input where they have none. Each gets the best answer that
the stock allows when its turn comes. All are answered as if stock were endless first; whoever then
finds too little left is answered anew, together with everybody later who would. An answer that the
stock still allows stays the best one, since stock only shrinks. Packages of which there is none at
first are not there at all: no order is short of them. A package that is part-filled already is in
use, and no more in stock.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.answers import word
from packopt.ledger import (
    ENDLESS,
    Ledger,
    index_of,
    needs_of,
    needs_of_order,
    replaced_needs,
    turns_of,
)
from packopt.recommendations import Recommendations, concat
from packopt.tables import TABLES, VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders

    Ints = NDArray[np.int64]

_BY_ORDER: Final = tuple(name for name in TABLES if name != "rejects")


class Answer(Protocol):
    """Answers orders from what is left of the stock."""

    def __call__(
        self, orders: Orders, left: Ints | None, sites: tuple[str, ...], *, joined: bool
    ) -> Recommendations:
        """``left``, ``sites`` and ``joined`` as in `packopt.job.Job.answer`."""


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
        self._needs = needs_of(self._rounds[0].parcels, orders, catalogue, self._ledger)

    def _answer_from_enough(self) -> Recommendations:
        """Answer all orders as if there were enough of every package that there is at first."""
        absent = self._ledger.first == 0
        if not absent.any():
            return self._answer(self._orders, None, (), joined=False)
        left = np.where(absent, 0, ENDLESS)
        return self._answer(self._orders, left, self._ledger.sites, joined=False)

    def served(self) -> Recommendations:
        """Serve one order after the other."""
        waiting = turns_of(self._orders)
        for turn, order in enumerate(waiting):
            if not self._covered(order):
                self._answer_late_ones(waiting[turn:])
            if not self._covered(order):
                self._answer_in_one(order)
            self._note_what_is_gone(order)
            self._ledger.take(needs_of_order(self._needs, order))
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
        order = index_of(table["order_id"], self._orders.order_ids)
        package = index_of(table["package_id"], pa.array(self._catalogue.package_ids, pa.string()))
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
        plan_order = index_of(plans["order_id"], self._orders.order_ids)
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
        return bool(self._ledger.covers(needs_of_order(self._needs, order)).all())

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
            mine = needs_of_order(self._needs, order)
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
        new = needs_of(result.parcels, self._orders, self._catalogue, self._ledger)
        self._needs = replaced_needs(self._needs, new, orders)


def _assembled(rounds: list[Recommendations], round_of: Ints, orders: Orders) -> Recommendations:
    """For each order what its last round answered, in the order of the input."""
    if len(rounds) == 1:
        return rounds[0]
    parts = []
    for number, result in enumerate(rounds):
        tables = {}
        for name in _BY_ORDER:
            table = getattr(result, name)
            order = index_of(table["order_id"], orders.order_ids)
            tables[name] = table.take(pa.array(np.flatnonzero(round_of[order] == number)))
        parts.append(replace(result, **tables))
    whole = concat(parts)
    sorted_tables = {}
    for name in _BY_ORDER:
        table = getattr(whole, name).unify_dictionaries()
        order = index_of(table["order_id"], orders.order_ids)
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
