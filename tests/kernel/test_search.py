"""The exact search answers as brute force does, and as CP-SAT does beyond its reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest

from asking import ask_search, ways_of
from naive import brute_force_holds, is_packing, keeps_rules
from packopt.exact.cpsat import holds
from packopt.kernel.layout import NO, UNDECIDED, YES
from sawn import Question, question, sawn

Rng = np.random.Generator
Pieces = list[tuple[int, ...]]
TURNS = list(permutations(range(3)))
ALL_TURNS = list(range(6))
#: As listed by ``TURNS``: no turn, a turn about the vertical, any.
FREEDOMS = ([0], [0, TURNS.index((1, 0, 2))], ALL_TURNS)


def spoilt_cut(rng: Rng) -> Question:
    """A sawn room, often with one unit a little larger: on the edge between yes and no."""
    q = sawn(rng, 5, 6)
    if rng.random() < 0.3:
        return q
    i, axis = int(rng.integers(q.n)), int(rng.integers(3))
    pieces = [tuple(q.ext[u, q.taken[u]].tolist()) for u in range(q.n)]
    grown = [*pieces]
    grown[i] = tuple(side + (a == axis) for a, side in enumerate(pieces[i]))
    room = q.room if grown[i][axis] <= q.room[axis] else q.room + 1
    return question(grown, [list(FREEDOMS[rng.integers(3)]) for _ in grown], room)


def filled(rng: Rng, longest: int, most: int, kinds: int, least: int = 1) -> Question:
    """Units of few kinds, equal ones in plenty, that fill most of a room."""
    room = rng.integers(max(3, 2 * least), longest + 1, 3)
    sizes: Pieces = []
    while len(sizes) < kinds:
        size = tuple(int(side) for side in rng.integers(least, np.maximum(room - 1, least) + 1))
        if 8 * np.prod(size) <= 3 * np.prod(room):
            sizes.append(size)
    freedom = [list(FREEDOMS[rng.integers(3)]) for _ in sizes]
    left, chosen = int(np.prod(room) * rng.uniform(0.6, 1.0)), []
    while len(chosen) < most:
        k = int(rng.integers(kinds))
        left -= int(np.prod(sizes[k]))
        if left < 0:
            break
        chosen.append(k)
    return question([sizes[k] for k in chosen], [freedom[k] for k in chosen], room)


def duplicates(rng: Rng) -> Question:
    """One kind of unit, up to seven of it."""
    return filled(rng, 5, 7, 1)


def classes(rng: Rng) -> Question:
    """Two or three kinds of units, up to six in all."""
    return filled(rng, 4, 6, int(rng.integers(2, 4)))


def sticks(rng: Rng) -> Question:
    """Long units, 1 or 2 mm thin, that turn as they like."""
    room = np.array([3, 3, int(rng.integers(2, 4))])
    every = [(1, 1, 3), (1, 2, 2), (1, 2, 3)]
    units = [every[k] for k in rng.integers(0, 3, int(rng.integers(4, 7)))]
    return question([u[::-1] for u in units], [ALL_TURNS] * len(units), room)


def flats(rng: Rng) -> Question:
    """Flat units of two kinds with a side that is nearly the room's."""
    room = np.array([4, 4, int(rng.integers(2, 5))])
    kinds = [(int(rng.integers(3, 5)), int(rng.integers(2, 4)), 1) for _ in range(2)]
    units = [kinds[int(rng.integers(2))] for _ in range(int(rng.integers(3, 7)))]
    return question(units, [ALL_TURNS] * len(units), room)


FAMILIES: list[Callable[[Rng], Question]] = [spoilt_cut, duplicates, classes, sticks, flats]


@pytest.mark.parametrize("scales", [False, True], ids=["alone", "scales"])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_the_search_answers_as_brute_force_does(
    family: Callable[[Rng], Question], scales: bool
) -> None:
    """Every yes is a packing and every no is one, with the tables of scales and without."""
    rng = np.random.default_rng(11)
    seen: Counter[int] = Counter()
    for _ in range(150):
        q = family(rng)
        if q.n < 2:
            continue
        ways, room = ways_of(q), tuple(q.room.tolist())
        said = ask_search(q, scales=scales)
        seen[said.answer] += 1
        if said.answer == YES:
            assert is_packing(said.plan, ways, room)
        else:
            assert said.answer == NO
            assert brute_force_holds(ways, room) is None, (ways, room)
    assert min(seen[YES], seen[NO]) >= 5, seen


@pytest.mark.parametrize("kinds", [1, 2, 3])
def test_equal_units_beyond_brute_force_are_answered_as_cp_sat_does(kinds: int) -> None:
    """Up to eleven units of few kinds in rooms of up to 60 mm."""
    rng = np.random.default_rng(kinds)
    seen: Counter[int] = Counter()
    for _ in range(20):
        q = filled(rng, 60, int(rng.integers(6, 12)), kinds, least=8)
        ways, room = ways_of(q), tuple(q.room.tolist())
        said = ask_search(q, limit=20_000)
        seen[said.answer] += 1
        if said.answer == YES:
            assert is_packing(said.plan, ways, room)
        elif said.answer == NO:
            truth, _ = holds(ways, room, deterministic_limit=1.0)
            assert truth != "yes", (ways, room)
    assert min(seen[YES], seen[NO]) >= 2, seen


@pytest.mark.parametrize("scales", [False, True], ids=["alone", "scales"])
@pytest.mark.parametrize("longest", [8, 60, 10_000])
def test_the_pieces_of_a_sawn_room_are_never_refused(longest: int, scales: bool) -> None:
    """Up to ten pieces, twins among them, some with few turns, are packed or left open."""
    rng = np.random.default_rng(longest)
    packed = 0
    for _ in range(40):
        q = sawn(rng, longest, 10)
        said = ask_search(q, limit=5_000, scales=scales)
        assert said.answer != NO, (ways_of(q), q.room)
        if said.answer == YES:
            packed += 1
            assert is_packing(said.plan, ways_of(q), tuple(q.room.tolist()))
    assert packed > 30


@pytest.mark.parametrize("turned", [False, True])
def test_the_name_of_an_axis_changes_no_answer(turned: bool) -> None:
    """With the axes renamed, or the units listed in another order, the answer is the same."""
    rng = np.random.default_rng(5)
    for _ in range(40):
        q = classes(rng)
        pieces = [tuple(q.ext[i, q.taken[i]].tolist()) for i in range(q.n)]
        free = question(pieces, [ALL_TURNS] * q.n, q.room)
        order = rng.permutation(q.n) if not turned else np.arange(q.n)
        axes = rng.permutation(3) if turned else np.arange(3)
        other = question(
            [tuple(np.array(pieces[i])[axes].tolist()) for i in order],
            [ALL_TURNS] * q.n,
            q.room[axes],
        )
        assert ask_search(free).answer == ask_search(other).answer


def test_more_nodes_never_take_an_answer_back() -> None:
    """A smaller budget gives the same answer or none, and counts its nodes."""
    rng = np.random.default_rng(8)
    for _ in range(40):
        q = classes(rng)
        final = ask_search(q)
        for limit in (0, 1, 2, 4, 8, 64):
            said = ask_search(q, limit=limit)
            assert said.work <= limit
            if final.work <= limit:
                assert (said.answer, said.work) == (final.answer, final.work)
            else:
                assert said.answer == UNDECIDED


def test_a_hint_changes_no_answer() -> None:
    """Whatever positions the search begins from, the answer is the same, and a yes a packing."""
    rng = np.random.default_rng(13)
    for _ in range(60):
        q = classes(rng)
        hint = np.hstack([rng.integers(0, 6, (q.n, 3)), rng.integers(0, 4, (q.n, 3))])
        said = ask_search(q, hint=hint)
        assert said.answer == ask_search(q).answer
        if said.answer == YES:
            assert is_packing(said.plan, ways_of(q), tuple(q.room.tolist()))


def test_rules_leave_a_question_open_but_never_make_a_no() -> None:
    """A plan keeps the rules; a no holds without them; everything else is left open."""
    rng = np.random.default_rng(21)
    seen: Counter[int] = Counter()
    for _ in range(80):
        q = classes(rng)
        if q.n < 2:
            continue
        ways, room = ways_of(q), tuple(q.room.tolist())
        weight = rng.integers(1, 10, q.n).tolist()
        load = rng.choice([-1, 0, 5], q.n).tolist()
        said = ask_search(q, rules=1, load=load, weight=weight, limit=3_000)
        seen[said.answer] += 1
        if said.answer == YES:
            assert is_packing(said.plan, ways, room)
            assert keeps_rules(said.plan, weight, load)
        elif said.answer == NO:
            assert ask_search(q).answer == NO
        else:
            assert ask_search(q).answer == YES
    assert min(seen.values()) >= 3
    assert len(seen) == 3


def test_equal_units_that_differ_in_what_they_bear_are_never_a_no() -> None:
    """Of two equal slabs one is fragile: twins to the search, but not to its plans."""
    q = question([(4, 4, 2), (4, 4, 2)], [[0], [0]], np.array([4, 4, 4]))
    for load in ([0, -1], [-1, 0]):
        said = ask_search(q, rules=1, load=load)
        assert said.answer == UNDECIDED or keeps_rules(said.plan, [1, 1], load)
    assert ask_search(q, rules=1, load=[0, 0]).answer == UNDECIDED


def test_thirty_two_units_are_taken_on() -> None:
    """As many units as a machine word has room for, with sides of up to 10,000 mm."""
    room = np.array([10_000] * 3)
    q = question([(10_000, 10_000, 300)] * 32, [ALL_TURNS] * 32, room)
    said = ask_search(q)
    assert said.answer == YES
    assert is_packing(said.plan, ways_of(q), (10_000,) * 3)
    last = question([(10_000, 10_000, 310)] * 31 + [(10_000, 391, 391)], [ALL_TURNS] * 32, room)
    assert ask_search(last).answer == NO
