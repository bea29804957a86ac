"""Parcels of a plan, and of a baseline, held against the rule packs that come with packopt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.alike import alike
from packopt.errors import RulesError
from packopt.labels import places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from packopt.alike import Alike
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules import Judge, Judgement, RulePack

    Ints = NDArray[np.int64]

#: Orders whose facts are in memory at one time.
_ORDERS: Final = 50_000


def plan_judged(
    plan: Recommendations,
    catalogue: Catalogue,
    orders: Orders,
    packs: Sequence[RulePack],
    on: dt.date | None = None,
) -> Judgement:
    """Judge the parcels of a plan by the days of their orders.

    Parameters
    ----------
    plan, catalogue, orders
        What packopt answered, and what it was made from.
    packs
        Rule packs about parcels.
    on
        The day for parcels of undated orders; None if there is none.
    """
    from packopt.rules import Judge

    judge = Judge(packs)
    add_plan(judge, plan, catalogue, orders, on)
    return judge.judgement()


def add_plan(
    judge: Judge,
    plan: Recommendations,
    catalogue: Catalogue,
    orders: Orders,
    on: dt.date | None = None,
    *,
    smaller: bool = True,
) -> None:
    """Judge the parcels of a plan, or of a batch of it.

    Parameters
    ----------
    judge
        Who judges.
    plan, catalogue, orders, on
        As of `plan_judged`.
    smaller
        False leaves out the facts about smaller packages, which only packopt's own answer tells.
    """
    from packopt.rules import parcel_facts
    from packopt.rules.known_facts import SMALLER_FACTS

    only = judge.asked if smaller else judge.asked - set(SMALLER_FACTS)
    facts = parcel_facts(plan, catalogue, orders, packs=judge.packs, only=only)
    judge.add(facts, _dated(facts["date"], on))


def baseline_judged(
    plan: Recommendations,
    parcels: pa.Table,
    catalogue: Catalogue,
    orders: Orders,
    packs: Sequence[RulePack],
    on: dt.date | None = None,
) -> Judgement:
    """Judge the parcels of a baseline; how others packed their units is not known.

    Parameters
    ----------
    plan, orders, packs, on
        As of `plan_judged`: the plan of the same orders.
    parcels
        The baseline's parcels, in the order of their orders.
    catalogue
        What their packages are from.

    Raises
    ------
    RulesError
        If there are parcels of other orders.
    """
    from packopt.rules import Judge

    judge = Judge(packs)
    order = places(parcels["order_id"], orders.order_ids)
    if (order < 0).any():
        raise RulesError(
            "facts",
            "found parcels of orders that are not among the orders, expected those of the baseline "
            "of these; give the same file",
        )
    days = _days(orders, order, on)
    partly = _partly(plan, orders)
    some = _alike(parcels, order, orders, [partly[order], judge.periods(days)])
    # An order's parcels stay together: what is in them is known where there is but one.
    whose, begin = np.unique(order[some.first], return_index=True)
    begin = np.append(begin, len(some.first))
    for start in range(0, max(len(whose), 1), _ORDERS):
        mine = whose[start : start + _ORDERS]
        rows = some.first[begin[start] : begin[start + len(mine)]]
        asked = orders.take(mine)
        side = replace(
            plan,
            orders=_told_partly(plan, partly[mine], asked),
            parcels=_named(parcels.take(pa.array(rows)), np.searchsorted(mine, order[rows]), asked),
            placements=plan.placements[:0],
            ruled_out=plan.ruled_out[:0],
            catalogue_digest=catalogue.digest,
        )
        add_plan(judge, side, catalogue, asked, on, smaller=False)
    keys = _named(parcels, order, orders).select(["order_id", "parcel", "package_id"])
    return judge.judgement().spread(keys, days, some.case)


def _alike(
    parcels: pa.Table, order: Ints, orders: Orders, of_parcel: Iterable[NDArray[Any]]
) -> Alike:
    """Which parcels are the same to every rule.

    Those of orders that are alike, each in one parcel, where all that is said of these is the same.
    """
    alone = np.bincount(order, minlength=orders.n_orders)[order] == 1
    every = np.arange(len(order))
    said = [_numbers(parcels[name]) for name in parcels.column_names if name != "order_id"]
    columns = [orders.kinds.case[order], np.where(alone, -1, every), *said, *of_parcel]
    return alike(len(order), columns)


def _numbers(column: pa.ChunkedArray) -> NDArray[Any]:
    """A column of parcels as numbers; of words their codes."""
    if not pa.types.is_dictionary(column.type):
        return np.asarray(column.to_numpy())
    codes = [pc.fill_null(one.indices, -1) for one in column.unify_dictionaries().chunks]
    return np.asarray(pa.chunked_array(codes, pa.int32()).to_numpy())


def _days(orders: Orders, order: Ints, on: dt.date | None) -> pa.Array:
    """The day by which each parcel is judged; null where it has none."""
    if orders.date is None:
        return pa.array([on], pa.date32()).take(pa.array(np.zeros(len(order), np.int64)))
    return _dated(orders.date.take(pa.array(order)), on)


def _dated(days: pa.Array | pa.ChunkedArray, on: dt.date | None) -> Any:
    """Days, and the one for parcels that have none."""
    return pc.fill_null(days, on) if on else days


def _partly(plan: Recommendations, orders: Orders) -> Ints:
    """``(n,)`` row of the plan's answer to each order that is packed in part; -1 of the others."""
    rows = np.flatnonzero(places(plan.orders["verdict"], pa.array(["partial"])) == 0)
    row = np.full(orders.n_orders, -1)
    if len(rows):
        row[places(plan.orders["order_id"], orders.order_ids)[rows]] = rows
    return row


def _told_partly(plan: Recommendations, row: Ints, orders: Orders) -> pa.Table:
    """The answers to some orders, as far as facts ask for them: to those packed in part."""
    partial = np.flatnonzero(row >= 0)
    if not len(partial):
        return plan.orders[:0]
    told = plan.orders.take(pa.array(row[partial]))
    return told.set_column(0, told.schema.field(0), _order_ids(partial, orders))


def _named(parcels: pa.Table, order: Ints, orders: Orders) -> pa.Table:
    """Parcels whose ``(p,)`` orders are told from few names: each is looked up in all of them."""
    return parcels.set_column(0, parcels.schema.field(0), _order_ids(order, orders))


def _order_ids(order: Ints, orders: Orders) -> pa.Array:
    """Names of orders."""
    return pa.DictionaryArray.from_arrays(pa.array(order.astype(np.int32)), orders.order_ids)


def parcel_packs() -> list[RulePack]:
    """The rule packs about parcels that come with packopt."""
    from packopt.rules import rule_pack, rule_packs

    return [pack for name in rule_packs() if (pack := rule_pack(name)).subject == "parcel"]
