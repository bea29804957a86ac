"""Kinds of units and interchangeable axes, against their definitions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from packopt.kernel.kinds import (
    AXIS,
    BIAS,
    GUARD,
    KIND_COLUMNS,
    KINDS,
    LOOSE,
    MASK,
    ROOM,
    SHIFT,
    SINGLE,
    TASK_CELLS,
    UNITS,
    set_kinds,
    set_room,
)

SIDES = st.tuples(*[st.integers(1, 4)] * 3)


@given(st.lists(st.sets(SIDES, min_size=1, max_size=6), min_size=1, max_size=3), SIDES, st.data())
def test_axes_called_interchangeable_are(drawn, room, data) -> None:
    """Swapping them turns each orientation into a listed or unfit one, for every unit."""
    chosen = data.draw(st.sampled_from(["as drawn", "free", "upright"]))
    turns = {"as drawn": [(0, 1, 2)], "free": [*permutations(range(3))]}
    turns["upright"] = [(0, 1, 2), (2, 1, 0)]
    listed = []
    for orientations in drawn:
        turned = {tuple(o[a] for a in axes) for o in orientations for axes in turns[chosen]}
        if chosen == "free":
            turned = {tuple(axes) for axes in permutations(min(turned))}
        fitting = sorted(o for o in turned if all(np.array(o) <= room))[:6]
        if not fitting:
            return
        listed.append(fitting)
    n = len(listed)
    ext = np.zeros((n, 6, 3), np.int64)
    for i, mine in enumerate(listed):
        ext[i, : len(mine)] = mine
    n_ext = np.array([len(mine) for mine in listed], np.int64)
    task = np.zeros(TASK_CELLS, np.int64)
    set_room(n, np.array(room), ext, n_ext, np.zeros(n, np.bool_), task)

    loose, axes = task[LOOSE], task[AXIS : AXIS + 3].tolist()
    assert sorted(axes) == [0, 1, 2]
    assert task[ROOM : ROOM + 3].tolist() == [room[a] for a in axes]
    assert sorted(task[ROOM : ROOM + loose]) == task[ROOM : ROOM + loose].tolist()
    if chosen == "free":
        assert loose == 3
    for order in permutations(range(loose)):
        image = [axes[a] for a in order] + axes[loose:]
        for mine in listed:
            for o in mine:
                moved = [0, 0, 0]
                for a in range(3):
                    moved[axes[a]] = o[image[a]]
                assert tuple(moved) in mine or any(np.array(moved) > room)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=32), st.data())
def test_masks_tell_when_two_sets_use_more_units_than_there_are(sizes, data) -> None:
    """The three masks together say what comparing counts kind by kind would say."""
    while sum(sizes) > 32:
        sizes.pop()
    n = sum(sizes)
    twin = np.array([k > 0 for size in sizes for k in range(size)])
    task = np.zeros(TASK_CELLS, np.int64)
    kind = np.zeros((n, KIND_COLUMNS), np.int64)
    set_kinds(n, twin, task, kind)
    assert kind[: task[KINDS], UNITS].tolist() == sizes

    def word(counts: list[int]) -> int:
        return sum(c << int(s) for c, s in zip(counts, kind[:, SHIFT], strict=False))

    first, second = (data.draw(st.tuples(*[st.integers(0, size) for size in sizes])) for _ in "12")
    p, q = word(first), word(second)
    single, bias, guard = (int(task[cell]) for cell in (SINGLE, BIAS, GUARD))
    clash = bool((p & q & single) | ((p + q + bias) & guard))
    assert clash == any(a + b > size for a, b, size in zip(first, second, sizes, strict=True))
    assert p + q + bias < 2**62
    if not clash:
        for t, (a, b) in enumerate(zip(first, second, strict=True)):
            assert ((p + q) >> int(kind[t, SHIFT])) & int(kind[t, MASK]) == a + b
