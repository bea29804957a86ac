"""The block beam finds what saw cuts made, and writes only plans that hold."""

from __future__ import annotations

from itertools import combinations, permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.kernel.blocks import COUNTS, KEY, SIDE, _keep, block_beam, block_workspace

Sides = tuple[int, int, int]
#: How a unit may be turned: which of its orientations (as given, x y z) are allowed.
TURNS = {
    "free": list(permutations(range(3))),
    "upright": [(0, 1, 2), (1, 0, 2)],
    "rolling": [(0, 1, 2), (0, 2, 1)],
    "fixed": [(0, 1, 2)],
}
WIDE = 300


def orientations(unit: Sides, turns: str, room: Sides) -> list[Sides]:
    """The distinct allowed orientations of a unit that fit the room."""
    turned = {tuple(unit[a] for a in axes) for axes in TURNS[turns]}
    return sorted(
        o for o in turned if all(side <= wall for side, wall in zip(o, room, strict=True))
    )


class Question:
    """The kernel's arrays for units, each a pair of sides and turns, in a room."""

    def __init__(self, units: list[tuple[Sides, str]], room: Sides) -> None:
        listed = [orientations(sides, turns, room) for sides, turns in units]
        listed.sort(key=lambda o: (-np.prod(o[0]) if o else 0, o))
        self.listed, self.n = listed, len(units)
        self.room = np.array(room, np.int64)
        self.holdable = all(listed)
        self.ext = np.zeros((self.n, 6, 3), np.int64)
        for i, mine in enumerate(listed):
            self.ext[i, : len(mine)] = np.array(mine or np.zeros((0, 3)), np.int64)
        self.n_ext = np.array([len(mine) for mine in listed], np.int64)
        self.twin = np.array([i > 0 and listed[i] == listed[i - 1] for i in range(self.n)])
        self.volume = self.ext[:, 0].prod(axis=1)

    def beam(self, width: int, workspace: tuple | None = None) -> np.ndarray | None:
        """The plan the beam finds, or None."""
        place = np.full((self.n, 6), -1, np.int64)
        found = block_beam(
            self.n, self.room, self.ext, self.n_ext, self.twin, self.volume, width,
            *(workspace or block_workspace(self.n, width)), place,
        )  # fmt: skip
        return place if found else None

    def assert_holds(self, place: np.ndarray) -> None:
        """Every unit lies inside, in an orientation of its own, and overlaps no other."""
        low, high = place[:, :3], place[:, :3] + place[:, 3:]
        assert (low >= 0).all()
        assert (high <= self.room).all()
        for mine, extents in zip(self.listed, place[:, 3:].tolist(), strict=True):
            assert tuple(extents) in mine
        for i, j in combinations(range(self.n), 2):
            assert ((high[i] <= low[j]) | (high[j] <= low[i])).any()


def is_guillotine(question: Question) -> bool:
    """The slow twin: all boxes of all sets of units, no turning of blocks, nothing dropped."""
    boxes: dict[int, set[Sides]] = {1 << i: set(o) for i, o in enumerate(question.listed)}
    everything = (1 << question.n) - 1
    for units in range(1, everything + 1):
        made = boxes.setdefault(units, set())
        part = (units - 1) & units
        while part:
            for p, q, axis in product(boxes[part], boxes[units ^ part], range(3)):
                box = tuple(p[a] + q[a] if a == axis else max(p[a], q[a]) for a in range(3))
                if (np.array(box) <= question.room).all():
                    made.add(box)
            part = (part - 1) & units
    return bool(boxes[everything])


@st.composite
def sawn(draw: st.DrawFn, most: int) -> tuple[list[Sides], Sides]:
    """A room, and the pieces that at most ``most - 1`` cuts from wall to wall make of it."""
    room = tuple(draw(st.tuples(*[st.integers(3, 60)] * 3)))
    pieces = [room]
    for _ in range(draw(st.integers(0, most - 1))):
        piece = pieces.pop(draw(st.integers(0, len(pieces) - 1)))
        axis = draw(st.integers(0, 2))
        if piece[axis] == 1:
            pieces.append(piece)
            continue
        cut = draw(st.integers(1, piece[axis] - 1))
        pieces += [
            tuple(length if a == axis else piece[a] for a in range(3))
            for length in (cut, piece[axis] - cut)
        ]
    return pieces, room


SIDES = st.tuples(*[st.integers(1, 5)] * 3)
UNITS = st.lists(
    st.tuples(
        st.sampled_from([(2, 2, 1), (3, 2, 1), (4, 3, 2)]) | SIDES, st.sampled_from([*TURNS])
    ),
    min_size=1,
    max_size=4,
)


@given(sawn(5), st.sampled_from(["free", "upright", "rolling", "fixed"]), st.randoms())
def test_pieces_of_a_sawn_room_are_put_together_again(parts, turns, chance) -> None:
    """Cut a room into five pieces, turn them as they may be turned, and ask for the room back."""
    pieces, room = parts
    turned = [tuple(piece[a] for a in chance.choice(TURNS[turns])) for piece in pieces]
    question = Question([(piece, turns) for piece in turned], room)
    place = question.beam(WIDE)
    assert place is not None
    question.assert_holds(place)


@given(UNITS, st.tuples(*[st.integers(2, 7)] * 3))
def test_a_wide_beam_agrees_with_the_slow_twin(units, room) -> None:
    """Dropping, dominance, sorting of sides and shared kinds lose no plan, whatever may turn."""
    question = Question(units, room)
    if not question.holdable:
        return
    place = question.beam(WIDE)
    assert (place is not None) == is_guillotine(question)
    if place is not None:
        question.assert_holds(place)


@given(st.lists(st.tuples(SIDES, st.sampled_from([*TURNS])), min_size=1, max_size=12), st.data())
def test_whatever_a_narrow_beam_finds_holds(units, data) -> None:
    """A width of few blocks may miss plans, but writes none that overlap, stick out or turn."""
    units += data.draw(st.lists(st.sampled_from(units), max_size=6))
    room = data.draw(st.tuples(*[st.integers(5, 12)] * 3))
    question = Question(units, room)
    place = question.beam(data.draw(st.integers(1, 8)))
    if place is not None:
        question.assert_holds(place)


@pytest.mark.parametrize("turns", [*TURNS])
def test_32_units_of_one_kind_fill_a_room(turns) -> None:
    """A block may be joined with itself, as long as the kind has units enough."""
    question = Question([((4, 2, 1), turns)] * 32, (8, 8, 4))
    place = question.beam(4)
    assert place is not None
    question.assert_holds(place)
    assert Question([((4, 2, 1), turns)] * 32, (8, 8, 3)).beam(4) is None


def test_32_units_of_different_kinds_are_told_apart() -> None:
    """A set of 32 different units still fits the word, and all of them end up in the plan."""
    slices = [((10, 10, height), "free") for height in range(1, 33)]
    question = Question(slices, (10, 10, 33 * 16))
    place = question.beam(2)
    assert place is not None
    question.assert_holds(place)


def test_sixteen_pairs_are_told_apart() -> None:
    """Kinds of two units have the widest fields: 48 bits for 32 units."""
    slices = [((10, 10, height), "upright") for height in range(1, 17)] * 2
    question = Question(slices, (10, 10, 17 * 16))
    place = question.beam(2)
    assert place is not None
    question.assert_holds(place)


@given(st.lists(sawn(8), min_size=2, max_size=4))
def test_used_work_areas_change_no_answer(orders) -> None:
    """An answer depends on the question only, not on what the work areas were used for before."""
    shared = block_workspace(8, 6)
    for pieces, room in orders:
        question = Question([(piece, "free") for piece in pieces], room)
        fresh, again = question.beam(6), question.beam(6, shared)
        assert (fresh is None) == (again is None)
        if fresh is not None:
            assert np.array_equal(fresh, again)


@given(st.lists(st.tuples(st.integers(1, 2), SIDES), max_size=40))
def test_a_level_keeps_the_undominated_blocks_of_each_set(offered) -> None:
    """With width to spare, those remain than which no block of the same units is nowhere larger."""
    block, order, tally, _, _ = block_workspace(2, 40)
    order[2, :40] = np.arange(40)
    for counts, sides in offered:
        key = int(np.prod(sides))
        row = _keep(2, counts, *sides, key, 40, block, order, tally)
        if row >= 0:
            block[row, [COUNTS, SIDE, SIDE + 1, SIDE + 2, KEY]] = [counts, *sides, key]
    held = order[2, : tally[2]]
    kept = [(int(block[b, COUNTS]), tuple(block[b, SIDE : SIDE + 3].tolist())) for b in held]

    def spoils(other: tuple[int, Sides], mine: tuple[int, Sides]) -> bool:
        return other != mine and other[0] == mine[0] and bool((np.array(other[1]) <= mine[1]).all())

    best = {mine for mine in offered if not any(spoils(other, mine) for other in offered)}
    assert len(kept) == len(set(kept))
    assert set(kept) == best
    assert (np.diff(block[held, KEY]) >= 0).all()
