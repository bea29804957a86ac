"""What is kept, for how long, and what is taken away; what is published is on the disk."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from packopt_service import Settings, evidence_store, idempotency
from packopt_service.database import connect, evidence, jobs
from packopt_service.database import idempotency as keys
from packopt_service.jobs import names
from packopt_service.jobs.runner import JobRunner
from packopt_service.jobs.storage import LocalStorage
from packopt_service.library import catalogue_shelf
from service.test_job_records import SPEC

LONG_AGO = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JobRunner:
    """What runs jobs, not started: DBOS has nothing to cancel or to forget."""
    engine = connect(f"sqlite:///{tmp_path / 'test.sqlite'}")
    settings = Settings(data_dir=tmp_path, job_workers=0, keep_days=30)
    made = JobRunner(engine, settings, catalogue_shelf(engine))
    for name in ("cancel", "forget"):
        monkeypatch.setattr(made._engine, name, lambda job_id: None)
    return made


def add(runner: JobRunner, job_id: str) -> None:
    """Add a job with an upload."""
    runner.records.add(job_id, "me", "recommendations", SPEC, 10)
    write(runner, names.upload(job_id, "csv"))


def write(runner: JobRunner, name: str) -> None:
    """Write a file of a job."""
    runner.storage.write(name, lambda file: file.write(b"x"))


def backdate(runner: JobRunner, job_id: str) -> None:
    """Let a job have finished long ago."""
    changed = jobs.update().where(jobs.c.job_id == job_id).values(finished=LONG_AGO)
    with runner.engine.begin() as connection:
        connection.execute(changed)


def test_jobs_that_ended_long_ago_go_with_their_files(runner: JobRunner, tmp_path: Path) -> None:
    """After the days that are set a job is gone; a younger one and an open one stay whole."""
    for job_id in ("old", "young", "open"):
        add(runner, job_id)
    for job_id in ("old", "young"):
        runner.records.finish(job_id, "succeeded")
    backdate(runner, "old")
    assert runner.remove_old() == 1
    assert [runner.records.get(one) is None for one in ("old", "young", "open")] == [1, 0, 0]
    assert sorted(one.name for one in (tmp_path / "jobs").iterdir()) == ["open", "young"]


def test_copies_of_jobs_that_ended_go_at_once(runner: JobRunner, tmp_path: Path) -> None:
    """The scratch folder keeps the copies of open jobs alone."""
    for job_id in ("ended", "open"):
        add(runner, job_id)
        (tmp_path / "scratch" / job_id).mkdir(parents=True)
    (tmp_path / "scratch" / "unknown").mkdir()
    runner.records.finish("ended", "failed", "why")
    assert runner.remove_old() == 0
    assert [one.name for one in (tmp_path / "scratch").iterdir()] == ["open"]
    assert (tmp_path / "jobs" / "ended").exists(), "it failed a moment ago: its rejects can be read"


def test_what_is_written_after_a_cancel_is_taken_away(runner: JobRunner, tmp_path: Path) -> None:
    """A part that is being answered when its job is cancelled leaves nothing, and no job."""
    add(runner, "job")

    def work(_: object) -> dict[str, object]:
        assert runner.cancel("job")
        write(runner, names.part_done("job", 0))
        return {"parts": 1}

    assert runner._persevere("job", work) == {"gone": True}
    assert not (tmp_path / "jobs" / "job").exists()
    write(runner, names.part_done("job", 1))  # by a worker that was ahead
    runner.remove_old()
    assert not (tmp_path / "jobs" / "job").exists()


def test_evidence_and_idempotency_keys_are_forgotten(runner: JobRunner) -> None:
    """Evidence goes after the days that are set, and an answered key after a day."""
    engine = runner.engine
    evidence_store.keep(engine, "me", {"old": b"{}", "young": b"{}"})
    claims = idempotency.Claims(engine, "this process")
    for key in ("old", "young"):
        assert claims.take(idempotency.Claim("me", "route", key, "0" * 64)) is None
    with engine.begin() as connection:
        old = evidence.update().where(evidence.c.order_id == "old").values(created=LONG_AGO)
        connection.execute(old)
        connection.execute(keys.update().where(keys.c.key == "old").values(claimed=LONG_AGO))
    assert (evidence_store.forget_old(engine, 30), idempotency.forget_old(engine)) == (1, 1)
    assert evidence_store.find(engine, "me", "old") is None
    assert evidence_store.find(engine, "me", "young") == b"{}"
    with engine.connect() as connection:
        assert connection.execute(sa.select(keys.c.key)).scalars().all() == ["young"]


def test_what_is_published_is_safe_before_it_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The content is on the disk before the name appears, and the name before anyone is told."""
    synced: list[tuple[str, bool]] = []
    storage = LocalStorage(tmp_path)
    place = storage.path("results.json")
    fsync = os.fsync

    def watched(handle: int) -> None:
        fsync(handle)
        inode = os.fstat(handle).st_ino
        kind = "folder" if inode == tmp_path.stat().st_ino else "file"
        synced.append((kind, place.exists()))

    monkeypatch.setattr(os, "fsync", watched)
    storage.write("results.json", lambda file: file.write(b"{}"))
    assert synced == [("file", False), ("folder", True)]
