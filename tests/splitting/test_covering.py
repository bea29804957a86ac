"""Large parts: plans that keep every rule, held against exact splitting where that can follow."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np
import pytest

from asking import Unit
from enumerating import EFFORTS, Case, faults, random_case
from invented import Row
from naive import cut
from packopt.kernel.question import Effort
from packopt.splitting.assigning import Assignment
from packopt.splitting.book import Book, Entry
from packopt.splitting.bounds import Relaxation
from packopt.splitting.covering import cover
from packopt.splitting.kinds import kinds_of
from packopt.splitting.question import NEVER, OWN_CONTAINER, Split
from packopt.splitting.subsets import is_small, split_many

CUBE: Row = {"kind": "carton", "size": (60, 60, 60), "max_content_g": None}
SLAB: Row = {"kind": "carton", "size": (60, 60, 30), "max_content_g": None}
QUICK = EFFORTS[:1]
CASES = 160
EACH = 40


def split(case: Case, efforts: tuple[Effort, ...] = QUICK, **options: bool) -> Split:
    """Split a case the way large parts are split; its parcels must keep every rule."""
    pricer = copy(case.pricer)
    pricer.efforts = efforts
    answer = cover(case.part, pricer, **options)
    assert faults(case, answer) == []
    assert answer.fewest <= max(len(answer.parcels), 1) or not answer.parcels
    return answer


def exactly(case: Case) -> Split:
    """Split a small case exactly."""
    pricer = copy(case.pricer)
    pricer.efforts = EFFORTS[:2]
    return split_many([case.part], pricer)[0]


def total(case: Case, answer: Split) -> int:
    """Cost of the parcels, with what each is charged."""
    return sum(parcel.cost + (case.parcel_price or 0) for parcel in answer.parcels)


def both(one: Case, other: Case) -> Case:
    """The units of two cases in the packages of both."""
    n = len(one.units)
    bundle = tuple(b + 100 if b >= 0 else -1 for b in other.bundle)
    return Case(
        units=one.units + other.units,
        packages=one.packages + other.packages,
        objective=one.objective,
        clash=one.clash | {(a + n, b + n) for a, b in other.clash},
        bundle=one.bundle + bundle,
        own=one.own | {i + n for i in other.own},
        no_mailer=one.no_mailer,
        left=one.left + other.left,
        parcel_price=one.parcel_price,
    )


def compare(case: Case, seed: int) -> bool:
    """Hold a split against the exact one; return whether it is as good, and proved."""
    answer, best = split(case), exactly(case)
    assert answer.homeless.tolist() == best.homeless.tolist(), seed
    if not best.parcels:
        assert not answer.parcels, seed
        return best.bound < NEVER or answer.bound == NEVER
    assert answer.parcels, seed
    if case.parcel_price is None:
        assert answer.fewest <= len(best.parcels), seed
        if len(answer.parcels) != len(best.parcels):
            return False
    assert answer.bound <= total(case, best) <= total(case, answer), seed
    return answer.bound == total(case, answer)


@pytest.mark.parametrize("first", range(0, CASES, EACH))
def test_small_parts_are_split_as_well_as_exactly(first: int) -> None:
    """With groups, bundles, own containers, mailers, weights, tight cuts, prices and stock."""
    for seed in range(first, first + EACH):
        assert compare(random_case(seed), seed), seed


@pytest.mark.parametrize("first", [1, 16])
def test_parts_of_a_dozen_units_are_mostly_split_as_well_as_exactly(first: int) -> None:
    """Two in three with a proof in the first pass, and never a bound above the best plan."""
    cases = [(both(random_case(s), random_case(s + 7)), s) for s in range(first, first + 15)]
    asked = [compare(case, seed) for case, seed in cases if is_small(case.part)]
    assert sum(asked) >= len(asked) * 2 / 3 > 6


def test_three_full_cubes_come_out_of_their_pieces() -> None:
    """Cut straight into 24 pieces: nothing may be lost, and pieces must find their neighbours."""
    rng = np.random.default_rng(5)
    pieces = []
    for _ in range(3):
        cuts = [
            (int(rng.integers(9)), int(rng.integers(3)), int(rng.integers(90))) for _ in range(9)
        ]
        pieces += [piece[3:] for piece in cut((60, 60, 60), cuts)]
    case = Case(tuple(Unit(tuple(piece), "fixed") for piece in pieces), (CUBE,))
    assert len(case.units) >= 20
    answer = split(case, EFFORTS[:2])
    assert len(answer.parcels) == answer.fewest == 3


def test_many_equal_units_fill_as_many_cartons_as_their_volume() -> None:
    """Two hundred bricks, 24 to a cube: nine parcels, proved, though no search can follow."""
    case = Case((Unit((30, 20, 15)),) * 200, (CUBE,))
    answer = split(case)
    assert len(answer.parcels) == answer.fewest == 9
    assert answer.bound == total(case, answer)


def test_fewest_parcels_first_and_then_the_cheapest_packages() -> None:
    """The last parcel takes a smaller carton, unless parcels are so cheap that all should."""
    case = Case((Unit((60, 60, 15)),) * 14, (CUBE, SLAB))
    answer = split(case)
    assert sorted(parcel.package for parcel in answer.parcels) == [0, 0, 0, 1]
    assert answer.bound == total(case, answer)
    slim = {**SLAB, "size": (60, 60, 15)}
    priced = Case(case.units, (CUBE, SLAB, slim), parcel_price=0)
    answer = split(priced)
    assert total(priced, answer) == answer.bound


def test_weight_is_spread_evenly() -> None:
    """Of twenty units of many weights in two cubes neither is much heavier."""
    case = Case(tuple(Unit((60, 30, 12), weight=3 * w) for w in range(20)), (CUBE,))
    answer = split(case)
    assert len(answer.parcels) == 2
    loads = [sum(case.units[i].weight for i in parcel.unit) for parcel in answer.parcels]
    assert loads[0] - loads[1] <= 3


def test_units_that_fit_nothing_are_named_and_the_rest_is_split() -> None:
    """A long unit, and a bundle too large as a whole; all or nothing where that is asked for."""
    units = (Unit((99, 9, 9)), *(Unit((60, 60, 40)),) * 4, *(Unit((20, 20, 20)),) * 9)
    case = Case(units, (CUBE,), bundle=(-1, 1, 1, *(-1,) * 11))
    answer = split(case)
    lost = [i for i, unit in enumerate(case.units) if unit.size[0] == 99 or case.bundle[i] == 1]
    assert answer.homeless.tolist() == lost
    assert len(lost) == 3
    assert len(answer.parcels) == 2
    answer = split(case, partial=False)
    assert (answer.parcels, answer.homeless.tolist(), answer.bound) == ((), lost, NEVER)
    none = Case((Unit((99, 9, 9)),), (CUBE,))
    answer = split(none)
    assert (answer.parcels, answer.homeless.tolist(), answer.bound) == ((), [0], NEVER)


def test_stock_and_the_most_parcels_are_kept_to() -> None:
    """With two cubes left the rest goes into slabs; with too few of all there is no plan."""
    bricks = (Unit((60, 60, 15)),) * 14
    case = Case(bricks, (CUBE, SLAB), left=(2, -1))
    answer = split(case)
    assert sorted(parcel.package for parcel in answer.parcels) == [0, 0, 1, 1, 1]
    assert answer.fewest == 5
    answer = split(replace(case, left=(2, 2)))
    assert (answer.parcels, answer.bound) == ((), NEVER)
    for price in (None, 5):
        answer = split(replace(case, left=(-1, -1), most_parcels=3, parcel_price=price))
        assert (answer.parcels, answer.bound) == ((), NEVER)
        answer = split(replace(case, left=(-1, -1), most_parcels=4, parcel_price=price))
        assert len(answer.parcels) == 4


def test_clashes_bundles_and_own_containers_of_large_parts() -> None:
    """Thirty units in three groups, some of them tied together, some in their own boxes."""
    units = tuple(Unit((30, 30, 10 + i % 3), weight=i) for i in range(30))
    group = [i % 3 for i in range(30)]
    clash = frozenset((i, j) for i in range(30) for j in range(30) if group[i] != group[j])
    bundle = tuple(i // 6 if i % 6 in (0, 3) else -1 for i in range(30))
    case = Case(units, (SLAB,), clash=clash, bundle=bundle)
    assert not is_small(case.part)
    answer = split(case)
    assert len(answer.parcels) == answer.fewest == 3
    boxed = Case((*units, Unit((90, 5, 5))), (SLAB,), clash=clash, own=frozenset({30}))
    answer = split(boxed)
    assert sum(parcel.package == OWN_CONTAINER for parcel in answer.parcels) == 1


def test_handling_rules_hold_for_large_parts() -> None:
    """Nothing stands on the fragile units, of which each slab holds four."""
    units = (Unit((30, 30, 10), "upright", bears=0),) * 12 + (Unit((30, 30, 10), "upright"),) * 12
    case = Case(units, (SLAB,))
    strict = copy(case.pricer)
    strict.rules, strict.efforts = 1, QUICK
    answer = cover(case.part, strict)
    for parcel in answer.parcels:
        fragile = [case.units[i].bears == 0 for i in parcel.unit]
        tops = [
            place[2] + place[5]
            for place, soft in zip(parcel.place.tolist(), fragile, strict=True)
            if soft
        ]
        assert len(tops) <= 4
    assert len(answer.parcels) == 3


def test_the_same_question_has_the_same_answer() -> None:
    """Parcel by parcel, plan by plan."""
    case = both(random_case(3), random_case(10))
    one, other = split(case), split(case)
    assert [p.unit.tolist() for p in one.parcels] == [p.unit.tolist() for p in other.parcels]
    assert [p.place.tolist() for p in one.parcels] == [p.place.tolist() for p in other.parcels]
    assert (one.fewest, one.bound, one.work) == (other.fewest, other.bound, other.work)


def test_without_effort_there_is_a_plan_and_no_false_proof() -> None:
    """One greedy run for each carton is all that is asked for."""
    case = both(random_case(1), random_case(8))
    answer = split(case, (Effort(starts=1, climbs=0, beam=0, nodes=0),))
    best = exactly(case)
    assert answer.fewest <= len(best.parcels) or case.parcel_price is not None
    assert answer.bound <= total(case, best)


# --- assignments


def question(case: Case, parcels: int, rounds: int = 40) -> Assignment:
    """The question whether so many parcels hold a case."""
    kinds = kinds_of(case.part)
    book = Book(case.part, kinds, case.pricer)
    relaxation = Relaxation(case.part, case.pricer.packages, kinds)

    def give_up(counts: tuple[int, ...]) -> Entry:
        return book.entries[counts]

    return Assignment(relaxation, book, parcels, give_up, rounds, 5.0)


def test_an_assignment_is_refuted_until_it_is_a_plan_or_a_proof() -> None:
    """Five long bars of which two lie crosswise in no carton, though their volume is small."""
    case = Case((Unit((50, 26, 12)),) * 9, ({**CUBE, "size": (50, 50, 30)},))
    best = exactly(case)
    n = len(best.parcels)
    answer, entries = question(case, n).hold()
    assert answer == "yes"
    assert sum(sum(entry.counts) for entry in entries) == 9
    assert question(case, n - 1).hold() == ("no", [])
    assert question(case, n, rounds=0).hold() == ("undecided", [])


def test_an_assignment_at_less_than_the_least_cost_is_refuted() -> None:
    """At the cost of the best plan there is one, at a step less there is none."""
    for seed in range(12):
        case = random_case(seed)
        best = exactly(case)
        if not best.parcels or len(best.homeless):
            continue
        price = case.parcel_price or 0
        for limit, expected in ((total(case, best), "yes"), (total(case, best) - 1, "no")):
            asked = question(case, len(best.parcels))
            rooms = asked._relaxation.cheapest()
            terms = asked._relaxation.terms(rooms, price, 1, len(best.parcels))
            assert asked.cost_at_most(limit, rooms, terms)[0] == expected, seed
