"""The report of a suite: every number of its own is in the tables beside it."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from packopt import builtin_catalogue
from packopt.datasets import demo_orders_path
from packopt.errors import ReportError
from packopt.orders import read_orders
from packopt.report import LANGUAGES, check_data, write_suite_report
from packopt.suite import Suite, Wanted, suite
from report.page import Page
from report.recount import Recount, key


@pytest.fixture(scope="module")
def found() -> Suite:
    """A set of five types beside the demo's."""
    orders = read_orders(demo_orders_path())
    wanted = Wanted(5, grid_mm=20, candidates=300)
    return suite(orders, wanted, today=builtin_catalogue("demo"), draws=3)


def _truth(folder: Path) -> dict[tuple[str, str], Any]:
    """Every number of the suite's sections, recomputed with DuckDB."""
    db = duckdb.connect()
    for path in sorted(folder.glob("suite_*.parquet")):
        db.execute(f"create view \"{path.stem}\" as select * from read_parquet('{path}')")
    told = json.loads((folder / "suite.json").read_text(encoding="utf-8"))
    fit, kg = told["fit"], 1e-3
    cost, bound = fit["cost"] * kg, fit["bound"] * kg
    values: dict[tuple[str, str], Any] = {
        ("suite.within", ""): cost / bound - 1,
        ("suite.within_of_grid", ""): cost / (fit["bound_of_grid"] * kg) - 1,
        ("suite.cost", ""): cost,
        ("suite.bound", ""): bound,
        ("suite.contents", ""): fit["contents"],
        ("suite.distinct", ""): fit["distinct"],
        ("suite.candidates", ""): fit["candidates"],
        ("suite.fit_orders", ""): told["split"]["fit"],
    }
    (count,) = db.execute("select count(*) from suite_holdout").fetchone() or (None,)
    values["suite.holdout_orders", ""] = count
    types = db.execute("select * from suite_types").fetchall()
    names = [one[0] for one in db.description or ()]
    values["suite.types", "proposed"] = sum(row[names.index("set")] == "proposed" for row in types)
    for row in (dict(zip(names, one, strict=True)) for one in types):
        for field in ("length_mm", "width_mm", "height_mm", "cost", "fit_parcels"):
            values[f"suite.type_{field}", key(row["set"], row["package_id"])] = row[field]
        for field in ("holdout_parcels", "again"):
            values[f"suite.type_{field}", key(row["set"], row["package_id"])] = row[field]
    for sizes, c, b, share, late in db.execute(
        "select sizes, cost, bound, saved_share, holdout_saved_share from suite_curve"
    ).fetchall():
        values["suite.curve_sizes", str(sizes)] = sizes
        values["suite.curve_cost", str(sizes)] = c * kg
        values["suite.curve_bound", str(sizes)] = b * kg
        values["suite.curve_within", str(sizes)] = c / b - 1
        values["suite.curve_saved_share", str(sizes)] = 1 - c / fit["today"]
        assert share == pytest.approx(1 - c / fit["today"])
        values["suite.curve_holdout_saved_share", str(sizes)] = late
    for which, change, leaves, comes, saved, share in db.execute(
        'select "set", change, leaves, comes, saved, saved_share from suite_moves'
    ).fetchall():
        name = key(which, change, leaves or "", comes or "")
        values["suite.move_saved", name] = saved * kg
        values["suite.move_saved_share", name] = share
    mean, worst, draws = db.execute(
        "select avg(regret), max(regret), count(*) from suite_draws"
    ).fetchone() or (None, None, None)
    values["suite.mean_regret", ""], values["suite.worst_regret", ""] = mean, worst
    values["suite.draws", ""] = draws
    return values


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_what_the_tables_say(found: Suite, tmp_path: Path, language: str) -> None:
    """Those of the replay as in every report, those of the suite from its own tables."""
    path = tmp_path / "suite.html"
    folder = write_suite_report(found, path, language=language)
    page, truth, replay = Page.read(path), _truth(folder), Recount(folder).values
    faults = []
    for figure in page.figures:
        own = figure.measure.startswith("suite.")
        at = (figure.measure, figure.key)
        expected = truth.get(at) if own else replay.get(figure.measure, {}).get(figure.key)
        if expected is None or not math.isclose(expected, figure.value, rel_tol=1e-9, abs_tol=1e-9):
            faults.append((figure, expected))
        elif abs(abs(figure.shown) - abs(figure.value)) > figure.half_step * (1 + 1e-9) + 1e-12:
            # Shares of parcels are whole numbers on the page.
            faults.append((figure, "shown otherwise"))
    assert faults == []
    assert len([one for one in page.figures if one.measure.startswith("suite.")]) > 100
    assert check_data(folder) == []


def test_both_sets_are_drawn_and_names_are_escaped(found: Suite, tmp_path: Path) -> None:
    """Every type of both sets stands in a drawing, and its name is text."""
    path = tmp_path / "suite.html"
    write_suite_report(found, path)
    page = Page.read(path)
    drawn = {text for place, text in page.texts if "text" in place}
    assert drawn >= {row["package_id"] for row in found.types.to_pylist()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_bound_that_packing_undercuts_is_not_shown_as_one(
    found: Suite, tmp_path: Path, language: str
) -> None:
    """Where contents that go in several parcels cost less than it, no distance to it is told."""
    fit = found.about["fit"]
    packed = fit["recommended"]
    packed = packed | {"below_bound": True, "apart": packed["apart"] | {"contents": 7}}
    about = found.about | {"fit": fit | {"recommended": packed}}
    path = tmp_path / "suite.html"
    write_suite_report(dataclasses.replace(found, about=about), path, language=language)
    figures = {figure.measure: figure.value for figure in Page.read(path).figures}
    assert figures["suite.apart"] == 7
    assert "suite.within" not in figures
    assert "suite.within_of_grid" not in figures


def test_a_suite_without_todays_set_has_no_report(found: Suite, tmp_path: Path) -> None:
    """A report compares; without a set in use there is nothing to compare with."""
    alone = dataclasses.replace(found, savings=None)
    with pytest.raises(ReportError, match="without today's set"):
        write_suite_report(alone, tmp_path / "suite.html")
