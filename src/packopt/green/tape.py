"""Rows 7, 8 and 16 of the demands: tape, what closes without it, and the weight of board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.facts import TAPE
from packopt.green.findings import Findings, Metric
from packopt.green.frames import by_period, share, total, whole
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

SLIM_MM: Final = 45.0
"""Widest tape that counts as slim: programmes of the State Post Bureau of China since 2020."""

TAPE_USE: Final = Sheet(
    "tape_use",
    "1.0",
    pa.schema(
        [
            text("period", "all, a quarter, or undated", nullable=False),
            count("parcels", "parcels"),
            count("taped", "parcels with tape"),
            number(
                "tape_free_share", "parcels that got a package without tape, by those that got one"
            ),
            number("tape_m", "length of tape, modelled from the sides and the closure"),
            number("tape_g", "mass of tape"),
            number("tape_m_per_parcel", "tape_m by parcels"),
            number("tape_g_per_parcel", "tape_g by parcels"),
            number("width_mm", "width of the tape; null where no file says"),
            number("slim_share", "taped parcels with tape of 45 mm or less, by taped parcels"),
            number("board_g_per_m2", "mass of corrugated packages by the area of their blanks"),
        ]
    ),
)


def tape(facts: Facts) -> Findings:
    """Tape per parcel, its width, tape-free packages, and the grammage of board."""
    findings = Findings()
    row = facts.consumables.filter(item=TAPE)
    width = row["width_mm"].item() if "width_mm" in row.columns else None
    slim = None if width is None else float(width <= SLIM_MM)
    rows = by_period(
        facts.parcels,
        [
            pl.len().alias("parcels"),
            (pl.col("tape_m") > 0).sum().alias("taped"),
            (~pl.col("own")).sum().alias("packed"),
            (~pl.col("own") & (pl.col("tape_m") == 0)).sum().alias("tape_free"),
            *(whole(name) for name in ("tape_m", "tape_g", "board_g", "board_m2")),
        ],
    ).with_columns(
        tape_free_share=share("tape_free", "packed"),
        tape_m_per_parcel=pl.col("tape_m") / pl.col("parcels"),
        tape_g_per_parcel=pl.col("tape_g") / pl.col("parcels"),
        width_mm=pl.lit(width, dtype=pl.Float64),
        slim_share=pl.when(pl.col("taped") > 0).then(pl.lit(slim, dtype=pl.Float64)),
        board_g_per_m2=share("board_g", "board_m2"),
    )
    findings.put(TAPE_USE, rows)
    one = rows.row(0, named=True)
    missing = "" if width is not None else "width_mm of tape in the file consumables"
    slim_parcels = None if slim is None else slim * one["taped"]
    findings.metrics += [
        Metric.ratio("tape_m_per_parcel", total(facts.parcels, "tape_m"), one["parcels"]),
        Metric.ratio("tape_free_share", one["tape_free"], one["packed"]),
        Metric.ratio("slim_tape_share", slim_parcels, one["taped"], missing=missing),
        Metric.ratio("board_g_per_m2", one["board_g"], one["board_m2"]),
    ]
    return findings
