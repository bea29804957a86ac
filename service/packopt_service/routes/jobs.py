"""``/v1/jobs``: files of orders, answered by workflows that survive any process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from packopt_service.access import MayRunJobs, MaySeeOrders
from packopt_service.jobs.document import Job, Jobs, job_document
from packopt_service.jobs.records import JobRecord
from packopt_service.jobs.spec import OPEN
from packopt_service.problems import Problem, responses
from packopt_service.routes.submitting import UPLOAD_BODY, Parameters, submit

if TYPE_CHECKING:
    from packopt_service.access import Caller
    from packopt_service.service import Service

router = APIRouter(prefix="/v1", tags=["jobs"])

UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
JobId = Annotated[str, Path(pattern=UUID, examples=["7b7a1c0e-8d0f-4a30-9f2e-5a8d1c6f0b11"])]


class JobParameters(Parameters):
    """What a job of recommendations may state in its query."""

    plans: bool = Field(
        default=True, description="Whether to keep where each unit lies, in the table placements."
    )


async def own_job(request: Request, job_id: JobId, caller: MayRunJobs) -> JobRecord:
    """Return a job of the caller.

    Raises
    ------
    Problem
        404 if there is none, or it is another caller's.
    """
    service: Service = request.app.state.service
    found = await run_in_threadpool(service.jobs.records.get, job_id, caller.key_id)
    if found is None:
        raise Problem(404, f"there is no job {job_id}; GET /v1/jobs lists yours")
    return found


async def shown_job(request: Request, job_id: JobId, caller: MaySeeOrders) -> JobRecord:
    """Return a job whose orders the caller may see.

    With the scope recommend these are all of its account, as with orders answered at once: so a
    packing bench with a key of its own finds the orders that the warehouse system sent as a job.

    Raises
    ------
    Problem
        404 if there is none.
    """
    if "recommend" in caller.scopes:
        return await job_of_account(request, job_id, caller)
    return await own_job(request, job_id, caller)


async def job_of_account(request: Request, job_id: str, caller: Caller) -> JobRecord:
    """Return a job of any key of the caller's account.

    Raises
    ------
    Problem
        404 if there is none.
    """
    service: Service = request.app.state.service
    find = service.jobs.records.get_of_account
    found = await run_in_threadpool(find, job_id, caller.key_id, caller.account)
    if found is None:
        raise Problem(404, f"there is no job {job_id} of your account")
    return found


OwnJob = Annotated[JobRecord, Depends(own_job)]
ShownJob = Annotated[JobRecord, Depends(shown_job)]


@router.post(
    "/jobs",
    summary="Submit orders as a file",
    status_code=202,
    response_model=Job,
    responses={
        202: {
            "headers": {"Location": {"schema": {"type": "string"}, "description": "The job."}},
        },
        **responses(400, 401, 403, 404, 409, 413, 415, 422, 429, 507),
    },
    openapi_extra=UPLOAD_BODY,
)
async def submit_job(
    request: Request, caller: MayRunJobs, parameters: Annotated[JobParameters, Query()]
) -> Response:
    """Keep a file of orders, and answer it part by part.

    The file goes to disk as it comes and may be larger than memory. Catalogue and policy are those
    of this moment, by their versions. A job survives its process: it goes on after a crash where
    it was, and its results appear all at once. A catalogue with finite stock is served in turn, so
    such a job is one part, and limited in orders.
    """
    return await submit(request, caller, "recommendations", parameters, plans=parameters.plans)


@router.get("/jobs", summary="List your jobs", responses=responses(401, 403, 422, 429))
async def list_jobs(
    request: Request,
    caller: MayRunJobs,
    limit: Annotated[int, Query(ge=1, le=100, description="Jobs of a page.")] = 20,
    before: Annotated[
        str | None, Query(pattern=UUID, description="List what is older than this job.")
    ] = None,
) -> Jobs:
    """The newest first."""
    service: Service = request.app.state.service
    found = await run_in_threadpool(service.jobs.records.page, caller.key_id, limit + 1, before)
    page = found[:limit]
    more = len(found) > limit
    return Jobs(
        jobs=[job_document(one) for one in page],
        next=f"/v1/jobs?limit={limit}&before={page[-1].job_id}" if more else None,
    )


@router.get(
    "/jobs/{job_id}", summary="How is the job?", responses=responses(401, 403, 404, 422, 429)
)
async def get_job(job: OwnJob) -> Job:
    """Its state, how far it is, and what it came to so far."""
    return job_document(job)


@router.delete(
    "/jobs/{job_id}",
    summary="Cancel or remove a job",
    response_model=Job,
    responses={
        204: {"description": "It had ended, and is removed with its results."},
        **responses(401, 403, 404, 409, 422, 429),
    },
)
async def delete_job(
    request: Request,
    job: OwnJob,
    only: Annotated[
        Literal["open", "ended"] | None,
        Query(
            alias="if",
            description="open: cancel the job if it waits or runs, and answer with the job in any "
            "case (200). ended: remove it if it has ended (204), else 409.",
        ),
    ] = None,
) -> Response:
    """Cancel a job that waits or runs (200, with the job); remove one that has ended (204).

    A running job ends at its next part. Nothing is kept of its results. Sent twice this does both,
    one after the other; with `if` it may be repeated when its answer was lost.
    """
    service: Service = request.app.state.service
    if only == "ended" and job.state in OPEN:
        raise Problem(409, f"the job is {job.state}; cancel it first: DELETE with if=open")
    is_cancelled = job.state in OPEN and await run_in_threadpool(service.jobs.cancel, job.job_id)
    if is_cancelled or only == "open":
        found = await run_in_threadpool(service.jobs.records.get, job.job_id)
        if found is not None:
            body = job_document(found).model_dump_json()
            return Response(body, 200, media_type="application/json")
    if only == "open":
        raise Problem(404, f"there is no job {job.job_id} any more")
    await run_in_threadpool(service.jobs.remove, job.job_id)
    return Response(status_code=204)
