"""Logs as one JSON object a line on stderr: what was asked when, never what is in the orders."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import structlog

from packopt_service.metrics import REQUESTS
from packopt_service.problem_handlers import problem_response
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from fastapi import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("packopt_service")

HEADER: Final = "X-Request-Id"
_LONGEST: Final = 100


def configure_logs(level: int = logging.INFO) -> None:
    """Send structured logs, and those of the libraries, to stderr."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # DBOS has a handler of its own, which writes for people; it adds it where there is none.
    workflows = logging.getLogger("dbos")
    workflows.handlers[:] = [handler]
    workflows.propagate = False
    logging.captureWarnings(capture=True)
    # Each request is logged once, by RequestLog below, with its id.
    logging.getLogger("uvicorn.access").handlers.clear()
    logging.getLogger("uvicorn.access").propagate = False


class RequestLog:
    """Gives every request an id, measures it, and logs it by route; never its query or body.

    Parameters
    ----------
    app
        What answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        start = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", [])
                message["headers"].append((b"x-request-id", request_id.encode()))
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except asyncio.CancelledError:
            # The service stops, and has waited for this request as long as it may.
            if status:
                raise
            await _too_late(request_id)(scope, receive, sending)
        finally:
            status = status or HTTPStatus.INTERNAL_SERVER_ERROR
            route = getattr(scope.get("route"), "path", "unknown")
            seconds = time.perf_counter() - start
            REQUESTS.labels(scope["method"], route, str(status)).observe(seconds)
            log.info(
                "request",
                request_id=request_id,
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1e3, 2),
            )


def _too_late(request_id: str) -> Response:
    problem = Problem(
        503, "the service stops before it can answer; send it again", headers={"Retry-After": "5"}
    )
    return problem_response(problem, request_id)


def _given_id(scope: Scope) -> str:
    """Return the id that the caller gave, if it can stand in a log."""
    for name, value in scope["headers"]:
        if name == HEADER.lower().encode():
            text: str = value.decode("latin-1")
            plain = text.replace("-", "").replace("_", "").isalnum() and text.isascii()
            return text if plain and len(text) <= _LONGEST else ""
    return ""
