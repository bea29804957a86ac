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
    language: str = "en",
    notice: str = "",
) -> Path:
    """Judge the plan by every rule pack about parcels, make the green tables, write the report.

    Parcels are judged by the days of their orders. Green tables are as of the last day of an
    order that counts: a report of the same input is the same on any day. Without dates it is today.

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
    language, notice
        As of `packopt.report.write_report`.

    Returns
    -------
    The folder with the data.
    """
    from packopt.green import GreenInputs, tables
    from packopt.report import write_report
    from packopt.rules import evaluate, parcel_facts, rule_pack, rule_packs

    packs = [pack for name in rule_packs() if (pack := rule_pack(name)).subject == "parcel"]
    outcomes = evaluate(packs, parcel_facts(found.plan, catalogue, orders, packs=packs))
    inputs = GreenInputs(outcomes=outcomes, savings=found, factors=factors)
    last = found.about["period"]["to"]
    day = dt.date.fromisoformat(last) if last else None
    green = tables(found.plan, orders, catalogue, found.plan_quantities, inputs, day)
    return write_report(
        found, page, compliance=outcomes, green=green, language=language, notice=notice
    )
