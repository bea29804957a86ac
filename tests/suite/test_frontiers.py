"""Frontiers of boxes, against asking about every box of the grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from packopt import Catalogue, Orders, Policy, recommend
from packopt.suite.boxes import Shop
from packopt.suite.fitting import fits_of_boxes, frontiers
from packopt.suite.history import history_of
from packopt.suite.pricing import worth_of_grid
from packopt.suite.settings import Machine

GRID, MOST = 20, 8


def _orders(seed: int, orientation: str = "any") -> Orders:
    """A few orders of one to three units."""
    rng = np.random.default_rng(seed)
    lines = []
    for order in range(6):
        for line in range(int(rng.integers(1, 4))):
            sides = rng.integers(10, 90, 3).tolist()
            lines.append((str(order), f"{order}-{line}", *sides))
    names = ("order_id", "sku", "length_mm", "width_mm", "height_mm")
    columns = dict(zip(names, map(list, zip(*lines, strict=True)), strict=True))
    n = len(lines)
    return Orders.from_table(
        pa.table({**columns, "qty": [1] * n, "orientation": [orientation] * n})
    )


@pytest.mark.parametrize("orientation", ["any", "upright", "fixed"])
@pytest.mark.parametrize("seed", range(3))
def test_a_frontier_tells_every_box_of_the_grid(seed: int, orientation: str) -> None:
    """A box is at or above the frontier exactly where packopt packs the order into it."""
    orders, policy = _orders(seed, orientation), Policy()
    history = history_of(orders, policy)
    boxes, start = frontiers(history, policy, grid_mm=GRID, most=MOST)
    side = np.arange(1, MOST + 1)
    steps = np.array([(p, q, h) for p in side for q in side if q >= p for h in side], np.int32)
    fits = fits_of_boxes(boxes, start, history.free, steps)
    for j in np.random.default_rng(seed).choice(len(steps), 40, replace=False).tolist():
        width, length, height = (steps[j] * GRID).tolist()
        sides = {"length_mm": [length], "width_mm": [width], "height_mm": [height]}
        box = Catalogue.from_table(pa.table({"package_id": ["B"], "kind": ["carton"], **sides}))
        parcels = recommend(orders, box, policy).orders["parcels"].to_pylist()
        told = (fits[history.row, j // 64] >> (j % 64)) & 1
        assert [one == 1 for one in parcels] == told.astype(bool).tolist()


def test_found_frontiers_are_kept_and_found_again(tmp_path: Path) -> None:
    """A second run reads what the first one wrote, and answers the same."""
    history = history_of(_orders(5), Policy())
    first = frontiers(history, Policy(), grid_mm=GRID, most=MOST, folder=tmp_path)
    (kept,) = tmp_path.iterdir()
    stamp = kept.stat().st_mtime_ns
    second = frontiers(history, Policy(), grid_mm=GRID, most=MOST, folder=tmp_path)
    assert kept.stat().st_mtime_ns == stamp
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.99])
def test_a_damaged_file_is_found_anew(tmp_path: Path, share: float) -> None:
    """A file that is empty or cut short is written over, and the answer is the same."""
    history = history_of(_orders(5), Policy())
    first = frontiers(history, Policy(), grid_mm=GRID, most=MOST, folder=tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[: int(len(whole) * share)])
    second = frontiers(history, Policy(), grid_mm=GRID, most=MOST, folder=tmp_path)
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    (again,) = tmp_path.iterdir()
    with np.load(again) as told:
        assert np.array_equal(told["boxes"], first[0])


@pytest.mark.parametrize("orientation", ["any", "upright"])
def test_the_worth_of_the_grid_is_that_of_each_box(orientation: str) -> None:
    """Summed up over frontiers, a box is worth what the rows that it holds would pay for it."""
    policy = Policy()
    history = history_of(_orders(3, orientation), policy)
    boxes, start = frontiers(history, policy, grid_mm=GRID, most=MOST)
    every_way = bool((~history.free).any())
    shop = Shop(Machine(least_side_mm=20, most_ratio=4), policy, GRID, MOST, every_way)
    weight = np.arange(1.0, history.n_rows + 1)
    price = weight * 6e10
    worth = np.zeros(shop.table.shape)
    worth_of_grid(
        boxes, start, history.free, weight, price, shop.table, every_way, worth,
        np.zeros(MOST + 2, np.int64),
    )  # fmt: skip
    steps = np.argwhere(shop.table >= 0).astype(np.int32)
    fits = fits_of_boxes(boxes, start, history.free, steps)
    for j, box in enumerate(steps.tolist()):
        cost = weight * shop.table[tuple(box)] - price
        held = ((fits[:, j // 64] >> (j % 64)) & 1).astype(bool)
        assert worth[tuple(box)] == pytest.approx(np.minimum(cost, 0)[held].sum(), abs=1.0)
