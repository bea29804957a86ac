"""The construction packs units into the room, never worse with more runs."""

from __future__ import annotations

import numpy as np
import pytest

from asking import ask_climb, ways_of
from naive import brute_force_holds, is_packing, keeps_rules
from packopt.kernel.construct import MAX_CLIMB_UNITS
from packopt.kernel.empty_spaces import N_RULES
from sawn import Question, question, sawn

ALL_TURNS = list(range(6))


def loose(rng: np.random.Generator, n: int) -> Question:
    """Units of a bit less than half of the room."""
    room = rng.integers(60, 90, 3)
    share = (0.45 / n) ** (1 / 3)
    units = [tuple(np.maximum(room * share * rng.uniform(0.7, 1.2, 3), 1).astype(int).tolist())]
    while len(units) < n:
        fresh = np.maximum(room * share * rng.uniform(0.7, 1.2, 3), 1).astype(int)
        units.append(units[-1] if rng.random() < 0.3 else tuple(fresh.tolist()))
    return question(units, [ALL_TURNS] * n, room)


def test_a_packing_is_a_packing_and_brute_force_knows_it() -> None:
    """On small grids nothing is packed that cannot be, and little is missed that can."""
    rng = np.random.default_rng(1)
    packed = missed = 0
    for _ in range(80):
        q = sawn(rng, 5, 5)
        said = ask_climb(q, 200)
        packed += said.answer
        missed += not said.answer
        if said.answer:
            assert is_packing(said.plan, ways_of(q), tuple(q.room.tolist()))
    assert missed <= packed // 5
    tight = question([(2, 2, 3)] * 4, [ALL_TURNS] * 4, np.array([4, 4, 3]))
    over = question([(2, 3, 2)] * 4, [ALL_TURNS] * 4, np.array([4, 5, 2]))
    assert ask_climb(tight, 20).answer
    assert not ask_climb(over, 200).answer
    assert brute_force_holds(ways_of(over), (4, 5, 2)) is None


@pytest.mark.parametrize("n", [2, 3, 8, 20, 40, MAX_CLIMB_UNITS, MAX_CLIMB_UNITS + 1, 80])
def test_loose_units_of_any_number_are_packed(n: int) -> None:
    """Not quite half full is no trouble, from two units to more than any search takes on."""
    rng = np.random.default_rng(n)
    for _ in range(4):
        q = loose(rng, n)
        said = ask_climb(q, 60)
        assert said.answer
        assert is_packing(said.plan, ways_of(q), tuple(q.room.tolist()))


def test_more_runs_extend_the_same_sequence_of_runs() -> None:
    """What is packed in some runs is packed, in the same way, with more of them allowed."""
    rng = np.random.default_rng(3)
    climbed = 0
    for _ in range(150):
        q = sawn(rng, 60, 9)
        said = ask_climb(q, 300)
        if said.answer:
            climbed += said.work > 2 * N_RULES
            assert ask_climb(q, said.work) == said
            assert ask_climb(q, 2_000) == said
            assert not ask_climb(q, said.work - 1).answer
    assert climbed >= 3, "too few plans that took climbing"


def test_beyond_the_climb_only_the_plain_starts_are_made() -> None:
    """A larger order that they do not pack stays unpacked, however many runs are allowed."""
    n = MAX_CLIMB_UNITS + 6
    q = question([(10, 10, 10)] * n, [ALL_TURNS] * n, np.array([40, 40, 40]))
    assert not ask_climb(q, 10**9).answer


def test_plans_keep_the_handling_rules() -> None:
    """With fragile and limited units a plan is settled and keeps every rule."""
    rng = np.random.default_rng(4)
    packed = 0
    for _ in range(60):
        q = loose(rng, int(rng.integers(2, 7)))
        weight = rng.integers(1, 10, q.n).tolist()
        load = rng.choice([-1, -1, 0, 8], q.n).tolist()
        said = ask_climb(q, 60, rules=1, load=load, weight=weight)
        packed += said.answer
        if said.answer:
            assert is_packing(said.plan, ways_of(q), tuple(q.room.tolist()))
            assert keeps_rules(said.plan, weight, load)
    assert packed >= 30


def test_the_longest_sides_do_not_overflow_a_score() -> None:
    """Rooms and units of up to 10,000 mm are packed by every rule of choice."""
    q = question([(5000, 3333, 2500)] * 24, [ALL_TURNS] * 24, np.array([10_000] * 3))
    for steps in range(1, 2 * N_RULES):
        said = ask_climb(q, steps)
        if said.answer:
            assert is_packing(said.plan, ways_of(q), (10_000,) * 3)
    assert said.answer
