"""What packages cost at a size: the formulas of materials and costs, in whole steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from invented import made_catalogue
from packopt import Catalogue, Policy
from packopt.costing import CONTENT_LIMIT_MM3, NANO, package_costs, parcel_tare_g
from packopt.kernel.size_cost import cost_at, outer_at
from packopt.materials import MaterialSettings, blank_area_m2, tape_m
from packopt.size_costs import SizeCosts, offered_mm, size_costs

Row = dict[str, Any]

SETTINGS = MaterialSettings(tape_price_per_m=0.02, filler_price_per_litre=0.01)
OBJECTIVES = ("material", "volume", "cost")

sides = st.integers(1, 10_000)
sizes = st.tuples(sides, sides, sides)
makers = st.fixed_dictionaries(
    {
        "kind": st.just("made_to_measure"),
        "style": st.sampled_from(["0201", "0427"]),
        "flute": st.sampled_from(["E", "B", "BC"]),
        "grammage_gsm": st.sampled_from([None, 10.0, 515.0, 712.3]),
        "size": st.just((10_000, 10_000, 10_000)),
        "min_length_mm": st.just(1),
        "min_width_mm": st.just(1),
        "min_height_mm": st.just(1),
        "step_mm": st.just(1),
        "unit_cost": st.sampled_from([0.0, 0.35, 12.5]),
    }
)


def costs_of(objective: str, *rows: Row) -> tuple[Catalogue, SizeCosts]:
    """A catalogue in euros, and its costs at any size."""
    catalogue = made_catalogue([row | {"currency": "EUR"} for row in rows])
    policy = Policy(objective=objective, materials=SETTINGS)  # type: ignore[arg-type]
    return catalogue, size_costs(catalogue, policy, package_costs(catalogue, policy))


def maker(**columns: object) -> Row:
    """A machine for boxes from 100 to 600 mm."""
    least = dict.fromkeys(("min_length_mm", "min_width_mm", "min_height_mm"), 100)
    return {"kind": "made_to_measure", "size": (600, 600, 600), "step_mm": 10, **least, **columns}


@given(makers, sizes)
def test_the_mass_of_a_made_box_is_that_of_its_blank_and_tape(
    row: Row, size: tuple[int, int, int]
) -> None:
    """Area of the blank times grammage, and tape along the longer side, as `materials` has them."""
    catalogue, costs = costs_of("material", row)
    gsm = row["grammage_gsm"] or SETTINGS.face_gsm(row["style"], row["flute"])
    blank = blank_area_m2([row["style"]], [size])[0] * gsm
    tape = tape_m(catalogue.closure, [size], SETTINGS)[0] * SETTINGS.tape_g_per_m
    assert costs.tare_g([0], [size])[0] == pytest.approx(blank + tape, rel=1e-4)
    empty = costs.cost_of([0], [size], [0])[0] / NANO
    filler = np.prod(size) * SETTINGS.filler_kg_m3 * 1e-6
    assert empty == pytest.approx(blank + tape + filler, rel=1e-4)


@given(makers, sizes, st.integers(0, 2), st.sampled_from(OBJECTIVES), st.integers(0, 10**13))
def test_no_box_gets_cheaper_as_it_grows(
    row: Row, size: tuple[int, int, int], axis: int, objective: str, content: int
) -> None:
    """A millimetre more on one side never costs less, and filler is only saved up to a limit."""
    _, costs = costs_of(objective, row)
    larger = list(size)
    larger[axis] += 1
    both = costs.cost_of([0, 0], [size, larger], [content, content])
    assert both[0] <= both[1]
    assert (costs.coefficient >= 0).all()
    if content >= CONTENT_LIMIT_MM3:
        assert costs.cost_of([0], [size], [CONTENT_LIMIT_MM3]) == both[0]


@given(makers, sizes, st.sampled_from(OBJECTIVES))
def test_the_kernel_reckons_alike(row: Row, size: tuple[int, int, int], objective: str) -> None:
    """Cost and outer volume, to the step."""
    _, costs = costs_of(objective, row)
    assert cost_at(costs.coefficient, 0, *size) == costs.cost_of([0], [size], [0])[0]
    assert outer_at(costs.wall_mm, 0, *size) == costs.outer_mm([0], [size])[0].prod()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_packages_of_one_size_cost_what_they_cost(objective: str) -> None:
    """Cartons and mailers, whatever size is asked about."""
    rows = [
        {"kind": "carton", "size": (300, 200, 150), "unit_cost": 0.5},
        {"kind": "mailer", "size": (250, 180, 30), "unit_cost": 0.2},
    ]
    catalogue, costs = costs_of(objective, *rows)
    policy = Policy(objective=objective, materials=SETTINGS)  # type: ignore[arg-type]
    expected = package_costs(catalogue, policy).cost_of([0, 1], [5_000_000, 10**6])
    assert costs.cost_of([0, 1], np.zeros((2, 3)), [5_000_000, 10**6]).tolist() == expected.tolist()
    tare = parcel_tare_g(catalogue, SETTINGS)
    assert costs.tare_g([0, 1], np.zeros((2, 3))) == pytest.approx(tare)


def test_an_adjustable_carton_weighs_the_same_at_every_height() -> None:
    """Its board is cut or scored, not saved; filler and outer volume are those of the height."""
    row = {"kind": "adjustable", "size": (300, 200, 250), "min_height_mm": 100, "unit_cost": 0.5}
    catalogue, costs = costs_of("material", row)
    both = [[300, 200, 100], [300, 200, 250]]
    tare = parcel_tare_g(catalogue, SETTINGS)[0]
    assert costs.tare_g([0, 0], both) == pytest.approx([tare, tare])
    filler = 300 * 200 * np.array([100, 250]) * SETTINGS.filler_kg_m3 * 1e-6
    assert costs.cost_of([0, 0], both, [0, 0]) / NANO == pytest.approx(tare + filler)
    assert costs.outer_mm([0, 0], both).tolist() == [[306, 206, 112], [306, 206, 262]]
    assert costs.least_cost([0], [10**6])[0] == costs.cost_of([0], [both[0]], [10**6])[0]
    assert costs.least_outer_mm3([0]).tolist() == [306 * 206 * 112]
    _, volume = costs_of("volume", row)
    assert volume.cost_of([0, 0], both, [1, 1]).tolist() == [306 * 206 * 112, 306 * 206 * 262]


def test_a_made_box_has_one_price_at_every_size() -> None:
    """The price is that of one box; tape and filler are those of the size, and trips none."""
    row = maker(unit_cost=1.25, reusable=True, reusable_trips=10)
    catalogue, costs = costs_of("cost", row)
    size = [[400, 300, 200]]
    tape = tape_m(catalogue.closure, size, SETTINGS)[0] * 0.02
    assert costs.cost_of([0], size, [4_000_000])[0] / NANO == pytest.approx(1.25 + tape + 0.2)


def test_a_stated_tare_is_that_of_the_largest_size() -> None:
    """Smaller boxes weigh less in proportion to their blanks."""
    catalogue, costs = costs_of("material", maker(tare_g=900.0, closure="self-lock"))
    both = [[600, 600, 600], [300, 200, 100]]
    area = blank_area_m2(["0201", "0201"], both)
    expected = [900, 900 * area[1] / area[0]]
    assert costs.tare_g([0, 0], both) == pytest.approx(expected, rel=1e-4)
    assert costs.tare_g([0], both[:1]) == pytest.approx(
        parcel_tare_g(catalogue, SETTINGS), rel=1e-4
    )


def test_sizes_on_offer_are_ranges_in_steps_or_lists() -> None:
    """From the least to the largest side in steps, or the heights that are listed."""
    listed = {"kind": "adjustable", "size": (300, 200, 200), "heights_mm": "100;200;150"}
    catalogue = made_catalogue(
        [
            listed,
            {"kind": "adjustable", "size": (300, 200, 110), "min_height_mm": 100, "step_mm": 5},
            maker(step_mm=250),
            {"kind": "carton", "size": (30, 20, 10)},
        ]
    )
    offered = [[side.tolist() for side in offered_mm(catalogue, k)] for k in range(4)]
    assert offered == [
        [[300], [200], [100, 150, 200]],
        [[300], [200], [100, 105, 110]],
        [[100, 350, 600]] * 3,
        [[30], [20], [10]],
    ]
