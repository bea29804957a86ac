"""The client: what it sends, what it sends again, and what it makes of the answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from packopt.client import ApiError, AsyncClient, Client
from packopt.client.retrying import Retries
from packopt.errors import InputError
from packopt_service import Settings
from packopt_service.examples import CATALOGUE_CSV, RECOMMENDATION_REQUESTS
from service.jobbing import night_of_orders
from service.running import Running

ORDERS = RECOMMENDATION_REQUESTS["one order"]["value"]["orders"]
AT_ONCE = Retries(first_s=0.0, longest_s=0.0)


def test_a_real_service_answers(service: Running, tmp_path: Path) -> None:
    """Catalogue, recommendation, evidence and packing, end to end."""
    file = tmp_path / "cartons.csv"
    file.write_text(CATALOGUE_CSV)
    with Client(service.url) as client:
        assert client.is_ready()
        version = client.add_catalogue("of-client", file)
        told = client.recommend(ORDERS, catalogue=version["reference"], evidence=True)
        answer = told["answers"][0]
        assert answer["verdict"] == "optimal"
        assert told["catalogue"] == version["reference"]
        assert b"packopt/evidence/1" in client.evidence(answer["order_id"])
        assert client.pack(answer["order_id"], str(answer["package_id"]))["reason"] is None
        assert version["reference"] in [one["reference"] for one in client.catalogues()]
        assert client.policies()[0]["reference"] == "default@1"


def test_a_real_service_answers_the_asynchronous_client(service: Running) -> None:
    """Several requests at once over one client."""

    async def ask() -> list[Any]:
        async with AsyncClient(service.url) as client:
            return await asyncio.gather(*(client.recommend(ORDERS) for _ in range(5)))

    told = asyncio.run(ask())
    assert [one["answers"][0]["verdict"] for one in told] == ["optimal"] * 5


def test_problems_become_exceptions_with_their_pointers(service: Running) -> None:
    """The status, the detail and each fault are at hand."""
    with Client(service.url) as client, pytest.raises(ApiError) as caught:
        client.recommend([])
    assert caught.value.status == 422
    assert caught.value.errors[0]["pointer"] == "/orders"
    assert caught.value.request_id


class Flaky:
    """A service that fails at first."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.seen: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.seen.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Awaited(httpx.AsyncBaseTransport):
    """The same for the asynchronous client."""

    def __init__(self, flaky: Flaky) -> None:
        self.flaky = flaky

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return self.flaky(request)


def test_what_fails_on_the_way_is_sent_again_under_the_same_key() -> None:
    """Broken connections, 503, 429 and a busy key are retried; the key stays the same."""
    flaky = Flaky(
        httpx.ConnectError("no"),
        httpx.Response(503),
        httpx.Response(429, headers={"retry-after": "0"}),
        httpx.Response(409, headers={"retry-after": "0"}),
        httpx.Response(200, json={"answers": []}),
    )
    client = Client("http://x", retries=AT_ONCE, transport=httpx.MockTransport(flaky))
    client.recommend(ORDERS)
    keys = {request.headers["idempotency-key"] for request in flaky.seen}
    assert len(flaky.seen) == 5
    assert len(keys) == 1
    assert len({request.content for request in flaky.seen}) == 1


def test_files_are_read_anew_for_each_attempt(tmp_path: Path) -> None:
    """An upload that broke off is sent whole the next time, by both clients."""
    file = tmp_path / "orders.csv"
    file.write_text("order_id,sku\n" * 1000)

    def answers() -> Flaky:
        return Flaky(httpx.ReadError("cut"), httpx.Response(202, json={"job_id": "1"}))

    flaky = answers()
    Client("http://x", retries=AT_ONCE, transport=httpx.MockTransport(flaky)).submit(file)
    assert [request.content for request in flaky.seen] == [file.read_bytes()] * 2

    class Slow(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self.flaky, self.bodies = answers(), list[bytes]()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.bodies.append(await request.aread())
            answer = self.flaky.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

    slow = Slow()
    asyncio.run(AsyncClient("http://x", retries=AT_ONCE, transport=slow).submit(file))
    assert slow.bodies == [file.read_bytes()] * 2


def test_what_is_wrong_is_not_sent_again() -> None:
    """A 422 is final; so is the last of the attempts."""
    flaky = Flaky(httpx.Response(422, json={"detail": "no"}))
    client = Client("http://x", retries=AT_ONCE, transport=httpx.MockTransport(flaky))
    with pytest.raises(ApiError, match="422: no"):
        client.jobs()
    retries = Retries(most=2, first_s=0.0)
    for last in (httpx.ConnectError("down"), httpx.Response(503, text="proxy says no")):
        flaky = Flaky(*[last] * 3)
        client = Client("http://x", retries=retries, transport=httpx.MockTransport(flaky))
        with pytest.raises((ApiError, httpx.ConnectError)):
            client.jobs()
        assert len(flaky.seen) == 3


def test_evidence_of_a_job_is_waited_for_and_asked_for_once() -> None:
    """It may take minutes: the client waits longer than the service, and adds no work to it."""
    usual = Settings.model_fields["evidence_within_s"].default

    async def ask(flaky: Flaky, job_id: str | None) -> bytes:
        async with AsyncClient("http://x", retries=AT_ONCE, transport=Awaited(flaky)) as client:
            return await client.evidence("o", job_id=job_id)

    def ask_now(flaky: Flaky, job_id: str | None) -> bytes:
        with Client("http://x", retries=AT_ONCE, transport=httpx.MockTransport(flaky)) as client:
            return client.evidence("o", job_id=job_id)

    for asked in (ask_now, lambda flaky, job_id: asyncio.run(ask(flaky, job_id))):
        flaky = Flaky(httpx.ConnectError("no"), httpx.ReadTimeout("late"))
        with pytest.raises(httpx.ReadTimeout):
            asked(flaky, "j")
        assert len(flaky.seen) == 2
        assert flaky.seen[0].extensions["timeout"]["read"] > usual
        assert flaky.seen[0].extensions["timeout"]["connect"] == 60.0
        flaky = Flaky(httpx.ReadTimeout("late"), httpx.Response(200, content=b"{}"))
        assert asked(flaky, None) == b"{}"
        assert flaky.seen[0].extensions["timeout"]["read"] == 60.0


def test_waits_grow_and_obey_the_service() -> None:
    """Waits double up to the longest, and Retry-After is kept to."""
    retries = Retries(most=9, first_s=1.0, longest_s=10.0)
    waits = [retries.wait_s(attempt, None) for attempt in range(1, 10)]
    for attempt, wait in enumerate(waits, start=1):
        assert wait is not None
        most = min(10.0, 2.0 ** (attempt - 1))
        assert most / 2 <= wait <= most
    assert retries.wait_s(1, httpx.Response(429, headers={"retry-after": "7"})) == 7.0
    assert retries.wait_s(1, httpx.Response(429, headers={"retry-after": "700"})) == 10.0
    assert retries.wait_s(10, None) is None
    assert retries.wait_s(1, httpx.Response(404)) is None


def test_the_key_travels_in_a_header_only() -> None:
    """Never in a URL."""
    flaky = Flaky(httpx.Response(200, json={"jobs": []}))
    Client("http://x", "pk_1", transport=httpx.MockTransport(flaky)).jobs()
    assert flaky.seen[0].headers["authorization"] == "Bearer pk_1"
    assert "pk_1" not in str(flaky.seen[0].url)


def test_unknown_file_types_are_named_errors(tmp_path: Path) -> None:
    """Before anything is sent."""
    client = Client("http://x")
    with pytest.raises(InputError, match="unknown file type"):
        client.submit(tmp_path / "orders.xlsx")
    with pytest.raises(InputError, match="unknown file type"):
        client.download_results("1", tmp_path / "answers.xlsx")


def test_ids_cannot_leave_their_place() -> None:
    """Whatever an id has in it stays in its query or in its place of the path."""
    flaky = Flaky(httpx.Response(200, content=b"{}"))
    Client("http://x", transport=httpx.MockTransport(flaky)).evidence("../a?x=1&order=b")
    assert flaky.seen[0].url.path == "/v1/evidence"
    assert flaky.seen[0].url.params.get_list("order") == ["../a?x=1&order=b"]
    flaky = Flaky(httpx.Response(200, content=b"{}"))
    http = Client("http://x", transport=httpx.MockTransport(flaky))
    http.evidence("a", job_id="../keys?x=1")
    assert flaky.seen[0].url.raw_path == b"/v1/jobs/..%2Fkeys%3Fx%3D1/evidence?order=a"


@pytest.mark.parametrize("lost", [lambda: httpx.ReadError("cut"), lambda: httpx.Response(504)])
def test_a_cancellation_whose_answer_is_lost_removes_nothing(lost: Any) -> None:
    """It is sent again as a cancellation, which does nothing to a job that has ended."""

    async def ask(flaky: Flaky) -> Any:
        async with AsyncClient("http://x", retries=AT_ONCE, transport=Awaited(flaky)) as client:
            return await client.cancel("j")

    def ask_now(flaky: Flaky) -> Any:
        with Client("http://x", retries=AT_ONCE, transport=httpx.MockTransport(flaky)) as client:
            return client.cancel("j")

    for asked in (ask_now, lambda flaky: asyncio.run(ask(flaky))):
        flaky = Flaky(lost(), httpx.Response(200, json={"state": "cancelled"}))
        assert asked(flaky)["state"] == "cancelled"
        assert [str(one.url) for one in flaky.seen] == ["http://x/v1/jobs/j?if=open"] * 2


def test_a_removal_whose_answer_is_lost_has_worked() -> None:
    """404 to the second attempt means that the first one did it; to the first it is an error."""

    async def ask(flaky: Flaky) -> None:
        async with AsyncClient("http://x", retries=AT_ONCE, transport=Awaited(flaky)) as client:
            await client.remove("j")

    def ask_now(flaky: Flaky) -> None:
        with Client("http://x", retries=AT_ONCE, transport=httpx.MockTransport(flaky)) as client:
            client.remove("j")

    def gone() -> httpx.Response:
        return httpx.Response(404, json={"detail": "there is no job j"})

    for asked in (ask_now, lambda flaky: asyncio.run(ask(flaky))):
        flaky = Flaky(httpx.ReadError("cut"), gone())
        asked(flaky)
        assert [str(one.url) for one in flaky.seen] == ["http://x/v1/jobs/j?if=ended"] * 2
        with pytest.raises(ApiError, match="404: there is no job j"):
            asked(Flaky(gone()))


def test_a_real_job_survives_a_cancellation_that_is_sent_twice(
    service: Running, tmp_path: Path
) -> None:
    """Cancelled it stays listed until it is removed; one that has succeeded keeps its results."""
    file = tmp_path / "orders.csv"
    file.write_bytes(night_of_orders(50))
    with Client(service.url) as client:
        done = client.wait(client.submit(file)["job_id"])["job_id"]
        assert client.cancel(done)["state"] == "succeeded"
        assert client.download_results(done, tmp_path / "answers.csv").exists()
        sent = client.submit(file)["job_id"]
        states = [client.cancel(sent)["state"] for _ in range(2)]
        assert states[0] == states[1] == client.job(sent)["state"]
        client.remove(sent)
        for gone in (client.cancel, client.remove):
            with pytest.raises(ApiError, match="404: there is no job"):
                gone(sent)


class Breaking(httpx.SyncByteStream, httpx.AsyncByteStream):
    """An answer that breaks off in its middle."""

    def __init__(self) -> None:
        self.closed = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give a part of it."""
        yield b"order_id,"
        raise httpx.ReadError("cut")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give a part of it."""
        yield b"order_id,"
        raise httpx.ReadError("cut")

    def close(self) -> None:
        """Count."""
        self.closed += 1

    async def aclose(self) -> None:
        """Count."""
        self.closed += 1


def test_a_download_that_breaks_off_is_asked_for_again(tmp_path: Path) -> None:
    """The file has the second answer alone; after all attempts there is no file, nor a part."""

    async def ask(flaky: Flaky, retries: Retries) -> Path:
        async with AsyncClient("http://x", retries=retries, transport=Awaited(flaky)) as client:
            return await client.download_results("j", place)

    def ask_now(flaky: Flaky, retries: Retries) -> Path:
        transport = httpx.MockTransport(flaky)
        with Client("http://x", retries=retries, transport=transport) as client:
            return client.download_results("j", place)

    place = tmp_path / "answers.csv"
    for asked in (ask_now, lambda *words: asyncio.run(ask(*words))):
        broken = [Breaking() for _ in range(4)]
        first = httpx.Response(200, stream=broken[0])
        flaky = Flaky(first, httpx.Response(503), httpx.Response(200, content=b"order_id\n"))
        assert asked(flaky, AT_ONCE).read_bytes() == b"order_id\n"
        assert len(flaky.seen) == 3
        place.unlink()
        flaky = Flaky(*(httpx.Response(200, stream=one) for one in broken[1:]))
        with pytest.raises(httpx.ReadError, match="cut"):
            asked(flaky, Retries(most=2, first_s=0.0))
        assert len(flaky.seen) == 3
        assert list(tmp_path.iterdir()) == []
        assert all(one.closed for one in broken)
