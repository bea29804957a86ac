"""The checker's own bound on the number of parcels: never above a plan, and not trivial."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handmade import POLICY, Row, make_catalogue, make_result
from handmade_parcels import line, orders_of
from naive import cut
from packopt.check.book import Book, open_book
from packopt.check.bounds import least_parcels
from packopt.costing import package_costs
from packopt.policy import Policy
from sheet import Answer

CONTAINER = (6, 5, 4)
CARTON = {"package_id": "C", "kind": "carton", "inner": CONTAINER, "limit": 120}
CARTON |= {"temperature": "ambient;cold"}
cuts = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 9)), max_size=4)
labels = st.fixed_dictionaries(
    {
        "group": st.sampled_from([None, "x", "y"]),
        "seller": st.sampled_from([None, "a", "b"]),
        "site": st.sampled_from([None, "here"]),
        "temperature": st.sampled_from([None, "ambient", "cold"]),
        "goods_class": st.sampled_from([None, "food", "poison"]),
    }
)
POISON = replace(POLICY, incompatible=(("food", "poison"),))


def _bound(lines: list[Row], policy: Policy = POISON, **package: Any) -> int:
    orders = orders_of(lines)
    catalogue = make_catalogue([CARTON, CARTON | {"package_id": "B"} | package])
    return int(least_parcels(_book(orders, catalogue, policy), orders.qty.astype(np.int64))[0])


def _book(orders: Any, catalogue: Any, policy: Policy) -> Book:
    answers = {"one": Answer((), [])}
    result = make_result(orders, catalogue, policy, answers)
    return open_book(result, orders, catalogue, policy, package_costs(catalogue, policy))


@given(st.lists(st.tuples(cuts, labels), min_size=1, max_size=4))
def test_full_cartons_are_never_too_many(parcels: list[Any]) -> None:
    """Cartons cut into pieces, each with its labels, are a plan: no bound is above it."""
    lines = []
    for number, (cutting, words) in enumerate(parcels):
        for piece, placement in enumerate(cut(CONTAINER, cutting)):
            volume = int(np.prod(placement[3:]))
            lines.append(line("one", f"{number}-{piece}", placement[3:], weight_g=volume, **words))
    assert _bound(lines) <= len(parcels)


@pytest.mark.parametrize(
    ("lines", "bound"),
    [
        ([line("one", "a", (6, 5, 4))], 1),
        ([line("one", "a", (3, 5, 4), 3)], 2),
        ([line("one", "a", (1, 1, 1), 3, weight_g=61)], 2),
        ([line("one", "a", (1, 1, 1), group="x"), line("one", "b", (1, 1, 1), group="y")], 2),
        ([line("one", "a", (1, 1, 1), seller="x"), line("one", "b", (1, 1, 1))], 2),
        (
            [
                line("one", "a", (1, 1, 1), seller="x", group="x"),
                line("one", "b", (1, 1, 1), seller="x", group="y"),
                line("one", "c", (1, 1, 1), seller="y", group="x"),
            ],
            3,
        ),
        (
            [
                line("one", "a", (1, 1, 1), goods_class="food"),
                line("one", "b", (1, 1, 1), goods_class="poison"),
            ],
            2,
        ),
        ([line("one", "a", (1, 1, 1), 2, own_container=True), line("one", "b", (1, 1, 1))], 3),
        ([line("one", "a", (6, 5, 2), 5, nest_height_mm=1, weight_g=1)], 2),
        ([line("one", "a", (6, 5, 2), 3, nest_height_mm=1, weight_g=1)], 1),
    ],
)
def test_the_bound_counts_what_it_can(lines: list[Row], bound: int) -> None:
    """Volume, weight, groups, sellers, goods and own containers each ask for their parcels."""
    same = {"weight_g": 1} if all(row["weight_g"] == 100 for row in lines) else {}
    assert _bound([row | same for row in lines]) == bound


def test_an_own_container_unit_may_go_with_the_rest_where_that_is_cheaper() -> None:
    """Then it fills no package in the bound, and is no parcel of its own either."""
    lines = [line("one", "a", (6, 5, 4), 2, own_container=True), line("one", "b", (1, 1, 1))]
    policy = replace(POISON, own_container="cheaper")
    assert _bound([row | {"weight_g": 1} for row in lines], policy) == 1


def test_what_may_not_be_had_holds_nothing() -> None:
    """A large package at another site, or for another temperature, does not count."""
    lines = [line("one", "a", (3, 5, 4), 4, weight_g=1)]
    assert _bound(lines, inner=(60, 50, 40)) == 1
    assert _bound(lines, inner=(60, 50, 40), sites="there") == 2
    assert _bound(lines, inner=(60, 50, 40), temperature="cold") == 2
