"""The column of the package that an order was really sent in, whatever a file calls it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

from packopt.columns import refuse_personal
from packopt.errors import OrdersError
from packopt.order_columns import LINE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Collection

    import pyarrow as pa

BASELINE: Final = "baseline_package"
"""The column of the package that an order was really sent in."""


def called_baseline(
    table: pa.Table,
    column: str,
    names: Collection[str],
    source: str,
    elsewhere: Collection[str] = (),
) -> pa.Table:
    """Order lines with a column under the name ``baseline_package``.

    Parameters
    ----------
    table
        Raw columns of order lines.
    column
        What the file calls it.
    names
        All columns of the file.
    source
        What to call it in messages.
    elsewhere
        Columns that the table need not have, since they stand in the names of its folders: it is
        returned as it is where the column is one of these.

    Raises
    ------
    OrdersError
        If there is no such column, or it looks like personal data.
    """
    if column == BASELINE:
        return table
    refuse_personal([column], source, OrdersError)
    if column not in table.column_names:
        if column in elsewhere:
            return table
        near = difflib.get_close_matches(column, names, n=1)
        advice = f"did you mean {near[0]!r}?" if near else "name the column of the packages used"
        raise OrdersError(
            source, f"column {column} is missing; found {', '.join(names)[:200]}; {advice}"
        )
    named = table.append_column(BASELINE, table[column])
    return named if column in LINE_COLUMNS else named.drop_columns(column)


def with_baseline(column: str) -> frozenset[str]:
    """Columns of order lines, where the baseline package stands in one of another name."""
    return frozenset(LINE_COLUMNS - {BASELINE} | {column})
