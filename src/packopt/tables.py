"""The tables packopt writes: one schema each, which writes, reads and documents the table.

Strings that repeat are dictionary encoded in memory; on disk they are plain Parquet strings, so
DuckDB, polars and pandas read them without knowing about Arrow dictionaries. The sentence that
explains a column travels with it as field metadata (see `describe`).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# The kernel answers with indices into these two tuples: their order is part of its contract.
REASONS: Final = (
    "none",  # not ruled out; never written to a table
    "weight",  # the content is heavier than max_content_g
    "side",  # one unit fits in no allowed orientation
    "volume",  # the units' volume exceeds the package's
    "pair",  # two units, or a clique of units, can never share the package
    "reach",  # no sum of unit sides uses enough of the package's sides
    "dff",  # dual feasible functions: the units' transformed volume exceeds the package's
    "search",  # every arrangement was tried
    "cpsat",  # CP-SAT proved that there is no arrangement
    "policy",  # the order may not travel in this package
    "stock",  # the package is out of stock
    "undecided",  # neither a plan nor a proof within the effort
)
VERDICTS: Final = (
    "optimal",  # fewer parcels and everything cheaper are ruled out
    "feasible",  # a plan was found, but something better stayed undecided
    "unpackable",  # everything is ruled out
    "undecided",  # no plan was found, and some package stayed undecided
    "partial",  # some units fit nothing: the parcels hold the rest
)

#: At which sizes an order was packed, and what its fit may be, see `packopt.fits`.
SIZES: Final = ("stated", "largest")
FITS: Final = (
    "surely",  # its packages hold it with every size at its largest
    "if_exact",  # they, or some others, hold it at the stated sizes, which is not known of larger
    "if_smaller",  # some packages hold it at the smallest sizes only
    "cannot",  # no packages hold it even at the smallest sizes: proved
    "unknown",  # nothing found and nothing proved within the effort
)

#: Columns in which hardly a value repeats, at least where there are many: ids, and sums by article.
_DISTINCT: Final = ("order_id", "parcel_hash", "baseline", "plan", "saved")

_WORD: Final = pa.dictionary(pa.int32(), pa.string())


def _column(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = False) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


_ORDER_ID: Final = _column("order_id", _WORD, "the order, as the input names it")
_PARCEL: Final = _column("parcel", pa.int32(), "number of the parcel within the order, from 1")
_VERDICT: Final = _column("verdict", _WORD, "optimal, feasible, unpackable, undecided or partial")
_KIND: Final = _column(
    "kind", _WORD, "carton, mailer, adjustable, made_to_measure or own_container"
)

ORDERS: Final = pa.schema(
    [
        _ORDER_ID,
        _VERDICT,
        _column("parcels", pa.int32(), "number of parcels; 0 where no plan was found"),
        _column(
            "parcels_lower_bound",
            pa.int32(),
            "no axis-aligned plan has fewer parcels; null where nothing holds the order",
            nullable=True,
        ),
        _column("package_id", _WORD, "the package, where there is one parcel", nullable=True),
        _column("cost", pa.float64(), "cost under the policy's objective", nullable=True),
        _column(
            "cost_lower_bound",
            pa.float64(),
            "no axis-aligned plan of as many parcels or fewer costs less; null where nothing "
            "holds the order",
            nullable=True,
        ),
        _column("units", pa.int32(), "number of units ordered"),
        _column("volume_mm3", pa.int64(), "sum of the units' volumes, without padding"),
        _column("weight_g", pa.int64(), "sum of the units' weights", nullable=True),
        _column("tare_g", pa.float64(), "mass of packages and tape", nullable=True),
        _column("fill_g", pa.float64(), "mass of filler in the empty space", nullable=True),
        _column(
            "empty_space_inner",
            pa.float64(),
            "share of the packages' inner volume that holds no unit, 0..1",
            nullable=True,
        ),
        _column(
            "empty_space_outer",
            pa.float64(),
            "share of the packages' outer volume that holds no unit, 0..1",
            nullable=True,
        ),
        _column("nodes", pa.int64(), "search nodes spent on the order"),
        _column(
            "shortage_cost",
            pa.float64(),
            "what the order costs more than with enough of what there was at first; null where "
            "stock was enough",
            nullable=True,
        ),
        _column(
            "shortage_package_id",
            _WORD,
            "the package that ran out before the order could have it",
            nullable=True,
        ),
        _column(
            "sizes",
            _WORD,
            "sizes that the answer and its proofs are about, stated or largest; null where sizes "
            "have no tolerance",
            nullable=True,
        ),
        _column(
            "fit",
            _WORD,
            "surely, if_exact, if_smaller, cannot or unknown; null likewise",
            nullable=True,
        ),
    ]
)

PARCELS: Final = pa.schema(
    [
        _ORDER_ID,
        _PARCEL,
        _column("package_id", _WORD, "the package, as the catalogue names it, or own_container"),
        _KIND,
        _column("site", _WORD, "where the parcel is packed", nullable=True),
        _column("length_mm", pa.int32(), "inner length; of a mailer, its flat length"),
        _column("width_mm", pa.int32(), "inner width; of a mailer, its flat width"),
        _column("height_mm", pa.int32(), "inner height; of a mailer, its greatest thickness"),
        _column("units", pa.int32(), "number of units in the parcel"),
        _column("content_mm3", pa.int64(), "sum of the units' volumes, as they lie in the parcel"),
        _column("content_g", pa.int64(), "sum of the units' weights", nullable=True),
        _column("tare_g", pa.float64(), "mass of the package and its tape"),
        _column("fill_g", pa.float64(), "mass of filler in the empty space"),
        _column("coolant_g", pa.int64(), "mass of coolant packed with the content"),
        _column(
            "gross_g", pa.float64(), "content, tare, filler and coolant together", nullable=True
        ),
        _column("outer_length_mm", pa.int32(), "outer length of the parcel"),
        _column("outer_width_mm", pa.int32(), "outer width of the parcel"),
        _column("outer_height_mm", pa.int32(), "outer height; of a mailer, its thickness"),
        _column("empty_space_inner", pa.float64(), "empty share of the inner volume, 0..1"),
        _column("empty_space_outer", pa.float64(), "empty share of the outer volume, 0..1"),
        _column("billable_g", pa.int64(), "weight the carrier bills", nullable=True),
        _column("cost", pa.float64(), "cost under the policy's objective"),
        _VERDICT,
        _column(
            "package_code",
            _WORD,
            "the package's code of UN/CEFACT Recommendation 21, as the catalogue states it",
            nullable=True,
        ),
    ]
)

_PLACEMENT: Final = [
    _column("sequence", pa.int32(), "packing order within the parcel, from 1"),
    _column("sku", _WORD, "what the unit is"),
    _column("unit", pa.int32(), "number of the unit within its order and sku, from 1"),
    _column("x_mm", pa.int32(), "corner of the unit along the package's length"),
    _column("y_mm", pa.int32(), "corner of the unit along the package's width"),
    _column("z_mm", pa.int32(), "corner of the unit above the package's floor"),
    _column("dx_mm", pa.int32(), "extent of the unit along the package's length"),
    _column("dy_mm", pa.int32(), "extent of the unit along the package's width"),
    _column("dz_mm", pa.int32(), "extent of the unit upwards"),
    _column("support", pa.float32(), "share of the base that rests on something, 0..1"),
    _column("gtin", _WORD, "the unit's GTIN, of 14 digits, as its order states it", nullable=True),
]
PLACEMENTS: Final = pa.schema([_ORDER_ID, _PARCEL, *_PLACEMENT])

RULED_OUT: Final = pa.schema(
    [
        _ORDER_ID,
        _column("package_id", _WORD, "a package cheaper than the chosen one, cheapest first"),
        _column("reason", _WORD, "why it cannot hold the order, or undecided"),
    ]
)

UNPACKED: Final = pa.schema(
    [
        _ORDER_ID,
        _column("sku", _WORD, "what the units are"),
        _column("qty", pa.int32(), "number of units that fit no package, even alone"),
        _column("reason", _WORD, "why the package of largest volume cannot hold one"),
    ]
)

_RANK: Final = _column("rank", pa.int32(), "1 for the next cheapest package that holds the order")
ALTERNATIVES: Final = pa.schema(
    [
        _ORDER_ID,
        _RANK,
        *(
            PARCELS.field(name)
            for name in (
                "package_id",
                "kind",
                "length_mm",
                "width_mm",
                "height_mm",
                "cost",
                "tare_g",
                "fill_g",
                "empty_space_inner",
                "empty_space_outer",
                "verdict",
            )
        ),
    ]
)
ALTERNATIVE_PLACEMENTS: Final = pa.schema([_ORDER_ID, _RANK, *_PLACEMENT])

REJECTS: Final = pa.schema(
    [
        _column("row", pa.int64(), "data row of the input, from 1", nullable=True),
        _column("order_id", pa.string(), "the order that is not answered", nullable=True),
        _column("field", pa.string(), "the column at fault", nullable=True),
        _column("value", pa.string(), "what was found there", nullable=True),
        _column("reason", pa.string(), "why it could not be accepted", nullable=True),
        _column("hint", pa.string(), "what to do about it", nullable=True),
    ]
)

TABLES: Final = {
    "orders": ORDERS,
    "parcels": PARCELS,
    "placements": PLACEMENTS,
    "ruled_out": RULED_OUT,
    "unpacked": UNPACKED,
    "alternatives": ALTERNATIVES,
    "alternative_placements": ALTERNATIVE_PLACEMENTS,
    "rejects": REJECTS,
}


@cache
def empty(name: str) -> pa.Table:
    """Return a table without rows: making one anew takes longer than answering an order."""
    return TABLES[name].empty_table()


def describe(table: str) -> dict[str, str]:
    """What each column of a table means, in the table's order.

    Parameters
    ----------
    table
        One of `TABLES`.

    Returns
    -------
    dict
        Column name to one sentence.
    """
    return {field.name: field.metadata[b"meaning"].decode() for field in TABLES[table]}


def strings(schema: pa.Schema) -> list[str]:
    """Names of the dictionary encoded columns of a schema."""
    return [field.name for field in schema if pa.types.is_dictionary(field.type)]


#: Longer tables are Parquet only: spreadsheets stop at about a million rows, and choke before.
MOST_CSV_ROWS: Final = 250_000


def parquet_options(names: Iterable[str], ascending: Sequence[str] = ()) -> dict[str, Any]:
    """How a table beside a report becomes Parquet.

    Without the Arrow schema, strings are plain strings to every reader. Least and greatest values
    would take as long as all else, and let no reader skip anything: a row group is most of a
    table. Of figures as of words those that repeat stand in the file once: the board of an order
    takes a few dozen values only.

    Parameters
    ----------
    names
        The columns of the table.
    ascending
        Those of whole numbers, each a little more than the last: how much more takes no room.

    Returns
    -------
    Options of `pyarrow.parquet.ParquetWriter`.
    """
    return {
        "compression": "zstd",
        "store_schema": False,
        "write_statistics": False,
        "use_dictionary": repeating(name for name in names if name not in ascending),
        "column_encoding": dict.fromkeys(ascending, "DELTA_BINARY_PACKED"),
    }


def repeating(names: Iterable[str]) -> list[str]:
    """Columns whose values repeat, so that a file holds each once and then only refers to it.

    Where nearly every row has a value of its own, their dictionary would outgrow its page, and
    making it takes longer than writing all other columns.

    Parameters
    ----------
    names
        Columns of any table.
    """
    return [name for name in names if name not in _DISTINCT]
