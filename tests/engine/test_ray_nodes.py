"""A cluster of two nodes, of which one is killed in the middle of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import packopt
from engine.alike import CATALOGUE, assert_same, expected, nested
from engine.ray_patience import clean_up, patiently
from lake.folders import folder_of_orders

ray = pytest.importorskip("ray", reason="ray is not installed: no cluster to try")

# Warnings of Ray about itself are none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_lost_node_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """A node of two goes away in the middle of a run: the result is the same."""
    from ray.cluster_utils import Cluster

    ray.shutdown()
    folder_of_orders(tmp_path / "in")
    cluster = Cluster()
    try:
        _, node = (patiently(lambda: cluster.add_node(num_cpus=1)) for _ in range(2))
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
        clean_up()


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
