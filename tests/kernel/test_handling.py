"""Settling keeps a plan a plan; what is acceptable is what a slow twin accepts."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from naive import (
    Placement,
    cut,
    goes_in_from_above,
    keeps_rules,
    loads_g,
    overlap,
    supports,
)
from packopt.kernel.handling import (
    BORNE,
    GEOMETRY_ONLY,
    SCRATCH_ROWS,
    SEQUENCE,
    acceptable,
    settle,
    shared_footprint,
)

CUTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(0, 20)), min_size=1, max_size=12
)
SPACES = st.tuples(*[st.integers(2, 12)] * 3)


@st.composite
def floating_plans(draw: st.DrawFn) -> list[Placement]:
    """Pieces of a cut room, some taken away, some shaved, in any order."""
    pieces = cut(draw(SPACES), draw(CUTS))
    kept = [piece for piece in pieces if draw(st.integers(0, 3))] or pieces[:1]
    shaved = [(*p[:5], max(1, p[5] - draw(st.integers(0, 2)))) for p in kept]
    return draw(st.permutations(shaved))


def settled(plan: list[Placement]) -> tuple[list[Placement], list[int]]:
    """The plan after `settle`, and the packing sequence."""
    place = np.array(plan, np.int64)
    scratch = np.zeros((SCRATCH_ROWS, len(plan)), np.int64)
    settle(len(plan), place, scratch)
    return [tuple(row) for row in place.tolist()], scratch[SEQUENCE].tolist()


@given(floating_plans())
def test_a_settled_plan_is_one_that_hands_can_pack(plan: list[Placement]) -> None:
    """No overlap comes up, nothing floats or rises or moves aside, all goes in from above."""
    after, sequence = settled(plan)
    assert sorted(sequence) == list(range(len(plan)))
    assert not any(overlap(one, other) for one, other in combinations(after, 2))
    assert all(share > 0 for share in supports(after))
    assert goes_in_from_above([after[unit] for unit in sequence])
    for old, new in zip(plan, after, strict=True):
        assert old[:2] + old[3:] == new[:2] + new[3:]
        assert new[2] <= old[2]
    assert settled(after) == (after, sequence)


@given(
    floating_plans(),
    st.lists(st.tuples(st.integers(1, 30), st.integers(-1, 40)), min_size=13, max_size=13),
    st.sampled_from([0, 1, 250, 500, 667, 1000]),
)
def test_the_rules_are_those_of_the_slow_twin(
    plan: list[Placement], units: list[tuple[int, int]], support: int
) -> None:
    """Loads from the top down in whole grams, fragile tops and supported bases, all at once."""
    n = len(plan)
    units = units[:n]
    weight, load = (np.array(column, np.int64) for column in zip(*units, strict=True))
    place = np.array(plan, np.int64)
    scratch = np.zeros((SCRATCH_ROWS, n), np.int64)
    accepted = acceptable(n, place, 1 + support, load, weight, scratch)
    after, _ = settled(plan)
    assert [tuple(row) for row in place.tolist()] == after
    assert accepted == keeps_rules(after, weight, load.tolist(), Fraction(support, 1000))
    if accepted:
        assert scratch[BORNE].tolist() == loads_g(after, weight.tolist())


@given(floating_plans())
def test_without_rules_a_plan_stays_as_it_is(plan: list[Placement]) -> None:
    """Geometry alone accepts everything and moves nothing."""
    place = np.array(plan, np.int64)
    nothing = np.zeros(len(plan), np.int64)
    scratch = np.zeros((SCRATCH_ROWS, len(plan)), np.int64)
    assert acceptable(len(plan), place, GEOMETRY_ONLY, nothing, nothing, scratch)
    assert [tuple(row) for row in place.tolist()] == plan


@given(floating_plans())
def test_footprints_are_shared_as_seen_from_above(plan: list[Placement]) -> None:
    """The area counts the square millimetres of one that the other also covers."""
    place = np.array(plan, np.int64)
    for i, j in combinations(range(len(plan)), 2):
        tiles = [
            {(x, y) for x in range(u[0], u[0] + u[3]) for y in range(u[1], u[1] + u[4])}
            for u in (plan[i], plan[j])
        ]
        assert shared_footprint(place, i, j) == len(tiles[0] & tiles[1])


def test_a_load_is_passed_on_by_area_and_rounded_up() -> None:
    """A slab of 10 g over posts of areas 1 and 2 puts 4 g and 7 g on them."""
    plan = [(0, 0, 0, 1, 1, 5), (1, 0, 0, 2, 1, 5), (0, 0, 5, 3, 1, 1)]
    place = np.array(plan, np.int64)
    weight = np.array([1, 1, 10], np.int64)
    scratch = np.zeros((SCRATCH_ROWS, 3), np.int64)
    for load, expected in (([4, 7, 0], True), ([3, 7, 0], False), ([4, 6, 0], False)):
        bears = np.array(load, np.int64)
        assert acceptable(3, place, 1, bears, weight, scratch) == expected
    assert scratch[BORNE].tolist() != [3, 7, 0]
