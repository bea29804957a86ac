"""Splits of random small orders against full enumeration, subset by subset, with CP-SAT.

150 orders stand in every run; ``PACKOPT_ORACLE_ORDERS=1000`` asks for more, a tenth of a second
each.
"""

from __future__ import annotations

import os
from functools import cache

import pytest

from enumerating import Case, Oracle, faults, random_case
from packopt.splitting.question import NEVER, Split
from packopt.splitting.subsets import split_many

ORDERS = int(os.environ.get("PACKOPT_ORACLE_ORDERS", "150"))
#: Orders of one test, so that a failure names a few.
EACH = 25


@cache
def cases() -> list[Case]:
    """Make the orders."""
    return [random_case(seed) for seed in range(ORDERS)]


@cache
def oracle(seed: int) -> Oracle:
    """Enumerate one order."""
    return Oracle(cases()[seed])


def split(case: Case) -> Split:
    """Split one order."""
    return split_many([case.part], case.pricer)[0]


def total(case: Case, answer: Split) -> int:
    """Cost of the parcels, with what each is charged."""
    price = case.parcel_price or 0
    return sum(parcel.cost + price for parcel in answer.parcels)


@pytest.mark.parametrize("first", range(0, ORDERS, EACH))
def test_a_split_has_the_parcels_and_the_cost_of_full_enumeration(first: int) -> None:
    """With groups, bundles, own containers, mailers, weights, tight cuts, prices and stock."""
    for seed in range(first, min(first + EACH, ORDERS)):
        case, answer, best = cases()[seed], split(cases()[seed]), oracle(seed).best()
        assert faults(case, answer) == [], seed
        assert answer.homeless.tolist() == oracle(seed).homeless(), seed
        if best is None:
            assert (answer.parcels, answer.bound) == ((), NEVER), seed
            continue
        parcels, cost = best
        assert total(case, answer) == answer.bound == cost, seed
        if case.parcel_price is None:
            assert len(answer.parcels) == answer.fewest == parcels, seed
        assert answer.fewest <= len(answer.parcels), seed


def test_the_orders_ask_for_what_splitting_is_about() -> None:
    """Most need two parcels or more, some three; every rule stands in many of them."""
    parcels = [len(split(case).parcels) for case in cases()]
    assert sum(n > 1 for n in parcels) > ORDERS / 2
    assert sum(n > 2 for n in parcels) > ORDERS / 10
    for rule in ("clash", "own", "no_mailer", "parcel_price"):
        assert sum(bool(getattr(case, rule)) for case in cases()) > ORDERS / 10, rule
    assert sum(max(case.bundle) >= 0 for case in cases()) > ORDERS / 10
    assert sum(max(case.left) >= 0 for case in cases()) > ORDERS / 10
    assert sum(case.most_parcels < len(case.units) for case in cases()) > ORDERS / 30
