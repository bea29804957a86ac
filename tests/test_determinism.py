"""What must not change an answer does not: order, names, more room, more choice, more effort."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import packopt
from invented import (
    CARTONS,
    DECIDED,
    GEOMETRY,
    LINES,
    MAILERS,
    PACKAGES,
    PLAIN_LINES,
    POLICIES,
    Row,
    Sides,
    answers,
    ask,
    hard_orders,
    ladder,
    made_catalogue,
    made_orders,
    pressable,
    same,
)
from packopt import Policy, check, recommend
from packopt.tables import TABLES


@settings(max_examples=40)
@given(
    st.lists(st.lists(LINES.map(pressable), min_size=1, max_size=4), min_size=1, max_size=3),
    PACKAGES,
    st.sampled_from(POLICIES),
    st.randoms(use_true_random=False),
)
def test_the_order_of_lines_units_and_packages_changes_nothing(
    orders: list[list[Row]], packages: list[Row], policy: Policy, random: Any
) -> None:
    """Shuffled lines, split into single units, and a shuffled catalogue: the same answers."""
    result = ask(made_orders(*orders), made_catalogue(packages), policy)
    singles = [
        [line | {"qty": 1} for line in order for _ in range(line["qty"])] for order in orders
    ]
    for order in singles:
        random.shuffle(order)
    named = [{"package_id": f"p{number}"} | package for number, package in enumerate(packages)]
    random.shuffle(named)
    again = ask(made_orders(*singles), made_catalogue(named), policy)
    columns = ("verdict", "package_id", "cost", "cost_lower_bound", "nodes")
    assert answers(again, *columns) == answers(result, *columns)
    assert again.ruled_out.to_pylist() == result.ruled_out.to_pylist()
    where = ["x_mm", "y_mm", "z_mm", "dx_mm", "dy_mm", "dz_mm", "support"]
    assert again.placements.select(where).equals(result.placements.select(where))


@settings(max_examples=40)
@given(
    st.lists(st.lists(PLAIN_LINES, min_size=1, max_size=4), min_size=1, max_size=3),
    st.lists(CARTONS, min_size=1, max_size=5),
    st.permutations([0, 1, 2]),
    st.permutations([0, 1, 2]),
)
def test_the_names_of_axes_change_nothing_for_units_that_turn_freely(
    orders: list[list[Row]], packages: list[Row], of_units: list[int], of_cartons: list[int]
) -> None:
    """Length, width and height renamed, of units and of cartons: the same verdicts and packages."""

    def renamed(rows: list[Row], axes: list[int]) -> list[Row]:
        return [row | {"size": tuple(row["size"][axis] for axis in axes)} for row in rows]

    # Outer volume differs with the axis that the flaps close, so each carton is asked alone.
    for package in packages:
        before = ask(made_orders(*orders), made_catalogue([package]))
        after = ask(
            made_orders(*(renamed(order, of_units) for order in orders)),
            made_catalogue(renamed([package], of_cartons)),
        )
        for one, other in zip(answers(before), answers(after), strict=True):
            assert one == other or one[0] == "undecided" or other[0] == "undecided"


@settings(max_examples=40)
@given(
    st.lists(LINES.map(pressable), min_size=1, max_size=4),
    st.one_of(CARTONS, MAILERS),
    st.tuples(*[st.integers(0, 9)] * 3),
    st.sampled_from(POLICIES[:3]),
)
def test_a_larger_package_never_turns_yes_into_no(
    order: list[Row], package: Row, growth: Sides, policy: Policy
) -> None:
    """What a package holds, a larger one of its kind holds, or the question stays open."""
    larger = package | {"size": tuple(np.add(package["size"], growth).tolist())}
    ((small, _),) = answers(ask(made_orders(order), made_catalogue([package]), policy))
    ((large, _),) = answers(ask(made_orders(order), made_catalogue([larger]), policy))
    assert not (small == "optimal" and large == "unpackable")


@settings(max_examples=40)
@given(
    st.lists(LINES.map(pressable), min_size=2, max_size=4),
    PACKAGES,
    st.integers(0, 3),
    st.sampled_from(POLICIES[:3]),
)
def test_a_unit_less_never_turns_yes_into_no(
    order: list[Row], packages: list[Row], gone: int, policy: Policy
) -> None:
    """Whatever holds an order holds it without one of its units."""
    catalogue = made_catalogue(packages)
    less = [line for place, line in enumerate(order) if place != gone % len(order)]
    result = ask(made_orders(order, less), catalogue, policy)
    (full, _), (part, _) = answers(result)
    assert not (full in ("optimal", "feasible") and part == "unpackable")


@settings(max_examples=40)
@given(
    st.lists(st.lists(LINES.map(pressable), min_size=1, max_size=4), min_size=1, max_size=3),
    PACKAGES,
    st.one_of(CARTONS, MAILERS),
    st.sampled_from(POLICIES),
)
def test_another_package_never_raises_the_cost(
    orders: list[list[Row]], packages: list[Row], another: Row, policy: Policy
) -> None:
    """With more to choose from an order costs as much as before or less."""
    before = ask(made_orders(*orders), made_catalogue(packages), policy)
    after = ask(made_orders(*orders), made_catalogue([*packages, another]), policy)
    pairs = zip(answers(before, "verdict", "cost"), answers(after, "verdict", "cost"), strict=True)
    for (_, cost), (verdict, new_cost) in pairs:
        if cost is not None:
            assert new_cost is not None
            assert new_cost <= cost
            assert verdict != "unpackable"


@pytest.mark.parametrize("efforts", [(0, 10, 1000), ("fast", "standard")], ids=["nodes", "words"])
@pytest.mark.parametrize("handling", ["geometry", "default"])
def test_more_effort_never_turns_a_decided_order_around(
    efforts: tuple[Any, ...], handling: Any
) -> None:
    """Decided orders keep verdict and package; others come closer to a decision or stay."""
    orders = made_orders(*hard_orders(25, 6, 1), *hard_orders(20, 9, 2), *hard_orders(5, 12, 3))
    catalogue = ladder()
    policy = Policy(objective="volume", handling=handling)
    less = ask(orders, catalogue, replace(policy, effort=efforts[0]))
    decided = []
    for effort in efforts[1:]:
        more = ask(orders, catalogue, replace(policy, effort=effort))
        columns = ("verdict", "package_id", "cost", "cost_lower_bound")
        for old, new in zip(answers(less, *columns), answers(more, *columns), strict=True):
            if old[0] in DECIDED:
                assert new == old
            else:
                assert new[3] is None or new[3] >= old[3]
                assert old[2] is None or new[2] <= old[2]
        decided.append(sum(verdict in DECIDED for verdict, *_ in answers(more, *columns)))
        less = more
    assert decided == sorted(decided)


def test_a_thorough_effort_keeps_what_was_decided_and_settles_more() -> None:
    """CP-SAT closes what the kernel left open, and contradicts nothing."""
    orders = made_orders(*hard_orders(12, 7, 5, room=60))
    catalogue = made_catalogue(
        [{"kind": "carton", "size": s} for s in ((48, 48, 48), (70, 60, 60))]
    )
    policy = replace(GEOMETRY, effort=0)
    quick = ask(orders, catalogue, policy)
    thorough = ask(orders, catalogue, replace(policy, effort="thorough"))
    for old, new in zip(answers(quick), answers(thorough), strict=True):
        assert new[0] in DECIDED
        assert old[0] not in DECIDED or old == new


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of seven orders."""
    monkeypatch.setattr(sys.modules["packopt.recommend"], "BATCH_ORDERS", 7)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_any_number_of_threads_gives_the_same_tables(threads: int, small_batches: None) -> None:
    """Several batches on several threads make the tables that one batch on one thread makes."""
    orders = made_orders(*hard_orders(40, 5, 7), *hard_orders(4, 12, 8), *hard_orders(4, 2, 9))
    counts: list[int] = []
    result = recommend(orders, ladder(), GEOMETRY, threads=threads, progress=counts.append)
    assert len(counts) == 7
    assert sum(counts) == orders.n_orders
    assert same(result, recommend(orders, ladder(), GEOMETRY))
    assert check(result, orders, ladder()) == []


def test_the_size_of_batches_changes_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """An order alone in its batch is answered as among many, whatever ends a batch."""
    orders = made_orders(*hard_orders(12, 5, 4), *hard_orders(4, 9, 4))
    whole = recommend(orders, ladder(), Policy(objective="volume"))
    home = sys.modules["packopt.recommend"]
    for name, value in (("BATCH_ORDERS", 1), ("BATCH_PAIRS", 20), ("BATCH_PAIRS", 1)):
        with monkeypatch.context() as patch:
            patch.setattr(home, name, value)
            parts = list(packopt.recommend_batches(orders, ladder(), Policy(objective="volume")))
        assert len(parts) > 3
        for table in TABLES:
            rows = [row for part in parts for row in getattr(part, table).to_pylist()]
            assert rows == getattr(whole, table).to_pylist()


def test_a_second_run_repeats_the_first() -> None:
    """Work areas used before leave no trace in an answer."""
    orders = made_orders(*hard_orders(10, 8, 6))
    first = recommend(orders, ladder())
    recommend(made_orders(*hard_orders(10, 20, 1)), ladder())
    assert same(first, recommend(orders, ladder()))


def test_more_nodes_never_lose_a_plan() -> None:
    """A larger number of nodes does all that a smaller one does, and then more."""
    order = [{"size": (49, 20, 50), "qty": 4}, {"size": (36, 21, 28), "qty": 5}]
    catalogue = made_catalogue([{"kind": "carton", "size": (70, 70, 70)}])
    verdicts = [
        answers(ask(made_orders(order), catalogue, replace(GEOMETRY, effort=nodes)))[0][0]
        for nodes in (0, 10, 100, 300, 1_000, 4_000, 10_000, 30_000)
    ]
    assert verdicts == sorted(verdicts, key=DECIDED[:1].__contains__)
