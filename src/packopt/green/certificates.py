"""Row 9 of the demands: the share of certified packaging by the ten kinds, and what expires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

from packopt.errors import GreenError
from packopt.green.data import data
from packopt.green.facts import FILLER, TAPE
from packopt.green.findings import Findings, Metric
from packopt.green.frames import ALL, quarter, share, whole
from packopt.green.sheet import Sheet, count, day, number, text

if TYPE_CHECKING:
    from packopt.green.facts import Facts

#: How the mass, the pieces and the spend are called, and the column of the share of each.
_MEASURES: Final = ("pieces", "kg", "spend")

CERTIFIED: Final = Sheet(
    "certified",
    "1.0",
    pa.schema(
        [
            text("period", "all, a quarter, or undated", nullable=False),
            count("kind", "kind in the catalogue of certification, 1 to 10"),
            text("kind_name", "what the kind is", nullable=False),
            count("pieces", "packages used; of tape and filler, parcels that have any"),
            count("certified_pieces", "of them with a certificate that was valid on the day"),
            number("kg", "mass used; of reusables one trip"),
            number("certified_kg", "of it certified"),
            number("spend", "money paid for it; null where a price is missing"),
            number("certified_spend", "of it for what is certified"),
            number("pieces_share", "certified_pieces by pieces"),
            number("kg_share", "certified_kg by kg"),
            number("spend_share", "certified_spend by spend"),
        ]
    ),
)
CERTIFICATE_ALARMS: Final = Sheet(
    "certificate_alarms",
    "1.0",
    pa.schema(
        [
            text("item", "a package, tape or filler", nullable=False),
            text("certificate", "number of the certificate; null where only the kind is stated"),
            text("issuer", "body that issued it"),
            day("valid_from", "first day of validity"),
            day("expires", "last day of validity"),
            count(
                "days_left", "days from the report to the last day; below 0 since", nullable=True
            ),
            text(
                "state",
                "valid, expiring, expired, not_yet_valid, no_expiry (none stated), "
                "uncertified, or unproved (the catalogue names one, no file vouches for it)",
                nullable=False,
            ),
            count("pieces", "pieces of the item in these parcels"),
        ]
    ),
)


def certificates(facts: Facts) -> Findings:
    """Certified share by pieces, mass and spend, by kind and quarter, and an alarm for expiry.

    An item is certified on a day if a certificate of it has begun and has not expired; one
    without an expiry vouches for nothing. Parcels without a day count on the day of the report.
    """
    findings = Findings()
    kinds = _kinds(facts)
    use = _use(facts).join(kinds, on="item", how="left", maintain_order="left")
    rows = _by_kind(use)
    findings.put(CERTIFIED, rows)
    totals = rows.filter(period=ALL)
    absent = facts.inputs.needs("certificates")
    for measure in _MEASURES:
        findings.metrics.append(
            Metric.ratio(
                f"certified_share_{measure}",
                None if totals[measure].null_count() else totals[f"certified_{measure}"].sum(),
                None if totals[measure].null_count() else totals[measure].sum(),
                missing=_lacking(totals, measure),
                absent=absent,
            )
        )
    alarms = _alarms(facts, use)
    findings.put(CERTIFICATE_ALARMS, alarms)
    late = alarms.filter(pl.col("state").is_in(["expiring", "expired"]) & (pl.col("pieces") > 0))
    findings.metrics.append(Metric.of("certificates_expiring", late.height, absent=absent))
    return findings


def _lacking(totals: pl.DataFrame, measure: str) -> str:
    if not totals[measure].null_count():
        return ""
    return {"spend": "a price of a package, of tape or of filler", "kg": "tare of a package"}[
        measure
    ]


def _kinds(facts: Facts) -> pl.DataFrame:
    """Kind of each item: as certificates say, else by what it is."""
    stated = facts.inputs.frame("certificates").select("item", "kind").unique()
    torn = stated.filter(pl.len().over("item") > 1)
    if torn.height:
        item = str(torn["item"].min())
        found = ", ".join(map(str, sorted(torn.filter(item=item)["kind"])))
        raise GreenError(
            "certificates",
            f"item {item}: found kinds {found}, expected one kind for all rows of an item; "
            "correct it",
        )
    materials = facts.consumables
    filler = materials.filter(item=FILLER)["category"].item()
    guessed = facts.packages.filter(~pl.col("own")).select(
        item="package_id",
        guess=pl.when("reusable")
        .then(10)
        .when("carton")
        .then(2)
        .when(pl.col("style") == "paper")
        .then(1)
        .otherwise(3),
    )
    rest = pl.DataFrame({"item": [TAPE, FILLER], "guess": [9, 7 if filler == "plastic" else 6]})
    return (
        pl.concat([guessed.cast({"guess": pl.Int64}), rest.cast({"guess": pl.Int64})])
        .join(stated, on="item", how="left", maintain_order="left")
        .select("item", kind=pl.coalesce("kind", "guess"))
    )


def _use(facts: Facts) -> pl.DataFrame:
    """What was used of each item on each day, and whether it was certified then."""
    settings = facts.result.policy.materials
    price = {
        TAPE: ("tape_m", settings.tape_price_per_m),
        FILLER: ("fill_l", settings.filler_price_per_litre),
    }
    mass = {TAPE: "tape_g", FILLER: "fill_g"}
    by_day = facts.packed.group_by("date", "package_id", maintain_order=True).agg(
        pieces=pl.len(),
        package_g=whole("package_g"),
        **{name: whole(name) for name in ("tape_g", "fill_g", "tape_m", "fill_l")},
        taped=(pl.col("tape_g") > 0).sum(),
        filled=(pl.col("fill_g") > 0).sum(),
    )
    packages = by_day.join(
        facts.packages.select("package_id", "unit_cost", "reusable", "trips"),
        on="package_id",
        maintain_order="left",
    ).select(
        "date",
        item="package_id",
        pieces=pl.col("pieces").cast(pl.Int64),
        kg=pl.col("package_g") / 1000,
        spend=pl.col("pieces")
        * pl.col("unit_cost")
        / pl.when("reusable").then("trips").otherwise(1),
    )
    parts = [packages]
    for item, pieces in ((TAPE, "taped"), (FILLER, "filled")):
        amount, cost = price[item]
        # A price of 0 stands for one that nobody has stated.
        money = pl.col(amount) * (cost or None)
        parts.append(
            by_day.filter(pl.col(pieces) > 0)
            .with_columns(kg=pl.col(mass[item]) / 1000, spend=money)
            .group_by("date", maintain_order=True)
            .agg(pieces=pl.col(pieces).sum().cast(pl.Int64), kg=whole("kg"), spend=whole("spend"))
            .select("date", pl.lit(item).alias("item"), "pieces", "kg", "spend")
            .cast({"spend": pl.Float64})
        )
    use = pl.concat(parts)
    days = use.select("item", "date").unique().with_columns(on=pl.col("date").fill_null(facts.on))
    valid = (
        days.join(facts.inputs.frame("certificates"), on="item", maintain_order="left")
        .filter(pl.col("certificate").is_not_null())
        .filter(pl.col("valid_from").is_null() | (pl.col("valid_from") <= pl.col("on")))
        .filter(pl.col("expires") >= pl.col("on"))
        .select("item", "date", certified=pl.lit(value=True))
        .unique()
    )
    return use.join(
        valid, on=["item", "date"], how="left", nulls_equal=True, maintain_order="left"
    ).with_columns(pl.col("certified").fill_null(value=False))


def _by_kind(use: pl.DataFrame) -> pl.DataFrame:
    """All ten kinds for each period: a kind that is not used is a row of zeros."""
    dated = use.with_columns(period=quarter())
    both = pl.concat([use.with_columns(period=pl.lit(ALL)), dated])
    sure = [
        pl.when((pl.col(name).is_null() & pl.col("certified")).any())
        .then(None)
        .otherwise(pl.col(name).filter("certified").sum())
        .alias(f"certified_{name}")
        for name in _MEASURES
    ]
    found = both.group_by("period", "kind", maintain_order=True).agg(
        *(whole(name) for name in _MEASURES), *sure
    )
    names = pl.DataFrame(
        {"kind": list(range(1, 11)), "kind_name": data("certification")["kinds"]},
        schema_overrides={"kind": pl.Int64},
    )
    periods = pl.concat(
        [pl.DataFrame({"period": [ALL]}), dated.select("period").unique().sort("period")]
    )
    empty = (
        found.join(periods, on="period", how="right", maintain_order="right")
        .select("period")
        .unique(maintain_order=True)
    )
    every = empty.join(names, how="cross").join(
        found, on=["period", "kind"], how="left", maintain_order="left"
    )
    zeros = [name for name in found.columns if name not in ("period", "kind")]
    idle = pl.col("pieces").is_null()
    return every.with_columns(
        pl.when(idle).then(0).otherwise(pl.col(name)).alias(name) for name in zeros
    ).with_columns(share(f"certified_{name}", name).alias(f"{name}_share") for name in _MEASURES)


def _alarms(facts: Facts, use: pl.DataFrame) -> pl.DataFrame:
    pieces = use.group_by("item", maintain_order=True).agg(pl.col("pieces").sum())
    given = facts.inputs.frame("certificates")
    unproved = facts.packages.filter(
        pl.col("certificate").is_not_null() & ~pl.col("package_id").is_in(given["item"].implode())
    ).select(item="package_id", certificate="certificate", unproved=pl.lit(value=True))
    left = (pl.col("expires") - facts.on).dt.total_days()
    alarm = facts.inputs.settings.alarm_days
    return (
        pl.concat([given, unproved], how="diagonal")
        .join(pieces, on="item", how="left", maintain_order="left")
        .with_columns(pl.col("pieces").fill_null(0), days_left=left)
        .with_columns(
            state=pl.when(pl.col("unproved").fill_null(value=False))
            .then(pl.lit("unproved"))
            .when(pl.col("certificate").is_null())
            .then(pl.lit("uncertified"))
            .when(pl.col("valid_from") > facts.on)
            .then(pl.lit("not_yet_valid"))
            .when(pl.col("expires").is_null())
            .then(pl.lit("no_expiry"))
            .when(pl.col("days_left") < 0)
            .then(pl.lit("expired"))
            .when(pl.col("days_left") <= alarm)
            .then(pl.lit("expiring"))
            .otherwise(pl.lit("valid"))
        )
        .sort("days_left", "item", "certificate", nulls_last=True)
    )
