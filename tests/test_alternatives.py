"""Alternatives are the next cheapest packages that hold an order, each with a plan that holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import (
    GEOMETRY,
    LINES,
    PACKAGES,
    PLAIN_LINES,
    POLICIES,
    Row,
    ask,
    hard_orders,
    ladder,
    made_catalogue,
    made_orders,
    pressable,
    same,
)
from packopt import Catalogue, Orders, Policy, Recommendations, alternatives, recommend
from packopt.costing import package_costs

CUBE: Row = {"size": (10, 10, 10), "qty": 1}


def told(result: Recommendations) -> dict[str, list[Any]]:
    """Packages of the alternatives of each order, by rank, with their verdicts."""
    rows = defaultdict(list)
    for row in result.alternatives.to_pylist():
        rows[row["order_id"]].append((row["package_id"], row["verdict"]))
        assert row["rank"] == len(rows[row["order_id"]])
    return dict(rows)


def holders(orders: Orders, catalogue: Catalogue, policy: Policy) -> list[list[tuple[str, str]]]:
    """For each order the packages that hold it, cheapest first, each asked about by itself."""
    costs = package_costs(catalogue, policy)
    verdicts = {}
    for name in catalogue.package_ids:
        kept = [k == name for k in catalogue.package_ids]
        alone = only(catalogue, kept)
        for row in recommend(orders, alone, replace(policy, max_parcels=1)).orders.to_pylist():
            verdicts[row["order_id"], name] = row["verdict"]
    content = (orders.size_mm.astype("int64").prod(axis=1) * orders.qty).tolist()
    found = []
    for o, order_id in enumerate(orders.order_ids.to_pylist()):
        volume = sum(content[orders.line_start[o] : orders.line_start[o + 1]])
        ranked = [catalogue.package_ids[k] for k in costs.ranking(volume).tolist()]
        said = [(name, verdicts[order_id, name]) for name in ranked]
        found.append([(name, verdict) for name, verdict in said if verdict != "unpackable"])
    return found


def only(catalogue: Catalogue, kept: list[bool]) -> Catalogue:
    """Some packages of a catalogue of cartons and mailers without frills."""
    rows = []
    for k in range(catalogue.n_packages):
        kind = ("carton", "mailer")[catalogue.kind[k]]
        limit = int(catalogue.max_content_g[k])
        row: Row = {"package_id": catalogue.package_ids[k], "kind": kind}
        row |= {"size": tuple(catalogue.inner_mm[k].tolist())}
        row |= {"max_content_g": None if limit < 0 else limit}
        rows.append(row)
    return made_catalogue([row for row, keep in zip(rows, kept, strict=True) if keep])


@settings(max_examples=25)
@given(
    st.lists(st.lists(PLAIN_LINES, min_size=1, max_size=3), min_size=1, max_size=3),
    PACKAGES,
    st.sampled_from([GEOMETRY, Policy(max_parcels=1)]),
    st.integers(1, 4),
)
def test_they_are_the_next_that_hold_the_order(
    lines: list[list[Row]], packages: list[Row], policy: Policy, most: int
) -> None:
    """Asked about every package by itself, the same ones hold, in the order of their costs."""
    orders, catalogue = made_orders(*lines), made_catalogue(packages)
    result = ask(orders, catalogue, replace(policy, alternatives=most, max_parcels=1))
    found = told(result)
    expected = holders(orders, catalogue, policy)
    for order_id, row, names in zip(
        orders.order_ids.to_pylist(), result.orders.to_pylist(), expected, strict=True
    ):
        if any(verdict == "undecided" for _, verdict in names):
            continue
        every = [row["package_id"]] if row["package_id"] else []
        every += [name for name, _ in found.get(order_id, [])]
        assert every == [name for name, _ in names][: most + 1]
        assert all(verdict == "optimal" for _, verdict in found.get(order_id, []))


@settings(max_examples=25)
@given(
    st.lists(st.lists(LINES.map(pressable), min_size=1, max_size=4), min_size=1, max_size=3),
    PACKAGES,
    st.sampled_from(POLICIES),
)
def test_the_checker_finds_nothing_wrong_with_them(
    lines: list[list[Row]], packages: list[Row], policy: Policy
) -> None:
    """Plans, costs, numbers and order of alternatives hold, under any rules."""
    ask(made_orders(*lines), made_catalogue(packages), replace(policy, alternatives=3))


def test_none_are_told_unless_they_are_asked_for() -> None:
    """By default both tables are empty; asking for some changes nothing else."""
    orders, catalogue = made_orders([CUBE], [CUBE, CUBE]), ladder()
    without = recommend(orders, catalogue, GEOMETRY)
    having = recommend(orders, catalogue, replace(GEOMETRY, alternatives=2))
    assert without.alternatives.num_rows == without.alternative_placements.num_rows == 0
    assert having.alternatives.num_rows == 4
    assert having.alternative_placements.num_rows == 6
    for name in ("orders", "parcels", "placements", "ruled_out"):
        assert getattr(without, name).equals(getattr(having, name))


def test_there_are_no_more_than_packages_that_hold() -> None:
    """A list ends with the dearest package; an order that fits none, or one alone, has none."""
    orders = made_orders([CUBE], [CUBE | {"size": (95, 95, 95)}], [CUBE | {"size": (500, 9, 9)}])
    found = told(recommend(orders, ladder(), replace(GEOMETRY, alternatives=20)))
    assert [name for name, _ in found["o0"]] == ["p1", "p2", "p3", "p4", "p5"]
    assert [name for name, _ in found["o1"]] == ["p4", "p5"]
    assert "o2" not in found


def test_an_order_in_several_parcels_has_none() -> None:
    """There is no telling which of its parcels another package would be for."""
    big = CUBE | {"size": (150, 150, 90), "qty": 2}
    policy = replace(GEOMETRY, alternatives=3, max_parcels=5)
    result = ask(made_orders([big], [CUBE]), ladder(), policy)
    assert result.orders["parcels"].to_pylist() == [2, 1]
    assert list(told(result)) == ["o1"]


def test_what_stayed_undecided_in_between_is_told() -> None:
    """An alternative is feasible only where a cheaper package might hold the order after all."""
    orders = made_orders(*hard_orders(30, 12, seed=5))
    sides = [(80, 100, 120), (90, 90, 121), (97, 101, 103), (70, 120, 130), (100, 102, 110)]
    catalogue = made_catalogue([{"kind": "carton", "size": size} for size in sides])
    result = ask(orders, catalogue, replace(GEOMETRY, alternatives=3, effort=0, max_parcels=1))
    verdicts = {verdict for rows in told(result).values() for _, verdict in rows}
    assert verdicts == {"optimal", "feasible"}


def test_equal_orders_get_equal_alternatives() -> None:
    """Equal orders are asked about once, and each is told by its own units."""
    line = {"size": (40, 30, 20), "qty": 3}
    orders = made_orders([line], [CUBE], [line], [line | {"size": (20, 40, 30)}])
    result = ask(orders, ladder(), Policy(alternatives=2))
    plans = defaultdict(list)
    for row in result.alternative_placements.to_pylist():
        order_id, sku = row.pop("order_id"), row.pop("sku")
        assert sku == f"s{order_id[1:]}-0"
        plans[order_id].append(row)
    assert plans["o0"] == plans["o2"] == plans["o3"]
    assert len(plans["o0"]) == 6


def test_slices_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded by asking about fewer orders at a time, with the same answers."""
    orders = made_orders(*hard_orders(12, 5, seed=3), *hard_orders(12, 5, seed=3))
    policy = Policy(alternatives=3)
    whole = recommend(orders, ladder(), policy)
    for name, most in (("SLICE_UNITS", 7), ("SLICE_PAIRS", 13)):
        with monkeypatch.context() as patch:
            patch.setattr(alternatives, name, most)
            assert same(recommend(orders, ladder(), policy), whole)


def test_threads_make_no_difference() -> None:
    """The tables of alternatives are the same for any number of threads."""
    orders = made_orders(*hard_orders(40, 5, seed=4))
    policy = Policy(alternatives=2)
    assert same(recommend(orders, ladder(), policy, threads=3), recommend(orders, ladder(), policy))
