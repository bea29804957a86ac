"""Rows 21 and 23 of the demands: an earlier period, and whether figures can be compared with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa
import pyarrow.parquet as pq

from packopt.errors import GreenError
from packopt.green.findings import Findings, Metric
from packopt.green.frames import frame
from packopt.green.sheet import Sheet, flag, number, text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    import polars as pl

MANIFEST: Final = "green.json"
"""Its presence marks a folder as one of ours."""

COMPARISON: Final = Sheet(
    "comparison",
    "1.0",
    pa.schema(
        [
            text("metric", "name of the metric", nullable=False),
            number("previous", "its value in the earlier period"),
            number("current", "its value now"),
            number("change", "current less previous; null where the two cannot be compared"),
            flag("comparable", "whether they can", nullable=False),
            text("reason", "why they cannot"),
            text("previous_status", "met, missed, unknown or no_target, then"),
            text("status", "met, missed, unknown or no_target, now", nullable=False),
        ]
    ),
)


def major(version: str) -> str:
    """The first number of a version of a schema."""
    return version.partition(".")[0]


@dataclass(frozen=True, eq=False)
class Earlier:
    """What an earlier period wrote.

    Attributes
    ----------
    source
        The folder.
    manifest
        Its manifest.
    scorecard
        Its scorecard.
    """

    source: str
    manifest: Mapping[str, Any]
    scorecard: pl.DataFrame

    @classmethod
    def read(cls, folder: str | PathLike[str]) -> Self:
        """Read a folder that `Green.write` wrote.

        Raises
        ------
        GreenError
            If it is none, or its scorecard is of another major version.
        """
        place = Path(folder)
        try:
            manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
            version = manifest["tables"]["scorecard"]["version"]
            with pq.ParquetFile(place / "scorecard.parquet") as file:
                scorecard = frame(file.read())
        except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
            raise GreenError(
                str(place),
                f"found {error}; expected a folder written by packopt green; name another",
            ) from error
        if major(version) != major(SCORECARD_VERSION):
            raise GreenError(
                str(place),
                f"found a scorecard of version {version}, expected {SCORECARD_VERSION}; write "
                "the earlier period anew with this packopt",
            )
        return cls(str(place), manifest, scorecard)

    def breaks(self, versions: Mapping[str, str]) -> int:
        """Tables that are gone, or whose first number of the version has changed."""
        return sum(
            name not in versions or major(versions[name]) != major(told["version"])
            for name, told in self.manifest["tables"].items()
        )


SCORECARD_VERSION: Final = "1.0"


def compare(
    earlier: Earlier | None, scorecard: pa.Table, about: Mapping[str, Any], needs: Mapping[str, str]
) -> Findings:
    """Every metric beside its value in an earlier period, where the two can be compared.

    Parameters
    ----------
    earlier
        The earlier period; None for none.
    scorecard
        This period's.
    about
        This period's manifest, as far as it is known.
    needs
        What a metric hangs on beside its definition, by metric: a key of the manifest that must
        be the same in both.

    Returns
    -------
    The comparison, and the share of metrics that could be compared.
    """
    findings = Findings()
    missing = "an earlier period to compare with"
    if earlier is None:
        findings.put(COMPARISON, [])
        findings.metrics.append(Metric.unknown("comparable_share", missing))
        return findings
    before = {row["metric"]: row for row in earlier.scorecard.to_dicts()}
    rows = []
    for row in scorecard.to_pylist():
        name = row["metric"]
        old = before.get(name)
        reason = _reason(row, old, earlier.manifest, about, needs.get(name))
        change = None if reason or old is None else row["value"] - old["value"]
        rows.append(
            {
                "metric": name,
                "previous": old["value"] if old else None,
                "current": row["value"],
                "change": change,
                "comparable": not reason,
                "reason": reason,
                "previous_status": old["status"] if old else None,
                "status": row["status"],
            }
        )
    findings.put(COMPARISON, rows)
    known = sum(row["comparable"] for row in rows)
    findings.metrics.append(Metric.ratio("comparable_share", known, len(rows)))
    return findings


def _reason(
    row: Mapping[str, Any],
    old: Mapping[str, Any] | None,
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    need: str | None,
) -> str | None:
    """Why two values cannot be compared; None where they can."""
    if old is None:
        return "the earlier period does not have it"
    if old["definition"] != row["definition"]:
        return "its definition has changed"
    if old["value"] is None or row["value"] is None:
        return f"unknown: {row['missing'] or old['missing']}"
    if row["missing"] or old["missing"]:
        return f"incomplete: {row['missing'] or old['missing']}"
    if need and then.get(need) != now.get(need):
        return f"{need} differs: {then.get(need)} then, {now.get(need)} now"
    return None
