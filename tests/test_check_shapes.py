"""The checker and shapes: chosen sizes, nests, leftovers, part-filled packages, alternatives."""

from __future__ import annotations

from dataclasses import replace

import pytest

from handmade import POLICY
from handmade_parcels import BRICK, NO_SLABS, Scene, one, place
from handmade_shapes import CUP, SCENES, scene
from packopt.check import check
from sheet import Answer, Packed
from spoiling import (
    Spoil,
    answer,
    answered,
    changed,
    dropped,
    like,
    lines,
    moved,
    parcel,
    reason,
    under,
)

NESTED = SCENES["sizes"].answers["cups"].parcels[0].plan
SIX_CM = [place("plate", 1, (0, 0, 0), (190, 140, 70))]

# For each code: the scene, which order is wrong and how it is spoiled.
PLANTED: list[tuple[str, str, str, Spoil]] = [
    # Sizes that are chosen.
    ("sizes", "chosen_size", "heavy", parcel(1, height_mm=91)),
    ("sizes", "chosen_size", "heavy", parcel(1, height_mm=120)),
    ("sizes", "chosen_size", "heavy", parcel(1, length_mm=190)),
    ("sizes", "chosen_size", "beam", parcel(1, length_mm=305)),
    ("sizes", "chosen_size", "beam", parcel(1, width_mm=310)),
    (
        "sizes",
        "inside",
        "heavy",
        answered("sizes", Answer((Packed("A", SIX_CM, (200, 150, 60)),))),
    ),
    (
        "sizes",
        "chosen_size",
        "plate",
        answered("sizes", Answer((Packed("W", SIX_CM, (190, 140, 80)),), [("A", "side")])),
    ),
    ("sizes", "value", "heavy", parcel(1, outer_height_mm=132)),
    ("sizes", "cost", "heavy", answer(cost=206.0 * 156 * 132)),
    ("sizes", "ruled_out_missing", "plate", dropped("ruled_out", package_id="A")),
    ("sizes", "reason_weight", "heavy", lines("sizes", "plate", weight_g=900)),
    (
        "sizes",
        "reason_false",
        "plate",
        answered("sizes", Answer((Packed("A", SIX_CM, (200, 150, 90)),), [("W", "search")])),
    ),
    ("sizes", "reason_false", "pole", lines("sizes", "pole", length_mm=390)),
    # Nests.
    ("sizes", "nest", "cups", moved(1, 3, z_mm=116)),
    ("sizes", "nest", "cups", moved(1, 2, dz_mm=14)),
    (
        "sizes",
        "nest",
        "cups",
        answered(
            "sizes",
            Answer(
                (
                    Packed(
                        "W",
                        [NESTED[0], place("cup", 2, (90, 0, 0), CUP), NESTED[2]],
                        (180, 90, 130),
                    ),
                )
            ),
        ),
    ),
    ("sizes", "value", "cups", answer(volume_mm3=3 * 90 * 90 * 100)),
    ("sizes", "value", "cups", moved(1, 2, support=0.5)),
    ("sizes", "load", "bowls", lines("sizes", "bowl", max_load_g=199)),
    # Units that fit nothing.
    ("partial", "verdict", "some", under(partial="refuse")),
    ("partial", "verdict", "some", answer(verdict="optimal")),
    ("partial", "unpacked", "some", dropped("unpacked")),
    ("partial", "unpacked", "some", changed("unpacked", {}, qty=3)),
    ("partial", "unpacked", "some", changed("unpacked", {}, sku="slab")),
    ("partial", "unpacked", "some", changed("unpacked", {}, sku="nothing")),
    ("partial", "unpacked", "some", changed("unpacked", {}, reason="weight")),
    ("partial", "unpacked", "some", lines("partial", "pole", length_mm=390)),
    ("partial", "unit_missing", "some", changed("unpacked", {}, qty=1)),
    ("partial", "unit_missing", "some", dropped("placements", parcel=2)),
    ("partial", "parcels_bound", "some", answer(parcels_lower_bound=1)),
    ("partial", "bound", "some", answer(cost_lower_bound=1.0)),
    ("partial", "unpacked", "none", answer(verdict="undecided")),
    ("split", "verdict", "slabs", answered("split", Answer((), NO_SLABS))),
    # Part-filled packages.
    ("placed", "placed", "filled", moved(1, 1, x_mm=49)),
    (
        "placed",
        "placed",
        "filled",
        answered(
            "placed",
            Answer(
                (
                    Packed(
                        "M",
                        [place("brick", 1, (50, 0, 0), BRICK), place("mug", 1, (50, 0, 60), BRICK)],
                    ),
                )
            ),
        ),
    ),
    ("placed", "verdict", "full", reason("M", "undecided")),
    ("placed", "ruled_out_extra", "filled", like("full", package_id="S")),
    # Parcels at a price.
    ("priced", "cost", "slabs", under(parcel_price=2e6)),
    ("priced", "ruled_out_missing", "slabs", dropped("ruled_out", package_id="L")),
    ("priced", "verdict", "tiles", answer(verdict="optimal")),
    ("priced", "bound", "tiles", answer(cost_lower_bound=5e6)),
    # Alternatives.
    ("alternatives", "alternative", "card", under(alternatives=1)),
    ("alternatives", "alternative", "card", changed("alternatives", {"rank": 1}, rank=3)),
    (
        "alternatives",
        "alternative",
        "cups",
        answered("alternatives", replace(SCENES["alternatives"].answers["cups"], alternatives=())),
    ),
    ("alternatives", "alternative", "card", changed("alternatives", {"rank": 2}, package_id="P")),
    ("alternatives", "alternative", "card", changed("alternatives", {"rank": 2}, package_id="A")),
    (
        "alternatives",
        "alternative",
        "card",
        answered(
            "alternatives",
            Answer(
                (Packed("P", one("card", (150, 100, 10))),),
                alternatives=(
                    Packed("L", one("card", (150, 100, 10))),
                    Packed("S", one("card", (150, 100, 10))),
                ),
            ),
        ),
    ),
    (
        "alternatives",
        "package_unknown",
        "card",
        changed("alternatives", {"rank": 2}, package_id="X"),
    ),
    ("alternatives", "cost", "card", changed("alternatives", {"rank": 1}, cost=7.0)),
    ("alternatives", "value", "card", changed("alternatives", {"rank": 1}, kind="carton")),
    ("alternatives", "value", "card", changed("alternatives", {"rank": 1}, tare_g=7.0)),
    ("alternatives", "verdict", "card", changed("alternatives", {"rank": 1}, verdict="partial")),
    (
        "alternatives",
        "inside",
        "card",
        changed("alternative_placements", {"rank": 2}, x_mm=51),
    ),
    (
        "alternatives",
        "nest",
        "cups",
        changed("alternative_placements", {"sequence": 2}, z_mm=101),
    ),
    (
        "alternatives",
        "unit_missing",
        "cups",
        dropped("alternative_placements", sequence=2),
    ),
    (
        "alternatives",
        "unit_unknown",
        "card",
        changed("alternative_placements", {"rank": 2}, rank=4),
    ),
]


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


@pytest.mark.parametrize(("x_mm", "codes"), [(168, set()), (167, {"overlap"})])
def test_what_lay_there_before_needs_no_support_but_its_padding(x_mm: int, codes: set[str]) -> None:
    """A unit that hangs in the package is left there; what is packed beside it keeps clear."""
    brick, mug = (row | {"padding_mm": 5} for row in SCENES["placed"].lines[:2])
    brick |= {"placed_x_mm": 58, "placed_y_mm": 8, "placed_z_mm": 40}
    plan = [place("brick", 1, (58, 8, 40), BRICK), place("mug", 1, (x_mm, 8, 8), BRICK)]
    policy = replace(POLICY, wall_clearance_mm=3)
    answers = {"filled": Answer((Packed("L", plan),))}
    made = Scene([brick, mug], answers, SCENES["placed"].packages, policy).make()
    found = {violation.code for violation in check(made.result, made.orders, made.catalogue)}
    assert found == codes
