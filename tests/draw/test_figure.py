"""The 3D figure: closed solids in the right places, and every step a beginning of the arrays."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from draw.drawn import NASTY, every_parcel, many, nasty
from handmade import made
from handmade_shapes import scene
from packopt import draw
from packopt.draw.colours import PALETTE, colours, faces, luma, mix
from packopt.draw.digits import points_for, written
from packopt.draw.plan import read_plan
from packopt.draw.solids import TRACES, figure_data
from packopt.draw.words import Words

ARRAYS = ("x", "y", "z", "i", "j", "k", "facecolor", "hovertext")


def traces(name: str, order_id: str, **more: Any) -> dict[str, Any]:
    """Traces of the figure of a handmade scene by name."""
    drawn = scene(name)
    figure = draw.figure(drawn.result, order_id, orders=drawn.orders, **more)
    assert tuple(trace.name for trace in figure.data) == TRACES
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize(("name", "order_id"), every_parcel())
def test_units_are_closed_solids_where_they_lie(name: str, order_id: str) -> None:
    """Each unit is a mesh whose edges all have two triangles, with the unit's volume and corner."""
    drawn = scene(name)
    (parcel,) = read_plan(drawn.result, order_id, 1, orders=drawn.orders).parcels
    mesh = traces(name, order_id)["units"]
    points = np.column_stack([mesh.x, mesh.y, mesh.z])
    triangles = np.column_stack([mesh.i, mesh.j, mesh.k])
    for at, unit in enumerate(parcel.units):
        corners = points[8 * at : 8 * at + 8] * (1, -1, 1)
        assert corners.min(axis=0).tolist() == list(unit.corner_mm)
        assert np.ptp(corners, axis=0).tolist() == list(unit.extent_mm)
        mine = triangles[12 * at : 12 * at + 12]
        assert set(mine.ravel().tolist()) == set(range(8 * at, 8 * at + 8))
        edges = Counter(
            frozenset((int(one), int(two)))
            for triangle in mine
            for one, two in zip(triangle, np.roll(triangle, 1), strict=True)
        )
        assert set(edges.values()) == {2}
        sides = points[mine[:, 1:]] - points[mine[:, :1]]
        area = np.linalg.norm(np.cross(sides[:, 0], sides[:, 1]), axis=1).sum() / 2
        x, y, z = unit.extent_mm
        assert area == pytest.approx(2 * (x * y + y * z + x * z))


def test_a_step_is_a_beginning_of_the_arrays() -> None:
    """What the page's script cuts by ``meta`` is what the figure of a step has."""
    order = ("sizes", "bowls")
    whole = traces(*order)
    for step in range(6):
        part = traces(*order, step=step)
        for name in ("units", "edges", "numbers"):
            meta = whole[name].meta
            for array in ARRAYS:
                if getattr(whole[name], array, None) is None:
                    continue
                triangles = array not in ("x", "y", "z")
                length = step * meta["triangles" if triangles else "points"]
                full = list(getattr(whole[name], array))
                assert list(getattr(part[name], array) or ()) == full[:length]
        length = whole["edges"].meta["points"]
        newest = list(whole["edges"].x)[(step - 1) * length : step * length] if step else []
        assert list(part["newest"].x or ()) == newest


def test_hovering_tells_what_where_and_how_large() -> None:
    """The text of a unit has its SKU, step, sizes, weight, place and what to mind."""
    (text,) = {text for text in traces("sizes", "cups")["units"].hovertext if "Step 2" in text}
    assert text.replace("\N{NO-BREAK SPACE}", " ").split("<br>") == [
        "<b>cup</b>",
        "Step 2 of 3",
        "90 × 90 × 15 mm, 100 g",
        "on step 1",
        "from left 0, back 0, floor 100 mm",
        "keep upright",
        "nests into the one before",
    ]


def test_names_cannot_break_out_of_hover_texts() -> None:
    """Plotly reads some HTML in hover texts, so names are escaped for it."""
    figure = draw.figure(nasty().result, NASTY)
    (mesh,) = (trace for trace in figure.data if trace.name == "units")
    assert all("<script" not in text for text in mesh.hovertext)
    assert mesh.hovertext[0].startswith("<b>&lt;script&gt;alert(1)")


def test_given_units_have_no_number() -> None:
    """What lay there before is shown, but numbers are for what is to be done."""
    numbers = traces("placed", "filled")["numbers"]
    points = numbers.meta["points"]
    given, laid = numbers.x[:points], numbers.x[points:]
    assert {value for value in given if value is not None} == set()
    assert [value for value in laid if value is not None]


@pytest.mark.parametrize("text", ["1", "23", "456", "7890"])
def test_numbers_stand_on_the_faces_of_their_unit(text: str) -> None:
    """Every stroke is on one of five faces, a hair in front of it and well inside its borders."""
    low, high = np.array([10.0, 20, 30]), np.array([110.0, 90, 80])
    points = written(text, low, high, 120, points_for(len(text)))
    assert points.shape == (points_for(len(text)), 3)
    points = points[~np.isnan(points[:, 0])]
    ahead = np.where(points > high, points - high, np.where(points < low, low - points, 0))
    assert ((ahead > 0).sum(axis=1) == 1).all()
    assert ahead.max() < 1
    assert (points[:, 2] > low[2]).all()
    sides = {
        (axis, bool(point[axis] > high[axis]))
        for point, off in zip(points, ahead, strict=True)
        for axis in np.flatnonzero(off)
    }
    assert sides == {(2, True), (1, True), (0, True), (1, False), (0, False)}


def test_small_faces_carry_no_number() -> None:
    """A sheet of paper has its number on top only, and a crumb has none."""
    flat = written("8", np.zeros(3), np.array([200.0, 200, 1]), 200, points_for(1))
    assert set(flat[~np.isnan(flat[:, 2]), 2].tolist()) == {1.4}
    crumb = written("8", np.zeros(3), np.ones(3), 500, points_for(1))
    assert np.isnan(crumb).all()


def test_many_units_are_drawn_without_numbers() -> None:
    """Beyond some hundreds numbers would be dust, so the figure has none and stays small."""
    parcel = read_plan(many(301), "many").parcels[0]
    drawn = figure_data(parcel, colours(["s"] + [unit.sku for unit in parcel.units]), Words("en"))
    named = {trace["name"]: trace for trace in drawn["data"]}
    assert named["numbers"]["meta"] == {"points": 0}
    assert len(named["units"]["x"]) == 8 * 301


def test_the_scene_does_not_move_when_units_come() -> None:
    """Ranges and ratios are those of the whole parcel at every step, and of one scale."""
    scenes = [draw.figure(made().result, "bricks", step=step).layout.scene for step in (0, 1, 3)]
    assert scenes[0] == scenes[1] == scenes[2]
    spans = [np.ptp(axis.range) for axis in (scenes[0].xaxis, scenes[0].yaxis, scenes[0].zaxis)]
    ratio = scenes[0].aspectratio
    scales = [one / span for one, span in zip((ratio.x, ratio.y, ratio.z), spans, strict=True)]
    assert scales == pytest.approx([scales[0]] * 3)


def test_an_own_container_has_no_walls() -> None:
    """A unit that ships as it is stands alone."""
    drawn = traces("cheaper", "drum")
    assert not drawn["walls"].x
    assert not drawn["floor"].x


def test_a_bag_is_as_large_as_it_lies_flat() -> None:
    """The lines of a mailer span its flat length and width, and its content's thickness."""
    (wire,) = (t for t in draw.figure(made().result, "card").data if t.name == "walls")
    spans = [
        max(v for v in axis if v is not None) - min(v for v in axis if v is not None)
        for axis in (wire.x, wire.y, wire.z)
    ]
    assert spans == [240, 200, 10]


def test_colours_differ_and_come_again() -> None:
    """Twenty-one SKUs have colours of their own, the twenty-second has the first one again."""
    chosen = list(colours([str(at) for at in range(22)]).values())
    assert len(set(chosen)) == 21
    assert chosen[21] == chosen[0] == PALETTE[0]


def _brettel_like(colour: str) -> np.ndarray:
    """A colour as a deuteranope sees it: Viénot, Brettel and Mollon 1999, linear RGB."""
    rgb = (np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255) ** 2.2
    seen = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]]) @ rgb
    return np.clip(seen, 0, 1) ** (1 / 2.2)


def test_colours_differ_for_the_colour_blind() -> None:
    """As a deuteranope sees them, any two colours of the palette still differ clearly."""
    seen = [_brettel_like(colour) for colour in PALETTE]
    for at, one in enumerate(seen):
        for other in seen[:at]:
            assert np.abs(one - other).max() > 0.08


def test_faces_are_shaded_alike() -> None:
    """The top is lighter than the front, the front lighter than the side."""
    for colour in PALETTE:
        side, front, top = (luma(face) for face in faces(colour))
        assert side < front < luma(colour) < top
    assert mix("#000000", "#ffffff", 0.5) == "#808080"
