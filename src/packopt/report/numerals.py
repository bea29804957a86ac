"""How numbers read: sensible digits, a true minus sign, units that suit the size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

_MOST_DECIMALS: Final = 6
_CHANGE_AT: Final = 10_000  # beyond this many of a unit, the next larger one reads better


@dataclass(frozen=True, slots=True)
class Unit:
    """What a figure is shown in.

    Attributes
    ----------
    name
        As shown: ``kg``, ``m²``; a word of the catalogue of texts where `word` is true.
    per
        How many of the figure's own units make one of these.
    """

    name: str
    per: float = 1.0


#: Smaller and larger units of those that the tables of savings use.
_LADDERS: Final = {
    "kg": (Unit("g", 1e-3), Unit("kg"), Unit("t", 1e3)),
    "kg CO2e": (Unit("g CO₂e", 1e-3), Unit("kg CO₂e"), Unit("t CO₂e", 1e3)),
    "g": (Unit("g"), Unit("kg", 1e3), Unit("t", 1e6)),
    "g CO2e": (Unit("g CO₂e"), Unit("kg CO₂e", 1e3), Unit("t CO₂e", 1e6)),
    "m2": (Unit("m²"), Unit("m²"), Unit("m²")),
    "m": (Unit("cm", 1e-2), Unit("m"), Unit("km", 1e3)),
    "L": (Unit("mL", 1e-3), Unit("L"), Unit("m³", 1e3)),
    "m3": (Unit("L", 1e-3), Unit("m³"), Unit("m³")),
    "mm3": (Unit("cm³", 1e3), Unit("L", 1e6), Unit("m³", 1e9)),
}


def suitable(unit: str, largest: float) -> Unit:
    """The unit in which figures up to `largest`, stated in `unit`, read best."""
    if unit not in _LADDERS:
        return Unit(unit)
    small, middle, large = _LADDERS[unit]
    size = abs(largest)
    if size and size < middle.per:
        return small
    step = large.per / middle.per if large.per > middle.per else math.inf
    return large if size / middle.per >= max(step, _CHANGE_AT) else middle


def decimals(size: float, digits: int = 3) -> int:
    """Decimals that show so many significant digits of a number of this size."""
    if size == 0 or not math.isfinite(size):
        return 0
    return min(max(digits - 1 - math.floor(math.log10(abs(size))), 0), _MOST_DECIMALS)


def interval_decimals(value: float, low: float, high: float) -> int:
    """Decimals for a value with its interval: the first digit that is uncertain, three at least.

    No more than five significant digits are shown, however narrow the interval is.
    """
    half = (high - low) / 2
    largest = max(abs(value), abs(low), abs(high))
    wanted = decimals(half, 1) if half > 0 else decimals(largest)
    return min(max(wanted, decimals(largest)), decimals(largest, 5))


def numeral(value: float, places: int) -> str:
    """A number with so many decimals, thousands by commas, and no minus before a zero."""
    text = f"{abs(value):,.{places}f}"
    return f"−{text}" if value < 0 and any(digit in text for digit in "123456789") else text
