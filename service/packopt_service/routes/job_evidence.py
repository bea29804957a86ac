"""Evidence and pictures of single orders of a job, made when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from packopt import packing_sheet, packing_view
from packopt_service.problems import answers, responses
from packopt_service.routes.jobs import ShownJob
from packopt_service.routes.parcels import (
    Language,
    ParcelNumber,
    drawn,
    evidence_response,
)

if TYPE_CHECKING:
    from packopt_service.jobs.records import JobRecord
    from packopt_service.service import Service

router = APIRouter(prefix="/v1", tags=["jobs"])

OrderOfJob = Annotated[
    str,
    Query(
        alias="order",
        min_length=1,
        description="Id of the order, any text of any length; URL and headers of a request are at "
        "most 64 KiB.",
    ),
]
_PROBLEMS: Final = responses(401, 403, 404, 409, 410, 422, 429)
_PAGE: Final[dict[int | str, dict[str, Any]]] = (
    answers({"text/html": {"type": "string"}}) | _PROBLEMS
)


@router.get(
    "/jobs/{job_id}/evidence",
    summary="Evidence of an order of a job",
    responses=answers({"application/json": {"type": "object"}}) | _PROBLEMS,
    response_class=Response,
)
async def evidence_of_job(request: Request, job: ShownJob, order: OrderOfJob) -> Response:
    """All that the job's answer to an order rests on, as `packopt check` verifies it offline.

    It is made when it is asked for: the upload is read once for the lines of the order, the order
    is answered again, and the answer compared with the results of the job. It is 404 if the job
    has no such order; 409 if it has not succeeded, is no job of `POST /v1/jobs`, has rejected the
    order, was answered from a catalogue with finite stock, is answered otherwise by this version
    of packopt, or its results were changed or damaged; 410 if its files are gone.
    """
    service: Service = request.app.state.service
    return evidence_response(await service.evidence.make(job, order, request.is_disconnected))


@router.get(
    "/jobs/{job_id}/view",
    summary="An order of a job in 3D",
    responses=_PAGE,
    response_class=Response,
)
async def view_of_job(
    request: Request,
    job: ShownJob,
    order: OrderOfJob,
    lang: Language = "en",
    parcel: ParcelNumber = None,
) -> Response:
    """A page with each parcel in 3D, step by step; it fetches nothing. Made as the evidence is."""
    body = await _shown(request, job, order)
    return await run_in_threadpool(drawn, packing_view, body, order, parcel, lang)


@router.get(
    "/jobs/{job_id}/sheet",
    summary="A packing sheet of an order of a job",
    responses=_PAGE,
    response_class=Response,
)
async def sheet_of_job(
    request: Request,
    job: ShownJob,
    order: OrderOfJob,
    lang: Language = "en",
    parcel: ParcelNumber = None,
) -> Response:
    """Numbered steps, to print. Made as the evidence is."""
    body = await _shown(request, job, order)
    return await run_in_threadpool(drawn, packing_sheet, body, order, parcel, lang)


async def _shown(request: Request, job: JobRecord, order_id: str) -> bytes:
    service: Service = request.app.state.service
    return await service.evidence.shown(job, order_id, request.is_disconnected)
