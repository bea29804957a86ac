"""Equal orders become equal rows, and only equal orders share an answer."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from packopt.kernel.canonical import _hash_units, describe, expand, find_equal, sum_up
from packopt.kernel.layout import ANY, FIXED, UNIT_COLUMNS, UPRIGHT

SMALL = st.integers(1, 3)
LINES = st.tuples(*[SMALL] * 3, *[st.integers(0, 2)] * 2, st.just(-1), *[SMALL] * 4)
ORDERS = st.lists(
    st.lists(st.tuples(LINES, st.integers(1, 3)), min_size=1, max_size=40), min_size=1, max_size=6
)

Line = tuple[tuple[int, ...], int]


def expanded(orders: list[list[Line]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Canonical units of orders, where each order starts, and each unit's line."""
    lines = [line for order in orders for line in order]
    qty = np.array([count for _, count in lines], np.int32)
    line_start = np.cumsum([0, *(len(order) for order in orders)])
    unit_start = np.concatenate([[0], np.cumsum(qty)])[line_start].astype(np.int64)
    units = np.zeros((unit_start[-1], UNIT_COLUMNS), np.int32)
    unit_line = np.zeros(unit_start[-1], np.int64)
    table = np.array([row for row, _ in lines], np.int32)
    expand(table, line_start, qty, units, unit_start, unit_line)
    return units, unit_start, unit_line


def key(row: tuple[int, ...]) -> tuple[int, ...]:
    """Largest volume first, then largest columns."""
    return (-row[0] * row[1] * row[2], *(-value for value in row))


@settings(max_examples=40)
@given(ORDERS)
def test_units_are_sorted_and_remember_their_lines(orders: list[list[Line]]) -> None:
    """Every unit of a line is there, largest first, lines of equal units in input order."""
    units, start, unit_line = expanded(orders)
    before = 0
    for o, order in enumerate(orders):
        expected = [
            (row, before + number)
            for number, (row, count) in enumerate(order)
            for _ in range(count)
        ]
        expected.sort(key=lambda pair: (key(pair[0]), pair[1]))
        rows = slice(start[o], start[o + 1])
        assert [tuple(row) for row in units[rows].tolist()] == [row for row, _ in expected]
        assert unit_line[rows].tolist() == [line for _, line in expected]
        before += len(order)


@settings(max_examples=40)
@given(ORDERS, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_how_they_are_split_leave_no_trace(
    orders: list[list[Line]], random: np.random.Generator
) -> None:
    """Shuffled lines, one unit each, give the same rows."""
    units, start, _ = expanded(orders)
    singles = [[(row, 1) for row, count in order for _ in range(count)] for order in orders]
    for order in singles:
        random.shuffle(order)
    again, again_start, _ = expanded(singles)
    assert (again == units).all()
    assert (again_start == start).all()


@settings(max_examples=40)
@given(
    ORDERS,
    st.lists(st.booleans(), min_size=18, max_size=18),
    st.lists(st.integers(0, 1), min_size=18, max_size=18),
    st.integers(0, 4),
)
def test_the_first_equal_order_is_found(
    orders: list[list[Line]], flags: list[bool], classes: list[int], least: int
) -> None:
    """An order is like the first one with the same rows that may have the same packages."""
    orders = orders * 3
    units, start, _ = expanded(orders)
    no_mailer = np.array(flags[: len(orders)])
    access = np.array(classes[: len(orders)], np.int32)
    like = np.zeros(len(orders), np.int64)
    find_equal(units, start, no_mailer, access, least, like)
    first: dict[object, int] = {}
    for o in range(len(orders)):
        rows = units[start[o] : start[o + 1]]
        expected = first.setdefault((rows.tobytes(), no_mailer[o].item(), access[o].item()), o)
        assert like[o] == (expected if len(rows) >= least else o)


def test_orders_that_meet_in_a_slot_stay_apart() -> None:
    """Of 511 different orders many land in one slot of 1024; none takes another's answer."""
    orders = [[((i + 1, 2, 3, 0, 1, -1, 0, 1, 2, 3), 3)] for i in range(511)]
    units, start, _ = expanded(orders)
    slots = [int(_hash_units(units, start[o], start[o + 1])) & 1023 for o in range(511)]
    assert len(set(slots)) < 480, "too few orders meet to show anything"
    like = np.zeros(511, np.int64)
    find_equal(units, start, np.zeros(511, np.bool_), np.zeros(511, np.int32), 3, like)
    assert like.tolist() == list(range(511))


def test_equal_orders_are_found_behind_others_in_their_slot() -> None:
    """The second copy of each of many orders finds the first, wherever that had to go."""
    orders = [[((i + 1, 2, 3, 0, 1, -1, 0, 1, 2, 3), 3)] for i in range(255)] * 2
    units, start, _ = expanded(orders)
    like = np.zeros(510, np.int64)
    find_equal(units, start, np.zeros(510, np.bool_), np.zeros(510, np.int32), 3, like)
    assert like.tolist() == [*range(255), *range(255)]


def sides_of(size: tuple[int, int, int], kind: int, padding: int) -> list[int]:
    """Padded sides as the kernel wants them."""
    length, width, height = (side + 2 * padding for side in size)
    if kind == FIXED:
        return [length, width, height]
    if kind == UPRIGHT:
        return [*sorted([length, width]), height]
    return sorted([length, width, height])


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.tuples(*[st.integers(1, 9)] * 3),
            st.integers(0, 9),
            st.integers(ANY, FIXED),
            st.integers(0, 3),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_line_is_described_by_padded_sides_in_order(lines: list[tuple[Any, ...]]) -> None:
    """As declared where that counts, ascending else; pressed sides stand beside."""
    size = np.array([one[0] for one in lines], np.int32)
    pressed, kind, padding = (np.array([one[c] for one in lines]) for c in (1, 2, 3))
    number = np.arange(len(lines), dtype=np.int32)
    rows = np.zeros((len(lines), UNIT_COLUMNS), np.int32)
    describe(
        size,
        pressed.astype(np.int32),
        kind.astype(np.uint8),
        number,
        100 + number,
        padding.astype(np.int32),
        rows,
    )
    for row, (sides, soft, way, pad) in zip(rows.tolist(), lines, strict=True):
        thin = (*sides[:2], soft or sides[2])
        told = [*sides_of(sides, way, pad), way, row[4], 100 + row[4], pad]
        assert row == [*told, *sides_of(thin, way, pad)]
    assert rows[:, 4].tolist() == number.tolist()


@settings(max_examples=30)
@given(ORDERS)
def test_orders_sum_up_their_lines(orders: list[list[Line]]) -> None:
    """Volume and weight are sums, and one line that bars mailers bars them for the order."""
    lines = [line for order in orders for line in order]
    start = np.cumsum([0, *(len(order) for order in orders)])
    volume = np.array([row[0] for row, _ in lines], np.int64)
    weight = np.array([row[1] for row, _ in lines], np.int32)
    qty = np.array([count for _, count in lines], np.int32)
    bars = weight == 3
    content, mass = np.zeros(len(orders), np.int64), np.zeros(len(orders), np.int64)
    barred = np.zeros(len(orders), np.bool_)
    sum_up(start, volume, weight, qty, bars, content, mass, barred)
    for o, rows in enumerate(map(slice, start[:-1], start[1:])):
        assert content[o] == volume[rows].sum()
        assert mass[o] == (weight[rows] * qty[rows]).sum()
        assert barred[o] == bars[rows].any()
