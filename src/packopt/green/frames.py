"""Frames: tables with plain words, sums that know what they do not know, and periods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

ALL: Final = "all"
"""The period of a row that counts every parcel."""
UNDATED: Final = "undated"
"""The period of parcels without a day."""


def frame(table: pa.Table) -> pl.DataFrame:
    """A table as a frame whose words are plain strings.

    Raises
    ------
    TypeError
        If it is no table.
    """
    if not isinstance(table, pa.Table):
        raise TypeError(f"expected a table, found {type(table)}")
    return pl.DataFrame(
        [
            _series(column).alias(name)
            for name, column in zip(table.column_names, table.columns, strict=True)
        ]
    )


def _series(column: pa.ChunkedArray) -> pl.Series:
    """A column, whose encoded words are looked up chunk by chunk and not written out."""
    if not pa.types.is_dictionary(column.type) or not column.num_chunks:
        return pl.Series(column)
    words = [strings(chunk.dictionary).gather(pl.Series(chunk.indices)) for chunk in column.chunks]
    return pl.concat(words)


def strings(values: pa.Array) -> pl.Series:
    """A column of words as a series."""
    return pl.Series(values.cast(pa.large_string()))


def whole(name: str) -> pl.Expr:
    """Sum of a column; null where any value is: an unknown mass is not nothing."""
    column = pl.col(name)
    return pl.when(column.is_null().any()).then(None).otherwise(column.sum()).alias(name)


def total(rows: pl.DataFrame, name: str) -> float | None:
    """Sum of a column of a frame; None where any value is unknown."""
    value = rows.select(whole(name).alias("total")).item()
    return None if value is None else float(value)


def share(above: str, below: str) -> pl.Expr:
    """Quotient of two columns; null where one is null or the lower one is 0."""
    return pl.when(pl.col(below) != 0).then(pl.col(above) / pl.col(below))


def looked_up(rows: pl.DataFrame, others: pl.DataFrame, on: str | Sequence[str]) -> pl.DataFrame:
    """Rows with the columns of other rows that have the same keys; null where there is none.

    Parameters
    ----------
    rows
        To these; all stay, in their order.
    others
        One row at most for each key. To look up a million names in no rows is work as well, so
        it is left out.
    on
        The keys.
    """
    if len(rows) and len(others):
        return rows.join(others, on=on, how="left", maintain_order="left")
    keys = [on] if isinstance(on, str) else list(on)
    kinds = others.drop(keys).schema
    return rows.with_columns(pl.lit(None, dtype=kind).alias(name) for name, kind in kinds.items())


def quarter(name: str = "date") -> pl.Expr:
    """The quarter of a day, as 2025-Q1; "undated" where there is none."""
    day = pl.col(name)
    text = pl.format("{}-Q{}", day.dt.year(), day.dt.quarter())
    return pl.when(day.is_null()).then(pl.lit(UNDATED)).otherwise(text)


def year(name: str = "date") -> pl.Expr:
    """The year of a day as text; "undated" where there is none."""
    day = pl.col(name)
    return pl.when(day.is_null()).then(pl.lit(UNDATED)).otherwise(day.dt.year().cast(pl.String))


def by_period(
    rows: pl.DataFrame, aggregations: Sequence[pl.Expr], *, keys: Sequence[str] = ()
) -> pl.DataFrame:
    """Aggregate rows as a whole, and by quarter.

    Parameters
    ----------
    rows
        With ``date``.
    aggregations
        What to work out for each group.
    keys
        Columns to keep apart.

    Returns
    -------
    Columns ``period``, the keys, and the aggregations; ``period`` is "all" first, then each
    quarter in order.
    """
    parts = [
        rows.group_by(pl.lit(ALL).alias("period"), *keys, maintain_order=True)
        .agg(*aggregations)
        .sort(*keys)
        if keys
        else rows.select(*aggregations).with_columns(period=pl.lit(ALL)),
        rows.group_by(quarter().alias("period"), *keys, maintain_order=True)
        .agg(*aggregations)
        .sort("period", *keys),
    ]
    return pl.concat([part.select(parts[1].columns) for part in parts])
