"""Figures as the reader sees them: a number noted in `Figures`, its digits, its unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from packopt.report.numerals import Unit, decimals, interval_decimals, numeral, suitable
from packopt.savings.tables import MEASURES

if TYPE_CHECKING:
    from packopt.report.figures import Figures
    from packopt.report.words import Words

UNITS: Final = {one.name: one.unit for one in MEASURES}
_OWN_UNITS: Final = {"kg": "g", "kg CO2e": "g CO2e", "m3": "mm3"}  # of what is said per order
_PERCENT: Final = Unit("%", 1e-2)
_MONEY: Final = "money"
_PARCELS: Final = "parcels"
_NOTHING: Final = Markup("–")
_TOGETHER: Final = Markup('<span class="together">{}</span>')


class Shown:
    """Writes figures in one language.

    Parameters
    ----------
    figures
        Where every number is noted.
    words
        The texts of the language.
    currency
        What money is counted in, or None where that is not known.
    """

    def __init__(self, figures: Figures, words: Words, currency: str | None) -> None:
        self._figures = figures
        self._words = words
        self._currency = currency

    def count(self, measure: str, key: str, value: int) -> Markup:
        """A whole number."""
        return self._figures.number(measure, key, int(value), numeral(value, 0))

    def counted(self, measure: str, key: str, value: int, noun: str) -> Markup:
        """A whole number with its noun."""
        return self._words.counted(noun, value, self.count(measure, key, value))

    def number(
        self, measure: str, key: str, value: float | None, unit: Unit, places: int | None = None
    ) -> Markup:
        """A number without its unit; a dash where it is not known."""
        if value is None:
            return _NOTHING
        shown = value / unit.per
        text = numeral(shown, decimals(shown) if places is None else places)
        return self._figures.number(measure, key, value, text, unit.per)

    def amount(
        self, measure: str, key: str, value: float, unit: str, *, size: bool = False
    ) -> Markup:
        """A quantity with its unit, scaled to read well.

        Parameters
        ----------
        size
            Whether the sentence says less or more itself, so that the number stands without sign.
        """
        scale = suitable(unit, value)
        shown = abs(value) if size else value
        text = numeral(shown / scale.per, decimals(value / scale.per))
        element = self._figures.number(measure, key, value, text, scale.per)
        return self._with_unit(element, scale.name)

    def share(
        self, measure: str, key: str, value: float | None, *, places: int = 1, size: bool = False
    ) -> Markup:
        """A share of 1 as per cent."""
        if value is None:
            return _NOTHING
        text = numeral((abs(value) if size else value) / _PERCENT.per, places)
        return self._figures.number(measure, key, value, text, _PERCENT.per) + "%"

    def share_interval(self, measure: str, key: str, low: float, high: float) -> Markup:
        """The two ends of a share's interval, as per cent."""
        return (
            self._span(
                self._figures.number(
                    f"{measure}_low", key, low, numeral(low * 100, 1), _PERCENT.per
                ),
                self._figures.number(
                    f"{measure}_high", key, high, numeral(high * 100, 1), _PERCENT.per
                ),
                low,
            )
            + "%"
        )

    def interval(
        self, measure: str, key: str, ends: tuple[float, float | None, float | None], unit: Unit
    ) -> tuple[Markup, Markup]:
        """A value and its interval, in the same unit with the same decimals.

        Where there is no interval, a dash stands in its place.

        Parameters
        ----------
        measure
            Of the value; its ends are called `_low` and `_high` behind that.
        ends
            Value, lower and upper end.

        Returns
        -------
        The value, and ``low–high``, both without unit.
        """
        if ends[1] is None or ends[2] is None:
            return self.number(measure, key, ends[0], unit), _NOTHING
        scaled = [end / unit.per for end in (ends[0], ends[1], ends[2])]
        places = interval_decimals(*scaled)
        value, low, high = (
            self._figures.number(f"{measure}{suffix}", key, end, numeral(shown, places), unit.per)
            for suffix, end, shown in zip(
                ("", "_low", "_high"), (ends[0], ends[1], ends[2]), scaled, strict=True
            )
        )
        return value, self._span(low, high, scaled[1])

    def unit_of(self, measure: str, largest: float, *, own: bool = False) -> Unit:
        """The unit in which figures of a measure of savings read best.

        Parameters
        ----------
        measure
            One of `packopt.savings.tables.MEASURES`.
        largest
            The largest of the figures.
        own
            Whether they are in the measure's own unit, as grams, not in that of totals.
        """
        unit = UNITS[measure]
        return suitable(_OWN_UNITS.get(unit, unit) if own else unit, largest)

    def unit_name(self, unit: Unit) -> Markup:
        """What a unit is called."""
        if unit.name == _MONEY:
            return Markup.escape(self._currency or self._words("unit.money"))
        return self._words("unit.parcels") if unit.name == _PARCELS else Markup.escape(unit.name)

    def _with_unit(self, element: Markup, unit: str) -> Markup:
        return element + Markup("&nbsp;") + self.unit_name(Unit(unit))

    def _span(self, low: Markup, high: Markup, least: float) -> Markup:
        """An interval; a dash beside a minus would be misread, so a word stands there."""
        key = "page.from_to" if least < 0 else "page.dash"
        return _TOGETHER.format(self._words(key, low=low, high=high))
