"""Row 22 of the demands: packaging mass by material, producer, country and year, and its fees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.data import data
from packopt.green.findings import Findings, Metric
from packopt.green.inputs.vocabulary import CATEGORIES
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

EPR_MASS: Final = Sheet(
    "epr_mass",
    "1.0",
    pa.schema(
        [
            text("year", "calendar year, or undated", nullable=False),
            text("producer", "the merchant, else the producer of the settings; null where unknown"),
            text("country", "where the parcels went; null where not known"),
            text("category", "category of EU 2025/40 Annex IX", nullable=False),
            text("material", "the material", nullable=False),
            count("pieces", "pieces that contain it: packages; parcels with tape, or with filler"),
            number("mass_kg", "mass; of reusables one trip; null where a tare is missing"),
            number("fee_per_kg", "fee of the country for the category in the year"),
            number("fee", "mass_kg times fee_per_kg"),
            text("currency", "of the fee"),
        ]
    ),
)
EPR_EU: Final = Sheet(
    "epr_eu_annex_ix",
    "1.0",
    pa.schema(
        [
            text("producer", "as in epr_mass"),
            text("country", "Member State where the parcels went", nullable=False),
            text("year", "calendar year, or undated", nullable=False),
            text(
                "category",
                "Glass, Plastic, Paper/cardboard, Ferrous metal, Aluminium, Wood, Other or Total",
                nullable=False,
            ),
            number("mass_kg", "mass; 0 where there is none"),
        ]
    ),
)
_EU_NAMES: Final = dict(
    zip(
        CATEGORIES,
        ("Glass", "Plastic", "Paper/cardboard", "Ferrous metal", "Aluminium", "Wood", "Other"),
        strict=True,
    )
)
_KEYS: Final = ["year", "producer", "country"]


def epr(facts: Facts) -> Findings:
    """Mass by material, producer, country and year; the same as EU 2025/40 Annex IX Part B asks.

    Mass is of packages, tape and filler, of what packopt plans; sales packs are not in it.
    """
    findings = Findings()
    rows = mass(facts)
    findings.put(EPR_MASS, rows)
    findings.put(EPR_EU, _eu(rows))
    nowhere = rows.filter(pl.col("country").is_null())
    nobody = rows.filter(pl.col("producer").is_null())
    missing = ", ".join(
        filter(
            None,
            [
                "region of some orders" if nowhere.height else "",
                "producer in the settings" if nobody.height else "",
                "tare of a package" if rows["mass_kg"].null_count() else "",
            ],
        )
    )
    kg = None if rows["mass_kg"].null_count() else float(rows["mass_kg"].sum())
    unpriced = rows.filter(pl.col("fee").is_null() & pl.col("country").is_not_null())
    no_fees = facts.inputs.needs("fees")
    if unpriced.height and not no_fees:
        country, category = unpriced.row(0, named=True)["country"], unpriced["category"][0]
        no_fees = f"fees of {unpriced.height:,} rows, such as {category} in {country}"
    findings.metrics += [
        Metric.of("epr_kg", kg, missing),
        Metric.of(
            "epr_fee",
            None if "fees" not in facts.inputs else float(rows["fee"].sum()),
            ", ".join(filter(None, [no_fees, missing])),
        ),
    ]
    return findings


def mass(facts: Facts) -> pl.DataFrame:
    """Rows of `EPR_MASS`, with fees where the file ``fees`` has them."""
    producer = facts.inputs.settings.producer or None
    fees = facts.inputs.frame("fees")
    return (
        facts.components("year", "seller", "country")
        .with_columns(producer=pl.coalesce("seller", pl.lit(producer, dtype=pl.String)))
        .group_by(*_KEYS, "category", "material", maintain_order=True)
        .agg(
            pieces=pl.col("pieces").sum(),
            mass_kg=pl.when(pl.col("mass_g").is_null().any())
            .then(None)
            .otherwise(pl.col("mass_g").sum() / 1000),
        )
        .join(
            fees.with_columns(pl.col("country").str.to_uppercase()),
            on=["country", "category", "year"],
            how="left",
            maintain_order="left",
        )
        .with_columns(fee=pl.col("mass_kg") * pl.col("fee_per_kg"))
        .sort(*_KEYS, "category", "material", nulls_last=True)
    )


def _eu(rows: pl.DataFrame) -> pl.DataFrame:
    """Every category and the total for each producer, Member State and year."""
    here = rows.filter(pl.col("country").is_in(data("countries")["european_union"]))
    unknown = pl.col("mass_kg").is_null().any()
    masses = here.group_by(*_KEYS, "category", maintain_order=True).agg(
        mass_kg=pl.when(unknown).then(None).otherwise(pl.col("mass_kg").sum()),
        there=pl.lit(value=True),
    )
    names = pl.DataFrame({"category": list(CATEGORIES), "place": range(len(CATEGORIES))})
    every = (
        here.select(_KEYS)
        .unique()
        .join(names, how="cross")
        .join(masses, on=[*_KEYS, "category"], how="left", nulls_equal=True, maintain_order="left")
        .with_columns(mass_kg=pl.when("there").then("mass_kg").otherwise(0.0))
    )
    totals = every.group_by(_KEYS, maintain_order=True).agg(
        mass_kg=pl.when(unknown).then(None).otherwise(pl.col("mass_kg").sum())
    )
    both = pl.concat(
        [
            every.with_columns(pl.col("category").replace_strict(_EU_NAMES)),
            totals.with_columns(category=pl.lit("Total"), place=pl.lit(len(CATEGORIES))),
        ],
        how="diagonal_relaxed",
    )
    return both.sort("year", "country", "producer", "place", nulls_last=True)
