"""Jobs under faults: whatever happens, each order is answered once, and always the same."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.jobbing import (
    LIVELY,
    client_of,
    has_ended,
    has_parts,
    night_of_orders,
    results_of,
    submit,
    wait_until,
)
from service.postgres import Postgres, postgres, programs
from service.running import Running, serving, start

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

N_ORDERS = 1500
KILLS = 10


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server for all tests, which they leave running."""
    if programs() is None:
        pytest.skip("there is no PostgreSQL on this machine")
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The database of a test: embedded, and on a server."""
    if request.param == "sqlite":
        return ""
    postgres_server: Postgres = request.getfixturevalue("server")
    return postgres_server.database(f"test_{time.monotonic_ns()}")


@pytest.fixture(scope="session")
def body() -> bytes:
    """The upload of every job."""
    return night_of_orders(N_ORDERS)


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> dict[str, bytes]:
    """What the job comes to when nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with serving(folder / "data", ready=False, **LIVELY) as running, client_of(running.url) as http:
        job = wait_until(http, submit(http, body)["job_id"], has_ended)
        assert job["state"] == "succeeded", job
        results = results_of(http, job["job_id"])
    answered = Counter(_ids(results["orders"]))
    rejected = Counter(_ids(results["rejects"]))
    assert set(answered.values()) == {1}
    assert set(answered) | set(rejected) == {f"o{i}" for i in range(N_ORDERS)}
    assert not set(answered) & set(rejected)
    return results


@pytest.fixture
def launch() -> Iterator[Callable[..., Running]]:
    """Starts services, which do not outlive the test, however it ends."""
    started: list[Running] = []

    def launch(data_dir: Path, **settings: object) -> Running:
        started.append(start(data_dir, ready=False, **LIVELY | settings))
        return started[-1]

    yield launch
    for running in started:
        running.stop(signal.SIGKILL)


def test_ten_kills_change_nothing(
    tmp_path: Path,
    launch: Callable[..., Running],
    database_url: str,
    body: bytes,
    undisturbed: dict[str, bytes],
) -> None:
    """A service killed ten times at random moments of a job answers as if nothing had happened."""
    rng = random.Random(11)
    settings = {"database_url": database_url}
    running = launch(tmp_path / "data", **settings)
    with client_of(running.url) as http:
        job_id = submit(http, body)["job_id"]
    parts = 0
    for _ in range(KILLS):
        with client_of(running.url) as http:
            if rng.random() < 0.3:
                time.sleep(rng.uniform(0, 2))
            else:
                job = wait_until(http, job_id, has_parts(parts + 1))
                parts = job["progress"]["parts"]["done"]
                time.sleep(rng.uniform(0, 0.15))
            assert not has_ended(http.get(f"/v1/jobs/{job_id}").json()), "too fast to be killed"
        running.stop(signal.SIGKILL)
        running = launch(tmp_path / "data", **settings)
    _ends_like(running, job_id, undisturbed)
    assert running.stop() == -signal.SIGTERM


def test_a_stopped_service_goes_on_where_it_was(
    tmp_path: Path,
    launch: Callable[..., Running],
    database_url: str,
    body: bytes,
    undisturbed: dict[str, bytes],
) -> None:
    """A graceful stop parks a job, and the next start takes it up."""
    settings = {"database_url": database_url}
    running = launch(tmp_path / "data", **settings)
    with client_of(running.url) as http:
        job_id = submit(http, body)["job_id"]
        wait_until(http, job_id, has_parts(3))
    running.stop()
    assert "Traceback" not in running.log.read_text()
    running = launch(tmp_path / "data", **settings)
    with client_of(running.url) as http:
        job = http.get(f"/v1/jobs/{job_id}").json()
        assert job["state"] == "running"
        assert job["progress"]["parts"]["done"] >= 3
    _ends_like(running, job_id, undisturbed)
    running.stop()


def test_a_database_that_goes_away_is_waited_for(
    tmp_path: Path,
    launch: Callable[..., Running],
    server: Postgres,
    body: bytes,
    undisturbed: dict[str, bytes],
) -> None:
    """While PostgreSQL is down the service answers 503 and lives; afterwards the job goes on."""
    url = server.database(f"test_{time.monotonic_ns()}")
    running = launch(tmp_path / "data", database_url=url)
    with client_of(running.url) as http:
        job_id = submit(http, body)["job_id"]
        wait_until(http, job_id, has_parts(2))
        server.stop()
        try:
            answer = http.get(f"/v1/jobs/{job_id}")
            assert answer.status_code == 503
            assert answer.headers["content-type"] == "application/problem+json"
            assert http.post("/v1/jobs", content=b"x", headers={"Content-Type": "text/csv"}
                             ).status_code == 503  # fmt: skip
            assert http.get("/healthz").status_code == 200
            time.sleep(3)
        finally:
            server.start()
        _ends_like(running, job_id, undisturbed)
    running.stop()


def test_a_database_locked_by_others_is_waited_for(
    tmp_path: Path, body: bytes, undisturbed: dict[str, bytes]
) -> None:
    """A backup that locks SQLite for a while holds a job up and no more."""
    with serving(tmp_path / "data", ready=False, **LIVELY) as running:
        with client_of(running.url) as http:
            job_id = submit(http, body)["job_id"]
            wait_until(http, job_id, has_parts(2))
        for name in ("packopt.sqlite", "workflows.sqlite"):
            other = sqlite3.connect(running.data_dir / name, isolation_level=None, timeout=30)
            other.execute("BEGIN EXCLUSIVE")
            time.sleep(2)
            other.execute("ROLLBACK")
            other.close()
        _ends_like(running, job_id, undisturbed)


def test_a_full_disk_is_waited_for(
    tmp_path: Path, database_url: str, body: bytes, undisturbed: dict[str, bytes]
) -> None:
    """A job that meets a full disk says so, publishes nothing, and goes on when there is room."""
    with _small_disk(tmp_path / "disk") as disk:
        settings = {"database_url": database_url, **LIVELY}
        with serving(disk / "data", ready=False, **settings) as running:
            with client_of(running.url) as http:
                job_id = submit(http, body)["job_id"]
                wait_until(http, job_id, has_parts(2))
                _fill(disk / "ballast")
                if database_url:  # an embedded database is full as well, and can note nothing
                    job = wait_until(http, job_id, lambda job: job["waiting"] is not None)
                    assert "No space left" in job["waiting"]
                else:
                    time.sleep(4)
                assert http.get("/healthz").status_code == 200
                assert http.get(f"/v1/jobs/{job_id}").json()["state"] == "running"
                assert http.get(f"/v1/jobs/{job_id}/results").status_code == 409
                assert http.post(
                    "/v1/jobs", content=body, headers={"Content-Type": "text/csv"}
                ).status_code in (503, 507)
                (disk / "ballast").unlink()
            _ends_like(running, job_id, undisturbed)


def test_a_receiver_that_is_down_gets_its_webhook_later(
    tmp_path: Path, launch: Callable[..., Running], database_url: str
) -> None:
    """A webhook is sent again until somebody takes it, also across a kill, and then once."""
    receiver = HTTPServer(("127.0.0.1", 0), _Receiver, bind_and_activate=False)
    receiver.server_bind()  # taken, but nobody listens
    port = receiver.server_address[1]
    settings = {"database_url": database_url}
    running = launch(tmp_path / "data", **settings)
    with client_of(running.url) as http:
        query = f"effort=fast&webhook=http://127.0.0.1:{port}/done"
        job_id = submit(http, night_of_orders(60), query)["job_id"]
        wait_until(http, job_id, lambda job: "sent again" in (job["webhook"]["state"] or ""))
    running.stop(signal.SIGKILL)
    running = launch(tmp_path / "data", **settings)
    receiver.server_activate()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    with client_of(running.url) as http:
        wait_until(http, job_id, lambda job: job["webhook"]["state"].startswith("delivered"))
    time.sleep(1)
    assert _Receiver.seen.count(f"msg_{job_id}") == 1
    running.stop()
    receiver.shutdown()
    receiver.server_close()


def test_who_is_killed_leaves_its_jobs_to_the_other(
    tmp_path: Path,
    launch: Callable[..., Running],
    server: Postgres,
    body: bytes,
    undisturbed: dict[str, bytes],
) -> None:
    """Two services share a database and a folder; one is killed, and the other does its job."""
    settings = {"database_url": server.database(f"test_{time.monotonic_ns()}")}
    first = launch(tmp_path / "data", **settings)
    second = launch(tmp_path / "data", **settings)
    with client_of(first.url) as http:
        jobs = [submit(http, body)["job_id"] for _ in range(2)]
        for job_id in jobs:
            wait_until(http, job_id, has_parts(2))
    first.stop(signal.SIGKILL)
    for job_id in jobs:
        _ends_like(second, job_id, undisturbed)
    second.stop()


class _Receiver(BaseHTTPRequestHandler):
    seen: list[str] = []  # noqa: RUF012 - one list for the one receiver of a process

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(self.headers["webhook-id"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _ends_like(running: Running, job_id: str, undisturbed: dict[str, bytes]) -> None:
    with client_of(running.url) as http:
        job = wait_until(http, job_id, has_ended)
        assert job["state"] == "succeeded", job
        assert job["progress"]["orders"] == {"done": N_ORDERS, "total": N_ORDERS}
        results = results_of(http, job_id)
    for table, expected in undisturbed.items():
        assert results[table] == expected, table
    left = [path.name for path in (running.data_dir / "jobs" / job_id).rglob(".*.part")]
    assert not left, left


def _ids(parquet: bytes) -> list[str]:
    with pq.ParquetFile(pa.BufferReader(parquet)) as file:
        ids: list[str] = file.read(columns=["order_id"])["order_id"].to_pylist()
    return ids


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12):
            with suppress(OSError):
                while True:
                    file.write(bytes(size))
