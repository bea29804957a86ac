"""What must not change an answer does not, and every answer passes the checker."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import packopt
from packopt import Catalogue, Orders, Policy, Recommendations, check, recommend
from packopt.tables import TABLES

Row = dict[str, Any]
Sides = tuple[int, int, int]

GEOMETRY = Policy(objective="volume", handling="geometry")
DECIDED = ("optimal", "unpackable")
AXES = ("length_mm", "width_mm", "height_mm")
POLICIES = [
    GEOMETRY,
    Policy(),
    Policy(objective="volume", min_support=0.6, wall_clearance_mm=3),
    Policy(objective="material", effort="fast", flap_allowance_mm={"poly": 4}),
]

SIDE = st.integers(5, 45)
SIDES = st.tuples(SIDE, SIDE, SIDE)
PLAIN_LINES = st.fixed_dictionaries(
    {"size": SIDES, "qty": st.integers(1, 2), "weight_g": st.integers(1, 900)}
)
LINES = st.fixed_dictionaries(
    {
        "size": SIDES,
        "qty": st.integers(1, 3),
        "weight_g": st.integers(1, 900),
        "orientation": st.sampled_from(["any", "any", "upright", "flat", "fixed"]),
        "fragile": st.booleans(),
        "max_load_g": st.sampled_from([None, None, 0, 300]),
        "padding_mm": st.sampled_from([0, 0, 2]),
        "min_height_mm": st.sampled_from([None, None, 3]),
        "mailer_ok": st.sampled_from([True, True, False]),
    }
)
CARTONS = st.fixed_dictionaries(
    {
        "kind": st.just("carton"),
        "size": st.tuples(*[st.integers(20, 110)] * 3),
        "max_content_g": st.sampled_from([None, None, 1200]),
    }
)
MAILERS = st.fixed_dictionaries(
    {
        "kind": st.just("mailer"),
        "size": st.tuples(*[st.integers(60, 150)] * 2, st.integers(5, 40)),
        "max_content_g": st.sampled_from([None, None, 1200]),
    }
)
PACKAGES = st.lists(st.one_of(CARTONS, CARTONS, MAILERS), min_size=1, max_size=6)


def made_orders(*orders: Sequence[Row]) -> Orders:
    """Orders, numbered, from their lines."""
    rows = []
    for number, order in enumerate(orders):
        for place, line in enumerate(order):
            row = {"order_id": f"o{number}", "sku": f"s{number}-{place}"} | line
            row |= dict(zip(AXES, row.pop("size"), strict=True))
            rows.append(row)
    types = {"max_load_g": pa.int64(), "min_height_mm": pa.int64()}
    names = sorted({name for row in rows for name in row})
    columns = {name: pa.array([row.get(name) for row in rows], types.get(name)) for name in names}
    return Orders.from_table(pa.table(columns))


def made_catalogue(packages: Sequence[Row]) -> Catalogue:
    """A catalogue, numbered unless the packages have ids."""
    rows = []
    for number, package in enumerate(packages):
        row = {"package_id": f"p{number}"} | package
        length, width, height = row.pop("size")
        row |= {"length_mm": length, "width_mm": width}
        row["max_thickness_mm" if row["kind"] == "mailer" else "height_mm"] = height
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    numbers = {"height_mm", "max_thickness_mm", "max_content_g"}
    types = {name: pa.int64() for name in numbers}
    return Catalogue.from_table(
        pa.table({n: pa.array([row.get(n) for row in rows], types.get(n)) for n in names})
    )


def pressable(line: Row) -> Row:
    """The line with a pressed height that its own height allows."""
    least = line.get("min_height_mm")
    return line | {"min_height_mm": min(least, line["size"][2]) if least else None}


def answers(result: Recommendations, *columns: str) -> list[tuple[Any, ...]]:
    """Rows of the orders table."""
    rows = result.orders.select(columns or ["verdict", "package_id"]).to_pylist()
    return [tuple(row.values()) for row in rows]


def ask(orders: Orders, catalogue: Catalogue, policy: Policy = GEOMETRY) -> Recommendations:
    """The answer, after the checker found nothing wrong with it."""
    result = recommend(orders, catalogue, policy)
    assert check(result, orders, catalogue) == []
    return result


def same(one: Recommendations, other: Recommendations) -> bool:
    """Whether all tables are the same, to the bit."""
    return all(getattr(one, name).equals(getattr(other, name)) for name in TABLES)


@settings(max_examples=40)
@given(
    st.lists(st.lists(LINES.map(pressable), min_size=1, max_size=4), min_size=1, max_size=3),
    PACKAGES,
    st.sampled_from(POLICIES),
    st.randoms(use_true_random=False),
)
def test_the_order_of_lines_units_and_packages_changes_nothing(
    orders: list[list[Row]], packages: list[Row], policy: Policy, random: Any
) -> None:
    """Shuffled lines, split into single units, and a shuffled catalogue: the same answers."""
    result = ask(made_orders(*orders), made_catalogue(packages), policy)
    singles = [
        [line | {"qty": 1} for line in order for _ in range(line["qty"])] for order in orders
    ]
    for order in singles:
        random.shuffle(order)
    named = [{"package_id": f"p{number}"} | package for number, package in enumerate(packages)]
    random.shuffle(named)
    again = ask(made_orders(*singles), made_catalogue(named), policy)
    columns = ("verdict", "package_id", "cost", "cost_lower_bound", "nodes")
    assert answers(again, *columns) == answers(result, *columns)
    assert again.ruled_out.to_pylist() == result.ruled_out.to_pylist()
    where = ["x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm", "support"]
    assert again.placements.select(where).equals(result.placements.select(where))


@settings(max_examples=40)
@given(
    st.lists(st.lists(PLAIN_LINES, min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(CARTONS, min_size=1, max_size=5),
    st.permutations([0, 1, 2]),
    st.permutations([0, 1, 2]),
)
def test_the_names_of_axes_change_nothing_for_units_that_turn_freely(
    orders: list[list[Row]], packages: list[Row], of_units: list[int], of_cartons: list[int]
) -> None:
    """Length, width and height renamed, of units and of cartons: the same verdicts and packages."""

    def renamed(rows: list[Row], axes: list[int]) -> list[Row]:
        return [row | {"size": tuple(row["size"][axis] for axis in axes)} for row in rows]

    # Outer volume differs with the axis that the flaps close, so each carton is asked alone.
    for package in packages:
        before = ask(made_orders(*orders), made_catalogue([package]))
        after = ask(
            made_orders(*(renamed(order, of_units) for order in orders)),
            made_catalogue(renamed([package], of_cartons)),
        )
        for one, other in zip(answers(before), answers(after), strict=True):
            assert one == other or one[0] == "undecided" or other[0] == "undecided"


@settings(max_examples=40)
@given(
    st.lists(LINES.map(pressable), min_size=1, max_size=4),
    st.one_of(CARTONS, MAILERS),
    st.tuples(*[st.integers(0, 9)] * 3),
    st.sampled_from(POLICIES[:3]),
)
def test_a_larger_package_never_turns_yes_into_no(
    order: list[Row], package: Row, growth: Sides, policy: Policy
) -> None:
    """What a package holds, a larger one of its kind holds, or the question stays open."""
    larger = package | {"size": tuple(np.add(package["size"], growth).tolist())}
    ((small, _),) = answers(ask(made_orders(order), made_catalogue([package]), policy))
    ((large, _),) = answers(ask(made_orders(order), made_catalogue([larger]), policy))
    assert not (small == "optimal" and large == "unpackable")


@settings(max_examples=40)
@given(
    st.lists(LINES.map(pressable), min_size=2, max_size=4),
    PACKAGES,
    st.integers(0, 3),
    st.sampled_from(POLICIES[:3]),
)
def test_a_unit_less_never_turns_yes_into_no(
    order: list[Row], packages: list[Row], gone: int, policy: Policy
) -> None:
    """Whatever holds an order holds it without one of its units."""
    catalogue = made_catalogue(packages)
    less = [line for place, line in enumerate(order) if place != gone % len(order)]
    result = ask(made_orders(order, less), catalogue, policy)
    (full, _), (part, _) = answers(result)
    assert not (full in ("optimal", "feasible") and part == "unpackable")


@settings(max_examples=40)
@given(
    st.lists(st.lists(LINES.map(pressable), min_size=1, max_size=4), min_size=1, max_size=3),
    PACKAGES,
    st.one_of(CARTONS, MAILERS),
    st.sampled_from(POLICIES),
)
def test_another_package_never_raises_the_cost(
    orders: list[list[Row]], packages: list[Row], another: Row, policy: Policy
) -> None:
    """With more to choose from an order costs as much as before or less."""
    before = ask(made_orders(*orders), made_catalogue(packages), policy)
    after = ask(made_orders(*orders), made_catalogue([*packages, another]), policy)
    pairs = zip(answers(before, "verdict", "cost"), answers(after, "verdict", "cost"), strict=True)
    for (_, cost), (verdict, new_cost) in pairs:
        if cost is not None:
            assert new_cost is not None
            assert new_cost <= cost
            assert verdict != "unpackable"


def hard_orders(n: int, units: int, seed: int, room: int = 100) -> list[list[Row]]:
    """Orders that fill most of a carton, with equal units among them."""
    rng = np.random.default_rng(seed)
    orders = []
    for _ in range(n):
        kinds = rng.integers(room // 5, room // 2 + 1, (int(rng.integers(2, units + 1)), 3))
        chosen = kinds[rng.integers(0, len(kinds), units)]
        orders.append([{"size": tuple(unit.tolist()), "qty": 1} for unit in chosen])
    return orders


def ladder(room: int = 100) -> Catalogue:
    """Cubes from tight to roomy."""
    sides = [int(room * share) for share in (0.7, 0.8, 0.9, 1.0, 1.2, 1.6)]
    return made_catalogue([{"kind": "carton", "size": (side, side, side)} for side in sides])


@pytest.mark.parametrize("efforts", [(0, 10, 1000), ("fast", "standard")], ids=["nodes", "words"])
@pytest.mark.parametrize("handling", ["geometry", "default"])
def test_more_effort_never_turns_a_decided_order_around(
    efforts: tuple[Any, ...], handling: Any
) -> None:
    """Decided orders keep verdict and package; others come closer to a decision or stay."""
    orders = made_orders(*hard_orders(25, 6, 1), *hard_orders(20, 9, 2), *hard_orders(5, 12, 3))
    catalogue = ladder()
    policy = Policy(objective="volume", handling=handling)
    less = ask(orders, catalogue, replace(policy, effort=efforts[0]))
    decided = []
    for effort in efforts[1:]:
        more = ask(orders, catalogue, replace(policy, effort=effort))
        columns = ("verdict", "package_id", "cost", "cost_lower_bound")
        for old, new in zip(answers(less, *columns), answers(more, *columns), strict=True):
            if old[0] in DECIDED:
                assert new == old
            else:
                assert new[3] is None or new[3] >= old[3]
                assert old[2] is None or new[2] <= old[2]
        decided.append(sum(verdict in DECIDED for verdict, *_ in answers(more, *columns)))
        less = more
    assert decided == sorted(decided)


def test_a_thorough_effort_keeps_what_was_decided_and_settles_more() -> None:
    """CP-SAT closes what the kernel left open, and contradicts nothing."""
    orders = made_orders(*hard_orders(12, 7, 5, room=60))
    catalogue = made_catalogue(
        [{"kind": "carton", "size": s} for s in ((48, 48, 48), (70, 60, 60))]
    )
    policy = replace(GEOMETRY, effort=0)
    quick = ask(orders, catalogue, policy)
    thorough = ask(orders, catalogue, replace(policy, effort="thorough"))
    for old, new in zip(answers(quick), answers(thorough), strict=True):
        assert new[0] in DECIDED
        assert old[0] not in DECIDED or old == new


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of seven orders."""
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 7)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_tables(threads: int, small_batches: None) -> None:
    """Several batches on several threads make the tables that one batch on one thread makes."""
    orders = made_orders(*hard_orders(40, 5, 7), *hard_orders(4, 12, 8), *hard_orders(4, 2, 9))
    counts: list[int] = []
    result = recommend(orders, ladder(), GEOMETRY, threads=threads, progress=counts.append)
    assert len(counts) == 7
    assert sum(counts) == orders.n_orders
    assert same(result, recommend(orders, ladder(), GEOMETRY))
    assert check(result, orders, ladder()) == []


def test_the_size_of_batches_changes_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order alone in its batch is answered as among many, whatever ends a batch."""
    orders = made_orders(*hard_orders(12, 5, 4), *hard_orders(4, 9, 4))
    whole = recommend(orders, ladder(), Policy(objective="volume"))
    home = sys.modules["packopt.recommend"]
    for name, value in (("BATCH_ORDERS", 1), ("BATCH_PAIRS", 20), ("BATCH_PAIRS", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(home, name, value)
            parts = list(packopt.recommend_batches(orders, ladder(), Policy(objective="volume")))
        assert len(parts) > 3
        for table in TABLES:
            rows = [row for part in parts for row in getattr(part, table).to_pylist()]
            assert rows == getattr(whole, table).to_pylist()


def test_a_second_run_repeats_the_first() -> None:
    """Work areas used before leave no trace in an answer."""
    orders = made_orders(*hard_orders(10, 8, 6))
    first = recommend(orders, ladder())
    recommend(made_orders(*hard_orders(10, 20, 1)), ladder())
    assert same(first, recommend(orders, ladder()))


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
    result = ask(made_orders([brick], [brick | {"max_load_g": 10**6}]), light, Policy())
    assert answers(result, "verdict", "weight_g") == [("optimal", None), ("undecided", None)]
    assert result.parcels["content_g"].to_pylist() == [None]
    heavy = ask(made_orders([brick | {"weight_g": 1}]), light, Policy())
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
    assert [getattr(result, name).num_rows for name in TABLES] == [0, 0, 0, 0, 1]
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
    assert answers(result)[:3] == [("optimal", "p598"), ("optimal", "p599"), ("unpackable", None)]
    assert result.ruled_out.filter(pa.array(_is("o2", result))).num_rows == 600
    inner = catalogue.inner_mm.astype(np.int64)
    chosen = int(answers(result)[3][1][1:])
    assert inner[chosen].prod() >= sum(int(np.prod(line["size"])) for line in several)


def _is(order_id: str, result: Recommendations) -> list[bool]:
    return [row == order_id for row in result.ruled_out["order_id"].to_pylist()]
