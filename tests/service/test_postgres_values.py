"""What PostgreSQL minds and SQLite does not: NUL, long texts, and rows that come twice at once."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from starlette.requests import Request

from packopt_service import evidence_store, packings
from packopt_service.app import create_app
from packopt_service.database import connect
from packopt_service.examples import CATALOGUE_CSV
from packopt_service.idempotency import Claim, Claims
from packopt_service.jobs.records import JobRecords
from packopt_service.jobs.spec import PartDone
from packopt_service.library import catalogue_shelf
from packopt_service.problems import Problem
from packopt_service.settings import Settings
from service.postgres import postgres, programs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(programs() is None, reason="no PostgreSQL here")


def orders(number: int) -> dict[str, bytes]:
    """The same orders, now in this order and now in that."""
    names = ["A", "B"] if number % 2 else ["B", "A"]
    return dict.fromkeys(names, b"evidence")


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    """An empty database."""
    with postgres() as server:
        url = Settings(database_url=server.database("values")).database
        engine = connect(url)
        yield engine
        engine.dispose()


def test_evidence_of_one_order_may_come_many_times_at_once(engine: sa.Engine) -> None:
    """Each request keeps its own, and none of them fails."""
    with ThreadPoolExecutor(8) as threads:
        tries = [threads.submit(evidence_store.keep, engine, "me", orders(i)) for i in range(80)]
        for one in tries:
            one.result()
    assert evidence_store.find(engine, "me", "A") is not None


def test_an_idempotency_key_is_taken_once(engine: sa.Engine) -> None:
    """The first request is done, the next one waits for its answer, and then gets it."""
    claims = Claims(engine, "this process")
    first, second, third = (Claim("me", "route", "key", "0" * 64) for _ in range(3))
    assert claims.take(first) is None
    with pytest.raises(Problem, match="still being answered"):
        claims.take(second)
    claims.settle(first, 200, {"content-type": "text/plain"}, b"told")
    stored = claims.take(third)
    assert stored is not None
    assert stored.body == b"told"


def test_a_catalogue_that_is_new_is_told_to_be_new(engine: sa.Engine) -> None:
    """And one that says the same is not."""
    shelf = catalogue_shelf(engine)
    assert [shelf.add("line", "csv", CATALOGUE_CSV.encode())[1] for _ in range(2)] == [True, False]


def test_a_part_that_two_services_answer_counts_once(engine: sa.Engine) -> None:
    """Neither of them fails, and one of them counts it."""
    records, done = JobRecords(engine), PartDone(1, 0, {"optimal": 1})
    with ThreadPoolExecutor(8) as threads:
        for part in range(20):
            tries = [threads.submit(records.note_part, "job", part, done) for _ in range(4)]
            assert sum(one.result() for one in tries) == 1


def test_a_value_that_cannot_be_kept_is_a_problem(engine: sa.Engine, tmp_path: Path) -> None:
    """Who sends it is told, and no 500."""
    app = create_app(Settings(open=True, data_dir=tmp_path, job_workers=0))
    with pytest.raises(Exception, match="NUL") as caught:
        evidence_store.find(engine, "me", "a\0b")
    handler = app.exception_handlers[type(caught.value)]
    answer = asyncio.run(handler(Request({"type": "http", "state": {}}), caught.value))  # type: ignore[arg-type]
    assert answer.status_code == 422


def test_tables_of_an_older_service_get_the_columns_they_lack(engine: sa.Engine) -> None:
    """Records that were there stay, and new ones name their job."""
    packings.record(engine, "old", "A", 1, "P1", "P1", None, None)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE packopt_packings DROP COLUMN job_id"))
    connect(engine.url.render_as_string(hide_password=False)).dispose()
    packings.record(engine, "old", "B", 1, "P1", "P1", None, None, job_id="the job")
    assert [row["job_id"] for row in packings.newest(engine, "old")] == [None, "the job"]
