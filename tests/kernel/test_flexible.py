"""Mailers hold what the virtual carton of some whole thickness holds."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asking import EFFORT, Unit, ask_bag, canonical
from naive import brute_force_holds, is_packing, keeps_rules, thinnest_mailer
from packopt.kernel.flexible import MAX_THICKNESS, _mark_thicknesses
from packopt.kernel.layout import NO, POLICY, SIDE, UNDECIDED, VOLUME, YES

ORIENTATIONS = ["any", "upright", "flat", "fixed"]


def drawn(rng: np.random.Generator) -> tuple[list[Unit], tuple[int, int, int]]:
    """A few small units, some soft, and a bag that may just hold them."""
    kinds = []
    for _ in range(int(rng.integers(1, 4))):
        size = tuple(rng.integers(1, 4, 3).tolist())
        pressed = int(rng.integers(1, size[2] + 1)) if rng.random() < 0.3 else 0
        kinds.append(Unit(size, ORIENTATIONS[rng.integers(4)], pressed=pressed))
    units = [kinds[rng.integers(len(kinds))] for _ in range(int(rng.integers(1, 6)))]
    return units, (int(rng.integers(3, 8)), int(rng.integers(3, 8)), int(rng.integers(1, 5)))


def test_a_bag_is_answered_as_brute_force_over_every_thickness() -> None:
    """Sums of sides are all the thicknesses that matter, one unit or several, soft or not."""
    rng = np.random.default_rng(6)
    seen: Counter[int] = Counter()
    for _ in range(400):
        units, usable = drawn(rng)
        said = ask_bag(units, usable)
        ways = [unit.ways(soft=True) for unit in canonical(units)[1]]
        least = thinnest_mailer(ways, *usable)
        seen[said.answer] += 1
        if said.answer == YES:
            top = max(unit[2] + unit[5] for unit in said.plan)
            assert least is not None
            assert least <= top <= usable[2]
            assert is_packing(said.plan, ways, (usable[0] - top, usable[1] - top, top))
        else:
            assert said.answer == NO, (units, usable)
            assert least is None, (units, usable)
            assert said.reason not in (0, POLICY)
    assert min(seen[YES], seen[NO]) > 100


def test_the_rules_hold_in_a_bag_too() -> None:
    """A plan keeps the loads; where none was found the question stays open."""
    rng = np.random.default_rng(7)
    seen: Counter[int] = Counter()
    for _ in range(200):
        units, usable = drawn(rng)
        bears = [int(rng.choice([-1, 0, 2])) for _ in units]
        units = [unit._replace(bears=b) for unit, b in zip(units, bears, strict=True)]
        said = ask_bag(units, usable, rules=1, effort=EFFORT._replace(nodes=2_000))
        ordered = canonical(units)[1]
        seen[said.answer] += 1
        if said.answer == YES:
            assert keeps_rules(said.plan, [u.weight for u in ordered], [u.bears for u in ordered])
        else:
            assert (ask_bag(units, usable).answer == YES) == (said.answer == UNDECIDED)
    assert min(seen[YES], seen[NO]) > 30


def test_thickness_costs_length_and_width() -> None:
    """A block of 4 x 4 x 2 needs 6 by 6 of flat bag, and 2 of thickness."""
    block = [Unit((4, 4, 2), "upright")]
    assert ask_bag(block, (6, 6, 2)).answer == YES
    assert ask_bag(block, (5, 6, 2)).reason == SIDE
    assert ask_bag(block, (6, 5, 2)).reason == SIDE
    assert ask_bag(block, (6, 6, 1)).reason == SIDE
    assert ask_bag([Unit((4, 4, 2), "upright", pressed=1)], (5, 5, 1)).answer == YES
    assert ask_bag([Unit((1, 1, 1))] * 9, (5, 3, 1)).reason == VOLUME


def test_the_thickest_bag_is_taken_on() -> None:
    """A thickness of 1,000 mm and a bag too small to be opened that far."""
    assert MAX_THICKNESS == 1000
    assert ask_bag([Unit((1000, 1000, 1000))], (2000, 2000, 1000)).answer == YES
    assert ask_bag([Unit((1000, 1000, 1000))] * 2, (3000, 2000, 1000)).answer == YES
    assert ask_bag([Unit((1000, 1000, 1000))] * 2, (2999, 2000, 1000)).answer == NO
    assert ask_bag([Unit((1, 1, 1))] * 4, (3, 3, 1000)).answer == YES
    assert ask_bag([Unit((1, 1, 1))] * 5, (3, 3, 1000)).answer == NO


@given(st.lists(st.tuples(*[st.integers(1, 9)] * 3), min_size=1, max_size=5), st.integers(1, 25))
def test_marked_thicknesses_are_the_sums_of_sides(
    sizes: list[tuple[int, int, int]], most: int
) -> None:
    """Every sum of one side each of some units is marked, and the least side is the least."""
    rows, _ = canonical([Unit(size) for size in sizes])
    marks = np.full(1001, -1, np.int64)
    least = _mark_thicknesses(rows, 0, len(sizes), most, marks)
    sums = {0}
    for size in sizes:
        sums |= {done + side for done in sums for side in size}
    assert {h for h in range(most + 1) if marks[h]} == {h for h in sums if h <= most}
    assert least == max(min(size) for size in sizes)


def test_the_slow_twin_knows_the_half_girth_rule() -> None:
    """The oracle itself: a cube of 2 in a bag of 4 by 4 is 2 thick, in one of 3 it is not."""
    assert thinnest_mailer([[(2, 2, 2)]], 4, 4, 3) == 2
    assert thinnest_mailer([[(2, 2, 2)]], 3, 4, 3) is None
    assert brute_force_holds([[(2, 2, 2)]], (2, 2, 2)) == [(0, 0, 0, 2, 2, 2)]
