"""Blocks of order lines to parts: every order whole, in the part of its first appearance."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.columns import Column
from packopt.errors import OrdersError
from packopt.first_parts import FirstParts, hashes
from packopt.order_columns import ITEM_FIELDS
from packopt.parsing import blank_to_null, is_text
from packopt.part_files import FAULT, MOST_PART_ROWS, ROW, PartWriter
from packopt.raw_table import RawTable
from packopt.validation import Inspection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.order_blocks import Block

_WEIGHT: Final = next(one for one in ITEM_FIELDS if one.name == "weight")


class Splitter:
    """Takes the blocks of an input one after the other.

    Parameters
    ----------
    source
        What is read, for messages.
    writer
        Takes the lines of each part.
    orders_per_part
        How many orders first appear in each part. Rows without an order id, which end as rejects,
        count as orders here: no part grows without end.

    Attributes
    ----------
    n_rows, n_empty_rows
        Rows so far, and those of them without any value, which are in no part.
    n_orders
        Distinct order ids so far.
    has_weights
        True once a row has a weight.
    """

    def __init__(self, source: str, writer: PartWriter, orders_per_part: int) -> None:
        self._source = source
        self._writer = writer
        self._orders_per_part = orders_per_part
        self._first_parts = FirstParts()
        self._n_counted = 0
        self.n_rows = 0
        self.n_empty_rows = 0
        self.has_weights = False

    @property
    def n_orders(self) -> int:
        """Distinct order ids so far."""
        return len(self._first_parts)

    def take(self, block: Block) -> None:
        """Write the lines of a block to their parts.

        Parameters
        ----------
        block
            The next block.

        Raises
        ------
        OrdersError
            If text in it is not UTF-8, or a part grows beyond what can be read at once.
        """
        table, rows, faults = self._filled(block)
        self.n_rows += block.n_rows
        if len(rows) == 0:
            return
        table = self._in_plain_text(table)
        weights = [*_WEIGHT.factors]
        if _WEIGHT.unit_column in table.column_names:
            weights.append(_WEIGHT.plain)
        self.has_weights = self.has_weights or any(
            not _is_blank(table.column(name)) for name in table.column_names if name in weights
        )
        part = self._parts_of(_order_ids(table))
        columns = {ROW: pa.array(rows), FAULT: faults}
        for name, column in columns.items():
            table = table.append_column(name, column)
        for number, lines in _by_part(part):
            self._writer.add(number, lines_of(table, lines))
        self._refuse_endless_part()
        self._writer.settle(int(part.max()))

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

    def _parts_of(self, ids: pa.StringArray) -> NDArray[np.int64]:
        """``(n,)`` part of each row."""
        encoded = ids.dictionary_encode()
        code = pc.fill_null(encoded.indices, -1).to_numpy()
        keys = hashes(encoded.dictionary)
        known = self._first_parts.find(keys).astype(np.int64)
        # Codes count up by first appearance, so an order begins where the highest one rises.
        before = np.concatenate([[-1], np.maximum.accumulate(code)[:-1]])
        first_rows = np.flatnonzero(code > before)
        counts = code < 0
        counts[first_rows[known < 0]] = True
        counted = self._n_counted + np.cumsum(counts)
        self._n_counted = int(counted[-1]) if len(counted) else self._n_counted
        open_part = np.maximum(counted - 1, 0) // self._orders_per_part
        new = np.flatnonzero(known < 0)
        # Should two new orders share a hash, they share the part of the first.
        key, first, again = np.unique(keys[new], return_index=True, return_inverse=True)
        part = open_part[first_rows[new[first]]]
        self._first_parts.add(key, part.astype(np.int32))
        known[new] = part[again]
        part_of_row: NDArray[np.int64] = np.where(code < 0, open_part, np.append(known, 0)[code])
        return part_of_row

    def _refuse_endless_part(self) -> None:
        most = max(self._writer.rows, default=0)
        if most > MOST_PART_ROWS:
            raise OrdersError(
                self._source,
                f"one part of {self._orders_per_part:,} orders has more than {MOST_PART_ROWS:,} "
                "lines; expected orders of a few lines; look for an order_id that stands for "
                "many orders, or ask for fewer orders in each part",
            )


def lines_of(table: pa.Table, lines: NDArray[np.int64] | slice) -> pa.Table:
    """Some rows of a table; a slice of them shares its memory."""
    if isinstance(lines, slice):
        return table.slice(lines.start, lines.stop - lines.start)
    return table.take(pa.array(lines))


def _by_part(part: NDArray[np.int64]) -> list[tuple[int, Any]]:
    """The rows of each part, as slices where the parts follow each other."""
    if np.all(part[1:] >= part[:-1]):
        cuts = np.flatnonzero(np.diff(part)) + 1
        ends = [0, *cuts.tolist(), len(part)]
        starts = pairwise(ends)
        return [(int(part[start]), slice(start, stop)) for start, stop in starts]
    order = np.argsort(part, kind="stable")
    cuts = np.flatnonzero(np.diff(part[order])) + 1
    return [(int(part[rows[0]]), rows) for rows in np.split(order, cuts)]


def _order_ids(table: pa.Table) -> pa.StringArray:
    """Order ids as text; null where a block lacks them, or has what can be no id."""
    if "order_id" not in table.column_names:
        return pa.nulls(table.num_rows, pa.string())
    ids = table.column("order_id").combine_chunks()
    try:
        return blank_to_null(ids.cast(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.nulls(table.num_rows, pa.string())


def _is_blank(values: pa.ChunkedArray) -> bool:
    if values.null_count == len(values):
        return True
    if not is_text(values.type):
        return False
    return bool(pc.all(pc.equal(pc.utf8_trim_whitespace(values), "")).as_py())
