"""``POST /v1/recommendations``: one order or many, answered at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from packopt import __version__, make_evidence
from packopt_service.access import MayRecommend
from packopt_service.evidence_store import keep
from packopt_service.examples import RECOMMENDATION_REQUESTS
from packopt_service.finite_stock import can_run_out
from packopt_service.library import policy_digest, policy_of
from packopt_service.logs import log
from packopt_service.metrics import count
from packopt_service.problems import Problem, responses, validated
from packopt_service.routes.bodies import (
    IDEMPOTENCY_PARAMETER,
    media_type,
    once,
    read_body,
)
from packopt_service.schemas import RecommendationAnswer, RecommendationRequest
from packopt_service.solver import Question
from packopt_service.suiting import refuse_unsuitable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt import Catalogue, Policy
    from packopt_service.access import Caller
    from packopt_service.library import Version
    from packopt_service.schemas import Order
    from packopt_service.service import Service

ENGINE: Final = f"packopt {__version__}"
router = APIRouter(prefix="/v1", tags=["recommendations"])
#: Members of the policy that a request may state beside it.
_OVERRIDES: Final[tuple[Literal["objective", "alternatives"], ...]] = ("objective", "alternatives")
BODY: Final = TypeAdapter(RecommendationRequest)


@router.post(
    "/recommendations",
    summary="Recommend packages at once",
    response_model=RecommendationAnswer,
    responses=responses(400, 401, 403, 404, 409, 413, 415, 422, 429),
    openapi_extra={
        "parameters": [IDEMPOTENCY_PARAMETER],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/RecommendationRequest"},
                    "examples": RECOMMENDATION_REQUESTS,
                }
            },
        },
    },
)
async def recommend(request: Request, caller: MayRecommend) -> Response:
    """Find the cheapest package that holds each order, and say why nothing cheaper does.

    Orders are answered each by itself: one that cannot be accepted has the verdict `rejected` and
    errors with pointers into the request, and the others are answered all the same. The catalogue
    is used as if all of its stock were there for this request.

    More orders or units than the service answers at once, and orders that take it too long, are
    413: send them as a job.
    """
    service: Service = request.app.state.service
    if media_type(request) != "application/json":
        raise Problem(415, "expected Content-Type: application/json")
    raw = await read_body(request, service.settings.body_limit_bytes)
    body = validated(BODY.validate_json, raw)

    async def answer() -> Response:
        told = await _answer(service, caller, body)
        return Response(told, media_type="application/json")

    return await once(request, caller, raw, answer)


async def _answer(service: Service, caller: Caller, body: RecommendationRequest) -> bytes:
    _refuse_many(service, body["orders"])
    if service.settings.log_items:
        log.info("orders", order_ids=[order["order_id"] for order in body["orders"]])
    catalogue = await service.catalogue(body.get("catalogue"))
    policy, name, digest = await _policy(service, body.get("policy"))
    stated: dict[str, Any] = {name: body[name] for name in _OVERRIDES if name in body}
    changes = {name: value for name, value in stated.items() if value != getattr(policy, name)}
    if changes:
        policy = replace(policy, **changes)
        digest = policy_digest(policy)
    stated_by = next((name for name in ("objective", "policy") if name in body), "catalogue")
    refuse_unsuitable(catalogue, policy, f"/{stated_by}")
    _refuse_evidence(body, catalogue.value)
    told = await service.memory.answer(
        Question(
            orders=body["orders"],
            catalogue=catalogue.value,
            policy=policy,
            case=(catalogue.digest, digest),
            plans=body.get("plans", True),
            ruled_out=body.get("ruled_out", True),
        )
    )
    count(told.verdicts)
    if body.get("evidence"):
        documents = await run_in_threadpool(
            _evidence, service, body, told.answers, catalogue, (policy, name)
        )
        await run_in_threadpool(keep, service.engine, caller.account, documents)
    about = {
        "catalogue": catalogue.reference,
        "catalogue_digest": catalogue.digest,
        "policy": name,
        "policy_digest": digest,
        "engine": ENGINE,
        "notes": told.notes,
    }
    # The answers are JSON already.
    return b'{"answers":[' + b",".join(told.answers) + b"]," + msgspec.json.encode(about)[1:]


async def _policy(service: Service, wanted: Any) -> tuple[Policy, str | None, str]:
    """Return the policy, what the service calls it, and its digest."""
    if isinstance(wanted, dict):
        policy, digest = policy_of(wanted, "/policy")
        return policy, None, digest
    found = await service.policy(wanted)
    return found.value, found.reference, found.digest


def _evidence(
    service: Service,
    body: RecommendationRequest,
    answers: Sequence[bytes],
    catalogue: Version[Catalogue],
    policy: tuple[Policy, str | None],
) -> dict[str, bytes]:
    """Return the evidence of each order that was answered."""
    packages = service.packages_of(catalogue)
    return {
        answer["order_id"]: make_evidence(
            answer,
            order,
            packages,
            policy[0],
            catalogue_digest=catalogue.digest,
            catalogue_reference=catalogue.reference,
            policy_reference=policy[1],
        )
        for order, answer in zip(body["orders"], map(msgspec.json.decode, answers), strict=True)
        if answer["verdict"] != "rejected"
    }


def _refuse_evidence(body: RecommendationRequest, catalogue: Catalogue) -> None:
    if not body.get("evidence"):
        return
    if not (body.get("plans", True) and body.get("ruled_out", True)):
        raise Problem(
            422,
            "evidence needs plans and ruled_out; leave them out or true",
            [("/evidence", "true without plans or ruled_out")],
        )
    if can_run_out(catalogue) and len(body["orders"]) > 1:
        raise Problem(
            422,
            "with finite stock an answer rests on the orders before it; ask for the evidence of "
            "one order at a time",
            [("/evidence", "true with several orders and finite stock")],
        )


def _refuse_many(service: Service, orders: Sequence[Order]) -> None:
    most = service.settings.orders_per_request
    if len(orders) > most:
        raise Problem(
            413,
            f"found {len(orders):,} orders, expected at most {most:,}; send them as a job: "
            "POST /v1/jobs",
            [("/orders", f"has {len(orders):,} orders")],
        )
    units = sum(_units(line["qty"]) for order in orders for line in order["lines"])
    most = service.settings.units_per_request
    if units > most:
        raise Problem(
            413,
            f"found {units:,} units, expected at most {most:,}; send them as a job: POST /v1/jobs",
            [("/orders", f"have {units:,} units")],
        )


def _units(qty: Any) -> int:
    """Return the units of a line; a quantity that is none will be rejected."""
    try:
        return max(0, int(float(qty or 0)))
    except (ValueError, OverflowError):
        return 0
