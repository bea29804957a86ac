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
from packopt.rules import Judgement, summarise
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
    findings.put(RULE_RESULTS, frame(summarise(_said(given))))
    skus = _skus(frame(_articles(given)))
    findings.put(SKU_CHECKS, skus)
    findings.metrics += [*_sku_metrics(facts, skus), _express(_parcels(given))]
    return findings


def _said(given: pa.Table | Judgement) -> pa.Table:
    """What rules say: of each case, or row by row."""
    return given.cases if isinstance(given, Judgement) else given


def _of_pack(given: pa.Table, pack: str) -> pa.Table:
    """The rows of one rule pack."""
    return given.filter(pa.array(places(given["pack"], pa.array([pack])) == 0))


def _articles(given: pa.Table | Judgement) -> pa.Table:
    """What GB 23350 says of each article."""
    names = ["sku", "outcome", "reason"]
    mine = _of_pack(_said(given), GB_23350)
    if isinstance(given, Judgement):
        mine = Judgement(given.subjects, mine).table()
    return mine.select(names)


def _parcels(given: pa.Table | Judgement) -> pa.Table:
    """What the express rule says: of each case with its rows, or of each parcel as one of one."""
    mine = _of_pack(_said(given), EXPRESS)
    if isinstance(given, Judgement):
        return mine
    mine = mine.filter(mine["order_id"].is_valid())
    ones = pa.array(np.ones(mine.num_rows, np.int64))
    return mine.append_column("case_number", pa.array(_numbers(mine))).append_column("rows", ones)


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


def _express(rows: pa.Table) -> Metric:
    """Parcels that every rule of the pack would let pass, by those it applies to."""
    if not rows.num_rows:
        return Metric.unknown("express_pass_share", f"outcomes of {EXPRESS}: packopt rules --out")
    outcome, would_be = (places(rows[name], pa.array(RESULTS)) for name in ("outcome", "would_be"))
    case = rows["case_number"].to_numpy()
    parcels = np.zeros(int(case.max()) + 1, np.int64)
    parcels[case] = rows["rows"].to_numpy()
    applies = outcome != NOT_APPLICABLE
    says = np.where(would_be < 0, outcome, would_be)
    judged, fails, unknown = np.zeros((3, len(parcels)), np.bool_)
    judged[case[applies]] = True
    fails[case[applies & (says == FAIL)]] = True
    unknown[case[applies & ~np.isin(says, (PASS, EXEMPT, FAIL))]] = True
    untold = int(parcels[unknown & ~fails].sum())
    return Metric.ratio(
        "express_pass_share",
        int(parcels[judged & ~fails & ~unknown].sum()),
        int(parcels[judged].sum()),
        missing=f"facts of {untold:,} parcels" if untold else "",
    )


def _numbers(rows: pa.Table) -> NDArray[np.int64]:
    """A number for the parcel of each row."""
    order, parcel = numbers(rows["order_id"]), rows["parcel"].to_numpy()
    room = np.zeros(order.max(initial=-1) + 1, np.int64)
    np.maximum.at(room, order, parcel + 1)
    return np.asarray((np.cumsum(room) - room)[order] + parcel, np.int64)
