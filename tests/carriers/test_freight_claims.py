"""What is claimed of freight: against every package, every split, the checker and company."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from itertools import combinations
from math import inf
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.freighted import FREE, TARIFFS, Tariff, cost_by_hand, freight, priced
from invented import Row, answers, ask, made_orders, same
from packopt import Catalogue, MaterialSettings, Policy, recommend

_SIDES = st.tuples(*[st.integers(10, 40)] * 3)
_LINES = st.lists(
    st.fixed_dictionaries({"size": _SIDES, "qty": st.just(1), "weight_g": st.integers(1, 500)}),
    min_size=1,
    max_size=4,
)
_CARTONS = st.fixed_dictionaries(
    {
        "kind": st.just("carton"),
        "size": st.tuples(*[st.integers(20, 90)] * 3),
        "unit_cost": st.integers(0, 300).map(lambda cents: cents / 100),
        "max_content_g": st.sampled_from([None, None, 700]),
        "tare_g": st.sampled_from([10.0, 33.3, 200.0]),
    }
)
_CATALOGUES = st.lists(_CARTONS, min_size=1, max_size=6)
_MATERIALS = st.builds(
    MaterialSettings,
    filler_kg_m3=st.sampled_from([0.0, 8.0, 400.0]),
    filler_price_per_litre=st.sampled_from([0.0, 2.0]),
)


def contents(orders: list[list[Row]]) -> list[tuple[int, int]]:
    """Mass and volume of each order."""
    return [
        (
            sum(line["weight_g"] * line["qty"] for line in order),
            sum(int(np.prod(line["size"])) * line["qty"] for line in order),
        )
        for order in orders
    ]


def holds(orders: list[list[Row]], catalogue: Catalogue) -> list[list[bool]]:
    """Whether each package holds each order as a whole, whatever it costs."""
    table = []
    for k in range(catalogue.n_packages):
        one = catalogue.take(np.array([k]))
        result = recommend(
            made_orders(*orders),
            one,
            Policy(objective="volume", handling="geometry", max_parcels=1, effort="thorough"),
        )
        verdicts = [verdict for verdict, _ in answers(result)]
        assert set(verdicts) <= {"optimal", "unpackable"}
        table.append([verdict == "optimal" for verdict in verdicts])
    return [list(column) for column in zip(*table, strict=True)]


@settings(max_examples=30)
@given(
    orders=st.lists(_LINES, min_size=1, max_size=5),
    packages=_CATALOGUES,
    tariff=TARIFFS,
    materials=_MATERIALS,
)
def test_one_package_is_the_cheapest_of_all_that_hold_the_order(
    orders: list[list[Row]], packages: list[Row], tariff: Tariff, materials: MaterialSettings
) -> None:
    """Against each package by itself, its freight worked out by hand."""
    catalogue = priced(packages)
    policy = Policy(
        objective="cost", handling="geometry", max_parcels=1, effort="thorough", materials=materials
    )
    fits = holds(orders, catalogue)
    with freight(tariff) as carriage:
        result = ask(made_orders(*orders), catalogue, replace(policy, freight=carriage))
    told = result.orders.to_pylist()
    for row, order, fit in zip(told, contents(orders), fits, strict=True):
        costs = [
            cost_by_hand(tariff, catalogue, policy, k, *order) if fit[k] else inf
            for k in range(catalogue.n_packages)
        ]
        least = min(costs)
        if least == inf:
            assert row["verdict"] == "unpackable"
            continue
        assert row["verdict"] == "optimal"
        assert row["cost"] * 100 == pytest.approx(least)
        assert row["cost_lower_bound"] == row["cost"]
        chosen = catalogue.package_ids.index(row["package_id"])
        assert costs[chosen] == pytest.approx(least)


def _plans(units: tuple[int, ...]) -> list[list[tuple[int, ...]]]:
    """All ways to part some units."""
    if not units:
        return [[]]
    first, rest = units[0], units[1:]
    plans = []
    for size in range(len(rest) + 1):
        for others in combinations(rest, size):
            left = tuple(unit for unit in rest if unit not in others)
            plans += [[(first, *others), *plan] for plan in _plans(left)]
    return plans


@settings(max_examples=30)
@given(
    lines=st.lists(
        st.fixed_dictionaries({"size": _SIDES, "qty": st.just(1), "weight_g": st.integers(1, 500)}),
        min_size=2,
        max_size=4,
    ),
    packages=_CATALOGUES,
    tariff=TARIFFS,
    price=st.sampled_from([None, None, 0.0, 0.5, 3.0]),
    most=st.sampled_from([2, 3, 10]),
)
def test_what_is_claimed_of_several_parcels_holds_for_every_split(
    lines: list[Row], packages: list[Row], tariff: Tariff, price: float | None, most: int
) -> None:
    """Against all ways to part the units: no plan is below a bound, and the plan costs its cost."""
    catalogue = priced(packages)
    policy = Policy(
        objective="cost",
        handling="geometry",
        parcel_price=price,
        max_parcels=most,
        effort="thorough",
    )
    units = tuple(range(len(lines)))
    subsets = [one for size in units for one in combinations(units, size + 1)]
    orders = [[lines[unit] for unit in subset] for subset in subsets]
    fits = holds(orders, catalogue)
    least = {}
    for subset, order, fit in zip(subsets, contents(orders), fits, strict=True):
        costs = [
            cost_by_hand(tariff, catalogue, policy, k, *order) if fit[k] else inf
            for k in range(catalogue.n_packages)
        ]
        least[subset] = min(costs) + 100 * (price or 0)
    by_number: dict[int, float] = {}
    for plan in _plans(units):
        cost = sum(least[part] for part in plan)
        if cost < inf:
            by_number[len(plan)] = min(by_number.get(len(plan), inf), cost)
    possible = {number: cost for number, cost in by_number.items() if number <= most}
    with freight(tariff) as carriage:
        result = ask(made_orders(lines), catalogue, replace(policy, freight=carriage))
    (row,) = result.orders.to_pylist()
    if row["verdict"] == "unpackable":
        assert not possible
        return
    fewest = min(possible, default=inf)
    assert row["parcels_lower_bound"] <= fewest
    if row["parcels"] == 0:
        assert row["verdict"] == "undecided"
        return
    parcels = row["parcels"]
    assert possible
    reach = possible if price is not None else {n: c for n, c in possible.items() if n <= parcels}
    best = min(reach.values())
    assert row["cost_lower_bound"] * 100 <= best + 1e-6
    assert row["cost"] * 100 >= best - 1e-6
    if row["verdict"] == "optimal":
        assert row["cost"] * 100 == pytest.approx(best)
        assert price is not None or parcels == fewest


_RULES: list[dict[str, Any]] = [
    {},
    {"parcel_price": 0.4},
    {"parcel_price": 0.0, "max_parcels": 3},
    {"partial": "allow", "alternatives": 2},
    {"max_parcels": 1, "alternatives": 3},
    {"parcel_price": 1.0, "partial": "allow", "own_container": "cheaper"},
    {"own_container": "cheaper"},
    {"max_empty_space": 0.5},
    {"max_empty_space": 0.7, "parcel_price": 0.3},
    {"handling": "geometry", "incompatible": [("a", "b")]},
]
_ANY_LINES = st.lists(
    st.fixed_dictionaries(
        {
            "size": _SIDES,
            "qty": st.integers(1, 3),
            "weight_g": st.integers(1, 900),
            "own_container": st.sampled_from([False, False, False, True]),
            "fragile": st.booleans(),
            "goods_class": st.sampled_from(["a", "b"]),
            "group": st.sampled_from([None, None, "g", "h"]),
        }
    ),
    min_size=1,
    max_size=4,
)
_MAILERS = st.fixed_dictionaries(
    {
        "kind": st.just("mailer"),
        "size": st.tuples(*[st.integers(60, 120)] * 2, st.integers(5, 30)),
        "unit_cost": st.integers(0, 300).map(lambda cents: cents / 100),
    }
)


@settings(max_examples=60)
@given(
    orders=st.lists(_ANY_LINES, min_size=1, max_size=6),
    packages=st.lists(st.one_of(_CARTONS, _CARTONS, _MAILERS), min_size=1, max_size=6),
    stock=st.sampled_from([None, None, "3", "1"]),
    tariff=TARIFFS,
    rules=st.sampled_from(_RULES),
)
def test_the_checker_finds_nothing_wrong_whatever_the_policy(
    orders: list[list[Row]],
    packages: list[Row],
    stock: str | None,
    tariff: Tariff,
    rules: dict[str, Any],
) -> None:
    """Own containers, groups, splits, partial orders, alternatives, mailers and stock."""
    # What ships as it is, with all boxes gone, is a partial order; that has tests of its own.
    stock = None if rules.get("partial") else stock
    catalogue = priced([package | {"stock": stock} for package in packages])
    with freight(tariff, mailers="full") as carriage:
        policy = Policy(objective="cost", freight=carriage, goods_classes=("a", "b"), **rules)
        ask(made_orders(*orders), catalogue, policy)


@settings(max_examples=25)
@given(
    orders=st.lists(_ANY_LINES, min_size=2, max_size=12),
    packages=_CATALOGUES,
    tariff=TARIFFS,
    rules=st.sampled_from(_RULES),
    seed=st.integers(0, 1000),
)
def test_neither_batches_nor_threads_nor_company_change_an_answer(
    orders: list[list[Row]], packages: list[Row], tariff: Tariff, rules: dict[str, Any], seed: int
) -> None:
    """Each order is answered as if it were alone."""
    catalogue = priced(packages)
    asked = made_orders(*orders)
    shuffled = np.random.default_rng(seed).permutation(len(orders))
    with freight(tariff) as carriage, pytest.MonkeyPatch.context() as patch:
        policy = Policy(objective="cost", freight=carriage, goods_classes=("a", "b"), **rules)
        whole = recommend(asked, catalogue, policy)
        turned = recommend(asked.take(shuffled), catalogue, policy)
        patch.setattr(import_module("packopt.recommend"), "BATCH_ORDERS", 3)
        pieces = recommend(asked, catalogue, policy)
        threaded = recommend(asked, catalogue, policy, threads=3)
    assert same(pieces, threaded)
    for name in ("orders", "parcels", "placements", "ruled_out", "unpacked", "alternatives"):
        rows = getattr(whole, name).to_pylist()
        assert getattr(pieces, name).to_pylist() == rows
        place = {f"o{order}": i for i, order in enumerate(shuffled.tolist())}
        expected = sorted(rows, key=lambda row: place[row["order_id"]])
        assert getattr(turned, name).to_pylist() == expected


@settings(max_examples=25)
@given(orders=st.lists(_ANY_LINES, min_size=1, max_size=6), packages=_CATALOGUES)
def test_carriage_that_costs_nothing_changes_nothing(
    orders: list[list[Row]], packages: list[Row]
) -> None:
    """Verdicts, packages, plans, costs and reasons are those of a policy without freight."""
    catalogue = priced(packages)
    asked = made_orders(*orders)
    plain = Policy(objective="cost", alternatives=1, goods_classes=("a", "b"))
    without = recommend(asked, catalogue, plain)
    with freight(FREE) as carriage:
        free = ask(asked, catalogue, replace(plain, freight=carriage))
    for name in ("parcels", "placements", "ruled_out", "unpacked", "alternatives"):
        one, other = getattr(without, name), getattr(free, name)
        if name == "parcels":
            drop = ["billable_g", "verdict"]
            one, other = one.drop_columns(drop), other.drop_columns(drop)
        assert other.to_pylist() == one.to_pylist()
    drop = ["nodes", "cost_lower_bound", "verdict"]
    assert (
        free.orders.drop_columns(drop).to_pylist() == without.orders.drop_columns(drop).to_pylist()
    )
