"""Rules of thumb: held against slow, obvious twins, one order at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from invented import LINES, PACKAGES, made_catalogue, made_orders
from packopt import Catalogue, Orders, Policy, recommend
from packopt.errors import SavingsError
from packopt.savings import RULES, RuleBaseline
from packopt.savings.quantities import OWN_CONTAINER
from packopt.savings.rules_of_thumb import pick
from packopt.savings.sides import Question, side_of
from savings.replayed import ordered, shop


def asked(orders: Orders, catalogue: Catalogue, policy: Policy | None = None) -> Question:
    """What a baseline is asked about these orders."""
    policy = policy or Policy(effort="fast")
    result = recommend(orders, catalogue, policy)
    plan = side_of(result, catalogue, np.arange(orders.n_orders))
    return Question(orders, catalogue, policy, result, plan, 1, lambda _done: None)


def picked(question: Question, rule: str) -> dict[int, str]:
    """Package by order; orders without one are not there."""
    wanted = pick(question, rule)
    names = (*question.catalogue.package_ids, "own")
    return {
        order: names[package]
        for order, package in zip(wanted.order.tolist(), wanted.package.tolist(), strict=True)
    }


def room(catalogue: Catalogue, policy: Policy, k: int) -> tuple[list[int], int]:
    """Usable sides, longest first, and volume; of a mailer as it is at its greatest thickness."""
    length, width, height = catalogue.inner_mm[k].tolist()
    if catalogue.kind[k] == 1:
        style = catalogue.style[k]
        length -= policy.flap_allowance_mm[style] + height
        width -= policy.seam_allowance_mm[style] + height
    sides = sorted((max(side, 0) for side in (length, width, height)), reverse=True)
    return sides, int(np.prod(sides))


def twin(question: Question, order: int, fits: Callable[..., bool]) -> str | None:
    """The smallest package that a rule lets an order have, by looking at each."""
    orders, catalogue, policy = question.orders, question.catalogue, question.policy
    lines = range(*orders.line_start[order : order + 2].tolist())
    units = [
        sorted((orders.size_mm[i] + 2 * orders.padding_mm[i]).tolist(), reverse=True)
        for i in lines
        for _ in range(int(orders.qty[i]))
    ]
    volume = sum(int(np.prod(orders.size_mm[i].astype(int))) * int(orders.qty[i]) for i in lines)
    weight = sum(int(orders.weight_g[i]) * int(orders.qty[i]) for i in lines)
    no_mailer = any(not orders.mailer_ok[i] or orders.fragile[i] for i in lines)
    good = []
    for k in range(catalogue.n_packages):
        sides, capacity = room(catalogue, policy, k)
        most = int(catalogue.max_content_g[k])
        allowed = not (no_mailer and catalogue.kind[k] == 1) and not 0 <= most < weight
        if allowed and fits(units, volume, sides, capacity):
            good.append((capacity, catalogue.package_ids[k]))
    return min(good)[1] if good else None


def volume_80(units: list[list[int]], volume: int, sides: list[int], capacity: int) -> bool:
    each = all(all(a <= b for a, b in zip(unit, sides, strict=True)) for unit in units)
    return each and volume * 10 <= capacity * 8


def largest_side(units: list[list[int]], volume: int, sides: list[int], capacity: int) -> bool:
    return max(unit[0] for unit in units) <= sides[0] and volume <= capacity


@given(
    orders=st.lists(st.lists(LINES, min_size=1, max_size=3), min_size=1, max_size=8),
    packages=PACKAGES,
)
@settings(max_examples=40)
def test_each_rule_is_its_definition(orders: list[Any], packages: list[Any]) -> None:
    """For any orders and packages the columns of a rule are its loop over packages."""
    question = asked(made_orders(*orders), made_catalogue(packages))
    for rule, fits in (("volume-80", volume_80), ("first-fit-largest-side", largest_side)):
        found = picked(question, rule)
        for order in range(question.orders.n_orders):
            assert found.get(order) == twin(question, order, fits), (rule, order)


def test_eighty_per_cent_is_eighty_per_cent() -> None:
    """A unit that fills exactly 80 % of S gets S; a millimetre more gets M, though S holds it."""
    orders = ordered({"size": (200, 150, 80)}, {"size": (200, 150, 81)})
    question = asked(orders, shop(_cartons()))
    assert picked(question, "volume-80") == {0: "S", 1: "M"}
    assert picked(question, "volume-81") == {0: "S", 1: "S"}
    assert picked(question, "first-fit-largest-side") == {0: "S", 1: "S"}


def _cartons() -> list[dict[str, Any]]:
    return [
        {"package_id": "M", "inner": (300, 200, 150)},
        {"package_id": "S", "inner": (200, 150, 100)},
        {"package_id": "L", "inner": (400, 300, 200)},
    ]


def test_the_naive_rule_takes_what_the_units_do_not_go_into() -> None:
    """Two flat units have the volume and the length of S, but not the width."""
    question = asked(ordered({"size": (190, 180, 20)}), shop(_cartons()))
    assert picked(question, "first-fit-largest-side") == {0: "S"}
    assert picked(question, "volume-80") == {0: "M"}


def test_one_size_up_is_the_next_that_is_nowhere_narrower() -> None:
    """From S to M, past a long thin carton between them; the largest has nothing above it."""
    packages = [*_cartons(), {"package_id": "T", "inner": (900, 90, 90)}]
    orders = ordered({"size": (190, 140, 90)}, {"size": (390, 290, 190)}, {"size": (880, 80, 80)})
    question = asked(orders, shop(packages))
    assert picked(question, "one-size-up") == {0: "M", 1: "L", 2: "T"}


def test_one_size_up_of_a_mailer_is_a_mailer() -> None:
    """A packer who takes a larger bag does not take a box."""
    packages = [
        *_cartons(),
        {"package_id": "P", "kind": "mailer", "inner": (250, 200, 40)},
        {"package_id": "Q", "kind": "mailer", "inner": (350, 280, 50)},
    ]
    question = asked(ordered({"size": (180, 120, 20)}), shop(packages))
    assert picked(question, "one-size-up") == {0: "Q"}


def test_a_limit_of_weight_leads_to_a_stronger_package() -> None:
    """S may hold 1 kg, the unit has 2."""
    packages = [
        one | {"max_content_g": 1000 if one["package_id"] == "S" else 5000} for one in _cartons()
    ]
    question = asked(ordered({"size": (100, 100, 50), "weight_g": 2000}), shop(packages))
    assert picked(question, "volume-80") == {0: "M"}


def test_units_that_ship_as_they_are_do_so_in_the_baseline_too() -> None:
    """The rule is about the rest of the order, and about nothing where there is no rest."""
    orders = ordered(
        {"order_id": "a", "size": (350, 250, 150), "own_container": True},
        {"order_id": "a", "size": (100, 100, 50)},
        {"order_id": "b", "size": (350, 250, 150), "own_container": True},
    )
    wanted = pick(asked(orders, shop(_cartons())), "volume-80")
    assert wanted.order.tolist() == [0, 0, 1]
    assert wanted.package.tolist() == [1, OWN_CONTAINER, OWN_CONTAINER]
    assert wanted.name.to_pylist() == [None, "own_container"]
    cheaper = asked(orders, shop(_cartons()), Policy(own_container="cheaper"))
    assert pick(cheaper, "volume-80").package.tolist() == [2, 2]


def test_units_that_may_not_share_a_parcel_have_no_package_by_rule() -> None:
    """No one package could have them; the reason is told."""
    orders = ordered(
        {"order_id": "a", "size": (100, 100, 50), "group": "x"},
        {"order_id": "a", "size": (100, 100, 50), "group": "y"},
    )
    wanted = pick(asked(orders, shop(_cartons())), "volume-80")
    assert not len(wanted.order)
    assert wanted.why.word(0) == "the rule finds no package"


def test_a_package_at_another_site_is_not_picked() -> None:
    """Sites, temperatures and bans hold for the baseline as for the plan."""
    packages = [one | {"sites": "A" if one["package_id"] == "S" else "A;B"} for one in _cartons()]
    orders = ordered({"size": (100, 100, 50), "site": "A"}, {"size": (100, 100, 50), "site": "B"})
    assert picked(asked(orders, shop(packages)), "volume-80") == {0: "S", 1: "M"}


@pytest.mark.parametrize(
    ("rule", "advice"),
    [
        ("volume-8O", "did you mean 'volume-80'"),
        ("volume-0", "did you mean 'volume-80'"),
        ("volume-101", "did you mean"),
        ("one size up", "did you mean 'one-size-up'"),
        ("best", "choose one of them"),
    ],
)
def test_an_unknown_rule_is_a_named_error(rule: str, advice: str) -> None:
    """The message lists the rules and names the nearest."""
    with pytest.raises(SavingsError, match=advice) as caught:
        RuleBaseline(rule)
    assert all(name in str(caught.value) for name in RULES)


@pytest.mark.parametrize("rule", [*RULES, "volume-1", "volume-100"])
def test_a_rule_is_called_what_it_is(rule: str) -> None:
    """Reports name the rule."""
    assert RuleBaseline(rule).name == rule
