"""`packopt recommend` of folders and on engines, as its user would type it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from engine.alike import assert_same, made_up
from lake.folders import folder_of_orders
from packopt.cli import main
from packopt.engine.engines import Engine, Threads
from packopt.recommendations import Recommendations

Packopt = Callable[..., tuple[int, str]]


@pytest.fixture
def packopt(capsys: pytest.CaptureFixture[str]) -> Packopt:
    """`packopt(*words)`: exit code, and what it said on stderr."""

    def run(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as leaving:
            main(words)
        return int(leaving.value.code or 0), capsys.readouterr().err

    return run


def test_a_file_on_an_engine_is_the_file_on_threads(
    packopt: Packopt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The result directory is the same, row for row, and so is what is said of it."""

    def pretend(name: str, workers: int = 0) -> Engine:
        assert name == "ray"
        return Threads(2)

    monkeypatch.setattr("packopt.engine.engines.open_engine", pretend)
    path = tmp_path / "orders.parquet"
    pq.write_table(made_up(120).append_column("colour", made_up(120)["sku"]), path)
    here = packopt("recommend", str(path), "--out", str(tmp_path / "here"))
    there = packopt("recommend", str(path), "--engine", "ray", "--out", str(tmp_path / "there"))
    one, other = (Recommendations.read(tmp_path / name) for name in ("here", "there"))
    assert_same(other, one)
    assert here[0] == there[0] == 1
    assert "ignored columns colour" in there[1]
    assert packopt("check", str(tmp_path / "there"))[0] == 0


def test_notes_of_one_file_are_the_same_on_an_engine(
    packopt: Packopt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In run.json and on stderr: of the orders and of sizes by SKU, rows that are none as well."""
    monkeypatch.setattr("packopt.engine.engines.open_engine", lambda _name, _workers=0: Threads(2))
    monkeypatch.setenv("COLUMNS", "400")
    orders, skus = tmp_path / "orders.csv", tmp_path / "skus.csv"
    orders.write_text("order_id,sku,qty,colour\nA,s,1,red\nB,t,1,\n,,,\n", encoding="utf-8")
    skus.write_text(
        "sku,length_mm,width_mm,height_mm,shelf,length,wieght_g\ns,50,40,30,7,1,1\nu,50,40\n",
        encoding="utf-8",
    )
    told, codes, runs = [], [], []
    for name, words in (("here", ()), ("there", ("--engine", "ray"))):
        out = tmp_path / name
        code, said = packopt(
            "recommend", str(orders), "--skus", str(skus), "--out", str(out), *words
        )
        codes.append(code)
        told.append(sorted(line for line in said.splitlines() if line.startswith("note:")))
        runs.append(json.loads((out / "run.json").read_text(encoding="utf-8")))
    assert codes == [1, 1]
    assert told[0] == told[1]
    assert runs[0] == runs[1]
    assert len(runs[0]["notes"]) == len(told[0]) == 5
    one, other = (Recommendations.read(tmp_path / name) for name in ("here", "there"))
    assert_same(other, one)
    assert str(skus) in one.rejects["reason"][0].as_py() + one.rejects["hint"][0].as_py()


def test_a_folder_needs_a_place_for_its_answers(packopt: Packopt, tmp_path: Path) -> None:
    """Answers of many files are many, and no table on a terminal."""
    code, told = packopt("recommend", str(folder_of_orders(tmp_path / "in")))
    assert code == 2
    assert "--out" in told


def test_a_second_command_says_what_was_done_before(packopt: Packopt, tmp_path: Path) -> None:
    """Parts that are complete are told, and rejects are pointed out again."""
    command = ("recommend", str(folder_of_orders(tmp_path / "in")), "--out", str(tmp_path / "out"))
    first, second = packopt(*command), packopt(*command)
    assert first[0] == second[0] == 1
    assert "3 parts, 0 of them answered before" in first[1]
    assert "3 parts, 3 of them answered before" in second[1]
    assert "some orders were not accepted, for 13 faults" in second[1]


def test_an_unreachable_place_is_told(packopt: Packopt, tmp_path: Path) -> None:
    """A place that nobody knows is input that cannot be used."""
    code, told = packopt("recommend", "nowhere://orders", "--out", str(tmp_path / "out"))
    assert code == 3
    assert "no store is known" in told


def test_regrouping_is_asked_for_and_changes_no_file(packopt: Packopt, tmp_path: Path) -> None:
    """It is for folders: of one file it is refused."""
    source = folder_of_orders(tmp_path / "in")
    for name, words in (("apart", ("--regroup",)), ("whole", ())):
        code, told = packopt("recommend", str(source), "--out", str(tmp_path / name), *words)
        assert code == 1, told  # some of these orders are rejected
    found, wanted = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name / "orders").rglob("*.parquet")
        }
        for name in ("apart", "whole")
    )
    assert found == wanted
    pq.write_table(made_up(20), tmp_path / "one.parquet")
    code, told = packopt("recommend", str(tmp_path / "one.parquet"), "--regroup")
    assert code == 2
    assert "--regroup" in told
