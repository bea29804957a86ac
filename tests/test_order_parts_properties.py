"""Properties: the parts of any order file hold exactly what the file holds when read at once."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rough_orders import FEW, REQUIRED, csv_file, names_of, smooth, tables
from splitting_orders import assert_same, small_blocks


def _text(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table(
        {
            name: pa.array(
                [None if row.get(name) is None else str(row[name]) for row in rows], pa.string()
            )
            for name in names_of(rows)
        }
    )


@FEW
@given(tables(), st.integers(0, 6), st.integers(1, 6))
def test_csv_in_parts_is_csv_at_once(rows: list[dict[str, Any]], ragged: int, size: int) -> None:
    """Quotes, quoted line ends, rows of the wrong width and decimal commas, cut anywhere."""
    with tempfile.TemporaryDirectory() as folder, small_blocks(400):
        path = Path(folder) / "o.csv"
        path.write_bytes(csv_file(rows, ragged))
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
    rows = [{name: smooth(name, n) for name in REQUIRED} | {"order_id": n % 5} for n in range(20)]
    (tmp_path / "o.json").write_text(json.dumps(rows), encoding="utf-8")
    told = assert_same(tmp_path / "o.json", tmp_path / "parts", size)
    assert isinstance(told, dict)
    assert len(told["order_ids"]) == 5
