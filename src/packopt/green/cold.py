"""Row 6 of the demands: reusable boxes of the cold chain, and single-use EPS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import share, total
from packopt.green.sheet import Sheet, count, number, text
from packopt.permits import AMBIENT

if TYPE_CHECKING:
    from packopt.green.facts import Facts

COLD_CHAIN: Final = Sheet(
    "cold_chain",
    "1.0",
    pa.schema(
        [
            text("temperature", "class of temperature of the units", nullable=False),
            count("orders", "orders with a parcel of this class"),
            count(
                "reusable_orders", "of them, those all of whose parcels of it are reusable boxes"
            ),
            number("reusable_share", "reusable_orders by orders"),
            number("eps_g", "mass of packages of EPS for one use"),
            number("eps_g_per_order", "eps_g by orders"),
            number("coolant_g", "mass of coolant"),
        ]
    ),
)


def cold(facts: Facts) -> Findings:
    """Cold orders in reusable boxes, and EPS that is thrown away, by class of temperature."""
    findings = Findings()
    eps = facts.composition.filter(material="eps").select("package_id", eps_share="share")
    parcels = facts.parcels.select(
        "order_id", "package_id", "temperature", "unclear", "reusable", "package_g", "coolant_g"
    )
    parcels = parcels.join(eps, on="package_id", how="left", maintain_order="left").with_columns(
        eps_g=pl.when("reusable")
        .then(0.0)
        .when(pl.col("eps_share").is_null())
        .then(0.0)
        .otherwise(pl.col("package_g") * pl.col("eps_share"))
    )
    chilled = parcels.filter(pl.col("temperature") != AMBIENT)
    keys = ["temperature", "order_id"]
    by_order = chilled.group_by(keys, maintain_order=True).agg(
        pl.col("reusable").all(),
        *(
            pl.when(pl.col(name).is_null().any())
            .then(None)
            .otherwise(pl.col(name).sum())
            .alias(name)
            for name in ("eps_g", "coolant_g")
        ),
    )
    rows = (
        by_order.group_by("temperature", maintain_order=True)
        .agg(
            orders=pl.len(),
            reusable_orders=pl.col("reusable").sum(),
            eps_g=pl.when(pl.col("eps_g").is_null().any())
            .then(None)
            .otherwise(pl.col("eps_g").sum()),
            coolant_g=pl.col("coolant_g").sum(),
        )
        .with_columns(
            reusable_share=share("reusable_orders", "orders"),
            eps_g_per_order=share("eps_g", "orders"),
        )
        .sort("temperature")
    )
    findings.put(COLD_CHAIN, rows)
    unclear = int(parcels["unclear"].sum())
    missing = f"the temperature of {unclear:,} parcels: plans of the result" if unclear else ""
    orders = by_order.group_by("order_id", maintain_order=True).agg(pl.col("reusable").all())
    nothing = "orders with a class of temperature" if not orders.height else missing
    findings.metrics += [
        Metric.ratio(
            "cold_reusable_share", orders["reusable"].sum(), orders.height, missing=nothing
        ),
        Metric.ratio("eps_g_per_order", total(parcels, "eps_g"), facts.shipped),
    ]
    return findings
