"""The objective `cost` with freight: what parcels cost, and what the carrier refuses."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from carriers.freighted import DAY, Tariff, freight, priced
from invented import answers, ask, made_orders
from packopt import MaterialSettings, Orders, Policy, check, explain, recommend
from packopt.carriers import Freight


def _small(**line: Any) -> Orders:
    return made_orders([{"size": (20, 20, 20), "qty": 1, "weight_g": 300} | line])


TARIFF = Tariff(1000, 0.5, tuple(range(100, 600, 50)), 1000, 100_000)
TWO = [
    {"kind": "carton", "size": (60, 60, 60), "unit_cost": 0.1, "tare_g": 20.0},
    {"kind": "carton", "size": (90, 90, 90), "unit_cost": 0.05, "tare_g": 20.0},
]


def test_a_dearer_box_may_travel_for_less() -> None:
    """The cheaper box is billed for its size: 0.05 + 1.50 is more than 0.10 + 1.00."""
    with freight(TARIFF) as carriage:
        policy = Policy(objective="cost", freight=carriage)
        result = ask(_small(), priced(TWO), policy)
        assert result.policy.freight == carriage
    (row,) = result.orders.to_pylist()
    assert (row["package_id"], row["cost"], row["verdict"]) == ("p0", 1.1, "optimal")
    (parcel,) = result.parcels.to_pylist()
    assert (parcel["billable_g"], parcel["cost"]) == (500, 1.1)
    assert answers(recommend(_small(), priced(TWO), Policy(objective="cost"))) == [
        ("optimal", "p1")
    ]


def test_a_parcel_that_the_carrier_refuses_is_not_chosen() -> None:
    """The reason is the policy's."""
    tariff = replace(TARIFF, longest_mm=80)
    packages = [TWO[1], TWO[0] | {"unit_cost": 9.0}, TWO[1] | {"size": (90, 60, 60)}]
    with freight(tariff) as carriage:
        policy = Policy(objective="cost", freight=carriage, max_parcels=1)
        orders = made_orders(
            [{"size": (20, 20, 20), "qty": 1, "weight_g": 300}],
            [{"size": (80, 80, 80), "qty": 1, "weight_g": 300}],
        )
        result = ask(orders, priced(packages), policy)
    assert answers(result) == [("optimal", "p1"), ("unpackable", None)]
    listed = [tuple(row.values()) for row in result.ruled_out.to_pylist()]
    # Nothing that is refused is cheaper than what can be had.
    assert [row for row in listed if row[0] == "o0"] == []
    assert {row for row in listed if row[0] == "o1"} == {
        ("o1", "p0", "policy"),
        ("o1", "p1", "side"),
        ("o1", "p2", "policy"),
    }
    assert result.unpacked.to_pylist()[0]["reason"] == "policy"


def test_what_is_too_heavy_for_the_carrier_is_split() -> None:
    """Two parcels of 1.5 kg go where one of 3 kg is refused."""
    tariff = replace(TARIFF, heaviest_g=2000)
    orders = made_orders([{"size": (20, 20, 20), "qty": 2, "weight_g": 1500}])
    with freight(tariff) as carriage:
        result = ask(orders, priced(TWO[:1]), Policy(objective="cost", freight=carriage))
    (row,) = result.orders.to_pylist()
    assert (row["parcels"], row["parcels_lower_bound"]) == (2, 2)
    # 1.52 kg are the fourth step, 2.50; an empty box is the first, 1.00.
    assert row["cost"] == pytest.approx(2 * (2.5 + 0.1))
    assert (row["verdict"], row["cost_lower_bound"]) == ("feasible", pytest.approx(2 * 1.1))
    assert result.parcels["billable_g"].to_pylist() == [2000, 2000]
    assert result.ruled_out["reason"].to_pylist() == ["policy"]


def test_several_parcels_may_cost_less_than_one() -> None:
    """Where parcels have a price, two small boxes go for less than one that is billed by size."""
    steep = Tariff(1000, 0.5, (100, 2000, 2000, 2000), 1000, 100_000)
    orders = made_orders([{"size": (40, 40, 40), "qty": 2, "weight_g": 50}])
    with freight(steep) as carriage:
        policy = Policy(objective="cost", freight=carriage, parcel_price=0.5)
        result = ask(orders, priced(TWO), policy)
    (row,) = result.orders.to_pylist()
    assert (row["parcels"], row["verdict"]) == (2, "optimal")
    assert row["cost"] == pytest.approx(2 * (0.1 + 1.0 + 0.5))


def test_own_containers_are_carried_too() -> None:
    """A unit that ships as it is costs its own freight, and a box if that is cheaper."""
    with freight(TARIFF) as carriage:
        policy = Policy(objective="cost", freight=carriage, own_container="cheaper")
        large = {"size": (100, 100, 50), "own_container": True}
        result = ask(_small(**large), priced(TWO), policy)
        small = ask(_small(own_container=True), priced(TWO), policy)
    assert [row["billable_g"] for row in result.parcels.to_pylist()] == [500]
    assert answers(result, "package_id", "cost", "verdict") == [("own_container", 1.0, "optimal")]
    assert answers(small, "package_id", "cost") == [("own_container", 1.0)]


def test_a_container_that_the_carrier_refuses_is_packed() -> None:
    """Be it that it ships as it is wherever it can."""
    tariff = replace(TARIFF, longest_mm=100)
    line = {"size": (20, 20, 20), "qty": 1, "weight_g": 300, "own_container": True}
    orders = made_orders([line], [line | {"size": (110, 20, 20)}], [line | {"size": (95, 95, 95)}])
    packages = [*TWO, {"kind": "carton", "size": (60, 60, 60), "unit_cost": 0.2}]
    with freight(tariff) as carriage:
        for own in ("always", "cheaper"):
            policy = Policy(objective="cost", freight=carriage, own_container=own)
            result = ask(orders, priced(packages), policy)
            assert answers(result) == [
                ("optimal", "own_container"),
                ("unpackable", None),
                ("optimal", "own_container"),
            ]
    # As it is it would be 0.32 kg; in a box of 0.2 kg and more it is too heavy, too.
    with freight(replace(tariff, heaviest_g=310)) as carriage:
        heavy = made_orders([line | {"weight_g": 320}])
        policy = Policy(objective="cost", freight=carriage)
        assert answers(ask(heavy, priced(packages), policy)) == [("unpackable", None)]


def test_a_mailer_is_billed_at_its_greatest_thickness() -> None:
    """120 x 100 x 30 mm are 0.36 kg, whatever is in it."""
    mailer = {"kind": "mailer", "size": (120, 100, 30), "unit_cost": 0.01, "tare_g": 5.0}
    with freight(replace(TARIFF, step=0.1), mailers="full") as carriage:
        policy = Policy(objective="cost", freight=carriage)
        result = ask(_small(size=(20, 20, 5), weight_g=10), priced([mailer]), policy)
    assert result.parcels["billable_g"].to_pylist() == [400]
    assert result.orders["cost"].to_pylist() == [pytest.approx(0.01 + 2.5)]


def test_a_cubic_rule_bills_no_weight(tmp_path: Path) -> None:
    """Tiers of size make the freight, and the billed weight stays empty."""
    rates = tmp_path / "cubic.csv"
    rates.write_text(
        "zone,up_to_ft3,price,currency\n1,0.1,4,EUR\n1,0.2,5,EUR\n1,0.5,9,EUR\n", encoding="utf-8"
    )

    policy = Policy(objective="cost", freight=Freight("usps-priority-cubic", str(rates), "1", DAY))
    result = ask(_small(), priced(TWO), policy)
    assert result.parcels["billable_g"].to_pylist() == [None]
    assert result.orders["cost"].to_pylist() == [pytest.approx(4.05)]


@pytest.mark.parametrize(
    ("column", "value"), [("cost", 0.9), ("billable_g", 400), ("gross_g", 1.0)]
)
def test_the_checker_finds_freight_that_is_wrong(column: str, value: float) -> None:
    """It works out the freight of every parcel itself."""
    with freight(TARIFF) as carriage:
        result = recommend(_small(), priced(TWO), Policy(objective="cost", freight=carriage))
        at = result.parcels.schema.get_field_index(column)
        field = result.parcels.schema.field(column)
        spoilt = result.parcels.set_column(at, field, pa.array([value], field.type))
        found = check(replace(result, parcels=spoilt), _small(), priced(TWO))
    assert {violation.code for violation in found} == {"cost" if column == "cost" else "value"}


def test_the_checker_finds_parcels_that_the_carrier_refuses() -> None:
    """A result that was made under another tariff does not pass."""
    with freight(TARIFF) as carriage, freight(replace(TARIFF, longest_mm=30)) as strict:
        result = recommend(_small(), priced(TWO), Policy(objective="cost", freight=carriage))
        policy = replace(result.policy, freight=strict)
        found = check(result, _small(), priced(TWO), policy)
    assert any("which the carrier does not take" in one.message for one in found)


def test_an_explanation_names_the_carrier_that_refuses() -> None:
    """And costs of cheaper packages have their freight in them."""
    tariff = replace(TARIFF, longest_mm=80)
    line = {"size": (50, 20, 20), "qty": 1, "weight_g": 300}
    packages = [*TWO, {"kind": "carton", "size": (30, 30, 30), "unit_cost": 0.01}]
    orders, catalogue = made_orders([line], [line | {"size": (80, 20, 20)}]), priced(packages)
    with freight(tariff) as carriage:
        result = ask(orders, catalogue, Policy(objective="cost", freight=carriage))
        text = explain(result, orders, catalogue, "o0")
        refused = explain(result, orders, catalogue, "o1")
    assert "1.01 EUR" in text
    assert "at 96 × 96 × 102 mm, which Toy does not take (TOY)" in refused


def test_a_split_that_the_filler_makes_too_heavy_is_no_answer() -> None:
    """Without filler each unit might travel, so that nothing is proved either."""
    tariff = replace(TARIFF, heaviest_g=2000)
    orders = made_orders([{"size": (20, 20, 20), "qty": 2, "weight_g": 1950}])
    with freight(tariff) as carriage:
        policy = Policy(
            objective="cost", freight=carriage, materials=MaterialSettings(filler_kg_m3=400)
        )
        result = ask(orders, priced(TWO[:1]), policy)
    (row,) = result.orders.to_pylist()
    assert (row["verdict"], row["parcels"], row["cost"]) == ("undecided", 0, None)
    assert row["parcels_lower_bound"] == 2
    assert result.parcels.num_rows == result.placements.num_rows == 0
