"""``/v1/catalogues`` and ``/v1/policies``: numbered versions that never change."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from packopt_service.access import MayManage, MayRecommend
from packopt_service.examples import CATALOGUE_CSV, POLICIES
from packopt_service.problems import Problem, responses
from packopt_service.routes.bodies import (
    IDEMPOTENCY_PARAMETER,
    media_type,
    once,
    read_body,
)
from packopt_service.schemas import Name

if TYPE_CHECKING:
    from packopt_service.library import Shelf, Version

router = APIRouter(prefix="/v1")

_TYPES: Final = {
    "csv": "text/csv",
    "json": "application/json",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
    "toml": "application/toml",
}
_CATALOGUE_TYPES: Final = ("csv", "json", "parquet", "arrow")
_POLICY_TYPES: Final = ("json", "toml")
_PROBLEMS: Final = (401, 403, 404, 422, 429)


class StoredVersion(BaseModel):
    """A version of a catalogue or a policy."""

    name: str
    version: int = Field(description="1 for the first; it never changes.")
    reference: str = Field(description="name@version, as requests name it.", examples=["line-1@2"])
    digest: str = Field(description="SHA-256 of what it says.")
    created: datetime


class Versions(BaseModel):
    """Versions, the oldest first."""

    versions: list[StoredVersion]


def _told(version: Version[Any]) -> StoredVersion:
    return StoredVersion(
        name=version.name,
        version=version.version,
        reference=version.reference,
        digest=version.digest,
        created=version.created,
    )


def _shelf(request: Request) -> Shelf[Any]:
    kind = "catalogues" if "/catalogues" in request.url.path else "policies"
    shelf: Shelf[Any] = getattr(request.app.state.service, kind)
    return shelf


async def _list(request: Request, _: MayRecommend) -> Versions:
    """Every version of every name, the built-in ones first."""
    found = await run_in_threadpool(_shelf(request).list)
    return Versions(versions=[_told(one) for one in found])


async def _list_one(
    request: Request,
    name: Annotated[Name, Path()],
    _: MayRecommend,
) -> Versions:
    """Every version of one name."""
    shelf = _shelf(request)
    found = await run_in_threadpool(shelf.list, name)
    if not found:
        raise Problem(404, f"there is no {shelf.kind} {name}")
    return Versions(versions=[_told(one) for one in found])


async def _get(
    request: Request,
    name: Annotated[Name, Path()],
    version: Annotated[int, Path(ge=1, le=999_999_999)],
    _: MayRecommend,
) -> Response:
    """The file as it was uploaded."""
    found = await run_in_threadpool(_shelf(request).get, f"{name}@{version}")
    headers = {"ETag": f'"{found.digest}"', "Cache-Control": "private, immutable"}
    return Response(found.content, 200, headers, _TYPES[found.format])


async def _add(
    request: Request,
    name: Annotated[Name, Path()],
    caller: MayManage,
) -> Response:
    """Keep a file as the next version of the name, which is made if it is not there.

    A file that says the same as the newest version makes no new one (200 instead of 201).
    """
    shelf = _shelf(request)
    formats = _CATALOGUE_TYPES if shelf.kind == "catalogue" else _POLICY_TYPES
    by_type = {_TYPES[one]: one for one in formats}
    found_type = media_type(request)
    if found_type not in by_type:
        raise Problem(415, f"expected Content-Type to be one of {', '.join(by_type)}")
    body = await read_body(request, request.app.state.service.settings.body_limit_bytes)

    async def answer() -> Response:
        version, is_new = await run_in_threadpool(shelf.add, name, by_type[found_type], body)
        told = _told(version).model_dump(mode="json")
        place = f"{request.url.path}/versions/{version.version}"
        return Response(
            msgspec.json.encode(told),
            201 if is_new else 200,
            {"Location": place},
            "application/json",
        )

    return await once(request, caller, body, answer)


def _bodies(formats: tuple[str, ...]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for one in formats:
        if one == "json":
            schema = {} if formats == _CATALOGUE_TYPES else {"type": "object"}
        else:
            schema = {"type": "string"}
        content[_TYPES[one]] = {"schema": schema}
    if formats == _CATALOGUE_TYPES:
        content["text/csv"]["example"] = CATALOGUE_CSV
    else:
        content["application/json"]["examples"] = POLICIES
    return {
        "parameters": [IDEMPOTENCY_PARAMETER],
        "requestBody": {"required": True, "content": content},
    }


def _files(formats: tuple[str, ...]) -> dict[int | str, dict[str, Any]]:
    content = {
        _TYPES[one]: {"schema": {} if one == "json" else {"type": "string"}} for one in formats
    }
    return {200: {"description": "The file.", "content": content}}


_SAME: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": StoredVersion, "description": "The newest version says the same."}
}


def _routes(plural: str, kind: str, formats: tuple[str, ...]) -> None:
    tags: list[Any] = [plural]
    base = f"/{plural}"
    router.get(
        base, summary=f"List {plural}", tags=tags, operation_id=f"list_{plural}",
        responses=responses(401, 403, 429),
    )(_list)  # fmt: skip
    router.get(
        f"{base}/{{name}}", summary=f"List the versions of a {kind}", tags=tags,
        operation_id=f"list_{kind}_versions", responses=responses(*_PROBLEMS),
    )(_list_one)  # fmt: skip
    router.get(
        f"{base}/{{name}}/versions/{{version}}", summary=f"Get a version of a {kind}", tags=tags,
        operation_id=f"get_{kind}", response_class=Response,
        responses=_files(formats) | responses(*_PROBLEMS),
    )(_get)  # fmt: skip
    router.post(
        f"{base}/{{name}}", summary=f"Add a version of a {kind}", tags=tags,
        operation_id=f"add_{kind}", status_code=201, response_model=StoredVersion,
        responses=_SAME | responses(400, 401, 403, 409, 413, 415, 422, 429),
        openapi_extra=_bodies(formats),
    )(_add)  # fmt: skip


_routes("catalogues", "catalogue", _CATALOGUE_TYPES)
_routes("policies", "policy", _POLICY_TYPES)
