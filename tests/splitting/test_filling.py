"""Filling one package: what goes in is a plan, within all limits, and worth as much as is found."""

from __future__ import annotations

from copy import copy
from itertools import product

import numpy as np
import pytest

from asking import Unit
from enumerating import Case, _parcel_faults, random_case
from invented import Row
from packopt.splitting.filling import Filler, Filling
from packopt.splitting.kinds import Kinds, hand_out, kinds_of
from packopt.splitting.question import NEVER, Parcel
from packopt.splitting.tightly import full_parcels

CUBE: Row = {"kind": "carton", "size": (60, 60, 60), "max_content_g": None}


def filler_of(case: Case, rules: int = 0) -> tuple[Filler, Kinds]:
    """What fills packages with the units of a case."""
    kinds = kinds_of(case.part)
    return Filler(case.part, kinds, case.pricer.packages, rules), kinds


def fill(case: Case, package: int, worth: list[int] | None = None, runs: int = 24) -> Filling:
    """Fill a package; what is inside must keep every rule."""
    filler, kinds = filler_of(case)
    worths = kinds.content_mm3 if worth is None else np.array(worth, np.int64)
    found = filler.fill(package, kinds.count, worths, runs, loads=10)
    assert found is not None
    check(case, found)
    assert found.worth == int(np.array(found.counts) @ worths)
    return found


def check(case: Case, found: Filling) -> None:
    """The units of a filling are its lumps, and they stand where a parcel of them may."""
    kinds = kinds_of(case.part)
    rows = kinds.rows(found.counts).tolist()
    assert sorted(found.unit.tolist()) == rows
    content = int(case.part.content_mm3[rows].sum())
    cost = int(case.costs.cost_of(found.package, content))
    assert _parcel_faults(case, found.package, found.unit.tolist(), found.place, cost) == []


@pytest.mark.parametrize("first", range(0, 120, 40))
def test_a_filling_keeps_every_rule_and_misses_little(first: int) -> None:
    """Against all subsets of up to seven units, priced by the kernel: worth is mostly the most."""
    found = possible = 0
    for seed in range(first, first + 40):
        case = random_case(seed)
        filler, kinds = filler_of(case)
        for k in range(len(case.packages)):
            filling = filler.fill(k, kinds.count, kinds.content_mm3, 24)
            if filling is not None:
                check(case, filling)
                found += filling.worth
            possible += most_worth(case, kinds, k)
    assert found <= possible
    assert found >= 0.97 * possible


def most_worth(case: Case, kinds: Kinds, package: int) -> int:
    """The most content of lumps that share a package, by asking about all sets."""
    barred = case.pricer.packages.barred.copy()
    barred[:, [k for k in range(len(case.packages)) if k != package]] = 1
    pricer = case.pricer.with_barred(barred)
    sets = [
        counts
        for counts in product(*(range(c + 1) for c in kinds.count.tolist()))
        if any(counts) and not (np.outer(counts, counts) * kinds.clash).any()
    ]
    if not sets:
        return 0
    cost = pricer.price(case.part, [kinds.rows(counts) for counts in sets]).cost
    worth = np.array(sets) @ kinds.content_mm3
    return int(worth[cost < NEVER].max(initial=0))


def test_what_is_worth_more_goes_in_first() -> None:
    """Of two plates only one goes in: the one that is worth more, however small."""
    case = Case((Unit((60, 60, 40)), Unit((60, 60, 30))), (CUBE,))
    assert fill(case, 0, [3, 2]).counts == (1, 0)
    assert fill(case, 0, [2, 3]).counts == (0, 1)
    filler, kinds = filler_of(case)
    assert filler.fill(0, kinds.count, np.array([0, 0]), 6) is None
    small = Case((Unit((90, 60, 40)),), (CUBE,))
    filler, kinds = filler_of(small)
    assert filler.fill(0, kinds.count, kinds.content_mm3, 6) is None


def test_weight_clashes_and_bundles_limit_what_goes_in() -> None:
    """Three heavy units of which two may be in; two groups of which one may; a pair or nothing."""
    heavy = Case((Unit((20, 20, 20), weight=40),) * 3, ({**CUBE, "max_content_g": 100},))
    assert fill(heavy, 0).counts == (2,)
    hostile = Case((Unit((20, 20, 20)), Unit((20, 20, 21))), (CUBE,), clash=frozenset({(0, 1)}))
    assert sum(fill(hostile, 0).counts) == 1
    pair = Case(
        (Unit((60, 60, 40)), Unit((60, 60, 30)), Unit((60, 30, 10))), (CUBE,), bundle=(1, 1, -1)
    )
    assert fill(pair, 0, [5, 1]).counts == (0, 1)


def test_mailers_are_filled_at_several_thicknesses() -> None:
    """Flat sheets lie side by side where the bag is thin, and never where it may not be used."""
    bag: Row = {"kind": "mailer", "size": (120, 120, 30), "max_content_g": None}
    sheets = (Unit((90, 40, 2)),) * 4
    assert sum(fill(Case(sheets, (bag,)), 0).counts) >= 3
    case = Case(sheets, (bag,), no_mailer=frozenset(range(4)))
    filler, kinds = filler_of(case)
    assert filler.fill(0, kinds.count, kinds.content_mm3, 6) is None


def test_more_runs_and_the_block_loader_never_lose_worth() -> None:
    """Sixty bricks of three kinds: ever more of the cube is full."""
    sizes = [(22, 17, 13), (25, 14, 11), (31, 18, 9)]
    case = Case(tuple(Unit(size) for size in sizes for _ in range(20)), (CUBE,))
    filler, kinds = filler_of(case)
    worth = []
    for runs, loads in ((1, 0), (6, 0), (24, 0), (24, 30)):
        found = filler.fill(0, kinds.count, kinds.content_mm3, runs, loads)
        assert found is not None
        check(case, found)
        worth.append(found.worth)
    assert worth == sorted(worth)
    assert worth[-1] > 0.85 * 60**3


def test_handling_rules_turn_fillings_down() -> None:
    """Nothing is put on fragile units when rules ask for it."""
    case = Case((Unit((60, 60, 20), "upright", bears=0),) * 3, (CUBE,))
    for rules, most in ((0, 3), (1, 1)):
        filler, kinds = filler_of(case, rules)
        found = filler.fill(0, kinds.count, kinds.content_mm3, 12, loads=1)
        assert found is not None
        assert found.counts == (most,)


def test_full_parcels_are_full_and_are_plans() -> None:
    """A cube in eight pieces, among pieces of other cubes: found, at next to no waste."""
    pieces = [(30, 30, 60), (30, 30, 30), (30, 30, 30), (60, 30, 20), (60, 30, 40)]
    others = [(59, 31, 17), (47, 13, 60), (29, 29, 29)]
    case = Case(tuple(Unit(size) for size in pieces + others), (CUBE,))
    filler, kinds = filler_of(case)
    found = list(full_parcels(filler, kinds, 0, 0, 200))
    assert found
    for one in found:
        check(case, one)
        assert int(np.array(one.counts) @ kinds.content_mm3) == 60**3
    slack = 2_000
    more = list(full_parcels(filler, kinds, 0, slack, 200))
    volumes = [int(np.array(one.counts) @ kinds.content_mm3) for one in more]
    assert volumes == sorted(volumes, reverse=True)
    assert min(volumes) >= 60**3 - slack
    assert len({one.counts for one in more}) == len(more) >= len(found)


def test_full_parcels_need_units_that_mix_and_can_be_counted() -> None:
    """Bundles, clashes and more units than fit a machine word are left to other ways."""
    tied = Case((Unit((30, 30, 60)),) * 4, (CUBE,), bundle=(1, 1, -1, -1))
    many = Case(tuple(Unit((30, 30, k)) for k in range(1, 64)), (CUBE,))
    for case in (tied, many):
        filler, kinds = filler_of(case)
        assert list(full_parcels(filler, kinds, 0, 100, 50)) == []
    light = Case((Unit((30, 30, 60), weight=30),) * 4, ({**CUBE, "max_content_g": 100},))
    filler, kinds = filler_of(light)
    assert list(full_parcels(filler, kinds, 0, 0, 50)) == []


# --- lumps and kinds


def test_lumps_of_a_kind_are_handed_out_once() -> None:
    """Three parcels planned with the same first lumps get different ones, and keep their plans."""
    case = Case(
        (Unit((30, 30, 20)),) * 6 + (Unit((9, 9, 9)),) * 3,
        (CUBE,),
        bundle=(1, 1, 2, 2, 3, 3, -1, -1, -1),
    )
    kinds = kinds_of(case.part)
    assert kinds.count.tolist() == [3, 3]
    rows = kinds.rows((1, 1))
    place = np.arange(6 * len(rows), dtype=np.int32).reshape(-1, 6)
    one = Parcel(0, rows[::-1].copy(), place, np.ones(len(rows), np.float32), 0, proved=True)
    handed = hand_out(kinds, [one, one, one])
    assert sorted(unit for parcel in handed for unit in parcel.unit.tolist()) == list(range(9))
    for parcel in handed:
        assert kinds.counts(parcel.unit) == (1, 1)
        assert (case.part.units[parcel.unit] == case.part.units[one.unit]).all()
        bundles = {int(case.part.bundle[unit]) for unit in parcel.unit} - {-1}
        assert len(bundles) == 1


def test_kinds_part_what_a_parcel_would_see() -> None:
    """Equal sizes are of one kind unless weight, own container, mailers or clashes differ."""
    brick = Unit((30, 30, 20))
    assert kinds_of(Case((brick,) * 4, (CUBE,)).part).count.tolist() == [4]
    other = Unit((30, 30, 20), weight=7)
    assert kinds_of(Case((brick, brick, other), (CUBE,)).part).count.tolist() == [1, 2]
    assert len(kinds_of(Case((brick,) * 3, (CUBE,), own=frozenset({1})).part)) == 2
    assert len(kinds_of(Case((brick,) * 3, (CUBE,), no_mailer=frozenset({1})).part)) == 2
    apart = kinds_of(Case((brick,) * 3, (CUBE,), clash=frozenset({(0, 1)})).part)
    assert apart.count.tolist() == [1, 1, 1]
    assert apart.clash.sum() == 2
    assert (
        kinds_of(copy(Case((brick,) * 3, (CUBE,)).part)).without(np.array([True])).count.size == 0
    )
