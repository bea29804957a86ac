"""The terms of a billing rule: units, steps, and the flags that size or weight raise."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final


@dataclass(frozen=True, slots=True)
class Units:
    """The carrier's units: inches and pounds, or centimetres and kilograms."""

    side: str
    weight: str
    mm_per_side: Fraction
    g_per_weight: Fraction


#: The inch is 25.4 mm, the avoirdupois pound 453.59237 g, both by definition.
INCHES_POUNDS: Final = Units("in", "lb", Fraction(254, 10), Fraction(45_359_237, 100_000))
CM_KG: Final = Units("cm", "kg", Fraction(10), Fraction(1000))
UNITS: Final = {"in-lb": INCHES_POUNDS, "cm-kg": CM_KG}


@dataclass(frozen=True, slots=True)
class Trigger:
    """Something that is so if a measure exceeds a limit.

    Attributes
    ----------
    measure
        One of `packopt.carriers.sides.SIZES`, "weight", or "size" for the dimensional weight or
        the size of a cubic rule, before it is rounded.
    above
        The limit; what equals it does not exceed it. In the rule's units.
    """

    measure: str
    above: Fraction


@dataclass(frozen=True, slots=True)
class Flag:
    """A surcharge or refusal.

    Attributes
    ----------
    flag
        Its name.
    trigger
        When it applies.
    effect
        "surcharge" or "refused".
    status
        "stated": sources agree. "disputed": they do not; the dearer reading is applied.
        "advisory": too little evidence; told, never applied.
    minimum
        The least weight that is billed where the flag applies; None for no such thing.
    minimum_status
        As ``status``, of the minimum.
    """

    flag: str
    trigger: Trigger
    effect: str
    status: str
    minimum: Fraction | None = None
    minimum_status: str = "stated"

    @property
    def bills(self) -> bool:
        """Whether the flag raises the billed weight."""
        return self.minimum is not None and "advisory" not in (self.status, self.minimum_status)

    @property
    def refuses(self) -> bool:
        """Whether the carrier does not take such a parcel."""
        return self.effect == "refused" and self.status != "advisory"


@dataclass(frozen=True, slots=True)
class Step:
    """Weights up to a limit are rounded up to multiples of a step; None is no limit."""

    up_to: Fraction | None
    step: Fraction
