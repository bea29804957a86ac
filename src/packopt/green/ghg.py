"""Greenhouse gases of packaging, Scope 3 categories 1 and 12, by one named set of factors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.errors import GreenError
from packopt.green.data import data
from packopt.green.findings import Findings, Metric
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

_FULL: Final = 1.0
_TOLERANCE: Final = 1e-6

GHG: Final = Sheet(
    "ghg",
    "1.0",
    pa.schema(
        [
            text("year", "calendar year, or undated", nullable=False),
            count("category", "category of Scope 3: 1 materials bought, 12 end of life"),
            text("country", "of category 12: where the parcels went; null where not known"),
            text("material", "the material", nullable=False),
            text("treatment", "of category 12: recycling, incineration, landfill or composting"),
            number("mass_kg", "mass of the material, or of its share in the treatment"),
            number("kg_co2e_per_t", "factor of the set; null where the set has none"),
            number("co2e_kg", "mass times factor"),
            text("factor_set", "name of the set"),
            text("source", "who published it"),
            count("factor_year", "year of the set", nullable=True),
            text("boundary", "what the factors count"),
        ]
    ),
)


def ghg(facts: Facts) -> Findings:
    """Emissions of the materials used, and of their end of life; sets are never mixed.

    Category 1 takes the mass in these parcels, not the mass bought. Category 12 takes the shares
    of treatments from the file ``disposal``. Freight (categories 4 and 9) is not in it.
    """
    findings = Findings()
    first, second = _bought(facts), _end_of_life(facts)
    findings.put(GHG, pl.concat([first, second], how="diagonal_relaxed"))
    factors = facts.inputs.factors
    missing = "" if factors else "a factor set: --factors"
    lacking = _lacking(first)
    covered = "" if factors is None or not factors.covered_only else factors.title
    if factors and covered:
        left_out = sorted(set(first["material"]) - set(factors.covers))
        if left_out:
            findings.notes.append(
                f"ghg: {factors.name} is about {', '.join(factors.covers)} only; the mass of "
                f"{', '.join(left_out)} is left out"
            )
    elif lacking and not missing:
        missing = f"factors of {lacking}"
    no_shares = facts.inputs.needs("disposal")
    untreated = _lacking(second)
    if untreated and not no_shares:
        no_shares = f"shares or factors of {untreated}"
    findings.metrics += [
        Metric.of("scope3_category_1_kg", _sum(first) if factors else None, missing),
        Metric.of(
            "scope3_category_12_kg",
            None if "disposal" not in facts.inputs else _sum(second),
            no_shares,
        ),
    ]
    return findings


def _sum(rows: pl.DataFrame) -> float:
    return float(rows["co2e_kg"].sum())


def _lacking(rows: pl.DataFrame) -> str:
    unknown = rows.filter(pl.col("co2e_kg").is_null())
    return ", ".join(unknown["material"].unique().sort())


def _masses(facts: Facts, *keys: str) -> pl.DataFrame:
    return (
        facts.components(*keys)
        .group_by(*keys, "material", maintain_order=True)
        .agg(
            mass_kg=pl.when(pl.col("mass_g").is_null().any())
            .then(None)
            .otherwise(pl.col("mass_g").sum() / 1000)
        )
        .sort(*keys, "material", nulls_last=True)
    )


def _bought(facts: Facts) -> pl.DataFrame:
    factors = facts.inputs.factors
    known = dict(factors.factors) if factors else {}
    table = pl.DataFrame(
        {"material": list(known), "kg_co2e_per_t": list(known.values())},
        schema={"material": pl.String, "kg_co2e_per_t": pl.Float64},
    )
    only = factors is not None and factors.covered_only
    emitted = pl.col("mass_kg") * pl.col("kg_co2e_per_t") / 1000
    rows = _masses(facts, "year").join(table, on="material", how="left", maintain_order="left")
    return rows.with_columns(
        category=1,
        co2e_kg=pl.when(pl.col("kg_co2e_per_t").is_null() & only).then(0.0).otherwise(emitted),
        country=pl.lit(None, dtype=pl.String),
        treatment=pl.lit(None, dtype=pl.String),
        factor_set=pl.lit(factors.name if factors else None, dtype=pl.String),
        source=pl.lit(factors.source if factors else None, dtype=pl.String),
        factor_year=pl.lit(factors.year if factors else None, dtype=pl.Int64),
        boundary=pl.lit(factors.boundary if factors else None, dtype=pl.String),
    )


def _end_of_life(facts: Facts) -> pl.DataFrame:
    """Mass by treatment; a row without one where no shares are known."""
    shares = facts.inputs.frame("disposal")
    _check_shares(shares)
    masses = _masses(facts, "year", "country")
    keys = ["country", "material"]
    own = masses.join(
        shares.filter(pl.col("country").is_not_null()), on=keys, maintain_order="left"
    )
    # Countries without rows of their own take the rows without a country.
    rest = masses.join(
        own.select(keys).unique(), on=keys, how="anti", nulls_equal=True, maintain_order="left"
    )
    common = shares.filter(pl.col("country").is_null()).drop("country")
    rows = pl.concat(
        [
            own,
            rest.join(common, on="material", how="left", maintain_order="left").select(own.columns),
        ]
    )
    told = data("disposal_desnz_2025")
    factors = pl.DataFrame(told["factors"]).unpivot(
        index="material", variable_name="treatment", value_name="kg_co2e_per_t"
    )
    return (
        rows.join(factors, on=["material", "treatment"], how="left", maintain_order="left")
        .with_columns(mass_kg=pl.col("mass_kg") * pl.col("share").fill_null(_FULL))
        .with_columns(
            category=12,
            co2e_kg=pl.when(pl.col("mass_kg") == 0)
            .then(0.0)
            .otherwise(pl.col("mass_kg") * pl.col("kg_co2e_per_t") / 1000),
            factor_set=pl.lit("disposal_desnz_2025"),
            source=pl.lit(told["source"]),
            factor_year=pl.lit(told["year"], dtype=pl.Int64),
            boundary=pl.lit(told["boundary"]),
        )
        .sort("year", "country", "material", "treatment", nulls_last=True)
    )


def _check_shares(shares: pl.DataFrame) -> None:
    """What becomes of a material is all of it, no more and no less."""
    sums = (
        shares.group_by("country", "material", maintain_order=True)
        .agg(pl.col("share").sum())
        .sort("country", "material")
    )
    wrong = sums.filter((pl.col("share") - _FULL).abs() > _TOLERANCE)
    if wrong.height:
        raise GreenError(
            "disposal",
            [
                f"shares of {row['material']} in {row['country'] or 'every other country'}: found "
                f"{row['share']:g} together, expected 1; add what is missing"
                for row in wrong.to_dicts()
            ],
        )
