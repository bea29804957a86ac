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
    from packopt.plan_ahead import PlanAhead

    how = factors, on, overrides, language, notice
    if ahead is not None:
        return _write(found, orders, catalogue, page, ahead, *how)
    with PlanAhead(orders, catalogue, page, on) as begun:
        begun.answered(found.plan, orders)
        begun.planned(found.plan)
        begun.compared(found.plan, found.baseline_parcels, before or catalogue)
        return _write(found, orders, catalogue, page, begun, *how)


def _write(
    found: Savings,
    orders: Orders,
    catalogue: Catalogue,
    page: Path,
    ahead: PlanAhead,
    factors: FactorSet | None,
    on: dt.date | None,
    overrides: Overrides | None,
    language: str,
    notice: str,
) -> Path:
    """Write the report from what was begun; parameters as of `write_whole_report`."""
    from packopt.green import GreenInputs, tables
    from packopt.report.material import Material
    from packopt.report.words import Words
    from packopt.report.write import write_page
    from packopt.report_places import data_folder, page_at

    place, words = page_at(page), Words(language)
    last = found.about["period"]["to"]
    day = on or (dt.date.fromisoformat(last) if last else None)
    # What hangs on no green table is written beside them.
    with ThreadPoolExecutor(1) as others:
        writing = others.submit(_write_sides, found, data_folder(place), ahead)
        after = ahead.judged(found.plan)
        inputs = GreenInputs(outcomes=after, savings=found, factors=factors)
        green = tables(found.plan, orders, catalogue, found.plan_quantities, inputs, day)
        writing.result()
    before = ahead.judged_before(found.plan)
    return write_page(Material(found, words, after, before, green, overrides), place, notice)


def _write_sides(found: Savings, folder: Path, ahead: PlanAhead) -> None:
    """Write the tables of the replay, and what rules say of both sides."""
    from packopt.report.beside import write_judged

    found.write(folder, plan=ahead.written(found.plan))
    write_judged(folder, ahead.judged(found.plan), ahead.judged_before(found.plan))
