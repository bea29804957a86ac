"""Rows 11 and 12 of the demands: the ledger of single-use plastic, own and of merchants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import UNDATED, frame, share
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

#: What is read of the orders of a replay, which have many columns more.
_SAVED: Final = ["date", "status", "baseline_plastic_g", "plan_plastic_g"]
PLASTICS_LEDGER: Final = Sheet(
    "plastics_ledger",
    "1.0",
    pa.schema(
        [
            text("quarter", "quarter, or undated", nullable=False),
            text("seller", "the merchant; null for the own business"),
            text("product", "bag, box, tape, filler, woven_bag or other", nullable=False),
            count("packed_pieces", "pieces in these parcels; of tape and filler, none is counted"),
            number("packed_kg", "mass in these parcels"),
            count("reported_pieces", "pieces that the file plastics adds"),
            number("reported_kg", "mass that the file plastics adds"),
            number("used_kg", "packed_kg and reported_kg together"),
            count("recovered_pieces", "pieces taken back", nullable=True),
            number("recovered_kg", "mass taken back; null where nobody said"),
            number("recovered_share", "recovered_kg by used_kg"),
        ]
    ),
)
MERCHANT_COVERAGE: Final = Sheet(
    "merchant_coverage",
    "1.0",
    pa.schema(
        [
            text("quarter", "quarter", nullable=False),
            count("merchants", "merchants that had to report"),
            count("reporting", "of them, those with a row in the file plastics"),
            count("packed_here", "of them, those with parcels here"),
            number("coverage", "reporting by merchants"),
        ]
    ),
)
PLASTIC_REDUCTION: Final = Sheet(
    "plastic_reduction",
    "1.0",
    pa.schema(
        [
            text("quarter", "quarter, or undated", nullable=False),
            count("orders", "orders that count in the replay"),
            number("baseline_kg", "plastic of the baseline"),
            number("plan_kg", "plastic of packopt's plan"),
            number("reduction_kg", "less plastic: baseline_kg less plan_kg"),
            number(
                "substitution_kg",
                "of it, on orders whose plan has none: plastic that other material stands in for",
            ),
            count(
                "substituted_orders",
                "orders of which the plan has no plastic, and the baseline had",
            ),
        ]
    ),
)


def plastics(facts: Facts) -> Findings:
    """Single-use plastic used and recovered, reports of merchants, and less than a baseline.

    Reusable packages are no single-use plastic. What a merchant reports comes on top of what is
    in these parcels.
    """
    findings = Findings()
    ledger = _ledger(facts)
    findings.put(PLASTICS_LEDGER, ledger)
    unknown = ledger["packed_kg"].null_count()
    used = None if unknown else float(ledger["used_kg"].sum())
    bags = int(ledger["packed_pieces"].sum()) + int(ledger["reported_pieces"].sum())
    missing = facts.inputs.needs("plastics")
    recovered = None if missing else float(ledger["recovered_kg"].fill_null(0).sum())
    findings.metrics += [
        Metric.of("single_use_plastic_kg", used, "tare of a package" if unknown else ""),
        Metric.of("single_use_plastic_pieces", bags),
        Metric.of("plastic_recovered_kg", recovered, missing),
        Metric.ratio("plastic_recovery_share", recovered, used, missing=missing),
    ]
    coverage = _coverage(facts)
    findings.put(MERCHANT_COVERAGE, coverage)
    findings.metrics.append(_coverage_metric(facts, coverage))
    reduction = _reduction(facts)
    findings.put(PLASTIC_REDUCTION, reduction)
    no_baseline = "" if facts.inputs.savings else "a baseline: a replay of packopt savings"
    findings.metrics += [
        Metric.of(f"plastic_{name}", None if no_baseline else _sum(reduction, name), no_baseline)
        for name in ("reduction_kg", "substitution_kg")
    ]
    return findings


def _sum(rows: pl.DataFrame, name: str) -> float | None:
    return None if rows[name].null_count() else float(rows[name].sum())


def _ledger(facts: Facts) -> pl.DataFrame:
    packages = facts.packages.select(item="package_id", mailer="mailer", reusable="reusable")
    packed = (
        facts.components("quarter", "seller")
        .filter(category="plastic")
        .join(packages, on="item", how="left", maintain_order="left")
        .filter(~pl.col("reusable").fill_null(value=False))
        .with_columns(
            product=pl.when(pl.col("component") != "package")
            .then("component")
            .when("mailer")
            .then(pl.lit("bag"))
            .otherwise(pl.lit("box"))
        )
        .group_by("quarter", "seller", "product", maintain_order=True)
        .agg(
            packed_pieces=pl.col("pieces").filter(pl.col("component") == "package").sum(),
            packed_kg=pl.when(pl.col("mass_g").is_null().any())
            .then(None)
            .otherwise(pl.col("mass_g").sum() / 1000),
        )
    )
    reported = facts.inputs.frame("plastics").select(
        pl.col("seller"),
        "product",
        quarter="period",
        reported_pieces="used_pieces",
        reported_kg="used_kg",
        recovered_pieces="recovered_pieces",
        recovered_kg="recovered_kg",
    )
    keys = ["quarter", "seller", "product"]
    both = packed.join(
        reported, on=keys, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )
    here = pl.col("packed_pieces").is_not_null()
    return (
        both.with_columns(
            # A merchant with a report only used nothing here; a mass that is unknown stays so.
            packed_kg=pl.when(here).then("packed_kg").otherwise(0.0),
            packed_pieces=pl.col("packed_pieces").fill_null(0),
            reported_pieces=pl.col("reported_pieces").fill_null(0),
            reported_kg=pl.col("reported_kg").fill_null(0.0),
        )
        .with_columns(used_kg=pl.col("packed_kg") + pl.col("reported_kg"))
        .with_columns(recovered_share=share("recovered_kg", "used_kg"))
        .sort(keys, nulls_last=False)
    )


def _coverage(facts: Facts) -> pl.DataFrame:
    """By quarter of parcels or reports: who had to report, and who did."""
    here = facts.parcels.filter(pl.col("seller").is_not_null()).select("quarter", "seller").unique()
    reports = (
        facts.inputs.frame("plastics")
        .filter(pl.col("seller").is_not_null())
        .select(quarter="period", seller="seller")
        .unique()
    )
    quarters = (
        pl.concat(
            [
                facts.parcels.select("quarter"),
                facts.inputs.frame("plastics").select(quarter="period"),
            ]
        )
        .unique()
        .filter(pl.col("quarter") != UNDATED)
        .with_columns(start=_first_day())
        .with_columns(end=pl.col("start").dt.offset_by("3mo"))
    )
    if "merchants" in facts.inputs:
        obliged = quarters.join(facts.inputs.frame("merchants"), how="cross").filter(
            (pl.col("since").is_null() | (pl.col("since") < pl.col("end")))
            & (pl.col("until").is_null() | (pl.col("until") >= pl.col("start")))
        )
    else:
        obliged = here.join(quarters, on="quarter", maintain_order="left")
    keys = ["quarter", "seller"]
    marked = (
        obliged.select(keys)
        .join(
            reports.with_columns(reports=pl.lit(value=True)),
            on=keys,
            how="left",
            maintain_order="left",
        )
        .join(
            here.with_columns(here=pl.lit(value=True)), on=keys, how="left", maintain_order="left"
        )
    )
    return (
        marked.group_by("quarter", maintain_order=True)
        .agg(
            merchants=pl.len(),
            reporting=pl.col("reports").fill_null(value=False).sum(),
            packed_here=pl.col("here").fill_null(value=False).sum(),
        )
        .with_columns(coverage=share("reporting", "merchants"))
        .sort("quarter")
    )


def _first_day() -> pl.Expr:
    name = pl.col("quarter")
    month = name.str.slice(6, 1).cast(pl.Int32) * 3 - 2
    return pl.date(name.str.slice(0, 4).cast(pl.Int32), month, 1)


def _coverage_metric(facts: Facts, coverage: pl.DataFrame) -> Metric:
    """Reports by merchants and quarters."""
    absent = facts.inputs.needs("plastics")
    if not coverage.height:
        absent = "merchants: the file merchants, or the column seller of the orders"
    return Metric.ratio(
        "merchant_reporting_coverage",
        coverage["reporting"].sum(),
        coverage["merchants"].sum(),
        absent=absent,
    )


def _reduction(facts: Facts) -> pl.DataFrame:
    from packopt.green.frames import quarter

    savings = facts.inputs.savings
    schema = dict.fromkeys(PLASTIC_REDUCTION.schema.names, pl.Float64)
    if savings is None:
        return pl.DataFrame(schema=schema | {"quarter": pl.String})
    rows = frame(savings.select("orders", _SAVED)).filter(pl.col("status") == "counted")
    before, after = pl.col("baseline_plastic_g"), pl.col("plan_plastic_g")
    gone = (before > 0) & (after == 0)
    return (
        rows.group_by(quarter().alias("quarter"), maintain_order=True)
        .agg(
            orders=pl.len(),
            baseline_kg=pl.when(before.is_null().any()).then(None).otherwise(before.sum() / 1000),
            plan_kg=pl.when(after.is_null().any()).then(None).otherwise(after.sum() / 1000),
            substitution_kg=pl.when((before.is_null() | after.is_null()).any())
            .then(None)
            .otherwise(before.filter(gone).sum() / 1000),
            substituted_orders=gone.sum(),
        )
        .with_columns(reduction_kg=pl.col("baseline_kg") - pl.col("plan_kg"))
        .sort("quarter")
    )
