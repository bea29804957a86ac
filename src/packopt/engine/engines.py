"""Engines: each maps a function over tables, wherever its workers are."""

from __future__ import annotations

import json
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, Protocol

from packopt import errors
from packopt.errors import EngineError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    import pyarrow as pa

ENGINES: Final = ("threads", "ray", "spark")


_FAULT: Final = "packopt:fault"


class Guarded:
    """A function whose complaints about its input come back as they are, and not as an engine's.

    Engines try again what raises, and wrap what is raised until nobody can read it.

    Parameters
    ----------
    function
        The function.
    """

    def __init__(self, function: Callable[[pa.Table], pa.Table]) -> None:
        self._function = function

    def __call__(self, table: pa.Table) -> pa.Table:
        """What the function returns, or a table of its complaint."""
        import pyarrow as pa

        try:
            return self._function(table)
        except InputError as fault:
            told = [type(fault).__name__, fault.source, fault.problems]
            return pa.table({_FAULT: [json.dumps(told)]})


def raised(table: pa.Table) -> pa.Table:
    """What a guarded function returned.

    Raises
    ------
    InputError
        If it complained; of the kind that it raised.
    """
    if table.column_names != [_FAULT]:
        return table
    name, source, problems = json.loads(table[_FAULT][0].as_py())
    raise getattr(errors, name)(source, problems)


class Engine(Protocol):
    """What runs a function on many tables at once."""

    def map(
        self, function: Callable[[pa.Table], pa.Table], tables: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """Apply a function to each table, once or, after a failure, again.

        Parameters
        ----------
        function
            Pure, or such that doing it twice is as good as once; can be pickled.
        tables
            Its arguments.

        Yields
        ------
        What it returns, in the order of the tables.
        """


class Threads:
    """The threads of this process.

    Parameters
    ----------
    threads
        How many, at least 1.
    """

    def __init__(self, threads: int = 1) -> None:
        self._threads = max(threads, 1)

    def map(
        self, function: Callable[[pa.Table], pa.Table], tables: Iterable[pa.Table]
    ) -> Iterator[pa.Table]:
        """As of `Engine.map`; tables are taken as they are needed, few ahead of each thread."""
        waiting: deque[Future[pa.Table]] = deque()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="packopt") as pool:
            try:
                for table in tables:
                    waiting.append(pool.submit(function, table))
                    if len(waiting) > 2 * self._threads:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                # After an error the rest is not worth waiting for.
                for one in waiting:
                    one.cancel()


def open_engine(name: str, workers: int = 0) -> Engine:
    """An engine by its name.

    Parameters
    ----------
    name
        One of `ENGINES`.
    workers
        Threads, or workers of a cluster that is started on this machine; 0 for one each core.

    Returns
    -------
    The engine, started.

    Raises
    ------
    EngineError
        If there is no such engine, or it is not installed.
    """
    if name == "threads":
        return Threads(workers or os.cpu_count() or 1)
    if name not in ENGINES:
        raise EngineError(name, f"found no such engine; expected one of {', '.join(ENGINES)}")
    try:
        if name == "ray":
            from packopt.engine.ray_data import RayData

            return RayData(workers)
        from packopt.engine.spark import Spark

        return Spark(workers)
    except ModuleNotFoundError as missing:
        problem = f"{missing.name} is not installed; install packopt[{name}]"
        raise EngineError(name, problem) from missing
