"""Dates and times as they come in: dates, timestamps, ISO text; what is none is told."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.parsing import blank_to_null, is_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

# What follows the day in a timestamp is a time of day and perhaps a zone; the day is taken as told.
_DAY: Final = (
    r"^(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?$"
)
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_PER_DAY: Final = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
#: Days that orders have; others are typing errors, or a zero of another system.
EARLIEST: Final = np.datetime64("1970-01-01", "D")
LATEST: Final = np.datetime64("2199-12-31", "D")


def is_date(kind: pa.DataType) -> bool:
    """True for types that may hold dates: dates, timestamps and text."""
    return bool(is_text(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def to_days(values: pa.Array) -> tuple[pa.Array, Mask, Mask]:
    """Read dates, timestamps or text such as 2026-01-31 as dates.

    Parameters
    ----------
    values
        ``(n,)`` of a type for which `is_date` holds. A timestamp with a zone counts in UTC.

    Returns
    -------
    ``(n,)`` of type date32, null where there is none; ``(n,)`` True where a value is there but is
    no date; ``(n,)`` True where it is one that no order has.
    """
    if is_text(values.type):
        days, unreadable = _from_text(values.cast(pa.string()))
    else:
        days, unreadable = _whole_days(values), np.zeros(len(values), dtype=np.bool_)
    # Plain integers: Python cannot show the days that Arrow can hold.
    number = pc.fill_null(days, 0).to_numpy(zero_copy_only=False)
    strange = (number < EARLIEST.astype(np.int64)) | (number > LATEST.astype(np.int64))
    missing = days.is_null().to_numpy(zero_copy_only=False) | strange
    whole = np.where(strange, 0, number).astype(np.int32)
    return pa.array(whole, mask=missing).cast(pa.date32()), unreadable, strange


def to_times(values: pa.Array) -> tuple[pa.Array, Mask, Mask]:
    """Read timestamps, dates, or text such as 2026-01-31 14:05:00+01:00 as points in time.

    Parameters
    ----------
    values
        ``(n,)`` of a type for which `is_date` holds. What has no zone counts in UTC, and a date
        is its first moment.

    Returns
    -------
    ``(n,)`` of type timestamp[us, UTC], null where there is none; ``(n,)`` True where a value is
    there but is no time; ``(n,)`` True where it is one at which nobody packed.
    """
    if pa.types.is_date(values.type):
        days, unreadable, strange = to_days(values)
        return days.cast(pa.timestamp("us", "UTC")), unreadable, strange
    unreadable = np.zeros(len(values), dtype=np.bool_)
    per_second = 1_000_000
    if is_text(values.type):
        texts = blank_to_null(pc.utf8_trim_whitespace(values.cast(pa.string())))
        times = pa.array([_micros(text) for text in texts.to_pylist()], pa.int64())
        unreadable = pc.and_(times.is_null(), texts.is_valid()).to_numpy(zero_copy_only=False)
    else:
        times, per_second = values.cast(pa.int64()), _PER_SECOND[values.type.unit]
    number = pc.fill_null(times, 0).to_numpy(zero_copy_only=False)
    first, last = (int(day.astype(np.int64)) * 86_400 * per_second for day in (EARLIEST, LATEST))
    strange = (number < first) | (number >= last + 86_400 * per_second)
    known = np.where(strange, 0, number)
    # Multiplied or divided, never both: nanoseconds of two centuries leave no room in int64.
    micros = (
        known // (per_second // 1_000_000)
        if per_second >= 1_000_000
        else known * (1_000_000 // per_second)
    )
    missing = times.is_null().to_numpy(zero_copy_only=False) | strange
    return pa.array(micros, mask=missing).cast(pa.timestamp("us", "UTC")), unreadable, strange


def _micros(text: str | None) -> int | None:
    """Microseconds since 1970 in UTC; None for what is no time."""
    told = None if text is None else _TIME.fullmatch(text)
    if told is None:
        return None
    day, clock, zone = told.groups()
    zone = "+00:00" if zone in (None, "Z", "UTC") else zone
    try:
        time = dt.datetime.fromisoformat(f"{day}T{clock or '00:00'}{zone}")
    except ValueError:  # the 30th of February, or 25 o'clock
        return None
    return (time - _EPOCH) // dt.timedelta(microseconds=1)


def _whole_days(values: pa.Array) -> pa.Array:
    """Days since 1970 as int64; a part of a day is cut off, also before 1970."""
    kind = values.type
    if pa.types.is_date32(kind):
        return values.cast(pa.int32()).cast(pa.int64())
    per_day = _PER_DAY["ms" if pa.types.is_date64(kind) else kind.unit]
    number = values.cast(pa.int64())
    whole = np.floor_divide(pc.fill_null(number, 0).to_numpy(zero_copy_only=False), per_day)
    return pa.array(whole, mask=number.is_null().to_numpy(zero_copy_only=False))


def _from_text(values: pa.StringArray) -> tuple[pa.Array, Mask]:
    """The same from text; each distinct text is read once, since days repeat."""
    encoded = values.dictionary_encode()
    words = blank_to_null(pc.utf8_trim_whitespace(encoded.dictionary))
    texts = pc.replace_substring_regex(words, _DAY, r"\1")
    texts = pc.if_else(pc.match_substring_regex(words, _DAY), texts, pa.scalar(None, pa.string()))
    days = np.array([_day(text) for text in texts.to_pylist()], dtype="datetime64[D]")
    known = pa.array(days.astype(np.int64), mask=np.isnat(days))
    bad = pa.array(np.isnat(days) & words.is_valid().to_numpy(zero_copy_only=False))
    unreadable = pc.fill_null(bad.take(encoded.indices), False)
    return known.take(encoded.indices), unreadable.to_numpy(zero_copy_only=False)


def _day(text: str | None) -> np.datetime64:
    if text is None:
        return np.datetime64("NaT")
    try:
        return np.datetime64(text, "D")
    except ValueError:  # the 30th of February
        return np.datetime64("NaT")
