"""What the service counts, for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Mapping

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)

REQUESTS = Histogram(
    "packopt_request_seconds", "Time to answer a request.", ["method", "route", "status"],
    buckets=_BUCKETS,
)  # fmt: skip
ORDERS = Counter("packopt_orders", "Orders answered, by verdict.", ["door", "verdict"])
REJECTS = Counter("packopt_rejected_orders", "Orders that could not be accepted.", ["door"])
REMEMBERED = Counter(
    "packopt_remembered_answers", "Orders answered as one of the same content was before."
)
QUEUED = Gauge("packopt_queued_requests", "Requests that wait for a batch.")
SOLVERS = Gauge("packopt_solver_processes", "Processes that are ready to answer requests.")
JOBS = Gauge("packopt_jobs", "Jobs by state.", ["state"])
READY = Gauge("packopt_ready", "1 when the kernel is compiled and warm.")


def count(verdicts: Mapping[str, int], door: str = "request") -> None:
    """Count what requests were answered, by verdict."""
    for verdict, number in verdicts.items():
        if verdict == "rejected":
            REJECTS.labels(door).inc(number)
        else:
            ORDERS.labels(door, verdict).inc(number)
