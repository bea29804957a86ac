"""Row 5 of the demands, and reuse rates of the EU and of France: what comes back, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import share
from packopt.green.sheet import Sheet, count, flag, number, text
from packopt.green.targets import france_target

if TYPE_CHECKING:
    from packopt.green.facts import Facts

REUSE_BY_ZONE: Final = Sheet(
    "reuse_by_zone",
    "1.0",
    pa.schema(
        [
            text("zone", "zone of delivery, or the region where no file says; null for none"),
            flag("central", "whether it is the central urban area; null where no file says"),
            count("parcels", "parcels delivered there"),
            count("reusable", "of them, those in a reusable package"),
            number("reusable_share", "reusable by parcels"),
            count("assets", "reusable containers kept for the zone"),
            count("trips", "trips that they have made"),
            number("trips_per_asset", "trips by assets"),
            count("lost", "containers that were lost"),
            number("loss_rate", "lost by assets"),
        ]
    ),
)

REUSE_UNITS: Final = Sheet(
    "reuse_units",
    "1.0",
    pa.schema(
        [
            text("year", "calendar year, or undated", nullable=False),
            text("country", "where the parcels went; null where not known"),
            text("format", "carton or mailer", nullable=False),
            count("reusable_units", "trips of reusable packages"),
            count("other_units", "packages for one use"),
            count(
                "cardboard_units", "of them boxes of board, which EU 2025/40 Art. 29(4)(d) exempts"
            ),
            number("rate_with_cardboard", "reusable by all units, as Art. 30(1) has it"),
            number("rate_without_cardboard", "the same without boxes of board"),
        ]
    ),
)

REUSE_FRANCE: Final = Sheet(
    "reuse_france",
    "1.0",
    pa.schema(
        [
            text("year", "calendar year", nullable=False),
            count("units", "packages of parcels to France"),
            count("reused_units", "of them reusable ones and used cartons"),
            number("rate", "reused_units by units"),
            number(
                "target", "share asked for by turnover class; null where the class is not known"
            ),
            flag("obliged", "whether the year has the 10,000 units from which the duty starts"),
            text("status", "met, missed, not_obliged or unknown", nullable=False),
            flag(
                "advisory",
                "the years of the targets are read from a secondary source",
                nullable=False,
            ),
        ]
    ),
)
_LEAST_UNITS: Final = 10_000


def reuse(facts: Facts) -> Findings:
    """Reusable packages by zone, trips and losses of containers, and units under EU and France."""
    findings = Findings()
    zones = _zones(facts)
    findings.put(REUSE_BY_ZONE, zones)
    findings.metrics += _zone_metrics(facts, zones)
    units = _units(facts)
    findings.put(REUSE_UNITS, units)
    reusable = int(units["reusable_units"].sum())
    every = reusable + int(units["other_units"].sum())
    rest = every - int(units["cardboard_units"].sum())
    findings.metrics += [
        Metric.ratio("reuse_rate", reusable, every),
        Metric.ratio("reuse_rate_without_cardboard", reusable, rest),
    ]
    france = _france(facts)
    findings.put(REUSE_FRANCE, france)
    return findings


def _zones(facts: Facts) -> pl.DataFrame:
    given = facts.inputs.frame("zones").with_columns(pl.col("region").str.to_uppercase())
    parcels = facts.parcels.select("region", "reusable").join(
        given, on="region", how="left", maintain_order="left"
    )
    if "zones" not in facts.inputs:
        parcels = parcels.with_columns(zone=pl.col("region"))
    else:
        parcels = parcels.with_columns(
            central=pl.when(pl.col("zone").is_not_null()).then(
                pl.col("central").fill_null(value=False)
            )
        )
    by_zone = parcels.group_by("zone", maintain_order=True).agg(
        central=pl.col("central").any(ignore_nulls=False),
        parcels=pl.len(),
        reusable=pl.col("reusable").sum(),
    )
    assets = (
        facts.inputs.frame("assets")
        .group_by("zone", maintain_order=True)
        .agg(
            assets=pl.len(),
            trips=pl.col("trips").sum(),
            lost=(pl.col("state") == "lost").sum(),
        )
    )
    counts = ["parcels", "reusable", "assets", "trips", "lost"]
    return (
        by_zone.join(
            assets,
            on="zone",
            how="full",
            coalesce=True,
            nulls_equal=True,
            maintain_order="left_right",
        )
        .with_columns(pl.col(counts).fill_null(0))
        .with_columns(
            reusable_share=share("reusable", "parcels"),
            trips_per_asset=share("trips", "assets"),
            loss_rate=share("lost", "assets"),
        )
        .sort("zone", nulls_last=True)
    )


def _zone_metrics(facts: Facts, zones: pl.DataFrame) -> list[Metric]:
    central = zones.filter(pl.col("central"))
    nowhere = int(zones.filter(pl.col("zone").is_null())["parcels"].sum())
    missing = facts.inputs.needs("zones") or (f"the zone of {nowhere:,} parcels" if nowhere else "")
    no_assets = facts.inputs.needs("assets")
    return [
        Metric.ratio("reusable_share", zones["reusable"].sum(), zones["parcels"].sum()),
        Metric.ratio(
            "reusable_share_central",
            central["reusable"].sum(),
            central["parcels"].sum(),
            missing=missing,
        ),
        Metric.ratio(
            "trips_per_asset", zones["trips"].sum(), zones["assets"].sum(), missing=no_assets
        ),
        Metric.ratio("loss_rate", zones["lost"].sum(), zones["assets"].sum(), missing=no_assets),
    ]


def _units(facts: Facts) -> pl.DataFrame:
    board = facts.composition.filter(material="board")["package_id"].to_list()
    cardboard = ~pl.col("reusable") & pl.col("carton") & pl.col("package_id").is_in(board)
    kinds = facts.packages.select("package_id", "carton", "reusable")
    pieces = pl.col("pieces")
    units = (
        facts.cells.join(kinds, on="package_id", how="left", maintain_order="left")
        .with_columns(format=pl.when("carton").then(pl.lit("carton")).otherwise(pl.lit("mailer")))
        .group_by("year", "country", "format", maintain_order=True)
        .agg(
            reusable_units=pieces.filter("reusable").sum(),
            other_units=pieces.filter(~pl.col("reusable")).sum(),
            cardboard_units=pieces.filter(cardboard).sum(),
        )
        .with_columns(units=pl.col("reusable_units") + pl.col("other_units"))
        .with_columns(rest=pl.col("units") - pl.col("cardboard_units"))
    )
    return units.with_columns(
        rate_with_cardboard=share("reusable_units", "units"),
        rate_without_cardboard=share("reusable_units", "rest"),
    ).sort("year", "country", "format", nulls_last=True)


def _france(facts: Facts) -> pl.DataFrame:
    reused = pl.col("class").is_in(["reusable", "reused"])
    turnover = facts.inputs.settings.turnover_eur
    rows = (
        facts.packed.filter(country="FR")
        .group_by("year", maintain_order=True)
        .agg(units=pl.len(), reused_units=reused.sum())
        .sort("year")
        .with_columns(
            rate=share("reused_units", "units"),
            obliged=pl.col("units") >= _LEAST_UNITS,
            advisory=True,
        )
    )
    targets = [france_target(turnover, one) for one in rows["year"]]
    rate, target = pl.col("rate"), pl.col("target")
    return rows.with_columns(
        target=pl.Series(targets, dtype=pl.Float64),
    ).with_columns(
        status=pl.when(~pl.col("obliged"))
        .then(pl.lit("not_obliged"))
        .when(target.is_null())
        .then(pl.lit("unknown"))
        .when(rate >= target)
        .then(pl.lit("met"))
        .otherwise(pl.lit("missed"))
    )
