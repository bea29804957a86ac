"""How tests compare an input split into parts with the same input read at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

import packopt
from packopt import order_parts
from packopt.labels import Labels
from packopt.part_notes import sum_notes

LINES = [f"{name}_mm" for name in ("length", "width", "height")]


@contextmanager
def small_blocks(n_bytes: int = 400, n_rows: int = 5) -> Iterator[None]:
    """Blocks of a few rows, so that small inputs have many of them."""
    before = order_parts.BLOCK_BYTES, order_parts.BLOCK_ROWS
    order_parts.BLOCK_BYTES, order_parts.BLOCK_ROWS = n_bytes, n_rows
    try:
        yield
    finally:
        order_parts.BLOCK_BYTES, order_parts.BLOCK_ROWS = before


def _plain(value: Any) -> Any:
    if isinstance(value, Labels):
        return [value.word(row) for row in range(len(value))]
    return value.tolist() if isinstance(value, np.ndarray | pa.Array) else value


def columns_of(parts: list[packopt.Orders]) -> dict[str, Any]:
    """All columns of orders one part after the other, as lists."""
    told: dict[str, Any] = {}
    for one in fields(packopt.Orders):
        values = [getattr(part, one.name) for part in parts]
        if one.name == "rejects":
            table = pa.concat_tables(values)
            by_row = np.argsort(table["row"].to_numpy(), kind="stable")
            told[one.name] = table.take(pa.array(by_row)).to_pylist()
        elif one.name == "notes":
            told[one.name] = sum_notes(values)
        elif one.name == "line_start":
            told[one.name] = [n for value in values for n in np.diff(value).tolist()]
        elif one.name == "weights_known":
            told[one.name] = {bool(value) for value in values}
        elif values[0] is None:
            told[one.name] = {value is None for value in values}
        else:
            told[one.name] = [n for value in values for n in _plain(value)]
    return told


def outcome(read: Any) -> dict[str, Any] | str:
    """The columns that a reader gives, or the message with which it refuses."""
    try:
        return columns_of(read())
    except packopt.OrdersError as refusal:
        return str(refusal)


def both_ways(
    path: Path, into: Path, orders_per_part: int = 3, **options: Any
) -> tuple[dict[str, Any] | str, dict[str, Any] | str]:
    """What the parts say, and what the whole says."""

    def read_parts() -> list[packopt.Orders]:
        return list(packopt.part_orders(path, into, orders_per_part=orders_per_part, **options))

    return outcome(read_parts), outcome(lambda: [packopt.read_orders(path)])


def assert_same(path: Path, into: Path, orders_per_part: int = 3) -> dict[str, Any] | str:
    """Parts and whole must agree; what they agree on."""
    parts, whole = both_ways(path, into, orders_per_part)
    if isinstance(parts, dict) and isinstance(whole, dict):
        for name in whole:
            assert parts[name] == whole[name], name
    assert parts == whole
    return parts
