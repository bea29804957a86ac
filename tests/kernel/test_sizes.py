"""Packages whose size is chosen for the order: against every size on offer, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from asking import KINDS, Unit, canonical, workspace
from naive import Extents, brute_force_holds, is_packing, keeps_rules
from packopt.batches import empty_answers
from packopt.kernel.batch import (
    FEASIBLE,
    OPTIMAL,
    STAYED_OPEN,
    UNPACKABLE,
    Answers,
    Batch,
    Packages,
    solve,
)
from packopt.kernel.layout import (
    DFF,
    OPEN_QUESTION,
    PAIR,
    POLICY,
    REACH,
    SEARCH,
    SIDE,
    VOLUME,
    WEIGHT,
)
from packopt.kernel.question import Effort
from packopt.kernel.resizing import SizeAnswers, Sizes, resize
from packopt.kernel.size_cost import NEVER, TERMS
from packopt.kernel.size_space import new_size_space

Key = tuple[int, int]

#: Enough for anything small.
EFFORT = Effort(starts=6, climbs=60, beam=32, nodes=100_000)
PLENTY = 10_000_000


@dataclass(frozen=True)
class Maker:
    """A package made in several sizes; sides in mm, coefficients as in `TERMS`."""

    lengths: Sequence[int]
    widths: Sequence[int]
    heights: Sequence[int]
    coefficient: Sequence[int] = (0,) * (TERMS - 1) + (1,)
    filler: int = 0
    wall: Extents = (0, 0, 0)
    coolant: int = 0
    limit: int = -1
    barred: int = 0

    def sizes(self) -> list[Extents]:
        """Every size on offer."""
        return list(product(self.lengths, self.widths, self.heights))

    def key(self, size: Extents, content: int = 0) -> Key:
        """Cost and outer volume of a size."""
        x, y, z = size
        low, high = min(x, y), max(x, y)
        terms = (1, x, y, z, low, high, x * y, x * z, y * z, z * z, low * low, x * y * z)
        cost = sum(c * term for c, term in zip(self.coefficient, terms, strict=True))
        outer = [side + wall for side, wall in zip(size, self.wall, strict=True)]
        return cost - self.filler * content, outer[0] * outer[1] * outer[2]

    def turnable(self) -> bool:
        """Whether each size wider than long is on offer turned, and no dearer."""
        sizes = set(self.sizes())
        return all(
            (y, x, z) in sizes
            and self.key((y, x, z)) <= self.key((x, y, z))
            and self.key((y, x, z))[1] <= self.key((x, y, z))[1]
            for x, y, z in sizes
            if x < y
        )

    def usable(self, size: Extents, wall: int) -> Extents:
        """Room for units between clearance and coolant."""
        x, y, z = size
        return x - 2 * wall, y - 2 * wall, z - 2 * wall - -(-self.coolant // (x * y))


@dataclass(frozen=True)
class Shop:
    """Cartons by inner sides, which cost their volume, and packages made in several sizes."""

    makers: Sequence[Maker]
    cartons: Sequence[Extents] = ()
    clearance: int = 0
    effort: Sequence[Effort] = (EFFORT,)
    budget: int = PLENTY
    rules: int = 0
    load: Sequence[int] = field(default_factory=list)

    def packages(self) -> Packages:
        """What the loop over packages of one size sees."""
        n, f = len(self.cartons), len(self.makers)
        outer = np.array([*self.cartons, *[(1, 1, 1)] * f], np.int64).reshape(-1, 3)
        room = np.maximum(outer - 2 * self.clearance, 0)
        volume = outer.prod(axis=1)
        return Packages(
            mailer=np.zeros(n + f, np.int64),
            room=room,
            sides=np.sort(room, axis=1),
            volume=room.prod(axis=1),
            max_content_g=np.array([-1] * n + [maker.limit for maker in self.makers], np.int64),
            clearance=np.full(n + f, self.clearance, np.int64),
            base_cost=volume,
            filler_cost=np.zeros(n + f, np.int64),
            outer_mm3=volume,
            id_rank=np.arange(n + f),
            unfilled=np.array(sorted(range(n), key=lambda k: (volume[k], k)), np.int64),
            filled=np.empty(0, np.int64),
            barred=np.array([[0] * n + [maker.barred for maker in self.makers]], np.uint8),
        )

    def sizes(self) -> Sizes:
        """What the choice of sizes sees."""
        sides = [list(side) for m in self.makers for side in (m.lengths, m.widths, m.heights)]
        ends = np.cumsum([0, *map(len, sides)])
        return Sizes(
            package=len(self.cartons) + np.arange(len(self.makers)),
            offered=np.array([mm for side in sides for mm in side], np.int64),
            begins=np.array([ends[3 * f : 3 * f + 4] for f in range(len(self.makers))]),
            coefficient=np.array([maker.coefficient for maker in self.makers], np.int64),
            filler_cost=np.array([maker.filler for maker in self.makers], np.int64),
            wall_mm=np.array([maker.wall for maker in self.makers], np.int64),
            coolant_mm3=np.array([maker.coolant for maker in self.makers], np.int64),
            turnable=np.array([maker.turnable() for maker in self.makers], np.int64),
        )

    def ask(self, *orders: Sequence[Unit]) -> tuple[Answers, SizeAnswers]:
        """Ask about packages of one size, then of several."""
        batch = batch_of(orders)
        packages = self.packages()
        answers = empty_answers(batch, len(packages.mailer))
        wanted = np.ones(len(orders), np.uint8)
        most = int(np.diff(batch.start).max())
        areas = workspace()
        solve(packages, batch, self.rules, self.effort[0], wanted, answers, areas)
        chosen = SizeAnswers(
            np.zeros((len(orders), 3), np.int32),
            np.zeros(len(orders), np.int64),
            np.zeros(len(orders), np.int64),
        )
        rungs = np.array([[*effort, self.budget] for effort in self.effort], np.int64)
        resize(
            self.sizes(), packages, batch, self.rules, rungs, wanted, answers, chosen,
            new_size_space(most), areas,
        )  # fmt: skip
        return answers, chosen

    def cheapest(self, units: Sequence[Unit]) -> tuple[Key, int, Extents] | None:
        """Cost and outer volume, package and size of the cheapest that holds units."""
        n, content = len(self.cartons), volume_of(units)
        every = [((x * y * z, x * y * z), k, (x, y, z)) for k, (x, y, z) in enumerate(self.cartons)]
        for f, maker in enumerate(self.makers):
            if not maker.barred and not 0 <= maker.limit < sum(unit.weight for unit in units):
                every += [(maker.key(size, content), n + f, size) for size in maker.sizes()]
        for key, k, size in sorted(every):
            if self.holds(units, k, size):
                return key, k, size
        return None

    def holds(self, units: Sequence[Unit], k: int, size: Extents) -> bool:
        """Whether package ``k`` holds units at a size."""
        room = self.room(k, size)
        if min(room) <= 0 or np.prod(room) < volume_of(units):
            return False
        return brute_force_holds([unit.ways() for unit in units], room) is not None

    def room(self, k: int, size: Extents) -> Extents:
        """Room for units in package ``k`` at a size."""
        maker = Maker((), (), ()) if k < len(self.cartons) else self.makers[k - len(self.cartons)]
        return maker.usable(size, self.clearance)


def batch_of(orders: Sequence[Sequence[Unit]]) -> Batch:
    """Orders as the kernel sees them."""
    tables = [canonical(units)[0] for units in orders]
    n = len(orders)
    first = {table.tobytes(): o for o, table in reversed(list(enumerate(tables)))}
    return Batch(
        units=np.concatenate(tables),
        start=np.cumsum([0, *map(len, tables)]),
        content_mm3=np.array([volume_of(units) for units in orders], np.int64),
        weight_g=np.array([sum(unit.weight for unit in units) for units in orders], np.int64),
        no_mailer=np.zeros(n, np.bool_),
        like=np.array([first[table.tobytes()] for table in tables], np.int64),
        access=np.zeros(n, np.int32),
    )


def volume_of(units: Sequence[Unit]) -> int:
    """Volume of units in mm3."""
    return sum(int(np.prod(unit.size)) for unit in units)


def plan_of(answers: Answers, units: Sequence[Unit], clearance: int = 0) -> list[list[int]]:
    """The plan of the only order, in the order of `canonical`, from the corner of the room."""
    plan = np.zeros((len(units), 6), int)
    plan[answers.unit[: len(units)]] = answers.place[: len(units)]
    plan[:, :3] -= clearance
    return plan.tolist()


def ruled(answers: Answers, o: int = 0) -> tuple[list[int], list[int]]:
    """Packages ruled out for an order, and why."""
    every = len(answers.ruled) // len(answers.package)
    rows = slice(o * every, o * every + int(answers.n_ruled[o]))
    return answers.ruled[rows].tolist(), answers.reason[rows].tolist()


def some_sides(most: int, several: int) -> st.SearchStrategy[list[int]]:
    """Sides on offer."""
    return st.lists(st.integers(1, most), min_size=1, max_size=several, unique=True).map(sorted)


small = st.integers(0, 2)


def some_units(least: int, most: int, kinds: Sequence[str]) -> st.SearchStrategy[Unit]:
    """Units of 1 g with sides between two lengths."""
    sizes = st.tuples(*[st.integers(least, most)] * 3)
    return st.tuples(sizes, st.sampled_from(kinds)).map(lambda pair: Unit(*pair))


units_of_four = st.lists(some_units(1, 4, sorted(KINDS)), min_size=1, max_size=4)
makers = st.tuples(
    some_sides(8, 4),
    some_sides(8, 4),
    some_sides(8, 6),
    st.tuples(*[small] * TERMS),
    small,
    st.tuples(*[small] * 3),
    st.sampled_from([0, 0, 1, 9, 40]),
).map(lambda columns: Maker(*columns))


@settings(max_examples=400)
@given(units_of_four, makers, st.integers(0, 1))
def test_the_cheapest_size_of_all_on_offer_is_found(
    units: list[Unit], maker: Maker, clearance: int
) -> None:
    """Whatever sizes cost, the answer is the cheapest that brute force finds to hold the order."""
    shop = Shop([maker], clearance=clearance)
    answers, chosen = shop.ask(units)
    expected = shop.cheapest(units)
    if expected is None:
        assert (answers.package[0], answers.verdict[0], answers.bound[0]) == (-1, UNPACKABLE, -1)
        assert (chosen.cost[0], chosen.bound[0], answers.n_ruled[0]) == (NEVER, NEVER, 1)
        return
    assert (answers.package[0], answers.verdict[0], answers.bound[0]) == (0, OPTIMAL, 0)
    size = tuple(chosen.size_mm[0].tolist())
    assert maker.key(size, volume_of(units)) == expected[0]
    assert chosen.cost[0] == chosen.bound[0] == expected[0][0]
    ways = [unit.ways() for unit in canonical(units)[1]]
    plan = [tuple(row) for row in plan_of(answers, units, clearance)]
    assert is_packing(plan, ways, shop.room(0, size))


@settings(max_examples=200)
@given(
    units_of_four,
    st.lists(makers, min_size=1, max_size=3),
    st.lists(st.tuples(*[st.integers(2, 9)] * 3), max_size=4, unique=True),
)
def test_packages_of_one_size_and_of_several_are_one_ranking(
    units: list[Unit], several: list[Maker], cartons: list[Extents]
) -> None:
    """The cheapest of all wins; what could be cheaper is ruled out, cheapest first, and why."""
    shop = Shop(several, cartons)
    answers, chosen = shop.ask(units)
    expected = shop.cheapest(units)
    limit = (NEVER, NEVER, NEVER) if expected is None else (*expected[0], expected[1])
    assert answers.package[0] == (-1 if expected is None else expected[1])
    assert chosen.cost[0] == chosen.bound[0] == limit[0]
    assert answers.verdict[0] == (UNPACKABLE if expected is None else OPTIMAL)
    content, n = volume_of(units), len(cartons)
    keys = [(x * y * z, x * y * z, k) for k, (x, y, z) in enumerate(cartons)]
    keys += [(*maker.key(maker.sizes()[0], content), n + f) for f, maker in enumerate(several)]
    due = [k for cost, outer, k in sorted(keys) if (cost, outer, k) < limit]
    packages, reasons = ruled(answers)
    assert packages == [k for k in due if k != answers.package[0]]
    assert set(reasons) <= {SIDE, VOLUME, PAIR, REACH, DFF, SEARCH}
    if answers.package[0] < n:
        assert chosen.size_mm[0].tolist() == [0, 0, 0]


@given(units_of_four, makers, st.lists(st.tuples(*[st.integers(2, 9)] * 3), max_size=2))
def test_sides_and_volume_are_given_as_reasons_only_where_they_suffice(
    units: list[Unit], maker: Maker, cartons: list[Extents]
) -> None:
    """`side`: no cheaper size has room for each unit; `volume`: none is large enough for all."""
    shop = Shop([maker], cartons)
    answers, chosen = shop.ask(units)
    packages, reasons = ruled(answers)
    assume(len(cartons) in packages)
    reason = reasons[packages.index(len(cartons))]
    content = volume_of(units)
    cheaper = [s for s in maker.sizes() if maker.key(s, content)[0] < chosen.cost[0]]
    rooms = [shop.room(len(cartons), size) for size in cheaper]
    if reason == SIDE:
        fits = [all(shop.holds([u], len(cartons), size) for u in units) for size in cheaper]
        assert not any(fits)
    if reason == VOLUME:
        assert all(min(room) <= 0 or np.prod(room) < content for room in rooms)


@settings(max_examples=12)
@given(
    st.lists(some_units(2, 9, ["any", "upright"]), min_size=5, max_size=8),
    st.integers(0, 400),
)
def test_what_stays_open_bounds_the_cost_from_below(units: list[Unit], budget: int) -> None:
    """Little work finds no better size and no higher bound than much; neither crosses the other."""
    maker = Maker(range(5, 40), range(5, 40), range(5, 40), (0, 0, 0, 3, 0, 5, 2, 2, 2, 0, 1, 0))
    weak = (EFFORT._replace(climbs=0, beam=0, nodes=0),)
    little, poor = Shop([maker], effort=weak, budget=budget).ask(units)
    much, good = Shop([maker], effort=(weak[0]._replace(nodes=100),), budget=8_000).ask(units)
    assert poor.bound[0] <= good.cost[0] <= poor.cost[0]
    assert good.bound[0] <= good.cost[0]
    assert little.verdict[0] in (OPTIMAL, FEASIBLE, STAYED_OPEN)
    assert (little.verdict[0] == OPTIMAL) == (poor.bound[0] == poor.cost[0])
    if much.verdict[0] == OPTIMAL:
        assert poor.bound[0] <= good.bound[0]
    if little.verdict[0] == STAYED_OPEN:
        assert (little.bound[0], ruled(little)) == (0, ([0], [OPEN_QUESTION]))


def test_passes_go_on_from_the_best_size_of_the_ones_before() -> None:
    """A weak pass before a strong one changes nothing but the work."""
    rng = np.random.default_rng(5)
    maker = Maker(range(10, 60, 5), range(10, 60, 5), range(10, 60))
    weak = EFFORT._replace(climbs=0, beam=0, nodes=0)
    for _ in range(10):
        units = [Unit(tuple(rng.integers(4, 20, 3).tolist())) for _ in range(5)]
        alone, one = Shop([maker]).ask(units)
        both, two = Shop([maker], effort=(weak, EFFORT)).ask(units)
        assert alone.verdict[0] == both.verdict[0] == OPTIMAL
        assert one.cost[0] == two.cost[0]


def test_a_carton_that_holds_the_order_lends_its_plan() -> None:
    """Without any effort the box around the plan for the carton is the size that is found."""
    units = [Unit((10, 10, 10))] * 2 + [Unit((10, 10, 20))] * 3
    maker = Maker(range(10, 60, 10), range(10, 60, 10), range(10, 60, 10))
    shop = Shop([maker], [(55, 45, 35)], effort=(EFFORT,), budget=0)
    answers, chosen = shop.ask(units)
    spans = (answers.place[:, :3] + answers.place[:, 3:]).max(axis=0)
    assert (answers.package[0], answers.verdict[0]) == (1, FEASIBLE)
    assert chosen.size_mm[0].tolist() == [*sorted(spans[:2].tolist(), reverse=True), spans[2]]


def test_a_size_is_no_wider_than_long_unless_a_fixed_unit_asks_for_it() -> None:
    """Of two sizes that cost the same the longer one is made; fixed units keep their length."""
    maker = Maker(range(10, 90, 10), range(10, 90, 10), [10])
    for kind, size in (("any", [80, 20, 10]), ("upright", [80, 20, 10]), ("fixed", [20, 80, 10])):
        _, chosen = Shop([maker]).ask([Unit((20, 80, 10), kind)])
        assert chosen.size_mm[0].tolist() == size


@pytest.mark.parametrize(
    ("maker", "reason"),
    [
        (Maker([9], [9], [9], limit=1), WEIGHT),
        (Maker([9], [9], [9], barred=POLICY), POLICY),
        (Maker([9], [9], [3]), SIDE),
        (Maker([5], [5], [5, 6]), VOLUME),
        (Maker([9], [9], [9]), REACH),
        (Maker([10], [10], [3]), PAIR),
    ],
    ids=["weight", "policy", "side", "volume", "reach", "pair"],
)
def test_a_package_that_holds_the_order_at_no_size_says_why(maker: Maker, reason: int) -> None:
    """Limits and policy count for the whole package, geometry for its sizes."""
    units = [Unit((5, 5, 5)), Unit((5, 5, 5))]
    if reason == PAIR:
        units = [Unit((10, 2, 2), "fixed"), Unit((2, 10, 2), "fixed")]
    answers, _ = Shop([maker]).ask(units)
    assert (answers.package[0], answers.verdict[0]) == (-1, UNPACKABLE)
    assert ruled(answers) == ([0], [reason])


def test_nothing_stands_on_fragile_units_in_any_size() -> None:
    """Where no plan that keeps the rules is found, the size stays open: rules refute nothing."""
    fragile = [Unit((10, 10, 10), bears=0), Unit((10, 10, 10), bears=0)]
    tower = Maker([10, 20], [10], [10, 20], (0, 100, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1))
    answers, chosen = Shop([tower], rules=1).ask(fragile)
    assert chosen.size_mm[0].tolist() == [20, 10, 10]
    assert answers.verdict[0] == FEASIBLE
    assert chosen.bound[0] == tower.key((10, 10, 20))[0]
    plan = [tuple(row) for row in plan_of(answers, fragile)]
    assert keeps_rules(plan, [1, 1], [0, 0])


def test_equal_orders_get_equal_sizes_and_the_batch_does_not_matter() -> None:
    """The answer is that of the order alone, whatever was asked before it."""
    rng = np.random.default_rng(2)
    maker = Maker(range(10, 80, 5), range(10, 80, 5), range(10, 80))
    shop = Shop([maker], [(40, 30, 20), (60, 40, 40)], effort=(EFFORT._replace(nodes=200),))
    orders = [
        [Unit(tuple(rng.integers(5, 25, 3).tolist())) for _ in range(n)] for n in (3, 8, 1, 12, 5)
    ]
    answers, chosen = shop.ask(*orders, orders[1], orders[4])
    twins = [0, 1, 2, 3, 4, 1, 4]
    for o, order in enumerate([orders[t] for t in twins]):
        alone, one = shop.ask(order)
        first = int(batch_of([orders[t] for t in twins]).start[o])
        for name in ("package", "verdict", "bound", "work", "n_ruled"):
            assert getattr(answers, name)[o] == getattr(alone, name)[0]
        assert ruled(answers, o) == ruled(alone)
        assert chosen.size_mm[o].tolist() == one.size_mm[0].tolist()
        assert (chosen.cost[o], chosen.bound[o]) == (one.cost[0], one.bound[0])
        assert (answers.place[first : first + len(order)] == alone.place).all()
