"""What a job came to: tables, rejects, the report, and events on the way."""

from __future__ import annotations

import asyncio
import time
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from packopt_service.jobs import names
from packopt_service.jobs.document import job_document
from packopt_service.jobs.results import FORMATS, chosen_format, stream_table
from packopt_service.jobs.spec import FINISHED
from packopt_service.jobs.stored_answers import DamagedResultsError
from packopt_service.problems import Problem, responses
from packopt_service.routes.jobs import OwnJob
from packopt_service.routes.stored_files import from_storage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from packopt_service.jobs.records import JobRecord
    from packopt_service.service import Service

router = APIRouter(prefix="/v1", tags=["jobs"])

_POLL_S: Final = 0.5
_COMMENT_S: Final = 10.0
#: Seconds of one stream of events; who listens connects again, and misses nothing.
_STREAM_S: Final = 60.0
_SUFFIXES: Final = {"ndjson": "ndjson", "csv": "csv", "parquet": "parquet", "arrow": "arrows"}

_TABLES: Final = (*names.TABLES, *names.SAVINGS_TABLES, *names.SUITE_TABLES)
#: Which jobs have further tables and a report, and where they are submitted.
_WITH_REPORT: Final = {"savings": "POST /v1/savings", "suite": "POST /v1/suites"}
Table = StrEnum("Table", {name: name for name in _TABLES})  # type: ignore[misc]

_ORDERS: Final = Table("orders")

_EVENT: Final = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["progress", "end"]},
        "id": {"type": "string"},
        "data": {"type": "string", "description": "The job, as JSON."},
        "retry": {"type": "integer"},
    },
}

_TABLE_ANSWER: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The table.",
        "content": {
            media: {"schema": {"type": "string"}}
            if media == "text/csv"
            else {"schema": {"type": "string", "format": "binary"}}
            for media in FORMATS
        },
    }
}


@router.get(
    "/jobs/{job_id}/results",
    summary="A table of the results",
    response_class=Response,
    responses=_TABLE_ANSWER | responses(401, 403, 404, 406, 409, 410, 422, 429),
)
async def get_results(
    request: Request,
    job: OwnJob,
    table: Annotated[
        Table,
        Query(
            description="savings_... and what follows it: of savings and suite jobs; "
            "suite_...: of suite jobs."
        ),
    ] = _ORDERS,
) -> Response:
    """A table as NDJSON, CSV, Parquet or Arrow stream, by `Accept`; the rows in the input's order.

    Results appear when the job has succeeded; before that it is 409, as it is if they are damaged;
    410 if they are gone from the storage.
    """
    if job.state != "succeeded":
        why = {
            "failed": f"the job failed: {job.error}",
            "cancelled": "the job was cancelled; it has no results",
        }.get(job.state, f"the job is {job.state}; results appear when it has succeeded")
        raise Problem(409, why)
    if table.value in names.SAVINGS_TABLES and job.kind not in _WITH_REPORT:
        raise Problem(409, f"the table {table.value} is one of savings jobs: POST /v1/savings")
    if table.value in names.SUITE_TABLES and job.kind != "suite":
        raise Problem(409, f"the table {table.value} is one of suite jobs: POST /v1/suites")
    return await _table(request, job, table.value, job.parts or 0)


@router.get(
    "/jobs/{job_id}/rejects",
    summary="Lines that could not be accepted",
    response_class=Response,
    responses=_TABLE_ANSWER | responses(401, 403, 404, 406, 409, 410, 422, 429),
)
async def get_rejects(request: Request, job: OwnJob) -> Response:
    """The rejects so far, also of a running job: row, order, field, value, reason and hint.

    It is 410 if they are gone from the storage, 409 if they are damaged.
    """
    parts = 0 if job.state == "cancelled" else job.parts_done
    return await _table(request, job, "rejects", parts)


@router.get(
    "/jobs/{job_id}/report",
    summary="The report of a savings or suite job",
    response_class=Response,
    responses={
        200: {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}},
        **responses(401, 403, 404, 409, 410, 422, 429),
    },
)
async def get_report(request: Request, job: OwnJob) -> Response:
    """One page that loads nothing from elsewhere."""
    service: Service = request.app.state.service
    if job.kind not in _WITH_REPORT:
        where = " or ".join(_WITH_REPORT.values())
        raise Problem(409, f"only savings and suite jobs have a report: {where}")
    if job.state != "succeeded":
        raise Problem(409, f"the job is {job.state}; the report appears when it has succeeded")

    def read() -> bytes:
        with service.jobs.storage.open(names.report(job.job_id)) as file:
            content: bytes = file.read()
        return content

    page = await from_storage(read)
    # Texts of orders stand in it: it may compute, but neither ask nor send anything.
    headers = {"Content-Security-Policy": "sandbox allow-scripts allow-downloads"}
    return Response(page, 200, headers, "text/html; charset=utf-8")


@router.get(
    "/jobs/{job_id}/events",
    summary="Follow a job",
    response_class=Response,
    responses={
        200: {
            "description": "Server-sent events `progress`, and a last one `end`; each carries the "
            "job as GET /v1/jobs/{job_id} shows it.",
            "content": {"text/event-stream": {"schema": _EVENT}},
        },
        204: {"description": "There is nothing after Last-Event-ID, and will not be."},
        **responses(401, 403, 404, 422, 429),
    },
)
async def get_events(
    request: Request,
    job: OwnJob,
    last_event_id: Annotated[
        str | None, Header(max_length=100, description="The last event that was received.")
    ] = None,
) -> Response:
    """Server-sent events whenever the job changes; a stream that breaks off can be resumed.

    A stream ends after a minute, or when the service stops; clients of server-sent events connect
    again by themselves.
    """
    seen = (
        int(last_event_id)
        if last_event_id and last_event_id.isascii() and last_event_id.isdigit()
        else 0
    )
    if job.state in FINISHED and seen >= job.revision:
        return Response(status_code=204)
    service: Service = request.app.state.service
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    events = _events(service, job, seen)
    return StreamingResponse(events, 200, headers, media_type="text/event-stream")


async def _events(service: Service, job: JobRecord, seen: int) -> AsyncIterator[bytes]:
    start = spoken = time.monotonic()
    found: JobRecord | None = job
    yield b"retry: 1000\n\n"
    while found is not None:
        if found.revision > seen:
            seen = found.revision
            name = "end" if found.state in FINISHED else "progress"
            data = job_document(found).model_dump_json()
            yield format_sse_event(data_str=data, event=name, id=str(seen))
            spoken = time.monotonic()
        if found.state in FINISHED or time.monotonic() - start > _STREAM_S:
            return
        if service.is_stopping:
            return  # the client connects again, to another service or to this one's successor
        if time.monotonic() - spoken > _COMMENT_S:
            spoken = time.monotonic()
            yield b": still there\n\n"
        await asyncio.sleep(_POLL_S)
        try:
            found = await run_in_threadpool(service.jobs.records.get, job.job_id)
        except SQLAlchemyError:
            return  # the client connects again, when the database is back


async def _table(request: Request, job: JobRecord, table: str, parts: int) -> Response:
    service: Service = request.app.state.service
    media = chosen_format(request.headers.get("accept"))
    if media is None:
        raise Problem(406, f"expected Accept to allow one of {', '.join(FORMATS)}")
    name = f"{table}.{_SUFFIXES[FORMATS[media]]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}

    def begin() -> Iterator[bytes]:
        import pyarrow as pa

        # As far as the first piece, while there still is a status to tell a fault by.
        chunks = stream_table(service.jobs.storage, job.job_id, table, parts, FORMATS[media])
        try:
            return chain([next(chunks, b"")], chunks)
        except pa.ArrowException as fault:
            raise DamagedResultsError(f"the table {table}: {fault}") from fault

    return StreamingResponse(await from_storage(begin), 200, headers, media)
