"""New types that must each serve so many orders: fewer types, where other ones do not help."""

from __future__ import annotations

import numpy as np
import pytest

from packopt import Orders, builtin_catalogue, read_orders
from packopt.datasets import demo_orders_path
from packopt.suite import Suite, Wanted, suite

TODAY = builtin_catalogue("demo")


@pytest.fixture(scope="module")
def some() -> Orders:
    """Half of the orders of the demo."""
    return read_orders(demo_orders_path()).take(np.arange(150))


def _ask(orders: Orders, sizes: int, least: int, *, only_new: bool = False) -> Suite:
    wanted = Wanted(sizes, least_use=least, only_new=only_new, grid_mm=20, candidates=200)
    return suite(orders, wanted, today=TODAY, draws=0)


def _uses(found: Suite) -> list[int]:
    rows = found.types.to_pylist()
    return [row["fit_parcels"] for row in rows if row["origin"] == "new"]


@pytest.mark.parametrize(("sizes", "least"), [(16, 10), (5, 40)])
def test_a_set_is_found_with_hundreds_of_near_equal_boxes(
    some: Orders, sizes: int, least: int
) -> None:
    """Banning one after the other would never end; today's types alone are never better."""
    found = _ask(some, sizes, least)
    assert all(use >= least for use in _uses(found))
    known = suite(some, Wanted(sizes, changes=0, grid_mm=20, candidates=200), today=TODAY, draws=0)
    assert found.about["fit"]["cost"] <= known.about["fit"]["cost"] * (1 + 1e-9)


def test_more_types_are_never_refused_where_few_will_do(some: Orders) -> None:
    """A set of two is a set of at most six."""
    two, six = (_ask(some, sizes, 5, only_new=True) for sizes in (2, 6))
    assert min(_uses(two)) >= 5
    assert min(_uses(six)) >= 5
    assert six.about["fit"]["cost"] <= two.about["fit"]["cost"]
