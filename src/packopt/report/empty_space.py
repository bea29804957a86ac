"""Empty space before and after, against the limit of EU 2025/40, Article 24."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.errors import RulesError
from packopt.report import charts
from packopt.report.blocks import Block, Cell, Chart, Column, Paragraph, Section, Table
from packopt.rules import rule_pack
from packopt.savings import FilesSavings

if TYPE_CHECKING:
    import pyarrow as pa
    from markupsafe import Markup
    from numpy.typing import NDArray

    from packopt.report.material import Material

BINS: Final = 20
EDGES: Final = np.arange(BINS + 1) / BINS
PACK: Final = "EU-2025/40-24"
RULE: Final = f"{PACK}.outer"
_SIDES: Final = ("baseline", "plan")
_HEIGHT: Final = 440  # CSS pixels


@dataclass(frozen=True, slots=True)
class Spread:
    """How the empty space of the orders of one side spreads.

    Attributes
    ----------
    counts
        Orders in each bin; a bin holds its upper edge, as a limit does.
    over
        Orders beyond the limit.
    median
        Of the empty shares, 0..1.
    """

    counts: list[int]
    over: int
    median: float


@dataclass(frozen=True, slots=True)
class Limit:
    """The limit that the law sets, from its rule pack.

    Attributes
    ----------
    share
        What of the outer volume may be empty, 0..1.
    day
        First day on which it can bind, in ISO form.
    years
        It binds no sooner than so many years after the method act.
    """

    share: float
    day: str
    years: int


def limit() -> Limit:
    """Article 24(1) on the outer basis."""
    rule = next(one for one in rule_pack(PACK).rules if one.id == RULE)
    if rule.limit is None or rule.valid_from is None or rule.after is None:
        raise RulesError(PACK, f"{RULE}: found no limit or no first day, expected both; mend it")
    return Limit(float(rule.limit({}).data), rule.valid_from.isoformat(), rule.after.years)


def spread(empty: NDArray[np.float64], most: float) -> Spread:
    """Count empty shares into bins, and those beyond the most that may be empty."""
    bins = np.clip(np.searchsorted(EDGES, empty, side="left") - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    return Spread(counts.tolist(), int((empty > most).sum()), float(np.median(empty)))


def spread_of_bins(bins: pa.Table, side: str, most: float) -> Spread:
    """As of `spread`, from orders counted in fine bins; medians are middles of bins.

    Parameters
    ----------
    bins
        In the schema `packopt.savings.tables.EMPTY_SPACE`, at least one order of the side.
    side
        Whose column it is.
    most
        What may be empty.
    """
    up_to, orders = bins["up_to"].to_numpy(), bins[side].to_numpy()
    place = np.searchsorted(EDGES, up_to, side="left") - 1
    counts = np.bincount(place, orders, minlength=BINS)
    until = np.cumsum(orders)
    middle = (bins["above"].to_numpy() + up_to) / 2
    ends = [(until[-1] - 1) // 2, until[-1] // 2]
    median = middle[np.searchsorted(until, ends, side="right")].mean()
    over = orders[up_to > most].sum()
    return Spread(np.rint(counts).astype(np.int64).tolist(), int(over), float(median))


def _spreads(material: Material, most: float) -> tuple[dict[str, Spread], int]:
    """How the empty space of each side spreads, and of how many orders; nothing of none."""
    if isinstance(material.savings, FilesSavings):
        bins = material.savings.empty_space
        n = int(bins["plan"].to_numpy().sum())
        return {side: spread_of_bins(bins, side, most) for side in _SIDES if n}, n
    columns = [
        material.counted[f"{side}_empty_space"].to_numpy(zero_copy_only=False) for side in _SIDES
    ]
    before, after = (column.astype(np.float64) for column in columns)
    known = ~(np.isnan(before) | np.isnan(after))
    pairs = zip(_SIDES, (before, after), strict=True)
    n = int(known.sum())
    return {side: spread(column[known], most) for side, column in pairs if n}, n


def empty_space(material: Material) -> Section:
    """The section: a pair of histograms, what the law says, how the share is computed."""
    words, law = material.words, limit()
    name, text = words("empty.name"), Paragraph(_law(material, law))
    sides, n = _spreads(material, law.share)
    if not n:
        return Section("empty-space", name, words("empty.unknown"), [text])
    page = _Page(material, law, sides, n)
    blocks: list[Block] = [
        page.chart(),
        text,
        Paragraph(words("empty.basis", orders=page.orders()), quiet=True),
    ]
    return Section("empty-space", name, page.finding(), blocks)


def _law(material: Material, law: Limit) -> Markup:
    words = material.words
    share = material.shown.share("law.limit", RULE, law.share, places=0)
    years = material.shown.count("law.years", RULE, law.years)
    return words("empty.law", share=share, day=words.day(law.day), years=years)


class _Page:
    """The parts of the section that show figures."""

    def __init__(
        self, material: Material, law: Limit, sides: dict[str, Spread], orders: int
    ) -> None:
        self._material, self._law, self._sides, self._orders = material, law, sides, orders

    def orders(self) -> Markup:
        """How many orders are shown."""
        return self._material.shown.counted("empty.orders", "", self._orders, "order")

    def finding(self) -> Markup:
        """How many are beyond the limit, before and after."""
        before, after = self._over()
        most = self._material.shown.share("law.limit", RULE, self._law.share, places=0)
        return self._material.words("empty.finding", most=most, before=before, after=after)

    def chart(self) -> Chart:
        """The pair of histograms, with a table of its figures."""
        words = self._material.words
        shares = {side: f"{self._sides[side].over / self._orders:.1%}" for side in _SIDES}
        before, after = (
            f"<b>{words(f'column.{side}')}</b><br>{words('empty.panel', share=shares[side])}"
            for side in _SIDES
        )
        texts = charts.Histograms(
            across=str(words("empty.across")),
            limit=str(words("empty.limit", share=f"{self._law.share:.0%}")),
            panels=(before, after),
            bins=self._bins(),
        )
        middles = ((EDGES[1:] + EDGES[:-1]) * 50).round(6).tolist()
        counts = (self._sides["baseline"].counts, self._sides["plan"].counts)
        figure = charts.histograms(middles, counts, self._law.share * 100, texts)
        label = words("empty.label", before=shares["baseline"], after=shares["plan"])
        return Chart("empty", words("empty.title"), label, figure, _HEIGHT, self._table())

    def _over(self) -> list[Markup]:
        share = self._material.shown.share
        return [share("empty.over", side, self._sides[side].over / self._orders) for side in _SIDES]

    def _bins(self) -> list[str]:
        percents = [f"{edge:.0f}" for edge in EDGES * 100]
        return [f"{low}–{high}%" for low, high in pairwise(percents)]

    def _table(self) -> Table:
        words, shown, sides = self._material.words, self._material.shown, self._sides
        columns = [
            Column(words("column.empty_space"), numeric=False),
            *(Column(words(f"column.{side}"), words("unit.orders")) for side in _SIDES),
        ]
        rows = [
            [
                Cell(name),
                *(
                    Cell(shown.count(f"empty.{side}", str(at), sides[side].counts[at]))
                    for side in _SIDES
                ),
            ]
            for at, name in enumerate(self._bins())
            if any(sides[side].counts[at] for side in _SIDES)
        ]
        rows += [
            [
                Cell(words("empty.over_limit", share=f"{self._law.share:.0%}")),
                *map(Cell, self._over()),
            ],
            [
                Cell(words("empty.median")),
                *(Cell(shown.share("empty.median", side, sides[side].median)) for side in _SIDES),
            ],
        ]
        return Table("empty-figures", words("empty.title"), columns, rows, sortable=False)
