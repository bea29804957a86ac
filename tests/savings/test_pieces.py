"""Pieces add up to the same, however orders are cut and whatever is added first."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packopt.packed_tables import from_row, to_row
from packopt.savings.partial import pieces_of
from packopt.savings.pieces import MOST_ORDERS, SCHEMAS, add_pieces, added
from packopt.savings.replay import ask
from savings.replayed import demo, demo_catalogue

if TYPE_CHECKING:
    from packopt.savings.pieces import Pieces

N = 12


@cache
def cuts() -> list[Pieces]:
    """The pieces of a dozen runs of the demo orders."""
    asked, orders = ask(demo_catalogue(), None, "volume-80", None), demo()
    ends = np.linspace(0, orders.n_orders, N + 1).astype(int).tolist()
    found = []
    for start, stop in pairwise(ends):
        some = orders.slice(start, stop)
        replayed = asked.replay(some, threads=1, progress=lambda _done: None, whole=False)
        found.append(pieces_of(asked, *replayed))
    return found


@cache
def whole() -> Pieces:
    """The pieces of all of them at once."""
    asked, orders = ask(demo_catalogue(), None, "volume-80", None), demo()
    replayed = asked.replay(orders, threads=1, progress=lambda _done: None)
    return pieces_of(asked, *replayed)


def assert_alike(found: pa.Table, wanted: pa.Table, name: str) -> None:
    """The same rows in the same order; sums but for their last bits."""
    assert found.schema.equals(wanted.schema)
    for column in wanted.column_names:
        if pa.types.is_floating(wanted.schema.field(column).type):
            pair = (np.array(table[column].to_pylist(), np.float64) for table in (found, wanted))
            np.testing.assert_allclose(*pair, rtol=1e-9, atol=1e-6, err_msg=f"{name} {column}")
        else:
            assert found[column].to_pylist() == wanted[column].to_pylist(), f"{name} {column}"


_BY_KEY = {"days": "day", "units": "key", "package": "package", "empty": "bin"}


@given(st.lists(st.integers(0, N - 2), min_size=N - 1, max_size=N - 1))
@settings(max_examples=25, deadline=None)
def test_adding_up_is_associative(chosen: list[int]) -> None:
    """Neighbours are added in any order; of equal savings, too, the same orders are kept."""
    parts = list(cuts())
    for number in chosen:
        place = number % (len(parts) - 1)
        parts[place : place + 2] = [add_pieces(parts[place : place + 2])]
    assert len(parts) == 1
    for name, wanted in whole().items():
        if name == "told":
            continue
        found = parts[0][name]
        if name in _BY_KEY:
            found, wanted = (one.sort_by(_BY_KEY[name]) for one in (found, wanted))
        elif name in ("used", "dropped", "swaps", "faults"):
            keys = [(key, "ascending") for key in SCHEMAS[name].names[:2]]
            found, wanted = (one.sort_by(keys) for one in (found, wanted))
        assert_alike(found, wanted, name)


@pytest.mark.parametrize("sign", [1, -1], ids=["save", "lose"])
def test_orders_that_save_or_lose_most_are_kept_and_no_more(sign: int) -> None:
    """As many as there are places; of a plan that is worse by as much as it was better, too."""
    asked = ask(demo_catalogue(), None, "volume-80", None)
    _, replay = asked.replay(demo(), threads=1, progress=lambda _done: None)
    table = replay.orders_table().whole.filter(pa.array(replay.counted)).cast(SCHEMAS["most"])
    names = ("baseline_packaging_g", "plan_packaging_g")
    columns = [table[name] for name in names][::sign]
    for name, column in zip(names, columns, strict=True):
        table = table.set_column(table.column_names.index(name), name, column)
    kept = added("most", [table])
    assert MOST_ORDERS <= kept.num_rows < table.num_rows
    pairs = ([one[name].to_numpy() for name in names] for one in (kept, table))
    found, wanted = (np.sort(sign * (before - after)) for before, after in pairs)
    assert wanted[-1] > 0
    np.testing.assert_array_equal(found[-MOST_ORDERS:], wanted[-MOST_ORDERS:])


def test_what_is_unknown_once_is_unknown_in_the_sum() -> None:
    """A sum with a gap is none, be the gap first or last."""
    one = whole()["units"]
    gap = one.set_column(
        one.column_names.index("plan_freight"), "plan_freight", pa.array([np.nan] * one.num_rows)
    )
    known = one.set_column(
        one.column_names.index("plan_freight"), "plan_freight", pa.array([1.0] * one.num_rows)
    )
    for pair in ([{"units": gap}, {"units": known}], [{"units": known}, {"units": gap}]):
        assert np.isnan(add_pieces(pair)["units"]["plan_freight"].to_numpy()).all()


@pytest.mark.parametrize("name", SCHEMAS)
def test_pieces_go_through_an_engine_as_one_row(name: str) -> None:
    """Whatever comes out went in, tables without rows included."""
    row = to_row({name: SCHEMAS[name].empty_table(), "units": whole()["units"]})
    assert row.num_rows == 1
    back = from_row(row)
    assert back[name].schema.equals(SCHEMAS[name])
    assert_alike(back["units"], whole()["units"], "units")
