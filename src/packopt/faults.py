"""Faults of rows: collected as sets of rows, told as a table of rejects or as sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.tables import REJECTS, empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fault:
    """Rows of one column that share a fault: where, what was found, expected, and what to do."""

    rows: NDArray[np.int64]
    column: str
    values: pa.StringArray
    found: str
    expected: str
    hint: str

    @property
    def hints(self) -> pa.StringArray:
        """The hint for each row; ``{}`` in it stands for the value."""
        before, value, after = self.hint.partition("{}")
        if not value:
            return pa.repeat(self.hint, len(self.rows))
        return pc.binary_join_element_wise(before, pc.fill_null(self.values, ""), after, "")


def reject_text(reject: Mapping[str, Any], file: str = "") -> str:
    """A reject in words: where it is, what was found, why that is none, and what to do.

    Parameters
    ----------
    reject
        A row of the table of rejects.
    file
        Of several files of an input, that which the reject is of.
    """
    places = [] if reject["row"] is None else [f"row {reject['row']}"]
    places += [file] if file else []
    place = " of ".join(places)
    field = ", ".join(one for one in (place, reject["field"]) if one)
    return f"{field}: found {reject['value']!r}: {reject['reason']}; {reject['hint']}"


def rejects(
    faults: Sequence[Fault], order_ids: pa.StringArray, row_numbers: NDArray[np.int64]
) -> pa.Table:
    """Tell faults as a table, by row; the faults of one row in order of discovery.

    Parameters
    ----------
    faults
        The faults.
    order_ids
        ``(n,)`` order of each row, null where unknown.
    row_numbers
        ``(n,)`` number of each row in the input, from 1.

    Returns
    -------
    The rejects.
    """
    if not faults:
        return empty("rejects")
    rows = np.concatenate([fault.rows for fault in faults])
    by_row = np.argsort(rows, kind="stable")
    tables = [_table(fault, order_ids, row_numbers) for fault in faults]
    return pa.concat_tables(tables).take(pa.array(by_row)).combine_chunks()


def _table(fault: Fault, order_ids: pa.StringArray, row_numbers: NDArray[np.int64]) -> pa.Table:
    n = len(fault.rows)
    columns = [
        pa.array(row_numbers[fault.rows]),
        order_ids.take(pa.array(fault.rows)),
        pa.repeat(fault.column, n),
        fault.values,
        pa.repeat(f"found {fault.found}; expected {fault.expected}", n),
        fault.hints,
    ]
    return pa.Table.from_arrays(columns, schema=REJECTS)


def problems(faults: Sequence[Fault]) -> list[str]:
    """Tell faults as sentences, by row; for inputs where no row may be lost.

    Parameters
    ----------
    faults
        The faults.

    Returns
    -------
    One sentence for each row of each fault.
    """
    sentences = [
        (row, _sentence(row + 1, value, fault, hint))
        for fault in faults
        for row, value, hint in zip(
            fault.rows.tolist(), fault.values.to_pylist(), fault.hints.to_pylist(), strict=True
        )
    ]
    return [text for _, text in sorted(sentences, key=lambda sentence: sentence[0])]


def _sentence(row_number: int, value: str | None, fault: Fault, hint: str) -> str:
    found = fault.found if not value else f"{value!r}, {fault.found}"
    place = f"row {row_number}, column {fault.column}"
    return f"{place}: found {found}; expected {fault.expected}. {hint}"
