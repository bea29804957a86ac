"""Parts on their way to splitting and back: equal ones are split once, each is told as its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import GEOMETRY, Row, answers, ask, made_catalogue, made_orders
from packopt import Policy, Recommendations, homeless, splits
from packopt.splitting.question import Part

BOXES = made_catalogue(
    [
        {"kind": "carton", "size": (40, 40, 40), "max_content_g": 1000},
        {"kind": "carton", "size": (90, 30, 20), "max_content_g": 1000},
    ]
)
SIDE = st.integers(10, 45)
LINES = st.fixed_dictionaries(
    {
        "size": st.tuples(SIDE, SIDE, SIDE),
        "qty": st.integers(1, 3),
        "weight_g": st.sampled_from([100, 600]),
        "own_container": st.booleans(),
    }
)


def told(result: Recommendations, table: str, order: int) -> list[Row]:
    """What a table says of an order, but for names."""
    rows = getattr(result, table).to_pylist()
    names = ("order_id", "sku", "unit")
    mine = [row for row in rows if row["order_id"] == f"o{order}"]
    return [{name: value for name, value in row.items() if name not in names} for row in mine]


@st.composite
def written_anew(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """An order, and the same with lines and sides in another sequence and one line in two."""
    order = draw(st.lists(LINES, min_size=1, max_size=3))
    other = [line | {"size": tuple(draw(st.permutations(line["size"])))} for line in order]
    other = draw(st.permutations(other))
    first = other[0]
    if first["qty"] > 1:
        other = [first | {"qty": 1}, *other[1:], first | {"qty": first["qty"] - 1}]
    return order, other


@settings(max_examples=40)
@given(written_anew(), st.sampled_from([None, 0.0, 500.0]), st.sampled_from(["refuse", "allow"]))
def test_equal_content_is_split_alike_however_it_is_written(
    orders: tuple[list[Row], list[Row]], parcel_price: float | None, partial: Any
) -> None:
    """Lines in any sequence, sides in any, units on one line or two: the same parcels."""
    policy = Policy(
        objective="volume", own_container="always", parcel_price=parcel_price, partial=partial
    )
    lines = [[line | {"own_container": False} for line in order] for order in orders]
    result = ask(made_orders(*lines), BOXES, policy)
    for table in ("orders", "parcels", "placements", "ruled_out"):
        assert told(result, table, 0) == told(result, table, 1)


@settings(max_examples=25)
@given(st.lists(written_anew(), min_size=1, max_size=3))
def test_an_order_is_answered_alike_in_any_company(
    pairs: list[tuple[list[Row], list[Row]]],
) -> None:
    """What stands in its own container, too, is told as its order declares it."""
    orders = [order for pair in pairs for order in pair]
    policy = Policy(objective="volume", own_container="cheaper", partial="allow")
    together = ask(made_orders(*orders), BOXES, policy)
    for number, order in enumerate(orders):
        alone = ask(made_orders(order), BOXES, policy)
        for table in ("orders", "parcels", "placements", "ruled_out", "unpacked"):
            assert told(together, table, number) == told(alone, table, 0)


def test_equal_parts_are_one_question(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty orders of two contents are split as two."""
    asked: list[Sequence[Part]] = []

    def noted(parts: Sequence[Part], *others: Any, **options: Any) -> Any:
        asked.append(parts)
        return split_all(parts, *others, **options)

    split_all = splits.split_all
    monkeypatch.setattr(splits, "split_all", noted)
    one, other = {"size": (40, 40, 30), "qty": 1}, {"size": (40, 20, 40), "qty": 1}
    thrice = [one | {"qty": 2}, one]
    orders = made_orders(*[[one, other], [other, one]] * 5, *[thrice, thrice[::-1]] * 5)
    result = ask(orders, BOXES)
    assert [len(parts) for parts in asked] == [2]
    assert answers(result, "verdict", "parcels") == [("optimal", 2)] * 10 + [("optimal", 3)] * 10


def test_a_nest_is_not_taken_for_a_unit_of_its_size() -> None:
    """What is proved about solid units is not proved about units that could be nested otherwise."""
    nest = {"size": (40, 40, 30), "nest_height_mm": 5, "qty": 2, "weight_g": 100}
    solid = {"size": (40, 40, 35), "qty": 1, "weight_g": 200}
    other = {"size": (40, 40, 20), "qty": 1, "weight_g": 100}
    orders = [[solid, other], [nest, other]]
    result = ask(made_orders(*orders), BOXES)
    assert answers(result, "verdict", "parcels") == [("optimal", 2), ("feasible", 2)]
    swapped = ask(made_orders(*orders[::-1]), BOXES)
    assert answers(swapped, "verdict", "parcels") == [("feasible", 2), ("optimal", 2)]


@pytest.mark.parametrize("at_once", [1, 1 << 20])
def test_each_unit_that_fits_nothing_is_named_with_its_own_reason(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several orders in one batch, and units kept together for all of them."""
    monkeypatch.setattr(homeless, "PAIRS_AT_ONCE", at_once)
    small = {"size": (20, 20, 20), "qty": 1, "weight_g": 100}
    long, heavy = small | {"size": (95, 20, 20)}, small | {"weight_g": 1500}
    kept = [small | {"size": (40, 40, side), "keep_together": "k"} for side in (30, 35)]
    orders = made_orders([small, long], [heavy, small], [small, long, heavy], [small, *kept])
    result = ask(orders, BOXES, GEOMETRY)
    named = [(row["order_id"], row["sku"], row["reason"]) for row in result.unpacked.to_pylist()]
    assert named == [
        ("o0", "s0-1", "side"),
        ("o1", "s1-0", "weight"),
        ("o2", "s2-1", "side"),
        ("o2", "s2-2", "weight"),
        ("o3", "s3-1", "volume"),
        ("o3", "s3-2", "volume"),
    ]


def test_a_unit_in_its_own_container_is_told_as_declared() -> None:
    """Two orders of equal content ship a unit as it is, each with the sides that it stated."""
    small = {"size": (40, 40, 40), "qty": 1}
    sides = [(80, 30, 25), (25, 80, 30)]
    orders = [[small, {"size": size, "qty": 1, "own_container": True}] for size in sides]
    result = ask(made_orders(*orders), BOXES, Policy(own_container="cheaper"))
    own = [row for row in result.parcels.to_pylist() if row["package_id"] == "own_container"]
    inner = ("length_mm", "width_mm", "height_mm")
    assert [tuple(row[side] for side in inner) for row in own] == sides


@pytest.mark.parametrize("price", [None, 0.0, 30.0])
def test_where_no_split_is_allowed_none_is_thought_cheaper(price: float | None) -> None:
    """The bound of an order that must be one parcel is that of one parcel, whatever its price."""
    order = [{"size": (20, 20, 20), "qty": 2, "weight_g": 100}]
    policy = Policy(handling="geometry", objective="volume", parcel_price=price, max_parcels=1)
    result = ask(made_orders(order), BOXES, policy)
    ((verdict, cost, bound),) = answers(result, "verdict", "cost", "cost_lower_bound")
    assert (verdict, cost) == ("optimal", bound)
