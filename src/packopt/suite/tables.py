"""The tables of a suite. Schemas carry one sentence for each column, as in `packopt.tables`.

Costs are in the objective's unit, which ``suite.json`` names: g of material, mm3, or money.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa

SCHEMA_VERSION: Final = "1"


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"meaning": meaning})


_SIDES: Final = [
    _column("length_mm", pa.int64(), "inner length, or flat length of a mailer"),
    _column("width_mm", pa.int64(), "inner width, or flat width of a mailer"),
    _column("height_mm", pa.int64(), "inner height, or greatest thickness of a mailer"),
]

TYPES: Final = pa.schema(
    [
        _column("package_id", pa.string(), "the package type"),
        _column("set", pa.string(), "today or proposed"),
        _column("origin", pa.string(), "new, or today's"),
        _column("kind", pa.string(), "carton, mailer, adjustable or made_to_measure"),
        *_SIDES,
        _column("cost", pa.float64(), "of one, with nothing but filler inside"),
        _column("fit_parcels", pa.int64(), "parcels of the fitting period that it serves"),
        _column("holdout_parcels", pa.int64(), "parcels of the holdout that it serves"),
        _column("again", pa.float64(), "share of resampled histories that choose it again, 0..1"),
    ]
)
CURVE: Final = pa.schema(
    [
        _column("sizes", pa.int64(), "number of types, at most"),
        _column("cost", pa.float64(), "of the best set found by the settings, fitting period"),
        _column(
            "bound",
            pa.float64(),
            "no set of as many of these candidates or fewer costs less, with as many new ones as "
            "may be, and those to keep; the least use is left aside",
        ),
        _column(
            "within", pa.float64(), "cost over bound, less 1; none where packing the set costs less"
        ),
        _column("saved_share", pa.float64(), "of today's cost of the fitting period"),
        _column("holdout_cost", pa.float64(), "over the contents of the holdout that are held"),
        _column("holdout_saved_share", pa.float64(), "of today's cost of the same contents"),
        _column("holdout_unheld", pa.int64(), "contents of the holdout that no type holds in one"),
    ]
)
MOVES: Final = pa.schema(
    [
        _column("set", pa.string(), "the set that is changed: today or proposed"),
        _column("change", pa.string(), "add, drop or swap"),
        _column("leaves", pa.string(), "the type that goes"),
        _column("comes", pa.string(), "the type that comes"),
        _column("saved", pa.float64(), "over the fitting period; less than 0 costs"),
        _column("saved_share", pa.float64(), "of what the set costs"),
    ]
)
DRAWS: Final = pa.schema(
    [
        _column("draw", pa.int64(), "number of the resampled history"),
        _column("regret", pa.float64(), "what the set costs on it more than the one chosen on it"),
    ]
)
HELD_OUT: Final = pa.schema([_column("order_id", pa.string(), "an order of the holdout")])

TABLES: Final = {
    "suite_types": TYPES,
    "suite_curve": CURVE,
    "suite_moves": MOVES,
    "suite_draws": DRAWS,
    "suite_holdout": HELD_OUT,
}


def table_of(schema: pa.Schema, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a table of a schema; what a row leaves out is null."""
    columns = [
        pa.array([row.get(name) for row in rows], schema.field(name).type) for name in schema.names
    ]
    return pa.table(columns, schema=schema)


def meanings(schema: pa.Schema) -> dict[str, str]:
    """The sentence of each column."""
    return {field.name: field.metadata[b"meaning"].decode() for field in schema}
