"""The orders of the demo as a request states them."""

from __future__ import annotations

import csv
from typing import Any

from packopt.datasets import demo_orders_path


def demo_orders() -> list[dict[str, Any]]:
    """Return the orders of the demo as JSON would have them, each value the text of the file."""
    orders: dict[str, dict[str, Any]] = {}
    with demo_orders_path().open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            stated = {name: value for name, value in row.items() if value}
            order_id, day = stated.pop("order_id"), stated.pop("date")
            order = orders.setdefault(order_id, {"order_id": order_id, "lines": [], "date": day})
            order["lines"].append(stated)
    return list(orders.values())
