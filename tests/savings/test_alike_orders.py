"""Orders that are alike share one answer, which is what each of them would get alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from packopt import Catalogue, Orders, Policy, builtin_catalogue
from packopt.bans import Ban
from packopt.datasets.generate import demo_orders, olist_like
from packopt.errors import RulesError
from packopt.parcel_rules import baseline_judged, parcel_packs
from packopt.savings import RULES, ColumnBaseline, Savings, TableBaseline, savings
from savings.replayed import ordered, shop
from savings.three_cartons import CARTONS, LONG, SMALL, replayed

DEMO = builtin_catalogue("demo")
FEW = 400
DAYS = list(permutations([dt.date(2025, 12, 31), dt.date(2026, 1, 1), None]))


def named_again(lines: pa.Table) -> pa.Table:
    """The same lines as orders of other names."""
    names = pc.binary_join_element_wise(lines["order_id"].cast(pa.string()), "again", "-")
    return lines.set_column(lines.schema.get_field_index("order_id"), "order_id", names)


def by_order(found: Savings) -> list[dict[str, Any]]:
    """What is told of each order, but for its name."""
    return found.orders.drop(["order_id"]).to_pylist()


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("policy", [Policy(), Policy(own_container="always", max_parcels=2)])
def test_a_history_twice_is_each_order_twice(rule: str, policy: Policy) -> None:
    """Under each rule of thumb, and wherever units ship as they are."""
    lines = olist_like(FEW, 7)
    alone = np.arange(lines.num_rows) % 5 == 0
    lines = lines.append_column("own_container", pa.array(alone))
    one, two = (
        savings(Orders.from_table(table), DEMO, policy, baseline=rule, resamples=100)
        for table in (lines, pa.concat_tables([lines, named_again(lines)]))
    )
    assert len({row["status"] for row in by_order(one)}) > 1
    assert by_order(two) == 2 * by_order(one)
    assert two.baseline_parcels.num_rows == 2 * one.baseline_parcels.num_rows


def test_packages_of_others_are_asked_about_order_by_order() -> None:
    """Equal orders that others put into unequal packages have an answer each."""
    boxes = ["S", "M", "L", "S", "M", "L"]
    sizes = [SMALL, SMALL, SMALL, LONG, LONG, LONG]
    told = pa.table({"order_id": [f"o{n}" for n in range(6)], "package_id": boxes})
    lines = [{"size": size, "sku": str(size)} for size in sizes]
    found = replayed(ordered(*lines), TableBaseline(told, source="others"))
    rows = by_order(found)
    assert [row["baseline_package"] for row in rows] == boxes
    assert [row["status"] for row in rows] == [*3 * ["counted"], *2 * ["cannot_hold"], "counted"]


@pytest.mark.parametrize("baseline", [*RULES, ColumnBaseline()])
@pytest.mark.parametrize("days", DAYS)
def test_a_ban_that_begins_parts_equal_orders(baseline: Any, days: tuple[Any, ...]) -> None:
    """Before its day a mailer may be had; from then on, or without a day, it may not."""
    line = {"size": (200, 150, 20), "sku": "a", "region": "KR", "baseline_package": "P"}
    policy = Policy(bans=(Ban("KR", dt.date(2026, 1, 1), plastic=True),))
    orders = ordered(*(line | {"date": day} for day in days))
    found = savings(orders, shop(), policy, baseline=baseline, resamples=100)
    for day, row in zip(days, by_order(found), strict=True):
        alone = savings(
            ordered(line | {"date": day}), shop(), policy, baseline=baseline, resamples=100
        )
        assert row == by_order(alone)[0]
    if isinstance(baseline, ColumnBaseline):
        late = [day is None or day.year > 2025 for day in days]
        expected = ["cannot_hold" if one else "counted" for one in late]
        assert [row["status"] for row in by_order(found)] == expected


def test_parts_that_may_not_travel_together_take_no_package_twice() -> None:
    """One of each box is there, and nobody says which of them is for which part."""
    lines = [{"order_id": "o0", "sku": site, "size": SMALL, "site": site} for site in "AB"]
    told = pa.table({"order_id": ["o0", "o0"], "package_id": ["S", "M"]})
    found = replayed(ordered(*lines), TableBaseline(told, source="others"))
    assert [row["status"] for row in by_order(found)] == ["unverified"]


def outcomes(table: pa.Table) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Outcomes by order, parcel and rule."""
    keys = ("order_id", "parcel", "pack", "rule_id")
    return {tuple(row[key] for key in keys): row for row in table.to_pylist()}


def judged_one_by_one(
    found: Savings, orders: Orders, catalogue: Catalogue, on: dt.date | None
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Outcomes of the baseline's parcels, each order's by themselves."""
    told: dict[tuple[Any, ...], dict[str, Any]] = {}
    for at, name in enumerate(orders.order_ids.to_pylist()):
        parcels, answers = (
            table.filter(pc.equal(table["order_id"], name))
            for table in (found.baseline_parcels, found.plan.orders)
        )
        plan, order = replace(found.plan, orders=answers), orders.slice(at, at + 1)
        told |= outcomes(
            baseline_judged(plan, parcels, catalogue, order, parcel_packs(), on).table()
        )
    return told


@pytest.mark.parametrize("on", [None, dt.date(2031, 1, 1)])
def test_parcels_that_are_alike_are_judged_as_each_alone(on: dt.date | None) -> None:
    """On days of several periods, in sites and temperatures of the demo."""
    lines = demo_orders(120, 3)
    lines = pa.concat_tables([lines, named_again(lines)])
    days = [None, dt.date(2024, 1, 1), dt.date(2026, 9, 1), dt.date(2030, 6, 1)]
    of_line = pc.index_in(lines["order_id"], lines["order_id"].unique()).to_numpy() % 7 % 4
    date = pa.array([days[one] for one in of_line.tolist()], pa.date32())
    at = lines.schema.get_field_index("date")
    orders = Orders.from_table(lines.set_column(at, "date", date))
    found = savings(orders, DEMO, baseline="first-fit-largest-side", resamples=100)
    parcels = found.baseline_parcels
    judged = baseline_judged(found.plan, parcels, DEMO, orders, parcel_packs(), on)
    expected = judged_one_by_one(found, orders, DEMO, on)
    assert outcomes(judged.table()) == expected
    assert judged.rows == len(expected)
    assert len(judged.cases["case_number"].unique()) < parcels.num_rows


def test_equal_parcels_of_unequal_orders_are_judged_apart() -> None:
    """Orders of two parcels share the one or the other; some are fragile."""
    boxes = {"o0": "L", "o1": "MM", "o2": "ML", "o3": "L", "o4": "L", "o5": "MM", "o6": "L"}
    fragile = {"o3", "o4"}
    lines = [
        {"order_id": name, "size": SMALL, "sku": "a", "qty": 2, "fragile": name in fragile}
        for name in boxes
    ]
    told = [(name, box) for name, some in boxes.items() for box in some]
    names, packages = zip(*told, strict=True)
    table = pa.table({"order_id": list(names), "package_id": list(packages)})
    orders, catalogue = ordered(*lines), shop(CARTONS)
    found = replayed(orders, TableBaseline(table, source="others"))
    parcels = found.baseline_parcels
    assert parcels["order_id"].to_pylist() == list(names)
    judged = baseline_judged(found.plan, parcels, catalogue, orders, parcel_packs())
    assert outcomes(judged.table()) == judged_one_by_one(found, orders, catalogue, None)


def test_parcels_of_other_orders_are_refused() -> None:
    """Whatever they would be judged as, it would be wrong."""
    orders = ordered({"size": SMALL}, {"size": SMALL})
    found = replayed(orders, "volume-80")
    with pytest.raises(RulesError, match="give the same file"):
        baseline_judged(
            found.plan, found.baseline_parcels, shop(CARTONS), orders.slice(0, 1), parcel_packs()
        )
