"""Results that were killed, damaged, or worked on by two runs at once: nothing is ever lost."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, assert_same, expected, made_up
from lake.folders import folder_of_orders
from packopt import LakeRun, read_files, recommend_files
from packopt.engine.engines import Threads
from packopt.lake import results
from packopt.lake.holding import LOCK, held
from packopt.lake.places import Place

POLICY = packopt.Policy(objective="volume")

KILLED = """
import os, signal, sys
import packopt
from packopt.lake.results import Mark
Mark.to_bytes = lambda self: os.kill(os.getpid(), signal.SIGKILL)
packopt.recommend_files(sys.argv[1], sys.argv[2], packopt.builtin_catalogue("demo"))
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of one file."""
    (tmp_path / "in").mkdir()
    pq.write_table(made_up(40), tmp_path / "in" / "a.parquet")
    return tmp_path / "in"


def answer(source: Path, out: Path, policy: packopt.Policy | None = None) -> LakeRun:
    """Answer a folder."""
    return recommend_files(source, out, CATALOGUE, policy)


def assert_whole(out: Path) -> None:
    """All answers are there."""
    assert_same(read_files(out), expected(40), by_order=True, with_rows=False)


def test_a_kill_before_the_first_mark_is_no_hindrance(source: Path, tmp_path: Path) -> None:
    """Tables without a mark are ours as well, with and without the lock of the killed process."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(source), str(out)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert list((out / "orders").glob("*.parquet"))
    assert (out / LOCK).is_file()
    answer(source, out)
    assert_whole(out)
    assert not (out / LOCK).exists()


def test_tables_without_a_mark_are_ours(source: Path, tmp_path: Path) -> None:
    """Whatever became of everything else."""
    out = tmp_path / "out"
    answer(source, out)
    (out / "run.json").unlink()
    for path in (out / "_packopt").rglob("*.arrow"):
        path.unlink()
    assert answer(source, out).answered == 1
    assert_whole(out)


@pytest.mark.parametrize("damage", ["gone", "empty"])
@pytest.mark.parametrize("table", ["orders", "parcels", "rejects"])
def test_a_part_without_one_of_its_tables_is_told_and_done_again(
    source: Path, tmp_path: Path, table: str, damage: str
) -> None:
    """A mark alone does not make a part complete, and missing rows are never passed over."""
    out = tmp_path / "out"
    answer(source, out)
    (path,) = (out / table).glob("*.parquet")
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(b"")
    told = f"table {table}: found 0 rows" if damage == "gone" else "cannot be read"
    with pytest.raises(packopt.ResultError, match=told):
        read_files(out)
    assert answer(source, out).answered == 1
    assert_whole(out)


@pytest.mark.parametrize("content", [b"", b"ARROW1\0\0 cut short"], ids=["empty", "cut short"])
def test_a_part_with_a_damaged_mark_is_done_again(
    source: Path, tmp_path: Path, content: bytes
) -> None:
    """It is as good as none."""
    out = tmp_path / "out"
    answer(source, out)
    (mark,) = (out / "_packopt").rglob("*.arrow")
    mark.write_bytes(content)
    assert answer(source, out).answered == 1
    assert_whole(out)


def test_a_second_run_at_once_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes when the first has written tables but no mark, and takes nothing away."""
    out, refused = tmp_path / "out", []

    def meanwhile() -> None:
        with pytest.raises(packopt.ResultError, match="wait until it is done") as fault:
            answer(source, out, POLICY)
        refused.append(fault.value)

    before_the_mark(monkeypatch, meanwhile)
    answer(source, out)
    assert len(refused) == 1
    assert_whole(out)


def test_a_run_whose_lock_was_overwritten_gives_up(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a store cannot keep two runs apart, the second goes on, and the first says so."""
    out = tmp_path / "out"

    def meanwhile() -> None:
        (out / LOCK).unlink()
        answer(source, out, POLICY)

    before_the_mark(monkeypatch, meanwhile)
    with pytest.raises(packopt.ResultError, match="another run"):
        answer(source, out)
    found = packopt.recommend(packopt.Orders.from_table(made_up(40)), CATALOGUE, POLICY)
    assert_same(read_files(out), found, by_order=True, with_rows=False)
    answer(source, out)
    assert_whole(out)


def test_nothing_is_at_work_when_the_folder_is_given_back(tmp_path: Path) -> None:
    """Threads of a run that was stopped have ended when its lock goes."""
    source = folder_of_orders(tmp_path / "in")

    def stop(done: int, parts: int, orders: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as stopped:
        recommend_files(
            source, tmp_path / "out", CATALOGUE, engine=Threads(2), part_rows=50, progress=stop
        )
    # What was raised keeps all frames of the run, which must have ended nevertheless.
    assert stopped.tb is not None
    assert not [one for one in threading.enumerate() if one.name.startswith("packopt")]
    assert not (tmp_path / "out" / LOCK).exists()


def before_the_mark(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Do something once, when the tables of a part are written but its mark is not."""
    real, once = results.Mark.to_bytes, [meanwhile]

    def to_bytes(mark: results.Mark) -> object:
        if once:
            once.pop()()
        return real(mark)

    monkeypatch.setattr(results.Mark, "to_bytes", to_bytes)


@pytest.mark.parametrize(
    ("lock", "is_taken_over"),
    [
        ({"run": "x", "host": socket.gethostname(), "process": os.getpid()}, True),
        ({"run": "x", "host": socket.gethostname(), "process": os.getppid()}, False),
        ({"run": "x", "host": "elsewhere", "process": 1}, False),
        (None, False),
    ],
    ids=["ours before", "alive", "elsewhere", "unreadable"],
)
def test_only_a_lock_that_is_surely_stale_is_taken_over(
    tmp_path: Path, lock: dict[str, object] | None, is_taken_over: bool
) -> None:
    """Of all others the error says how to remove them."""
    place = Place(str(tmp_path))
    place.below(LOCK).write(json.dumps(lock).encode() if lock else b"")
    if is_taken_over:
        with held(place) as hold:
            hold.make_sure()
        return
    with pytest.raises(packopt.ResultError, match=r"remove .*_packopt/lock"), held(place):
        pass
    assert place.below(LOCK).is_file()


@pytest.mark.parametrize("out", ["in/out", "in", ""])
def test_input_and_results_are_kept_apart(source: Path, tmp_path: Path, out: str) -> None:
    """Results in the input would be its orders next time, and the input might be taken as stale."""
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(packopt.ResultError, match="expected them apart"):
        answer(source, tmp_path / out)
    assert sorted(tmp_path.rglob("*")) == before


def test_the_result_of_one_file_is_left_alone(source: Path, tmp_path: Path) -> None:
    """Nobody could tell afterwards which of its tables is of what."""
    expected(40).write(tmp_path / "out")
    before = sorted((tmp_path / "out").iterdir())
    with pytest.raises(packopt.ResultError, match="result of one file"):
        answer(source, tmp_path / "out")
    assert sorted((tmp_path / "out").iterdir()) == before
    assert packopt.Recommendations.read(tmp_path / "out").orders.num_rows > 0
