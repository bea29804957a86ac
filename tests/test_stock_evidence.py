"""Evidence of one order that was served in turn: what the others had taken is said, and checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packopt import (
    Catalogue,
    Evidence,
    Orders,
    Policy,
    Recommendations,
    ResultError,
    check,
    column_table,
    explain,
    make_evidence,
    order_table,
    recommend,
    stock_taken_before,
    to_documents,
)
from packopt.evidence import _sha256, canonical

Row = dict[str, Any]

SIDES = ("length_mm", "width_mm", "height_mm")
POLICY = Policy(alternatives=2)


def packages(stocks: Sequence[str | None]) -> list[Row]:
    """Cubes of growing size, each with a stock."""
    return [
        {"package_id": f"p{k}", "kind": "carton", "stock": stock or ""}
        | dict.fromkeys(SIDES, 20 + 9 * k)
        for k, stock in enumerate(stocks)
    ]


def catalogue_of(rows: list[Row]) -> Catalogue:
    """The catalogue of some rows."""
    return Catalogue.from_table(
        column_table({name: [row[name] for row in rows] for name in rows[0]})
    )


def order_of(number: int, sides: Sequence[int], **stated: Any) -> Row:
    """An order of cubes; every second one is sold by somebody else, and travels alone."""
    lines = [
        {"sku": f"s{place}", "qty": 1, "weight_g": 10, "seller": f"S{place % 2}"}
        | dict.fromkeys(SIDES, side)
        for place, side in enumerate(sides)
    ]
    order = {"order_id": f"o{number}", "lines": lines}
    return order | {name: value for name, value in stated.items() if value is not None}


def evidence_of(
    number: int, orders: list[Row], rows: list[Row], result: Recommendations, *, told: bool = True
) -> bytes:
    """Evidence of an order out of a result; without being ``told``, as if it came first."""
    everybody, catalogue = Orders.from_table(order_table(orders)), catalogue_of(rows)
    name = orders[number]["order_id"]
    taken = stock_taken_before(name, result.parcels, everybody, catalogue) if told else ()
    return make_evidence(
        to_documents(result)[number], orders[number], rows, POLICY,
        catalogue_digest=catalogue.digest,
        stock_taken={row["package_id"]: n for row, n in zip(rows, taken, strict=False) if n},
    )  # fmt: skip


def violations(body: bytes) -> list[str]:
    """What the checker finds in evidence."""
    evidence = Evidence.from_bytes(body)
    return [one.code for one in check(evidence.result, evidence.orders, evidence.catalogue)]


def answered(orders: list[Row], rows: list[Row]) -> Recommendations:
    """The answer to all orders in turn."""
    return recommend(Orders.from_table(order_table(orders)), catalogue_of(rows), POLICY)


@settings(max_examples=80)
@given(
    cubes=st.lists(st.lists(st.integers(5, 40), min_size=1, max_size=3), min_size=1, max_size=6),
    days=st.lists(st.sampled_from([None, 3, 2, 1]), min_size=6, max_size=6),
    sites=st.lists(st.sampled_from([None, "A", "A", "B"]), min_size=6, max_size=6),
    stocks=st.lists(
        st.sampled_from([None, "0", "1", "2", "5", "A=1;B=2", "A=0;B=1"]), min_size=1, max_size=4
    ),
)
def test_evidence_of_every_order_in_turn_holds_by_itself(
    cubes: list[list[int]],
    days: list[int | None],
    sites: list[str | None],
    stocks: list[str | None],
) -> None:
    """Whatever ran out, one file with one order passes the checker, and answers alike."""
    orders = [
        order_of(i, sides, date=None if day is None else f"2026-01-{day:02d}", site=site)
        for i, (sides, day, site) in enumerate(zip(cubes, days, sites, strict=False))
    ]
    rows = packages(stocks)
    result = answered(orders, rows)
    for number in range(len(orders)):
        body = evidence_of(number, orders, rows, result)
        assert violations(body) == []
        evidence = Evidence.from_bytes(body)
        alone = recommend(evidence.orders, evidence.catalogue, POLICY)
        assert check(alone, evidence.orders, evidence.catalogue) == []
        assert alone.orders["cost"].to_pylist() == evidence.result.orders["cost"].to_pylist()


def test_without_what_others_had_taken_it_does_not_hold() -> None:
    """The last carton was gone: as the first of all orders this one would have had it."""
    orders, rows = [order_of(0, [20]), order_of(1, [20])], packages(["1", None])
    result = answered(orders, rows)
    assert result.orders["package_id"].to_pylist() == ["p0", "p1"]
    body = evidence_of(1, orders, rows, result)
    assert json.loads(body)["catalogue"]["stock_taken"] == {"p0": {"": 1}}
    assert violations(body) == []
    assert {"reason_stock"} <= {*violations(evidence_of(1, orders, rows, result, told=False))}
    evidence = Evidence.from_bytes(body)
    told = explain(evidence.result, evidence.orders, evidence.catalogue, "o1")
    assert "out of stock when it was this order's turn" in told


def test_what_is_taken_counts_where_it_was_taken() -> None:
    """A site's stock is its own, and what all sites share is everybody's."""
    orders = [order_of(i, [20], site=site) for i, site in enumerate("ABAB")]
    catalogue = catalogue_of(packages(["A=1;B=9", "2", None]))
    everybody = Orders.from_table(order_table(orders))
    parcels = recommend(everybody, catalogue, POLICY).parcels
    assert parcels["package_id"].to_pylist() == ["p0", "p0", "p1", "p0"]
    assert stock_taken_before("o3", parcels, everybody, catalogue) == (
        {"A": 1, "B": 1}, {"": 1}, {},
    )  # fmt: skip
    assert stock_taken_before("o0", parcels, everybody, catalogue) == ({}, {}, {})
    with pytest.raises(LookupError, match="o9"):
        stock_taken_before("o9", parcels, everybody, catalogue)


def test_a_parcel_more_than_was_left_is_found() -> None:
    """Evidence that says that nothing was left of its own package contradicts itself."""
    orders, rows = [order_of(0, [20])], packages(["1", None])
    body = evidence_of(0, orders, rows, answered(orders, rows))
    assert violations(body) == []
    assert "stock" in violations(_forged(body, {"p0": {"": 1}}))


@pytest.mark.parametrize(
    ("taken", "told"),
    [
        ({"p9": {"": 1}}, "package p9"),
        ({"p0": {"": -1}}, "whole numbers"),
        ({"p0": {"": "1"}}, "whole numbers"),
        ({"p0": 1}, "values"),
        (["p0"], "keys"),
    ],
)
def test_counts_that_are_none_are_refused(taken: Any, told: str) -> None:
    """Evidence is a file that anybody may write."""
    orders, rows = [order_of(0, [20])], packages(["1", None])
    body = evidence_of(0, orders, rows, answered(orders, rows))
    with pytest.raises(ResultError, match=told):
        Evidence.from_bytes(_forged(body, taken))


def _forged(body: bytes, taken: Any) -> bytes:
    """The evidence with other counts, and its hash made anew."""
    document = json.loads(body)
    document["catalogue"]["stock_taken"] = taken
    del document["sha256"]
    return canonical(document | {"sha256": _sha256(canonical(document))})
