"""Tables whose figures repeat: a million orders take a few ten thousand different amounts."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]
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
        plain = [np.ascontiguousarray(figure, np.float64) for figure in figures]
        self._figures = dict(zip(repeated, plain, strict=True))
        #: ``(c,)`` in which cases each figure is known.
        self._known = {name: ~np.isnan(figure) for name, figure in self._figures.items()}
        self._alike = {name: known.tobytes() for name, known in self._known.items()}

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
        start, stop, _ = rows.indices(self.num_rows)
        case = self._case[start:stop]
        # Where figures are known is the same for most of them, and found out once for these.
        of_bytes = {self._alike[name]: name for name in names if name in self._figures}
        nulls = {key: _nulls(self._known[name].take(case)) for key, name in of_bytes.items()}
        columns = [
            _column(self._figures[name].take(case), *nulls[self._alike[name]])
            if name in self._figures
            else self._own[name].slice(start, stop - start)
            for name in names
        ]
        return pa.Table.from_arrays(columns, schema=pa.schema(fields))

    def pieces(self, n_rows: int) -> Iterator[pa.Table]:
        """The table, so many rows at a time: each piece is gone when the next one is made."""
        for start in range(0, self.num_rows, n_rows):
            yield self.select(self.schema.names, slice(start, start + n_rows))


def nullable(values: Floats) -> pa.Array:
    """A column in which NaN is null."""
    return pa.array(values, pa.float64(), from_pandas=True)


def _nulls(known: Mask) -> tuple[pa.Buffer | None, int]:
    """The bitmap of a column of Arrow that is known only here and there, and its nulls."""
    unknown = len(known) - int(np.count_nonzero(known))
    return (pa.py_buffer(np.packbits(known, bitorder="little")) if unknown else None), unknown


def _column(values: Floats, known: pa.Buffer | None, nulls: int) -> pa.Array:
    """A column of these very values; to look for NaN in each of many takes as long as writing."""
    buffers = [known, pa.py_buffer(values)]
    return pa.Array.from_buffers(pa.float64(), len(values), buffers, nulls)
