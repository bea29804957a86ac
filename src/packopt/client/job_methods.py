"""What the synchronous client does with jobs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packopt.client import calls
from packopt.client.errors import JobError
from packopt.client.sending import Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date
    from os import PathLike

    from packopt.client.documents import Effort, Job, Language, NewKind, Objective, Table


class JobMethods(Sender):
    """Submits jobs, follows them, and fetches what they came to."""

    def submit(
        self,
        path: str | PathLike[str],
        *,
        catalogue: str | None = None,
        policy: str | None = None,
        objective: Objective | None = None,
        effort: Effort | None = None,
        webhook: str | None = None,
        plans: bool | None = None,
    ) -> Job:
        """Submit a file of order lines as a job.

        Parameters
        ----------
        path
            CSV, NDJSON, Parquet or Arrow, by its name, with the columns of order files.
        catalogue, policy
            ``name`` or ``name@version``; the service's defaults if None.
        objective
            In place of the policy's.
        effort
            In place of the policy's: a level, or search nodes for each package.
        webhook
            An https URL that gets the job as a POST when it has ended.
        plans
            Whether to keep where each unit lies; the service does if None.
        """
        options = {
            "catalogue": catalogue,
            "policy": policy,
            "objective": objective,
            "effort": effort,
            "webhook": webhook,
            "plans": plans,
        }
        return self._send(calls.submit("jobs", Path(path), options))

    def submit_savings(
        self,
        path: str | PathLike[str],
        *,
        catalogue: str | None = None,
        policy: str | None = None,
        objective: Objective | None = None,
        effort: Effort | None = None,
        webhook: str | None = None,
        baseline: str | None = None,
        baseline_catalogue: str | None = None,
        language: Language | None = None,
    ) -> Job:
        """Submit an order history to be replayed against a baseline.

        Parameters
        ----------
        path
            CSV, NDJSON, Parquet or Arrow, by its name, with the columns of order files.
        catalogue, policy
            ``name`` or ``name@version``; the service's defaults if None.
        objective
            In place of the policy's.
        effort
            In place of the policy's: a level, or search nodes for each package.
        webhook
            An https URL that gets the job as a POST when it has ended.
        baseline
            A rule of thumb: ``volume-80`` (or another percentage), ``first-fit-largest-side``,
            ``one-size-up``.
        baseline_catalogue
            In place of it: packopt itself, with another catalogue. Without either the baseline is
            the column ``baseline_package`` of the file.
        language
            Of the report.
        """
        options = {
            "catalogue": catalogue,
            "policy": policy,
            "objective": objective,
            "effort": effort,
            "webhook": webhook,
            "baseline": baseline,
            "baseline_catalogue": baseline_catalogue,
            "language": language,
        }
        return self._send(calls.submit("savings", Path(path), options))

    def submit_suite(
        self,
        path: str | PathLike[str],
        *,
        sizes: int,
        catalogue: str | None = None,
        policy: str | None = None,
        objective: Objective | None = None,
        effort: Effort | None = None,
        webhook: str | None = None,
        kinds: str | Sequence[NewKind] | None = None,
        keep: Sequence[str] | None = None,
        forbid: Sequence[str] | None = None,
        only_new: bool | None = None,
        changes: int | None = None,
        cover: bool | None = None,
        least_use: int | None = None,
        type_price: float | None = None,
        grid_mm: int | None = None,
        candidates: int | None = None,
        machine: str | Mapping[str, Any] | None = None,
        holdout: str | float | date | None = None,
        draws: int | None = None,
        seed: int | None = None,
        language: Language | None = None,
    ) -> Job:
        """Submit an order history to choose package types for; None is the service's default.

        Parameters
        ----------
        path
            CSV, NDJSON, Parquet or Arrow, by its name, with the columns of order files.
        catalogue, policy
            ``name`` or ``name@version``; the service's defaults if None.
        objective
            In place of the policy's.
        effort
            In place of the policy's: a level, or search nodes for each package.
        webhook
            An https URL that gets the job as a POST when it has ended.
        sizes
            How many package types, kept ones among them.
        kinds
            Kinds of new types: a sequence, or ``carton,mailer``.
        keep, forbid
            Ids of types of today that stay, and that must go: a sequence, or ``A,B``.
        only_new
            Leave out all of today's types but those to keep.
        changes
            Most types that are new.
        cover
            Whether the set must hold what today's largest cartons hold.
        least_use
            Orders that each new type must serve at least.
        type_price
            What each type costs over the history, in the objective's unit.
        grid_mm
            Inner sides are multiples of it.
        candidates
            About how many boxes to choose from at first.
        machine
            What can be made, with the settings of ``packopt suite --machine``; a mapping, or JSON.
        holdout
            Orders to judge by: their share, the latest by date, or the first day.
        draws
            Resampled histories to choose again on.
        seed
            Of restarts and resampling.
        language
            Of the report.
        """
        options = {
            "catalogue": catalogue,
            "policy": policy,
            "objective": objective,
            "effort": effort,
            "webhook": webhook,
            "sizes": sizes,
            "kinds": calls.joined(kinds),
            "keep": calls.joined(keep),
            "forbid": calls.joined(forbid),
            "only_new": only_new,
            "changes": changes,
            "cover": cover,
            "least_use": least_use,
            "type_price": type_price,
            "grid_mm": grid_mm,
            "candidates": candidates,
            "machine": calls.as_json(machine),
            "holdout": None if holdout is None else str(holdout),
            "draws": draws,
            "seed": seed,
            "language": language,
        }
        return self._send(calls.submit("suites", Path(path), options))

    def job(self, job_id: str) -> Job:
        """Return how a job is."""
        return self._send(calls.job(job_id))

    def jobs(self, *, limit: int = 20, before: str | None = None) -> list[Job]:
        """List jobs of the key, the newest first.

        Parameters
        ----------
        limit
            How many at most, 1 to 100.
        before
            A job: list what is older. The last of a list leads to the next one.
        """
        return self._send(calls.jobs(limit, before))

    def cancel(self, job_id: str) -> Job:
        """Cancel a job that waits or runs, and return it; one that has ended stays as it is."""
        return self._send(calls.cancel(job_id))

    def remove(self, job_id: str) -> None:
        """Remove a job that has ended, with its results; 409 while it waits or runs."""
        self._send(calls.remove(job_id))

    def events(self, job_id: str) -> Iterator[Job]:
        """Yield a job as it is, and again whenever it changes, until it has ended."""
        return self._events(job_id)

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
        self, job_id: str, path: str | PathLike[str], *, table: Table = "orders"
    ) -> Path:
        """Write a table of a job to a file: ``.csv .ndjson .parquet .arrows``, by its name.

        Parameters
        ----------
        job_id
            The job.
        path
            The file; it appears when it is whole.
        table
            Which; ``savings_...`` and what follows it of savings and suite jobs, ``suite_...`` of
            suite jobs. ``rejects`` also of a job that runs.
        """
        place = Path(path)
        return self._download(calls.results(job_id, table, place), place)

    def download_report(self, job_id: str, path: str | PathLike[str]) -> Path:
        """Write the report of a savings or suite job to an HTML file."""
        return self._download(calls.report(job_id), Path(path))

    def download_catalogue(self, job_id: str, path: str | PathLike[str]) -> Path:
        """Write the set that a suite job proposes to a CSV file, which is a catalogue."""
        return self._download(calls.proposed(job_id), Path(path))

    def suite(self, job_id: str) -> dict[str, Any]:
        """Return settings, bounds, figures of both periods and notes of a suite job."""
        return self._send(calls.suite(job_id))
