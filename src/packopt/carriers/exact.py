"""Rounding of whole numbers times a fraction, exact: no float decides what is rounded up."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_INT64 = 2**63


def floor_times(counts: Ints, ratio: Fraction, plus: Fraction = Fraction(0)) -> Ints:
    """``floor(counts * ratio + plus)``, exactly.

    Parameters
    ----------
    counts
        Whole numbers from 0, of any shape.
    ratio
        Not negative.
    plus
        What is added before rounding, from 0.

    Returns
    -------
    Whole numbers of the same shape.

    Raises
    ------
    OverflowError
        If a result needs more than 64 bits.
    """
    bottom = lcm(ratio.denominator, plus.denominator)
    top, more = int(ratio * bottom), int(plus * bottom)
    largest = int(counts.max(initial=0))
    if largest * top + more + bottom < _INT64:
        return np.asarray((counts * top + more) // bottom, dtype=np.int64)
    # Python's integers have no end; only absurd divisors lead here.
    return np.array((counts.astype(object) * top + more) // bottom, dtype=np.int64)


def ceil_times(counts: Ints, ratio: Fraction) -> Ints:
    """``ceil(counts * ratio)``, exactly.

    Parameters
    ----------
    counts
        Whole numbers from 0, of any shape.
    ratio
        Not negative.

    Returns
    -------
    Whole numbers of the same shape.

    Raises
    ------
    OverflowError
        If a result needs more than 64 bits.
    """
    return floor_times(counts, ratio, Fraction(ratio.denominator - 1, ratio.denominator))


def common_step(steps: Iterable[Fraction]) -> Fraction:
    """The largest fraction of which all steps are whole multiples.

    Parameters
    ----------
    steps
        Positive fractions, at least one.

    Returns
    -------
    The common step.
    """
    steps = list(steps)
    bottom = lcm(*(step.denominator for step in steps))
    return Fraction(gcd(*(int(step * bottom) for step in steps)), bottom)


@dataclass(frozen=True, eq=False, slots=True)
class Amounts:
    """Quantities as whole numbers of a step.

    Attributes
    ----------
    counts
        ``(n,)`` whole steps.
    step
        One of them, in the unit that the owner says.
    at_least
        True where the real quantity is a little more than told, as of sides in mm that were
        rounded up and are told less their slack.
    """

    counts: Ints
    step: Fraction
    at_least: bool = False

    def above(self, limit: Fraction) -> NDArray[np.bool_]:
        """``(n,)`` True where the quantity is certainly more than the limit."""
        edge = limit / self.step
        if self.at_least:
            return np.asarray(self.counts >= ceil(edge))
        return np.asarray(self.counts > floor(edge))

    def in_steps(self, step: Fraction) -> Ints:
        """``(n,)`` how many of these steps are needed to reach the quantity."""
        return ceil_times(self.counts, self.step / step)

    def as_float(self) -> NDArray[np.float64]:
        """``(n,)`` quantities as floats, for people."""
        counts = self.counts.astype(np.float64)
        return np.asarray(counts * self.step.numerator / self.step.denominator)
