"""Order lines nested into orders: nothing lost, nothing split, nothing twice."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import packopt
from packopt import OrdersError, nest_batches, nest_orders
from packopt.engine.nesting import unnest_orders


def lines(ids: list[str | None], **columns: list[object]) -> pa.Table:
    """Order lines with these ids and numbered SKUs."""
    skus = [f"s{row}" for row in range(len(ids))]
    return pa.table({"order_id": pa.array(ids, pa.string()), "sku": skus, **columns})


def shape(nested: pa.Table) -> list[tuple[str | None, list[int]]]:
    """Of each order its id and the rows of its lines."""
    return [
        (order["order_id"], [item["row"] for item in order["items"]])
        for order in nested.to_pylist()
    ]


def test_orders_are_by_first_appearance_with_their_lines_in_order() -> None:
    """Lines of an order that stand apart come together, and keep the row they came from."""
    assert shape(nest_orders(lines(["b", "a", "b", "c", "a"]))) == [
        ("b", [1, 3]), ("a", [2, 5]), ("c", [4]),
    ]  # fmt: skip


def test_lines_without_an_order_are_rows_of_their_own() -> None:
    """Nobody knows whether two lines without an id belong together, and each is a reject."""
    assert shape(nest_orders(lines([None, "a", None, " "]))) == [
        (None, [1]), ("a", [2]), (None, [3]), (None, [4]),
    ]  # fmt: skip


def test_rows_without_any_value_are_left_out() -> None:
    """Empty rows, as spreadsheets leave them, are no orders, but they count as rows."""
    table = pa.table({"order_id": ["a", None, "b"], "sku": ["s", None, "t"]})
    assert shape(nest_orders(table)) == [("a", [1]), ("b", [3])]


def test_a_column_of_weights_without_a_value_says_nothing() -> None:
    """Whether weights are known is told by the columns, so a blank column has to go."""
    blank = nest_orders(lines(["a", "b"], weight_g=["", " "]))
    assert "weight_g" not in blank.schema.field("items").type.value_type.names
    some = nest_orders(lines(["a", "b"], weight_g=["", "5"]))
    assert "weight_g" in some.schema.field("items").type.value_type.names


def test_personal_data_are_refused_before_they_travel() -> None:
    """A column of e-mails is no business of any engine."""
    with pytest.raises(OrdersError, match="email"):
        nest_orders(lines(["a"], email=["x@example.org"]))


@given(
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=30),
    cuts=st.integers(1, 7),
    most=st.integers(1, 6),
)
def test_no_batch_cuts_an_order_in_two(lengths: list[int], cuts: int, most: int) -> None:
    """However lines come in, batches hold whole orders, all of them, at most so many."""
    ids = [f"o{order}" for order, n in enumerate(lengths) for _ in range(n)]
    table = lines(ids)
    batches = list(nest_batches(table.to_batches(max_chunksize=cuts), orders_per_batch=most))
    assert [one for batch in batches for one in shape(batch)] == shape(nest_orders(table))
    assert all(0 < batch.num_rows <= most for batch in batches)


def test_an_order_that_comes_back_is_refused_by_name_and_row() -> None:
    """A line whose order was given away cannot be answered, and is told."""
    batches = lines(["a", "b", "c", "d", "a"]).to_batches(max_chunksize=1)
    with pytest.raises(OrdersError, match="row 5, column order_id: found 'a'"):
        list(nest_batches(batches, orders_per_batch=2))


def test_lines_that_stand_near_each_other_come_together() -> None:
    """Within a batch the lines of an order need not follow each other."""
    batches = lines(["a", "b", "a", "b", "c"]).to_batches(max_chunksize=2)
    nested = pa.concat_tables(nest_batches(batches, orders_per_batch=3))
    assert shape(nested) == [("a", [1, 3]), ("b", [2, 4]), ("c", [5])]


def test_unnesting_undoes_nesting() -> None:
    """Lines come back with their values, and columns beside the items go to each of them."""
    table = lines(["a", "a", "b"], qty=[1, 2, 3])
    nested = nest_orders(table).append_column("site", pa.array(["BER", "MUC"]))
    back, parent = unnest_orders(nested, "orders")
    assert back.select(table.column_names).equals(table)
    assert back["site"].to_pylist() == ["BER", "BER", "MUC"]
    assert parent.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (pa.table({"order_id": ["a"]}), "column items is missing"),
        (pa.table({"items": [[{"sku": "s"}]]}), "column order_id is missing"),
        (pa.table({"order_id": ["a"], "items": [[1]]}), "expected a list of structs"),
        (pa.table({"order_id": ["a"], "site": ["x"], "items": [[{"site": "y"}]]}), "found site"),
        (
            pa.table({"order_id": ["a", "a"], "items": [[{"sku": "s"}]] * 2}),
            "in rows 1 and 2 of one batch",
        ),
    ],
    ids=["no items", "no ids", "no structs", "column twice", "order twice"],
)
def test_what_is_not_nested_is_told(table: pa.Table, told: str) -> None:
    """A batch that is unusable as a whole is refused with what was expected."""
    answer = packopt.NestedRecommender(packopt.builtin_catalogue("demo"))
    with pytest.raises(OrdersError, match=told):
        answer(table)
