"""Row 26 of the demands: volume on the road, and weight that is billed for empty space."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import by_period, frame, share, whole
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

TRANSPORT: Final = Sheet(
    "transport",
    "1.0",
    pa.schema(
        [
            text("period", "all, a quarter, or undated", nullable=False),
            count("orders", "orders with at least one parcel"),
            count("parcels", "parcels"),
            count("days", "days with parcels"),
            number("outer_m3", "outer volume of the parcels"),
            number("m3_per_1000_orders", "outer_m3 by orders, times 1,000"),
            number("m3_per_day", "outer_m3 by days"),
            number("lorries", "outer_m3 by the volume of a lorry: as if it were filled whole"),
            number("cube_utilisation", "content by inner volume of parcels that got a package"),
            number("gross_kg", "mass of the parcels"),
            number("billable_kg", "weight that the carrier bills"),
        ]
    ),
)


def transport(facts: Facts) -> Findings:
    """Volume, lorries and billed weight; cube utilisation of the packages."""
    findings = Findings()
    lorry = facts.inputs.settings.truck_m3
    inner = pl.when(~pl.col("own")).then(pl.col("content_mm3") / (1 - pl.col("empty_space_inner")))
    boxed = pl.when(~pl.col("own")).then("content_mm3")
    rows = by_period(
        facts.parcels.with_columns(inner_mm3=inner, boxed_mm3=boxed),
        [
            pl.col("order").n_unique().alias("orders"),
            pl.len().alias("parcels"),
            pl.col("date").n_unique().alias("days")
            - pl.col("date").is_null().any().cast(pl.UInt32),
            (whole("outer_mm3") / 1e9).alias("outer_m3"),
            (whole("gross_g") / 1000).alias("gross_kg"),
            (whole("billable_g") / 1000).alias("billable_kg"),
            (pl.col("boxed_mm3").sum() / pl.col("inner_mm3").sum()).alias("cube_utilisation"),
        ],
    ).with_columns(
        m3_per_1000_orders=pl.col("outer_m3") * 1000 / pl.col("orders"),
        m3_per_day=share("outer_m3", "days"),
        lorries=pl.col("outer_m3") / pl.lit(lorry, dtype=pl.Float64),
        cube_utilisation=pl.col("cube_utilisation").fill_nan(None),
    )
    findings.put(TRANSPORT, rows)
    one = rows.row(0, named=True)
    findings.metrics += [
        Metric.ratio("m3_per_1000_orders", one["outer_m3"], one["orders"], per=1000),
        Metric.ratio(
            "m3_per_day",
            one["outer_m3"],
            one["days"],
            missing="" if one["days"] else "date of the orders",
        ),
        Metric.of("lorries", one["lorries"], "" if lorry else "truck_m3 in the settings"),
        Metric.of("cube_utilisation", one["cube_utilisation"]),
        _billed(facts),
    ]
    return findings


def _billed(facts: Facts) -> Metric:
    """Billed weight less than the baseline, by the carrier rule of the replay."""
    savings = facts.inputs.savings
    if savings is None:
        return Metric.unknown("billable_kg_saved", "a baseline: a replay of packopt savings")
    rows = frame(savings.total).filter(pl.col("measure") == "billable_g").to_dicts()
    if not rows:
        return Metric.unknown("billable_kg_saved", "a billing rule: --carrier of packopt savings")
    row = rows[0]
    return Metric("billable_kg_saved", row["saved"], low=row["saved_low"], high=row["saved_high"])
