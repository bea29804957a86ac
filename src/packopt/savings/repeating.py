"""Tables whose figures repeat: a million orders take a few ten thousand different amounts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

    def select(self, names: Sequence[str], rows: slice = slice(None)) -> pa.Table:
        """Some columns of it, or of some of its rows; the others are not made."""
        fields = [self.schema.field(name) for name in names]
        columns = [self._column(name, rows) for name in names]
        return pa.Table.from_arrays(columns, schema=pa.schema(fields))

    def _column(self, name: str, rows: slice) -> Any:
        if name in self._figures:
            return nullable(self._figures[name][self._case[rows]])
        start, stop, _ = rows.indices(self.num_rows)
        return self._own[name].slice(start, stop - start)

    def pieces(self, n_rows: int) -> Iterator[pa.Table]:
        """The table, so many rows at a time: each piece is gone when the next one is made."""
        for start in range(0, self.num_rows, n_rows):
            yield self.select(self.schema.names, slice(start, start + n_rows))


def nullable(values: Floats) -> pa.Array:
    """A column in which NaN is null."""
    return pa.array(values, pa.float64(), from_pandas=True)
