"""Answering with problems: every error of an application becomes one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DataError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.routing import Match

from packopt import InputError
from packopt_service.problems import MEDIA_TYPE, Problem, from_input, from_validation

_MOST_FAULTS: Final = 100


def handle_problems(app: FastAPI) -> None:
    """Answer every error of an application as a problem."""

    @app.exception_handler(Problem)
    async def _problem(request: Request, problem: Problem) -> Response:
        return problem_response(problem, _request_id(request))

    @app.exception_handler(RequestValidationError)
    async def _validation(request: Request, error: RequestValidationError) -> Response:
        return problem_response(from_validation(error.errors()), _request_id(request))

    @app.exception_handler(InputError)
    async def _input(request: Request, error: InputError) -> Response:
        return problem_response(from_input(error), _request_id(request))

    @app.exception_handler(OperationalError)
    @app.exception_handler(InterfaceError)
    @app.exception_handler(InternalError)
    @app.exception_handler(PoolTimeout)
    async def _database(request: Request, _: Exception) -> Response:
        problem = Problem(
            503, "the database does not answer; try again later", headers={"Retry-After": "5"}
        )
        return problem_response(problem, _request_id(request))

    @app.exception_handler(DataError)
    async def _value(request: Request, _: Exception) -> Response:
        problem = Problem(
            422, "a value is too long to be kept, or has the character NUL in it; change it"
        )
        return problem_response(problem, _request_id(request))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            # The router knows the methods of the first route of that path only.
            headers["Allow"] = ", ".join(sorted(_methods(request)))
        problem = Problem(error.status_code, str(error.detail), headers=headers)
        return problem_response(problem, _request_id(request))

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        del error  # the server logs it, under the same request
        problem = Problem(500, "a fault of the service; the logs know it by the request_id")
        return problem_response(problem, _request_id(request))


def _methods(request: Request) -> set[str]:
    """Return the methods that some route has for the path of a request."""
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        match, _ = context.matches(request.scope)
        if match is not Match.NONE:
            found |= context.methods or set()
    return found


def _encodable(text: str) -> str:
    """Return a text without halves of characters, which JSON escapes may bring in."""
    return text.encode("utf-8", "backslashreplace").decode()


def _request_id(request: Request) -> str | None:
    found: str | None = getattr(request.state, "request_id", None)
    return found


def problem_response(problem: Problem, request_id: str | None = None) -> Response:
    """Return a problem as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": _encodable(problem.detail),
        "request_id": request_id,
        "errors": [
            {"pointer": _encodable(pointer), "detail": _encodable(detail)}
            for pointer, detail in problem.errors[:_MOST_FAULTS]
        ],
    }
    return Response(msgspec.json.encode(body), problem.status, problem.headers, MEDIA_TYPE)
