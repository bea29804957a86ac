"""The parcel as a Plotly figure: solid units that can be turned and asked, in wire walls.

Whatever belongs to a unit has the same length for each unit and stands in packing order. So the
parcel after any step is a beginning of every array, and the page needs no figure for each step.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from packopt.draw.colours import faces, luma
from packopt.draw.digits import points_for, written
from packopt.draw.stages import corners
from packopt.draw.walls import walls
from packopt.draw.words import Places

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from packopt.draw.plan import Parcel
    from packopt.draw.words import Words

    Mm = NDArray[np.int64]

#: Traces of a figure, in order. What belongs to units says in its ``meta`` how much of its arrays
#: one unit takes: ``points`` of the coordinates, ``triangles`` of a mesh.
TRACES: Final = ("floor", "walls", "units", "edges", "newest", "numbers")

_CORNERS: Final = 8
_OUTLINE: Final = 36  # twelve edges: two ends and a gap each
#: Beyond so many units numbers on them would be neither legible nor quick.
_MOST_NUMBERED: Final = 300
#: Corner c of a cuboid is greatest along the axes whose bits are set in c.
_BITS: Final = np.array([[(c >> axis) & 1 for axis in range(3)] for c in range(_CORNERS)])
_EDGES: Final = [(c, c | 1 << axis) for axis in range(3) for c in range(8) if not c >> axis & 1]
_LINE: Final = "#1b232b"
_EYE: Final = {"x": 1.2, "y": -1.6, "z": 1.2}
_DIAGONAL: Final = 2.2  # of the scene, in which one is half of what is seen
_SPARE: Final = 0.01
_DARK: Final = 110  # of 255: on darker colours numbers are white


def figure_data(
    parcel: Parcel, colours: Mapping[str, str], words: Words, upto: int | None = None
) -> dict[str, Any]:
    """Draw a parcel.

    Parameters
    ----------
    parcel
        The parcel.
    colours
        Colour of each SKU.
    words
        The language of what is said about a unit.
    upto
        Number of units to draw, those given included; None for all.

    Returns
    -------
    ``data`` and ``layout`` as Plotly takes them, with the traces `TRACES`. The y axis runs from the
    front, at negative values, to the back of the package, since Plotly's axes are right-handed.
    """
    shown = len(parcel.units) if upto is None else upto
    low, high = corners(parcel.units)
    lines = walls(parcel)
    seen = np.concatenate([np.array(lines.panels).reshape(-1, 3), low, high, [parcel.room_mm]])
    low, high = low[:shown], high[:shown]
    outlines = _outlines(low, high)
    bag = parcel.kind == "mailer"
    walled = _through_gaps(np.array([*lines.far, *lines.near], float).reshape(-1, 2, 3))
    traces = [
        _floor(lines.panels, "#eef3f7" if bag else "#f6eedd"),
        _wire(walled, "#7d93a6" if bag else "#a98a5c", 3),
        _solid(parcel, low, high, colours, words),
        _wire(outlines, _LINE, 2) | {"meta": {"points": _OUTLINE}},
        _wire(outlines[-_OUTLINE:], "#000000", 7),
        _numbers(parcel, low, high, colours),
    ]
    named = [{**trace, "name": name} for trace, name in zip(traces, TRACES, strict=True)]
    return {"data": named, "layout": _layout(seen.min(axis=0), seen.max(axis=0))}


def _layout(low: NDArray[np.float64], high: NDArray[np.float64]) -> dict[str, Any]:
    """A scene that stays as large as the whole parcel, whatever of it is shown."""
    axis = {"visible": False, "showspikes": False}
    spare = _SPARE * (high - low).max()  # lines on the border would be half cut off
    low, high = low - spare, high + spare
    ranges = [[low[0], high[0]], [-high[1], -low[1]], [low[2], high[2]]]
    ratio = _DIAGONAL * (high - low) / np.linalg.norm(high - low)
    return {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hoverlabel": {"align": "left", "bgcolor": "#ffffff", "font": {"color": _LINE, "size": 14}},
        "scene": {
            **{
                f"{name}axis": {**axis, "range": one}
                for name, one in zip("xyz", ranges, strict=True)
            },
            "aspectmode": "manual",
            "aspectratio": dict(zip("xyz", ratio.tolist(), strict=True)),
            "dragmode": "turntable",
            "camera": {"eye": _EYE, "projection": {"type": "orthographic"}},
        },
    }


def _xyz(points: Any) -> dict[str, list[Any]]:
    """Coordinates as Plotly takes them; a gap is None."""
    columns = np.asarray(points, float).reshape(-1, 3) * (1, -1, 1)
    return {
        name: [None if value != value else value + 0.0 for value in column]
        for name, column in zip("xyz", columns.T.tolist(), strict=True)
    }


def _through_gaps(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of lines, ``(l, 2, 3)``, each followed by a gap: ``(3 l, 3)``."""
    gap = np.full((len(lines), 1, 3), np.nan)
    return np.concatenate([lines, gap], axis=1).reshape(-1, 3)


def _outlines(low: Mm, high: Mm) -> NDArray[np.float64]:
    every = _corners(low, high).astype(float)
    ends = every[:, np.array(_EDGES)]
    return _through_gaps(ends.reshape(-1, 2, 3))


def _corners(low: Mm, high: Mm) -> Mm:
    """``(n, 8, 3)``."""
    return np.where(_BITS[None] == 1, high[:, None], low[:, None])


def _wire(points: NDArray[np.float64], colour: str, width: int) -> dict[str, Any]:
    return {
        "type": "scatter3d",
        "mode": "lines",
        **_xyz(points),
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
    }


def _floor(panels: Sequence[Any], colour: str) -> dict[str, Any]:
    flat = {"hoverinfo": "skip", "lighting": {"ambient": 1, "diffuse": 0, "specular": 0}}
    triangles = {"i": [0, 0], "j": [1, 2], "k": [2, 3]} if panels else {"i": [], "j": [], "k": []}
    points = panels[0] if panels else []
    return {"type": "mesh3d", **_xyz(points), **triangles, "color": colour, **flat}


def _solid(
    parcel: Parcel, low: Mm, high: Mm, colours: Mapping[str, str], words: Words
) -> dict[str, Any]:
    triangles, axes = _triangles()
    first = _CORNERS * np.arange(len(low))[:, None, None]
    ijk = (triangles[None] + first).reshape(-1, 3)
    shades = {sku: faces(colour) for sku, colour in colours.items()}
    units = parcel.units[: len(low)]
    places = Places(parcel, words)
    texts = [_hover(parcel, at, places, words) for at in range(len(units))]
    return {
        "type": "mesh3d",
        **_xyz(_corners(low, high)),
        **dict(zip("ijk", ijk.T.tolist(), strict=True)),
        "facecolor": [shades[unit.sku][axis] for unit in units for axis in axes],
        "flatshading": True,
        # The faces are shaded already, as on the sheet.
        "lighting": {"ambient": 1, "diffuse": 0, "specular": 0, "fresnel": 0},
        # Of a mesh whose triangles have colours Plotly asks for a text by triangle, not by corner.
        "hovertext": [text for text in texts for _ in triangles],
        "hoverinfo": "text",
        "meta": {"points": _CORNERS, "triangles": len(triangles)},
    }


def _triangles() -> tuple[Mm, list[int]]:
    """Two triangles for each face of a cuboid, ``(12, 3)``, and the axis that each faces."""
    triangles, axes = [], []
    for axis in range(3):
        one, other = 1 << (axis + 1) % 3, 1 << (axis + 2) % 3
        for side in (0, 1 << axis):
            corner = [side, side | one, side | one | other, side | other]
            triangles += [corner[:3], [corner[0], *corner[2:]]]
            axes += [axis, axis]
    return np.array(triangles), axes


def _hover(parcel: Parcel, at: int, places: Places, words: Words) -> str:
    unit = parcel.units[at]
    step = words.step(parcel, unit.step) if unit.step else words("given")
    lines = [
        f"<b>{escape(unit.sku)}</b>",
        step,
        words.size(unit.extent_mm) + (f", {words.mass(unit.weight_g)}" if unit.weight_g else ""),
        places.place(at),
        places.offsets(at),
        *words.marks(unit),
    ]
    return "<br>".join(lines)


def _numbers(parcel: Parcel, low: Mm, high: Mm, colours: Mapping[str, str]) -> dict[str, Any]:
    """Step numbers on the faces of the units; none on those that were there before."""
    units = parcel.units[: len(low)]
    points, lines = 0, []
    if len(parcel.units) <= _MOST_NUMBERED:
        points = points_for(len(str(parcel.steps)))
        size = max(parcel.room_mm)
        lines = [
            written(str(unit.step) if unit.step else "", one, other, size, points)
            for unit, one, other in zip(units, low.astype(float), high.astype(float), strict=True)
        ]
    ink = {sku: "#ffffff" if luma(colour) < _DARK else "#000000" for sku, colour in colours.items()}
    trace = _wire(np.concatenate([np.zeros((0, 3)), *lines]), _LINE, 5)
    trace["line"] = {"width": 5, "color": [ink[unit.sku] for unit in units for _ in range(points)]}
    return trace | {"meta": {"points": points}}
