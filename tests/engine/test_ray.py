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
    assert_answers_real_orders,
    assert_same,
    expected,
    made_up,
    nested,
)
from engine.dying import calls, dying_once, numbered
from engine.page import blocks, run
from engine.ray_patience import clean_up, patiently
from lake.folders import folder_of_orders
from packopt import NestedRecommender, flatten_answers
from packopt.engine.whole_files import recommend_on
from packopt.recommendations import concat

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
    """Orders go out in batches, and the result is the same, row for row, notes and all."""
    found = concat(list(recommend_on(engine, nested(), CATALOGUE, batch_orders=50)))
    assert_same(found, expected())
    assert set(found.notes) == set(expected().notes)


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
    """`kill -9` of a worker in the middle of a run: its table is done again, all others once."""
    recommend = NestedRecommender(CATALOGUE)
    tables = numbered([nested().slice(start, 50) for start in range(0, nested().num_rows, 50)])
    flag = tmp_path / "died"
    deadly = dying_once(recommend, flag, at=2, done=done)
    answers = pa.concat_tables(engine.map(deadly, tables))
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
    """What the page shows of Ray Data does what is said of it."""
    pq.write_table(made_up(), tmp_path / "orders.parquet")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks("ray")
    run(code.replace('"answers-of-ray/"', repr(str(tmp_path / "answers"))))
    found = [pq.ParquetFile(path).read() for path in (tmp_path / "answers").glob("*.parquet")]
    policy = packopt.Policy()
    result = flatten_answers(pa.concat_tables(found), policy, CATALOGUE.digest)
    assert_same(result, expected(), by_order=True)
