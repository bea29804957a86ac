"""Steps for hands: what each unit rests on, and which steps share a drawing on the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.draw.contacts import contacts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.draw.plan import Parcel, Unit

    Ints = NDArray[np.int64]

#: Up to so many units, each has a drawing of its own; beyond, those of a layer share one.
MOST_ALONE: Final = 12
_MOST_SHARING: Final = 8  # more new units than these hide each other
_MOST_DRAWINGS: Final = 48
_MOST_PAINTED: Final = 100_000  # units in all drawings together: beyond, the file would be huge
_UP: Final = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """Steps that share a drawing.

    Attributes
    ----------
    first, last
        Indices into the units of the parcel, both inclusive.
    """

    first: int
    last: int


def corners(units: tuple[Unit, ...], *, padded: bool = False) -> tuple[Ints, Ints]:
    """Lower and upper corners of units, ``(n, 3)`` each, in mm; with their padding if asked."""
    low = np.array([unit.corner_mm for unit in units], np.int64).reshape(-1, 3)
    high = low + np.array([unit.extent_mm for unit in units], np.int64).reshape(-1, 3)
    if not padded:
        return low, high
    padding = np.array([unit.padding_mm for unit in units], np.int64)[:, None]
    return low - padding, high + padding


def rests_on(parcel: Parcel) -> list[list[int] | None]:
    """What each unit rests on.

    Returns
    -------
    For each unit None for the floor, else the indices of the units under it, in packing order;
    an empty list for a unit that nothing but filler holds.
    """
    low, high = corners(parcel.units, padded=True)
    touching = contacts(low, high)
    upwards = touching.axis == _UP
    under: list[list[int]] = [[] for _ in parcel.units]
    for lower, upper in zip(
        touching.before[upwards].tolist(), touching.after[upwards].tolist(), strict=True
    ):
        under[upper].append(lower)
    on_floor = low[:, _UP] <= parcel.wall_mm
    return [
        None if floor else sorted(units)
        for floor, units in zip(on_floor.tolist(), under, strict=True)
    ]


def stages(parcel: Parcel) -> list[Stage]:
    """Share the steps of a parcel out among drawings.

    Few units have a drawing each. Of many, consecutive ones that stand equally high share one;
    where that would still be too many drawings, consecutive ones do.
    """
    first, n = parcel.given, len(parcel.units)
    if parcel.steps <= MOST_ALONE:
        return [Stage(at, at) for at in range(first, n)]
    height = corners(parcel.units, padded=True)[0][first:, _UP]
    layers = np.split(np.arange(first, n), np.flatnonzero(np.diff(height)) + 1)
    drawings = max(1, min(_MOST_DRAWINGS, _MOST_PAINTED // n))
    most = max(_MOST_SHARING, -(-parcel.steps // drawings))
    parts = [part for layer in layers for part in np.array_split(layer, -(-len(layer) // most))]
    if len(parts) > drawings:
        parts = np.array_split(np.arange(first, n), -(-parcel.steps // most))
    return [Stage(int(part[0]), int(part[-1])) for part in parts]
