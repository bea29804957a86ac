"""The checker and parcels: several of an order, what may share one, own containers, stock."""

from __future__ import annotations

import pytest

from handmade_parcels import BRICK, one, place
from handmade_shapes import SCENES, scene
from packopt.check import CODES, check
from sheet import OWN, Answer, Packed
from spoiling import (
    Spoil,
    added,
    answer,
    answered,
    dropped,
    like,
    lines,
    moved,
    parcel,
    reason,
    under,
)
from test_check import PLANTED as PLANTED_IN_ONE
from test_check_shapes import PLANTED as PLANTED_IN_SHAPES

TWO_BRICKS = (Packed("S", [*one("brick", BRICK), place("mug", 1, (100, 0, 0), BRICK)]),)
ALL_POLICY = SCENES["split"].answers["sellers"].ruled_out

# For each code: the scene, which order is wrong and how it is spoiled.
PLANTED: list[tuple[str, str, str, Spoil]] = [
    # Several parcels.
    ("split", "parcel", "slabs", answer(parcels=3)),
    ("split", "parcel", "slabs", answer(package_id="L")),
    ("split", "parcel", "slabs", parcel(2, parcel=3)),
    ("split", "parcel", "slabs", dropped("parcels", parcel=2)),
    ("split", "parcel", "slabs", added("parcels", parcel=3)),
    ("split", "max_parcels", "slabs", under(max_parcels=1)),
    ("split", "unit_missing", "slabs", dropped("placements", parcel=1, sequence=4)),
    ("split", "unit_repeated", "slabs", moved(2, 1, unit=1)),
    ("split", "unit_unknown", "slabs", moved(2, 1, parcel=3)),
    ("split", "weight", "pair", lines("split", "left", weight_g=1_950)),
    ("split", "verdict", "slabs", parcel(2, verdict="feasible")),
    ("split", "verdict", "slabs", parcel(2, verdict="partial")),
    ("split", "verdict", "slabs", answer(verdict="feasible")),
    ("split", "verdict", "slabs", answer(parcels_lower_bound=1)),
    ("split", "verdict", "slabs", answer(cost_lower_bound=1.0)),
    ("split", "parcel", "slabs", answer(verdict="undecided")),
    ("split", "bound", "slabs", answer(cost_lower_bound=1e12)),
    ("split", "bound", "slabs", answer(cost_lower_bound=None)),
    ("split", "parcels_bound", "slabs", answer(parcels_lower_bound=3)),
    ("split", "parcels_bound", "slabs", answer(parcels_lower_bound=0)),
    ("split", "parcels_bound", "slabs", answer(parcels_lower_bound=None)),
    ("split", "parcels_bound", "slabs", reason("L", "undecided")),
    ("split", "parcels_bound", "sellers", answered("split", Answer(TWO_BRICKS, ALL_POLICY[:1]))),
    ("split", "ruled_out_missing", "slabs", dropped("ruled_out", package_id="L")),
    ("split", "ruled_out_missing", "slabs", dropped("ruled_out", package_id="P")),
    ("split", "ruled_out_order", "slabs", added("ruled_out", package_id="M")),
    ("split", "reason_policy", "slabs", reason("L", "policy")),
    ("split", "reason_volume", "slabs", reason("L", "volume")),
    ("split", "reason_weight", "slabs", reason("L", "weight")),
    ("split", "reason_stock", "slabs", reason("L", "stock")),
    *(
        ("split", "value", "slabs", answer(**{column: 7.0}))
        for column in ("tare_g", "fill_g", "empty_space_inner", "empty_space_outer")
    ),
    ("split", "cost", "slabs", answer(cost=7.0)),
    ("split", "cost", "slabs", parcel(2, cost=7.0)),
    *(
        ("split", "value", "slabs", parcel(2, **{column: 7}))
        for column in (
            *("units", "content_mm3", "content_g", "tare_g", "fill_g", "coolant_g", "gross_g"),
            *("length_mm", "width_mm", "height_mm", "outer_length_mm", "outer_width_mm"),
            *("outer_height_mm", "empty_space_inner", "empty_space_outer"),
        )
    ),
    ("split", "value", "slabs", parcel(1, kind="mailer")),
    ("split", "value", "slabs", parcel(1, site="berlin")),
    # What may share a parcel.
    ("split", "seller", "sellers", answered("split", Answer(TWO_BRICKS, ALL_POLICY[:1]))),
    (
        "split",
        "group",
        "groups",
        answered(
            "split",
            Answer(
                (
                    Packed("S", [*one("red", BRICK), place("blue", 1, (100, 0, 0), BRICK)]),
                    Packed("S", one("any", BRICK)),
                ),
                ALL_POLICY,
            ),
        ),
    ),
    (
        "split",
        "incompatible",
        "goods",
        answered(
            "split",
            Answer((Packed("S", [*one("soap", BRICK), place("bread", 1, (100, 0, 0), BRICK)]),)),
        ),
    ),
    (
        "split",
        "temperature",
        "pair",
        lines("split", "left", temperature="frozen", keep_together=None),
    ),
    ("split", "site", "pair", lines("split", "left", site="berlin", keep_together=None)),
    (
        "split",
        "together",
        "pair",
        answered(
            "split",
            Answer(
                (Packed("S", one("left", BRICK)), Packed("S", one("right", BRICK))),
                [("P", "side")],
            ),
        ),
    ),
    # Own containers.
    (
        "split",
        "own_container",
        "boxed",
        answered(
            "split",
            Answer(
                (
                    Packed(OWN, one("brick", BRICK)),
                    Packed(OWN, one("drum", (120, 110, 90))),
                ),
                ALL_POLICY,
            ),
        ),
    ),
    (
        "split",
        "own_container",
        "drum",
        answered("split", Answer((Packed("S", one("drum", (120, 110, 90))),), [("P", "policy")])),
    ),
    (
        "split",
        "own_container",
        "drum",
        answered("split", Answer((Packed(OWN, one("drum", (110, 120, 90))),))),
    ),
    ("split", "value", "drum", parcel(1, length_mm=121)),
    ("split", "value", "drum", parcel(1, tare_g=1.0)),
    ("split", "cost", "drum", parcel(1, cost=1.0)),
    ("split", "ruled_out_extra", "drum", like("slabs", package_id="S")),
    ("cheaper", "own_container", "boxed", under(own_container="always")),
    # Temperature, coolant, bans, sites, stock.
    ("rules", "temperature", "cream", lines("rules", "cream", temperature="hot")),
    ("rules", "inside", "cream", moved(1, 1, z_mm=49)),
    ("rules", "weight", "cream", lines("rules", "cream", weight_g=2_501)),
    ("rules", "value", "cream", parcel(1, coolant_g=0)),
    ("rules", "value", "cream", parcel(1, gross_g=100.0)),
    ("rules", "banned", "early", lines("rules", "brick", region="KR")),
    ("rules", "banned", "early", lines("rules", "brick", region=None)),
    ("rules", "site", "early", lines("rules", "brick", site=None)),
    ("rules", "value", "early", parcel(1, site=None)),
    ("rules", "reason_policy", "korea", lines("rules", "brick", region="DE")),
    ("rules", "reason_policy", "korea", lines("rules", "brick", date="2025-12-31")),
    ("rules", "reason_policy", "cream", lines("rules", "cream", temperature=None)),
    ("rules", "stock", "late", answered("rules", Answer((Packed("B", one("brick", BRICK)),)))),
    ("rules", "reason_stock", "late", lines("rules", "brick", date="2026-01-01")),
    ("rules", "shortage", "late", answer(shortage_cost=1.0)),
    ("rules", "shortage", "late", answer(shortage_cost=None)),
    ("rules", "shortage", "late", answer(shortage_package_id=None, shortage_cost=None)),
    ("rules", "shortage", "late", answer(shortage_package_id="L")),
    ("rules", "shortage", "cream", answer(shortage_package_id="X")),
    ("rules", "shortage", "early", answer(shortage_cost=0.0)),
]


@pytest.mark.parametrize("name", SCENES)
def test_a_right_result_has_no_violation(name: str) -> None:
    """A result that is right in every number passes, whatever rules it is made under."""
    right = scene(name)
    assert right.orders.rejects.num_rows == 0
    assert [str(one) for one in check(right.result, right.orders, right.catalogue)] == []


@pytest.mark.parametrize(
    ("name", "code", "order_id", "spoil"),
    PLANTED,
    ids=[f"{number}-{name}-{code}" for number, (name, code, *_) in enumerate(PLANTED)],
)
def test_a_planted_violation_is_found(name: str, code: str, order_id: str, spoil: Spoil) -> None:
    """Whatever is spoiled is reported with its code, at the order that is wrong."""
    violations = spoil(scene(name), order_id)
    found = {violation.code for violation in violations if violation.order_id == order_id}
    assert code in found, [str(violation) for violation in violations]


def test_every_code_is_planted() -> None:
    """No code of the checker is without an example."""
    planted = {code for code, *_ in PLANTED_IN_ONE}
    planted |= {code for _, code, *_ in [*PLANTED, *PLANTED_IN_SHAPES]}
    assert planted == set(CODES)
