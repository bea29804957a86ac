"""Units of length, volume and mass, as column suffixes, and their safe rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

MM_PER: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
MM3_PER: Final = {"mm3": 1.0, "ml": 1e3, "cm3": 1e3, "l": 1e6}
# The avoirdupois pound is 0.45359237 kg by definition, the ounce its sixteenth.
G_PER: Final = {"g": 1.0, "kg": 1000.0, "lb": 453.59237, "oz": 28.349523125}

_DECIMALS: Final = 6


def spellings(stem: str, units: Mapping[str, float]) -> dict[str, float]:
    """Column names of one quantity with their factors: ``length_cm`` to 10 mm, and so on.

    Parameters
    ----------
    stem
        The quantity without its unit, such as ``length``.
    units
        `MM_PER`, `MM3_PER` or `G_PER`.

    Returns
    -------
    Factor to mm or g by column name; the name in mm or g comes first.
    """
    return {f"{stem}_{unit}": factor for unit, factor in units.items()}


def converted(values: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """Convert to mm or g, rounded to 1e-6.

    30.1 cm are 301 mm, though ``30.1 * 10`` is a little more in binary.

    Parameters
    ----------
    values
        ``(n,)`` values as they stand in the input.
    factor
        mm or g per unit of the input, see `MM_PER` and `G_PER`.

    Returns
    -------
    ``(n,)`` mm or g; values that are not finite stay as they are.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        exact = np.round(values * factor, _DECIMALS)
        # Scaling for the decimals overflows near the float limit; out of range in any case.
        return np.where(np.isfinite(exact), exact, values * factor)


def to_whole(values: NDArray[np.float64], factor: float, *, up: bool) -> NDArray[np.float64]:
    """Convert to mm or g and round to whole numbers, in the direction that is safe.

    What a package must hold is rounded up, what a package offers is rounded down. Values that
    are not finite stay as they are.

    Parameters
    ----------
    values
        ``(n,)`` values as they stand in the input.
    factor
        mm or g per unit of the input, see `MM_PER` and `G_PER`.
    up
        True for units, False for the inside and the limits of packages.

    Returns
    -------
    ``(n,)`` whole numbers of mm or g, still as floats so that huge values survive the checks.
    """
    if factor == 1.0:
        whole: NDArray[np.float64] = np.floor(values)
        if (whole == values).all():
            return whole
    exact = converted(values, factor)
    return np.asarray(np.ceil(exact) if up else np.floor(exact), dtype=np.float64)
