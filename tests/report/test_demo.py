"""The demo ends with a report of its made-up orders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from packopt.report import check_data
from report.page import Page


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo says, and where it said it in."""
    place = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "packopt", "demo"]
    run = subprocess.run(
        command, cwd=place, capture_output=True, text=True, check=False, timeout=600
    )
    assert run.returncode == 0, run.stderr
    return run.stdout, place


def test_the_demo_ends_with_the_path_of_the_report(demo: tuple[str, Path]) -> None:
    """The last line names the page; the page and its data are there, and agree."""
    output, place = demo
    page = place / output.splitlines()[-1].rpartition(" ")[2]
    assert page.name == "report.html"
    assert page.is_file()
    assert check_data(page.with_name("report_data")) == []


def test_the_report_of_the_demo_says_that_its_orders_are_made_up(demo: tuple[str, Path]) -> None:
    """Nobody can take the savings of the demo for those of a shop: page and command say so."""
    output, place = demo
    assert "made-up orders" in output.splitlines()[-1]
    page = Page.read(place / "out" / "demo" / "report.html")
    notices = [text for where, text in page.texts if "notice" in where]
    assert any(text.startswith("the orders are made up") for text in notices)


def test_the_report_of_the_demo_has_every_section(demo: tuple[str, Path]) -> None:
    """Savings, rules, green packaging, method: nothing is left out in the demo."""
    page = Page.read(demo[1] / "out" / "demo" / "report.html")
    sections = [given.get("id") for tag, given in page.tags if tag == "section"]
    assert sections == [
        "answer",
        "breakdown",
        "empty-space",
        "packages",
        "where",
        "by-month",
        "rules",
        "green",
        "method",
        "data-quality",
        "limits",
        "files",
    ]
