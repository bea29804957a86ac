"""A small result made by hand, right in every number: what the tests of checker and texts read.

Its numbers come from ``sheet.py``, one order at a time in plain Python, so that they are also a
slow twin of what the checker works out for all orders at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pyarrow as pa

from packopt.catalogue import Catalogue
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.tables import TABLES
from sheet import Answer, Packed, Row, Sheet

_PACKAGE = ("package_id", "kind", "inner", "limit")

POLICY = Policy(objective="volume")

# Outer volume is the cost, so the mailer is cheapest and L is dearest.
PACKAGES: list[Row] = [
    {"package_id": "L", "kind": "carton", "inner": (400, 300, 200), "limit": None},
    {"package_id": "M", "kind": "carton", "inner": (300, 200, 150), "limit": 5_000},
    {"package_id": "S", "kind": "carton", "inner": (200, 150, 100), "limit": 2_000},
    {"package_id": "P", "kind": "mailer", "inner": (240, 200, 30), "limit": None},
]

_LINE: Row = {"qty": 1, "weight_g": 100, "orientation": "any", "fragile": False, "max_load_g": None}
_LINE |= {"padding_mm": 0, "min_height_mm": None}
_SIDES = ("length_mm", "width_mm", "height_mm")

LINES: list[Row] = [
    {"order_id": order_id, "sku": sku, **dict(zip(_SIDES, size, strict=True)), **_LINE, **more}
    for order_id, sku, size, more in [
        ("twins", "tile", (200, 150, 50), {"weight_g": 500}),
        ("twins", "tile", (200, 150, 50), {"weight_g": 600}),
        ("card", "card", (150, 100, 10), {}),
        ("soft", "shirt", (150, 100, 40), {"min_height_mm": 20}),
        ("glass", "glass", (150, 100, 10), {"fragile": True}),
        ("glass", "card", (150, 100, 10), {}),
        ("pole", "pole", (900, 20, 20), {}),
        ("bricks", "brick", (100, 80, 60), {"qty": 3}),
        ("slabs", "slab", (250, 180, 90), {"qty": 4}),
        ("anvil", "anvil", (100, 100, 100), {"weight_g": 6_000}),
        ("blocks", "block", (150, 140, 90), {"qty": 3}),
        ("loads", "crate", (100, 100, 50), {"qty": 2, "weight_g": 400, "max_load_g": 500}),
        ("bottle", "bottle", (50, 50, 90), {"orientation": "upright"}),
        ("vase", "vase", (100, 80, 60), {"padding_mm": 10}),
        ("ledge", "base", (100, 100, 20), {}),
        ("ledge", "beam", (200, 100, 20), {}),
    ]
]

# Package, placements (sku, unit, x, y, z, dx, dy, dz) in packing order, cheaper packages.
ANSWERS: dict[str, tuple[str | None, list[tuple[Any, ...]], list[tuple[str, str]]]] = {
    "twins": (
        "S",
        [("tile", 1, 0, 0, 0, 200, 150, 50), ("tile", 2, 0, 0, 50, 200, 150, 50)],
        [("P", "side")],
    ),
    "card": ("P", [("card", 1, 0, 0, 0, 150, 100, 10)], []),
    "soft": ("P", [("shirt", 1, 0, 0, 0, 150, 100, 20)], []),
    "glass": (
        "S",
        [("card", 1, 0, 0, 0, 150, 100, 10), ("glass", 1, 0, 0, 10, 150, 100, 10)],
        [("P", "policy")],
    ),
    "pole": (None, [], [("P", "side"), ("S", "side"), ("M", "side"), ("L", "side")]),
    "bricks": (
        "M",
        [
            ("brick", 1, 0, 0, 0, 100, 80, 60),
            ("brick", 3, 100, 0, 0, 100, 80, 60),
            ("brick", 2, 0, 0, 60, 100, 80, 60),
        ],
        [("P", "side"), ("S", "undecided")],
    ),
    "slabs": (None, [], [("P", "side"), ("S", "side"), ("M", "pair"), ("L", "undecided")]),
    "anvil": (
        "L",
        [("anvil", 1, 0, 0, 0, 100, 100, 100)],
        [("P", "side"), ("S", "weight"), ("M", "weight")],
    ),
    "blocks": (
        "M",
        [
            ("block", 1, 0, 0, 0, 150, 90, 140),
            ("block", 2, 150, 0, 0, 150, 90, 140),
            ("block", 3, 0, 90, 0, 150, 90, 140),
        ],
        [("P", "side"), ("S", "volume")],
    ),
    "loads": (
        "S",
        [("crate", 1, 0, 0, 0, 100, 100, 50), ("crate", 2, 0, 0, 50, 100, 100, 50)],
        [("P", "side")],
    ),
    "bottle": ("S", [("bottle", 1, 0, 0, 0, 50, 50, 90)], [("P", "side")]),
    "vase": ("S", [("vase", 1, 10, 10, 10, 100, 80, 60)], [("P", "side")]),
    "ledge": (
        "S",
        [("base", 1, 0, 0, 0, 100, 100, 20), ("beam", 1, 0, 0, 20, 200, 100, 20)],
        [("P", "pair")],
    ),
}


@dataclass(frozen=True)
class Made:
    """A result and what it was made from."""

    result: Recommendations
    orders: Orders
    catalogue: Catalogue


@cache
def made() -> Made:
    """The result for all orders above."""
    orders, catalogue = make_orders(LINES), make_catalogue(PACKAGES)
    return Made(make_result(orders, catalogue, POLICY, ANSWERS), orders, catalogue)


def make_orders(lines: list[Row]) -> Orders:
    """Orders from lines with all columns."""
    return Orders.from_table(pa.Table.from_pylist(lines))


def make_catalogue(packages: list[Row]) -> Catalogue:
    """A catalogue whose cartons are 6, 6 and 12 mm larger outside."""
    rows = []
    for package in packages:
        length, width, height = package["inner"]
        row = {"package_id": package["package_id"], "kind": package["kind"], "tare_g": 50.0}
        row |= {"length_mm": length, "width_mm": width, "max_content_g": package["limit"]}
        if package["kind"] == "mailer":
            row["max_thickness_mm"] = height
        else:
            row |= {"height_mm": height, "outer_length_mm": length + 6}
            row |= {"outer_width_mm": width + 6, "outer_height_mm": height + 12}
        row |= {name: package[name] for name in package if name not in _PACKAGE}
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    return Catalogue.from_table(
        pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    )


def make_result(
    orders: Orders, catalogue: Catalogue, policy: Policy, answers: dict[str, Any]
) -> Recommendations:
    """All tables, with every number worked out from the plans."""
    tables: dict[str, list[Row]] = {name: [] for name in TABLES if name != "rejects"}
    for order, order_id in enumerate(orders.order_ids.to_pylist()):
        answer = answers[order_id]
        if isinstance(answer, tuple):
            package_id, plan, ruled_out = answer
            parcels = () if package_id is None else (Packed(package_id, plan),)
            answer = Answer(parcels, ruled_out)
        sheet = Sheet(orders, catalogue, policy, order, answer)
        for name, rows in sheet.rows().items():
            tables[name] += rows
    return Recommendations(
        **{name: pa.Table.from_pylist(rows, TABLES[name]) for name, rows in tables.items()},
        rejects=orders.rejects,
        policy=policy,
        catalogue_digest=catalogue.digest,
    )


def change(result: Recommendations, table: str, where: Row, **values: Any) -> Recommendations:
    """The result with some values changed in the rows of a table that match."""
    old = getattr(result, table)
    rows = [row | values if where.items() <= row.items() else row for row in old.to_pylist()]
    return replace(result, **{table: pa.Table.from_pylist(rows, schema=old.schema)})


def drop(result: Recommendations, table: str, **where: Any) -> Recommendations:
    """The result without the rows of a table that match."""
    old = getattr(result, table)
    rows = [row for row in old.to_pylist() if not where.items() <= row.items()]
    return replace(result, **{table: pa.Table.from_pylist(rows, schema=old.schema)})


def add(result: Recommendations, table: str, like: Row, **values: Any) -> Recommendations:
    """The result with a copy of the first row that matches, changed, behind all others."""
    old = getattr(result, table)
    rows = old.to_pylist()
    copy = next(row for row in rows if like.items() <= row.items()) | values
    return replace(result, **{table: pa.Table.from_pylist([*rows, copy], schema=old.schema)})
