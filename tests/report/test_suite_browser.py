"""The report of a suite in a real browser: nothing is fetched, both sets are drawn, it fits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from packopt import Policy, builtin_catalogue, factor_set
from packopt.datasets import demo_orders_path
from packopt.factors import Emissions
from packopt.orders import read_orders
from packopt.report import write_suite_report
from packopt.savings import Terms
from packopt.suite import Machine, Suite, Wanted, suite
from packopt.suite.kinds import MailerMachine
from report.visiting import Visit, chromium

_SECTIONS = ("how-good", "curve", "drawn", "types", "changes", "steady", "suite-method")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, if there is one."""
    yield from chromium()


@pytest.fixture(scope="module")
def found() -> Suite:
    """A set of all kinds of types for a few hundred orders of the demo, by CO2e."""
    factors = factor_set("desnz-2025-primary")
    return suite(
        read_orders(demo_orders_path()).take(np.arange(300)),
        Wanted(7, kinds=("carton", "mailer", "adjustable"), grid_mm=20, candidates=300),
        today=builtin_catalogue("demo"),
        policy=Policy(objective="co2e", emissions=Emissions(factors)),
        machine=Machine(mailer=MailerMachine(max_thickness_mm=60)),
        terms=Terms(factors=factors),
        draws=2,
    )


@pytest.fixture(scope="module", params=["en", "zh"])
def report(request: pytest.FixtureRequest, found: Suite, tmp_path_factory: Any) -> Path:
    """The report in each language."""
    path: Path = tmp_path_factory.mktemp("suite") / "suite.html"
    write_suite_report(found, path, language=request.param)
    return path


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_loads_nothing_and_shows_everything(
    browser: Any, report: Path, found: Suite, tmp_path: Path, width: int
) -> None:
    """It asks for itself alone, says nothing, fits its window, and draws types of every kind."""
    visit = Visit(browser, report, width, 900)
    with visit as page:
        files = [url for url in visit.requests if not url.startswith("data:")]
        assert files == [report.as_uri()]
        assert visit.complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for section in _SECTIONS:
            assert page.locator(f"#{section}").is_visible(), section
        types = found.types.to_pylist()
        names = page.locator("#drawn svg text").evaluate_all(
            "all => all.map(one => one.textContent)"
        )
        assert sorted(names) == sorted(row["package_id"] for row in types)
        drawn = page.locator("#drawn svg").evaluate_all(
            "all => all.map(one => [one.clientWidth, one.clientHeight])"
        )
        assert all(wide > 100 and high > 30 for wide, high in drawn)
        shot = page.screenshot(path=tmp_path / "suite.png", full_page=True)
        assert shot.startswith(b"\x89PNG")


def test_the_page_counts_in_co2e(browser: Any, report: Path) -> None:
    """Costs of a set that was chosen by CO2e stand in kg CO₂e, those of one type in g CO₂e."""
    with Visit(browser, report, 1280, 900) as page:
        assert "kg CO₂e" in page.locator("#curve").inner_text()
        assert "g CO₂e" in page.locator("#types").inner_text()
