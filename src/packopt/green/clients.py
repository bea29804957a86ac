"""Row 27 of the demands: a report for each client of a warehouse, and its library of packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import share, whole
from packopt.green.sheet import Sheet, count, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

CLIENTS: Final = Sheet(
    "clients",
    "1.0",
    pa.schema(
        [
            text("seller", "the client, as the orders name it; null for own business"),
            count("orders", "orders with at least one parcel"),
            count("parcels", "parcels"),
            count("packages", "package types that it uses"),
            number("packaging_kg", "mass of packages, tape and filler"),
            number("packaging_g_per_parcel", "packaging_kg by parcels"),
            number("plastic_kg", "of it plastic"),
            number("board_m2", "area of the blanks of corrugated packages"),
            number(
                "empty_space_median", "half of the parcels with a package have no more, outer, 0..1"
            ),
            number("own_container_share", "parcels without an added package by parcels"),
            number("reusable_share", "parcels in reusable packages by parcels"),
            number("money", "packages, tape, filler and freight, as far as prices are known"),
        ]
    ),
)
CLIENT_PACKAGES: Final = Sheet(
    "client_packages",
    "1.0",
    pa.schema(
        [
            text("seller", "the client; null for own business"),
            text("package_id", "the package", nullable=False),
            count("parcels", "parcels of the client in it"),
            number("share", "by all parcels of the client"),
        ]
    ),
)


def clients(facts: Facts) -> Findings:
    """Figures and packages of each seller; parcels without one are own business."""
    findings = Findings()
    parcels = facts.parcels
    empty = pl.when(~pl.col("own")).then("empty_space_outer")
    rows = (
        parcels.group_by("seller", maintain_order=True)
        .agg(
            orders=pl.col("order").n_unique(),
            parcels=pl.len(),
            packages=pl.col("package_id").filter(~pl.col("own")).n_unique(),
            packaging_g=whole("packaging_g"),
            plastic_g=whole("plastic_g"),
            board_m2=whole("board_m2"),
            empty_space_median=empty.median(),
            own_container_share=pl.col("own").mean(),
            reusable_share=pl.col("reusable").mean(),
            money=whole("money"),
        )
        .with_columns(
            packaging_kg=pl.col("packaging_g") / 1000,
            packaging_g_per_parcel=share("packaging_g", "parcels"),
            plastic_kg=pl.col("plastic_g") / 1000,
        )
        .sort("seller", nulls_last=False)
    )
    findings.put(CLIENTS, rows)
    used = (
        parcels.group_by("seller", "package_id", maintain_order=True)
        .agg(parcels=pl.len())
        .with_columns(share=pl.col("parcels") / pl.col("parcels").sum().over("seller"))
        .sort("seller", "parcels", "package_id", descending=[False, True, False], nulls_last=False)
    )
    findings.put(CLIENT_PACKAGES, used)
    known = rows.filter(pl.col("seller").is_not_null()).height
    findings.metrics.append(
        Metric.of("clients", known or None, "" if known else "seller of the orders")
    )
    return findings
