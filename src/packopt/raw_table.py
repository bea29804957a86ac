"""Raw columns: what every file format and every table in memory comes down to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from packopt.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Keep = Callable[[str], bool]
"""Tells of a column name whether it is wanted."""


@dataclass(frozen=True, eq=False)
class RawTable:
    """Columns as they stand in the input.

    Attributes
    ----------
    table
        The columns asked for; one row for each data row of the input.
    ignored
        Names of the other columns.
    faults
        What is wrong with the shape of a row, by its index from 0.
    """

    table: pa.Table
    ignored: tuple[str, ...] = ()
    faults: dict[int, str] = field(default_factory=dict)

    def empty_rows(self) -> NDArray[np.bool_]:
        """``(n,)`` True for rows without any value, as spreadsheets leave them at the end."""
        if all(column.null_count for column in self.table.columns):
            is_empty = np.ones(self.table.num_rows, dtype=np.bool_)
            for column in self.table.columns:
                is_empty &= column.is_null().to_numpy()
            return is_empty
        return np.zeros(self.table.num_rows, dtype=np.bool_)


def select(table: pa.Table, keep: Keep, *, names: Sequence[str] | None = None) -> RawTable:
    """Part the wanted columns of a table from the others.

    Parameters
    ----------
    table
        Any table.
    keep
        Tells of a column name whether it is wanted.
    names
        Names to go by instead of the table's own.

    Returns
    -------
    The columns.

    Raises
    ------
    InputError
        If two columns have one name.
    """
    own = table.column_names
    names = own if names is None else names
    refuse_duplicates(names)
    wanted = [index for index, name in enumerate(names) if keep(name)]
    chosen = [names[index] for index in wanted]
    if chosen == own:
        return RawTable(table)
    kept = pa.Table.from_arrays([table.column(index) for index in wanted], names=chosen)
    return RawTable(kept, tuple(name for name in names if name and name not in chosen))


def refuse_duplicates(names: Sequence[str]) -> None:
    """Refuse columns that share a name; columns without a name are nobody's.

    Parameters
    ----------
    names
        Column names.

    Raises
    ------
    InputError
        If a name occurs twice.
    """
    twice = sorted(name for name, count in Counter(names).items() if name and count > 1)
    if twice:
        raise InputError(
            "table",
            f"column names occur more than once: {', '.join(twice)}; expected each name once; "
            "rename or delete the extra columns",
        )
