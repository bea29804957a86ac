"""Row 2 of the demands: how well packages match what they hold, and how often packers differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.catalogue_rows import OWN_CONTAINER
from packopt.costing import package_costs
from packopt.green.findings import Findings, Metric
from packopt.green.frames import by_period, strings
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

HALF: Final = 0.5
_DECILE: Final = 0.9

EMPTY_SPACE: Final = Sheet(
    "empty_space",
    "1.0",
    pa.schema(
        [
            text("basis", "inner or outer volume of the package", nullable=False),
            text("period", "all, a quarter, or undated", nullable=False),
            count("parcels", "parcels that got a package"),
            number("median", "half of the parcels have no more empty space, 0..1"),
            number("p90", "nine in ten have no more, linear between two parcels, 0..1"),
            number("volume_weighted_mean", "1 less content by package volume of all, 0..1"),
            count("over_half", "parcels of which more than half is empty"),
            number("over_half_share", "over_half by parcels"),
        ]
    ),
)

PACKAGE_MATCH: Final = Sheet(
    "package_match",
    "1.0",
    pa.schema(
        [
            text("used_package", "the package that was used", nullable=False),
            text("recommended_package", "the smallest that holds the parcel", nullable=False),
            count("parcels", "parcels of this pair"),
            count("too_big", "of them, those in a package of larger volume"),
        ]
    ),
)


def fit(facts: Facts) -> Findings:
    """Empty space on both bases, packages larger than need be, and what packers changed.

    Empty space is that of parcels which got a package; filler counts as empty. A mailer's volume
    is modelled: the largest rectangle that the flat bag leaves at the thickness of its content.
    """
    findings = Findings()
    rows = pl.concat([_empty_space(facts, basis) for basis in ("inner", "outer")])
    findings.put(EMPTY_SPACE, rows)
    findings.metrics += _empty_metrics(rows)
    used = used_packages(facts)
    findings.put(PACKAGE_MATCH, _matches(facts, used))
    findings.metrics += _match_metrics(facts, used)
    return findings


def _empty_space(facts: Facts, basis: str) -> pl.DataFrame:
    empty = pl.col(f"empty_space_{basis}")
    rows = facts.packed.with_columns(volume=pl.col("content_mm3") / (1 - empty))
    return by_period(
        rows,
        [
            pl.len().alias("parcels"),
            empty.median().alias("median"),
            empty.quantile(_DECILE, "linear").alias("p90"),
            (1 - pl.col("content_mm3").sum() / pl.col("volume").sum()).alias(
                "volume_weighted_mean"
            ),
            (empty > HALF).sum().alias("over_half"),
        ],
    ).with_columns(basis=pl.lit(basis), over_half_share=pl.col("over_half") / pl.col("parcels"))


def _empty_metrics(rows: pl.DataFrame) -> list[Metric]:
    metrics = []
    for basis in ("inner", "outer"):
        row = rows.filter(basis=basis, period="all").row(0, named=True)
        missing = "" if row["parcels"] else "parcels with a package"
        metrics += [
            Metric.of(
                f"empty_space_{basis}_{name}", row[column] if row["parcels"] else None, missing
            )
            for name, column in (
                ("median", "median"),
                ("p90", "p90"),
                ("weighted", "volume_weighted_mean"),
            )
        ]
        metrics.append(
            Metric.ratio(
                f"over_half_empty_{basis}", row["over_half"], row["parcels"], missing=missing
            )
        )
    return metrics


def used_packages(facts: Facts) -> pl.DataFrame:
    """The package that each parcel really got, beside the recommended one.

    Returns
    -------
    Columns ``order_id, parcel, package_id, used_package, from_log``: from the packing log where
    there is one, else from ``baseline_package`` of the orders, which is known of orders of one
    parcel only.
    """
    parcels = facts.parcels.select("order_id", "parcel", "package_id")
    if "packing_log" in facts.inputs:
        log = facts.inputs.frame("packing_log").select(
            "order_id", pl.col("parcel").cast(pl.Int32), used_package="package_id"
        )
        return parcels.join(log, on=["order_id", "parcel"], maintain_order="left").with_columns(
            from_log=True
        )
    baseline = facts.orders.baseline_package
    if baseline is None:
        return parcels.clear().with_columns(
            used_package=pl.lit(None, dtype=pl.String), from_log=pl.lit(value=False)
        )
    orders = pl.DataFrame(
        {
            "order_id": strings(facts.orders.order_ids),
            "used_package": strings(baseline),
        }
    ).drop_nulls()
    single = parcels.filter(pl.len().over("order_id") == 1)
    return single.join(orders, on="order_id", maintain_order="left").with_columns(
        from_log=pl.lit(value=False)
    )


def _volumes(facts: Facts) -> pl.DataFrame:
    costs = package_costs(facts.catalogue, facts.result.policy)
    # What ships as it is takes no package: any package around it is too big.
    return pl.DataFrame(
        {
            "package_id": [*costs.package_ids, OWN_CONTAINER],
            "mm3": np.append(np.asarray(costs.outer_mm3, np.int64), 0),
        }
    )


def _matches(facts: Facts, used: pl.DataFrame) -> pl.DataFrame:
    volumes = _volumes(facts)
    return (
        used.join(volumes, on="package_id", how="left", maintain_order="left")
        .join(
            volumes.rename({"package_id": "used_package", "mm3": "used_mm3"}),
            on="used_package",
            how="left",
            maintain_order="left",
        )
        .with_columns(too_big=(pl.col("used_mm3") > pl.col("mm3")).fill_null(value=False))
        .group_by("used_package", recommended_package="package_id", maintain_order=True)
        .agg(parcels=pl.len(), too_big=pl.col("too_big").sum())
        .sort("parcels", "used_package", "recommended_package", descending=[True, False, False])
    )


def _match_metrics(facts: Facts, used: pl.DataFrame) -> list[Metric]:
    missing = "" if used.height else "the file packing_log, or baseline_package of the orders"
    known = _matches(facts, used).join(
        _volumes(facts),
        left_on="used_package",
        right_on="package_id",
        how="semi",
        maintain_order="left",
    )
    strangers = used.height - int(known["parcels"].sum())
    if strangers:
        missing = f"the size of the packages of {strangers:,} parcels"
    changed = used.filter(pl.col("used_package") != pl.col("package_id")).height
    return [
        Metric.ratio(
            "too_big_share", known["too_big"].sum(), known["parcels"].sum(), missing=missing
        ),
        Metric.ratio("override_rate", changed, used.height)
        if "packing_log" in facts.inputs
        else Metric.unknown("override_rate", "the file packing_log"),
    ]
