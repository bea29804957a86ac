"""Where cuboids touch: what a unit rests on, and which faces nobody sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Contacts:
    """Pairs of cuboids that touch with a part of their faces.

    Attributes
    ----------
    axis
        ``(c,)`` the axis across which they touch.
    before, after
        ``(c,)`` the cuboid that ends there, and the one that starts there.
    area
        ``(c,)`` area in which they touch.
    """

    axis: Ints
    before: Ints
    after: Ints
    area: Ints


def contacts(low: Ints, high: Ints) -> Contacts:
    """Find where cuboids touch.

    Parameters
    ----------
    low, high
        ``(n, 3)`` corners.

    Returns
    -------
    The contacts, by axis, then by coordinate.
    """
    found = [np.zeros((0, 4), np.int64)]
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        for at in np.intersect1d(low[:, axis], high[:, axis]).tolist():
            before = np.flatnonzero(high[:, axis] == at)
            after = np.flatnonzero(low[:, axis] == at)
            end = np.minimum(high[before][:, None, others], high[after][None][:, :, others])
            start = np.maximum(low[before][:, None, others], low[after][None][:, :, others])
            area = np.maximum(end - start, 0).prod(axis=2)
            one, other = np.nonzero(area)
            pairs = (np.full(len(one), axis), before[one], after[other], area[one, other])
            found.append(np.column_stack(pairs))
    every = np.concatenate(found)
    return Contacts(every[:, 0], every[:, 1], every[:, 2], every[:, 3])


def covered_faces(low: Ints, high: Ints, touching: Contacts, shown: int) -> NDArray[np.bool_]:
    """Which of the faces towards greater coordinates touch others all over.

    Parameters
    ----------
    low, high
        ``(n, 3)`` corners of cuboids of which no two overlap.
    touching
        Where they touch.
    shown
        Only the first so many are there.

    Returns
    -------
    ``(shown, 3)`` by axis.
    """
    size = high[:shown] - low[:shown]
    face = np.column_stack([size[:, 1] * size[:, 2], size[:, 0] * size[:, 2], size[:, :2].prod(1)])
    both = (touching.before < shown) & (touching.after < shown)
    area = np.zeros((shown, 3), np.int64)
    np.add.at(area, (touching.before[both], touching.axis[both]), touching.area[both])
    return np.asarray(area >= face)
