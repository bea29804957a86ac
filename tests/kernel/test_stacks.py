"""The best stack and the linear program over stacks, against enumeration of every stack."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.kernel.stacks import (
    COUNT,
    FINE,
    HIGHEST_PRICE,
    Work,
    best_stack,
    best_within,
    maximise,
    name_parts,
    work_areas,
)

#: Slots of a type: width and price, price 0 for a slot that is not used.
SLOTS = st.lists(
    st.tuples(st.integers(1, 12), st.integers(0, 9)),
    min_size=1,
    max_size=3,
    unique_by=lambda s: s[0],
)
TYPES = st.lists(st.tuples(st.integers(1, 3), SLOTS), min_size=1, max_size=4)


def prepared(types: list[tuple[int, list[tuple[int, int]]]]) -> Work:
    """Work areas that hold these types: how many, and their slots."""
    work = name_parts(*work_areas())
    for j, (count, slots) in enumerate(types):
        work.of_type[COUNT, j] = count
        for s, (width, price) in enumerate(slots):
            work.width[1, j, s] = width
            work.price[j, s] = price
    return work


def every_stack(types: list, length: int) -> list[tuple[tuple[int, ...], ...]]:
    """How many units of each type a stack takes in each slot, for every stack."""
    choices = [
        [
            taken
            for taken in product(range(count + 1), repeat=len(slots))
            if sum(taken) <= count and all(t == 0 or slots[s][1] for s, t in enumerate(taken))
        ]
        for count, slots in types
    ]
    return [
        stack
        for stack in product(*choices)
        if sum(t * slots[s][0] for (_, slots), ts in zip(types, stack, strict=True)
               for s, t in enumerate(ts)) <= length
    ]  # fmt: skip


@given(TYPES, st.integers(1, 30), st.integers(0, 12))
def test_best_stack_is_the_best_of_all(types: list, length: int, spare: int) -> None:
    """The knapsack finds the value of the best stack, for shorter lengths too where asked."""
    work = prepared(types)
    spare = min(spare, length)

    def slow(within: int) -> int:
        return max(
            sum(t * slots[s][1] for (_, slots), ts in zip(types, stack, strict=True)
                for s, t in enumerate(ts))
            for stack in every_stack(types, within)
        )  # fmt: skip

    assert best_stack(len(types), 1, length, spare, work) == slow(length)
    for within in range(length - spare, length + 1):
        assert best_within(within, work) == slow(within)


@given(TYPES, st.integers(12, 30), st.data())
def test_the_program_ends_at_a_solution_that_no_stack_violates(
    types: list, length: int, data: st.DataObject
) -> None:
    """The centre satisfies every stack, is no worse than the start, and is the optimum."""
    work = prepared(types)
    for j, (_, slots) in enumerate(types):
        for s in range(3):
            used = s == 0 or (s < len(slots) and slots[s][1] > 0)
            work.share[j, s] = data.draw(st.sampled_from([0.1, 0.4, 0.5, 1.0])) if used else 0.0
    types = [
        (count, [(w, int(work.share[j, s] > 0)) for s, (w, _) in enumerate(slots)])
        for j, (count, slots) in enumerate(types)
    ]
    stacks = [s for s in every_stack(types, length) if any(any(t) for t in s)]
    rows = np.array(
        [
            [sum(t / work.share[j, s] for s, t in enumerate(ts) if t) for j, ts in enumerate(stack)]
            for stack in stacks
        ]
    )
    counts = np.array([count for count, _ in types], float)
    maximise(len(types), 1, length, work, 200)
    found = work.centre[: len(types)]
    assert (found >= 0).all()
    assert (rows @ found <= 1 + 1e-4).all()
    value = counts @ found
    # The duals of the last basis bound the optimum from above: no solution is much better.
    bound = counts @ work.dual[: len(types)]
    assert value > 1.0005 or value >= bound * (1 - 1e-3)


def test_prices_of_32_units_stay_within_a_cell() -> None:
    """The sum of the highest prices, and a hopeless cell with a price, are 32-bit numbers."""
    work = prepared([(32, [(1, int(HIGHEST_PRICE * FINE))])])
    assert best_stack(1, 1, 10_000, 0, work) == 32 * int(HIGHEST_PRICE * FINE)
    assert work.rows.dtype == np.int32


@pytest.mark.parametrize("length", [1, 9_999, 10_000])
def test_a_width_of_the_whole_length_is_a_stack(length: int) -> None:
    """The shortest and the longest room have all their cells."""
    work = prepared([(1, [(length, 7)])])
    assert best_stack(1, 1, length, 0, work) == 7
