"""Columns on who may travel with whom: what is accepted, in any format and type."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.columns import personal_names
from packopt.labels import Labels
from packopt.order_columns import LINE_COLUMNS
from packopt.orders import Orders, read_orders

LINE = {
    "order_id": "A",
    "sku": "cup",
    "qty": 2,
    "length_mm": 100,
    "width_mm": 80,
    "height_mm": 60,
    "weight_g": 350,
}
LABELS = ("group", "keep_together", "goods_class", "temperature", "seller", "site")


def orders_of(*changes: dict[str, Any]) -> Orders:
    """Orders of one good line for each change, all of them accepted."""
    orders = Orders.from_table(
        pa.Table.from_pylist([LINE | one for one in changes], schema(changes))
    )
    assert orders.rejects.to_pylist() == []
    return orders


def schema(changes: tuple[dict[str, Any], ...]) -> pa.Schema:
    """A schema with every column that any of the lines has."""
    row: dict[str, Any] = dict(LINE)
    for change in changes:
        row |= {name: value for name, value in change.items() if value is not None}
    return pa.Table.from_pylist([row]).schema


def words(labels: Labels) -> list[str | None]:
    """The word of each row."""
    return [labels.word(row) for row in range(len(labels))]


def test_without_the_columns_nothing_is_said() -> None:
    """No word, no nest, nothing placed; the arrays are there all the same."""
    orders = orders_of({}, {"order_id": "B"}, {"order_id": "B"})
    for name in LABELS:
        assert words(getattr(orders, name)) == [None] * 3, name
    for labels in (orders.region, orders.placed_in):
        assert words(labels) == [None] * 2
        assert labels.code.dtype == np.int32
    assert orders.own_container.tolist() == [False] * 3
    assert orders.nest_height_mm.tolist() == [0] * 3
    assert orders.placed_mm.tolist() == [[-1, -1, -1]] * 3
    assert orders.row.tolist() == [1, 2, 3]


def test_words_are_labels_without_the_blanks_around_them() -> None:
    """Blank ones are none, and each distinct word stands once."""
    orders = orders_of(
        {"seller": " S1", "site": "Köln", "group": "food"},
        {"seller": "S1 ", "site": " ", "group": None},
        {"seller": None, "site": "Köln ", "group": "toys"},
    )
    assert (orders.seller.words, words(orders.seller)) == (("S1",), ["S1", "S1", None])
    assert (orders.site.words, words(orders.site)) == (("Köln",), ["Köln", None, "Köln"])
    assert words(orders.group) == ["food", None, "toys"]


def test_classes_are_in_small_letters_and_regions_in_capitals() -> None:
    """They must match the policy and the catalogue, whoever wrote them."""
    orders = orders_of(
        {"goods_class": "Food ", "temperature": "CHILLED", "region": "kr"},
        {"goods_class": "FOOD", "temperature": "Ambient", "region": None},
        {"goods_class": "food", "temperature": None, "region": "Kr "},
        {"order_id": "B", "goods_class": None, "temperature": " frozen", "region": "de"},
    )
    assert words(orders.goods_class) == ["food", "food", "food", None]
    assert orders.goods_class.words == ("food",)
    assert words(orders.temperature) == ["chilled", None, None, "frozen"]
    assert orders.temperature.words == ("chilled", "frozen")
    assert words(orders.region) == ["KR", "DE"]


def test_own_containers_are_taken_to_keep_the_temperature_of_what_is_in_them() -> None:
    """That is an assumption, and so it is noted, with the number of lines that it is made for."""
    tub = {"own_container": True, "temperature": "frozen"}
    orders = orders_of(tub, tub, tub | {"temperature": "Ambient"}, tub | {"own_container": None})
    (note,) = orders.notes
    assert "units in their own containers have a temperature (lines: 2)" in note
    assert "no coolant is added" in note
    assert orders.own_container.tolist() == [True, True, True, False]
    assert orders_of(tub | {"temperature": None}).notes == ()


def test_an_order_has_the_region_of_any_of_its_lines() -> None:
    """Exports often fill it in on one line only; scattered and rejected lines do not disturb."""
    table = pa.Table.from_pylist(
        [
            LINE | {"order_id": "X", "qty": 0, "region": "FR"},
            LINE | {"order_id": "A", "region": None},
            LINE | {"order_id": "B", "region": "US"},
            LINE | {"order_id": "A", "region": "KR"},
            LINE | {"order_id": "C", "region": None},
        ]
    )
    orders = Orders.from_table(table)
    assert orders.order_ids.to_pylist() == ["A", "B", "C"]
    assert words(orders.region) == ["KR", "US", None]
    assert orders.row.tolist() == [2, 4, 3, 5]


def test_nests_and_own_containers() -> None:
    """The height that each further unit adds is rounded up; a nest may be as high as a stack."""
    orders = orders_of(
        {"nest_height_cm": 1.21, "own_container": None},
        {"nest_height_cm": 6.0, "own_container": "yes"},
        {"nest_height_cm": 0.0, "own_container": "0"},
        {"nest_height_cm": None, "own_container": "TRUE", "fragile": True, "order_id": "B"},
    )
    assert orders.nest_height_mm.tolist() == [13, 60, 0, 0]
    assert orders.own_container.tolist() == [False, True, False, True]


def test_part_filled_packages() -> None:
    """The package is the order's, the corners are the lines'; package ids keep their blanks."""
    orders = orders_of(
        {"qty": 1, "placed_in": " C 1", "placed_x_mm": 0, "placed_y_mm": 5, "placed_z_mm": 0},
        {"qty": 1, "placed_in": " C 1", "placed_x_mm": 100, "placed_y_mm": 0, "placed_z_mm": 0},
        {},
        {"order_id": "B"},
    )
    assert words(orders.placed_in) == [" C 1", None]
    assert orders.placed_mm.tolist() == [[0, 5, 0], [100, 0, 0], [-1] * 3, [-1] * 3]


def test_corners_may_be_in_any_unit() -> None:
    """As long as they are whole mm: 30.1 cm are, though not quite in binary."""
    corner = {"placed_x_cm": 30.1, "placed_y_m": 0.07, "placed_z_mm": 4.0}
    orders = orders_of({"qty": 1, "placed_in": "C"} | corner)
    assert orders.placed_mm.tolist() == [[301, 70, 4]]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([dt.date(2026, 1, 31), None]),
        pa.array([dt.date(2026, 1, 31), None], pa.date64()),
        pa.array([dt.datetime(2026, 1, 31, 23, 59), None], pa.timestamp("s")),  # noqa: DTZ001
        pa.array([dt.datetime(2026, 1, 31, 23, 59), None], pa.timestamp("ns")),  # noqa: DTZ001
        pa.array([dt.datetime(2026, 1, 31, 23, 59, tzinfo=dt.UTC), None]),
        pa.array(["2026-01-31", ""]),
        pa.array([" 2026-01-31 ", " "], pa.large_string()),
        pa.array([b"2026-01-31", b""]),
        pa.array(["2026-01-31T23:59:59.123+09:00", None]),
        pa.array(["2026-01-31 23:59", None]),
        pa.array(["2026-01-31T23:59:59Z", None]).dictionary_encode(),
        pa.array([dt.date(2026, 1, 31), None]).dictionary_encode(),
    ],
)
def test_dates_have_several_types(values: pa.Array) -> None:
    """Dates, timestamps and ISO text; the day is taken as it stands."""
    table = pa.Table.from_pylist([LINE, LINE | {"order_id": "B"}]).append_column("date", values)
    orders = Orders.from_table(table)
    assert orders.rejects.num_rows == 0
    assert orders.date.type == pa.date32()
    assert orders.date.to_pylist() == [dt.date(2026, 1, 31), None]


@given(st.dates(dt.date(1970, 1, 1), dt.date(2199, 12, 31)), st.times())
def test_text_and_timestamps_mean_the_same_day(day: dt.date, time: dt.time) -> None:
    """Whatever the time of day, also just before midnight."""
    moment = dt.datetime.combine(day, time)
    for values in (
        pa.array([moment], pa.timestamp("us")),
        pa.array([moment.isoformat()]),
        pa.array([day.isoformat()]),
        pa.array([day]),
    ):
        table = pa.Table.from_pylist([LINE]).append_column("date", values)
        assert Orders.from_table(table).date.to_pylist() == [day]


TEXT = """order_id,sku,qty,length_mm,width_mm,height_mm,group,keep_together,goods_class,\
temperature,seller,site,own_container,nest_height_mm,placed_in,placed_x_mm,placed_y_mm,placed_z_mm,region,date
A,cup,1,100,80,60,1,,Food,chilled,S,K,no,,C1,0,10,0,KR,2026-01-31
A,pot,3,100,80,60,1,k,food,chilled,S,K,false,12,,,,,KR,2026-01-31
B,box,2,100,80,60,,,,,,,yes,,,,,,,
"""


def typed() -> pa.Table:
    """The same lines in the types that a database would give them."""
    rows: list[dict[str, Any]] = []
    names = TEXT.splitlines()[0].split(",")
    for line in TEXT.splitlines()[1:]:
        row: dict[str, Any] = {
            name: value or None for name, value in zip(names, line.split(","), strict=True)
        }
        for name in ("qty", "group", *(one for one in names if one.endswith("_mm"))):
            row[name] = None if row[name] is None else int(row[name])
        row["own_container"] = row["own_container"] == "yes"
        row["date"] = row["date"] and dt.date.fromisoformat(row["date"])
        rows.append(row)
    return pa.Table.from_pylist(rows)


def said(orders: Orders) -> dict[str, Any]:
    """Everything the new columns say."""
    arrays = ("row", "own_container", "nest_height_mm", "placed_mm")
    return (
        {name: words(getattr(orders, name)) for name in (*LABELS, "region", "placed_in")}
        | {name: getattr(orders, name).tolist() for name in arrays}
        | {"date": orders.date.to_pylist()}
    )


def test_every_format_says_the_same(tmp_path: Path) -> None:
    """CSV text, typed Parquet and Arrow, JSON with and without types, tables in memory."""
    table = typed()
    (tmp_path / "o.csv").write_text(TEXT, encoding="utf-8")
    pq.write_table(table, tmp_path / "o.parquet")
    with pa.ipc.new_file(tmp_path / "o.arrow", table.schema) as writer:
        writer.write_table(table)
    rows = [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]
    (tmp_path / "o.ndjson").write_text(
        "\n".join(json.dumps(row, default=str) for row in rows), encoding="utf-8"
    )
    (tmp_path / "o.json").write_text(json.dumps(rows, default=str), encoding="utf-8")
    expected = said(Orders.from_table(table))
    assert expected["group"] == ["1", "1", None]
    assert expected["placed_mm"][0] == [0, 10, 0]
    for name in ("o.csv", "o.parquet", "o.arrow", "o.ndjson", "o.json"):
        orders = read_orders(tmp_path / name)
        assert (orders.rejects.num_rows, said(orders)) == (0, expected), name


def test_what_belongs_to_the_article_may_come_by_sku() -> None:
    """Class, temperature, nesting and own container; not what belongs to the order."""
    lines = pa.table({"order_id": ["A", "B"], "sku": ["pot", "cup"], "qty": [1, 1]})
    skus = pa.table(
        {
            "sku": ["cup", "pot"],
            "length_mm": [9, 9],
            "width_mm": [9, 9],
            "height_mm": [9, 9],
            "goods_class": ["Food", None],
            "temperature": ["frozen", "ambient"],
            "own_container": [False, True],
            "nest_height_mm": [2, None],
            "site": ["K", "K"],
        }
    )
    orders = Orders.from_table(lines, skus=skus)
    assert words(orders.goods_class) == [None, "food"]
    assert words(orders.temperature) == [None, "frozen"]
    assert orders.own_container.tolist() == [True, False]
    assert orders.nest_height_mm.tolist() == [0, 2]
    assert words(orders.site) == [None, None]
    assert "orders: skus: ignored columns site" in orders.notes


def test_no_new_column_looks_personal() -> None:
    """Sellers and regions are about trade, not about people."""
    assert personal_names(sorted(LINE_COLUMNS)) == []


def test_slices_and_picks_have_every_column() -> None:
    """Taking orders by number, in any order, is slicing one by one."""
    orders = orders_of(
        {"order_id": "A", "group": "1", "region": "KR", "date": "2026-01-01", "nest_height_mm": 3},
        {"order_id": "A", "group": "2", "region": "KR", "own_container": True},
        {"order_id": "B", "site": "K", "baseline_package": "x"},
        {"order_id": "C", "qty": 1, "placed_in": "P", "placed_x_mm": 1}
        | {"placed_y_mm": 2, "placed_z_mm": 3, "region": "DE"},
    )
    assert said(orders.slice(0, 3)) == said(orders)
    part = orders.slice(1, 3)
    assert (words(part.region), words(part.placed_in)) == ([None, "DE"], [None, "P"])
    assert (part.row.tolist(), part.placed_mm[1].tolist()) == ([3, 4], [1, 2, 3])
    for index in ([], [2], [2, 0], [1, 1, 0]):
        taken = orders.take(np.array(index, dtype=np.int64))
        pieces = [orders.slice(one, one + 1) for one in index]
        assert taken.order_ids.to_pylist() == [one.order_ids[0].as_py() for one in pieces]
        assert taken.n_lines == sum(one.n_lines for one in pieces) == taken.line_start[-1]
        assert taken.rejects.num_rows == 0
        told = [said(one) for one in pieces]
        for name, values in said(taken).items():
            assert values == [value for one in told for value in one[name]], name
        units = [int(one.unit_start[-1]) for one in pieces]
        assert np.diff(taken.unit_start).tolist() == units
