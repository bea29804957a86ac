"""What analysts read beside savings: a smaller package is none if these get worse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import by_period, looked_up, share, whole
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

ORDER_FIGURES: Final = Sheet(
    "order_figures",
    "1.0",
    pa.schema(
        [
            text("period", "all, a quarter, or undated", nullable=False),
            count("orders", "orders with at least one parcel"),
            count("split_orders", "of them, those of several parcels"),
            number("split_share", "split_orders by orders"),
            number("product_kg", "mass of the units; null where a weight is missing"),
            number("packaging_to_product", "mass of packaging by product_kg"),
            number("outer_to_content", "outer volume of the parcels by volume of the units"),
            number("plastic_g_per_order", "mass of plastic by orders; of reusables one trip"),
            count("plastic_free_orders", "orders without any plastic", nullable=True),
            number("plastic_free_share", "plastic_free_orders by orders"),
            number("money_per_order", "packages, tape, filler and freight by orders"),
            count("logged", "parcels of which the packing log says whether they came to harm"),
            count("damaged", "of them, those that did"),
            number("damage_rate", "damaged by logged"),
        ]
    ),
)


def guards(facts: Facts) -> Findings:
    """Split orders, damage, plastic per order, and packaging by product: figures of all orders."""
    findings = Findings()
    rows = by_period(
        _orders(facts),
        [
            pl.len().alias("orders"),
            (pl.col("parcels") > 1).sum().alias("split_orders"),
            *(whole(name) for name in ("content_g", "packaging_g", "plastic_g", "money")),
            pl.col("outer_mm3").sum() / pl.col("content_mm3").sum(),
            pl.when(pl.col("plastic_g").is_null().any())
            .then(None)
            .otherwise((pl.col("plastic_g") == 0).sum())
            .alias("plastic_free_orders"),
            pl.col("logged").sum(),
            pl.col("damaged").sum(),
        ],
    ).with_columns(
        split_share=share("split_orders", "orders"),
        product_kg=pl.col("content_g") / 1000,
        packaging_to_product=share("packaging_g", "content_g"),
        outer_to_content=pl.col("outer_mm3").fill_nan(None),
        plastic_g_per_order=share("plastic_g", "orders"),
        plastic_free_share=share("plastic_free_orders", "orders"),
        money_per_order=share("money", "orders"),
        damage_rate=share("damaged", "logged"),
    )
    findings.put(ORDER_FIGURES, rows)
    one = rows.row(0, named=True)
    untold = facts.parcels.height - one["logged"]
    findings.metrics += [
        Metric.ratio("split_share", one["split_orders"], one["orders"]),
        Metric.ratio(
            "damage_rate",
            one["damaged"],
            one["logged"],
            missing=f"damaged of {untold:,} parcels in the file packing_log" if untold else "",
        ),
        Metric.ratio(
            "packaging_to_product",
            one["packaging_g"],
            one["content_g"],
            missing="" if one["content_g"] is not None else "weights of the orders",
        ),
        Metric.of("outer_to_content", one["outer_to_content"]),
        Metric.ratio("plastic_g_per_order", one["plastic_g"], one["orders"]),
        Metric.ratio("plastic_free_share", one["plastic_free_orders"], one["orders"]),
        Metric.ratio(
            "money_per_order",
            one["money"],
            one["orders"],
            missing="" if one["money"] is not None else "a price of a package",
        ),
    ]
    return findings


def _orders(facts: Facts) -> pl.DataFrame:
    """One row for each order: sums over its parcels."""
    log = facts.inputs.frame("packing_log").select(
        "order_id", pl.col("parcel").cast(pl.Int32), "damaged"
    )
    sums = ("content_g", "packaging_g", "plastic_g", "money")
    parcels = facts.parcels.select(
        "order", "order_id", "parcel", "date", *sums, "outer_mm3", "content_mm3"
    )
    parcels = looked_up(parcels, log, ["order_id", "parcel"]).with_columns(
        logged=pl.col("damaged").is_not_null(), damaged=pl.col("damaged").fill_null(value=False)
    )
    return parcels.group_by("order", maintain_order=True).agg(
        pl.col("date").first(),
        # To ask of each of a million orders whether anything is unknown takes the longest.
        *(whole(name) if parcels[name].null_count() else pl.col(name).sum() for name in sums),
        pl.col("outer_mm3", "content_mm3", "logged", "damaged").sum(),
        parcels=pl.len(),
    )
