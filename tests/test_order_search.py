"""One order of a file of any size: found wherever its lines stand, and read as within the whole."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packopt import Orders, OrdersError, find_order, order_search, read_orders
from packopt.block_files import BLOCK_ROWS
from packopt.evidence import canonical

HEAD = "order_id,sku,qty,length_mm,width_mm,height_mm,weight_g\n"
FIELDS = ("qty", "size_mm", "weight_g", "padding_mm", "tolerance_mm", "row")


def written(path: Path, text: str) -> Path:
    """A file with a text."""
    path.write_text(text, encoding="utf-8")
    return path


def assert_alike(found: Orders, whole: Orders, order_id: str) -> None:
    """The order alone says what it says among all others, to the row numbers."""
    at = whole.order_ids.to_pylist().index(order_id)
    expected = whole.slice(at, at + 1)
    assert found.order_ids.to_pylist() == [order_id]
    assert found.weights_known == whole.weights_known
    for name in FIELDS:
        assert np.array_equal(getattr(found, name), getattr(expected, name)), name


@pytest.mark.parametrize("kind", ["csv", "ndjson", "json", "parquet", "arrow"])
def test_an_order_is_found_in_every_format(tmp_path: Path, kind: str) -> None:
    """Lines far apart, in different blocks, make one order."""
    n = BLOCK_ROWS + 100 if kind in ("parquet", "arrow") else 3000
    ids = [f"o{i}" for i in range(n)]
    ids[n - 1] = "o5"
    table = pa.table(
        {"order_id": ids, "sku": [f"s{i}" for i in range(n)], "qty": [1 + i % 3 for i in range(n)]}
        | {name: [100 + i % 50 for i in range(n)] for name in ("length_mm", "width_mm")}
        | {"height_mm": [30] * n, "weight_g": [5] * n}
    )
    path = tmp_path / f"orders.{kind}"
    if kind == "csv":
        rows = [",".join(map(str, row.values())) for row in table.to_pylist()]
        written(path, HEAD + "\n".join(rows))
    elif kind == "ndjson":
        written(path, "\n".join(map(json.dumps, table.to_pylist())))
    elif kind == "json":
        written(path, json.dumps(table.to_pylist()))
    elif kind == "parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    found = find_order(path, "o5")
    assert found is not None
    assert_alike(found.orders, read_orders(path), "o5")
    assert [row["sku"] for row in found.rows] == ["s5", f"s{n - 1}"]


def test_what_is_not_there_is_none(tmp_path: Path) -> None:
    """No line has the id; also not one that only looks like it."""
    path = written(tmp_path / "orders.csv", HEAD + "007,s,1,9,9,9,1\n")
    assert find_order(path, "7") is None
    assert find_order(path, "") is None
    assert find_order(path, "007") is not None


def test_ids_that_are_numbers_are_found_as_text(tmp_path: Path) -> None:
    """As results name them, also where a later block turns out to hold text."""
    rows = [{"order_id": 7, "sku": "s", "qty": 1} | dict.fromkeys(SIDES, 9)]
    path = written(tmp_path / "orders.ndjson", "\n".join(map(json.dumps, rows)))
    found = find_order(path, "7")
    assert found is not None
    assert found.orders.order_ids.to_pylist() == read_orders(path).order_ids.to_pylist() == ["7"]


SIDES = ("length_mm", "width_mm", "height_mm")


def test_a_file_without_weights_but_in_one_order_asks_for_them_in_all(tmp_path: Path) -> None:
    """Whether weights are known is a matter of the whole file."""
    text = HEAD + "a,s,1,9,9,9,\nb,s,1,9,9,9,5\n"
    found = find_order(written(tmp_path / "orders.csv", text), "a")
    assert found is not None
    assert found.orders.n_orders == 0
    assert found.orders.rejects["field"].to_pylist() == ["weight_g"]


def test_values_are_ready_for_json_and_mean_the_same(tmp_path: Path) -> None:
    """Dates, decimals and floats of 32 bits become the text that means them."""
    columns: dict[str, Any] = {"order_id": ["a"], "sku": ["s"], "qty": [1]}
    columns |= {
        "length_cm": pa.array([25.1], pa.float32()),
        "width_mm": pa.array([decimal.Decimal("90.50")]),
        "height_mm": [30],
        "date": [dt.date(2026, 3, 31)],
        "padding_mm": pa.array([None], pa.int64()),
    }
    pq.write_table(pa.table(columns), tmp_path / "orders.parquet")
    found = find_order(tmp_path / "orders.parquet", "a")
    assert found is not None
    told = json.loads(canonical(found.rows))
    assert told[0]["length_cm"] == "25.1"
    assert (told[0]["width_mm"], told[0]["date"]) == ("90.50", "2026-03-31")
    assert "padding_mm" not in told[0]
    again = Orders.from_table(pa.Table.from_pylist(told))
    assert again.size_mm.tolist() == found.orders.size_mm.tolist() == [[251, 91, 30]]


def test_an_order_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that stands for many orders does not fill the memory."""
    monkeypatch.setattr(order_search, "MOST_LINES", 3)
    path = written(tmp_path / "orders.csv", HEAD + "a,s,1,9,9,9,1\n" * 4)
    with pytest.raises(OrdersError, match="more than 3 lines"):
        find_order(path, "a")
    assert find_order(path, "b") is None


@pytest.mark.parametrize(
    ("text", "told"), [("", "empty|no rows|header"), ("a,b\n1,2\n", "length"), (HEAD, "no rows")]
)
def test_unusable_files_are_told(tmp_path: Path, text: str, told: str) -> None:
    """As by every other reader."""
    with pytest.raises(OrdersError, match=told):
        find_order(written(tmp_path / "orders.csv", text), "a")


def test_files_that_are_not_there_and_kinds_that_are_none(tmp_path: Path) -> None:
    """A missing file is an error with its name, and an unknown kind one of the caller."""
    with pytest.raises(OrdersError, match=r"nothing\.csv"):
        find_order(tmp_path / "nothing.csv", "a")
    with pytest.raises(ValueError, match="kind 'xlsx'"):
        find_order(tmp_path / "nothing.csv", "a", kind="xlsx")


@pytest.mark.parametrize("order_id", [7, None, b"7", 7.5])
def test_an_id_that_is_no_text_is_told(tmp_path: Path, order_id: Any) -> None:
    """It is the id that is at fault, and not the file, whose numbers are ids as text."""
    line = {"order_id": 7, "sku": "a", "qty": 1, "length_mm": 9, "width_mm": 9, "height_mm": 9}
    path = written(tmp_path / "a.json", json.dumps([line]))
    with pytest.raises(TypeError, match=r"order_id: found .*, expected text"):
        find_order(path, order_id)
    assert find_order(path, "7") is not None
