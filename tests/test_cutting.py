"""Parcels in packages of chosen size: each is cut to what is in it, also after splitting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from invented import GEOMETRY, Row, answers, ask, made_catalogue, made_orders
from packopt import Catalogue
from packopt.batches import canonical_rows
from packopt.costing import package_costs
from packopt.cutting import Cutter
from packopt.kernel.batch import STAYED_OPEN
from packopt.kernel.size_cost import NEVER
from packopt.size_costs import size_costs
from packopt.splitting.question import Parcel, Part

MACHINE: Row = {
    "kind": "made_to_measure",
    "size": (200, 150, 100),
    "min_length_mm": 20,
    "min_width_mm": 20,
    "min_height_mm": 20,
    "step_mm": 5,
}
SIDES = ("length_mm", "width_mm", "height_mm")


def test_each_parcel_of_a_split_order_is_made_to_measure() -> None:
    """Two units too heavy to share a box get a box each, cut to the unit."""
    order = [
        {"sku": "a", "size": (83, 61, 37), "qty": 1, "weight_g": 900, "orientation": "fixed"},
        {"sku": "b", "size": (52, 50, 90), "qty": 1, "weight_g": 900, "orientation": "fixed"},
    ]
    catalogue = made_catalogue([MACHINE | {"max_content_g": 1000}])
    result = ask(made_orders(order), catalogue)
    assert answers(result, "parcels") == [(2,)]
    made = {tuple(row[side] for side in SIDES) for row in result.parcels.to_pylist()}
    assert made == {(85, 65, 40), (55, 50, 90)}


def part_of(*sizes: tuple[int, int, int], padding_mm: int = 0) -> Part:
    """Units that may share any parcel."""
    lines = [{"size": size, "qty": 1, "padding_mm": padding_mm} for size in sizes]
    orders, n = made_orders(lines), len(sizes)
    return Part(
        units=canonical_rows(orders, slice(None), orders.qty),
        content_mm3=orders.size_mm.astype(np.int64).prod(axis=1),
        weight_g=np.zeros(n, np.int64),
        no_mailer=np.zeros(n, np.bool_),
        clash=np.zeros((n, n), np.bool_),
        bundle=np.full(n, -1),
        own=np.zeros(n, np.bool_),
        access=0,
        left=np.full(1, -1),
        most_parcels=9,
        parcel_price=None,
    )


def nothing_better(_: Any) -> Any:
    """An answer that found no package at all."""

    class Found:
        package = np.array([-1])
        verdict = np.array([STAYED_OPEN])
        cost = np.array([NEVER])
        size_mm = np.zeros((1, 3), np.int32)

    return Found, Found


def cutter(catalogue: Catalogue, clearance_mm: int) -> Cutter:
    """A cutter whose question stays open."""
    policy = replace(GEOMETRY, wall_clearance_mm=clearance_mm)
    costs = package_costs(catalogue, policy)
    return Cutter(catalogue, policy, size_costs(catalogue, policy, costs), nothing_better)


@pytest.mark.parametrize("clearance", [0, 3])
@pytest.mark.parametrize("padding", [0, 2])
def test_where_no_better_size_is_found_the_package_is_no_larger_than_its_plan(
    clearance: int, padding: int
) -> None:
    """The plan moves into the corner, and the smallest size on offer is put around it."""
    catalogue = made_catalogue([MACHINE])
    part = part_of((60, 40, 30), (60, 40, 20), padding_mm=padding)
    place = np.array([[50, 60, 0, 60, 40, 30], [50, 60, 30 + 2 * padding, 60, 40, 20]], np.int32)
    place[:, :3] += padding + clearance
    size = (200, 150, 100)
    loose = Parcel(0, np.array([0, 1]), place, np.ones(2, np.float32), 10**9, False, size)
    tight = cutter(catalogue, clearance).cut(part, loose)
    need = np.array([60, 40, 50]) + 2 * clearance + np.array([2, 2, 4]) * padding
    assert tight.size_mm == tuple((-(-need // 5) * 5).tolist())
    assert tight.place[:, :2].min() == clearance + padding
    assert (tight.place[:, 3:] == place[:, 3:]).all()
    assert tight.cost < loose.cost
    assert not tight.proved


def test_coolant_may_keep_a_package_as_it_is() -> None:
    """On a smaller floor its layer would stand higher than the package is."""
    catalogue = made_catalogue([MACHINE | {"coolant_mm3": 200 * 150 * 50}])
    place = np.array([[0, 0, 0, 60, 40, 50]], np.int32)
    loose = Parcel(0, np.array([0]), place, np.ones(1, np.float32), 10**9, False, (200, 150, 100))
    same = cutter(catalogue, 0).cut(part_of((60, 40, 50)), loose)
    assert (same.size_mm, same.cost) == (loose.size_mm, loose.cost)
    assert (same.place == loose.place).all()
