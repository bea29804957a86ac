"""The report in a real browser: nothing is fetched, charts are drawn, it fits phone and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from packopt.report import write_report
from report.pretend import pretend_savings
from report.visiting import Visit, chromium

_CHARTS = 5
_DESK = (1280, 900)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, if there is one."""
    yield from chromium()


@pytest.fixture(scope="module", params=["en", "zh"])
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of made-up orders in each language."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(pretend_savings(orders=1500), path, language=request.param, notice="Made up.")
    return path


@pytest.fixture(scope="module")
def page(browser: Any, report: Path) -> Iterator[Any]:
    """The report on a desk, for tests that leave it as it is."""
    with Visit(browser, report, *_DESK) as page:
        yield page


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_loads_nothing_and_complains_of_nothing(
    browser: Any, report: Path, width: int
) -> None:
    """Opened from disk it asks for itself alone; the console stays empty; all charts are drawn."""
    visit = Visit(browser, report, width, 844)
    with visit as page:
        assert {url.partition(":")[0] for url in visit.requests} <= {"file", "data"}
        assert [url for url in visit.requests if url.startswith("file:")] == [report.as_uri()]
        assert visit.complaints == []
        assert page.locator(".plot svg.main-svg .barlayer").count() >= _CHARTS
        for plot in page.locator(".plot").all():
            assert plot.locator(".bars .point").count() > 0


@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_nothing_sticks_out_sideways(page: Any, width: int) -> None:
    """The page is as wide as the window, on any screen; wide tables scroll inside themselves."""
    page.set_viewport_size({"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(_STICKING_OUT) == []
    page.set_viewport_size({"width": _DESK[0], "height": _DESK[1]})


def test_tables_sort_by_their_headings(page: Any) -> None:
    """A click sorts down, another one up; who hears the page is told which."""
    table = page.locator("#sku-table")
    read = "table => [...table.tBodies[0].rows].map(row => Number(row.cells[1].dataset.order))"
    heading = table.locator("thead th").nth(1)
    for order, reverse in (("descending", True), ("ascending", False)):
        heading.locator("button").click()
        values = table.evaluate(read)
        assert heading.get_attribute("aria-sort") == order
        assert len(values) > 20
        assert values == sorted(values, reverse=reverse)


def test_without_scripts_every_figure_is_there(browser: Any, report: Path) -> None:
    """No chart is drawn, a note says so, and tables below each chart can be opened."""
    with Visit(browser, report, 1280, 900, java_script_enabled=False) as page:
        assert page.locator("noscript").count() == 1
        assert page.locator(".plot:visible").count() == 0
        details = page.locator("figure.chart details")
        assert details.count() == page.locator("figure.chart").count() >= _CHARTS
        details.first.locator("summary").click()
        assert details.first.locator("td .num:visible").count() > 3


def test_it_prints(browser: Any, report: Path, tmp_path: Path) -> None:
    """On paper charts keep within the page, and the figures of charts are open."""
    with Visit(browser, report, 1280, 900) as page:
        target = tmp_path / "report.pdf"
        page.pdf(path=str(target), prefer_css_page_size=True)
        assert target.read_bytes().startswith(b"%PDF")
        page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
        page.emulate_media(media="print")
        for plot in page.locator(".plot").all():
            box, svg = plot.bounding_box(), plot.locator(".main-svg").first.bounding_box()
            assert svg["height"] > 80
            assert abs(box["height"] - svg["height"]) < 2
            assert svg["x"] + svg["width"] <= 689
        assert page.evaluate("document.documentElement.scrollWidth") <= 688


def test_names_from_the_input_run_no_script(page: Any) -> None:
    """An order or a SKU that is called like a script is shown as its name."""
    assert page.get_by_text("<script>alert(1)</script>").count() > 0
    assert page.locator("main b, main table script").count() == 0


def test_texts_can_be_read(page: Any) -> None:
    """Every text has the contrast that WCAG 2 asks for at level AA, 4.5 to 1."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate(_PALE_TEXTS) == []


_STICKING_OUT = """() => [...document.querySelectorAll('main *')].filter(one =>
  !one.closest('.table, .plot, .skip') && one.getBoundingClientRect().right > innerWidth + 1
).map(one => one.outerHTML.slice(0, 200))"""

_PALE_TEXTS = """() => {
  const part = (value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const found = colour(getComputedStyle(one).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const pale = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest(".plot, script, .skip")) continue;
    const [a, b] = [colour(getComputedStyle(element).color), ground(element)].map(light);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) pale.add(`${element.tagName}.${element.className} ${contrast.toFixed(2)}`);
  }
  return [...pale];
}"""
