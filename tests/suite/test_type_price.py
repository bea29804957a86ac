"""The price of types is in the objective's unit: what it leaves out, against all sets there are."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

from packopt import Orders, Policy, factor_set, read_orders, recommend
from packopt.datasets import demo_orders_path
from packopt.factors import Emissions
from packopt.suite import Machine, Suite, Wanted, suite
from packopt.suite.designing import design
from packopt.suite.gathering import gather

POLICIES = {
    "material": Policy(),
    "volume": Policy(objective="volume"),
    "cost": Policy(objective="cost"),
    "co2e": Policy(objective="co2e", emissions=Emissions(factor_set("desnz-2025-primary"))),
}
MACHINE = Machine(price_per_m2=0.6)


@pytest.fixture(scope="module")
def some() -> Orders:
    """A hundred orders of the demo."""
    return read_orders(demo_orders_path()).take(np.arange(100))


def _find(some: Orders, objective: str, price: float, sizes: int = 5) -> Suite:
    wanted = Wanted(sizes, grid_mm=20, candidates=100, type_price=price)
    return suite(some, wanted, policy=POLICIES[objective], machine=MACHINE, draws=1)


@pytest.mark.parametrize("objective", POLICIES)
def test_a_price_above_all_that_can_be_gained_leaves_the_fewest_types(
    some: Orders, objective: str
) -> None:
    """One carton holds everything: if types cost more than they save, it is the set, and bounded.

    However dear types are beyond that, the set is the same.
    """
    one = _find(some, objective, 0.0, sizes=1)
    of_one = one.about["fit"]["cost"]
    assert _find(some, objective, 0.0).catalogue.n_packages == 5
    for price in (of_one, 1e18):
        found = _find(some, objective, price)
        fit = found.about["fit"]
        assert found.catalogue_text == one.catalogue_text
        assert fit["cost"] == of_one
        assert 0 <= fit["within"] < 0.001
        assert 0 <= fit["within_of_grid"] < 0.001


@pytest.mark.parametrize("objective", POLICIES)
def test_the_price_is_weighed_against_what_recommend_counts(objective: str) -> None:
    """Of all sets of up to three of a dozen boxes, the chosen one costs least with its types."""
    rng = np.random.default_rng(4)
    orders = Orders.from_table(
        pa.table(
            {
                "order_id": [str(k) for k in range(12)],
                "sku": [f"s{k}" for k in range(12)],
                "qty": [1] * 12,
                **{f"{side}_mm": rng.integers(40, 300, 12) for side in ("length", "width")},
                "height_mm": rng.integers(30, 200, 12),
            }
        )
    )
    policy, every = POLICIES[objective], np.arange(12)
    plain = Wanted(3, grid_mm=20, candidates=12)
    shop, offer, contents = gather(
        orders, every, None, policy, MACHINE, plain, fit=every, threads=1, work=None,
        tell=lambda _line: None, progress=None,
    )  # fmt: skip
    pool = design(shop, contents.rows, plain, offer, rounds=0).pool
    boxes = [shop.catalogue(pool.steps[[j]]) for j in range(len(pool.base))]
    cost = np.full((12, len(boxes)), np.inf)
    for j, box in enumerate(boxes):
        for row in recommend(orders, box, policy).orders.to_pylist():
            if row["parcels"] == 1:
                cost[int(row["order_id"]), j] = row["cost"]
    sets = [chosen for k in (1, 2, 3) for chosen in combinations(range(len(boxes)), k)]
    totals = np.array([cost[:, chosen].min(axis=1).sum() for chosen in sets])
    sizes = np.array([len(chosen) for chosen in sets])
    best_of = [totals[sizes == k].min() for k in (1, 2, 3)]
    # Less than what types save, about as much as the last two do, and more than the second does.
    between = (best_of[0] - best_of[2]) / 2
    numbers = []
    for price in (between / 10, between * 0.99, (best_of[0] - best_of[1]) * 1.01):
        wanted = Wanted(3, grid_mm=20, candidates=12, type_price=float(price))
        found = design(shop, contents.rows, wanted, offer, rounds=0)
        scale = 1.0 if objective == "volume" else 1e9
        n_types = len(found.best.opened)
        least = float((totals + price * sizes).min())
        told = found.problem.of_orders(found.best) / scale + price * n_types
        assert told == pytest.approx(least, rel=1e-9)
        bound = found.problem.bound_of_orders(found.bound.value, n_types) / scale
        assert bound <= totals[sizes <= n_types].min() * (1 + 1e-9)
        numbers.append(n_types)
    assert numbers[0] == 3
    assert numbers[2] < 3
    assert numbers == sorted(numbers, reverse=True)
