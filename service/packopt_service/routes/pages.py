"""The web page, its files, and what only it asks for.

Every one of them needs a key like any other route: a browser asks for it by itself (HTTP Basic),
and keeps it until it is closed. No script and no style comes from elsewhere, and no script runs
that is not ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from packopt import Evidence, ResultError, __version__, packing_fragment, why_not
from packopt_service import evidence_store
from packopt_service.access import MayPack, MayRecommend
from packopt_service.order_files import ORDER_TYPES, nested_orders
from packopt_service.problems import Problem
from packopt_service.routes.bodies import media_type, once, read_body
from packopt_service.routes.jobs import UUID, job_of_account
from packopt_service.routes.parcels import Language, OrderInQuery, ParcelNumber
from packopt_service.safe_headers import drawing_headers, file_headers, page_headers
from packopt_service.static_files import PLOTLY, StaticFile, plotly_script, static_files

if TYPE_CHECKING:
    from packopt_service.access import Caller
    from packopt_service.service import Service

# The page is no part of the API: what it asks for may change with it.
router = APIRouter(include_in_schema=False)

_JOBS_OF_A_BENCH: Final = 30
_FRAME: Final = """\
<!doctype html>
<html lang="{lang}" class="{place}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>packopt</title>
<script src="/static/plotly.js"></script>
</head>
<body>
{view}
<link rel="stylesheet" href="/static/frame.css">
</body>
</html>
"""


@router.head("/")
@router.get("/")
async def index(request: Request, _: MayRecommend) -> Response:
    """The page on which orders are asked about."""
    return _page(request, "index.html")


@router.head("/bench")
@router.get("/bench")
async def bench(request: Request, _: MayRecommend) -> Response:
    """The page of a packing bench."""
    return _page(request, "bench.html")


@router.head("/static/{name:path}")
@router.get("/static/{name:path}")
async def static(request: Request, name: str, _: MayRecommend) -> Response:
    """A file of the page."""
    file: StaticFile | None = static_files().get(name)
    if name == PLOTLY:
        file = await run_in_threadpool(_plotly)
    if file is None:
        raise Problem(404, f"there is no file {name}")
    return file.answer(request, file_headers())


@router.get("/v1/pages/settings")
async def settings(request: Request, _: MayRecommend) -> dict[str, Any]:
    """What the page must know of the service."""
    service: Service = request.app.state.service
    paths = request.app.openapi()["paths"]
    return {
        "version": __version__,
        "catalogue": service.settings.catalogue,
        "orders_per_request": service.settings.orders_per_request,
        "body_limit_bytes": service.settings.body_limit_bytes,
        "jobs": "/v1/jobs" in paths,
        "savings": "/v1/savings" in paths,
    }


@router.post("/v1/pages/orders")
async def orders(request: Request, caller: MayRecommend) -> Response:
    """Read a file of orders, and return it as ``POST /v1/recommendations`` takes orders."""
    service: Service = request.app.state.service
    ending = ORDER_TYPES.get(media_type(request))
    if ending is None:
        raise Problem(415, f"expected Content-Type to be one of {', '.join(ORDER_TYPES)}")
    raw = await read_body(request, service.settings.body_limit_bytes)
    most = service.settings.orders_per_request

    async def answer() -> Response:
        found = await run_in_threadpool(nested_orders, raw, ending, most)
        return Response(msgspec.json.encode(found), media_type="application/json")

    return await once(request, caller, raw, answer)


@router.get("/v1/pages/jobs")
async def answered_jobs(request: Request, caller: MayPack) -> list[dict[str, Any]]:
    """The newest jobs whose orders a packing bench may open: those of all keys of its account."""
    service: Service = request.app.state.service
    find = service.jobs.records.newest_answered
    found = await run_in_threadpool(find, caller.key_id, caller.account, _JOBS_OF_A_BENCH)
    return [
        {"job_id": one.job_id, "created": one.created, "orders": one.orders_done} for one in found
    ]


@router.get("/v1/pages/why")
async def why(request: Request, order_id: OrderInQuery, caller: MayRecommend) -> dict[str, str]:
    """Why other packages will not do: a sentence with the numbers for each of them."""
    body = await _evidence(request, caller, order_id)
    return await run_in_threadpool(lambda: why_not(Evidence.from_bytes(body)))


@router.get("/v1/pages/parcel")
async def frame(
    request: Request,
    order_id: OrderInQuery,
    caller: MayRecommend,
    lang: Language = "en",
    parcel: ParcelNumber = None,
    place: Annotated[str, Query(pattern="^(page|bench)$")] = "page",
    job: Annotated[str | None, Query(pattern=UUID)] = None,
) -> Response:
    """An order in 3D for a frame of the page, which shares Plotly's script with other frames."""
    if job is None:
        body = await _evidence(request, caller, order_id)
    else:
        service: Service = request.app.state.service
        found = await job_of_account(request, job, caller)
        body = await service.evidence.shown(found, order_id, request.is_disconnected)
    view = await run_in_threadpool(_drawn, body, order_id, parcel, lang)
    html = "zh-Hans" if lang == "zh" else lang
    text = _FRAME.format(lang=html, place=place, view=view)
    return Response(text, 200, drawing_headers(view, framed=True), "text/html")


async def _evidence(request: Request, caller: Caller, order_id: str) -> bytes:
    engine = request.app.state.service.engine
    body = await run_in_threadpool(evidence_store.find, engine, caller.account, order_id)
    if body is None:
        raise Problem(404, f"no evidence is kept of the order {order_id}")
    return body


def _page(request: Request, name: str) -> Response:
    return static_files()[name].answer(request, page_headers())


def _plotly() -> StaticFile:
    """Return Plotly's script, and make its packed form, which takes a while once."""
    file = plotly_script()
    _ = file.etag, file.packed
    return file


def _drawn(body: bytes, order_id: str, parcel: int | None, lang: Language) -> str:
    evidence = Evidence.from_bytes(body)
    try:
        return packing_fragment(
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
