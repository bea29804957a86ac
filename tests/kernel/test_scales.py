"""The scales are proofs: whatever fits stays within every cap, at the root and in the search."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive import brute_force_holds
from packopt.kernel.bounds import MAX_FUNCTIONS, dff
from packopt.kernel.scales import refine
from packopt.kernel.stacks import work_areas
from sawn import Question, question, sawn

FREE = [0, 1, 2, 3, 4, 5]


class Refined:
    """Tables, caps and what is left of the domains after `refine`."""

    def __init__(
        self, q: Question, pivots: int, rounds: int, work: tuple | None = None, keep: int = 8
    ) -> None:
        self.domain = q.domain.copy()
        self.table = np.full((keep, 32, 6), -1, np.int64)
        self.cap = np.full(keep, -1, np.int64)
        self.tables, self.proven, self.value = refine(
            q.n, q.room, q.ext, self.domain, q.twin, self.table, self.cap,
            *(work or work_areas()), pivots, rounds,
        )  # fmt: skip


@pytest.mark.parametrize(("longest", "pivots"), [(6, 3), (40, 200), (700, 30)])
def test_no_table_excludes_the_pieces_of_a_sawn_room(longest: int, pivots: int) -> None:
    """The way in which the pieces lay keeps every cap and stays in every domain."""
    rng = np.random.default_rng(longest)
    work = work_areas()
    for _ in range(60):
        q = sawn(rng, longest, 12)
        refined = Refined(q, pivots, 7, work)
        assert not refined.proven
        assert 1 <= refined.tables <= 7
        assert all((refined.domain >> q.taken) & 1)
        for t in range(refined.tables):
            assert refined.table[t, np.arange(q.n), q.taken].sum() <= refined.cap[t]


@given(
    st.lists(st.tuples(*[st.integers(1, 4)] * 3), min_size=2, max_size=5),
    st.tuples(*[st.integers(2, 5)] * 3),
)
def test_a_proof_and_a_dropped_orientation_agree_with_brute_force(
    units: list[tuple[int, ...]], room: tuple[int, ...]
) -> None:
    """What is proven not to fit does not, and a dropped orientation is in no packing."""
    lying = [tuple(sorted(u)) for u in units]
    room = tuple(sorted(room))
    if any(side > wall for u in lying for side, wall in zip(u, room, strict=True)):
        return
    q = question(lying, [FREE] * len(lying), np.array(room))
    if q.volume.sum() > np.prod(room):
        return
    ways = [[tuple(map(int, q.ext[i, k])) for k in range(q.n_ext[i])] for i in range(q.n)]
    refined = Refined(q, 100, 6)
    if refined.proven:
        assert brute_force_holds(ways, room) is None
        return
    for i, k in product(range(q.n), range(6)):
        if k < q.n_ext[i] and not (refined.domain[i] >> k) & 1:
            assert brute_force_holds([*ways[:i], [ways[i][k]], *ways[i + 1 :]], room) is None


def test_scales_prove_what_functions_of_the_width_alone_do_not() -> None:
    """Four units that fill 55 % of a room: a scale knows that there is only one of each width."""
    sides = [(5, 5, 5), (6, 4, 5), (4, 5, 5), (4, 5, 4)]
    q = question(sides, [FREE] * 4, np.array([12, 8, 8]))
    value = np.zeros((4, MAX_FUNCTIONS, 32, 6), np.int64)
    top = np.zeros((3, MAX_FUNCTIONS + 1), np.int64)
    assert not dff(q.n, q.room, q.ext, q.domain, q.twin, value, top)
    assert Refined(q, 100, 6).proven


def test_equal_units_share_their_values_and_used_work_areas_change_nothing() -> None:
    """Twins have the same row in every table; a second run repeats the first to the bit."""
    rng = np.random.default_rng(9)
    work = work_areas()
    for _ in range(20):
        q = sawn(rng, 60, 12)
        fresh, used = Refined(q, 100, 4), Refined(q, 100, 4, work)
        assert (fresh.table == used.table).all()
        assert (fresh.cap == used.cap).all()
        for i in range(1, q.n):
            if q.twin[i]:
                assert (fresh.table[: fresh.tables, i] == fresh.table[: fresh.tables, i - 1]).all()


def test_the_last_rounds_are_kept() -> None:
    """With room for one table, the last round is what is left; it tells how close it came."""
    q = question([(3, 4, 5)] * 9, [FREE] * 9, np.array([9, 9, 9]))
    every, last = Refined(q, 50, 4), Refined(q, 50, 4, keep=1)
    assert (every.tables, last.tables) == (4, 1)
    assert (last.table[0] == every.table[3]).all()
    assert last.value == last.table[0, :9].min(axis=1).sum() / last.cap[0]


def test_an_orientation_that_may_not_be_taken_exceeds_the_cap() -> None:
    """So that a search which still lists it drops it."""
    q = question([(3, 4, 5)] * 4, [FREE] * 4, np.array([9, 9, 9]))
    q.n_ext[:] = 4
    refined = Refined(q, 50, 3)
    for t in range(refined.tables):
        assert (refined.table[t, :4, 4:] > refined.cap[t]).all()


def test_the_longest_rooms_and_32_units_are_taken_on() -> None:
    """No number overflows with 32 different units in a room of 10,000 mm."""
    sides = [(2000 + 31 * i, 2100 + 17 * i, 2500 + 7 * i) for i in range(32)]
    q = question(sides, [FREE] * 32, np.array([10_000, 10_000, 10_000]))
    refined = Refined(q, 1, 1)
    least = refined.table[0].min(axis=1)
    assert (least > 0).all()
    assert refined.cap[0] > 0
    assert refined.proven == (sum(least.tolist()) > refined.cap[0])
