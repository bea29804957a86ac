"""Parcels of a plan, and of a baseline, held against the rule packs that come with packopt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.labels import places

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from numpy.typing import NDArray

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
    judge.add(facts, pc.fill_null(facts["date"], on) if on else "date")


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
    """
    from packopt.rules import Judge

    judge = Judge(packs)
    answered = places(plan.orders["order_id"], orders.order_ids)
    order = places(parcels["order_id"], orders.order_ids)
    for start in range(0, max(orders.n_orders, 1), _ORDERS):
        ends = start, start + _ORDERS
        some = orders.slice(*ends)
        rows, mine = (slice(*np.searchsorted(one, ends)) for one in (answered, order))
        side = replace(
            plan,
            orders=plan.orders[rows],
            parcels=_named(parcels[mine], order[mine] - start, some),
            placements=plan.placements[:0],
            ruled_out=plan.ruled_out[:0],
            catalogue_digest=catalogue.digest,
        )
        add_plan(judge, side, catalogue, some, on, smaller=False)
    return judge.judgement()


def _named(parcels: pa.Table, order: Ints, orders: Orders) -> pa.Table:
    """Parcels whose ``(p,)`` orders are told from few names: each is looked up in all of them."""
    ids = pa.DictionaryArray.from_arrays(pa.array(order.astype(np.int32)), orders.order_ids)
    return parcels.set_column(0, parcels.schema.field(0), ids)


def parcel_packs() -> list[RulePack]:
    """The rule packs about parcels that come with packopt."""
    from packopt.rules import rule_pack, rule_packs

    return [pack for name in rule_packs() if (pack := rule_pack(name)).subject == "parcel"]
