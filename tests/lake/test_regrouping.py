"""Hard orders regrouped: the same files as where parts are answered as a whole, whatever dies."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, REAL, assert_same, expected, made_up, plain, real_orders
from lake.folders import folder_of_orders
from packopt import NestedRecommender, Policy, nest_orders, read_files, recommend_files
from packopt.engine.engines import Threads
from packopt.lake import regrouping
from packopt.lake.half import HalfPart
from packopt.lake.run import LakeRun
from packopt.recommendations import TABLES
from packopt.second_pass import quick_policy

#: Efforts of which the first pass leaves some of the made-up orders open.
EFFORTS = ["standard", 300]

KILLED = """
import os, signal, sys
import packopt
from packopt.lake import half, regrouping
name, sparing = sys.argv[3], int(sys.argv[4])
kind = half.HalfPart if hasattr(half.HalfPart, name) else regrouping.AnsweredPart
real = getattr(kind, name)
calls = []
def dying(self, *told):
    calls.append(1)
    if len(calls) > sparing:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, *told)
setattr(kind, name, dying)
packopt.recommend_files(
    sys.argv[1], sys.argv[2], packopt.builtin_catalogue("demo"), packopt.Policy(effort=300),
    part_rows=100, regroup=True,
)
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of three files."""
    return folder_of_orders(tmp_path / "in")


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few open orders make several chunks."""
    monkeypatch.setattr(regrouping, "CHUNK_ORDERS", 2)


def run(source: Path, out: Path, policy: Policy, *, regroup: bool = True) -> LakeRun:
    """Answer a folder."""
    return recommend_files(
        source, out, CATALOGUE, policy, engine=Threads(2), part_rows=100, regroup=regroup
    )


def files(out: Path) -> dict[str, bytes]:
    """All files of a result with their content."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("plans", [True, False])
def test_regrouped_answers_are_the_same_files(
    source: Path, tmp_path: Path, effort: str | int, *, plans: bool
) -> None:
    """Byte for byte, with nothing left of the halves."""
    policy = Policy(effort=effort)  # type: ignore[arg-type]
    for name, regroup in (("whole", False), ("regrouped", True)):
        recommend_files(
            source, tmp_path / name, CATALOGUE, policy, part_rows=100, plans=plans, regroup=regroup
        )
    assert files(tmp_path / "regrouped") == files(tmp_path / "whole")
    assert not list((tmp_path / "regrouped" / "_packopt").glob("half/**/*.arrow"))


def test_some_orders_are_open_and_most_are_not() -> None:
    """Else the other tests would be about nothing."""
    for effort in EFFORTS:
        recommend = NestedRecommender(CATALOGUE, Policy(effort=effort))  # type: ignore[arg-type]
        orders = nest_orders(made_up())
        _, rows = recommend.first_pass(orders)
        assert 4 < len(rows) < orders.num_rows / 4


@pytest.mark.parametrize("name", REAL)
@pytest.mark.parametrize("effort", ["standard", 1_000])
def test_what_the_first_pass_settles_stays_as_it_is(name: str, effort: str | int) -> None:
    """Each settled one has the same rows in every table, however hard one tries on it."""
    lines = real_orders(name).slice(0, 12_000)
    orders = nest_orders(lines)
    recommend = NestedRecommender(CATALOGUE, Policy(effort=effort))  # type: ignore[arg-type]
    quick, rows = recommend.first_pass(orders)
    full = recommend.flat(orders)
    still_open = orders["order_id"].take(pa.array(rows)).combine_chunks()
    assert 0 < len(still_open) < orders.num_rows / 10
    for table_name in TABLES:
        found, wanted = (
            one.filter(pc.invert(pc.is_in(one["order_id"], value_set=still_open)))
            for one in (plain(getattr(result, table_name)) for result in (quick, full))
        )
        assert found.equals(wanted), table_name


@pytest.mark.parametrize(
    ("policy", "catalogue"),
    [
        (Policy(effort="fast"), CATALOGUE),
        (Policy(effort=0), CATALOGUE),
        (Policy(alternatives=1), CATALOGUE),
        (Policy(parcel_price=10.0), CATALOGUE),
        (Policy(max_empty_space=0.5), CATALOGUE),
        (Policy(), replace(CATALOGUE, kind=np.full_like(CATALOGUE.kind, 3))),
        (Policy(), replace(CATALOGUE, stock=({"": 1},) * CATALOGUE.n_packages)),
    ],
    ids=["fast", "no nodes", "alternatives", "price", "empty space", "chosen sizes", "stock"],
)
def test_where_more_effort_may_change_all_there_is_no_first_pass(
    policy: Policy, catalogue: packopt.Catalogue
) -> None:
    """Then parts are answered as a whole, whatever is asked for."""
    assert quick_policy(catalogue, policy) is None


def test_a_policy_without_a_second_pass_is_answered_as_ever(source: Path, tmp_path: Path) -> None:
    """Regrouping is asked for, and there is nothing to regroup."""
    for name, regroup in (("whole", False), ("regrouped", True)):
        run(source, tmp_path / name, Policy(effort="fast"), regroup=regroup)
    assert files(tmp_path / "regrouped") == files(tmp_path / "whole")
    with pytest.raises(ValueError, match="ask has_second_pass first"):
        NestedRecommender(CATALOGUE, Policy(effort="fast")).first_pass(nest_orders(made_up(5)))


def test_units_that_may_be_split_and_own_containers_are_open(tmp_path: Path) -> None:
    """Orders of all kinds get the answers that they get as a whole."""
    lines = made_up().to_pylist()
    for number, row in enumerate(lines):
        row |= {"own_container": number % 3 == 0, "keep_together": "g" if number % 4 == 0 else ""}
        row |= {"tolerance_mm": 4 if number % 5 == 0 else 0}
    (tmp_path / "in").mkdir()
    pq.write_table(pa.Table.from_pylist(lines), tmp_path / "in" / "a.parquet", row_group_size=50)
    for tolerance in ("largest", "stated"):
        policy = Policy(
            own_container="cheaper", partial="allow", max_parcels=3, tolerance=tolerance
        )
        for name, regroup in (("whole", False), ("regrouped", True)):
            run(tmp_path / "in", tmp_path / tolerance / name, policy, regroup=regroup)
        found = files(tmp_path / tolerance / "regrouped")
        assert found == files(tmp_path / tolerance / "whole")


@pytest.mark.parametrize(
    ("name", "sparing"), [("write", 2), ("close", 0), ("close", 3), ("finish", 1), ("remove", 0)]
)
def test_a_run_that_was_killed_goes_on_where_it_was(
    source: Path, tmp_path: Path, name: str, sparing: int
) -> None:
    """Whatever of a part was written last, a rerun makes it whole, and byte for byte the same."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(source), str(out), name, str(sparing)]
    told = subprocess.run(command, check=False, capture_output=True)
    assert told.returncode == -signal.SIGKILL, told.stderr
    before = {path for path in files(out) if path.startswith("_packopt/half/")}
    again = run(source, out, Policy(effort=300))
    assert before
    assert again.answered <= again.parts
    run(source, tmp_path / "whole", Policy(effort=300), regroup=False)
    assert files(out) == files(tmp_path / "whole")


def test_what_is_closed_is_not_asked_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a stop among the chunks, the rerun asks only about the others."""
    asked: list[int] = []
    close = HalfPart.close

    def counting(self: HalfPart, number: int, result: packopt.Recommendations) -> None:
        asked.append(result.orders.num_rows)
        if len(asked) == 4:
            raise KeyboardInterrupt
        close(self, number, result)

    monkeypatch.setattr(HalfPart, "close", counting)
    arguments = (source, tmp_path / "out", CATALOGUE, Policy(effort=300))
    with pytest.raises(KeyboardInterrupt):
        recommend_files(*arguments, part_rows=100, regroup=True)
    before = sum(asked) - asked[3]
    asked[:] = [0, 0, 0, 0]
    recommend_files(*arguments, part_rows=100, regroup=True)
    _, rows = NestedRecommender(CATALOGUE, Policy(effort=300)).first_pass(nest_orders(made_up()))
    assert 0 < before < len(rows)
    assert sum(asked) == len(rows) - before


def test_a_part_whose_table_is_lost_is_done_anew(source: Path, tmp_path: Path) -> None:
    """Its mark is no reason to take it for complete."""
    out = tmp_path / "out"
    run(source, out, Policy(effort=300))
    before = files(out)
    next(path for path in sorted(out.glob("parcels/**/*.parquet"))).unlink()
    assert run(source, out, Policy(effort=300)).answered == 1
    assert files(out) == before


def test_a_half_that_is_damaged_is_done_anew(source: Path, tmp_path: Path) -> None:
    """A file of open orders that nobody can read counts as none."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(source), str(out), "close", "0"]
    subprocess.run(command, check=False, capture_output=True)
    for path in out.rglob("*.open.arrow"):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    run(source, out, Policy(effort=300))
    run(source, tmp_path / "whole", Policy(effort=300), regroup=False)
    assert files(out) == files(tmp_path / "whole")


@pytest.mark.parametrize("kind", ["closed", "settled", "open"])
def test_an_empty_file_of_a_half_counts_as_none(source: Path, tmp_path: Path, kind: str) -> None:
    """Some stores have a file from the beginning of its put, and empty until the end."""
    out = tmp_path / "out"
    command = [sys.executable, "-c", KILLED, str(source), str(out), "close", "2"]
    subprocess.run(command, check=False, capture_output=True)
    found = sorted(out.rglob(f"*.{kind}.arrow"))
    assert found
    found[0].write_bytes(b"")
    run(source, out, Policy(effort=300))
    run(source, tmp_path / "whole", Policy(effort=300), regroup=False)
    assert files(out) == files(tmp_path / "whole")


def test_work_that_an_engine_does_twice_is_done_once(source: Path, tmp_path: Path) -> None:
    """A worker that is lost may take with it what was done, and all three rounds are done again."""

    class Twice(Threads):
        def map(self, function, tables):  # type: ignore[no-untyped-def]
            tables = list(tables)
            for table in tables:
                function(table)
            return super().map(function, tables)

    recommend_files(
        source, tmp_path / "out", CATALOGUE, Policy(), engine=Twice(2), part_rows=100, regroup=True
    )
    result = read_files(tmp_path / "out")
    assert_same(result, expected(), by_order=True, with_rows=False)
