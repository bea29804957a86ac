"""``POST /v1/savings``: an order history, packed anew and held against a baseline."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from packopt_service.access import MayRunJobs
from packopt_service.jobs.document import Job
from packopt_service.problems import Problem, responses
from packopt_service.routes.submitting import UPLOAD_BODY, Parameters, submit
from packopt_service.schemas import Reference

router = APIRouter(prefix="/v1", tags=["savings"])


class SavingsParameters(Parameters):
    """What a savings job may state in its query."""

    baseline: str | None = Field(
        None,
        pattern=r"^(volume-([1-9][0-9]?|100)|first-fit-largest-side|one-size-up)$",
        description="A rule of thumb: volume-80 (or another percentage), first-fit-largest-side, "
        "one-size-up.",
    )
    baseline_catalogue: Annotated[
        Reference | None, Field(description="packopt itself, with another catalogue.")
    ] = None
    language: Literal["en", "zh"] = Field("en", description="Language of the report.")


@router.post(
    "/savings",
    summary="What would packopt have saved?",
    status_code=202,
    response_model=Job,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 429, 507),
    openapi_extra=UPLOAD_BODY,
)
async def submit_savings(
    request: Request, caller: MayRunJobs, parameters: Annotated[SavingsParameters, Query()]
) -> Response:
    """Replay an order history against a baseline, as a job.

    Without a baseline it is the column `baseline_package` of the upload: what was really used. The
    report is at `GET /v1/jobs/{job_id}/report`, the tables at `.../results`. The whole history is
    one part, and must fit in the memory of a worker.
    """
    if parameters.baseline is not None and parameters.baseline_catalogue is not None:
        detail = "found a baseline and a baseline_catalogue, expected at most one of them"
        raise Problem(422, detail, [("baseline", detail), ("baseline_catalogue", detail)])
    return await submit(
        request,
        caller,
        "savings",
        parameters,
        baseline=parameters.baseline,
        baseline_catalogue=parameters.baseline_catalogue,
        language=parameters.language,
    )
