"""Rows 15 and 16 of the demands: what rules say of articles and of parcels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import frame
from packopt.green.sheet import Sheet, count, number, text
from packopt.labels import numbers, places
from packopt.rules import summarise
from packopt.rules.outcomes import EXEMPT, FAIL, NOT_APPLICABLE, PASS, RESULTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.green.facts import Facts

GB_23350: Final = "CN-GB23350"
EXPRESS: Final = "CN-EXPRESS-2026"
_CHECKED: Final = ("PASS", "FAIL", "EXEMPT", "NOT_APPLICABLE")
_GOOD: Final = ("PASS", "EXEMPT")

RULE_RESULTS: Final = Sheet(
    "rule_results",
    "1.0",
    pa.schema(
        [
            text("pack", "rule pack", nullable=False),
            text("rule_id", "rule", nullable=False),
            text("version", "version of the pack", nullable=False),
            text(
                "outcome", "PASS, FAIL, EXEMPT, NOT_APPLICABLE, UNKNOWN or ADVISORY", nullable=False
            ),
            text("reason", "why; null where it passes"),
            count("rows", "parcels, articles or packages"),
            number("share", "of all that the rule was asked about"),
        ]
    ),
)
SKU_CHECKS: Final = Sheet(
    "sku_checks",
    "1.0",
    pa.schema(
        [
            text("sku", "the article", nullable=False),
            text(
                "outcome",
                "the worst of the rules: FAIL, UNKNOWN, ADVISORY, PASS; NOT_APPLICABLE if all are",
                nullable=False,
            ),
            text("reason", "why; null where it passes"),
        ]
    ),
)
_WORST_FIRST: Final = ("FAIL", "UNKNOWN", "ADVISORY", "PASS", "EXEMPT")


def rule_results(facts: Facts) -> Findings:
    """Outcomes of rules by reason, articles against GB 23350, and parcels against the express rule.

    The text of the express rule is not verified: its outcomes are ADVISORY, and the metric counts
    what they would be.
    """
    findings = Findings()
    given = facts.inputs.outcomes
    needed = "outcomes of rules: packopt rules --out"
    if given is None:
        findings.put(RULE_RESULTS, [])
        findings.put(SKU_CHECKS, [])
        findings.metrics += [
            Metric.unknown(name, needed)
            for name in ("skus_checked_share", "skus_passing_share", "express_pass_share")
        ]
        return findings
    findings.put(RULE_RESULTS, frame(summarise(given)))
    skus = _skus(frame(_of_pack(given, GB_23350, ["sku", "outcome", "reason"])))
    findings.put(SKU_CHECKS, skus)
    express = _of_pack(given, EXPRESS, ["order_id", "parcel", "outcome", "would_be"])
    findings.metrics += [*_sku_metrics(facts, skus), _express(express)]
    return findings


def _of_pack(outcomes: pa.Table, pack: str, names: list[str]) -> pa.Table:
    """Some columns of the outcomes of one rule pack: most words are never read."""
    mine = places(outcomes["pack"], pa.array([pack])) == 0
    return outcomes.select(names).filter(pa.array(mine))


def _skus(outcomes: pl.DataFrame) -> pl.DataFrame:
    """The worst outcome of each article."""
    rank = {name: at for at, name in enumerate((*_WORST_FIRST, "NOT_APPLICABLE"))}
    ranked = outcomes.filter(pl.col("sku").is_not_null()).with_columns(
        rank=pl.col("outcome").replace_strict(rank, return_dtype=pl.Int64)
    )
    worst = pl.col("rank") == pl.col("rank").min()
    return (
        ranked.group_by("sku", maintain_order=True)
        .agg(
            outcome=pl.col("outcome").filter(worst).first(),
            reason=pl.col("reason").filter(worst).drop_nulls().unique().sort().str.join("; "),
        )
        .with_columns(reason=pl.when(pl.col("reason") != "").then("reason"))
        .sort("sku")
    )


def _sku_metrics(facts: Facts, skus: pl.DataFrame) -> list[Metric]:
    """Checked: decided one way or the other. The articles are those of the orders."""
    listed = facts.skus["sku"]
    mine = skus.filter(pl.col("sku").is_in(listed.implode()))
    decided = mine.filter(pl.col("outcome").is_in(_CHECKED))
    asked = decided.filter(pl.col("outcome") != "NOT_APPLICABLE")
    missing = "" if mine.height else f"outcomes of {GB_23350}: packopt rules --out"
    undecided = mine.height - decided.height
    return [
        Metric.ratio("skus_checked_share", decided.height, len(listed), missing=missing),
        Metric.ratio(
            "skus_passing_share",
            asked.filter(pl.col("outcome").is_in(_GOOD)).height,
            asked.height,
            missing=missing or (f"facts of {undecided:,} articles" if undecided else ""),
        ),
    ]


def _express(outcomes: pa.Table) -> Metric:
    """Parcels that every rule of the pack would let pass, by those it applies to."""
    rows = outcomes.filter(outcomes["order_id"].is_valid())
    if not rows.num_rows:
        return Metric.unknown("express_pass_share", f"outcomes of {EXPRESS}: packopt rules --out")
    outcome, would_be = (places(rows[name], pa.array(RESULTS)) for name in ("outcome", "would_be"))
    applies = outcome != NOT_APPLICABLE
    says = np.where(would_be < 0, outcome, would_be)[applies]
    parcel, n = _parcels(rows.filter(pa.array(applies)))
    judged, fails, unknown = np.zeros((3, n), np.bool_)
    judged[parcel] = True
    fails[parcel[says == FAIL]] = True
    unknown[parcel[~np.isin(says, (PASS, EXEMPT, FAIL))]] = True
    untold = int((unknown & ~fails).sum())
    return Metric.ratio(
        "express_pass_share",
        int((judged & ~fails & ~unknown).sum()),
        int(judged.sum()),
        missing=f"facts of {untold:,} parcels" if untold else "",
    )


def _parcels(rows: pa.Table) -> tuple[NDArray[np.int64], int]:
    """A number for the parcel of each row, and how many numbers there may be."""
    order, parcel = numbers(rows["order_id"]), rows["parcel"].to_numpy()
    room = np.zeros(order.max(initial=-1) + 1, np.int64)
    np.maximum.at(room, order, parcel + 1)
    return (np.cumsum(room) - room)[order] + parcel, int(room.sum())
