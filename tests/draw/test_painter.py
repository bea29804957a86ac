"""Painting from back to front: what hides a thing is painted after it, on every line of sight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from draw.drawn import CIRCLE, Box, arrays, cut, thrown
from packopt.draw.contacts import contacts, covered_faces
from packopt.draw.painter import Pieces, behind, paint_order

SIGHT = np.array([1.0, 1.0, 1.0])


def stabbed(low: np.ndarray, high: np.ndarray, point: np.ndarray) -> list[tuple[float, int]]:
    """What a line of sight through a point goes into, and where along it, from far to near."""
    enters = (low - point).max(axis=1)
    leaves = (high - point).min(axis=1)
    hit = np.flatnonzero(enters < leaves - 1e-9).tolist()
    return sorted((float(enters[at]), at) for at in hit)


def lines_of_sight(pieces: Pieces) -> np.ndarray:
    """Points around every corner, a little off it, so that no line of sight is along a face."""
    corners = np.concatenate([pieces.low, pieces.high]).astype(float)
    offsets = np.array([(0.31, 0.17, -0.23), (-0.29, 0.13, 0.19), (0.11, -0.37, 0.07)])
    middles = (pieces.low + pieces.high) / 2 + 0.013 * np.arange(3)
    return np.concatenate([(corners[:, None] + offsets).reshape(-1, 3), middles])


@given(st.one_of(thrown(), cut()))
def test_nothing_is_painted_before_what_it_hides(boxes: list[Box]) -> None:
    """Along any line of sight, farther pieces are painted before nearer ones."""
    pieces = paint_order(*arrays(boxes))
    for point in lines_of_sight(pieces):
        order = [at for _, at in stabbed(pieces.low, pieces.high, point)]
        assert order == sorted(order)


@given(st.one_of(thrown(), cut()))
def test_pieces_are_the_boxes(boxes: list[Box]) -> None:
    """The pieces of a box lie in it and have its volume, and those of a heap that needs no cut."""
    low, high = arrays(boxes)
    pieces = paint_order(low, high)
    assert (pieces.low >= low[pieces.owner]).all()
    assert (pieces.high <= high[pieces.owner]).all()
    volume = np.zeros(len(boxes), np.int64)
    np.add.at(volume, pieces.owner, (pieces.high - pieces.low).prod(axis=1))
    assert volume.tolist() == (high - low).prod(axis=1).tolist()
    cells = {
        (x, y, z)
        for least, most in zip(pieces.low.tolist(), pieces.high.tolist(), strict=True)
        for x in range(least[0], most[0])
        for y in range(least[1], most[1])
        for z in range(least[2], most[2])
    }
    assert len(cells) == volume.sum()


def test_a_circle_is_cut_once() -> None:
    """Three boxes of which each hides the next cannot be sorted; one cut is enough."""
    far, near = behind(*arrays(CIRCLE))
    assert sorted(zip(far.tolist(), near.tolist(), strict=True)) == [(0, 1), (1, 2), (2, 0)]
    assert len(paint_order(*arrays(CIRCLE)).owner) == len(CIRCLE) + 1


@given(cut())
def test_behind_is_what_lines_of_sight_say(boxes: list[Box]) -> None:
    """No pair of boxes on a common line of sight is missed, and none is the wrong way round."""
    low, high = arrays(boxes)
    far, near = behind(low, high)
    pairs = set(zip(far.tolist(), near.tolist(), strict=True))
    assert not pairs & {(two, one) for one, two in pairs}
    for point in lines_of_sight(Pieces(np.arange(len(low)), low, high)):
        seen = [at for _, at in stabbed(low, high, point)]
        assert {(one, two) for at, one in enumerate(seen) for two in seen[at + 1 :]} <= pairs


@pytest.mark.parametrize("count", [0, 1])
def test_little_is_sorted_too(count: int) -> None:
    """No box, or one, is no special case."""
    low = np.zeros((count, 3), np.int64)
    assert paint_order(low, low + 1).owner.tolist() == list(range(count))


def test_order_stays_where_nothing_forbids_it() -> None:
    """Boxes that hide nothing of each other are painted as they are given, every time."""
    boxes: list[Box] = [
        ((4 * k, 0, 4 * (5 - k)), (4 * k + 1, 1, 4 * (5 - k) + 1)) for k in range(5)
    ]
    assert paint_order(*arrays(boxes)).owner.tolist() == [0, 1, 2, 3, 4]


@given(st.one_of(thrown(), cut()), st.integers(0, 20))
def test_covered_faces_are_those_without_a_free_spot(boxes: list[Box], shown: int) -> None:
    """A face is covered where every unit square of it touches a shown box, counted one by one."""
    low, high = arrays(boxes)
    shown = min(shown, len(boxes))
    filled = np.zeros((14, 14, 14), bool)
    for least, most in boxes[:shown]:
        filled[least[0] : most[0], least[1] : most[1], least[2] : most[2]] = True
    expected = np.zeros((shown, 3), bool)
    for at in range(shown):
        for axis in range(3):
            window = [slice(a, b) for a, b in zip(low[at], high[at], strict=True)]
            window[axis] = slice(high[at, axis], high[at, axis] + 1)
            expected[at, axis] = filled[tuple(window)].all()
    found = covered_faces(low, high, contacts(low, high), shown)
    assert (found == expected).all()
