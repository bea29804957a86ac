"""One axis at a time: units line up exactly if some order of them does."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import shortest_line
from packopt.kernel.layout import NO, UNDECIDED, YES
from packopt.kernel.lineup import (
    APART,
    AT,
    LINE_ROWS,
    MAX_STEPS,
    STATE_ROWS,
    WIDTH,
    line_up,
    lined_up,
    pushed,
)

STATE = np.zeros((2, STATE_ROWS, 32), np.int64)
LINE = np.zeros((32 * 31 // 2 + 2, LINE_ROWS, 32), np.int64)

Pairs = set[tuple[int, int]]


def asked(pairs: Pairs, widths: list[int], length: int, axis: int = 1) -> int:
    """What `line_up` says, at depth 1; its positions are checked."""
    n = len(widths)
    load(pairs, widths, axis)
    STATE[1, AT + axis, :n] = -1
    answer = line_up(STATE, 1, axis, n, length, LINE)
    if answer == YES:
        assert stands(pairs, widths, length, STATE[1, AT + axis, :n].tolist())
        assert lined_up(STATE, 1, axis, n, length)
    return answer


def load(pairs: Pairs, widths: list[int], axis: int) -> None:
    """Write the graph into the search state."""
    n = len(widths)
    STATE[1, WIDTH + axis, :n] = widths
    STATE[1, APART + axis, :n] = 0
    for i, j in pairs:
        STATE[1, APART + axis, i] |= 1 << j
        STATE[1, APART + axis, j] |= 1 << i


def stands(pairs: Pairs, widths: list[int], length: int, at: list[int]) -> bool:
    """Whether positions are inside and keep the pairs apart."""
    return all(x >= 0 and x + w <= length for x, w in zip(at, widths, strict=True)) and not any(
        at[i] < at[j] + widths[j] and at[j] < at[i] + widths[i] for i, j in pairs
    )


def matrix(pairs: Pairs, n: int) -> list[list[bool]]:
    """The pairs as rows of truths."""
    return [[(min(i, j), max(i, j)) in pairs for j in range(n)] for i in range(n)]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Pairs, list[int]]:
    """Up to six units, any pairs of them."""
    widths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=6))
    every = list(combinations(range(len(widths)), 2))
    return {pair for pair in every if draw(st.booleans())}, widths


@settings(max_examples=60)
@given(graphs())
def test_units_line_up_exactly_from_the_length_of_the_best_order_on(
    graph: tuple[Pairs, list[int]],
) -> None:
    """One millimetre less than the best of all orders needs is a no, that and more is a yes."""
    pairs, widths = graph
    least = shortest_line(matrix(pairs, len(widths)), widths)
    assert asked(pairs, widths, least - 1) == NO
    assert asked(pairs, widths, least) == YES
    assert asked(pairs, widths, least + 1, axis=2) == YES


@given(graphs(), st.lists(st.integers(0, 9), min_size=6, max_size=6), st.integers(1, 20))
def test_positions_are_kept_or_repaired_only_rightly(
    graph: tuple[Pairs, list[int]], at: list[int], length: int
) -> None:
    """Positions pass exactly if they keep the pairs apart; repaired ones always do."""
    pairs, widths = graph
    n = len(widths)
    load(pairs, widths, 0)
    STATE[1, AT, :n] = at[:n]
    assert lined_up(STATE, 1, 0, n, length) == stands(pairs, widths, length, at[:n])
    if pushed(STATE, 1, 0, n, length, LINE):
        assert stands(pairs, widths, length, STATE[1, AT, :n].tolist())
    else:
        assert STATE[1, AT, :n].tolist() == at[:n]


def test_a_clique_needs_the_sum_of_its_widths() -> None:
    """All pairs apart means one row; with 32 units, pushing them on makes it."""
    for n in (16, 32):
        widths = list(range(300, 300 + n))
        every = set(combinations(range(n), 2))
        load(every, widths, 0)
        STATE[1, AT, :n] = 0
        assert pushed(STATE, 1, 0, n, sum(widths), LINE)
        assert not pushed(STATE, 1, 0, n, sum(widths) - 1, LINE)
        assert asked(set(), widths, max(widths)) == YES
    widths = widths[:16]
    every = set(combinations(range(16), 2))
    assert asked(every, widths, sum(widths)) == YES


def mycielski(pairs: Pairs, n: int) -> tuple[Pairs, int]:
    """A graph that needs one more colour and has no more triangles than the one given."""
    doubled = {(j, n + i) for a, b in pairs for i, j in ((a, b), (b, a))}
    return pairs | doubled | {(n + i, 2 * n) for i in range(n)}, 2 * n + 1


def test_what_no_clique_shows_is_found() -> None:
    """Units of width 1 line up on as many mm as the graph has colours: 3 for a ring, 4 here."""
    ring, n = {(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)}, 5
    assert (asked(ring, [1] * n, 2), asked(ring, [1] * n, 3)) == (NO, YES)
    groetzsch, n = mycielski(ring, n)
    assert (asked(groetzsch, [1] * n, 3), asked(groetzsch, [1] * n, 4)) == (NO, YES)


@pytest.mark.parametrize(("length", "wrong"), [(4, YES), (5, NO)])
def test_a_long_line_up_is_left_open_rather_than_answered_wrongly(length: int, wrong: int) -> None:
    """A triangle-free graph of 23 units and 5 colours may take too many steps, but never lies."""
    pairs, n = mycielski(*mycielski({(0, 1), (1, 2), (2, 3), (3, 4), (0, 4)}, 5))
    answer = asked(pairs, [1] * n, length)
    assert answer != wrong
    if length == 4:
        assert answer == UNDECIDED, f"{MAX_STEPS} steps are enough now: take a harder graph"
