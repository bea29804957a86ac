"""Column-wise checks: raw columns to arrays in range, and a list of what could not be accepted.

No loop here runs over rows: a fault is a set of rows, found and explained at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.faults import Fault
from packopt.labels import encode
from packopt.parsing import (
    as_text,
    blank_to_null,
    is_name,
    is_number,
    is_text,
    nulls,
    shown,
    to_float,
    trimmed_to_null,
)
from packopt.units import UNITS_IN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.columns import Column
    from packopt.errors import InputError
    from packopt.ranges import Range
    from packopt.units import Factor

TRUTH: Final = {"true": 1, "1": 1, "yes": 1, "false": 0, "0": 0, "no": 0}

_UNKNOWN: Final = np.iinfo(np.int64).min
_WRITE_NUMBERS: Final = "Write digits only, with a point for decimals; no unit, no separators."
_CHECK_UNIT: Final = "Check the value and the unit in the column's name."


def _words(values: pa.Array) -> tuple[NDArray[np.int32], list[str | None]]:
    """Number of the word of each value, -1 for null, and the words; blank ones are None.

    Words repeat, so only the distinct ones are looked at.
    """
    if pa.types.is_boolean(values.type):
        filled = values.fill_null(False) if values.null_count else values
        row = filled.to_numpy(zero_copy_only=False).astype(np.int32)
        row[nulls(values)] = -1
        return row, ["false", "true"]
    row, words = encode(as_text(values))
    return row, trimmed_to_null(words).to_pylist()


class Inspection:
    """One table under inspection: typed arrays out, faults collected on the way.

    Where a value is faulty the arrays hold a harmless stand-in; `faulty` says where.

    Parameters
    ----------
    table
        Raw columns.
    columns
        Where each field stands, as `packopt.columns.resolve` found it.
    source
        What is read, for messages.
    error
        Which exception to raise for columns that are unusable as a whole.

    Attributes
    ----------
    faulty
        ``(n,)`` True for rows with at least one fault.
    silenced
        ``(n,)`` True for rows whose further faults would only repeat a known one.
    faults
        All faults, in order of discovery.
    """

    def __init__(
        self,
        table: pa.Table,
        columns: Mapping[str, Column],
        source: str,
        error: type[InputError],
    ) -> None:
        self.table = table
        self.columns = dict(columns)
        self.source = source
        self.error = error
        self.faulty = np.zeros(table.num_rows, dtype=np.bool_)
        self.silenced = np.zeros(table.num_rows, dtype=np.bool_)
        self.faults: list[Fault] = []

    def __contains__(self, field: str) -> bool:
        return field in self.columns

    def raw(self, field: str) -> pa.Array:
        """The field's values as they stand, dictionaries decoded, in one piece.

        Raises
        ------
        InputError
            If text in the column is not UTF-8, or too long for one Arrow array.
        """
        values = self.table.column(self.columns[field].name)
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        try:
            whole = values.chunk(0) if values.num_chunks == 1 else values.combine_chunks()
            if is_text(values.type):
                whole = as_text(whole)
                # Parquet may hold any bytes and call them text.
                whole.validate(full=True)
        except pa.ArrowInvalid as fault:
            raise self.unusable(field, f"unusable text ({fault})", "UTF-8, below 2 GB") from fault
        return whole

    def is_blank(self, field: str) -> bool:
        """True if no row has a value in the field."""
        values = self.raw(field)
        return bool(values.null_count == len(values)) or (
            is_text(values.type) and blank_to_null(values).null_count == len(values)
        )

    def extend(self, columns: Mapping[str, Column], table: pa.Table) -> None:
        """Add the columns of a table of as many rows, where ``columns`` says which they are."""
        for column in columns.values():
            self.table = self.table.append_column(column.name, table.column(column.name))
        self.columns |= columns

    def unusable(self, field: str, found: str, expected: str) -> InputError:
        """The exception for a column that cannot be read at all."""
        return self.error(
            self.source, f"column {self.columns[field].name}: found {found}; expected {expected}"
        )

    def fault(
        self,
        where: NDArray[np.bool_],
        field: str,
        found: str,
        expected: str,
        hint: str,
        values: pa.Array | None = None,
    ) -> None:
        """Note the rows where a value is faulty, unless they are silenced.

        Parameters
        ----------
        where
            ``(n,)`` True for the faulty rows.
        field
            The field at fault, or a word that helps to find it.
        found, expected, hint
            Completes "found ...", "expected ..."; the hint is a sentence, in which ``{}`` stands
            for the value.
        values
            ``(n,)`` what was found, instead of the field's raw values.
        """
        if not where.any():
            return
        rows = np.flatnonzero(where & ~self.silenced)
        if len(rows) == 0:
            return
        self.faulty[rows] = True
        if values is None:
            values = self.raw(field) if field in self else pa.nulls(len(where), pa.string())
        picked = values.take(pa.array(rows))
        column = self.columns[field].name if field in self else field
        self.faults.append(Fault(rows, column, shown(picked), found, expected, hint))

    def faulty_in(self, field: str) -> NDArray[np.bool_]:
        """``(n,)`` True for rows where this very field is faulty."""
        where = np.zeros(self.table.num_rows, dtype=np.bool_)
        name = self.columns[field].name if field in self else field
        for fault in self.faults:
            if fault.column == name:
                where[fault.rows] = True
        return where

    def texts(self, field: str) -> pa.StringArray:
        """The field as text; null and blank values are faults.

        Raises
        ------
        InputError
            If the column holds floats, times, or anything else that is no name.
        """
        values = self.optional_texts(field)
        if values.null_count:
            self.fault(
                nulls(values),
                field,
                "no value",
                "a text that is not empty",
                "Fill it in.",
            )
        return values

    def optional_texts(self, field: str) -> pa.StringArray:
        """The field as text, blank values as null.

        Raises
        ------
        InputError
            If the column holds floats, times, or anything else that is no name.
        """
        values = self.raw(field)
        if not is_name(values.type):
            raise self.unusable(field, f"values of type {values.type}", "text or whole numbers")
        return blank_to_null(as_text(values))

    def numbers(
        self,
        field: str,
        allowed: Range,
        *,
        default: float | None = None,
        hint: str = "Fill it in or correct it.",
    ) -> NDArray[np.float64]:
        """The field in mm, g or counts; anything outside the range is a fault.

        Parameters
        ----------
        field
            The field.
        allowed
            Which numbers are accepted, and how they are rounded.
        default
            What a missing value, or a missing column, stands for; None makes it a fault.
        hint
            What to do about values that are missing or not above zero.

        Returns
        -------
        ``(n,)`` numbers inside the range, or the default where there is no value.

        Raises
        ------
        InputError
            If the column holds booleans, times or nested values.
        """
        n = self.table.num_rows
        if field not in self and default is not None:
            return np.full(n, default, dtype=np.float64)
        raw = self.raw(field)
        if not (is_text(raw.type) or is_number(raw.type)):
            raise self.unusable(field, f"values of type {raw.type}", "numbers")
        values, missing, unreadable = to_float(raw)
        factor, strange = self.factors(field, ~missing)
        converted = allowed.convert(values, factor)
        converted[strange] = allowed.least
        good = (converted >= allowed.least) & (converted <= allowed.most)
        if allowed.rounding == "refuse":
            good &= converted == np.floor(converted)
        if default is not None:
            good |= missing
            converted[missing] = default
        if not good.all():
            self._explain(field, allowed, converted, ~good, missing, unreadable, hint)
            converted[~good] = allowed.least
        return converted

    def factors(self, field: str, stated: NDArray[np.bool_]) -> tuple[Factor, NDArray[np.bool_]]:
        """What the field's values are to be multiplied by; a unit that is not known is a fault.

        Parameters
        ----------
        field
            A field of the table.
        stated
            ``(n,)`` True where it has a value.

        Returns
        -------
        Factor to mm or g, one for all or ``(n,)``; ``(n,)`` True where a value has no known unit.
        """
        column = self.columns[field]
        if not column.unit:
            return column.factor, np.zeros(len(stated), dtype=np.bool_)
        known = {unit.lower(): factor for unit, factor in UNITS_IN[column.unit].items()}
        words = pc.utf8_lower(pc.utf8_trim_whitespace(self.optional_texts(column.unit)))
        found = pc.index_in(words, value_set=pa.array(list(known), pa.string()))
        place = pc.fill_null(found, len(known)).to_numpy()
        strange = stated & (place == len(known))
        # Every size of a row has the same unit: it is told once.
        self.fault(
            strange & ~self.faulty_in(column.unit),
            column.unit,
            "no unit that is known here",
            f"one of {', '.join(UNITS_IN[column.unit])}",
            "Use a code of UN/CEFACT Recommendation 20, such as MMT or KGM.",
        )
        return np.array([*known.values(), 1.0])[place], strange

    def choices(
        self, field: str, codes: Mapping[str, int], *, default: int | None
    ) -> NDArray[np.int64]:
        """The field as the code of one of a few words, whatever their case.

        Parameters
        ----------
        field
            The field.
        codes
            Code by accepted word, in lower case.
        default
            Code of a missing value or column; None makes it a fault.

        Returns
        -------
        ``(n,)`` codes.

        Raises
        ------
        InputError
            If the column holds times, nested values, or anything else that is no word.
        """
        n = self.table.num_rows
        if field not in self and default is not None:
            return np.full(n, default, dtype=np.int64)
        values = self.raw(field)
        kind = values.type
        if not (is_text(kind) or is_number(kind) or pa.types.is_boolean(kind)):
            raise self.unusable(field, f"values of type {kind}", f"one of {list(codes)}")
        row, texts = _words(values)
        place_of = [codes.get(text.lower(), _UNKNOWN) if text else _UNKNOWN for text in texts]
        missing = np.array([*(text is None for text in texts), True])[row]
        stand_in = next(iter(codes.values())) if default is None else default
        code = np.array([*place_of, _UNKNOWN], dtype=np.int64)[row]
        unknown = (code == _UNKNOWN) & ~missing
        code[code == _UNKNOWN] = stand_in
        expected = f"one of {', '.join(codes)}"
        if default is None:
            self.fault(missing, field, "no value", expected, "Fill it in.")
        else:
            code[missing] = default
        self.fault(unknown, field, "an unknown word", expected, "Use one of these words.")
        return code

    def flags(self, field: str, *, default: bool) -> NDArray[np.bool_]:
        """The field as true or false, also written 1, 0, yes, no."""
        return self.choices(field, TRUTH, default=int(default)).astype(np.bool_)

    def _explain(
        self,
        field: str,
        allowed: Range,
        values: NDArray[np.float64],
        bad: NDArray[np.bool_],
        missing: NDArray[np.bool_],
        unreadable: NDArray[np.bool_],
        hint: str,
    ) -> None:
        """Give each bad row the first reason that applies."""
        reasons = [
            (missing, "no value", hint),
            (unreadable, "no number", _WRITE_NUMBERS),
            (~np.isfinite(values), "no finite number", hint),
            (values < allowed.least, "too small a number", hint),
            (values > allowed.most, "too large a number", _CHECK_UNIT),
            (bad, "a fraction", "Write a whole number."),
        ]
        for where, found, advice in reasons:
            self.fault(bad & where, field, found, str(allowed), advice)
            bad = bad & ~where
