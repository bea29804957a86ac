"""A shop with three cartons, and replays of its orders."""

from __future__ import annotations

from typing import Any

from packopt import Orders, Policy
from packopt.savings import Savings, savings
from savings.replayed import shop

CARTONS = [
    {"package_id": "S", "inner": (200, 150, 100)},
    {"package_id": "M", "inner": (300, 200, 150)},
    {"package_id": "L", "inner": (400, 300, 200)},
]
SMALL, FLAT, LONG = (100, 100, 50), (190, 140, 20), (390, 100, 50)


def replayed(
    orders: Orders, baseline: Any, policy: Policy | None = None, **options: Any
) -> Savings:
    """A replay with the three cartons."""
    return savings(orders, shop(CARTONS), policy, baseline=baseline, resamples=200, **options)


def reasons(found: Savings) -> dict[tuple[str, str], int]:
    """Orders that do not count, by status and reason."""
    return {(row["status"], row["reason"]): row["orders"] for row in found.dropped.to_pylist()}
