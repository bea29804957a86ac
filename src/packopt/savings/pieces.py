"""Pieces: what a replay comes to as small tables that can be added up, in any grouping.

Each piece is a table of sums by a key, so that adding up is one thing for all of them: tables one
below the other, and rows of equal keys summed. Some have no key, and are lists; the orders that
save or lose most are kept, as few as there are places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.savings.amounts import SIDES
from packopt.savings.tables import MEASURES, SAVINGS_ORDERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

    Pieces = dict[str, pa.Table]

#: Orders that are kept for each measure.
MOST_ORDERS: Final = 20
MAIN: Final = "packaging_g"
#: Bins of empty shares: what a median is exact to.
FINE_BINS: Final = 10_000
CLUSTER_SUMS: Final = (*SIDES, "saved", "more", "less")
_MOST: Final = "most"
_ROW: Final = "_row"
_STRINGS: Final = {"key", "baseline_package", "plan_package", "field", "status", "reason", "side",
                   "text", "pack", "rule_id", "version", "confidence", "outcome",
                   "would_be"}  # fmt: skip


def columns_of(sums: Iterable[str]) -> list[str]:
    """A column for each sum and measure."""
    return [f"{name}_{one.name}" for name in sums for one in MEASURES]


#: Key columns and number columns of each piece; sums of measures are behind them.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "days": ("day",),  # clusters of orders for the intervals: by day,
    "blocks": ("block",),  # by block, where orders are drawn in blocks,
    "singles": (),  # and one by one
    "units": ("key",),
    "sku": ("key",),
    "package": ("package",),
    "used": ("side", "package"),
    "swaps": ("baseline_package", "plan_package"),
    "empty": ("bin",),
    "faults": ("field",),
    "dropped": ("status", "reason"),
    "rules": ("side", "pack", "rule_id", "version", "confidence", "outcome", "reason", "would_be"),
    "told": (),
    "hashes": (),
}
_NUMBERS: Final[Mapping[str, list[str]]] = {
    **{name: ["orders"] for name in ("days", "blocks", "singles", "units", "sku")},
    "package": ["baseline_used", "plan_used"],
    "used": ["parcels", *columns_of(["unknown"])],
    "swaps": ["orders"],
    "empty": ["baseline", "plan"],
    "faults": ["faults"],
    "dropped": ["orders"],
    "rules": ["rows"],
}
_SUMS: Final[Mapping[str, list[str]]] = {
    **dict.fromkeys(("days", "blocks", "singles"), columns_of(CLUSTER_SUMS)),
    **dict.fromkeys(("units", "sku", "package"), columns_of(SIDES)),
    "swaps": ["saved_g"],
}


def _schema(name: str) -> pa.Schema:
    if name == "told":
        return pa.schema([("text", pa.string())])
    if name == "hashes":
        return pa.schema([("hash", pa.uint64())])
    keys = [(key, pa.string() if key in _STRINGS else pa.int64()) for key in _KEYS[name]]
    numbers = [(one, pa.int64()) for one in _NUMBERS[name]]
    return pa.schema([*keys, *numbers, *((one, pa.float64()) for one in _SUMS.get(name, []))])


_PLAIN_ORDERS: Final = pa.schema(
    pa.field(one.name, pa.string() if pa.types.is_dictionary(one.type) else one.type)
    for one in SAVINGS_ORDERS
)
#: Schema of each piece.
SCHEMAS: Final = {name: _schema(name) for name in _KEYS} | {_MOST: _PLAIN_ORDERS}


def added(name: str, tables: Iterable[pa.Table]) -> pa.Table:
    """Add up tables of one piece.

    Parameters
    ----------
    name
        Of the piece.
    tables
        In its schema, in the order of the input.

    Returns
    -------
    One table in its schema; keys by first appearance. A sum with anything unknown in it is NaN.
    """
    schema = SCHEMAS[name]
    whole = pa.concat_tables([schema.empty_table(), *tables])
    if name == _MOST:
        return whole.take(pa.array(_most_rows(whole)))
    keys = _KEYS[name]
    if not keys or not whole.num_rows:
        return whole.combine_chunks()
    values = [field.name for field in schema if field.name not in keys]
    # Groups come in no order that anyone promises.
    numbered = whole.append_column(_ROW, pa.array(np.arange(whole.num_rows)))
    sums = numbered.group_by(list(keys), use_threads=False).aggregate(
        [(_ROW, "min"), *((one, "sum") for one in values)]
    )
    sums = sums.sort_by(f"{_ROW}_min").drop_columns(f"{_ROW}_min")
    names = [one.removesuffix("_sum") for one in sums.column_names]
    return sums.rename_columns(names).select(schema.names)


def add_pieces(parts: Iterable[Pieces]) -> Pieces:
    """Add up all pieces of several parts, in the order of the input; as of `added`."""
    parts = list(parts)
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: added(name, [part[name] for part in parts if name in part]) for name in names}


def _most_rows(orders: pa.Table) -> Ints:
    """Rows of orders that save most in any measure, or lose most mass; in their order.

    Where savings are equal, both who goes by the order of the input and who goes by the order's
    name finds the first ones.
    """
    found = [np.empty(0, np.int64)]
    ids = orders["order_id"]
    for one in MEASURES:
        sides = (orders[f"{side}_{one.name}"].to_numpy() for side in SIDES)
        baseline, plan = sides
        found += _largest(baseline - plan, ids, by_name=one.name == MAIN)
        if one.name == MAIN:
            found += _largest(plan - baseline, ids, by_name=True)
    return np.unique(np.concatenate(found))


def _largest(values: Floats, ids: pa.ChunkedArray, *, by_name: bool) -> list[Ints]:
    rows = np.flatnonzero(values > 0)  # of what is not known, NaN, neither
    if len(rows) > MOST_ORDERS:
        least = np.partition(values[rows], -MOST_ORDERS)[-MOST_ORDERS]
        rows = rows[values[rows] >= least]
    first = rows[np.argsort(-values[rows], kind="stable")[:MOST_ORDERS]]
    if not by_name or len(rows) <= MOST_ORDERS:
        return [first]
    some = pa.table({"id": ids.take(pa.array(rows)), "value": values[rows]})
    by = pc.sort_indices(some, [("value", "descending"), ("id", "ascending")])
    return [first, rows[by.to_numpy()[:MOST_ORDERS]]]
