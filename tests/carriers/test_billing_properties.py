"""What holds for every billing rule and parcel, and the slow oracle in fractions."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from carriers.oracle import FOLDER, bill, version_on, versions
from packopt.carriers import BillingRule, billing_rule, billing_rules, billing_versions
from packopt.carriers.exact import Amounts, ceil_times, common_step, floor_times

EVERY = [(rule, number) for name in billing_rules() for number, rule in
         enumerate(billing_versions(name))]  # fmt: skip
BY_WEIGHT = [rule for rule, _ in EVERY if rule.basis == "weight"]
IDS = [rule.id for rule, _ in EVERY]

# Whole inches, half and quarter inches, and a mm beside them, where rounding decides.
_INCHES = st.integers(1, 480).map(lambda quarters: ceil(quarters * 25.4 / 4))
_SIDES = st.one_of(st.integers(1, 3000), st.builds(lambda mm, by: max(mm + by, 1), _INCHES,
                                                  st.integers(-1, 1)))  # fmt: skip
_PARCEL = st.tuples(_SIDES, _SIDES, _SIDES)
_GRAMS = st.one_of(
    st.floats(0, 90_000),
    st.integers(0, 200).map(lambda pounds: pounds * 453.59237),
    st.integers(0, 200).map(lambda halves: halves * 500.0),
    st.integers(0, 40).map(lambda ounces: ounces * 28.349523125),
)


@pytest.mark.parametrize(("rule", "number"), EVERY, ids=IDS)
@settings(max_examples=40)
@given(parcels=st.lists(st.tuples(_PARCEL, _GRAMS), min_size=1, max_size=20))
def test_arrays_and_the_slow_oracle_agree(
    rule: BillingRule, number: int, parcels: list[tuple[tuple[int, int, int], float]]
) -> None:
    """Billed amount, grams, refusals and flags are those of one parcel at a time in fractions."""
    plain = versions(FOLDER / f"{rule.name}.toml")[number]
    mm = np.array([sides for sides, _ in parcels], np.int64)
    grams = np.array([weight for _, weight in parcels])
    slow = [bill(plain, list(sides), weight) for sides, weight in parcels]
    billed = rule.billed(mm, grams)
    assert billed.amount.tolist() == [float(one.amount) for one in slow]
    assert billed.by_size.tolist() == [one.by_size for one in slow]
    assert rule.billable(mm, grams).tolist() == [one.billable for one in slow]
    assert rule.refused(mm, grams).tolist() == [one.refused for one in slow]
    flags = rule.flags(mm, grams)
    found = list(zip(*(flags[name].to_pylist() for name in ("parcel", "flag", "measure")),
                     strict=True))  # fmt: skip
    expected = [(i, *flag) for i, one in enumerate(slow) for flag in one.flags]
    assert found == expected


@pytest.mark.parametrize("rule", BY_WEIGHT, ids=lambda rule: rule.id)
@settings(max_examples=40)
@given(sides=_PARCEL, grams=_GRAMS)
def test_no_parcel_is_billed_for_less_than_it_weighs(
    rule: BillingRule, sides: tuple[int, int, int], grams: float
) -> None:
    """Billed is at least the weight rounded up to the step, and that at least the weight."""
    billed = rule.billed([sides], [grams])
    alone = rule.billed([[1, 1, 1]], [grams])
    assert billed.amount[0] >= alone.amount[0] >= round(billed.weight[0], 9)


@pytest.mark.parametrize(("rule", "number"), EVERY, ids=IDS)
@settings(max_examples=40)
@given(sides=_PARCEL, grams=_GRAMS, axis=st.integers(0, 2), more=st.integers(1, 500))
def test_a_longer_side_never_costs_less(
    rule: BillingRule,
    number: int,
    sides: tuple[int, int, int],
    grams: float,
    axis: int,
    more: int,
) -> None:
    """Growing a side never lowers what is billed, and never makes a refused parcel welcome.

    This holds of tiers and thresholds, too: a cubic price is billed by size alone, and the cubic
    foot of USPS bills weight below and the greater of both above.
    """
    longer = list(sides)
    longer[axis] += more
    both, weights = np.array([sides, longer]), [grams, grams]
    small, large = rule.billable(both, weights)
    assert small <= large
    refused = rule.refused(both, weights)
    assert refused[1] or not refused[0]


@pytest.mark.parametrize(("rule", "number"), EVERY, ids=IDS)
@settings(max_examples=40)
@given(sides=_PARCEL, grams=_GRAMS, more=st.floats(0, 5000))
def test_a_heavier_parcel_never_costs_less(
    rule: BillingRule, number: int, sides: tuple[int, int, int], grams: float, more: float
) -> None:
    """More weight never lowers what is billed, ounces and half kilograms included."""
    light, heavy = rule.billable([sides, sides], [grams, grams + more])
    assert light <= heavy


@pytest.mark.parametrize(("rule", "number"), EVERY, ids=IDS)
@settings(max_examples=40)
@given(sides=_PARCEL, grams=_GRAMS, order=st.permutations(range(3)))
def test_a_parcel_may_be_turned(
    rule: BillingRule,
    number: int,
    sides: tuple[int, int, int],
    grams: float,
    order: list[int],
) -> None:
    """Which side is called the length changes nothing."""
    turned = [sides[axis] for axis in order]
    both, weights = np.array([sides, turned]), [grams, grams]
    assert len(set(rule.billable(both, weights).tolist())) == 1
    assert len(set(rule.refused(both, weights).tolist())) == 1
    flags = rule.flags(both, weights).to_pylist()
    first, second = ([{**row, "parcel": 0} for row in flags if row["parcel"] == i] for i in (0, 1))
    assert first == second


@given(
    name=st.sampled_from(billing_rules()),
    day=st.dates(dt.date(2024, 6, 1), dt.date(2027, 6, 1)),
    sides=_PARCEL,
    grams=_GRAMS,
)
def test_the_day_decides_which_version_bills(
    name: str, day: dt.date, sides: tuple[int, int, int], grams: float
) -> None:
    """On each day the version whose days hold it bills, and on days without one nobody does."""
    plain = version_on(name, day)
    found = [rule for rule in billing_versions(name) if rule.is_valid_on(day)]
    assert len(found) == (plain is not None)
    if plain is not None:
        rule = billing_rule(name, on=day)
        assert rule.id == plain["id"]
        assert rule.billable([sides], [grams])[0] == bill(plain, list(sides), grams).billable


@given(inches=st.integers(1, 108), more=st.sampled_from([0, 1]))
@example(inches=12, more=0)
@example(inches=12, more=1)
def test_a_box_of_whole_inches_is_not_billed_for_the_next_one(inches: int, more: int) -> None:
    """12 in come as 305 mm and stay 12 in; 306 mm are more than 12 in whatever was rounded."""
    rule = billing_rule("ups-us", on=dt.date(2025, 9, 1))
    mm = -(-inches * 254 // 10) + more
    cube = rule.billed([[mm, mm, mm]], [0.0])
    assert cube.size[0] == pytest.approx((inches + more) ** 3 / 139)


@pytest.mark.parametrize("ounces", range(1, 16))
def test_whole_ounces_in_grams_are_not_billed_for_the_next_one(ounces: int) -> None:
    """12 oz are 340.1942775 g."""
    rule = billing_rule("usps", on=dt.date(2025, 9, 1))
    grams = ounces * 28.349523125
    billed = rule.billed([[10, 10, 10]] * 2, [grams, grams + 1e-6])
    assert billed.amount.tolist() == [ounces / 16, (ounces + 1) / 16]


@given(pounds=st.integers(1, 150))
def test_whole_pounds_in_grams_are_not_billed_for_the_next_one(pounds: int) -> None:
    """As a float, 3 lb are a hair more than 1,360.77711 g."""
    rule = billing_rule("ups-us", on=dt.date(2025, 9, 1))
    grams = pounds * 453.59237
    billed = rule.billed([[10, 10, 10]] * 2, [grams, grams + 1e-6])
    assert billed.amount.tolist() == [pounds, pounds + 1]


_FRACTIONS = st.fractions(min_value=Fraction(1, 1000), max_value=1000, max_denominator=10**6)


@given(
    counts=st.lists(st.integers(0, 10**15), min_size=1),
    ratio=_FRACTIONS,
    plus=st.fractions(min_value=0, max_value=2, max_denominator=1000),
)
def test_rounding_of_whole_numbers_is_exact(
    counts: list[int], ratio: Fraction, plus: Fraction
) -> None:
    """Beyond 64 bits, too, where Python's integers take over."""
    array = np.array(counts, np.int64)
    assert floor_times(array, ratio, plus).tolist() == [int(c * ratio + plus) for c in counts]
    assert ceil_times(array, ratio).tolist() == [ceil(c * ratio) for c in counts]


@given(steps=st.lists(_FRACTIONS, min_size=1, max_size=4))
def test_the_common_step_measures_all_steps(steps: list[Fraction]) -> None:
    """Each step is a whole multiple of it, and no larger one does."""
    common = common_step(steps)
    multiples = [step / common for step in steps]
    assert all(one.denominator == 1 for one in multiples)
    assert int(np.gcd.reduce([int(one) for one in multiples])) == 1


@given(count=st.integers(0, 10**6), step=_FRACTIONS, limit=_FRACTIONS)
def test_a_limit_is_exceeded_by_more_than_itself(
    count: int, step: Fraction, limit: Fraction
) -> None:
    """What equals a limit does not exceed it, unless the real quantity is a little more."""
    array = np.array([count], np.int64)
    assert Amounts(array, step).above(limit)[0] == (count * step > limit)
    assert Amounts(array, step, at_least=True).above(limit)[0] == (count * step >= limit)
