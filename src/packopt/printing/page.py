"""Pages of a PDF, all lengths in mm from the upper left corner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from packopt.errors import Gs1Error
from packopt.printing.elements import encoded, readable

if TYPE_CHECKING:
    import os
    from types import TracebackType

    from packopt.printing.elements import Element

    Dot = tuple[float, float]

_POINTS_PER_MM: Final = 72 / 25.4
_LATIN, _BOLD, _OTHER = "Helvetica", "Helvetica-Bold", "STSong-Light"
# GS1 General Specifications, symbol specification table 5 (logistic units in general distribution):
# modules of 0.495 mm or more, bars of 32 mm or more, and clear margins of ten modules.
_MODULE_MM: Final = 0.495
BAR_MM: Final = 32.0
_CLEAR_MODULES: Final = 10
#: Height of a barcode with the line below it.
BARCODE_MM: Final = BAR_MM + 4.5


class Pdf:
    """A PDF that appears whole or not at all, whose bytes depend on nothing but what is drawn.

    Parameters
    ----------
    path
        Where it goes; an earlier file is replaced.
    width_mm, height_mm
        Size of every page.
    title
        For the window of the reader.

    Raises
    ------
    Gs1Error
        If reportlab is not installed.
    """

    def __init__(
        self, path: str | os.PathLike[str], width_mm: float, height_mm: float, title: str
    ) -> None:
        try:
            from reportlab.pdfbase.cidfonts import (  # type: ignore[import-untyped]
                UnicodeCIDFont,
            )
            from reportlab.pdfbase.pdfmetrics import (  # type: ignore[import-untyped]
                registerFont,
                stringWidth,
            )
            from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]
        except ImportError as error:
            raise Gs1Error(
                "PDF", "found no reportlab, which prints it; install packopt[labels]"
            ) from error
        registerFont(UnicodeCIDFont(_OTHER))
        self._width_of = stringWidth
        self._path = Path(path)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._part = self._path.with_name(f".{self._path.name}.part")
        self.width_mm, self.height_mm = width_mm, height_mm
        size = (width_mm * _POINTS_PER_MM, height_mm * _POINTS_PER_MM)
        self._canvas: Any = Canvas(str(self._part), pagesize=size, invariant=1, pageCompression=1)
        self._canvas.setTitle(title)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._canvas.save()
                self._part.replace(self._path)
        finally:
            self._part.unlink(missing_ok=True)

    def next_page(self) -> None:
        """Finish the page."""
        self._canvas.showPage()

    def text(
        self, x: float, y: float, text: str, size_mm: float, *, bold: bool = False, room: float = 0
    ) -> None:
        """A line of text whose letters stand on ``y``; cut off where it is wider than ``room``."""
        font, size = _font(text, bold=bold), size_mm * _POINTS_PER_MM
        while room and len(text) > 1 and self._width(text, font, size) > room:
            text = text.removesuffix("…")[:-1] + "…"
        self._canvas.setFillColor("#111820")
        self._canvas.setFont(font, size)
        self._canvas.drawString(x * _POINTS_PER_MM, self._up(y), text)

    def _width(self, text: str, font: str, size: float) -> float:
        return float(self._width_of(text, font, size)) / _POINTS_PER_MM

    def line(self, start: Dot, end: Dot, width_mm: float = 0.25, colour: str = "#111820") -> None:
        """A straight line."""
        self._canvas.setStrokeColor(colour)
        self._canvas.setLineWidth(width_mm * _POINTS_PER_MM)
        self._canvas.line(
            start[0] * _POINTS_PER_MM,
            self._up(start[1]),
            end[0] * _POINTS_PER_MM,
            self._up(end[1]),
        )

    def face(self, dots: list[Dot], fill: str, edge: str) -> None:
        """A closed shape."""
        path = self._canvas.beginPath()
        (x, y), *others = dots
        path.moveTo(x * _POINTS_PER_MM, self._up(y))
        for x, y in others:
            path.lineTo(x * _POINTS_PER_MM, self._up(y))
        path.close()
        self._canvas.setFillColor(fill)
        self._canvas.setStrokeColor(edge)
        self._canvas.setLineWidth(0.5)
        self._canvas.drawPath(path, fill=1, stroke=1)

    def barcode(self, y: float, elements: list[Element]) -> None:
        """A GS1-128 barcode in the middle of the page, with what it says below it.

        Parameters
        ----------
        y
            Upper end of its bars.
        elements
            Application identifiers with their values.
        """
        from reportlab.graphics.barcode.code128 import (  # type: ignore[import-untyped]
            Code128,
        )

        clear = _CLEAR_MODULES * _MODULE_MM * _POINTS_PER_MM
        code = Code128(
            encoded(elements),
            barWidth=_MODULE_MM * _POINTS_PER_MM,
            barHeight=BAR_MM * _POINTS_PER_MM,
            quiet=1,
            lquiet=clear,
            rquiet=clear,
            humanReadable=False,
        )
        self._canvas.setFillColor("#000000")  # bars are filled with whatever colour was last
        left = (self.width_mm * _POINTS_PER_MM - code.width) / 2
        code.drawOn(self._canvas, left, self._up(y + BAR_MM))
        said = readable(elements)
        width = self._width(said, _LATIN, 3.2 * _POINTS_PER_MM)
        self.text((self.width_mm - width) / 2, y + BAR_MM + 3.6, said, 3.2)

    def _up(self, y: float) -> float:
        return (self.height_mm - y) * _POINTS_PER_MM


def _font(text: str, *, bold: bool) -> str:
    """The standard font, or for other than Latin letters one that readers of PDF bring along."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return _OTHER
    return _BOLD if bold else _LATIN
