"""What may not share a parcel does not, and what must, does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import Row, answers, ask, made_catalogue, made_orders
from packopt import Policy, Recommendations

ROOMY = made_catalogue(
    [{"kind": "carton", "size": (s, s, s)} for s in (30, 60, 200)]
    + [{"package_id": "cool", "kind": "carton", "size": (80, 80, 80), "temperature": "chilled"}]
)
CUBE: Row = {"size": (20, 20, 20), "qty": 1, "weight_g": 100}


def parcels_of(result: Recommendations, order: str = "o0") -> list[set[str]]:
    """The SKUs in each parcel of an order."""
    parcels: dict[int, set[str]] = {}
    for row in result.placements.to_pylist():
        if row["order_id"] == order:
            parcels.setdefault(row["parcel"], set()).add(row["sku"])
    return [parcels[number] for number in sorted(parcels)]


def line(sku: str, **more: Any) -> Row:
    """A cube."""
    return CUBE | {"sku": sku} | more


def test_groups_are_apart_and_units_without_one_go_anywhere() -> None:
    """Two groups need two parcels; a unit without a group needs none of its own."""
    order = [line("a", group="g"), line("b", group="h"), line("c", group=None)]
    result = ask(made_orders(order), ROOMY, Policy())
    parcels = parcels_of(result)
    assert len(parcels) == 2
    assert not any({"a", "b"} <= parcel for parcel in parcels)
    assert answers(result, "verdict", "parcels_lower_bound") == [("optimal", 2)]
    assert {row["reason"] for row in result.ruled_out.to_pylist()} == {"policy"}


@pytest.mark.parametrize("column", ["seller", "site", "temperature"])
def test_sellers_sites_and_temperatures_are_apart(column: str) -> None:
    """Nothing is as different as a value and none."""
    other = "chilled" if column == "temperature" else "y"
    order = [line("a", **{column: None}), line("b", **{column: other})]
    assert parcels_of(ask(made_orders(order), ROOMY, Policy())) == [{"a"}, {"b"}]


def test_chilled_goods_get_a_package_that_keeps_them_so() -> None:
    """The smaller cartons are ruled out by the policy; ambient goods get no insulated one."""
    orders = made_orders([line("a", temperature="chilled")], [line("a", temperature="Ambient ")])
    result = ask(orders, ROOMY, Policy())
    assert answers(result) == [("optimal", "cool"), ("optimal", "p0")]
    reasons = {(row["package_id"], row["reason"]) for row in result.ruled_out.to_pylist()}
    assert reasons == {("p0", "policy"), ("p1", "policy")}


def test_incompatible_classes_are_apart_and_a_class_may_hate_itself() -> None:
    """Food is kept from chemicals, and each battery travels alone."""
    policy = Policy(incompatible=(("food", "chemical"), ("battery", "battery")))
    order = [line("a", goods_class="food"), line("b", goods_class="Chemical"), line("c")]
    parcels = parcels_of(ask(made_orders(order), ROOMY, policy))
    assert len(parcels) == 2
    assert not any({"a", "b"} <= parcel for parcel in parcels)
    result = ask(made_orders([line("a", goods_class="battery", qty=3)]), ROOMY, policy)
    assert answers(result, "verdict", "parcels") == [("optimal", 3)]


def test_units_that_are_kept_together_are() -> None:
    """Two parcels of two would be cheaper, but a set is not torn apart."""
    small = made_catalogue([{"kind": "carton", "size": (20, 20, s)} for s in (40, 60)])
    loose = [line("a"), line("b"), line("c"), line("d")]
    cheap = ask(made_orders(loose), small, Policy())
    assert sorted(map(len, parcels_of(cheap))) == [2, 2]
    bound = [one | {"keep_together": "set" if one["sku"] in "abc" else None} for one in loose]
    result = ask(made_orders(bound), small, Policy())
    assert sorted(parcels_of(result), key=len) == [{"d"}, {"a", "b", "c"}]


def test_own_containers_ship_as_they_are() -> None:
    """Always, under the default policy; the rest of the order goes in a package."""
    order = [line("a", own_container=True, qty=2), line("b", own_container=False)]
    result = ask(made_orders(order), ROOMY, Policy())
    packages = [row["package_id"] for row in result.parcels.to_pylist()]
    assert sorted(packages) == ["own_container", "own_container", "p0"]
    assert answers(result, "verdict", "parcels", "cost") == [
        ("optimal", 3, result.parcels["cost"][packages.index("p0")].as_py())
    ]


def test_own_containers_may_travel_inside_a_package_where_that_is_cheaper() -> None:
    """Fewer parcels come first; alone, a unit needs no second packaging."""
    cheaper = Policy(own_container="cheaper")
    a = line("a", own_container=True)
    result = ask(made_orders([a, line("b", own_container=False)], [a]), ROOMY, cheaper)
    assert answers(result, "parcels", "package_id") == [(1, "p1"), (1, "own_container")]
    free = Policy(own_container="cheaper", parcel_price=0.0)
    result = ask(made_orders([a, line("b", own_container=False)]), ROOMY, free)
    assert sorted(row["package_id"] for row in result.parcels.to_pylist()) == [
        "own_container",
        "p0",
    ]


LABEL = st.sampled_from([None, "x", "y"])


@settings(max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(
            {"qty": st.integers(1, 2), "group": LABEL, "seller": LABEL, "goods_class": LABEL}
        ),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_the_labels_no_parcel_mixes_what_is_apart(lines: list[Row]) -> None:
    """In a package with room for all, parcels are as few as the labels allow."""
    policy = Policy(incompatible=(("x", "y"),))
    order = [CUBE | one | {"sku": f"s{i}"} for i, one in enumerate(lines)]
    result = ask(made_orders(order), ROOMY, policy)
    by_sku = {one["sku"]: one for one in order}
    for parcel in parcels_of(result):
        inside = [by_sku[sku] for sku in parcel]
        assert len({one["seller"] for one in inside}) == 1
        for name in ("group", "goods_class"):
            assert len({one[name] for one in inside} - {None}) <= 1
    assert answers(result, "verdict") == [("optimal",)]
