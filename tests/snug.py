"""Orders and packages in a few numbers, for tests of the limit of empty space."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa

from packopt.catalogue import Catalogue
from packopt.orders import Orders
from packopt.recommendations import Recommendations

Row = dict[str, Any]

SIDES = ("length_mm", "width_mm", "height_mm")


def table_of(rows: list[Row]) -> pa.Table:
    names = list(dict.fromkeys(itertools.chain(*rows)))
    return pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})


def orders_of(**orders: list[Any]) -> Orders:
    """Orders by name; a unit is its three sides, and perhaps what else is to be said of it."""
    lines = []
    for name, units in orders.items():
        for number, unit in enumerate(units):
            sides, more = (unit[:3], unit[3] if len(unit) > 3 else {})
            line = {"order_id": name, "sku": f"s{number}", "qty": 1, "weight_g": 100}
            lines.append(line | dict(zip(SIDES, sides, strict=True)) | more)
    return Orders.from_table(table_of(lines))


def package_row(package_id: str, kind: str, *sides: int, **more: Any) -> Row:
    """A row of a catalogue; of a mailer, the last side is its thickness."""
    names = ("length_mm", "width_mm", "max_thickness_mm" if kind == "mailer" else "height_mm")
    return {"package_id": package_id, "kind": kind} | dict(zip(names, sides, strict=True)) | more


def cartons_of(*sizes: tuple[int, int, int], **more: Any) -> Catalogue:
    """Cartons with walls of 5 mm on each side."""
    rows = [
        {"package_id": f"C{number}", "kind": "carton", "tare_g": float(np.prod(size)) / 1e4}
        | dict(zip(SIDES, size, strict=True))
        | {f"outer_{side}": mm + 10 for side, mm in zip(SIDES, size, strict=True)}
        | more
        for number, size in enumerate(sizes)
    ]
    return Catalogue.from_table(table_of(rows))


def verdicts_of(result: Recommendations) -> dict[str, str]:
    return dict(
        zip(
            result.orders["order_id"].to_pylist(), result.orders["verdict"].to_pylist(), strict=True
        )
    )


def reasons_of(result: Recommendations, order: str) -> dict[str, str]:
    rows = [row for row in result.ruled_out.to_pylist() if row["order_id"] == order]
    return {row["package_id"]: row["reason"] for row in rows}
