"""A packed parcel in isometric view, drawn into a box of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.draw.colours import colours, faces
from packopt.draw.isometric import project
from packopt.draw.painter import paint_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.printing.page import Dot, Pdf
    from packopt.printing.parcels import PrintedParcel

    Corner = tuple[float, float, float]

#: Beyond so many units nothing can be told apart.
MOST_UNITS: Final = 300
_WALL: Final = "#a98a5c"
_EDGE: Final = "#27313b"


def draw_parcel(pdf: Pdf, parcel: PrintedParcel, box: tuple[float, float, float, float]) -> None:
    """Draw the units of a parcel, and of a carton its edges.

    Parameters
    ----------
    pdf
        Takes the drawing.
    parcel
        At most `MOST_UNITS` units.
    box
        Left, upper, right and lower end of what may be drawn on, in mm.
    """
    low = np.array([unit.at_mm for unit in parcel.units], dtype=np.int64)
    high = low + np.array([unit.size_mm for unit in parcel.units], dtype=np.int64)
    is_box = parcel.kind not in ("mailer", "own_container")
    least = np.zeros(3) if is_box else low.min(axis=0)
    most = np.array(parcel.inner_mm) if is_box else high.max(axis=0)
    look = _Look(least.tolist(), most.tolist(), box)
    walls = _edges(least.tolist(), most.tolist()) if is_box else []
    for start, end in walls:
        pdf.line(look(start), look(end), 0.2, _WALL)
    known = colours(dict.fromkeys(unit.sku for unit in parcel.units))
    _paint(pdf, parcel, known, low, high, look)


class _Look:
    """Where a point in mm of the parcel is seen on the page."""

    def __init__(
        self, low: list[float], high: list[float], box: tuple[float, float, float, float]
    ) -> None:
        left, top, right, bottom = box
        dots = [project(corner) for corner in _corners(low, high)]
        across, down = zip(*dots, strict=True)
        width, height = max(across) - min(across), max(down) - min(down)
        self._scale = min((right - left) / width, (bottom - top) / height)
        self._x = (left + right - self._scale * (min(across) + max(across))) / 2
        self._y = (top + bottom - self._scale * (min(down) + max(down))) / 2

    def __call__(self, point: Corner) -> Dot:
        across, down = project(point)
        return self._x + self._scale * across, self._y + self._scale * down


def _paint(
    pdf: Pdf,
    parcel: PrintedParcel,
    known: Mapping[str, str],
    low: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    high: np.ndarray[tuple[int, ...], np.dtype[np.int64]],
    look: _Look,
) -> None:
    pieces = paint_order(low, high)
    for owner, one, other in zip(
        pieces.owner.tolist(), pieces.low.tolist(), pieces.high.tolist(), strict=True
    ):
        for axis, shade in enumerate(faces(known[parcel.units[owner].sku])):
            if other[axis] == high[owner][axis]:
                dots = [look(corner) for corner in _face(one, other, axis)]
                pdf.face(dots, shade, _EDGE)


def _face(low: list[float], high: list[float], axis: int) -> list[Corner]:
    """Corners of the face towards the eye that lies across an axis, in turn."""
    one, other = (axis + 1) % 3, (axis + 2) % 3
    corners = []
    for first, second in ((low, low), (high, low), (high, high), (low, high)):
        corner = [*high]
        corner[one], corner[other] = first[one], second[other]
        corners.append((corner[0], corner[1], corner[2]))
    return corners


def _corners(low: list[float], high: list[float]) -> list[Corner]:
    return [
        (x, y, z) for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])
    ]


def _edges(low: list[float], high: list[float]) -> list[tuple[Corner, Corner]]:
    corners = _corners(low, high)
    return [
        (one, other)
        for at, one in enumerate(corners)
        for other in corners[at + 1 :]
        if sum(a != b for a, b in zip(one, other, strict=True)) == 1
    ]
