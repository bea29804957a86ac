"""Ray Data answers as threads do, also when workers and nodes die in the middle of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import packopt
from engine.alike import CATALOGUE, assert_same, expected, made_up, nested
from engine.dying import calls, dying_once, numbered
from engine.page import blocks, run
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
    yield packopt.open_engine("ray", 2)
    ray.shutdown()


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


def test_a_lost_node_loses_and_repeats_nothing(engine: Any, tmp_path: Path) -> None:
    """A node of two goes away in the middle of a run: the result is the same."""
    from ray.cluster_utils import Cluster

    ray.shutdown()
    folder_of_orders(tmp_path / "in")
    cluster = Cluster()
    try:
        _, node = started(cluster), started(cluster)
        ray.init(address=cluster.address, log_to_driver=False)
        cluster.wait_for_nodes()
        seen = []

        def lose(done: int, parts: int, orders: int) -> None:
            seen.append(orders)
            if len(seen) == 1:
                # Not gracefully: its processes are killed.
                cluster.remove_node(node, allow_graceful=False)

        found = packopt.recommend_files(
            str(tmp_path / "in"), str(tmp_path / "out"), CATALOGUE,
            engine=Slow(packopt.open_engine("ray"), tmp_path / "where"),
            part_rows=60, progress=lose,
        )  # fmt: skip
        where = (tmp_path / "where").read_text(encoding="utf-8").split()
        assert node.node_id in where
        assert where[-1] != node.node_id
        assert len(seen) == found.parts > 6
        assert sum(seen) == nested().num_rows
        result = packopt.read_files(str(tmp_path / "out"))
        assert_same(result, expected(), by_order=True, with_rows=False)
    finally:
        ray.shutdown()
        cluster.shutdown()


class Slow:
    """An engine whose functions take their time, and note on which node they are."""

    def __init__(self, engine: Any, notes: Path) -> None:
        self._engine = engine
        self._notes = notes

    def map(self, function: Any, tables: Any) -> Iterator[pa.Table]:
        notes = self._notes

        # A function within a function travels by value: workers do not have the tests.
        def slowly(table: pa.Table) -> pa.Table:
            with notes.open("a", encoding="utf-8") as file:
                file.write(f"{ray.get_runtime_context().get_node_id()}\n")
            time.sleep(2)
            return function(table)

        yield from self._engine.map(slowly, tables)


def started(cluster: Any) -> Any:
    """A new node of one CPU. Ray gives it 30 seconds to start, which a busy machine exceeds."""
    for _ in range(3):
        try:
            return cluster.add_node(num_cpus=1)
        except Exception as fault:
            if "timed out during startup" not in str(fault):
                raise
    pytest.skip("this machine is too busy to start a node of Ray within 30 seconds")
