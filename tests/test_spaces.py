"""What units may occupy and packages offer, held against the plain formulas of the contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handmade import LINES, POLICY, made, make_catalogue, make_orders
from handmade_parcels import line, orders_of
from naive import rotations
from packopt.orders import ORIENTATIONS
from packopt.spaces import (
    ROTATIONS,
    most_content_g,
    packed_size_mm,
    rotations_allowed,
    things,
    usable_mm,
)


@given(st.tuples(*[st.integers(1, 4)] * 3), st.integers(0, 3))
def test_allowed_rotations_are_those_of_the_slow_twin(
    size: tuple[int, int, int], rule: int
) -> None:
    """Each orientation rule allows exactly the extents that it allows by its words."""
    sides = np.array([size], dtype=np.int32)
    allowed = rotations_allowed(np.array([rule], dtype=np.uint8), sides)[0]
    extents = {tuple(row) for row in sides[0, ROTATIONS][allowed].tolist()}
    assert extents == set(rotations(size, ORIENTATIONS[rule]))


def test_a_carton_loses_the_clearance_twice_and_a_mailer_its_thickness_too() -> None:
    """Usable space: S is 200 × 150 × 100, P is 240 × 200 flat with 13 mm of flap and of seams."""
    catalogue = made().catalogue
    packages = np.array([catalogue.package_ids.index(name) for name in "SPP"])
    policy = replace(POLICY, wall_clearance_mm=5)
    space = usable_mm(catalogue, policy, packages, np.array([0, 10, 30]))
    assert space.tolist() == [[190, 140, 90], [207, 167, 10], [187, 147, 30]]


def test_only_mailers_press_and_only_soft_units() -> None:
    """A soft unit has its least height in a mailer; in a carton, and if rigid, its own."""
    orders = make_orders([line for line in LINES if line["order_id"] in ("soft", "card")])
    lines = np.array([0, 1, 1])
    size = packed_size_mm(orders, lines, np.array([True, True, False]))
    assert size[:, 2].tolist() == [10, 20, 40]
    assert orders.size_mm[:, 2].tolist() == [10, 40], "the orders themselves stay as they are"


def test_coolant_takes_a_layer_under_the_lid_and_part_of_the_weight() -> None:
    """400 ml over 200 × 150 mm are 14 mm, over a smaller size more; and 500 g less may go in."""
    cold = {"package_id": "C", "kind": "carton", "inner": (200, 150, 100), "limit": 2_000}
    cold |= {"coolant_mm3": 400_000, "coolant_g": 500}
    made = {"package_id": "W", "kind": "made_to_measure", "inner": (200, 150, 100), "limit": None}
    made |= {"min_length_mm": 100, "min_width_mm": 50, "min_height_mm": 50, "step_mm": 1}
    catalogue = make_catalogue([cold, made | {"coolant_mm3": 400_000, "coolant_g": 500}])
    assert most_content_g(catalogue).tolist() == [1_500, -1]
    packages, zero = np.array([0, 1, 1]), np.zeros(3, np.int64)
    assert usable_mm(catalogue, POLICY, packages, zero)[:2].tolist() == 2 * [[200, 150, 86]]
    inner = np.array([[200, 150, 100], [200, 150, 60], [100, 100, 60]])
    space = usable_mm(catalogue, POLICY, packages, zero, inner)
    assert space.tolist() == [[200, 150, 86], [200, 150, 46], [100, 100, 20]]


def test_units_that_nest_are_one_thing() -> None:
    """Each unit of a nest beyond the first adds its step; units that do not nest stay units."""
    orders = orders_of(
        [
            line("one", "cup", (90, 90, 100), 4, nest_height_mm=15),
            line("one", "brick", (90, 90, 100), 4),
        ]
    )
    lines = np.arange(2)
    count, nested = things(orders, lines, orders.qty)
    assert (count.tolist(), nested.tolist()) == ([1, 4], [4, 1])
    size = packed_size_mm(orders, lines, np.zeros(2, np.bool_), nested)
    assert size.tolist() == [[90, 90, 145], [90, 90, 100]]
