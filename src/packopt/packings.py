"""Records of the packing bench: which package was recommended, which was taken, when and why.

What `GET /v1/packings` of the service lists. Its ``note`` is free text that may be about people:
it is never read.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any, Final, Self

import numpy as np
import pyarrow as pa

from packopt.columns import Field, ignored, known_names, refuse_personal, resolve
from packopt.errors import InputError, PackingsError
from packopt.faults import rejects
from packopt.ranges import Range
from packopt.raw_table import RawTable, select
from packopt.reading import read_table
from packopt.validation import Inspection
from packopt.words_and_dates import read_times

__all__ = ["REASONS", "Packings", "read_packings"]

REASONS: Final = ("does_not_fit", "out_of_stock", "damaged", "fragile", "customer_wish", "other")
"""Why a packer takes another package."""

_FIELDS: Final = (
    Field("order_id", required=True),
    Field("parcel"),
    Field("recommended_package_id", required=True),
    Field("package_id", required=True),
    Field("reason"),
    Field("packed", required=True),
)
_COLUMNS: Final = known_names(_FIELDS)
_UNREAD: Final = frozenset({"note", "job_id"})
_PARCEL: Final = Range(1, 10_000, "", "refuse")
_SHAPE: Final = "one value for each column of the header"

_SCHEMA: Final = pa.schema(
    [
        pa.field("row", pa.int64(), nullable=False),
        pa.field("order_id", pa.string(), nullable=False),
        pa.field("parcel", pa.int32(), nullable=False),
        pa.field("recommended_package_id", pa.string(), nullable=False),
        pa.field("package_id", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("packed", pa.timestamp("us", "UTC"), nullable=False),
    ]
)


@dataclass(frozen=True, eq=False, slots=True)
class Packings:
    """Accepted records of the packing bench, in the order of the input.

    Attributes
    ----------
    table
        One row for each record: ``row`` of the input from 1, ``order_id``, ``parcel``,
        ``recommended_package_id``, ``package_id``, ``reason`` (one of `REASONS`, or null) and
        ``packed``.
    rejects
        Records that could not be accepted, in the schema `packopt.tables.REJECTS`.
    notes
        Sentences on what was ignored.
    """

    table: pa.Table
    rejects: pa.Table
    notes: tuple[str, ...] = ()

    @classmethod
    def from_table(cls, table: Any, *, source: str = "packings") -> Self:
        """Check records that are already in memory; columns and errors as of `read_packings`.

        Parameters
        ----------
        table
            A `pyarrow.Table`, or any data frame that offers itself as Arrow columns.
        source
            What to call the table in messages.
        """
        try:
            raw = select(pa.table(table), _COLUMNS.__contains__)
        except InputError as fault:
            raise PackingsError(source, fault.problems) from None
        except (TypeError, ValueError) as fault:
            raise PackingsError(
                source, f"is no table ({fault}); expected a pyarrow.Table; give one"
            ) from fault
        return cls(**_accept(raw, source))


def read_packings(path: str | PathLike[str]) -> Packings:
    """Read and check a file of records of the packing bench.

    Parameters
    ----------
    path
        CSV, Parquet, Arrow IPC, JSON or NDJSON, by its suffix, with ``order_id``,
        ``recommended_package_id``, ``package_id`` and ``packed``, a time; ``parcel`` is 1 where it
        is not stated, ``reason`` may be blank.

    Returns
    -------
    The accepted records, with the rejects.

    Raises
    ------
    PackingsError
        If the file is missing, damaged or of an unknown type, or unusable as a whole: no rows,
        missing columns, personal data.
    """
    text = sorted(_COLUMNS - {"parcel"})
    raw = read_table(path, _COLUMNS.__contains__, error=PackingsError, text=text)
    return Packings(**_accept(raw, fspath(path)))


def _accept(raw: RawTable, source: str) -> dict[str, Any]:
    """The fields of `Packings` by name."""
    names = [*raw.table.column_names, *raw.ignored]
    refuse_personal(names, source, PackingsError)
    columns = resolve(names, _FIELDS, source, PackingsError)
    filled = np.flatnonzero(~raw.empty_rows())
    if not len(filled):
        raise PackingsError(source, "found no rows; expected at least one record; add it")
    inspection = Inspection(raw.table.take(pa.array(filled)), columns, source, PackingsError)
    _refuse_ragged(inspection, raw, filled)
    row = filled + 1
    order_ids = inspection.texts("order_id")
    values = [
        pa.array(row),
        order_ids,
        pa.array(inspection.numbers("parcel", _PARCEL, default=1).astype(np.int32)),
        inspection.texts("recommended_package_id"),
        inspection.texts("package_id"),
        _reasons(inspection),
        _times(inspection),
    ]
    table = pa.Table.from_arrays(values, schema=_SCHEMA).filter(pa.array(~inspection.faulty))
    strangers = [name for name in raw.ignored if name not in _UNREAD]
    return {
        "table": table,
        "rejects": rejects(inspection.faults, order_ids, row),
        "notes": (ignored(strangers, _FIELDS, source),) if strangers else (),
    }


def _refuse_ragged(inspection: Inspection, raw: RawTable, filled: np.ndarray[Any, Any]) -> None:
    """Rows with too many or too few values: which one is which is not known."""
    nothing = pa.nulls(len(filled), pa.string())
    for found in sorted(set(raw.faults.values())):
        rows = [row for row, fault in raw.faults.items() if fault == found]
        hint = "Quote values that contain the separator."
        inspection.fault(np.isin(filled, rows), "row", found, _SHAPE, hint, nothing)
    inspection.silenced |= inspection.faulty


def _reasons(inspection: Inspection) -> pa.StringArray:
    codes = {word: at for at, word in enumerate(REASONS)}
    code = inspection.choices("reason", codes, default=len(REASONS))
    return pa.array([*REASONS, None], pa.string()).take(pa.array(code))


def _times(inspection: Inspection) -> pa.Array:
    times = read_times(inspection, "packed")
    missing = times.is_null().to_numpy(zero_copy_only=False) & ~inspection.faulty_in("packed")
    hint = "State when it was packed: of several records of a parcel the newest counts."
    inspection.fault(missing, "packed", "no value", "a time in every row", hint)
    return times
