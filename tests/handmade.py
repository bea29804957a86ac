"""A small result made by hand, right in every number: what the tests of checker and texts read.

Numbers are worked out one order at a time in plain Python, so that they are also a slow twin of
what the checker works out for all orders at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pyarrow as pa

from packopt.catalogue import Catalogue
from packopt.costing import package_costs, parcel_tare_g
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.tables import ORDERS, PARCELS, PLACEMENTS, RULED_OUT

Row = dict[str, Any]

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
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    return Catalogue.from_table(
        pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    )


def make_result(
    orders: Orders, catalogue: Catalogue, policy: Policy, answers: dict[str, Any]
) -> Recommendations:
    """All tables, with every number worked out from the plans."""
    tables: dict[str, list[Row]] = {"orders": [], "parcels": [], "placements": [], "ruled_out": []}
    for order, order_id in enumerate(orders.order_ids.to_pylist()):
        package_id, plan, ruled_out = answers[order_id]
        sheet = _Sheet(orders, catalogue, policy, order, package_id, plan)
        tables["placements"] += sheet.placements()
        tables["parcels"] += sheet.parcels(_verdict(package_id, ruled_out))
        tables["orders"].append(sheet.answer(_verdict(package_id, ruled_out), ruled_out))
        tables["ruled_out"] += [
            {"order_id": order_id, "package_id": name, "reason": why} for name, why in ruled_out
        ]
    schemas = {"orders": ORDERS, "parcels": PARCELS}
    schemas |= {"placements": PLACEMENTS, "ruled_out": RULED_OUT}
    return Recommendations(
        **{name: pa.Table.from_pylist(tables[name], schema=schemas[name]) for name in tables},
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


def _verdict(package_id: str | None, ruled_out: list[tuple[str, str]]) -> str:
    is_open = any(reason == "undecided" for _, reason in ruled_out)
    if package_id is None:
        return "undecided" if is_open else "unpackable"
    return "feasible" if is_open else "optimal"


class _Sheet:
    """The numbers of one order, on one sheet of paper."""

    def __init__(
        self,
        orders: Orders,
        catalogue: Catalogue,
        policy: Policy,
        order: int,
        package_id: str | None,
        plan: list[tuple[Any, ...]],
    ) -> None:
        lines = range(orders.line_start[order], orders.line_start[order + 1])
        self._order_id = orders.order_ids[order].as_py()
        self._catalogue, self._policy, self._plan = catalogue, policy, plan
        self._costs = package_costs(catalogue, policy)
        self._package = catalogue.package_ids.index(package_id) if package_id else None
        self._units = sum(int(orders.qty[i]) for i in lines)
        self._padding = {orders.skus[i].as_py(): int(orders.padding_mm[i]) for i in lines}
        self._volume = sum(int(orders.qty[i]) * _product(orders.size_mm[i]) for i in lines)
        known = orders.weights_known
        self._weight = (
            sum(int(orders.qty[i] * orders.weight_g[i]) for i in lines) if known else None
        )

    def answer(self, verdict: str, ruled_out: list[tuple[str, str]]) -> Row:
        """The row in orders."""
        parcel = next(iter(self.parcels(verdict)), {})
        copied = (
            "package_id",
            "cost",
            "tare_g",
            "fill_g",
            "empty_space_inner",
            "empty_space_outer",
        )
        undecided = [name for name, reason in ruled_out if reason == "undecided"]
        bound = parcel.get("cost")
        if undecided:
            bound = self._cost(self._catalogue.package_ids.index(undecided[0]))
        return {name: parcel.get(name) for name in copied} | {
            "order_id": self._order_id,
            "verdict": verdict,
            "parcels": len(parcel) and 1,
            "cost_lower_bound": bound,
            "units": self._units,
            "volume_mm3": self._volume,
            "weight_g": self._weight,
            "nodes": 0,
        }

    def parcels(self, verdict: str) -> list[Row]:
        """The row in parcels, if a package was chosen."""
        k = self._package
        if k is None:
            return []
        inner, outer, height = self._volumes(k)
        content = sum(_product(place[5:]) for place in self._plan)
        fill = self._policy.materials.filler_kg_m3 / 1e6 * (inner - content)
        fill = 0.0 if self._soft(k) else fill
        tare = float(parcel_tare_g(self._catalogue, self._policy.materials)[k])
        length, width, _ = self._catalogue.outer_mm[k].tolist()
        return [
            {
                "order_id": self._order_id,
                "parcel": 1,
                "package_id": self._catalogue.package_ids[k],
                "units": self._units,
                "content_mm3": content,
                "content_g": self._weight,
                "tare_g": tare,
                "fill_g": fill,
                "gross_g": None if self._weight is None else self._weight + tare + fill,
                "outer_length_mm": length,
                "outer_width_mm": width,
                "outer_height_mm": height,
                "empty_space_inner": 1 - content / inner,
                "empty_space_outer": 1 - content / outer,
                "billable_g": None,
                "cost": self._cost(k),
                "verdict": verdict,
            }
        ]

    def placements(self) -> list[Row]:
        """The rows in placements."""
        names = ("sku", "unit", "x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm")
        return [
            dict(zip(names, place, strict=True))
            | {"order_id": self._order_id, "parcel": 1, "sequence": step}
            | {"support": self._support(place)}
            for step, place in enumerate(self._plan, start=1)
        ]

    def _soft(self, k: int) -> bool:
        return bool(self._catalogue.kind[k] == 1)

    def _cost(self, k: int) -> float:
        costs = self._costs
        empty = int(costs.capacity_mm3[k]) - self._volume
        return (int(costs.fixed[k]) + int(costs.per_empty_mm3[k]) * empty) / costs.scale

    def _volumes(self, k: int) -> tuple[int, int, int]:
        """Inner volume, outer volume and outer height; a mailer is as thick as its plan."""
        length, width, height = self._catalogue.inner_mm[k].tolist()
        if not self._soft(k):
            outer = self._catalogue.outer_mm[k].tolist()
            return length * width * height, _product(outer), outer[2]
        style, clearance = self._catalogue.style[k], 2 * self._policy.wall_clearance_mm
        thick = max(z + dz + self._padding[sku] for sku, _, _, _, z, _, _, dz in self._plan)
        length -= self._policy.flap_allowance_mm[style] + thick
        width -= self._policy.seam_allowance_mm[style] + thick
        inner = (length - clearance) * (width - clearance) * thick
        return inner, length * width * thick, thick

    def _support(self, place: tuple[Any, ...]) -> float:
        """Share of the padded base on the floor or on padded units."""
        pad = self._padding[place[0]]
        x, y, z, dx, dy, _ = place[2:]
        soft = self._package is not None and self._soft(self._package)
        if z - pad == (0 if soft else self._policy.wall_clearance_mm):
            return 1.0
        area = 0
        for sku, _, u, v, w, du, dv, dw in self._plan:
            out = self._padding[sku]
            if w + dw + out == z - pad:
                along = min(x + dx + pad, u + du + out) - max(x - pad, u - out)
                across = min(y + dy + pad, v + dv + out) - max(y - pad, v - out)
                area += max(along, 0) * max(across, 0)
        return area / ((dx + 2 * pad) * (dy + 2 * pad))


def _product(sides: Any) -> int:
    a, b, c = (int(side) for side in sides)
    return a * b * c
