"""Order lines nested into orders: one row an order, so that no batch can cut one in two.

A nested order has its ``order_id`` and ``items``, a list of its lines as structs with the columns
of order files. Nobody needs these helpers who has such a table already, or makes it by the
``collect_list`` or ``array_agg`` of a query.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.columns import refuse_personal, unused
from packopt.errors import InputError, OrdersError
from packopt.first_parts import FirstParts, hashes
from packopt.order_columns import ITEM_FIELDS, LINE_COLUMNS, weight_columns
from packopt.parsing import blank_to_null, is_text
from packopt.raw_table import RawTable, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

ORDER_ID: Final = "order_id"
ITEMS: Final = "items"
ROW: Final = "row"
"""Field of an item: the row of the input that it comes from, which rejects tell."""
FAULT: Final = "fault"
"""Field of an item: what is wrong with the shape of that row, or null."""
BATCH_ORDERS: Final = 50_000


def nest_orders(lines: Any, *, source: str = "orders") -> pa.Table:
    """Nest a whole table of order lines.

    Parameters
    ----------
    lines
        A `pyarrow.Table`, or any data frame that offers itself as Arrow columns, with one row for
        each order line, as of `packopt.Orders.from_table`.
    source
        What to call it in messages.

    Returns
    -------
    One row for each order, by first appearance, with ``order_id`` and ``items``; items tell in
    ``row`` which row of ``lines`` they are, from 1. Columns that orders do not have are left out.
    A column of weights without any value is left out as well: weights are unknown then. Lines
    without an order id are a row each.

    Raises
    ------
    OrdersError
        If it is no table, has no order ids, or columns that look like personal data.
    """
    try:
        raw = select(pa.table(lines), LINE_COLUMNS.__contains__)
    except InputError as fault:
        raise OrdersError(source, fault.problems) from None
    except (TypeError, ValueError) as fault:
        raise OrdersError(source, f"is no table ({fault}); expected a pyarrow.Table") from fault
    return nest_raw(raw, source)


def nest_raw(raw: RawTable, source: str) -> pa.Table:
    """Nest raw columns as `nest_orders` does; items also tell the faults of their rows' shape."""
    refuse_personal([*raw.table.column_names, *raw.ignored], source, OrdersError)
    filled = ~raw.empty_rows()
    table = without_blank_weights(raw.table)
    n = raw.table.num_rows
    table = _numbered(table, np.arange(1, n + 1))
    if raw.faults:
        told = pa.array([raw.faults.get(row) for row in range(n)], pa.string())
        table = table.append_column(FAULT, told)
    if not filled.all():
        table = table.filter(pa.array(filled))
    return _nested(table, ids_of(table, source))


def nest_batches(
    batches: Iterable[pa.RecordBatch | pa.Table],
    *,
    orders_per_batch: int = BATCH_ORDERS,
    source: str = "orders",
    first_row: int = 1,
) -> Iterator[pa.Table]:
    """Nest order lines as they come, without splitting an order between batches.

    In memory are the lines of about one batch, and 12 bytes for each order so far.

    Parameters
    ----------
    batches
        Order lines, with the same columns in each; the lines of an order follow each other, or
        are at most ``orders_per_batch`` orders apart. A column of weights says that weights are
        known: leave it out where it has no values.
    orders_per_batch
        Orders that are nested together, at least 1; the last batch may have fewer.
    source
        What to call them in messages.
    first_row
        Number of the first line.

    Yields
    ------
    Nested orders as of `nest_orders`; ``row`` counts over all batches.

    Raises
    ------
    OrdersError
        If a line comes when its order was yielded already, or as of `nest_orders`.
    """
    gathered = _Gathered(max(orders_per_batch, 1), source, first_row - 1)
    for batch in batches:
        yield from gathered.take(pa.table(batch))
    yield from gathered.rest()


class _Gathered:
    """Lines that wait until the order of the last of them is surely complete."""

    def __init__(self, orders_per_batch: int, source: str, n_rows: int) -> None:
        self._most = orders_per_batch
        self._source = source
        self._waiting: pa.Table | None = None
        self._n_rows = n_rows
        self._known = FirstParts()

    def take(self, table: pa.Table) -> Iterator[pa.Table]:
        refuse_personal(table.column_names, self._source, OrdersError)
        wanted = table.select([name for name in table.column_names if name in LINE_COLUMNS])
        rows = np.arange(self._n_rows + 1, self._n_rows + table.num_rows + 1)
        self._n_rows += table.num_rows
        filled = ~RawTable(wanted).empty_rows()
        wanted = _numbered(wanted, rows)
        wanted = wanted if filled.all() else wanted.filter(pa.array(filled))
        waiting = self._waiting
        waiting = wanted if waiting is None else pa.concat_tables([waiting, wanted])
        self._waiting = waiting
        if not waiting.num_rows:
            return
        key = _keys(ids_of(waiting, self._source))
        firsts = np.unique(key)
        # Only what comes after the last line may still belong to its order.
        while len(firsts) > self._most:
            done = firsts[firsts != key[-1]][: self._most]
            is_done = np.isin(key, done)
            yield self._closed(waiting.filter(pa.array(is_done)))
            waiting, key = waiting.filter(pa.array(~is_done)), key[~is_done]
            firsts = np.setdiff1d(firsts, done, assume_unique=True)
            self._waiting = waiting

    def rest(self) -> Iterator[pa.Table]:
        if self._waiting is not None and self._waiting.num_rows:
            yield self._closed(self._waiting)

    def _closed(self, table: pa.Table) -> pa.Table:
        nested = _nested(table, ids_of(table, self._source))
        ids = nested.column(ORDER_ID).combine_chunks()
        known = ids.drop_null()
        key = hashes(known)
        again = np.flatnonzero(self._known.find(key) >= 0)
        if len(again):
            order_id = known[int(again[0])].as_py()
            row = nested.column(ITEMS).combine_chunks().filter(pc.equal(ids, order_id))[0][0]
            raise OrdersError(
                self._source,
                f"row {row[ROW].as_py()}, column order_id: found {order_id!r}, whose batch was "
                "complete before; expected the lines of an order one after the other; sort them "
                "by order_id, or split the file with packopt.part_orders",
            )
        self._known.add(np.unique(key), np.zeros(len(np.unique(key)), np.int32))
        return nested


def _numbered(table: pa.Table, rows: Ints) -> pa.Table:
    return table.append_column(ROW, pa.array(rows, pa.int64()))


def ids_of(table: pa.Table, source: str) -> pa.StringArray:
    """Order ids as text, null where there is none.

    Raises
    ------
    OrdersError
        If there is no such column, or it can be no text.
    """
    if ORDER_ID not in table.column_names:
        found = ", ".join(table.column_names)[:200]
        problem = f"column order_id is missing; found {found}; name the column of the order ids"
        raise OrdersError(source, problem)
    ids = table.column(ORDER_ID).combine_chunks()
    try:
        return blank_to_null(ids.cast(pa.string()))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
        problem = f"column order_id: found {ids.type} ({fault}); expected text or whole numbers"
        raise OrdersError(source, f"{problem}; make it text") from fault


def _keys(ids: pa.StringArray) -> Ints:
    """``(n,)`` first line of each line's order; lines without an order are their own."""
    encoded = ids.dictionary_encode()
    code = pc.fill_null(encoded.indices, -1).to_numpy()
    line = np.arange(len(code))
    first = np.full(len(encoded.dictionary) + 1, -1, np.int64)
    # Of several values for one index, the last one assigned stays.
    first[code[::-1]] = line[::-1]
    return np.where(code >= 0, first[code], line)


def _nested(table: pa.Table, ids: pa.StringArray) -> pa.Table:
    """Gather the lines of each order."""
    key = _keys(ids)
    if np.any(key[1:] < key[:-1]):
        by_order = np.argsort(key, kind="stable")
        table, key = table.take(pa.array(by_order)), key[by_order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    columns = table.drop_columns(ORDER_ID)
    items = pa.StructArray.from_arrays(
        [_plain(column) for column in columns.columns], names=columns.column_names
    )
    offsets = pa.array(np.append(starts, table.num_rows).astype(np.int32))
    lists = pa.ListArray.from_arrays(offsets, items)
    return pa.table({ORDER_ID: ids.take(pa.array(key[starts])), ITEMS: lists})


def _plain(column: pa.ChunkedArray) -> pa.Array:
    """A column in one piece without dictionaries, which few engines understand."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.combine_chunks()


def without_blank_weights(table: pa.Table) -> pa.Table:
    """A table without columns of weights that have no value: weights are unknown by them."""
    names = table.column_names
    weights = weight_columns(names)
    kept = [at for at, name in enumerate(names)
            if not (name in weights and is_blank(table.column(at)))]  # fmt: skip
    if len(kept) == len(names):
        return table
    useful = table.select(kept)
    # The unit of what is gone says nothing more, and is no column to be told as ignored.
    of_nothing = {*unused(useful.column_names, ITEM_FIELDS)} - {*unused(names, ITEM_FIELDS)}
    return useful.drop_columns(sorted(of_nothing))


def is_blank(values: pa.ChunkedArray) -> bool:
    """Whether a column has no value."""
    if values.null_count == len(values):
        return True
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.cast(kind.value_type), kind.value_type
    return is_text(kind) and bool(pc.all(pc.equal(pc.utf8_trim_whitespace(values), "")).as_py())


def unnest_orders(orders: pa.Table, source: str) -> tuple[pa.Table, Ints]:
    """Order lines of nested orders, and the row of ``orders`` that each comes from.

    Parameters
    ----------
    orders
        Nested orders. Columns beside ``order_id`` and ``items`` go to every line of the order.
    source
        What to call them in messages.

    Returns
    -------
    The ``m`` lines, and ``(m,)`` indices into the rows.

    Raises
    ------
    OrdersError
        If ``order_id`` or ``items`` is missing, ``items`` is no list of structs, an order stands
        in two rows, or a column stands among the items and beside them.
    """
    items = _items(orders, source)
    ids = ids_of(orders, source)
    refuse_twice(ids, source)
    parent = np.asarray(pc.list_parent_indices(items).to_numpy(), dtype=np.int64)
    structs = pc.list_flatten(items)
    names = [field.name for field in structs.type]
    lines = pa.table(structs.flatten(), names=names)
    outer = orders.drop_columns(ITEMS)
    outer = outer.set_column(outer.column_names.index(ORDER_ID), ORDER_ID, ids)
    twice = sorted(set(outer.column_names) & set(names))
    if twice:
        problem = f"found {', '.join(twice)} among the items and beside them; expected each once"
        raise OrdersError(source, f"{problem}; leave one of the two out")
    of_order = outer.take(pa.array(parent))
    for field, column in zip(of_order.schema, of_order.columns, strict=True):
        lines = lines.append_column(field.name, column)
    return lines, parent


def _items(orders: pa.Table, source: str) -> pa.ListArray:
    if ITEMS not in orders.column_names:
        found = ", ".join(orders.column_names)[:200]
        problem = f"column items is missing; found {found}; expected a list of order lines"
        raise OrdersError(source, f"{problem} for each order; make it with packopt.nest_orders")
    items = orders.column(ITEMS).combine_chunks()
    kind = items.type
    is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if not (is_list and pa.types.is_struct(kind.value_type)):
        problem = f"column items: found {kind}; expected a list of structs, one for each line"
        raise OrdersError(source, f"{problem}; make it with packopt.nest_orders")
    return items


def refuse_twice(ids: pa.StringArray, source: str, first_row: int | None = None) -> None:
    """Refuse nested orders of which one stands in two rows.

    Parameters
    ----------
    ids
        ``(n,)`` order ids, null where there is none.
    source
        What to call them in messages.
    first_row
        The row of the input that the first one is; None where they are a batch of unknown origin,
        whose rows are counted from 1.

    Raises
    ------
    OrdersError
        If there is one; told with its first two rows.
    """
    known = ids.drop_null()
    if len(known.unique()) < len(known):
        counts = known.value_counts()
        most = counts.field("counts").to_numpy() > 1
        order_id = counts.field("values").filter(pa.array(most))[0].as_py()
        same = np.flatnonzero(pc.fill_null(pc.equal(ids, order_id), fill_value=False))
        one, other = (same[:2] + (first_row or 1)).tolist()
        of = " of one batch" if first_row is None else ""
        problem = f"column order_id: found {order_id!r} in rows {one:,} and {other:,}{of}"
        raise OrdersError(source, f"{problem}; expected one row an order; nest all its lines")
