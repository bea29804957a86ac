"""Nine orders in ten parcels, small enough to be checked by hand: what the tests of green read.

Masses, in g of package, tape and filler, one trip of what is reusable::

    order  day         region  seller  parcel  package        package tape fill  units  inner empty
    o1     2025-01-10  CN-A    -       1       C1 board           100    2    8  1 a    0.5
    o2     2025-01-20  CN-A    -       1       P1 LDPE             10    0    0  2 b    0.2
    o3     2025-02-01  CN-B    S1      1       own container        0    0    0  1 d    0.0
    o4     2025-04-05  DE      S1      1       B1 board            60    0    4  a, b   0.1
    o5     2025-04-06  DE      -       1       C1 board           100    2    8  3 a    0.4
    o5                                 2       C1 board           100    2    8  3 a    0.6
    o6     2025-05-01  CN-A    -       1       R1 PP, reusable     20    0    0  1 f    0.3
    o7     2025-05-02  CN-A    -       1       E1 EPS             200    0    0  1 f    0.7
    o8     2025-07-01  GB      S2      1       K1 8 paper, 5 LDPE  13    0    0  1 b    0.2
    o9     2025-07-02  US-CA   -       1       P1 LDPE             10    0    0  1 b    0.4

Together 613 g of packages, 6 g of tape, 28 g of filler: 647 g.
"""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pyarrow as pa

from packopt.bans import Ban
from packopt.catalogue import Catalogue
from packopt.green import Green, GreenInputs, tables
from packopt.materials import MaterialSettings
from packopt.orders import Orders
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.savings.tables import MEASURES, QUANTITIES
from packopt.tables import TABLES

Row = dict[str, Any]
ON = dt.date(2025, 8, 1)

_PACKAGES: list[Row] = [
    {
        "package_id": "C1",
        "kind": "carton",
        "style": "0201",
        "length_mm": 200,
        "width_mm": 150,
        "height_mm": 100,
        "tare_g": 100,
        "unit_cost": 0.30,
        "material": "corrugated board",
        "closure": "tape",
        "degradable": True,
        "recycled_share": 0.8,
        "recyclable": True,
        "max_content_g": 5000,
    },
    {
        "package_id": "B1",
        "kind": "carton",
        "style": "0427",
        "length_mm": 200,
        "width_mm": 100,
        "height_mm": 50,
        "tare_g": 60,
        "unit_cost": 0.20,
        "material": "corrugated board",
        "degradable": True,
        "recycled_share": 0.9,
        "recyclable": True,
        "certificate": "GC-B1",
    },
    {
        "package_id": "P1",
        "kind": "mailer",
        "style": "poly",
        "length_mm": 300,
        "width_mm": 250,
        "max_thickness_mm": 40,
        "tare_g": 10,
        "unit_cost": 0.05,
        "material": "LDPE film",
        "plastic": True,
        "degradable": False,
        "recycled_share": 0.0,
        "recyclable": False,
    },
    {
        "package_id": "K1",
        "kind": "mailer",
        "style": "bubble",
        "length_mm": 250,
        "width_mm": 200,
        "max_thickness_mm": 30,
        "tare_g": 13,
        "unit_cost": 0.10,
        "material": "kraft paper",
        "plastic": True,
        "recycled_share": 0.0,
        "recyclable": False,
    },
    {
        "package_id": "R1",
        "kind": "carton",
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 200,
        "tare_g": 1000,
        "unit_cost": 10.0,
        "material": "PP",
        "closure": "zip",
        "plastic": True,
        "recycled_share": 0.5,
        "recyclable": True,
        "reusable": True,
        "reusable_trips": 50,
        "temperature": "ambient;chilled",
    },
    {
        "package_id": "E1",
        "kind": "carton",
        "length_mm": 300,
        "width_mm": 200,
        "height_mm": 200,
        "tare_g": 200,
        "unit_cost": 1.0,
        "material": "EPS",
        "closure": "lid",
        "plastic": True,
        "recycled_share": 0.0,
        "recyclable": True,
        "temperature": "chilled",
    },
]

_LINES: list[tuple[Any, ...]] = [
    # order, day, region, seller, sku, qty, temperature, own container
    ("o1", "2025-01-10", "CN-A", None, "a", 1, None, False),
    ("o2", "2025-01-20", "CN-A", None, "b", 2, None, False),
    ("o3", "2025-02-01", "CN-B", "S1", "d", 1, None, True),
    ("o4", "2025-04-05", "DE", "S1", "a", 1, None, False),
    ("o4", "2025-04-05", "DE", "S1", "b", 1, None, False),
    ("o5", "2025-04-06", "DE", None, "a", 6, None, False),
    ("o6", "2025-05-01", "CN-A", None, "f", 1, "chilled", False),
    ("o7", "2025-05-02", "CN-A", None, "f", 1, "chilled", False),
    ("o8", "2025-07-01", "GB", "S2", "b", 1, None, False),
    ("o9", "2025-07-02", "US-CA", None, "b", 1, None, False),
]
_LINE = ("order_id", "date", "region", "seller", "sku", "qty", "temperature", "own_container")

# order, parcel, package, package g, tape g, fill g, tape m, board m2, empty inside, units
_PARCELS: list[tuple[Any, ...]] = [
    ("o1", 1, "C1", 100, 2, 8, 1.0, 0.2, 0.5, {"a": 1}),
    ("o2", 1, "P1", 10, 0, 0, 0.0, 0.0, 0.2, {"b": 2}),
    ("o3", 1, "own_container", 0, 0, 0, 0.0, 0.0, 0.0, {"d": 1}),
    ("o4", 1, "B1", 60, 0, 4, 0.0, 0.12, 0.1, {"a": 1, "b": 1}),
    ("o5", 1, "C1", 100, 2, 8, 1.0, 0.2, 0.4, {"a": 3}),
    ("o5", 2, "C1", 100, 2, 8, 1.0, 0.2, 0.6, {"a": 3}),
    ("o6", 1, "R1", 20, 0, 0, 0.0, 0.0, 0.3, {"f": 1}),
    ("o7", 1, "E1", 200, 0, 0, 0.0, 0.0, 0.7, {"f": 1}),
    ("o8", 1, "K1", 13, 0, 0, 0.0, 0.0, 0.2, {"b": 1}),
    ("o9", 1, "P1", 10, 0, 0, 0.0, 0.0, 0.4, {"b": 1}),
]
_KIND = {"P1": "mailer", "K1": "mailer", "own_container": "own_container"}
_MM3 = {
    "C1": 3_000_000,
    "B1": 1_000_000,
    "P1": 2_000_000,
    "K1": 1_000_000,
    "own_container": 500_000,
}
_MM3 |= {"R1": 12_000_000, "E1": 12_000_000}
_PARTS = {"C1": (100, 0, 0), "B1": (60, 0, 0), "P1": (0, 0, 10), "K1": (0, 8, 5)}
_PARTS |= {"R1": (0, 0, 20), "E1": (0, 0, 200), "own_container": (0, 0, 0)}
# Outer volume is a tenth more than the inner one; what ships as it is has no other.
_WALL = 1.1

POLICY = Policy(
    bans=(Ban("CN-A", dt.date(2025, 4, 1), material="LDPE film"),),
    materials=MaterialSettings(tape_price_per_m=0.01, filler_price_per_litre=0.02),
)
_RULED_OUT = [
    ("o1", "P1", "policy"),  # before the ban: for another reason
    ("o1", "B1", "volume"),
    ("o6", "P1", "policy"),
    ("o7", "P1", "policy"),
    ("o7", "B1", "policy"),  # no banned material: the temperature does not suit
    ("o8", "P1", "policy"),  # nor is Britain the region of the ban
]


@cache
def catalogue() -> Catalogue:
    """Two cartons, two mailers, a reusable crate and a box of EPS."""
    names = sorted({name for row in _PACKAGES for name in row})
    columns = {name: pa.array([row.get(name) for row in _PACKAGES]) for name in names}
    columns["currency"] = pa.array(["EUR"] * len(_PACKAGES))
    return Catalogue.from_table(pa.table(columns))


@cache
def orders() -> Orders:
    """The nine orders, and one row that is rejected."""
    rows = [dict(zip(_LINE, line, strict=True)) for line in _LINES]
    for row in rows:
        row |= {"length_mm": 100, "width_mm": 80, "height_mm": 60, "weight_g": 500}
    bad = rows[0] | {"order_id": "o0", "qty": -1}
    return Orders.from_table(pa.Table.from_pylist([*rows, bad]))


def parcel_rows() -> list[Row]:
    """Rows of the table of parcels."""
    made = []
    for order, parcel, package, mass, tape, fill, _, _, empty, content in _PARCELS:
        volume = _MM3[package]
        inside = round(volume * (1 - empty))
        wall = 1.0 if package == "own_container" else _WALL
        units = sum(content.values())
        made.append(
            {
                "order_id": order,
                "parcel": parcel,
                "package_id": package,
                "kind": _KIND.get(package, "carton"),
                "length_mm": 200,
                "width_mm": 150,
                "height_mm": 100,
                "units": units,
                "content_mm3": inside,
                "content_g": 500 * units,
                "tare_g": float(mass + tape),
                "fill_g": float(fill),
                "coolant_g": 0,
                "gross_g": float(500 * units + mass + tape + fill),
                "outer_length_mm": 206,
                "outer_width_mm": 156,
                "outer_height_mm": 112,
                "empty_space_inner": empty,
                "empty_space_outer": 1 - inside / (volume * wall),
                "cost": 1.0,
                "verdict": "optimal",
            }
        )
    return made


def quantity_rows() -> list[Row]:
    """Rows of the quantities, in the order of the parcels."""
    made = []
    for order, parcel, package, mass, tape, fill, tape_m, board_m2, *_ in _PARCELS:
        board, paper, plastic = _PARTS[package]
        wall = 1.0 if package == "own_container" else _WALL
        made.append(
            {one.name: None for one in MEASURES}
            | {
                "order_id": order,
                "parcel": parcel,
                "package_id": package,
                "packaging_g": mass + tape + fill,
                "board_g": board,
                "paper_g": paper + fill,
                "plastic_g": plastic + tape,
                "other_g": 0,
                "tape_g": tape,
                "fill_g": fill,
                "board_m2": board_m2,
                "tape_m": tape_m,
                "fill_l": fill / 8,
                "outer_mm3": _MM3[package] * wall,
                "billable_g": 1000,
                "money": 0.5,
                "parcels": 1,
            }
        )
    return made


@cache
def result() -> Recommendations:
    """The answer: ten parcels, their plans, and what was ruled out."""
    made = parcel_rows()
    placements, unit = [], {}
    for order, parcel, *_, content in _PARCELS:
        for sku, n in content.items():
            for _ in range(n):
                unit[order, sku] = unit.get((order, sku), 0) + 1
                placements.append(_placement(order, parcel, sku, unit[order, sku]))
    rows: dict[str, list[Row]] = {
        "orders": [_order(name, made) for name in dict.fromkeys(row["order_id"] for row in made)],
        "parcels": made,
        "placements": placements,
        "ruled_out": [
            dict(zip(("order_id", "package_id", "reason"), row, strict=True)) for row in _RULED_OUT
        ],
    }
    return Recommendations(
        **{
            name: pa.Table.from_pylist(rows.get(name, []), schema)
            for name, schema in TABLES.items()
            if name != "rejects"
        },
        rejects=orders().rejects,
        policy=POLICY,
        catalogue_digest=catalogue().digest,
    )


def _placement(order: str, parcel: int, sku: str, unit: int) -> Row:
    place = dict.fromkeys(("x_mm", "y_mm", "z_mm"), 0)
    place |= {"dx_mm": 100, "dy_mm": 80, "dz_mm": 60, "support": 1.0}
    return {"order_id": order, "parcel": parcel, "sku": sku, "unit": unit, "sequence": 1} | place


def _order(name: str, parcels: list[Row]) -> Row:
    mine = [row for row in parcels if row["order_id"] == name]
    return {
        "order_id": name,
        "verdict": "optimal",
        "parcels": len(mine),
        "parcels_lower_bound": len(mine),
        "package_id": mine[0]["package_id"] if len(mine) == 1 else None,
        "cost": 1.0,
        "cost_lower_bound": 1.0,
        "units": sum(row["units"] for row in mine),
        "volume_mm3": sum(row["content_mm3"] for row in mine),
        "nodes": 0,
    }


@cache
def quantities() -> pa.Table:
    """Materials of the parcels."""
    return pa.Table.from_pylist(quantity_rows(), QUANTITIES)


def green(files: dict[str, list[Row]] | None = None, *, on: dt.date = ON, **others: Any) -> Green:
    """All tables, with files given as rows."""
    given = {name: as_table(rows) for name, rows in (files or {}).items()}
    inputs = GreenInputs.of(given, **others)
    return tables(result(), orders(), catalogue(), quantities(), inputs, on)


def as_table(rows: list[Row]) -> pa.Table:
    """Rows with all their columns."""
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def metric(made: Green, name: str) -> Row:
    """A row of the scorecard."""
    return next(row for row in made.tables["scorecard"].to_pylist() if row["metric"] == name)


def value(made: Green, name: str) -> float | None:
    """Value of a metric."""
    return metric(made, name)["value"]


def rows(made: Green, table: str, **where: Any) -> list[Row]:
    """Rows of a table that match."""
    return [row for row in made.tables[table].to_pylist() if where.items() <= row.items()]
