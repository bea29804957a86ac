"""Numbers written on the faces of cuboids, as lines in space that turn and hide with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Stroke = tuple[tuple[float, float], ...]

_WIDE: Final = 4.0  # of a digit that is six high
_HIGH: Final = 6.0
_GAP: Final = 1.8

#: Strokes of each digit, from its lower left corner: the strokes apart, their points in turn.
_SIX: Final = "3.8,5.2 3,6 1,6 0,5 0,1 1,0 3,0 4,1 4,2.4 3,3.4 1,3.4 0,2.4"
_DRAWN: Final = {
    "0": "1,0 3,0 4,1 4,5 3,6 1,6 0,5 0,1 1,0",
    "1": "0.8,4.8 2.2,6 2.2,0",
    "2": "0,5 1,6 3,6 4,5 4,4 0,0 4,0",
    "3": "0,5 1,6 3,6 4,5 4,4 3,3.2 4,2.2 4,1 3,0 1,0 0,1; 3,3.2 1.4,3.2",
    "4": "3,0 3,6 0,2 4,2",
    "5": "4,6 0.4,6 0.2,3.4 1,3.8 3,3.8 4,2.8 4,1 3,0 1,0 0,1",
    "6": _SIX,
    "7": "0,6 4,6 1.4,0",
    "8": "1,3.2 0,4 0,5 1,6 3,6 4,5 4,4 3,3.2 1,3.2 0,2.2 0,1 1,0 3,0 4,1 4,2.2 3,3.2",
}


def _strokes_of(drawn: str) -> tuple[Stroke, ...]:
    return tuple(
        tuple((float(x), float(y)) for x, y in (point.split(",") for point in stroke.split()))
        for stroke in drawn.split(";")
    )


_DIGITS: Final = {digit: _strokes_of(drawn) for digit, drawn in _DRAWN.items()}
_DIGITS["9"] = tuple(
    tuple((_WIDE - x, _HIGH - y) for x, y in stroke) for stroke in _strokes_of(_SIX)
)

#: Faces on which a number stands: the axis it looks along, whether at the greater end, and along
#: which axes, and which way, the number runs to the right and upwards. Not on the underside.
_FACES: Final = (
    (2, True, (0, 1), (1, -1)),
    (1, True, (0, 1), (2, 1)),
    (0, True, (1, -1), (2, 1)),
    (1, False, (0, -1), (2, 1)),
    (0, False, (1, 1), (2, 1)),
)
_SHARE: Final = 0.5  # of a face that its number takes at most
_MOST: Final = 0.065  # of the parcel's greatest side, so that large units do not shout
_LEAST: Final = 0.022


def points_for(digits: int) -> int:
    """How many points `written` has for a number of so many digits, gaps included."""
    most = max(sum(len(stroke) + 1 for stroke in strokes) for strokes in _DIGITS.values())
    return digits * most * len(_FACES)


def written(text: str, low: Floats, high: Floats, size: float, points: int) -> Floats:
    """Write a number on the faces of a cuboid that are large enough.

    Parameters
    ----------
    text
        Digits.
    low, high
        ``(3,)`` corners in mm.
    size
        Greatest side of the parcel in mm, against which the number must be legible.
    points
        Length of the answer.

    Returns
    -------
    ``(points, 3)`` lines in mm with NaN in the gaps and after the last one.
    """
    flat = _strokes(text)
    wide = _WIDE * len(text) + _GAP * (len(text) - 1)
    lines = []
    for axis, at_high, (right, rightwards), (up, upwards) in _FACES if text else ():
        face = high - low
        scale = min(_SHARE * face[right] / wide, _SHARE * face[up] / _HIGH, _MOST * size / _HIGH)
        if scale * _HIGH < _LEAST * size:
            continue
        middle = (low + high) / 2
        line = np.tile(middle, (len(flat), 1))
        off = 0.002 * size  # in front of the face, which it would else fight with for pixels
        line[:, axis] = high[axis] + off if at_high else low[axis] - off
        line[:, right] += rightwards * scale * (flat[:, 0] - wide / 2)
        line[:, up] += upwards * scale * (flat[:, 1] - _HIGH / 2)
        line[np.isnan(flat[:, 0])] = np.nan
        lines.append(line)
    every = np.concatenate([np.zeros((0, 3)), *lines])
    return np.concatenate([every, np.full((points - len(every), 3), np.nan)])


def _strokes(text: str) -> Floats:
    """The strokes of a number from its lower left corner, ``(n, 2)``, with NaN in the gaps."""
    dots: list[tuple[float, float]] = []
    for at, digit in enumerate(text):
        for stroke in _DIGITS[digit]:
            dots += [(x + at * (_WIDE + _GAP), y) for x, y in stroke]
            dots.append((np.nan, np.nan))
    return np.array(dots).reshape(-1, 2)
