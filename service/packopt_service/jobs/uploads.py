"""Receiving an upload: to disk as it comes, measured and hashed on the way."""

from __future__ import annotations

import hashlib
import time
import uuid
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from packopt_service.problems import Problem
from packopt_service.routes.bodies import content_encoding, media_type

if TYPE_CHECKING:
    from fastapi import Request

#: Bytes that are gathered before a thread writes them.
_BUFFER: Final = 1 << 20
#: Seconds after which nobody writes to a file any more.
_FORGOTTEN_S: Final = 86_400
_GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Upload:
    """A body on disk.

    Attributes
    ----------
    path
        Where, for the time being.
    digest
        SHA-256 of the request: its query, the type of its body, and its body.
    size
        Bytes as they were sent.
    """

    path: Path
    digest: str
    size: int

    def discard(self) -> None:
        """Remove the file, if it has not become a job's."""
        self.path.unlink(missing_ok=True)


async def receive(request: Request, folder: Path, most_bytes: int) -> Upload:
    """Write the body of a request to a new file.

    Parameters
    ----------
    request
        The request; its body may be compressed by gzip.
    folder
        Where the file goes.
    most_bytes
        Most bytes of the body, and of the file.

    Raises
    ------
    Problem
        400 if the body breaks off, 413 if it is too large, 415 if it is compressed in another
        way, 422 if it is empty or no gzip, 507 if the disk is full.
    """
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > most_bytes:
        raise _too_large(most_bytes)
    encoding = content_encoding(request, ("gzip",))
    sink = _Sink(folder / f"{uuid.uuid4().hex}.part", most_bytes, gzip=encoding == "gzip")
    digest = hashlib.sha256(f"{request.url.query}\n{media_type(request)}\n".encode())
    try:
        await run_in_threadpool(sink.open)
        waiting, n_waiting = [], 0
        async for chunk in request.stream():
            waiting.append(chunk)
            n_waiting += len(chunk)
            if n_waiting >= _BUFFER:
                await run_in_threadpool(sink.add, b"".join(waiting), digest)
                waiting, n_waiting = [], 0
        await run_in_threadpool(sink.add, b"".join(waiting), digest)
        await run_in_threadpool(sink.close)
    except BaseException as fault:
        await run_in_threadpool(sink.discard)
        if isinstance(fault, ClientDisconnect):
            raise Problem(400, "the body breaks off; send it again") from fault
        if isinstance(fault, OSError):
            reason = f"the storage does not take it: {fault.strerror or fault}"
            raise Problem(507, f"{reason}; try again later") from fault
        raise
    return Upload(sink.path, digest.hexdigest(), sink.size)


def remove_forgotten(folder: Path) -> None:
    """Remove what processes that died left of uploads."""
    for path in folder.glob("*.part"):
        if time.time() - path.stat().st_mtime > _FORGOTTEN_S:
            path.unlink(missing_ok=True)


class _Sink:
    """A file that grows to a limit."""

    def __init__(self, path: Path, most_bytes: int, *, gzip: bool) -> None:
        self.path = path
        self.size = 0
        self._most = most_bytes
        self._written = 0
        self._inflater: Any = zlib.decompressobj(_GZIP) if gzip else None
        self._file: BinaryIO | None = None

    def open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("xb")

    def add(self, data: bytes, digest: Any) -> None:
        digest.update(data)
        self.size += len(data)
        if self.size > self._most:
            raise _too_large(self._most)
        if self._inflater is None:
            self._write(data)
        else:
            self._inflate(data)

    def close(self) -> None:
        if not self._written:
            raise Problem(422, "the body is empty; expected order lines")
        if self._inflater is not None and not self._inflater.eof:
            raise Problem(422, "the body is cut short, by its gzip format; send it again")
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        if self._file is not None:
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _inflate(self, data: bytes) -> None:
        """Write what data inflates to, piece by piece: it may be a thousand times as much."""
        while data:
            if self._inflater.eof:  # a gzip file may consist of several
                self._inflater = zlib.decompressobj(_GZIP)
            try:
                self._write(self._inflater.decompress(data, _BUFFER))
            except zlib.error as fault:
                raise Problem(422, f"the body is not gzip: {fault}") from fault
            data = self._inflater.unconsumed_tail or self._inflater.unused_data

    def _write(self, data: bytes) -> None:
        self._written += len(data)
        if self._written > self._most:
            raise _too_large(self._most)
        if self._file is not None:
            self._file.write(data)


def _too_large(most_bytes: int) -> Problem:
    return Problem(
        413,
        f"the upload is larger than {most_bytes:,} bytes, as it is sent or inflated; send it in "
        "several jobs",
    )
