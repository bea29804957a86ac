"""Every answer passes the checker, and what it says is what the orders ask for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from invented import GEOMETRY, answers, ask, ladder, made_catalogue, made_orders, same
from packopt import Policy, Recommendations, recommend
from packopt.tables import TABLES


def test_equal_orders_keep_their_own_lines_and_skus() -> None:
    """Orders of equal content get the same plan, each told in its own words."""
    lines = [{"size": (30, 20, 10), "qty": 2}, {"size": (25, 25, 25), "qty": 1}]
    turned = [{"size": (25, 25, 25), "qty": 1}, {"size": (10, 30, 20), "qty": 1}]
    turned += [{"size": (20, 10, 30), "qty": 1}]
    orders = made_orders(lines, turned, lines)
    result = ask(orders, ladder())
    rows = [(row.pop("order_id"), row) for row in result.placements.to_pylist()]
    plans = [[row for order, row in rows if order == f"o{number}"] for number in range(3)]
    where = ("x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm")
    told = [[tuple(row[name] for name in where) for row in plan] for plan in plans]
    assert told[0] == told[1] == told[2]
    units = [sorted((row["sku"], row["unit"]) for row in plan) for plan in plans]
    assert units == [
        [("s0-0", 1), ("s0-0", 2), ("s0-1", 1)],
        [("s1-0", 1), ("s1-1", 1), ("s1-2", 1)],
        [("s2-0", 1), ("s2-0", 2), ("s2-1", 1)],
    ]


def test_units_of_a_sku_are_numbered_on_over_the_lines_of_an_order() -> None:
    """Each order counts a SKU from 1, over all its lines, whatever their sizes."""
    first = [
        {"sku": "a", "size": (10, 10, 10), "qty": 2},
        {"sku": "b", "size": (30, 20, 10), "qty": 1},
        {"sku": "a", "size": (10, 10, 10), "qty": 3},
        {"sku": "a", "size": (40, 20, 10), "qty": 1},
    ]
    orders = made_orders(first, [{"sku": "a", "size": (9, 9, 9), "qty": 2}])
    rows = ask(orders, ladder()).placements.to_pylist()
    units = sorted((row["order_id"], row["sku"], row["unit"]) for row in rows)
    assert units == [
        *(("o0", "a", number) for number in range(1, 7)),
        ("o0", "b", 1),
        *(("o1", "a", number) for number in (1, 2)),
    ]


def test_fragile_and_unmailable_units_go_in_no_mailer() -> None:
    """The reason is `policy`, not a size; one such unit is enough."""
    mailer = {"kind": "mailer", "size": (150, 150, 30)}
    card = {"size": (40, 30, 5), "qty": 1}
    orders = made_orders([card], [card | {"fragile": True}], [card, card | {"mailer_ok": False}])
    result = ask(orders, made_catalogue([mailer]), Policy())
    assert answers(result) == [("optimal", "p0"), ("unpackable", None), ("unpackable", None)]
    assert [row["reason"] for row in result.ruled_out.to_pylist()] == ["policy", "policy"]


def test_a_soft_unit_is_pressed_in_a_mailer_only() -> None:
    """It takes its full height in a carton and in the costs."""
    shirt = {"size": (60, 40, 20), "qty": 2, "min_height_mm": 5, "orientation": "upright"}
    packages = [{"kind": "mailer", "size": (90, 70, 10)}, {"kind": "carton", "size": (60, 40, 40)}]
    result = ask(made_orders([shirt]), made_catalogue(packages), Policy())
    assert answers(result, "package_id", "volume_mm3") == [("p0", 96_000)]
    assert {row["dz_mm"] for row in result.placements.to_pylist()} == {5}
    result = ask(made_orders([shirt]), made_catalogue(packages[1:]), Policy())
    assert {row["dz_mm"] for row in result.placements.to_pylist()} == {20}


def test_weights_that_nobody_knows_are_not_asked_for() -> None:
    """Limits do not apply, masses stay null, and a limited unit carries nothing."""
    light = made_catalogue([{"kind": "carton", "size": (40, 40, 45), "max_content_g": 1}])
    brick = {"size": (40, 40, 20), "qty": 2, "orientation": "upright"}
    one = Policy(max_parcels=1)
    result = ask(made_orders([brick], [brick | {"max_load_g": 10**6}]), light, one)
    assert answers(result, "verdict", "weight_g") == [("optimal", None), ("undecided", None)]
    assert result.parcels["content_g"].to_pylist() == [None]
    heavy = ask(made_orders([brick | {"weight_g": 1}]), light, one)
    assert answers(heavy, "verdict", "weight_g") == [("unpackable", 2)]
    assert heavy.ruled_out["reason"].to_pylist() == ["weight"]


def test_padding_and_clearance_take_room_to_the_millimetre() -> None:
    """A cube of 20 with 5 of padding in walls of 3 needs 36 on every axis."""
    vase = [{"size": (20, 20, 20), "qty": 1, "padding_mm": 5}]
    cartons = [{"kind": "carton", "size": (s, 36, 36)} for s in (35, 36)]
    result = ask(made_orders(vase), made_catalogue(cartons), Policy(wall_clearance_mm=3))
    assert answers(result) == [("optimal", "p1")]
    (row,) = result.placements.to_pylist()
    assert (row["x_mm"], row["y_mm"], row["z_mm"], row["dx_mm"]) == (8, 8, 8, 20)
    assert row["support"] == 1


def test_a_demanded_support_and_a_load_limit_choose_the_plan() -> None:
    """A package that holds the units only against the rules is passed over, as undecided."""
    small, large = ({"kind": "carton", "size": s} for s in ((40, 20, 20), (40, 40, 20)))
    catalogue = made_catalogue([small, large])
    post = {"size": (20, 20, 10), "qty": 1, "orientation": "fixed", "weight_g": 1}
    plank = {"size": (40, 20, 10), "qty": 1, "orientation": "fixed", "weight_g": 50}
    rule = Policy(objective="volume")
    for policy, most, chosen in (
        (GEOMETRY, None, ("optimal", "p0")),
        (replace(rule, min_support=0.4), None, ("optimal", "p0")),
        (replace(rule, min_support=1.0), 40, ("feasible", "p1")),
        (rule, 50, ("optimal", "p0")),
        (rule, 49, ("feasible", "p1")),
    ):
        # The post can only bear the plank, for the plank is too long to stand on nothing else.
        order = [post | {"max_load_g": most}, plank | {"max_load_g": 0}]
        assert answers(ask(made_orders(order), catalogue, policy)) == [chosen], policy


def test_orders_that_were_all_rejected_give_empty_tables() -> None:
    """No order is no fault: the tables have their columns, and the rejects are there."""
    orders = made_orders([{"size": (10, 10, -1), "qty": 1}])
    result = ask(orders, ladder())
    assert [getattr(result, name).num_rows for name in TABLES] == [*[0] * (len(TABLES) - 1), 1]
    assert all(getattr(result, name).schema.equals(TABLES[name]) for name in TABLES)
    assert same(result, recommend(orders, ladder(), GEOMETRY, threads=3))


@pytest.mark.parametrize("skus", [1, 1000])
def test_ten_thousand_units_are_answered(skus: int) -> None:
    """The largest order there may be, of one SKU or of many, is a matter of a second or two."""
    cartons = [{"kind": "carton", "size": (s, s, s)} for s in (100, 400)]
    sizes = [(10 + k % 20, 8 + k % 13, 5 + k % 7) for k in range(skus)]
    order = [{"size": size, "qty": 10_000 // skus} for size in sizes]
    giants = [{"size": (900, 900, 900), "qty": 10_000}]
    result = recommend(made_orders(order, giants), made_catalogue(cartons), Policy())
    assert answers(result) == [("optimal", "p1"), ("unpackable", None)]
    told = (result.placements[name].to_pylist() for name in ("sku", "unit"))
    assert len(set(zip(*told, strict=True))) == 10_000
    # The checker looks at all pairs; here it is enough to count the cubes of 1 mm.
    filled = np.zeros((400, 400, 400), np.int8)
    axes = ("x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm")
    columns = [result.placements[name].to_pylist() for name in axes]
    for x, y, z, dx, dy, dz in zip(*columns, strict=True):
        filled[x : x + dx, y : y + dy, z : z + dz] += 1
    assert filled.max() == 1
    assert filled.sum() == sum(a * b * c for a, b, c in sizes) * (10_000 // skus)


@pytest.mark.parametrize("n", [33, 50, 64, 80])
@pytest.mark.parametrize("handling", ["geometry", "default"])
def test_orders_beyond_the_exact_search_are_packed(n: int, handling: Any) -> None:
    """More units than a search takes on get a plan in a package with room to spare."""
    rng = np.random.default_rng(n)
    line = {"weight_g": 10, "max_load_g": 900}
    order = [
        line | {"size": tuple(side), "qty": 1} for side in rng.integers(10, 25, (n, 3)).tolist()
    ]
    policy = Policy(objective="volume", handling=handling)
    result = ask(made_orders(order), ladder(150), policy)
    assert answers(result, "package_id")[0][0] is not None


def test_a_catalogue_of_600_packages_and_sides_from_1_to_10_000() -> None:
    """Every package counts, the largest and the thinnest too."""
    rng = np.random.default_rng(600)
    cartons = [
        {"kind": "carton", "size": tuple(s)} for s in rng.integers(20, 900, (598, 3)).tolist()
    ]
    cartons += [{"kind": "carton", "size": (10_000, 10_000, s)} for s in (1, 10_000)]
    catalogue = made_catalogue(cartons)
    pole = [{"size": (1, 1, 10_000), "qty": 3}]
    cube = [{"size": (10_000, 10_000, 10_000), "qty": 1}]
    several = [{"size": tuple(s), "qty": 1} for s in rng.integers(1, 400, (5, 3)).tolist()]
    result = ask(made_orders(pole, cube, [cube[0] | {"qty": 2}], several), catalogue)
    assert answers(result)[:3] == [("optimal", "p598"), ("optimal", "p599"), ("optimal", None)]
    assert result.orders["parcels"].to_pylist()[:3] == [1, 1, 2]
    assert result.ruled_out.filter(pa.array(_is("o2", result))).num_rows == 600
    inner = catalogue.inner_mm.astype(np.int64)
    chosen = int(answers(result)[3][1][1:])
    assert inner[chosen].prod() >= sum(int(np.prod(line["size"])) for line in several)


def _is(order_id: str, result: Recommendations) -> list[bool]:
    return [row == order_id for row in result.ruled_out["order_id"].to_pylist()]
