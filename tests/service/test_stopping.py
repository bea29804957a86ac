"""A service that stops: what it cannot finish is told so, and nothing lives on."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from packopt_service.database import connect
from packopt_service.jobs.records import JobRecords
from packopt_service.logs import RequestLog
from packopt_service.problems import Problem
from packopt_service.routes.job_results import _events
from packopt_service.solver import Solver
from service.test_job_records import SPEC
from service.test_solver import question

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}
#: A child that is at work for good, and looks after its parent.
BUSY = """
import threading
from packopt_service.solving import _end_with_parent
threading.Thread(target=_end_with_parent, daemon=True).start()
print("at work", flush=True)
while True:
    pass
"""


async def _cut_off(*, begun: bool) -> list[Any]:
    """Return what a request is sent that is still being answered when the service gives it up."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(60)

    task = asyncio.create_task(RequestLog(slow)(dict(SCOPE), asyncio.sleep, send))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() == begun
    return sent


def test_a_request_that_takes_too_long_is_told_to_come_back() -> None:
    """It gets a 503 as a problem, with Retry-After and its id, and no 500."""
    start, body = asyncio.run(_cut_off(begun=False))
    headers = dict(start["headers"])
    assert (start["status"], headers[b"retry-after"]) == (503, b"5")
    assert headers[b"content-type"] == b"application/problem+json"
    assert json.loads(body["body"])["request_id"] == headers[b"x-request-id"].decode()


def test_an_answer_that_has_begun_is_cut_off() -> None:
    """There is no second status: the caller sees that the answer is not whole."""
    assert [one["type"] for one in asyncio.run(_cut_off(begun=True))] == ["http.response.start"]


def test_a_stream_of_events_ends_when_the_service_stops(tmp_path: Path) -> None:
    """Who follows a job is let go, and does not hold up the stop."""
    records = JobRecords(connect(f"sqlite:///{tmp_path / 'test.sqlite'}"))
    job = records.add("job", "me", "recommendations", SPEC, 10)
    service: Any = SimpleNamespace(jobs=SimpleNamespace(records=records), is_stopping=False)

    async def follow() -> list[bytes]:
        told = []
        async for event in _events(service, job, 0):
            told.append(event)
            service.is_stopping = len(told) == 2
        return told

    retry, progress = asyncio.run(asyncio.wait_for(follow(), 30))
    assert retry.startswith(b"retry")
    assert b"event: progress" in progress


def test_a_child_at_work_ends_with_its_parent() -> None:
    """Even a child that is busy ends when the other end of its pipe is closed."""
    pipe = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", BUSY], env=dict(os.environ), **pipe) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        assert child.stdout.readline() == b"at work\n"
        assert psutil.Process(child.pid).is_running()
        child.stdin.close()
        assert child.wait(timeout=30) == 0


def test_more_requests_than_may_wait_are_told_to_come_back() -> None:
    """Those that wait keep their place, and the next one is refused until there is room."""

    async def scenario() -> None:
        solver = Solver(1, most_waiting=2)  # not started: nobody answers
        first = [asyncio.create_task(solver.answer(question())) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refused:
            await solver.answer(question())
        assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
        assert [solver.queued, *(one.done() for one in first)] == [2, False, False]
        for one in first:
            one.cancel()

    asyncio.run(scenario())


def test_whose_turn_does_not_come_is_told_to_come_back() -> None:
    """It waits no longer than stated, and lets go of its place."""

    async def scenario() -> None:
        solver = Solver(1, within_s=0.1)  # not started: nobody answers
        waiting = [asyncio.create_task(solver.answer(question())) for _ in range(2)]
        for one in waiting:
            with pytest.raises(Problem, match="its turn did not come") as refused:
                await one
            assert (refused.value.status, refused.value.headers) == (503, {"Retry-After": "1"})
        assert solver.queued == 0

    asyncio.run(scenario())
