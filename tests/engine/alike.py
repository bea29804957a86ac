"""What the tests of engines share: made-up orders, and when two results are the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pyarrow as pa
import pytest

import packopt
from engine.dying import calls, dying_once, numbered
from engine.folders import folder_of_orders
from packopt.datasets.generate import demo_orders
from packopt.engine.engines import Engine, Threads
from packopt.engine.nesting import nest_raw
from packopt.engine.whole_files import recommend_on
from packopt.lake import regrouping
from packopt.orders import read_lines
from packopt.parcel_rules import parcel_packs
from packopt.raw_table import RawTable
from packopt.recommendations import TABLES, Recommendations, concat
from packopt.savings.tables import FILES_TABLES

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


def assert_answers_a_whole_file(engine: Engine) -> None:
    """Orders go out in batches, and the result is the same, row for row, notes and all."""
    found = concat(list(recommend_on(engine, nested(), CATALOGUE, batch_orders=50)))
    assert_same(found, expected())
    assert set(found.notes) == set(expected().notes)


def assert_complaints_and_notes_come_back(engine: Engine, folder: Path) -> None:
    """What a worker says of the input is no error of the engine."""
    (folder / "in").mkdir()
    (folder / "in" / "a.csv").write_text("order_id,sku\n1,a\n", encoding="utf-8")
    with pytest.raises(packopt.OrdersError, match="column qty is missing"):
        packopt.recommend_files(folder / "in", folder / "out", CATALOGUE, engine=engine)
    bare = packopt.nest_orders(made_up(40).drop_columns("weight_g"))
    *_, last = recommend_on(engine, bare, CATALOGUE, batch_orders=20)
    assert last.notes == ("orders: no weights, so no weight limit is asked",)


def assert_a_killed_worker_loses_nothing(engine: Engine, folder: Path, *, done: bool) -> None:
    """`kill -9` of a worker in the middle of a run: its table is done again, all others once.

    ``done`` says whether it dies after its work, or before it.
    """
    recommend = packopt.NestedRecommender(CATALOGUE)
    tables = numbered([nested().slice(start, 50) for start in range(0, nested().num_rows, 50)])
    flag = folder / "died"
    answers = pa.concat_tables(engine.map(dying_once(recommend, flag, at=2, done=done), tables))
    assert flag.exists()
    assert sorted(calls(flag)) == sorted([*range(len(tables)), 2])
    assert_same(packopt.flatten_answers(answers, recommend.policy, CATALOGUE.digest), expected())


def assert_answers_a_folder(engine: Engine, folder: Path) -> None:
    """Workers read and write the files themselves, and only counts come back."""
    folder_of_orders(folder / "in", made_up())
    found = packopt.recommend_files(
        folder / "in", folder / "out", CATALOGUE, engine=engine, part_rows=150
    )
    assert found.answered == found.parts > 3
    assert_same(packopt.read_files(folder / "out"), expected(), by_order=True, with_rows=False)


class DyingAmongChunks:
    """An engine of which a worker is killed while it answers hard orders that were regrouped."""

    def __init__(self, engine: Engine, flag: Path) -> None:
        self._engine = engine
        self._flag = flag

    def map(
        self, function: Callable[[pa.Table], pa.Table], tables: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """As of `Engine.map`."""
        if not isinstance(function, regrouping.CloseChunks):
            return self._engine.map(function, tables)
        deadly = dying_once(function, self._flag, at=1, done=True)
        return self._engine.map(deadly, numbered(list(tables)))


def assert_regroups_though_a_worker_dies(
    engine: Engine, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are those of threads that answer each part as a whole, byte for byte."""
    monkeypatch.setattr(regrouping, "CHUNK_ORDERS", 2)
    policy = packopt.Policy(effort=300)
    folder_of_orders(folder / "in", made_up())
    dying = DyingAmongChunks(engine, folder / "died")
    for name, one in (("found", dying), ("wanted", Threads(2))):
        packopt.recommend_files(
            folder / "in",
            folder / name,
            CATALOGUE,
            policy,
            engine=one,
            part_rows=150,
            regroup=name == "found",
        )
    assert (folder / "died").exists()
    assert len(set(calls(folder / "died"))) > 2
    found, wanted = (
        {
            path.relative_to(folder / name): path.read_bytes()
            for path in (folder / name).rglob("*")
            if path.is_file()
        }
        for name in ("found", "wanted")
    )
    assert found == wanted


def assert_sums_a_folder(engine: Engine, folder: Path) -> None:
    """Savings of a folder are those of threads, to the last bit: sums are added up in one order."""
    folder_of_orders(folder / "in", made_up())
    found, wanted = (
        packopt.savings_of_files(
            folder / "in",
            CATALOGUE,
            baseline="volume-80",
            resamples=200,
            engine=one,
            part_rows=150,
            packs=parcel_packs(),
        )
        for one in (engine, Threads(2))
    )
    assert found.about == wanted.about
    assert found.rules.num_rows
    for kind in FILES_TABLES.values():
        one, other = (plain(getattr(result, kind.attribute)) for result in (found, wanted))
        assert one.equals(other), kind.attribute


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
