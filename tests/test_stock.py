"""Stock is never overdrawn, and served in turn."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import Row, answers, ask, made_catalogue, made_orders, same
from packopt import Catalogue, Orders, Policy, Recommendations, check, recommend

CUBE: Row = {"sku": "a", "size": (20, 20, 20), "qty": 1, "weight_g": 100}


def cubes(*stocks: object) -> Catalogue:
    """Cubes of growing size, each with a stock."""
    return made_catalogue(
        [
            {"kind": "carton", "size": (20 + 9 * k,) * 3, "stock": None if s is None else str(s)}
            for k, s in enumerate(stocks)
        ]
    )


def served(orders: Orders, catalogue: Catalogue, threads: int = 1) -> Recommendations:
    """The answer, after the checker found nothing wrong with it."""
    result = recommend(orders, catalogue, Policy(), threads=threads)
    assert check(result, orders, catalogue) == []
    return result


def test_orders_are_served_in_the_order_of_the_input() -> None:
    """Who comes late gets the next best package, and what that costs is told."""
    result = served(made_orders(*[[CUBE]] * 4), cubes(2, 1, None))
    assert [row[0] for row in answers(result, "package_id")] == ["p0", "p0", "p1", "p2"]
    rows = result.orders.to_pylist()
    assert [row["shortage_package_id"] for row in rows] == [None, None, "p0", "p0"]
    assert rows[3]["shortage_cost"] == pytest.approx(rows[3]["cost"] - rows[0]["cost"])
    reasons = [(r["order_id"], r["package_id"], r["reason"]) for r in result.ruled_out.to_pylist()]
    assert reasons == [("o2", "p0", "stock"), ("o3", "p0", "stock"), ("o3", "p1", "stock")]


def test_orders_are_served_by_date() -> None:
    """The earliest first, those without a date last."""
    days = ["2026-03-01", None, "2026-01-01", "2026-02-01"]
    result = served(made_orders(*([CUBE | {"date": day}] for day in days)), cubes(2, None))
    assert [row[0] for row in answers(result, "package_id")] == ["p1", "p1", "p0", "p0"]


def test_sites_have_stocks_of_their_own() -> None:
    """One site's shortage is not another's; an order without a site has no claim on either."""
    sites = ["A", "A", "B", "B", "B"]
    orders = made_orders(*([CUBE | {"site": site}] for site in sites))
    result = served(orders, cubes("A=1;B=2", None))
    assert [row[0] for row in answers(result, "package_id")] == ["p0", "p1", "p0", "p0", "p1"]
    nowhere = served(made_orders([CUBE]), cubes("A=1;B=2", None))
    assert answers(nowhere) == [("optimal", "p1")]


def test_an_order_of_several_parcels_takes_several() -> None:
    """Where one is missing, the parcels are split another way."""
    pair = [CUBE | {"qty": 2}]
    one_each = made_catalogue(
        [
            {"kind": "carton", "size": (20, 20, 20), "stock": "3"},
            {"kind": "carton", "size": (22, 22, 22)},
        ]
    )
    result = served(made_orders(pair, pair), one_each)
    used = [(row["order_id"], row["package_id"]) for row in result.parcels.to_pylist()]
    assert Counter(used) == {("o0", "p0"): 2, ("o1", "p0"): 1, ("o1", "p1"): 1}


def test_parts_of_an_order_share_the_last_packages_as_well_as_can_be() -> None:
    """Two sellers' parcels of one order draw on one stock: one takes the last, the other the next.

    With one package of each kind left that is the only plan, and it is found and proved.
    """
    order = [CUBE | {"sku": sku, "seller": sku} for sku in ("a", "b")]
    for stocks in ((1, None), (1, 1)):
        result = served(made_orders(order), cubes(*stocks))
        assert answers(result, "verdict", "parcels") == [("optimal", 2)]
        assert sorted(row["package_id"] for row in result.parcels.to_pylist()) == ["p0", "p1"]
        assert result.orders["shortage_package_id"].to_pylist() == ["p0"]
    nothing = served(made_orders(order), cubes(1))
    assert answers(nothing, "verdict", "parcels") == [("unpackable", 0)]


def test_when_nothing_is_left_the_reason_is_stock() -> None:
    """An order that only a used-up package would hold is proved to have none."""
    result = served(made_orders([CUBE], [CUBE]), cubes(1))
    assert answers(result) == [("optimal", "p0"), ("unpackable", None)]
    assert result.ruled_out.to_pylist()[-1]["reason"] == "stock"
    assert result.orders["shortage_package_id"].to_pylist() == [None, "p0"]


def cheapest_choice(order: list[int], stocks: list[int | None]) -> float | None:
    """The least cost of an order of cubes that all travel alone, over all choices of packages."""
    one_each = recommend(
        made_orders(*([CUBE | {"size": (side,) * 3}] for side in order)),
        cubes(*[None] * len(stocks)),
        Policy(alternatives=len(stocks)),
    )
    costs: list[dict[str, float]] = [{} for _ in order]
    for table in (one_each.parcels, one_each.alternatives):
        for row in table.to_pylist():
            costs[int(row["order_id"][1:])][row["package_id"]] = row["cost"]
    plans = [
        sum(costs[unit][package] for unit, package in enumerate(chosen))
        for chosen in product(*(sorted(cost) for cost in costs))
        if all(
            stock is None or chosen.count(f"p{number}") <= stock
            for number, stock in enumerate(stocks)
        )
    ]
    return min(plans, default=None)


@settings(max_examples=40)
@given(
    st.lists(st.integers(5, 40), min_size=2, max_size=4),
    st.lists(st.sampled_from([1, 2, 3, None]), min_size=1, max_size=4),
)
def test_units_that_travel_alone_share_the_stock_at_least_cost(
    order: list[int], stocks: list[int | None]
) -> None:
    """Against all choices of packages: each unit is a seller's own."""
    lines = [
        CUBE | {"sku": f"s{number}", "seller": f"s{number}", "size": (side,) * 3}
        for number, side in enumerate(order)
    ]
    result = served(made_orders(lines), cubes(*stocks))
    least = cheapest_choice(order, stocks)
    (verdict, cost) = answers(result, "verdict", "cost")[0]
    if least is None:
        assert verdict == "unpackable"
    else:
        assert verdict == "optimal"
        assert cost == pytest.approx(least)


SIZES = st.lists(st.integers(5, 40), min_size=1, max_size=3)
STOCKS = st.lists(st.sampled_from([None, 0, 1, 2, 5]), min_size=1, max_size=4)


def boxes(orders: list[list[int]], days: list[int]) -> Orders:
    """Orders of cubes, with days in January."""
    return made_orders(
        *(
            [
                {"sku": f"s{side}", "size": (side,) * 3, "qty": 1, "weight_g": 10}
                | {"date": f"2026-01-{day:02d}"}
                for side in order
            ]
            for order, day in zip(orders, days, strict=False)
        )
    )


@settings(max_examples=60)
@given(st.lists(SIZES, min_size=1, max_size=6), STOCKS, st.permutations([1, 2, 3, 4, 5, 6]))
def test_stock_is_never_overdrawn_under_any_number_of_threads(
    orders: list[list[int]], stocks: list[int | None], days: list[int]
) -> None:
    """No package is used more often than it is there, and threads change nothing."""
    asked, catalogue = boxes(orders, days), cubes(*stocks)
    result = served(asked, catalogue)
    used = Counter(row["package_id"] for row in result.parcels.to_pylist())
    for number, stock in enumerate(stocks):
        assert stock is None or used[f"p{number}"] <= stock
    assert same(result, recommend(asked, catalogue, Policy(), threads=3))


@settings(max_examples=100)
@given(
    st.lists(SIZES, min_size=1, max_size=4),
    st.permutations([1, 2, 3, 4, 5, 6]),
    st.tuples(*[st.sampled_from([None, None, 1, 2])] * 3),
    st.integers(0, 2),
    st.booleans(),
)
def test_a_stock_of_zero_equals_the_absence_of_the_type(
    orders: list[list[int]],
    days: list[int],
    stocks: tuple[int | None, ...],
    empty: int,
    adjustable: bool,
) -> None:
    """All answers are the same, shortages too; only reasons of what is ruled out tell of it."""
    packages: list[Row] = [
        {"package_id": f"p{k}", "kind": "carton", "size": (20 + 9 * k,) * 3}
        | {"stock": None if stock is None else str(stock), "heights_mm": None}
        for k, stock in enumerate(stocks)
    ]
    if adjustable:
        packages[empty] |= {"kind": "adjustable", "heights_mm": f"10;{20 + 9 * empty}"}
    without = packages[:empty] + packages[empty + 1 :]
    packages[empty] |= {"stock": "0"}
    asked, policy = boxes(orders, days), Policy(alternatives=2)
    zero, absent = (ask(asked, made_catalogue(rows), policy) for rows in (packages, without))
    for name in ("parcels", "placements", "alternatives", "alternative_placements"):
        assert getattr(zero, name).to_pylist() == getattr(absent, name).to_pylist()
    lost = [made.unpacked.drop_columns("reason").to_pylist() for made in (zero, absent)]
    assert lost[0] == lost[1]
    columns = [name for name in zero.orders.column_names if name != "nodes"]
    assert answers(zero, *columns) == answers(absent, *columns)


def test_a_package_with_no_stock_at_all_is_no_shortage() -> None:
    """What ran out is told against what there was: the first order costs nothing more."""
    result = served(made_orders([CUBE], [CUBE]), cubes(0, 1, None))
    rows = result.orders.to_pylist()
    assert [row["package_id"] for row in rows] == ["p1", "p2"]
    assert [row["shortage_package_id"] for row in rows] == [None, "p1"]
    assert rows[0]["shortage_cost"] is None
    assert rows[1]["shortage_cost"] == pytest.approx(rows[1]["cost"] - rows[0]["cost"])
    reasons = [(r["order_id"], r["package_id"], r["reason"]) for r in result.ruled_out.to_pylist()]
    assert reasons == [("o0", "p0", "stock"), ("o1", "p0", "stock"), ("o1", "p1", "stock")]


def test_a_site_without_stock_has_no_shortage_of_it() -> None:
    """The package is at another site alone, as far as this one is concerned."""
    orders = made_orders(*([CUBE | {"site": site}] for site in ("A", "B", "B")))
    result = served(orders, cubes("A=0;B=1", None))
    assert [row[0] for row in answers(result, "package_id")] == ["p1", "p0", "p1"]
    assert result.orders["shortage_package_id"].to_pylist() == [None, None, "p0"]


def test_units_that_stock_leaves_behind_are_not_lost_in_silence() -> None:
    """Partial answers leave out what fits no package, never what the stock does not last for."""
    own = CUBE | {"sku": "own", "own_container": True}
    misfit = CUBE | {"sku": "misfit", "size": (90, 90, 90)}
    two = CUBE | {"sku": "two", "qty": 2}
    orders = made_orders([own, misfit, two])
    policy = Policy(partial="allow")
    for stock, verdict in (("1", "unpackable"), ("2", "partial")):
        result = recommend(orders, cubes(stock), policy)
        assert [row[0] for row in answers(result)] == [verdict]
        assert check(result, orders, cubes(stock)) == []
