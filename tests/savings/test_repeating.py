"""What repeats is kept once, and comes out as if every row had it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from packopt.savings.amounts import of_orders
from packopt.savings.quantities import Taken
from packopt.savings.repeating import Repeating
from packopt.savings.sums import sums_by
from packopt.savings.tables import MEASURES

FIGURES = st.sampled_from([0.0, -0.0, 1.5, 7.25, float("nan")])
SCHEMA = pa.schema(
    [
        pa.field("id", pa.int64(), nullable=False),
        pa.field("known", pa.float64()),
        pa.field("some", pa.float64()),
        pa.field("none", pa.float64()),
    ]
)


def repeating(case: np.ndarray, known: np.ndarray) -> Repeating:
    """A table with figures that are all known, known in some cases, and never."""
    some = np.where(np.arange(len(known)) % 2, known, np.nan)
    none = np.full(len(known), np.nan)
    return Repeating(SCHEMA, [np.arange(len(case))], case, [known, some, none])


CASES = st.integers(1, 6).flatmap(
    lambda c: st.tuples(
        npst.arrays(np.int64, st.integers(0, 30), elements=st.integers(0, c - 1)),
        npst.arrays(np.float64, c, elements=st.sampled_from([0.0, 0.1, 3.0])),
    )
)


@given(CASES, st.integers(1, 40))
def test_a_table_that_repeats_is_the_whole_one(
    given_cases: tuple[np.ndarray, np.ndarray], n_rows: int
) -> None:
    """Whole, in some of its columns, and in pieces it is what a table of all its rows is."""
    case, known = given_cases
    table = repeating(case, known)
    some = [float(known[k]) if k % 2 else None for k in case.tolist()]
    columns = [np.arange(len(case)), known[case], pa.array(some, pa.float64())]
    columns.append(pa.nulls(len(case), pa.float64()))
    expected = pa.Table.from_arrays(columns, schema=SCHEMA)
    assert table.num_rows == len(case)
    assert table.whole.equals(expected)
    assert table.select(["some", "id"]).equals(expected.select(["some", "id"]))
    pieces = list(table.pieces(n_rows))
    assert all(0 < one.num_rows <= n_rows for one in pieces)
    assert pa.concat_tables([SCHEMA.empty_table(), *pieces]).equals(expected)


@given(st.data())
def test_sums_are_those_of_a_loop(data: st.DataObject) -> None:
    """Over rows with a key, a case and a share; unknown figures stay in their own column."""
    n, keys, cases = (data.draw(st.integers(low, 6)) for low in (0, 1, 1))
    key = np.array(data.draw(st.lists(st.integers(0, keys - 1), min_size=n, max_size=n)), np.int64)
    case = np.array(
        data.draw(st.lists(st.integers(0, cases - 1), min_size=n, max_size=n)), np.int64
    )
    figures = np.array(
        data.draw(st.lists(st.tuples(FIGURES, st.just(2.0)), min_size=cases, max_size=cases))
    )
    share = np.array(data.draw(st.lists(st.sampled_from([0.5, 1.0]), min_size=n, max_size=n)))
    expected = np.zeros((keys, 2))
    for row in range(n):
        expected[key[row]] += share[row] * figures[case[row]]
    np.testing.assert_allclose(sums_by(key, keys, case, figures, share), expected)
    whole = np.zeros((keys, 2))
    for row in range(n):
        whole[key[row]] += figures[case[row]]
    np.testing.assert_allclose(sums_by(key, keys, case, figures), whole)


@given(
    st.lists(st.lists(st.integers(0, 2), max_size=3), max_size=8),
    st.lists(FIGURES, min_size=3, max_size=3),
)
def test_orders_take_what_their_parcels_take(orders: list[list[int]], amounts: list[float]) -> None:
    """One parcel's amount, the sum of several, and nothing known without any."""
    order = np.repeat(np.arange(len(orders)), [len(one) for one in orders]).astype(np.int64)
    case = np.array([k for one in orders for k in one], np.int64)
    parcels = Taken(case, {one.name: np.array(amounts) for one in MEASURES})
    found = of_orders(parcels, order, len(orders))
    expected = [sum(amounts[k] for k in one) if one else np.nan for one in orders]
    for values in found.amounts.values():
        np.testing.assert_allclose(values[found.case], expected)
