"""Columns on who may travel with whom: anything at all in them, and what is accepted then."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from packopt.errors import OrdersError
from packopt.orders import Orders
from test_new_columns_bad import LINE, told

NEW_COLUMNS = [
    *("group", "keep_together", "goods_class", "temperature", "seller", "site", "region"),
    *("placed_in", "placed_x_mm", "placed_y_mm", "placed_z_mm"),
    *("own_container", "nest_height_mm", "date"),
]
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 100),
    st.floats(),
    st.text(),
    st.binary(),
    st.dates(),
    st.datetimes(),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.times(),
    st.sampled_from(["yes", "2026-01-31", "9999-12-31", "ambient", "A;B", "=", "0"]),
)
some_words = st.sampled_from([None, "", "a", "A ", "b", "ambient"])
small = st.sampled_from([None, 0, 5, 60, 61, 100, -1])
plausible = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["A", "B"]),
        "qty": st.integers(1, 2),
        "orientation": st.sampled_from([None, "flat"]),
        "own_container": st.sampled_from([None, True, False]),
        "date": st.dates() | st.none(),
        **dict.fromkeys(NEW_COLUMNS[:8], some_words),
        **dict.fromkeys(["nest_height_mm", *NEW_COLUMNS[8:11]], small),
    }
)


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(NEW_COLUMNS), anything))
def test_no_value_brings_the_door_down(values: dict[str, Any]) -> None:
    """Any type in any new column: an order, a reject or an error of ours."""
    try:
        orders = Orders.from_table(pa.Table.from_pylist([LINE | values]))
    except OrdersError:
        return
    assert orders.n_orders + orders.rejects.num_rows >= 1
    assert len(told(orders)) == orders.rejects.num_rows


@settings(max_examples=300)
@given(st.lists(plausible, min_size=1, max_size=6))
def test_what_is_accepted_keeps_the_rules(rows: list[dict[str, Any]]) -> None:
    """Row by row and order by order, in plain Python."""
    names = {name: value for row in rows for name, value in row.items() if value is not None}
    schema = pa.Table.from_pylist([LINE | names]).schema
    orders = Orders.from_table(pa.Table.from_pylist([LINE | row for row in rows], schema))
    told(orders)
    rejected = set(orders.rejects["order_id"].to_pylist())
    assert set(orders.order_ids.to_pylist()) == {row["order_id"] for row in rows} - rejected
    for i, order_id in enumerate(orders.order_ids.to_pylist()):
        lines = range(orders.line_start[i], orders.line_start[i + 1])
        given_rows = [row for row in rows if row["order_id"] == order_id]
        assert [rows[orders.row[line] - 1] for line in lines] == given_rows
        assert is_sound(given_rows)


def is_sound(rows: list[dict[str, Any]]) -> bool:
    """Whether the lines of an order contradict neither themselves nor each other."""
    day = (dt.date(1970, 1, 1), dt.date(2199, 12, 31))
    for row in rows:
        nest = row["nest_height_mm"] or 0
        corner = [row[f"placed_{axis}_mm"] for axis in "xyz"]
        placed = plain(row["placed_in"])
        stated = [value for value in (*corner, placed) if value is not None]
        if not 0 <= nest <= 60 or (nest and row["orientation"] == "flat"):
            return False
        if len(stated) not in (0, 4) or -1 in corner:
            return False
        if stated and (row["qty"] > 1 or row["own_container"]):
            return False
        if plain(row["keep_together"]) and row["own_container"]:
            return False
        if row["date"] and not day[0] <= row["date"] <= day[1]:
            return False
    if len({(plain(row["region"]) or "").upper() for row in rows} - {""}) > 1:
        return False
    if len({row["placed_in"] for row in rows if plain(row["placed_in"])}) > 1:
        return False
    return boxes_apart(rows) and bundles_fit(rows)


def plain(word: str | None) -> str | None:
    """A word without blanks, or None."""
    return (word or "").strip() or None


def boxes_apart(rows: list[dict[str, Any]]) -> bool:
    """Whether no two placed units overlap."""
    corners = [
        np.array([row[f"placed_{axis}_mm"] for axis in "xyz"]) for row in rows if row["placed_in"]
    ]
    size = np.array([100, 80, 60])
    corners = [corner for corner in corners if corner[0] is not None]
    return all(
        (np.abs(one - two) >= size).any() for i, one in enumerate(corners) for two in corners[:i]
    )


def bundles_fit(rows: list[dict[str, Any]]) -> bool:
    """Whether units that stay together agree in what parts parcels."""
    for word in {plain(row["keep_together"]) for row in rows} - {None}:
        bundle = [row for row in rows if plain(row["keep_together"]) == word]
        for field in ("site", "seller"):
            if len({plain(row[field]) for row in bundle}) > 1:
                return False
        if len({(plain(row["temperature"]) or "ambient").lower() for row in bundle}) > 1:
            return False
        if len({plain(row["group"]) for row in bundle} - {None}) > 1:
            return False
    return True
