"""UK pEPR: packaging mass in the columns of the regulator's file, in whole kg."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.composition import UK_CODE
from packopt.green.data import data
from packopt.green.findings import Findings, Metric
from packopt.green.frames import UNDATED
from packopt.green.sheet import Sheet, count, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

#: Columns of the file specification for packaging data from 2025, in its order.
EPR_UK: Final = Sheet(
    "epr_uk",
    "1.0",
    pa.schema(
        [
            text("organisation_id", "number of the organisation; empty until the settings have it"),
            text("subsidiary_id", "number of the subsidiary; empty for none"),
            text("organisation_size", "L or S"),
            text(
                "submission_period",
                "half-year of a large organisation, year of a small one",
                nullable=False,
            ),
            text("packaging_activity", "SO, PF, IM, SE, HL or OM"),
            text(
                "packaging_type",
                "HH household, NH non-household, RU reusable, SP of small organisations",
            ),
            text(
                "packaging_class",
                "P3 shipment packaging; P5 non-primary reusable packaging",
                nullable=False,
            ),
            text("packaging_material", "AL FC GL PC PL ST WD OT", nullable=False),
            text(
                "packaging_material_subtype", "Rigid or Flexible for plastic; the material for OT"
            ),
            text("from_country", "empty: nation data are another file"),
            text("to_country", "empty: nation data are another file"),
            count("packaging_material_weight", "mass in whole kg, halves rounded up"),
            count("packaging_material_units", "empty: of drinks containers only", nullable=True),
            count("transitional_packaging_units", "empty", nullable=True),
            text("ram_rag_rating", "rating of recyclability from the file uk_ratings"),
        ]
    ),
)
_SUBTYPES_FROM: Final = "2025"


def epr_uk(facts: Facts) -> Findings:
    """Masses of parcels to the United Kingdom in the regulator's columns.

    Padded mailers of paper and film count as fibre-based composite; films, mailers, tape and
    filler of plastic are flexible, boxes rigid. Reusable packages count one trip's mass under
    RU. Rows below half a kg are left out; a note says how much that is.
    """
    findings = Findings()
    rows = _rows(facts)
    exact = rows["mass_g"]
    kg = (exact / 1000 + 0.5).floor()
    kept = rows.with_columns(packaging_material_weight=kg.cast(pl.Int64)).filter(
        pl.col("packaging_material_weight") > 0
    )
    findings.put(EPR_UK, kept)
    lost = float(rows.filter((kg <= 0).fill_null(value=True))["mass_g"].sum())
    if lost:
        findings.notes.append(f"epr_uk: {lost:,.0f} g in rows below half a kg are left out")
    findings.metrics.append(_metric(facts, rows, kept))
    return findings


def _metric(facts: Facts, rows: pl.DataFrame, kept: pl.DataFrame) -> Metric:
    settings = facts.inputs.settings
    missing = [
        f"{name} in the settings"
        for name in ("organisation_id", "organisation_size", "packaging_activity", "packaging_type")
        if not getattr(settings, name)
    ]
    undated = facts.parcels.filter(_to_uk() & (pl.col("year") == UNDATED)).height
    if undated:
        missing.append(f"the date of {undated:,} parcels")
    if rows["mass_g"].null_count():
        missing.append("tare of a package")
    if (
        settings.organisation_size == "L"
        and kept.filter(
            pl.col("ram_rag_rating").is_null() & (pl.col("packaging_type") == "HH")
        ).height
    ):
        missing.append("ratings of some items in the file uk_ratings")
    if not rows.height:
        missing = ["parcels to the United Kingdom"]
    value = int(kept["packaging_material_weight"].sum()) if rows.height else None
    return Metric.of("epr_uk_kg", value, ", ".join(missing))


def _to_uk() -> pl.Expr:
    return pl.col("country").is_in(data("countries")["united_kingdom"])


def _rows(facts: Facts) -> pl.DataFrame:
    settings = facts.inputs.settings
    small = settings.organisation_size == "S"
    half = pl.when(pl.col("date").dt.month() <= 6).then(pl.lit("H1")).otherwise(pl.lit("H2"))
    period = pl.format("{}-{}", "year", pl.lit("P0") if small else half)
    parcels = facts.parcels.filter(_to_uk() & (pl.col("year") != UNDATED)).with_columns(
        submission_period=period
    )
    shown = facts.components("submission_period", "year", "reusable", of=parcels)
    packages = facts.packages.select(item="package_id", style="style", mailer="mailer")
    flexible = (pl.col("component") != "package") | pl.col("mailer").fill_null(value=False)
    composite = (pl.col("style") == "bubble").fill_null(value=False)
    code = (
        pl.when(composite).then(pl.lit("FC")).otherwise(pl.col("category").replace_strict(UK_CODE))
    )
    plain = settings.packaging_type or None
    kind = "SP" if small and plain else plain
    subtype = (
        pl.when((pl.col("packaging_material") == "PL") & (pl.col("year") >= _SUBTYPES_FROM))
        .then(pl.when(flexible).then(pl.lit("Flexible")).otherwise(pl.lit("Rigid")))
        .when(pl.col("packaging_material") == "OT")
        .then("material")
    )
    keys = [
        "submission_period",
        "packaging_type",
        "packaging_class",
        "packaging_material",
        "packaging_material_subtype",
        "ram_rag_rating",
    ]
    return (
        shown.join(packages, on="item", how="left", maintain_order="left")
        .join(
            facts.inputs.frame("uk_ratings").select(
                "item", ram_rag_rating=pl.col("rating").str.to_uppercase()
            ),
            on="item",
            how="left",
            maintain_order="left",
        )
        .with_columns(packaging_material=code)
        .with_columns(
            # What is reusable is the package; its tape and filler are for one use.
            packaging_type=pl.when(pl.col("reusable") & (pl.col("component") == "package"))
            .then(pl.lit("RU"))
            .otherwise(pl.lit(kind, dtype=pl.String)),
            packaging_class=pl.when(pl.col("reusable") & (pl.col("component") == "package"))
            .then(pl.lit("P5"))
            .otherwise(pl.lit("P3")),
            packaging_material_subtype=subtype,
        )
        .group_by(keys, maintain_order=True)
        .agg(
            mass_g=pl.when(pl.col("mass_g").is_null().any())
            .then(None)
            .otherwise(pl.col("mass_g").sum())
        )
        .with_columns(
            organisation_id=pl.lit(settings.organisation_id or None, dtype=pl.String),
            subsidiary_id=pl.lit(settings.subsidiary_id or None, dtype=pl.String),
            organisation_size=pl.lit(settings.organisation_size or None, dtype=pl.String),
            packaging_activity=pl.lit(settings.packaging_activity or None, dtype=pl.String),
            from_country=pl.lit(None, dtype=pl.String),
            to_country=pl.lit(None, dtype=pl.String),
            packaging_material_units=pl.lit(None, dtype=pl.Int64),
            transitional_packaging_units=pl.lit(None, dtype=pl.Int64),
        )
        .sort(keys, nulls_last=True)
    )
