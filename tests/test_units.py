"""Units: factors by suffix, and rounding in the safe direction."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.units import G_PER, MM_PER, spellings, to_whole


def whole(value: float, factor: float, *, up: bool) -> float:
    """`to_whole` of one value."""
    return float(to_whole(np.array([value]), factor, up=up)[0])


def test_spellings_name_every_unit_with_its_factor() -> None:
    """A quantity has one column name for each unit, the plain one first."""
    assert list(spellings("length", MM_PER)) == ["length_mm", "length_cm", "length_m", "length_in"]
    assert spellings("weight", G_PER)["weight_lb"] == 453.59237


def test_sixteen_ounces_are_a_pound() -> None:
    """The two factors agree with each other exactly."""
    assert 16 * G_PER["oz"] == G_PER["lb"]


@pytest.mark.parametrize(
    ("value", "factor", "up", "expected"),
    [
        (30.1, 10.0, True, 301),  # 30.1 * 10 is 301.00000000000006 in binary
        (30.1, 10.0, False, 301),
        (0.57, 1000.0, False, 570),  # 569.9999999999999 in binary
        (30.11, 10.0, True, 302),
        (30.19, 10.0, False, 301),
        (12, 25.4, True, 305),
        (12, 25.4, False, 304),
        (300.0000001, 1.0, True, 300),
        (300.001, 1.0, True, 301),
    ],
)
def test_rounding_is_safe_but_ignores_binary_dust(
    value: float, factor: float, up: bool, expected: int
) -> None:
    """Up for units and down for insides, after rounding to a millionth."""
    assert whole(value, factor, up=up) == expected


@given(st.integers(1, 10_000), st.sampled_from(sorted(MM_PER.items())))
def test_whole_millimetres_survive_every_unit(mm: int, unit: tuple[str, float]) -> None:
    """A length in whole mm, written in any unit with nine decimals, comes back as it was."""
    written = round(mm / unit[1], 9)
    assert whole(written, unit[1], up=True) == mm
    assert whole(written, unit[1], up=False) == mm


@given(st.integers(1, 1_000_000), st.sampled_from(sorted(G_PER.items())))
def test_whole_grams_survive_every_unit(grams: int, unit: tuple[str, float]) -> None:
    """A mass in whole g, written in any unit with ten decimals, comes back as it was."""
    written = round(grams / unit[1], 10)
    assert whole(written, unit[1], up=True) == grams
    assert whole(written, unit[1], up=False) == grams


@given(st.floats(0, 10_000), st.sampled_from(sorted(MM_PER.values())))
def test_up_is_never_below_down(value: float, factor: float) -> None:
    """Up and down enclose the exact value, and are at most one apart."""
    up, down = whole(value, factor, up=True), whole(value, factor, up=False)
    assert down <= up <= down + 1
    assert down - 1e-6 <= value * factor <= up + 1e-6


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300, -1e300])
def test_huge_values_stay_huge(value: float) -> None:
    """Nothing overflows into range: the range check comes later."""
    assert abs(whole(value, 1000.0, up=True)) >= 1e300


def test_nan_stays_nan() -> None:
    """What is no number does not become one."""
    assert np.isnan(whole(np.nan, 1.0, up=True))
