"""Reading files of jobs for an answer: what is gone is told before the answer begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool

from packopt_service.jobs.stored_answers import DamagedResultsError
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


async def from_storage(read: Callable[[], T]) -> T:
    """Return what `read` reads of the files of a job, on another thread.

    Raises
    ------
    Problem
        410 if a file is gone, 409 if one is damaged, 503 if the storage does not give it.
    """
    try:
        return await run_in_threadpool(read)
    except FileNotFoundError as fault:
        raise Problem(410, "the results of the job are gone; submit it again") from fault
    except DamagedResultsError as fault:
        raise Problem(
            409, f"the stored results were changed or are damaged ({fault}); submit the job again"
        ) from fault
    except OSError as fault:
        raise Problem(
            503,
            f"the storage does not give files: {fault.strerror or fault}; ask again later",
            headers={"Retry-After": "5"},
        ) from fault
