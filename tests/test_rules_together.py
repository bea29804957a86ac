"""Rules that meet: what goes wrong between them rather than in one of them. Each answer checked."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import Row, answers, ask, made_catalogue, made_orders
from packopt import Policy, explain, recommend
from packopt.tables import TABLES

CHEAPER = Policy(own_container="cheaper")
NARROW = Policy(wall_clearance_mm=1, handling="geometry")


def carton(*size: int, **columns: object) -> Row:
    """A carton of one size."""
    return {"kind": "carton", "size": size, **columns}


def line(*size: int, qty: int = 1, **columns: object) -> Row:
    """Units of one size."""
    return {"size": size, "qty": qty, **columns}


@pytest.mark.parametrize("policy", [Policy(), CHEAPER])
def test_a_unit_that_no_package_holds_ships_as_it_is_and_that_is_proved(policy: Policy) -> None:
    """In its own container the unit is one parcel, however large and however it lies in it."""
    orders = made_orders(
        [line(90, 40, 70, own_container=True)],
        [line(90, 40, 70, own_container=True, orientation="flat")],
        [line(60, 20, 60, own_container=True), line(50, 40, 90, own_container=True, site="A")],
    )
    for packages in ([carton(70, 60, 40)], [{"kind": "mailer", "size": (70, 60, 20)}]):
        result = ask(orders, made_catalogue(packages), policy)
        rows = answers(result, "verdict", "parcels", "parcels_lower_bound")
        assert rows == [("optimal", 1, 1), ("optimal", 1, 1), ("optimal", 2, 2)]


def test_alternatives_hold_what_is_kept_together_each_by_itself() -> None:
    """Three packages for the same two units are no three parcels."""
    orders = made_orders([line(7, 2, 3, keep_together="k"), line(6, 2, 3, keep_together="k")])
    catalogue = made_catalogue([carton(8, 5, 4), carton(11, 5, 5), carton(11, 8, 9)])
    result = ask(orders, catalogue, Policy(alternatives=2))
    assert result.alternatives["package_id"].to_pylist() == ["p1", "p2"]


@pytest.mark.parametrize(
    ("units", "package", "reason"),
    [
        ([line(6, 9, 7, qty=2, weight_g=765)], carton(12, 16, 11, max_content_g=1000), "weight"),
        ([line(8, 4, 7, qty=2)], carton(5, 10, 8), "volume"),
        ([line(9, 5, 8), line(2, 3, 8)], carton(4, 12, 8), "side"),
    ],
)
def test_units_kept_together_that_fit_nothing_are_named_with_the_reason_for_them_together(
    units: list[Row], package: Row, reason: str
) -> None:
    """Whether one of them is in the way or all of them are too much."""
    kept = [{"weight_g": 1} | unit | {"keep_together": "k"} for unit in units]
    result = ask(made_orders([line(3, 3, 3, weight_g=1), *kept]), made_catalogue([package]))
    assert answers(result, "verdict") == [("unpackable",)]
    assert set(result.unpacked["reason"].to_pylist()) == {reason}


def test_two_priced_parcels_are_proved_whatever_other_orders_are_in_the_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A group somewhere else in the batch takes no proof away."""
    orders = made_orders(
        [line(2, 3, 3, qty=2, group="x", padding_mm=1)], [line(9, 6, 9)], [line(2, 3, 3, qty=2)]
    )
    prices = {"unit_cost": 0.3, "currency": "EUR"}
    packages = [carton(9, 4, 6, **prices), carton(14, 7, 14, **prices | {"unit_cost": 4.2})]
    policy = Policy(objective="cost", parcel_price=1.65)
    catalogue = made_catalogue(packages)
    together = ask(orders, catalogue, policy)
    assert [verdict for (verdict,) in answers(together, "verdict")] == ["optimal"] * 3
    assert together.orders["parcels"][0].as_py() == 2
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 1)
    apart = recommend(orders, catalogue, policy, threads=2)
    for name in TABLES:
        assert getattr(apart, name).to_pylist() == getattr(together, name).to_pylist()


def test_a_nest_that_could_be_torn_for_less_is_never_called_optimal() -> None:
    """Two cups in each other take one carton; as they are, they would cost nothing."""
    cups = made_orders([line(4, 4, 5, qty=2, own_container=True, nest_height_mm=2)])
    catalogue = made_catalogue([carton(7, 9, 9)])
    priced = Policy(own_container="cheaper", parcel_price=0)
    assert answers(ask(cups, catalogue, priced), "verdict", "cost_lower_bound") == [("feasible", 0)]
    fewest = ask(cups, catalogue, CHEAPER)
    assert answers(fewest, "verdict", "parcels") == [("optimal", 1)]


def test_all_sizes_of_a_package_are_made_of_one_stock() -> None:
    """One adjustable carton is left: no second one is taken at another height."""
    orders = made_orders(
        [line(7, 2, 6, qty=2, goods_class="battery"), line(7, 4, 8, qty=3, goods_class="toy")]
    )
    adjustable = {"kind": "adjustable", "size": (12, 9, 13), "min_height_mm": 4, "stock": "1"}
    catalogue = made_catalogue([adjustable, carton(12, 7, 11)])
    policy = Policy(
        incompatible=(("battery", "battery"),), goods_classes=("toy",), wall_clearance_mm=1
    )
    result = ask(orders, catalogue, policy)
    assert answers(result, "parcels", "parcels_lower_bound") == [(3, 3)]
    assert result.parcels["package_id"].to_pylist().count("p0") == 1


def test_parcels_that_cost_less_than_one_leave_no_alternatives_and_list_what_they_beat() -> None:
    """An order that one package holds may be cheaper in two; the one is ruled out by its cost."""
    free = Policy(objective="volume", parcel_price=0.0, alternatives=1)
    orders = made_orders([line(70, 70, 90), line(50, 30, 60)])
    heights = ({"heights_mm": "47;73;90"}, {"heights_mm": "33;69;106;150"})
    sizes = ((90, 70, 90), (70, 110, 150))
    packages = [
        {"kind": "adjustable", "size": size, **height}
        for size, height in zip(sizes, heights, strict=True)
    ]
    result = ask(orders, made_catalogue(packages), free)
    assert answers(result, "verdict", "parcels") == [("optimal", 2)]
    assert sorted(result.ruled_out["package_id"].to_pylist()) == ["p0", "p1"]
    prices = {"unit_cost": 1.2, "currency": "EUR"}
    cartons = [carton(140, 50, 70, **prices), carton(100, 90, 120, **prices | {"unit_cost": 3.4})]
    cheap = Policy(objective="cost", parcel_price=0.0, alternatives=1)
    result = ask(made_orders([line(60, 20, 90, qty=3)]), made_catalogue(cartons), cheap)
    assert answers(result, "verdict", "parcels") == [("optimal", 2)]
    assert result.alternatives.num_rows == 0


def test_one_package_that_two_do_not_beat_is_proved_the_best() -> None:
    """Two small cartons could cost less than the large one, until they are asked about."""
    packages = [
        carton(*size, tare_g=tare)
        for size, tare in (((10, 10, 10), 30.0), ((20, 10, 10), 55.0), ((3, 3, 3), 1.0))
    ]
    orders = made_orders([line(10, 10, 10, qty=2)])
    result = ask(orders, made_catalogue(packages), Policy(parcel_price=1.0))
    assert answers(result, "verdict", "parcels") == [("optimal", 1)]


def test_more_parts_than_parcels_are_unpackable_whatever_a_parcel_costs() -> None:
    """Five sellers, two parcels."""
    lines = [[line(50, 50, 50, qty=2, seller=seller) for seller in "PQRST"] for _ in range(40)]
    policy = Policy(max_parcels=2, parcel_price=5.0, own_container="cheaper")
    result = ask(made_orders(*lines), made_catalogue([carton(100, 100, 100)]), policy)
    assert set(answers(result, "verdict")) == {("unpackable",)}


def test_parts_share_the_parcels_that_there_may_be() -> None:
    """Four units of two groups in three parcels: one pair has to share the large carton."""
    order = [line(100, 100, 100, qty=2, group=group, weight_g=10) for group in "xy"]
    packages = [carton(100, 100, 100, tare_g=10.0), carton(400, 100, 100, tare_g=500.0)]
    policy = Policy(max_parcels=3, parcel_price=0.0)
    result = ask(made_orders(order), made_catalogue(packages), policy)
    assert answers(result, "verdict", "parcels") == [("optimal", 3)]


def test_one_stock_for_all_sites_beside_one_for_each() -> None:
    """Two sellers at one site: one takes the last of all, the other what the site has."""
    order = [line(90, 90, 90, seller=seller, site="X") for seller in "PQ"]
    packages = [carton(100, 100, 100, stock="1"), carton(120, 120, 120, stock="X=5;Y=5")]
    result = ask(made_orders(order), made_catalogue(packages))
    assert answers(result, "verdict") == [("optimal",)]
    assert sorted(result.parcels["package_id"].to_pylist()) == ["p0", "p1"]


def test_large_orders_split_into_boxes_made_to_measure_or_not() -> None:
    """A better package than the one a plan was built with may come up while it is built."""
    units = [(4, (6, 8, 8)), (3, (9, 6, 8)), (5, (8, 8, 7)), (8, (4, 9, 7)), (3, (10, 4, 7))]
    order = [line(*size, qty=qty) for qty, size in units]
    order[3]["padding_mm"] = 1
    made = {"kind": "made_to_measure", "size": (13, 13, 11), "step_mm": 1, "min_length_mm": 12}
    made |= {"min_width_mm": 12, "min_height_mm": 6, "unit_cost": 3.1, "currency": "EUR"}
    packages = [carton(12, 12, 7, unit_cost=2.4, currency="EUR"), made]
    result = ask(made_orders(order), made_catalogue(packages), Policy(objective="cost"))
    assert answers(result, "verdict", "parcels") == [("optimal", 10)]


def test_what_has_run_out_takes_no_place_among_the_alternatives() -> None:
    """The next one that is there comes instead, as if the other were not in the catalogue."""
    packages = [carton(100, 100, 100), carton(110, 110, 110, stock="0"), carton(120, 120, 120)]
    result = ask(made_orders([line(90, 90, 90)]), made_catalogue(packages), Policy(alternatives=1))
    assert result.alternatives["package_id"].to_pylist() == ["p2"]


def test_a_unit_in_its_own_container_goes_beside_a_part_filled_package() -> None:
    """It is a parcel of its own; the package that was begun holds the rest."""
    placed = {"placed_in": "p0"} | dict.fromkeys(("placed_x_mm", "placed_y_mm", "placed_z_mm"), 0)
    order = [line(90, 90, 60) | placed, line(90, 90, 10, own_container=True)]
    result = ask(made_orders(order), made_catalogue([carton(100, 100, 100)]))
    assert result.parcels["package_id"].to_pylist() == ["p0", "own_container"]


SIDE = st.integers(2, 9)
#: What a line may say beside its size, and a package.
OF_LINES: dict[str, Any] = {
    "group": st.sampled_from("xy"),
    "keep_together": st.sampled_from("kl"),
    "goods_class": st.sampled_from(["food", "chemicals", "battery"]),
    "temperature": st.sampled_from(["chilled", "ambient"]),
    "seller": st.sampled_from("PQ"),
    "site": st.sampled_from("AB"),
    "own_container": st.just(True),
    "nest_height_mm": st.integers(1, 2),
    "orientation": st.sampled_from(["upright", "flat", "fixed"]),
    "fragile": st.just(True),
    "padding_mm": st.just(1),
    "weight_g": st.integers(1, 900),
}
OF_PACKAGES: dict[str, Any] = {
    "stock": st.sampled_from(["0", "1", "2"]),
    "temperature": st.sampled_from(["chilled", "ambient;chilled"]),
    "coolant_mm3": st.integers(1, 30),
    "max_content_g": st.sampled_from([500, 1500]),
    "reusable_trips": st.just(5),
}
KINDS: list[Row] = [
    {"kind": "carton"},
    {"kind": "mailer"},
    {"kind": "adjustable", "min_height_mm": 4},
    {"kind": "adjustable", "min_height_mm": 4, "step_mm": 2},
    {"kind": "made_to_measure", **dict.fromkeys(("min_length_mm", "min_width_mm"), 5)}
    | {"min_height_mm": 4, "step_mm": 1},
]


@st.composite
def mixtures(draw: st.DrawFn) -> tuple[list[list[Row]], list[Row], Policy]:
    """Orders, packages and a policy in which a few rules meet."""
    rules = draw(st.sets(st.sampled_from(sorted(OF_LINES)), max_size=4))
    limits = draw(st.sets(st.sampled_from(sorted(OF_PACKAGES)), max_size=2))

    def some(names: set[str], of: dict[str, Any]) -> Row:
        return {name: draw(of[name]) for name in sorted(names) if draw(st.booleans())}

    orders = [
        [
            line(draw(SIDE), draw(SIDE), draw(SIDE), qty=draw(st.integers(1, 2)))
            | some(rules, OF_LINES)
            for _ in range(draw(st.integers(1, 3)))
        ]
        for _ in range(draw(st.integers(1, 3)))
    ]
    packages = [
        kind
        | {"size": draw(st.tuples(*[st.sampled_from([6, 8, 10, 14])] * 3))}
        # Coolant lies under a lid, which mailers have not.
        | some(limits - ({"coolant_mm3"} if kind["kind"] == "mailer" else set()), OF_PACKAGES)
        for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=3))
    ]
    policy = Policy(
        objective=draw(st.sampled_from(["material", "volume"])),
        handling=draw(st.sampled_from(["geometry", "default"])),
        own_container=draw(st.sampled_from(["always", "cheaper"])),
        partial=draw(st.sampled_from(["refuse", "allow"])),
        parcel_price=draw(st.sampled_from([None, None, 0.0, 50.0])),
        max_parcels=draw(st.sampled_from([10_000, 10_000, 2])),
        incompatible=(("food", "chemicals"), ("battery", "battery")),
        alternatives=draw(st.sampled_from([0, 2])),
        wall_clearance_mm=draw(st.sampled_from([0, 1])),
    )
    return orders, packages, policy


def test_parcels_are_cut_to_size_though_there_is_none_of_another_package() -> None:
    """What is not there takes no part: with a stock of zero no size is coarser than without."""
    made = {"kind": "made_to_measure", "size": (6, 6, 10), "step_mm": 1, "min_length_mm": 5}
    made |= {"min_width_mm": 5, "min_height_mm": 4}
    orders, policy = made_orders([line(3, 3, 8, qty=2)]), NARROW
    packages = [carton(6, 6, 10), made]
    absent = ask(orders, made_catalogue(packages), policy)
    zero = ask(orders, made_catalogue([*packages, carton(6, 6, 6, stock="0")]), policy)
    assert absent.parcels.column("height_mm").to_pylist() == [10, 10]
    assert zero.parcels.to_pylist() == absent.parcels.to_pylist()


@settings(max_examples=60)
@given(mixtures(), st.integers(0, 2))
def test_in_any_mixture_of_rules_a_stock_of_zero_equals_absence(
    mixture: tuple[list[list[Row]], list[Row], Policy], empty: int
) -> None:
    """Whatever else is in the catalogue and asked of it, shortages included."""
    lines, packages, policy = mixture
    empty %= len(packages) + 1
    named = [{"package_id": f"p{k}"} | one for k, one in enumerate([*packages, carton(8, 8, 8)])]
    without = named[:empty] + named[empty + 1 :]
    named[empty] |= {"stock": "0"}
    orders = made_orders(*lines)
    zero, absent = (ask(orders, made_catalogue(some), policy) for some in (named, without))
    columns = [name for name in zero.orders.column_names if name != "nodes"]
    assert answers(zero, *columns) == answers(absent, *columns)
    for name in ("parcels", "placements", "alternatives", "alternative_placements"):
        assert getattr(zero, name).to_pylist() == getattr(absent, name).to_pylist()


def begun(order: list[Row], package: int, corner_mm: int) -> list[Row]:
    """The order with one more unit, which lies in a package already."""
    unit = {name: value for name, value in order[0].items() if name in FREE}
    unit |= {"qty": 1, "size": tuple(min(side, 3) for side in unit["size"])}
    corner_mm += unit.get("padding_mm", 0)
    unit |= dict.fromkeys(("placed_x_mm", "placed_y_mm", "placed_z_mm"), corner_mm)
    return [unit | {"placed_in": f"p{package}"}, *order]


#: What may be said of a unit that lies in a package.
FREE = {"size", *OF_LINES} - {"keep_together", "nest_height_mm", "own_container"}


@settings(max_examples=60)
@given(mixtures(), st.data())
def test_any_mixture_of_rules_stands_the_check_in_part_filled_packages_too(
    mixture: tuple[list[list[Row]], list[Row], Policy], data: st.DataObject
) -> None:
    """Every other order is begun; what keeps the rest out of its package can be explained."""
    lines, packages, policy = mixture
    packages = [*packages, carton(8, 10, 10, stock=data.draw(st.sampled_from([None, "0", "1"])))]
    wall, filled = policy.wall_clearance_mm, len(packages) - 1
    lines[::2] = [begun(order, filled, wall) for order in lines[::2]]
    orders, catalogue = made_orders(*lines), made_catalogue(packages)
    result = ask(orders, catalogue, policy)
    for name in result.orders["order_id"].to_pylist():
        assert "the policy forbids it" not in explain(result, orders, catalogue, name)


@settings(max_examples=60)
@given(mixtures())
def test_any_mixture_of_rules_stands_the_check_alike_in_any_batches(
    mixture: tuple[list[list[Row]], list[Row], Policy],
) -> None:
    """Nothing is found wrong, every answer can be explained, and batches change none."""
    lines, packages, policy = mixture
    orders, catalogue = made_orders(*lines), made_catalogue(packages)
    result = ask(orders, catalogue, policy)
    for name in result.orders["order_id"].to_pylist():
        assert name in explain(result, orders, catalogue, name)
    batched = sys.modules["packopt.recommend"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batched, "BATCH_ORDERS", 1)
        apart = recommend(orders, catalogue, policy, threads=2)
    for table in TABLES:
        assert getattr(apart, table).to_pylist() == getattr(result, table).to_pylist()
