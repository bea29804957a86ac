"""The first pass: what it settles, all the effort of the policy would answer to the last bit."""

from __future__ import annotations

import random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from packopt import Catalogue, Orders, Policy, Recommender, builtin_catalogue
from packopt.datasets.generate import demo_orders
from packopt.tables import TABLES

#: Tightly filled cartons that all cost the same: the first in rank is the answer, if it will do.
SIZES = [
    *((100, 80, 60), (120, 70, 60), (150, 100, 40), (150, 120, 100), (180, 110, 90)),
    *((200, 150, 120), (220, 140, 110), (300, 200, 60), (250, 200, 150), (300, 170, 140)),
]


def _at_one_price() -> Catalogue:
    n = len(SIZES)
    sides = dict(zip(("length_mm", "width_mm", "height_mm"), zip(*SIZES, strict=True), strict=True))
    columns = {"package_id": [f"B{i}" for i in range(n)], "kind": ["carton"] * n, **sides}
    columns |= {"unit_cost": [1.0] * n, "currency": ["EUR"] * n}
    return Catalogue.from_table(pa.table(columns))


def _dense(n: int, seed: int, **more: Any) -> Orders:
    """Orders of up to five lines of small units, which fill a carton well."""
    dice = random.Random(seed)
    rows = [
        {
            "order_id": str(order),
            "sku": f"s{line}",
            "qty": dice.randint(1, 6),
            "length_mm": dice.randint(20, 130),
            "width_mm": dice.randint(20, 100),
            "height_mm": dice.randint(10, 70),
        }
        | more
        for order in range(n)
        for line in range(dice.randint(1, 5))
    ]
    return Orders.from_table(pa.Table.from_pylist(rows))


CASES = {
    "one price": (_at_one_price(), Policy(objective="cost"), _dense(400, 1)),
    "fedex": (builtin_catalogue("fedex"), Policy(objective="cost"), _dense(400, 2)),
    "usps": (builtin_catalogue("usps"), Policy(objective="cost", effort=1000), _dense(400, 3)),
    "ups": (builtin_catalogue("ups"), Policy(objective="volume"), _dense(400, 4)),
    "demo": (builtin_catalogue("demo"), Policy(), Orders.from_table(demo_orders(1000, 5))),
    "off": (builtin_catalogue("demo"), Policy(), _dense(200, 6, tolerance_mm=2)),
    "apart": (builtin_catalogue("demo"), Policy(tolerance="stated"), _dense(200, 7, group="g")),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_settled_is_the_answer(name: str) -> None:
    """Every row of every table, the plan among them; and some orders are settled, some are not."""
    catalogue, policy, orders = CASES[name]
    recommender = Recommender(catalogue, policy)
    quick, is_open = recommender.first_pass(orders)
    full = recommender.recommend(orders)
    assert 0 < is_open.sum() < len(is_open)
    left = quick.orders["order_id"].cast(pa.string()).filter(pa.array(is_open)).combine_chunks()
    for table in TABLES:
        found, wanted = (
            one.filter(pc.invert(pc.is_in(one["order_id"].cast(pa.string()), value_set=left)))
            for one in (getattr(result, table) for result in (quick, full))
        )
        assert found.to_pylist() == wanted.to_pylist(), table


def test_with_limited_stock_all_effort_is_one_pass() -> None:
    """An order rests on what those before it took, so none can be left for later."""
    columns = {"package_id": ["A"], "kind": ["carton"], "stock": [5]}
    sides = {side: [200] for side in ("length_mm", "width_mm", "height_mm")}
    catalogue = Catalogue.from_table(pa.table(columns | sides))
    recommender, orders = Recommender(catalogue), _dense(50, 8)
    assert not recommender.has_second_pass()
    result, is_open = recommender.first_pass(orders)
    assert not is_open.any()
    assert result.orders.equals(recommender.recommend(orders).orders)
