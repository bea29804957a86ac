"""A user's file at the door: every value checked, and one bad row refuses the file.

A report that leaves a row out is wrong without looking wrong, so there are no rejects here.
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.columns import Field, ignored, known_names, refuse_personal, resolve
from packopt.errors import GreenError, InputError
from packopt.faults import problems
from packopt.raw_table import RawTable, select
from packopt.reading import read_table
from packopt.validation import TRUTH, Inspection
from packopt.words_and_dates import read_dates

if TYPE_CHECKING:
    from packopt.green.inputs.columns import InputColumn, InputTable


def read_file(path: str | PathLike[str], table: InputTable) -> tuple[pa.Table, tuple[str, ...]]:
    """Read and check one file.

    Parameters
    ----------
    path
        CSV, Parquet, Arrow IPC, JSON or NDJSON, by its suffix.
    table
        What it holds.

    Returns
    -------
    The rows in the schema of ``table``, and sentences on columns that were ignored.

    Raises
    ------
    GreenError
        If the file is unusable, carries personal data, or any row is faulty; all faults are told.
    """
    names = known_names(_fields(table))
    words = [one.name for one in table.columns if one.kind in ("text", "word", "period")]
    raw = read_table(path, names.__contains__, error=GreenError, text=words)
    return _accept(raw, table, fspath(path))


def accept_table(rows: Any, table: InputTable) -> tuple[pa.Table, tuple[str, ...]]:
    """Check rows that are already in memory.

    Parameters
    ----------
    rows
        A `pyarrow.Table`, or any data frame that offers itself as Arrow columns.
    table
        What they hold.

    Returns
    -------
    As `read_file`.

    Raises
    ------
    GreenError
        As `read_file`.
    """
    names = known_names(_fields(table))
    try:
        raw = select(pa.table(rows), names.__contains__)
    except InputError as fault:
        raise GreenError(table.name, fault.problems) from None
    except (TypeError, ValueError) as fault:
        raise GreenError(
            table.name, f"is no table ({fault}); expected a pyarrow.Table; give one"
        ) from fault
    return _accept(raw, table, table.name)


def _fields(table: InputTable) -> list[Field]:
    return [Field(one.name, required=one.required) for one in table.columns]


def _accept(raw: RawTable, table: InputTable, source: str) -> tuple[pa.Table, tuple[str, ...]]:
    fields = _fields(table)
    names = [*raw.table.column_names, *raw.ignored]
    refuse_personal(names, source, GreenError)
    columns = resolve(names, fields, source, GreenError)
    # Empty rows at the end are no rows; cutting them off keeps all row numbers.
    filled = np.flatnonzero(~raw.empty_rows())
    kept = raw.table.slice(0, int(filled[-1]) + 1 if len(filled) else 0)
    inspection = Inspection(kept, columns, source, GreenError)
    values = {one.name: _values(inspection, one) for one in table.columns}
    _refuse_twice(inspection, table, values)
    for earlier, later in table.in_order:
        _refuse_disorder(inspection, earlier, later, values)
    if table.one_currency:
        _refuse_currencies(inspection, values["currency"])
    found = [
        f"row {row + 1}: found {fault}; expected one value for each column; quote values that "
        "contain the separator"
        for row, fault in raw.faults.items()
    ]
    found += problems(inspection.faults)
    if found:
        raise GreenError(source, found)
    notes = (ignored(raw.ignored, fields, source),) if raw.ignored else ()
    return pa.Table.from_arrays(list(values.values()), schema=table.schema), notes


def _values(inspection: Inspection, one: InputColumn) -> pa.Array:
    """A column in its type, blank values as null, required ones as faults."""
    n = inspection.table.num_rows
    kind = one.field.type
    if one.name not in inspection:
        return pa.nulls(n, kind)
    if one.kind in ("text", "period"):
        texts = inspection.optional_texts(one.name)
        values = pc.utf8_trim_whitespace(texts)
        if one.kind == "period":
            _refuse_pattern(inspection, one, values)
    elif one.kind == "date":
        values = read_dates(inspection, one.name)
    elif one.kind in ("number", "whole"):
        numbers = inspection.numbers(one.name, one.allowed, default=np.nan)
        values = pa.array(np.nan_to_num(numbers), mask=np.isnan(numbers)).cast(kind)
    else:
        codes = TRUTH if one.kind == "flag" else {word: at for at, word in enumerate(one.words)}
        code = inspection.choices(one.name, codes, default=-1)
        values = (
            pa.array(code == 1, mask=code < 0)
            if one.kind == "flag"
            else pa.array([*one.words, None], pa.string()).take(
                pa.array(code % (len(one.words) + 1))
            )
        )
    if one.required:
        expected = "a value in every row"
        missing = values.is_null().to_numpy(zero_copy_only=False) & ~inspection.faulty_in(one.name)
        inspection.fault(missing, one.name, "no value", expected, "Fill it in.")
    return values


def _refuse_pattern(inspection: Inspection, one: InputColumn, values: pa.Array) -> None:
    fits = pc.fill_null(pc.match_substring_regex(values, one.pattern), True)
    expected = "a quarter such as 2025-Q1" if "Q" in one.pattern else "a year such as 2025"
    inspection.fault(
        ~fits.to_numpy(zero_copy_only=False), one.name, "no period", expected, "Write it so."
    )


def _refuse_twice(inspection: Inspection, table: InputTable, values: dict[str, pa.Array]) -> None:
    """Rows of one key would count twice; a blank is a value of its own here."""
    keys = [pc.fill_null(values[name].cast(pa.string()), "") for name in table.key]
    code = np.zeros(inspection.table.num_rows, dtype=np.int64)
    for key in keys:
        encoded = key.dictionary_encode()
        code = code * (len(encoded.dictionary) + 1) + encoded.indices.to_numpy()
        code = np.unique(code, return_inverse=True)[1].reshape(-1)
    first = np.zeros(len(code), dtype=np.bool_)
    first[np.unique(code, return_index=True)[1]] = True
    inspection.fault(
        ~first & ~inspection.faulty,
        table.key[0],
        f"a second row of the same {' and '.join(table.key)}",
        "one row for each",
        "Delete one of the two, or add them up.",
    )


def _refuse_disorder(
    inspection: Inspection, earlier: str, later: str, values: dict[str, pa.Array]
) -> None:
    wrong = pc.fill_null(pc.less(values[later], values[earlier]), False)
    inspection.fault(
        wrong.to_numpy(zero_copy_only=False),
        later,
        f"a day before {earlier}",
        f"a day that is not before {earlier}",
        "Exchange the two, or correct one.",
    )


def _refuse_currencies(inspection: Inspection, codes: pa.Array) -> None:
    """Money of two currencies cannot be added up."""
    strange = pc.invert(pc.match_substring_regex(codes, "^[A-Z]{3}$"))
    inspection.fault(
        pc.fill_null(strange, False).to_numpy(zero_copy_only=False),
        "currency",
        "no currency code",
        "three capitals such as EUR",
        "Correct it.",
    )
    known = codes.drop_null()
    if len(known):
        other = pc.fill_null(pc.not_equal(codes, known[0]), False)
        inspection.fault(
            other.to_numpy(zero_copy_only=False) & ~inspection.faulty_in("currency"),
            "currency",
            "a second currency",
            f"one currency for all rows, such as {known[0]}",
            "Convert the amounts.",
        )
