"""Units of length, volume and mass: column suffixes, trade codes, and their safe rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Factor = float | NDArray[np.float64]

MM_PER: Final = {"mm": 1.0, "cm": 10.0, "m": 1000.0, "in": 25.4}
MM3_PER: Final = {"mm3": 1.0, "ml": 1e3, "cm3": 1e3, "l": 1e6}
# The avoirdupois pound is 0.45359237 kg by definition, the ounce its sixteenth.
G_PER: Final = {"g": 1.0, "kg": 1000.0, "lb": 453.59237, "oz": 28.349523125}

#: Columns that say row by row in which unit sizes and weights are stated, whose names have none.
SIZE_UNIT: Final = "size_unit"
WEIGHT_UNIT: Final = "weight_unit"
# Common codes of UN/CEFACT Recommendation 20. Yard and pound are 0.9144 m and 0.45359237 kg by
# the international agreement of 1959; foot and inch are a third and a thirty-sixth of a yard.
UNITS_IN: Final = {
    SIZE_UNIT: {
        "MMT": 1.0,
        "CMT": 10.0,
        "DMT": 100.0,
        "MTR": 1000.0,
        "INH": 25.4,
        "FOT": 304.8,
        "YRD": 914.4,
        **MM_PER,
    },
    WEIGHT_UNIT: {
        "MGM": 0.001,
        "GRM": 1.0,
        "KGM": 1000.0,
        "LBR": 453.59237,
        "ONZ": 28.349523125,
        **G_PER,
    },
}

_DECIMALS: Final = 6


def unit_column(units: Mapping[str, float]) -> str:
    """The column that says the unit of a quantity whose name says none.

    Parameters
    ----------
    units
        `MM_PER`, `G_PER`, or any other units.

    Returns
    -------
    `SIZE_UNIT` or `WEIGHT_UNIT`; "" where such quantities always have their unit in the name.
    """
    return SIZE_UNIT if units is MM_PER else WEIGHT_UNIT if units is G_PER else ""


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


def converted(values: NDArray[np.float64], factor: Factor) -> NDArray[np.float64]:
    """Convert to mm or g, rounded to 1e-6.

    30.1 cm are 301 mm, though ``30.1 * 10`` is a little more in binary.

    Parameters
    ----------
    values
        ``(n,)`` values as they stand in the input.
    factor
        mm or g per unit of the input, see `MM_PER` and `G_PER`; one for all, or ``(n,)``.

    Returns
    -------
    ``(n,)`` mm or g; values that are not finite stay as they are.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        exact = np.round(values * factor, _DECIMALS)
        # Scaling for the decimals overflows near the float limit; out of range in any case.
        return np.where(np.isfinite(exact), exact, values * factor)


def to_whole(values: NDArray[np.float64], factor: Factor, *, up: bool) -> NDArray[np.float64]:
    """Convert to mm or g and round to whole numbers, in the direction that is safe.

    What a package must hold is rounded up, what a package offers is rounded down. Values that
    are not finite stay as they are.

    Parameters
    ----------
    values
        ``(n,)`` values as they stand in the input.
    factor
        mm or g per unit of the input, see `MM_PER` and `G_PER`; one for all, or ``(n,)``.
    up
        True for units, False for the inside and the limits of packages.

    Returns
    -------
    ``(n,)`` whole numbers of mm or g, still as floats so that huge values survive the checks.
    """
    if isinstance(factor, float) and factor == 1.0:
        whole: NDArray[np.float64] = np.floor(values)
        if (whole == values).all():
            return whole
    exact = converted(values, factor)
    return np.asarray(np.ceil(exact) if up else np.floor(exact), dtype=np.float64)
