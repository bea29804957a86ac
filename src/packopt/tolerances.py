"""Sizes that may be a little off: at their largest, as stated, and at their smallest.

A line's ``tolerance_mm`` says by how much each side of its units may be larger or smaller than
stated; the policy has a default for lines that say nothing. By as much the height that each further
unit adds to a nest may be off, and the height to which a soft unit can be pressed: both were
measured on the same goods. Padding is not. What lies in a package already is as large as it is, and
has no tolerance.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders
    from packopt.policy import Policy

    Ints = NDArray[np.int32]
    Mask = NDArray[np.bool_]

#: Sizes with their tolerance added, without it, and with it taken away.
LARGEST, STATED, SMALLEST = 1, 0, -1
_STEPS: Final = {"largest": LARGEST, "stated": STATED}


def tolerance_mm(orders: Orders, policy: Policy) -> Ints:
    """By how much each side of a unit may be off, in mm, ``(m,)``."""
    stated = orders.tolerance_mm
    tolerance = np.where(stated < 0, policy.default_tolerance_mm, stated)
    return np.where(orders.placed_mm[:, 0] >= 0, 0, tolerance).astype(np.int32)


def with_tolerance(orders: Orders, policy: Policy) -> Mask:
    """``(n,)`` True for orders with a unit whose size may be off."""
    if policy.default_tolerance_mm == 0 and (orders.tolerance_mm <= 0).all():
        return np.zeros(orders.n_orders, np.bool_)
    off = tolerance_mm(orders, policy) > 0
    return np.asarray(np.logical_or.reduceat(off, orders.line_start[:-1]), dtype=np.bool_)


def packed_orders(orders: Orders, policy: Policy) -> Orders:
    """Orders in the sizes that the policy says they are packed at; themselves where that is all.

    Parameters
    ----------
    orders
        Orders as stated.
    policy
        "largest" packs every unit at its largest; see `packopt.policy.Policy`.
    """
    return _moved(orders, policy, _STEPS[policy.tolerance])


def orders_at(packed: Orders, policy: Policy, sizes: int) -> Orders:
    """Orders that `packed_orders` has made, in other sizes.

    Parameters
    ----------
    packed
        What it has returned under the policy.
    policy
        The policy.
    sizes
        `LARGEST`, `STATED` or `SMALLEST`; sides are at least 1 mm.
    """
    return _moved(packed, policy, sizes - _STEPS[policy.tolerance])


def _moved(orders: Orders, policy: Policy, steps: int) -> Orders:
    if steps == 0 or not with_tolerance(orders, policy).any():
        return orders
    more_mm = steps * tolerance_mm(orders, policy)

    def moved(stated_mm: Ints) -> Ints:
        # 0 says that a unit is not soft, or does not nest.
        return np.where(stated_mm > 0, np.maximum(stated_mm + more_mm, 1), 0).astype(np.int32)

    return replace(
        orders,
        size_mm=np.maximum(orders.size_mm + more_mm[:, None], 1).astype(np.int32),
        min_height_mm=moved(orders.min_height_mm),
        nest_height_mm=moved(orders.nest_height_mm),
    )
