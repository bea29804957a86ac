"""Proving anew: CP-SAT confirms true reasons, whatever they are, and refutes false ones."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from handmade import LINES, POLICY, Row, change, made, make_catalogue, make_orders, make_result
from handmade_shapes import scene
from packopt.prove import GEOMETRIC, Proofs, prove

CARTON: Row = {"package_id": "C", "kind": "carton", "inner": (30, 30, 30), "limit": None}


def _bars(qty: int, size: tuple[int, int, int] = (10, 20, 20), **values: Any) -> list[Row]:
    sides = dict(zip(("length_mm", "width_mm", "height_mm"), size, strict=True))
    return [LINES[0] | sides | {"order_id": "bars", "qty": qty} | values]


def _prove(lines: list[Row], package: Row, reason: str, **more: Any) -> Proofs:
    orders, catalogue = make_orders(lines), make_catalogue([package])
    answers = {"bars": (None, [], [(package["package_id"], reason)])}
    return prove(make_result(orders, catalogue, POLICY, answers), orders, catalogue, 5, **more)


def _counts(proofs: Proofs) -> tuple[int, int, int]:
    return len(proofs.violations), proofs.proved, proofs.undecided


@pytest.mark.parametrize("reason", GEOMETRIC)
def test_seven_bars_are_too_many_whatever_the_reason(reason: str) -> None:
    """Seven bars of 10 × 20 × 20 do not go into a cube of 30, which no simple rule shows."""
    assert _counts(_prove(_bars(7), CARTON, reason)) == (0, 1, 0)


@pytest.mark.parametrize("reason", GEOMETRIC)
def test_six_bars_fit_whatever_the_reason(reason: str) -> None:
    """A false reason is refuted with a plan in the message."""
    proofs = _prove(_bars(6), CARTON, reason)
    assert _counts(proofs) == (1, 0, 0)
    (violation,) = proofs.violations
    assert (violation.order_id, violation.code) == ("bars", "reason_false")
    assert f"package 'C': found reason {reason!r}, but CP-SAT found a plan" in violation.message
    assert violation.message.count("(") == 1 + 6


@pytest.mark.parametrize("reason", ["weight", "policy", "undecided"])
def test_only_geometry_is_proved(reason: str) -> None:
    """Weights and rules are not a question of packing, and undecided is no claim."""
    assert _counts(_prove(_bars(6), CARTON, reason)) == (0, 0, 0)


def test_what_takes_too_long_is_counted_as_undecided() -> None:
    """Neither a proof nor a plan within the limit, or too many units for the model."""
    tight = CARTON | {"inner": (63, 62, 62)}
    assert _counts(_prove(_bars(60), tight, "search", deterministic_limit=0.01)) == (0, 0, 1)
    assert _counts(_prove(_bars(61, (1, 1, 1)), CARTON, "search")) == (0, 0, 1)


@pytest.mark.parametrize(("qty", "answer"), [(4, (1, 0, 0)), (5, (0, 1, 0))])
def test_a_mailer_is_asked_at_every_thickness(qty: int, answer: tuple[int, int, int]) -> None:
    """Two layers of soft units fit at 20 mm, not at the 30 mm that it could be thick."""
    mailer = {"package_id": "P", "kind": "mailer", "inner": (73, 53, 30), "limit": None}
    lines = _bars(qty, (40, 10, 15), min_height_mm=10, orientation="fixed")
    assert _counts(_prove(lines, mailer, "search")) == answer


def test_the_sample_takes_the_reasons_in_turn() -> None:
    """A small sample of many rows has rare reasons in it, and depends on the seed alone."""
    right = made()
    result = change(right.result, "ruled_out", {"order_id": "twins"}, reason="cpsat")
    first = prove(result, right.orders, right.catalogue, 4, seed=1)
    again = prove(result, right.orders, right.catalogue, 4, seed=1)
    assert first == again
    assert _counts(first) == (0, 4, 0)
    false = change(result, "ruled_out", {"order_id": "bricks", "package_id": "S"}, reason="dff")
    for seed in range(5):
        proofs = prove(false, right.orders, right.catalogue, 5, seed=seed)
        assert [v.order_id for v in proofs.violations] == ["bricks"], "the only dff is in each"


def test_every_geometric_reason_of_a_right_result_is_proved() -> None:
    """A sample larger than the result takes all of it."""
    right = made()
    rows = right.result.ruled_out["reason"].cast(pa.string()).to_pylist()
    proofs = prove(right.result, right.orders, right.catalogue, 1000)
    assert _counts(proofs) == (0, sum(reason in GEOMETRIC for reason in rows), 0)


def test_a_nest_is_one_body() -> None:
    """Cups that stand in each other fit where as many bricks do not."""
    assert _counts(_prove(_bars(7), CARTON, "search")) == (0, 1, 0)
    assert _counts(_prove(_bars(7, nest_height_mm=1), CARTON, "search")) == (1, 0, 0)


@pytest.mark.parametrize("name", ["sizes", "placed"])
def test_what_is_not_about_a_whole_empty_package_is_left_out(name: str) -> None:
    """Only where a package of chosen size holds nothing at all, its largest size is asked."""
    right = scene(name)
    proofs = prove(right.result, right.orders, right.catalogue, 100)
    assert _counts(proofs) == (0, 2 if name == "sizes" else 0, 0)
