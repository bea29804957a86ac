"""What a folder of orders may hold and be: alone, damaged, without times, with blank weights."""

from __future__ import annotations

import datetime as dt
import decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import packopt
from engine.alike import CATALOGUE, assert_same, expected, made_up, nested
from packopt import read_files, recommend_files
from packopt.cli import app


def test_one_file_is_an_input_too(tmp_path: Path) -> None:
    """By its path, by its URL, and as a `pathlib.Path`."""
    path = tmp_path / "one file.parquet"
    pq.write_table(made_up(40), path)
    for number, source in enumerate([str(path), path.as_uri(), path]):
        out = tmp_path / f"out {number}"
        recommend_files(source, out if number == 2 else out.as_uri(), CATALOGUE)
        assert_same(read_files(out), expected(40), by_order=True, with_rows=False)
        assert recommend_files(source, out, CATALOGUE).answered == 0


def test_the_command_writes_one_file_to_a_url(tmp_path: Path) -> None:
    """`--out` decides that there are parts, whatever the input is."""
    path = tmp_path / "one.parquet"
    pq.write_table(made_up(20), path)
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["recommend", str(path), "--out", out.as_uri(), "-q"])
    assert done.exit_code in (0, 1), done.output
    assert read_files(out).orders.num_rows > 0


def test_a_file_without_a_time_is_told_from_its_successor() -> None:
    """A store that does not say when a file changed says something else, or its content does."""
    pytest.importorskip("fsspec", reason="fsspec is not installed: no other store to try")
    from packopt.lake.places import Place

    lines = made_up(40)
    source, out = "memory://packopt-times/in", "memory://packopt-times/out"
    for change in ("first", "other"):
        ids = pa.array([f"{change}{name}" for name in lines["order_id"].to_pylist()])
        sink = pa.BufferOutputStream()
        pq.write_table(lines.set_column(0, "order_id", ids), sink)
        Place(source).below("a.parquet").write(sink.getvalue())
        recommend_files(source, out, CATALOGUE)
        found = read_files(out).orders["order_id"].to_pylist()
        assert found
        assert all(name.startswith(change) for name in found)


@pytest.mark.parametrize("damage", ["all of it", "its pages"])
def test_a_damaged_file_is_to_be_written_again(tmp_path: Path, damage: str) -> None:
    """Nobody is sent to look for permissions when the content is at fault."""
    path = tmp_path / "in" / "a.parquet"
    path.parent.mkdir()
    pq.write_table(made_up(40), path, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[4:60] = b"\xff" * 56
    path.write_bytes(b"junk" * 100 if damage == "all of it" else content)
    with pytest.raises(packopt.OrdersError, match="write it again"):
        recommend_files(path.parent, tmp_path / "out", CATALOGUE)


@pytest.mark.parametrize("shape", ["lines", "nested"])
def test_blank_weights_are_no_weights(tmp_path: Path, shape: str) -> None:
    """A column of blank texts says as little as none, in a folder as in one file."""
    lines = made_up(40)
    blank = pa.array([" " if row % 2 else "" for row in range(lines.num_rows)])
    lines = lines.set_column(lines.column_names.index("weight_g"), "weight_g", blank)
    (tmp_path / "in").mkdir()
    table = lines
    if shape == "nested":
        table = nested_with_blanks(lines)
    pq.write_table(table, tmp_path / "in" / "a.parquet")
    recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE)
    wanted = packopt.recommend(packopt.Orders.from_table(lines), CATALOGUE)
    assert_same(read_files(tmp_path / "out"), wanted, by_order=True, with_rows=False)


def nested_with_blanks(lines: pa.Table) -> pa.Table:
    """Nested orders whose items have a column of blank weights."""
    return next(packopt.nest_batches([lines]))


def test_skus_of_any_type_are_part_of_what_a_result_depends_on(tmp_path: Path) -> None:
    """Decimals, dates and missing numbers; another value is another result."""
    (tmp_path / "in").mkdir()
    orders = pa.table({"order_id": ["A", "B"], "sku": ["s0", "s1"], "qty": [1, 1]})
    pq.write_table(orders, tmp_path / "in" / "a.parquet")

    def answered(length: list[object], day: int) -> int:
        skus = pa.table(
            {
                "sku": ["s0", "s1"],
                "length_mm": pa.array(length),
                "width_mm": [50, 50],
                "height_mm": [30, 30],
                "weight_g": [1, 1],
                "seen": [dt.date(2020, 1, day)] * 2,
            }
        )
        return recommend_files(tmp_path / "in", tmp_path / "out", CATALOGUE, skus=skus).answered

    found = [
        answered([decimal.Decimal("100.0")] * 2, 1), answered([decimal.Decimal("100.0")] * 2, 2),
        answered([100.0, float("nan")], 1), answered([100.0, float("nan")], 1),
    ]  # fmt: skip
    assert found == [1, 0, 1, 0]


def test_an_order_without_items_is_rejected_whoever_judges_it() -> None:
    """It is told by `accept` as by the answers."""
    table = nested(3).select(["order_id", "items"])
    bare = pa.table({"order_id": ["E"], "items": pa.array([[]], table.schema.field("items").type)})
    judged = packopt.NestedRecommender(CATALOGUE).accept(pa.concat_tables([table, bare]))
    assert "E" in judged.rejects["order_id"].to_pylist()
