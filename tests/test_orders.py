"""Orders: what is accepted and how it is arranged.

What is not accepted stands in test_bad_input.py, real files in test_orders_real.py.
"""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.orders import ORIENTATIONS, Orders, read_orders
from packopt.tables import REJECTS

LINE = {
    "order_id": "A1",
    "sku": "cup",
    "qty": 2,
    "length_mm": 100,
    "width_mm": 80,
    "height_mm": 60,
    "weight_g": 350,
}


def lines(*changes: dict[str, Any]) -> pa.Table:
    """A table with one good line for each change."""
    return pa.Table.from_pylist([LINE | change for change in changes])


def order_of(orders: Orders, order_id: str) -> list[tuple[object, ...]]:
    """The lines of an order as tuples, in their order; empty where it was not accepted."""
    ids = orders.order_ids.to_pylist()
    if order_id not in ids:
        return []
    index = ids.index(order_id)
    return [
        (
            orders.skus[line].as_py(),
            int(orders.qty[line]),
            *orders.size_mm[line].tolist(),
            int(orders.weight_g[line]),
        )
        for line in range(orders.line_start[index], orders.line_start[index + 1])
    ]


def test_one_line_becomes_one_order() -> None:
    """The defaults of everything optional are the harmless ones."""
    orders = Orders.from_table(lines({}))
    assert (orders.n_orders, orders.n_lines, orders.unit_start.tolist()) == (1, 1, [0, 2])
    assert order_of(orders, "A1") == [("cup", 2, 100, 80, 60, 350)]
    assert ORIENTATIONS[orders.orientation[0]] == "any"
    assert (orders.fragile[0], orders.mailer_ok[0], orders.weights_known) == (False, True, True)
    assert (orders.max_load_g[0], orders.padding_mm[0], orders.min_height_mm[0]) == (-1, 0, 0)
    assert (orders.baseline_package, orders.date, orders.notes) == (None, None, ())
    assert orders.rejects.equals(REJECTS.empty_table())


def test_the_arrays_have_the_types_the_kernel_is_compiled_for() -> None:
    """Owned, writable and contiguous: other arrays would make Numba compile a second time."""
    orders = Orders.from_table(lines({}, {"order_id": "B"}, {"order_id": "A1"}))
    types = {
        "line_start": np.int64,
        "unit_start": np.int64,
        "qty": np.int32,
        "size_mm": np.int32,
        "weight_g": np.int32,
        "orientation": np.uint8,
        "fragile": np.bool_,
        "max_load_g": np.int32,
        "padding_mm": np.int32,
        "mailer_ok": np.bool_,
        "min_height_mm": np.int32,
        "nest_height_mm": np.int32,
        "own_container": np.bool_,
        "row": np.int64,
        "placed_mm": np.int32,
    }
    for name, kind in types.items():
        array = getattr(orders, name)
        assert (array.dtype, array.flags.writeable) == (kind, True), name
        assert array.flags.c_contiguous, name


def test_scattered_lines_are_gathered_by_first_appearance() -> None:
    """Orders by first appearance, their lines in input order, from anywhere in the file."""
    orders = Orders.from_table(
        lines(
            {"order_id": "B", "sku": "1"},
            {"order_id": "A", "sku": "2"},
            {"order_id": "B", "sku": "3"},
            {"order_id": "C", "sku": "4"},
            {"order_id": "A", "sku": "5"},
            {"order_id": "B", "sku": "6"},
        )
    )
    assert orders.order_ids.to_pylist() == ["B", "A", "C"]
    assert orders.skus.to_pylist() == ["1", "3", "6", "2", "5", "4"]
    assert orders.line_start.tolist() == [0, 3, 5, 6]
    assert orders.unit_start.tolist() == [0, 6, 10, 12]


def test_one_bad_line_rejects_its_order_and_no_other() -> None:
    """Packing half an order would be wrong; the good lines of it are not listed."""
    orders = Orders.from_table(
        lines({"order_id": "A"}, {"order_id": "B"}, {"order_id": "A", "qty": 0}, {"order_id": "C"})
    )
    assert orders.order_ids.to_pylist() == ["B", "C"]
    assert orders.rejects.to_pylist() == [
        {
            "row": 3,
            "order_id": "A",
            "field": "qty",
            "value": "0",
            "reason": "found too small a number; expected a whole number from 1 to 10,000 units",
            "hint": "State how many units were ordered.",
        }
    ]


def test_every_optional_column_is_read() -> None:
    """Words in any case, sizes rounded up, loads rounded down."""
    orders = Orders.from_table(
        lines(
            {
                "orientation": " Upright",
                "fragile": "YES",
                "max_load_kg": 1.2345,
                "padding_cm": 0.51,
                "mailer_ok": "true",
                "min_height_mm": 10.2,
                "baseline_package": "C4",
                "date": "2024-01-31",
                "group": None,
                "own_container": "no",
            }
        )
    )
    assert ORIENTATIONS[orders.orientation[0]] == "upright"
    assert (orders.max_load_g[0], orders.padding_mm[0], orders.min_height_mm[0]) == (1234, 6, 11)
    assert orders.fragile[0]
    assert not orders.mailer_ok[0], "a fragile unit never travels in a mailer"
    assert (orders.baseline_package.to_pylist(), orders.date.to_pylist()) == (
        ["C4"],
        [dt.date(2024, 1, 31)],
    )


def test_order_level_columns_that_differ_are_told() -> None:
    """The first date counts, and of several packages none does; both are said."""
    orders = Orders.from_table(
        lines(
            {"order_id": "X", "qty": 0, "date": "2026-01-01", "baseline_package": "p"},
            {"order_id": "A", "date": "2026-01-02", "baseline_package": "q"},
            {"order_id": "B", "date": "2026-01-03", "baseline_package": None},
            {"order_id": "A", "date": "2026-01-04", "baseline_package": "r"},
            {"order_id": "C", "date": "2026-01-05", "baseline_package": "q"},
            {"order_id": "C", "date": "2026-01-05", "baseline_package": "q"},
        )
    )
    assert orders.date.to_pylist() == [dt.date(2026, 1, day) for day in (2, 3, 5)]
    assert orders.baseline_package.to_pylist() == [None, None, "q"]
    told = [note for note in orders.notes if "lines of 1 orders" in note]
    assert len(told) == 2
    assert "baseline_package" in told[0]
    assert "different dates" in told[1]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"length_cm": "10", "width_m": "0.08", "height_in": "2.3622", "weight_kg": "0.35"}, 350),
        ({"length_in": 3.937, "width_cm": 8, "height_mm": 60, "weight_lb": 0.7714}, 350),
        ({"length_mm": 99.2, "width_mm": 79.1, "height_cm": 5.91, "weight_oz": 12.345}, 350),
    ],
)
def test_units_are_named_by_the_columns(columns: dict[str, Any], expected: int) -> None:
    """Sizes end in whole mm and weights in whole g, rounded up."""
    line = {"order_id": "A1", "sku": "cup", "qty": 2} | columns
    orders = Orders.from_table(pa.Table.from_pylist([line]))
    assert order_of(orders, "A1") == [("cup", 2, 100, 80, 60, expected)]


@pytest.mark.parametrize(
    "cast",
    [
        lambda column: column.cast(pa.float64()),
        lambda column: column.cast(pa.float32()),
        lambda column: column.cast(pa.int8()),
        lambda column: column.cast(pa.uint64()),
        lambda column: column.cast(pa.decimal128(30, 3)),
        lambda column: column.cast(pa.string()),
        lambda column: column.cast(pa.large_string()),
        lambda column: column.cast(pa.string()).cast(pa.string_view()),
        lambda column: column.cast(pa.string()).cast(pa.binary()),
        lambda column: column.cast(pa.string()).dictionary_encode(),
        lambda column: column.dictionary_encode(),
    ],
)
def test_numbers_may_have_any_sensible_type(cast: Callable[[pa.ChunkedArray], Any]) -> None:
    """Parquet writers differ; the values count."""
    table = lines({"qty": 3, "length_mm": 100, "weight_g": 99})
    for name in ("qty", "length_mm", "weight_g"):
        column = cast(table.column(name))
        table = table.set_column(table.column_names.index(name), name, column)
    assert order_of(Orders.from_table(table), "A1") == [("cup", 3, 100, 80, 60, 99)]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (pa.array([17, 4]), ["17", "4"]),
        (pa.array([2**64 - 1, 0], pa.uint64()), ["18446744073709551615", "0"]),
        (pa.array([decimal.Decimal(12), decimal.Decimal(3)]), ["12", "3"]),
        (pa.array(["é", "日本"]).dictionary_encode(), ["é", "日本"]),
        (pa.array([b"a", b"b"]), ["a", "b"]),
        (pa.array([" a", "a"], pa.large_string()), [" a", "a"]),
    ],
)
def test_ids_may_be_text_or_whole_numbers(ids: pa.Array, expected: list[str]) -> None:
    """They come out as text, exactly as they were, so that results join back."""
    table = lines({}, {}).set_column(0, "order_id", ids)
    orders = Orders.from_table(table.set_column(1, "sku", ids))
    assert orders.order_ids.to_pylist() == expected
    assert orders.skus.to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([True, False, None]), [True, False, False]),
        (pa.array([1, 0, None]), [True, False, False]),
        (pa.array([1.0, 0.0, None]), [True, False, False]),
        (pa.array(["yes", "no", ""]), [True, False, False]),
        (pa.array([" TRUE ", "False", None]), [True, False, False]),
        (pa.array(["1", "0", " "]).dictionary_encode(), [True, False, False]),
    ],
)
def test_booleans_have_several_spellings(values: pa.Array, expected: list[bool]) -> None:
    """true, false, 1, 0, yes and no, in any case; nothing means the default."""
    table = lines({}, {}, {}).append_column("fragile", values)
    assert Orders.from_table(table).fragile.tolist() == expected


def test_chunked_tables_are_one_table() -> None:
    """Parquet row groups arrive as chunks, with dictionaries of their own."""
    one = lines({"order_id": "A", "sku": "x"})
    two = lines({"order_id": "B", "sku": "y"}, {"order_id": "A", "sku": "z"})
    both = pa.concat_tables(
        [table.set_column(1, "sku", pc.dictionary_encode(table["sku"])) for table in (one, two)]
    )
    assert Orders.from_table(both).skus.to_pylist() == ["x", "z", "y"]


def test_without_weights_no_weight_is_known() -> None:
    """No column, or a column without a single value; both are said."""
    table = lines({}, {"order_id": "B"})
    empty = pa.array([None, " "], pa.string())
    for without in (
        table.drop_columns(["weight_g"]),
        table.set_column(6, "weight_g", pa.nulls(2)),
        table.set_column(6, "weight_g", empty),
    ):
        orders = Orders.from_table(without)
        assert (orders.n_orders, orders.weights_known, orders.weight_g.tolist()) == (
            2,
            False,
            [0, 0],
        )
        assert orders.notes == ("orders: no weights, so no weight limit is asked",)


def test_unknown_columns_are_ignored_with_a_note() -> None:
    """A reader who misspelled an optional column finds it there."""
    orders = Orders.from_table(lines({"colour": "red", "fragil": True}))
    assert orders.notes == ("orders: ignored columns colour, fragil (did you mean fragile?)",)


def test_empty_rows_are_ignored_with_a_note(tmp_path: Path) -> None:
    """Spreadsheets leave them; row numbers still count them."""
    path = tmp_path / "o.csv"
    path.write_text(
        "order_id,sku,qty,length_mm,width_mm,height_mm\nA,s,1,10,10,10\n,,,,,\nB,s,0,10,10,10\n,,,,,\n",
        encoding="utf-8",
    )
    orders = read_orders(path)
    assert orders.order_ids.to_pylist() == ["A"]
    assert orders.rejects["row"].to_pylist() == [3]
    assert f"{path}: ignored 2 empty rows" in orders.notes


def test_ten_thousand_units_are_accepted() -> None:
    """In one line or in several."""
    orders = Orders.from_table(
        lines({"qty": 10_000}, *({"order_id": "B", "qty": 5_000} for _ in range(2)))
    )
    assert orders.unit_start.tolist() == [0, 10_000, 20_000]


def test_slices_are_orders_and_share_memory() -> None:
    """Whole orders, numbered from 0 again; rejects and notes stay with the whole."""
    orders = Orders.from_table(
        lines(
            {"order_id": "A", "sku": "1", "date": "2026-01-01"},
            {"order_id": "B", "sku": "2", "date": "2026-01-02"},
            {"order_id": "B", "sku": "3", "date": "2026-01-03"},
            {"order_id": "C", "sku": "4", "date": "2026-01-04"},
            {"order_id": "D", "sku": "5", "qty": -1},
        )
    )
    part = orders.slice(1, 3)
    assert part.order_ids.to_pylist() == ["B", "C"]
    assert (part.line_start.tolist(), part.unit_start.tolist()) == ([0, 2, 3], [0, 4, 6])
    assert part.skus.to_pylist() == ["2", "3", "4"]
    assert part.date.to_pylist() == [dt.date(2026, 1, 2), dt.date(2026, 1, 4)]
    assert np.shares_memory(part.size_mm, orders.size_mm)
    assert (orders.rejects.num_rows, part.rejects.num_rows) == (1, 0)
    assert orders.slice(3, 9).n_orders == orders.slice(2, 1).n_orders == 0


def test_sizes_may_come_by_sku(tmp_path: Path) -> None:
    """The lines name the SKU, a second file has its properties; any two formats."""
    pacsv.write_csv(
        lines(
            {"sku": "cup"}, {"sku": "pot", "order_id": "B"}, {"sku": "cup", "order_id": "B"}
        ).select(["order_id", "sku", "qty"]),
        tmp_path / "lines.csv",
    )
    items = pa.table(
        {
            "sku": ["pot", "cup", "pan"],
            "name": ["Pot", "Cup", "Pan"],
            "length_cm": [30.1, 10.0, 40.0],
            "width_cm": [20.0, 8.0, 40.0],
            "height_cm": [15.0, 6.0, 5.0],
            "weight_g": [900, 350, 1200],
            "fragile": [False, True, False],
        }
    )
    pq.write_table(items, tmp_path / "skus.parquet")
    orders = read_orders(tmp_path / "lines.csv", skus=tmp_path / "skus.parquet")
    assert order_of(orders, "B") == [("pot", 2, 301, 200, 150, 900), ("cup", 2, 100, 80, 60, 350)]
    assert orders.fragile.tolist() == [True, False, True]
    assert orders.notes == (f"{tmp_path / 'skus.parquet'}: ignored columns name",)


def test_faulty_skus_reject_the_orders_that_have_them() -> None:
    """Missing and repeated SKUs in the second file are told once per line, by name."""
    table = lines({}, {"order_id": "B", "sku": "pot"}, {"order_id": "C", "sku": "pan"}).select(
        ["order_id", "sku", "qty"]
    )
    items = lines({"sku": "cup"}, {"sku": "pan"}, {"sku": "pan"}, {"sku": None}).drop_columns(
        ["order_id", "qty"]
    )
    orders = Orders.from_table(table, skus=items, source="o")
    assert orders.order_ids.to_pylist() == ["A1"]
    rejects = orders.rejects.select(["row", "field", "value", "hint"]).to_pylist()
    assert [tuple(reject.values()) for reject in rejects] == [
        (2, "sku", "pot", "Add sku pot to o: skus."),
        (3, "sku", "pan", "Keep one row for sku pan in o: skus."),
    ]


def test_faulty_sizes_of_a_sku_reject_every_order_that_has_it() -> None:
    """The value of the second file is judged in the line that needs it."""
    items = lines({"sku": "cup", "length_mm": 0}).drop_columns(["order_id", "qty"])
    table = lines({}, {"order_id": "B"}).select(["order_id", "sku", "qty"])
    orders = Orders.from_table(table, skus=items)
    assert orders.n_orders == 0
    assert orders.rejects["field"].to_pylist() == ["length_mm"] * 2


line_values = st.fixed_dictionaries(
    {
        "order_id": st.sampled_from(["A", "B", "C", "D", None]),
        "sku": st.sampled_from(["x", "y", ""]) | st.just("z"),
        "qty": st.integers(-1, 6_000) | st.just(1),
        "length_mm": st.sampled_from([1, 250.5, 10_000, 10_001, 0, float("nan"), None, 99]),
        "width_mm": st.integers(1, 10_000),
        "height_mm": st.integers(1, 10_000),
        "weight_g": st.sampled_from([1, 0.2, 1_000_000, 1_000_001, 5]),
    }
)


@given(st.lists(line_values, min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_changes_nothing_but_the_order(
    rows: list[dict[str, Any]], random: Any
) -> None:
    """A shuffled file gives the same orders with the same lines, and as many rejects."""
    shuffled = rows.copy()
    random.shuffle(shuffled)
    schema = pa.Table.from_pylist(rows).schema
    one = Orders.from_table(pa.Table.from_pylist(rows, schema))
    two = Orders.from_table(pa.Table.from_pylist(shuffled, schema))
    assert set(one.order_ids.to_pylist()) == set(two.order_ids.to_pylist())
    for order_id in one.order_ids.to_pylist():
        assert sorted(order_of(one, order_id)) == sorted(order_of(two, order_id))
    reasons = ["order_id", "field", "value", "reason"]
    first, second = (
        sorted(map(str, orders.rejects.select(reasons).to_pylist())) for orders in (one, two)
    )
    if not any("too many units" in reason for reason in first):
        assert first == second


@given(st.lists(line_values, min_size=1, max_size=12))
def test_accepted_and_rejected_orders_part_the_input(rows: list[dict[str, Any]]) -> None:
    """Every order is accepted with all its lines, or in the rejects; none is both or neither."""
    orders = Orders.from_table(pa.Table.from_pylist(rows))
    rejected = set(orders.rejects["order_id"].to_pylist()) - {None}
    accepted = set(orders.order_ids.to_pylist())
    assert accepted | rejected == {row["order_id"] for row in rows} - {None}
    assert not accepted & rejected
    assert orders.n_lines == sum(row["order_id"] in accepted for row in rows)
    assert orders.line_start[-1] == orders.n_lines == len(orders.size_mm)
    assert np.all((orders.size_mm >= 1) & (orders.size_mm <= 10_000))
    assert np.all(np.diff(orders.unit_start) <= 10_000)
