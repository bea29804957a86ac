"""The durable workflows: what happens to a job, step after step, whatever process does it.

A step that is recorded is never done again; one that was interrupted is. What a workflow does
must follow from its argument and its steps' results alone, so everything else is in the steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypedDict

from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

if TYPE_CHECKING:
    from packopt_service.jobs.runner import JobRunner

JOBS: Final = "packopt-jobs"
WEBHOOKS: Final = "packopt-webhooks"
#: Workflows of another version are left alone: raise it when steps are added, removed or renamed.
VERSION: Final = "packopt-jobs-1"
_MOST_ATTEMPTS: Final = 8

_runner: JobRunner | None = None


class Outcome(TypedDict, total=False):
    """What a step came to; plain values, which the database keeps.

    A job that cannot succeed has a ``fault``; one that is cancelled or removed is ``gone``.
    """

    fault: str
    gone: bool
    parts: int
    notify: bool
    retry_s: float


def serve_with(runner: JobRunner | None) -> None:
    """Say who does the steps in this process; None when nobody does any more.

    Raises
    ------
    RuntimeError
        If somebody else does: DBOS is one for each process.
    """
    global _runner  # noqa: PLW0603 - workflows are functions of the process, as DBOS wants them
    if runner is not None and _runner is not None:
        raise RuntimeError("another service runs jobs in this process; start one process for each")
    _runner = runner


def job_workflow_id(job_id: str) -> str:
    """Return the id of a job's workflow."""
    return job_id


def webhook_workflow_id(job_id: str, attempt: int) -> str:
    """Return the id of the workflow that tries to deliver a webhook."""
    return f"{job_id}-webhook-{attempt}"


def enqueue_job(job_id: str) -> None:
    """Let some process run a job; once, however often it is asked."""
    with SetWorkflowID(job_workflow_id(job_id)):
        DBOS.enqueue_workflow(JOBS, run_job, job_id)


def enqueue_webhook(job_id: str, attempt: int = 1, delay_s: float = 0.0) -> None:
    """Let some process deliver a webhook, after a while."""
    options: dict[str, Any] = {"delay_seconds": delay_s} if delay_s else {}
    with SetWorkflowID(webhook_workflow_id(job_id, attempt)), SetEnqueueOptions(**options):
        DBOS.enqueue_workflow(WEBHOOKS, deliver_webhook, job_id, attempt)


@DBOS.workflow(name="packopt_job", max_recovery_attempts=None)
def run_job(job_id: str) -> str:
    """Answer a job."""
    runner = _present()
    with runner.running(job_workflow_id(job_id)):
        found = _step("split", runner.split, job_id)
        for part in range(found.get("parts", 0)):
            found = _step("part", runner.answer, job_id, part)
            if "fault" in found or "gone" in found:
                break
        if "gone" in found:
            return "gone"
        if "fault" in found:
            ended = _step("fail", runner.fail, job_id, found["fault"])
        else:
            ended = _step("publish", runner.publish, job_id)
        if ended.get("notify"):
            enqueue_webhook(job_id)
        return "ended"


@DBOS.workflow(name="packopt_webhook", max_recovery_attempts=None)
def deliver_webhook(job_id: str, attempt: int) -> str:
    """Tell a job's owner of its end; again later, in a workflow of its own, if that fails.

    A wait in the database, unlike one on a thread, keeps nothing busy and no process alive.
    """
    runner = _present()
    with runner.running(webhook_workflow_id(job_id, attempt)):
        found = _step("send", runner.notify, job_id, attempt, attempt == _MOST_ATTEMPTS)
        if "retry_s" in found:
            enqueue_webhook(job_id, attempt + 1, found["retry_s"])
        return "again" if "retry_s" in found else "ended"


def _step(name: str, work: Any, *arguments: Any) -> Outcome:
    outcome: Outcome = DBOS.run_step({"name": name}, work, *arguments)
    return outcome


def _present() -> JobRunner:
    if _runner is None:
        raise RuntimeError("workflows run while a service does")
    return _runner
