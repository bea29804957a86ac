"""Lower bounds of large parts: attempts to refute them with plans that exist."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import Unit
from enumerating import Case, Oracle, random_case
from invented import Row
from naive import cut
from packopt.kernel.values import CAP
from packopt.splitting.bounds import Relaxation, fewest
from packopt.splitting.cliques import heaviest_clique
from packopt.splitting.kinds import kinds_of
from packopt.splitting.question import NEVER
from packopt.splitting.spreading import Program, Terms
from packopt.splitting.values import Room

CUBE: Row = {"kind": "carton", "size": (60, 50, 40), "max_content_g": None}
SIDES = st.integers(8, 70)
#: A cut: which piece, along which axis, at which part of it.
CUTS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 2), st.integers(1, 90)), max_size=7)
SHARES = st.lists(st.floats(0, 3), min_size=40, max_size=40)


def pieces_of(draw: st.DrawFn, room: tuple[int, int, int], limit: int | None) -> list[Unit]:
    """Pieces of a room, turned in any of the ways that still let it be put together again."""
    pieces = cut(room, draw(CUTS))
    share = (limit or 900) // len(pieces)
    units = []
    for piece in pieces:
        size = tuple(piece[3:])
        kind = draw(st.sampled_from(["any", "upright", "fixed"]))
        if kind == "any":
            size = tuple(draw(st.permutations(size)))
        elif kind == "upright" and draw(st.booleans()):
            size = (size[1], size[0], size[2])
        units.append(Unit(size, kind, weight=draw(st.integers(0, share))))
    return units


@st.composite
def packed_cases(draw: st.DrawFn, most: int = 4) -> tuple[Case, list[tuple[int, int]]]:
    """Units cut out of packages, which they therefore fit; and each package with its content."""
    packages: list[Row] = []
    for _ in range(draw(st.integers(1, 3))):
        limit = draw(st.none() | st.integers(100, 500))
        if draw(st.integers(0, 3)) == 0:
            size = (
                draw(st.integers(80, 140)),
                draw(st.integers(80, 140)),
                draw(st.integers(4, 30)),
            )
            packages.append({"kind": "mailer", "size": size, "max_content_g": limit})
        else:
            size = (draw(SIDES), draw(SIDES), draw(SIDES))
            packages.append({"kind": "carton", "size": size, "max_content_g": limit})
    objective = draw(st.sampled_from(["volume", "material"]))
    rooms = Case((Unit((1, 1, 1)),), tuple(packages)).pricer.packages.room.tolist()
    units, plan = [], []
    for k in draw(st.lists(st.integers(0, len(packages) - 1), min_size=1, max_size=most)):
        length, width, height = rooms[k]
        if packages[k]["kind"] == "mailer":
            height = draw(st.integers(1, height))
            length, width = length - height, width - height
        pieces = pieces_of(draw, (length, width, height), packages[k]["max_content_g"])
        units += pieces
        plan.append((k, sum(a * b * c for (a, b, c), *_ in pieces)))
    return Case(tuple(units), tuple(packages), objective=objective), plan


def relaxation_of(case: Case) -> Relaxation:
    """What bounds see of a case."""
    return Relaxation(case.part, case.pricer.packages, kinds_of(case.part))


# --- values


@settings(max_examples=150)
@given(packed_cases(most=1), SHARES)
def test_what_a_package_holds_has_values_of_no_more_than_the_cap(
    drawn: tuple[Case, list[tuple[int, int]]], shares: list[float]
) -> None:
    """Volume, three functions of the sides, a function of the weight, cliques: all kept to."""
    case, ((package, _),) = drawn
    part, packages = case.part, case.pricer.packages
    kinds = kinds_of(part)
    room = Room(part, kinds, packages, package)
    share = np.array([shares[t % len(shares)] for t in range(len(kinds))])
    assert room.fits.all()
    ways = [room.by_volume(), room.by_sides(share), room.by_weight(share), room.by_clique(share)]
    for value in ways:
        if value is not None:
            assert int(value @ kinds.count) <= CAP
            assert (value >= 0).all()
    together = np.argwhere(np.triu(room.apart, 1))
    assert len(together) == 0
    assert not (np.diagonal(room.apart) & (kinds.count > 1)).any()


def test_values_count_what_volume_does_not_see() -> None:
    """Of plates as wide as the carton, and of units as heavy as it bears, each counts in full."""
    case = Case((Unit((60, 50, 21)), Unit((60, 31, 30))), (CUBE,))
    room = Room(case.part, kinds_of(case.part), case.pricer.packages, 0)
    assert room.by_volume().sum() < CAP
    assert room.by_sides(np.ones(2)).sum() > CAP
    heavy = Case((Unit((9, 9, 9), weight=51),) * 3, ({**CUBE, "max_content_g": 100},))
    room = Room(heavy.part, kinds_of(heavy.part), heavy.pricer.packages, 0)
    value = room.by_weight(np.ones(1))
    assert value is not None
    assert value.tolist() == [CAP]
    assert room.by_clique(np.ones(1)).tolist() == [CAP]


# --- cliques


@given(st.integers(1, 9), st.data())
def test_the_heaviest_clique_is_one_and_none_is_heavier(n: int, data: st.DataObject) -> None:
    """Against all sets of up to nine vertices."""
    pairs = list(combinations(range(n), 2))
    joined = np.zeros((n, n), np.bool_)
    for a, b in data.draw(st.lists(st.sampled_from(pairs))) if pairs else []:
        joined[a, b] = joined[b, a] = True
    weight = np.array(data.draw(st.lists(st.integers(0, 9), min_size=n, max_size=n)), np.float64)
    found = heaviest_clique(joined, weight)

    def is_clique(members: tuple[int, ...]) -> bool:
        return all(joined[a, b] for a, b in combinations(members, 2))

    assert is_clique(tuple(found))
    sets = (s for size in range(n + 1) for s in combinations(range(n), size))
    assert weight[found].sum() == max(weight[list(s)].sum() for s in sets if is_clique(s))


def test_a_large_graph_is_searched_without_end_of_the_stack() -> None:
    """Any clique makes a bound, so a graph of very many vertices is cut short."""
    n = 1_500
    found = heaviest_clique(~np.eye(n, dtype=np.bool_), np.ones(n))
    assert 100 < len(found) <= n


# --- numbers and costs


@settings(max_examples=150)
@given(packed_cases(), st.integers(0, 200_000))
def test_no_bound_exceeds_a_plan_that_exists(
    drawn: tuple[Case, list[tuple[int, int]]], parcel_price: int
) -> None:
    """The units were cut out of so many packages: no more are needed, and they cost no more."""
    case, plan = drawn
    relaxation = relaxation_of(case)
    number = relaxation.parcels().bound
    assert 1 <= number <= len(plan)
    assert fewest(case.part, case.pricer.packages) == number
    cost = sum(int(case.costs.cost_of(k, content)) + parcel_price for k, content in plan)
    assert relaxation.cost(number, len(plan), parcel_price).bound <= cost
    assert relaxation.cost(0, len(case.units), parcel_price).bound <= cost


@settings(max_examples=150)
@given(packed_cases(), st.data())
def test_the_worth_of_what_a_parcel_holds_is_no_more_than_one(
    drawn: tuple[Case, list[tuple[int, int]]], data: st.DataObject
) -> None:
    """Worths guide the building of parcels, and what the kernel puts together keeps to them."""
    case, _ = drawn
    kinds = kinds_of(case.part)
    found = relaxation_of(case).parcels()
    counts = [data.draw(st.integers(0, c)) for c in kinds.count.tolist()]
    rows = kinds.rows(counts)
    if len(rows) and case.pricer.price(case.part, [rows]).cost[0] < NEVER:
        assert float(np.array(counts) @ found.worth) <= 1 + 1e-6


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_bound_exceeds_full_enumeration(first: int) -> None:
    """With groups, bundles, own containers, bags, weights, stock and prices, against CP-SAT."""
    for seed in range(first, first + 20):
        case = random_case(seed)
        best = Oracle(case).best()
        if best is None or Oracle(case).homeless():
            continue
        parcels, cost = best
        relaxation = relaxation_of(case)
        number = relaxation.parcels().bound
        assert 1 <= number <= parcels, seed
        assert relaxation.cost(number, parcels, case.parcel_price or 0).bound <= cost, seed


def test_bounds_see_sides_weights_clashes_and_numbers() -> None:
    """What volume alone would put into one parcel needs as many as there are reasons."""
    plates = Case((Unit((60, 50, 5)),) * 9, (CUBE,))
    assert relaxation_of(plates).parcels().bound == 2
    halves = Case((Unit((60, 26, 26)),) * 5, (CUBE,))
    assert relaxation_of(halves).parcels().bound == 5
    heavy = Case((Unit((5, 5, 5), weight=34),) * 7, ({**CUBE, "max_content_g": 100},))
    assert relaxation_of(heavy).parcels().bound == 4
    apart = Case(
        (Unit((5, 5, 5)), Unit((5, 5, 6)), Unit((5, 5, 7))),
        (CUBE,),
        clash=frozenset({(0, 1), (0, 2), (1, 2)}),
    )
    assert relaxation_of(apart).parcels().bound == 3


def test_a_package_of_which_few_are_left_counts_only_so_often() -> None:
    """The rest goes into smaller ones; and where nothing else is left, nothing does."""
    small = {**CUBE, "size": (60, 50, 10)}
    case = Case((Unit((60, 50, 10)),) * 8, (CUBE, small))
    assert relaxation_of(case).parcels().bound == 2
    case = Case((Unit((60, 50, 10)),) * 8, (CUBE, small), left=(1, -1))
    assert relaxation_of(case).parcels().bound == 5
    case = Case((Unit((60, 50, 10)),) * 8, (CUBE, small), left=(1, 3))
    assert relaxation_of(case).parcels().bound == NEVER
    assert fewest(case.part, case.pricer.packages) == NEVER


def test_what_cannot_travel_is_left_out_and_own_containers_are_parcels() -> None:
    """A unit too long for every package counts nothing, or one if it may go as it is."""
    case = Case((Unit((99, 9, 9)), Unit((9, 9, 9))), (CUBE,))
    assert relaxation_of(case).parcels().bound == 1
    assert relaxation_of(case).travels.tolist() == [False, True]
    case = Case((Unit((99, 9, 9)), Unit((9, 9, 9))), (CUBE,), own=frozenset({0}))
    assert relaxation_of(case).parcels().bound == 2
    alone = Case((Unit((99, 9, 9)),), (CUBE,))
    assert relaxation_of(alone).parcels().bound == 0


def test_the_number_of_each_package_is_whole() -> None:
    """Two parcels and a bit are three, and the cost is that of whole packages."""
    case = Case((Unit((60, 50, 10)),) * 9, (CUBE, {**CUBE, "size": (60, 50, 20)}))
    relaxation = relaxation_of(case)
    assert relaxation.parcels().bound == 3
    large, small = case.costs.cost_of([0, 1], 0).tolist()
    assert relaxation.cost(3, 3).bound == min(2 * large + small, 3 * large)


def test_a_bound_stops_where_it_is_enough() -> None:
    """Who knows a plan of so many parcels need not have more proved."""
    case = Case((Unit((60, 26, 26)),) * 5, (CUBE,))
    assert 1 <= relaxation_of(case).parcels(enough=2).bound <= 5
    assert relaxation_of(case).parcels(enough=2).bound >= 2


def test_floating_point_that_errs_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Multipliers ten times too large are rounded and held against the price, like any others."""
    case = Case((Unit((60, 50, 10)),) * 9, (CUBE,))
    assert relaxation_of(case).parcels().bound == 3
    solve = Program.solve

    def wrong(program: Program) -> bool:
        done = solve(program)
        program.multipliers = [[10 * m for m in row] for row in program.multipliers]
        return done

    monkeypatch.setattr(Program, "solve", wrong)
    assert relaxation_of(case).parcels().bound <= 3
    assert relaxation_of(case).cost(0, 9).bound <= 3 * int(case.costs.cost_of(0, 0))


def test_a_program_without_a_solution_says_so() -> None:
    """Fewer parcels than limits ask for: nothing is concluded from it."""
    case = Case((Unit((60, 50, 10)),) * 9, (CUBE,))
    relaxation = relaxation_of(case)
    program = Program(
        relaxation.kinds, relaxation.rooms, relaxation.values, Terms((1,), (0,), 1, 0, 2)
    )
    program.limit(((5, 9),))
    assert not program.solve()
