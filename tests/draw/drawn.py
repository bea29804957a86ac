"""Parcels to draw: made up by hand, cut from a block, or thrown together."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from handmade import Made
from handmade_parcels import Scene, line, one
from handmade_shapes import scene
from packopt.draw.plan import Parcel, Unit
from packopt.recommendations import Recommendations
from packopt.tables import TABLES
from sheet import Answer, Packed

Box = tuple[tuple[int, int, int], tuple[int, int, int]]  # lower and upper corner

NASTY = "<script>alert(1)</script>&\"'`]]>-->\u2028${x}{{7*7}}"

#: Each hides a part of the next, and the last one a part of the first.
CIRCLE: list[Box] = [((1, 1, 1), (2, 4, 2)), ((0, 0, 2), (2, 2, 3)), ((0, 2, 1), (1, 3, 4))]


def parcel_of(boxes: list[Box], room: tuple[int, int, int] | None = None, **more: Any) -> Parcel:
    """A parcel with units in these places, laid in this order."""
    most = np.array([high for _, high in boxes] or [(1, 1, 1)]).max(axis=0).tolist()
    room = room or (most[0], most[1], most[2])
    units = tuple(
        Unit(
            step=at,
            sku=f"sku {at % 3}",
            unit=at,
            corner_mm=low,
            extent_mm=(high[0] - low[0], high[1] - low[1], high[2] - low[2]),
        )
        for at, (low, high) in enumerate(boxes, start=1)
    )
    made = Parcel(
        order_id="order",
        number=1,
        of=1,
        package_id="package",
        kind="carton",
        inner_mm=room,
        outer_mm=room,
        room_mm=room,
        wall_mm=0,
        content_g=None,
        tare_g=100.0,
        fill_g=0.0,
        coolant_g=0,
        gross_g=None,
        empty_space=0.5,
        site="",
        material="",
        closure="",
        units=units,
        given=0,
    )
    return replace(made, **more)


@st.composite
def thrown(draw: st.DrawFn, most: int = 14, side: int = 8) -> list[Box]:
    """Boxes in a small room, each where no earlier one is: many float, and some are in a circle."""
    boxes: list[Box] = []
    for _ in range(draw(st.integers(1, most))):
        low = draw(st.tuples(*[st.integers(0, side - 1)] * 3))
        size = draw(st.tuples(*[st.integers(1, side)] * 3))
        high = tuple(min(at + long, side) for at, long in zip(low, size, strict=True))
        box: Box = (low, (high[0], high[1], high[2]))
        if not any(overlap(box, other) for other in boxes):
            boxes.append(box)
    return boxes


@st.composite
def cut(draw: st.DrawFn, most: int = 12, side: int = 12) -> list[Box]:
    """A block cut into boxes, shuffled: they fill it, so that most faces are covered."""
    boxes: list[Box] = [((0, 0, 0), (side, side, side))]
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, len(boxes) - 1))
        axis = draw(st.integers(0, 2))
        low, high = boxes[at]
        if high[axis] - low[axis] < 2:
            continue
        where = draw(st.integers(low[axis] + 1, high[axis] - 1))
        middle_high, middle_low = list(high), list(low)
        middle_high[axis] = middle_low[axis] = where
        boxes[at : at + 1] = [
            (low, (middle_high[0], middle_high[1], middle_high[2])),
            ((middle_low[0], middle_low[1], middle_low[2]), high),
        ]
    return draw(st.permutations(boxes))


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes have a point inside both."""
    return all(
        low < their_high and their_low < high
        for low, high, their_low, their_high in zip(*one, *other, strict=True)
    )


def arrays(boxes: list[Box]) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper corners."""
    made = np.array(boxes, np.int64).reshape(-1, 2, 3)
    return made[:, 0], made[:, 1]


@cache
def nasty() -> Made:
    """An order whose names are all attacks on a page."""
    lines = [line(NASTY, NASTY, (100, 80, 60)), line(NASTY, "a\x00b\x1b", (100, 80, 50))]
    plan = [(NASTY, 1, 0, 0, 0, 100, 80, 60), ("a\x00b\x1b", 1, 0, 0, 60, 100, 80, 50)]
    package = {"package_id": f"P{NASTY}", "kind": "carton", "inner": (210, 150, 120)}
    package |= {"limit": None, "material": NASTY, "closure": NASTY}
    answers = {NASTY: Answer((Packed(package["package_id"], plan),))}
    return Scene(lines=lines, answers=answers, packages=[package]).make()


@cache
def many(units: int, skus: int = 13) -> Recommendations:
    """An order "many" of cubes in a carton, in layers of ten by ten."""
    package = {"package_id": "B", "kind": "carton", "inner": (200, 200, 2_000), "limit": None}
    answers = {"many": Answer((Packed("B", one("s0", (20, 20, 20))),))}
    made = Scene([line("many", "s0", (20, 20, 20))], answers, [package]).make()
    rows = [
        {
            "order_id": "many",
            "parcel": 1,
            "sequence": at + 1,
            "sku": f"s{at % skus}",
            "unit": at // skus + 1,
            "x_mm": at % 10 * 20,
            "y_mm": at // 10 % 10 * 20,
            "z_mm": at // 100 * 20,
            "dx_mm": 20,
            "dy_mm": 20,
            "dz_mm": 20,
            "support": 1.0,
        }
        for at in range(units)
    ]
    placements = pa.Table.from_pylist(rows, TABLES["placements"])
    return replace(made.result, placements=placements)


def every_parcel() -> list[tuple[str, str]]:
    """Scene and order of everything that can be drawn in the handmade scenes."""
    names = ("split", "rules", "sizes", "partial", "placed", "priced", "cheaper", "alternatives")
    return [
        (name, order_id)
        for name in names
        for order_id, parcels in zip(
            scene(name).result.orders["order_id"].to_pylist(),
            scene(name).result.orders["parcels"].to_pylist(),
            strict=True,
        )
        if parcels
    ]
