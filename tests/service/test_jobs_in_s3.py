"""Jobs whose uploads, parts and results lie in S3."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.jobbing import (
    LIVELY,
    client_of,
    has_ended,
    has_parts,
    night_of_orders,
    results_of,
    submit,
    wait_until,
)
from service.running import serving, start
from service.s3 import BUCKET, CREDENTIALS, Bucket, bucket

pytest.importorskip("moto", reason="moto is not installed: no server that passes for S3")
# Warnings of the server about itself are none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")

BODY = night_of_orders(400)
#: Of a job with parts enough to be killed between them.
SLOW = LIVELY | {"orders_per_part": 20, "keep_days": 1}


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket, and credentials for it."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with bucket() as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the job comes to on a disk, when nothing happens."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with serving(folder / "data", ready=False, **SLOW) as running, client_of(running.url) as http:
        job = wait_until(http, submit(http, BODY)["job_id"], has_ended)
        assert job["state"] == "succeeded", job
        return results_of(http, job["job_id"])


def test_a_job_lies_in_s3_from_its_upload_to_its_end(
    tmp_path: Path, s3: Bucket, undisturbed: dict[str, bytes]
) -> None:
    """Results and evidence come from there, each file is put once, and removal leaves nothing."""
    with (
        serving(tmp_path / "data", ready=False, **SLOW, storage_url=s3.url) as running,
        client_of(running.url) as http,
    ):
        job = wait_until(http, submit(http, BODY)["job_id"], has_ended)
        assert job["state"] == "succeeded", job
        assert results_of(http, job["job_id"]) == undisturbed
        evidence = http.get(f"/v1/jobs/{job['job_id']}/evidence", params={"order": "o5"})
        assert evidence.status_code == 200, evidence.text
        place = f"packopt/jobs/{job['job_id']}"
        names = {one.removeprefix(f"{place}/") for one in s3.objects()}
        assert {"upload.csv", "split.json", "results.json", "results/00000.json"} <= names
        assert not [one for one in names if one.endswith(".part")]
        files = {f"/{BUCKET}/{place}/{one}" for one in names if "." in one}
        written = {one: number for one, number in s3.puts.items() if job["job_id"] in one}
        assert files <= set(written)
        assert set(written.values()) == {1}, written
        assert not (running.data_dir / "jobs").exists()
        assert not list((running.data_dir / "incoming").iterdir())
        assert http.delete(f"/v1/jobs/{job['job_id']}").status_code == 204
        assert not [one for one in s3.objects() if job["job_id"] in one]


def test_kills_change_nothing(tmp_path: Path, s3: Bucket, undisturbed: dict[str, bytes]) -> None:
    """A service that is killed in the middle of a job goes on where it was, to the same bytes."""
    settings = SLOW | {"storage_url": s3.url}
    running = start(tmp_path / "data", ready=False, **settings)
    try:
        with client_of(running.url) as http:
            job_id = submit(http, BODY)["job_id"]
            wait_until(http, job_id, has_parts(3))
        for parts in (8, 14):
            running.stop(signal.SIGKILL)
            running = start(tmp_path / "data", ready=False, **settings)
            with client_of(running.url) as http:
                wait_until(http, job_id, has_parts(parts))
        with client_of(running.url) as http:
            job = wait_until(http, job_id, has_ended)
            assert job["state"] == "succeeded", job
            assert job["progress"]["parts"] == {"done": 20, "total": 20}
            assert results_of(http, job_id) == undisturbed
    finally:
        running.stop(signal.SIGKILL)
