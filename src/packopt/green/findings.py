"""What one demand is answered with: tables, metrics, and sentences on what was assumed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from packopt.green.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of the scorecard.

    Attributes
    ----------
    name
        As `packopt.green.words` explains it.
    value
        None where it is unknown.
    numerator, denominator
        What a share was made of; None where it is none.
    low, high
        Ends of its interval; None where there is none.
    missing
        What is missing for the value, or for trusting it; "" where nothing is. A metric with
        something missing meets no target, and misses none.
    """

    name: str
    value: float | None
    numerator: float | None = None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None
    missing: str = ""

    @classmethod
    def of(cls, name: str, value: object, missing: str = "", *, absent: str = "") -> Self:
        """A figure; unknown, with what is missing, where the value is none or a file is absent."""
        if absent:
            return cls.unknown(name, absent)
        known = _number(value)
        return cls(name, known, missing=missing or ("" if known is not None else "a value"))

    @classmethod
    def ratio(
        cls,
        name: str,
        numerator: object,
        denominator: object,
        *,
        missing: str = "",
        absent: str = "",
        per: float = 1,
    ) -> Self:
        """A share, or an amount per something.

        Parameters
        ----------
        name
            The metric.
        numerator, denominator
            Numbers, or None where unknown.
        missing
            What is missing, where one of them is unknown or cannot be trusted.
        absent
            A file without which nothing is known at all; "" where there is none.
        per
            By what the quotient is multiplied, such as 1,000 for one per thousand.

        Returns
        -------
        The metric; unknown where the denominator is 0: a share of nothing meets no target.
        """
        if absent:
            return cls.unknown(name, absent)
        above, below = _number(numerator), _number(denominator)
        if above is None or below is None:
            return cls(name, None, above, below, missing=missing or "a value")
        if below == 0:
            return cls(name, None, above, below, missing=missing or "anything to count")
        return cls(name, above / below * per, above, below, missing=missing)

    @classmethod
    def unknown(cls, name: str, missing: str) -> Self:
        """A metric for which something is missing."""
        return cls(name, None, missing=missing)


@dataclass(slots=True)
class Findings:
    """The answer of one module.

    Attributes
    ----------
    tables
        By name.
    metrics
        For the scorecard.
    notes
        Sentences on what was assumed or left out.
    documents
        Readable files by name.
    """

    tables: dict[str, pa.Table] = field(default_factory=dict)
    metrics: list[Metric] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    documents: dict[str, str] = field(default_factory=dict)

    def put(self, sheet: Sheet, rows: pl.DataFrame | Sequence[Mapping[str, Any]]) -> pa.Table:
        """Keep the rows of a table.

        Parameters
        ----------
        sheet
            Which table.
        rows
            A frame, or a few rows of plain values.

        Returns
        -------
        The table.
        """
        if isinstance(rows, pl.DataFrame):
            # A share of nothing is not known.
            rows = rows.with_columns(pl.col(pl.Float64, pl.Float32).fill_nan(None))
        made = sheet.rows(map(dict, rows)) if isinstance(rows, list) else sheet.table(rows)  # type: ignore[arg-type]
        self.tables[sheet.name] = made
        return made

    def merge(self, other: Findings) -> None:
        """Take over what another module found."""
        self.tables |= other.tables
        self.metrics += other.metrics
        self.notes += [note for note in other.notes if note not in self.notes]
        self.documents |= other.documents


def _number(value: object) -> float | None:
    if value is None or isinstance(value, str):
        return None
    number = float(value)  # type: ignore[arg-type]
    return None if math.isnan(number) else number
