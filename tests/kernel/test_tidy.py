"""Tidied plans keep every rule, are never clumsier than those they replace, and read well."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from asking import Unit, ask_bag, ask_carton, canonical
from naive import (
    Extents,
    Placement,
    goes_in_from_above,
    is_packing,
    keeps_rules,
    overlap,
    supports,
)
from packopt.kernel.batch import Answers, Batch, write_plan
from packopt.kernel.laying import MOST_UNITS
from packopt.kernel.layout import YES
from packopt.kernel.question import Effort
from packopt.kernel.tidy import Rooms, clumsiness, tidy
from packopt.kernel.workspace import new_workspace

Order = tuple[list[Unit], Extents, bool]  # units, room, whether it is a mailer

#: Enough for a plan; whether there is one is not the question here.
QUICK = Effort(starts=6, climbs=10, beam=0, nodes=50)
UNITS = st.lists(
    st.tuples(
        st.tuples(
            st.tuples(*[st.integers(1, 9)] * 3),
            st.sampled_from(["any", "any", "upright", "flat", "fixed"]),
            st.integers(1, 50),
            st.sampled_from([-1, -1, 0, 60]),
            st.sampled_from([0, 0, 1]),
        ),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=6,
).map(lambda lines: [Unit(*unit) for unit, qty in lines for _ in range(qty)])
ROOMS = st.tuples(*[st.integers(8, 20)] * 3)


def planned(orders: Sequence[Order], support: int = 0) -> tuple[Batch, Rooms, Answers]:
    """The first plan that the kernel finds for each order, as `solve` writes it."""
    rows = [canonical(units)[0] for units, _, _ in orders]
    start = np.cumsum([0, *map(len, rows)])
    n, u = len(orders), int(start[-1])
    batch = Batch(
        units=np.concatenate(rows),
        start=start,
        content_mm3=np.zeros(n, np.int64),
        weight_g=np.zeros(n, np.int64),
        no_mailer=np.zeros(n, np.bool_),
        like=np.arange(n),
        access=np.zeros(n, np.int32),
    )
    answers = Answers(
        package=np.full(n, -1, np.int32),
        verdict=np.zeros(n, np.uint8),
        work=np.zeros(n, np.int64),
        bound=np.zeros(n, np.int32),
        place=np.zeros((u, 6), np.int32),
        unit=np.zeros(u, np.int32),
        support=np.zeros(u, np.float32),
        ruled=np.zeros(n, np.int32),
        reason=np.zeros(n, np.uint8),
        n_ruled=np.zeros(n, np.int32),
    )
    size, bag = np.zeros((n, 3), np.int64), np.zeros(n, np.int64)
    for o, (units, room, soft) in enumerate(orders):
        size[o], bag[o] = room, soft
        said = (ask_bag if soft else ask_carton)(units, room, rules=1 + support, effort=QUICK)
        if said.answer == YES:
            answers.package[o] = o
            plan = np.array(said.plan, np.int64)
            write_plan(
                start[o], len(units), 0, batch.units, plan, np.zeros((2, len(units)), np.int64),
                answers.unit, answers.place, answers.support,
            )  # fmt: skip
    return batch, Rooms(size, bag, np.zeros(n, np.int64)), answers


def tidied(
    batch: Batch, rooms: Rooms, answers: Answers, support: int = 0, wanted: int = 1
) -> Answers:
    """The answers after `tidy`; those before stay as they are."""
    after = answers._replace(
        place=answers.place.copy(), unit=answers.unit.copy(), support=answers.support.copy()
    )
    only = np.full(len(batch.like), wanted, np.uint8)
    areas = new_workspace(int(np.diff(batch.start).max(initial=1)))
    tidy(batch, rooms, 1 + support, only, after, areas)
    return after


def sequence(batch: Batch, answers: Answers, o: int = 0) -> list[tuple[int, Placement]]:
    """Units of an order and their places, in packing sequence."""
    rows = slice(batch.start[o], batch.start[o + 1])
    places = [tuple(row) for row in answers.place[rows].tolist()]
    return list(zip(answers.unit[rows].tolist(), places, strict=True))


def slow_clumsiness(units: list[Unit], plan: list[Placement]) -> tuple[int, ...]:
    """The digits of `clumsiness`, each from its definition."""
    mass = sum(unit.weight for unit in units)
    moment = sum(u.weight * (2 * p[2] + p[5]) for u, p in zip(units, plan, strict=True))
    middle_um = moment * 500 // mass
    fragile = [p for u, p in zip(units, plan, strict=True) if u.bears == 0]
    sturdy = [p for u, p in zip(units, plan, strict=True) if u.bears != 0]
    lonely = 0
    for i, unit in enumerate(units):
        twins = [j for j, other in enumerate(units) if j != i and other == unit]
        lonely += bool(twins) and not any(touch(plan[i], plan[j]) for j in twins)
    return (
        len({p[2] for p in plan}),
        middle_um // 10_000,
        sum(other[2] > one[2] for one in fragile for other in sturdy),
        lonely,
        middle_um,
    )


def touch(one: Placement, other: Placement) -> bool:
    """Whether two units that lie the same way share a face: one mm further they would overlap."""
    wider = [(*(one[a] - (a == axis) for a in range(3)), *one[3:]) for axis in range(3)]
    wider = [tuple(c + (a == 3 + x) * 2 for a, c in enumerate(w)) for x, w in enumerate(wider)]
    return one[3:] == other[3:] and any(overlap(w, other) for w in wider)  # type: ignore[arg-type]


def ask(units: list[Unit], plan: list[Placement]) -> int:
    """`clumsiness` of a plan, in which equal units have one type."""
    climber = np.zeros((5, len(units)), np.int64)
    climber[1] = [units.index(unit) for unit in units]
    climber[2] = [unit.weight for unit in units]
    load = np.array([unit.bears for unit in units], np.int64)
    return int(clumsiness(len(units), np.array(plan, np.int64), load, climber))


@settings(max_examples=150)
@given(UNITS, ROOMS, st.booleans(), st.sampled_from([0, 0, 500, 1000]))
def test_a_tidied_plan_keeps_every_rule_and_is_no_clumsier(
    units: list[Unit], room: Extents, soft: bool, support: int
) -> None:
    """Inside, apart, right way up, borne, packable from above; a mailer gets no thicker."""
    batch, rooms, before = planned([(units, room, soft)], support)
    if before.package[0] < 0:
        return
    after = tidied(batch, rooms, before, support)
    steps = sequence(batch, after)
    ordered = canonical(units)[1]
    assert sorted(unit for unit, _ in steps) == list(range(len(units)))
    plan = [place for _, place in sorted(steps)]
    old = [place for _, place in sorted(sequence(batch, before))]
    space = room
    if soft:
        thick = max(p[2] + p[5] for p in old)
        space = (room[0] - thick, room[1] - thick, thick)
    assert is_packing(plan, [unit.ways(soft=soft) for unit in ordered], space)
    assert goes_in_from_above([place for _, place in steps])
    weights, bears = [u.weight for u in ordered], [u.bears for u in ordered]
    assert keeps_rules(plan, weights, bears, Fraction(support, 1000))
    shares = supports([place for _, place in steps])
    assert np.allclose(after.support, [float(share) for share in shares])
    assert slow_clumsiness(ordered, plan) <= slow_clumsiness(ordered, old)


@settings(max_examples=80)
@given(UNITS, ROOMS)
def test_clumsiness_is_that_of_the_slow_twin(units: list[Unit], room: Extents) -> None:
    """The integer orders plans as the five definitions do, one after the other."""
    batch, _, before = planned([(units, room, False)])
    if before.package[0] < 0:
        return
    ordered = canonical(units)[1]
    levels, height, pairs, lonely, middle = slow_clumsiness(
        ordered, plan := [place for _, place in sorted(sequence(batch, before))]
    )
    digits = ((levels * 1024 + height) * 4096 + pairs) * 128 + lonely
    assert ask(ordered, plan) == (digits << 24) + middle


@settings(max_examples=80)
@given(UNITS, ROOMS)
def test_the_sequence_goes_up_and_keeps_equal_units_together(
    units: list[Unit], room: Extents
) -> None:
    """Level by level, on each the sturdy before the fragile and equal units without a break."""
    batch, rooms, before = planned([(units, room, False)])
    if before.package[0] < 0 or len(units) < 2:
        return
    steps = sequence(batch, tidied(batch, rooms, before))
    ordered = canonical(units)[1]
    heights = [place[2] for _, place in steps]
    assert heights == sorted(heights)
    for _, level in groupby(steps, lambda step: step[1][2]):
        kinds = [ordered[unit] for unit, _ in level]
        runs = [kind for kind, _ in groupby(kinds)]
        assert len(runs) == len(set(runs))
        fragile = [kind.bears == 0 for kind in runs]
        assert fragile == sorted(fragile)
    for kind in ordered:
        taken = [unit for unit, _ in steps if ordered[unit] == kind]
        assert taken == sorted(taken)  # so units of one line are numbered as they are packed


def test_what_lies_on_the_floor_and_flat_is_left_in_peace() -> None:
    """Two books side by side stay there; only the sequence is rewritten."""
    batch, rooms, before = planned([([Unit((10, 6, 2), "fixed")] * 2, (20, 6, 9), False)])
    after = tidied(batch, rooms, before)
    assert (
        after.place.tolist() == before.place.tolist() == [[0, 0, 0, 10, 6, 2], [10, 0, 0, 10, 6, 2]]
    )


def test_a_tower_is_laid_down() -> None:
    """Cubes that were found on top of each other lie on one level after."""
    batch, rooms, before = planned([([Unit((2, 2, 2))] * 4, (4, 4, 8), False)])
    before.place[:] = [[0, 0, 2 * t, 2, 2, 2] for t in range(4)]
    assert set(tidied(batch, rooms, before).place[:, 2].tolist()) == {0}


def test_heavy_goes_to_the_bottom_and_fragile_to_the_top() -> None:
    """Three slabs that only fit as a stack are stacked by weight, the fragile one on top."""
    slabs = [
        Unit((9, 9, 3), weight=10),
        Unit((9, 9, 2), weight=90),
        Unit((9, 9, 1), weight=500, bears=0),
    ]
    batch, rooms, before = planned([(slabs, (9, 9, 6), False)])
    steps = sequence(batch, tidied(batch, rooms, before))
    ordered = canonical(slabs)[1]
    assert [ordered[unit].weight for unit, _ in steps] == [90, 10, 500]


def test_a_tight_plan_is_turned_upside_down_where_that_helps() -> None:
    """The mirror image of a plan is tried: a heavy slab under light posts that only just fit."""
    units = [Unit((4, 4, 1), "fixed", weight=900)]
    units += [Unit((2, 2, 3), "fixed", weight=1) for _ in range(4)]
    batch, rooms, before = planned([(units, (4, 4, 4), False)])
    ordered = canonical(units)[1]
    steps = sequence(batch, tidied(batch, rooms, before))
    assert ordered[steps[0][0]].weight == 900


def test_unknown_weights_are_taken_from_the_volumes() -> None:
    """Without weights the larger unit counts as the heavier one: no slab stays on a post."""
    units = [Unit((9, 9, 2), "upright", 0), Unit((3, 3, 7), "upright", 0)]
    batch, rooms, before = planned([(units, (9, 9, 9), False)])
    before.place[:] = [[0, 0, 0, 3, 3, 7], [0, 0, 7, 9, 9, 2]]
    before.unit[:] = [1, 0]
    assert tidied(batch, rooms, before).place[:, 2].tolist() == [0, 2]


def test_orders_that_are_not_asked_for_stay_as_they_are() -> None:
    """Unwanted, unanswered, of one unit, or too large: nothing is touched."""
    tower = [Unit((2, 2, 2))] * 4
    many = [Unit((1, 1, 1))] * (MOST_UNITS + 1)
    lost = [Unit((30, 1, 1))] * 2
    orders = [(tower, (4, 4, 8), False), (many, (9, 9, 9), False), (lost, (9, 9, 9), False)]
    batch, rooms, before = planned(orders)
    before.place[:] = 7
    after = tidied(batch, rooms, before, wanted=0)
    assert after.place.tolist() == before.place.tolist()
    before.package[0] = -1
    after = tidied(batch, rooms, before)
    assert after.place.tolist() == before.place.tolist()


def test_equal_orders_in_equal_rooms_get_the_same_plan() -> None:
    """The second of two equal orders is copied, unless its package is another one."""
    tower = [Unit((2, 2, 2))] * 4
    batch, rooms, before = planned([(tower, (4, 4, 8), False)] * 3)
    batch.like[:] = 0
    before.package[:] = [5, 5, 6]
    before.place[:] = [[0, 0, 2 * t, 2, 2, 2] for t in range(4)] * 3
    before.place[8:, 0] = 2
    after = tidied(batch, rooms, before).place.reshape(3, 4, 6).tolist()
    assert after[0] == after[1]
    assert {place[2] for place in after[2]} == {0}


@settings(max_examples=60)
@given(UNITS, ROOMS)
def test_padding_and_clearance_are_taken_off_and_put_back(units: list[Unit], room: Extents) -> None:
    """With padding inside the sides and a wall around, the same plan comes out, moved."""
    batch, rooms, before = planned([(units, room, False)])
    padded = batch._replace(units=batch.units.copy())
    padded.units[:, 6] = 2
    moved = before._replace(place=before.place + np.array([5, 5, 5, -4, -4, -4], np.int32))
    after = tidied(padded, rooms._replace(clearance=rooms.clearance + 3), moved)
    if before.package[0] >= 0 and len(units) > 1:
        plain = tidied(batch, rooms, before)
        assert (after.place - plain.place == [5, 5, 5, -4, -4, -4]).all()
        assert after.unit.tolist() == plain.unit.tolist()
