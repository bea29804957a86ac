"""The jobs in the database, and the signs of life of who runs them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from packopt_service import evidence_store
from packopt_service.database import connect, jobs, processes
from packopt_service.jobs.keeper import Keeper
from packopt_service.jobs.records import JobRecord, JobRecords
from packopt_service.jobs.results import chosen_format
from packopt_service.jobs.spec import JobSpec, PartDone

SPEC = JobSpec("csv", "demo@1", "0" * 64, "default@1", {"effort": "fast"}, "1" * 64, True, 100)


@pytest.fixture
def records(tmp_path: Path) -> JobRecords:
    """An empty database."""
    return JobRecords(connect(f"sqlite:///{tmp_path / 'test.sqlite'}"))


def add(records: JobRecords, number: int, owner: str = "me") -> JobRecord:
    """Add a job with an id that tells its number."""
    return records.add(f"job-{number}", owner, "recommendations", SPEC, 10)


def test_states_follow_one_another(records: JobRecords) -> None:
    """A job is started once and ends once; what has ended changes no more."""
    add(records, 1)
    assert records.start("job-1")
    assert records.start("job-1"), "a second start is the same start, after a crash"
    assert records.finish("job-1", "cancelled")
    assert not records.finish("job-1", "succeeded")
    assert not records.start("job-1")
    found = records.get("job-1")
    assert found is not None
    assert found.state == "cancelled"
    assert found.finished is not None
    assert found.finished.tzinfo is not None


def test_a_part_counts_once(records: JobRecords) -> None:
    """A part that is noted twice is counted once, and its revision grows once."""
    add(records, 1)
    records.start("job-1")
    records.split("job-1", 2, 30)
    done = PartDone(20, 3, {"optimal": 18, "feasible": 1})
    assert records.note_part("job-1", 0, done)
    before = records.get("job-1")
    assert not records.note_part("job-1", 0, done)
    assert records.get("job-1") == before
    assert records.note_part("job-1", 1, PartDone(10, 0, {"optimal": 10}))
    found = records.get("job-1")
    assert found is not None
    assert before is not None
    assert (found.parts_done, found.orders_done, found.rejects) == (2, 30, 3)
    assert found.verdicts == {"feasible": 1, "optimal": 28}
    assert found.revision > before.revision


def test_jobs_are_their_owners(records: JobRecords) -> None:
    """Nobody sees or counts the jobs of others."""
    for number in range(3):
        add(records, number)
    add(records, 9, "somebody")
    assert records.get("job-9", "me") is None
    assert records.count_open("me") == 3
    first = records.page("me", 2)
    rest = records.page("me", 2, before=first[-1].job_id)
    assert [one.job_id for one in (*first, *rest)] == ["job-2", "job-1", "job-0"]


def test_a_secret_is_forgotten_with_its_delivery(records: JobRecords) -> None:
    """The secret of a webhook is kept until the webhook is delivered, and no longer."""
    job = records.add("job-1", "me", "recommendations", SPEC, 10, "https://example.org/")
    assert job.webhook_secret is not None
    assert job.webhook_secret.startswith("whsec_")
    records.finish("job-1", "succeeded")
    records.note_webhook("job-1", "delivered", done=True)
    found = records.get("job-1")
    assert found is not None
    assert (found.webhook_secret, found.webhook_state) == (None, "delivered")


def test_old_jobs_are_those_that_ended_long_ago(records: JobRecords) -> None:
    """Open jobs never grow old, finished ones do after the days that are set."""
    for number in range(3):
        add(records, number)
    for number in range(2):
        records.finish(f"job-{number}", "succeeded")
    with records.engine.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(days=31)
        connection.execute(jobs.update().where(jobs.c.job_id == "job-1").values(finished=long_ago))
    assert [one.job_id for one in records.old(30)] == ["job-1"]
    records.remove("job-1")
    assert records.get("job-1") is None


def keeper(records: JobRecords, name: str, buried: list[str], dead_after_s: float = 0.05) -> Keeper:
    """Return a keeper that only notes whom it buries."""
    return Keeper(records.engine, name, 60.0, dead_after_s, buried.append, lambda: None)


def test_who_falls_silent_is_buried_once(records: JobRecords) -> None:
    """A process that beats is left alone, one that does not is taken over from, once."""
    buried: list[str] = []
    mine, other = keeper(records, "mine", buried), keeper(records, "other", [])
    for one in (mine, other):
        one.beat()
    mine.look_around()
    time.sleep(0.1)
    other.beat()
    mine.look_around()
    assert buried == []
    time.sleep(0.1)
    mine.look_around()
    mine.look_around()
    assert buried == ["other"]
    other.beat()
    mine.look_around()
    with records.engine.connect() as connection:
        known = connection.execute(sa.select(processes.c.executor_id)).scalars().all()
    assert sorted(known) == ["mine", "other"], "who was wrongly buried comes back"


def test_who_stops_is_buried_at_once(records: JobRecords) -> None:
    """A process that says that it stops is taken over from without waiting."""
    buried: list[str] = []
    mine, other = keeper(records, "mine", buried, 1000), keeper(records, "other", [])
    mine.beat()
    other.beat()
    other.stop()
    mine.look_around()
    assert buried == ["other"]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/x-ndjson"),
        ("*/*", "application/x-ndjson"),
        ("text/csv", "text/csv"),
        ("text/*;q=0.5, application/vnd.apache.parquet", "application/vnd.apache.parquet"),
        ("text/csv;q=0, text/*", None),
        ("text/html, text/csv;q=0.1, */*;q=0.05", "text/csv"),
        ("image/png", None),
        ("text/csv;q=nonsense", None),
    ],
)
def test_the_format_is_what_is_accepted_best(accept: str | None, expected: str | None) -> None:
    """The best weight wins, the more exact range says what it is, and the first format leads."""
    assert chosen_format(accept) == expected


def test_evidence_of_the_newest_answer_counts(records: JobRecords) -> None:
    """It takes the place of what was kept before, without a moment in which there is none."""
    for body in (b"old", b"new"):
        evidence_store.keep(records.engine, "me", {"B": body, "A": body})
    assert evidence_store.find(records.engine, "me", "A") == b"new"
    assert evidence_store.find(records.engine, "other", "A") is None
