"""Rows 3 and 4 of the demands: parcels without an added package, and packages that could go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import by_period, looked_up, share
from packopt.green.sheet import Sheet, count, flag, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

SECOND_PACKAGING: Final = Sheet(
    "second_packaging",
    "1.0",
    pa.schema(
        [
            text("period", "all, a quarter, or undated", nullable=False),
            count("parcels", "parcels"),
            count("e_commerce_parcels", "parcels of orders that are sold at a distance"),
            count("own_container", "e-commerce parcels without an added package"),
            count(
                "logged", "e-commerce parcels of which the log says whether they were packed again"
            ),
            count("packed_again", "of them, those that a carrier packed again"),
            number("own_container_rate", "parcels without an added package by parcels"),
            number("no_second_packaging_rate", "own_container by e_commerce_parcels"),
            number("not_packed_again_rate", "logged less packed_again, by logged"),
        ]
    ),
)

OVERBOXING: Final = Sheet(
    "overboxing",
    "1.0",
    pa.schema(
        [
            text("sku", "the article", nullable=False),
            flag("own_container", "whether it may ship as it is", nullable=False),
            count("parcels", "parcels that hold one unit of it and nothing else"),
            count("boxed", "of them, those that got a package"),
            number("avoidable_kg", "packaging of these: what would go if it shipped as it is"),
        ]
    ),
)


def own_container(facts: Facts) -> Findings:
    """Parcels without a second package by both definitions, and what of the packaging could go.

    *No second packaging* counts parcels that ship in the article's own container. *Not packed
    again* counts parcels that no carrier put into another package, as the statistics of the
    post do. The two are never to be compared.
    """
    findings = Findings()
    log = facts.inputs.frame("packing_log").select(
        "order_id", pl.col("parcel").cast(pl.Int32), "packed_again"
    )
    parcels = facts.parcels.select("order_id", "parcel", "date", "e_commerce", "own")
    parcels = looked_up(parcels, log, ["order_id", "parcel"])
    counted = pl.col("e_commerce")
    rows = by_period(
        parcels,
        [
            pl.len().alias("parcels"),
            counted.sum().alias("e_commerce_parcels"),
            (pl.col("own") & counted).sum().alias("own_container"),
            (pl.col("packed_again").is_not_null() & counted).sum().alias("logged"),
            (pl.col("packed_again").fill_null(value=False) & counted).sum().alias("packed_again"),
            pl.col("own").mean().alias("own_container_rate"),
        ],
    ).with_columns(
        no_second_packaging_rate=share("own_container", "e_commerce_parcels"),
        not_packed_again_rate=pl.when(pl.col("logged") > 0).then(
            1 - pl.col("packed_again") / pl.col("logged")
        ),
    )
    findings.put(SECOND_PACKAGING, rows)
    one = rows.row(0, named=True)
    parcels_of_no_log = one["e_commerce_parcels"] - one["logged"]
    missing = f"packed_again of {parcels_of_no_log:,} parcels in the file packing_log"
    findings.metrics += [
        Metric.ratio("no_second_packaging_rate", one["own_container"], one["e_commerce_parcels"]),
        Metric.ratio("own_container_rate", facts.parcels["own"].sum(), one["parcels"]),
        Metric.ratio(
            "not_packed_again_rate",
            one["logged"] - one["packed_again"],
            one["logged"],
            missing=missing if parcels_of_no_log else "",
        ),
        Metric.ratio("parcels_per_order", one["parcels"], facts.shipped),
    ]
    league = _league(facts)
    findings.put(OVERBOXING, league)
    findings.metrics.append(_avoidable(facts, league))
    findings.metrics.append(_revenue(facts))
    return findings


def _league(facts: Facts) -> pl.DataFrame:
    """Articles by the mass of the packages around single units of them."""
    contents = facts.contents
    parcels = facts.parcels.select("own", "packaging_g", parcel_units="units")
    alone = contents.hstack(parcels[contents["row"]]).filter(pl.col("parcel_units") == 1)
    articles = facts.skus.with_row_index("article").cast({"article": pl.Int64})
    # Plain sums of many small groups take a fraction of the time of conditions on each of them.
    alone = alone.with_columns(
        boxed=~pl.col("own"),
        boxed_g=pl.when("own").then(0.0).otherwise("packaging_g"),
        unknown=pl.col("packaging_g").is_null() & ~pl.col("own"),
    )
    return (
        alone.group_by("article", maintain_order=True)
        .agg(
            pl.col("boxed", "boxed_g", "unknown").sum(),
            parcels=pl.len(),
        )
        .with_columns(avoidable_kg=pl.when(pl.col("unknown") == 0).then(pl.col("boxed_g") / 1000))
        .join(articles, on="article", how="left", maintain_order="left")
        .sort("avoidable_kg", "sku", descending=[True, False], nulls_last=True)
    )


def _avoidable(facts: Facts, league: pl.DataFrame) -> Metric:
    known = league["avoidable_kg"].null_count() == 0
    single = int(facts.parcels["units"].eq(1).sum())
    untold = single - int(league["parcels"].sum())
    missing = "" if known else "tare of a package"
    if untold:
        missing = f"what {untold:,} parcels of one unit hold: plans of the result"
    return Metric.of("avoidable_kg", league["avoidable_kg"].sum() if known else None, missing)


def _revenue(facts: Facts) -> Metric:
    """Share of revenue from articles that ship in their own container."""
    if "skus" not in facts.inputs:
        return Metric.unknown("own_container_revenue_share", "the file skus")
    shipped = facts.lines.join(
        facts.parcels.select("order_id").unique(), on="order_id", how="semi", maintain_order="left"
    )
    priced = shipped.join(
        facts.inputs.frame("skus").select("sku", "unit_price"),
        on="sku",
        how="left",
        maintain_order="left",
    )
    unpriced = priced["unit_price"].null_count()
    money = priced.with_columns(money=pl.col("qty") * pl.col("unit_price"))
    return Metric.ratio(
        "own_container_revenue_share",
        money.filter("own_container")["money"].sum(),
        money["money"].sum(),
        missing=f"prices of the articles of {unpriced:,} lines" if unpriced else "",
    )
