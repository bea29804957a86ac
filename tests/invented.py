"""Invented orders and catalogues, and the question to `recommend()`: what its tests share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from packopt import Catalogue, Orders, Policy, Recommendations, check, recommend
from packopt.tables import TABLES

Row = dict[str, Any]
Sides = tuple[int, int, int]

GEOMETRY = Policy(objective="volume", handling="geometry")
DECIDED = ("optimal", "unpackable")
AXES = ("length_mm", "width_mm", "height_mm")
POLICIES = [
    GEOMETRY,
    Policy(),
    Policy(objective="volume", min_support=0.6, wall_clearance_mm=3),
    Policy(objective="material", effort="fast", flap_allowance_mm={"poly": 4}),
]

SIDE = st.integers(5, 45)
SIDES = st.tuples(SIDE, SIDE, SIDE)
PLAIN_LINES = st.fixed_dictionaries(
    {"size": SIDES, "qty": st.integers(1, 2), "weight_g": st.integers(1, 900)}
)
LINES = st.fixed_dictionaries(
    {
        "size": SIDES,
        "qty": st.integers(1, 3),
        "weight_g": st.integers(1, 900),
        "orientation": st.sampled_from(["any", "any", "upright", "flat", "fixed"]),
        "fragile": st.booleans(),
        "max_load_g": st.sampled_from([None, None, 0, 300]),
        "padding_mm": st.sampled_from([0, 0, 2]),
        "min_height_mm": st.sampled_from([None, None, 3]),
        "mailer_ok": st.sampled_from([True, True, False]),
    }
)
CARTONS = st.fixed_dictionaries(
    {
        "kind": st.just("carton"),
        "size": st.tuples(*[st.integers(20, 110)] * 3),
        "max_content_g": st.sampled_from([None, None, 1200]),
    }
)
MAILERS = st.fixed_dictionaries(
    {
        "kind": st.just("mailer"),
        "size": st.tuples(*[st.integers(60, 150)] * 2, st.integers(5, 40)),
        "max_content_g": st.sampled_from([None, None, 1200]),
    }
)
PACKAGES = st.lists(st.one_of(CARTONS, CARTONS, MAILERS), min_size=1, max_size=6)


def made_orders(*orders: Sequence[Row]) -> Orders:
    """Orders, numbered, from their lines."""
    rows = []
    for number, order in enumerate(orders):
        for place, line in enumerate(order):
            row = {"order_id": f"o{number}", "sku": f"s{number}-{place}"} | line
            row |= dict(zip(AXES, row.pop("size"), strict=True))
            rows.append(row)
    types = {"max_load_g": pa.int64(), "min_height_mm": pa.int64()}
    names = sorted({name for row in rows for name in row})
    columns = {name: pa.array([row.get(name) for row in rows], types.get(name)) for name in names}
    return Orders.from_table(pa.table(columns))


def made_catalogue(packages: Sequence[Row]) -> Catalogue:
    """A catalogue, numbered unless the packages have ids."""
    rows = []
    for number, package in enumerate(packages):
        row = {"package_id": f"p{number}"} | package
        length, width, height = row.pop("size")
        row |= {"length_mm": length, "width_mm": width}
        row["max_thickness_mm" if row["kind"] == "mailer" else "height_mm"] = height
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    numbers = {"height_mm", "max_thickness_mm", "max_content_g"}
    types = {name: pa.int64() for name in numbers}
    return Catalogue.from_table(
        pa.table({n: pa.array([row.get(n) for row in rows], types.get(n)) for n in names})
    )


def pressable(line: Row) -> Row:
    """The line with a pressed height that its own height allows."""
    least = line.get("min_height_mm")
    return line | {"min_height_mm": min(least, line["size"][2]) if least else None}


def answers(result: Recommendations, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of the orders table."""
    rows = result.orders.select(columns or ["verdict", "package_id"]).to_pylist()
    return [tuple(row.values()) for row in rows]


def ask(orders: Orders, catalogue: Catalogue, policy: Policy = GEOMETRY) -> Recommendations:
    """The answer, after the checker found nothing wrong with it."""
    result = recommend(orders, catalogue, policy)
    assert check(result, orders, catalogue) == []
    return result


def same(one: Recommendations, other: Recommendations) -> bool:
    """Whether all tables are the same, to the bit."""
    return all(getattr(one, name).equals(getattr(other, name)) for name in TABLES)


def hard_orders(n: int, units: int, seed: int, room: int = 100) -> list[list[Row]]:
    """Orders that fill most of a carton, with equal units among them."""
    rng = np.random.default_rng(seed)
    orders = []
    for _ in range(n):
        kinds = rng.integers(room // 5, room // 2 + 1, (int(rng.integers(2, units + 1)), 3))
        chosen = kinds[rng.integers(0, len(kinds), units)]
        orders.append([{"size": tuple(unit.tolist()), "qty": 1} for unit in chosen])
    return orders


def ladder(room: int = 100) -> Catalogue:
    """Cubes from tight to roomy."""
    sides = [int(room * share) for share in (0.7, 0.8, 0.9, 1.0, 1.2, 1.6)]
    return made_catalogue([{"kind": "carton", "size": (side, side, side)} for side in sides])
