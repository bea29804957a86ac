"""Properties: the parts of any order file hold exactly what the file holds when read at once."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from splitting_orders import assert_same, small_blocks

NUMBERS = st.one_of(
    st.integers(1, 300),
    st.sampled_from(["12.5", " 7 ", "1,5", "", "x", "+3", "nan(1)", "1e3", None]),
)
WORDS = st.sampled_from(["a", " b ", "", None, "Ä"])
DAYS = st.sampled_from(["2026-01-31", "2026-02-30", "2026-01-31 10:00:00", "", None, "soon"])
REQUIRED = ("order_id", "sku", "qty", "length_mm", "width_mm", "height_mm")
VALUES = {
    "order_id": st.sampled_from([*(f"o{n}" for n in range(9)), "", None, 'q"1', "2026-01-01"]),
    "sku": st.sampled_from(["s", "t\nu", 's"', "v,w", None]),
    "qty": st.one_of(st.integers(1, 3), st.sampled_from([9000, "2", "two"])),
    "length_mm": NUMBERS,
    "width_mm": NUMBERS,
    "height_mm": st.integers(1, 50),
    "weight_g": st.one_of(st.none(), st.none(), st.integers(0, 500), st.just("")),
    "group": WORDS,
    "temperature": st.sampled_from(["ambient", "chilled", None]),
    "own_container": st.sampled_from(["yes", None]),
    "baseline_package": st.sampled_from(["P", "Q", None]),
    "date": DAYS,
    "colour": st.sampled_from([1, "red", 2.5, None]),
}
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of order lines; some columns only in some rows, some rows empty."""
    optional = draw(st.lists(st.sampled_from([*VALUES][len(REQUIRED) :]), unique=True))
    names = [*REQUIRED, *optional]
    # Most columns hold plain values, or hardly an order would be accepted.
    rough = set(draw(st.lists(st.sampled_from(names), max_size=3)))
    rows = []
    for number in range(draw(st.integers(1, 40))):
        row: dict[str, Any] = {
            name: draw(VALUES[name]) if name in rough or name in optional else _smooth(name, number)
            for name in names
        }
        row["order_id"] = draw(VALUES["order_id"]) if "order_id" in rough else _id(draw, number)
        rows.append({} if draw(st.integers(0, 12)) == 0 else row)
    return rows


def _id(draw: st.DrawFn, number: int) -> str:
    return f"o{number // 2}" if draw(st.booleans()) else f"o{draw(st.integers(0, number))}"


def _smooth(name: str, number: int) -> Any:
    return f"s{number % 4}" if name == "sku" else 1 + number % 7


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row)) or ["order_id"]


def _text(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {
            name: pa.array(
                [None if row.get(name) is None else str(row[name]) for row in rows], pa.string()
            )
            for name in _names(rows)
        }
    )


def _csv(rows: list[dict[str, Any]], ragged: int) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n" if ragged % 2 else "\n")
    names = _names(rows)
    writer.writerow(names)
    for number, row in enumerate(rows):
        values = [row.get(name) for name in names]
        too_many = ["more"] * (ragged > 0 and number % (ragged + 1) == ragged)
        writer.writerow(values + too_many)
    return file.getvalue().encode()


@FEW
@given(tables(), st.integers(0, 6), st.integers(1, 6))
def test_csv_in_parts_is_csv_at_once(rows: list[dict[str, Any]], ragged: int, size: int) -> None:
    """Quotes, quoted line ends, rows of the wrong width and decimal commas, cut anywhere."""
    with tempfile.TemporaryDirectory() as folder, small_blocks(400):
        path = Path(folder) / "o.csv"
        path.write_bytes(_csv(rows, ragged))
        assert_same(path, Path(folder) / "parts", size)


@FEW
@given(tables(), st.booleans(), st.integers(1, 6))
def test_ndjson_in_parts_is_ndjson_at_once(
    rows: list[dict[str, Any]], is_spread: bool, size: int
) -> None:
    """Columns that come late, and values whose type changes from block to block."""
    lines = [json.dumps(row, indent=1 if is_spread else None, ensure_ascii=False) for row in rows]
    with tempfile.TemporaryDirectory() as folder, small_blocks(500):
        path = Path(folder) / "o.ndjson"
        path.write_text("\n".join(lines), encoding="utf-8")
        assert_same(path, Path(folder) / "parts", size)


@FEW
@given(tables(), st.sampled_from(["parquet", "arrow", "stream"]), st.integers(1, 6))
def test_columnar_files_in_parts_are_the_same_at_once(
    rows: list[dict[str, Any]], kind: str, size: int
) -> None:
    """Parquet and both forms of Arrow IPC, with dictionaries that differ from batch to batch."""
    table = _text(rows)
    with tempfile.TemporaryDirectory() as folder, small_blocks(n_rows=4):
        path = Path(folder) / ("o.parquet" if kind == "parquet" else "o.arrow")
        if kind == "parquet":
            pq.write_table(table, path, row_group_size=7)
        else:
            new = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
            options = pa.ipc.IpcWriteOptions(compression="zstd")
            with new(path, table.schema, options=options) as file:
                file.write_table(table, max_chunksize=7)
        assert_same(path, Path(folder) / "parts", size)


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_a_json_array_in_parts_is_the_array_at_once(tmp_path: Path, size: int) -> None:
    """An array is read in one piece and split all the same."""
    rows = [{name: _smooth(name, n) for name in REQUIRED} | {"order_id": n % 5} for n in range(20)]
    (tmp_path / "o.json").write_text(json.dumps(rows), encoding="utf-8")
    told = assert_same(tmp_path / "o.json", tmp_path / "parts", size)
    assert isinstance(told, dict)
    assert len(told["order_ids"]) == 5
