"""What each method of the clients asks, and what it makes of the answer; nothing is sent here."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import quote

from packopt.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import httpx

    from packopt.client.documents import Job, Packing, Rates, Recommended, Version

T = TypeVar("T")

FINISHED: Final = frozenset({"succeeded", "failed", "cancelled"})
_TYPES: Final = {
    ".csv": "text/csv",
    ".json": "application/json",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".arrow": "application/vnd.apache.arrow.file",
    ".arrows": "application/vnd.apache.arrow.stream",
    ".toml": "application/toml",
}
_RESULTS: Final = {
    ".csv": "text/csv",
    ".ndjson": "application/x-ndjson",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".arrows": "application/vnd.apache.arrow.stream",
}


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, and how to read its answer.

    Attributes
    ----------
    method, path, query, headers
        Of the request.
    json
        Its body as plain values; None for none.
    file
        A file that is its body; it is read anew for each attempt.
    read
        Makes the result of the response.
    is_long
        Whether the service may work on it for minutes: then the client waits as long, and asks
        only once where that was not long enough, since asking again would begin from the start.
    is_done_if_gone
        Whether 404 means success where an earlier attempt may have been answered: it removed what
        is not found any more.
    """

    method: str
    path: str
    read: Callable[[httpx.Response], T]
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    file: Path | None = None
    is_long: bool = False
    is_done_if_gone: bool = False


def is_gone(call: Call[Any], response: httpx.Response) -> bool:
    """Whether what a repeated request removes was removed by an attempt whose answer was lost."""
    return call.is_done_if_gone and response.status_code == 404


def recommend(
    orders: Sequence[Mapping[str, Any]],
    catalogue: str | None,
    policy: str | Mapping[str, Any] | None,
    options: Mapping[str, Any],
) -> Call[Recommended]:
    """Ask for recommendations at once."""
    stated = {"catalogue": catalogue, "policy": policy, **options}
    body = {"orders": list(orders)} | _stated(stated)
    return _post("/v1/recommendations", _json, json=body)


def add_version(kind: str, name: str, path: Path) -> Call[Version]:
    """Add a version of a catalogue or a policy."""
    return _post(
        f"/v1/{kind}/{_quoted(name)}", _json, headers={"Content-Type": _type(path)}, file=path
    )


def versions(kind: str, name: str | None) -> Call[list[Version]]:
    """List versions; of all names if None."""
    place = f"/v1/{kind}" if name is None else f"/v1/{kind}/{_quoted(name)}"
    return Call("GET", place, lambda response: list(response.json()["versions"]))


def content(kind: str, name: str, version: int) -> Call[bytes]:
    """Ask for the file of a version of a catalogue or a policy."""
    return Call("GET", f"/v1/{kind}/{_quoted(name)}/versions/{version}", _bytes)


def submit(kind: str, path: Path, options: Mapping[str, Any]) -> Call[Job]:
    """Submit a file as a job."""
    headers = {"Content-Type": _type(path)}
    return _post(f"/v1/{kind}", _json, query=_stated(options), headers=headers, file=path)


def joined(words: Sequence[str] | None) -> str | None:
    """Return words as queries list them; one text stands for itself."""
    return words if words is None or isinstance(words, str) else ",".join(words)


def as_json(settings: str | Mapping[str, Any] | None) -> str | None:
    """Return settings as queries state them; a text is JSON already."""
    if settings is None or isinstance(settings, str):
        return settings
    return json.dumps(dict(settings))


def job(job_id: str) -> Call[Job]:
    """Ask how a job is."""
    return Call("GET", f"/v1/jobs/{_quoted(job_id)}", _json)


def jobs(limit: int, before: str | None) -> Call[list[Job]]:
    """List jobs."""
    query = _stated({"limit": limit, "before": before})
    return Call("GET", "/v1/jobs", lambda response: list(response.json()["jobs"]), query=query)


def events(job_id: str, last_id: str | None) -> Call[httpx.Response]:
    """Ask for what happens to a job after an event."""
    headers = {"Accept": "text/event-stream"} | _stated({"Last-Event-ID": last_id})
    return Call("GET", f"/v1/jobs/{_quoted(job_id)}/events", _whole, headers=headers)


def cancel(job_id: str) -> Call[Job]:
    """Cancel a job that waits or runs, and do nothing to one that has ended, however often."""
    return Call("DELETE", f"/v1/jobs/{_quoted(job_id)}", _json, query={"if": "open"})


def remove(job_id: str) -> Call[None]:
    """Remove a job that has ended."""
    place = f"/v1/jobs/{_quoted(job_id)}"
    return Call("DELETE", place, lambda _: None, query={"if": "ended"}, is_done_if_gone=True)


def results(job_id: str, table: str, path: Path) -> Call[httpx.Response]:
    """Ask for a table of a job in the format that the file's name says."""
    accept = _RESULTS.get(path.suffix.lower())
    if accept is None:
        raise InputError(
            str(path), f"unknown file type {path.suffix!r}; expected one of {' '.join(_RESULTS)}"
        )
    place = f"/v1/jobs/{_quoted(job_id)}"
    headers = {"Accept": accept}
    if table == "rejects":
        return Call("GET", f"{place}/rejects", _whole, headers=headers)
    return Call("GET", f"{place}/results", _whole, query={"table": table}, headers=headers)


def report(job_id: str) -> Call[httpx.Response]:
    """Ask for the report of a savings or suite job."""
    return Call("GET", f"/v1/jobs/{_quoted(job_id)}/report", _whole)


def proposed(job_id: str) -> Call[httpx.Response]:
    """Ask for the catalogue that a suite job proposes."""
    return Call("GET", f"/v1/jobs/{_quoted(job_id)}/catalogue", _whole)


def suite(job_id: str) -> Call[dict[str, Any]]:
    """Ask how good the set of a suite job is."""
    return Call("GET", f"/v1/jobs/{_quoted(job_id)}/suite", _json)


def evidence(order_id: str, job_id: str | None) -> Call[bytes]:
    """Ask for the evidence of an order, be it one of a job.

    The id is in the query: in a path, ``..`` would be a step up.
    """
    return Call(
        "GET",
        _of_order("evidence", job_id),
        _bytes,
        query={"order": order_id},
        is_long=job_id is not None,
    )


def drawing(
    what: str, order_id: str, job_id: str | None, parcel: int | None, lang: str | None
) -> Call[str]:
    """Ask for the view or the sheet of an order, be it one of a job."""
    return Call(
        "GET",
        _of_order(what, job_id),
        _text,
        query={"order": order_id} | _stated({"parcel": parcel, "lang": lang}),
        is_long=job_id is not None,
    )


def pack(order_id: str, job_id: str | None, packing: Mapping[str, Any]) -> Call[Packing]:
    """Record what was done with a parcel."""
    query = {"order": order_id} | _stated({"job": job_id})
    return _post("/v1/packings", _json, query=query, json=dict(packing))


def packings() -> Call[list[Packing]]:
    """Ask what was done with parcels."""
    return Call("GET", "/v1/packings", _json, headers={"Accept": "application/json"})


def packings_file() -> Call[httpx.Response]:
    """Ask for the same as CSV."""
    return Call("GET", "/v1/packings", _whole, headers={"Accept": "text/csv"})


def packing_rates() -> Call[Rates]:
    """Ask how often packers took another package."""
    return Call("GET", "/v1/packings/rates", _json)


def is_alive() -> Call[bool]:
    """Ask whether the service answers."""
    return Call("GET", "/healthz", lambda _: True)


def metrics() -> Call[str]:
    """Ask for the figures for Prometheus."""
    return Call("GET", "/metrics", _text)


def is_ready() -> Call[bool]:
    """Ask whether the service is ready."""
    return Call("GET", "/readyz", lambda _: True)


def _post(path: str, read: Callable[[httpx.Response], T], **parts: Any) -> Call[T]:
    """Return a POST with an idempotency key, the same for every attempt."""
    headers = {**parts.pop("headers", {}), "Idempotency-Key": str(uuid.uuid4())}
    return Call("POST", path, read, headers=headers, **parts)


def _json(response: httpx.Response) -> Any:
    return response.json()


def _bytes(response: httpx.Response) -> bytes:
    return response.content


def _text(response: httpx.Response) -> str:
    return response.text


def _whole(response: httpx.Response) -> httpx.Response:
    return response


def _stated(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is stated of some options."""
    return {name: value for name, value in options.items() if value is not None}


def _of_order(what: str, job_id: str | None) -> str:
    return f"/v1/{what}" if job_id is None else f"/v1/jobs/{_quoted(job_id)}/{what}"


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _type(path: Path) -> str:
    found = _TYPES.get(path.suffix.lower())
    if found is None:
        raise InputError(
            str(path), f"unknown file type {path.suffix!r}; expected one of {' '.join(_TYPES)}"
        )
    return found
