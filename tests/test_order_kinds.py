"""Kinds of orders: alike in all that decides how they may travel."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from packopt import Orders
from test_orders import LINE

#: What two lines may differ in, beside their orders, rows, days and baseline packages.
TOLD: dict[str, tuple[Any, Any]] = {
    "sku": ("cup", "bowl"),
    "qty": (1, 3),
    "height_mm": (60, 61),
    "weight_g": (350, 351),
    "orientation": ("any", "upright"),
    "fragile": (False, True),
    "max_load_g": (None, 500),
    "padding_mm": (0, 5),
    "own_container": (False, True),
    "group": (None, "a"),
    "goods_class": (None, "food"),
    "temperature": (None, "frozen"),
    "seller": (None, "x"),
    "site": (None, "y"),
    "region": ("DE", "FR"),
}


CHANGES = st.lists(st.sets(st.sampled_from(sorted(TOLD)), max_size=2), min_size=1, max_size=3)


@given(st.lists(CHANGES, min_size=1, max_size=12))
def test_orders_of_a_kind_differ_in_nothing_that_is_asked(orders: list[list[set[str]]]) -> None:
    """Names, days and baseline packages differ, and all else that a line may say is the same."""
    rows, keys = [], []
    for number, changed in enumerate(orders):
        told = [{name: values[name in some] for name, values in TOLD.items()} for some in changed]
        # An order goes to the region of its first line.
        told = [one | {"region": told[0]["region"]} for one in told]
        day, package = dt.date(2025, 1, 1 + number), f"box {number}"
        keys.append(tuple(tuple(one.values()) for one in told))
        rows += [
            LINE | one | {"order_id": f"o{number}", "date": day, "baseline_package": package}
            for one in told
        ]
    read = Orders.from_table(pa.Table.from_pylist(rows))
    assert read.n_orders == len(orders)
    cases: dict[Any, int] = {}
    assert read.kinds.case.tolist() == [cases.setdefault(key, len(cases)) for key in keys]
    assert [keys.index(key) for key in cases] == read.kinds.first.tolist()
