"""Packing beside obstacles: all spaces are found, nothing given is moved, rules are kept."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import Extents, Placement, cut, goes_in_from_above, keeps_rules, overlap, supports
from packopt.kernel.beside import acceptable_beside, carve, lost_unit
from packopt.kernel.handling import SCRATCH_ROWS, SEQUENCE, acceptable

CUTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 2), st.integers(0, 20)), min_size=1, max_size=9
)
SPACES = st.tuples(*[st.integers(2, 6)] * 3)


def fits_somewhere(size: Extents, taken: list[Placement], room: Extents) -> bool:
    """Whether a cuboid has a place among others, tried everywhere."""
    steps = [range(room[axis] - size[axis] + 1) for axis in range(3)]
    return any(
        not any(overlap((*corner, *size), other) for other in taken) for corner in product(*steps)
    )


@settings(max_examples=150)
@given(SPACES, CUTS, st.data())
def test_a_unit_is_lost_exactly_if_it_fits_nowhere(
    room: Extents, cuts: list[tuple[int, int, int]], data: st.DataObject
) -> None:
    """The maximal spaces are all there are, unless it is said that some may be missing."""
    taken = [piece for piece in cut(room, cuts) if data.draw(st.booleans())]
    size = data.draw(st.tuples(*[st.integers(1, side) for side in room]))
    spaces, fresh = np.zeros((512, 6), np.int64), np.zeros((512, 6), np.int64)
    obstacles = np.array(taken, np.int64).reshape(-1, 6)
    least = np.array(size, np.int64)
    count, every = carve(obstacles, np.array(room, np.int64), least, spaces, fresh)
    assert every
    ext = np.array(size, np.int64).reshape(1, 1, 3)
    lost = lost_unit(1, spaces, count, ext, np.ones(1, np.int64))
    assert (lost == -1) == fits_somewhere(size, taken, room)


def test_too_many_spaces_prove_nothing() -> None:
    """Where spaces may have been dropped, that is said."""
    corners = np.random.default_rng(1).integers(0, 400, (60, 3))
    specks = np.hstack([corners, np.ones_like(corners)])
    spaces, fresh = np.zeros((512, 6), np.int64), np.zeros((512, 6), np.int64)
    _, every = carve(specks, np.full(3, 400), np.ones(3, np.int64), spaces, fresh)
    assert not every


@st.composite
def plans(draw: st.DrawFn) -> list[Placement]:
    """Pieces of a cut room, some taken away, in any order."""
    pieces = cut(draw(SPACES), draw(CUTS))
    kept = [piece for piece in pieces if draw(st.integers(0, 3))] or pieces[:1]
    return draw(st.permutations(kept))


@given(
    plans(),
    st.lists(st.tuples(st.integers(1, 30), st.integers(-1, 40)), min_size=10, max_size=10),
    st.sampled_from([0, 1, 500, 1001]),
)
def test_with_nothing_given_the_rules_are_the_usual_ones(
    plan: list[Placement], units: list[tuple[int, int]], rules: int
) -> None:
    """Without placed units the answer and the plan are those of `acceptable`."""
    n = len(plan)
    weight, load = (np.array(column[:n], np.int64) for column in zip(*units, strict=True))
    place, other = np.array(plan, np.int64), np.array(plan, np.int64)
    scratch = np.zeros((SCRATCH_ROWS, n), np.int64)
    expected = acceptable(n, other, rules, load, weight, scratch)
    assert acceptable_beside(n, n, place, rules, load, weight, scratch) == expected
    assert place.tolist() == other.tolist()


@given(plans(), st.data())
def test_what_is_given_stays_and_the_rest_keeps_the_rules(
    plan: list[Placement], data: st.DataObject
) -> None:
    """Units that go in sink onto what is below; placed ones float on, if they did."""
    n = len(plan)
    free = data.draw(st.integers(0, n))
    weight = np.array(data.draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)), np.int64)
    place = np.array(plan, np.int64)
    scratch = np.zeros((SCRATCH_ROWS, n), np.int64)
    accepted = acceptable_beside(free, n, place, 1, np.full(n, -1), weight, scratch)
    assert accepted
    after: list[Placement] = [tuple(row) for row in place.tolist()]
    assert after[free:] == plan[free:]
    assert all(share > 0 for share in supports(after)[:free])
    assert not any(overlap(a, b) for i, a in enumerate(after) for b in after[:i])
    if all(share > 0 for share in supports(after)):
        assert goes_in_from_above([after[unit] for unit in scratch[SEQUENCE].tolist()])
        assert keeps_rules(after, weight.tolist(), [-1] * n, Fraction(0))
