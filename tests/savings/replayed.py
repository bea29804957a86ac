"""Replays that tests share: a small shop in which everything can be told by hand, and the demo."""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa

import packopt
from packopt import Catalogue, Orders, Policy
from packopt.datasets.generate import demo_orders
from packopt.factors import factor_set
from packopt.savings import Savings, Terms, savings

Row = dict[str, Any]

#: Four cartons and two mailers; each next carton is larger on all sides.
PACKAGES: list[Row] = [
    {"package_id": "S", "inner": (200, 150, 100), "unit_cost": 0.2},
    {"package_id": "M", "inner": (300, 200, 150), "unit_cost": 0.3},
    {"package_id": "L", "inner": (400, 300, 200), "unit_cost": 0.5},
    {"package_id": "XL", "inner": (600, 400, 300), "unit_cost": 0.9},
    {"package_id": "P", "kind": "mailer", "inner": (300, 220, 40), "unit_cost": 0.1},
    {
        "package_id": "K",
        "kind": "mailer",
        "style": "paper",
        "inner": (400, 300, 50),
        "unit_cost": 0.2,
    },
]
_SIDES = ("length_mm", "width_mm", "height_mm")


def table(rows: list[Row]) -> pa.Table:
    """A table of rows that need not have the same keys."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: [row.get(name) for row in rows] for name in names})


def shop(packages: list[Row] | None = None, **changes: Any) -> Catalogue:
    """A catalogue; changes are for all packages."""
    rows = []
    for package in packages or PACKAGES:
        row = {"kind": "carton", "currency": "EUR"} | package | changes
        length, width, third = row.pop("inner")
        row |= {"length_mm": length, "width_mm": width}
        row |= {"max_thickness_mm" if row["kind"] == "mailer" else "height_mm": third}
        rows.append(row)
    return Catalogue.from_table(table(rows))


def ordered(*lines: Row) -> Orders:
    """Orders from lines with ``size``; numbered from o0 where they have no id."""
    rows = []
    for number, line in enumerate(lines):
        row = {"order_id": f"o{number}", "sku": f"s{number}", "qty": 1, "weight_g": 100} | line
        row |= dict(zip(_SIDES, row.pop("size"), strict=True))
        rows.append(row)
    return Orders.from_table(table(rows))


@cache
def demo(n: int = 300, seed: int = 1) -> Orders:
    """Orders of the demo shop, dated, with soft, fragile, upright and heavy articles."""
    return Orders.from_table(demo_orders(n, seed))


@cache
def demo_catalogue() -> Catalogue:
    return packopt.builtin_catalogue("demo")


@cache
def demo_savings(rule: str = "volume-80", factors: str = "desnz-2025-primary") -> Savings:
    """The demo orders against a rule of thumb."""
    terms = Terms(factor_set(factors))
    return savings(demo(), demo_catalogue(), Policy(), baseline=rule, terms=terms, resamples=500)


def statuses(found: Savings) -> dict[str, str]:
    """Status by order."""
    rows = found.orders.select(["order_id", "status"]).to_pylist()
    return {row["order_id"]: row["status"] for row in rows}


def amounts(found: Savings, side: str, measure: str) -> dict[str, float | None]:
    """What each order takes."""
    name = f"{side}_{measure}"
    rows = found.orders.select(["order_id", name]).to_pylist()
    return {row["order_id"]: row[name] for row in rows}


def totals(found: Savings) -> dict[str, Row]:
    """Rows of the totals by measure."""
    return {row["measure"]: row for row in found.total.to_pylist()}
