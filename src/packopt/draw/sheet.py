"""The packing sheet: what stands on which page, whatever it is printed as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from packopt.draw.colours import colours
from packopt.draw.facts import Said, checks, facts, kinds, legend, not_packed, said
from packopt.draw.isometric import Drawing
from packopt.draw.stages import stages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from packopt.draw.plan import Parcel, Plan
    from packopt.draw.stages import Stage
    from packopt.draw.words import Words

#: Up to so many drawings are large.
FEW: Final = 4
#: Drawings on the first page by the number of SKUs that it lists, and on the others. It lists none
#: if there are more.
ON_FIRST_PAGE: Final = ((0, 8), (6, 8), (24, 6), (48, 4))
ON_A_PAGE: Final = 8
_SHARED_ON_FIRST_PAGE: Final = 6  # for cards that say more need more room
ROWS_ON_A_PAGE: Final = 32
_LINES_ON_A_CARD: Final = 3
_STEPS_NAMED: Final = 3

_Thing = TypeVar("_Thing")


@dataclass(frozen=True, slots=True)
class Line:
    """What a card says about units that are alike.

    Attributes
    ----------
    colour, name
        Their colour, and what they are.
    texts
        What to do with them, the most important first.
    marks
        What to mind.
    """

    colour: str
    name: str
    texts: tuple[str, ...]
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A drawing with the steps it shows.

    Attributes
    ----------
    title
        The steps.
    drawing
        SVG.
    lines
        What is laid.
    more
        How many kinds of units are laid besides.
    """

    title: str
    drawing: str
    lines: tuple[Line, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the sheet.

    Attributes
    ----------
    parcel
        The parcel it is about.
    number, of
        Page number, and pages of the parcel.
    cards
        Drawings of steps.
    rows
        All steps in words, where the cards do not say all.
    overview
        Drawing of the whole parcel, on its first page; "" elsewhere.
    facts, legend
        What is known of the parcel, and its SKUs with colour and number, on its first page.
    checks
        What is left to do, on the last page of drawings.
    given
        What lies in the package already, on its first page; "" if nothing.
    """

    parcel: Parcel
    number: int
    of: int
    cards: tuple[Card, ...] = ()
    rows: tuple[Said, ...] = ()
    overview: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    legend: tuple[tuple[str, str, int], ...] = ()
    checks: tuple[str, ...] = ()
    given: str = ""

    @property
    def is_large(self) -> bool:
        """Whether the parcel has so few drawings that they are large."""
        return self.of == 1 and len(self.cards) <= FEW


@dataclass(frozen=True, slots=True)
class Sheet:
    """All pages of an order.

    Attributes
    ----------
    order_id
        The order.
    pages
        Page after page, parcel after parcel.
    not_packed
        Units that are in no parcel, in words; "" if there are none.
    """

    order_id: str
    pages: tuple[Page, ...]
    not_packed: str


def make_sheet(plan: Plan, words: Words) -> Sheet:
    """Lay out the packing sheet of an order.

    Parameters
    ----------
    plan
        The order.
    words
        The language.
    """
    chosen = colours(plan.skus)
    pages = [page for parcel in plan.parcels for page in _pages(parcel, chosen, words)]
    return Sheet(plan.order_id, tuple(pages), not_packed(plan, words))


def _pages(parcel: Parcel, chosen: Mapping[str, str], words: Words) -> list[Page]:
    units = said(parcel, chosen, words)
    drawing = Drawing(parcel, chosen, words)
    cards = [_card(parcel, stage, units, drawing, words) for stage in stages(parcel)]
    listed = legend(parcel)
    if len(listed) > ON_FIRST_PAGE[-1][0]:
        listed = []
    on_first = next(most for skus, most in ON_FIRST_PAGE if len(listed) <= skus)
    shared = len(cards) < parcel.steps
    if shared:
        on_first = min(on_first, _SHARED_ON_FIRST_PAGE)
    decks = [tuple(cards[:on_first]), *_portions(cards[on_first:], ON_A_PAGE)]
    # A card of several steps says where a unit lies only by its number in the drawing.
    lists = _portions(units if shared else [], ROWS_ON_A_PAGE)
    of = len(decks) + len(lists)
    given = words("start_given", units=words.units(parcel.given)) if parcel.given else ""
    pages = []
    for at, deck in enumerate(decks):
        first = at == 0
        pages.append(
            Page(
                parcel,
                at + 1,
                of,
                cards=deck,
                overview=drawing.whole() if first else "",
                facts=tuple(facts(parcel, words, for_hands=True)) if first else (),
                legend=tuple((sku, chosen[sku], n) for sku, n in listed) if first else (),
                checks=tuple(checks(parcel, words)) if at + 1 == len(decks) else (),
                given=given if first else "",
            )
        )
    pages += [
        Page(parcel, at, of, rows=rows_here) for at, rows_here in enumerate(lists, len(decks) + 1)
    ]
    return pages


def _portions(things: list[_Thing], most: int) -> list[tuple[_Thing, ...]]:
    return [tuple(things[at : at + most]) for at in range(0, len(things), most)]


def _card(parcel: Parcel, stage: Stage, units: list[Said], drawing: Drawing, words: Words) -> Card:
    first, last = (parcel.units[at].step for at in (stage.first, stage.last))
    title = words.step(parcel, first, last)
    if first == last:
        unit = units[stage.first]
        line = Line(unit.colour, unit.sku, (unit.lay, unit.place, unit.offsets), unit.marks)
        return Card(title, drawing.stage(stage), (line,))
    alike = kinds(parcel, stage)
    lines = [_shared_line(parcel, units, members, words) for members, _ in alike]
    shown = tuple(lines[:_LINES_ON_A_CARD])
    return Card(title, drawing.stage(stage), shown, len(lines) - len(shown))


def _shared_line(parcel: Parcel, units: list[Said], members: list[int], words: Words) -> Line:
    unit = units[members[0]]
    steps = [parcel.units[at].step for at in members]
    name = words("of_kind", n=len(members), sku=unit.sku)
    key = "in_step" if len(steps) == 1 else "in_steps"
    text = words(key, steps=_ranges(steps, words), size=unit.size)
    return Line(unit.colour, name, (text,), unit.marks)


def _ranges(steps: list[int], words: Words) -> str:
    """Ascending numbers, those in a row as 3–5."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and step == runs[-1][-1] + 1:
            runs[-1].append(step)
        else:
            runs.append([step])
    named = [str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs]
    text = words("and").join(named[:_STEPS_NAMED])
    return text if len(named) <= _STEPS_NAMED else words("and_more", named=text)
