"""Rows of order lines as people have them: some good, some odd, some wrong."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

NUMBERS = st.one_of(
    st.integers(1, 300),
    st.sampled_from(["12.5", " 7 ", "1,5", "", "x", "+3", "nan(1)", "1e3", None]),
)
WORDS = st.sampled_from(["a", " b ", "", None, "Ä"])
DAYS = st.sampled_from(["2026-01-31", "2026-02-30", "2026-01-31 10:00:00", "", None, "soon"])
REQUIRED = ("order_id", "sku", "qty", "length_mm", "width_mm", "height_mm")
VALUES = {
    "order_id": st.sampled_from([*(f"o{n}" for n in range(9)), "", None, 'q"1', "2026-01-01"]),
    "sku": st.sampled_from(["s", "t\nu", 's"', "v,w", None]),
    "qty": st.one_of(st.integers(1, 3), st.sampled_from([9000, "2", "two"])),
    "length_mm": NUMBERS,
    "width_mm": NUMBERS,
    "height_mm": st.integers(1, 50),
    "weight_g": st.one_of(st.none(), st.none(), st.integers(0, 500), st.just("")),
    "group": WORDS,
    "temperature": st.sampled_from(["ambient", "chilled", None]),
    "own_container": st.sampled_from(["yes", None]),
    "baseline_package": st.sampled_from(["P", "Q", None]),
    "date": DAYS,
    "colour": st.sampled_from([1, "red", 2.5, None]),
}
FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rows of order lines; some columns only in some rows, some rows empty."""
    optional = draw(st.lists(st.sampled_from([*VALUES][len(REQUIRED) :]), unique=True))
    names = [*REQUIRED, *optional]
    # Most columns hold plain values, or hardly an order would be accepted.
    rough = set(draw(st.lists(st.sampled_from(names), max_size=3)))
    rows = []
    for number in range(draw(st.integers(1, 40))):
        row: dict[str, Any] = {
            name: draw(VALUES[name]) if name in rough or name in optional else smooth(name, number)
            for name in names
        }
        row["order_id"] = draw(VALUES["order_id"]) if "order_id" in rough else _id(draw, number)
        rows.append({} if draw(st.integers(0, 12)) == 0 else row)
    return rows


def _id(draw: st.DrawFn, number: int) -> str:
    return f"o{number // 2}" if draw(st.booleans()) else f"o{draw(st.integers(0, number))}"


def smooth(name: str, number: int) -> Any:
    return f"s{number % 4}" if name == "sku" else 1 + number % 7


def names_of(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row)) or ["order_id"]


def csv_file(rows: list[dict[str, Any]], ragged: int) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";", lineterminator="\r\n" if ragged % 2 else "\n")
    names = names_of(rows)
    writer.writerow(names)
    for number, row in enumerate(rows):
        values = [row.get(name) for name in names]
        too_many = ["more"] * (ragged > 0 and number % (ragged + 1) == ragged)
        writer.writerow(values + too_many)
    return file.getvalue().encode()
