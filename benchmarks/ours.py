"""packopt under the stopwatch: the solve stage alone, and the whole of ``recommend()``."""

from __future__ import annotations

import importlib
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import packopt
from packopt import Catalogue, Orders, Policy, Recommendations
from packopt.answers import Tables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

#: A round goes on until so much CPU time is spent, for the sets that take milliseconds.
LEAST_CPU_S = 0.4


@dataclass
class Timing:
    """Orders a second by round."""

    solved: list[float] = field(default_factory=list)
    recommended: list[float] = field(default_factory=list)

    @property
    def solved_per_s(self) -> float:
        """Orders a second from the columns of `Orders` to the arrays of answers."""
        return float(np.median(self.solved))

    @property
    def recommended_per_s(self) -> float:
        """Orders a second of ``recommend()``, result tables and all."""
        return float(np.median(self.recommended))


@dataclass(frozen=True, eq=False)
class Answers:
    """What packopt answered; one entry for each order, in input order."""

    carton: NDArray[np.int64]  #: index in the catalogue, -1 for none
    optimal: NDArray[np.bool_]
    decided: NDArray[np.bool_]  #: optimal, or proved to fit in none


def read_answers(result: Recommendations, catalogue: Catalogue) -> Answers:
    """Return the cartons and verdicts of a result."""
    verdict = _words(result.orders["verdict"])
    index = {package: k for k, package in enumerate(catalogue.package_ids)}
    carton = [index.get(package, -1) for package in _words(result.orders["package_id"])]
    optimal = np.array([word == "optimal" for word in verdict], np.bool_)
    unpackable = np.array([word == "unpackable" for word in verdict], np.bool_)
    return Answers(np.array(carton, np.int64), optimal, optimal | unpackable)


def timed_round(
    timing: Timing, orders: Orders, catalogue: Catalogue, policy: Policy
) -> Recommendations:
    """Answer the orders, again and again until the clock shows enough, and add the two rates."""
    runs, total_s, tables_s = 0, 0.0, 0.0
    while total_s < LEAST_CPU_S:
        with _clocked_tables() as clock:
            start = time.process_time()
            result = packopt.recommend(orders, catalogue, policy)
            total_s += time.process_time() - start
        runs += 1
        tables_s += sum(clock)
    timing.solved.append(runs * orders.n_orders / (total_s - tables_s))
    timing.recommended.append(runs * orders.n_orders / total_s)
    return result


@contextmanager
def _clocked_tables() -> Iterator[list[float]]:
    """Take the CPU time that ``recommend()`` spends on building tables.

    What is left is the solve stage as it really runs, with its last resort and all.
    """
    home: Any = importlib.import_module("packopt.job")
    spent: list[float] = []

    class ClockedTables(Tables):
        def build(self, *args: Any) -> dict[str, pa.Table]:
            start = time.process_time()
            try:
                return super().build(*args)
            finally:
                spent.append(time.process_time() - start)

    home.Tables = ClockedTables
    try:
        yield spent
    finally:
        home.Tables = Tables
    if not spent:
        raise RuntimeError("packopt.job no longer builds its tables by answers.Tables")


def _words(column: pa.ChunkedArray) -> list[Any]:
    return list(column.cast(pa.string()).to_pylist())
