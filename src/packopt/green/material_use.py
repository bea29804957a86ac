"""Row 1 of the demands, and the tape of 7 and 8: material per order and per parcel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import ALL, by_period, frame, share, total, whole
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

_BASELINE: Final = "a baseline: a replay of packopt savings"

MATERIAL_USE: Final = Sheet(
    "material_use",
    "1.0",
    pa.schema(
        [
            text("period", "all, a quarter, or undated", nullable=False),
            count("orders", "orders with at least one parcel"),
            count("parcels", "parcels"),
            number("packaging_kg", "mass of packages, tape and filler; of reusables one trip"),
            number("board_kg", "of it board"),
            number("paper_kg", "of it paper"),
            number("plastic_kg", "of it plastic"),
            number("other_kg", "of it other materials"),
            number("tape_kg", "of it tape, whatever it is made of"),
            number("filler_kg", "of it filler, whatever it is made of"),
            number("board_m2", "area of the blanks of corrugated packages"),
            number("packaging_g_per_order", "packaging_kg by orders"),
            number("packaging_g_per_parcel", "packaging_kg by parcels"),
            number("board_m2_per_order", "board_m2 by orders"),
        ]
    ),
)


def material_use(facts: Facts) -> Findings:
    """Mass and area of packaging, by order and parcel, and less than a baseline.

    Denominators are orders shipped and parcels, those in their own container among them.
    """
    findings = Findings()
    parcels = facts.parcels
    rows = by_period(
        parcels,
        [
            pl.col("order").n_unique().alias("orders"),
            pl.len().alias("parcels"),
            *((whole(name) / 1000).alias(name) for name in ("packaging_g", "tape_g", "fill_g")),
            whole("board_m2"),
        ],
    ).rename({"packaging_g": "packaging_kg", "tape_g": "tape_kg", "fill_g": "filler_kg"})
    masses = _by_group(facts)
    rows = rows.join(masses, on="period", how="left", maintain_order="left").with_columns(
        packaging_g_per_order=1000 * share("packaging_kg", "orders"),
        packaging_g_per_parcel=1000 * share("packaging_kg", "parcels"),
        board_m2_per_order=share("board_m2", "orders"),
    )
    findings.put(MATERIAL_USE, rows)
    orders, n = facts.shipped, parcels.height
    packaging, board = total(parcels, "packaging_g"), total(parcels, "board_m2")
    tape_g, tape_m = total(parcels, "tape_g"), total(parcels, "tape_m")
    findings.metrics += [
        Metric.ratio("packaging_g_per_order", packaging, orders, missing=_tare(packaging)),
        Metric.ratio("packaging_g_per_parcel", packaging, n, missing=_tare(packaging)),
        Metric.ratio("board_m2_per_order", board, orders, missing=_tare(board)),
        Metric.ratio("tape_g_per_order", tape_g, orders),
        Metric.ratio("tape_m_per_order", tape_m, orders),
        *_against_baseline(facts),
    ]
    return findings


def _tare(value: float | None) -> str:
    return "" if value is not None else "tare or size of a package"


def _by_group(facts: Facts) -> pl.DataFrame:
    """Mass by kind of material for all parcels and by quarter."""
    from packopt.green.frames import quarter

    dated = facts.parcels.select(quarter().alias("period")).unique()
    components = _components(facts)
    group = (
        pl.when(pl.col("material").is_in(["board", "paper"]))
        .then("material")
        .when(pl.col("category") == "plastic")
        .then(pl.lit("plastic"))
        .otherwise(pl.lit("other"))
    )
    masses = components.with_columns(group=group)
    both = pl.concat([masses.with_columns(period=pl.lit(ALL)), masses])
    wide = both.group_by("period", maintain_order=True).agg(
        (
            pl.when((pl.col("mass_g").is_null() & (pl.col("group") == name)).any())
            .then(None)
            .otherwise(pl.col("mass_g").filter(pl.col("group") == name).sum())
            / 1000
        ).alias(f"{name}_kg")
        for name in ("board", "paper", "plastic", "other")
    )
    # A quarter of own containers only has no component, and no mass.
    periods = pl.concat([pl.DataFrame({"period": [ALL]}), dated])
    empty = [pl.col(name).fill_null(0) for name in wide.columns[1:]]
    missing = periods.join(wide, on="period", how="anti", maintain_order="left")
    filled = missing.join(wide, on="period", how="left", maintain_order="left").with_columns(empty)
    return pl.concat([wide, filled])


def _components(facts: Facts) -> pl.DataFrame:
    return facts.components_by_quarter.rename({"quarter": "period"})


def _against_baseline(facts: Facts) -> list[Metric]:
    """What packopt saves of mass and area, from the totals of a replay."""
    names = {
        "packaging_saved_share": ("packaging_g", "saved_share", "share"),
        "packaging_saved_g_per_order": ("packaging_g", "per_order", "per_order"),
        "board_saved_share": ("board_m2", "saved_share", "share"),
        "board_saved_m2_per_order": ("board_m2", "per_order", "per_order"),
    }
    savings = facts.inputs.savings
    if savings is None:
        return [Metric.unknown(name, _BASELINE) for name in names]
    rows = {row["measure"]: row for row in frame(savings.total).to_dicts()}
    metrics = []
    for name, (measure, column, interval) in names.items():
        row = rows.get(measure)
        if row is None or row[column] is None:
            metrics.append(Metric.unknown(name, f"{measure} of the baseline"))
            continue
        metrics.append(
            Metric(
                name,
                row[column],
                row["saved"],
                row["baseline"] if column == "saved_share" else row["orders"],
                row[f"{interval}_low"],
                row[f"{interval}_high"],
            )
        )
    return metrics
