"""The application: routes, errors, logs, and its documentation."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.openapi.utils import get_openapi
from pydantic import TypeAdapter

from packopt import __version__
from packopt_service.logs import RequestLog
from packopt_service.problem_handlers import handle_problems
from packopt_service.problems import ProblemDetails
from packopt_service.routes import (
    health,
    job_evidence,
    job_results,
    jobs,
    orders_in_query,
    pages,
    parcels,
    recommendations,
    savings,
    shelves,
    suites,
)
from packopt_service.routes.parcels import Packing, PackingRecord
from packopt_service.schemas import RecommendationRequest
from packopt_service.service import Service
from packopt_service.settings import Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_DESCRIPTION = """\
For each order the smallest standard carton or mailer that really holds it, with proof.

Every answer says `optimal` (all cheaper packages are ruled out, and by what) or `feasible` (and
what stayed open). Errors are problem details (RFC 9457). Every POST takes an `Idempotency-Key`.
Keys are sent as `Authorization: Bearer pk_...`, or as the password of HTTP Basic.
"""


def create_app(settings: Settings | None = None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    settings
        What to start it with; from the environment if None.

    Returns
    -------
    An ASGI application. Its parts are in ``app.state.service``.

    Raises
    ------
    sqlalchemy.exc.SQLAlchemyError
        If the database cannot be reached.
    """
    settings = settings or Settings()
    service = Service(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start()
        yield
        await service.stop()

    app = FastAPI(
        title="packopt",
        version=__version__,
        summary="Box recommendations with proof",
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page would fetch scripts from elsewhere
        redoc_url=None,
        openapi_url=None,  # served below, behind a key
        separate_input_output_schemas=False,
    )
    app.state.service = service
    app.state.gatekeeper = service.gatekeeper
    handle_problems(app)
    for module in (
        health, recommendations, jobs, job_results, job_evidence, savings, suites, parcels,
        orders_in_query, shelves, pages,
    ):  # fmt: skip
        app.include_router(module.router)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key"],
            expose_headers=["Location", "Retry-After", "X-Request-Id"],
        )
    app.add_middleware(RequestLog)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            openapi_version="3.1.0",
            summary=app.summary,
            description=app.description,
            routes=app.routes,
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        template = "#/components/schemas/{model}"
        for kind in (RecommendationRequest, Packing, PackingRecord, ProblemDetails):
            schema = TypeAdapter(kind).json_schema(ref_template=template)
            schemas |= schema.pop("$defs", {})
            schemas[kind.__name__] = schema
        document["components"]["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "basic": {"type": "http", "scheme": "basic"},
        }
        document["security"] = [{"bearer": []}, {"basic": []}]
        for path in ("/healthz", "/readyz"):
            document["paths"][path]["get"]["security"] = []
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        app.openapi_schema = document
    return app.openapi_schema
