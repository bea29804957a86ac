"""The whole report of a replay: savings, what rules say, and the tables of green packaging."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from packopt.catalogue import Catalogue
    from packopt.factors import FactorSet
    from packopt.orders import Orders
    from packopt.plan_ahead import PlanAhead
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
    ahead: PlanAhead | None = None,
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
    ahead
        What was begun while the replay went on; None if nothing was.

    Returns
    -------
    The folder with the data.

    Raises
    ------
    ReportError
        As of `packopt.report.write_report`; or if `ahead` is about another plan.
    """
    from packopt.green import GreenInputs, tables
    from packopt.parcel_rules import baseline_judged, parcel_packs, plan_judged
    from packopt.report.material import Material
    from packopt.report.words import Words
    from packopt.report.write import write_page
    from packopt.report_places import data_folder, page_at

    place, words = page_at(page), Words(language)
    packs = parcel_packs()
    last = found.about["period"]["to"]
    day = on or (dt.date.fromisoformat(last) if last else None)
    plan = None if ahead is None else ahead.written(found.plan)
    # What the replay says is written, and what the baseline did is judged, beside the rest.
    with ThreadPoolExecutor(2) as others:
        written = others.submit(found.write, data_folder(place), plan=plan)
        if ahead is None:
            after = plan_judged(found.plan, catalogue, orders, packs, on)
        else:
            after = ahead.judged(found.plan)
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
