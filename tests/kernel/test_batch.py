"""The loop over orders: the ranking, the answers of equal orders, the plan as it is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from naive import goes_in_from_above, is_packing, rotations, supports
from packopt.batches import empty_answers, kernel_batch, kernel_packages, kernel_rules
from packopt.catalogue import Catalogue
from packopt.costing import package_costs
from packopt.kernel.batch import FEASIBLE, OPTIMAL, STAYED_OPEN, UNPACKABLE, Answers, Batch, solve
from packopt.kernel.layout import OPEN_QUESTION
from packopt.kernel.question import Effort
from packopt.kernel.workspace import new_workspace
from packopt.orders import Orders
from packopt.parts import find_parts
from packopt.policy import Policy

EFFORT = Effort(starts=6, climbs=60, beam=32, nodes=1_000)
NOTHING = Effort(starts=0, climbs=0, beam=0, nodes=0)
GEOMETRY = Policy(objective="volume", handling="geometry")

Sides = tuple[int, int, int]


def orders_of(*orders: list[Sides], **columns: list[object]) -> Orders:
    """Orders from the sides of their units in mm, a line each."""
    rows = [(str(o), sides) for o, order in enumerate(orders) for sides in order]
    table: dict[str, list[object]] = {"order_id": [o for o, _ in rows]}
    table |= {"sku": [str(n) for n in range(len(rows))], "qty": [1] * len(rows)}
    for axis, name in enumerate(("length_mm", "width_mm", "height_mm")):
        table[name] = [sides[axis] for _, sides in rows]
    return Orders.from_table(pa.table(table | columns))


def catalogue_of(
    cartons: list[Sides], mailers: Sequence[Sides] = (), **columns: list[object]
) -> Catalogue:
    """Cartons by inner sides and mailers by length, width and thickness, in mm."""
    sides = [*cartons, *mailers]
    n, m = len(cartons), len(mailers)
    table = {
        "package_id": [f"{'cm'[k >= n]}{k}" for k in range(n + m)],
        "kind": ["carton"] * n + ["mailer"] * m,
        "length_mm": [a for a, _, _ in sides],
        "width_mm": [b for _, b, _ in sides],
        "height_mm": [c for _, _, c in cartons] + [None] * m,
        "max_thickness_mm": [None] * n + [c for _, _, c in mailers],
    }
    types = {"height_mm": pa.int64(), "max_thickness_mm": pa.int64()}
    arrays = {name: pa.array(values, types.get(name)) for name, values in table.items()}
    return Catalogue.from_table(pa.table(arrays | columns))


def batch_of(orders: Orders) -> tuple[Batch, np.ndarray]:
    """Orders as the kernel sees them; each may have every package."""
    parts = find_parts(orders, Policy())
    return kernel_batch(orders, parts, np.zeros(orders.n_orders, np.int32))


def solved(
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy,
    effort: Effort = EFFORT,
    answers: Answers | None = None,
    wanted: list[int] | None = None,
) -> Answers:
    """The kernel's answers."""
    packages = kernel_packages(catalogue, policy, package_costs(catalogue, policy))
    batch, _ = batch_of(orders)
    answers = answers or empty_answers(batch, catalogue.n_packages)
    only = np.array(wanted or [1] * orders.n_orders, np.uint8)
    space = new_workspace(int(np.diff(batch.start).max(initial=1)))
    solve(packages, batch, kernel_rules(policy), effort, only, answers, space)
    return answers


def ruled(answers: Answers, order: int, n_packages: int) -> tuple[list[int], list[int]]:
    """Packages ruled out for an order, and why."""
    rows = slice(order * n_packages, order * n_packages + answers.n_ruled[order])
    return answers.ruled[rows].tolist(), answers.reason[rows].tolist()


@settings(max_examples=60)
@given(
    st.lists(st.tuples(*[st.integers(20, 40)] * 3), min_size=1, max_size=9),
    st.lists(st.tuples(*[st.integers(20, 40)] * 2, st.integers(1, 9)), max_size=6),
    st.lists(st.integers(1, 2), min_size=15, max_size=15),
    st.sampled_from(["volume", "material", "cost"]),
    st.integers(1, 30),
)
def test_packages_are_asked_in_the_order_of_their_costs(
    cartons: list[Sides], mailers: list[Sides], prices: list[int], objective: str, side: int
) -> None:
    """Ties and all, what the loop rules out stands in the ranking of the costs, with filler."""
    every = len(cartons) + len(mailers)
    catalogue = catalogue_of(
        cartons,
        mailers,
        unit_cost=pa.array(prices[:every], pa.float64()),
        currency=["EUR"] * every,
    )
    policy = Policy(objective=objective)
    orders = orders_of([(side, side, side), (99, 1, 1)])
    answers = solved(orders, catalogue, policy)
    packages, _ = ruled(answers, 0, every)
    expected = package_costs(catalogue, policy).ranking(side**3 + 99)
    assert packages == expected.tolist()
    assert (answers.package[0], answers.verdict[0], answers.bound[0]) == (-1, UNPACKABLE, -1)


def test_verdict_and_bound_follow_from_what_is_ruled_out() -> None:
    """With no effort a tight order stays open at the first package and is packed at the last."""
    tight = [(4, 4, 6), (4, 6, 4), (6, 4, 4), (5, 5, 4), (6, 5, 5)]
    catalogue = catalogue_of([(10, 10, 10), (9, 9, 8), (5, 5, 5), (40, 40, 40)])
    orders = orders_of(tight, [(1, 1, 1)], [(41, 1, 1)])
    opened = solved(orders, catalogue_of([(10, 10, 10), (9, 9, 8)]), GEOMETRY, NOTHING)
    answers = solved(orders, catalogue, GEOMETRY)
    assert answers.verdict.tolist()[1:] == [OPTIMAL, UNPACKABLE]
    assert answers.package.tolist()[1:] == [2, -1]
    assert opened.verdict[0] == STAYED_OPEN
    packages, reasons = ruled(opened, 0, 2)
    assert packages[reasons.index(OPEN_QUESTION)] == opened.bound[0]
    starts = NOTHING._replace(starts=6)
    between = solved(orders, catalogue_of([(9, 9, 9), (40, 40, 40)]), GEOMETRY, starts)
    assert between.verdict[0] in (FEASIBLE, OPTIMAL)
    assert between.package[0] == 1


def test_only_wanted_orders_are_answered() -> None:
    """The answers of the others stay what they were; equal orders take over the first one's."""
    catalogue = catalogue_of([(10, 10, 10)])
    trio = [(5, 5, 5), (4, 4, 4), (3, 3, 3)]
    orders = orders_of(trio, [(20, 1, 1)], trio)
    answers = solved(orders, catalogue, GEOMETRY, wanted=[1, 0, 0])
    assert answers.package.tolist() == [0, -1, -1]
    assert answers.n_ruled.tolist() == [0, 0, 0]
    answers = solved(orders, catalogue, GEOMETRY, answers=answers, wanted=[0, 1, 1])
    assert answers.package.tolist() == [0, -1, 0]
    assert (answers.place[:3] == answers.place[4:]).all()
    assert answers.n_ruled.tolist() == [0, 1, 0]


def test_a_later_pass_asks_only_about_what_was_left_open() -> None:
    """Proofs and plans of the first pass stay; the second ends where it would have alone."""
    rng = np.random.default_rng(3)
    catalogue = catalogue_of([(s, s, s) for s in (70, 80, 90, 100, 160)])
    kinds = [rng.integers(20, 51, (4, 3)).tolist() for _ in range(30)]
    orders = orders_of(*([tuple(kind[k % 4]) for k in range(7)] for kind in kinds))
    first = solved(orders, catalogue, GEOMETRY, NOTHING._replace(starts=6))
    before = [ruled(first, o, 5) for o in range(30)]
    package = first.package.copy()
    both = solved(orders, catalogue, GEOMETRY, answers=first)
    alone = solved(orders, catalogue, GEOMETRY)
    assert both.verdict.tolist() == alone.verdict.tolist()
    assert both.package.tolist() == alone.package.tolist()
    assert both.bound.tolist() == alone.bound.tolist()
    assert (package != both.package).any()
    for o, (packages, reasons) in enumerate(before):
        after = dict(zip(*ruled(both, o, 5), strict=True))
        for p, reason in zip(packages, reasons, strict=True):
            assert reason == OPEN_QUESTION or after.get(p, reason) == reason


def test_equal_orders_are_solved_once_and_answered_alike() -> None:
    """Three units are looked up: the answer is that of the order solved alone, work included."""
    rng = np.random.default_rng(1)
    catalogue = catalogue_of([(8, 8, 8), (9, 9, 9), (12, 11, 10)])
    units = [tuple(rng.integers(2, 7, 3).tolist()) for _ in range(5)]
    shuffled = [units[k] for k in rng.permutation(5)]
    answers = solved(orders_of(units, shuffled), catalogue, GEOMETRY)
    alone = solved(orders_of(shuffled), catalogue, GEOMETRY)
    assert (answers.place[5:] == alone.place).all()
    for name in ("package", "verdict", "work", "bound", "n_ruled"):
        assert getattr(answers, name)[1] == getattr(alone, name)[0] == getattr(answers, name)[0]


@pytest.mark.parametrize(("wall", "padding"), [(0, 0), (2, 0), (0, 1), (3, 2)])
def test_a_plan_is_written_without_padding_and_in_packing_order(wall: int, padding: int) -> None:
    """Units lie inside clearance and padding; with both around them they go in from above."""
    rng = np.random.default_rng(wall + padding)
    policy = replace(GEOMETRY, wall_clearance_mm=wall, handling="default")
    catalogue = catalogue_of([(40, 36, 30)])
    space = tuple(side - 2 * wall for side in (40, 36, 30))
    for _ in range(20):
        units = [tuple(rng.integers(3, 12, 3).tolist()) for _ in range(6)]
        orders = orders_of(units, padding_mm=[padding] * 6)
        answers = solved(orders, catalogue, policy)
        assert answers.package[0] == 0
        unit_line = batch_of(orders)[1]
        around = np.array([-wall - padding] * 3 + [2 * padding] * 3)
        plan = [tuple(row) for row in (answers.place + around).tolist()]
        lines = [units[unit_line[u]] for u in answers.unit]
        padded = [
            [tuple(side + 2 * padding for side in way) for way in rotations(sides)]
            for sides in lines
        ]
        assert sorted(answers.unit.tolist()) == list(range(6))
        assert is_packing(plan, padded, space)
        assert goes_in_from_above(plan)
        assert answers.support.tolist() == pytest.approx([float(share) for share in supports(plan)])


INTERPRETED = """
import json, warnings
import pyarrow as pa
import packopt
from packopt.kernel.layout import numba
assert numba.config.DISABLE_JIT
warnings.simplefilter("ignore", RuntimeWarning)  # unsigned words wrap around, as they should
from test_batch import sample_answers
print(json.dumps(sample_answers()))
"""


def sample_answers() -> list[object]:
    """Answers to orders that go through every stage, as plain values."""
    tight = [(4, 4, 6), (4, 6, 4), (6, 4, 4), (5, 5, 4), (6, 5, 5)]
    seven = [(3, 4, 5)] * 3 + [(5, 5, 2)] * 2 + [(6, 3, 3), (4, 4, 2)]
    orders = orders_of([(1, 2, 3)], [(4, 4, 2), (5, 3, 3)], tight, seven, tight)
    catalogue = catalogue_of([(8, 8, 4), (9, 8, 7), (10, 9, 9)], [(40, 30, 5), (34, 29, 2)])
    answers = solved(orders, catalogue, replace(GEOMETRY, handling="default", min_support=0.3))
    within = np.arange(5) < answers.n_ruled[:, None]
    plans = np.repeat(answers.package >= 0, np.diff(orders.unit_start))
    return [
        answers.package.tolist(),
        answers.verdict.tolist(),
        answers.work.tolist(),
        answers.place[plans].tolist(),
        answers.unit[plans].tolist(),
        answers.ruled.reshape(5, 5)[within].tolist(),
        answers.reason.reshape(5, 5)[within].tolist(),
    ]


def test_the_interpreted_kernel_answers_as_the_compiled_one_does() -> None:
    """The kernel is plain Python too: without compilation it makes the same plans and proofs."""
    here = Path(__file__).parent
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    environment["PYTHONPATH"] = os.pathsep.join([str(here), str(here.parent), *sys.path])
    said = subprocess.run(
        [sys.executable, "-c", INTERPRETED],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == sample_answers()
