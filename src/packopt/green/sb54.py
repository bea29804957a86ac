"""California SB 54: plastic components and their mass, against the base year 2023."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.data import data
from packopt.green.findings import Findings, Metric
from packopt.green.sheet import Sheet, count, flag, number, text
from packopt.green.targets import sb54_target

if TYPE_CHECKING:
    from packopt.green.facts import Facts

SB54: Final = Sheet(
    "sb54_components",
    "1.0",
    pa.schema(
        [
            text("year", "calendar year", nullable=False),
            text("material", "the plastic; all for all of it", nullable=False),
            count("components", "packages, tapes and fillers that contain it"),
            number("mass_kg", "mass of it"),
            number("base_components", "components of 2023, from the file components_2023"),
            number("base_mass_kg", "mass of 2023"),
            number("components_change", "components against 2023, below 0 for fewer"),
            number("mass_change", "mass against 2023, below 0 for less"),
            number("target", "reduction asked for by then, 0..1"),
            text("status", "met, missed, no_target or unknown", nullable=False),
            flag("advisory", "the targets are read in secondary sources", nullable=False),
        ]
    ),
)


def sb54(facts: Facts) -> Findings:
    """Plastic of parcels to California by material: mass and number of components.

    A parcel's tape is one component, and so is its filler.
    """
    findings = Findings()
    here = facts.parcels.filter(pl.col("region").is_in(data("countries")["california"]))
    plastic = facts.components("year", of=here).filter(category="plastic")
    sums = [
        pl.col("pieces").sum().cast(pl.Int64).alias("components"),
        pl.when(pl.col("mass_g").is_null().any())
        .then(None)
        .otherwise(pl.col("mass_g").sum() / 1000)
        .alias("mass_kg"),
    ]
    by_material = plastic.group_by("year", "material", maintain_order=True).agg(sums)
    totals = (
        plastic.group_by("year", maintain_order=True).agg(sums).with_columns(material=pl.lit("all"))
    )
    base = facts.inputs.frame("components_2023").select(
        "material",
        base_components=pl.col("components").cast(pl.Float64),
        base_mass_kg="mass_kg",
    )
    if base.height:
        whole = base.sum().with_columns(material=pl.lit("all"))
        base = pl.concat([base, whole.select(base.columns)])
    rows = pl.concat([by_material, totals.select(by_material.columns)]).join(
        base, on="material", how="left", maintain_order="left"
    )
    targets = [sb54_target(year) for year in rows["year"]]
    least = pl.max_horizontal("components_change", "mass_change")
    changed = rows.with_columns(
        components_change=pl.col("components") / pl.col("base_components") - 1,
        mass_change=pl.col("mass_kg") / pl.col("base_mass_kg") - 1,
        target=pl.Series(targets, dtype=pl.Float64),
        advisory=True,
    )
    both = pl.col("components_change").is_not_null() & pl.col("mass_change").is_not_null()
    told = changed.with_columns(
        status=pl.when(pl.col("target").is_null() | (pl.col("material") != "all"))
        .then(pl.lit("no_target"))
        .when(~both)
        .then(pl.lit("unknown"))
        .when(least <= -pl.col("target"))
        .then(pl.lit("met"))
        .otherwise(pl.lit("missed"))
    ).sort("year", pl.col("material") != "all", "material")
    findings.put(SB54, told)
    missing = facts.inputs.needs("components_2023")
    if not told.height:
        missing = "parcels to California: region US-CA of the orders"
    last = told.filter(pl.col("material") == "all").tail(1).to_dicts()
    change = last[0]["mass_change"] if last else None
    findings.metrics.append(
        Metric.of("sb54_plastic_reduction", None if change is None else -change, missing)
    )
    return findings
