"""Row 14 of the demands: classes of packaging, their prices, and points for choosing green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import frame, share, total, whole
from packopt.green.inputs.vocabulary import CHOICES, CLASSES
from packopt.green.sheet import Sheet, count, day, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

#: What is read of the orders of a replay, which have many columns more.
_SAVED: Final = ["order_id", "status", "baseline_packaging_g", "plan_packaging_g"]
PACKAGING_CLASSES: Final = Sheet(
    "packaging_classes",
    "1.0",
    pa.schema(
        [
            text(
                "class",
                "own_container, reusable, reused, plastic_free or standard, best first",
                nullable=False,
            ),
            count("parcels", "parcels of the class"),
            number("packaging_kg", "mass of packages, tape and filler"),
            number("packaging_g_per_parcel", "packaging_kg by parcels"),
            number("unit_cost", "mean price that the shop pays for the package of a parcel"),
            number("price", "what the buyer pays for the packaging of a parcel"),
            number("price_difference", "price less that of the class standard"),
            text("currency", "of the prices"),
        ]
    ),
)
POINTS: Final = Sheet(
    "points",
    "1.0",
    pa.schema(
        [
            text("order_id", "the order", nullable=False),
            day("date", "its day"),
            text("packaging_choice", "what the buyer chose", nullable=False),
            text("class", "the least good class among its parcels", nullable=False),
            number("saved_g", "packaging less than the baseline; null without one"),
            number("points", "points earned; null where savings or points per kg are missing"),
        ]
    ),
)
_STANDARD: Final = CHOICES[0]


def classes(facts: Facts) -> Findings:
    """Parcels by class of packaging, and the ledger of points of orders that chose green.

    Points are for mass saved against the baseline; an order that saves nothing earns none.
    """
    findings = Findings()
    by_class = _classes(facts)
    findings.put(PACKAGING_CLASSES, by_class)
    ledger = _ledger(facts)
    findings.put(POINTS, ledger)
    offered = facts.parcels.filter(pl.col("choice").is_not_null()).unique("order_id")
    chosen = offered.filter(pl.col("choice") != _STANDARD).height
    findings.metrics += [
        Metric.ratio(
            "opt_in_rate",
            chosen,
            offered.height,
            missing=""
            if offered.height
            else "packaging_choice of the orders in the file order_facts",
        ),
        _points_per_kg(facts, ledger),
        _spread(facts, by_class),
    ]
    return findings


def _classes(facts: Facts) -> pl.DataFrame:
    cost = facts.packages.select(
        "package_id", cost=pl.col("unit_cost") / pl.when("reusable").then("trips").otherwise(1)
    )
    found = (
        # Of the parcels no more than this: their own cost is what the objective minimises.
        facts.parcels.select("class", "package_id", "packaging_g")
        .join(cost, on="package_id", how="left", maintain_order="left")
        .group_by("class", maintain_order=True)
        .agg(
            parcels=pl.len(),
            packaging_g=whole("packaging_g"),
            unit_cost=pl.when(pl.col("cost").is_null().any())
            .then(None)
            .otherwise(pl.col("cost").mean()),
        )
    )
    prices = facts.inputs.frame("class_prices").select("class", "price", "currency")
    standard = prices.filter(pl.col("class") == CLASSES[-1])["price"]
    base = standard.item() if len(standard) else None
    return (
        pl.DataFrame({"class": list(CLASSES)})
        .join(found, on="class", how="left", maintain_order="left")
        .join(prices, on="class", how="left", maintain_order="left")
        .with_columns(
            pl.col("parcels").fill_null(0),
            packaging_kg=pl.when(pl.col("parcels").is_null())
            .then(0.0)
            .otherwise(pl.col("packaging_g") / 1000),
            packaging_g_per_parcel=share("packaging_g", "parcels"),
            price_difference=pl.col("price") - pl.lit(base, dtype=pl.Float64),
        )
    )


def _ledger(facts: Facts) -> pl.DataFrame:
    rank = pl.col("class").replace_strict({name: at for at, name in enumerate(CLASSES)})
    orders = (
        facts.parcels.filter(pl.col("choice").is_not_null() & (pl.col("choice") != _STANDARD))
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("date").first(),
            packaging_choice=pl.col("choice").first(),
            rank=rank.max(),
        )
        .with_columns(
            pl.col("rank").replace_strict(dict(enumerate(CLASSES))).alias("class"),
        )
    )
    saved = _saved(facts, orders)
    rates = facts.inputs.frame("class_prices").select("class", "points_per_kg")
    earned = pl.max_horizontal(pl.col("saved_g"), 0.0) / 1000 * pl.col("points_per_kg")
    return (
        orders.join(saved, on="order_id", how="left", maintain_order="left")
        .join(rates, on="class", how="left", maintain_order="left")
        .with_columns(points=pl.when(pl.col("saved_g").is_not_null()).then(earned))
    )


def _saved(facts: Facts, orders: pl.DataFrame) -> pl.DataFrame:
    """Mass of packaging that each counted order saves against the baseline, if any is asked for."""
    if facts.inputs.savings is None or orders.is_empty():
        return pl.DataFrame(schema={"order_id": pl.String, "saved_g": pl.Float64})
    return (
        frame(facts.inputs.savings.select("orders", _SAVED))
        .filter(pl.col("status") == "counted")
        .select("order_id", saved_g=pl.col("baseline_packaging_g") - pl.col("plan_packaging_g"))
    )


def _points_per_kg(facts: Facts, ledger: pl.DataFrame) -> Metric:
    missing = facts.inputs.needs("class_prices")
    if facts.inputs.savings is None:
        missing = ", ".join(filter(None, [missing, "a baseline: a replay of packopt savings"]))
    known = ledger.filter(pl.col("points").is_not_null())
    if not missing and known.height < ledger.height:
        missing = f"points of {ledger.height - known.height:,} orders"
    saved = known.with_columns(kg=pl.max_horizontal(pl.col("saved_g"), 0.0) / 1000)
    return Metric.ratio(
        "points_per_kg_saved", total(saved, "points"), total(saved, "kg"), missing=missing
    )


def _spread(facts: Facts, by_class: pl.DataFrame) -> Metric:
    """Price of the class standard less that of the cheapest other class that has one."""
    missing = facts.inputs.needs("class_prices")
    others = by_class.filter(pl.col("class") != CLASSES[-1])["price_difference"].drop_nulls()
    if not missing and not len(others):
        missing = "prices of the class standard and of another one"
    least = others.min() if len(others) else None
    return Metric.of("class_price_spread", None if least is None else -float(least), missing)  # type: ignore[arg-type]
