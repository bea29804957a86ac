"""Who makes the evidence of jobs' orders: one process beside the workers, started when needed.

The workers may be busy with a part for minutes. Uploads are read here and never in the process
that answers requests, which a damaged file must not bring down.
"""

from __future__ import annotations

import asyncio
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from packopt import InputError
from packopt_service.jobs.evidencing import make_job_evidence
from packopt_service.jobs.pool import WorkerPool
from packopt_service.jobs.spec import JobFault
from packopt_service.logs import log
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from packopt_service.jobs.records import JobRecord
    from packopt_service.jobs.runner import JobRunner

#: Questions at a time, the one that is answered included; each reads a whole upload.
_MOST_WAITING: Final = 8


class EvidenceMaker:
    """Makes evidence of one order after the other.

    Parameters
    ----------
    jobs
        Knows the jobs.
    within_s
        Seconds after which one is given up.
    niceness
        How much its process yields to those that answer requests.
    """

    def __init__(self, jobs: JobRunner, within_s: float, niceness: int) -> None:
        self._jobs = jobs
        self._within_s = within_s
        self._niceness = niceness
        self._pool = WorkerPool(1, niceness)
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def make(self, job: JobRecord, order_id: str) -> bytes:
        """Return the evidence of an order of a job.

        Raises
        ------
        Problem
            404 if the job has no such order; 409 if the job has not succeeded, is of another kind,
            has rejected the order, or is answered otherwise now; 410 if its files are gone; 503 if
            too many wait already, or it takes too long.
        """
        if job.kind != "recommendations":
            raise Problem(409, f"evidence is of jobs of POST /v1/jobs; this is a {job.kind} job")
        if job.state != "succeeded":
            raise Problem(409, f"the job is {job.state}; evidence is of jobs that have succeeded")
        if self._waiting >= _MOST_WAITING:
            raise _busy("too many wait for evidence already")
        self._waiting += 1
        try:
            async with self._turn:  # so that nobody is given up for the time of others
                return await self._make(job, order_id)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let the process go."""
        self._pool.close()

    async def _make(self, job: JobRecord, order_id: str) -> bytes:
        try:
            task = await run_in_threadpool(self._jobs.task, job)
            pool = self._pool
            asked = await run_in_threadpool(
                pool.submit, make_job_evidence, task, job.parts or 0, order_id
            )
            async with asyncio.timeout(self._within_s):
                made = await asyncio.wrap_future(asked)
        except JobFault as fault:
            raise Problem(409, str(fault)) from fault
        except InputError as fault:
            # Without the path, which is that of our own file.
            raise Problem(409, str(type(fault)("upload", fault.problems))) from fault
        except TimeoutError as fault:
            await run_in_threadpool(self._give_up, pool)
            raise Problem(
                503,
                f"making the evidence takes longer than {self._within_s:g} s; send the order to "
                'POST /v1/recommendations with "evidence": true',
            ) from fault
        except BrokenProcessPool as fault:
            raise _busy("the process that makes evidence died") from fault
        except OSError as fault:
            raise _busy(f"the storage does not give files: {fault.strerror or fault}") from fault
        if not made.body:
            log.info("no evidence of an order of a job", job=job.job_id, status=made.status)
            raise Problem(made.status, made.why)
        return made.body

    def _give_up(self, pool: WorkerPool) -> None:
        """End the process where it is, and have another one for the next question."""
        if self._pool is pool:
            self._pool = WorkerPool(1, self._niceness)
        pool.close()


def _busy(why: str) -> Problem:
    return Problem(503, f"{why}; ask again later", headers={"Retry-After": "5"})
