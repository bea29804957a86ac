"""One order of a file of any size: its lines as they stand there, and as they are accepted."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.block_files import BLOCK_BYTES, BLOCK_ROWS, open_blocks
from packopt.block_lines import BlockLines, order_ids_of
from packopt.errors import OrdersError
from packopt.evidence import plain_rows
from packopt.order_blocks import ReadAgainError
from packopt.order_columns import Source, Whole
from packopt.order_lines import accept_lines
from packopt.order_parts import KINDS, plain_schema, take_all
from packopt.orders import Orders
from packopt.part_files import lines_in_schema
from packopt.raw_table import RawTable
from packopt.reading import damage_told, kind_of

if TYPE_CHECKING:
    from packopt.order_blocks import Block, Blocks

MOST_LINES: Final = 100_000
"""Lines of one order that are kept in memory: ten times as many as an order may have units."""


@dataclass(frozen=True, eq=False)
class FoundOrder:
    """One order of a file.

    Attributes
    ----------
    orders
        It alone, as `packopt.OrderParts` accepts it within the whole file; no order, and rejects,
        where it cannot be accepted.
    rows
        Its lines as they stand in the file, ready for JSON, without what is null.
    """

    orders: Orders
    rows: list[dict[str, Any]]


def find_order(
    path: str | PathLike[str], order_id: str, *, kind: str | None = None
) -> FoundOrder | None:
    """Look for one order in a file of order lines, of any size.

    The file is read block by block, to its end, since lines of an order may stand anywhere. In
    memory are a few blocks and the lines of the order; a JSON array, of at most 64 MB, is read at
    once.

    Parameters
    ----------
    path
        As for `packopt.read_orders`.
    order_id
        The order as text, as results name it.
    kind
        As for `packopt.part_orders`.

    Returns
    -------
    The order; None if no line has its id.

    Raises
    ------
    OrdersError
        As by `packopt.part_orders`; or if the order has more than `MOST_LINES` lines.
    TypeError
        If ``order_id`` is no text.
    ValueError
        If ``kind`` is unknown.
    """
    if not isinstance(order_id, str):
        raise TypeError(
            f"order_id: found {order_id!r}, expected text, as results name orders, also those of "
            f"files with numbers; write {str(order_id)!r}"
        )
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind {kind!r}; expected one of {', '.join(KINDS)}")
    path = Path(fspath(path))
    form = kind_of(path, OrdersError, None if kind is None else KINDS[kind])
    knowledge: object = None
    with damage_told(path, form, OrdersError):
        while True:
            blocks = open_blocks(
                path, form, knowledge, block_bytes=BLOCK_BYTES, block_rows=BLOCK_ROWS
            )
            finder = Finder(str(path), order_id)
            try:
                take_all(blocks, finder, str(path), lambda _: None)
                return finder.found(blocks)
            except ReadAgainError as again:
                knowledge = again.knowledge
            finally:
                blocks.close()


class Finder:
    """Keeps the lines of one order.

    Parameters
    ----------
    source
        What is read, for messages.
    order_id
        The order.

    Attributes
    ----------
    lines
        Counts the lines of the whole input.
    """

    def __init__(self, source: str, order_id: str) -> None:
        self._source = source
        self._order_id = order_id
        self._kept: list[pa.Table] = []
        self._n_kept = 0
        self.lines = BlockLines(source)

    def take(self, block: Block) -> None:
        """Keep those lines of the next block that are the order's.

        Raises
        ------
        OrdersError
            If they are more than `MOST_LINES`.
        """
        table = self.lines.take(block)
        is_ours = pc.fill_null(pc.equal(order_ids_of(table), self._order_id), False)
        if not pc.any(is_ours).as_py():
            return
        self._kept.append(table.filter(is_ours))
        self._n_kept += self._kept[-1].num_rows
        if self._n_kept > MOST_LINES:
            raise OrdersError(
                self._source,
                f"the order {self._order_id} has more than {MOST_LINES:,} lines; expected an order "
                "of a few lines; look for an order_id that stands for many orders",
            )

    def found(self, blocks: Blocks) -> FoundOrder | None:
        """Return the order, once all blocks are taken."""
        if not self._kept:
            return None
        table, rows, faults = lines_in_schema(self._kept, plain_schema(blocks.schema))
        whole = Whole(rows, self.lines.n_empty_rows, self.lines.has_weights)
        raw = RawTable(table, blocks.ignored, faults)
        orders = Orders(**accept_lines(Source(raw, self._source, whole), None))
        return FoundOrder(orders, plain_rows(table))
