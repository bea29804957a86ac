"""What the tests of engines share: made-up orders, and when two results are the same."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

import packopt
from packopt.datasets.generate import demo_orders
from packopt.engine.nesting import nest_raw
from packopt.raw_table import RawTable
from packopt.recommendations import TABLES, Recommendations

CATALOGUE = packopt.builtin_catalogue("demo")


@cache
def made_up(n: int = 300) -> pa.Table:
    """Order lines of which some cannot be accepted."""
    lines = demo_orders(n, seed=7)
    length = lines["length_mm"].to_pylist()
    for row in range(5, len(length), 41):
        length[row] = 0
    place = lines.column_names.index("length_mm")
    return lines.set_column(place, "length_mm", pa.array(length, pa.int64()))


@cache
def expected(n: int = 300) -> Recommendations:
    """What one call on one machine answers."""
    return packopt.recommend(packopt.Orders.from_table(made_up(n)), CATALOGUE)


def nested(n: int = 300) -> pa.Table:
    """The same orders, nested."""
    return nest_raw(RawTable(made_up(n)), "orders")


def plain(table: pa.Table, *, by_order: bool = False) -> pa.Table:
    """A table without dictionaries and chunks; by order id, and as it was within an order."""
    columns = [
        one.cast(one.type.value_type) if pa.types.is_dictionary(one.type) else one
        for one in table.columns
    ]
    bare = pa.table(columns, names=table.column_names).combine_chunks()
    if not by_order:
        return bare
    numbered = bare.append_column("_at", pa.array(range(bare.num_rows), pa.int64()))
    keys = [("order_id", "ascending"), ("_at", "ascending")]
    return numbered.sort_by(keys).drop_columns("_at").combine_chunks()


def assert_same(
    found: Recommendations,
    wanted: Recommendations,
    *,
    by_order: bool = False,
    with_rows: bool = True,
) -> None:
    """Every table has the same rows in the same order.

    Of many files, ``with_rows=False``: rejects tell rows of their file.
    """
    for name in TABLES:
        one, other = (plain(getattr(result, name), by_order=by_order) for result in (found, wanted))
        if name == "rejects" and not with_rows:
            one, other = one.drop_columns("row"), other.drop_columns("row")
        assert one.equals(other), name
    assert (found.policy, found.catalogue_digest) == (wanted.policy, wanted.catalogue_digest)
