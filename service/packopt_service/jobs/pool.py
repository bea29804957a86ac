"""Worker processes for jobs: the service's own process stays free to answer requests."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class WorkerPool:
    """Processes that answer parts; a pool that breaks is replaced.

    Parameters
    ----------
    processes
        How many.
    niceness
        How much they yield to the processes that answer requests, 0..19.
    """

    processes: int
    niceness: int = 10
    _executor: ProcessPoolExecutor | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closed: bool = False

    def submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Let a worker do something.

        Raises
        ------
        BrokenProcessPool
            If the pool is closed.
        """
        with self._lock:
            if self._closed:
                raise BrokenProcessPool("the service is stopping")
            try:
                return self._running().submit(work, *args, **kwargs)
            except BrokenProcessPool:
                self._executor = None  # a worker died: all of that pool are gone
                return self._running().submit(work, *args, **kwargs)

    def close(self) -> None:
        """Stop all workers where they are; who waits for them gets `BrokenProcessPool`."""
        with self._lock:
            self._closed = True
            executor, self._executor = self._executor, None
        if executor is None:
            return
        for worker in list((executor._processes or {}).values()):  # noqa: SLF001
            worker.kill()  # from Python 3.14 on, executors do this by themselves: kill_workers
        executor.shutdown(wait=True)

    def _running(self) -> ProcessPoolExecutor:
        if self._executor is None:
            self._executor = ProcessPoolExecutor(
                self.processes,
                multiprocessing.get_context("spawn"),
                initializer=_prepare,
                initargs=(self.niceness,),
            )
        return self._executor


def _prepare(niceness: int) -> None:
    """Make a worker of a fresh process: polite, deaf to Ctrl-C, and gone with its parent."""
    with suppress(AttributeError, OSError):
        os.nice(niceness)
    for number in (signal.SIGINT, signal.SIGTERM):
        # The service decides when its workers stop, and they never outlive it.
        signal.signal(number, signal.SIG_IGN)
    parent: Any = multiprocessing.parent_process()
    threading.Thread(target=_end_with, args=(parent,), name="parent", daemon=True).start()


def _end_with(parent: Any) -> None:
    """End when the service ends, be it by kill -9."""
    parent.join()
    os._exit(1)
