"""The lines of blocks: rows that hold something, with their numbers and faults, in plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.columns import Column
from packopt.errors import OrdersError
from packopt.order_columns import weight_columns
from packopt.parsing import blank_to_null, is_text
from packopt.part_files import FAULT, ROW
from packopt.raw_table import RawTable
from packopt.validation import Inspection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.order_blocks import Block


class BlockLines:
    """Takes the blocks of an input one after the other, and counts.

    Parameters
    ----------
    source
        What is read, for messages.

    Attributes
    ----------
    n_rows, n_empty_rows
        Rows so far, and those of them without any value, which are left out.
    has_weights
        True once a row has a weight.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.n_rows = 0
        self.n_empty_rows = 0
        self.has_weights = False

    def take(self, block: Block) -> pa.Table:
        """Return the lines of a block, with their rows of the input and faults of their shape.

        Parameters
        ----------
        block
            The next block.

        Returns
        -------
        Its columns as plain text where they are text, and `ROW` and `FAULT`.

        Raises
        ------
        OrdersError
            If text in it is not UTF-8.
        """
        table, rows, faults = self._filled(block)
        self.n_rows += block.n_rows
        if len(rows):
            table = self._in_plain_text(table)
            self.has_weights = self.has_weights or _has_weights(table)
        columns = {ROW: pa.array(rows, pa.int64()), FAULT: faults}
        if not table.num_columns:
            return pa.table(columns)
        for name, column in columns.items():
            table = table.append_column(name, column)
        return table

    def _filled(self, block: Block) -> tuple[pa.Table, NDArray[np.int64], pa.Array]:
        """The rows that hold something, their numbers, and the faults of their shape."""
        rows = np.arange(self.n_rows + 1, self.n_rows + block.n_rows + 1)
        told = [block.faults.get(row) for row in range(block.n_rows)] if block.faults else []
        faults = pa.array(told, pa.string()) if told else pa.nulls(block.n_rows, pa.string())
        table = block.table
        # A table without columns does not know its rows; none of them holds anything.
        empty = (
            RawTable(table).empty_rows() if table.num_columns else np.ones(block.n_rows, np.bool_)
        )
        n_empty = int(empty.sum())
        self.n_empty_rows += n_empty
        if n_empty:
            filled = pa.array(~empty)
            table = table.filter(filled) if table.num_columns else table
            return table, rows[~empty], faults.filter(filled)
        return table, rows, faults

    def _in_plain_text(self, table: pa.Table) -> pa.Table:
        """Text of any kind as UTF-8, which files may only claim to hold."""
        names = table.column_names
        here = {name: Column(name, 1.0) for name in names}
        inspection = Inspection(table, here, self._source, OrdersError)
        for index, one in enumerate(table.schema):
            if is_text(one.type) and not pa.types.is_null(one.type):
                table = table.set_column(index, one.name, inspection.raw(one.name))
        return table


def order_ids_of(table: pa.Table) -> pa.StringArray:
    """Order ids as text; null where a block lacks them, or has what can be no id."""
    if "order_id" not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    ids = table.column("order_id").combine_chunks()
    try:
        return blank_to_null(ids.cast(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(table.num_rows, pa.string())


def _has_weights(table: pa.Table) -> bool:
    return any(not _is_blank(table.column(name)) for name in weight_columns(table.column_names))


def _is_blank(values: pa.ChunkedArray) -> bool:
    if values.null_count == len(values):
        return True
    if not is_text(values.type):
        return False
    return bool(pc.all(pc.equal(pc.utf8_trim_whitespace(values), "")).as_py())
