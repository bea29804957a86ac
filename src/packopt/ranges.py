"""Which numbers a column may hold, and what they are in mm, g or counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packopt.units import converted, to_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from packopt.units import Factor


@dataclass(frozen=True, slots=True)
class Range:
    """Which numbers a column may hold, after conversion to mm, g or plain counts.

    Attributes
    ----------
    least, most
        Both ends are allowed.
    unit
        "mm", "g" or another word for the message; "" for plain numbers.
    rounding
        "up", "down"; "none" keeps fractions, "refuse" rejects them.
    """

    least: float
    most: float
    unit: str = ""
    rounding: str = "up"

    def __str__(self) -> str:
        kind = "a whole number" if self.rounding == "refuse" else "a number"
        return f"{kind} from {self.least:,g} to {self.most:,.0f} {self.unit}".rstrip()

    def convert(self, values: NDArray[np.float64], factor: Factor) -> NDArray[np.float64]:
        """Values in mm, g or counts, rounded as the range says."""
        if self.rounding in ("up", "down"):
            return to_whole(values, factor, up=self.rounding == "up")
        if isinstance(factor, float) and factor == 1.0:
            return values
        return converted(values, factor) if self.rounding == "refuse" else values * factor
