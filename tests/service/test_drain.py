"""A service that is asked to stop finishes what it was asked before."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psutil

from service.running import Running, serving
from service.test_solver import hard


def test_requests_in_flight_are_answered_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """SIGTERM while an order is being packed: it is answered, and every child process ends."""
    with serving(tmp_path / "data", open=True, drain_s=100) as running:
        _ask_and_stop(running)


def _ask_and_stop(running: Running) -> None:
    children = psutil.Process(running.process.pid).children(recursive=True)
    rows = "package_id,kind,length_mm,width_mm,height_mm\nonly,carton,397,293,211\n"
    body = {"orders": [hard(seed) for seed in range(2)], "catalogue": "one"}
    body["policy"] = {"effort": "thorough", "max_parcels": 1}
    with httpx.Client(base_url=running.url, timeout=120) as http, ThreadPoolExecutor(1) as pool:
        csv = {"content-type": "text/csv"}
        assert http.post("/v1/catalogues/one", content=rows, headers=csv).status_code == 201
        answer = pool.submit(http.post, "/v1/recommendations", json=body)
        time.sleep(1.0)  # packing takes seconds: it has been begun, and is not done
        assert not answer.done()
        running.process.send_signal(signal.SIGTERM)
        assert answer.result().status_code == 200
    assert running.process.wait(timeout=60) in (0, -signal.SIGTERM)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not alive
