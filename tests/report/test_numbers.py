"""Every number of a report, recomputed from the tables beside it by another way."""

from __future__ import annotations

import datetime as dt
import math
import re
from pathlib import Path

import pytest

import packopt
from packopt.datasets import demo_orders_path
from packopt.factors import factor_set
from packopt.green import TABLES, GreenInputs, tables
from packopt.parcel_rules import baseline_judged, parcel_packs, plan_judged
from packopt.report import LANGUAGES, write_report
from packopt.report.words import texts
from packopt.savings import Savings, Terms, savings
from report.page import Figure, Page
from report.pretend import pretend_savings
from report.recount import Recount

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_UNKNOWN = ("money", "freight", "co2e_g", "billable_g", "tape_g")


def _demo(baseline: str, folder: Path) -> Path:
    """The whole report of the demo orders: savings, rules and green tables."""
    orders = packopt.read_orders(demo_orders_path())
    catalogue = packopt.builtin_catalogue("demo")
    terms = Terms(factor_set("desnz-2025-primary"))
    found = savings(orders, catalogue, baseline=baseline, terms=terms, resamples=200)
    packs = parcel_packs()
    # In a year in which all rules are in force, so that some pass and some fail.
    on = dt.date(2031, 5, 1)
    judged = plan_judged(found.plan, catalogue, orders, packs, on)
    before = baseline_judged(found.plan, found.baseline_parcels, catalogue, orders, packs, on)
    inputs = GreenInputs(outcomes=judged, savings=found, factors=terms.factors)
    day = dt.date(2025, 12, 31)
    green = tables(found.plan, orders, catalogue, found.plan_quantities, inputs, day)
    path = folder / "report.html"
    write_report(found, path, compliance=judged, compliance_before=before, green=green)
    return path


def _written(found: Savings, folder: Path, language: str = "en") -> Path:
    path = folder / "report.html"
    write_report(found, path, language=language)
    return path


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the demo."""
    return _demo("volume-80", tmp_path_factory.mktemp("demo"))


def _faults(page: Page, truth: Recount) -> list[tuple[Figure, object]]:
    """Figures that are not what the tables say."""
    faults: list[tuple[Figure, object]] = []
    for figure in page.figures:
        expected = truth.values.get(figure.measure, {}).get(figure.key, "nothing of that name")
        same = isinstance(expected, int | float) and math.isclose(
            expected, figure.value, rel_tol=1e-9, abs_tol=1e-9
        )
        if not same:
            faults.append((figure, expected))
    return faults


def _misshown(page: Page) -> list[Figure]:
    """Figures of which the reader sees another number, beyond rounding; a sign may be a word."""
    return [
        figure
        for figure in page.figures
        if abs(abs(figure.shown) - abs(figure.value)) > figure.half_step * (1 + 1e-9) + 1e-12
    ]


def test_every_number_of_the_demo_is_what_the_tables_say(demo: Path) -> None:
    """Savings, rules and green tables: all of it is recomputed with DuckDB, nothing is left."""
    page = Page.read(demo)
    assert len(page.figures) > 1500
    assert _faults(page, Recount(demo.with_name("report_data"))) == []
    assert _misshown(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("orders", "unknown", "dated"),
    [(1, (), True), (7, (), False), (900, _UNKNOWN, True), (900, ("packaging_g",), False)],
    ids=["one order", "few, undated", "little known", "no mass"],
)
def test_every_number_is_what_the_tables_say(
    tmp_path: Path, seed: int, language: str, orders: int, unknown: tuple[str, ...], dated: bool
) -> None:
    """Whatever is known of the orders, in both languages, what is shown is right."""
    found = pretend_savings(orders=orders, seed=seed, unknown=unknown, dated=dated)
    path = _written(found, tmp_path, language)
    page = Page.read(path)
    assert page.figures
    assert _faults(page, Recount(path.with_name("report_data"))) == []
    assert _misshown(page) == []


def test_the_recount_finds_a_wrong_number(tmp_path: Path) -> None:
    """A figure that is off by a millionth is noticed, and one that nobody knows, too."""
    path = _written(pretend_savings(), tmp_path)
    page, truth = Page.read(path), Recount(path.with_name("report_data"))
    page.figures[0].value *= 1 + 1e-6
    page.figures[-1].key = "nobody"
    assert [figure for figure, _ in _faults(page, truth)] == [page.figures[0], page.figures[-1]]


def test_charts_show_the_figures_of_their_tables(demo: Path) -> None:
    """What a chart draws is, bar by bar, a figure of the page."""
    page = Page.read(demo)
    known = {round(abs(figure.value / figure.per), 9) for figure in page.figures} | {0.0}
    assert len(page.charts) == 5
    for chart in page.charts:
        for trace in chart["data"]:
            bars = trace["x"] if trace.get("orientation") == "h" else trace["y"]
            assert len(bars) > 1
            assert {round(abs(bar), 9) for bar in bars} <= known


def test_no_number_of_the_page_is_without_its_name(demo: Path) -> None:
    """Digits outside of figures are names, days, versions and the fixed texts of packopt."""
    page = Page.read(demo)
    titles = [text for one in TABLES.values() for text in (one.title, one.sentence)]
    ours = " ".join([*texts("en").values(), *titles])
    known = set(_NUMBER.findall(ours)) | set(map(str, range(1, 13)))
    loose = [
        text
        for place, text in page.texts
        if not {"title", "code", "td", "th", "li", "dd", "summary"} & set(place)
        for number in _NUMBER.findall(_without_days(text))
        if number not in known
    ]
    assert loose == []


def _without_days(text: str) -> str:
    day = r"\d{1,2} [A-Z][a-z]+ \d{4}|\d{4}-\d\d(-\d\d)?"
    return re.sub(rf"{day}|volume-80|packopt \d\.\d\.\d", "", text)
