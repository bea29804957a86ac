"""Submitting a job: its parameters, its upload, and the answer to both."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import sqlalchemy as sa
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from packopt_service.idempotency import key_of, settle_in
from packopt_service.jobs import names
from packopt_service.jobs.document import job_document
from packopt_service.jobs.spec import UPLOAD_TYPES, JobSpec
from packopt_service.jobs.targets import TargetRefused, addresses_of, target_of
from packopt_service.jobs.uploads import Upload, receive
from packopt_service.library import policy_digest
from packopt_service.packings import newest
from packopt_service.problems import Problem
from packopt_service.routes.bodies import IDEMPOTENCY_PARAMETER, media_type, once_claimed
from packopt_service.schemas import Objective, Reference
from packopt_service.suiting import refuse_unsuitable

if TYPE_CHECKING:
    from packopt_service.access import Caller
    from packopt_service.idempotency import Claim
    from packopt_service.jobs.records import JobRecord
    from packopt_service.service import Service

#: Seconds that a submission waits for its place in the queue; the housekeeping sees to the rest.
_ENQUEUE_S: Final = 3.0
_EXAMPLE: Final = (
    "order_id,sku,qty,length_mm,width_mm,height_mm\nA-1,mug,2,120,90,100\nA-2,book,1,210,148,25\n"
)

UPLOAD_BODY: Final[dict[str, Any]] = {
    "parameters": [IDEMPOTENCY_PARAMETER],
    "requestBody": {
        "required": True,
        "description": "Order lines, with the columns of order files; may be sent with "
        "Content-Encoding: gzip.",
        "content": {
            media: {
                "schema": {"type": "string"}
                if media == "text/csv"
                else {"type": "string", "format": "binary"}
            }
            for media in UPLOAD_TYPES
        },
    },
}
UPLOAD_BODY["requestBody"]["content"]["text/csv"]["example"] = _EXAMPLE


class Parameters(BaseModel):
    """What every job may state in its query."""

    model_config = ConfigDict(extra="forbid")

    catalogue: Annotated[Reference | None, Field(description="What to choose from.")] = None
    policy: Annotated[Reference | None, Field(description="By which rules.")] = None
    objective: Objective | None = Field(
        None, description="In place of the policy's objective: material, volume or cost."
    )
    effort: str | None = Field(
        None,
        pattern=r"^(fast|standard|thorough|[0-9]{1,9})$",
        description="In place of the policy's effort: fast, standard, thorough, or search nodes "
        "for each package.",
    )
    webhook: str | None = Field(
        None,
        max_length=2000,
        description="An https URL that gets the job as a POST when it has ended, signed by the "
        "rules of Standard Webhooks with the secret in the answer.",
    )


async def submit(
    request: Request,
    caller: Caller,
    kind: str,
    parameters: Parameters,
    *,
    plans: bool = True,
    **more: Any,
) -> Response:
    """Take an upload, and answer with the job that it became.

    Raises
    ------
    Problem
        If anything about the request is wrong; nothing is kept of it then.
    """
    service: Service = request.app.state.service
    suffix = UPLOAD_TYPES.get(media_type(request))
    if suffix is None:
        raise Problem(415, f"expected Content-Type to be one of {', '.join(UPLOAD_TYPES)}")
    if key_of(request) is None:  # who repeats a request gets its answer in any case
        await _refuse_many(service, caller)
    await _check_webhook(service, parameters.webhook)
    spec = await _spec(service, parameters, suffix, plans=plans, **more)
    settings = service.settings
    incoming = settings.data_dir / "incoming"
    upload = await receive(request, incoming, settings.upload_limit_bytes)

    async def answer(claimed: Claim | None) -> Response:
        await _refuse_many(service, caller)
        return await _add(service, caller, kind, spec, upload, parameters.webhook, claimed)

    try:
        return await once_claimed(request, caller, upload.digest, answer)
    finally:
        await run_in_threadpool(upload.discard)


async def _add(
    service: Service,
    caller: Caller,
    kind: str,
    spec: JobSpec,
    upload: Upload,
    webhook: str | None,
    claimed: Claim | None,
) -> Response:
    job_id = str(uuid.uuid4())
    jobs = service.jobs
    headers = {"location": f"/v1/jobs/{job_id}", "content-type": "application/json"}
    told = b""

    def settle(connection: sa.Connection, record: JobRecord) -> None:
        """Keep the answer with the job: who repeats the request finds that job, and no other."""
        nonlocal told
        told = job_document(record, secret=True).model_dump_json().encode()
        settle_in(connection, claimed, 202, headers, told)

    def keep() -> None:
        try:
            jobs.storage.take(upload.path, names.upload(job_id, spec.suffix))
            if kind == "savings":
                _keep_packings(service, caller, job_id)
            jobs.records.add(job_id, caller.key_id, kind, spec, upload.size, webhook, settle)
        except OSError as fault:
            jobs.storage.remove(names.folder(job_id))
            reason = f"the storage does not take it: {fault.strerror or fault}"
            raise Problem(507, f"{reason}; try again later") from fault
        except (Problem, sa.exc.SQLAlchemyError):
            jobs.remove_unless_kept(job_id)
            raise

    await run_in_threadpool(keep)
    with suppress(TimeoutError):
        # From here on the job is kept, so whatever happens it has been accepted.
        enqueuing = asyncio.create_task(run_in_threadpool(jobs.submit, job_id))
        await asyncio.wait_for(asyncio.shield(enqueuing), _ENQUEUE_S)
    return Response(told, 202, headers)


def _keep_packings(service: Service, caller: Caller, job_id: str) -> None:
    """Keep what packers did so far beside the upload: the report tells how often they overrode."""
    rows = list(newest(service.engine, caller.account))
    if rows:
        text = msgspec.json.Encoder().encode_lines(rows)
        service.jobs.storage.write(names.packings(job_id), lambda file: file.write(text))


async def _refuse_many(service: Service, caller: Caller) -> None:
    most = service.settings.open_jobs_per_key
    if await run_in_threadpool(service.jobs.records.count_open, caller.key_id) >= most:
        raise Problem(
            429,
            f"{most} jobs of this key wait or run already; submit again when one of them has ended",
            headers={"Retry-After": "10"},
        )


async def _spec(
    service: Service,
    parameters: Parameters,
    suffix: str,
    *,
    plans: bool,
    baseline: str | None = None,
    baseline_catalogue: str | None = None,
    language: str | None = None,
    suite: dict[str, Any] | None = None,
) -> JobSpec:
    catalogue = await service.catalogue(parameters.catalogue)
    policy = await service.policy(parameters.policy)
    other = None if baseline_catalogue is None else await service.catalogue(baseline_catalogue)
    rules = policy.value
    if parameters.objective is not None:
        rules = replace(rules, objective=parameters.objective)
    if parameters.effort is not None:
        effort: Any = parameters.effort
        rules = replace(rules, effort=int(effort) if effort.isdecimal() else effort)
    place = "catalogue" if parameters.policy is None else "policy"
    place = place if parameters.objective is None else "objective"
    refuse_unsuitable(catalogue, rules, place)
    if other is not None:
        refuse_unsuitable(other, rules, "baseline_catalogue")
    return JobSpec(
        suffix=suffix,
        catalogue=catalogue.reference,
        catalogue_digest=catalogue.digest,
        policy=policy.reference,
        policy_settings=rules.to_dict(),
        policy_digest=policy_digest(rules),
        plans=plans,
        orders_per_part=service.settings.orders_per_part,
        baseline=baseline,
        baseline_catalogue=None if other is None else other.reference,
        baseline_digest=None if other is None else other.digest,
        language=language or "en",
        suite=suite,
    )


async def _check_webhook(service: Service, url: str | None) -> None:
    if url is None:
        return
    private = service.settings.private_webhooks
    try:
        target = target_of(url, private=private)
        with suppress(OSError):  # it may have a name by the time it is needed
            await run_in_threadpool(addresses_of, target, private=private)
    except TargetRefused as fault:
        raise Problem(422, f"webhook: {fault}", [("webhook", str(fault))]) from fault
