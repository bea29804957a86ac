"""Packages whose size is chosen for the order, through `recommend()`, each answer checked."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import GEOMETRY, LINES, POLICIES, Row, answers, ask, made_catalogue, made_orders
from packopt import CatalogueError, Policy, Recommendations, recommend
from packopt.tables import TABLES

ONE_PARCEL = [replace(policy, max_parcels=1) for policy in POLICIES]
MATERIAL = Policy(handling="geometry", max_parcels=1)
VOLUME = replace(GEOMETRY, max_parcels=1)
SIZE = ("length_mm", "width_mm", "height_mm")
LEAST = tuple(f"min_{side}" for side in SIZE)

orders = st.lists(st.lists(LINES, min_size=1, max_size=3), min_size=1, max_size=3)
plain_lines = st.fixed_dictionaries(
    {
        "size": st.tuples(*[st.integers(5, 45)] * 3),
        "qty": st.just(1),
        "orientation": st.sampled_from(["any", "any", "upright", "flat", "fixed"]),
    }
)
plain_orders = st.lists(st.lists(plain_lines, min_size=1, max_size=4), min_size=1, max_size=4)
ranges = st.lists(st.integers(10, 90), min_size=1, max_size=4, unique=True).map(sorted)


def adjustable(length: int, width: int, *heights: int, **columns: object) -> Row:
    """A carton that is scored to one of some heights."""
    listed = ";".join(str(height) for height in heights)
    size = (length, width, max(heights))
    return {"kind": "adjustable", "size": size, "heights_mm": listed, **columns}


def made(least: tuple[int, ...], most: tuple[int, ...], step: int = 1, **columns: object) -> Row:
    """A box cut to measure between two sizes."""
    limits = dict(zip(LEAST, least, strict=True))
    return {"kind": "made_to_measure", "size": most, "step_mm": step, **limits, **columns}


def carton(*size: int, **columns: object) -> Row:
    """A carton of one size."""
    return {"kind": "carton", "size": size, **columns}


def lines_of(*sizes: tuple[int, int, int]) -> list[Row]:
    """Lines of one unit each."""
    return [{"size": size, "qty": 1} for size in sizes]


def costs_of(result: Recommendations) -> np.ndarray:
    """Costs of the orders; infinite where there is no answer."""
    return np.array(result.orders["cost"].fill_null(np.inf).to_numpy())


def same_but_for_names(one: Recommendations, other: Recommendations) -> bool:
    """Whether verdicts, costs, masses and plans are the same, whatever the packages are called."""
    numbers = ("cost", "cost_lower_bound", "tare_g", "fill_g", "empty_space_outer")
    return (
        answers(one, "verdict") == answers(other, "verdict")
        and one.placements.equals(other.placements)
        and all(
            np.allclose(*(np.array(each.orders[name].fill_null(0)) for each in (one, other)))
            for name in numbers
        )
    )


@settings(max_examples=30)
@given(orders, st.sampled_from(ONE_PARCEL), ranges, st.integers(10, 90))
def test_another_height_never_makes_an_answer_dearer(
    lines: list[list[Row]], policy: Policy, heights: list[int], more: int
) -> None:
    """Whatever is proved cheapest among more heights is no dearer than the best of fewer."""
    fixed = carton(70, 60, 50, package_id="c")
    some, every = (
        made_catalogue([fixed, adjustable(80, 60, *listed, tare_g=60.0)])
        for listed in (heights, [*heights, more])
    )
    fewer, further = (ask(made_orders(*lines), one, policy) for one in (some, every))
    optimal = np.array(further.orders["verdict"].to_pylist()) == "optimal"
    assert (costs_of(further) <= costs_of(fewer))[optimal].all()


@settings(max_examples=40)
@given(plain_orders, st.lists(ranges, min_size=3, max_size=3), st.sampled_from([MATERIAL, VOLUME]))
def test_a_box_made_to_measure_is_as_good_as_all_its_sizes_in_cartons(
    lines: list[list[Row]], sides: list[list[int]], policy: Policy
) -> None:
    """The same cost and verdict as from a catalogue that has every size as a carton."""
    least = tuple(side[0] for side in sides)
    most = tuple(side[0] + (side[-1] - side[0]) // 20 * 20 for side in sides)
    machine = made_catalogue([made(least, most, 20)])
    grid = product(*(range(a, b + 1, 20) for a, b in zip(least, most, strict=True)))
    every = made_catalogue([carton(*size) for size in grid])
    chosen, listed = (ask(made_orders(*lines), one, policy) for one in (machine, every))
    assert answers(chosen, "verdict") == answers(listed, "verdict")
    np.testing.assert_allclose(costs_of(chosen), costs_of(listed), rtol=1e-6)


@settings(max_examples=40)
@given(plain_orders, ranges, st.sampled_from([MATERIAL, VOLUME]), st.integers(0, 3))
def test_an_adjustable_carton_is_as_good_as_a_carton_of_each_height(
    lines: list[list[Row]], heights: list[int], policy: Policy, clearance: int
) -> None:
    """The cartons weigh what the adjustable one does: its board is not saved."""
    policy = replace(policy, wall_clearance_mm=clearance)
    one = made_catalogue([adjustable(90, 70, *heights, tare_g=50.0)])
    every = made_catalogue([carton(90, 70, height, tare_g=50.0) for height in heights])
    chosen, listed = (ask(made_orders(*lines), each, policy) for each in (one, every))
    assert answers(chosen, "verdict") == answers(listed, "verdict")
    np.testing.assert_allclose(costs_of(chosen), costs_of(listed), rtol=1e-9)


@pytest.mark.parametrize("style", ["0201", "0427"])
@pytest.mark.parametrize("size", [(90, 70, 50), (60, 80, 50)])
def test_a_machine_for_one_size_makes_the_carton_of_that_size(
    style: str, size: tuple[int, int, int]
) -> None:
    """Same verdicts, costs, masses and plans."""
    lines = [lines_of((50, 40, 30), (40, 40, 20)), lines_of((95, 10, 10)), lines_of((60, 60, 40))]
    one = ask(made_orders(*lines), made_catalogue([made(size, size, style=style)]), MATERIAL)
    other = ask(made_orders(*lines), made_catalogue([carton(*size, style=style)]), MATERIAL)
    assert same_but_for_names(one, other)
    assert one.parcels.select(SIZE).equals(other.parcels.select(SIZE))


@settings(max_examples=15)
@given(plain_orders, st.integers(1, 3))
def test_wider_limits_and_finer_steps_never_make_an_answer_dearer(
    lines: list[list[Row]], finer: int
) -> None:
    """Whatever a machine makes, one that makes more can make too."""
    coarse = made_catalogue([made((30, 30, 30), (90, 90, 90), 6)])
    fine = made_catalogue([made((24, 30, 18), (96, 90, 120), 6 // finer)])
    less, more = (ask(made_orders(*lines), one, MATERIAL) for one in (coarse, fine))
    assert set(answers(more, "verdict")) <= {("optimal",), ("unpackable",)}
    assert (costs_of(more) <= costs_of(less) * (1 + 1e-6)).all()


@settings(max_examples=25)
@given(orders, st.sampled_from(POLICIES), st.integers(0, 60_000))
def test_every_answer_stands_the_check(
    lines: list[list[Row]], policy: Policy, coolant: int
) -> None:
    """Mailers, cartons, adjustable and made boxes side by side, with coolant, split or not."""
    catalogue = made_catalogue(
        [
            carton(60, 50, 40, package_id="c"),
            {"kind": "mailer", "size": (90, 70, 20), "package_id": "m"},
            adjustable(70, 60, 20, 35, 50, coolant_mm3=coolant, package_id="a"),
            made((20, 20, 10), (110, 100, 90), 5, max_content_g=1500, package_id="w"),
        ]
    )
    ask(made_orders(*lines), catalogue, policy)


def test_the_size_stands_in_the_parcels() -> None:
    """Inner sides as chosen, and outer sides with the same walls around them."""
    machine = made((50, 50, 50), (300, 300, 65), 5)
    catalogue = made_catalogue([adjustable(100, 80, 20, 40, 60), machine])
    result = ask(made_orders(lines_of((75, 100, 33)), lines_of((123, 78, 61))), catalogue)
    rows = result.parcels.to_pylist()
    assert [row["kind"] for row in rows] == ["adjustable", "made_to_measure"]
    assert [[row[side] for side in SIZE] for row in rows] == [[100, 80, 40], [125, 80, 65]]
    outer = [[row[f"outer_{side}"] for side in SIZE] for row in rows]
    assert outer == [[106, 86, 52], [131, 86, 77]]


def test_all_boxes_of_one_price_make_the_smallest_the_answer() -> None:
    """Where size costs nothing, outer volume breaks the tie; a missing price is a fault."""
    machine = made((50,) * 3, (200,) * 3, 10, unit_cost=0.8, currency="EUR")
    policy = replace(MATERIAL, objective="cost")
    result = ask(made_orders(lines_of((95, 88, 72))), made_catalogue([machine]), policy)
    assert result.parcels.select(SIZE).to_pylist() == [dict(zip(SIZE, (90, 80, 100), strict=True))]
    assert costs_of(result).tolist() == [0.8]
    unpriced = made_catalogue([made((5,) * 3, (9,) * 3)])
    with pytest.raises(CatalogueError, match="unit_cost: found nothing"):
        recommend(made_orders(lines_of((9, 9, 9))), unpriced, policy)


def test_what_nothing_holds_is_unpackable_with_every_package_listed() -> None:
    """Least sizes rank packages of chosen size among the others, cheapest first."""
    catalogue = made_catalogue(
        [
            carton(40, 30, 20, package_id="c"),
            adjustable(60, 50, 10, 40, package_id="a"),
            made((10,) * 3, (60,) * 3, package_id="w"),
        ]
    )
    result = ask(made_orders(lines_of((70, 10, 10))), catalogue, VOLUME)
    assert answers(result) == [("unpackable", None)]
    ruled = result.ruled_out.select(["package_id", "reason"]).to_pylist()
    assert [tuple(row.values()) for row in ruled] == [("w", "side"), ("c", "side"), ("a", "side")]


def test_threads_and_batches_change_no_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tables, row by row."""
    rng = np.random.default_rng(4)
    many = [
        [{"size": tuple(rng.integers(20, 90, 3).tolist()), "qty": 2} for _ in range(n % 5 + 1)]
        for n in range(40)
    ]
    catalogue = made_catalogue(
        [carton(120, 100, 80), adjustable(150, 120, 40, 80, 120), made((50,) * 3, (300,) * 3, 10)]
    )
    policy = Policy(effort="fast")
    alone = recommend(made_orders(*many), catalogue, policy)
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 7)
    together = recommend(made_orders(*many), catalogue, policy, threads=2)
    for name in TABLES:
        assert getattr(together, name).to_pylist() == getattr(alone, name).to_pylist()


def test_a_catalogue_without_such_packages_is_answered_as_ever() -> None:
    """The cost of the package, and its own sides."""
    result = ask(made_orders(lines_of((30, 20, 10))), made_catalogue([carton(40, 30, 20)]), VOLUME)
    assert costs_of(result).tolist() == [46 * 36 * 32]
    assert result.parcels.select(SIZE).to_pylist() == [dict(zip(SIZE, (40, 30, 20), strict=True))]
