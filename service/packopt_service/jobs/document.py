"""A job as its owner sees it: the same document in answers, events and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from packopt_service.jobs.records import JobRecord


class Share(BaseModel):
    """How much of something is done."""

    done: int
    total: int | None = Field(description="Null until the upload is read.")


class Progress(BaseModel):
    """How far a job is."""

    parts: Share
    orders: Share


class Webhook(BaseModel):
    """Who is told of the end of a job."""

    url: str
    state: str | None = Field(description="How the delivery goes.")
    secret: str | None = Field(
        None,
        description="What signatures are made with; shown once, in the answer to the submission.",
    )


class Job(BaseModel):
    """A job."""

    job_id: str = Field(examples=["7b7a1c0e-8d0f-4a30-9f2e-5a8d1c6f0b11"])
    kind: Literal["recommendations", "savings", "suite"]
    state: Literal["queued", "running", "succeeded", "failed", "cancelled"]
    catalogue: str = Field(description="name@version", examples=["demo@1"])
    policy: str = Field(description="name@version", examples=["default@1"])
    objective: str = Field(description="What packages were chosen by.", examples=["material"])
    effort: str | int
    plans: bool
    baseline: str | None = Field(description="Of a savings job: what it measures against.")
    upload_bytes: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    progress: Progress
    verdicts: dict[str, int] = Field(
        description="Orders answered so far, by verdict.", examples=[{"optimal": 998}]
    )
    rejects: int = Field(description="Rejects so far; GET .../rejects shows them.")
    waiting: str | None = Field(description="What keeps a running job from going on.")
    error: str | None = Field(description="Why it failed.")
    webhook: Webhook | None


class Jobs(BaseModel):
    """A page of jobs, the newest first."""

    jobs: list[Job]
    next: str | None = Field(description="The next page, if there is one; a path with its query.")


def job_document(record: JobRecord, *, secret: bool = False) -> Job:
    """Return a job as its owner sees it.

    Parameters
    ----------
    record
        The job.
    secret
        Whether to show the secret of its webhook.
    """
    spec = record.spec
    webhook = None
    if record.webhook_url is not None:
        shown = record.webhook_secret if secret else None
        webhook = Webhook(url=record.webhook_url, state=record.webhook_state, secret=shown)
    baseline = spec.baseline or spec.baseline_catalogue
    return Job(
        job_id=record.job_id,
        kind=record.kind,
        state=record.state,
        catalogue=spec.catalogue,
        policy=spec.policy,
        objective=spec.policy_settings.get("objective", "material"),
        effort=spec.policy_settings.get("effort", "standard"),
        plans=spec.plans,
        baseline=baseline if record.kind != "savings" else baseline or "baseline_package",
        upload_bytes=record.upload_bytes,
        created=record.created,
        started=record.started,
        finished=record.finished,
        progress=Progress(
            parts=Share(done=record.parts_done, total=record.parts),
            orders=Share(done=record.orders_done, total=record.orders),
        ),
        verdicts=record.verdicts,
        rejects=record.rejects,
        waiting=record.waiting,
        error=record.error,
        webhook=webhook,
    )
