"""The whole report of a replay: savings, what rules say, and the tables of green packaging."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.catalogue import Catalogue
    from packopt.factors import FactorSet
    from packopt.orders import Orders
    from packopt.savings import Savings


def write_whole_report(
    found: Savings,
    orders: Orders,
    catalogue: Catalogue,
    page: Path,
    *,
    factors: FactorSet | None = None,
    on: dt.date | None = None,
    language: str = "en",
    notice: str = "",
) -> Path:
    """Judge the plan by every rule pack about parcels, make the green tables, write the report.

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
    on
        The day of the green tables, and by which parcels of undated orders are judged.
    language, notice
        As of `packopt.report.write_report`.

    Returns
    -------
    The folder with the data.
    """
    import pyarrow.compute as pc

    from packopt.green import GreenInputs, tables
    from packopt.report import write_report
    from packopt.rules import evaluate, parcel_facts, rule_pack, rule_packs

    packs = [pack for name in rule_packs() if (pack := rule_pack(name)).subject == "parcel"]
    facts = parcel_facts(found.plan, catalogue, orders, packs=packs)
    outcomes = evaluate(packs, facts, pc.fill_null(facts["date"], on) if on else "date")
    inputs = GreenInputs(outcomes=outcomes, savings=found, factors=factors)
    last = found.about["period"]["to"]
    day = on or (dt.date.fromisoformat(last) if last else None)
    green = tables(found.plan, orders, catalogue, found.plan_quantities, inputs, day)
    return write_report(
        found, page, compliance=outcomes, green=green, language=language, notice=notice
    )
