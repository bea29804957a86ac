"""The choice of K candidates, against all sets there are, and its lower bound."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from packopt.errors import SuiteError
from packopt.suite.bounds import bound_below
from packopt.suite.choosing import _searched, choose, rates
from packopt.suite.problem import Problem


def _random(seed: int) -> tuple[Problem, np.ndarray]:
    """A random problem of boxes and contents, and which candidates hold which rows."""
    rng = np.random.default_rng(seed)
    rows, m = int(rng.integers(5, 301)), int(rng.integers(5, 31))
    most = int(rng.integers(1, 5))
    n_filled = m if seed % 3 else int(rng.integers(1, m + 1))
    box = np.sort(rng.integers(5, 40, (m, 3)), axis=1)
    content = np.sort(rng.integers(1, 38, (rows, 3)), axis=1)
    box[rng.integers(m)] = 40  # so that everything can be held
    base = 100.0 * box.prod(axis=1) ** (2 / 3)
    order = np.concatenate([np.argsort(base[:n_filled]), n_filled + np.argsort(base[n_filled:])])
    box, base = box[order], base[order]
    holds = (content[:, None, :] <= box[None]).all(axis=2)
    fits = (holds.astype(np.int64) << np.arange(m)).sum(axis=1)[:, None]
    weight = rng.integers(1, 50, rows).astype(np.float64)
    fill = weight * rng.random(rows) * base.min()
    # In every other case, some of the last candidates are of chosen size.
    sized = 0 if seed % 2 else int(rng.integers(0, m - n_filled + 1))
    rise = rng.random((rows, sized)) * base.mean()
    no = np.zeros(m, np.bool_)
    return Problem(
        fits, base, n_filled, weight, fill, no, no, ~no, most, most, rise=rise
    ), holds  # fmt: skip


def _naive(problem: Problem, holds: np.ndarray) -> float:
    """The cost of the cheapest set, by looking at all."""
    mailer = np.arange(problem.n_candidates) >= problem.n_filled
    n_sized = problem.rise.shape[1]
    n_fixed = problem.n_candidates - n_sized
    mailer[n_fixed:] = False
    cost = problem.weight[:, None] * problem.base[None] + problem.fill[:, None] * mailer[None]
    cost[:, n_fixed:] += problem.weight[:, None] * problem.rise
    cost[~holds] = np.inf
    best = np.inf
    for chosen in combinations(range(problem.n_candidates), min(problem.most, cost.shape[1])):
        best = min(best, float(cost[:, chosen].min(axis=1).sum()))
    return best


@pytest.mark.parametrize("block", range(20))
def test_small_problems_are_solved_exactly_and_never_bounded_too_high(block: int) -> None:
    """In 200 random cases the set is the enumerated optimum, and the bound is not above it."""
    for seed in range(10 * block, 10 * block + 10):
        problem, holds = _random(seed)
        optimum = _naive(problem, holds)
        best = choose(problem, seed=1)
        assert best.total == pytest.approx(optimum, rel=1e-12)
        assert bound_below(problem, best, steps=100).value <= optimum


@pytest.mark.parametrize("seed", range(10))
def test_swapping_alone_comes_close_to_the_optimum(seed: int) -> None:
    """The search that large problems get is within a percent of the optimum of small ones."""
    problem, holds = _random(seed)
    found = _searched(problem, 1, None, 10, None)
    assert found.total <= 1.01 * _naive(problem, holds)


def test_rates_are_what_serving_anew_tells() -> None:
    """Gain, loss and correction add up to the difference that a swap really makes."""
    problem, _ = _random(7)
    problem = replace(problem, most=4)
    served = problem.serve(np.array([0, 3, problem.n_candidates - 1]))
    gain, loss, extra = rates(problem, served)
    for into in range(problem.n_candidates):
        if into in served.opened:
            continue
        for k in range(len(served.opened)):
            after = problem.serve(np.append(np.delete(served.opened, k), into))
            if served.holds_all and after.holds_all:
                expected = served.total - after.total
                assert gain[into] - loss[k] + extra[into, k] == pytest.approx(expected)


def test_kept_types_stay_and_banned_ones_do_not_come() -> None:
    """What is to be kept is in the set, and what is forbidden is not."""
    problem, _ = _random(11)
    problem = replace(problem, most=3, most_new=3)
    free = choose(problem, seed=1).opened
    kept, banned = np.zeros((2, problem.n_candidates), np.bool_)
    other = next(j for j in range(problem.n_candidates) if j not in free)
    kept[other] = True
    banned[free[0]] = True
    found = choose(replace(problem, kept=kept, banned=banned), seed=1)
    assert other in found.opened
    assert free[0] not in found.opened


def test_no_more_new_types_come_than_changes_are_allowed() -> None:
    """The number of types that are not of today's set is at most what is asked for."""
    problem, _ = _random(13)
    new = np.arange(problem.n_candidates) % 2 == 0
    found = choose(replace(problem, most=4, new=new, most_new=1), seed=1)
    assert new[found.opened].sum() <= 1


def test_a_price_of_types_leaves_some_out() -> None:
    """Where each type costs more than it saves, one that holds everything is enough."""
    problem, _ = _random(17)
    problem = replace(problem, most=4)
    dear = replace(problem, type_price=1e3 * choose(problem, seed=1).total)
    assert len(choose(dear, seed=1).opened) == 1


def test_too_few_types_to_hold_everything_are_told() -> None:
    """Where no set of K holds all rows, that is an error that says how many are left."""
    fits = np.array([[1], [2], [4]])
    no = np.zeros(3, np.bool_)
    problem = Problem(fits, np.ones(3), 3, np.ones(3), np.zeros(3), no, no, ~no, 2, 2)
    with pytest.raises(SuiteError, match="hold all but 1 of 3"):
        choose(problem, seed=1)
