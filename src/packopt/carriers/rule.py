"""A carrier's rule for the weight it bills, on the days on which it is valid.

What is billed for a parcel is the greater of its weight and its dimensional weight, each rounded
up to the carrier's step::

    billed = max(ceil(weight), ceil(L * W * H / divisor))

with the sides rounded first, one by one. Everything is computed in whole numbers and fractions: 12
inches never become 13 for a binary digit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.carriers.exact import Amounts, ceil_times, common_step
from packopt.carriers.flags import flag_table
from packopt.carriers.sides import Rounding, Sides, from_mm, from_units
from packopt.errors import CarrierError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from decimal import Decimal

    import pyarrow as pa
    from numpy.typing import ArrayLike, NDArray

    from packopt.carriers.terms import Flag, Step, Trigger, Units

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Exact = Decimal | Fraction | int | str

#: Floats of grams are taken to the nanogram, in which an ounce is a whole number: 28,349,523,125.
#: As floats, 3 lb are a hair more than 1,360.77711 g, and would be billed as 4.
_NG: Final = 1_000_000_000
_MOST_MM: Final = 100_000
_MOST_G: Final = 1e9


@dataclass(frozen=True, eq=False, slots=True)
class Billed:
    """What a carrier bills for ``n`` parcels, in its own unit.

    Attributes
    ----------
    amount
        ``(n,)`` billed weight, or size where the rule bills by size alone.
    unit
        "lb", "kg", or "ft3" and "m3" for size.
    by_size
        ``(n,)`` True where the size decided: rounded up, it is more than the weight rounded up.
    size, weight
        ``(n,)`` dimensional weight (0 where it is not asked for) and weight, neither rounded.
    """

    amount: NDArray[np.float64]
    unit: str
    by_size: Mask
    size: NDArray[np.float64]
    weight: NDArray[np.float64]


@dataclass(frozen=True, eq=False, slots=True)
class _Parcels:
    """Parcels as a rule looks at them: sides to multiply, for its threshold and for its flags."""

    billed: Sides
    threshold: Sides
    limits: Sides
    weight: Amounts


@dataclass(frozen=True, slots=True)
class BillingRule:
    """How one service of a carrier bills parcels, from one day to another.

    Attributes
    ----------
    name, id
        The rule, and this version of it.
    carrier, service
        Whose.
    valid_from, valid_to
        First and last day; None where no end is known.
    basis
        "weight", or "cubic" where size alone is billed, in cubic feet or metres.
    units
        The carrier's units; all other numbers are in these.
    sides
        How sides are rounded before anything is multiplied.
    limit_sides
        How they are rounded for flags.
    divisor
        Cubic inches in a dimensional pound, or cm3 in a kilogram; of a cubic rule, cubic inches
        in a cubic foot or cm3 in a cubic metre.
    dim_above
        Dimensional weight counts only for parcels beyond this; None counts it always.
    steps
        How weights are rounded up, by ascending limit.
    minimum
        The least that is billed; 0 for none.
    conditions
        Surcharges and refusals, see `packopt.carriers.terms.Flag`.
    sources, confidence, notes
        Where the numbers come from, how sure they are, and what to know about them.
    """

    name: str
    id: str
    carrier: str
    service: str
    valid_from: dt.date
    valid_to: dt.date | None
    basis: str
    units: Units
    sides: Rounding
    limit_sides: Rounding
    divisor: Fraction
    dim_above: Trigger | None
    steps: tuple[Step, ...]
    minimum: Fraction
    conditions: tuple[Flag, ...]
    sources: tuple[str, ...]
    confidence: str
    notes: tuple[str, ...] = ()

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether the rule is valid on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def unit(self) -> str:
        """What is billed: "lb" or "kg", of cubic rules "ft3" or "m3"."""
        if self.basis == "weight":
            return self.units.weight
        return "ft3" if self.units.side == "in" else "m3"

    def billable_g(self, outer_mm: ArrayLike, gross_g: ArrayLike) -> Ints:
        """The weight that the carrier bills.

        Parameters
        ----------
        outer_mm
            ``(n, 3)`` outer sides in mm, rounded up to whole ones.
        gross_g
            ``(n,)`` mass of the packed parcels in g, taken to a billionth of a gram.

        Returns
        -------
        ``(n,)`` g, rounded up to whole ones as the steps of a `RateTable` are.

        Raises
        ------
        CarrierError
            If the rule bills by size, or a parcel has no sensible size or mass.
        """
        if self.basis != "weight":
            raise CarrierError(
                self.id,
                f"bills by size, in {self.unit}, and not by weight; ask for billable(), and give "
                "a rate table with up_to_ft3 or up_to_m3",
            )
        return self.billable(outer_mm, gross_g)

    def billable(self, outer_mm: ArrayLike, gross_g: ArrayLike) -> Ints:
        """What the carrier bills as whole numbers that a `RateTable` understands.

        Parameters and errors as of `billable_g`, but for rules that bill by size, too.

        Returns
        -------
        ``(n,)`` g rounded up, or thousandths of a cubic foot or of a cubic metre.
        """
        steps, base = self._bill(self._measured(outer_mm, gross_g))[:2]
        per_unit = self.units.g_per_weight if self.basis == "weight" else Fraction(1000)
        return ceil_times(steps, base * per_unit)

    def billed(self, outer_mm: ArrayLike, gross_g: ArrayLike) -> Billed:
        """What the carrier bills in its own unit, and whether size or weight decided.

        Parameters and errors as of `billable_g`, but for rules that bill by size, too.
        """
        return self._told(self._measured(outer_mm, gross_g))

    def billed_in_units(
        self,
        sides: Sequence[Decimal | Fraction | int | str],
        weight: Decimal | Fraction | int | str,
    ) -> Billed:
        """The same of one parcel whose exact size is known in the carrier's units.

        Parameters
        ----------
        sides
            Three outer sides in inches or cm; as text, `Decimal` or fraction, since a float is
            seldom what it looks like.
        weight
            Mass of the packed parcel in lb or kg.
        """
        exact = [Fraction(side) for side in sides]
        mass = Fraction(weight)
        lengths = from_units(exact, self.sides)
        amounts = Amounts(np.array([mass.numerator], np.int64), Fraction(1, mass.denominator))
        return self._told(_Parcels(lengths, lengths, from_units(exact, self.limit_sides), amounts))

    def refused(self, outer_mm: ArrayLike, gross_g: ArrayLike) -> Mask:
        """``(n,)`` True where the carrier does not take the parcel; parameters as `billable_g`."""
        parcels = self._measured(outer_mm, gross_g)
        refused = np.zeros(len(parcels.weight.counts), np.bool_)
        for flag in self.conditions:
            if flag.refuses:
                refused |= self._raises(flag, parcels)
        return refused

    def flags(self, outer_mm: ArrayLike, gross_g: ArrayLike) -> pa.Table:
        """Surcharges and refusals; parameters and errors as of `billable_g`.

        Returns
        -------
        One row for each parcel and flag that applies, by parcel and then as the rule lists them:
        ``parcel`` from 0, ``flag``, ``effect``, ``status``, the ``measure`` that was ``found``
        ``above`` its limit in ``unit``, and the ``minimum`` weight that goes with it.
        """
        parcels = self._measured(outer_mm, gross_g)
        found = [
            (flag, self._amounts(flag, parcels), self._unit_of(flag.trigger.measure))
            for flag in self.conditions
        ]
        return flag_table(found)

    def _unit_of(self, measure: str) -> str:
        if measure == "volume":
            return f"{self.units.side}3"
        return {"weight": self.units.weight, "size": self.unit}.get(measure, self.units.side)

    def _told(self, parcels: _Parcels) -> Billed:
        steps, base, by_size, size = self._bill(parcels)
        return Billed(
            amount=Amounts(steps, base).as_float(),
            unit=self.unit,
            by_size=by_size,
            size=size,
            weight=parcels.weight.as_float(),
        )

    def _bill(self, parcels: _Parcels) -> tuple[Ints, Fraction, Mask, NDArray[np.float64]]:
        """Billed amount as whole steps, one step, whether size decided, and the size unrounded."""
        size = self._size(parcels)
        base = common_step([step.step for step in self.steps])
        by_size = self._in_base(size, base)
        told = size.as_float()
        if self.dim_above is not None:
            counts = parcels.threshold.measure(self.dim_above.measure).above(self.dim_above.above)
            by_size, told = np.where(counts, by_size, 0), np.where(counts, told, 0.0)
        if self.basis == "cubic":
            return by_size, base, np.ones(len(by_size), np.bool_), told
        by_weight = self._in_base(parcels.weight, base)
        billed = np.maximum(by_size, by_weight)
        billed = np.maximum(billed, self._least(self.minimum, base))
        for flag in self.conditions:
            if flag.bills and flag.minimum is not None:
                raised = np.maximum(billed, self._least(flag.minimum, base))
                billed = np.where(self._raises(flag, parcels), raised, billed)
        return billed.astype(np.int64), base, by_size > by_weight, told

    def _size(self, parcels: _Parcels) -> Amounts:
        """Dimensional weight, or the size of a cubic rule, not rounded."""
        volume = parcels.billed.measure("volume")
        return Amounts(volume.counts, volume.step / self.divisor)

    def _in_base(self, amounts: Amounts, base: Fraction) -> Ints:
        """Amounts rounded up to their step, as whole multiples of the base."""
        rounded = np.full(len(amounts.counts), -1, np.int64)
        for one in self.steps:
            here = rounded < 0
            if one.up_to is not None:
                here &= amounts.in_steps(one.up_to) <= 1
            rounded[here] = amounts.in_steps(one.step)[here] * int(one.step / base)
        return rounded

    def _least(self, minimum: Fraction, base: Fraction) -> int:
        amount = Amounts(np.array([minimum.numerator], np.int64), Fraction(1, minimum.denominator))
        return int(self._in_base(amount, base)[0])

    def _raises(self, flag: Flag, parcels: _Parcels) -> Mask:
        return self._amounts(flag, parcels).above(flag.trigger.above)

    def _amounts(self, flag: Flag, parcels: _Parcels) -> Amounts:
        measure = flag.trigger.measure
        if measure == "weight":
            return parcels.weight
        return self._size(parcels) if measure == "size" else parcels.limits.measure(measure)

    def _measured(self, outer_mm: ArrayLike, gross_g: ArrayLike) -> _Parcels:
        outer, gross = self._checked(np.asarray(outer_mm), np.asarray(gross_g, np.float64))
        per_side = self.units.mm_per_side
        measured = from_mm(outer, per_side, self.sides)
        limits = measured
        if self.limit_sides != self.sides:
            limits = from_mm(outer, per_side, self.limit_sides)
        as_told = Rounding("none", Fraction(1), 0)
        nanograms = np.rint(gross * _NG).astype(np.int64)
        return _Parcels(
            billed=measured if self.sides.how != "none" else from_mm(outer, per_side, as_told),
            threshold=measured,
            limits=limits,
            weight=Amounts(nanograms, 1 / (self.units.g_per_weight * _NG)),
        )

    def _checked(
        self, outer: NDArray[np.int64], gross: NDArray[np.float64]
    ) -> tuple[Ints, NDArray[np.float64]]:
        if outer.shape != (len(gross), 3) or outer.dtype.kind not in "iu":
            raise CarrierError(
                self.id,
                f"found sides of shape {outer.shape} and type {outer.dtype} for {len(gross)} "
                "parcels, expected whole mm of shape (n, 3); round sides up to whole mm",
            )
        small = (outer < 1).any(axis=1) | (outer > _MOST_MM).any(axis=1)
        heavy = ~((gross >= 0) & (gross <= _MOST_G))
        if small.any() or heavy.any():
            row = int(np.flatnonzero(small | heavy)[0])
            raise CarrierError(
                self.id,
                f"parcel {row}: found sides {outer[row].tolist()} mm and {gross[row]:g} g, "
                f"expected sides from 1 to {_MOST_MM:,} mm and a mass from 0 to {_MOST_G:,.0f} g; "
                "correct it, or leave the parcel out",
            )
        return outer.astype(np.int64), gross
