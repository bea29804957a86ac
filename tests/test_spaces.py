"""What units may occupy and packages offer, held against the plain formulas of the contract."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handmade import LINES, POLICY, made, make_orders
from naive import rotations
from packopt.orders import ORIENTATIONS
from packopt.spaces import ROTATIONS, packed_size_mm, rotations_allowed, usable_mm


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
