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
    assert_a_killed_worker_loses_nothing,
    assert_answers_a_folder,
    assert_answers_a_whole_file,
    assert_answers_real_orders,
    assert_complaints_and_notes_come_back,
    assert_regroups_though_a_worker_dies,
    assert_same,
    assert_sums_a_folder,
    expected,
    made_up,
    nested,
)
from engine.page import blocks, run
from packopt import NestedRecommender, flatten_answers

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
    """Batch by batch, and put together again."""
    assert_answers_a_whole_file(engine)


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
    """What a worker says is told in our words."""
    assert_complaints_and_notes_come_back(engine, tmp_path)


@pytest.mark.parametrize("done", [False, True], ids=["before its work", "after its work"])
def test_a_killed_worker_loses_and_repeats_nothing(
    engine: Any, tmp_path: Path, *, done: bool
) -> None:
    """`kill -9` in the middle of a run, once."""
    assert_a_killed_worker_loses_nothing(engine, tmp_path, done=done)


@pytest.mark.parametrize("name", ["olist", "shopee"])
def test_real_orders_are_answered_as_threads_answer_them(engine: Any, name: str) -> None:
    """Every order of a public set, row for row."""
    assert_answers_real_orders(engine, name)


def test_a_folder_of_files_is_answered_as_threads_answer_it(engine: Any, tmp_path: Path) -> None:
    """Part by part, into files."""
    assert_answers_a_folder(engine, tmp_path)


def test_hard_orders_are_regrouped_though_a_worker_dies(
    engine: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kill -9` of a worker that answers open orders."""
    assert_regroups_though_a_worker_dies(engine, tmp_path, monkeypatch)


def test_savings_of_a_folder_are_summed_as_threads_sum_them(engine: Any, tmp_path: Path) -> None:
    """Only sums come back."""
    assert_sums_a_folder(engine, tmp_path)


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
