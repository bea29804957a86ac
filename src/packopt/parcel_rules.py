"""Parcels of a plan, and of a baseline, held against the rule packs that come with packopt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules import Judgement, RulePack


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
    from packopt.rules import parcel_facts

    return _judged(packs, parcel_facts(plan, catalogue, orders, packs=packs), on)


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
        The baseline's parcels.
    catalogue
        What their packages are from.
    """
    from packopt.rules import parcel_facts

    side = replace(
        plan,
        parcels=parcels,
        placements=plan.placements.slice(0, 0),
        ruled_out=plan.ruled_out.slice(0, 0),
        catalogue_digest=catalogue.digest,
    )
    return _judged(packs, parcel_facts(side, catalogue, orders, packs=packs, smaller=False), on)


def parcel_packs() -> list[RulePack]:
    """The rule packs about parcels that come with packopt."""
    from packopt.rules import rule_pack, rule_packs

    return [pack for name in rule_packs() if (pack := rule_pack(name)).subject == "parcel"]


def _judged(packs: Sequence[RulePack], facts: pa.Table, on: dt.date | None) -> Judgement:
    """Each parcel judged by the day of its order; by the stated day where it has none."""
    import pyarrow.compute as pc

    from packopt.rules import judge

    return judge(packs, facts, pc.fill_null(facts["date"], on) if on else "date")
