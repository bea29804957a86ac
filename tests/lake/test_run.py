"""Folders of files, answered part by part: the same result, and again only what is missing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

import packopt
from engine.alike import CATALOGUE, assert_same, expected, made_up, nested, plain
from lake.folders import folder_of_orders
from packopt import Policy, read_files, recommend_files
from packopt.engine.engines import Threads
from packopt.lake.parts import Part
from packopt.lake.run import LakeRun


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder of three files."""
    return folder_of_orders(tmp_path / "in")


def run(source: Path, out: Path, policy: Policy | None = None, rows: int = 100) -> LakeRun:
    """Answer a folder."""
    return recommend_files(
        str(source), str(out), CATALOGUE, policy, engine=Threads(2), part_rows=rows
    )


def files(out: Path) -> dict[str, bytes]:
    """All files of a result with their content."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def test_many_files_are_answered_as_one_is(source: Path, tmp_path: Path) -> None:
    """Row for row the result of one call, though parts and row groups cut orders in two."""
    found = run(source, tmp_path / "out")
    result = read_files(str(tmp_path / "out"))
    assert found.answered == found.parts == 5
    assert found.counts["orders"] == expected().orders.num_rows
    assert found.counts["rejects"] == expected().rejects.num_rows > 0
    assert_same(result, expected(), by_order=True, with_rows=False)


@pytest.mark.parametrize("rows", [1, 37, 10_000])
def test_the_size_of_parts_and_row_groups_does_not_matter(tmp_path: Path, rows: int) -> None:
    """A part of one row group of one line, or a part for a file: the same answers."""
    source = folder_of_orders(tmp_path / "in", row_group=3 if rows == 37 else rows)
    small = made_up(40)
    (source / "month=2026-02/c.csv").unlink()
    pq.write_table(small, source / "month=2026-01/a.parquet", row_group_size=min(rows, 10_000))
    (source / "month=2026-02/b.parquet").unlink()
    run(source, tmp_path / "out", rows=rows)
    assert_same(read_files(str(tmp_path / "out")), expected(40))


def test_results_are_partitioned_like_their_input(source: Path, tmp_path: Path) -> None:
    """Each table has the folders of the input, and names that say which file they answer."""
    run(source, tmp_path / "out", rows=10_000)
    found = sorted((tmp_path / "out" / "orders").rglob("*.parquet"))
    names = [path.relative_to(tmp_path / "out").as_posix().rsplit("-", 1)[0] for path in found]
    assert names == [
        "orders/month=2026-01/a-00000", "orders/month=2026-02/b-00000",
        "orders/month=2026-02/c-00000",
    ]  # fmt: skip


def test_a_second_run_does_nothing(source: Path, tmp_path: Path) -> None:
    """What is complete is left as it is, byte for byte."""
    run(source, tmp_path / "out")
    before = files(tmp_path / "out")
    assert run(source, tmp_path / "out").answered == 0
    assert files(tmp_path / "out") == before


def test_a_run_that_was_stopped_goes_on_where_it_was(source: Path, tmp_path: Path) -> None:
    """After an error in the middle, only the missing parts are done, and nothing is twice."""

    def stop(done: int, parts: int, orders: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recommend_files(str(source), str(tmp_path / "out"), CATALOGUE, part_rows=100, progress=stop)
    with pytest.raises(packopt.ResultError, match=r"no run\.json"):
        read_files(str(tmp_path / "out"))
    marks = len(list((tmp_path / "out/_packopt").rglob("*.arrow")))
    again = run(source, tmp_path / "out")
    assert 3 <= marks == again.parts - again.answered < again.parts
    assert_same(read_files(str(tmp_path / "out")), expected(), by_order=True, with_rows=False)


def test_a_killed_process_leaves_nothing_half_done(source: Path, tmp_path: Path) -> None:
    """`kill -9` of the command in the middle; the same command again makes it whole."""
    out = tmp_path / "out"
    command = [sys.executable, "-m", "packopt", "recommend", str(source), "--out", str(out), "-q"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    deadline = time.monotonic() + 120
    while not list(out.rglob("*.arrow")) and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    (out / "orders" / ".half.parquet.1234abcd.tmp").write_bytes(b"PAR1")
    before = {name: data for name, data in files(out).items() if name.endswith(".arrow")}
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr  # some orders are rejects
    assert "not accepted" in done.stderr
    after = files(out)
    assert before.items() <= after.items()
    assert not [name for name in after if name.endswith(".tmp")]
    assert_same(read_files(str(out)), expected(), by_order=True, with_rows=False)


def test_what_changes_is_done_again_and_what_is_stale_goes(source: Path, tmp_path: Path) -> None:
    """A changed file is answered anew, a deleted one is gone, all others are left as they were."""
    out = tmp_path / "out"
    run(source, out, rows=10_000)
    before = files(out)
    changed = source / "month=2026-01/a.parquet"
    pq.write_table(pq.ParquetFile(changed).read().slice(0, 90), changed)
    (source / "month=2026-02/c.csv").unlink()
    again = run(source, out, rows=10_000)
    after = files(out)
    assert (again.parts, again.answered) == (2, 1)
    assert not [name for name in after if "/c-" in name]
    assert len([name for name in after if name.startswith("orders/") and "/a-" in name]) == 1
    kept = {name: data for name, data in before.items() if "/b-" in name}
    assert kept.items() <= after.items()


def test_another_policy_is_another_result(source: Path, tmp_path: Path) -> None:
    """All parts are answered anew, and nothing is left of the first policy."""
    out = tmp_path / "out"
    first = run(source, out)
    policy = Policy(objective="volume")
    second = run(source, out, policy)
    assert second.answered == first.parts
    wanted = packopt.recommend(packopt.Orders.from_table(made_up()), CATALOGUE, policy)
    assert_same(read_files(str(out)), wanted, by_order=True, with_rows=False)


def test_an_order_in_two_files_is_refused_by_name(source: Path, tmp_path: Path) -> None:
    """Its lines would be packed apart; there is no complete result with such an order."""
    twice = made_up().slice(0, 1)
    order_id = twice["order_id"][0].as_py()
    pq.write_table(twice, source / "month=2026-02/again.parquet")
    with pytest.raises(packopt.OrdersError, match=f"found '{order_id}' in month=2026-01/a"):
        run(source, tmp_path / "out")
    assert not (tmp_path / "out" / "run.json").exists()


def test_an_order_in_two_parts_of_a_file_is_refused(tmp_path: Path) -> None:
    """Lines that stand too far apart would be packed apart."""
    lines = made_up(40)
    (tmp_path / "in").mkdir()
    mixed = pa.concat_tables([lines, lines.slice(0, 1)])
    pq.write_table(mixed, tmp_path / "in/a.parquet", row_group_size=20)
    with pytest.raises(packopt.OrdersError, match="row group 1 and"):
        run(tmp_path / "in", tmp_path / "out", rows=20)


def test_nested_files_are_answered_too(tmp_path: Path) -> None:
    """Orders that somebody has nested before need no nesting, and no cut can hurt them."""
    (tmp_path / "in").mkdir()
    pq.write_table(nested(), tmp_path / "in/a.parquet", row_group_size=50)
    assert run(tmp_path / "in", tmp_path / "out").parts == 3
    assert_same(read_files(str(tmp_path / "out")), expected())


def test_folders_name_columns_of_orders(tmp_path: Path) -> None:
    """`column=value` is the value of every line below it, as hive and Spark write it."""
    lines = made_up(40)
    folder = tmp_path / "in" / "goods_class=old%20paint" / "month=1"
    folder.mkdir(parents=True)
    pq.write_table(lines, folder / "a.parquet")
    policy = Policy(incompatible=(("food", "paint"),))
    run(tmp_path / "in", tmp_path / "out", policy)
    rejects = read_files(str(tmp_path / "out")).rejects
    told = rejects.filter(pc.equal(rejects["field"], "goods_class"))
    assert set(told["value"].to_pylist()) == {"old paint"}
    assert set(told["order_id"].to_pylist()) == set(expected(40).orders["order_id"].to_pylist())


def test_weights_that_one_file_has_are_wanted_of_all(tmp_path: Path) -> None:
    """As in one file: where some lines have weights, a line without one is a reject."""
    lines = made_up(40)
    cut = next(row for row in range(20, 60) if lines["order_id"][row] != lines["order_id"][row - 1])
    (tmp_path / "in").mkdir()
    pq.write_table(lines.slice(0, cut), tmp_path / "in/a.parquet")
    pq.write_table(lines.slice(cut).drop_columns("weight_g"), tmp_path / "in/b.parquet")
    run(tmp_path / "in", tmp_path / "out")
    weight = lines["weight_g"].to_pylist()
    blank = lines.set_column(
        lines.column_names.index("weight_g"), "weight_g",
        pa.array(weight[:cut] + [None] * (lines.num_rows - cut), pa.int64()),
    )  # fmt: skip
    wanted = packopt.recommend(packopt.Orders.from_table(blank), CATALOGUE)
    assert wanted.rejects.num_rows >= lines.num_rows - cut
    assert_same(read_files(str(tmp_path / "out")), wanted, by_order=True, with_rows=False)


def test_files_of_somebody_else_are_left_alone(source: Path, tmp_path: Path) -> None:
    """A folder that is no result of ours is never written to."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(packopt.ResultError, match=r"thesis\.txt"):
        run(source, tmp_path / "out")
    assert files(tmp_path / "out").keys() == {"thesis.txt"}


@pytest.mark.parametrize(
    ("name", "told"), [("orders.docx", "found orders.docx"), (None, "found no file")]
)
def test_a_folder_without_orders_is_told(tmp_path: Path, name: str | None, told: str) -> None:
    """Strange files are named, rather than left out in silence."""
    (tmp_path / "in").mkdir()
    if name:
        (tmp_path / "in" / name).write_bytes(b"x")
    with pytest.raises(packopt.OrdersError, match=told):
        run(tmp_path / "in", tmp_path / "out")


def test_the_summary_is_what_a_result_of_one_file_has(source: Path, tmp_path: Path) -> None:
    """`run.json` has the same members; beside them the parts, and whether there are weights."""
    run(source, tmp_path / "out")
    expected().write(tmp_path / "one")
    many, one = (
        json.loads((tmp_path / name / "run.json").read_text(encoding="utf-8"))
        for name in ("out", "one")
    )
    assert many.keys() - one.keys() == {"parts", "weights_known"}
    assert many.pop("notes") == [f"{source}: ignored columns month"]
    assert one.pop("notes") == []
    assert {name: many[name] for name in one} == one


@given(cut=st.integers(0, 2), number=st.integers(0, 5), groups=st.tuples(st.just(0), st.just(3)))
def test_a_part_survives_its_journey(cut: int, number: int, groups: tuple[int, int]) -> None:
    """As JSON and back it is the same part, with the same name."""
    part = Part("month=1/a.b.parquet"[cut:], 7, "8", number, groups)
    again = Part.from_json(part.to_json())
    assert again == part
    assert again.name("job") == part.name("job") != part.name("other job")


def test_tables_read_by_anybody_are_plain(source: Path, tmp_path: Path) -> None:
    """Strings are strings to other readers, as in the result of one file."""
    run(source, tmp_path / "out", rows=10_000)
    path = next((tmp_path / "out" / "parcels").rglob("*.parquet"))
    with pq.ParquetFile(path) as file:
        table = file.read()
    assert table.schema.types == plain(table).schema.types
