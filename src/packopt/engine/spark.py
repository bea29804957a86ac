"""Spark as an engine: one row a table, as bytes, through ``mapInArrow``.

Bytes, since Spark would turn every nested value into rows of the JVM and back.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Final

import pyarrow as pa
from pyspark.sql import SparkSession

from packopt.engine.engines import Guarded, raised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

#: Attempts of a task: a worker that dies is replaced, as on a cluster.
_ATTEMPTS: Final = 4


class Spark:
    """The session of this process, or a new one: that of ``spark-submit``, or a local one.

    Parameters
    ----------
    workers
        Cores of a local session; 0 for all. Without a say in any other session.
    """

    def __init__(self, workers: int = 0) -> None:
        # The workers of a local session are children of the JVM: they need this very interpreter.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        session = SparkSession.getActiveSession()
        self._session = session or _session(workers)

    def map(
        self, function: Callable[[pa.Table], pa.Table], tables: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """As of `packopt.engine.engines.Engine.map`."""
        guarded = Guarded(function)
        sent = [(number, _packed(table)) for number, table in enumerate(tables)]

        def answer(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for number, data in zip(*(one.to_pylist() for one in batch.columns), strict=True):
                    told = [[number], [_packed(guarded(_unpacked(data)))]]
                    yield pa.record_batch(told, names=["number", "data"])

        schema = "number long, data binary"
        context = self._session.sparkContext
        rows = context.parallelize(sent, max(len(sent), 1))
        found = self._session.createDataFrame(rows, schema).mapInArrow(answer, schema)
        by_number = found.toArrow().sort_by("number")
        for data in by_number["data"]:
            yield raised(_unpacked(data.as_py()))


def _session(workers: int) -> SparkSession:
    build = SparkSession.builder.appName("packopt")
    if "SPARK_REMOTE" not in os.environ and "SPARK_ENV_LOADED" not in os.environ:
        build = (
            build.master(f"local[{workers or '*'},{_ATTEMPTS}]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "localhost")
        )
    # Answers of a whole file come back at once; the driver has to hold them anyway.
    return build.config("spark.driver.maxResultSize", "0").getOrCreate()


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        stream.write_table(table)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def _unpacked(data: bytes) -> pa.Table:
    return pa.ipc.open_stream(data).read_all()
