"""`packopt savings` of a folder, as its user would type it."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from packopt.cli import main
from packopt.datasets import demo_orders_path
from packopt.orders import read_lines
from packopt.savings.tables import FILES_TABLES

COMMON = ("--baseline", "volume-80", "--resamples", "200", "--quiet")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The demo orders in two files, below the folder where the command runs."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    lines = read_lines(demo_orders_path()).table
    ids = lines["order_id"].to_pylist()
    cut = next(row for row in range(len(ids) // 2, len(ids)) if ids[row] != ids[row - 1])
    (tmp_path / "orders").mkdir()
    pq.write_table(lines.slice(0, cut), tmp_path / "orders" / "a.parquet")
    pq.write_table(lines.slice(cut), tmp_path / "orders" / "b.parquet")
    return tmp_path


def run(*words: str) -> int:
    """The exit code of a command."""
    with pytest.raises(SystemExit) as leaving:
        main(words)
    return int(leaving.value.code or 0)


def test_a_folder_says_what_one_file_says(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same summary, and tables and a report beside."""
    assert run("savings", str(demo_orders_path()), *COMMON) == 0
    wanted = capsys.readouterr().out
    written = ("--out", "out", "--report", "r.html")
    assert run("savings", "orders", *COMMON, *written) == 0
    found = capsys.readouterr()
    assert found.out == wanted
    assert "tables in out" in found.err
    about = json.loads((folder / "out" / "savings.json").read_text(encoding="utf-8"))
    assert about["tables"].keys() == FILES_TABLES.keys()
    page = (folder / "r.html").read_text(encoding="utf-8")
    assert "tables of green packaging management are left out" in page
    assert "Outcomes of the plan’s parcels by rule" in page


def test_the_report_of_a_folder_judges_by_rules_unless_told_not_to(folder: Path) -> None:
    """Undated orders by the stated day."""
    assert run("savings", "orders", *COMMON, "--report", "r.html", "--no-rules") == 0
    assert "by rule" not in (folder / "r.html").read_text(encoding="utf-8")
    assert run("savings", "orders", *COMMON, "--report", "r.html", "--on", "2031-01-01") == 0
    rules = pq.read_table(folder / "r_data" / "savings_rules.parquet").to_pylist()
    assert {row["side"] for row in rules} == {"baseline", "plan"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--packings", "p.csv"), "--packings"),
        (("--out", "s3://shop/savings"), "expected a place on this machine"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_needs_all_orders_is_refused(
    words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the option, before anything is packed."""
    assert run("savings", "orders", *COMMON, *words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.usefixtures("folder")
def test_another_packers_table_is_refused_for_a_folder(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is of all orders."""
    Path("other.csv").write_text("order_id,package_id\nD000001,x\n", encoding="utf-8")
    assert run("savings", "orders", "--baseline-result", "other.csv", "--quiet") == 2
    assert "--baseline-result" in capsys.readouterr().err


def test_files_of_empty_days_are_no_hindrance(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A header alone, or a table without rows, beside others; and a folder of nothing else."""
    assert run("savings", "orders", *COMMON) == 0
    wanted = capsys.readouterr().out
    lines = pq.read_table(folder / "orders" / "a.parquet")
    pq.write_table(lines.slice(0, 0), folder / "orders" / "c.parquet")
    (folder / "orders" / "d.csv").write_text(",".join(lines.column_names) + "\n", encoding="utf-8")
    assert run("savings", "orders", *COMMON) == 0
    assert capsys.readouterr().out == wanted
    (folder / "empty").mkdir()
    pq.write_table(lines.slice(0, 0), folder / "empty" / "a.parquet")
    assert run("savings", "empty", *COMMON, "--report", "r.html") == 1
    assert "nothing to compare" in capsys.readouterr().out
    assert (folder / "r.html").is_file()


def test_a_file_of_nothing_but_rejects_has_a_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Shares of nothing are unknown, not numbers."""
    text = "order_id,sku,qty,length_mm,width_mm,height_mm\nA,s,0,10,10,10\n"
    (folder / "bad.csv").write_text(text, encoding="utf-8")
    assert run("savings", "bad.csv", *COMMON, "--report", "r.html") == 1
    assert "rejected" in capsys.readouterr().out
    assert (folder / "r.html").is_file()
