"""The nested orders of a part, batch by batch."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packopt.baseline_column import BASELINE, called_baseline, with_baseline
from packopt.columns import refuse_personal
from packopt.engine.nesting import (
    ITEMS,
    ORDER_ID,
    ids_of,
    nest_batches,
    nest_raw,
    refuse_twice,
)
from packopt.errors import OrdersError
from packopt.lake.damage import damage_told
from packopt.lake.file_columns import in_folders, names_in, names_within
from packopt.lake.other_files import read_other
from packopt.lake.parts import kind_of
from packopt.order_columns import LINE_COLUMNS, NO_ROWS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from packopt.lake.parts import Part
    from packopt.lake.places import Place

#: Orders that are answered together.
BATCH_ORDERS: Final = 50_000
_LINES_AT_ONCE: Final = 1 << 16


def read_part(source: Place, part: Part, baseline_column: str = BASELINE) -> Iterator[pa.Table]:
    """Read the orders of a part.

    Parameters
    ----------
    source
        The input.
    part
        Which part of it.
    baseline_column
        What the files, or their folders, call the column ``baseline_package``.

    Yields
    ------
    Nested orders; columns that stand in the names of folders, such as ``site=BER``, are beside the
    items, where they are columns of orders and the file has none of that name.

    Raises
    ------
    OrdersError
        If the file is damaged, or its columns are unusable.
    """
    place = source.below(part.file) if part.file else source
    constants = in_folders(part.file)
    known = constants.keys()
    if kind_of(place.name) == "parquet":
        with damage_told(place), place.open() as file:
            for batch in _of_parquet(file, part, place.url, baseline_column, known):
                there = names_in(batch.schema)
                yield _with_constants(batch, constants, baseline_column, there)
        return
    raw = read_other(place, baseline_column, known)
    nested, there = nest_raw(raw, place.url), raw.table.column_names
    if not nested.num_rows:  # of several files, one of an empty day is no part
        raise OrdersError(place.url, NO_ROWS)
    for start in range(0, nested.num_rows, BATCH_ORDERS):
        batch = nested.slice(start, BATCH_ORDERS)
        yield _with_constants(batch, constants, baseline_column, there)


@contextmanager
def file_named(source: Place, part: Part) -> Iterator[None]:
    """Within, what is wrong with the orders of a part is told of its file, not of all the input.

    Raises
    ------
    OrdersError
        That was raised within.
    """
    try:
        yield
    except OrdersError as fault:
        if not part.file or fault.source != source.url:
            raise
        raise OrdersError(source.below(part.file).url, fault.problems) from fault


def _with_constants(
    orders: pa.Table, constants: dict[str, str | None], baseline: str, there: Collection[str]
) -> pa.Table:
    """Orders with what the names of folders say, under the names of columns of orders.

    ``there`` is what the file has, be it left out of the orders since it is blank.
    """
    told = {name: value for name, value in constants.items() if name in LINE_COLUMNS - {BASELINE}}
    if baseline in constants:
        told[BASELINE] = constants[baseline]
    for name, value in told.items():
        if name not in there:
            column = pa.repeat(pa.scalar(value, pa.string()), orders.num_rows)
            orders = orders.append_column(name, column)
    return orders


def _of_parquet(
    file: Any, part: Part, source: str, baseline: str, elsewhere: Collection[str]
) -> Iterator[pa.Table]:
    """Nested orders of some row groups; lines are nested, by whole orders."""
    parquet = pq.ParquetFile(file)
    first, stop = part.groups
    names = parquet.schema_arrow.names
    if ITEMS in names:
        row = _first_row(parquet, first)
        for orders in _batches(parquet, range(first, stop), None, BATCH_ORDERS):
            refuse_twice(ids_of(orders, source), source, row)
            row += orders.num_rows
            yield _nested_baseline(orders, baseline, source, elsewhere)
        return
    if ORDER_ID not in names:
        raise OrdersError(
            source,
            f"columns order_id and items are missing; found {', '.join(names)[:200]}; expected "
            "order lines with order_id, or nested orders with items",
        )
    refuse_personal(names, source, OrdersError)
    wanted = [name for name in names if name in with_baseline(baseline)]

    def read(groups: range) -> Iterator[pa.Table]:
        for lines in _batches(parquet, groups, wanted):
            yield called_baseline(lines, baseline, names, source, elsewhere)

    batches = read(range(first, stop))
    skipped, lines = _after(_last_id(parquet, first - 1), batches)
    row = _first_row(parquet, first) + skipped
    after = read(range(stop, parquet.metadata.num_row_groups))
    yield from nest_batches(
        _with_rest(lines, after), orders_per_batch=BATCH_ORDERS, source=source, first_row=row
    )


def _first_row(parquet: Any, group: int) -> int:
    """The row of its file, from 1, with which a row group begins."""
    before = sum(parquet.metadata.row_group(one).num_rows for one in range(group))
    return int(before) + 1


def _nested_baseline(
    orders: pa.Table, column: str, source: str, elsewhere: Collection[str]
) -> pa.Table:
    """Nested orders with a column, beside the items or among them, as ``baseline_package``."""
    if column == BASELINE:
        return orders
    within = names_within(orders.schema)
    if BASELINE in orders.column_names:
        orders = orders.drop_columns([BASELINE])
    if column in within:
        refuse_personal([column], source, OrdersError)
    else:
        names = [*orders.column_names, *within]
        orders = called_baseline(orders, column, names, source, elsewhere)
        if BASELINE not in within:
            return orders
    items = orders[ITEMS].combine_chunks()
    columns = {
        field.name: (field, items.values.field(field.name))
        for field in items.type.value_type
        if field.name != BASELINE
    }
    if column in columns:
        # A column of orders stays what it is.
        field, values = columns[column] if column in LINE_COLUMNS else columns.pop(column)
        columns[BASELINE] = field.with_name(BASELINE), values
    fields, kept = (list(one) for one in zip(*columns.values(), strict=True))
    structs = pa.StructArray.from_arrays(kept, fields=fields, mask=items.values.is_null())
    lists = type(items).from_arrays(items.offsets, structs, mask=items.is_null())
    return orders.set_column(orders.column_names.index(ITEMS), ITEMS, lists)


def _after(order_id: pa.Scalar | None, lines: Iterator[pa.Table]) -> tuple[int, Iterator[pa.Table]]:
    """How many lines at the beginning are of an order, and the lines after them."""
    skipped = 0
    for batch in lines:
        n = _run(batch[ORDER_ID], order_id)
        skipped += n
        if n < batch.num_rows:
            return skipped, chain([batch.slice(n)], lines)
    return skipped, lines


def _with_rest(lines: Iterator[pa.Table], after: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Lines, and of those after them what still is of the last order."""
    last: pa.Scalar | None = None
    for batch in lines:
        last = batch[ORDER_ID][-1]
        yield batch
    if last is None or not last.is_valid:
        return
    for batch in after:
        n = _run(batch[ORDER_ID], last)
        yield batch.slice(0, n)
        if n < batch.num_rows:
            return


def _batches(
    parquet: Any, groups: range, names: list[str] | None, rows: int = _LINES_AT_ONCE
) -> Iterator[pa.Table]:
    if len(groups):
        batches = parquet.iter_batches(rows, row_groups=list(groups), columns=names)
        yield from (pa.table(batch) for batch in batches if batch.num_rows)


def _last_id(parquet: Any, group: int) -> pa.Scalar | None:
    """The order id of the last row of a row group; None without one."""
    if group < 0:
        return None
    ids = parquet.read_row_group(group, columns=[ORDER_ID])[ORDER_ID]
    return ids[-1] if len(ids) and ids[-1].is_valid else None


def _run(ids: pa.ChunkedArray, order_id: pa.Scalar | None) -> int:
    """How many rows at the beginning are of one order."""
    if order_id is None:
        return 0
    same = pc.fill_null(pc.equal(ids, order_id.cast(ids.type)), fill_value=False)
    other = np.flatnonzero(~same.to_numpy())
    return int(other[0]) if len(other) else len(ids)
