"""Colours that most people can tell apart, those with a colour vision deficiency included.

Okabe and Ito, "Color universal design: how to make figures and presentations that are friendly to
colorblind people", 2002; without their black, which is for lines. Colour never stands alone: every
unit also has a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PALETTE: Final = (
    "#0072b2",  # blue
    "#e69f00",  # orange
    "#009e73",  # bluish green
    "#cc79a7",  # reddish purple
    "#56b4e9",  # sky blue
    "#d55e00",  # vermilion
    "#f0e442",  # yellow
)
#: Further SKUs get the colours again, lighter, then darker.
_AGAIN: Final = (("#ffffff", 0.0), ("#ffffff", 0.5), ("#000000", 0.35))

LAID: Final = "#e3e7ea"  # units of earlier steps on the sheet
#: How much white or black light adds to a face: across x, across y, upwards.
_LIGHT: Final = (("#000000", 0.22), ("#000000", 0.06), ("#ffffff", 0.22))


def mix(colour: str, other: str, share: float) -> str:
    """A colour with some of another one in it.

    Parameters
    ----------
    colour, other
        As ``#rrggbb``.
    share
        Share of the other, 0..1.
    """
    pairs = zip(_channels(colour), _channels(other), strict=True)
    mixed = (round(one + (two - one) * share) for one, two in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luma(colour: str) -> float:
    """How light a colour looks, 0..255 (ITU-R BT.601)."""
    red, green, blue = _channels(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def faces(colour: str) -> tuple[str, str, str]:
    """Colours of the faces across x, across y and upwards of a thing that has a colour."""
    x, y, z = (mix(colour, *light) for light in _LIGHT)
    return x, y, z


def colours(skus: Iterable[str]) -> Mapping[str, str]:
    """A colour for each SKU; beyond 21 of them they are used again."""
    many = [mix(colour, *change) for change in _AGAIN for colour in PALETTE]
    return {sku: many[at % len(many)] for at, sku in enumerate(skus)}
