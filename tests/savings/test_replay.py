"""The replay: what must hold whatever the orders, and its figures recomputed by other means."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import LINES, PACKAGES, made_catalogue, made_orders
from packopt import Catalogue, Orders, Policy, recommend
from packopt.errors import SavingsError
from packopt.factors import factor_set
from packopt.savings import (
    MEASURES,
    RULES,
    STATUSES,
    CatalogueBaseline,
    ColumnBaseline,
    ResultBaseline,
    RuleBaseline,
    Savings,
    Terms,
    regret,
    savings,
)
from packopt.savings.tables import SAVINGS_TOTAL
from savings.replayed import (
    demo,
    demo_catalogue,
    demo_savings,
    ordered,
    shop,
    statuses,
    table,
    totals,
)

TERMS = Terms(factor_set("desnz-2025-primary"))
NAMES = [one.name for one in MEASURES]
PER = {one.name: one.per for one in MEASURES}


def other_catalogue() -> Catalogue:
    """The demo catalogue without its mailers, in heavier board."""
    demo_packages = demo_catalogue()
    cartons = demo_packages.take(np.flatnonzero(demo_packages.kind == 0))
    rows = [
        {
            "package_id": name,
            "inner": tuple(cartons.inner_mm[k].tolist()),
            "style": cartons.style[k],
            "grammage_gsm": 700,
            "unit_cost": float(cartons.unit_cost[k]) * 1.2,
        }
        for k, name in enumerate(cartons.package_ids)
    ]
    return shop(rows)


def test_a_baseline_that_is_packopts_own_saves_exactly_nothing() -> None:
    """To the last bit: the same catalogue, packopt's own result, and a rule that agrees."""
    catalogue = demo_catalogue()
    result = recommend(demo(), catalogue)
    for baseline in (CatalogueBaseline(catalogue), ResultBaseline(result, catalogue)):
        found = savings(demo(), catalogue, baseline=baseline, terms=TERMS, resamples=200)
        assert found.about["orders"]["counted"] > 250
        for row in found.total.to_pylist():
            zeros = [row[name] for name in ("saved", "saved_low", "saved_high", "per_order")]
            assert zeros == [0, 0, 0, 0], row
            assert row["saved_share"] in (0, None), row
            assert row["share_low"] == row["share_high"] == row["saved_share"], row
            assert (row["orders_saving"], row["orders_losing"]) == (0, 0)
        for part in (found.by_period, found.by_units, found.by_sku, found.by_package):
            assert set(part["saved"].to_pylist()) == {0}


def test_the_same_parcels_of_both_sides_differ_in_nothing() -> None:
    """Also where one side has parcels of orders that do not count, and comes upon them sooner."""
    heights = (25, 128, 69, 117, 133, 73, 25)
    lines = [
        {"size": (290, 190, height), "baseline_package": "M" if at else None}
        for at, height in enumerate(heights)
    ]
    found = savings(
        ordered(*lines),
        shop([{"package_id": "M", "inner": (300, 200, 150)}]),
        baseline=ColumnBaseline(),
    )
    rows = found.by_package.to_pylist()
    assert {(row["baseline_parcels"], row["plan_parcels"]) for row in rows} == {(6, 6)}
    assert {row["saved"] for row in rows} == {0.0}


def test_a_column_of_packopts_own_packages_saves_exactly_nothing() -> None:
    """What was used is what packopt would use, order by order."""
    catalogue = demo_catalogue()
    result = recommend(demo(), catalogue)
    package = dict(
        zip(*(result.orders[name].to_pylist() for name in ("order_id", "package_id")), strict=True)
    )
    lines = pl.DataFrame(_demo_lines()).with_columns(
        pl.col("order_id").replace_strict(package).alias("baseline_package")
    )
    found = savings(
        Orders.from_table(lines.to_arrow()), catalogue, baseline=ColumnBaseline(), resamples=200
    )
    assert found.about["orders"]["counted"] > 250
    assert set(found.total["saved"].to_pylist()) == {0}


def _demo_lines() -> pa.Table:
    from packopt.datasets.generate import demo_orders

    return demo_orders(300, 1)


def test_exchanging_the_sides_flips_every_sign() -> None:
    """What A saves against B, B wastes against A: sums, intervals, and numbers of orders."""
    one, other = demo_catalogue(), other_catalogue()
    there = savings(demo(), one, baseline=CatalogueBaseline(other), terms=TERMS, resamples=300)
    back = savings(demo(), other, baseline=CatalogueBaseline(one), terms=TERMS, resamples=300)
    assert there.about["orders"]["counted"] == back.about["orders"]["counted"]
    forth, flipped = totals(there), totals(back)
    assert list(forth) == list(flipped)
    assert forth["packaging_g"]["saved"] > 0
    for name, row in forth.items():
        mirrored = flipped[name]
        assert (row["baseline"], row["plan"]) == (mirrored["plan"], mirrored["baseline"])
        assert row["saved"] == -mirrored["saved"]
        assert row["per_order"] == pytest.approx(-mirrored["per_order"], abs=1e-9)
        for end, opposite in (("low", "high"), ("high", "low")):
            for what in ("saved", "per_order"):
                assert row[f"{what}_{end}"] == pytest.approx(
                    -mirrored[f"{what}_{opposite}"], abs=1e-9
                )
        if row["saved_share"]:
            assert np.sign(row["saved_share"]) == -np.sign(mirrored["saved_share"])
        assert (row["orders_saving"], row["orders_losing"]) == (
            mirrored["orders_losing"],
            mirrored["orders_saving"],
        )


@given(
    orders=st.lists(st.lists(LINES, min_size=1, max_size=3), min_size=2, max_size=10),
    packages=PACKAGES,
    rule=st.sampled_from(RULES),
)
@settings(max_examples=25)
def test_whatever_the_orders_the_tables_agree(
    orders: list[Any], packages: list[Any], rule: str
) -> None:
    """Every order has one fate, sums are sums of parts, and no interval is NaN."""
    catalogue = made_catalogue(packages)
    found = savings(
        made_orders(*orders), catalogue, Policy(effort="fast"), baseline=rule, resamples=100
    )
    _agree(found)


def _agree(found: Savings) -> None:
    frame = pl.DataFrame(found.orders)
    counted = frame.filter(pl.col("status") == "counted")
    dropped = pl.DataFrame(found.dropped).filter(pl.col("status") != "rejected")
    assert dropped["orders"].sum() + counted.height == frame.height
    assert set(frame["status"].cast(pl.String)) <= set(STATUSES)
    for row in found.total.to_pylist():
        name = row["measure"]
        for side in ("baseline", "plan"):
            assert row[side] == pytest.approx(counted[f"{side}_{name}"].sum() / PER[name])
        ends = [row[f"saved_{end}"] for end in ("low", "high")]
        assert None in ends or not np.isnan(ends).any()
        for part in (found.by_units, found.by_sku, found.by_package):
            rows = pl.DataFrame(part).filter(pl.col("measure") == name)
            for column in ("baseline", "plan", "saved"):
                assert rows[column].sum() == pytest.approx(row[column], abs=1e-9)
        assert (
            pl.DataFrame(found.by_units).filter(pl.col("measure") == name)["orders"].sum()
            == counted.height
        )


def test_the_demo_agrees_with_itself() -> None:
    """All demo orders are dated, so that months add up to the total as well."""
    found = demo_savings()
    _agree(found)
    for row in found.total.to_pylist():
        months = pl.DataFrame(found.by_period).filter(pl.col("measure") == row["measure"])
        assert months["orders"].sum() == row["orders"]
        for column in ("baseline", "plan", "saved"):
            assert months[column].sum() == pytest.approx(row[column], abs=1e-9)
    assert found.by_period["period"].to_pylist() == sorted(found.by_period["period"].to_pylist())
    assert found.about["period"]["from"].startswith("2025-01")
    assert found.about["bootstrap"]["cluster_by"] == "date"


QUERY = """
WITH counted AS (SELECT * FROM orders WHERE status = 'counted')
SELECT count(*) AS orders,
       sum(baseline_{name}) / {per} AS baseline,
       sum(plan_{name}) / {per} AS plan,
       sum(baseline_{name} - plan_{name}) / {per} AS saved,
       sum(baseline_{name} - plan_{name}) / nullif(sum(baseline_{name}), 0) AS saved_share,
       avg(baseline_{name} - plan_{name}) AS per_order,
       count_if(baseline_{name} - plan_{name} > 1e-9) AS orders_saving,
       count_if(baseline_{name} - plan_{name} < -1e-9) AS orders_losing
FROM counted
"""


@pytest.mark.parametrize("rule", RULES)
def test_totals_are_recomputed_by_sql(rule: str) -> None:
    """DuckDB finds the same sums in the table of orders."""
    found = demo_savings(rule)
    with duckdb.connect() as database:
        database.register("orders", found.orders)
        for row in found.total.to_pylist():
            name = row["measure"]
            answer = database.execute(QUERY.format(name=name, per=PER[name]))
            columns = [column[0] for column in answer.description or ()]
            again = dict(zip(columns, answer.fetchone() or (), strict=True))
            for column, value in again.items():
                close = None if value is None else pytest.approx(value, rel=1e-9, abs=1e-9)
                assert row[column] == close, (name, column)


def test_orders_are_recomputed_from_parcels_by_sql() -> None:
    """What an order takes is the sum over its parcels, on both sides."""
    found = demo_savings()
    sums = ", ".join(f"sum({name}) AS {name}" for name in NAMES)
    with duckdb.connect() as database:
        database.register("plan", found.plan_quantities)
        database.register("baseline", found.baseline_quantities)
        database.register("orders", found.orders)
        for side in ("plan", "baseline"):
            rows = database.sql(
                f"SELECT o.*, q.* FROM orders o JOIN "
                f"(SELECT order_id AS id, {sums} FROM {side} GROUP BY order_id) q "
                "ON o.order_id = q.id WHERE o.status = 'counted'"
            ).pl()
            assert rows.height == found.about["orders"]["counted"]
            for name in NAMES:
                ours, theirs = rows[f"{side}_{name}"], rows[name]
                assert ours.is_null().equals(theirs.is_null())
                np.testing.assert_allclose(ours.drop_nulls(), theirs.drop_nulls())


def test_skus_are_recomputed_from_lines() -> None:
    """An order's figures are shared among its lines by the volume of their units."""
    found = demo_savings()
    volume = pl.col("qty") * pl.col("length_mm") * pl.col("width_mm") * pl.col("height_mm")
    lines = pl.DataFrame(_demo_lines()).with_columns(volume.alias("volume"))
    lines = lines.with_columns(
        (pl.col("volume") / pl.col("volume").sum().over("order_id")).alias("share")
    )
    orders = pl.DataFrame(found.orders).filter(pl.col("status") == "counted")
    orders = orders.with_columns(pl.col("order_id").cast(pl.String))
    joined = lines.join(orders, on="order_id")
    again = joined.group_by("sku").agg(
        pl.col("order_id").n_unique().alias("orders"),
        (pl.col("share") * pl.col("baseline_packaging_g")).sum().alias("baseline"),
        (pl.col("share") * pl.col("plan_packaging_g")).sum().alias("plan"),
    )
    ours = pl.DataFrame(found.by_sku).filter(pl.col("measure") == "packaging_g")
    both = ours.with_columns(pl.col("sku").cast(pl.String)).join(again, on="sku", suffix="_again")
    assert both.height == ours.height == again.height
    assert both["orders"].equals(both["orders_again"], null_equal=True)
    np.testing.assert_allclose(both["baseline"] * 1e3, both["baseline_again"])
    np.testing.assert_allclose(both["plan"] * 1e3, both["plan_again"])


def test_order_sizes_are_grouped_as_they_are_called() -> None:
    """1, 2, 3, 4-6, 7-12 and 13+ units, in that order."""
    sizes = [1, 2, 3, 4, 6, 7, 12, 13, 40]
    lines = ordered(*({"size": (20, 20, 20), "qty": n} for n in sizes))
    found = savings(lines, shop(), baseline="volume-80", resamples=100)
    rows = pl.DataFrame(found.by_units).filter(pl.col("measure") == "parcels")
    assert rows["units"].to_list() == ["1", "2", "3", "4-6", "7-12", "13+"]
    assert rows["orders"].to_list() == [1, 1, 1, 2, 2, 2]


def test_orders_that_do_not_count_are_in_no_sum() -> None:
    """An order that S cannot hold adds nothing, though packopt has a plan for it."""
    good = {"size": (100, 100, 50), "baseline_package": "M"}
    bad = {"size": (390, 290, 190), "baseline_package": "S"}
    alone, together = (
        savings(ordered(*lines), shop(), baseline=ColumnBaseline(), resamples=100)
        for lines in ([good], [good, bad])
    )
    assert statuses(together) == {"o0": "counted", "o1": "cannot_hold"}
    keys = ("baseline", "plan", "saved", "orders")
    for name, row in totals(alone).items():
        assert [row[key] for key in keys] == [totals(together)[name][key] for key in keys]
    assert together.by_package.equals(alone.by_package)


def test_rejected_orders_are_counted_as_such() -> None:
    """Lines without a size reject their order, and the report says so."""
    rows = table(
        [
            {
                "order_id": "a",
                "sku": "s",
                "qty": 1,
                "length_mm": 100,
                "width_mm": 90,
                "height_mm": 40,
            },
            {
                "order_id": "b",
                "sku": "s",
                "qty": 1,
                "length_mm": None,
                "width_mm": 90,
                "height_mm": 40,
            },
        ]
    )
    found = savings(Orders.from_table(rows), shop(), baseline="volume-80", resamples=100)
    assert found.about["orders"] == {"read": 2, "accepted": 1, "rejected": 1, "counted": 1}
    assert found.dropped.to_pylist() == [
        {"status": "rejected", "reason": "the input has faults, see the table rejects", "orders": 1}
    ]


def test_one_order_has_a_saving_and_no_interval() -> None:
    """Its saving is exact; what the next order would save is anybody's guess."""
    lines = ordered({"size": (100, 100, 50), "baseline_package": "M"})
    found = savings(lines, shop(), baseline=ColumnBaseline(), resamples=100)
    row = totals(found)["packaging_g"]
    assert row["saved"] > 0
    assert [row[f"{what}_{end}"] for what in ("saved", "share") for end in ("low", "high")] == [
        None
    ] * 4
    assert any("no interval" in note for note in found.about["notes"])


def test_nothing_that_counts_is_nothing_compared() -> None:
    """Tables are there and empty, and a note says why."""
    lines = ordered({"size": (250, 180, 100), "baseline_package": "S"})
    found = savings(lines, shop(), baseline=ColumnBaseline(), resamples=100)
    assert found.total.equals(SAVINGS_TOTAL.empty_table())
    assert "no order counts, so nothing is compared" in found.about["notes"]
    parts = (found.by_units, found.by_sku, found.by_package, found.by_period)
    assert [part.num_rows for part in parts] == [0] * 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confidence": 1.0}, "field confidence: found 1, expected a number above 0 and below 1"),
        ({"confidence": float("nan")}, "field confidence: found nan"),
        ({"resamples": 99}, "field resamples: found 99, expected at least 100"),
        ({"baseline": "volume80"}, "found rule 'volume80'"),
    ],
)
def test_absurd_wishes_are_named_errors(options: dict[str, Any], message: str) -> None:
    """Before anything is packed."""
    with pytest.raises(SavingsError, match=message):
        savings(ordered({"size": (10, 10, 10)}), shop(), **{"baseline": "volume-80"} | options)


def test_progress_is_told_twice_an_order() -> None:
    """Once for the plan and once for the baseline, whatever becomes of the order."""
    for baseline in ("volume-80", CatalogueBaseline(demo_catalogue()), RuleBaseline("one-size-up")):
        told: list[int] = []
        savings(
            demo(),
            demo_catalogue(),
            baseline=baseline,
            resamples=100,
            progress=told.append,
            threads=2,
        )
        assert sum(told) == 2 * demo().n_orders


def test_regret_names_the_greatest_waste_first() -> None:
    """Orders and SKUs by what was saved on them; those on which nothing was saved are no regret."""
    found = demo_savings()
    most = regret(found, 5)
    frame = pl.DataFrame(found.orders).filter(pl.col("status") == "counted")
    frame = frame.with_columns(
        (pl.col("baseline_packaging_g") - pl.col("plan_packaging_g")).alias("saved")
    )
    top = frame.sort("saved", descending=True).head(5)
    np.testing.assert_allclose(most.orders["saved"].to_numpy(), top["saved"])
    assert most.orders.num_rows == most.skus.num_rows == 5
    every = regret(found, 10_000, "outer_mm3")
    assert (every.orders["saved"].to_numpy() > 0).all()
    assert set(every.skus["measure"].to_pylist()) == {"outer_mm3"}


def test_regret_about_an_unknown_measure_is_a_named_error() -> None:
    """A measure that is not known for all orders cannot be sorted by."""
    with pytest.raises(SavingsError, match="found measure 'freight'"):
        regret(demo_savings(), measure="freight")


def test_orders_without_a_day_are_in_no_month() -> None:
    """They count in the total, and a note says how many they are."""
    day = {"size": (100, 100, 50), "baseline_package": "M"}
    lines = [day | {"date": f"2025-{n % 2 + 1:02d}-{n // 2 + 1:02d}"} for n in range(24)]
    found = savings(
        ordered(*lines, day | {"date": None}), shop(), baseline=ColumnBaseline(), resamples=100
    )
    rows = pl.DataFrame(found.by_period).filter(pl.col("measure") == "parcels")
    assert rows["period"].to_list() == ["2025-01", "2025-02"]
    assert rows["orders"].to_list() == [12, 12]
    assert totals(found)["parcels"]["orders"] == 25
    assert found.about["period"] == {"from": "2025-01-01", "to": "2025-02-12"}
    assert found.about["bootstrap"]["clusters"] == 25
    assert "1 orders that count have no date: they are in no period" in found.about["notes"]
    assert any("intervals are rough" in note for note in found.about["notes"])


def test_orders_that_were_all_rejected_are_nothing_to_compare() -> None:
    """A file of faults gives empty tables, and the number of its orders."""
    row = {"order_id": "a", "sku": "s", "qty": 0, "length_mm": 1, "width_mm": 9, "height_mm": 4}
    for baseline in ("volume-80", "one-size-up", CatalogueBaseline(shop())):
        found = savings(Orders.from_table(table([row])), shop(), baseline=baseline, resamples=100)
        assert found.about["orders"] == {"read": 1, "accepted": 0, "rejected": 1, "counted": 0}
        assert found.orders.num_rows == found.total.num_rows == 0


def test_partial_orders_are_no_plan() -> None:
    """What packopt packs in part is compared with nothing."""
    lines = ordered(
        {"order_id": "a", "size": (100, 100, 50), "baseline_package": "M"},
        {"order_id": "a", "size": (4000, 50, 50)},
        {"order_id": "b", "size": (100, 100, 50), "baseline_package": "M"},
    )
    found = savings(
        lines, shop(), Policy(partial="allow"), baseline=ColumnBaseline(), resamples=100
    )
    assert statuses(found) == {"a": "no_plan", "b": "counted"}
    assert found.plan_quantities.num_rows == found.plan.parcels.num_rows == 2
    assert found.dropped["reason"].to_pylist() == ["some units fit no package"]
