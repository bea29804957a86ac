"""How the asynchronous client sends requests, and sends them again."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Self, TypeVar

import httpx

from packopt.client import calls
from packopt.client.errors import ApiError
from packopt.client.retrying import EVIDENCE_TIMEOUT_S, Retries
from packopt.client.server_sent import NO_CONTENT, ServerSentEvents

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path
    from types import TracebackType

    from packopt.client.calls import Call
    from packopt.client.documents import Job

R = TypeVar("R")
T = TypeVar("T")

_CHUNK_BYTES = 1 << 20


class AsyncSender:
    """Sends requests to a packopt service.

    Parameters and errors are those of `packopt.client.AsyncClient`.
    """

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        timeout_s: float = 60.0,
        evidence_timeout_s: float = EVIDENCE_TIMEOUT_S,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._retries = retries or Retries()
        self._long = httpx.Timeout(timeout_s, read=evidence_timeout_s)
        self._http = httpx.AsyncClient(
            base_url=url, headers=headers, timeout=timeout_s, transport=transport
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def __aenter__(self) -> Self:
        """Open the client for a ``with`` block."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it again."""
        await self.close()

    async def _send(self, call: Call[T]) -> T:
        async def take(response: httpx.Response) -> T:
            return call.read(response)

        return await self._attempts(call, take, stream=False)

    async def _download(self, call: Call[httpx.Response], path: Path) -> Path:
        """Write an answer to a file; one that breaks off is asked for again, from its start."""

        async def take(response: httpx.Response) -> Path:
            try:
                with part.open("wb") as file:
                    async for chunk in response.aiter_bytes(_CHUNK_BYTES):
                        file.write(chunk)
            finally:
                await response.aclose()
            part.replace(path)
            return path

        part = path.with_name(f".{path.name}.part")
        try:
            return await self._attempts(call, take, stream=True)
        finally:
            part.unlink(missing_ok=True)

    async def _events(self, job_id: str) -> AsyncIterator[Job]:
        """Yield a job whenever it changes; a stream that ends or breaks off is opened again."""
        reader, quiet = ServerSentEvents(), 0
        while True:
            response = await self._attempts(
                calls.events(job_id, reader.last_id), _same, stream=True
            )
            quiet += 1
            try:
                async for line in response.aiter_lines():
                    event = reader.feed(line)
                    if event is None:
                        continue
                    quiet = 0
                    yield json.loads(event.data)
                    if event.name == "end":
                        return
            except httpx.TransportError:
                if self._retries.wait_s(quiet, None) is None:
                    raise
            finally:
                await response.aclose()
            if response.status_code == NO_CONTENT:
                return  # there was nothing after the last event, and will not be
            reader.forget_unfinished()
            await asyncio.sleep(reader.retry_s)

    async def _attempts(
        self, call: Call[Any], take: Callable[[httpx.Response], Awaitable[R]], *, stream: bool
    ) -> R:
        """Send a request until its answer is there, whole, and for good."""
        attempt = 0
        while True:
            attempt += 1
            response, failure = None, None
            try:
                response = await self._once(call, stream=stream)
                if response.is_success or (attempt > 1 and calls.is_gone(call, response)):
                    return await take(response)
            except httpx.TransportError as error:
                if call.is_long and isinstance(error, httpx.ReadTimeout):
                    raise
                response, failure = None, error
            wait_s = self._retries.wait_s(attempt, response)
            if wait_s is None:
                if response is None:
                    raise failure or httpx.TransportError("no answer")
                await response.aread()
                raise ApiError(response)
            if response is not None:
                await response.aclose()
            await asyncio.sleep(wait_s)

    async def _once(self, call: Call[Any], *, stream: bool) -> httpx.Response:
        build = partial(
            self._http.build_request,
            call.method,
            call.path,
            headers=call.headers,
            params=call.query,
            timeout=self._long if call.is_long else httpx.USE_CLIENT_DEFAULT,
        )
        if call.file is None:
            return await self._http.send(build(json=call.json), stream=stream)
        with call.file.open("rb") as file:
            return await self._http.send(build(content=_chunks(file)), stream=stream)


async def _same(response: httpx.Response) -> httpx.Response:
    return response


async def _chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    """Read a file off the event loop."""
    while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
        yield chunk
