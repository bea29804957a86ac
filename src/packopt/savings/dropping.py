"""Orders that do not count, by status and reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.savings.sides import COUNTED
from packopt.savings.tables import DROPPED, STATUSES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packopt.savings.sides import Found

REJECTED: Final = "rejected"


def dropped(found: Found, rejects: pa.Table) -> pa.Table:
    """Count orders that do not count.

    Parameters
    ----------
    found
        Status and reason of each accepted order.
    rejects
        What was not accepted, in the schema `packopt.tables.REJECTS`.

    Returns
    -------
    One row for each status and reason, most orders first within a status, in the schema
    `packopt.savings.tables.DROPPED`.
    """
    rows = np.flatnonzero(found.status != COUNTED)
    words = len(found.why.words) + 1
    key = found.status[rows].astype(np.int64) * words + found.why.code[rows] + 1
    kinds, orders = np.unique(key, return_counts=True)
    told = [
        (STATUSES[kind // words], ("", *found.why.words)[kind % words], number)
        for kind, number in zip(kinds.tolist(), orders.tolist(), strict=True)
    ]
    if rejected := rejected_orders(rejects):
        told.append((REJECTED, "the input has faults, see the table rejects", rejected))
    return dropped_table(told)


def dropped_table(told: Iterable[tuple[str, str, int]]) -> pa.Table:
    """Statuses, reasons and numbers of orders as a table; orders and schema as of `dropped`."""
    statuses = (*STATUSES, REJECTED)
    rows = sorted(told, key=lambda row: (statuses.index(row[0]), -row[2], row[1]))
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    return pa.Table.from_arrays(
        [
            pa.array(columns[0], pa.string()).dictionary_encode(),
            pa.array(columns[1], pa.string()),
            pa.array(columns[2], pa.int64()),
        ],
        schema=DROPPED,
    )


def count_faults(rejects: pa.Table) -> pa.Table:
    """Faults by the column at fault.

    Parameters
    ----------
    rejects
        What was not accepted, in the schema `packopt.tables.REJECTS`.

    Returns
    -------
    ``field``, which may be null, and the number of ``faults``, by first appearance.
    """
    fields = pa.table({"field": rejects["field"].cast(pa.string())})
    counted = fields.group_by("field", use_threads=False).aggregate([([], "count_all")])
    return counted.rename_columns(["field", "faults"])


def rejected_orders(rejects: pa.Table) -> int:
    """Number of orders that were not accepted; lines without an order's name are one together."""
    return int(pc.count_distinct(rejects["order_id"], mode="all").as_py())
