"""Which of many files is at fault, and in which rows: told by every command that reads them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, made_up
from packopt.datasets.generate import to_csv
from packopt.engine.engines import Threads
from packopt.errors import OrdersError

POLICY = packopt.Policy(effort=300)


def answer(folder: Path) -> Any:
    """The answers to the folder `in`."""
    return packopt.recommend_files(folder / "in", folder / "out", CATALOGUE, engine=Threads(2))


def regroup(folder: Path) -> Any:
    """The same, hard orders apart."""
    return packopt.recommend_files(folder / "in", folder / "out", CATALOGUE, POLICY, regroup=True)


def compare(folder: Path) -> Any:
    """What would be saved."""
    return packopt.savings_of_files(folder / "in", CATALOGUE, baseline="volume-80", resamples=100)


WAYS = pytest.mark.parametrize("way", [answer, regroup, compare])
Way = Callable[[Path], Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One file that is as it should be."""
    (tmp_path / "in" / "day=2").mkdir(parents=True)
    pq.write_table(made_up(20), tmp_path / "in" / "a.parquet")
    return tmp_path


def others() -> pa.Table:
    """Lines of other orders."""
    lines = made_up(20)
    ids = [f"X{name}" for name in lines["order_id"].to_pylist()]
    return lines.set_column(lines.column_names.index("order_id"), "order_id", pa.array(ids))


def told(way: Way, folder: Path) -> str:
    """What is said of the input."""
    with pytest.raises(OrdersError) as fault:
        way(folder)
    return str(fault.value)


@WAYS
@pytest.mark.parametrize("form", ["lines", "csv", "nested"])
def test_a_column_that_one_file_lacks_is_told_of_this_file(
    folder: Path, way: Way, form: str
) -> None:
    """Not of the folder, where nobody would find it."""
    table = others().drop_columns("qty")
    path = folder / "in" / "day=2" / ("b.csv" if form == "csv" else "b.parquet")
    if form == "csv":
        path.write_bytes(to_csv(table))
    else:
        pq.write_table(packopt.nest_orders(table) if form == "nested" else table, path)
    assert told(way, folder).startswith(f"{path}: column qty is missing")


@WAYS
def test_an_order_twice_in_a_nested_file_is_told_with_its_rows(folder: Path, way: Way) -> None:
    """Rows of the file, whatever was read before."""
    nested = packopt.nest_orders(others())
    path = folder / "in" / "b.parquet"
    pq.write_table(pa.concat_tables([nested, nested.slice(4, 1)]), path, row_group_size=3)
    order_id, last = nested["order_id"][4].as_py(), nested.num_rows + 1
    assert told(way, folder).startswith(
        f"{path}: column order_id: found {order_id!r} in rows 5 and {last}; expected one row"
    )


def test_rows_are_counted_over_row_groups_before_a_part(folder: Path) -> None:
    """A part that begins in the middle of a file knows where."""
    nested = packopt.nest_orders(others()).slice(0, 8)
    table = pa.concat_tables([nested, nested.slice(6, 1)])
    pq.write_table(table, folder / "in" / "b.parquet", row_group_size=3)
    with pytest.raises(OrdersError, match="in rows 7 and 9; "):
        packopt.recommend_files(folder / "in", folder / "out", CATALOGUE, part_rows=3)


def test_a_batch_of_unknown_origin_counts_its_own_rows() -> None:
    """As the one function on batches is given one."""
    nested = packopt.nest_orders(others())
    batch = pa.concat_tables([nested.slice(0, 2), nested.slice(0, 1)])
    with pytest.raises(OrdersError, match="in rows 1 and 3 of one batch"):
        packopt.NestedRecommender(CATALOGUE)(batch)


@WAYS
def test_an_order_in_two_files_is_a_fault_of_the_input(folder: Path, way: Way) -> None:
    """Both files are named, row groups of those that have some; the results are not at fault."""
    order_id = made_up(20)["order_id"][0].as_py()
    (folder / "in" / "day=2" / "b.csv").write_bytes(to_csv(made_up(20).slice(0, 1)))
    assert told(way, folder).startswith(
        f"{folder / 'in'}: column order_id: found {order_id!r} in a.parquet, row group 1 and "
        "day=2/b.csv; expected"
    )


@WAYS
def test_an_order_twice_in_one_part_is_told_by_one_place(
    folder: Path, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once for both batches that it is in."""
    monkeypatch.setattr("packopt.lake.reading.BATCH_ORDERS", 5)
    nested = packopt.nest_orders(others())
    table = pa.concat_tables([nested, nested.slice(0, 1)])
    pq.write_table(table, folder / "in" / "b.parquet", row_group_size=15)
    order_id = nested["order_id"][0].as_py()
    found = f"found {order_id!r} in b.parquet, row groups 1 to 2, twice; expected"
    assert found in told(way, folder)
