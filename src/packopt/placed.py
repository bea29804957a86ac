"""What is told of units that lie in a package already must be possible.

The door sees to it that coordinates are complete and that bare units do not overlap. Whether they
fit the package, their padding and the policy's clearance included, is known only here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.catalogue import ADJUSTABLE, CARTON
from packopt.faults import Fault
from packopt.orders import ORIENTATIONS
from packopt.spaces import usable_mm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy

    Lines = NDArray[np.int64]

_FLAT = ORIENTATIONS.index("flat")


def faults_of_placed(orders: Orders, catalogue: Catalogue, policy: Policy) -> list[Fault]:
    """Find placed units that cannot be where they are said to be.

    Parameters
    ----------
    orders
        Accepted orders.
    catalogue
        The packages; units in one that is not among them, or has no fixed inside, are left alone.
    policy
        Says how much space is kept free along the walls.

    Returns
    -------
    Faults of order lines.
    """
    lines = np.flatnonzero(orders.placed_mm[:, 0] >= 0)
    if not len(lines):
        return []
    order = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))[lines]
    faults = [
        *_sticking_out(orders, lines, order, catalogue, policy),
        *_padded_overlaps(orders, lines, order),
        *_standing(orders, lines),
    ]
    return [fault for fault in faults if len(fault.rows)]


def _sticking_out(
    orders: Orders, lines: Lines, order: Lines, catalogue: Catalogue, policy: Policy
) -> Iterator[Fault]:
    """The padded unit lies in the usable space, whose corner is the clearance off the walls."""
    low, high = _padded(orders, lines)
    wall = policy.wall_clearance_mm
    for code, word in enumerate(orders.placed_in.words):
        if word not in catalogue.package_ids:
            continue
        k = catalogue.package_ids.index(word)
        if catalogue.kind[k] not in (CARTON, ADJUSTABLE):
            continue
        space = usable_mm(catalogue, policy, np.array([k]), np.zeros(1, np.int64))[0]
        inside = ((low >= wall) & (high <= wall + space)).all(axis=1)
        rows = lines[(orders.placed_in.code[order] == code) & ~inside]
        ends = " x ".join(str(end) for end in (space + wall).tolist())
        yield _fault(
            orders,
            rows,
            f"a unit that sticks out of package {word!r}",
            f"the unit with its padding between {wall} mm and {ends} mm, length along x, width "
            "along y, height along z",
            "Correct the corner, or exchange the sides as the unit lies.",
        )


def _padded_overlaps(orders: Orders, lines: Lines, order: Lines) -> Iterator[Fault]:
    """Padding keeps units apart; bare units that overlap were refused at the door."""
    low, high = _padded(orders, lines)
    overlapping = []
    for one in np.unique(order[orders.padding_mm[lines] > 0]).tolist():
        rows = np.flatnonzero(order == one)
        apart = (high[rows, None] <= low[None, rows]) | (high[None, rows] <= low[rows, None])
        clash = np.tril(~apart.any(axis=2), -1).any(axis=1)
        overlapping += lines[rows[clash]].tolist()
    yield _fault(
        orders,
        np.array(overlapping, np.int64),
        "a unit that overlaps one placed before, with the padding of both",
        "corners that leave room for the padding of every unit",
        "Correct the corner, or the padding of what is packed already.",
    )


def _standing(orders: Orders, lines: Lines) -> Iterator[Fault]:
    """A unit that must lie flat was not packed standing; its height is what is upright."""
    size = orders.size_mm[lines]
    standing = (orders.orientation[lines] == _FLAT) & (size[:, 2] > size.min(axis=1))
    yield _fault(
        orders,
        lines[standing],
        "a unit that must lie flat, standing",
        "its least side as the height of a placed unit, or another orientation",
        "Exchange the sides as the unit lies, or correct orientation.",
    )


def _padded(orders: Orders, lines: Lines) -> tuple[Lines, Lines]:
    """Lower and upper corners of units with their padding, ``(l, 3)`` each."""
    padding = orders.padding_mm[lines, None].astype(np.int64)
    low = orders.placed_mm[lines] - padding
    return low, low + orders.size_mm[lines] + 2 * padding


def _fault(orders: Orders, lines: Lines, found: str, expected: str, hint: str) -> Fault:
    corners = [", ".join(map(str, corner)) for corner in orders.placed_mm[lines].tolist()]
    return Fault(lines, "placed_x", pa.array(corners, pa.string()), found, expected, hint)
