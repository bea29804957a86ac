"""Rows 21 and 29 of the demands: every metric with target, status and owner, and a composite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from packopt.green.earlier import SCORECARD_VERSION
from packopt.green.findings import Findings, Metric
from packopt.green.sheet import Sheet, count, day, flag, number, text
from packopt.green.targets import targets, weights
from packopt.green.words import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt.green.inputs.folder import GreenInputs
    from packopt.green.targets import Target

SCORECARD: Final = Sheet(
    "scorecard",
    SCORECARD_VERSION,
    pa.schema(
        [
            text("metric", "name of the metric", nullable=False),
            count(
                "row", "row of the demands that asks for it; null where a law does", nullable=True
            ),
            text("title", "in English", nullable=False),
            text("title_zh", "in Chinese", nullable=False),
            number("value", "null where it is unknown"),
            text("unit", "unit of the value", nullable=False),
            number("numerator", "what a share was made of"),
            number("denominator", "what a share was made of"),
            number("low", "lower end of its interval, where it has one"),
            number("high", "upper end of its interval, where it has one"),
            number("target", "what it is to reach"),
            text("direction", "at_least or at_most"),
            text("status", "met, missed, unknown, or no_target", nullable=False),
            flag("advisory", "whether the target is a draft, past, or read in a secondary source"),
            text("missing", "what is missing for the value, or for trusting it"),
            text("owner", "the department that answers for it"),
            day("signed_off_on", "day on which it signed the figure off"),
            text("table", "table that it comes from", nullable=False),
            text(
                "definition", "exactly what is counted, and by what it is divided", nullable=False
            ),
            text("target_source", "who set the target"),
        ]
    ),
)
BY_OWNER: Final = Sheet(
    "targets_by_owner",
    "1.0",
    pa.schema(
        [
            text("owner", "the department; null for metrics without one"),
            count("targets", "metrics with a target"),
            count("met", "of them, those that reach it"),
            count("missed", "of them, those that do not"),
            count("unknown", "of them, those for which something is missing"),
            count("signed_off", "metrics of the owner that are signed off"),
        ]
    ),
)
WEIGHTS: Final = Sheet(
    "composite_weights",
    "1.0",
    pa.schema(
        [
            text("metric", "name of the metric", nullable=False),
            number("weight", "published weight; together 1", nullable=False),
            number(
                "progress",
                "how much of the target is reached, 0..1; 0 where it is unknown",
                nullable=False,
            ),
            flag("known", "whether the metric is known", nullable=False),
        ]
    ),
)


def composite(metrics: Sequence[Metric], inputs: GreenInputs) -> Findings:
    """One figure from the metrics with published weights; what is unknown counts as nothing."""
    findings = Findings()
    goals = targets(inputs)
    by_name = {one.name: one for one in metrics}
    rows: list[dict[str, Any]] = []
    for name, weight in weights().items():
        metric = by_name[name]
        known = metric.value is not None and not metric.missing
        progress = goals[name].progress(metric.value) if known else 0.0  # type: ignore[arg-type]
        rows.append({"metric": name, "weight": weight, "progress": progress, "known": known})
    findings.put(WEIGHTS, rows)
    score = sum(row["weight"] * row["progress"] for row in rows)
    sure = sum(row["weight"] for row in rows if row["known"])
    unknown = ", ".join(str(row["metric"]) for row in rows if not row["known"])
    findings.metrics += [
        Metric("composite_score", score, missing=unknown),
        Metric.of("composite_known_weight", sure),
    ]
    return findings


def scorecard(metrics: Sequence[Metric], inputs: GreenInputs) -> Findings:
    """All metrics in the order of the demands, and how each owner stands.

    A metric for which anything is missing meets no target and misses none.
    """
    findings = Findings()
    goals = targets(inputs)
    owners = {row["metric"]: row for row in inputs.frame("owners").to_dicts()}
    by_name = {one.name: one for one in metrics}
    rows = [
        _row(by_name[name], goals.get(name), owners.get(name))
        for name in METRICS
        if name in by_name
    ]
    findings.put(SCORECARD, rows)
    findings.put(BY_OWNER, _by_owner(rows))
    return findings


def counts(metrics: Sequence[Metric], inputs: GreenInputs) -> list[Metric]:
    """How many targets are met, missed and unknown."""
    goals = targets(inputs)
    found = [status(one, goals.get(one.name)) for one in metrics]
    return [
        Metric.of(f"targets_{word}", found.count(word)) for word in ("met", "missed", "unknown")
    ]


def status(metric: Metric, target: Target | None) -> str:
    """met, missed, unknown or no_target."""
    if target is None or target.value is None:
        return "no_target"
    if metric.value is None or metric.missing:
        return "unknown"
    return "met" if target.is_met(metric.value) else "missed"


def _row(metric: Metric, target: Target | None, owner: dict[str, Any] | None) -> dict[str, Any]:
    about = METRICS[metric.name]
    return {
        "metric": metric.name,
        "row": about.row,
        "title": about.title,
        "title_zh": about.title_zh,
        "value": metric.value,
        "unit": about.unit,
        "numerator": metric.numerator,
        "denominator": metric.denominator,
        "low": metric.low,
        "high": metric.high,
        "target": target.value if target else None,
        "direction": None if not target else "at_most" if target.at_least is None else "at_least",
        "status": status(metric, target),
        "advisory": target.advisory if target else None,
        "missing": metric.missing or None,
        "owner": owner["owner"] if owner else None,
        "signed_off_on": owner["signed_off_on"] if owner else None,
        "table": about.table,
        "definition": about.definition,
        "target_source": target.source if target else None,
    }


def _by_owner(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    names = [*sorted({row["owner"] for row in rows if row["owner"]}), None]
    made = []
    for name in names:
        mine = [row for row in rows if row["owner"] == name]
        aimed = [row["status"] for row in mine if row["status"] != "no_target"]
        made.append(
            {
                "owner": name,
                "targets": len(aimed),
                "met": aimed.count("met"),
                "missed": aimed.count("missed"),
                "unknown": aimed.count("unknown"),
                "signed_off": sum(row["signed_off_on"] is not None for row in mine),
            }
        )
    return made
