"""What is told of a replay while it goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import packopt
from packopt.datasets import demo_orders_path
from packopt.savings import savings

if TYPE_CHECKING:
    import pyarrow as pa
    import pytest

CATALOGUE = packopt.builtin_catalogue("demo")


class _Notes:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.batches: list[tuple[packopt.Recommendations, packopt.Orders]] = []
        self.plans: list[packopt.Recommendations] = []
        self.sides: list[tuple[packopt.Recommendations, pa.Table, packopt.Catalogue]] = []

    def answered(self, batch: packopt.Recommendations, orders: packopt.Orders) -> None:
        assert not self.plans
        self.batches.append((batch, orders))

    def planned(self, plan: packopt.Recommendations) -> None:
        assert not self.sides
        self.plans.append(plan)

    def compared(
        self, plan: packopt.Recommendations, parcels: pa.Table, catalogue: packopt.Catalogue
    ) -> None:
        self.sides.append((plan, parcels, catalogue))


def test_a_follower_hears_of_every_order_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batch after batch in their order, then of the plan, then of the baseline."""
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 64)
    orders = packopt.read_orders(demo_orders_path())
    told = _Notes()
    found = savings(orders, CATALOGUE, baseline="volume-80", resamples=200, follower=told)
    assert len(told.batches) == -(-orders.n_orders // 64)
    for batch, mine in told.batches:
        assert batch.orders["order_id"].to_pylist() == mine.order_ids.to_pylist()
    ids = [name for _, mine in told.batches for name in mine.order_ids.to_pylist()]
    assert ids == orders.order_ids.to_pylist()
    assert told.plans == [found.plan]
    assert told.sides == [(found.plan, found.baseline_parcels, CATALOGUE)]
