"""The worked examples of the sources, and the days on which rules change."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import numpy as np
import pytest

from packopt.carriers import billing_rule, billing_rules, billing_versions
from packopt.errors import CarrierError

D = dt.date
IN_FORCE = D(2026, 3, 2)


@pytest.mark.parametrize("name", ["ups-us", "fedex-us"])
@pytest.mark.parametrize(
    ("sides", "size", "pounds"),
    [
        (("11.1", "8.5", "6.2"), 756 / 139, 6),
        (("11.1", "8.1", "4.1"), 540 / 139, 4),
        (("12", "9", "7"), 756 / 139, 6),
        (("12.2", "9", "7"), 819 / 139, 6),
    ],
)
def test_every_side_is_rounded_up_before_dividing_by_139(
    name: str, sides: tuple[str, str, str], size: float, pounds: int
) -> None:
    """756 and 540 cubic inches are 6 and 4 lb, as the sources compute."""
    bill = billing_rule(name, on=IN_FORCE).billed_in_units(sides, "1")
    assert (bill.size[0], bill.amount[0], bill.unit) == (size, pounds, "lb")
    assert bill.by_size[0]


def test_the_same_examples_in_whole_millimetres() -> None:
    """11.1 x 8.5 x 6.2 in are 282 x 216 x 158 mm as packopt holds them."""
    mm = [[282, 216, 158], [282, 206, 105]]
    grams = billing_rule("ups-us", on=IN_FORCE).billable_g(mm, [453.0, 453.0])
    # 6 lb are 2,721.55 g, 4 lb 1,814.37 g: whole grams, rounded up.
    assert grams.tolist() == [2722, 1815]
    assert grams.dtype == np.int64


@pytest.mark.parametrize(
    ("divisor", "kilograms"), [(5000, 12.0), (6000, 10.0), (8000, 7.5), (12000, 5.0)]
)
def test_50_by_40_by_30_cm_by_divisor(divisor: int, kilograms: float, tmp_path) -> None:
    """60 litres are 12.0, 10.0, 7.5 and 5.0 kg."""
    path = tmp_path / "own.toml"
    path.write_text(
        f'id = "OWN"\ncarrier = "C"\nservice = "S"\nvalid_from = 2026-01-01\nunits = "cm-kg"\n'
        f'side_rounding = "none"\ndivisor = {divisor}\nsteps = [{{ step = 0.5 }}]\n'
        'sources = ["contract"]\nconfidence = "contract"\n',
        encoding="utf-8",
    )
    bill = billing_rule(path, on=IN_FORCE).billed([[500, 400, 300]], [800.0])
    assert (bill.amount[0], bill.unit, bill.by_size[0]) == (kilograms, "kg", True)


@pytest.mark.parametrize(("name", "kilograms"), [("dhl-express", 12.0), ("sf-international", 10.0)])
def test_50_by_40_by_30_cm_by_carrier(name: str, kilograms: float) -> None:
    """DHL Express divides by 5000, SF International by 6000."""
    rule = billing_rule(name, on=IN_FORCE)
    assert rule.billed([[500, 400, 300]], [800.0]).amount[0] == kilograms
    assert rule.billable_g([[400, 300, 500]], [800.0])[0] == kilograms * 1000


@pytest.mark.parametrize(
    ("grams", "kilograms"), [(1.0, 0.5), (500.0, 0.5), (500.1, 1.0), (2000.0, 2.0), (2000.1, 2.5)]
)
def test_dhl_express_bills_half_kilograms(grams: float, kilograms: float) -> None:
    """Every started half kilogram counts."""
    bill = billing_rule("dhl-express", on=IN_FORCE).billed([[100, 100, 10]], [grams])
    assert (bill.amount[0], bill.by_size[0]) == (kilograms, False)


@pytest.mark.parametrize("name", ["usps-priority-cubic", "usps-ground-advantage-cubic"])
def test_a_cubic_tier_is_of_sides_rounded_down_to_a_quarter_inch(name: str) -> None:
    """12.3 x 9.5 x 3 in count as 12.25 x 9.5 x 3 = 349.125 cubic inches: 0.202, tier 0.3."""
    rule = billing_rule(name, on=IN_FORCE)
    bill = rule.billed_in_units(("12.3", "9.5", "3"), "2")
    assert bill.size[0] == 349.125 / 1728
    assert (bill.amount[0], bill.unit) == (0.3, "ft3")
    assert rule.billable([[313, 242, 77]], [900.0]).tolist() == [300]


def test_a_hair_less_height_saves_a_cubic_tier() -> None:
    """2.95 in count as 2.75: 320.03 cubic inches, which is 0.185 and tier 0.2."""
    rule = billing_rule("usps-priority-cubic", on=IN_FORCE)
    assert rule.billed_in_units(("12.3", "9.5", "2.95"), "2").amount[0] == 0.2


def test_a_published_cubic_example() -> None:
    """6 1/8 x 5 7/8 x 6 3/8 in count as 6 x 5.75 x 6.25: 0.125 cubic feet and tier 2."""
    bill = billing_rule("usps-priority-cubic", on=IN_FORCE).billed_in_units(
        ("6.125", "5.875", "6.375"), "4"
    )
    assert (round(bill.size[0], 3), bill.amount[0]) == (0.125, 0.2)


@pytest.mark.parametrize(
    ("name", "refused_ft3", "taken_ft3"),
    [
        ("usps-priority-cubic", (12, 12, 6.25), (12, 12, 6)),
        ("usps-ground-advantage-cubic", (12.25, 12, 12), (12, 12, 12)),
    ],
)
def test_a_cubic_price_ends_at_its_largest_tier(
    name: str,
    refused_ft3: tuple[float, float, float],
    taken_ft3: tuple[float, float, float],
) -> None:
    """Half a cubic foot with Priority Mail, a whole one with Ground Advantage."""
    rule = billing_rule(name, on=IN_FORCE)
    mm = np.ceil(np.array([refused_ft3, taken_ft3]) * 25.4).astype(np.int64)
    assert rule.refused(mm, [100.0, 100.0]).tolist() == [True, False]
    too_long, long = [[458, 50, 50], [459, 50, 50]]  # 18 in are 457.2 mm
    assert rule.refused([too_long, long], [100.0, 100.0]).tolist() == [False, True]
    assert rule.refused([[50, 50, 50]] * 2, [20 * 453.59237, 9072.0]).tolist() == [False, True]


USPS_PARCELS = {
    # sides, weight in lb: billed on 11 and 12 July 2026
    ("12", "12", "12"): ("1", 1.0, 1.0),  # a cubic foot is not more than one
    ("12.2", "12", "12"): ("1", 1.0, 14.0),  # 1728 rounded off, 1872 rounded up: / 139 = 13.5
    ("14", "12", "12"): ("3", 13.0, 15.0),  # 2016 / 166 = 12.1, / 139 = 14.5
    ("14.4", "12.4", "12"): ("3", 13.0, 17.0),  # 14 x 12 x 12, then 15 x 13 x 12 = 2340
    ("10", "8", "4"): ("0.3", 0.3125, 1.0),  # 4.8 ounces are five, then a pound
    ("10", "8", "5"): ("5.5", 6.0, 6.0),
}


@pytest.mark.parametrize("sides", USPS_PARCELS, ids=" x ".join)
def test_usps_bills_otherwise_from_12_july_2026(sides: tuple[str, str, str]) -> None:
    """Rounding off, 166 and ounces end on 11 July; rounding up and 139 begin the day after."""
    weight, before, after = USPS_PARCELS[sides]
    for day, billed in ((D(2026, 7, 11), before), (D(2026, 7, 12), after)):
        assert billing_rule("usps", on=day).billed_in_units(sides, weight).amount[0] == billed


@pytest.mark.parametrize("name", ["ups-us", "fedex-us"])
def test_sides_are_rounded_off_until_17_august_2025(name: str) -> None:
    """11.1 x 8.5 x 6.2 in were 11 x 9 x 6 = 594 cubic inches and 5 lb, and are 6 lb since."""
    sides = ("11.1", "8.5", "6.2")
    bills = [billing_rule(name, on=D(2025, 8, day)).billed_in_units(sides, "1") for day in (17, 18)]
    assert [bill.amount[0] for bill in bills] == [5, 6]
    assert bills[0].size[0] == 594 / 139


@pytest.mark.parametrize(
    ("name", "last_day", "flag"),
    [
        ("ups-us", D(2026, 1, 25), "large_package"),
        ("fedex-us", D(2026, 1, 11), "oversize"),
    ],
)
def test_volume_is_a_surcharge_of_its_own_since_january_2026(
    name: str, last_day: dt.date, flag: str
) -> None:
    """A cube of 27 in, 19,683 cubic inches, meets it only on the day after."""
    cube = [[686, 686, 686]]  # 27 in are 685.8 mm: length and girth are 135 in
    below = [[610, 610, 610]]  # 24 in: 13,824 cubic inches, length and girth 120 in
    before, after = (billing_rule(name, on=last_day + dt.timedelta(days=more)) for more in (0, 1))
    volume = [rule.flags(cube, [1000.0]).to_pylist() for rule in (before, after)]
    assert not [row for row in volume[0] if row["measure"] == "volume"]
    assert [row["flag"] for row in volume[1] if row["measure"] == "volume"] == [
        "additional_handling",
        flag,
    ]
    handling = after.flags(below, [1000.0]).to_pylist()
    assert {row["flag"] for row in handling if row["measure"] == "volume"} == {
        "additional_handling"
    }


def test_a_large_package_is_billed_at_least_90_lb() -> None:
    """17,280 cubic inches are 125 lb in any case; a long thin one shows the minimum."""
    rule = billing_rule("ups-us", on=IN_FORCE)
    thin = rule.billed([[2464, 100, 100]], [2000.0])  # 97 in and 4 in: 1,552 / 139 = 12 lb
    assert (round(thin.size[0], 3), thin.amount[0]) == (round(97 * 16 / 139, 3), 90)


def test_a_minimum_with_one_source_is_told_and_not_applied() -> None:
    """The 40 lb of additional handling are advisory."""
    rule = billing_rule("ups-us", on=IN_FORCE)
    long = [[1245, 100, 100]]  # 49.02 in are 49 in mm
    assert rule.billed(long, [2000.0]).amount[0] == 6  # 49 x 4 x 4 / 139 = 5.64
    row = rule.flags(long, [2000.0]).to_pylist()[0]
    assert (row["minimum"], row["minimum_status"]) == (40.0, "advisory")


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("ups-us", D(2025, 1, 1), None),
        ("fedex-us", D(2025, 1, 13), None),
        ("usps", D(2025, 1, 1), None),
        ("usps-priority-cubic", D(2025, 1, 1), D(2026, 7, 11)),
        ("usps-ground-advantage-cubic", D(2025, 1, 1), D(2026, 7, 11)),
        ("dhl-express", D(2025, 1, 1), None),
        ("sf-international", D(2025, 1, 1), None),
    ],
)
def test_a_day_outside_of_all_versions_is_an_error_that_names_them(
    name: str, first: dt.date, last: dt.date | None
) -> None:
    """There is no rule for a day that nobody looked up."""
    outside = [first - dt.timedelta(days=1)]
    outside += [last + dt.timedelta(days=1)] if last else []
    for day in outside:
        with pytest.raises(CarrierError, match=f"no version that is valid on {day}") as caught:
            billing_rule(name, on=day)
        assert billing_versions(name)[0].id in str(caught.value)
        assert "TOML" in str(caught.value)
    assert billing_rule(name, on=first).valid_from == first
    assert last is None or billing_rule(name, on=last).valid_to == last


def test_versions_follow_each_other_without_a_gap() -> None:
    """Between the first and the last day of a rule every day has exactly one version."""
    for name in billing_rules():
        rules = billing_versions(name)
        for one, following in pairwise(rules):
            assert one.valid_to == following.valid_from - dt.timedelta(days=1), name


def test_every_rule_says_where_it_comes_from() -> None:
    """Sources and confidence are there, and what one other source alone says is advisory."""
    for name in billing_rules():
        for rule in billing_versions(name):
            assert rule.sources, name
            assert rule.confidence in ("primary", "secondary"), name
            assert rule.name == name
