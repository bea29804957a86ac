"""Plans that hands can follow: what `recommend` makes of plans once the packages are chosen."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import (
    GEOMETRY,
    LINES,
    PACKAGES,
    Row,
    ask,
    hard_orders,
    ladder,
    made_catalogue,
    made_orders,
    pressable,
    same,
)
from packopt import (
    Catalogue,
    Orders,
    Policy,
    Recommendations,
    builtin_catalogue,
    recommend,
    tidying,
)
from packopt.batches import empty_answers, kernel_batch, kernel_packages
from packopt.costing import package_costs
from packopt.datasets.generate import demo_orders
from packopt.kernel.workspace import new_workspace
from packopt.parts import find_parts
from packopt.tidying import Tidier

DEFAULT = Policy(objective="volume")


def untidied(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave every plan as it was found."""
    monkeypatch.setattr(tidying, "tidy", lambda *_: None)


def plans(result: Recommendations) -> dict[tuple[str, int], list[Row]]:
    """Placements of each parcel in packing sequence."""
    found = defaultdict(list)
    for row in result.placements.to_pylist():
        found[row["order_id"], row["parcel"]].append(row)
    return dict(found)


def levels(plan: list[Row]) -> int:
    """Heights at which some unit of a plan without padding stands."""
    return len({row["z_mm"] for row in plan})


def middle_mm(plan: list[Row], weight_g: dict[tuple[str, str], int]) -> float:
    """Height of the centre of gravity of a plan."""
    weights = [weight_g[row["order_id"], row["sku"]] for row in plan]
    heights = [row["z_mm"] + row["dz_mm"] / 2 for row in plan]
    return float(np.average(heights, weights=weights))


def weights(orders: Orders) -> dict[tuple[str, str], int]:
    """Weight of a unit by order and SKU."""
    order = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    names = [orders.order_ids[o].as_py() for o in order.tolist()]
    return dict(
        zip(zip(names, orders.skus.to_pylist(), strict=True), orders.weight_g.tolist(), strict=True)
    )


@settings(max_examples=40)
@given(
    st.lists(st.lists(LINES.map(pressable), min_size=1, max_size=4), min_size=1, max_size=3),
    PACKAGES,
    st.sampled_from([Policy(), DEFAULT, Policy(min_support=0.6, wall_clearance_mm=3)]),
)
def test_the_checker_finds_nothing_wrong_with_tidied_plans(
    lines: list[list[Row]], packages: list[Row], policy: Policy
) -> None:
    """Loads, fragile units, demanded support, clearance and padding, in cartons and mailers."""
    ask(made_orders(*lines), made_catalogue(packages), policy)


def test_nothing_but_plans_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages, costs, verdicts and reasons are those of the untidied answer; levels are fewer."""
    orders = made_orders(*hard_orders(60, 7, seed=11))
    tidied = ask(orders, ladder(), DEFAULT)
    untidied(monkeypatch)
    found = recommend(orders, ladder(), DEFAULT)
    for name in ("orders", "parcels", "ruled_out", "unpacked"):
        assert getattr(tidied, name).equals(getattr(found, name))
    before, after = plans(found), plans(tidied)
    assert all(levels(after[key]) <= levels(before[key]) for key in before)
    assert sum(map(levels, after.values())) < 0.9 * sum(map(levels, before.values()))


def test_under_geometry_alone_no_plan_is_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Benchmarks against other packers see the plans as they were found."""
    orders = made_orders(*hard_orders(20, 6, seed=12))
    tidied = recommend(orders, ladder(), GEOMETRY)
    untidied(monkeypatch)
    assert same(recommend(orders, ladder(), GEOMETRY), tidied)


def test_a_web_shop_gets_fewer_levels_and_a_lower_centre(monkeypatch: pytest.MonkeyPatch) -> None:
    """On demo orders of three units or more: a tenth fewer levels, a tenth lower."""
    orders, catalogue = Orders.from_table(demo_orders(1_500, 3)), builtin_catalogue("demo")
    weight_g = weights(orders)
    tidied = plans(recommend(orders, catalogue, Policy(max_parcels=1)))
    untidied(monkeypatch)
    found = plans(recommend(orders, catalogue, Policy(max_parcels=1)))
    several = [key for key, plan in found.items() if len(plan) > 2 and key in tidied]
    for measure in (levels, lambda plan: middle_mm(plan, weight_g)):
        before = sum(measure(found[key]) for key in several)
        assert sum(measure(tidied[key]) for key in several) < 0.9 * before


def test_units_of_one_sku_follow_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two articles of equal size and weight are not mixed, and are numbered as they are packed."""
    line: Row = {"size": (20, 20, 20), "weight_g": 100, "qty": 4}
    result = ask(
        made_orders([line, line]), made_catalogue([{"kind": "carton", "size": (80, 40, 20)}])
    )
    assert result.placements.num_rows == 8
    result = recommend(
        made_orders([line, line]),
        made_catalogue([{"kind": "carton", "size": (80, 40, 20)}]),
        DEFAULT,
    )
    rows = result.placements.to_pylist()
    assert [sku for sku, _ in groupby(row["sku"] for row in rows)] == ["s0-0", "s0-1"]
    assert [row["unit"] for row in rows] == [1, 2, 3, 4, 1, 2, 3, 4]


def test_parcels_of_split_orders_are_tidied_too() -> None:
    """Where an order takes several parcels, each plan lies on as few levels as one alone would."""
    slab: Row = {"size": (90, 45, 30), "qty": 6, "weight_g": 500}
    result = ask(
        made_orders([slab]), made_catalogue([{"kind": "carton", "size": (90, 90, 60)}]), DEFAULT
    )
    assert sorted(len(plan) for plan in plans(result).values()) in ([2, 4], [3, 3])
    assert {levels(plan) for plan in plans(result).values()} <= {1, 2}


def test_fragile_goods_find_their_package() -> None:
    """Laying fragile units last finds plans in packages that the search left open."""
    book: Row = {"size": (261, 218, 11), "qty": 2, "weight_g": 439}
    vase: Row = {
        "size": (93, 93, 152),
        "qty": 1,
        "weight_g": 612,
        "fragile": True,
        "padding_mm": 10,
    }
    card: Row = {"size": (232, 129, 9), "qty": 1, "weight_g": 238}
    lines = [
        row | {"fragile": row is vase, "padding_mm": 10 * (row is vase)}
        for row in (book, vase, card)
    ]
    catalogue = made_catalogue([{"kind": "carton", "size": (350, 250, 150)}])
    result = ask(made_orders(lines), catalogue, DEFAULT)
    assert result.orders["verdict"].to_pylist() == ["optimal"]


@pytest.mark.parametrize(("kind", "tidied"), [("carton", True), ("adjustable", False)])
def test_a_carton_cut_to_a_height_stays_at_that_height(kind: str, tidied: bool) -> None:
    """The height was chosen for the plan, so a lower plan is not taken after the fact."""
    rows = {"package_id": ["A"], "kind": [kind], "length_mm": [60], "width_mm": [40]}
    height = {"height_mm": [40]} if kind == "carton" else {"heights_mm": ["20;40"]}
    catalogue = Catalogue.from_table(pa.table(rows | height))
    orders = made_orders([{"size": (20, 20, 20), "qty": 2}])
    packages = kernel_packages(catalogue, DEFAULT, package_costs(catalogue, DEFAULT))
    batch, _ = kernel_batch(orders, find_parts(orders, DEFAULT), np.zeros(1, np.int32))
    answers = empty_answers(batch, 1)
    answers.package[:] = 0
    answers.unit[:] = [0, 1]
    answers.place[:] = [[0, 0, 0, 20, 20, 20], [0, 0, 20, 20, 20, 20]]
    size_mm = np.array([[60, 40, 40]], np.int32) * (kind == "adjustable")
    Tidier(catalogue, DEFAULT, packages).tidy_answers(batch, answers, size_mm, new_workspace(2))
    assert answers.place[:, 2].tolist() == ([0, 0] if tidied else [0, 20])


def test_any_number_of_threads_tidies_alike() -> None:
    """Plans are the same to the millimetre, however many threads."""
    orders = made_orders(*hard_orders(60, 6, seed=13), *hard_orders(60, 6, seed=13))
    assert same(
        recommend(orders, ladder(), DEFAULT, threads=3), recommend(orders, ladder(), DEFAULT)
    )
