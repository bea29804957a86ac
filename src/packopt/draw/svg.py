"""Pieces of SVG: numbers short, texts safe."""

from __future__ import annotations

from html import escape as safe
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    Dot = tuple[float, float]

__all__ = ["number", "path", "safe"]


def number(value: float) -> str:
    """A coordinate to a tenth."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def path(dots: Iterable[Dot], *, closed: bool = False) -> str:
    """The data of a path through some points."""
    through = "L".join(f"{number(x)} {number(y)}" for x, y in dots)
    return f"M{through}{'Z' if closed else ''}"
