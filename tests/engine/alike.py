"""What the tests of engines share: made-up orders, and when two results are the same."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

import packopt
from packopt.datasets.generate import demo_orders
from packopt.engine.engines import Engine
from packopt.engine.nesting import nest_raw
from packopt.engine.whole_files import recommend_on
from packopt.orders import read_lines
from packopt.raw_table import RawTable
from packopt.recommendations import TABLES, Recommendations, concat

SHARED = Path(os.environ.get("PACKOPT_SHARED", Path(__file__).parents[3] / "shared"))
ORDERS = SHARED / "data" / "orders"
REAL = {
    "olist": ORDERS / "olist_dev.parquet",
    "shopee": ORDERS / "shopee" / "shopee_resampled_dev.parquet",
}
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


def real_orders(name: str) -> pa.Table:
    """Order lines of a public set, or a skipped test where it is not on this machine."""
    path = REAL[name]
    if not path.exists():
        pytest.skip(f"{path} is not there: a public set that is kept elsewhere")
    return read_lines(path).table


def assert_answers_real_orders(engine: Engine, name: str) -> None:
    """All orders of a public set get the same answers as on the threads of this process."""
    lines = real_orders(name)
    wanted = packopt.recommend(packopt.Orders.from_table(lines), CATALOGUE, threads=2)
    batches = recommend_on(engine, nest_raw(RawTable(lines), "orders"), CATALOGUE)
    assert_same(concat(list(batches)), wanted)


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
