"""Exact splitting of small parts: what it keeps to, what it proves, and batches of parts."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import Unit
from enumerating import EFFORTS, Case, Oracle, faults, random_case
from packopt.kernel.question import Effort
from packopt.splitting import rounds, subsets
from packopt.splitting.question import NEVER, OWN_CONTAINER, Split
from packopt.splitting.subsets import (
    are_small,
    is_small,
    n_states,
    split_exactly,
    split_many,
)

CUBE = {"kind": "carton", "size": (20, 20, 20), "max_content_g": None}
SLAB = {"kind": "carton", "size": (40, 20, 20), "max_content_g": None}
BAG = {"kind": "mailer", "size": (60, 60, 10), "max_content_g": None}
BRICK = Unit((20, 20, 10))
NO_EFFORT = (Effort(starts=0, climbs=0, beam=0, nodes=0),)


def split(case: Case, **options: bool | int) -> Split:
    """Split a case; its parcels must keep every rule."""
    answer = split_exactly(case.part, case.pricer, **options)  # type: ignore[arg-type]
    assert faults(case, answer) == []
    return answer


def total(case: Case, answer: Split) -> int:
    """Cost of the parcels, with what each is charged."""
    return sum(parcel.cost + (case.parcel_price or 0) for parcel in answer.parcels)


def loads(case: Case, answer: Split) -> list[int]:
    """Weight of each parcel in g."""
    return [sum(case.units[i].weight for i in parcel.unit) for parcel in answer.parcels]


# --- states


def test_equal_units_are_counted_and_different_ones_listed() -> None:
    """Three of one and two of another make 4 times 3 subsets."""
    case = Case((BRICK, BRICK, BRICK, Unit((5, 5, 5)), Unit((5, 5, 5))), (CUBE,))
    assert n_states(case.part) == 12
    assert n_states(replace(case, units=tuple(Unit((9, 8, k)) for k in range(1, 6))).part) == 32


def test_units_that_differ_in_what_they_may_are_of_different_types() -> None:
    """Weight, own container, a ban on mailers and clashes make equal sizes differ."""
    case = Case((BRICK,) * 3, (CUBE,))
    assert n_states(case.part) == 4
    assert n_states(replace(case, units=(BRICK, BRICK, Unit((20, 20, 10), weight=2))).part) == 6
    assert n_states(replace(case, own=frozenset({1})).part) == 6
    assert n_states(replace(case, no_mailer=frozenset({1})).part) == 6
    assert n_states(replace(case, clash=frozenset({(0, 1)})).part) == 6
    everyone = frozenset(combinations(range(3), 2))
    assert n_states(replace(case, clash=everyone).part) == 4


def test_a_bundle_is_one_atom_and_equal_bundles_are_of_one_type() -> None:
    """Two pairs and a single unit: 3 times 2 subsets."""
    case = Case((BRICK, BRICK, BRICK, BRICK, Unit((5, 5, 5))), (SLAB,), bundle=(0, 0, 1, 1, -1))
    assert n_states(case.part) == 6
    assert n_states(replace(case, bundle=(0, 0, -1, -1, -1)).part) == 12


def test_small_is_what_a_round_goes_through_in_milliseconds() -> None:
    """Twelve different units are few, thirteen are not; nor are very many equal ones."""
    twelve = tuple(Unit((30, 20, k)) for k in range(1, 13))
    assert is_small(Case(twelve, (CUBE,)).part)
    assert not is_small(Case((*twelve, Unit((30, 20, 13))), (CUBE,)).part)
    assert is_small(Case((BRICK,) * 1900, (CUBE,)).part)
    assert not is_small(Case((BRICK,) * 2100, (CUBE,)).part)
    assert not is_small(Case((BRICK,) * 4097, (CUBE,)).part)
    cases = [Case((BRICK,) * n, (CUBE,)) for n in (4097, 2, 2100, 3)]
    assert are_small([case.part for case in cases]) == [False, True, False, True]
    assert n_states(Case((*twelve, BRICK), (CUBE,)).part) == 0


def test_a_part_that_is_not_small_is_refused_with_advice() -> None:
    """The message says what to ask before."""
    case = Case(tuple(Unit((30, 20, k)) for k in range(1, 14)), (CUBE,))
    with pytest.raises(ValueError, match=r"part 1 of 2: found 13 units .* ask it first"):
        split_many([Case((BRICK,), (CUBE,)).part, case.part], case.pricer)


# --- plans


def test_fewest_parcels_come_before_a_low_cost() -> None:
    """One dear carton beats two cheap ones, unless parcels have a price."""
    dear = {"kind": "carton", "size": (90, 90, 90), "max_content_g": None}
    case = Case((BRICK,) * 4, (CUBE, dear))
    assert [parcel.package for parcel in split(case).parcels] == [1]
    case = replace(case, parcel_price=1)
    assert [parcel.package for parcel in split(case).parcels] == [0, 0]


def test_a_price_for_each_parcel_decides_between_few_and_cheap() -> None:
    """Two cartons are taken as long as the price is less than what they save."""
    case = Case((BRICK,) * 4, (CUBE, SLAB))
    small, large = case.costs.cost_of([0, 1], 0).tolist()
    saving = large - 2 * small
    assert saving < 0
    case = replace(case, packages=(CUBE, SLAB | {"size": (60, 40, 20)}))
    small, large = case.costs.cost_of([0, 1], 0).tolist()
    saving = large - 2 * small
    for price, parcels in ((0, 2), (saving - 1, 2), (saving + 1, 1)):
        answer = split(replace(case, parcel_price=price))
        assert len(answer.parcels) == parcels
        assert answer.fewest == 1
        assert answer.bound == total(replace(case, parcel_price=price), answer)


def test_no_plan_has_more_parcels_than_the_policy_allows() -> None:
    """Cheaper plans of more parcels are passed over; where fewer do not do, there is none."""
    long, wide = (CUBE | {"size": size} for size in ((50, 20, 20), (90, 90, 20)))
    case = Case((BRICK,) * 6, (CUBE, long, wide), parcel_price=0, clash=frozenset())
    assert len(split(case).parcels) == 3
    for most in (1, 2):
        limited = replace(case, most_parcels=most)
        answer = split(limited)
        assert len(answer.parcels) == most
        assert (answer.fewest, answer.bound) == (1, Oracle(limited).best()[1])  # type: ignore[index]
    apart = replace(case, packages=(CUBE,), most_parcels=2)
    for price in (0, None):
        answer = split(replace(apart, parcel_price=price))
        assert (answer.parcels, answer.bound, answer.fewest) == ((), NEVER, 3)


def test_weight_is_spread_evenly_where_nothing_else_is_lost() -> None:
    """Of four equal bricks, two heavy and two light, each parcel has one of either."""
    bricks = tuple(Unit((20, 20, 10), weight=w) for w in (9, 8, 2, 1))
    answer = split(Case(bricks, (CUBE,)))
    assert loads(Case(bricks, (CUBE,)), answer) == [10, 10]
    cheap = {"kind": "carton", "size": (20, 20, 15), "max_content_g": None}
    case = Case((*bricks[:3], Unit((20, 20, 15), weight=9)), (CUBE, cheap))
    assert sorted(loads(case, split(case))) == [2, 9, 17][1:] or len(split(case).parcels) == 3


def test_the_heaviest_parcel_comes_first() -> None:
    """Parcels stand by the weight of their content."""
    case = Case(tuple(Unit((20, 20, 20), weight=w) for w in (1, 5, 3)), (CUBE,))
    assert loads(case, split(case)) == [5, 3, 1]


def test_equal_units_are_dealt_out_once_each() -> None:
    """Every unit of a type travels once, whatever subset was asked about."""
    case = Case((BRICK,) * 7, (CUBE,))
    answer = split(case)
    assert sorted(i for parcel in answer.parcels for i in parcel.unit.tolist()) == list(range(7))
    assert [len(parcel.unit) for parcel in answer.parcels] == [2, 2, 2, 1]


def test_bundles_travel_together_and_clashes_apart() -> None:
    """A bundle takes the larger carton; two units that clash take two cartons."""
    pair = Case((BRICK,) * 3, (CUBE, SLAB), bundle=(0, 0, 0))
    assert [parcel.package for parcel in split(pair).parcels] == [1]
    apart = Case((BRICK,) * 2, (CUBE,), clash=frozenset({(0, 1)}))
    answer = split(apart)
    assert (len(answer.parcels), answer.fewest) == (2, 2)


def test_a_unit_ships_in_its_own_container_where_that_is_cheaper() -> None:
    """Fewest parcels come first, so it joins the others; with a price of 0 it goes alone."""
    case = Case((BRICK, BRICK), (CUBE,), own=frozenset({0}))
    assert [parcel.package for parcel in split(case).parcels] == [0]
    flat = CUBE | {"size": (20, 20, 10)}
    answer = split(replace(case, parcel_price=0, packages=(CUBE, flat), left=()))
    assert sorted(parcel.package for parcel in answer.parcels) == [OWN_CONTAINER, 1]
    alone = split(replace(case, own=frozenset({0, 1}), parcel_price=0))
    assert [(parcel.package, parcel.cost, parcel.size_mm) for parcel in alone.parcels] == [
        (OWN_CONTAINER, 0, (10, 20, 20))
    ] * 2


def test_a_unit_too_large_for_all_still_has_its_own_container() -> None:
    """It is not homeless, and no package is asked to hold it with others."""
    case = Case((Unit((90, 90, 90)), BRICK), (CUBE,), own=frozenset({0}))
    answer = split(case)
    assert sorted(parcel.package for parcel in answer.parcels) == [OWN_CONTAINER, 0]
    assert answer.homeless.tolist() == []


# --- what fits nothing


def test_units_that_fit_nothing_are_named_and_the_rest_is_split() -> None:
    """Too long, too heavy, barred from the only mailer: each is homeless."""
    bag = BAG | {"max_content_g": 5}
    units = (Unit((90, 1, 1)), Unit((40, 40, 5), weight=9), Unit((40, 40, 5)), Unit((40, 40, 5)))
    case = Case(units, (bag,))
    case = replace(case, no_mailer=frozenset({2}))
    answer = split(case)
    assert len(answer.homeless) == 3
    assert len(answer.parcels) == 1
    assert answer.bound == total(case, answer)


def test_nothing_is_asked_about_the_rest_where_a_part_is_refused_as_a_whole() -> None:
    """Without `partial` a homeless unit ends the matter."""
    case = Case((Unit((90, 90, 90)), BRICK, BRICK, BRICK), (CUBE,))
    answer = split(case, partial=False)
    assert (answer.parcels, answer.bound, answer.work) == ((), NEVER, 0)
    assert answer.homeless.tolist() == [0]


def test_a_bundle_that_fits_nothing_is_homeless_as_a_whole() -> None:
    """Even if each of its units would fit; one that clashes inside fits nothing."""
    case = Case((BRICK,) * 5, (SLAB,), bundle=(0, 0, 0, 0, 0))
    assert split(case).homeless.tolist() == [0, 1, 2, 3, 4]
    case = Case((BRICK,) * 3, (SLAB,), bundle=(0, 0, -1))
    assert split(case).homeless.tolist() == []
    case = replace(case, clash=frozenset({(0, 1)}))
    assert split(case).homeless.tolist() == [0, 1]
    assert split(case, partial=False).bound == NEVER


def test_a_part_of_homeless_units_has_no_plan() -> None:
    """No parcel, no cost, all units named."""
    answer = split(Case((Unit((90, 90, 90)),) * 2, (CUBE,)))
    assert (answer.parcels, answer.bound, answer.homeless.tolist()) == ((), NEVER, [0, 1])


# --- what stays undecided

TIGHT = {"kind": "carton", "size": (59, 53, 47), "max_content_g": None}
AWKWARD = tuple(Unit(size) for size in ((30, 27, 23), (31, 25, 24), (28, 26, 24), (29, 28, 22)))


@pytest.mark.parametrize("seed", range(30))
def test_bounds_are_sound_and_plans_valid_without_any_effort(seed: int) -> None:
    """What is undecided stays between the bounds; with all effort they meet."""
    case = replace(random_case(1000 + seed), left=())
    full = split(case)
    case.pricer.efforts = NO_EFFORT
    lazy = split(case)
    case.pricer.efforts = EFFORTS
    assert lazy.homeless.tolist() == full.homeless.tolist()
    assert lazy.fewest <= max(len(full.parcels), full.fewest)
    if full.parcels:
        assert lazy.bound <= total(case, full)
    if lazy.parcels:
        key = total(case, lazy), total(case, full)
        assert (len(lazy.parcels) > len(full.parcels)) or key[0] >= key[1]


@pytest.mark.parametrize("most_asked", [0, 1, 3, 10])
def test_an_early_end_leaves_a_valid_plan_and_sound_bounds(most_asked: int) -> None:
    """However little may be asked, singles at least are plans."""
    for seed in range(40):
        case = replace(random_case(seed), left=(), bundle=())
        full, early = split(case), split(case, most_asked=most_asked)
        if full.parcels and case.most_parcels > len(case.units):
            assert early.parcels
            assert early.fewest <= len(full.parcels)
            assert early.bound <= total(case, full)
            assert len(early.parcels) >= len(full.parcels) or case.parcel_price is not None


# --- stock


def test_no_more_packages_are_taken_than_are_left() -> None:
    """The dearer carton steps in where the cheaper one runs out; with neither there is no plan."""
    case = Case((BRICK,) * 6, (CUBE, SLAB))
    cases = {
        (-1, 0): [0, 0, 0],
        (3, -1): [0, 1],
        (1, 1): [0, 1],
        (0, -1): [1, 1],
        (3, 0): [0, 0, 0],
        (0, 2): [1, 1],
    }
    for left, packages in cases.items():
        answer = split(replace(case, left=left))
        assert sorted(parcel.package for parcel in answer.parcels) == packages, left
        assert answer.bound == total(case, answer)
    for left in ((1, 0), (0, 1), (0, 0)):
        answer = split(replace(case, left=left))
        assert (answer.parcels, answer.bound) == ((), NEVER), left


def test_a_stock_of_zero_equals_the_absence_of_the_package() -> None:
    """In parcels, cost and bounds."""
    for seed in range(40):
        case = random_case(seed)
        if len(case.packages) < 2:
            continue
        gone = seed % len(case.packages)
        left = [-1] * len(case.packages)
        left[gone] = 0
        without = replace(case, packages=case.packages[:gone] + case.packages[gone + 1 :], left=())
        one, other = split(replace(case, left=tuple(left))), split(without)
        assert (len(one.parcels), total(case, one)) == (len(other.parcels), total(case, other))
        assert (one.fewest, one.bound) == (other.fewest, other.bound)


# --- packages


def test_every_one_of_many_packages_is_looked_at() -> None:
    """Hundreds of packages take several words of bits, with filler cost or without."""
    bags = [BAG | {"size": (30 + k, 30, 10)} for k in range(70)]
    boxes = [CUBE | {"size": (20, 20, 11 + k)} for k in range(70)]
    for objective in ("volume", "material"):
        units = (Unit((20, 20, 75)), Unit((20, 20, 76)), Unit((80, 20, 2)))
        case = Case(units, (*bags, *boxes), objective)
        assert split(case).bound == Oracle(case).best()[1]  # type: ignore[index]


def test_a_class_of_access_never_gets_what_is_barred() -> None:
    """Row 1 of the table bars the cheap carton, row 0 nothing."""
    case = Case((BRICK,) * 3, (CUBE, SLAB))
    pricer = case.pricer.with_barred(np.array([[0, 0], [9, 0]], np.uint8))
    for access, packages in ((0, [0, 0]), (1, [1])):
        part = replace(case.part, access=access, parcel_price=0)
        answer = split_exactly(part, pricer)
        assert [parcel.package for parcel in answer.parcels] == packages or access == 0
        assert all(parcel.package == 1 for parcel in answer.parcels) or access == 0


# --- batches


def as_text(answers: list[Split]) -> list[str]:
    """Splits as they print, array by array."""
    return [repr(answer) for answer in answers]


def test_a_part_is_split_the_same_in_any_company(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone, with others, cut into slices of memory, or asked about a few at a time."""
    case = Case((BRICK,), (CUBE, SLAB, BAG))
    parts = [replace(random_case(seed), packages=case.packages, left=()).part for seed in range(30)]
    together = as_text(split_many(parts, case.pricer))
    assert as_text([split_exactly(part, case.pricer) for part in parts]) == together
    assert as_text(split_many(parts[::-1], case.pricer)) == together[::-1]
    monkeypatch.setattr(subsets, "STATES_AT_ONCE", 100)
    monkeypatch.setattr(rounds, "PAIRS_AT_ONCE", 10)
    assert as_text(split_many(parts, case.pricer)) == together


def test_no_parts_have_no_splits() -> None:
    """A batch in which nothing is to be split is no special case."""
    assert split_many([], Case((BRICK,), (CUBE,)).pricer) == []


# --- properties

SIDE = st.integers(5, 45)
UNITS = st.lists(
    st.builds(
        Unit,
        st.tuples(SIDE, SIDE, SIDE),
        st.sampled_from(["any", "any", "upright", "flat", "fixed"]),
        st.integers(1, 60),
        st.just(-1),
        st.just(0),
    ),
    min_size=1,
    max_size=4,
)
PACKAGES = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {
                "kind": st.just("carton"),
                "size": st.tuples(*[st.integers(20, 70)] * 3),
                "max_content_g": st.sampled_from([None, None, 100]),
            }
        ),
        st.fixed_dictionaries(
            {
                "kind": st.just("mailer"),
                "size": st.tuples(*[st.integers(40, 110)] * 2, st.integers(5, 40)),
                "max_content_g": st.sampled_from([None, 100]),
            }
        ),
    ),
    min_size=1,
    max_size=4,
)
OBJECTIVE = st.sampled_from(["volume", "material"])


@settings(max_examples=80)
@given(UNITS, UNITS, PACKAGES, OBJECTIVE)
def test_merging_two_parts_never_needs_more_parcels(
    one: list[Unit], other: list[Unit], packages: list[dict[str, object]], objective: str
) -> None:
    """Two plans side by side are a plan for all, so it has as few parcels, at no more cost."""
    parts = [Case(tuple(units), tuple(packages), objective) for units in (one, other)]
    both = Case((*one, *other), tuple(packages), objective)
    apart, merged = [split(part) for part in parts], split(both)
    assert len(merged.homeless) == sum(len(answer.homeless) for answer in apart)
    assert len(merged.parcels) <= sum(len(answer.parcels) for answer in apart)
    priced = replace(both, parcel_price=0)
    cost = sum(total(part, split(replace(part, parcel_price=0))) for part in parts)
    assert total(priced, split(priced)) <= cost


@settings(max_examples=80)
@given(UNITS, PACKAGES, PACKAGES, OBJECTIVE, st.sampled_from([None, 0, 10_000]))
def test_adding_packages_never_makes_an_answer_dearer(
    units: list[Unit],
    packages: list[dict[str, object]],
    more: list[dict[str, object]],
    objective: str,
    price: int | None,
) -> None:
    """More to choose from: fewer parcels, or as many at no more cost; no unit loses its home."""
    case = Case(tuple(units), tuple(packages), objective, parcel_price=price)
    rich = replace(case, packages=(*packages, *more))
    before, after = split(case), split(rich)
    assert set(after.homeless) <= set(before.homeless)
    if len(after.homeless) == len(before.homeless):
        keys = [(len(answer.parcels), total(case, answer)) for answer in (after, before)]
        if price is not None:
            keys = [(cost, 0) for _, cost in keys]
        assert keys[0] <= keys[1]


@settings(max_examples=80)
@given(UNITS, UNITS, PACKAGES, st.randoms(use_true_random=False))
def test_units_that_clash_never_share_a_parcel(
    one: list[Unit], other: list[Unit], packages: list[dict[str, object]], random: object
) -> None:
    """`split` finds no fault; and more clashes never make a plan better."""
    units = (*one, *other)
    pairs = list(combinations(range(len(units)), 2))
    few = frozenset(pair for pair in pairs if random.random() < 0.3)  # type: ignore[attr-defined]
    case = Case(units, tuple(packages))
    torn = replace(case, clash=few)
    free, apart = split(case), split(torn)
    key, worse = ((len(answer.parcels), total(case, answer)) for answer in (free, apart))
    assert key <= worse
