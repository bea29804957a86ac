"""Proving splits anew: every way to spread the units proves true bounds and refutes false ones."""

from __future__ import annotations

from typing import Any

import pytest

from handmade import PACKAGES, change, make_catalogue, make_result
from handmade_parcels import BRICK, SPLIT, orders_of
from handmade_shapes import scene
from packopt import prove_splits as module
from packopt.prove import Proofs
from packopt.prove_splits import prove_splits
from sheet import Answer


def _counts(proofs: Proofs) -> tuple[int, int, int]:
    return len(proofs.violations), proofs.proved, proofs.undecided


def _spoiled(name: str, order_id: str, **values: Any) -> Proofs:
    right = scene(name)
    result = change(right.result, "orders", {"order_id": order_id}, **values)
    return prove_splits(result, right.orders, right.catalogue, 100)


@pytest.mark.parametrize(
    ("name", "proved"), [("split", 5), ("rules", 0), ("priced", 1), ("partial", 0)]
)
def test_right_bounds_are_proved(name: str, proved: int) -> None:
    """Splits are proved, but for those that stock or units without a package decide about."""
    right = scene(name)
    assert _counts(prove_splits(right.result, right.orders, right.catalogue, 100)) == (0, proved, 0)


def test_too_many_parcels_are_refuted() -> None:
    """A bound of three where two parcels hold the order is false."""
    (violation,) = _spoiled("split", "slabs", parcels_lower_bound=3).violations
    assert (violation.order_id, violation.code) == ("slabs", "parcels_bound")
    assert "found 3, but 2 parcels hold the order" in violation.message


@pytest.mark.parametrize(("name", "cost"), [("split", 36_549_864.0), ("priced", 38_549_864.0)])
def test_too_high_a_cost_is_refuted(name: str, cost: float) -> None:
    """A bound above the cost of some plan is false, with the price of the parcels in it."""
    (violation,) = _spoiled(name, "slabs", cost_lower_bound=cost + 1).violations
    assert (violation.order_id, violation.code) == ("slabs", "bound")
    assert f"there is a plan for {cost}" in violation.message


def test_units_that_are_kept_together_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five slabs in bundles of three and two need two L, however well four would fill one."""
    lines = [
        row | {"keep_together": word, "qty": qty}
        for row in SPLIT.lines[:1]
        for word, qty in (("three", 3), ("two", 2))
    ]
    orders, catalogue = orders_of(lines), make_catalogue(PACKAGES)
    answer = SPLIT.answers["slabs"]
    result = make_result(orders, catalogue, SPLIT.policy, {"slabs": answer})
    two = change(result, "orders", {}, cost_lower_bound=2 * 26_338_032.0)
    assert _counts(prove_splits(two, orders, catalogue, 1)) == (0, 1, 0)
    more = change(result, "orders", {}, cost_lower_bound=2 * 26_338_032.0 + 1)
    assert _counts(prove_splits(more, orders, catalogue, 1)) == (1, 0, 0)
    monkeypatch.setattr(module, "MOST_ATOMS", 4)
    assert _counts(prove_splits(more, orders, catalogue, 1)) == (0, 0, 0), "too many to be asked"


def test_what_cannot_be_decided_refutes_nothing() -> None:
    """Where CP-SAT has no time, a set counts as held, and a bound above that as undecided."""
    right = scene("split")
    result = change(right.result, "orders", {"order_id": "slabs"}, parcels_lower_bound=3)
    proofs = prove_splits(result, right.orders, right.catalogue, 100, deterministic_limit=1e-9)
    assert not proofs.violations
    assert proofs.undecided >= 1


def test_an_own_container_costs_nothing_where_it_is_cheaper() -> None:
    """Under "cheaper" a unit may be a parcel of its own at no cost, and need not."""
    lines = [
        {"order_id": "drums", "sku": sku, "qty": 1, "weight_g": 100, "own_container": own}
        | dict(zip(("length_mm", "width_mm", "height_mm"), size, strict=True))
        for sku, size, own in (("drum", (390, 290, 190), True), ("brick", BRICK, False))
    ]
    orders, catalogue = orders_of(lines), make_catalogue(PACKAGES)
    answer = Answer(SPLIT.answers["boxed"].parcels, [("L", "volume")])
    result = make_result(orders, catalogue, scene("cheaper").result.policy, {"drums": answer})
    assert _counts(prove_splits(result, orders, catalogue, 1)) == (0, 1, 0)
    dear = change(result, "orders", {}, cost_lower_bound=4e6)
    assert _counts(prove_splits(dear, orders, catalogue, 1)) == (1, 0, 0)


def test_the_sample_is_as_large_as_asked_and_depends_on_the_seed_alone() -> None:
    """Two of five are proved where two are asked for."""
    right = scene("split")
    proofs = [prove_splits(right.result, right.orders, right.catalogue, 2, seed=3) for _ in "ab"]
    assert _counts(proofs[0]) == (0, 2, 0)
    assert proofs[0] == proofs[1]
