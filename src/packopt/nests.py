"""Nesting units: the units of a line stand in each other and travel as one nest.

Each further unit adds ``nest_height_mm`` to the first one's height. To the kernel a nest is one
unit; in the plan it is told as its units again: the first whole, each further one as the slab by
which it sticks out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders

    Ints = NDArray[np.int64]


def nested_height_mm(orders: Orders, lines: Ints | slice, qty: Ints) -> Ints:
    """Height of ``qty`` units of each line as one nest, ``(l,)``; of one unit, its own height."""
    height = orders.size_mm[lines, 2].astype(np.int64)
    return height + (qty - 1) * orders.nest_height_mm[lines]


def content_mm3(orders: Orders, lines: Ints | slice, qty: Ints) -> Ints:
    """Volume of ``qty`` units of each line, ``(l,)``, without padding: of a nest, as it stands."""
    size = orders.size_mm[lines]
    # Column by column: numpy multiplies along the short axis ten times as slowly.
    plane = size[:, 0].astype(np.int64) * size[:, 1]
    height = size[:, 2] * qty
    if orders.nest_height_mm.any():
        nests = orders.nest_height_mm[lines] > 0
        height = np.where(nests, nested_height_mm(orders, lines, qty), height)
    return np.asarray(plane * height, dtype=np.int64)


def unnest(
    orders: Orders, line: Ints, qty: Ints, place: NDArray[np.int32]
) -> tuple[Ints, Ints, NDArray[np.int32]]:
    """Tell nests as their units.

    Parameters
    ----------
    orders
        The orders.
    line, qty
        ``(u,)`` line of each placed thing, and the units in it: 1 but for nests.
    place
        ``(u, 6)`` corner and extents in mm.

    Returns
    -------
    ``(v,)`` the placed thing that each unit belongs to, ``(v,)`` its number in the nest from 0,
    and ``(v, 6)`` its corner and extents.
    """
    owner = np.repeat(np.arange(len(qty)), qty)
    first = np.cumsum(qty) - qty
    number = np.arange(len(owner)) - first[owner]
    units = place[owner]
    for nest in np.flatnonzero(qty > 1).tolist():
        rows = slice(int(first[nest]), int(first[nest] + qty[nest]))
        size, step = orders.size_mm[line[nest]], int(orders.nest_height_mm[line[nest]])
        axis = _axis_of_height(place[nest, 3:], size)
        later = number[rows] > 0
        units[rows, 3 + axis] = np.where(later, step, size[2])
        units[rows, axis] += np.where(later, size[2] + (number[rows] - 1) * step, 0)
    return owner, number, units


def _axis_of_height(extent: NDArray[np.int32], size: NDArray[np.int32]) -> int:
    """The axis along which a nest is stacked, upwards if it can be."""
    for axis in (2, 1, 0):
        others = np.delete(extent, axis)
        if sorted(others.tolist()) == sorted(size[:2].tolist()):
            return axis
    raise ValueError(f"extents {extent} are not those of a nest of {size}")
