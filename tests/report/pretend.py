"""A made-up replay: random orders, and tables of savings that agree with them.

Numbers are random, names are not kind: they hold quotes, tags, pipes and other letters. Sums are
made with polars; the tests recompute the page with DuckDB.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa

import packopt
from packopt.factors import factor_set
from packopt.policy import Policy
from packopt.recommendations import Recommendations
from packopt.savings import Savings, Terms
from packopt.savings.tables import (
    DROPPED,
    MEASURES,
    QUANTITIES,
    SAVINGS_BY_PACKAGE,
    SAVINGS_BY_PERIOD,
    SAVINGS_BY_SKU,
    SAVINGS_BY_UNITS,
    SAVINGS_ORDERS,
    SAVINGS_TOTAL,
)

NASTY = [
    "<script>alert(1)</script>",
    "A|B",
    'say "x"',
    "a&b",
    "纸箱",
    "{braces}",
    "%s",
    "<b>",
    "  ",
]
SIDES = ("baseline", "plan")


def pretend_tables(
    orders: int = 400, seed: int = 1, *, unknown: tuple[str, ...] = (), dated: bool = True
) -> dict[str, pa.Table]:
    """Tables of a replay of made-up orders.

    Parameters
    ----------
    unknown
        Measures that are not known for some order.
    dated
        Whether the orders have dates.
    """
    chance = np.random.default_rng(seed)
    frame = _orders(chance, orders, dated)
    for name in unknown:
        gap = pl.when(pl.col("order_id") == "O-0").then(None)
        frame = frame.with_columns(
            gap.otherwise(pl.col(f"{side}_{name}")).alias(f"{side}_{name}") for side in SIDES
        )
    counted = frame.filter(pl.col("status") == "counted")
    known = [one for one in MEASURES if one.name not in unknown]
    skus = [NASTY[at] if at < len(NASTY) else f"SKU-{at}" for at in range(60)]
    sku_of = pl.Series("sku", [skus[at] for at in chance.integers(0, len(skus), counted.height)])
    groups = pl.lit("13+")
    for most, name in ((12, "7-12"), (6, "4-6"), (3, "3"), (2, "2"), (1, "1")):
        groups = pl.when(pl.col("units") <= most).then(pl.lit(name)).otherwise(groups)
    return {
        "orders": _as(frame, SAVINGS_ORDERS),
        "total": _as(_totals(counted, known, chance), SAVINGS_TOTAL),
        "by_period": _as(
            _grouped(counted, pl.col("date").dt.strftime("%Y-%m").alias("period"), known)
            if dated
            else None,
            SAVINGS_BY_PERIOD,
        ),
        "by_units": _as(
            _grouped(
                counted.drop("units"), counted.select(groups).to_series().alias("units"), known
            ),
            SAVINGS_BY_UNITS,
        ),
        "by_sku": _as(_grouped(counted, sku_of, known), SAVINGS_BY_SKU),
        "by_package": _as(_packages(counted, known), SAVINGS_BY_PACKAGE),
        "dropped": _as(_dropped(frame), DROPPED),
    }


def pretend_savings(**options: Any) -> Savings:
    """A replay as `packopt.savings` makes it, of made-up orders; its plan has only rejects."""
    nothing = {name: schema.empty_table() for name, schema in packopt.tables.TABLES.items()}
    plan = Recommendations(
        **(nothing | {"rejects": _rejects()}), policy=Policy(), catalogue_digest="0" * 64
    )
    return Savings(
        **pretend_tables(**options),
        plan=plan,
        baseline_parcels=nothing["parcels"],
        plan_quantities=QUANTITIES.empty_table(),
        baseline_quantities=QUANTITIES.empty_table(),
        about=about(),
    )


def _rejects() -> pa.Table:
    rows = [("O-x", "length_mm", "-3"), ("O-y", "length_mm", "<b>"), ("O-z", "qty", "0")]
    return pa.Table.from_pylist(
        [
            {"row": at, "order_id": order, "field": field, "value": value, "reason": "", "hint": ""}
            for at, (order, field, value) in enumerate(rows)
        ],
        packopt.tables.REJECTS,
    )


def about() -> dict[str, Any]:
    """What a replay says about itself."""
    return {
        "packopt_version": "0.1.0",
        "schema_version": "1",
        "baseline": "volume-80",
        "catalogues": {"baseline": "0" * 64, "plan": "0" * 64},
        "policy": Policy().to_dict(),
        "terms": Terms(factor_set("fefco-2021")).to_dict(),
        "currency": "EUR",
        "bootstrap": {
            "method": "bootstrap-t",
            "resamples": 4999,
            "confidence": 0.95,
            "clusters": 181,
            "cluster_by": "date",
            "seed": 1,
        },
        "period": {"from": "2025-01-01", "to": "2025-06-30"},
        "orders": {"read": 403, "accepted": 400, "rejected": 3, "counted": 300},
        "notes": ["A note <b>of</b> the run."],
    }


def _orders(chance: np.random.Generator, n: int, dated: bool) -> pl.DataFrame:
    packages = [f"C{at}" for at in range(1, 12)] + NASTY[:4]
    status = chance.choice(["counted", "cannot_hold", "no_plan"], n, p=[0.92, 0.05, 0.03])
    status[0] = "counted"
    first = dt.date(2025, 1, 1)
    columns: dict[str, Any] = {
        "order_id": [NASTY[at - 1] if 0 < at <= len(NASTY) else f"O-{at}" for at in range(n)],
        "date": [
            first + dt.timedelta(days=int(day)) if dated else None
            for day in chance.integers(0, 181, n)
        ],
        "status": status,
        "units": chance.integers(1, 16, n),
        "content_mm3": chance.integers(10**5, 10**7, n),
        "baseline_package": [packages[at] for at in chance.integers(3, len(packages), n)],
        "plan_package": [packages[at] for at in chance.integers(0, 9, n)],
        "baseline_empty_space": chance.beta(4, 3, n).round(2),
        "plan_empty_space": chance.beta(3, 4, n).round(2),
    }
    for side, scale in zip(SIDES, (1.0, 0.84), strict=True):
        columns |= _amounts(chance, side, n, scale)
    types = {"date": pl.Date, "units": pl.Int32}
    return pl.DataFrame(columns, schema_overrides=types)


def _amounts(chance: np.random.Generator, side: str, n: int, scale: float) -> dict[str, Any]:
    board, paper, tape, fill = (chance.gamma(3, size, n) * scale for size in (60.0, 4.0, 1.0, 6.0))
    amounts = {
        "packaging_g": board + paper + tape + fill,
        "board_g": board,
        "paper_g": paper + fill,
        "plastic_g": tape,
        "other_g": np.zeros(n),
        "tape_g": tape,
        "fill_g": fill,
        "board_m2": board / 515,
        "tape_m": tape / 2.1,
        "fill_l": fill / 8,
        "outer_mm3": chance.gamma(3, 2e6, n) * scale,
        "billable_g": chance.integers(1, 9, n) * 500.0,
        "freight": chance.gamma(3, 1.5, n),
        "money": chance.gamma(3, 2.0, n) * scale,
        "co2e_g": board * 0.491,
        "parcels": np.ones(n),
    }
    return {f"{side}_{name}": values for name, values in amounts.items()}


def _sums(frame: pl.DataFrame, keys: list[str], measures: list[Any]) -> pl.DataFrame:
    parts = []
    for one in measures:
        sums = [(pl.col(f"{side}_{one.name}").sum() / one.per).alias(side) for side in SIDES]
        parts.append(
            frame.group_by(keys, maintain_order=True)
            .agg(pl.len().alias("orders"), *sums)
            .with_columns(pl.lit(one.name).alias("measure"), pl.lit(one.unit).alias("unit"))
        )
    saved = pl.col("baseline") - pl.col("plan")
    share = pl.when(pl.col("baseline") != 0).then(saved / pl.col("baseline"))
    return pl.concat(parts).with_columns(saved.alias("saved"), share.alias("saved_share"))


def _grouped(frame: pl.DataFrame, key: Any, measures: list[Any]) -> pl.DataFrame:
    keyed = frame.with_columns(key)
    name = [column for column in keyed.columns if column not in frame.columns]
    return _sums(keyed, name or ["units"], measures)


def _totals(
    counted: pl.DataFrame, measures: list[Any], chance: np.random.Generator
) -> pl.DataFrame:
    whole = _sums(counted.with_columns(pl.lit(1).alias("all")), ["all"], measures)
    rows = []
    for row, one in zip(whole.to_dicts(), measures, strict=True):
        saved = (counted[f"baseline_{one.name}"] - counted[f"plan_{one.name}"]).to_numpy()
        half = float(np.abs(row["saved"]) * chance.uniform(0.02, 0.1))
        low, high = row["saved"] - half, row["saved"] + half
        whole_of = row["baseline"] or 1.0
        each = float(saved.mean())
        rows.append(
            row
            | {
                "saved_low": low,
                "saved_high": high,
                "share_low": low / whole_of,
                "share_high": high / whole_of,
                "per_order": each,
                "per_order_low": low * one.per / counted.height,
                "per_order_high": high * one.per / counted.height,
                "orders_saving": int((saved > 0).sum()),
                "orders_losing": int((saved < 0).sum()),
            }
        )
    return pl.DataFrame(rows)


def _packages(counted: pl.DataFrame, measures: list[Any]) -> pl.DataFrame:
    sides = []
    for side in SIDES:
        sums = [
            (pl.col(f"{side}_{one.name}").sum() / one.per).alias(f"sum of {one.name}")
            for one in measures
        ]
        sides.append(
            counted.group_by(pl.col(f"{side}_package").alias("package_id"))
            .agg(pl.len().alias(f"{side}_parcels"), *sums)
            .unpivot(
                index=["package_id", f"{side}_parcels"], variable_name="measure", value_name=side
            )
            .with_columns(pl.col("measure").str.strip_prefix("sum of "))
        )
    names = pl.DataFrame(
        {"measure": [one.name for one in measures], "unit": [one.unit for one in measures]}
    )
    return (
        sides[0]
        .join(sides[1], on=["package_id", "measure"], how="full", coalesce=True)
        .with_columns(pl.col("^.*_parcels$").fill_null(0), pl.col(*SIDES).fill_null(0.0))
        .with_columns((pl.col("baseline") - pl.col("plan")).alias("saved"))
        .join(names, on="measure")
        .sort("package_id", "measure")
    )


def _dropped(frame: pl.DataFrame) -> pl.DataFrame:
    counted = (
        frame.filter(pl.col("status") != "counted")
        .group_by("status", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("orders"))
        .with_columns(pl.lit("in words").alias("reason"))
    )
    rejected = {"status": "rejected", "orders": 3, "reason": "the input has faults"}
    return pl.concat([counted, pl.DataFrame([rejected]).select(counted.columns)])


def _as(frame: pl.DataFrame | None, schema: pa.Schema) -> pa.Table:
    if frame is None:
        return schema.empty_table()
    table = frame.select(schema.names).to_arrow()
    plain = pa.schema(
        [
            pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
            for f in schema
        ]
    )
    return table.cast(plain).cast(schema).combine_chunks()
