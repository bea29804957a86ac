"""Kinds of new types beside cartons: which mailers and adjustable cartons can be made, and of what.

Mass follows from area and grammage, by `packopt.materials`: of a mailer two faces and the flap in
film, padding or paper, of an adjustable carton the whole blank, however low it is folded.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from packopt.errors import SuiteError
from packopt.materials import MAILER_STYLES

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What may be asked for.
KINDS: Final = ("carton", "mailer", "adjustable")

_MOST_MM: Final = 3_000
MOST_PRICE: Final = 100_000


@dataclass(frozen=True, slots=True)
class MailerMachine:
    """What mailers can be made.

    Attributes
    ----------
    style
        "poly", "bubble" or "paper".
    least_side_mm, most_side_mm
        Shortest and longest flat side, in mm.
    most_ratio
        Longer flat side over the shorter.
    max_thickness_mm
        Greatest thickness of a filled mailer, in mm.
    grammage_gsm
        Of one face, in g/m2; None takes that of `packopt.materials.MaterialSettings`.
    price_per_m2, price_each
        Price of a mailer: per m2 of both faces and the flap, and beside it, in the machine's
        currency; None without prices.
    """

    style: str = "paper"
    least_side_mm: int = 100
    most_side_mm: int = 600
    most_ratio: float = 3.0
    max_thickness_mm: int = 30
    grammage_gsm: float | None = None
    price_per_m2: float | None = None
    price_each: float = 0.0

    def __post_init__(self) -> None:
        """Check every value."""
        problems = list(_mailer_problems(self))
        if problems:
            raise SuiteError("machine, mailer", problems)

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AdjustableMachine:
    """To which heights cartons can be folded down; all else is as of other cartons.

    Attributes
    ----------
    scores
        Number of score lines below the full height.
    step_mm
        Distance of two score lines, in mm.
    """

    scores: int = 3
    step_mm: int = 50

    def __post_init__(self) -> None:
        """Check every value."""
        problems = [
            fault(name, getattr(self, name), f"a whole number from 1 to {most:,}")
            for name, most in (("scores", 50), ("step_mm", 1_000))
            if not is_whole(getattr(self, name), 1, most)
        ]
        if problems:
            raise SuiteError("machine, adjustable", problems)

    def to_dict(self) -> dict[str, Any]:
        """Plain values by attribute name, ready for JSON."""
        return asdict(self)


def _mailer_problems(mailer: MailerMachine) -> Iterator[str]:
    if mailer.style not in MAILER_STYLES:
        yield fault("style", mailer.style, f"one of {', '.join(MAILER_STYLES)}")
    sides = (mailer.least_side_mm, mailer.most_side_mm)
    whole = all(is_whole(side, 1, _MOST_MM) for side in sides)
    if not whole or sides[0] > sides[1]:
        expected = f"1 <= shortest <= longest <= {_MOST_MM:,} mm"
        yield fault("least_side_mm and most_side_mm", f"{sides[0]} and {sides[1]}", expected)
    if not is_number(mailer.most_ratio, 1, _MOST_MM):
        yield fault("most_ratio", mailer.most_ratio, "a number from 1")
    if not is_whole(mailer.max_thickness_mm, 1, 1_000):
        yield fault("max_thickness_mm", mailer.max_thickness_mm, "whole mm from 1 to 1,000")
    gsm = mailer.grammage_gsm
    if gsm is not None and not is_number(gsm, 1, 5_000):
        yield fault("grammage_gsm", gsm, "g/m2 of one face from 1 to 5,000, or nothing")
    for name in ("price_per_m2", "price_each"):
        value = getattr(mailer, name)
        if value is not None and not is_number(value, 0, MOST_PRICE):
            yield fault(name, value, f"a price from 0 to {MOST_PRICE:,}")


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether a value is a whole number within limits; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_number(value: object, least: float, most: float) -> bool:
    """Whether a value is a number within limits; True and False are none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least <= value <= most  # type: ignore[operator]


def fault(name: str, found: object, expected: str) -> str:
    """The sentence of a value that does not fit."""
    return f"field {name}: found {found}, expected {expected}; correct it"
