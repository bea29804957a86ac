"""Idempotency keys when processes end: what was done is found again, and nothing is done twice."""

from __future__ import annotations

import random
import signal
import threading
import time
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from packopt_service import Settings
from packopt_service import idempotency as idempotency_module
from packopt_service.database import connect, idempotency, jobs, processes
from packopt_service.idempotency import Claim, Claims, settle_in
from packopt_service.jobs.keeper import Keeper
from packopt_service.jobs.records import JobRecords
from packopt_service.problems import Problem
from service.jobbing import CSV, LIVELY, client_of, has_ended, night_of_orders, wait_until
from service.postgres import Postgres, postgres, programs
from service.running import Running, start
from service.test_job_records import SPEC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEXT = {"content-type": "text/plain"}
KEY = {"Idempotency-Key": "the-one-key"}
DICE = random.Random(3)
LINES: list[dict[str, Any]] = [
    {
        "sku": f"s{i % 18}",
        "qty": 1,
        "length_mm": DICE.randint(60, 190),
        "width_mm": DICE.randint(40, 150),
        "height_mm": DICE.randint(30, 120),
    }
    for i in range(3 * 18)
]
#: An order that takes seconds, so that a service can be ended meanwhile.
SLOW: dict[str, Any] = {
    "orders": [{"order_id": "slow", "lines": LINES[-18:]}],
    "policy": {"effort": "thorough"},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A PostgreSQL server, which tests leave running."""
    if programs() is None:
        pytest.skip("there is no PostgreSQL on this machine")
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The database of a test: embedded, and on a server."""
    if request.param == "sqlite":
        return ""
    postgres_server: Postgres = request.getfixturevalue("server")
    return postgres_server.database(f"keys_{time.monotonic_ns()}")


@pytest.fixture
def engine(tmp_path: Path, database_url: str) -> Iterator[sa.Engine]:
    """An empty database."""
    made = connect(Settings(data_dir=tmp_path, database_url=database_url).database)
    yield made
    made.dispose()


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts services on one folder, which do not outlive the test, however it ends."""
    started: list[Running] = []

    def launch(**settings: object) -> Running:
        started.append(start(tmp_path / "data", answer_within_s=50, **LIVELY | settings))
        return started[-1]

    yield launch
    for running in started:
        running.stop(signal.SIGKILL)


def keeper_of(engine: sa.Engine, name: str, dead_after_s: float = 60.0) -> Keeper:
    """Return the keeper of a process that has given its first sign of life."""
    keeper = Keeper(engine, name, 0.05, dead_after_s, lambda _: None, lambda: None)
    keeper.beat()
    return keeper


def wanted(key: str = "key") -> Claim:
    """Return a request that wants a key."""
    return Claim("me", "route", key, "0" * 64)


def test_a_claim_is_held_while_its_process_lives(engine: sa.Engine) -> None:
    """It is taken over as soon as its process has stopped or is known to be dead, and once."""
    first, second = Claims(engine, "first"), Claims(engine, "second")
    keeper = keeper_of(engine, "first")
    assert first.take(wanted()) is None
    for claims in (first, second):
        with pytest.raises(Problem, match="still being answered") as refused:
            claims.take(wanted())
        assert (refused.value.status, refused.value.headers) == (409, {"Retry-After": "1"})
    keeper.stop()
    keeper_of(engine, "second")
    taken = wanted()
    assert second.take(taken) is None
    with pytest.raises(Problem, match="still being answered"):
        first.take(wanted())
    second.settle(taken, 200, TEXT, b"told")
    stored = first.take(wanted())
    assert stored is not None
    assert stored.body == b"told"


def test_clocks_decide_nothing(engine: sa.Engine) -> None:
    """A claim that seems to be hours old, or of the future, is held while its process lives."""
    keeper_of(engine, "first")
    first, second = Claims(engine, "first"), Claims(engine, "second")
    assert first.take(wanted()) is None
    for hours in (-23, 23):
        change = idempotency.update().values(claimed=sa.literal(_hours(hours)))
        with engine.begin() as connection:
            connection.execute(change)
        with pytest.raises(Problem, match="still being answered"):
            second.take(wanted())


def test_who_lost_a_claim_keeps_nothing(engine: sa.Engine) -> None:
    """A process that was wrongly believed dead makes no job, and its answer changes nothing."""
    records = JobRecords(engine)
    slow, quick = Claims(engine, "slow"), Claims(engine, "quick")
    lost, taken = wanted(), wanted()
    assert slow.take(lost) is None  # it has never beaten: nobody knows it
    keeper_of(engine, "quick")
    assert quick.take(taken) is None

    def add(job_id: str, claim: Claim) -> None:
        records.add(
            job_id, "me", "recommendations", SPEC, 1,
            beside=lambda connection, _: settle_in(connection, claim, 202, TEXT, job_id.encode()),
        )  # fmt: skip

    with pytest.raises(Problem, match="another process answers") as refused:
        add("job-of-slow", lost)
    assert refused.value.status == 409
    slow.settle(lost, 200, TEXT, b"late")
    slow.give_up(lost)
    add("job-of-quick", taken)
    quick.settle(taken, 202, TEXT, b"not this one")
    quick.give_up(taken)
    stored = slow.take(wanted())
    assert stored is not None
    assert stored.body == b"job-of-quick"
    with engine.connect() as connection:
        assert connection.execute(sa.select(jobs.c.job_id)).scalars().all() == ["job-of-quick"]


def test_a_key_that_could_not_be_let_go_of_is_free_all_the_same(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own process takes it at once, others when the database has come back."""
    keeper_of(engine, "first")
    first, second = Claims(engine, "first"), Claims(engine, "second")
    forget = idempotency_module._forget

    def away(*_: object) -> None:
        raise sa.exc.OperationalError("DELETE", {}, Exception("the database is away"))

    monkeypatch.setattr(idempotency_module, "_forget", away)
    given_up, again, other = wanted("a"), wanted("a"), wanted("b")
    for one in (given_up, other):
        assert first.take(one) is None
        first.give_up(one)
    assert first.take(again) is None
    with pytest.raises(Problem, match="still being answered"):
        second.take(wanted("b"))
    with pytest.raises(sa.exc.OperationalError):
        first.let_go()
    monkeypatch.setattr(idempotency_module, "_forget", forget)
    first.let_go()
    assert second.take(wanted("b")) is None
    with pytest.raises(Problem, match="still being answered"):
        second.take(wanted("a"))


def test_a_silent_process_says_when_to_ask_again(engine: sa.Engine) -> None:
    """Who asks for what it holds comes back when it counts as dead, and not before."""
    keeper = keeper_of(engine, "me", dead_after_s=30.0)
    keeper_of(engine, "silent")
    keeper.look_around()
    assert keeper.again_in_s("silent") == 1
    assert keeper.again_in_s("unknown") == 1
    time.sleep(0.2)
    assert 28 <= keeper.again_in_s("silent") <= 31


def test_tables_of_an_older_packopt_get_what_they_lack(tmp_path: Path) -> None:
    """The columns of claims are added, and what was there stays."""
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    old = connect(url)
    row = {"owner": "me", "route": "route", "sha256": "0" * 64, "claimed": _hours(0)}
    told = {"status": 200, "headers": TEXT, "body": b"a"}
    with old.begin() as connection:
        for name in ("holder", "token"):
            connection.execute(sa.text(f"ALTER TABLE packopt_idempotency DROP COLUMN {name}"))
        connection.execute(idempotency.insert().values(**row, key="answered", **told))
        connection.execute(idempotency.insert().values(**row, key="open"))
    old.dispose()
    claims = Claims(connect(url), "me")
    stored = claims.take(wanted("answered"))
    assert stored is not None
    assert stored.body == b"a"
    assert claims.take(wanted("open")) is None


def test_a_job_whose_service_is_killed_is_found_by_its_key(
    launch: Callable[..., Running], database_url: str
) -> None:
    """Killed when the job is in the table, the service finds it again: no order is done twice."""
    body = night_of_orders(100)
    running = launch(database_url=database_url)
    engine = connect(Settings(data_dir=running.data_dir, database_url=database_url).database)
    with closing(client_of(running.url)) as http:
        asking = threading.Thread(target=_ask, args=(http, "/v1/jobs"), kwargs={"content": body})
        asking.start()
        [job_id] = _first(engine, sa.select(jobs.c.job_id))
        running.stop(signal.SIGKILL)
        asking.join()
    running = launch(database_url=database_url)
    with client_of(running.url) as http:
        for _ in range(2):
            again = http.post("/v1/jobs", content=body, headers=KEY | CSV)
            assert (again.status_code, again.json()["job_id"]) == (202, job_id)
            assert again.headers["location"] == f"/v1/jobs/{job_id}"
        job = wait_until(http, job_id, has_ended)
        assert job["state"] == "succeeded"
        assert [one["job_id"] for one in http.get("/v1/jobs").json()["jobs"]] == [job_id]
    engine.dispose()


def test_an_answer_whose_service_is_killed_is_given_anew(
    launch: Callable[..., Running], database_url: str
) -> None:
    """Killed while it packs, the service answers the same key as soon as the dead one is known."""
    running = launch(database_url=database_url)
    engine = connect(Settings(data_dir=running.data_dir, database_url=database_url).database)
    with closing(client_of(running.url)) as http:
        asking = threading.Thread(target=_ask, args=(http, "/v1/recommendations"))
        asking.start()
        _first(engine, sa.select(idempotency.c.token))
        running.stop(signal.SIGKILL)
        asking.join()
    with engine.connect() as connection:
        assert connection.execute(sa.select(idempotency.c.status)).scalars().all() == [None]
    engine.dispose()
    running = launch(database_url=database_url)
    with client_of(running.url) as http:
        assert _persistent(http).json()["answers"][0]["order_id"] == "slow"


def test_another_service_takes_over_from_one_that_is_killed(
    launch: Callable[..., Running], server: Postgres
) -> None:
    """With two services on one database the other one answers, as soon as the first is gone."""
    database_url = server.database(f"keys_{time.monotonic_ns()}")
    first, second = (launch(database_url=database_url) for _ in range(2))
    engine = connect(Settings(data_dir=first.data_dir, database_url=database_url).database)
    with closing(client_of(first.url)) as http:
        asking = threading.Thread(target=_ask, args=(http, "/v1/recommendations"))
        asking.start()
        _first(engine, sa.select(idempotency.c.token))
        with client_of(second.url) as other:
            meanwhile = other.post("/v1/recommendations", json=SLOW, headers=KEY)
            assert (meanwhile.status_code, meanwhile.headers["retry-after"]) == (409, "1")
            first.stop(signal.SIGKILL)
            asking.join()
            assert _persistent(other).status_code == 200
    with engine.connect() as connection:
        assert len(connection.execute(sa.select(processes)).all()) == 1
    engine.dispose()


def test_a_database_that_stops_during_a_request_blocks_no_key(
    launch: Callable[..., Running], server: Postgres
) -> None:
    """The request is 503, and when the database is back the same key is answered, by anybody."""
    database_url = server.database(f"keys_{time.monotonic_ns()}")
    first, second = (launch(database_url=database_url) for _ in range(2))
    engine = connect(Settings(data_dir=first.data_dir, database_url=database_url).database)
    answers: list[httpx.Response] = []
    with closing(client_of(first.url)) as http, client_of(second.url) as other:
        asking = threading.Thread(
            target=lambda: answers.append(http.post("/v1/recommendations", json=SLOW, headers=KEY))
        )
        asking.start()
        _first(engine, sa.select(idempotency.c.token))
        engine.dispose()
        server.stop()
        try:
            asking.join()
        finally:
            server.start()
        assert (answers[0].status_code, answers[0].headers["retry-after"]) == (503, "5")
        assert _persistent(other).status_code == 200
        again = http.post("/v1/recommendations", json=SLOW, headers=KEY)
        assert again.headers["idempotent-replay"] == "true"


def _hours(hours: float) -> datetime:
    """Return the time so many hours from now."""
    return datetime.now(UTC) + timedelta(hours=hours)


def _ask(http: httpx.Client, path: str, **body: Any) -> None:
    """Send a request whose service is killed meanwhile."""
    headers = KEY | (CSV if body else {})
    with suppress(httpx.TransportError):
        http.post(path, headers=headers, **(body or {"json": SLOW}))


def _first(engine: sa.Engine, statement: sa.Select[Any]) -> list[Any]:
    """Return what a table has as soon as it has anything."""
    give_up = time.monotonic() + 60
    while time.monotonic() < give_up:
        with engine.connect() as connection:
            found = list(connection.execute(statement).scalars())
        if found:
            return found
    raise AssertionError("nothing has come")


def _persistent(http: httpx.Client) -> httpx.Response:
    """Ask as `packopt.client` does: five times more, each when the service says."""
    for _ in range(6):
        answer = http.post("/v1/recommendations", json=SLOW, headers=KEY)
        if answer.status_code not in (409, 503):
            break
        time.sleep(float(answer.headers["retry-after"]))
    assert answer.status_code == 200, answer.text
    return answer
