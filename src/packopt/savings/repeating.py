"""Tables whose figures repeat: a million orders take a few ten thousand different amounts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from packopt.answers import word
from packopt.labels import encode

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Repeating:
    """A table of ``n`` rows that keeps each case of its figures once.

    Parameters
    ----------
    schema
        Of the whole table: first the columns that are its own, then the figures.
    own
        ``(n,)`` each, the columns that are kept as they are: arrays of Arrow or numpy.
    case
        ``(n,)`` the case of each row.
    figures
        ``(c,)`` each, what a figure is in each case; NaN for null.
    """

    def __init__(
        self, schema: pa.Schema, own: Sequence[Any], case: Ints, figures: Sequence[Floats]
    ) -> None:
        self.schema = schema
        kept, repeated = schema.names[: len(own)], schema.names[len(own) :]
        self._own = pa.Table.from_arrays(list(own), schema=pa.schema(map(schema.field, kept)))
        self._case = case
        self._figures = dict(zip(repeated, figures, strict=True))

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return len(self._case)

    @cached_property
    def whole(self) -> pa.Table:
        """The table, in its schema."""
        return self.select(self.schema.names)

    def select(self, names: Sequence[str]) -> pa.Table:
        """Some columns of it; the others are not made."""
        fields = [self.schema.field(name) for name in names]
        columns = [self._column(name) for name in names]
        return pa.Table.from_arrays(columns, schema=pa.schema(fields))

    def _column(self, name: str) -> Any:
        if name in self._figures:
            return nullable(self._figures[name][self._case])
        return self._own[name]

    def encoded(self) -> pa.Table:
        """The table with its figures dictionary encoded, which are the same in a file of Parquet.

        Who writes it need not look for what is distinct.
        """
        table = self._own
        for name, values in self._figures.items():
            column = self._encoded(values)
            table = table.append_column(self.schema.field(name).with_type(column.type), column)
        return table

    def _encoded(self, values: Floats) -> pa.Array:
        code, distinct = encode(nullable(values))
        if not len(distinct):
            return pa.nulls(self.num_rows, pa.float64())
        row = code[self._case]
        mask = row < 0 if (code < 0).any() else None
        return word(row, distinct, mask)


def nullable(values: Floats) -> pa.Array:
    """A column in which NaN is null."""
    return pa.array(values, pa.float64(), from_pandas=True)
