"""More scenes: chosen sizes, nests, leftovers, part-filled packages, prices, alternatives."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from handmade import PACKAGES, POLICY, Made
from handmade_parcels import (
    BRICK,
    ORIGIN,
    RULES,
    SLAB,
    SLABS,
    SPLIT,
    Scene,
    line,
    one,
    place,
)
from sheet import OWN, Answer, Packed, Row

MADE: list[Row] = [
    {"package_id": "A", "kind": "adjustable", "inner": (200, 150, 120), "limit": None}
    | {"heights_mm": "60;90;120"},
    {"package_id": "W", "kind": "made_to_measure", "inner": (400, 300, 200), "limit": 1_000}
    | {"min_length_mm": 100, "min_width_mm": 80, "min_height_mm": 50, "step_mm": 10},
]
CUP, BOWL, LID = (90, 90, 100), (100, 100, 40), (100, 100, 5)

SIZES = Scene(
    lines=[
        line("plate", "plate", (190, 140, 70)),
        line("heavy", "plate", (190, 140, 70), weight_g=2_000),
        line("beam", "beam", (305, 85, 55)),
        line("cups", "cup", CUP, 3, nest_height_mm=15, orientation="upright"),
        line("bowls", "bowl", BOWL, 3, nest_height_mm=20, orientation="fixed"),
        line("bowls", "lid", LID, 2),
        line("pole", "pole", (900, 20, 20)),
    ],
    answers={
        "plate": Answer(
            (Packed("W", one("plate", (190, 140, 70)), (190, 140, 70)),), [("A", "side")]
        ),
        "heavy": Answer(
            (Packed("A", one("plate", (190, 140, 70)), (200, 150, 90)),), [("W", "weight")]
        ),
        "beam": Answer((Packed("W", one("beam", (305, 85, 55)), (310, 90, 60)),)),
        "cups": Answer(
            (
                Packed(
                    "W",
                    [
                        place("cup", 1, ORIGIN, CUP),
                        place("cup", 2, (0, 0, 100), (90, 90, 15)),
                        place("cup", 3, (0, 0, 115), (90, 90, 15)),
                    ],
                    (100, 90, 130),
                ),
            )
        ),
        "bowls": Answer(
            (
                Packed(
                    "W",
                    [
                        place("bowl", 2, ORIGIN, BOWL),
                        place("bowl", 1, (0, 0, 40), (100, 100, 20)),
                        place("bowl", 3, (0, 0, 60), (100, 100, 20)),
                        place("lid", 1, (0, 0, 80), LID),
                        place("lid", 2, (0, 0, 85), LID),
                    ],
                    (100, 100, 90),
                ),
            )
        ),
        "pole": Answer((), [("W", "side"), ("A", "side")], unpacked=[("pole", 1, "side")]),
    },
    packages=MADE,
)

POLE = (900, 20, 20)
NO_POLE = [("P", "side"), ("S", "side"), ("M", "side"), ("L", "side")]

PARTIAL = Scene(
    lines=[
        line("some", "pole", POLE, 2),
        line("some", "slab", SLAB, 3),
        line("none", "pole", POLE),
        line("gift", "pole", POLE, keep_together="gift"),
        line("gift", "card", (150, 100, 10), keep_together="gift"),
        line("gift", "brick", BRICK),
    ],
    answers={
        "some": Answer(
            (
                Packed("L", [place("slab", 1, ORIGIN, SLAB), place("slab", 3, (0, 0, 90), SLAB)]),
                Packed("M", one("slab", SLAB, 2)),
            ),
            NO_POLE,
            unpacked=[("pole", 2, "side")],
        ),
        "none": Answer((), NO_POLE, unpacked=[("pole", 1, "side")]),
        "gift": Answer(
            (Packed("S", one("brick", BRICK)),),
            NO_POLE,
            unpacked=[("pole", 1, "side"), ("card", 1, "side")],
        ),
    },
    packages=PACKAGES,
    policy=replace(POLICY, partial="allow"),
)

#: The order lies in L in part: what else may go in, however much smaller M would be.
PLACED = Scene(
    lines=[
        line("filled", "brick", BRICK, placed_in="L", placed_x_mm=50, placed_y_mm=0, placed_z_mm=0),
        line("filled", "mug", BRICK),
        line("full", "slab", SLAB, placed_in="M", placed_x_mm=0, placed_y_mm=0, placed_z_mm=0),
        line("full", "mug", (100, 80, 61)),
    ],
    answers={
        "filled": Answer(
            (
                Packed(
                    "L", [place("brick", 1, (50, 0, 0), BRICK), place("mug", 1, (50, 0, 60), BRICK)]
                ),
            )
        ),
        "full": Answer((), [("M", "search")]),
    },
    packages=PACKAGES,
)

#: A parcel costs as much as a carton of 1 L: L and M together still cost less than XL.
PRICED = Scene(
    lines=[
        line("slabs", "slab", SLAB, 5),
        line("tiles", "tile", (200, 150, 50), 2),
    ],
    answers={
        "slabs": replace(SLABS, fewest=1),
        "tiles": Answer(
            (
                Packed(
                    "S",
                    [
                        place("tile", 1, ORIGIN, (200, 150, 50)),
                        place("tile", 2, (0, 0, 50), (200, 150, 50)),
                    ],
                ),
            ),
            [("P", "side")],
            bound=4_000_000.0,
        ),
    },
    packages=[
        *PACKAGES,
        {"package_id": "XL", "kind": "carton", "inner": (600, 500, 400), "limit": None},
    ],
    policy=replace(POLICY, parcel_price=1e6),
)

#: An own_container unit goes with the rest where that is cheaper.
CHEAPER = Scene(
    lines=[
        line("boxed", "drum", (120, 110, 90), own_container=True),
        line("boxed", "brick", (60, 100, 80)),
        line("drum", "drum", (120, 110, 90), own_container=True),
    ],
    answers={
        "boxed": Answer(
            (
                Packed(
                    "S",
                    [
                        place("drum", 1, ORIGIN, (120, 110, 90)),
                        place("brick", 1, (120, 0, 0), (60, 100, 80)),
                    ],
                ),
            ),
            [("P", "side")],
        ),
        "drum": Answer((Packed(OWN, one("drum", (120, 110, 90))),)),
    },
    packages=PACKAGES,
    policy=replace(POLICY, own_container="cheaper"),
)

ALTERNATIVES = Scene(
    lines=[line("card", "card", (150, 100, 10)), line("cups", "cup", CUP, 2, nest_height_mm=15)],
    answers={
        "card": Answer(
            (Packed("P", one("card", (150, 100, 10))),),
            alternatives=(
                Packed("A", one("card", (150, 100, 10)), (200, 150, 60)),
                Packed("S", one("card", (150, 100, 10))),
            ),
        ),
        "cups": Answer(
            (
                Packed(
                    "S",
                    [
                        place("cup", 1, ORIGIN, (100, 90, 90)),
                        place("cup", 2, (100, 0, 0), (15, 90, 90)),
                    ],
                ),
            ),
            [("P", "side"), ("A", "side")],
            alternatives=(
                Packed(
                    "L",
                    [place("cup", 2, ORIGIN, CUP), place("cup", 1, (0, 0, 100), (90, 90, 15))],
                ),
            ),
        ),
    },
    packages=[
        *(one for one in PACKAGES if one["package_id"] != "M"),
        {"package_id": "A", "kind": "adjustable", "inner": (200, 150, 80), "limit": None}
        | {"heights_mm": "60;80"},
    ],
    policy=replace(POLICY, alternatives=2),
)

SCENES: dict[str, Scene] = {
    "split": SPLIT,
    "rules": RULES,
    "sizes": SIZES,
    "partial": PARTIAL,
    "placed": PLACED,
    "priced": PRICED,
    "cheaper": CHEAPER,
    "alternatives": ALTERNATIVES,
}


@cache
def scene(name: str) -> Made:
    """The right result of a scene."""
    return SCENES[name].make()
