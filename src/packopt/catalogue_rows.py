"""Catalogue rows: raw columns to checked package types; one bad row fails the catalogue."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.columns import Field, ignored, known_names, resolve, unused
from packopt.errors import CatalogueError
from packopt.faults import problems
from packopt.materials import FLUTES, derived_outer_mm, derived_tare_g
from packopt.package_shapes import MAILER, SHAPE_FIELDS, read_kinds, read_shapes, read_styles
from packopt.package_supply import SUPPLY_FIELDS, read_coolant, read_reusable, read_supply
from packopt.ranges import Range
from packopt.trade_codes import read_package_codes
from packopt.units import G_PER, MM_PER, SIZE_UNIT, WEIGHT_UNIT
from packopt.validation import TRUTH, Inspection

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.raw_table import RawTable

_OUTER: Final = ("outer_length", "outer_width", "outer_height")

FIELDS: Final = (
    Field("package_id", required=True),
    *SHAPE_FIELDS,
    *(Field(name, MM_PER) for name in _OUTER),
    Field("flute"),
    Field("grammage_gsm"),
    Field("tare", G_PER),
    Field("max_content", G_PER),
    Field("unit_cost"),
    Field("currency"),
    Field("material"),
    Field("plastic"),
    Field("closure"),
    Field("degradable"),
    Field("reusable_trips"),
    Field("recycled_share"),
    Field("recyclable"),
    Field("certificate"),
    Field("package_code"),
    *SUPPLY_FIELDS,
)
CATALOGUE_COLUMNS: Final = known_names(FIELDS)
TEXT_COLUMNS: Final = (
    "package_id",
    "style",
    "material",
    "certificate",
    "sites",
    "stock",
    "temperature",
    "package_code",
    WEIGHT_UNIT,
    # and with heights, the column that says their unit
    *sorted(known_names(one for one in SHAPE_FIELDS if one.name == "heights") | {SIZE_UNIT}),
)
# A name that results use for units that ship as they are.
OWN_CONTAINER: Final = "own_container"


_OUTER_SIDE: Final = Range(1, 20_000, "mm", "up")
_GRAMMAGE: Final = Range(10, 10_000, "g/m2", "none")
_TARE: Final = Range(0.1, 100_000, "g", "none")
_CONTENT: Final = Range(1, 1_000_000_000, "g", "down")
_COST: Final = Range(0, 1_000_000, "", "none")
_TRIPS: Final = Range(1, 100_000, "trips", "refuse")
_SHARE: Final = Range(0, 1, "", "none")

_CLOSURES: Final = {"0201": "tape", "0427": "self-lock"}
_PLASTIC_STYLES: Final = ("poly", "bubble")


def accept_packages(raw: RawTable, source: str) -> dict[str, Any]:
    """Check every row of a catalogue and derive what it leaves out.

    Parameters
    ----------
    raw
        Raw columns.
    source
        What is read, for messages.

    Returns
    -------
    The fields of `packopt.catalogue.Catalogue` by name.

    Raises
    ------
    CatalogueError
        If there is no package, a column is missing or ambiguous, or any row is faulty; all
        faults are listed.
    """
    names = [*raw.table.column_names, *raw.ignored]
    columns = resolve(names, FIELDS, source, CatalogueError)
    # Empty rows at the end are no packages; cutting them off keeps all row numbers.
    rows = np.flatnonzero(~raw.empty_rows())
    if len(rows) == 0:
        raise CatalogueError(source, "found no packages; expected at least one row; add it")
    table = raw.table.slice(0, int(rows[-1]) + 1)
    inspection = Inspection(table, columns, source, CatalogueError)
    kind = read_kinds(inspection)
    package_ids = _package_ids(inspection)
    style = read_styles(inspection, kind)
    shapes = read_shapes(inspection, kind)
    max_content_g = inspection.numbers("max_content", _CONTENT, default=-1).astype(np.int64)
    trips = inspection.numbers("reusable_trips", _TRIPS, default=0)
    packages = {
        "package_ids": package_ids,
        "kind": kind.astype(np.uint8),
        "style": style,
        **shapes,
        **_board(inspection),
        **_money(inspection),
        "max_content_g": max_content_g,
        **read_supply(inspection),
        **read_coolant(inspection, kind, shapes["inner_mm"], max_content_g),
        "reusable": read_reusable(inspection, trips),
        "material": _words(inspection, "material", ("",) * len(style)),
        "closure": _closures(inspection, style),
        "plastic": _plastic(inspection, style),
        "attributes": _attributes(inspection, trips),
    }
    stated_mm = _stated_outer_mm(inspection, packages)
    found = [
        f"row {row + 1}: found {fault}; expected one value for each column; quote values that "
        "contain the separator"
        for row, fault in raw.faults.items()
    ]
    found += problems(inspection.faults)
    if found:
        raise CatalogueError(source, found)
    strangers = [*raw.ignored, *unused(names, FIELDS)]
    notes = (ignored(strangers, FIELDS, source),) if strangers else ()
    return {**_derived(packages, stated_mm), "notes": notes}


def _package_ids(inspection: Inspection) -> tuple[str, ...]:
    ids = inspection.texts("package_id")
    words = ids.to_pylist()
    count = Counter(words)
    twice = np.array([word is not None and count[word] > 1 for word in words])
    inspection.fault(
        twice, "package_id", "a name that occurs more than once", "unique names", "Rename one."
    )
    inspection.fault(
        np.array([word == OWN_CONTAINER for word in words]),
        "package_id",
        "the name of what ships without a package",
        "any other name",
        "Rename it.",
    )
    return tuple(words)


def _board(inspection: Inspection) -> dict[str, Any]:
    flutes = {flute.lower(): code for code, flute in enumerate(FLUTES)}
    code = inspection.choices("flute", flutes, default=-1)
    return {
        "flute": tuple("" if one < 0 else FLUTES[one] for one in code),
        "grammage_gsm": inspection.numbers("grammage_gsm", _GRAMMAGE, default=np.nan),
        "tare_g": inspection.numbers("tare", _TARE, default=np.nan),
    }


def _money(inspection: Inspection) -> dict[str, Any]:
    """Prices and their one currency: prices in two currencies cannot be ranked."""
    unit_cost = inspection.numbers("unit_cost", _COST, default=np.nan)
    codes = [code.upper() for code in _words(inspection, "currency", [""] * len(unit_cost))]
    strange = [bool(code) and not (len(code) == 3 and code.isalpha()) for code in codes]
    inspection.fault(
        np.array(strange), "currency", "no currency code", "three letters", "Write EUR or USD."
    )
    currencies = sorted(set(codes) - {""})
    if len(currencies) > 1:
        inspection.fault(
            np.array([code not in ("", currencies[0]) for code in codes]),
            "currency",
            "a second currency",
            f"one currency for all prices, such as {currencies[0]}",
            "Convert the prices.",
        )
    unclear = ~np.isnan(unit_cost) & np.array([not code for code in codes])
    if currencies:
        inspection.fault(
            unclear, "currency", "no value beside a price", currencies[0], "Fill it in."
        )
    return {"unit_cost": unit_cost, "currency": currencies[0] if currencies else ""}


def _words(inspection: Inspection, field: str, defaults: Sequence[str]) -> tuple[str, ...]:
    if field not in inspection:
        return tuple(defaults)
    words = inspection.optional_texts(field).to_pylist()
    return tuple(
        default if word is None else word for word, default in zip(words, defaults, strict=True)
    )


def _closures(inspection: Inspection, style: Sequence[str]) -> tuple[str, ...]:
    """Closures in lower case, since "Tape" must cost tape too."""
    closures = _words(inspection, "closure", [_CLOSURES.get(one, "adhesive") for one in style])
    return tuple(closure.strip().lower() for closure in closures)


def _plastic(inspection: Inspection, style: Sequence[str]) -> NDArray[np.bool_]:
    stated = _maybe(inspection, "plastic")
    assumed = np.array([one in _PLASTIC_STYLES for one in style])
    return np.where(stated < 0, assumed, stated == 1)


def _maybe(inspection: Inspection, field: str) -> NDArray[np.int64]:
    """1 for yes, 0 for no, -1 where nothing is stated."""
    return inspection.choices(field, TRUTH, default=-1)


def _attributes(inspection: Inspection, trips: NDArray[np.float64]) -> pa.Table:
    n = inspection.table.num_rows
    degradable, recyclable = _maybe(inspection, "degradable"), _maybe(inspection, "recyclable")
    share = inspection.numbers("recycled_share", _SHARE, default=-1)
    certificate = _words(inspection, "certificate", [""] * n)
    return pa.table(
        {
            "degradable": pa.array(degradable == 1, mask=degradable < 0),
            "reusable_trips": pa.array(trips.astype(np.int64), mask=trips == 0),
            "recycled_share": pa.array(share, mask=share < 0),
            "recyclable": pa.array(recyclable == 1, mask=recyclable < 0),
            "certificate": pa.array([one or None for one in certificate], pa.string()),
            "package_code": read_package_codes(inspection),
        }
    )


def _stated_outer_mm(inspection: Inspection, packages: dict[str, Any]) -> NDArray[np.int32]:
    """Outer sides as stated, -1 where they are to be derived."""
    sides = [inspection.numbers(name, _OUTER_SIDE, default=-1) for name in _OUTER]
    outer = np.stack(sides, axis=1).astype(np.int32)
    stated = outer >= 0
    is_mailer = packages["kind"] == MAILER
    for axis, field in enumerate(_OUTER):
        name = field if field in inspection else f"{field}_mm"
        inspection.fault(
            stated[:, axis] & is_mailer,
            name,
            "an outer side of a mailer",
            "an empty value, since a mailer's outer size depends on its content",
            "Leave it empty here.",
        )
        inspection.fault(
            ~stated[:, axis] & stated.any(axis=1) & ~is_mailer,
            name,
            "no value",
            "all three outer sides, or none",
            "Fill it in, or leave all three empty.",
        )
        inspection.fault(
            stated[:, axis]
            & ~is_mailer
            & (outer[:, axis] < packages["inner_mm"][:, axis])
            & ~inspection.faulty,
            name,
            "less than inside",
            "at least the inner side",
            "Exchange inner and outer.",
        )
    return outer


def _derived(packages: dict[str, Any], stated_mm: NDArray[np.int32]) -> dict[str, Any]:
    kind, style, inner_mm = packages["kind"], packages["style"], packages["inner_mm"]
    tare_stated = ~np.isnan(packages["tare_g"])
    tare_g = derived_tare_g(kind, style, inner_mm, packages["flute"], packages["grammage_gsm"])
    outer_mm = derived_outer_mm(style, inner_mm, packages["flute"])
    return packages | {
        "tare_stated": tare_stated,
        "tare_g": np.where(tare_stated, packages["tare_g"], tare_g),
        "outer_mm": np.where(stated_mm >= 0, stated_mm, outer_mm).astype(np.int32),
    }
