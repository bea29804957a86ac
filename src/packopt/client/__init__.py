"""A client of the packopt service: typed, synchronous and asynchronous, and safe to retry.

>>> from packopt.client import Client
>>> with Client("http://127.0.0.1:8000", key="pk_...") as packopt:
...     told = packopt.recommend([{"order_id": "A-1", "lines": [...]}])
...     job = packopt.wait(packopt.submit("orders.parquet")["job_id"])
...     packopt.download_results(job["job_id"], "answers.csv")

`AsyncClient` has the same methods, to be awaited; `events` is an iterator in both. Requests that
fail on the way, or that the service asks to send again, are sent again; every POST carries an
idempotency key, so nothing is done twice. Needs ``pip install 'packopt[client]'`` (httpx).
"""

from __future__ import annotations

from packopt.client.asynchronous import AsyncClient
from packopt.client.errors import ApiError, JobError
from packopt.client.synchronous import Client

__all__ = ["ApiError", "AsyncClient", "Client", "JobError"]
