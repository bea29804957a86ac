"""Row 10 of the demands: qualified suppliers, and laboratory reports within the limits."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import frame
from packopt.green.sheet import Sheet, count, day, text
from packopt.rules import evaluate, rule_pack

if TYPE_CHECKING:
    import datetime as dt

    from packopt.green.facts import Facts

PACK: Final = "CN-GB43352"
_WORST_FIRST: Final = ("FAIL", "UNKNOWN", "ADVISORY")

SUPPLIER_QUALITY: Final = Sheet(
    "supplier_quality",
    "1.0",
    pa.schema(
        [
            text("item", "a package, tape or filler that these parcels use", nullable=False),
            count("pieces", "pieces used; of tape and filler, parcels that have any"),
            text("suppliers", "its suppliers, with semicolons between"),
            text(
                "qualified",
                "yes if all of them are qualified on the day, no, or unknown",
                nullable=False,
            ),
            text("report_id", "its latest laboratory report under GB 43352"),
            day("valid_until", "last day on which the report counts"),
            text(
                "report",
                "PASS, FAIL, NOT_APPLICABLE before GB 43352, or UNKNOWN: no report, or no value",
                nullable=False,
            ),
            text("reason", "which limits it breaks, or what is missing"),
        ]
    ),
)


@cache
def gb43352_in_force() -> dt.date:
    """First day of GB 43352, as its rule pack has it."""
    days = [rule.valid_from for rule in rule_pack(PACK).rules if rule.valid_from is not None]
    return min(days)


def suppliers(facts: Facts) -> Findings:
    """Pieces from qualified suppliers, and items without a valid report that passes.

    An item of several suppliers is qualified if all are: nobody knows which of them a piece is
    from.
    """
    findings = Findings()
    used = _pieces(facts)
    qualified = {row["item"]: row for row in _qualified(facts).to_dicts()}
    latest = _reports(facts)
    reports = {row["item"]: row for row in latest.to_dicts()}
    outcomes = _outcomes(latest, facts)
    in_force = gb43352_in_force()
    rows = []
    for item, pieces in used.iter_rows():
        supplier = qualified.get(item, {"suppliers": None, "qualified": "unknown"})
        report = reports.get(item)
        expired = "the report has expired" if report else "no report"
        outcome, reason = outcomes.get(item, ("UNKNOWN", expired))
        if facts.on < in_force:
            outcome, reason = "NOT_APPLICABLE", "GB 43352 is not yet in force on the day"
        rows.append(
            {"item": item, "pieces": pieces, **supplier, "report": outcome, "reason": reason}
            | {name: report[name] if report else None for name in ("report_id", "valid_until")}
        )
    findings.put(SUPPLIER_QUALITY, rows)
    unknown = sum(row["pieces"] for row in rows if row["qualified"] == "unknown")
    missing = f"suppliers of {unknown:,} pieces in the file suppliers" if unknown else ""
    late = facts.inputs.needs("test_reports")
    if facts.on < in_force:
        late = f"a day from {in_force} on, when GB 43352 is in force"
    if not rows:
        late = "items in use"
    findings.metrics += [
        Metric.ratio(
            "qualified_supplier_share",
            sum(row["pieces"] for row in rows if row["qualified"] == "yes"),
            sum(row["pieces"] for row in rows),
            missing=missing,
            absent=facts.inputs.needs("suppliers"),
        ),
        Metric.of(
            "items_without_valid_report", sum(row["report"] != "PASS" for row in rows), absent=late
        ),
    ]
    return findings


def _pieces(facts: Facts) -> pl.DataFrame:
    """Items that are used, and how often."""
    # A padded mailer is two materials and one piece.
    parts = facts.components_by_quarter.unique(["quarter", "item"], maintain_order=True)
    return parts.group_by("item", maintain_order=True).agg(pl.col("pieces").sum()).sort("item")


def _qualified(facts: Facts) -> pl.DataFrame:
    until = pl.col("qualified_until")
    good = pl.col("qualified") & (until.is_null() | (until >= facts.on))
    return (
        facts.inputs.frame("suppliers")
        .group_by("item", maintain_order=True)
        .agg(
            suppliers=pl.col("supplier").sort().str.join("; "),
            qualified=pl.when(good.all()).then(pl.lit("yes")).otherwise(pl.lit("no")),
        )
    )


def _reports(facts: Facts) -> pl.DataFrame:
    """The latest report of each item that had been issued by the day."""
    return (
        facts.inputs.frame("test_reports")
        .filter(pl.col("issued") <= facts.on)
        .sort("issued", "report_id")
        .unique("item", keep="last", maintain_order=True)
    )


def _outcomes(reports: pl.DataFrame, facts: Facts) -> dict[str, tuple[str, str | None]]:
    """What the rules of GB 43352 say of the reports that count on the day, by item."""
    counting = reports.filter(pl.col("valid_until").is_null() | (pl.col("valid_until") >= facts.on))
    if not counting.height:
        return {}
    named = counting.rename({"item": "package_id"}).with_columns(
        pl.col("food_contact").fill_null(value=False)
    )
    said = frame(evaluate(rule_pack(PACK), named.to_arrow(), facts.on))
    found = {}
    for (item,), rows in said.group_by("package_id", maintain_order=True):
        results = rows["outcome"].to_list()
        worst = next((one for one in _WORST_FIRST if one in results), "PASS")
        text = None if worst == "PASS" else _reasons(rows.filter(pl.col("outcome") == worst))
        found[str(item)] = (worst, text)
    return found


def _reasons(rows: pl.DataFrame) -> str:
    """Why rules of one outcome say so, each with what was measured and the limit."""
    words = [
        f"{row['rule_id']}: {row['reason']}"
        if row["value"] is None
        else f"{row['rule_id']}: {row['value']:g}, at {row['at']} {row['limit']:g}"
        for row in rows.sort("rule_id").to_dicts()
    ]
    return "; ".join(words)
