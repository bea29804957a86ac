"""Weight spread evenly: never at the cost of anything else."""

from __future__ import annotations

import pytest

from asking import Unit
from enumerating import Case, faults, random_case
from invented import Row
from packopt.splitting.evenly import evenly
from packopt.splitting.question import Parcel, Split
from packopt.splitting.subsets import split_many

CUBE: Row = {"kind": "carton", "size": (60, 60, 60), "max_content_g": None}


def loads(case: Case, parcels: tuple[Parcel, ...]) -> list[int]:
    """Weight of each parcel in g, heaviest first."""
    return sorted((sum(case.units[i].weight for i in p.unit) for p in parcels), reverse=True)


def plan(case: Case, *sets: list[int]) -> tuple[Parcel, ...]:
    """Parcels of given units."""
    prices = case.pricer.price(case.part, [case.part.bundle.nonzero()[0][s] for s in sets])
    return tuple(prices.parcel(s) for s in range(len(sets)))


@pytest.mark.parametrize("first", range(0, 90, 30))
def test_plans_stay_plans_of_equal_number_and_cost(first: int) -> None:
    """On random small orders; the heaviest parcel is never heavier than before."""
    for seed in range(first, first + 30):
        case = random_case(seed)
        (split,) = split_many([case.part], case.pricer)
        after = evenly(case.part, split.parcels, case.pricer)
        assert len(after) == len(split.parcels), seed
        assert sum(p.cost for p in after) <= sum(p.cost for p in split.parcels), seed
        again = Split(after, split.fewest, split.bound, split.homeless, 0)
        assert faults(case, again) == [], seed
        if after:
            assert loads(case, after)[0] <= loads(case, split.parcels)[0], seed


def test_heavy_units_do_not_stay_together() -> None:
    """Two heavy and two light bricks: one of each in either parcel, by a swap."""
    bricks = tuple(Unit((60, 60, 30), weight=w) for w in (9, 8, 2, 1))
    case = Case(bricks, (CUBE,))
    weight = [unit.weight for unit in case.units]
    heavy, light = [weight.index(9), weight.index(8)], [weight.index(2), weight.index(1)]
    before = plan(case, sorted(heavy), sorted(light))
    assert loads(case, before) == [17, 3]
    assert loads(case, evenly(case.part, before, case.pricer)) == [10, 10]


def test_units_move_where_there_is_room() -> None:
    """Of five units in one parcel and one in the other, some move over."""
    case = Case(tuple(Unit((30, 30, 10), weight=10 + w) for w in range(6)), (CUBE,))
    before = plan(case, [0, 1, 2, 3, 4], [5])
    after = evenly(case.part, before, case.pricer)
    assert loads(case, after)[0] - loads(case, after)[1] <= 1
    assert [len(p.unit) for p in after] == [3, 3]


def test_what_would_cost_more_or_clash_stays() -> None:
    """A light unit in a small carton keeps it; units of two groups keep apart."""
    small: Row = {**CUBE, "size": (30, 30, 10)}
    case = Case(tuple(Unit((30, 30, 10), weight=10 + w) for w in range(6)), (CUBE, small))
    before = plan(case, [0, 1, 2, 3, 4], [5])
    after = evenly(case.part, before, case.pricer)
    assert sorted(len(p.unit) for p in after) == [1, 5]
    groups = frozenset((i, 5) for i in range(5))
    case = Case(case.units, (CUBE,), clash=groups)
    before = plan(case, [0, 1, 2, 3, 4], [5])
    assert [len(p.unit) for p in evenly(case.part, before, case.pricer)] == [5, 1]


def test_an_empty_plan_and_weightless_units_stay_as_they_are() -> None:
    """There is nothing to even out."""
    case = Case((Unit((30, 30, 10), weight=0),) * 3, (CUBE,))
    assert evenly(case.part, (), case.pricer) == ()
    before = plan(case, [0, 1], [2])
    assert [len(p.unit) for p in evenly(case.part, before, case.pricer)] == [2, 1]
