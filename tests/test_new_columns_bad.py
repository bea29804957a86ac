"""Columns on who may travel with whom: what is refused, and how the message says to mend it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packopt.errors import OrdersError
from packopt.orders import Orders, read_orders

LINE: dict[str, Any] = {
    "order_id": "A",
    "sku": "cup",
    "qty": 2,
    "length_mm": 100,
    "width_mm": 80,
    "height_mm": 60,
    "weight_g": 350,
}
PLACED = {"qty": 1, "placed_in": "C", "placed_x_mm": 0, "placed_y_mm": 0, "placed_z_mm": 0}


def table(*changes: dict[str, Any]) -> pa.Table:
    """One line for each change; columns that mix types are text, as in a CSV file."""
    rows = [LINE | change for change in changes]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {}
    for name in names:
        values = [row.get(name) for row in rows]
        if len({type(value) for value in values} - {type(None)}) > 1:
            values = [None if value is None else str(value) for value in values]
        columns[name] = values
    return pa.table(columns)


def refused(*changes: dict[str, Any]) -> list[tuple[int, str, str | None, str]]:
    """Row, field, value and finding of each reject of an order; a second order is accepted.

    Every reject must have its four parts: where, what was found, what is expected, what to do.
    """
    orders = Orders.from_table(table(*changes, {"order_id": "good"}))
    assert orders.order_ids.to_pylist() == ["good"]
    return told(orders)


def told(orders: Orders) -> list[tuple[int, str, str | None, str]]:
    """The rejects, each of which must be complete."""
    rows = []
    for reject in orders.rejects.to_pylist():
        found, expected = reject["reason"].split("; expected ")
        assert found.startswith("found ")
        assert expected
        assert reject["hint"].endswith(".")
        rows.append((reject["row"], reject["field"], reject["value"], found.removeprefix("found ")))
    return rows


@pytest.mark.parametrize(
    ("change", "field", "value", "found"),
    [
        ({"own_container": "perhaps"}, "own_container", "perhaps", "an unknown word"),
        ({"own_container": 2}, "own_container", "2", "an unknown word"),
        ({"nest_height_mm": -1}, "nest_height_mm", "-1", "too small a number"),
        ({"nest_height_mm": 10_001}, "nest_height_mm", "10001", "too large a number"),
        ({"nest_height_mm": "deep"}, "nest_height_mm", "deep", "no number"),
        ({"nest_height_mm": float("nan")}, "nest_height_mm", "nan", "no finite number"),
        ({"nest_height_mm": 61}, "nest_height_mm", "61", "more than the height"),
        ({"nest_height_cm": 6.01}, "nest_height_cm", "6.01", "more than the height"),
        (
            {"nest_height_mm": 5, "orientation": "flat"},
            "nest_height_mm",
            "5",
            "a nest that must lie flat",
        ),
        (
            {"nest_height_mm": 5, "fragile": True},
            "nest_height_mm",
            "5",
            "a fragile unit that others nest in",
        ),
        (
            {"nest_height_mm": 5, "padding_mm": 1},
            "nest_height_mm",
            "5",
            "a padded unit that others nest in",
        ),
        (
            {"nest_height_mm": 5, "min_height_mm": 9},
            "nest_height_mm",
            "5",
            "a soft unit that others nest in",
        ),
        (
            {"keep_together": "k", "own_container": True},
            "keep_together",
            "k",
            "a unit in its own container",
        ),
        ({"date": "31.01.2026"}, "date", "31.01.2026", "no date"),
        ({"date": "2026-02-29"}, "date", "2026-02-29", "no date"),
        ({"date": "2026-13-01"}, "date", "2026-13-01", "no date"),
        ({"date": "2026-1-5"}, "date", "2026-1-5", "no date"),
        ({"date": "20260131"}, "date", "20260131", "no date"),
        ({"date": "2026-01-31T"}, "date", "2026-01-31T", "no date"),
        ({"date": "yesterday"}, "date", "yesterday", "no date"),
        ({"date": "0000-01-01"}, "date", "0000-01-01", "a date that no order has"),
        ({"date": "1969-12-31"}, "date", "1969-12-31", "a date that no order has"),
        ({"date": "2200-01-01"}, "date", "2200-01-01", "a date that no order has"),
        ({"date": dt.date(1900, 1, 1)}, "date", "1900-01-01", "a date that no order has"),
    ],
)
def test_bad_values_become_rejects(
    change: dict[str, Any], field: str, value: str, found: str
) -> None:
    """Row, field, value, finding, expectation and hint; the order beside it is accepted."""
    assert refused(change) == [(1, field, value, found)]


@pytest.mark.parametrize(
    ("change", "field", "value", "found"),
    [
        ({"placed_x_mm": None}, "placed_x_mm", None, "no value beside placed_in or another"),
        ({"placed_z_mm": None}, "placed_z_mm", None, "no value beside placed_in or another"),
        ({"placed_in": None}, "placed_in", None, "no value beside coordinates"),
        ({"placed_in": " "}, "placed_in", " ", "no value beside coordinates"),
        ({"qty": 2}, "qty", "2", "several units in one place"),
        ({"own_container": True}, "own_container", "true", "a unit in its own container that"),
        ({"placed_x_mm": -1}, "placed_x_mm", "-1", "too small a number"),
        ({"placed_y_mm": 10_001}, "placed_y_mm", "10001", "too large a number"),
        ({"placed_y_mm": 0.5}, "placed_y_mm", "0.5", "a fraction"),
        ({"placed_y_mm": "left"}, "placed_y_mm", "left", "no number"),
    ],
)
def test_half_placed_units_become_rejects(
    change: dict[str, Any], field: str, value: str | None, found: str
) -> None:
    """A unit that lies in a package has a package, a corner and no company on its line."""
    rejects = refused(PLACED | change, PLACED | {"placed_x_mm": 100})
    assert any(
        reject[:3] == (1, field, value) and reject[3].startswith(found) for reject in rejects
    )


def test_a_package_without_any_corner_becomes_a_reject() -> None:
    """Three coordinates are missing, and three are named, though there are no such columns."""
    assert [reject[:3] for reject in refused({"qty": 1, "placed_in": "C"})] == [
        (1, f"placed_{axis}_mm", None) for axis in "xyz"
    ]


def test_coordinates_without_a_package_column_become_a_reject() -> None:
    """The column that is missing is the one that is named."""
    line = {name: value for name, value in PLACED.items() if name != "placed_in"}
    assert refused(line) == [(1, "placed_in", None, "no value beside coordinates")]


def test_units_in_one_place_become_rejects() -> None:
    """Two of three overlap by a millimetre; touching is no overlap."""
    orders = refused(
        PLACED,
        PLACED | {"placed_x_mm": 100},
        PLACED | {"placed_x_mm": 99, "placed_z_mm": 59},
        PLACED | {"placed_z_mm": 60, "placed_y_mm": 21},
    )
    assert [(reject[0], reject[3]) for reject in orders] == [
        (3, "a unit that overlaps one placed before"),
        (4, "a unit that overlaps one placed before"),
    ]
    apart = Orders.from_table(table(PLACED, PLACED | {"placed_z_mm": 60}, PLACED | {"order_id": 2}))
    assert (apart.n_orders, apart.rejects.num_rows) == (2, 0)


@pytest.mark.parametrize(
    ("column", "values", "found"),
    [
        ("region", ("KR", "de"), "a second region in one order"),
        ("placed_in", ("C", "D"), "a second part-filled package in one order"),
    ],
)
def test_what_an_order_has_once_must_not_differ(
    column: str, values: tuple[str, str], found: str
) -> None:
    """The line that differs from the first one is named; blank lines agree with any."""
    lines = [
        PLACED | {column: value, "placed_x_mm": x}
        for x, value in zip((0, 200), values, strict=True)
    ]
    assert refused(lines[0], {}, lines[1]) == [(3, column, values[1], found)]


@pytest.mark.parametrize("field", ["site", "seller", "temperature", "group"])
def test_what_stays_together_must_be_able_to(field: str) -> None:
    """Two units of one bundle that may never share a parcel; elsewhere they may differ."""
    bundle = {"keep_together": "k"}
    assert refused(bundle | {field: "a"}, {field: "c"}, bundle | {field: "b"}) == [
        (3, "keep_together", "k", f"units that stay together but differ in {field}")
    ]
    fine = [{"keep_together": "k", field: "a"}, {"keep_together": "l", field: "b"}, {field: "c"}]
    fine += [{"order_id": "B", "keep_together": "k", field: "b"}]
    assert Orders.from_table(table(*fine)).rejects.num_rows == 0


def test_no_group_goes_with_any_group_but_no_site_with_none() -> None:
    """A unit without a group may go anywhere; a unit without a site is somewhere else."""
    bundle = {"keep_together": "k"}
    mixed = table(bundle, bundle | {"group": "a"}, bundle, bundle | {"group": "a"})
    assert Orders.from_table(mixed).rejects.num_rows == 0
    for field in ("site", "seller", "temperature"):
        assert len(refused(bundle, bundle | {field: "a"})) == 1


def test_contradictions_with_what_the_sku_table_says_are_found() -> None:
    """Columns of both files are judged together."""
    lines = pa.table({"order_id": ["A"], "sku": ["pot"], "qty": [2], "keep_together": ["k"]})
    skus = {"sku": ["pot"], "length_mm": [9], "width_mm": [9], "height_mm": [9]}
    nesting = {"nest_height_mm": [3], "orientation": ["flat"]}
    orders = Orders.from_table(lines, skus=pa.table(skus | nesting | {"own_container": [True]}))
    assert [reject[1:3] for reject in told(orders)] == [
        ("nest_height_mm", "3"),
        ("keep_together", "k"),
    ]


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("date", pa.array([20260131]), "dates, or text such as 2026-01-31"),
        ("date", pa.array([1.5]), "dates, or text"),
        ("date", pa.array([dt.time(1)]), "dates, or text"),
        ("date", pa.array([True]), "dates, or text"),
        ("date", pa.array([[dt.date(2026, 1, 31)]]), "dates, or text"),
        ("group", pa.array([1.5]), "text or whole numbers"),
        ("keep_together", pa.array([True]), "text or whole numbers"),
        ("goods_class", pa.array([["food"]]), "text or whole numbers"),
        ("temperature", pa.array([-18.0]), "text or whole numbers"),
        ("seller", pa.array([{"id": 1}]), "text or whole numbers"),
        ("site", pa.array([dt.date(2026, 1, 31)]), "text or whole numbers"),
        ("region", pa.array([b"\xff\xfe"]), "UTF-8"),
        ("placed_in", pa.array([1.0]), "text or whole numbers"),
        ("placed_x_mm", pa.array([True]), "numbers"),
        ("nest_height_mm", pa.array([dt.date(2026, 1, 31)]), "numbers"),
        ("own_container", pa.array([[True]]), "one of"),
    ],
)
def test_columns_of_useless_types_are_errors(column: str, values: pa.Array, expected: str) -> None:
    """Every row of such a column would be a reject: the column is the fault."""
    good = pa.Table.from_pylist([LINE]).append_column(column, values)
    with pytest.raises(OrdersError, match=f"column {column}: found .*; expected {expected}"):
        Orders.from_table(good)


def test_bad_values_are_the_same_rejects_in_every_format(tmp_path: Path) -> None:
    """CSV, Parquet, Arrow and JSON: the row, the field and the finding."""
    rows = [
        LINE | {"nest_height_mm": 99, "date": "2026-02-30", "region": "KR", "own_container": "no"},
        LINE | {"nest_height_mm": 5, "date": "2026-02-28", "region": "DE", "own_container": "oui"},
    ]
    typed = pa.Table.from_pylist(rows)
    pq.write_table(typed, tmp_path / "o.parquet")
    with pa.ipc.new_file(tmp_path / "o.arrow", typed.schema) as writer:
        writer.write_table(typed)
    text = [",".join(rows[0]), *(",".join(map(str, row.values())) for row in rows)]
    (tmp_path / "o.csv").write_text("\n".join(text), encoding="utf-8")
    (tmp_path / "o.json").write_text(json.dumps(rows), encoding="utf-8")
    (tmp_path / "o.ndjson").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for path in tmp_path.iterdir():
        assert told(read_orders(path)) == [
            (1, "date", "2026-02-30", "no date"),
            (1, "nest_height_mm", "99", "more than the height"),
            (2, "own_container", "oui", "an unknown word"),
            (2, "region", "DE", "a second region in one order"),
        ], path.suffix


def test_misspelt_columns_are_noted() -> None:
    """An optional column that is ignored for its name must not be lost in silence."""
    orders = Orders.from_table(table({"keep_togther": "k", "temprature": "cold", "nest_height": 5}))
    (note,) = orders.notes
    for name in ("keep_together", "temperature", "nest_height_mm"):
        assert f"did you mean {name}?" in note
