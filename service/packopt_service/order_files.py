"""Files of orders as the nested orders that requests take, read by packopt's own door."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from pydantic import TypeAdapter

from packopt import InputError, order_rows, read_orders
from packopt_service.columns import OF_ORDERS
from packopt_service.problems import Problem, validated
from packopt_service.schemas import Order

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER_TYPES: Final[Mapping[str, str]] = {
    "text/csv": "csv",
    "application/json": "json",
    "application/x-ndjson": "ndjson",
}
"""Media types of orders, and the ending under which packopt reads them."""

_NESTED: Final = TypeAdapter(list[Order])
_REJECT: Final = ("row", "order_id", "field", "value", "reason", "hint")


def nested_orders(content: bytes, ending: str, most: int) -> dict[str, Any]:
    """Return the orders of a file as requests take them, and the lines that are no good.

    Parameters
    ----------
    content
        The file: one row for each line of an order; JSON may be nested already.
    ending
        ``csv``, ``json`` or ``ndjson``.
    most
        Most orders.

    Returns
    -------
    ``orders``; ``rejects`` with row, order_id, field, value, reason and hint; ``notes``.

    Raises
    ------
    InputError
        If the file is unusable as a whole.
    Problem
        413 if it has more orders than `most`; 422 if nested orders are not of the documented shape.
    """
    nested = _nested_already(content) if ending == "json" else None
    if nested is not None:
        _refuse_many(len(nested), most)
        orders = validated(_NESTED.validate_json, msgspec.json.encode(nested))
        return {"orders": orders, "rejects": [], "notes": []}
    with tempfile.TemporaryDirectory(prefix="packopt-") as folder:
        path = Path(folder) / f"orders.{ending}"
        path.write_bytes(content)
        try:
            return _read(path, most)
        except InputError as fault:
            raise InputError("orders", fault.problems) from fault


def _read(path: Path, most: int) -> dict[str, Any]:
    accepted = read_orders(path)
    _refuse_many(accepted.n_orders, most)
    # Evidence shows orders as they came in, so the lines are those of the file and not our numbers.
    rows = order_rows(path)
    lines = [dict(rows[row - 1]) for row in accepted.row.tolist()]
    starts = accepted.line_start.tolist()
    names = accepted.order_ids.to_pylist()
    orders = [
        _order(name, lines[start:stop])
        for name, start, stop in zip(names, starts[:-1], starts[1:], strict=True)
    ]
    rejects = [{name: row[name] for name in _REJECT} for row in accepted.rejects.to_pylist()]
    return {"orders": orders, "rejects": rejects, "notes": list(accepted.notes)}


def _order(order_id: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Put the lines of an order into it, and what it states once beside them."""
    order: dict[str, Any] = {"order_id": order_id}
    for name in OF_ORDERS:
        stated = [line.pop(name) for line in lines if name in line]
        if stated:
            order[name] = stated[0]
    for line in lines:
        del line["order_id"]
    return order | {"lines": lines}


def _nested_already(content: bytes) -> list[Any] | None:
    """Return the orders of a JSON text that is nested as requests are; None if it is not."""
    try:
        found = msgspec.json.decode(content)
    except (ValueError, RecursionError):
        return None  # the reader says it better
    orders = found.get("orders") if isinstance(found, dict) else found
    if isinstance(orders, list) and orders and isinstance(orders[0], dict) and "lines" in orders[0]:
        return orders
    return None


def _refuse_many(orders: int, most: int) -> None:
    if orders > most:
        raise Problem(
            413,
            f"found {orders:,} orders, expected at most {most:,}; send them as a job: "
            "POST /v1/jobs",
        )
