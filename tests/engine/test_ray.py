"""Ray Data answers as threads do, also when workers and nodes die in the middle of it."""

from __future__ import annotations

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
from engine.ray_patience import clean_up, patiently
from packopt import NestedRecommender, flatten_answers

ray = pytest.importorskip("ray", reason="ray is not installed: no cluster to try")

# Warnings of Ray about itself are none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    """Two workers on this machine."""
    yield patiently(lambda: packopt.open_engine("ray", 2))
    ray.shutdown()
    clean_up()


def test_a_whole_file_is_answered_as_threads_answer_it(engine: Any) -> None:
    """Batch by batch, and put together again."""
    assert_answers_a_whole_file(engine)


def test_the_recommender_is_all_that_map_batches_needs(engine: Any) -> None:
    """A data set of one's own is answered without any adapter."""
    import ray.data

    recommend = NestedRecommender(CATALOGUE)
    orders = ray.data.from_arrow(nested()).repartition(3)
    answers = orders.map_batches(recommend, batch_format="pyarrow", batch_size=64)
    found = flatten_answers(pa.concat_tables(ray.get(answers.to_arrow_refs())),
                            recommend.policy, CATALOGUE.digest)  # fmt: skip
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
    """What the page shows of Ray Data does what is said of it."""
    pq.write_table(made_up(), tmp_path / "orders.parquet")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("ray")
    run(code.replace('"answers-of-ray/"', repr(str(tmp_path / "answers"))))
    found = [pq.ParquetFile(path).read() for path in (tmp_path / "answers").glob("*.parquet")]
    policy = packopt.Policy()
    result = flatten_answers(pa.concat_tables(found), policy, CATALOGUE.digest)
    assert_same(result, expected(), by_order=True)
