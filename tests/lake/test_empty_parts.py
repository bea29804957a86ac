"""Files and parts without an order of their own: complete, checked, and never done again."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, assert_same
from packopt.cli import main
from packopt.datasets.generate import to_csv
from packopt.lake.case import FilesCase
from packopt.lake.run import LakeRun

POLICY = packopt.Policy(effort=300)


def lines(*order_ids: str) -> pa.Table:
    """Small orders of one line for each time that an id is named."""
    n = len(order_ids)
    sides = {f"{side}_mm": [50] * n for side in ("length", "width", "height")}
    return pa.table({"order_id": order_ids, "sku": ["s"] * n, "qty": [1] * n, **sides})


def files(out: Path) -> dict[str, bytes]:
    """All files of a result with their content."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in out.rglob("*")
        if path.is_file()
    }


def case_of(folder: Path) -> FilesCase:
    """The result, with the files as they are now."""
    return FilesCase(str(folder / "out"), str(folder / "in"), CATALOGUE)


def run(folder: Path, *, regroup: bool = False) -> LakeRun:
    """Answer the folder `in`, in parts of two rows."""
    return packopt.recommend_files(
        folder / "in", folder / "out", CATALOGUE, POLICY, part_rows=2, regroup=regroup
    )


@pytest.fixture
def long_order(tmp_path: Path) -> Path:
    """A file whose first row groups have all of an order of many lines but its rest."""
    (tmp_path / "in").mkdir()
    table = lines("A", *("B" * 9), "C")
    pq.write_table(table, tmp_path / "in" / "a.parquet", row_group_size=2)
    return tmp_path


@pytest.mark.parametrize("regroup", [False, True])
def test_a_part_that_only_continues_an_order_is_complete(
    long_order: Path, *, regroup: bool
) -> None:
    """It has a table of orders without rows; a rerun leaves all files as they are."""
    first = run(long_order, regroup=regroup)
    assert first.answered == first.parts == 6
    before = files(long_order / "out")
    assert sum(name.startswith("orders/") for name in before) == 6
    again = run(long_order, regroup=regroup)
    assert (again.parts, again.answered) == (6, 0)
    assert files(long_order / "out") == before
    table = pq.ParquetFile(long_order / "in" / "a.parquet").read()
    wanted = packopt.recommend(packopt.Orders.from_table(table), CATALOGUE, POLICY)
    assert_same(packopt.read_files(long_order / "out"), wanted)
    case = case_of(long_order)
    checked = [case.check(index) for index in range(case.n_parts)]
    assert sorted(checked, key=lambda one: one[0]) == [(0, [])] * 4 + [(1, []), (2, [])]


def test_packages_are_proved_in_parts_that_have_some(
    long_order: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However many parts are empty, also where all are."""
    words = ("--orders", str(long_order / "in"), "--catalogue", "demo", "--prove", "20")
    run(long_order)
    with pytest.raises(SystemExit) as leaving:
        main(("check", str(long_order / "out"), *words))
    assert not leaving.value.code
    assert "sampled packages: " in capsys.readouterr().err
    table = lines("A").set_column(2, "qty", pa.array([0]))
    (long_order / "in" / "a.parquet").unlink()
    pq.write_table(table, long_order / "in" / "b.parquet")
    assert run(long_order).counts["orders"] == 0
    with pytest.raises(SystemExit) as leaving:
        main(("check", str(long_order / "out"), *words))
    assert not leaving.value.code
    assert "sampled packages: 0 proved again" in capsys.readouterr().err


@pytest.mark.parametrize("text", [",\n", ""], ids=["blank rows too", "header alone"])
def test_a_header_alone_is_no_part_and_not_missed(tmp_path: Path, text: str) -> None:
    """An empty day as CSV is what an empty table of Parquet is: before the answers, and after."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(to_csv(lines("A", "B")))
    header = to_csv(lines()).decode() + text * 3
    (tmp_path / "in" / "b.csv").write_text(header, encoding="utf-8")
    assert run(tmp_path).parts == 1
    before = files(tmp_path / "out")
    assert run(tmp_path).answered == 0
    assert files(tmp_path / "out") == before
    (tmp_path / "in" / "c.csv").write_text(header, encoding="utf-8")
    assert case_of(tmp_path).unanswered() == []
    (tmp_path / "in" / "d.csv").write_bytes(to_csv(lines("D")))
    assert [one.code for one in case_of(tmp_path).unanswered()] == ["order_missing"]


def test_a_text_of_one_line_is_no_empty_day(tmp_path: Path) -> None:
    """What has no column of order ids is no table of orders, with rows or without."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_bytes(to_csv(lines("A", "B")))
    (tmp_path / "in" / "notes.txt").write_text("how these came about\n", encoding="utf-8")
    with pytest.raises(packopt.OrdersError, match=r"notes\.txt: column order_id is missing"):
        run(tmp_path)


def test_one_file_without_rows_is_refused(tmp_path: Path) -> None:
    """Alone it is no empty day among others."""
    path = tmp_path / "a.csv"
    path.write_bytes(to_csv(lines()))
    with pytest.raises(packopt.OrdersError, match="found no rows"):
        packopt.recommend_files(path, tmp_path / "out", CATALOGUE)
