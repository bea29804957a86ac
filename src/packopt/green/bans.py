"""Row 7 of the demands: what bans kept from orders, and plastic that does not degrade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
import pyarrow as pa

from packopt.green.findings import Findings, Metric
from packopt.green.frames import quarter, share
from packopt.green.sheet import Sheet, column, count, number, text
from packopt.labels import places
from packopt.permits import applies, banned

if TYPE_CHECKING:
    from packopt.bans import Ban
    from packopt.green.facts import Facts

BLOCKED_PICKS: Final = Sheet(
    "blocked_picks",
    "1.0",
    pa.schema(
        [
            text("region", "region of the ban", nullable=False),
            column("start", pa.date32(), "first day of the ban", nullable=False),
            text("banned", "what the ban is about", nullable=False),
            count("orders", "orders that it concerns"),
            count("blocked_picks", "packages cheaper than the chosen one that it kept from them"),
        ]
    ),
)
NON_DEGRADABLE: Final = Sheet(
    "non_degradable_plastic",
    "1.0",
    pa.schema(
        [
            text("quarter", "quarter, or undated", nullable=False),
            text("component", "package, tape or filler", nullable=False),
            number("plastic_kg", "mass of plastic that is used once"),
            number("non_degradable_kg", "of it what is not stated to be degradable"),
            count("orders", "orders shipped in the quarter"),
            number("non_degradable_g_per_order", "non_degradable_kg by orders"),
        ]
    ),
)


def bans(facts: Facts) -> Findings:
    """Packages that bans kept from orders that they would have been cheaper for.

    What is not stated to be degradable counts as non-degradable, as in bans. Plastic that comes
    back is not what is to be phased out, and does not count.
    """
    findings = Findings()
    rows = [_blocked(facts, ban) for ban in facts.result.policy.bans]
    findings.put(BLOCKED_PICKS, rows)
    plastic = _non_degradable(facts)
    findings.put(NON_DEGRADABLE, plastic)
    mass = plastic["non_degradable_kg"]
    grams = None if mass.null_count() else float(mass.sum()) * 1000
    findings.metrics += [
        Metric.of(
            "blocked_picks",
            sum(row["blocked_picks"] for row in rows) if rows else None,
            "" if rows else "bans in the policy",
        ),
        Metric.ratio("non_degradable_plastic_g_per_order", grams, facts.shipped),
    ]
    return findings


def _blocked(facts: Facts, ban: Ban) -> dict[str, Any]:
    concerned = applies(ban, facts.orders)
    refused = facts.result.ruled_out
    by_policy = places(refused["reason"], pa.array(["policy"])) == 0
    refused = refused.filter(pa.array(by_policy))
    package = places(refused["package_id"], pa.array(facts.catalogue.package_ids))
    order = places(refused["order_id"], facts.orders.order_ids)
    # What is not found stands at -1: the False behind all others.
    is_banned = np.append(banned(facts.catalogue, ban), False)
    picks = is_banned[package] & np.append(concerned, False)[order]
    about = {"plastic": ban.plastic, "degradable": ban.degradable, "material": ban.material}
    return {
        "region": ban.region,
        "start": ban.start,
        "banned": ", ".join(
            f"{name} {str(value).lower()}" for name, value in about.items() if value is not None
        ),
        "orders": int(concerned.sum()),
        "blocked_picks": int(picks.sum()),
    }


def _non_degradable(facts: Facts) -> pl.DataFrame:
    packages = facts.packages.select(item="package_id", degradable="degradable")
    reusable = facts.packages.filter("reusable")["package_id"]
    consumables = facts.consumables
    if "degradable" not in consumables.columns:
        consumables = consumables.with_columns(degradable=pl.lit(None, dtype=pl.Boolean))
    items = pl.concat([packages, consumables.select("item", "degradable")])
    plastic = (
        facts.components_by_quarter.filter(category="plastic")
        .filter(~pl.col("item").is_in(reusable.implode()))
        .join(items, on="item", how="left", maintain_order="left")
    )
    stays = ~pl.col("degradable").fill_null(value=False)
    orders = facts.parcels.group_by(quarter().alias("quarter"), maintain_order=True).agg(
        orders=pl.col("order").n_unique()
    )
    unknown = pl.col("mass_g").is_null().any()
    return (
        plastic.group_by("quarter", "component", maintain_order=True)
        .agg(
            plastic_kg=pl.when(unknown).then(None).otherwise(pl.col("mass_g").sum() / 1000),
            non_degradable_kg=pl.when((pl.col("mass_g").is_null() & stays).any())
            .then(None)
            .otherwise(pl.col("mass_g").filter(stays).sum() / 1000),
        )
        .join(orders, on="quarter", how="left", maintain_order="left")
        .with_columns(non_degradable_g=pl.col("non_degradable_kg") * 1000)
        .with_columns(non_degradable_g_per_order=share("non_degradable_g", "orders"))
        .sort("quarter", "component")
    )
