"""The packing sheet as one SVG picture: A4 pages below each other, all lengths in mm."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from packopt.draw.isometric import HEIGHT, STYLE, WIDTH
from packopt.draw.sheet import make_sheet
from packopt.draw.svg import number, safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from packopt.draw.plan import Plan
    from packopt.draw.sheet import Card, Line, Page, Sheet
    from packopt.draw.words import Words

    Box = tuple[float, float, float, float]

_PAGE: Final = (210.0, 297.0)
_LEFT: Final = 11.0
_RIGHT: Final = _PAGE[0] - _LEFT
_BOTTOM: Final = _PAGE[1] - 9
_GAP: Final = 3.0
_ROW: Final = 44.0
_LARGE_ROW: Final = 100.0
_LARGEST: Final = 74.0  # width of a drawing
_INSET: Final = 2.5
_LINE: Final = 1.3  # of the size of letters, from line to line
_WIDE: Final = 1.0  # width of a Chinese character against its size, and of a Latin letter at most
_NARROW: Final = 0.62
_OVERVIEW: Final = 50.0
_TICK: Final = 4.6
_MORE: Final = 4.0  # room for the line that says that there is more
_COLUMNS: Final = (
    ("column_step", 0.0),
    ("column_sku", 17.0),
    ("column_size", 52.0),
    ("column_place", 88.0),
    ("column_corner", 152.0),
)

_STYLE: Final = (
    "@page{size:210mm 297mm;margin:0}"
    'text{font-family:system-ui,"Segoe UI","PingFang SC","Microsoft YaHei","Noto Sans CJK SC",'
    "sans-serif;fill:#16202a}"
    ".soft{fill:#56616b}.bold{font-weight:650}"
    ".card{fill:#fff;stroke:#cfd6dc;stroke-width:.25}.tick{fill:#fff;stroke:#16202a;"
    "stroke-width:.4}.rule{stroke:#16202a;stroke-width:.5}.hair{stroke:#cfd6dc;stroke-width:.2}"
    ".mark{fill:#fdeacb}"
)


def sheet_picture(plan: Plan, words: Words) -> str:
    """The whole picture; each `Page` is 297 mm high."""
    sheet = make_sheet(plan, words)
    width, height = _PAGE
    pages = "".join(
        f'<g transform="translate(0 {number(at * height)})">{_page(page, sheet, words)}</g>'
        for at, page in enumerate(sheet.pages)
    )
    high = number(height * len(sheet.pages))
    title = safe(f"{words('sheet_title')} {sheet.order_id}")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{words("lang")}" '
        f'width="{number(width)}mm" height="{high}mm" viewBox="0 0 {number(width)} {high}">'
        f"<title>{title}</title><style>{_in_xml(_STYLE + STYLE)}</style>"
        f'<rect width="{number(width)}" height="{high}" fill="#fff"/>{pages}</svg>\n'
    )


def _in_xml(style: str) -> str:
    """A style as it may stand in XML, where quotes may stay."""
    return style.replace("&", "&amp;").replace("<", "&lt;")


class _Canvas:
    """Elements of one page, and how far down it is full."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.down = 0.0

    def text(
        self, x: float, y: float, text: str, size: float, *, name: str = "", end: bool = False
    ) -> None:
        """A line of text, its letters standing on ``y``."""
        kind = f' class="{name}"' if name else ""
        anchor = ' text-anchor="end"' if end else ""
        self.parts.append(
            f'<text x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{kind}{anchor}>'
            f"{safe(text)}</text>"
        )

    def block(
        self, x: float, text: str, size: float, width: float, *, name: str = "", most: int = 3
    ) -> None:
        """Text in as many lines as it needs, but no more than ``most``, below what is there."""
        for line in _wrapped(text, size, width, most):
            self.down += size * _LINE
            self.text(x, self.down, line, size, name=name)

    def swatch(self, x: float, y: float, colour: str) -> None:
        self.parts.append(
            f'<rect x="{number(x)}" y="{number(y - 2.4)}" width="2.6" height="2.6" rx=".4" '
            f'fill="{colour}" stroke="#0005" stroke-width=".2"/>'
        )

    def tick(self, x: float, y: float) -> None:
        self.parts.append(
            f'<rect class="tick" x="{number(x)}" y="{number(y)}" width="{_TICK}" '
            f'height="{_TICK}" rx=".8"/>'
        )

    def rule(self, y: float, name: str) -> None:
        self.parts.append(f'<path class="{name}" d="M{_LEFT} {number(y)}H{_RIGHT}"/>')

    def drawing(self, drawing: str, x: float, y: float, width: float, height: float) -> None:
        place = (
            f'<svg x="{number(x)}" y="{number(y)}" width="{number(width)}" '
            f'height="{number(height)}" '
        )
        self.parts.append(drawing.replace("<svg ", place, 1))


def _page(page: Page, sheet: Sheet, words: Words) -> str:
    canvas = _Canvas()
    _running(canvas, page, sheet, words)
    if page.number == 1:
        _head(canvas, page, sheet, words)
    if page.cards:
        _cards(canvas, page, words)
    if page.checks:
        _checks(canvas, page.checks)
    if page.rows:
        _rows(canvas, page, words)
    canvas.text(_LEFT, _BOTTOM, words("sizes_are"), 2.6, name="soft")
    return "".join(canvas.parts)


def _running(canvas: _Canvas, page: Page, sheet: Sheet, words: Words) -> None:
    parcel = page.parcel
    texts = [words("sheet_title"), f"{words('order')} {sheet.order_id}"]
    if parcel.of > 1:
        texts.append(words("parcel", n=parcel.number, of=parcel.of))
    (line,) = _wrapped(" · ".join(texts), 3, _RIGHT - _LEFT - 35, 1)
    canvas.text(_LEFT, 13, line, 3, name="soft")
    canvas.text(_RIGHT, 13, words("page", n=page.number, of=page.of), 3, name="soft", end=True)
    canvas.rule(14.5, "rule")
    canvas.down = 15.5


def _head(canvas: _Canvas, page: Page, sheet: Sheet, words: Words) -> None:
    parcel, width = page.parcel, _RIGHT - _LEFT - _OVERVIEW - 4
    height = _OVERVIEW * HEIGHT / WIDTH
    canvas.drawing(page.overview, _RIGHT - _OVERVIEW, canvas.down, _OVERVIEW, height)
    lowest = canvas.down + height
    canvas.block(_LEFT, sheet.order_id, 6.5, width, name="bold", most=2)
    which = words.package(parcel)
    if parcel.of > 1:
        which = f"{words('parcel', n=parcel.number, of=parcel.of)} · {which}"
    canvas.block(_LEFT, which, 4.2, width, name="bold", most=2)
    canvas.down += 1.5
    top, third = canvas.down, width / 3
    for at, (name, value) in enumerate(page.facts[1:]):
        column, row = at % 3, at // 3
        canvas.down = top + row * 11.5
        canvas.block(_LEFT + column * third, name, 2.6, third - 2, name="soft", most=1)
        canvas.block(_LEFT + column * third, value, 3.1, third - 2, name="bold", most=2)
    canvas.down = max(lowest, top + 11.5 * -(-len(page.facts[1:]) // 3)) + 1
    if sheet.not_packed and page is sheet.pages[0]:
        canvas.block(_LEFT, sheet.not_packed, 3.1, _RIGHT - _LEFT, name="bold", most=5)
        canvas.down += 1.5
    canvas.rule(canvas.down, "hair")
    _legend(canvas, page)


def _legend(canvas: _Canvas, page: Page) -> None:
    entries = [(colour, f"{count:,} × {sku}") for sku, colour, count in page.legend]
    x, canvas.down = _LEFT, canvas.down + 4.6
    for colour, text in [*entries, *([("", page.given)] if page.given else [])]:
        (line,) = _wrapped(text, 3.1, _RIGHT - _LEFT - 5, 1)
        wide = _length(line, 3.1) + 8
        if x > _LEFT and x + wide > _RIGHT:
            x, canvas.down = _LEFT, canvas.down + 4.6
        if colour:
            canvas.swatch(x, canvas.down, colour)
        canvas.text(x + (3.6 if colour else 0), canvas.down, line, 3.1)
        x += wide
    canvas.down += 2.2


def _cards(canvas: _Canvas, page: Page, words: Words) -> None:
    width = (_RIGHT - _LEFT - _GAP) / 2
    height = _LARGE_ROW if page.is_large else _ROW
    for at, card in enumerate(page.cards):
        x = _LEFT + at % 2 * (width + _GAP)
        y = canvas.down + at // 2 * (height + _GAP)
        _card(canvas, card, (x, y, width, height), words, large=page.is_large)
    canvas.down += -(-len(page.cards) // 2) * (height + _GAP)


def _card(canvas: _Canvas, card: Card, box: Box, words: Words, *, large: bool) -> None:
    x, y, width, height = box
    canvas.parts.append(
        f'<rect class="card" x="{number(x)}" y="{number(y)}" width="{number(width)}" '
        f'height="{number(height)}" rx="2"/>'
    )
    wide = _LARGEST if large else width / 2 - _INSET
    high = wide * HEIGHT / WIDTH
    start = canvas.down
    if large:
        canvas.drawing(card.drawing, x + (width - wide) / 2, y + 1, wide, high)
        left, canvas.down, room = x + _INSET, y + high + 1, width - 2 * _INSET
    else:
        canvas.drawing(card.drawing, x + 1.5, y + (height - high) / 2, wide, high)
        left, canvas.down, room = x + wide + _INSET + 1, y + 1.5, width - wide - 2 * _INSET
    canvas.tick(left, canvas.down + 0.8)
    canvas.down += 0.5
    beside = room - _TICK - 2
    size = min(3.6, 3.5 * beside / _length(card.title, 3.6))
    canvas.block(left + _TICK + 1.6, card.title, size, beside, name="bold", most=1)
    canvas.down += 0.8
    _card_lines(canvas, card, left, room, y + height, words)
    canvas.down = start


def _card_lines(
    canvas: _Canvas, card: Card, left: float, room: float, floor: float, words: Words
) -> None:
    """What is laid, as far as it finds room; of the rest it is said that there is more."""
    left_out = card.more
    for at, line in enumerate(card.lines):
        before, down = len(canvas.parts), canvas.down
        _card_line(canvas, line, left, room)
        if at and canvas.down > floor - _MORE:
            del canvas.parts[before:]
            canvas.down = down
            left_out += len(card.lines) - at
            break
    if left_out:
        canvas.block(left, words("and_lines", n=left_out), 2.7, room, name="soft", most=1)


def _card_line(canvas: _Canvas, line: Line, left: float, room: float) -> None:
    canvas.swatch(left, canvas.down + 3.1 * _LINE, line.colour)
    canvas.block(left + 3.6, line.name, 3.1, room - 3.6, name="bold", most=2)
    for at, text in enumerate(line.texts):
        size, name = (2.8, "") if at < 2 else (2.6, "soft")
        canvas.block(left, text, size, room, name=name, most=2)
    for mark in line.marks:
        for part in _wrapped(mark, 2.6, room - 2, 2):
            canvas.down += 2.6 * _LINE + 0.3
            canvas.parts.append(
                f'<rect class="mark" x="{number(left)}" y="{number(canvas.down - 2.6)}" '
                f'width="{number(_length(part, 2.6) + 2)}" height="3.5" rx=".7"/>'
            )
            canvas.text(left + 1, canvas.down, part, 2.6, name="bold")


def _checks(canvas: _Canvas, checks: Iterable[str]) -> None:
    x = _LEFT
    for check in checks:
        wide = _TICK + 2 + _length(check, 3.2) + 6
        if x > _LEFT and x + wide > _RIGHT:
            x, canvas.down = _LEFT, canvas.down + _TICK + 2
        canvas.tick(x, canvas.down)
        canvas.text(x + _TICK + 1.6, canvas.down + 3.5, check, 3.2, name="bold")
        x += wide
    canvas.down += _TICK + 2


def _rows(canvas: _Canvas, page: Page, words: Words) -> None:
    canvas.block(_LEFT, words("all_steps"), 4.6, _RIGHT - _LEFT, name="bold")
    canvas.down += 5.5
    ends = [x for _, x in _COLUMNS[1:]] + [_RIGHT - _LEFT]
    for key, x in _COLUMNS:
        canvas.text(_LEFT + x, canvas.down, words(key), 2.7, name="soft")
    canvas.rule(canvas.down + 1.2, "rule")
    canvas.down += 1.2
    for unit in page.rows:
        place = " · ".join([unit.place, *unit.marks])
        texts = (unit.step or words("given"), unit.sku, unit.size, place, unit.corner)
        insets = (3.6, 0, 0, 0, 0)
        cells = [
            (_LEFT + x + inset, _wrapped(text, 2.6, end - x - inset - 2, 3))
            for text, (_, x), end, inset in zip(texts, _COLUMNS, ends, insets, strict=True)
        ]
        canvas.swatch(_LEFT, canvas.down + 4.2, unit.colour)
        for x, lines in cells:
            for row, line in enumerate(lines):
                canvas.text(x, canvas.down + 4 + row * 3, line, 2.6)
        canvas.down += 2.7 + 3 * max(len(lines) for _, lines in cells)
        canvas.rule(canvas.down, "hair")


def _length(text: str, size: float) -> float:
    """About as long as a text of this size is in mm; no font is at hand to ask."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return size * (wide * _WIDE + (len(text) - wide) * _NARROW)


def _wrapped(text: str, size: float, width: float, most: int) -> list[str]:
    """A text in lines of at most a width; what does not fit into ``most`` lines is left out."""
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if _length(joined, size) <= width or not line:
            line = joined
        else:
            lines.append(line)
            line = word
        while _length(line, size) > width:
            fits = next(
                n for n in range(len(line), 0, -1) if n == 1 or _length(line[:n], size) <= width
            )
            if fits == len(line):
                break
            lines.append(line[:fits])
            line = line[fits:]
    lines.append(line)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while len(last) > 1 and _length(last + "…", size) > width:
        last = last[:-1]
    return [*lines[: most - 1], last + "…"]
