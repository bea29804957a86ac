"""Rows 24 and 25 of the demands: rows that were refused, changes of schemas, and personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.columns import personal_names
from packopt.green.findings import Findings, Metric
from packopt.green.frames import frame
from packopt.green.inputs import INPUTS
from packopt.green.sheet import Sheet, count, number, text
from packopt.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.green.earlier import Earlier
    from packopt.green.facts import Facts

DATA_QUALITY: Final = Sheet(
    "data_quality",
    "1.0",
    pa.schema(
        [
            text("source", "orders, or a file of green packaging management", nullable=False),
            text("state", "read, or absent: metrics that need it are unknown", nullable=False),
            count("accepted", "orders, or rows, that were accepted", nullable=True),
            count("rejected", "orders that were rejected", nullable=True),
            count("rejected_rows", "rows at fault", nullable=True),
            number("valid_share", "accepted by accepted and rejected"),
        ]
    ),
)


def data_quality(facts: Facts, versions: dict[str, str], earlier: Earlier | None) -> Findings:
    """What was read and refused, by file; breaking changes; and that nothing personal is kept.

    Parameters
    ----------
    facts
        The facts.
    versions
        Versions of the schemas of all tables, by name.
    earlier
        What an earlier period wrote; None where there is none.

    Returns
    -------
    The findings.
    """
    findings = Findings()
    rejects = frame(facts.result.rejects)
    known = rejects["order_id"].drop_nulls().n_unique()
    rejected = int(known + rejects.filter(pl.col("order_id").is_null())["row"].n_unique())
    faulty = int(rejects["row"].drop_nulls().n_unique())
    accepted = facts.result.orders.num_rows
    rows = [
        {
            "source": "orders",
            "state": "read",
            "accepted": accepted,
            "rejected": rejected,
            "rejected_rows": faulty,
            "valid_share": accepted / (accepted + rejected) if accepted + rejected else None,
        }
    ]
    for name in INPUTS:
        table = facts.inputs.files.get(name)
        rows.append({"source": name, "state": "absent" if table is None else "read"})
        if table is not None:
            rows[-1] |= {"accepted": table.num_rows, "rejected": 0, "rejected_rows": 0}
            rows[-1] |= {"valid_share": 1.0}
    findings.put(DATA_QUALITY, rows)
    days = facts.inputs.settings.retention_days
    breaks = None if earlier is None else earlier.breaks(versions)
    findings.metrics += [
        Metric.ratio("schema_valid_share", accepted, accepted + rejected),
        Metric.of("rejected_rows", faulty),
        Metric.of(
            "breaking_changes", breaks, "" if earlier else "an earlier period to compare with"
        ),
        Metric.of(
            "retention_days", days, "" if days is not None else "retention_days in the settings"
        ),
    ]
    return findings


def personal_fields(sheets: Mapping[str, Sheet]) -> Metric:
    """Columns that look personal in results, in these tables, and in the files read for them."""
    names = [name for schema in TABLES.values() for name in schema.names]
    names += [name for sheet in sheets.values() for name in sheet.schema.names]
    names += [name for table in INPUTS.values() for name in table.schema.names]
    return Metric.of("personal_fields_stored", len(personal_names(names)))
