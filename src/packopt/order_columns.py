"""Order columns: which there are, in one file or two, and how the second one is joined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.columns import Column, Field, ignored, known_names, refuse_personal, resolve, unused
from packopt.errors import OrdersError
from packopt.units import G_PER, MM_PER, SIZE_UNIT, WEIGHT_UNIT
from packopt.validation import Inspection

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from numpy.typing import NDArray

    from packopt.raw_table import RawTable

ORDER_FIELDS: Final = (
    Field("order_id", required=True),
    Field("sku", required=True),
    Field("qty", required=True),
    Field("group"),
    Field("keep_together"),
    Field("seller"),
    Field("site"),
    Field("region"),
    Field("placed_in"),
    Field("placed_x", MM_PER),
    Field("placed_y", MM_PER),
    Field("placed_z", MM_PER),
    Field("baseline_package"),
    Field("date"),
)
ITEM_FIELDS: Final = (
    Field("length", MM_PER, required=True),
    Field("width", MM_PER, required=True),
    Field("height", MM_PER, required=True),
    Field("weight", G_PER),
    Field("orientation"),
    Field("fragile"),
    Field("max_load", G_PER),
    Field("padding", MM_PER),
    Field("mailer_ok"),
    Field("min_height", MM_PER),
    Field("nest_height", MM_PER),
    Field("goods_class"),
    Field("temperature"),
    Field("own_container"),
    Field("gtin"),
    Field("tolerance", MM_PER),
)
LINE_COLUMNS: Final = known_names(ORDER_FIELDS + ITEM_FIELDS)
SKU_COLUMNS: Final = known_names((Field("sku"), *ITEM_FIELDS))
_WEIGHT: Final = next(one for one in ITEM_FIELDS if one.name == "weight")
# JSON would take ids such as 2024-01-31 for dates.
TEXT_COLUMNS: Final = (
    "order_id",
    "sku",
    "group",
    "keep_together",
    "seller",
    "site",
    "region",
    "placed_in",
    "baseline_package",
    "date",
    "goods_class",
    "temperature",
    "gtin",
    SIZE_UNIT,
    WEIGHT_UNIT,
)


def weight_columns(names: Collection[str]) -> frozenset[str]:
    """Which of some columns hold weights: by name, or ``weight`` beside the column of its unit."""
    plain = {_WEIGHT.plain} if _WEIGHT.unit_column in names else set()
    return frozenset({*_WEIGHT.factors, *plain} & {*names})


NO_ROWS: Final = "found no rows; expected at least one order line; add it"


@dataclass(frozen=True, slots=True)
class Whole:
    """What a part of an input must know of the whole, to be read as the whole would be.

    Attributes
    ----------
    row_numbers
        ``(n,)`` row of the whole input, from 1, that each row of the part is.
    n_empty_rows
        Rows of the whole input without any value; none of them is in a part.
    has_weights
        True where at least one row of the whole input has a weight.
    """

    row_numbers: NDArray[np.int64]
    n_empty_rows: int
    has_weights: bool


@dataclass(frozen=True, slots=True)
class Source:
    """Raw columns and what to call them in messages; ``whole`` where they are a part of more."""

    raw: RawTable
    name: str
    whole: Whole | None = None

    @property
    def names(self) -> list[str]:
        """Names of all columns of the input."""
        return [*self.raw.table.column_names, *self.raw.ignored]


def open_lines(
    lines: Source, skus: Source | None, notes: list[str]
) -> tuple[Inspection, NDArray[np.int64]]:
    """Find the columns of order lines, leave out empty rows, and note rows of the wrong shape.

    Parameters
    ----------
    lines
        Order lines.
    skus
        Sizes and other properties by SKU, or None where the lines have them.
    notes
        Takes a sentence on everything that is ignored.

    Returns
    -------
    The inspection of the lines, and the row number in the input of each of its rows, from 1.

    Raises
    ------
    OrdersError
        If there is no row, a column is missing or ambiguous, or one looks personal.
    """
    # What order lines are known to have is nothing personal.
    refuse_personal(lines.raw.ignored, lines.name, OrdersError)
    items = ITEM_FIELDS if skus is None else _optional(ITEM_FIELDS)
    columns = resolve(lines.names, (*ORDER_FIELDS, *items), lines.name, OrdersError)
    if strangers := [*lines.raw.ignored, *unused(lines.names, (*ORDER_FIELDS, *items))]:
        notes.append(ignored(strangers, (*ORDER_FIELDS, *items), lines.name))
    table, row_numbers, n_empty_rows = _filled_rows(lines)
    if len(row_numbers) == 0 and lines.whole is None:
        raise OrdersError(lines.name, NO_ROWS)
    if n_empty_rows:
        notes.append(f"{lines.name}: ignored {n_empty_rows} empty rows")
    inspection = Inspection(table, columns, lines.name, OrdersError)
    # Faults go by the row of the table that was read, before empty rows were left out of it.
    at = row_numbers - 1 if lines.whole is None else np.arange(len(row_numbers))
    for found in sorted(set(lines.raw.faults.values())):
        rows = [row for row, fault in lines.raw.faults.items() if fault == found]
        inspection.fault(
            np.isin(at, rows),
            "row",
            found,
            "one value for each column of the header",
            "Quote values that contain the separator.",
            pa.nulls(len(row_numbers), pa.string()),
        )
    inspection.silenced |= inspection.faulty
    return inspection, row_numbers


def _filled_rows(lines: Source) -> tuple[pa.Table, NDArray[np.int64], int]:
    """Rows that hold something, the row of the input that each is, and how many were left out."""
    table, whole = lines.raw.table, lines.whole
    if whole is not None:
        return table, whole.row_numbers, whole.n_empty_rows
    filled = ~lines.raw.empty_rows()
    row_numbers = np.flatnonzero(filled) + 1
    n_empty_rows = table.num_rows - len(row_numbers)
    if n_empty_rows:
        table = table.filter(pa.array(filled))
    return table, row_numbers, n_empty_rows


def join_skus(
    inspection: Inspection, names: pa.StringArray, skus: Source, notes: list[str]
) -> None:
    """Give every line the properties of its SKU; lines without them become faults.

    Parameters
    ----------
    inspection
        The lines; gets the columns of ``skus``.
    names
        ``(n,)`` SKU of each line.
    skus
        Sizes and other properties by SKU.
    notes
        Takes a sentence on everything that is ignored.

    Raises
    ------
    OrdersError
        If a column of ``skus`` is missing, ambiguous, personal, or also among the lines.
    """
    columns, table = _open_skus(inspection, skus, notes)
    known = Inspection(table, columns, skus.name, OrdersError).optional_texts("sku")
    place = pc.index_in(names, value_set=known, skip_nulls=True)
    rows_by_place = np.bincount(
        pc.fill_null(pc.index_in(known, value_set=known, skip_nulls=True), len(known)).to_numpy(),
        minlength=len(known) + 1,
    )
    rows_by_place[-1] = 0
    rows = rows_by_place[pc.fill_null(place, len(known)).to_numpy()]
    faults = [
        (rows == 0, "a sku without a row", f"Add sku {{}} to {skus.name}."),
        (rows > 1, "a sku with several rows", f"Keep one row for sku {{}} in {skus.name}."),
    ]
    for where, found, hint in faults:
        inspection.fault(where, "sku", found, f"one row in {skus.name}", hint, names)
    # A line without a SKU has no sizes either; one reject says it all.
    inspection.silenced |= inspection.faulty
    del columns["sku"]
    inspection.extend(columns, table.take(place))


def _open_skus(
    inspection: Inspection, skus: Source, notes: list[str]
) -> tuple[dict[str, Column], pa.Table]:
    # "name" alone is the article's here.
    names = skus.names
    refuse_personal((name for name in names if name.lower() != "name"), skus.name, OrdersError)
    among_lines = [one for one in ITEM_FIELDS if one.name in inspection]
    twice = sorted(known_names(among_lines) & set(names))
    if twice:
        raise OrdersError(
            skus.name,
            f"columns {', '.join(twice)} are also in {inspection.source}; expected each in one of "
            "the two; delete them from one",
        )
    items = [one for one in ITEM_FIELDS if one not in among_lines]
    columns = resolve(names, (Field("sku", required=True), *items), skus.name, OrdersError)
    if strangers := [*skus.raw.ignored, *unused(names, items)]:
        notes.append(ignored(strangers, items, skus.name))
    notes += [
        f"{skus.name}: ignored row {row + 1}: {found}" for row, found in skus.raw.faults.items()
    ]
    whole = np.ones(skus.raw.table.num_rows, dtype=np.bool_)
    whole[list(skus.raw.faults)] = False
    return columns, skus.raw.table.filter(pa.array(whole))


def _optional(fields: Iterable[Field]) -> list[Field]:
    return [replace(one, required=False) for one in fields]
