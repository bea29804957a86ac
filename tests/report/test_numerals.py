"""How numbers read."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.report.numerals import decimals, interval_decimals, numeral, suitable

_REAL = st.floats(-1e12, 1e12, allow_subnormal=False)


def _read(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-"))


@given(_REAL, st.integers(0, 6))
def test_a_number_reads_back_as_its_rounding(value: float, places: int) -> None:
    """What is shown differs from the number by at most half of the last decimal shown."""
    step = 10.0**-places
    assert abs(_read(numeral(value, places)) - value) <= step / 2 + abs(value) * 1e-15


@given(_REAL, st.integers(0, 6))
def test_no_zero_has_a_minus(value: float, places: int) -> None:
    """A loss that rounds to nothing is shown as nothing, not as less than nothing."""
    text = numeral(value, places)
    assert not text.startswith("−") or _read(text) < 0
    assert "-" not in text


@given(st.floats(1e-3, 1e5))
def test_three_significant_digits_are_shown_at_least(value: float) -> None:
    """Rounding loses at most half a per cent of any number that is not tiny."""
    assert abs(_read(numeral(value, decimals(value))) - value) <= value * 0.0051


@given(st.floats(1.0, 1e6), st.floats(0.001, 0.5))
def test_an_interval_shows_its_width(value: float, half: float) -> None:
    """The ends of an interval stay apart in what is shown, unless five digits cannot tell them."""
    low, high = value * (1 - half), value * (1 + half)
    places = interval_decimals(value, low, high)
    assert numeral(low, places) != numeral(high, places)
    assert decimals(high) <= places <= decimals(high, 5)


def test_an_interval_of_no_width_is_no_error() -> None:
    """Baseline and plan may be equal: nothing saved, from nothing to nothing."""
    assert interval_decimals(0.0, 0.0, 0.0) == 0
    assert interval_decimals(12.3, 12.3, 12.3) == 1


@pytest.mark.parametrize(
    ("unit", "largest", "name", "per"),
    [
        ("kg", 0.4, "g", 1e-3),
        ("kg", 1.0, "kg", 1.0),
        ("kg", 9_999, "kg", 1.0),
        ("kg", -212_000, "t", 1e3),
        ("g", 43.0, "g", 1.0),
        ("g", 43_000.0, "kg", 1e3),
        ("kg CO2e", 50.0, "kg CO₂e", 1.0),
        ("m2", 1e9, "m²", 1.0),
        ("m", 25_000.0, "km", 1e3),
        ("L", 12_000.0, "m³", 1e3),
        ("m3", 0.2, "L", 1e-3),
        ("money", 1e9, "money", 1.0),
        ("kg", 0.0, "kg", 1.0),
    ],
)
def test_units_suit_the_size(unit: str, largest: float, name: str, per: float) -> None:
    """Grams for little, tonnes for much; nothing changes where a unit has no neighbours."""
    found = suitable(unit, largest)
    assert (found.name, found.per) == (name, per)


@given(st.sampled_from(["kg", "g", "m", "L", "m3", "mm3"]), st.floats(1.0, 1e12))
def test_a_unit_shows_a_readable_number(unit: str, largest: float) -> None:
    """Scaling never leaves only zeros in front."""
    shown = largest / suitable(unit, largest).per
    assert math.isfinite(shown)
    assert shown >= 1e-3
