"""The curve by number of types keeps the settings, and has the proposed set where it belongs."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from packopt import Catalogue, Orders, builtin_catalogue, read_orders
from packopt.cli.suite import lines
from packopt.datasets import demo_orders_path
from packopt.report import LANGUAGES, write_suite_report
from packopt.suite import Wanted, suite
from packopt.suite.bounds import Bound, bound_of_as_many
from packopt.suite.choosing import choose
from packopt.suite.designing import Design
from packopt.suite.problem import Problem
from packopt.suite.sensitivity import curve
from report.page import Page

SETTINGS: list[dict[str, Any]] = [
    {"changes": 1},
    {"changes": 1, "keep": ("C4",)},
    {"least_use": 6},
    {"least_use": 6, "changes": 2, "forbid": ("C3",)},
    {"type_price": 400.0},
    {"type_price": 3_000.0, "changes": 2},
]


@pytest.fixture(scope="module")
def some() -> Orders:
    """Eighty orders of the demo."""
    return read_orders(demo_orders_path()).take(np.arange(80))


def _today() -> Catalogue:
    return builtin_catalogue("demo").take(np.array([2, 3, 6, 9, 21]))


def _small(wanted: Wanted) -> Design:
    """Twelve boxes, five of them today's, and the set of three that is found for sixty contents."""
    rng = np.random.default_rng(5)
    rows, m = 60, 12
    box = np.sort(rng.integers(10, 40, (m, 3)), axis=1)
    box[0], box[1] = 40, 38
    base = 100.0 * box.prod(axis=1) ** (2 / 3)
    box, base = box[np.argsort(base)], np.sort(base)
    content = np.sort(rng.integers(1, 39, (rows, 3)), axis=1)
    fits = (content[:, None, :] <= box[None]).all(axis=2).astype(np.int64) << np.arange(m)
    place = np.arange(m)
    problem = Problem(
        fits=fits.sum(axis=1)[:, None], base=base, n_filled=m, weight=np.ones(rows),
        fill=np.zeros(rows), kept=(place == 4) & bool(wanted.keep),
        banned=(place == 6) & bool(wanted.forbid), new=~np.isin(place, [2, 4, 6, 9, 11]),
        most=wanted.sizes, most_new=wanted.sizes if wanted.changes is None else wanted.changes,
        type_price=wanted.type_price, rise=np.zeros((rows, 0)),
    )  # fmt: skip
    best = choose(problem, seed=1, least_use=wanted.least_use)
    bound = bound_of_as_many(problem, Bound(0.0, best.cost, best), 200)
    return Design(None, problem, bound, 0.0, 10, 0, 0.0)  # type: ignore[arg-type]


@pytest.mark.parametrize("settings", SETTINGS)
def test_each_set_of_the_curve_keeps_the_settings(settings: dict[str, Any]) -> None:
    """Against all sets of a small choice: none is better than the bound, few are than the set."""
    wanted = Wanted(**({"sizes": 3} | settings))
    found = _small(wanted)
    problem, m = found.problem, found.problem.n_candidates
    points = curve(found, [2, 3, 4], wanted)
    assert [point.sizes for point in points] == [2, 3, 4]
    may = np.flatnonzero(~problem.banned)
    for point in points:
        k, best = point.sizes, point.best
        assert best is not None
        most_new = k if wanted.changes is None else wanted.changes
        least = np.inf
        free = replace(problem, type_price=0.0)
        for size in range(1, k + 1):
            for chosen in combinations(may.tolist(), size):
                opened = np.array(chosen)
                if problem.new[opened].sum() > most_new or problem.kept.sum() > (
                    problem.kept[opened].sum()
                ):
                    continue
                served = free.serve(opened)
                if not served.holds_all:
                    continue
                if size <= len(best.opened):
                    # Bounds are about sets of no more types, whatever they serve.
                    bound = problem.bound_of_orders(point.bound, len(best.opened))
                    assert bound <= problem.of_orders(served) * (1 + 1e-9)
                use = served.usage(problem.weight)[problem.new[opened] & ~problem.kept[opened]]
                if (use >= wanted.least_use).all():
                    least = min(least, served.total + problem.type_price * size)
        new = problem.new[best.opened]
        assert len(best.opened) <= k < m
        assert new.sum() <= most_new
        assert problem.kept[best.opened].sum() == problem.kept.sum()
        assert not problem.banned[best.opened].any()
        assert (best.usage(problem.weight)[new] >= wanted.least_use).all()
        assert least * (1 - 1e-12) <= best.total <= least * 1.05
    assert points[1].best is found.best
    assert points[1].bound == found.bound.value


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_row_of_the_number_asked_for_is_the_proposed_set(
    some: Orders, settings: dict[str, Any]
) -> None:
    """Cost, bound and distance of the table are those of ``suite.json``."""
    wanted = Wanted(**({"sizes": 4, "grid_mm": 20, "candidates": 100} | settings))
    found = suite(some, wanted, today=_today(), draws=0)
    fit = found.about["fit"]
    (row,) = (row for row in found.curve.to_pylist() if row["sizes"] == 4)
    assert {name: row[name] for name in ("cost", "bound", "within")} == {
        name: fit[name] for name in ("cost", "bound", "within")
    }
    assert row["saved_share"] == 1 - fit["cost"] / fit["today"]
    assert len(found.curve) > 3
    origin = {
        one["package_id"]: one["origin"]
        for one in found.types.to_pylist()
        if one["set"] == "proposed"
    }
    is_new = {name: value == "new" for name, value in origin.items()}
    today = set(_today().package_ids)
    moves = [one for one in found.moves.to_pylist() if one["set"] == "proposed"]
    assert moves
    for move in moves:
        assert move["leaves"] not in wanted.keep
        if wanted.changes is not None:
            goes = is_new.get(move["leaves"], False)
            comes = move["comes"] is not None and move["comes"] not in today
            assert sum(is_new.values()) - goes + comes <= wanted.changes


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_name_the_settings_under_which_they_hold(
    some: Orders, tmp_path: Path, language: str
) -> None:
    """Summary and report say how many types may be new, what is kept and what is left aside."""
    wanted = Wanted(5, changes=2, keep=("C4",), forbid=("C3",), least_use=3, grid_mm=20)
    found = suite(some, wanted, today=_today(), draws=0)
    told = " ".join(lines(found))
    under = "(at most 2 new types; C4 kept; without C3; no regard to the least use)"
    assert f"these {found.about['fit']['candidates']:,} candidates {under}" in told
    path = tmp_path / "suite.html"
    write_suite_report(found, path, language=language)
    page = Page.read(path)
    figures = [(figure.measure, figure.value) for figure in page.figures]
    # Once with the bound, once with the curve.
    assert figures.count(("suite.changes", 2)) == figures.count(("suite.least_use", 3)) == 2
    saved = [value for measure, value in figures if measure == "suite.curve_saved_share"]
    assert saved.count(1 - found.about["fit"]["cost"] / found.about["fit"]["today"]) >= 2
    text = " ".join(text for _, text in page.texts)
    assert ("C4 among them" if language == "en" else "包括 C4") in text
    assert ("without C3" if language == "en" else "不含 C3") in text
