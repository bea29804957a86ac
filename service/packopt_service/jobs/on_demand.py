"""Who makes the evidence of jobs' orders: one process beside the workers, started when needed.

The workers may be busy with a part for minutes. Uploads are read here and never in the process
that answers requests, which a damaged file must not bring down.
"""

from __future__ import annotations

import asyncio
import json
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool

from packopt import InputError
from packopt_service.jobs.evidencing import make_job_evidence, prepare, recommended_packages
from packopt_service.jobs.kept_evidence import KeptEvidence
from packopt_service.jobs.pool import WorkerPool
from packopt_service.jobs.spec import JobFault
from packopt_service.logs import log
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from packopt_service.jobs.evidencing import Made
    from packopt_service.jobs.records import JobRecord
    from packopt_service.jobs.runner import JobRunner
    from packopt_service.jobs.worker import Task

    Work = Callable[[Task, int, str], Made]

#: Questions at a time, the one that is answered included; each reads a whole upload.
_MOST_WAITING: Final = 8
#: Seconds between two looks whether the caller is still there.
_LOOK_S: Final = 0.5


class EvidenceMaker:
    """Makes evidence of one order after the other.

    Parameters
    ----------
    jobs
        Knows the jobs.
    within_s
        Seconds after which one is given up, from when the process is there for it.
    niceness
        How much its process yields to those that answer requests.
    """

    def __init__(self, jobs: JobRunner, within_s: float, niceness: int) -> None:
        self._jobs = jobs
        self._within_s = within_s
        self._niceness = niceness
        self._pool = WorkerPool(1, niceness)
        self._kept = KeptEvidence()
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def make(
        self, job: JobRecord, order_id: str, is_gone: Callable[[], Awaitable[bool]]
    ) -> bytes:
        """Return the evidence of an order of a job.

        Parameters
        ----------
        job
            The job.
        order_id
            The order, as results name it.
        is_gone
            Tells whether the caller has gone: then the work ends, and its place is free.

        Raises
        ------
        Problem
            404 if the job has no such order; 409 if the job has not succeeded, is of another kind,
            has rejected the order, or is answered otherwise now; 410 if its files are gone; 503 if
            too many wait already, it takes too long, or the caller has gone.
        """
        _refuse_others(job, "evidence is")
        body = await self._asked(make_job_evidence, job, order_id, is_gone)
        self._kept.keep(job.job_id, order_id, body)
        return body

    async def shown(
        self, job: JobRecord, order_id: str, is_gone: Callable[[], Awaitable[bool]]
    ) -> bytes:
        """Return evidence that was made a while ago, or make it: parameters and errors of `make`.

        For pictures, of which an order has several, and none of them vouches for anything.
        """
        kept = self._kept.find(job.job_id, order_id)
        return await self.make(job, order_id, is_gone) if kept is None else kept

    async def packages(
        self, job: JobRecord, order_id: str, is_gone: Callable[[], Awaitable[bool]]
    ) -> list[str]:
        """Return which packages the job has recommended for the parcels of an order.

        Parameters
        ----------
        job, order_id, is_gone
            As of `make`.

        Raises
        ------
        Problem
            As of `make`, but not for finite stock, or for what would be answered otherwise now.
        """
        _refuse_others(job, "packings are")
        kept = self._kept.find(job.job_id, order_id)
        if kept is not None:
            parcels = json.loads(kept)["answer"]["parcels"]
            return [str(one["package_id"]) for one in parcels]
        body = await self._asked(recommended_packages, job, order_id, is_gone)
        return [str(one) for one in json.loads(body)]

    async def _asked(
        self, work_of: Work, job: JobRecord, order_id: str, is_gone: Callable[[], Awaitable[bool]]
    ) -> bytes:
        if self._waiting >= _MOST_WAITING:
            raise _busy("too many wait for evidence already")
        self._waiting += 1
        work = asyncio.create_task(self._in_turn(work_of, job, order_id))
        watch = asyncio.create_task(_until(is_gone))
        try:
            await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return work.result()
            log.info("who asked for evidence has gone", job=job.job_id)
            raise _busy("the caller has gone")
        finally:
            work.cancel()
            watch.cancel()
            await asyncio.gather(work, watch, return_exceptions=True)
            self._waiting -= 1

    def close(self) -> None:
        """Let the process go."""
        self._pool.close()

    async def _in_turn(self, work_of: Work, job: JobRecord, order_id: str) -> bytes:
        async with self._turn:  # so that nobody is given up for the time of others
            return await self._make(work_of, job, order_id)

    async def _make(self, work_of: Work, job: JobRecord, order_id: str) -> bytes:
        pool = self._pool
        try:
            task = await run_in_threadpool(self._jobs.task, job)
            # Starting takes seconds, which count for nobody; who leaves meanwhile stops it not.
            ready = await run_in_threadpool(pool.submit, prepare)
            await asyncio.shield(asyncio.wrap_future(ready))
            async with asyncio.timeout(self._within_s):
                made = await self._worked(pool, work_of, task, job.parts or 0, order_id)
        except JobFault as fault:
            raise Problem(409, str(fault)) from fault
        except InputError as fault:
            # Without the path, which is that of our own file.
            raise Problem(409, str(type(fault)("upload", fault.problems))) from fault
        except TimeoutError as fault:
            raise Problem(
                503,
                f"making the evidence takes longer than {self._within_s:g} s; send the order to "
                'POST /v1/recommendations with "evidence": true',
                headers={"Retry-After": "60"},
            ) from fault
        except BrokenProcessPool as fault:
            raise _busy("the process that makes evidence died") from fault
        except OSError as fault:
            raise _busy(f"the storage does not give files: {fault.strerror or fault}") from fault
        if not made.body:
            log.info("no evidence of an order of a job", job=job.job_id, status=made.status)
            raise Problem(made.status, made.why)
        return made.body

    async def _worked(
        self, pool: WorkerPool, work_of: Work, task: Task, parts: int, order_id: str
    ) -> Made:
        """Let the process work; where it is given up, so is the process."""
        try:
            return await asyncio.wrap_future(pool.submit(work_of, task, parts, order_id))
        except asyncio.CancelledError:
            await run_in_threadpool(self._give_up, pool)
            raise

    def _give_up(self, pool: WorkerPool) -> None:
        """End the process where it is, and have another one for the next question."""
        if self._pool is pool:
            self._pool = WorkerPool(1, self._niceness)
        pool.close()


def _refuse_others(job: JobRecord, what: str) -> None:
    """Refuse jobs whose orders are not answered one by one, or not yet."""
    if job.kind != "recommendations":
        raise Problem(409, f"{what} of jobs of POST /v1/jobs; this is a {job.kind} job")
    if job.state != "succeeded":
        raise Problem(409, f"the job is {job.state}; {what} of jobs that have succeeded")


async def _until(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Come back when something is so."""
    while not await is_so():
        await asyncio.sleep(_LOOK_S)


def _busy(why: str) -> Problem:
    return Problem(503, f"{why}; ask again later", headers={"Retry-After": "5"})
