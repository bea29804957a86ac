"""Rows and lists that are alike: as a dictionary of all their values says."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from packopt.alike import Alike, alike, alike_lists

FIGURES = st.sampled_from([0.0, -0.0, 1.5, float("nan")])
WIDE = st.sampled_from([3, -(2**62), 2**62])
ROWS = st.tuples(st.integers(-2, 2), FIGURES, WIDE, st.booleans(), st.integers(0, 255))
KINDS = (np.int32, np.float64, np.int64, np.bool_, np.uint8)


def is_what_a_dictionary_says(found: Alike, keys: list[object]) -> bool:
    """Whether cases are numbered by first appearance of these keys."""
    cases: dict[object, int] = {}
    expected = [cases.setdefault(key, len(cases)) for key in keys]
    firsts = [expected.index(case) for case in range(len(cases))]
    return found.case.tolist() == expected and found.first.tolist() == firsts


@given(st.lists(ROWS, max_size=40), st.lists(st.integers(0, 39), max_size=20))
def test_rows_of_a_case_have_the_same_values(
    rows: list[tuple[object, ...]], some: list[int]
) -> None:
    """Numbers of any kind and size, NaN among them; of all rows, and of some of them."""
    columns = [np.array([row[at] for row in rows], kind) for at, kind in enumerate(KINDS)]
    keys: list[object] = [b"".join(column[at].tobytes() for column in columns)
                          for at in range(len(rows))]  # fmt: skip
    found = alike(len(rows), columns)
    assert is_what_a_dictionary_says(found, keys)
    mine = np.array([row for row in some if row < len(rows)], np.int64)
    assert is_what_a_dictionary_says(found.of(mine), [keys[row] for row in mine.tolist()])


@given(st.lists(st.tuples(st.lists(st.integers(0, 2), min_size=1, max_size=10), st.integers(0, 1))))
def test_lists_are_alike_row_by_row(lists: list[tuple[list[int], int]]) -> None:
    """Of equal lengths, rows and further values; those of more than eight rows never are."""
    start = np.cumsum([0, *(len(rows) for rows, _ in lists)])
    every = np.array([row for rows, _ in lists for row in rows], np.int64)
    further = np.array([value for _, value in lists], np.int32)
    found = alike_lists(start, alike(len(every), [every]), [further])
    keys = [
        (tuple(rows), value) if len(rows) <= 8 else at for at, (rows, value) in enumerate(lists)
    ]
    assert is_what_a_dictionary_says(found, list(keys))
