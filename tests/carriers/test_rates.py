"""Rate tables: prices by zone and step, and what is told of faulty ones."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.carriers import RateTable, billing_rule
from packopt.errors import CarrierError

CSV = """zone,up_to_lb,price,currency
2,1,7.10,USD
2,2,7.90,USD
2,6,9.30,USD
8,1,9.00,USD
8,150,99,usd
"""


def rates(tmp_path: Path, text: str = CSV) -> RateTable:
    """A rate table out of a CSV file."""
    path = tmp_path / "rates.csv"
    path.write_text(text, encoding="utf-8")
    return RateTable.read(path)


def problems(tmp_path: Path, text: str) -> list[str]:
    """What is told of a faulty file."""
    with pytest.raises(CarrierError) as caught:
        rates(tmp_path, text)
    return caught.value.problems


def test_a_parcel_costs_what_its_step_costs(tmp_path: Path) -> None:
    """The step that ends at a weight holds it, and beyond the last one there is no price."""
    table = rates(tmp_path)
    assert (table.zones, table.currency, table.unit) == (("2", "8"), "USD", "g")
    grams = [1, 454, 455, 908, 2722, 2723]  # 1 lb is 453.59 g, 2 lb 907.18 g, 6 lb 2,721.55 g
    prices = table.price(grams, "2")
    assert prices[:5].tolist() == [7.10, 7.10, 7.90, 7.90, 9.30]
    assert np.isnan(prices[5])
    assert prices.dtype == np.float64


def test_what_a_rule_bills_meets_the_step_of_the_same_weight(tmp_path: Path) -> None:
    """6 lb of a rule are the step up to 6 lb of the rates, whatever they are in grams."""
    rule = billing_rule("ups-us", on=dt.date(2026, 5, 1))
    billable = rule.billable_g([[282, 216, 158], [282, 216, 158]], [100.0, 2722.0])
    prices = rates(tmp_path).price(billable, "2")
    assert prices[0] == 9.30
    assert np.isnan(prices[1])  # 7 lb


def test_each_parcel_may_go_to_its_own_zone(tmp_path: Path) -> None:
    """Zones as a list, one for each parcel."""
    table = rates(tmp_path)
    assert table.price([400, 400, 800], ["2", "8", "2"]).tolist() == [7.10, 9.00, 7.90]
    assert len(table.price([], [])) == 0


def test_rows_may_come_in_any_order(tmp_path: Path) -> None:
    """Sorted or not, the table is the same."""
    head, *rows = CSV.splitlines()
    turned = rates(tmp_path, "\n".join([head, *reversed(rows)]))
    table = rates(tmp_path)
    for zone in table.zones:
        assert turned.price(range(0, 3000, 7), zone).tolist() == pytest.approx(
            table.price(range(0, 3000, 7), zone).tolist(), nan_ok=True
        )


@pytest.mark.parametrize(
    ("unit", "step", "grams"), [("g", "500", 500), ("kg", "0.5", 500), ("oz", "15.999", 454)]
)
def test_steps_come_in_any_unit_of_weight(unit: str, step: str, grams: int, tmp_path: Path) -> None:
    """Whole grams inside, rounded up as billed weights are."""
    table = rates(tmp_path, f"zone,up_to_{unit},price,currency\na,{step},1,EUR\n")
    assert table.up_to.tolist() == [grams]


def test_cubic_tiers_are_priced_by_size(tmp_path: Path) -> None:
    """A tier of 0.3 cubic feet costs what the row up to 0.3 says."""
    table = rates(
        tmp_path, "zone,up_to_ft3,price,currency\n4,0.1,8,USD\n4,0.2,9,USD\n4,0.3,9.5,USD\n"
    )
    rule = billing_rule("usps-priority-cubic", on=dt.date(2026, 5, 1))
    assert table.unit == rule.unit == "ft3"
    assert table.price(
        rule.billable([[313, 242, 77], [100, 90, 80]], [900.0, 1.0]), "4"
    ).tolist() == [
        9.5,
        8.0,
    ]


def test_a_table_in_memory_is_checked_as_a_file_is() -> None:
    """Floats and integers are welcome where they are numbers."""
    table = RateTable.from_table(
        pa.table(
            {"zone": [1, 1], "up_to_g": [500, 1000], "price": [1.5, 2.0], "currency": ["EUR"] * 2}
        )
    )
    assert table.price([500, 501], "1").tolist() == [1.5, 2.0]
    with pytest.raises(CarrierError, match="ours: row 1, column price"):
        RateTable.from_table(
            pa.table({"zone": ["a"], "up_to_g": [500], "price": [-1.0], "currency": ["EUR"]}),
            source="ours",
        )
    with pytest.raises(CarrierError, match="is no table"):
        RateTable.from_table(3)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["a,500,-1,EUR"], "row 1, column price: found '-1', too small a number; expected a"),
        (["a,500,,EUR"], "row 1, column price: found no value"),
        (["a,500,dear,EUR"], "row 1, column price: found 'dear', no number"),
        (["a,0,1,EUR"], "row 1, column up_to_g: found '0', too small a number"),
        (["a,,1,EUR"], "row 1, column up_to_g: found no value"),
        ([",500,1,EUR"], "row 1, column zone: found no value"),
        (["a,500,1,"], "row 1, column currency: found no value"),
        (["a,500,1,Euro"], "row 1, column currency: found 'Euro', no currency code"),
        (
            ["a,500,1,EUR", "a,900,2,USD"],
            "row 2, column currency: found 'USD', a second currency; expected EUR as above",
        ),
        (
            ["a,500,1,EUR", "b,500,2,EUR", "a,500,3,EUR"],
            "row 3, column up_to_g: found '500', a step that the zone has already; expected each",
        ),
        (
            ["a,900,2,EUR", "b,500,9,EUR", "a,500,3,EUR"],
            "row 1, column price: found '2', less than for a lighter step of the zone; expected",
        ),
    ],
)
def test_a_faulty_row_names_field_value_and_fix(
    rows: list[str], message: str, tmp_path: Path
) -> None:
    """A lost step would bill the next one, so every bad row fails the table."""
    told = problems(tmp_path, "\n".join(["zone,up_to_g,price,currency", *rows]))
    assert any(text.startswith(message) for text in told), told
    assert all(text.rstrip().endswith((".", "again")) for text in told)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("zone,weight,price,currency", "column up_to_g or up_to_kg"),
        ("zone,up_to_g,up_to_lb,price,currency", "say the same in two units"),
        ("zon,up_to_g,price,currency", "column zone is missing. Did you mean 'zon'?"),
        ("zone,up_to_g,price", "column currency is missing"),
    ],
)
def test_missing_columns_are_named(head: str, message: str, tmp_path: Path) -> None:
    """With the nearest name."""
    row = ",".join("1" for _ in head.split(","))
    assert any(message in text for text in problems(tmp_path, f"{head}\n{row}\n"))


def test_an_empty_table_is_told(tmp_path: Path) -> None:
    """Rows without values are none."""
    assert "found no rates" in problems(tmp_path, "zone,up_to_g,price,currency\n,,,\n")[0]


def test_an_unknown_zone_names_the_nearest(tmp_path: Path) -> None:
    """For one zone, and among many."""
    table = rates(tmp_path, "zone,up_to_g,price,currency\nzone 2,500,1,EUR\nzone 8,500,2,EUR\n")
    for zone in ("zone2", ["zone 8", "zone2"]):
        with pytest.raises(CarrierError, match=r"no zone 'zone2'.*did you mean 'zone 2'"):
            table.price([100, 100], zone)


@given(
    steps=st.lists(st.integers(1, 5000), min_size=1, max_size=12, unique=True),
    prices=st.lists(st.integers(0, 9999), min_size=12, max_size=12),
    weights=st.lists(st.integers(0, 6000), min_size=1, max_size=30),
)
def test_prices_are_those_of_the_first_step_that_holds(
    steps: list[int], prices: list[int], weights: list[int]
) -> None:
    """Against a search through the rows, one parcel at a time."""
    rows = list(zip(sorted(steps), sorted(prices), strict=False))
    table = RateTable.from_table(
        pa.table(
            {
                "zone": ["z"] * len(rows),
                "up_to_g": [step for step, _ in rows],
                "price": [price / 100 for _, price in rows],
                "currency": ["EUR"] * len(rows),
            }
        )
    )
    slow = [
        next((price / 100 for step, price in rows if weight <= step), float("nan"))
        for weight in weights
    ]
    assert table.price(weights, "z").tolist() == pytest.approx(slow, abs=0, nan_ok=True)
