"""The synchronous client."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from packopt.client import calls
from packopt.client.errors import ApiError, JobError
from packopt.client.retrying import EVIDENCE_TIMEOUT_S, Retries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike
    from types import TracebackType

    from packopt.client.calls import Call
    from packopt.client.documents import Job, Recommended, Version

R = TypeVar("R")
T = TypeVar("T")

_CHUNK_BYTES = 1 << 20


class Client:
    """Asks a packopt service.

    Parameters
    ----------
    url
        Where it is, such as ``http://127.0.0.1:8000``.
    key
        API key; None for a service that was started open.
    timeout_s
        Seconds to wait for the service to go on.
    evidence_timeout_s
        The same for evidence of an order of a job, which the service makes when it is asked for:
        more than its `evidence_within_s`. What takes longer is not asked for again.
    retries
        When to send a request again.

    Raises
    ------
    ApiError
        By every method: if the service answers with a problem.
    httpx.TransportError
        By every method: if the service cannot be reached, after all attempts.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        evidence_timeout_s: float = EVIDENCE_TIMEOUT_S,
        retries: Retries | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._retries = retries or Retries()
        self._long = httpx.Timeout(timeout_s, read=evidence_timeout_s)
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=timeout_s, transport=transport
        )

    def recommend(
        self,
        orders: Sequence[Mapping[str, Any]],
        *,
        catalogue: str | None = None,
        policy: str | Mapping[str, Any] | None = None,
        objective: str | None = None,
        plans: bool | None = None,
        ruled_out: bool | None = None,
        alternatives: int | None = None,
        evidence: bool | None = None,
    ) -> Recommended:
        """Recommend packages at once; an order that cannot be accepted has errors instead.

        Parameters
        ----------
        orders
            Each with ``order_id`` and ``lines``.
        catalogue
            ``name`` or ``name@version``.
        policy
            The same, or settings as in a policy file.
        objective
            In place of the policy's: material, volume or cost.
        plans, ruled_out, alternatives, evidence
            What to tell and to keep; the service's defaults if None.
        """
        options: dict[str, Any] = {"objective": objective, "plans": plans, "ruled_out": ruled_out}
        options |= {"alternatives": alternatives, "evidence": evidence}
        return self._send(calls.recommend(orders, catalogue, policy, options))

    def add_catalogue(self, name: str, path: str | PathLike[str]) -> Version:
        """Add a version of a catalogue from a CSV, JSON, Parquet or Arrow file."""
        return self._send(calls.add_version("catalogues", name, Path(path)))

    def add_policy(self, name: str, path: str | PathLike[str]) -> Version:
        """Add a version of a policy from a TOML or JSON file."""
        return self._send(calls.add_version("policies", name, Path(path)))

    def catalogues(self) -> list[Version]:
        """List all versions of all catalogues."""
        return self._send(calls.versions("catalogues"))

    def policies(self) -> list[Version]:
        """List all versions of all policies."""
        return self._send(calls.versions("policies"))

    def submit(
        self,
        path: str | PathLike[str],
        *,
        catalogue: str | None = None,
        policy: str | None = None,
        objective: str | None = None,
        plans: bool | None = None,
        effort: str | None = None,
        webhook: str | None = None,
    ) -> Job:
        """Submit a file of order lines (CSV, NDJSON, Parquet, Arrow) as a job."""
        options = {"catalogue": catalogue, "policy": policy, "effort": effort}
        options["objective"] = objective
        stated = None if plans is None else str(plans).lower()
        return self._send(
            calls.submit("jobs", Path(path), options | {"plans": stated, "webhook": webhook})
        )

    def submit_savings(self, path: str | PathLike[str], **options: str | None) -> Job:
        """Submit an order history to be replayed against a baseline; options as of /v1/savings."""
        return self._send(calls.submit("savings", Path(path), options))

    def submit_suite(self, path: str | PathLike[str], *, sizes: int, **options: str | None) -> Job:
        """Submit an order history to choose package types for; options as of /v1/suites."""
        return self._send(calls.submit("suites", Path(path), options | {"sizes": str(sizes)}))

    def job(self, job_id: str) -> Job:
        """Return how a job is."""
        return self._send(calls.job(job_id))

    def jobs(self) -> list[Job]:
        """List the newest jobs."""
        return self._send(calls.jobs())

    def cancel(self, job_id: str) -> Job:
        """Cancel a job that waits or runs, and return it; one that has ended stays as it is."""
        return self._send(calls.cancel(job_id))

    def remove(self, job_id: str) -> None:
        """Remove a job that has ended, with its results; 409 while it waits or runs."""
        self._send(calls.remove(job_id))

    def wait(
        self,
        job_id: str,
        *,
        progress: Callable[[Job], None] | None = None,
        poll_s: float = 0.5,
        timeout_s: float | None = None,
    ) -> Job:
        """Wait for the end of a job.

        Parameters
        ----------
        job_id
            The job.
        progress
            Called with the job each time it is looked at.
        poll_s
            Seconds between two looks.
        timeout_s
            Seconds after which to give up; the job goes on.

        Raises
        ------
        JobError
            If it failed or was cancelled.
        TimeoutError
            If it takes longer.
        """
        give_up = None if timeout_s is None else time.monotonic() + timeout_s
        while True:
            job = self.job(job_id)
            if progress:
                progress(job)
            if job["state"] == "succeeded":
                return job
            if job["state"] in calls.FINISHED:
                raise JobError(job)
            if give_up is not None and time.monotonic() > give_up:
                raise TimeoutError(f"the job {job_id} is still {job['state']}")
            time.sleep(poll_s)

    def download_results(
        self, job_id: str, path: str | PathLike[str], *, table: str = "orders"
    ) -> Path:
        """Write a table of a job to a file: ``.csv .ndjson .parquet .arrows``, by its name.

        Parameters
        ----------
        job_id
            The job.
        path
            The file; it appears when it is whole.
        table
            orders, parcels, placements, ruled_out, unpacked, alternatives or rejects.
        """
        place = Path(path)
        return self._download(calls.results(job_id, table, place), place)

    def download_report(self, job_id: str, path: str | PathLike[str]) -> Path:
        """Write the report of a savings or suite job to an HTML file."""
        return self._download(calls.report(job_id), Path(path))

    def download_catalogue(self, job_id: str, path: str | PathLike[str]) -> Path:
        """Write the set that a suite job proposes to a CSV file, which is a catalogue."""
        return self._download(calls.proposed(job_id), Path(path))

    def evidence(self, order_id: str, *, job_id: str | None = None) -> bytes:
        """Return the evidence of an order, which ``packopt check`` verifies offline.

        Parameters
        ----------
        order_id
            The order.
        job_id
            The job that answered it; None for the evidence that a recommendation kept.
        """
        return self._send(calls.evidence(order_id, job_id))

    def pack(
        self,
        order_id: str,
        package_id: str,
        *,
        parcel: int = 1,
        reason: str | None = None,
        note: str | None = None,
    ) -> dict[str, Any]:
        """Record which package a parcel was really packed in, and why if it is another one."""
        packing = {"package_id": package_id, "parcel": parcel, "reason": reason, "note": note}
        return self._send(calls.pack(order_id, packing))

    def is_ready(self) -> bool:
        """Return True once the service is ready; it is asked again for a while before."""
        return self._send(calls.is_ready())

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        """Open the client for a ``with`` block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it again."""
        self.close()

    def _send(self, call: Call[T]) -> T:
        return self._attempts(call, call.read, stream=False)

    def _download(self, call: Call[httpx.Response], path: Path) -> Path:
        """Write an answer to a file; one that breaks off is asked for again, from its start."""

        def take(response: httpx.Response) -> Path:
            try:
                with part.open("wb") as file:
                    for chunk in response.iter_bytes(_CHUNK_BYTES):
                        file.write(chunk)
            finally:
                response.close()
            part.replace(path)
            return path

        part = path.with_name(f".{path.name}.part")
        try:
            return self._attempts(call, take, stream=True)
        finally:
            part.unlink(missing_ok=True)

    def _attempts(self, call: Call[Any], take: Callable[[httpx.Response], R], *, stream: bool) -> R:
        """Send a request until its answer is there, whole, and for good."""
        attempt = 0
        while True:
            attempt += 1
            response, failure = None, None
            try:
                response = self._once(call, stream=stream)
                if response.is_success or (attempt > 1 and calls.is_gone(call, response)):
                    return take(response)
            except httpx.TransportError as error:
                if call.is_long and isinstance(error, httpx.ReadTimeout):
                    raise
                response, failure = None, error
            wait_s = self._retries.wait_s(attempt, response)
            if wait_s is None:
                if response is None:
                    raise failure or httpx.TransportError("no answer")
                response.read()
                raise ApiError(response)
            if response is not None:
                response.close()
            time.sleep(wait_s)

    def _once(self, call: Call[Any], *, stream: bool) -> httpx.Response:
        build = partial(
            self._http.build_request,
            call.method,
            call.path,
            headers=call.headers,
            params=call.query,
            timeout=self._long if call.is_long else httpx.USE_CLIENT_DEFAULT,
        )
        if call.file is None:
            return self._http.send(build(json=call.json), stream=stream)
        with call.file.open("rb") as file:
            return self._http.send(build(content=file), stream=stream)
