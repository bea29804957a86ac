"""``POST /v1/suites``: which package types to stock for an order history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from packopt import InputError, Machine, Wanted
from packopt_service.access import MayRunJobs
from packopt_service.jobs import names
from packopt_service.jobs.document import Job
from packopt_service.jobs.proposing import holdout_of
from packopt_service.problems import Problem, responses
from packopt_service.routes.jobs import OwnJob
from packopt_service.routes.stored_files import from_storage
from packopt_service.routes.submitting import UPLOAD_BODY, Parameters, submit

if TYPE_CHECKING:
    from packopt_service.jobs.records import JobRecord
    from packopt_service.service import Service

router = APIRouter(prefix="/v1", tags=["suites"])

_IDS: Final = "Package ids, with commas between them."


class SuiteParameters(Parameters):
    """What a suite job may state in its query."""

    sizes: int = Field(
        ge=1, le=500, description="How many package types, kept ones among them.", examples=[8]
    )
    kinds: str = Field(
        "carton",
        pattern=r"^(carton|mailer|adjustable)(,(carton|mailer|adjustable)){0,2}$",
        description="Kinds of new types: some of carton,mailer,adjustable.",
    )
    keep: str = Field("", max_length=10_000, description=f"Types of today that stay. {_IDS}")
    forbid: str = Field("", max_length=10_000, description=f"Types of today that must go. {_IDS}")
    only_new: bool = Field(
        default=False, description="Leave out all of today's types but those to keep."
    )
    changes: int | None = Field(None, ge=0, le=500, description="Most types that are new.")
    cover: bool = Field(
        default=True, description="Whether the set must hold what today's largest cartons hold."
    )
    least_use: int = Field(
        0, ge=0, le=10**9, description="Orders that each new type must serve at least."
    )
    type_price: float = Field(
        0.0,
        ge=0,
        le=1e12,
        allow_inf_nan=False,
        description="What each type costs over the history, in the objective's unit.",
    )
    grid_mm: int = Field(10, ge=1, le=100, description="Inner sides are multiples of it.")
    candidates: int = Field(
        2_000, ge=1, le=10_000, description="About how many boxes to choose from at first."
    )
    machine: str | None = Field(
        None,
        max_length=4_000,
        description="What can be made, as a JSON object with the settings of `--machine`.",
        examples=['{"most_side_mm": 800, "mailer": {"style": "paper"}}'],
    )
    holdout: str = Field(
        "0.3",
        pattern=r"^(0?\.[0-9]{1,6}|[0-9]{4}-[0-9]{2}-[0-9]{2})$",
        description="Orders to judge by: their share, the latest by date, or the first day.",
    )
    draws: int = Field(20, ge=0, le=200, description="Resampled histories to choose again on.")
    seed: int = Field(1, ge=0, le=2**31, description="Of restarts and resampling.")
    language: Literal["en", "zh"] = Field("en", description="Language of the report.")


@router.post(
    "/suites",
    summary="Which package types should be stocked?",
    status_code=202,
    response_model=Job,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 429, 507),
    openapi_extra=UPLOAD_BODY,
)
async def submit_suite(
    request: Request, caller: MayRunJobs, parameters: Annotated[SuiteParameters, Query()]
) -> Response:
    """Choose the package types that serve an order history best, as a job.

    The catalogue is the set in use, and the policy says what is minimised: material, volume, cost,
    or CO2e by the set of factors that it names. The new set is at
    `GET /v1/jobs/{job_id}/catalogue`, how good it is at `.../suite`, the report at `.../report`,
    the tables at `.../results`: those of orders and savings are about the holdout. The whole
    history must fit in the memory of a worker.
    """
    return await submit(
        request,
        caller,
        "suite",
        parameters,
        language=parameters.language,
        suite=_asked(parameters),
    )


def _asked(parameters: SuiteParameters) -> dict[str, Any]:
    """What set is asked for, as plain values; checked before anything is kept.

    Raises
    ------
    Problem
        422 if values contradict each other or a machine's settings are not known.
    """
    values = {name: getattr(parameters, name) for name in Wanted.__dataclass_fields__}
    values |= {name: _ids(values[name]) for name in ("kinds", "keep", "forbid")}
    try:
        wanted = Wanted(**values)
    except InputError as fault:
        raise Problem(422, str(fault)) from fault
    machine = _machine(parameters.machine)
    try:
        holdout_of(parameters.holdout)
    except ValueError as fault:
        detail = f"found {parameters.holdout!r}, expected a share such as 0.3 or a day; correct it"
        raise Problem(422, detail, [("holdout", detail)]) from fault
    return {
        "wanted": wanted.to_dict(),
        "machine": machine.to_dict(),
        "holdout": parameters.holdout,
        "draws": parameters.draws,
    }


def _machine(text: str | None) -> Machine:
    if text is None:
        return Machine()
    try:
        settings = json.loads(text)
        if not isinstance(settings, dict):
            raise ValueError("it is no object")  # noqa: TRY301, TRY004  (told like bad JSON)
        return Machine.from_dict(settings)
    except InputError as fault:
        raise Problem(422, str(fault), [("machine", str(fault))]) from fault
    except (ValueError, RecursionError) as fault:
        detail = f'expected a JSON object such as {{"most_side_mm": 800}}: {fault}'
        raise Problem(422, detail, [("machine", detail)]) from fault


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


@router.get(
    "/jobs/{job_id}/catalogue",
    summary="The proposed set of a suite job",
    response_class=Response,
    responses={
        200: {
            "description": "A catalogue, to be stored by POST /v1/catalogues or read by packopt.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **responses(401, 403, 404, 409, 410, 422, 429),
    },
)
async def get_catalogue(request: Request, job: OwnJob) -> Response:
    """The new set as the CSV file of a catalogue."""
    content = await _file(request, job, names.proposed_catalogue(job.job_id))
    headers = {"Content-Disposition": 'attachment; filename="catalogue.csv"'}
    return Response(content, 200, headers, "text/csv; charset=utf-8")


@router.get(
    "/jobs/{job_id}/suite",
    summary="How good the proposed set of a suite job is",
    response_class=Response,
    responses={
        200: {
            "description": "Settings, bounds, figures of both periods and notes, as in suite.json.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        },
        **responses(401, 403, 404, 409, 410, 422, 429),
    },
)
async def get_suite(request: Request, job: OwnJob) -> Response:
    """How far the set may be from the best possible, and what it costs in both periods."""
    content = await _file(request, job, names.about_suite(job.job_id))
    return Response(content, 200, None, "application/json")


async def _file(request: Request, job: JobRecord, name: str) -> bytes:
    service: Service = request.app.state.service
    if job.kind != "suite":
        raise Problem(409, "only suite jobs propose a set: POST /v1/suites")
    if job.state != "succeeded":
        raise Problem(409, f"the job is {job.state}; the set appears when it has succeeded")

    def read() -> bytes:
        with service.jobs.storage.open(name) as file:
            content: bytes = file.read()
        return content

    return await from_storage(read)
