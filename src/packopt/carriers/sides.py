"""The sides of parcels as a carrier measures them, and what it computes from them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.carriers.exact import Amounts, ceil_times, floor_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

ROUNDINGS: Final = ("up", "nearest", "down", "none")
#: What a rule may ask of a parcel's size: sides, girth around the longest one, volume.
SIZES: Final = ("longest", "second", "girth", "length_girth", "volume")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a carrier rounds a side.

    Attributes
    ----------
    how
        One of `ROUNDINGS`; "nearest" rounds a half up.
    step
        To multiples of this, in inches or cm.
    slack_mm
        Sides come as whole mm, rounded up from real ones: 12 in are 304.8 mm and come as 305. A
        side less than so many mm beyond a whole step is therefore not rounded up to the next
        one, and with "none" not counted as beyond a limit. 0 takes every mm at its word.
    """

    how: str
    step: Fraction
    slack_mm: int


@dataclass(frozen=True, eq=False, slots=True)
class Sides:
    """Sides of parcels after rounding.

    Attributes
    ----------
    counts
        ``(n, 3)`` whole steps, the longest side first.
    step
        One of them, in inches or cm.
    at_least
        True where the real sides are a little longer, see `Rounding.slack_mm`.
    """

    counts: Ints
    step: Fraction
    at_least: bool = False

    def measure(self, size: str) -> Amounts:
        """``(n,)`` one of `SIZES`, in inches or cm and their cubes."""
        longest, second, third = self.counts.T
        if size == "volume":
            return Amounts(longest * second * third, self.step**3, self.at_least)
        if size == "longest":
            steps = longest
        elif size == "second":
            steps = second
        elif size == "girth":
            steps = 2 * (second + third)
        else:
            steps = longest + 2 * (second + third)
        return Amounts(steps, self.step, self.at_least)


def from_mm(outer_mm: Ints, mm_per_unit: Fraction, rounding: Rounding) -> Sides:
    """Round sides in whole mm as a carrier does.

    Parameters
    ----------
    outer_mm
        ``(n, 3)`` outer sides in mm, rounded up to whole ones, from 1.
    mm_per_unit
        25.4 for inches, 10 for cm.
    rounding
        How.

    Returns
    -------
    Sides, at least one step long each.
    """
    ordered = -np.sort(-outer_mm.astype(np.int64), axis=1)
    slack = rounding.slack_mm
    if rounding.how == "none":
        shorter = np.maximum(ordered - slack, 0)
        return Sides(shorter, 1 / mm_per_unit, at_least=slack > 0)
    per_mm = 1 / (mm_per_unit * rounding.step)
    if rounding.how == "up" and slack > 0:
        counts = floor_times(np.maximum(ordered - slack, 0), per_mm) + 1
    else:
        counts = _whole(ordered, per_mm, rounding.how)
    return Sides(np.maximum(counts, 1), rounding.step)


def from_units(sides: Sequence[Fraction], rounding: Rounding) -> Sides:
    """Round the exact sides of one parcel, told in inches or cm, as a carrier does.

    Parameters
    ----------
    sides
        Three sides.
    rounding
        How; exact sides need no slack.

    Returns
    -------
    Sides of one parcel.
    """
    bottom = int(np.lcm.reduce([side.denominator for side in sides]))
    counts = np.array([sorted((int(side * bottom) for side in sides), reverse=True)], np.int64)
    step = Fraction(1, bottom)
    if rounding.how == "none":
        return Sides(counts, step)
    whole = _whole(counts, step / rounding.step, rounding.how)
    return Sides(np.maximum(whole, 1), rounding.step)


def _whole(counts: Ints, ratio: Fraction, how: str) -> Ints:
    if how == "up":
        return ceil_times(counts, ratio)
    return floor_times(counts, ratio, Fraction(1, 2) if how == "nearest" else Fraction(0))
