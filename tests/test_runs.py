"""Runs of rows, one after the other in one array."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from packopt.runs import run_rows


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5))))
def test_the_rows_of_runs_stand_one_after_the_other(runs: list[tuple[int, int]]) -> None:
    """Empty runs have none, and the runs may overlap and come in any order."""
    expected = [row for first, length in runs for row in range(first, first + length)]
    first, length = np.array(runs, np.int64).reshape(-1, 2).T
    assert run_rows(first, length).tolist() == expected
