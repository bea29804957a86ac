"""The page on engines keeps its word."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.alike import assert_same, expected, made_up
from engine.page import PAGE, blocks, run
from lake.folders import folder_of_orders
from packopt.cli import main
from packopt.recommendations import Recommendations
from packopt.savings import FilesSavings


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the page speaks of."""
    folder_of_orders(tmp_path / "orders")
    pq.write_table(made_up(), tmp_path / "orders.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_code_of_the_page_runs(reader: Path) -> None:
    """Each block for this machine alone does what is said of it."""
    of_files, of_answers, of_savings = (run(code) for code in blocks())
    files, nested, saved = of_files["result"], of_answers["result"], of_savings["found"]
    assert isinstance(files, Recommendations)
    assert isinstance(nested, Recommendations)
    assert_same(files, expected(), by_order=True, with_rows=False)
    assert_same(nested, expected())
    assert isinstance(saved, FilesSavings)
    assert saved.total.num_rows


def test_the_commands_of_the_page_are_commands(
    reader: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The local one runs, and all of them are understood."""
    commands = re.findall(r"^packopt (.*)$", PAGE, flags=re.MULTILINE)
    here = [one for one in commands if "://" not in one]
    told = ["recommend", "check", "explain", "draw", "labels", "savings"]
    assert [one.split()[0] for one in here] == told
    codes = {"recommend": 1, "savings": 1}  # some orders are rejects
    for command in here:
        words = shlex.split(command)
        with pytest.raises(SystemExit) as leaving:
            main(words)
        assert (leaving.value.code or 0) == codes.get(words[0], 0), command
    assert "287 orders" in capsys.readouterr().err
    assert (reader / "report.html").is_file()
    assert len(commands) - len(here) == 4
    for command in (one for one in commands if "://" in one):
        words = shlex.split(command)
        with pytest.raises(SystemExit) as leaving:
            main([*words, "--help"])
        assert leaving.value.code == 0
