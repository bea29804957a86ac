"""The cascade: whatever stage answers, it answers as brute force does."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asking import EFFORT, Unit, ask_carton, canonical
from naive import brute_force_holds, is_packing, keeps_rules
from packopt.kernel.layout import NO, REACH, SEARCH, SIDE, UNDECIDED, VOLUME, YES
from packopt.kernel.question import Effort

ORIENTATIONS = ["any", "upright", "flat", "fixed"]
ROOMS = st.tuples(*[st.integers(1, 5)] * 3)
UNITS = st.tuples(st.tuples(*[st.integers(1, 5)] * 3), st.sampled_from(ORIENTATIONS)).map(
    lambda values: Unit(*values)
)
NOTHING = Effort(starts=0, climbs=0, beam=0, nodes=0)


def check(units: list[Unit], room: tuple[int, int, int], effort: Effort = EFFORT) -> int:
    """The kernel's answer, held against brute force."""
    said = ask_carton(units, room, effort=effort)
    ways = [unit.ways() for unit in canonical(units)[1]]
    if said.answer == YES:
        assert is_packing(said.plan, ways, room)
    elif said.answer == NO:
        assert brute_force_holds(ways, room) is None, (units, room, said)
        assert SIDE <= said.reason <= SEARCH
    return said.answer


@given(st.lists(UNITS, min_size=1, max_size=2), ROOMS)
def test_one_or_two_units_are_answered_without_any_search(
    units: list[Unit], room: tuple[int, int, int]
) -> None:
    """With no effort at all the answer is there, and right."""
    assert check(units, room, NOTHING) != UNDECIDED


@pytest.mark.parametrize("n", [3, 4, 5, 6, 7])
def test_more_units_are_answered_as_brute_force_does(n: int) -> None:
    """Up to seven units of any orientation rule, equal ones among them, in a room they fill."""
    rng = np.random.default_rng(n)
    seen: Counter[int] = Counter()
    for _ in range(120):
        room = tuple(rng.integers(2, 5, 3).tolist())
        kinds = [
            Unit(tuple(rng.integers(1, 4, 3).tolist()), ORIENTATIONS[rng.integers(4)])
            for _ in range(int(rng.integers(1, n)))
        ]
        units = [kinds[rng.integers(len(kinds))] for _ in range(n)]
        seen[check(units, room)] += 1
    assert seen[UNDECIDED] == 0
    assert seen[YES] >= 5


def test_proofs_come_from_the_cheapest_bound_that_has_them() -> None:
    """A unit too long is a matter of sides, too many are one of volume; a lattice needs reach."""
    assert ask_carton([Unit((9, 1, 1))], (8, 8, 8)).reason == SIDE
    assert ask_carton([Unit((9, 1, 1), "fixed")], (8, 9, 8)).reason == SIDE
    assert ask_carton([Unit((4, 4, 4))] * 9, (8, 8, 8)).reason == VOLUME
    assert ask_carton([Unit((4, 4, 4))] * 9, (11, 11, 11)).reason == REACH


def test_the_handling_rules_are_kept_or_the_question_stays_open() -> None:
    """A yes is a plan that keeps the rules; a no is one without them as well."""
    rng = np.random.default_rng(2)
    seen: Counter[int] = Counter()
    for _ in range(150):
        room = tuple(rng.integers(4, 9, 3).tolist())
        units = [
            Unit(
                tuple(rng.integers(1, 6, 3).tolist()),
                ORIENTATIONS[rng.integers(4)],
                weight=int(rng.integers(1, 9)),
                bears=int(rng.choice([-1, -1, 0, 6])),
            )
            for _ in range(int(rng.integers(2, 8)))
        ]
        said = ask_carton(units, room, rules=1, effort=Effort(6, 60, 32, 2_000))
        seen[said.answer] += 1
        ordered = canonical(units)[1]
        if said.answer == YES:
            assert is_packing(said.plan, [unit.ways() for unit in ordered], room)
            assert keeps_rules(said.plan, [u.weight for u in ordered], [u.bears for u in ordered])
        elif said.answer == NO:
            assert ask_carton(units, room).answer == NO
        else:
            assert ask_carton(units, room).answer == YES
    assert min(seen[YES], seen[NO]) > 20


def test_the_fragile_one_of_two_goes_on_top() -> None:
    """Two units that only fit on each other are stacked the way that the rules allow."""
    for size in ((4, 4, 2), (4, 4, 3)):
        units = [Unit((4, 4, 2), bears=0), Unit(size, "upright")]
        said = ask_carton(units, (4, 4, 5), rules=1)
        assert said.answer == YES
        fragile = next(i for i, u in enumerate(canonical(units)[1]) if u.bears == 0)
        assert said.plan[fragile][2] == size[2]
    both = [Unit((4, 4, 2), "upright", bears=0)] * 2
    assert ask_carton(both, (4, 4, 4), rules=1).answer == UNDECIDED


@pytest.mark.parametrize("n", [33, 48, 64, 65, 80])
def test_more_units_than_the_search_takes(n: int) -> None:
    """Greedy starts pack what is loose; the largest 32 may still prove that nothing fits."""
    units = [Unit((20 + i % 7, 20 + i % 5, 20 + i % 3)) for i in range(n)]
    ways = [unit.ways() for unit in canonical(units)[1]]
    roomy = ask_carton(units, (130, 130, 130))
    assert roomy.answer == YES
    assert is_packing(roomy.plan, ways, (130, 130, 130))
    giants = [Unit((51, 51, 51))] * 2
    assert ask_carton(units[:-2] + giants, (101, 101, 101)).answer == NO
    assert ask_carton([Unit((10, 10, 10))] * n, (40, 40, 29)).answer != YES


def test_sides_of_1_and_of_10_000_mm() -> None:
    """The shortest and the longest sides there are, alone and together."""
    room = (10_000, 10_000, 10_000)
    plank = Unit((10_000, 10_000, 1))
    for units, expected in (
        ([plank] * 9, YES),
        ([Unit((1, 1, 1))] * 12, YES),
        ([Unit((10_000, 10_000, 5_000))] * 2, YES),
        ([Unit((10_000, 10_000, 5_000)), Unit((10_000, 5_001, 5_001))], NO),
        ([Unit((5_001, 5_001, 5_001))] * 8, NO),
        ([Unit((5_000, 5_000, 5_000))] * 8, YES),
        ([Unit((9_999, 9_999, 9_999)), Unit((10_000, 1, 1)), plank], YES),
    ):
        said = ask_carton(units, room)
        assert said.answer == expected, units
        if expected == YES:
            assert is_packing(said.plan, [u.ways() for u in canonical(units)[1]], room)
