"""Who waits for evidence of jobs, how long, and what becomes of those who leave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import SimpleNamespace
from typing import Any

import pytest

from packopt_service.jobs import on_demand
from packopt_service.jobs.evidencing import Made, make_job_evidence, prepare
from packopt_service.jobs.on_demand import EvidenceMaker
from packopt_service.problems import Problem

JOB: Any = SimpleNamespace(job_id="j", kind="recommendations", state="succeeded", parts=1)
JOBS: Any = SimpleNamespace(task=lambda job: job)


class Process:
    """Stands for the process that makes evidence: it works until it is told that it is done."""

    made: list[Process]

    def __init__(self, processes: int, niceness: int) -> None:
        del processes, niceness
        self.asked: list[str] = []
        self.is_done = threading.Event()
        self.is_warm = threading.Event()
        self.is_warm.set()
        self.closed = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self.made.append(self)

    def submit(self, work: Any, *args: Any) -> Future[Any]:
        """Begin."""
        return self._thread.submit(self._work, work, args)

    def _work(self, work: Any, args: tuple[Any, ...]) -> Made | None:
        if work is prepare:
            self.is_warm.wait(20)
            return None
        assert work is make_job_evidence
        self.asked.append(args[-1])
        while not self.is_done.wait(0.01):
            if self.closed.is_set():
                raise BrokenProcessPool("killed")
        return Made(args[-1].encode())

    def close(self) -> None:
        """End it at once."""
        self.closed.set()


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Process]]:
    """All processes that were started, the newest last."""
    monkeypatch.setattr(on_demand, "WorkerPool", Process)
    monkeypatch.setattr(on_demand, "_LOOK_S", 0.01)
    Process.made = []
    yield Process.made
    for one in Process.made:
        one.is_warm.set()
        one.is_done.set()


class Caller:
    """Somebody who asks."""

    def __init__(self) -> None:
        self.has_left = False

    async def is_gone(self) -> bool:
        """Whether he has left."""
        return self.has_left


async def _until(true: Any) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


def test_who_leaves_gives_the_place_free(processes: list[Process]) -> None:
    """What nobody waits for is not begun, what is begun for nobody ends, and the next is served."""

    async def ask() -> None:
        maker = EvidenceMaker(JOBS, 60.0, 0)
        callers = [Caller() for _ in range(8)]
        asked = [
            asyncio.create_task(maker.make(JOB, f"o{i}", caller.is_gone))
            for i, caller in enumerate(callers)
        ]
        await _until(lambda: processes[0].asked)
        with pytest.raises(Problem, match="too many"):
            await maker.make(JOB, "late", Caller().is_gone)
        for caller in callers:
            caller.has_left = True
        await asyncio.wait(asked, timeout=20)
        assert all(isinstance(one.exception(), Problem) for one in asked)
        assert processes[0].closed.is_set()
        processes[-1].is_done.set()
        assert await maker.make(JOB, "next", Caller().is_gone) == b"next"

    asyncio.run(ask())
    assert [one.asked for one in processes] == [["o0"], ["next"]]


def test_the_start_of_the_process_is_nobody_s_time(processes: list[Process]) -> None:
    """Time counts from when the work begins, and who leaves before lets the start go on."""

    async def ask() -> None:
        maker = EvidenceMaker(JOBS, 0.5, 0)
        processes[0].is_warm.clear()
        first, second = Caller(), Caller()
        asked = [
            asyncio.create_task(maker.make(JOB, "first", first.is_gone)),
            asyncio.create_task(maker.make(JOB, "second", second.is_gone)),
        ]
        await asyncio.sleep(0.1)
        first.has_left = True
        await asyncio.wait(asked, timeout=1.0)
        assert asked[0].done()
        assert not asked[1].done()
        processes[0].is_done.set()
        processes[0].is_warm.set()
        assert await asked[1] == b"second"

    asyncio.run(ask())
    assert [one.asked for one in processes] == [["second"]]


def test_what_takes_too_long_is_told_with_when_to_come_back(processes: list[Process]) -> None:
    """The process is ended where it is, and the next question has another one."""

    async def ask() -> Problem:
        maker = EvidenceMaker(JOBS, 0.05, 0)
        with pytest.raises(Problem, match=r"longer than 0\.05 s") as caught:
            await maker.make(JOB, "o", Caller().is_gone)
        return caught.value

    problem = asyncio.run(ask())
    assert (problem.status, problem.headers) == (503, {"Retry-After": "60"})
    assert processes[0].closed.is_set()
    assert len(processes) == 2
