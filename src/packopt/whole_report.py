"""The whole report of a replay: savings, what rules say, and the tables of green packaging."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from packopt.catalogue import Catalogue
    from packopt.factors import FactorSet
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations
    from packopt.rules import Judgement, RulePack
    from packopt.savings import Overrides, Savings


def write_whole_report(
    found: Savings,
    orders: Orders,
    catalogue: Catalogue,
    page: Path,
    *,
    factors: FactorSet | None = None,
    before: Catalogue | None = None,
    on: dt.date | None = None,
    overrides: Overrides | None = None,
    language: str = "en",
    notice: str = "",
) -> Path:
    """Judge both sides by every rule pack about parcels, make the green tables, write the report.

    Parcels are judged by the days of their orders. Green tables are as of the last day of an
    order that counts: a report of the same input is the same on any day. Without dates and without
    a stated day it is today, which the page says.

    Parameters
    ----------
    found
        The replay.
    orders, catalogue
        What it was made from.
    page
        Where the page goes.
    factors
        Emission factors, for the greenhouse gas sheet.
    before
        What the baseline's packages are from; None for `catalogue`.
    on
        The day of the green tables, and by which parcels of undated orders are judged.
    overrides, language, notice
        As of `packopt.report.write_report`.

    Returns
    -------
    The folder with the data.

    Raises
    ------
    ReportError
        As of `packopt.report.write_report`.
    """
    from packopt.green import GreenInputs, tables
    from packopt.report.material import Material
    from packopt.report.words import Words
    from packopt.report.write import data_folder, page_at, write_page

    place, words = page_at(page), Words(language)
    packs = parcel_packs()
    last = found.about["period"]["to"]
    day = on or (dt.date.fromisoformat(last) if last else None)
    # What the replay says is written, and what the baseline did is judged, beside the rest.
    with ThreadPoolExecutor(2) as others:
        written = others.submit(found.write, data_folder(place))
        after = plan_judged(found.plan, catalogue, orders, packs, on)
        judging = others.submit(
            baseline_judged,
            found.plan,
            found.baseline_parcels,
            before or catalogue,
            orders,
            packs,
            on,
        )
        inputs = GreenInputs(outcomes=after, savings=found, factors=factors)
        green = tables(found.plan, orders, catalogue, found.plan_quantities, inputs, day)
        written.result()
    material = Material(found, words, after, judging.result(), green, overrides)
    return write_page(material, place, notice)


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
