"""Few values are read in another way than many, and come to the same."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import packopt.labels
import packopt.parsing
from packopt import OrdersError, Recommender, builtin_catalogue, to_documents
from packopt.datasets import demo_orders_path
from packopt.labels import Labels
from packopt.orders import Orders, read_orders

TEXTS = st.sampled_from(["a", "b", " a", "a ", "", "  ", "\u3000", "\x1f", "单", "-", None])
NUMBERS = st.sampled_from(["1", " 2 ", "2.5", "1e1", "x", "nan", "nan(1)", "inf", "", None])
WORDS = st.sampled_from(["yes", "TRUE", " no ", "0", "maybe", "", None])
DAYS = st.sampled_from(
    ["2026-01-31", "2026-02-30", " 2026-01-31T10:00:00Z", "1960-01-01", "today", "", None]
)
COLUMNS: dict[str, st.SearchStrategy[Any]] = {
    "order_id": TEXTS,
    "sku": TEXTS,
    "qty": NUMBERS,
    "length_mm": NUMBERS,
    "width_mm": st.sampled_from([1, 20, None, -1]),
    "height_mm": st.sampled_from([1.0, 20.5, None, float("nan"), 1e9]),
    "weight_kg": st.sampled_from([0.1, 2.0, None]),
    "fragile": WORDS,
    "mailer_ok": st.sampled_from([True, False, None]),
    "orientation": st.sampled_from(["any", "Flat", " fixed", "odd", "", None]),
    "group": TEXTS,
    "date": DAYS,
    "baseline_package": TEXTS,
}


def _told(table: pa.Table) -> dict[str, Any]:
    """Everything that orders consist of, as plain values."""
    try:
        orders = Orders.from_table(table)
    except OrdersError as fault:
        return {"fault": str(fault)}
    return {one.name: _plain(getattr(orders, one.name)) for one in fields(orders)}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return str(value.dtype), value.tolist()
    if isinstance(value, pa.Array | pa.Table):
        return value.to_pylist()
    return (value.code.tolist(), value.words) if isinstance(value, Labels) else value


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=st.lists(st.fixed_dictionaries(COLUMNS), min_size=1, max_size=6))
def test_few_lines_are_read_as_many_are(
    rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked at one by one or by Arrow: the same columns, rejects and notes."""
    kinds = {"width_mm": pa.int64(), "height_mm": pa.float64(), "weight_kg": pa.float64()}
    kinds |= {"mailer_ok": pa.bool_()}
    columns = {
        name: pa.array([row[name] for row in rows], kinds.get(name, pa.string()))
        for name in COLUMNS
    }
    told = []
    for few in (0, 32):
        for module in (packopt.labels, packopt.parsing):
            monkeypatch.setattr(module, "FEW", few)
        told.append(_told(pa.table(columns)))
    assert told[0] == told[1]


def test_an_order_alone_is_answered_as_in_a_batch() -> None:
    """What one order does not need is not made ready for it, and changes nothing."""
    recommender = Recommender(builtin_catalogue("demo"))
    orders = read_orders(demo_orders_path()).slice(0, 60)
    alone = [orders.slice(i, i + 1) for i in range(orders.n_orders)]
    singly = [one for few in alone for one in to_documents(recommender.recommend(few))]
    assert singly == to_documents(recommender.recommend(orders))
