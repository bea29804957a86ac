"""Choosing among known parcels: the cheapest cover, within stock and number."""

from __future__ import annotations

from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from packopt.splitting.columns import Column, choose, with_stock, worths
from packopt.splitting.question import Parcel

COUNT = [2, 1, 2]


@st.composite
def columns(draw: st.DrawFn) -> list[Column]:
    """A few columns over three kinds, mostly each kind in one of them; perhaps none at all."""
    counts = st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 2)).filter(any)
    some = draw(st.lists(st.tuples(counts, st.integers(0, 2), st.integers(1, 30)), max_size=6))
    wholes = st.tuples(st.just((2, 1, 2)), st.integers(0, 2), st.integers(1, 60))
    whole = draw(st.lists(wholes, max_size=1))
    return [Column(*one) for one in some + whole]


def best_price(
    known: list[Column], stock: dict[int, int], most: int
) -> tuple[int, tuple[Column, ...]] | None:
    """The least price of a cover of up to ``most`` columns, by trying all."""
    best = None
    for n in range(1, most + 1):
        for chosen in combinations_with_replacement(known, n):
            covered = np.sum([one.counts for one in chosen], axis=0)
            within = all(
                sum(one.package == k for one in chosen) <= left for k, left in stock.items()
            )
            price = sum(one.price for one in chosen)
            if (covered >= COUNT).all() and within and (best is None or price < best[0]):
                best = price, chosen
    return best


@settings(max_examples=60)
@given(columns(), st.dictionaries(st.integers(0, 2), st.integers(0, 2)), st.integers(1, 3))
def test_the_choice_is_the_cheapest_cover(
    known: list[Column], stock: dict[int, int], most: int
) -> None:
    """Against all covers of up to three parcels; and the linear program is a bound for it."""
    best = best_price(known, stock, most)
    chosen = choose(known, COUNT, stock, most, [], 5.0)
    value, worth = worths(known, COUNT, stock, most)
    if best is None:
        assert chosen == []
        return
    assert sum(one.price for one in chosen) == best[0]
    assert value <= best[0] + 1e-6
    assert len(worth) == 3
    assert (worth >= 0).all()


def test_worths_are_what_columns_must_beat() -> None:
    """In the linear program no known column is worth more than its price."""
    known = [Column((1, 0, 0), 0, 7), Column((0, 1, 1), 0, 9), Column((1, 1, 0), 0, 11)]
    value, worth = worths(known, COUNT, {}, 99)
    assert value == pytest.approx(float(worth @ COUNT))
    for column in known:
        assert float(worth @ np.array(column.counts)) <= column.price + 1e-9


def test_a_known_choice_stays_where_nothing_is_better() -> None:
    """Without time, or with nothing cheaper, the plan at hand is kept."""
    known = [Column((2, 1, 2), 0, 5), Column((2, 1, 2), 1, 6)]
    assert choose(known, COUNT, {}, 9, known[:1], 5.0) == known[:1]
    assert choose(known, COUNT, {}, 9, known[1:], 5.0) == known[:1]


def test_costs_beyond_the_range_of_the_solver_are_scaled() -> None:
    """Prices of 10**18 steps are chosen among as well."""
    known = [Column((2, 1, 2), 0, 3 * 10**18), Column((1, 1, 1), 1, 10**18)]
    assert choose(known, COUNT, {}, 9, [], 5.0) == [known[1], known[1]]


def offer(package: int) -> Parcel:
    """A parcel of which only the package matters."""
    nothing = np.zeros((0, 6), np.int32)
    return Parcel(package, nothing[:, 0], nothing, nothing[:, 0], 0, proved=False)


@given(
    st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=4), st.data()
)
def test_offers_are_taken_as_long_as_stock_lasts(
    rows: list[list[int]], data: st.DataObject
) -> None:
    """Some choice is found whenever there is one, and it keeps to the stock."""
    stock = data.draw(st.dictionaries(st.integers(0, 3), st.integers(0, 2)))
    chosen = with_stock([[offer(k) for k in row] for row in rows], stock)

    def lasts(packages: tuple[int, ...]) -> bool:
        return all(packages.count(k) <= left for k, left in stock.items())

    possible = any(lasts(packages) for packages in product(*rows))
    assert bool(chosen) == possible
    if chosen:
        taken = tuple(parcel.package for parcel in chosen)
        assert lasts(taken)
        assert all(k in row for k, row in zip(taken, rows, strict=True))
    assert with_stock([[offer(k) for k in row] for row in rows], stock, steps=0) == []
