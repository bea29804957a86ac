"""What a fault in a step of a job means: wrong for good, or to be tried again."""

from __future__ import annotations

from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from typing import Final

import sqlalchemy as sa

from packopt import InputError
from packopt_service.jobs.spec import JobFault
from packopt_service.logs import log

_DATABASE_AWAY: Final = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    sa.exc.InternalError,
)


def judged(fault: Exception, job_id: str) -> tuple[str, bool]:
    """Return what is wrong, and whether it stays wrong however often it is tried."""
    if isinstance(fault, JobFault):
        return str(fault), True
    if isinstance(fault, InputError):
        # Without the path, which is that of our own file.
        return str(type(fault)("upload", fault.problems)), True
    if isinstance(fault, (BrokenProcessPool, CancelledError)):
        return "a worker process died, most likely for want of memory", False
    if isinstance(fault, FileNotFoundError):
        return f"a file of the job is gone: {fault.strerror or fault}", True
    if isinstance(fault, OSError):
        return f"the storage does not take or give files: {fault.strerror or fault}", False
    if isinstance(fault, _DATABASE_AWAY):
        return f"the database does not answer ({type(fault).__name__})", False
    log.error("a job failed for a fault of the service", job=job_id, exc_info=fault)
    return f"internal error ({type(fault).__name__}); see the service's log", True
