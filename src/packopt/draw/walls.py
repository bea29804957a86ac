"""The package around the units as lines: an open carton, a filled bag, or nothing at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packopt.draw.plan import Parcel

    Point = tuple[float, float, float]
    Line = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Walls:
    """What is seen of a package; everything in mm, as the units lie in it.

    Attributes
    ----------
    panels
        Rectangles that are seen from inside, each as its corners in turn; the floor comes first.
    far, near
        Edges behind the content, and those in front of it.
    """

    panels: tuple[tuple[Point, ...], ...] = ()
    far: tuple[Line, ...] = ()
    near: tuple[Line, ...] = ()


def walls(parcel: Parcel) -> Walls:
    """The lines of a parcel's package."""
    if parcel.is_own_container:
        return Walls()
    if parcel.kind == "mailer":
        return _bag(*parcel.room_mm)
    return _carton(*parcel.room_mm)


def _rectangle(x: float, y: float, z: float, length: float, width: float) -> tuple[Point, ...]:
    return ((x, y, z), (x + length, y, z), (x + length, y + width, z), (x, y + width, z))


def _round(corners: tuple[Point, ...]) -> tuple[Line, ...]:
    return tuple(zip(corners, (*corners[1:], corners[0]), strict=True))


def _carton(length: float, width: float, height: float) -> Walls:
    """Floor, back and left wall are there; the lid and the walls towards the eye are lines."""
    floor = _rectangle(0, 0, 0, length, width)
    top = _rectangle(0, 0, height, length, width)
    left = (floor[0], floor[3], top[3], top[0])
    back = (floor[0], floor[1], top[1], top[0])
    posts = tuple(zip(floor, top, strict=True))
    rim = _round(top)
    return Walls(
        panels=(floor, left, back),
        far=(*_round(floor), posts[0], posts[1], posts[3], rim[0], rim[3]),
        near=(posts[2], rim[1], rim[2]),
    )


def _bag(length: float, width: float, thick: float) -> Walls:
    """A bag lies on its flat side, at its full flat size, and bulges over the content."""
    half = thick / 2
    sheet = _rectangle(-half, -half, 0, length + thick, width + thick)
    top = _rectangle(0, 0, thick, length, width)
    bulge = tuple(zip(sheet, top, strict=True))
    return Walls(panels=(sheet,), far=_round(sheet), near=(*bulge, *_round(top)))
