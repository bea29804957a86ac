"""A table of green packaging management: its schema, the version of that, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    import polars as pl


def column(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = True) -> pa.Field:
    """A column with the sentence that explains it.

    Parameters
    ----------
    name
        With its unit.
    kind
        Arrow type.
    meaning
        One sentence, which travels with the column into files.
    nullable
        False where a row without a value would be a mistake of ours.

    Returns
    -------
    The field.
    """
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


def text(name: str, meaning: str, *, nullable: bool = True) -> pa.Field:
    """A column of words."""
    return column(name, pa.string(), meaning, nullable=nullable)


def number(name: str, meaning: str, *, nullable: bool = True) -> pa.Field:
    """A column of numbers; null where a fact is missing."""
    return column(name, pa.float64(), meaning, nullable=nullable)


def count(name: str, meaning: str, *, nullable: bool = False) -> pa.Field:
    """A column of whole numbers."""
    return column(name, pa.int64(), meaning, nullable=nullable)


def day(name: str, meaning: str, *, nullable: bool = True) -> pa.Field:
    """A column of dates."""
    return column(name, pa.date32(), meaning, nullable=nullable)


def flag(name: str, meaning: str, *, nullable: bool = True) -> pa.Field:
    """A column of yes and no."""
    return column(name, pa.bool_(), meaning, nullable=nullable)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a table is called and what its columns hold.

    Attributes
    ----------
    name
        Of the table and of its files.
    version
        Of the schema: the first number grows when a reader of the old one would misread the new
        one, the second when columns are added behind the others.
    schema
        The columns; each carries its meaning.
    """

    name: str
    version: str
    schema: pa.Schema

    def table(self, rows: pl.DataFrame) -> pa.Table:
        """Rows as a table of this schema.

        Parameters
        ----------
        rows
            With at least the columns of the schema; others are left out.

        Returns
        -------
        The table.

        Raises
        ------
        ValueError
            If a column that must have values has none in some row.
        """
        return rows.select(self.schema.names).to_arrow().cast(self.schema).combine_chunks()

    def rows(self, rows: Iterable[dict[str, Any]]) -> pa.Table:
        """A table of a few rows that are plain values by column; what is left out is null."""
        return pa.Table.from_pylist(
            [{name: row.get(name) for name in self.schema.names} for row in rows], self.schema
        )

    def meanings(self) -> dict[str, str]:
        """What each column means, in the table's order."""
        return {field.name: field.metadata[b"meaning"].decode() for field in self.schema}
