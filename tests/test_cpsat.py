"""CP-SAT as the last resort: right, repeatable, and honest about what it did not decide."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import brute_force_holds, rotations
from packopt.exact.cpsat import Extents, holds

LIMIT = 10.0

units = st.tuples(
    st.tuples(*[st.integers(1, 4)] * 3), st.sampled_from(["any", "upright", "flat", "fixed"])
)
# Few kinds and many of each: interchangeable units are where symmetry breaking could go wrong.
orders = st.lists(units, min_size=1, max_size=3).flatmap(
    lambda kinds: st.lists(st.sampled_from(kinds), min_size=1, max_size=5)
)
containers = st.tuples(*[st.integers(1, 6)] * 3)


def _is_plan(plan: Any, orientations: list[list[Extents]], container: Extents) -> bool:
    """Inside, in allowed orientations, and no two units in the same place."""
    boxes = plan.tolist()
    inside = all(
        box[axis] >= 0 and box[axis] + box[axis + 3] <= container[axis]
        for box in boxes
        for axis in range(3)
    )
    allowed = all(tuple(box[3:]) in unit for box, unit in zip(boxes, orientations, strict=True))
    apart = all(
        any(a[k] + a[k + 3] <= b[k] or b[k] + b[k + 3] <= a[k] for k in range(3))
        for a, b in combinations(boxes, 2)
    )
    return inside and allowed and apart


@settings(max_examples=150)
@given(orders, containers)
def test_answers_are_those_of_brute_force(order: list[Any], container: Extents) -> None:
    """On small grids CP-SAT says yes exactly if some arrangement exists, and shows one."""
    orientations = [rotations(size, rule) for size, rule in order]
    answer, plan = holds(orientations, container, deterministic_limit=LIMIT)
    expected = brute_force_holds(orientations, container)
    assert answer == ("no" if expected is None else "yes")
    assert (plan is not None) == (answer == "yes")
    assert plan is None or _is_plan(plan, orientations, container)


def test_nine_pieces_that_need_the_empty_places_inside() -> None:
    """Six 1 × 2 × 2 and three unit cubes fill a cube of 3 in one intricate way only."""
    pieces = [rotations((1, 2, 2))] * 6 + [rotations((1, 1, 1))] * 3
    answer, plan = holds(pieces, (3, 3, 3), deterministic_limit=LIMIT)
    assert answer == "yes"
    assert _is_plan(plan, pieces, (3, 3, 3))


def test_seven_of_these_pieces_are_too_many() -> None:
    """By volume six and a half 1 × 2 × 2 fill a cube of 3, but no seventh goes in."""
    answer, plan = holds([rotations((1, 2, 2))] * 7, (3, 3, 3), deterministic_limit=LIMIT)
    assert (answer, plan) == ("no", None)


def _hard() -> tuple[list[list[Extents]], Extents]:
    rng = np.random.default_rng(3)
    sizes = rng.integers(70, 130, (14, 3)).tolist()
    volume = sum(a * b * c for a, b, c in sizes)
    side = round((volume / 0.9) ** (1 / 3))
    return [rotations(tuple(size)) for size in sizes], (side, side, side)


def test_an_unfinished_search_is_undecided() -> None:
    """A limit that is too small for the question gives neither a plan nor a proof."""
    orientations, container = _hard()
    assert holds(orientations, container, deterministic_limit=0.01) == ("undecided", None)


def test_the_same_question_gets_the_same_plan() -> None:
    """The limit is deterministic and so is the answer, plan and all."""
    sizes = np.random.default_rng(5).integers(40, 160, (8, 3)).tolist()
    orientations = [rotations(tuple(size)) for size in sizes]
    first, second = (holds(orientations, (260, 250, 240), deterministic_limit=1) for _ in range(2))
    assert first[0] == second[0] == "yes"
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(
    ("orientations", "answer"),
    [([], "yes"), ([[(5, 1, 1)]], "no"), ([[]], "no"), ([[(4, 4, 4)], [(1, 1, 1)]], "no")],
    ids=["no units", "too long", "no orientation", "too much volume"],
)
def test_the_plain_cases_need_no_search(orientations: Any, answer: str) -> None:
    """What sides and volume decide is decided with no time at all."""
    assert holds(orientations, (4, 4, 4), deterministic_limit=1e-9)[0] == answer


def test_importing_the_module_loads_no_solver() -> None:
    """OR-tools takes most of a second to load, so it is loaded when the first question comes."""
    code = "import sys, packopt.exact.cpsat\nprint('ortools' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


@settings(max_examples=60)
@given(orders, containers, st.data())
def test_obstacles_are_avoided_as_by_brute_force(
    order: list[Any], container: Extents, data: st.DataObject
) -> None:
    """A cuboid in the way is like a unit that is there already."""
    size = data.draw(st.tuples(*[st.integers(1, side) for side in container]))
    corner = [data.draw(st.integers(0, a - b)) for a, b in zip(container, size, strict=True)]
    orientations = [rotations(extents, rule) for extents, rule in order]
    obstacle = (*corner, *size)
    answer, plan = holds(
        orientations, container, deterministic_limit=LIMIT, obstacles=[obstacle, obstacle]
    )
    free = [unit for unit in product(*map(range, container)) if not _within(unit, obstacle)]
    expected = _fits(orientations, frozenset(free))
    assert answer == ("yes" if expected else "no")
    if plan is not None:
        everything = np.vstack([plan, [obstacle]])
        assert _is_plan(everything, [*orientations, [size]], container)


def _within(cell: tuple[int, ...], box: tuple[int, ...]) -> bool:
    return all(box[a] <= cell[a] < box[a] + box[a + 3] for a in range(3))


def _fits(orientations: list[list[Extents]], free: frozenset[tuple[int, ...]]) -> bool:
    """Whether the units go into free cells, tried everywhere."""
    if not orientations:
        return True
    for extents in set(orientations[0]):
        for corner in free:
            cells = frozenset(
                product(*(range(c, c + e) for c, e in zip(corner, extents, strict=True)))
            )
            if cells <= free and _fits(orientations[1:], free - cells):
                return True
    return False
