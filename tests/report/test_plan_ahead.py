"""What is begun while a replay goes on: the same report, and nothing left behind."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import packopt
from packopt.datasets import demo_orders_path
from packopt.errors import ReportError
from packopt.plan_ahead import PlanAhead
from packopt.result_writer import ResultWriter
from packopt.savings import Savings, savings
from packopt.whole_report import write_whole_report

_HASH = re.compile(rb"[0-9a-f]{64}")
CATALOGUE = packopt.builtin_catalogue("demo")


@pytest.fixture(scope="module")
def orders() -> packopt.Orders:
    """The demo orders."""
    return packopt.read_orders(demo_orders_path())


def _replayed(orders: packopt.Orders, ahead: PlanAhead | None = None) -> Savings:
    return savings(orders, CATALOGUE, baseline="volume-80", resamples=200, follower=ahead)


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def _contents(folder: Path) -> dict[str, Any]:
    """What files say: groups of rows in a table, and hashes of its file, are no content."""
    return {
        name: pq.read_table(folder / name).to_pylist()
        if name.endswith(".parquet")
        else _HASH.sub(b"", text)
        for name, text in _files(folder).items()
    }


def test_the_report_is_the_same(orders: packopt.Orders, tmp_path: Path) -> None:
    """A report whose plan was written and judged ahead has the same files, byte for byte."""
    one, other = tmp_path / "one" / "r.html", tmp_path / "other" / "r.html"
    write_whole_report(_replayed(orders), orders, CATALOGUE, one)
    with PlanAhead(orders, CATALOGUE, other) as ahead:
        write_whole_report(_replayed(orders, ahead), orders, CATALOGUE, other, ahead=ahead)
    assert _files(one.parent) == _files(other.parent)
    assert {path.name for path in other.parent.iterdir()} == {"r.html", "r_data"}


def test_the_report_of_many_batches_is_the_same(
    orders: packopt.Orders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written and judged in small batches while others are packed, or as a whole afterwards."""
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 64)
    one, other = tmp_path / "one" / "r.html", tmp_path / "other" / "r.html"
    write_whole_report(_replayed(orders), orders, CATALOGUE, one)
    monkeypatch.setattr("packopt.parcel_rules._ORDERS", 50)
    with PlanAhead(orders, CATALOGUE, other) as ahead:
        write_whole_report(_replayed(orders, ahead), orders, CATALOGUE, other, ahead=ahead)
    assert _contents(one.parent) == _contents(other.parent)


def test_what_nobody_takes_is_removed(orders: packopt.Orders, tmp_path: Path) -> None:
    """A replay after which no report is written leaves no folder."""
    with PlanAhead(orders, CATALOGUE, tmp_path / "r.html") as ahead:
        _replayed(orders, ahead)
    assert list(tmp_path.iterdir()) == []


def test_it_serves_several_pages(orders: packopt.Orders, tmp_path: Path) -> None:
    """Pages after the first have the same plan beside them."""
    with PlanAhead(orders, CATALOGUE, tmp_path / "en.html") as ahead:
        found = _replayed(orders, ahead)
        for language in ("en", "zh"):
            page = tmp_path / f"{language}.html"
            write_whole_report(found, orders, CATALOGUE, page, language=language, ahead=ahead)
    plans = [_files(tmp_path / f"{language}_data" / "plan") for language in ("en", "zh")]
    assert plans[0] == plans[1]


def test_another_plan_is_refused(orders: packopt.Orders, tmp_path: Path) -> None:
    """A report is not written from the plan of another replay."""
    page = tmp_path / "r.html"
    found = _replayed(orders)
    with PlanAhead(orders, CATALOGUE, page) as ahead:
        for begun in (False, True):
            if begun:
                _replayed(orders, ahead)
            with pytest.raises(ReportError, match="another plan"):
                write_whole_report(found, orders, CATALOGUE, page, ahead=ahead)
    assert list(tmp_path.iterdir()) == []


def test_a_plan_that_cannot_be_written_is_told(
    orders: packopt.Orders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses the plan stops the report with what the disk says."""

    def refuse(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(ResultWriter, "write", refuse)
    page = tmp_path / "r.html"
    with PlanAhead(orders, CATALOGUE, page) as ahead:
        found = _replayed(orders, ahead)
        with pytest.raises(OSError, match="no space left"):
            write_whole_report(found, orders, CATALOGUE, page, ahead=ahead)
    assert list(tmp_path.iterdir()) == []
