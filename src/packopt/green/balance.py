"""Row 30 of the demands: the balance of material, bought against used, stock and scrap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import UNDATED, share
from packopt.green.sheet import Sheet, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

MATERIAL_BALANCE: Final = Sheet(
    "material_balance",
    "1.0",
    pa.schema(
        [
            text("quarter", "quarter", nullable=False),
            text("material", "the material", nullable=False),
            number("bought_kg", "mass bought; null where no file says"),
            number("used_kg", "mass in these parcels"),
            number("stock_change_kg", "stock on the last day less that on the first"),
            number("scrap_kg", "mass thrown away unused"),
            number(
                "error_kg", "bought less used, stock change and scrap: what nobody can account for"
            ),
            number("error_share", "error_kg by bought_kg"),
        ]
    ),
)


def balance(facts: Facts) -> Findings:
    """For each material and quarter: bought = used + stock change + scrap, and by how much not.

    The error of all is the sum of the absolute errors by the mass bought, so that a surplus of
    one material does not hide a lack of another.
    """
    findings = Findings()
    used = (
        facts.components_by_quarter.filter(pl.col("quarter") != UNDATED)
        .group_by("quarter", "material", maintain_order=True)
        .agg(
            used_kg=pl.when(pl.col("mass_g").is_null().any())
            .then(None)
            .otherwise(pl.col("mass_g").sum() / 1000),
            here=pl.lit(value=True),
        )
    )
    bought = facts.inputs.frame("purchases").rename({"period": "quarter"})
    keys = ["quarter", "material"]
    rows = (
        bought.join(used, on=keys, how="full", coalesce=True, maintain_order="left_right")
        .with_columns(
            used_kg=pl.when(pl.col("here").is_null()).then(0.0).otherwise("used_kg"),
            stock_change_kg=pl.col("closing_kg") - pl.col("opening_kg"),
        )
        .with_columns(
            error_kg=pl.col("bought_kg")
            - pl.col("used_kg")
            - pl.col("stock_change_kg")
            - pl.col("scrap_kg")
        )
        .with_columns(error_share=share("error_kg", "bought_kg"))
        .sort(keys)
    )
    findings.put(MATERIAL_BALANCE, rows)
    open_rows = rows["error_kg"].null_count()
    undated = facts.packed["quarter"].eq(UNDATED).sum()
    missing = facts.inputs.needs("purchases")
    if not missing and open_rows:
        row = rows.filter(pl.col("error_kg").is_null()).row(0, named=True)
        missing = (
            f"purchases, stocks and scrap of {open_rows:,} materials and quarters, such as "
            f"{row['material']} in {row['quarter']}"
        )
    if not missing and undated:
        missing = f"the date of {undated:,} parcels"
    error = None if "purchases" not in facts.inputs else rows["error_kg"].abs().sum()
    findings.metrics.append(
        Metric.ratio(
            "balance_error_share",
            error,
            rows.filter(pl.col("error_kg").is_not_null())["bought_kg"].sum(),
            missing=missing,
        )
    )
    return findings
