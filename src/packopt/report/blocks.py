"""What a page is made of. `templates/blocks.html.j2` knows how each of these looks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

Text = str | Markup


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    text
        What is shown; markup where it is a figure.
    order
        What the column is sorted by; None sorts last.
    bar
        Length of the bar behind the figure, -1..1 of the column's largest; None without.
    """

    text: Text
    order: float | str | None = None
    bar: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, the unit below it, and whether it holds numbers."""

    title: Text
    unit: Text = ""
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Table:
    """A table; its first column names the rows, in many words where it is `wordy`."""

    kind: ClassVar[str] = "table"
    id: str
    caption: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    note: Text = ""
    sortable: bool = True
    wordy: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart that Plotly draws, and the table of the figures in it.

    Attributes
    ----------
    label
        What the chart shows, in a sentence, for who cannot see it.
    figure
        `data` and `layout` of Plotly.
    height
        In CSS pixels.
    """

    kind: ClassVar[str] = "chart"
    id: str
    title: Text
    label: Text
    figure: dict[str, Any]
    height: int
    table: Table


@dataclass(frozen=True, slots=True)
class Card:
    """One big number."""

    title: Text
    number: Text
    unit: Text
    interval: Text
    share: Text
    change: Text
    each: Text
    tone: str = "good"


@dataclass(frozen=True, slots=True)
class Cards:
    """Big numbers side by side."""

    kind: ClassVar[str] = "cards"
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; a `quiet` one is an aside."""

    kind: ClassVar[str] = "paragraph"
    text: Text
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    kind: ClassVar[str] = "heading"
    text: Text


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    kind: ClassVar[str] = "bullets"
    items: Sequence[Text]


@dataclass(frozen=True, slots=True)
class Terms:
    """Names and what they are: the facts of a run."""

    kind: ClassVar[str] = "terms"
    items: Sequence[tuple[Text, Text]]


@dataclass(frozen=True, slots=True)
class Fold:
    """A table that opens when it is asked for."""

    kind: ClassVar[str] = "fold"
    title: Text
    table: Table


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing: SVG of our own making, what it shows in a sentence, and its title."""

    kind: ClassVar[str] = "picture"
    id: str
    title: Text
    label: Text
    svg: Markup


Block = Picture | Fold | Table | Chart | Cards | Paragraph | Heading | Bullets | Terms


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a short name for the contents, the finding as its heading, and blocks."""

    id: str
    name: Text
    finding: Text
    blocks: Sequence[Block] = field(default_factory=tuple)
