"""What settings have to be: whole, a number, a list of words; and how to say that they are not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def expected(name: str, found: object, wanted: str) -> str:
    """Say of a field what was found and what is expected."""
    return f"field {name}: found {found!r}, expected {wanted}; correct it or leave it out"


def is_whole(value: object, least: int, most: int) -> bool:
    """Whether a value is a whole number in a range; flags are none."""
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_number(value: object, most: float) -> bool:
    """Whether a value is a finite number from 0 to ``most``; flags are none."""
    # NaN fails both comparisons, but the intent is better said than implied.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 <= value <= most and math.isfinite(value)  # type: ignore[arg-type,operator]


def is_list(value: object, fits: Callable[[Any], bool]) -> bool:
    """Whether a value is a list of what fits."""
    return isinstance(value, list | tuple) and all(fits(one) for one in value)


def is_word(value: object) -> bool:
    """Whether a value is text with something in it."""
    return isinstance(value, str) and bool(value.strip())
