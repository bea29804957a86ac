"""Writing a report: whole, always the same, signed, safe with any names, honest with any sign."""

from __future__ import annotations

import csv
import dataclasses
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from packopt import builtin_catalogue
from packopt.errors import ReportError, ResultError
from packopt.report import check_data, write_report
from packopt.report.figures import digest
from packopt.savings import CatalogueBaseline, ColumnBaseline, Savings, TableBaseline
from packopt.savings.tables import TABLES
from report.page import Page
from report.pretend import NASTY, pretend_savings


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of made-up orders."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(pretend_savings(), path, notice="Made <b>up</b>.")
    return path


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    """The same, read."""
    return Page.read(report)


def _texts(page: Page, element: str) -> list[str]:
    return [text for place, text in page.texts if element in place]


def _title(path: Path) -> str:
    return _texts(Page.read(path), "title")[0]


def test_data_lie_beside_the_page(report: Path) -> None:
    """All tables of the savings, and every figure of the page with its exact value."""
    folder = report.with_name("report_data")
    names = {path.name for path in folder.iterdir()}
    assert {f"{name}.parquet" for name in TABLES} <= names
    content = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    shown = {(one.measure, one.key): one.value for one in Page.read(report).figures}
    assert {(row["measure"], row["key"]): row["value"] for row in content["figures"]} == shown
    with (folder / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = {(row["measure"], row["key"]): float(row["value"]) for row in csv.DictReader(file)}
    assert rows == shown


def test_the_page_is_signed(report: Path, page: Page) -> None:
    """The digest on the page is that of the figures beside it, and anybody can recompute it."""
    content = json.loads((report.with_name("report_data") / "figures.json").read_text())
    assert content["sha256"] == digest(content["about"], content["figures"])
    assert content["sha256"] in _texts(page, "code")
    assert ("meta", {"name": "figures-sha256", "content": content["sha256"]}) in page.tags
    assert check_data(report.with_name("report_data")) == []


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ("savings_total.parquet", "another content"),
        ("plan/orders.parquet", "another content"),
        ("figures.json", "found figures of digest"),
    ],
)
def test_changed_data_are_found_out(tmp_path: Path, file: str, fault: str) -> None:
    """One number or one byte that is changed afterwards no longer fits the digest."""
    path = tmp_path / "report.html"
    folder = write_report(pretend_savings(), path)
    target = folder / file
    if target.suffix == ".json":
        content = json.loads(target.read_text(encoding="utf-8"))
        content["figures"][0]["value"] += 1
        target.write_text(json.dumps(content), encoding="utf-8")
    else:
        target.write_bytes(target.read_bytes()[:-1] + b"?")
    assert [one for one in check_data(folder) if fault in one]
    assert len(check_data(folder)) == 1


def test_missing_data_are_found_out(tmp_path: Path) -> None:
    """A file that is gone is named; a folder without figures is refused."""
    folder = write_report(pretend_savings(), tmp_path / "report.html")
    (folder / "dropped.csv").unlink()
    assert check_data(folder) == ["dropped.csv: found no such file"]
    (folder / "figures.json").unlink()
    with pytest.raises(ReportError, match=r"figures\.json: found no figures of a report"):
        check_data(folder)


def test_the_same_savings_give_the_same_bytes(report: Path, tmp_path: Path) -> None:
    """No clock, no random number, no order of a set is in the page."""
    again = tmp_path / "report.html"
    write_report(pretend_savings(), again, notice="Made <b>up</b>.")
    assert again.read_bytes() == report.read_bytes()


def test_a_report_may_be_written_again_but_not_over_something_else(tmp_path: Path) -> None:
    """An earlier report and its data are replaced; a folder of somebody else is not."""
    path = tmp_path / "report.html"
    write_report(pretend_savings(seed=1), path)
    first = path.read_text(encoding="utf-8")
    folder = write_report(pretend_savings(seed=2), path)
    assert path.read_text(encoding="utf-8") != first
    assert check_data(folder) == []
    other = tmp_path / "mine_data"
    other.mkdir()
    (other / "thesis.txt").write_text("dear to me")
    with pytest.raises(ResultError, match="expected"):
        write_report(pretend_savings(), tmp_path / "mine.html")
    assert [one.name for one in other.iterdir()] == ["thesis.txt"]
    assert not (tmp_path / "mine.html").exists()


def test_a_name_that_is_no_page_is_refused(tmp_path: Path) -> None:
    """The data would lie beside nothing."""
    with pytest.raises(ReportError, match=r"expected a page; let it end in \.html"):
        write_report(pretend_savings(), tmp_path / "report.pdf")
    assert list(tmp_path.iterdir()) == []


def test_nothing_in_the_page_loads_anything(page: Page) -> None:
    """No element has an address but of a place on the page; the policy forbids the rest."""
    for tag, given in page.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert not {"src", "srcset", "background", "ping"} & given.keys()
        assert (given.get("href") or "#").startswith("#")
    policies = [given for tag, given in page.tags if given.get("http-equiv")]
    assert len(policies) == 1
    policy = str(policies[0]["content"])
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert policy.count("'sha256-") == 2


def test_plotly_is_in_the_page_once(report: Path) -> None:
    """Its script is large; the charts share it."""
    assert report.read_text(encoding="utf-8").count("* plotly.js v") == 1


def test_names_from_the_input_stay_names(report: Path, page: Page) -> None:
    """Tags, quotes, braces and pipes in SKUs, orders, packages, notes and notice are text."""
    source = report.read_text(encoding="utf-8")
    assert "<script>alert" not in source
    assert not [tag for tag, _ in page.tags if tag == "b"]
    cells = set(_texts(page, "td") + _texts(page, "th"))
    assert {"<script>alert(1)</script>", "A|B", 'say "x"', "a&b"} <= cells
    assert "Made <b>up</b>." in _texts(page, "main")
    assert "A note <b>of</b> the run." in _texts(page, "li")
    keys = {figure.key for figure in page.figures if figure.measure == "package.change"}
    assert set(NASTY[:4]) <= keys
    drawn = [name for chart in page.charts for trace in chart["data"] for name in trace["y"]]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in drawn


def test_who_hears_the_page_can_follow_it(page: Page) -> None:
    """One main heading, no level left out, a caption for each table, a sentence for each chart."""
    tags = [tag for tag, _ in page.tags]
    assert tags.count("h1") == tags.count("main") == tags.count("nav") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h\d", tag)]
    assert all(level <= before + 1 for before, level in pairwise(levels))
    assert tags.count("caption") == tags.count("table") > 8
    charts = [given for _, given in page.tags if given.get("role") == "img"]
    assert len(charts) == len(page.charts) == 5
    assert all(len(str(given["aria-label"])) > 30 for given in charts)
    scopes = [given.get("scope") for tag, given in page.tags if tag == "th"]
    assert set(scopes) == {"col", "row"}
    ids = Counter(given["id"] for _, given in page.tags if given.get("id"))
    assert set(ids.values()) == {1}
    targets = {str(given["href"])[1:] for tag, given in page.tags if tag == "a"}
    assert targets <= ids.keys()


def test_figures_are_there_without_scripts(page: Page) -> None:
    """Each chart has a table of its figures in the page, and a note tells why no chart is drawn."""
    tags = [tag for tag, _ in page.tags]
    assert tags.count("noscript") == 1
    assert tags.count("figure") == sum(
        given.get("id", "").endswith("-figures") for tag, given in page.tags if tag == "table"
    )


def _scaled(found: Savings, plan: float) -> Savings:
    """The same savings with another plan: so many times the baseline, in everything."""

    def scale(table: pa.Table) -> pa.Table:
        rows: list[dict[str, Any]] = table.to_pylist()
        for row in rows:
            ends = [name for name in row if name.endswith(("_low", "_high"))]
            if "measure" in row:
                row["plan"] = row["baseline"] * plan
                row["saved"] = row["baseline"] - row["plan"]
                row |= dict.fromkeys(ends, row["saved"])
                row["saved_share"] = row["saved"] / row["baseline"] if row["baseline"] else None
            for name in [name for name in row if name.startswith("plan_") and name[5:] in _NAMES]:
                base = row[f"baseline_{name[5:]}"]
                row[name] = None if base is None else base * plan
        return pa.Table.from_pylist(rows, table.schema)

    names = ("orders", "total", "by_period", "by_units", "by_sku", "by_package")
    return dataclasses.replace(found, **{name: scale(getattr(found, name)) for name in names})


_NAMES = {name.removeprefix("plan_") for name in TABLES["savings_orders"].names} - {
    "package",
    "empty_space",
}


@pytest.mark.parametrize(
    ("plan", "title"),
    [
        (0.75, "25.0% less packaging than with the volume-80 rule of thumb"),
        (1.0, "As much packaging as with the volume-80 rule of thumb"),
        (1.25, "25.0% more packaging than with the volume-80 rule of thumb"),
    ],
)
def test_the_title_tells_a_loss_as_plainly_as_a_saving(
    tmp_path: Path, plan: float, title: str
) -> None:
    """Less, as much, or more: what the figures say."""
    path = tmp_path / "report.html"
    write_report(_scaled(pretend_savings(), plan), path)
    assert _title(path) == title
    page = Page.read(path)
    more = [text for text in _texts(page, "p") if text.startswith("Not everything shrinks")]
    assert bool(more) == (plan > 1)
    plastic = [text for text in _texts(page, "header") if text.startswith("Plastic grows")]
    assert bool(plastic) == (plan > 1)
    headings = set(_texts(page, "h3"))
    assert ("The orders where the baseline wastes most" in headings) == (plan < 1)
    assert ("The orders where packopt’s plan takes more" in headings) == (plan > 1)


def _with_plastic(found: Savings, baseline: float, plan: float) -> Savings:
    """The same with so much plastic, in kg, in total."""
    rows = found.total.to_pylist()
    for row in rows:
        if row["measure"] == "plastic_g":
            row |= {"baseline": baseline, "plan": plan, "saved": baseline - plan}
            row["saved_share"] = row["saved"] / baseline if baseline else None
    return dataclasses.replace(found, total=pa.Table.from_pylist(rows, found.total.schema))


@pytest.mark.parametrize(
    ("language", "baseline", "plan", "words"),
    [
        ("en", 2.0, 5.0, ["Plastic grows:", "2.00", "5.00", "3.00", "150.0"]),
        ("en", 0.0, 5.0, ["Plastic where there was none:", "5.00"]),
        ("zh", 2.0, 5.0, ["塑料用量增加", "150.0"]),
        ("zh", 0.0, 5.0, ["原本不用塑料"]),
        ("en", 5.0, 5.0, []),
        ("en", 5.0, 2.0, []),
    ],
)
def test_the_head_of_the_page_says_that_plastic_grows(
    tmp_path: Path, language: str, baseline: float, plan: float, words: list[str]
) -> None:
    """Less mass may be more plastic: whoever reads the title reads that, too."""
    path = tmp_path / "report.html"
    found = _with_plastic(_scaled(pretend_savings(), 0.75), baseline, plan)
    write_report(found, path, language=language)
    header = path.read_text(encoding="utf-8").split("<header>")[1].split("</header>")[0]
    line = header.partition('<p class="notice caution">')[2].partition("</p>")[0]
    assert bool(line) == bool(words)
    assert all(word in line for word in words), line


@pytest.mark.parametrize(
    ("baseline", "name"),
    [
        ("volume-65", "the volume-65 rule of thumb"),
        ("one-size-up", "the one-size-up rule of thumb"),
        (ColumnBaseline("box <used>").name, "the packages really used"),
        (TableBaseline(pa.table({}), "theirs.csv").name, "another packer’s answers"),
        (CatalogueBaseline(builtin_catalogue("demo"), "old.csv").name, "another catalogue"),
        ("something <new>", "something <new>"),
    ],
)
def test_every_baseline_has_a_name(tmp_path: Path, baseline: str, name: str) -> None:
    """The title says what the savings are measured against; unknown ones go by their own name."""
    found = pretend_savings()
    found.about["baseline"] = baseline
    path = tmp_path / "report.html"
    write_report(found, path)
    assert _title(path).endswith(f"less packaging than with {name}")


def test_a_replay_in_which_nothing_counts_is_told_as_one(tmp_path: Path) -> None:
    """No figure is made up where no order counts."""
    found = pretend_savings(orders=30)
    status = pa.array(["cannot_hold"] * 30).cast(TABLES["savings_orders"].field("status").type)
    place = TABLES["savings_orders"].names.index("status")
    field = TABLES["savings_orders"].field("status")
    nothing = {
        name: TABLES[f"savings_{name}"].empty_table()
        for name in ("total", "by_period", "by_units", "by_sku", "by_package")
    }
    orders = found.orders.set_column(place, field, status)
    path = tmp_path / "report.html"
    write_report(dataclasses.replace(found, orders=orders, **nothing), path)
    assert _title(path) == "Compared with the volume-80 rule of thumb"
    page = Page.read(path)
    assert {one.value for one in page.figures if one.measure == "orders.counted"} == {0}
    assert not [figure for figure in page.figures if figure.measure.startswith("total.")]
