"""Dates and times as they come in: dates, timestamps, ISO text; what is none is told."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.labels import encode
from packopt.parsing import as_text, is_text, nulls, trimmed_to_null

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Days = NDArray[np.int64]
    Mask = NDArray[np.bool_]

# What follows the day in a timestamp is a time of day and perhaps a zone; the day is taken as told.
_DAY: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?",
    re.ASCII,
)
_TIME: Final = re.compile(
    r"(\d{4}-\d{2}-\d{2})"
    r"(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) ?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?",
    re.ASCII,
)
_NO_DAY: Final = np.datetime64("NaT", "D")
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_PER_SECOND: Final = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_PER_DAY: Final = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
#: Days that orders have; others are typing errors, or a zero of another system.
EARLIEST: Final = np.datetime64("1970-01-01", "D")
LATEST: Final = np.datetime64("2199-12-31", "D")
_EARLIEST_DAY: Final = int(EARLIEST.astype(np.int64))
_LATEST_DAY: Final = int(LATEST.astype(np.int64))


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
        number, missing, unreadable = _from_text(as_text(values))
    else:
        number, missing = _whole_days(values)
        unreadable = np.zeros(len(values), dtype=np.bool_)
    strange = ((number < _EARLIEST_DAY) | (number > _LATEST_DAY)) & ~missing
    missing |= strange
    # In range they are small; Arrow could hold days that Python cannot show.
    whole = np.where(missing, 0, number).astype("datetime64[D]")
    return pa.array(whole, pa.date32(), mask=missing), unreadable, strange


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
        texts = trimmed_to_null(as_text(values))
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


def _whole_days(values: pa.Array) -> tuple[Days, Mask]:
    """Days since 1970; a part of a day is cut off, also before 1970. And where there is none."""
    kind = values.type
    number = values.cast(pa.int32()) if pa.types.is_date32(kind) else values.cast(pa.int64())
    missing = nulls(values)
    if missing.any():
        number = pc.fill_null(number, 0)
    days = number.to_numpy(zero_copy_only=False).astype(np.int64)
    if not pa.types.is_date32(kind):
        days = np.floor_divide(days, _PER_DAY["ms" if pa.types.is_date64(kind) else kind.unit])
    return days, missing


def _from_text(values: pa.StringArray) -> tuple[Days, Mask, Mask]:
    """Days since 1970 from text, where there is none, and where something else is there.

    Each distinct text is read once, since days repeat.
    """
    code, words = encode(values)
    texts = trimmed_to_null(words).to_pylist()
    # One more, for null: -1 finds it.
    days = np.array([*map(_day, texts), _NO_DAY], dtype="datetime64[D]")
    missing = np.isnat(days)
    unreadable = missing & np.array([*(text is not None for text in texts), False])
    return days.astype(np.int64)[code], missing[code], unreadable[code]


def _day(text: str | None) -> np.datetime64:
    told = None if text is None else _DAY.fullmatch(text)
    if told is None:
        return _NO_DAY
    try:
        return np.datetime64(told[1], "D")
    except ValueError:  # the 30th of February
        return _NO_DAY
