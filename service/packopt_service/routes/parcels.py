"""``/v1/parcels/...``: evidence, pictures, and what the packing bench did."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from packopt import Evidence, packing_sheet, packing_view
from packopt_service import evidence_store, packings
from packopt_service.access import MayPack, MayRecommend
from packopt_service.idempotency import settle_in
from packopt_service.order_ids import register_order_ids
from packopt_service.problems import Problem, answers, responses, validated
from packopt_service.routes.bodies import IDEMPOTENCY_PARAMETER, once_claimed, read_body
from packopt_service.routes.jobs import job_of_account
from packopt_service.safe_headers import drawing_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from packopt_service.access import Caller
    from packopt_service.idempotency import Claim
    from packopt_service.service import Service

register_order_ids()
router = APIRouter(prefix="/v1", tags=["parcels"])

OrderId = Annotated[str, Path(min_length=1, max_length=200)]
OrderInQuery = Annotated[
    str,
    Query(alias="order", min_length=1, max_length=200, description="Id of the order, any text."),
]
Language = Annotated[Literal["en", "zh"], Query(description="Language of the page.")]
ParcelNumber = Annotated[int | None, Query(ge=1, le=10_000)]
PAGE: dict[int | str, dict[str, Any]] = answers({"text/html": {"type": "string"}}) | responses(
    401, 403, 404, 409, 422, 429
)
PACKING_BODY: dict[str, Any] = {
    "parameters": [IDEMPOTENCY_PARAMETER],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Packing"}}},
    },
}


class Packing(BaseModel):
    """What was done with a parcel."""

    model_config = ConfigDict(extra="forbid")

    parcel: int = Field(1, ge=1, le=10_000, description="Number of the parcel in its order.")
    package_id: str = Field(min_length=1, max_length=200, description="The package really used.")
    reason: Literal[packings.REASONS] | None = Field(  # type: ignore[valid-type]
        None, description="Why, where that is not the recommended one; then it is needed."
    )
    note: str | None = Field(None, max_length=500, description="In words; no personal data.")


class PackingRecord(BaseModel):
    """A record of the packing bench."""

    order_id: str
    parcel: int
    recommended_package_id: str
    package_id: str
    reason: str | None
    note: str | None
    packed: datetime
    job_id: str | None = Field(description="The job that answered the order; null: at once.")


class Rates(BaseModel):
    """How often packers took another package."""

    parcels: int
    overridden: int
    override_rate: float | None
    reasons: dict[str, int]


@router.get(
    "/parcels/{order_id:text}/evidence",
    summary="Evidence of an order",
    responses=answers({"application/json": {"type": "object"}})
    | responses(401, 403, 404, 422, 429),
    response_class=Response,
)
async def evidence(request: Request, order_id: OrderId, caller: MayRecommend) -> Response:
    """All that an answer rests on, as canonical JSON that `packopt check` verifies offline.

    It is kept for orders that were recommended with `"evidence": true`; that of an order of a job
    is at `GET /v1/jobs/{job_id}/evidence`. Ids such as `..` go to `GET /v1/evidence`: clients and
    proxies take them for steps in a path.
    """
    return evidence_response(await _evidence(request.app.state.service, caller, order_id))


@router.get(
    "/parcels/{order_id:text}/view",
    summary="An order in 3D",
    responses=PAGE,
    response_class=Response,
)
async def view(
    request: Request,
    order_id: OrderId,
    caller: MayRecommend,
    lang: Language = "en",
    parcel: ParcelNumber = None,
) -> Response:
    """A page with each parcel in 3D, step by step; it fetches nothing."""
    body = await _evidence(request.app.state.service, caller, order_id)
    return await run_in_threadpool(drawn, packing_view, body, order_id, parcel, lang)


@router.get(
    "/parcels/{order_id:text}/sheet",
    summary="A packing sheet to print",
    responses=PAGE,
    response_class=Response,
)
async def sheet(
    request: Request,
    order_id: OrderId,
    caller: MayRecommend,
    lang: Language = "en",
    parcel: ParcelNumber = None,
) -> Response:
    """Numbered steps, to print."""
    body = await _evidence(request.app.state.service, caller, order_id)
    return await run_in_threadpool(drawn, packing_sheet, body, order_id, parcel, lang)


@router.post(
    "/parcels/{order_id:text}/packings",
    summary="Confirm or override a package",
    status_code=201,
    response_model=PackingRecord,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 429),
    openapi_extra=PACKING_BODY,
)
async def pack(request: Request, order_id: OrderId, caller: MayPack) -> Response:
    """Keep what a packer did with a parcel. The newest record of a parcel counts."""
    return await record_packing(request, caller, order_id)


async def record_packing(
    request: Request, caller: Caller, order_id: str, job_id: str | None = None
) -> Response:
    """Record what the body of a request says was done with a parcel.

    Parameters
    ----------
    request, caller
        The request and who sent it.
    order_id
        The order.
    job_id
        The job that answered it; None for the evidence that a recommendation kept.

    Raises
    ------
    Problem
        404 if there is no such order or parcel, 422 if the body is not as it should be or lacks
        the reason for another package; those of `EvidenceMaker.packages` for orders of jobs.
    """
    service: Service = request.app.state.service
    raw = await read_body(request, service.settings.body_limit_bytes)
    packing = validated(Packing.model_validate_json, raw)

    async def answer(claimed: Claim | None) -> Response:
        recommended = await _recommended(request, caller, order_id, packing.parcel, job_id)
        if packing.package_id != recommended and packing.reason is None:
            raise Problem(
                422,
                f"{recommended} was recommended; say why {packing.package_id} was used: one of "
                f"{', '.join(packings.REASONS)}",
                [("/reason", "is missing")],
            )
        told = b""

        def settle(connection: sa.Connection, row: dict[str, Any]) -> None:
            nonlocal told
            told = PackingRecord.model_validate(row).model_dump_json().encode()
            settle_in(connection, claimed, 201, {"content-type": "application/json"}, told)

        await run_in_threadpool(
            packings.record,
            service.engine,
            caller.account,
            order_id,
            packing.parcel,
            recommended,
            packing.package_id,
            packing.reason,
            packing.note,
            job_id,
            settle,
        )
        return Response(told, 201, media_type="application/json")

    return await once_claimed(request, caller, raw, answer)


@router.get(
    "/packings",
    summary="List what packers did",
    responses=answers(
        {
            "text/csv": {"type": "string"},
            "application/json": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/PackingRecord"},
            },
        }
    )
    | responses(401, 403, 429),
    response_class=Response,
)
async def list_packings(request: Request, caller: MayPack) -> Response:
    """The newest record of each parcel: CSV if asked for by Accept, else JSON.

    `packopt savings --packings FILE` takes the CSV and reports the override rate.
    """
    service: Service = request.app.state.service
    rows = packings.newest(service.engine, caller.account)
    if "text/csv" in request.headers.get("accept", ""):
        return StreamingResponse(_csv(rows), media_type="text/csv")
    listed = await run_in_threadpool(list, rows)
    return Response(msgspec.json.encode(listed), media_type="application/json")


@router.get("/packings/rates", summary="Override rate", responses=responses(401, 403, 429))
async def packing_rates(request: Request, caller: MayPack) -> Rates:
    """How often another package than the recommended one was used, and why."""
    service: Service = request.app.state.service
    return Rates(**await run_in_threadpool(packings.rates, service.engine, caller.account))


def evidence_response(body: bytes) -> Response:
    """Return evidence as a file to be kept."""
    headers = {"Content-Disposition": 'attachment; filename="evidence.json"'}
    return Response(body, 200, headers, "application/json")


async def _evidence(service: Service, caller: Caller, order_id: str) -> bytes:
    found = await run_in_threadpool(evidence_store.find, service.engine, caller.account, order_id)
    if found is None:
        raise Problem(
            404,
            f'no evidence is kept of the order {order_id}; recommend it with "evidence": true; '
            "orders of a job are asked for by the job",
        )
    return found


async def _recommended(
    request: Request, caller: Caller, order_id: str, parcel: int, job_id: str | None
) -> str:
    """Return the package that was recommended for a parcel, at once or by a job."""
    service: Service = request.app.state.service
    if job_id is None:
        document: Any = msgspec.json.decode(await _evidence(service, caller, order_id))
        packages = [str(one["package_id"]) for one in document["answer"]["parcels"]]
    else:
        job = await job_of_account(request, job_id, caller)
        packages = await service.evidence.packages(job, order_id, request.is_disconnected)
    if parcel > len(packages):
        raise Problem(404, f"the order {order_id} has {len(packages)} parcels, no parcel {parcel}")
    return packages[parcel - 1]


def drawn(draw: Any, body: bytes, order_id: str, parcel: int | None, lang: str) -> Response:
    """Return a page that `draw` makes of evidence.

    Raises
    ------
    Problem
        409 if there is nothing to draw.
    """
    from packopt import ResultError

    evidence = Evidence.from_bytes(body)
    try:
        text = draw(
            evidence.result,
            order_id,
            parcel,
            lang,
            orders=evidence.orders,
            catalogue=evidence.catalogue,
        )
    except ResultError as fault:
        # The order is known, but there is nothing to draw: no package holds it.
        raise Problem(409, str(fault)) from fault
    return Response(text, 200, drawing_headers(text), "text/html")


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield lines of CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(PackingRecord.model_fields))
    writer.writeheader()
    for row in rows:
        if text.tell() > 1 << 16:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
        writer.writerow(row)
    yield text.getvalue()
