"""What a user's file may hold: columns, and what can be said about them in advance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import pyarrow as pa

from packopt.ranges import Range

Kind = Literal["text", "number", "whole", "date", "flag", "word", "period"]

_TYPES: Final = {
    "text": pa.string(),
    "number": pa.float64(),
    "whole": pa.int64(),
    "date": pa.date32(),
    "flag": pa.bool_(),
    "word": pa.string(),
    "period": pa.string(),
}
_ANY: Final = Range(-1e12, 1e12, "", "none")
#: How a period may be written: a quarter, or a year where the column says so.
QUARTER: Final = r"^[12]\d{3}-Q[1-4]$"
YEAR: Final = r"^[12]\d{3}$"


@dataclass(frozen=True, slots=True)
class InputColumn:
    """One column of a user's file.

    Attributes
    ----------
    name
        With its unit.
    kind
        "text"; "number" and "whole", which keep to ``allowed``; "date"; "flag"; "word", one of
        ``words``; "period", which matches ``pattern``.
    meaning
        One sentence.
    required
        True where every row needs a value.
    allowed
        Range of numbers.
    words
        The accepted words, in lower case.
    pattern
        What a period looks like.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    allowed: Range = _ANY
    words: tuple[str, ...] = ()
    pattern: str = QUARTER

    @property
    def field(self) -> pa.Field:
        """The column as it is kept."""
        return pa.field(self.name, _TYPES[self.kind], metadata={"meaning": self.meaning})


@dataclass(frozen=True, slots=True)
class InputTable:
    """One kind of file that a user may give.

    Attributes
    ----------
    name
        Of the file, without its suffix.
    meaning
        One sentence: what a row is.
    columns
        In the order in which they are documented.
    key
        Columns that together occur once.
    in_order
        Pairs of dates of which the first is not later than the second.
    packages, items
        Columns that name a package of the catalogue; or such a package, "tape" or "filler".
    one_currency
        True where all rows share one currency.
    """

    name: str
    meaning: str
    columns: tuple[InputColumn, ...]
    key: tuple[str, ...]
    in_order: tuple[tuple[str, str], ...] = ()
    packages: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    one_currency: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The columns as they are kept."""
        return pa.schema([one.field for one in self.columns])


def text(name: str, meaning: str, *, required: bool = False) -> InputColumn:
    """A column of names."""
    return InputColumn(name, "text", meaning, required)


def number(
    name: str,
    meaning: str,
    *,
    required: bool = False,
    least: float = 0,
    most: float = 1e12,
    unit: str = "",
) -> InputColumn:
    """A column of numbers, fractions and all."""
    return InputColumn(name, "number", meaning, required, Range(least, most, unit, "none"))


def whole(
    name: str, meaning: str, *, required: bool = False, least: float = 0, most: float = 1e12
) -> InputColumn:
    """A column of whole numbers."""
    return InputColumn(name, "whole", meaning, required, Range(least, most, "", "refuse"))


def date(name: str, meaning: str, *, required: bool = False) -> InputColumn:
    """A column of dates."""
    return InputColumn(name, "date", meaning, required)


def flag(name: str, meaning: str, *, required: bool = False) -> InputColumn:
    """A column of yes and no."""
    return InputColumn(name, "flag", meaning, required)


def word(name: str, meaning: str, words: tuple[str, ...], *, required: bool = False) -> InputColumn:
    """A column of one of a few words."""
    return InputColumn(name, "word", meaning, required, words=words)


def period(name: str, meaning: str, *, pattern: str = QUARTER) -> InputColumn:
    """A column of quarters such as 2025-Q1, or of years; every row has one."""
    return InputColumn(name, "period", meaning, required=True, pattern=pattern)
