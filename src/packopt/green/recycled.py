"""Row 28 of the demands: recycled content, one material only, and what can be recycled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.composition import CATEGORY
from packopt.green.facts import FILLER, TAPE
from packopt.green.findings import Findings, Metric
from packopt.green.frames import total
from packopt.green.sheet import Sheet, count, flag, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

RECYCLED_CONTENT: Final = Sheet(
    "recycled_content",
    "1.0",
    pa.schema(
        [
            text("item", "a package, tape or filler", nullable=False),
            text("materials", "what it is made of, with semicolons between", nullable=False),
            flag("mono_material", "whether all of it is of one category", nullable=False),
            flag("recyclable", "as stated; null where it is not"),
            number("recycled_share", "recycled content by mass, as stated; null where it is not"),
            count("pieces", "pieces used; of tape and filler, parcels that have any"),
            number("mass_kg", "mass used"),
            number("recycled_kg", "of it recycled"),
        ]
    ),
)


def recycled(facts: Facts) -> Findings:
    """Recycled content by mass, and parcels all of whose packaging is of one category.

    A parcel of board with plastic tape is not of one material; with paper tape it is.
    """
    findings = Findings()
    items = _items(facts)
    findings.put(RECYCLED_CONTENT, items)
    untold = items.filter(pl.col("recycled_share").is_null() & (pl.col("mass_kg") != 0))["item"]
    unrated = items.filter(pl.col("recyclable").is_null() & (pl.col("mass_kg") != 0))["item"]
    mass = total(items, "mass_kg")
    good = items.filter("recyclable")
    findings.metrics += [
        Metric.ratio(
            "recycled_content_share",
            float(items["recycled_kg"].sum()),
            mass,
            missing=_named("recycled_share", untold),
        ),
        Metric.ratio(
            "recyclable_share", total(good, "mass_kg"), mass, missing=_named("recyclable", unrated)
        ),
        _mono(facts),
    ]
    return findings


def _named(field: str, items: pl.Series) -> str:
    if not len(items):
        return ""
    more = f" and {len(items) - 3} more" if len(items) > 3 else ""
    return f"{field} of {', '.join(items.sort().head(3))}{more}"


def _items(facts: Facts) -> pl.DataFrame:
    consumables = facts.consumables
    for name, kind in (("recycled_share", pl.Float64), ("recyclable", pl.Boolean)):
        if name not in consumables.columns:
            consumables = consumables.with_columns(pl.lit(None, dtype=kind).alias(name))
    names = ["item", "recycled_share", "recyclable"]
    stated = pl.concat(
        [
            facts.packages.select(
                item="package_id", recycled_share="recycled_share", recyclable="recyclable"
            ),
            consumables.select(names),
        ]
    )
    by_material = facts.components_by_quarter.group_by(
        "item", "material", "category", maintain_order=True
    ).agg(
        pieces=pl.col("pieces").sum(),
        mass_g=pl.when(pl.col("mass_g").is_null().any())
        .then(None)
        .otherwise(pl.col("mass_g").sum()),
    )
    return (
        by_material.group_by("item", maintain_order=True)
        .agg(
            materials=pl.col("material").sort().str.join("; "),
            mono_material=pl.col("category").n_unique() == 1,
            pieces=pl.col("pieces").max(),
            mass_kg=pl.when(pl.col("mass_g").is_null().any())
            .then(None)
            .otherwise(pl.col("mass_g").sum() / 1000),
        )
        .join(stated, on="item", how="left", maintain_order="left")
        .with_columns(recycled_kg=pl.col("mass_kg") * pl.col("recycled_share"))
        .sort("item")
    )


def _mono(facts: Facts) -> Metric:
    """Parcels of one category, by parcels that got a package."""
    category = {
        item: facts.consumables.filter(item=item)["category"].item() for item in (TAPE, FILLER)
    }
    packages = (
        facts.composition.with_columns(category=pl.col("material").replace_strict(CATEGORY))
        .group_by("package_id", maintain_order=True)
        .agg(one=pl.col("category").n_unique() == 1, category=pl.col("category").first())
    )
    parcels = facts.packed.select("package_id", "tape_g", "fill_g")
    parcels = parcels.join(packages, on="package_id", how="left", maintain_order="left")
    pure = pl.col("one")
    for item, amount in ((TAPE, "tape_g"), (FILLER, "fill_g")):
        pure &= (pl.col(amount) == 0) | (pl.col("category") == category[item])
    return Metric.ratio("mono_material_share", parcels.select(pure.sum()).item(), parcels.height)
