"""Intervals and clusters: deterministic, right in plain cases, silent where they know nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import bootstrap  # type: ignore[import-untyped]

from packopt.savings.clusters import LEAST_DAYS, MOST_BLOCKS, SEED, cluster
from packopt.savings.intervals import LEAST_CLUSTERS, _Draws, ratio_intervals

Floats = NDArray[np.float64]
SUMS = st.lists(
    st.tuples(st.floats(-100, 100, width=32), st.floats(1, 100, width=32)), min_size=2, max_size=30
)


def column(*values: float) -> Floats:
    return np.array(values, np.float64)[:, None]


def drawn(seed: int, n: int = 200) -> tuple[Floats, Floats]:
    """Skewed savings of orders that weigh one each."""
    rng = np.random.default_rng(seed)
    return rng.lognormal(0, 1, (n, 1)), np.ones((n, 1))


def test_the_same_input_has_the_same_interval() -> None:
    """The seed is fixed, so a report can be made again to the last digit."""
    first, second = (ratio_intervals(*drawn(1), resamples=300) for _ in range(2))
    np.testing.assert_array_equal(first.low, second.low)
    np.testing.assert_array_equal(first.high, second.high)


def test_draws_are_those_of_scipy() -> None:
    """Cluster by cluster and batch by batch, as its bootstrap draws from the same seed."""
    residual, weight = drawn(2)
    draws = _Draws(residual - residual.mean(), weight)
    theirs = bootstrap(
        (np.arange(len(residual)),),
        lambda one, axis: draws.told(one),
        n_resamples=12_345,
        batch=10_000,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(SEED),
    )
    np.testing.assert_array_equal(draws.distribution(12_345), theirs.bootstrap_distribution)


def test_the_interval_of_many_even_orders_is_the_textbooks() -> None:
    """Of 400 normal differences it is 1.96 standard errors to both sides, within a few per cent."""
    rng = np.random.default_rng(3)
    values = rng.normal(10, 4, (400, 1))
    found = ratio_intervals(values, np.ones((400, 1)))
    half = 1.965 * values.std(ddof=1) / 20
    assert found.estimate[0] == pytest.approx(values.mean())
    assert found.high[0] - found.estimate[0] == pytest.approx(half, rel=0.06)
    assert found.estimate[0] - found.low[0] == pytest.approx(half, rel=0.06)


def test_a_wider_confidence_is_a_wider_interval() -> None:
    """80 % lies inside 95 %, and that inside 99 %."""
    found = [ratio_intervals(*drawn(2), confidence=level) for level in (0.8, 0.95, 0.99)]
    lows, highs = [one.low[0] for one in found], [one.high[0] for one in found]
    assert lows == sorted(lows, reverse=True)
    assert highs == sorted(highs)


def test_where_every_cluster_says_the_same_there_is_no_doubt() -> None:
    """All zero is exactly zero; one gram an order is exactly one gram."""
    sizes = column(*range(1, 1 + LEAST_CLUSTERS))
    for each in (0.0, 1.0, -2.5):
        found = ratio_intervals(each * sizes, sizes)
        assert (found.low[0], found.estimate[0], found.high[0]) == (each, each, each)


def test_one_cluster_has_no_interval() -> None:
    """Nothing can be said about the next day after only one."""
    found = ratio_intervals(column(3.0), column(2.0))
    assert found.estimate[0] == 1.5
    assert np.isnan([found.low[0], found.high[0]]).all()


def test_a_divisor_of_zero_has_no_ratio() -> None:
    """A share of nothing is not told."""
    found = ratio_intervals(column(1.0, 2.0), column(0.0, 0.0))
    assert np.isnan([found.estimate[0], found.low[0], found.high[0]]).all()


def test_a_divisor_that_some_draws_lack_has_a_ratio_and_no_interval() -> None:
    """One order of twelve uses tape: a draw without it has no share, so none is made up."""
    rest = [0.0] * 10
    found = ratio_intervals(column(1.0, 0.5, *rest), column(2.0, 0.0, *rest))
    assert found.estimate[0] == 0.75
    assert np.isnan([found.low[0], found.high[0]]).all()


@given(SUMS)
@settings(max_examples=30)
def test_exchanging_the_sides_flips_the_interval(sums: list[tuple[float, float]]) -> None:
    """The interval of the negative is the negative interval, ends exchanged."""
    over, under = (np.array(one)[:, None] for one in zip(*sums, strict=True))
    one, other = (ratio_intervals(sign * over, under, resamples=100) for sign in (1, -1))
    np.testing.assert_allclose(one.estimate, -other.estimate)
    np.testing.assert_allclose(one.low, -other.high, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.high, -other.low, rtol=1e-9, atol=1e-9)


@given(SUMS)
@settings(max_examples=30)
def test_an_interval_holds_its_ratio_and_is_never_infinite(sums: list[tuple[float, float]]) -> None:
    """Ends are both numbers around the ratio, or both missing."""
    over, under = (np.array(one)[:, None] for one in zip(*sums, strict=True))
    found = ratio_intervals(over, under, resamples=100)
    if np.isnan(found.low[0]):
        assert np.isnan(found.high[0])
    else:
        assert np.isfinite([found.low[0], found.high[0]]).all()
        assert found.low[0] <= found.estimate[0] <= found.high[0]


def test_ratios_do_not_influence_each_other() -> None:
    """Many ratios at once are the ratios one by one."""
    rng = np.random.default_rng(4)
    over, under = rng.normal(size=(50, 3)), rng.uniform(1, 2, (50, 3))
    together = ratio_intervals(over, under, resamples=200)
    for at in range(3):
        alone = ratio_intervals(over[:, [at]], under[:, [at]], resamples=200)
        np.testing.assert_allclose(alone.low[0], together.low[at], rtol=1e-12)


def days(*numbers: int | None) -> pa.Array:
    first = dt.date(2025, 1, 1)
    return pa.array(
        [None if n is None else first + dt.timedelta(days=n) for n in numbers], pa.date32()
    )


def test_orders_of_a_day_are_one_cluster() -> None:
    """Where there are days enough."""
    found = cluster(days(*(n // 3 for n in range(3 * LEAST_DAYS))), 3 * LEAST_DAYS)
    assert (found.by, found.count) == ("date", LEAST_DAYS)
    assert found.index.tolist() == [n // 3 for n in range(3 * LEAST_DAYS)]


def test_of_too_few_days_every_order_is_a_cluster() -> None:
    """Nineteen days say too little about how days differ."""
    found = cluster(days(*range(LEAST_DAYS - 1)), LEAST_DAYS - 1)
    assert (found.by, found.count) == ("order", LEAST_DAYS - 1)


def test_orders_without_a_day_are_in_blocks_as_large_as_days() -> None:
    """Thirty dated orders on thirty days, and ten without a day: ten blocks more."""
    found = cluster(days(*range(30), *[None] * 10), 40)
    assert (found.by, found.count) == ("date", 40)
    assert np.bincount(found.index).tolist() == [1] * 40


def test_many_orders_are_put_into_even_blocks() -> None:
    """The same blocks every time, which differ by one order at most, and not in input order."""
    n = 5 * MOST_BLOCKS + 7
    first, second = cluster(None, n), cluster(None, n)
    np.testing.assert_array_equal(first.index, second.index)
    sizes = np.bincount(first.index)
    assert (first.count, len(sizes), sizes.min(), sizes.max()) == (MOST_BLOCKS, MOST_BLOCKS, 5, 6)
    assert (np.diff(first.index[:1000]) != 1).any()


def test_blocks_keep_the_variance_of_independent_orders() -> None:
    """An interval over blocks is as wide as one over single orders, even of sorted input."""
    rng = np.random.default_rng(5)
    values = np.sort(rng.lognormal(0, 1, 20 * MOST_BLOCKS))
    blocks = cluster(None, len(values))
    sums = np.bincount(blocks.index, values)[:, None]
    orders = np.bincount(blocks.index).astype(float)[:, None]
    found = ratio_intervals(sums, orders, resamples=1000)
    half = (found.high[0] - found.low[0]) / 2
    assert half == pytest.approx(1.96 * values.std() / np.sqrt(len(values)), rel=0.1)


def test_no_orders_are_no_clusters() -> None:
    """Nothing that counts is nothing to draw from."""
    assert cluster(None, 0).count == 0


@pytest.mark.parametrize("seed", range(20))
def test_few_values_give_no_absurd_interval(seed: int) -> None:
    """Draws of clusters that agree but for rounding do not blow an interval up."""
    rng = np.random.default_rng(seed)
    saved = rng.choice([0.0, 0.1, 0.3], size=(12, 1)) * 1.1
    found = ratio_intervals(saved, np.ones((12, 1)), resamples=999)
    assert np.isnan(found.low[0]) or found.high[0] - found.low[0] < 10.0


@pytest.mark.parametrize("saved", [[294.0, 1353.0], [294.0, 294.0], [0.0] * 9])
def test_few_clusters_have_no_interval(saved: list[float]) -> None:
    """Two orders say nothing about the next, not even if they agree."""
    found = ratio_intervals(column(*saved), np.ones((len(saved), 1)))
    assert np.isnan(found.low).all()
    assert np.isnan(found.high).all()
