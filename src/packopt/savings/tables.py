"""The tables of a replay: what one side used, and what the other side would save.

A *side* is one way to pack the orders: the plan of packopt, or a baseline. Everything is counted
in *measures*; a saving is the baseline's quantity less the plan's, so more is better. Schemas
carry one sentence for each column, as in `packopt.tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

SCHEMA_VERSION: Final = "1"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that packaging is counted in.

    Attributes
    ----------
    name
        Column of the quantities, with its unit.
    unit, per
        What the report shows, and how many of the column's units make one of it.
    meaning
        One sentence.
    """

    name: str
    unit: str
    per: float
    meaning: str


MEASURES: Final = (
    Measure("packaging_g", "kg", 1e3, "mass of packages, tape and filler; of reusables, one trip"),
    Measure("board_g", "kg", 1e3, "of it corrugated board"),
    Measure("paper_g", "kg", 1e3, "of it paper: mailers and filler"),
    Measure("plastic_g", "kg", 1e3, "of it plastic: mailers, tape and filler"),
    Measure("other_g", "kg", 1e3, "of it other materials"),
    Measure("tape_g", "kg", 1e3, "mass of tape, whatever it is made of"),
    Measure("fill_g", "kg", 1e3, "mass of filler, whatever it is made of"),
    Measure("board_m2", "m2", 1.0, "area of the blanks of corrugated packages"),
    Measure("tape_m", "m", 1.0, "length of tape"),
    Measure("fill_l", "L", 1.0, "empty space that filler takes"),
    Measure("outer_mm3", "m3", 1e9, "outer volume of the parcels"),
    Measure("billable_g", "kg", 1e3, "weight that the carrier bills"),
    Measure("freight", "money", 1.0, "what the carrier charges"),
    Measure(
        "money", "money", 1.0, "packages, tape, filler and freight, as far as prices are known"
    ),
    Measure("co2e_g", "kg CO2e", 1e3, "emissions of the materials by the named set of factors"),
    Measure("parcels", "parcels", 1.0, "number of parcels"),
)

#: Why an order does not count; `counted` where it does.
STATUSES: Final = (
    "counted",
    "no_plan",  # packopt has no answer: unpackable, undecided, or partial
    "no_baseline",  # the input names no baseline package, or the rule finds none
    "unknown_package",  # the baseline package is not in the catalogue
    "cannot_hold",  # proved: the baseline package does not hold the order
    "unverified",  # neither a plan for the baseline package nor a proof was found
)

_WORD: Final = pa.dictionary(pa.int32(), pa.string())


def _column(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


def _amounts(prefix: str, meaning: str) -> list[pa.Field]:
    return [
        _column(f"{prefix}_{one.name}", pa.float64(), f"{meaning}: {one.meaning}")
        for one in MEASURES
    ]


#: One row for each parcel of a side, in the order of its table of parcels.
QUANTITIES: Final = pa.schema(
    [
        _column("order_id", _WORD, "the order, as the input names it", nullable=False),
        _column("parcel", pa.int32(), "number of the parcel within the order", nullable=False),
        _column("package_id", _WORD, "the package", nullable=False),
        *(
            _column(one.name, pa.float64(), f"{one.meaning}; null where a fact is missing")
            for one in MEASURES
        ),
    ]
)

#: One row for each accepted order.
SAVINGS_ORDERS: Final = pa.schema(
    [
        _column("order_id", _WORD, "the order, as the input names it", nullable=False),
        _column("date", pa.date32(), "day of the order"),
        _column("status", _WORD, "counted, or why the order does not count", nullable=False),
        _column("units", pa.int32(), "number of units", nullable=False),
        _column("content_mm3", pa.int64(), "sum of the units' volumes", nullable=False),
        _column("baseline_package", _WORD, "the baseline's package; null for several or none"),
        _column("plan_package", _WORD, "the plan's package; null for several or none"),
        _column("baseline_empty_space", pa.float64(), "empty share of the outer volume, 0..1"),
        _column("plan_empty_space", pa.float64(), "empty share of the outer volume, 0..1"),
        *_amounts("baseline", "the baseline's"),
        *_amounts("plan", "the plan's"),
    ]
)

_DIFFERENCE: Final = [
    _column("orders", pa.int64(), "orders that count", nullable=False),
    _column("baseline", pa.float64(), "the baseline's quantity, in the unit"),
    _column("plan", pa.float64(), "the plan's quantity, in the unit"),
    _column("saved", pa.float64(), "baseline less plan"),
    _column("saved_share", pa.float64(), "of the baseline's quantity, 0..1; null where that is 0"),
]
_NAME: Final = [
    _column("measure", _WORD, "a measure of packopt.savings", nullable=False),
    _column("unit", _WORD, "unit of the figures", nullable=False),
]

#: One row for each measure that is known for every counted order.
SAVINGS_TOTAL: Final = pa.schema(
    [
        *_NAME,
        *_DIFFERENCE,
        _column(
            "saved_low",
            pa.float64(),
            "lower end of the interval of what as many orders of the same kind would save",
        ),
        _column("saved_high", pa.float64(), "upper end of that interval"),
        _column("share_low", pa.float64(), "lower end of the interval of `saved_share`"),
        _column("share_high", pa.float64(), "upper end of the interval of `saved_share`"),
        _column(
            "per_order",
            pa.float64(),
            "saved per counted order, in the unit of the measure's name, such as g",
        ),
        _column("per_order_low", pa.float64(), "lower end of its interval"),
        _column("per_order_high", pa.float64(), "upper end of its interval"),
        _column("orders_saving", pa.int64(), "orders that use less"),
        _column("orders_losing", pa.int64(), "orders that use more"),
    ]
)

#: Long tables, one row for each key and measure.
SAVINGS_BY_PERIOD: Final = pa.schema(
    [_column("period", pa.string(), "month, as 2025-03", nullable=False), *_NAME, *_DIFFERENCE]
)
SAVINGS_BY_UNITS: Final = pa.schema(
    [
        _column("units", pa.string(), "1, 2, 3, 4-6, 7-12 or 13+", nullable=False),
        *_NAME,
        *_DIFFERENCE,
    ]
)
SAVINGS_BY_SKU: Final = pa.schema(
    [
        _column(
            "sku", _WORD, "what the units are; an order's figures by their volume", nullable=False
        ),
        *_NAME,
        *_DIFFERENCE,
    ]
)
#: One row for each package and measure: what each side used of it.
SAVINGS_BY_PACKAGE: Final = pa.schema(
    [
        _column("package_id", _WORD, "the package", nullable=False),
        *_NAME,
        _column("baseline_parcels", pa.int64(), "parcels of the baseline", nullable=False),
        _column("plan_parcels", pa.int64(), "parcels of the plan", nullable=False),
        _column("baseline", pa.float64(), "the baseline's quantity, in the unit"),
        _column("plan", pa.float64(), "the plan's quantity, in the unit"),
        _column("saved", pa.float64(), "baseline less plan"),
    ]
)
DROPPED: Final = pa.schema(
    [
        _column("status", _WORD, "why the orders do not count, or rejected", nullable=False),
        _column("reason", pa.string(), "in words", nullable=False),
        _column("orders", pa.int64(), "number of orders", nullable=False),
    ]
)
#: Which package takes the place of which, most saved first.
SWAPS: Final = pa.schema(
    [
        _column("baseline_package", pa.string(), "the baseline's package", nullable=False),
        _column("plan_package", pa.string(), "another one of the plan", nullable=False),
        _column("orders", pa.int64(), "orders that count, in one package each", nullable=False),
        _column("saved_g", pa.float64(), "packaging saved on them", nullable=False),
    ]
)
#: Orders that count, by the empty share of the outer volume; empty bins are left out.
EMPTY_SPACE: Final = pa.schema(
    [
        _column("above", pa.float64(), "lower edge of the bin, 0..1, not in it", nullable=False),
        _column("up_to", pa.float64(), "upper edge of the bin, 0..1, in it", nullable=False),
        _column("baseline", pa.int64(), "orders of the baseline", nullable=False),
        _column("plan", pa.int64(), "orders of the plan", nullable=False),
    ]
)
FAULTS: Final = pa.schema(
    [
        _column("field", pa.string(), "the column at fault; null for whole rows"),
        _column("faults", pa.int64(), "how many", nullable=False),
    ]
)

#: What rules say of the parcels of many files, counted.
RULES: Final = pa.schema(
    [
        _column("side", _WORD, "baseline or plan", nullable=False),
        _column("pack", _WORD, "the rule pack", nullable=False),
        _column("rule_id", _WORD, "the rule", nullable=False),
        _column("version", _WORD, "version of the rule pack", nullable=False),
        _column("confidence", _WORD, "how the text was read: V, S2, S, M or ?", nullable=False),
        _column("outcome", _WORD, "one of packopt.rules.RESULTS", nullable=False),
        _column("reason", _WORD, "why; null where it passes"),
        _column("would_be", _WORD, "what the numbers say by themselves; null where unknown"),
        _column("rows", pa.int64(), "parcels", nullable=False),
    ]
)

#: What became of a record of the packing bench.
RECORD_STATUSES: Final = (
    "counted",
    "replaced",  # a newer record of the parcel counts
    "unknown_order",  # packopt has no answer to such an order
    "unknown_parcel",  # its order has no such parcel in the plan
)
#: Why nobody knows what the package that was taken takes more than the plan's.
EXTRA_UNKNOWN: Final = (
    "plan_differs",  # the plan has another package than was recommended then
    "not_in_catalogue",
    "size_not_told",  # its sides are chosen for the content, and the record has none
    "mass_not_known",  # neither stated nor derived from its style
)
#: One row for each accepted record of the packing bench.
OVERRIDES: Final = pa.schema(
    [
        _column("row", pa.int64(), "data row of the input, from 1", nullable=False),
        _column("order_id", _WORD, "the order, as the input names it", nullable=False),
        _column("parcel", pa.int32(), "number of the parcel within the order", nullable=False),
        _column("packed", pa.timestamp("us", "UTC"), "when it was packed", nullable=False),
        _column("status", _WORD, "counted, or why the record does not count", nullable=False),
        _column("recommended_package", _WORD, "what was recommended then", nullable=False),
        _column("used_package", _WORD, "the package that was taken", nullable=False),
        _column(
            "overridden", pa.bool_(), "whether it is another than the recommended", nullable=False
        ),
        _column("reason", _WORD, "why, as the packer says; null where nobody says"),
        _column("plan_package", _WORD, "the package of the plan; null without such a parcel"),
        _column(
            "extra_g",
            pa.float64(),
            "packaging of a parcel that was overridden and counts, less the plan's; null where "
            "unknown",
        ),
        _column("extra_unknown", _WORD, "why that is unknown; null where it is not, or not asked"),
    ]
)
#: One row for each fault of a record that was not accepted. Values are left out: where columns are
#: mixed up, one of them may be the free text of a note.
OVERRIDES_REJECTS: Final = pa.schema(
    [
        _column("row", pa.int64(), "data row of the input, from 1", nullable=False),
        _column("field", pa.string(), "the column at fault", nullable=False),
        _column("reason", pa.string(), "why it could not be accepted", nullable=False),
        _column("hint", pa.string(), "what to do about it", nullable=False),
    ]
)

TABLES: Final = {
    "savings_orders": SAVINGS_ORDERS,
    "savings_total": SAVINGS_TOTAL,
    "savings_by_period": SAVINGS_BY_PERIOD,
    "savings_by_units": SAVINGS_BY_UNITS,
    "savings_by_sku": SAVINGS_BY_SKU,
    "savings_by_package": SAVINGS_BY_PACKAGE,
    "dropped": DROPPED,
}


@dataclass(frozen=True, slots=True)
class FileTable:
    """A table of savings of many files: where it is, and its schema."""

    attribute: str
    schema: pa.Schema


#: Tables of `packopt.savings.of_files.FilesSavings` by the names of their files.
FILES_TABLES: Final = {
    "savings_total": FileTable("total", SAVINGS_TOTAL),
    "savings_by_period": FileTable("by_period", SAVINGS_BY_PERIOD),
    "savings_by_units": FileTable("by_units", SAVINGS_BY_UNITS),
    "savings_by_sku": FileTable("by_sku", SAVINGS_BY_SKU),
    "savings_by_package": FileTable("by_package", SAVINGS_BY_PACKAGE),
    "savings_most": FileTable("most", SAVINGS_ORDERS),
    "savings_swaps": FileTable("swaps", SWAPS),
    "savings_empty_space": FileTable("empty_space", EMPTY_SPACE),
    "dropped": FileTable("dropped", DROPPED),
    "faults": FileTable("faults", FAULTS),
    "savings_rules": FileTable("rules", RULES),
}
