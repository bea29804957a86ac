"""The client has a method for every route, with every parameter, and says what comes back."""

from __future__ import annotations

import asyncio
import inspect
import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest

from packopt.client import ApiError, AsyncClient, Client, documents
from packopt.client.retrying import Retries
from packopt.client.server_sent import Event, ServerSentEvents
from service.jobbing import night_of_orders

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from service.running import Running

OPENAPI = json.loads((Path(__file__).parents[2] / "docs" / "openapi.json").read_text())
SCHEMAS = OPENAPI["components"]["schemas"]
#: The client asks by `?order=`, which takes every id.
BY_PATH = {
    ("GET", "/v1/parcels/{order_id}/evidence"),
    ("GET", "/v1/parcels/{order_id}/view"),
    ("GET", "/v1/parcels/{order_id}/sheet"),
    ("POST", "/v1/parcels/{order_id}/packings"),
}
#: Methods that ask by others, or ask nothing.
NO_ROUTE = {"wait", "close"}
JOB = "7b7a1c0e-8d0f-4a30-9f2e-5a8d1c6f0b11"
COMMON: dict[str, Any] = {
    "catalogue": "demo",
    "policy": "default",
    "objective": "volume",
    "effort": "fast",
    "webhook": "https://example.com/hook",
}
SUITE: dict[str, Any] = {
    "sizes": 3,
    "kinds": ["carton", "mailer"],
    "keep": ["P1", "P2"],
    "forbid": "P3",
    "only_new": True,
    "changes": 3,
    "cover": False,
    "least_use": 1,
    "type_price": 0.5,
    "grid_mm": 10,
    "candidates": 100,
    "machine": {"most_side_mm": 800},
    "holdout": date(2026, 3, 1),
    "draws": 0,
    "seed": 2,
    "language": "zh",
}
SHOWN: dict[str, Any] = {"parcel": 1, "lang": "zh"}


def calls_of(client: Client, folder: Path) -> dict[str, Callable[[], object]]:
    """Return a call of every method, with all that it takes."""
    orders = folder / "orders.csv"
    orders.write_bytes(night_of_orders(3, bad=False))
    policy = folder / "policy.toml"
    policy.write_text("")
    answers = folder / "answers.csv"
    return {
        "recommend": lambda: client.recommend(
            [],
            catalogue="demo",
            policy="default",
            objective="cost",
            plans=True,
            ruled_out=True,
            alternatives=1,
            evidence=True,
        ),
        "add_catalogue": lambda: client.add_catalogue("mine", orders),
        "add_policy": lambda: client.add_policy("mine", policy),
        "catalogues": client.catalogues,
        "catalogues of a name": lambda: client.catalogues("mine"),
        "policies": client.policies,
        "policies of a name": lambda: client.policies("mine"),
        "catalogue": lambda: client.catalogue("mine", 1),
        "policy": lambda: client.policy("mine", 1),
        "evidence": lambda: client.evidence("A"),
        "evidence of a job": lambda: client.evidence("A", job_id=JOB),
        "view": lambda: client.view("A", **SHOWN),
        "view of a job": lambda: client.view("A", job_id=JOB, **SHOWN),
        "sheet": lambda: client.sheet("A", **SHOWN),
        "sheet of a job": lambda: client.sheet("A", job_id=JOB, **SHOWN),
        "pack": lambda: client.pack("A", "P1", job_id=JOB, reason="other", note="so"),
        "packings": client.packings,
        "download_packings": lambda: client.download_packings(answers),
        "packing_rates": client.packing_rates,
        "is_alive": client.is_alive,
        "is_ready": client.is_ready,
        "metrics": client.metrics,
        "submit": lambda: client.submit(orders, **COMMON, plans=False),
        "submit_savings": lambda: client.submit_savings(
            orders, **COMMON, baseline="volume-80", baseline_catalogue="demo", language="zh"
        ),
        "submit_suite": lambda: client.submit_suite(orders, **COMMON, **SUITE),
        "job": lambda: client.job(JOB),
        "jobs": lambda: client.jobs(limit=5, before=JOB),
        "cancel": lambda: client.cancel(JOB),
        "remove": lambda: client.remove(JOB),
        "events": lambda: list(client.events(JOB)),
        "download_results": lambda: client.download_results(JOB, answers, table="parcels"),
        "download_results of rejects": lambda: client.download_results(
            JOB, answers, table="rejects"
        ),
        "download_report": lambda: client.download_report(JOB, answers),
        "download_catalogue": lambda: client.download_catalogue(JOB, answers),
        "suite": lambda: client.suite(JOB),
    }


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, httpx.Request]:
    """What each call of `calls_of` asks."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        request.read()
        seen.append(request)
        if request.url.path.endswith("/events"):
            return httpx.Response(204)
        return httpx.Response(200, json={"jobs": [], "versions": []})

    found = {}
    with Client("http://x", transport=httpx.MockTransport(answer)) as client:
        for name, call in calls_of(client, tmp_path_factory.mktemp("calls")).items():
            call()
            found[name] = seen.pop()
            assert seen == []
    return found


def operation_of(request: httpx.Request) -> tuple[str, str]:
    """Return the method and the path of the OpenAPI file that a request is for."""
    fits = [
        path
        for path in OPENAPI["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
    ]
    # A path without parameters goes before one with them.
    return request.method, min(fits, key=lambda path: path.count("{"))


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """Return the operations of the OpenAPI file."""
    return {
        (method.upper(), path): operation
        for path, methods in OPENAPI["paths"].items()
        for method, operation in methods.items()
    }


def test_every_operation_has_a_method_and_every_method_an_operation(
    asked: dict[str, httpx.Request],
) -> None:
    """What the service can do, the client can ask; nothing else is in it."""
    known = operations()
    assert set(known) > BY_PATH
    assert {operation_of(request) for request in asked.values()} == set(known) - BY_PATH
    public = {name for name, _ in inspect.getmembers(Client, inspect.isfunction) if name[0] != "_"}
    assert {name.partition(" ")[0] for name in asked} | NO_ROUTE == public


def test_every_parameter_of_a_query_can_be_stated(asked: dict[str, httpx.Request]) -> None:
    """The client sends every parameter that the OpenAPI file has, and none besides."""
    known, sent = operations(), {}
    for request in asked.values():
        sent.setdefault(operation_of(request), set()).update(request.url.params)
    for operation, names in sent.items():
        listed = known[operation].get("parameters", [])
        assert names == {one["name"] for one in listed if one["in"] == "query"}, operation


def test_every_member_of_a_body_can_be_stated(asked: dict[str, httpx.Request]) -> None:
    """Of a recommendation and of a packing."""
    for name, schema in (("recommend", "RecommendationRequest"), ("pack", "Packing")):
        assert set(json.loads(asked[name].content)) == set(SCHEMAS[schema]["properties"])


@pytest.mark.parametrize(
    ("kind", "schema"),
    [
        (documents.Job, "Job"),
        (documents.Webhook, "Webhook"),
        (documents.Version, "StoredVersion"),
        (documents.Packing, "PackingRecord"),
        (documents.Rates, "Rates"),
        (documents.Recommended, "RecommendationAnswer"),
        (documents.Answer, "Answer"),
        (documents.Parcel, "Parcel"),
        (documents.Placement, "Placement"),
        (documents.Unpacked, "Unpacked"),
        (documents.Alternative, "Alternative"),
        (documents.RuledOut, "RuledOut"),
        (documents.OrderError, "OrderError"),
    ],
)
def test_answers_have_the_members_of_the_documentation(kind: type, schema: str) -> None:
    """Each type lists what the service tells."""
    assert set(inspect.get_annotations(kind)) == set(SCHEMAS[schema]["properties"])


def test_words_are_those_of_the_documentation() -> None:
    """Tables and reasons."""
    assert list(get_args(documents.Table)) == SCHEMAS["Table"]["enum"]
    reason = SCHEMAS["Packing"]["properties"]["reason"]["anyOf"][0]["enum"]
    assert list(get_args(documents.Reason)) == reason


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_no_method_takes_words_that_it_does_not_name(kind: type) -> None:
    """A misspelt parameter is found by a type checker, and by Python."""
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        kinds = {one.kind for one in inspect.signature(method).parameters.values()}
        assert kinds.isdisjoint({inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL})
        assert "" not in inspect.get_annotations(method).values(), name
    with pytest.raises(TypeError, match="basline"):
        kind("http://x").submit_savings("orders.csv", basline="volume-80")


def test_a_real_service_takes_what_the_client_states(service: Running, tmp_path: Path) -> None:
    """Every option of every kind of job, contents of versions, and lists in pages."""
    with Client(service.url) as client:
        calls = calls_of(client, tmp_path)
        orders = tmp_path / "orders.csv"
        stated = {name: value for name, value in COMMON.items() if name != "webhook"}
        sent = [client.submit(orders, **stated, plans=False)]
        sent += [client.submit_savings(orders, **stated, baseline="volume-80", language="zh")]
        sent += [client.submit_suite(orders, **stated, **SUITE | {"keep": [], "forbid": ""})]
        assert [one["objective"] for one in sent] == ["volume"] * 3
        first = client.jobs(limit=2)
        assert [one["job_id"] for one in first] == [one["job_id"] for one in sent[:0:-1]]
        assert client.jobs(limit=1, before=first[-1]["job_id"])[0]["job_id"] == sent[0]["job_id"]
        seen = list(client.events(sent[0]["job_id"]))
        assert seen[-1]["state"] == "succeeded"
        assert seen[-1] == client.job(sent[0]["job_id"])
        assert "<html" in client.sheet("o1", job_id=sent[0]["job_id"], lang="zh", parcel=1)
        assert client.catalogue("demo", 1).startswith(b"package_id")
        assert client.policies("default")[0]["reference"] == "default@1"
        assert client.policy("default", 1) is not None
        assert client.is_alive()
        assert "packopt" in client.metrics()
        assert client.download_packings(tmp_path / "packings.csv").read_text().startswith("order")
        assert client.packing_rates()["parcels"] == len(client.packings())
        with pytest.raises(ApiError, match="409: only suite jobs"):
            client.suite(sent[0]["job_id"])
        assert set(calls) > {"suite"}


def test_both_clients_have_the_same_signatures() -> None:
    """Every method, with the same parameters, defaults and types."""

    def methods(kind: type) -> dict[str, str]:
        return {
            name: re.sub(r"\bAsync", "", str(inspect.signature(one)))
            for name, one in inspect.getmembers(kind, inspect.isfunction)
            if not name.startswith("_")
        }

    assert methods(Client) == methods(AsyncClient)


STREAM = [
    b"retry: 0\n\n",
    b'event: progress\nid: 1\ndata: {"state": "running"}\n\n: still there\n\n',
    b'event: end\nid: 2\ndata: {"state": "succeeded"}\n\n',
]


class Stream(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A stream of events, which may break off."""

    def __init__(self, chunks: list[bytes], *, is_cut: bool) -> None:
        self.chunks, self.is_cut = chunks, is_cut

    def __iter__(self) -> Iterator[bytes]:
        """Give what there is."""
        yield from self.chunks
        if self.is_cut:
            raise httpx.ReadError("cut")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give what there is."""
        for chunk in self:
            yield chunk


class Streams(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """A service that answers with one stream after the other."""

    def __init__(self, *streams: Stream) -> None:
        self.streams = list(streams)
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with the next one."""
        self.asked.append(request)
        return httpx.Response(200, stream=self.streams.pop(0))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with the next one."""
        return self.handle_request(request)


def followed(service: Streams) -> list[str]:
    """Follow a job."""
    with Client("http://x", retries=Retries(most=2, first_s=0.0), transport=service) as client:
        return [job["state"] for job in client.events(JOB)]


async def followed_by_asynchronous(service: Streams) -> list[str]:
    """Follow a job."""
    retries = Retries(most=2, first_s=0.0)
    async with AsyncClient("http://x", retries=retries, transport=service) as client:
        return [job["state"] async for job in client.events(JOB)]


@pytest.mark.parametrize("is_cut", [True, False])
@pytest.mark.parametrize(
    "follow", [followed, lambda service: asyncio.run(followed_by_asynchronous(service))]
)
def test_events_go_on_where_a_stream_ended_or_broke_off(
    follow: Callable[[Streams], list[str]], is_cut: bool
) -> None:
    """The next stream is asked for by the id of the last event; half an event is none."""
    first = [*STREAM[:2], b"event: progress\nid: 9\ndata: unfinished"]
    streams = Streams(Stream(first, is_cut=is_cut), Stream(STREAM, is_cut=is_cut))
    assert follow(streams) == ["running", "running", "succeeded"]
    assert [one.headers.get("last-event-id") for one in streams.asked] == [None, "1"]


@pytest.mark.parametrize(
    "follow", [followed, lambda service: asyncio.run(followed_by_asynchronous(service))]
)
def test_events_are_given_up_where_every_stream_breaks_off(
    follow: Callable[[Streams], list[str]],
) -> None:
    """After all attempts without an event between."""
    streams = Streams(*(Stream(STREAM[:1], is_cut=True) for _ in range(9)))
    with pytest.raises(httpx.ReadError):
        follow(streams)
    assert len(streams.asked) == 3


def test_lines_become_events() -> None:
    """As the HTML standard reads them: data of several lines, comments, and what is unknown."""
    reader = ServerSentEvents()
    lines = [": hello", "data:a", "data: b", "other: x", "id: 7", "", "event: end", "", "retry: x"]
    found = [event for line in lines if (event := reader.feed(line)) is not None]
    assert found == [Event("message", "a\nb")]
    assert (reader.last_id, reader.retry_s) == ("7", 1.0)
