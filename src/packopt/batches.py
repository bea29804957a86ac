"""Orders, catalogue and policy as the kernel's arrays of integers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.catalogue import MAILER
from packopt.kernel.batch import Answers, Batch, Packages
from packopt.kernel.canonical import describe, expand, find_equal, sum_up
from packopt.kernel.handling import GEOMETRY_ONLY
from packopt.kernel.layout import ANY_LOAD, UNIT_COLUMNS
from packopt.nests import content_mm3, nested_height_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.parts import Parts
    from packopt.policy import Policy

#: A nest counts as no heavier: beyond any package's limit, and within 32 bits.
_HEAVIEST_G = 2_000_000_000
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
    room[:, 2] -= coolant_mm(catalogue)
    room = np.maximum(room, 0)
    limit = catalogue.max_content_g.astype(np.int64)
    id_rank = np.empty(len(mailer), np.int64)
    id_rank[sorted(range(len(mailer)), key=lambda k: catalogue.package_ids[k])] = np.arange(
        len(mailer)
    )
    base = costs.fixed + costs.per_empty_mm3 * costs.capacity_mm3
    ranked = np.lexsort((id_rank, costs.outer_mm3, base))
    ranked = ranked[catalogue.kind[ranked] <= MAILER]
    filled = costs.per_empty_mm3[ranked] > 0
    return Packages(
        mailer=mailer.astype(np.int64),
        room=room,
        sides=np.sort(room, axis=1),
        volume=np.where(mailer, _most_in_mailer(room), room.prod(axis=1)),
        max_content_g=np.where(limit < 0, -1, np.maximum(limit - catalogue.coolant_g, 0)),
        clearance=np.where(mailer, 0, wall).astype(np.int64),
        base_cost=base,
        filler_cost=costs.per_empty_mm3,
        outer_mm3=costs.outer_mm3,
        id_rank=id_rank,
        unfilled=ranked[~filled],
        filled=ranked[filled],
        barred=np.zeros((1, len(mailer)), np.uint8),
    )


def coolant_mm(catalogue: Catalogue) -> NDArray[np.int64]:
    """Return the height in mm that coolant takes under the lid of each package, ``(k,)``."""
    floor = catalogue.inner_mm[:, :2].astype(np.int64).prod(axis=1)
    return np.asarray(-(-catalogue.coolant_mm3 // floor), dtype=np.int64)


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


def kernel_batch(
    orders: Orders, parts: Parts, access: NDArray[np.int32]
) -> tuple[Batch, NDArray[np.int64]]:
    """Return parts as canonical units, and the line each unit comes from, shape ``(u,)``.

    Parameters
    ----------
    orders, parts
        The orders, taken apart.
    access
        ``(p,)`` row of ``Packages.barred`` for each part.
    """
    every = slice(None) if parts.whole else parts.line
    qty, nests = orders.qty[every], orders.nest_height_mm[every] > 0
    rows = canonical_rows(orders, every, qty)
    things = np.where(nests, 1, qty).astype(np.int32) if nests.any() else qty
    start = np.zeros(len(things) + 1, np.int64)
    np.cumsum(things, out=start[1:])
    start = start[parts.start]
    n_units = int(start[-1])
    units = np.empty((n_units, UNIT_COLUMNS), np.int32)
    unit_line = np.empty(n_units, np.int64)
    expand(rows, parts.start, things, units, start, unit_line)
    n_parts = len(parts.order)
    content, weight = np.empty(n_parts, np.int64), np.empty(n_parts, np.int64)
    no_mailer = np.empty(n_parts, np.bool_)
    sum_up(
        parts.start, content_mm3(orders, every, qty.astype(np.int64)), orders.weight_g[every], qty,
        ~orders.mailer_ok[every] | orders.fragile[every], content, weight, no_mailer,
    )  # fmt: skip
    like = np.empty(n_parts, np.int64)
    find_equal(units, start, no_mailer, access, _LEAST_UNITS_TO_LOOK_UP, like)
    batch = Batch(
        units=units,
        start=start,
        content_mm3=content,
        weight_g=weight,
        no_mailer=no_mailer,
        like=like,
        access=access,
    )
    return batch, unit_line if parts.whole else parts.line[unit_line]


def canonical_rows(
    orders: Orders, every: NDArray[np.int64] | slice, qty: NDArray[np.integer]
) -> NDArray[np.int32]:
    """Return one canonical unit of each line, or a nest of ``qty`` of them where they nest."""
    rows = np.empty((len(qty), UNIT_COLUMNS), np.int32)
    size, weight = orders.size_mm[every], orders.weight_g[every]
    nests = np.flatnonzero(orders.nest_height_mm[every])
    if len(nests):
        nested = qty[nests].astype(np.int64)
        size, weight = size.copy(), weight.copy()
        size[nests, 2] = nested_height_mm(orders, every, qty.astype(np.int64))[nests]
        weight[nests] = np.minimum(weight[nests] * nested, _HEAVIEST_G)
    load = orders.max_load_g[every].copy()
    if not orders.weights_known:
        # A load that cannot be weighed passes no limit, so nothing may rest on such a unit.
        load[load != ANY_LOAD] = 0
    load[orders.fragile[every]] = 0
    describe(
        size, orders.min_height_mm[every], orders.orientation[every], weight, load,
        orders.padding_mm[every], rows,
    )  # fmt: skip
    return rows


def empty_answers(batch: Batch, n_packages: int) -> Answers:
    """Return room for the answers to a batch."""
    n_orders, n_units = len(batch.start) - 1, len(batch.units)
    return Answers(
        package=np.full(n_orders, -1, np.int32),
        verdict=np.zeros(n_orders, np.uint8),
        work=np.zeros(n_orders, np.int64),
        bound=np.full(n_orders, -1, np.int32),
        place=np.zeros((n_units, 6), np.int32),
        unit=np.zeros(n_units, np.int32),
        support=np.zeros(n_units, np.float32),
        ruled=np.empty(n_orders * n_packages, np.int32),
        reason=np.empty(n_orders * n_packages, np.uint8),
        n_ruled=np.zeros(n_orders, np.int32),
    )
