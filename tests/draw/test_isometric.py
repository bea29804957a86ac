"""Isometric drawings: what is seen on the paper is what a line of sight meets first."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from draw.drawn import CIRCLE, Box, arrays, cut, every_parcel, parcel_of, thrown
from handmade_shapes import scene
from packopt.draw.colours import LAID, colours, faces
from packopt.draw.isometric import HEIGHT, WIDTH, Drawing
from packopt.draw.plan import Parcel, read_plan
from packopt.draw.stages import Stage, stages
from packopt.draw.words import Words

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def drawing_of(parcel: Parcel) -> Drawing:
    """Its drawing in English."""
    return Drawing(parcel, colours([unit.sku for unit in parcel.units]), Words("en"))


def dots(path: str) -> np.ndarray:
    """Points of the data of a path, ``(n, 2)``."""
    return np.array([float(word) for word in NUMBER.findall(path)]).reshape(-1, 2)


def painted(svg: str) -> list[tuple[str, np.ndarray]]:
    """Filled faces in painting order: colour and corners."""
    root = ET.fromstring(svg)
    return [
        (path.attrib["fill"], dots(path.attrib["d"]))
        for path in root.iter(f"{SVG}path")
        if "fill" in path.attrib
    ]


def inside(polygon: np.ndarray, dot: np.ndarray) -> float:
    """How far a dot is inside a convex polygon; negative outside."""
    edge = np.roll(polygon, -1, axis=0) - polygon
    to = dot - polygon
    side = (edge[:, 0] * to[:, 1] - edge[:, 1] * to[:, 0]) / np.hypot(*edge.T)
    turn = np.sign(
        (polygon[:, 0] * np.roll(polygon[:, 1], -1)).sum()
        - (np.roll(polygon[:, 0], -1) * polygon[:, 1]).sum()
    )
    return float((turn * side).min())


def first_met(low: np.ndarray, high: np.ndarray, point: np.ndarray) -> tuple[int, int] | None:
    """The box that the eye sees on the line of sight through a point, and the axis of its face."""
    enters, leaves = (low - point).max(axis=1), (high - point).min(axis=1)
    hit = np.flatnonzero(enters < leaves)
    if not len(hit):
        return None
    nearest = int(hit[np.argmax(leaves[hit])])
    return nearest, int(np.argmin(high[nearest] - point))


@settings(max_examples=25)
@given(st.one_of(thrown(), cut()), st.data())
def test_what_is_seen_is_what_stands_nearest(boxes: list[Box], data: st.DataObject) -> None:
    """At any spot away from edges, the uppermost paint is that of the face that is met first.

    Drawn by projecting, sorting, cutting and leaving out covered faces; checked by lines of sight.
    """
    parcel = parcel_of(boxes)
    first = data.draw(st.integers(0, len(boxes) - 1))
    last = data.draw(st.integers(first, len(boxes) - 1))
    drawing = drawing_of(parcel)
    layers = painted(drawing.stage(Stage(first, last)))
    low, high = arrays(boxes[: last + 1])
    chosen = colours([unit.sku for unit in parcel.units])
    spots = np.random.default_rng(0).uniform((0, 0), (WIDTH, HEIGHT), (60, 2))
    origin, right, up = (
        np.array(drawing._dot(point)) for point in ((0, 0, 0), (1, -1, 0), (0, 0, 1))
    )
    for spot in spots:
        depths = [(inside(corners, spot), fill) for fill, corners in layers]
        if any(abs(depth) < 0.6 for depth, _ in depths):
            continue
        found = next((fill for depth, fill in reversed(depths) if depth > 0), None)
        # From the paper back into the parcel: a point on the plane x + y = 0.
        across = (spot - origin)[0] / (right - origin)[0]
        rise = (spot - origin)[1] / (up - origin)[1]
        met = first_met(low, high, np.array([across, -across, rise]))
        expected = None
        if met is not None:
            unit, axis = met
            sku = chosen[parcel.units[unit].sku]
            expected = faces(sku if unit >= first else LAID)[axis]
        assert found == expected


def test_a_cut_unit_is_drawn_without_its_cut() -> None:
    """Where boxes run in a circle one is cut, but no edge is drawn that the unit does not have."""
    drawing = drawing_of(parcel_of(CIRCLE))
    root = ET.fromstring(drawing.whole())
    low, high = arrays(CIRCLE)
    own = {
        tuple(np.round(drawing._dot(point), 1))
        for least, most in zip(low.tolist(), high.tolist(), strict=True)
        for point in np.stack(np.meshgrid(*zip(least, most, strict=True)), -1).reshape(-1, 3)
    }
    lines = [
        (tuple(ends[at]), tuple(ends[at + 1]))
        for path in root.iter(f"{SVG}path")
        if path.attrib.get("class") == "edge"
        for ends in [dots(path.attrib["d"])]
        for at in range(0, len(ends), 2)
    ]
    # A cut edge has an end that is no corner, but no line runs between two such ends.
    assert any(set(line) - own for line in lines)
    assert all(set(line) & own for line in lines)


@pytest.mark.parametrize(("name", "order_id"), every_parcel())
def test_every_kind_of_parcel_is_drawn_within_its_frame(name: str, order_id: str) -> None:
    """Cartons, mailers, own containers, nests: all lines are on the paper, and it is well used."""
    made = scene(name)
    plan = read_plan(made.result, order_id, orders=made.orders, catalogue=made.catalogue)
    chosen = colours(plan.skus)
    for parcel in plan.parcels:
        drawing = Drawing(parcel, chosen, Words("en"))
        for svg in (drawing.whole(), drawing.steps(), *map(drawing.stage, stages(parcel))):
            root = ET.fromstring(svg)
            lines = [dots(path.attrib["d"]) for path in root.iter(f"{SVG}path")]
            every = np.concatenate(lines)
            assert (every >= 0).all()
            assert (every <= (WIDTH, HEIGHT)).all()
            used = np.ptp(every, axis=0) / (WIDTH, HEIGHT)
            assert used.max() > 0.8


def test_a_new_unit_is_bright_and_numbered_and_earlier_ones_are_grey() -> None:
    """In the drawing of step 2, unit 1 is grey, 2 has its colour and number, 3 is absent."""
    boxes: list[Box] = [((0, 0, 0), (4, 4, 4)), ((4, 0, 0), (8, 4, 4)), ((0, 4, 0), (4, 8, 4))]
    parcel = parcel_of(boxes)
    svg = drawing_of(parcel).stage(Stage(1, 1))
    root = ET.fromstring(svg)
    assert [group.attrib["class"] for group in root.iter(f"{SVG}g")] == [
        "walls",
        "laid",
        "new",
        "badge",
        "walls",
    ]
    second = colours([unit.sku for unit in parcel.units])[parcel.units[1].sku]
    fills = {fill for fill, _ in painted(svg)}
    assert fills <= {*faces(LAID), *faces(second)}
    assert {*faces(second)} <= fills
    assert [text.text for text in root.iter(f"{SVG}text")] == ["2"]
    assert root.attrib["aria-label"] == "package · carton, Step 2 of 3"


def test_a_hidden_new_unit_is_seen_as_an_outline() -> None:
    """A unit behind a taller one is outlined through it, and still numbered."""
    boxes: list[Box] = [((4, 4, 0), (8, 8, 8)), ((2, 2, 0), (4, 4, 2))]
    root = ET.fromstring(drawing_of(parcel_of(boxes)).stage(Stage(1, 1)))
    (outline,) = (p for p in root.iter(f"{SVG}path") if p.attrib.get("class") == "through")
    assert len(dots(outline.attrib["d"])) == 12
    assert [text.text for text in root.iter(f"{SVG}text")] == ["2"]


def test_sides_are_written_along_the_edges() -> None:
    """The drawing of the whole says length, width and height, and where the front is."""
    parcel = parcel_of([((0, 0, 0), (100, 50, 30))], (1_200, 230, 50))
    texts = [text.text for text in ET.fromstring(drawing_of(parcel).whole()).iter(f"{SVG}text")]
    assert texts == ["1,200 mm · front", "230 mm", "50 mm"]


def test_drawings_of_a_parcel_are_alike_in_scale() -> None:
    """A unit stays where it is from drawing to drawing, whatever is added."""
    boxes: list[Box] = [((0, 0, 0), (4, 4, 4)), ((6, 0, 0), (9, 4, 4))]
    drawing = drawing_of(parcel_of(boxes, (20, 20, 20)))
    one, two = (painted(drawing.stage(Stage(at, at))) for at in range(2))
    assert len(two) == 2 * len(one) == 6
    assert [layer[1].tolist() for layer in one] == [layer[1].tolist() for layer in two[:3]]
