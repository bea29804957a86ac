"""Columns of words that repeat, of dates and of times, out of a table under inspection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from packopt.dates import EARLIEST, LATEST, is_date, to_days, to_times
from packopt.labels import Labels
from packopt.parsing import is_name, to_labels
from packopt.spelling import trimmed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from packopt.validation import Inspection


def read_labels(
    inspection: Inspection,
    field: str,
    spelling: Callable[[str], str] = trimmed,
) -> Labels:
    """The field as words that repeat; none where a value is blank, or without the column.

    Parameters
    ----------
    inspection
        The table.
    field
        The field.
    spelling
        Brings words that mean the same to one spelling.

    Returns
    -------
    ``(n,)`` labels.

    Raises
    ------
    InputError
        If the column holds floats, times, or anything else that is no name.
    """
    if field not in inspection:
        return Labels.none(inspection.table.num_rows)
    values = inspection.raw(field)
    if not is_name(values.type):
        raise inspection.unusable(field, f"values of type {values.type}", "text or whole numbers")
    return to_labels(values, spelling)


def read_dates(inspection: Inspection, field: str) -> pa.Array:
    """The field as dates, null where there is none; what is no date is a fault.

    Parameters
    ----------
    inspection
        The table; gets the faults.
    field
        The field.

    Returns
    -------
    ``(n,)`` of type date32.

    Raises
    ------
    InputError
        If the column holds numbers, or anything else that is no date.
    """
    values = inspection.raw(field)
    if not is_date(values.type):
        raise inspection.unusable(
            field, f"values of type {values.type}", "dates, or text such as 2026-01-31"
        )
    days, unreadable, strange = to_days(values)
    expected = f"a date from {EARLIEST} to {LATEST}"
    inspection.fault(unreadable, field, "no date", expected, "Write it as 2026-01-31.")
    inspection.fault(strange, field, "a date that no order has", expected, "Correct it.")
    return days


def read_times(inspection: Inspection, field: str) -> pa.Array:
    """The field as points in time, null where there is none; what is no time is a fault.

    Parameters
    ----------
    inspection
        The table.
    field
        The field.

    Returns
    -------
    ``(n,)`` of type timestamp[us, UTC].

    Raises
    ------
    InputError
        If the column holds numbers, or anything else that is no time.
    """
    values = inspection.raw(field)
    if not is_date(values.type):
        raise inspection.unusable(
            field, f"values of type {values.type}", "times, or text such as 2026-01-31T14:05:00Z"
        )
    times, unreadable, strange = to_times(values)
    expected = f"a time from {EARLIEST} to {LATEST}"
    inspection.fault(unreadable, field, "no time", expected, "Write it as 2026-01-31T14:05:00Z.")
    inspection.fault(strange, field, "a time at which nobody packed", expected, "Correct it.")
    return times
