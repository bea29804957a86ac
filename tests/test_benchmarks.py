"""The benchmarks: sets that never change, and peers that are heard but not believed."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any

import numpy as np
import pytest

import packopt
from benchmarks import peers, report
from benchmarks.comparison import compare
from benchmarks.ours import Answers, Timing, read_answers, timed_round
from benchmarks.peers import CpSat, Packvium, Peer, Py3dbp, Run, Task
from benchmarks.sets import CARTONS_16, SEED, SETS, as_catalogue, as_orders, cartons_50
from packopt import Policy

POLICY = Policy(objective="volume", handling="geometry")

#: SHA-256 of 50 orders of each set, first digits: figures of releases are about the same orders.
GOLDEN = {
    "A": "a5e89f0e59bf68f1",
    "A46": "1dd8a6085215c1f6",
    "M710": "5eb952e5c5395cf7",
    "B": "acc94b4753dd7a8b",
    "tight46": "48d6dc48f5ae09db",
    "tight410": "db18035310d74164",
    "cartons": "1d339199da608bf6",
}


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_the_same_for_ever(name: str) -> None:
    """The seed gives the orders that earlier figures were measured on."""
    drawn = SETS[name](50, SEED)
    content = drawn.start.tobytes() + drawn.sides_mm.astype("<i8").tobytes()
    assert hashlib.sha256(content).hexdigest()[:16] == GOLDEN[name]


def test_a_larger_sample_begins_with_the_smaller_one() -> None:
    """The quick run and the full run start with the same sawn orders."""
    few, many = (SETS["tight410"](n, SEED) for n in (5, 20))
    np.testing.assert_array_equal(few.sides_mm, many.sides_mm[: len(few.sides_mm)])


def test_the_fifty_cartons_are_the_same_for_ever() -> None:
    """They stay within 15 percent of the sixteen, and where they were."""
    digest = hashlib.sha256(cartons_50().astype("<i8").tobytes()).hexdigest()
    assert digest[:16] == GOLDEN["cartons"]


def test_the_objective_volume_ranks_the_cartons_as_the_peers_get_them() -> None:
    """Cartons are in ascending order of inner volume, which is what packopt is asked to spare."""
    for cartons in (CARTONS_16, cartons_50()):
        catalogue = as_catalogue(cartons)
        assert (np.diff(cartons.prod(axis=1)) > 0).all()
        np.testing.assert_array_equal(catalogue.outer_mm, catalogue.inner_mm)


def _peer(name: str) -> Peer:
    if name == "CP-SAT":
        return CpSat(limit=2.0)
    package = name.split()[0]
    if not peers.installed(package):
        pytest.skip(f"{package} is not installed: it is a development dependency")
    return Py3dbp() if package == "py3dbp" else Packvium(name.split()[1])


#: Orders of each set that a peer is asked; the slow ones few.
ASKED = {"py3dbp": 40, "packvium fast": 5, "packvium balanced": 2, "CP-SAT": 3}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("set_name", SETS)
def test_no_peer_has_a_smaller_carton_where_packopt_is_sure(set_name: str, name: str) -> None:
    """What packopt calls optimal, or proves to fit nowhere, no other packer betters."""
    peer = _peer(name)
    drawn = SETS[set_name](ASKED[name], SEED + 1)
    catalogue = as_catalogue(CARTONS_16)
    result = packopt.recommend(as_orders(drawn), catalogue, POLICY)
    todo = peers.tasks(drawn, CARTONS_16, len(drawn))
    run = Run()
    peers.run_round(peer, run, todo, range(len(todo)))
    found = compare(set_name, peer, run, todo, read_answers(result, catalogue), CARTONS_16)
    assert found.objections == []
    assert found.larger + found.equal + found.undecided == len(todo)


class Optimist:
    """A peer that puts every unit into the same corner, or raises."""

    name = "optimist"

    def load(self, sides: Any) -> Any:
        if len(sides) > 2:
            raise ValueError("too many")
        return sides

    def fill(self, load: Any, carton: Any) -> Any:
        return load

    def plan(self, filled: Any) -> Any:
        return np.array([[0, 0, 0, *side] for side in filled])


def _compared(orders: list[list[Any]], ours: Answers) -> Any:
    todo = [Task(sides, [(0, (10, 10, 10)), (1, (20, 10, 10))]) for sides in orders]
    run = Run()
    peers.run_round(Optimist(), run, todo, range(len(todo)))
    cartons = np.array([(10, 10, 10), (20, 10, 10)])
    return compare("made up", Optimist(), run, todo, ours, cartons)


def test_a_smaller_carton_counts_only_with_a_plan() -> None:
    """Overlapping units are an invalid plan, and an exception is counted and shown."""
    orders = [[(5, 5, 5)], [(5, 5, 5), (5, 5, 5)], [(1, 1, 1)] * 3]
    yes = np.ones(3, np.bool_)
    found = _compared(orders, Answers(np.array([0, 1, 0]), yes, yes))
    assert (found.equal, found.invalid, found.failed, found.smaller) == (1, 1, 1, 0)
    assert found.failures == Counter({"ValueError: too many": 1})
    assert found.remarks() == ["made up, optimist: 1 times ValueError: too many"]
    assert found.objections == []


def test_a_smaller_carton_with_a_plan_is_an_objection() -> None:
    """Where packopt was sure it is a fault; where it was not, it is noted."""
    sure, unsure = np.ones(1, np.bool_), np.zeros(1, np.bool_)
    refuted = _compared([[(5, 5, 5)]], Answers(np.array([1]), sure, sure))
    assert (refuted.smaller, len(refuted.objections)) == (1, 1)
    noted = _compared([[(5, 5, 5)]], Answers(np.array([1]), unsure, unsure))
    assert (noted.smaller, noted.undecided, noted.objections) == (1, 1, [])


def test_what_is_plainly_too_small_is_no_task() -> None:
    """A peer is spared cartons with too little volume or a side too short."""
    drawn = SETS["A"](10, SEED)
    for i, task in enumerate(peers.tasks(drawn, CARTONS_16, 10)):
        units = drawn.order(i)
        for _, carton in task.cartons:
            assert np.prod(carton) >= units.prod(axis=1).sum()
            assert (np.sort(units, axis=1).max(axis=0) <= sorted(carton)).all()


def test_the_solve_stage_is_a_part_of_the_whole() -> None:
    """The clock sees the tables being built, so solving alone is faster than recommending."""
    timing = Timing()
    timed_round(timing, as_orders(SETS["A"](200, SEED)), as_catalogue(CARTONS_16), POLICY)
    assert timing.solved_per_s > timing.recommended_per_s > 0


def test_figures_and_shares_are_rounded_with_care() -> None:
    """Three digits that count; and 100 % is all of them, not nearly all."""
    values = [0, 0.00123, 0.999, 1.234, 12.34, 123.4, 12_345, 987_654]
    expected = ["0", "0.00123", "0.999", "1.23", "12.3", "123", "12,300", "988,000"]
    assert [report.figure(value) for value in values] == expected
    assert report.share(999_999, 1_000_000) == "99.999 %"
    assert report.share(7, 7) == "100.000 %"
    assert report.share(0, 0) == "-"
