"""Real files of orders: what is not accepted is exactly what is dirty in them."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from packopt.orders import read_orders

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[2] / "shared")) / "data"


def shared(name: str) -> Path:
    """A data file that does not ship, or a skip that says what is missing."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{name} is not here: set PACKOPT_SHARED to the folder that holds data/")
    return path


def test_olist_loses_exactly_its_dirty_orders() -> None:
    """Of 79,002 real orders, 22 have an item without sizes or with weight 0."""
    path = shared("orders/olist_dev.parquet")
    table = pq.ParquetFile(path).read()
    good = pc.fill_null(
        pc.greater(pc.min_element_wise(*table.columns[3:], skip_nulls=False), 0), False
    )
    dirty = set(table.filter(pc.invert(good))["order_id"].to_pylist())
    orders = read_orders(path)
    assert set(orders.rejects["order_id"].to_pylist()) == dirty
    assert (orders.n_orders, len(dirty), orders.n_lines) == (78_980, 22, 82_021)


def test_shopee_loses_exactly_its_orders_with_a_flat_unit() -> None:
    """Of 79,891 orders, 36 have an item with a zero side; their weight column is empty."""
    path = shared("orders/shopee/shopee_resampled_dev.parquet")
    table = pq.ParquetFile(path).read()
    flat = pc.equal(
        pc.min_element_wise(*(table[f"{side}_mm"] for side in ("length", "width", "height"))), 0
    )
    dirty = set(table.filter(flat)["order_id"].to_pylist())
    orders = read_orders(path)
    assert set(orders.rejects["order_id"].to_pylist()) == dirty
    assert (orders.n_orders, len(dirty), orders.weights_known) == (79_855, 36, False)
