"""Spark answers as threads do, also when a worker dies in the middle of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import (
    CATALOGUE,
    assert_answers_real_orders,
    assert_same,
    expected,
    made_up,
    nested,
)
from engine.dying import calls, dying_once, numbered
from engine.page import blocks, run
from lake.folders import folder_of_orders
from packopt import NestedRecommender, flatten_answers
from packopt.engine.whole_files import recommend_on
from packopt.recommendations import concat

pytest.importorskip("pyspark", reason="pyspark is not installed: no Spark to try")

# Warnings of Spark about itself are none of ours.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(shutil.which("java") is None, reason="no java: Spark cannot start"),
]


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """Two cores of a local session."""
    from pyspark.sql import SparkSession

    yield packopt.open_engine("spark", 2)
    SparkSession.getActiveSession().stop()


def test_a_whole_file_is_answered_as_threads_answer_it(engine: Any) -> None:
    """Orders go out in batches, and the result is the same, row for row, notes and all."""
    found = concat(list(recommend_on(engine, nested(), CATALOGUE, batch_orders=50)))
    assert_same(found, expected())
    assert set(found.notes) == set(expected().notes)


def test_the_recommender_is_all_that_map_in_arrow_needs(engine: Any) -> None:
    """Lines in a data frame of one's own are nested by Spark and answered without an adapter."""
    from pyspark.sql import SparkSession, functions
    from pyspark.sql.pandas.types import from_arrow_schema

    recommend = NestedRecommender(CATALOGUE)
    wide = nested().to_pylist()
    lines = pa.Table.from_pylist(
        [{"order_id": o["order_id"], **i} for o in wide for i in o["items"]]
    )
    session = SparkSession.getActiveSession()
    frame = session.createDataFrame(lines)
    item = functions.struct(*(name for name in lines.column_names if name != "order_id"))
    orders = frame.groupBy("order_id").agg(functions.collect_list(item).alias("items"))
    answers = orders.mapInArrow(recommend.batches, from_arrow_schema(packopt.ANSWERS))
    found = flatten_answers(answers.toArrow(), recommend.policy, CATALOGUE.digest)
    assert_same(found, expected(), by_order=True)


def test_a_complaint_and_notes_come_back_as_they_are(engine: Any, tmp_path: Path) -> None:
    """What a worker says of the input is no error of the engine."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.csv").write_text("order_id,sku\n1,a\n", encoding="utf-8")
    with pytest.raises(packopt.OrdersError, match="column qty is missing"):
        packopt.recommend_files(
            str(tmp_path / "in"), str(tmp_path / "out"), CATALOGUE, engine=engine
        )
    bare = packopt.nest_orders(made_up(40).drop_columns("weight_g"))
    *_, last = recommend_on(engine, bare, CATALOGUE, batch_orders=20)
    assert last.notes == ("orders: no weights, so no weight limit is asked",)


@pytest.mark.parametrize("done", [False, True], ids=["before its work", "after its work"])
def test_a_killed_worker_loses_and_repeats_nothing(
    engine: Any, tmp_path: Path, *, done: bool
) -> None:
    """`kill -9` of a Python worker in the middle of a run: its table is done again."""
    recommend = NestedRecommender(CATALOGUE)
    tables = numbered([nested().slice(start, 50) for start in range(0, nested().num_rows, 50)])
    flag = tmp_path / "died"
    answers = pa.concat_tables(engine.map(dying_once(recommend, flag, at=2, done=done), tables))
    assert flag.exists()
    assert sorted(calls(flag)) == sorted([*range(len(tables)), 2])
    assert_same(flatten_answers(answers, recommend.policy, CATALOGUE.digest), expected())


@pytest.mark.parametrize("name", ["olist", "shopee"])
def test_real_orders_are_answered_as_threads_answer_them(engine: Any, name: str) -> None:
    """Every order of a public set, row for row."""
    assert_answers_real_orders(engine, name)


def test_a_folder_of_files_is_answered_as_threads_answer_it(engine: Any, tmp_path: Path) -> None:
    """Workers read and write the files themselves, and only counts come back."""
    folder_of_orders(tmp_path / "in")
    found = packopt.recommend_files(
        str(tmp_path / "in"), str(tmp_path / "out"), CATALOGUE, engine=engine, part_rows=150
    )
    assert found.answered == found.parts > 3
    assert_same(
        packopt.read_files(str(tmp_path / "out")), expected(), by_order=True, with_rows=False
    )


def test_the_code_of_the_page_runs(
    engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the page shows of Spark does what is said of it."""
    pq.write_table(made_up(), tmp_path / "orders.parquet")
    (code,) = blocks("spark")
    # The session has its own working directory.
    for name in ("orders.parquet", "parcels-of-spark/"):
        code = code.replace(f'"{name}"', repr(str(tmp_path / name)))
    run(code)
    paths = (tmp_path / "parcels-of-spark").glob("*.parquet")
    parcels = pa.concat_tables([pq.ParquetFile(path).read() for path in paths])
    assert parcels.num_rows == expected().parcels.num_rows
    assert set(parcels["order_id"].to_pylist()) == set(expected().parcels["order_id"].to_pylist())
