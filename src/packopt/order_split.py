"""Blocks of order lines to parts: every order whole, in the part of its first appearance."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.block_lines import BlockLines, order_ids_of
from packopt.errors import OrdersError
from packopt.first_parts import FirstParts, hashes
from packopt.part_files import MOST_PART_ROWS, PartWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.order_blocks import Block


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
    lines
        Counts the lines; rows without any value are in no part.
    n_orders
        Distinct order ids so far.
    """

    def __init__(self, source: str, writer: PartWriter, orders_per_part: int) -> None:
        self._source = source
        self._writer = writer
        self._orders_per_part = orders_per_part
        self._first_parts = FirstParts()
        self._n_counted = 0
        self.lines = BlockLines(source)

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
        table = self.lines.take(block)
        if not table.num_rows:
            return
        part = self._parts_of(order_ids_of(table))
        for number, lines in _by_part(part):
            self._writer.add(number, lines_of(table, lines))
        self._refuse_endless_part()
        self._writer.settle(int(part.max()))

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
