"""The bounds never refute units that fit, and say what their slow twins say."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.kernel.bounds import (
    FOLDINGS,
    MAX_FUNCTIONS,
    REACH_WORDS,
    _tabulate,
    dff,
    pairs_clash,
    reach,
)
from sawn import Question, question, sawn

FREE = [0, 1, 2, 3, 4, 5]
SIDES = st.tuples(*[st.integers(1, 9)] * 3)


def clash(q: Question) -> bool:
    return pairs_clash(q.n, q.room, q.least, np.zeros((3, 32), np.int64))


def shrink(q: Question) -> tuple[bool, np.ndarray, np.ndarray]:
    tight, domain = np.zeros(3, np.int64), np.zeros(32, np.int64)
    lengths = np.full(REACH_WORDS, -1, np.int64)
    refuted = reach(q.n, q.room, q.ext, q.n_ext, q.volume, tight, domain, lengths)
    return refuted, tight, domain


def functions() -> tuple[np.ndarray, np.ndarray]:
    return np.zeros((4, MAX_FUNCTIONS, 32, 6), np.int64), np.zeros((3, MAX_FUNCTIONS + 1), np.int64)


def refuted_by_dff(q: Question, room: np.ndarray, domain: np.ndarray) -> bool:
    return dff(q.n, room, q.ext, domain, q.twin, *functions())


def free(units: list[tuple[int, ...]], room: tuple[int, ...]) -> Question | None:
    """Units that turn freely, laid so that each fits by itself; None if one cannot."""
    lying = []
    for unit in units:
        fitting = [o for o in permutations(unit) if all(np.array(o) <= room)]
        if not fitting:
            return None
        lying.append(fitting[0])
    return question(lying, [FREE] * len(lying), np.array(room))


@pytest.mark.parametrize("longest", [6, 40, 700])
def test_no_bound_refutes_the_pieces_of_a_sawn_room(longest: int) -> None:
    """Pieces fit the room they are sawn from, in the shrunken room too, as they lay."""
    rng = np.random.default_rng(longest)
    for _ in range(60):
        q = sawn(rng, longest, 10)
        refuted, tight, domain = shrink(q)
        assert not clash(q)
        assert not refuted
        assert all((domain[: q.n] >> q.taken) & 1)
        assert not refuted_by_dff(q, q.room, q.domain)
        assert not refuted_by_dff(q, tight, domain)


@given(st.lists(SIDES, min_size=2, max_size=6), SIDES)
def test_pairs_clash_as_in_the_slow_twin(units: list[tuple[int, ...]], room: tuple) -> None:
    """A pair is refuted that no axis separates, and a row that is longer than its axis."""
    q = free(units, room)
    if q is None:
        return

    def axes_apart(i: int, j: int) -> set[int]:
        return {a for a in range(3) if q.least[i, a] + q.least[j, a] <= room[a]}

    expected = any(not axes_apart(i, j) for i, j in combinations(range(q.n), 2)) or any(
        all(axes_apart(i, j) == {a} for i, j in combinations(row, 2))
        and q.least[list(row), a].sum() > room[a]
        for size in range(3, q.n + 1)
        for row in combinations(range(q.n), size)
        for a in range(3)
    )
    assert clash(q) == expected


def slow_reach(q: Question) -> tuple[bool, list[int], list[set[int]]]:
    """Sums of one extent of each of some units, by plain sets."""
    tight = q.room.tolist()
    ways = [set(range(int(q.n_ext[i]))) for i in range(q.n)]
    while True:
        before = list(tight)
        for a in range(3):
            sums = {0}
            for i in range(q.n):
                sums |= {s + int(q.ext[i, k, a]) for s in sums for k in ways[i]}
            tight[a] = max(s for s in sums if s <= tight[a])
        if tight == before:
            return False, tight, ways
        ways = [{k for k in ways[i] if all(q.ext[i, k] <= tight)} for i in range(q.n)]
        if q.volume.sum() > np.prod(tight) or not all(ways):
            return True, tight, ways


@given(
    st.lists(st.tuples(*[st.integers(1, 90)] * 3), min_size=1, max_size=5),
    st.tuples(*[st.integers(40, 200)] * 3),
)
def test_reach_shrinks_the_room_as_the_slow_twin_does(units: list[tuple], room: tuple) -> None:
    """Bit sets over words give the room and the orientations that plain sets give."""
    q = free(units, room)
    if q is None or q.volume.sum() > np.prod(room):
        return
    refuted, tight, domain = shrink(q)
    expected, slow_tight, slow_ways = slow_reach(q)
    assert refuted == expected
    if not refuted:
        assert tight.tolist() == slow_tight
        assert domain[: q.n].tolist() == [sum(1 << k for k in ways) for ways in slow_ways]


def test_reach_goes_to_the_longest_room() -> None:
    """The last millimetre of 10,000 counts."""
    q = question([(3333, 9999, 7000)] * 3, [[0]] * 3, np.array([10_000, 10_000, 10_000]))
    refuted, tight, _ = shrink(q)
    assert not refuted
    assert tight.tolist() == [9_999, 9_999, 7_000]


def test_reach_refutes_what_a_lattice_shows() -> None:
    """Nine cubes of 4 in a room of 11 x 11 x 11: only 8 x 8 x 8 of it can be used."""
    q = question([(4, 4, 4)] * 9, [FREE] * 9, np.array([11, 11, 11]))
    assert shrink(q)[0]


@pytest.mark.parametrize("length", range(2, 19))
def test_each_function_is_dual_feasible(length: int) -> None:
    """Widths that fit side by side are never worth more than the top, in any number."""
    widths = [(w, 1, 1) for w in range(1, length + 1)][:32]
    q = question(widths, [[0]] * len(widths), np.array([length, 1, 1]))
    value, top = functions()
    _tabulate(q.n, length, q.ext, q.domain, 0, value, top)
    of_width = {int(q.ext[i, 0, 0]): i for i in range(q.n)}
    assert 1 <= top[0, MAX_FUNCTIONS] <= MAX_FUNCTIONS == 7 + FOLDINGS
    for f in range(top[0, MAX_FUNCTIONS]):
        best = [0] * (length + 1)
        for room in range(1, length + 1):
            best[room] = max(
                best[room - w] + int(value[0, f, of_width[w], 0]) for w in range(1, room + 1)
            )
        assert best[length] <= top[0, f]


def test_dff_refutes_what_volume_pairs_and_reach_do_not() -> None:
    """Two cubes of 4 on a length of 11: eight cubes fit, nine do not, whatever else is there."""
    for cubes, refuted in ((8, False), (9, True)):
        units = [(4, 4, 4)] * cubes + [(1, 1, 1)] * 3
        q = question(units, [FREE] * len(units), np.array([11, 11, 11]))
        assert not clash(q)
        assert not shrink(q)[0]
        assert refuted_by_dff(q, q.room, q.domain) == refuted
