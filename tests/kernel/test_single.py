"""One unit, and equal units in a grid: closed forms against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import Unit, canonical, plan_of, ways_of, workspace
from naive import is_packing
from packopt.kernel.layout import SIDE_A, SOFT_A
from packopt.kernel.single import grid, lay_one
from sawn import question

SIDES = st.tuples(*[st.integers(1, 9)] * 3)


@given(SIDES, st.sampled_from(["any", "upright", "flat", "fixed"]), st.integers(0, 3), SIDES)
@pytest.mark.parametrize("bag", [0, 1])
def test_a_unit_is_laid_as_low_as_it_goes(
    bag: int, size: tuple[int, int, int], orientation: str, pressed: int, room: tuple
) -> None:
    """Of the orientations that go in, one of the lowest is taken; in a bag it costs its height."""
    unit = Unit(size, orientation, pressed=min(pressed, size[2]))
    rows, _ = canonical([unit])
    place = np.full((1, 6), -1, np.int64)
    found = lay_one(rows, 0, SOFT_A if bag else SIDE_A, bag, np.array([[1, 1, 1], room]), 1, place)
    fitting = [
        (x, y, z)
        for x, y, z in unit.ways(soft=bool(bag))
        if x + bag * z <= room[0] and y + bag * z <= room[1] and z <= room[2]
    ]
    assert found == bool(fitting)
    if found:
        assert place[0, :3].tolist() == [0, 0, 0]
        assert tuple(place[0, 3:].tolist()) in fitting
        assert place[0, 5] == min(z for _, _, z in fitting)


@settings(max_examples=60)
@given(SIDES, st.integers(1, 40), st.tuples(*[st.integers(9, 30)] * 3))
def test_a_grid_is_found_exactly_if_some_orientation_has_one(
    size: tuple[int, int, int], n: int, room: tuple[int, int, int]
) -> None:
    """Rows times columns times layers; what is found is a packing."""
    q = question([size] * n, [[0, 1, 2, 3, 4, 5]] * n, np.array(room))
    ways = ways_of(q)
    most = max(np.prod([room[a] // way[a] for a in range(3)]) for way in ways[0])
    ws = workspace()
    assert grid(n, q.room, q.ext, q.n_ext, ws.place) == (most >= n)
    if most >= n:
        assert is_packing(plan_of(ws, n), ways, room)
