"""The files of the page: read once, told by their hash, and never more than the browser lacks."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from fastapi import Response

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

    from fastapi import Request

PLOTLY: Final = "plotly.js"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
}
_WORTH_PACKING: Final = 1024  # bytes


@dataclass(frozen=True)
class StaticFile:
    """A file as browsers get it.

    Attributes
    ----------
    content
        Its bytes.
    media_type
        What it is.
    """

    content: bytes
    media_type: str

    @cached_property
    def etag(self) -> str:
        """Tells this content from any other."""
        return f'"{hashlib.sha256(self.content).hexdigest()[:32]}"'

    @cached_property
    def packed(self) -> bytes | None:
        """The content in gzip, where that is worth it."""
        if len(self.content) < _WORTH_PACKING:
            return None
        return gzip.compress(self.content, 6, mtime=0)

    def answer(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Answer a request: 304 if the browser has the file already.

        Parameters
        ----------
        request
            The request.
        headers
            Further headers of the answer.
        """
        told = {
            **headers,
            "ETag": self.etag,
            # Whoever may see it may keep it, but asks each time: a new release is seen at once.
            "Cache-Control": "private, no-cache",
            "Vary": "Accept-Encoding",
        }
        known = request.headers.get("if-none-match", "")
        if self.etag in (tag.strip().removeprefix("W/") for tag in known.split(",")):
            return Response(status_code=304, headers=told)
        content = self.content
        if "gzip" in request.headers.get("accept-encoding", "") and self.packed is not None:
            content = self.packed
            told["Content-Encoding"] = "gzip"
        return Response(content, 200, told, self.media_type)


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return the files of the page by their names, such as ``texts/en.json``.

    Plotly's script is not among them: it is large, see `plotly_script`.
    """
    found: dict[str, StaticFile] = {}
    _collect(files("packopt_service").joinpath("pages"), "", found)
    return found


@cache
def plotly_script() -> StaticFile:
    """Return Plotly's script, out of its Python package."""
    from plotly.offline import get_plotlyjs  # type: ignore[import-untyped]

    return StaticFile(get_plotlyjs().encode(), _TYPES[".js"])


def _collect(folder: Traversable, prefix: str, into: dict[str, StaticFile]) -> None:
    for one in folder.iterdir():
        name = prefix + one.name
        if one.is_dir():
            _collect(one, f"{name}/", into)
        elif media_type := _TYPES.get(PurePosixPath(name).suffix):
            into[name] = StaticFile(one.read_bytes(), media_type)
