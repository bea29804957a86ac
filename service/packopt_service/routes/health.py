"""Is it alive, is it ready, and what did it do."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from packopt_service.access import MayRecommend, MaySeeMetrics
from packopt_service.jobs.spec import FINISHED, OPEN
from packopt_service.metrics import JOBS, QUEUED, SOLVERS
from packopt_service.problems import Problem, responses

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The state of the service."""

    status: Literal["ok", "ready"]


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", summary="Is the process alive?", responses=responses())
async def healthz() -> Health:
    """Answer as long as the process can answer at all. Needs no key."""
    return Health(status="ok")


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", summary="Is the kernel warm?", responses=responses(503))
async def readyz(request: Request) -> Health:
    """Answer 200 once the kernel is compiled and warm. Needs no key."""
    not_ready = request.app.state.service.not_ready
    if not_ready:
        raise Problem(503, not_ready, headers={"Retry-After": "5"})
    return Health(status="ready")


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **responses(401, 403, 429),
    },
    response_class=Response,
)
async def metrics(request: Request, _: MaySeeMetrics) -> Response:
    """Latencies, orders by verdict, rejects, requests that wait, and jobs by state."""
    service = request.app.state.service
    QUEUED.set(service.solver.queued)
    SOLVERS.set(service.solver.alive)
    with suppress(SQLAlchemyError):  # what the process counts itself is told in any case
        known = await run_in_threadpool(service.jobs.records.count_by_state)
        for state in (*OPEN, *FINISHED):
            JOBS.labels(state).set(known.get(state, 0))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/openapi.json", include_in_schema=False)
async def openapi_document(request: Request, _: MayRecommend) -> dict[str, Any]:
    """The documentation of the API, behind a key like the API itself."""
    document: dict[str, Any] = request.app.openapi()
    return document
