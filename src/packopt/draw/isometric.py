"""Isometric drawings of a parcel: the eye is above its right front corner."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.draw.colours import LAID, faces
from packopt.draw.contacts import contacts, covered_faces
from packopt.draw.painter import paint_order
from packopt.draw.stages import corners
from packopt.draw.svg import number, path, safe
from packopt.draw.walls import walls

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from packopt.draw.plan import Parcel
    from packopt.draw.stages import Stage
    from packopt.draw.walls import Line, Point
    from packopt.draw.words import Words

    Dot = tuple[float, float]
    Corner = list[int]
    Round = tuple[float, float, float]  # middle and radius

#: Every drawing has this size, so that lines and letters are alike in all of them.
WIDTH: Final = 240
HEIGHT: Final = 180
_MARGIN: Final = 13  # for the sides in mm along the edges
_SIDEWAYS: Final = cos(pi / 6)
_BADGE: Final = 9.0
_MOST_BADGES: Final = 40
_LEAST_BADGE: Final = 3.4
_LEGIBLE: Final = 5.5
_INSCRIBED: Final = 0.9 * _SIDEWAYS / 2  # of the lesser side of a face
_SEEN: Final = (False, False, False)
_NOT_SEEN: Final = [True, True, True]
_DIGIT: Final = 1.25  # size of digits against the radius around them
_DROP: Final = 0.36  # of their size, from their middle to the line they stand on

STYLE: Final = """
.iso{font-family:inherit;stroke-linejoin:round;stroke-linecap:round}
.iso .panel{fill:#faf5ea;stroke:none}.iso .bag .panel{fill:#f1f5f8}
.iso .far{fill:none;stroke:#a98a5c;stroke-width:.9}
.iso .near{fill:none;stroke:#a98a5c;stroke-width:.9;stroke-dasharray:4 3}
.iso .bag .far,.iso .bag .near{stroke:#7d93a6}
.iso .edge{fill:none;stroke:#27313b;stroke-width:.7}
.iso .laid .edge{stroke:#98a3ac;stroke-width:.6}
.iso .new .edge{stroke:#111820;stroke-width:1.1}
.iso .through{fill:none;stroke:#111820;stroke-width:.7;stroke-dasharray:2 2.4}
.iso .badge circle{fill:#fff;stroke:#111820;stroke-width:.9}
.iso .badge text{fill:#111820;font-weight:700;text-anchor:middle}
.iso .side{fill:#5b6670;font-size:9px;text-anchor:middle}
"""


def project(point: Point | Corner) -> Dot:
    """Where a point in mm is seen, in mm on the paper: to the right and downwards."""
    x, y, z = point
    return (x - y) * _SIDEWAYS, (x + y) / 2 - z


@dataclass(frozen=True, slots=True)
class _Piece:
    """A unit or a part of one, as it is painted."""

    unit: int
    low: Corner
    high: Corner


class Drawing:
    """All drawings of one parcel, alike in scale and place.

    Parameters
    ----------
    parcel
        The parcel.
    colours
        Colour of each SKU.
    words
        The language.
    """

    def __init__(self, parcel: Parcel, colours: Mapping[str, str], words: Words) -> None:
        self._parcel = parcel
        self._colours = colours
        self._words = words
        self._walls = walls(parcel)
        self._low, self._high = corners(parcel.units)
        order = paint_order(self._low, self._high)
        self._pieces = [
            _Piece(*piece)
            for piece in zip(
                order.owner.tolist(), order.low.tolist(), order.high.tolist(), strict=True
            )
        ]
        self._touching = contacts(self._low, self._high)
        self._painted: dict[tuple[int, ...], str] = {}
        self._scale, self._left, self._top = self._fit()

    def whole(self) -> str:
        """The parcel when all is done, in colours, with its sides in mm."""
        return self._svg([self._units(len(self._parcel.units))], sides=True)

    def stage(self, stage: Stage) -> str:
        """What is laid in a stage in colours and with numbers, what lay there before in grey."""
        new = range(stage.first, stage.last + 1)
        first, last = (self._parcel.units[at].step for at in (stage.first, stage.last))
        return self._svg(
            [self._units(stage.last + 1, new), self._through(new), self._badges(new)],
            title=self._words.step(self._parcel, first, last),
        )

    def steps(self) -> str:
        """Every unit in a group of its own, marked with its step, for a script to show and hide."""
        groups = [
            f'<g data-step="{self._parcel.units[piece.unit].step}">{self._piece(piece)}</g>'
            for piece in self._pieces
        ]
        return self._svg(groups, sides=True)

    def _fit(self) -> tuple[float, float, float]:
        """Scale, and where the upper left corner of everything is seen."""
        dots = [project(point) for panel in self._walls.panels for point in panel]
        dots += [project(end) for line in self._walls.near for end in line]
        dots += [dot for piece in self._pieces for dot in _outline(piece)]
        right, bottom = (max(dot[axis] for dot in dots) for axis in range(2))
        left, top = (min(dot[axis] for dot in dots) for axis in range(2))
        scale = min((WIDTH - 2 * _MARGIN) / (right - left), (HEIGHT - 2 * _MARGIN) / (bottom - top))
        spare_x = WIDTH - scale * (right - left)
        spare_y = HEIGHT - scale * (bottom - top)
        return scale, left - spare_x / 2 / scale, top - spare_y / 2 / scale

    def _dot(self, point: Point | Corner) -> Dot:
        x, y = project(point)
        return (x - self._left) * self._scale, (y - self._top) * self._scale

    def _path(self, points: Iterable[Point | Corner], *, closed: bool = False) -> str:
        return path((self._dot(point) for point in points), closed=closed)

    def _svg(self, parts: Sequence[str], *, sides: bool = False, title: str = "") -> str:
        name = self._words(
            "drawing_of",
            package=self._words.package(self._parcel),
            step=title or self._words.units(len(self._parcel.units)),
        )
        bag = " bag" if self._parcel.kind == "mailer" else ""
        panels = "".join(
            f'<path class="panel" d="{self._path(panel, closed=True)}"/>'
            for panel in self._walls.panels
        )
        inside = [
            f'<g class="walls{bag}">{panels}{self._lines("far", self._walls.far)}</g>',
            *parts,
            f'<g class="walls{bag}">{self._lines("near", self._walls.near)}</g>',
            self._sides() if sides else "",
        ]
        return (
            f'<svg class="iso" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'role="img" aria-label="{safe(name)}">{"".join(inside)}</svg>'
        )

    def _lines(self, name: str, lines: tuple[Line, ...]) -> str:
        if not lines:
            return ""
        return f'<path class="{name}" d="{"".join(self._path(line) for line in lines)}"/>'

    def _units(self, shown: int, new: range | None = None) -> str:
        """The first units in painting order; those that are not new are grey."""
        covered = covered_faces(self._low, self._high, self._touching, shown).tolist()
        painted = []
        for at, piece in enumerate(self._pieces):
            hidden = covered[piece.unit] if piece.unit < shown else _NOT_SEEN
            if all(hidden):
                continue
            laid = new is not None and piece.unit not in new
            key = (at, laid, *hidden)
            if key not in self._painted:
                self._painted[key] = self._piece(piece, hidden, LAID if laid else None)
            name = "" if new is None else ' class="laid"' if laid else ' class="new"'
            painted.append(f"<g{name}>{self._painted[key]}</g>")
        return "".join(painted)

    def _piece(
        self, piece: _Piece, hidden: Sequence[bool] = _SEEN, colour: str | None = None
    ) -> str:
        """Faces and edges of a piece that belong to its unit; where it was cut there are none."""
        colour = colour or self._colours[self._parcel.units[piece.unit].sku]
        low, high = self._low[piece.unit].tolist(), self._high[piece.unit].tolist()
        filled, edges = [], []
        for axis, shade in enumerate(faces(colour)):
            if piece.high[axis] != high[axis] or hidden[axis]:
                continue
            corners_of_face = _face(piece, axis)
            filled.append(f'<path fill="{shade}" d="{self._path(corners_of_face, closed=True)}"/>')
            edges += [
                self._path(edge)
                for edge in zip(
                    corners_of_face, corners_of_face[1:] + corners_of_face[:1], strict=True
                )
                if _is_edge_of_unit(edge, low, high)
            ]
        return f'{"".join(filled)}<path class="edge" d="{"".join(edges)}"/>'

    def _through(self, new: range) -> str:
        """Outlines of the new units, seen through what stands before them."""
        outlines = (
            self._path(_face(_Piece(at, low, high), axis), closed=True)
            for at in new
            for low, high in [(self._low[at].tolist(), self._high[at].tolist())]
            for axis in range(3)
        )
        return f'<path class="through" d="{"".join(outlines)}"/>'

    def _badges(self, new: range) -> str:
        """Step numbers, each on the largest face of its unit whose middle is seen.

        Where none is, or the faces are small, a number stands only where it covers no other.
        """
        if len(new) > _MOST_BADGES:
            return ""
        sure: list[tuple[int, Round]] = []
        doubtful: list[tuple[int, Round]] = []
        for at in new:
            badge, seen = self._badge(at, new)
            (sure if seen else doubtful).append((at, badge))
        badges: list[tuple[int, Round]] = []
        for at, (x, y, radius) in sure + doubtful:
            taken = any(hypot(x - u, y - v) < radius + r for _, (u, v, r) in badges)
            if not taken:
                badges.append((at, (x, y, radius)))
        return "".join(_badge(self._parcel.units[at].step, *badge) for at, badge in sorted(badges))

    def _badge(self, at: int, new: range) -> tuple[Round, bool]:
        """Middle and radius of the number of a unit, and whether the face under it is seen."""
        low, high = self._low[at], self._high[at]
        size = (high - low).tolist()
        # Upwards first: that face looks at the packer.
        axes = sorted((2, 1, 0), key=lambda axis: -size[axis - 1] * size[axis - 2])
        middles = [np.where(np.arange(3) == axis, high, (low + high) / 2) for axis in axes]
        seen = [not self._hidden(middle, at, new.stop) for middle in middles]
        best = seen.index(True) if any(seen) else 0
        side = min(size[axes[best] - 1], size[axes[best] - 2]) * self._scale
        least = _LEGIBLE if len(new) == 1 else _LEAST_BADGE
        x, y = self._dot(tuple(middles[best].tolist()))
        return (x, y, max(least, min(_BADGE, _INSCRIBED * side))), any(seen)

    def _hidden(self, point: NDArray[np.float64], at: int, shown: int) -> bool:
        """Whether one of the first units stands between the eye and a point of unit ``at``."""
        enters = (self._low[:shown] - point).max(axis=1)
        leaves = (self._high[:shown] - point).min(axis=1)
        between = (enters < leaves) & (leaves > 0)
        between[at] = False
        return bool(between.any())

    def _sides(self) -> str:
        """Sides in mm along the edges, and which one is the front."""
        low, high = [0.0, 0.0, 0.0], [float(side) for side in self._parcel.room_mm]
        shown = self._parcel.inner_mm
        if self._parcel.kind == "mailer":
            half = self._parcel.room_mm[2] / 2
            low = [-half, -half, 0]
            high = [side + half for side in high[:2]]
            shown = (*self._parcel.inner_mm[:2], self._parcel.room_mm[2])
        texts = (
            ((low[0] + high[0]) / 2, high[1], low[2], shown[0], 30, self._words("front")),
            (high[0], (low[1] + high[1]) / 2, low[2], shown[1], -30, ""),
        )
        along = []
        for x, y, z, side, turn, word in texts:
            right, down = self._dot((x, y, z))
            away = -7 if turn > 0 else 7
            place = f"translate({number(right + away)} {number(down + 10)}) rotate({turn})"
            label = f"{side:,} mm{f' · {word}' if word else ''}"
            along.append(f'<text class="side" transform="{place}">{safe(label)}</text>')
        right, down = self._dot((low[0], high[1], self._parcel.room_mm[2] / 2))
        along.append(
            f'<text class="side" transform="translate({number(right - 5)} {number(down)}) '
            f'rotate(-90)">{shown[2]:,} mm</text>'
        )
        return "".join(along)


def _badge(step: int, x: float, y: float, radius: float) -> str:
    text = str(step)
    size = radius * (_DIGIT if len(text) < 3 else 3 * _DIGIT / (len(text) + 0.4))
    return (
        f'<g class="badge"><circle cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"/>'
        f'<text x="{number(x)}" y="{number(y + size * _DROP)}" font-size="{number(size)}">'
        f"{text}</text></g>"
    )


def _face(piece: _Piece, axis: int) -> list[Corner]:
    """Corners of the face towards greater coordinates, in turn."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    turns = []
    for first, second in (
        (piece.low, piece.low),
        (piece.high, piece.low),
        (piece.high, piece.high),
        (piece.low, piece.high),
    ):
        corner = list(piece.high)
        corner[one], corner[other] = first[one], second[other]
        turns.append(corner)
    return turns


def _outline(piece: _Piece) -> list[Dot]:
    return [project(corner) for axis in range(3) for corner in _face(piece, axis)]


def _is_edge_of_unit(edge: tuple[Corner, Corner], low: Corner, high: Corner) -> bool:
    """Whether an edge of a piece lies on an edge of its unit: on two faces of it."""
    on_faces = (
        one == other and one in (least, most)
        for one, other, least, most in zip(*edge, low, high, strict=True)
    )
    return sum(on_faces) == 2
