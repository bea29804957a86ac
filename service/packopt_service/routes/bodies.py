"""Reading bodies within limits, and routes whose POST requests can be repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from packopt_service.idempotency import Claim, key_of
from packopt_service.problem_handlers import problem_response
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from fastapi import Request, Response

    from packopt_service.access import Caller

IDEMPOTENCY_PARAMETER: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Makes it safe to send the request again: the same key and body get the same "
    "answer, the same key with another body 422.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Read a body into memory.

    Raises
    ------
    Problem
        413 if it is larger than allowed, 400 if it breaks off, 415 if it is compressed.
    """
    content_encoding(request)
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most_bytes:
        raise too_large(most_bytes)
    chunks, size = [], 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most_bytes:
                raise too_large(most_bytes)
            chunks.append(chunk)
    except ClientDisconnect as fault:
        raise Problem(400, "the body breaks off; send it again") from fault
    return b"".join(chunks)


def too_large(most_bytes: int) -> Problem:
    """Return the problem of a body that is too large."""
    return Problem(
        413, f"the body is larger than {most_bytes:,} bytes; send it as a job: POST /v1/jobs"
    )


def media_type(request: Request) -> str:
    """Return the media type of a body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def content_encoding(request: Request, known: Sequence[str] = ()) -> str:
    """Return how a body is compressed, ``identity`` for not at all.

    Parameters
    ----------
    request
        The request.
    known
        The compressions that are understood here.

    Raises
    ------
    Problem
        415 if it is another one; ``Accept-Encoding`` says which would do (RFC 9110, 15.5.16).
    """
    encoding = request.headers.get("content-encoding", "").strip().lower() or "identity"
    if encoding != "identity" and encoding not in known:
        raise Problem(
            415,
            f"found Content-Encoding: {encoding}; expected {' or '.join(known) or 'none'}"
            f"{', or none' if known else ''}; send the body so",
            headers={"Accept-Encoding": ", ".join((*known, "identity"))},
        )
    return encoding


async def once(
    request: Request,
    caller: Caller,
    digest: str | bytes,
    answer: Callable[[], Awaitable[Response]],
) -> Response:
    """Answer a POST, or answer again what its idempotency key was answered before.

    Parameters
    ----------
    request, caller
        The request and who sent it.
    digest
        SHA-256 of its body; or the body itself.
    answer
        Does the work. A `Problem` that it raises is remembered like any other answer.

    Raises
    ------
    Problem
        As of `packopt_service.idempotency.Claims.take`.
    """
    return await once_claimed(request, caller, digest, lambda _: answer())


async def once_claimed(
    request: Request,
    caller: Caller,
    digest: str | bytes,
    answer: Callable[[Claim | None], Awaitable[Response]],
) -> Response:
    """As `once`, for work that keeps something: it settles the claim by `settle_in` itself.

    Parameters
    ----------
    request, caller, digest
        As of `once`.
    answer
        Does the work, given the claim; None if the request has no idempotency key.
    """
    key = key_of(request)
    if key is None:
        return await answer(None)
    claims = request.app.state.service.claims
    sha256 = _digest_of(request, digest) if isinstance(digest, bytes) else digest
    route = hashlib.sha256(request.url.path.encode()).hexdigest()  # paths may be long
    wanted = Claim(caller.key_id, route, key, sha256)
    stored = await run_in_threadpool(claims.take, wanted)
    if stored is not None:
        from fastapi import Response

        return Response(stored.body, stored.status, stored.headers | {"Idempotent-Replay": "true"})
    try:
        try:
            response = await answer(wanted)
        except Problem as problem:
            response = problem_response(problem, request.state.request_id)
        await run_in_threadpool(
            claims.settle,
            wanted,
            response.status_code,
            dict(response.headers),
            bytes(response.body),
        )
    except BaseException:
        await run_in_threadpool(claims.give_up, wanted)
        raise
    return response


def _digest_of(request: Request, body: bytes) -> str:
    """Return the SHA-256 of a request: its query, the type of its body, and its body."""
    sha256 = hashlib.sha256(f"{request.url.query}\n{media_type(request)}\n".encode())
    sha256.update(body)
    return sha256.hexdigest()
