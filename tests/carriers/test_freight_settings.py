"""Freight in a policy: what a file may say, and what is told of what does not fit."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carriers.freighted import DAY, Tariff, freight
from invented import Row, made_catalogue, made_orders
from packopt import (
    CatalogueError,
    OrdersError,
    Policy,
    PolicyError,
    Recommendations,
    check,
    recommend,
)
from packopt.carriers import Freight
from packopt.errors import CarrierError

TARIFF = Tariff(1000, 0.5, (100, 200, 300), 1000, 100_000)
BOX: Row = {"kind": "carton", "size": (60, 60, 60), "unit_cost": 0.1, "currency": "EUR"}
ORDER: list[Row] = [{"size": (20, 20, 20), "qty": 1, "weight_g": 300}]
GOOD = {"rule": "ups-us", "rates": "rates.csv", "zone": "5", "on": DAY}


def test_a_policy_file_has_a_table_for_freight(tmp_path: Path) -> None:
    """Paths start where the file is, days are dates of TOML, and zones may be numbers."""
    (tmp_path / "ours.toml").write_text(TARIFF.rule, encoding="utf-8")
    (tmp_path / "rates.csv").write_text(TARIFF.rates.replace("z,", "5,"), encoding="utf-8")
    path = tmp_path / "policy.toml"
    path.write_text(
        'objective = "cost"\n[freight]\nrule = "ours.toml"\nrates = "rates.csv"\nzone = 5\n'
        "on = 2026-03-02\n",
        encoding="utf-8",
    )
    policy = Policy.from_file(path)
    assert policy.freight == Freight(
        str(tmp_path / "ours.toml"), str(tmp_path / "rates.csv"), "5", DAY
    )
    tariff = policy.freight.tariff()
    assert (tariff.rule.id, tariff.rates.currency) == ("TOY", "EUR")
    named = {**GOOD, "rates": str(tmp_path / "rates.csv")}
    assert Freight.from_dict(named, tmp_path / "elsewhere").rule == "ups-us"
    assert Freight.from_dict(named, tmp_path / "elsewhere").rates == str(tmp_path / "rates.csv")


def test_a_policy_with_freight_survives_its_plain_values() -> None:
    """As they stand in a result directory."""
    policy = Policy(objective="cost", freight=Freight(**GOOD, mailers="full"))
    plain = policy.to_dict()
    assert plain["freight"]["on"] == "2026-03-02"
    assert Policy.from_dict(plain) == policy


def test_a_policy_without_freight_says_nothing_of_it() -> None:
    """Results and their policies are what they were before there was freight."""
    assert "freight" not in Policy(objective="cost").to_dict()
    result = recommend(
        made_orders(ORDER), made_catalogue([BOX]), Policy(objective="cost", max_parcels=1)
    )
    assert result.parcels["billable_g"].to_pylist() == [None]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({**GOOD, "rule": None}, "[freight] field rule: found nothing, expected the name of a"),
        ({**GOOD, "rates": 3}, "[freight] field rates: found 3, expected the path of a file"),
        ({**GOOD, "zone": " "}, "[freight] field zone: found ' ', expected a zone of the rates"),
        ({**GOOD, "zone": True}, "[freight] field zone: found True, expected a zone"),
        ({**GOOD, "on": "soon"}, "[freight] field on: found 'soon', expected the day that"),
        ({**GOOD, "on": dt.datetime(2026, 3, 2)}, "[freight] field on: found datetime"),  # noqa: DTZ001
        ({**GOOD, "mailers": "flat"}, "[freight] field mailers: found 'flat', expected one of"),
        ({**GOOD, "rats": "x"}, "[freight] field rats: not known to freight, expected one of rule"),
        ({**GOOD, "rats": "x"}, "did you mean rates?"),
        ("ups-us", "[freight] found 'ups-us', expected a table; write [freight] and below it"),
    ],
)
def test_a_faulty_setting_names_field_value_and_fix(settings: Any, message: str) -> None:
    """All faults of a policy are told together."""
    with pytest.raises(PolicyError) as caught:
        Policy.from_dict({"objective": "cost", "effort": "slow", "freight": settings})
    assert any(message in text for text in caught.value.problems)
    assert any("field effort" in text for text in caught.value.problems)


@pytest.mark.parametrize("objective", ["material", "volume"])
def test_freight_counts_only_in_money(objective: Any) -> None:
    """Grams and mm3 cannot be added to it."""
    with pytest.raises(PolicyError, match=r'field freight: .* expected objective = "cost"'):
        Policy(objective=objective, freight=Freight(**GOOD))
    with pytest.raises(PolicyError, match="field freight: found 'x', expected Freight"):
        Policy(objective="cost", freight="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("packages", "message"),
    [
        (
            [{"kind": "mailer", "size": (90, 90, 20), "unit_cost": 0.1, "currency": "EUR"}],
            r"package 'p0': found a mailer, .* set mailers = \"full\" under \[freight\]",
        ),
        (
            [BOX | {"kind": "adjustable", "heights_mm": "30;60"}],
            "package 'p0': found a package whose size is chosen for its content",
        ),
        ([BOX | {"currency": "USD"}], "found prices in USD, expected EUR as the rates"),
        ([BOX | {"unit_cost": None}], "package 'p0', field unit_cost: found nothing"),
    ],
)
def test_a_catalogue_whose_freight_is_not_known_is_refused(
    packages: list[Row], message: str
) -> None:
    """Sizes have to be known before packing, and all money has one currency."""
    with freight(TARIFF) as carriage:
        policy = Policy(objective="cost", freight=carriage)
        with pytest.raises(CatalogueError, match=message):
            recommend(made_orders(ORDER), made_catalogue(packages), policy)


def test_orders_without_weights_are_refused() -> None:
    """Nobody is billed for what weighs nothing."""
    orders = made_orders([{"size": (20, 20, 20), "qty": 1}])
    with freight(TARIFF) as carriage:
        policy = Policy(objective="cost", freight=carriage)
        with pytest.raises(OrdersError, match="column weight_g: found nothing, expected"):
            recommend(orders, made_catalogue([BOX]), policy)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"zone": "zz"}, "no zone 'zz', expected one of z; did you mean 'z'"),
        ({"on": dt.date(2025, 12, 31)}, "no version that is valid on 2025-12-31"),
        ({"rates": "nowhere.csv"}, "nowhere.csv: there is no such file"),
        ({"rule": "nowhere.toml"}, r"nowhere.toml: cannot be read"),
        (
            {"rule": "usps-priority-cubic"},
            "found steps in g, expected ft3 as the rule USPS-PM-CUBIC-2025-01-01 bills",
        ),
    ],
)
def test_rules_and_rates_that_do_not_fit_are_errors(change: dict[str, Any], message: str) -> None:
    """Told when the first batch is asked for, with what to do."""
    with freight(TARIFF) as carriage:
        policy = Policy(objective="cost", freight=replace(carriage, **change))
        with pytest.raises(CarrierError, match=message):
            recommend(made_orders(ORDER), made_catalogue([BOX]), policy)


def test_a_result_directory_is_checked_with_its_freight(tmp_path: Path) -> None:
    """It names rule and rates, and the checker reads them again."""
    orders, catalogue = made_orders(ORDER), made_catalogue([BOX])
    with freight(TARIFF) as carriage:
        recommend(orders, catalogue, Policy(objective="cost", freight=carriage)).write(
            tmp_path / "result"
        )
        result = Recommendations.read(tmp_path / "result")
        assert result.policy.freight == carriage
        assert result.parcels["billable_g"].to_pylist() == [500]
        assert check(result, orders, catalogue) == []
        dearer = TARIFF.rates.replace("1.0", "1.1")
        Path(carriage.rates).write_text(dearer, encoding="utf-8")
        assert {one.code for one in check(result, orders, catalogue)} == {"cost"}
