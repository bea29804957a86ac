"""The routes of ``/v1/parcels/{order}/...`` for ids that no path can hold, such as ``..``.

Clients and proxies take such ids for steps in a path, even where they are percent-encoded. In a
query every text arrives as it is.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from packopt_service.access import MayPack, MayRecommend
from packopt_service.problems import answers, responses
from packopt_service.routes import parcels
from packopt_service.routes.jobs import UUID
from packopt_service.routes.parcels import (
    PACKING_BODY,
    PAGE,
    Language,
    OrderInQuery,
    PackingRecord,
    ParcelNumber,
)

router = APIRouter(prefix="/v1", tags=["parcels"])


@router.get(
    "/evidence",
    summary="Evidence of an order of any id",
    responses=answers({"application/json": {"type": "object"}})
    | responses(401, 403, 404, 422, 429),
    response_class=Response,
)
async def evidence_of_any(request: Request, order: OrderInQuery, caller: MayRecommend) -> Response:
    """As `GET /v1/parcels/{order_id}/evidence`, also for ids such as `..` and `.`."""
    return await parcels.evidence(request, order, caller)


@router.get("/view", summary="An order of any id in 3D", responses=PAGE, response_class=Response)
async def view_of_any(
    request: Request,
    order: OrderInQuery,
    caller: MayRecommend,
    lang: Language = "en",
    parcel: ParcelNumber = None,
) -> Response:
    """As `GET /v1/parcels/{order_id}/view`, also for ids such as `..` and `.`."""
    return await parcels.view(request, order, caller, lang, parcel)


@router.get(
    "/sheet",
    summary="A packing sheet of an order of any id",
    responses=PAGE,
    response_class=Response,
)
async def sheet_of_any(
    request: Request,
    order: OrderInQuery,
    caller: MayRecommend,
    lang: Language = "en",
    parcel: ParcelNumber = None,
) -> Response:
    """As `GET /v1/parcels/{order_id}/sheet`, also for ids such as `..` and `.`."""
    return await parcels.sheet(request, order, caller, lang, parcel)


@router.post(
    "/packings",
    summary="Confirm or override a package of an order of any id",
    status_code=201,
    response_model=PackingRecord,
    responses=responses(400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 503),
    openapi_extra=PACKING_BODY,
)
async def pack_any(
    request: Request,
    order: OrderInQuery,
    caller: MayPack,
    job: Annotated[
        str | None,
        Query(
            pattern=UUID,
            description="The job that answered the order, of any key of the account; without it "
            "it is an order that was answered at once.",
        ),
    ] = None,
) -> Response:
    """As `POST /v1/parcels/{order_id}/packings`, also for orders of jobs, and ids such as `..`.

    With `job` the package that is confirmed or overridden is the one that the job recommended.
    """
    return await parcels.record_packing(request, caller, order, job)
