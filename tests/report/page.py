"""Reading a report as a program would: its figures, its texts, its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

_VOID = {"meta", "br", "link", "img", "input", "hr"}
_SILENT = {"script", "style"}


@dataclass
class Figure:
    """A number of the page."""

    measure: str
    key: str
    value: float
    per: float
    text: str = ""

    @property
    def shown(self) -> float:
        """What the reader sees, in the figure's own unit."""
        return float(self.text.replace(",", "").replace("−", "-")) * self.per

    @property
    def half_step(self) -> float:
        """Half of the last decimal that is shown, in the figure's own unit."""
        decimals = len(self.text.partition(".")[2])
        return 0.5 * 10.0**-decimals * self.per


@dataclass
class Page(HTMLParser):
    """A parsed report.

    Attributes
    ----------
    figures
        Every number.
    texts
        What a reader sees besides the numbers, with the path of elements it stands in.
    tags
        Every element with its attributes.
    charts
        Plotly's figures.
    """

    figures: list[Figure] = field(default_factory=list)
    texts: list[tuple[tuple[str, ...], str]] = field(default_factory=list)
    tags: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    charts: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._classes: list[str] = []
        self._figure: Figure | None = None

    @classmethod
    def read(cls, path: Path) -> Page:
        page = cls()
        page.feed(path.read_text(encoding="utf-8"))
        assert not page._open, "every element is closed"
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        if tag in _VOID:
            return
        self._open.append(tag)
        mark = given.get("class") or ""
        if given.get("lang") == "en" and tag == "span":
            mark = "english"
        self._classes.append(mark)
        if mark == "num":
            self._figure = Figure(
                given["data-measure"] or "",
                given["data-key"] or "",
                json.loads(given["data-value"] or ""),
                float(given["data-per"] or ""),
            )
            self.figures.append(self._figure)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag
        if self._classes.pop() == "num":
            self._figure = None

    def handle_data(self, data: str) -> None:
        if self._figure is not None:
            self._figure.text += data
        elif self._open and self._open[-1] == "script":
            if self._classes[-1] == "figure-data":
                self.charts.append(json.loads(data))
        elif self._open and self._open[-1] not in _SILENT and data.strip():
            self.texts.append(((*self._open, *self._classes), data.strip()))
