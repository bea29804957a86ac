"""Jobs for tests: a night's orders, small, and what must come out of them."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds until anything about a small job must have come to pass, on a machine that is busy.
PATIENCE_S = 180.0
#: Settings under which a job has many parts, and a silent service is noticed soon.
LIVELY: dict[str, object] = {
    "open": True,
    "orders_per_part": 50,
    "heartbeat_s": 0.2,
    "dead_after_s": 2,
    "job_niceness": 0,
    "webhook_retry_s": 0.5,
    "private_webhooks": True,
    "drain_s": 5,
}
TABLES = ("orders", "parcels", "placements", "ruled_out", "unpacked", "alternatives", "rejects")
CSV = {"Content-Type": "text/csv"}


def night_of_orders(n_orders: int, *, seed: int = 5, bad: bool = True) -> bytes:
    """Return order lines as CSV; every hundredth order has a line that cannot be accepted."""
    rng = random.Random(seed)
    rows = ["order_id,sku,qty,length_mm,width_mm,height_mm,weight_g"]
    for i in range(n_orders):
        for j in range(rng.randint(1, 3)):
            sides = [rng.randint(20, 250) for _ in range(3)]
            if bad and i % 100 == 7:
                sides[2] = -1
            text = ",".join(map(str, sides))
            rows.append(f"o{i},s{j},{rng.randint(1, 3)},{text},{rng.randint(10, 900)}")
    return "\n".join(rows).encode() + b"\n"


def client_of(url: str) -> httpx.Client:
    """Return a client of a service."""
    return httpx.Client(base_url=url, timeout=60)


def submit(http: httpx.Client, body: bytes, query: str = "effort=fast") -> dict[str, Any]:
    """Submit a job as CSV; return its document."""
    answer = http.post(f"/v1/jobs?{query}", content=body, headers=CSV)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


def wait_until(
    http: httpx.Client, job_id: str, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Return the job as soon as it is as wanted; a service that is away is waited for."""
    give_up, job = time.monotonic() + PATIENCE_S, {}
    while time.monotonic() < give_up:
        try:
            answer = http.get(f"/v1/jobs/{job_id}")
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.status_code == 200:
            job = answer.json()
            if wanted(job):
                return job
        time.sleep(0.1)  # asking costs the service time, too
    raise AssertionError(f"the job did not come so far: {job}")


def has_ended(job: dict[str, Any]) -> bool:
    """Whether a job has ended."""
    return job["state"] not in ("queued", "running")


def has_parts(number: int) -> Callable[[dict[str, Any]], bool]:
    """Return whether a job has so many parts, or has ended."""
    return lambda job: has_ended(job) or job["progress"]["parts"]["done"] >= number


def results_of(http: httpx.Client, job_id: str) -> dict[str, bytes]:
    """Return all tables of a job as Parquet."""
    accept = {"Accept": "application/vnd.apache.parquet"}
    tables = {}
    for table in TABLES:
        answer = http.get(f"/v1/jobs/{job_id}/results?table={table}", headers=accept)
        assert answer.status_code == 200, answer.text
        tables[table] = answer.content
    return tables
