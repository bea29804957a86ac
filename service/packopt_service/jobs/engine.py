"""DBOS, as this service uses it: one embedded workflow engine for each process."""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from dbos import DBOS, error

from packopt_service.database import making_tables
from packopt_service.jobs import workflows
from packopt_service.jobs.spec import OPEN
from packopt_service.logs import log

if TYPE_CHECKING:
    import sqlalchemy as sa

    from packopt_service.jobs.records import JobRecords
    from packopt_service.jobs.runner import JobRunner
    from packopt_service.settings import Settings

_POLL_S: Final = 0.5
_WEBHOOKS_AT_A_TIME: Final = 10
#: A job that has been queued for so long without a workflow lost it with its process.
_LOST_AFTER: Final = timedelta(seconds=10)
_QUEUED: Final = ("ENQUEUED", "DELAYED")
_ENDED: Final = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


class _EndedOnPurpose(logging.Filter):
    """Keeps workflows that were cancelled or removed while they ran from being told as errors."""

    def filter(self, record: logging.LogRecord) -> bool:
        fault = record.exc_info[1] if record.exc_info else None
        return not isinstance(fault, _ON_PURPOSE)


_ON_PURPOSE: Final = (
    error.DBOSAwaitedWorkflowCancelledError,
    error.DBOSWorkflowCancelledError,
    error.DBOSNonExistentWorkflowError,
)
_FILTER: Final = _EndedOnPurpose()


@dataclass
class Engine:
    """The workflow engine of a process.

    Parameters
    ----------
    settings
        What the service was started with.
    executor_id
        This process, new with each start.
    database
        The database of the service, where others may start at the same time.
    """

    settings: Settings
    executor_id: str
    database: sa.Engine
    _lock: Any = field(default=None)

    def start(self, runner: JobRunner) -> None:
        """Start DBOS, and listen for jobs if this service has workers.

        Raises
        ------
        RuntimeError
            If another service uses the same SQLite database.
        """
        self._lock_sqlite()
        workflows.serve_with(runner)
        DBOS(
            config={
                "name": "packopt",
                "system_database_url": self._url(),
                "executor_id": self.executor_id,
                "application_version": workflows.VERSION,
                "log_level": "WARNING",
                "use_listen_notify": False,
                "sys_db_pool_size": 10,
            }
        )
        logging.getLogger("dbos").addFilter(_FILTER)  # once, however often it is added
        works = self.settings.job_workers > 0
        DBOS.listen_queues([workflows.JOBS, workflows.WEBHOOKS] if works else [])
        with making_tables(self.database):
            DBOS.launch()  # DBOS makes tables of its own
        if works:
            DBOS.register_queue(
                workflows.JOBS,
                worker_concurrency=self.settings.job_workers,
                polling_interval_sec=_POLL_S,
                on_conflict="always_update",
            )
            DBOS.register_queue(
                workflows.WEBHOOKS,
                worker_concurrency=_WEBHOOKS_AT_A_TIME,
                polling_interval_sec=_POLL_S,
                on_conflict="always_update",
            )

    def stop(self, drain_s: float) -> None:
        """Take no more work, wait for what runs, and let DBOS go."""
        DBOS.destroy(workflow_completion_timeout_sec=max(1, round(drain_s) + 2))
        workflows.serve_with(None)
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def take_over(self, executor_id: str) -> None:
        """Put the work of a dead process back into the queue."""
        DBOS._recover_pending_workflows([executor_id])  # noqa: SLF001 - DBOS has no public way

    def pending(self) -> dict[str, str | None]:
        """Return the workflows that this process should be running, and their queues."""
        found = DBOS.list_workflows(
            status="PENDING", executor_id=self.executor_id, load_input=False, load_output=False
        )
        return {one.workflow_id: one.queue_name for one in found}

    def resume(self, workflow_id: str, queue: str | None) -> None:
        """Put a workflow back into its queue."""
        log.warning("a workflow lost its thread, it goes on", workflow=workflow_id)
        DBOS.resume_workflow(workflow_id, queue_name=queue)

    def cancel(self, job_id: str) -> None:
        """Take a cancelled job out of the queue.

        A workflow that runs sees at its next step that its job is cancelled, and ends by itself;
        that it was ended by others would be an error to DBOS.
        """
        workflow_id = workflows.job_workflow_id(job_id)
        found = DBOS.get_workflow_status(workflow_id)
        if found is not None and found.status in _QUEUED:
            DBOS.cancel_workflow(workflow_id)

    def forget(self, job_id: str) -> None:
        """Remove what DBOS keeps of a job and its webhooks."""
        found = DBOS.list_workflows(workflow_id_prefix=job_id, load_input=False, load_output=False)
        if found:
            DBOS.delete_workflows([one.workflow_id for one in found])

    def reconcile(self, records: JobRecords) -> None:
        """Give every open job its workflow, and end the jobs whose workflow has ended."""
        now = datetime.now(UTC)
        for job in records.in_state(*OPEN):
            if now - job.created < _LOST_AFTER:
                continue
            found = DBOS.get_workflow_status(workflows.job_workflow_id(job.job_id))
            if found is None:
                workflows.enqueue_job(job.job_id)
            elif found.status in _ENDED:
                log.error("a job's workflow ended before it", job=job.job_id, status=found.status)
                reason = "internal error: its workflow ended early; see the service's log"
                records.finish(job.job_id, "failed", reason)

    def _url(self) -> str:
        if self.settings.database_url.get_secret_value():
            return self.settings.database
        path = self.settings.data_dir.resolve() / "workflows.sqlite"
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")  # it stays with the file
        return f"sqlite:///{path}"

    def _lock_sqlite(self) -> None:
        """Keep other services away from an embedded database; the lock dies with the process."""
        if self.settings.database_url.get_secret_value():
            return
        try:
            import fcntl
        except ImportError:
            return  # Windows: an open SQLite file is guarded by the system well enough
        file = (self.settings.data_dir / "service.lock").open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise RuntimeError(
                f"another service uses the data directory {self.settings.data_dir}; stop it, or "
                "give both a PostgreSQL database: --database-url"
            ) from None
        self._lock = file
