"""Orders, catalogue and policy as the kernel's arrays of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.catalogue import MAILER
from packopt.kernel.batch import Batch, Packages
from packopt.kernel.canonical import expand, find_equal
from packopt.kernel.handling import GEOMETRY_ONLY
from packopt.kernel.layout import (
    ANY_LOAD,
    FIXED,
    KIND,
    LOAD,
    PADDING,
    SIDE_A,
    SOFT_A,
    UNIT_COLUMNS,
    UNIT_WEIGHT,
    UPRIGHT,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.policy import Policy

#: Smaller orders are solved faster than they are looked up.
_LEAST_UNITS_TO_LOOK_UP = 3


def kernel_packages(catalogue: Catalogue, policy: Policy, costs: PackageCosts) -> Packages:
    """Return the catalogue under a policy: usable spaces in mm and static rankings."""
    mailer = catalogue.kind == MAILER
    room = catalogue.inner_mm.astype(np.int64)
    wall = policy.wall_clearance_mm
    room -= np.where(mailer[:, None], [2 * wall, 2 * wall, 0], 2 * wall)
    for k in np.flatnonzero(mailer):
        style = catalogue.style[k]
        room[k, 0] -= policy.flap_allowance_mm[style]
        room[k, 1] -= policy.seam_allowance_mm[style]
    room = np.maximum(room, 0)
    id_rank = np.empty(len(mailer), np.int64)
    id_rank[sorted(range(len(mailer)), key=lambda k: catalogue.package_ids[k])] = np.arange(
        len(mailer)
    )
    base = costs.fixed + costs.per_empty_mm3 * costs.capacity_mm3
    ranked = np.lexsort((id_rank, costs.outer_mm3, base))
    filled = costs.per_empty_mm3[ranked] > 0
    return Packages(
        mailer=mailer.astype(np.int64),
        room=room,
        sides=np.sort(room, axis=1),
        volume=np.where(mailer, _most_in_mailer(room), room.prod(axis=1)),
        max_content_g=catalogue.max_content_g.astype(np.int64),
        clearance=np.where(mailer, 0, wall).astype(np.int64),
        base_cost=base,
        filler_cost=costs.per_empty_mm3,
        outer_mm3=costs.outer_mm3,
        id_rank=id_rank,
        unfilled=ranked[~filled],
        filled=ranked[filled],
    )


def _most_in_mailer(room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the largest volume of the virtual cartons of each mailer in mm3, shape ``(k,)``."""
    thickness = np.arange(1, max(int(room[:, 2].max(initial=0)), 1) + 1)
    length = np.maximum(room[:, :1] - thickness, 0)
    width = np.maximum(room[:, 1:2] - thickness, 0)
    within = thickness <= room[:, 2:]
    return np.asarray((length * width * thickness * within).max(axis=1), dtype=np.int64)


def kernel_rules(policy: Policy) -> int:
    """Return the handling rules as ``kernel.handling.acceptable`` takes them."""
    if policy.handling == "geometry":
        return GEOMETRY_ONLY
    return 1 + int(np.ceil(policy.min_support * 1000))


def kernel_batch(orders: Orders) -> tuple[Batch, NDArray[np.int64]]:
    """Return orders as canonical units, and the line each unit comes from, shape ``(u,)``."""
    lines = _lines(orders)
    first = orders.line_start[:-1]
    n_units = int(orders.unit_start[-1])
    units = np.empty((n_units, UNIT_COLUMNS), np.int32)
    unit_line = np.empty(n_units, np.int64)
    expand(lines, orders.line_start, orders.qty, units, orders.unit_start, unit_line)
    volume = orders.size_mm.astype(np.int64).prod(axis=1) * orders.qty
    weight = orders.weight_g.astype(np.int64) * orders.qty
    no_mailer = np.logical_or.reduceat(~orders.mailer_ok | orders.fragile, first)
    like = np.empty(orders.n_orders, np.int64)
    find_equal(units, orders.unit_start, no_mailer, _LEAST_UNITS_TO_LOOK_UP, like)
    batch = Batch(
        units=units,
        start=orders.unit_start,
        content_mm3=np.add.reduceat(volume, first),
        weight_g=np.add.reduceat(weight, first),
        no_mailer=no_mailer,
        like=like,
    )
    return batch, unit_line


def _lines(orders: Orders) -> NDArray[np.int32]:
    """Return one canonical unit of every line, shape ``(m, UNIT_COLUMNS)``."""
    lines = np.empty((orders.n_lines, UNIT_COLUMNS), np.int32)
    padding = 2 * orders.padding_mm[:, None]
    kind = orders.orientation
    lines[:, SIDE_A : SIDE_A + 3] = _in_order(orders.size_mm, kind) + padding
    lines[:, SOFT_A : SOFT_A + 3] = lines[:, SIDE_A : SIDE_A + 3]
    soft = np.flatnonzero(orders.min_height_mm)
    if len(soft):
        pressed = orders.size_mm[soft]
        pressed[:, 2] = orders.min_height_mm[soft]
        lines[soft, SOFT_A : SOFT_A + 3] = _in_order(pressed, kind[soft]) + padding[soft]
    lines[:, KIND] = kind
    lines[:, UNIT_WEIGHT] = orders.weight_g
    lines[:, PADDING] = orders.padding_mm
    load = orders.max_load_g.copy()
    if not orders.weights_known:
        # A load that cannot be weighed passes no limit, so nothing may rest on such a unit.
        load[load != ANY_LOAD] = 0
    load[orders.fragile] = 0
    lines[:, LOAD] = load
    return lines


def _in_order(sides: NDArray[np.int32], kind: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the sides as the kernel wants them: ascending, or as declared where that matters."""
    length, width, height = sides[:, 0], sides[:, 1], sides[:, 2]
    # Three columns sort faster by hand than row by row.
    low, high = np.minimum(length, width), np.maximum(length, width)
    ordered = np.empty_like(sides)
    ordered[:, 0] = np.minimum(low, height)
    ordered[:, 1] = np.maximum(low, np.minimum(high, height))
    ordered[:, 2] = np.maximum(high, height)
    upright = np.flatnonzero(kind == UPRIGHT)
    ordered[upright] = np.column_stack([low[upright], high[upright], height[upright]])
    fixed = np.flatnonzero(kind == FIXED)
    ordered[fixed] = sides[fixed]
    return ordered
