"""A service that is asked to stop finishes what it was asked before."""

from __future__ import annotations

import inspect
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from packopt.client import Client
from packopt.client.retrying import Retries
from packopt_service import Settings
from service.running import serving
from service.test_solver import hard


def test_requests_in_flight_are_answered_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """SIGTERM while an order is being packed: it is answered, and every child process ends."""
    patient: dict[str, object] = {"drain_s": 200, "answer_within_s": 200}
    with serving(tmp_path / "data", open=True, **patient) as running:
        children = psutil.Process(running.process.pid).children(recursive=True)
        with httpx.Client(base_url=running.url, timeout=300) as http, ThreadPoolExecutor(1) as pool:
            answer = pool.submit(_ask, http, 1)
            _wait_for_work(children)
            assert not answer.done()
            running.process.send_signal(signal.SIGTERM)
            assert answer.result().status_code == 200
        assert running.process.wait(timeout=60) in (0, -signal.SIGTERM)
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_what_takes_too_long_is_told_to_come_back(tmp_path: Path) -> None:
    """A request that outlasts the drain gets a 503, and the service and its children end."""
    with serving(tmp_path / "data", open=True, drain_s=2) as running:
        children = psutil.Process(running.process.pid).children(recursive=True)
        with httpx.Client(base_url=running.url, timeout=120) as http, ThreadPoolExecutor(1) as pool:
            answer = pool.submit(_ask, http, 30)
            _wait_for_work(children)
            running.process.send_signal(signal.SIGTERM)
            told = answer.result()
        assert (told.status_code, told.headers["retry-after"]) == (503, "5")
        assert told.headers["content-type"] == "application/problem+json"
        assert running.process.wait(timeout=60) in (0, -signal.SIGTERM)
    assert not psutil.wait_procs(children, timeout=30)[1]


def test_orders_that_take_too_long_belong_into_a_job(tmp_path: Path) -> None:
    """They are 413 with the way out and without Retry-After, and the Python client asks once."""
    with (
        serving(tmp_path / "data", open=True, answer_within_s=0.5) as running,
        httpx.Client(base_url=running.url, timeout=60) as http,
    ):
        told = _ask(http, 30)
    assert told.status_code == 413
    assert "POST /v1/jobs" in told.json()["detail"]
    assert "retry-after" not in told.headers
    assert Retries().wait_s(1, told) is None
    waits_s = inspect.signature(Client).parameters["timeout_s"].default
    assert 4 * Settings().answer_within_s <= waits_s, "a client waits until it is told"


def test_no_child_outlives_a_service_that_is_killed(tmp_path: Path) -> None:
    """SIGKILL while an order is being packed: the child that packs it ends at once."""
    with serving(tmp_path / "data", open=True) as running:
        children = psutil.Process(running.process.pid).children(recursive=True)
        with httpx.Client(base_url=running.url, timeout=120) as http, ThreadPoolExecutor(1) as pool:
            answer = pool.submit(_ask, http, 30)
            _wait_for_work(children)
            running.process.kill()
            with pytest.raises(httpx.TransportError):
                answer.result()
    assert not psutil.wait_procs(children, timeout=20)[1]


def _ask(http: httpx.Client, orders: int) -> httpx.Response:
    """Ask for some orders that take seconds each."""
    rows = "package_id,kind,length_mm,width_mm,height_mm\nonly,carton,397,293,211\n"
    csv = {"content-type": "text/csv"}
    assert http.post("/v1/catalogues/one", content=rows, headers=csv).status_code == 201
    body: dict[str, Any] = {"orders": [hard(seed) for seed in range(orders)], "catalogue": "one"}
    body["policy"] = {"effort": "thorough", "max_parcels": 1}
    return http.post("/v1/recommendations", json=body)


def _wait_for_work(children: list[psutil.Process]) -> None:
    """Wait until one of them has been at work for a while since now."""
    before = [sum(child.cpu_times()[:2]) for child in children]
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        now = [sum(child.cpu_times()[:2]) for child in children]
        if any(late - early > 0.5 for early, late in zip(before, now, strict=True)):
            return
        time.sleep(0.1)
    raise AssertionError("no child is at work")
