"""Limits of jobs: how many, how large, and whose."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from packopt_service.access import create_key
from packopt_service.database import connect
from service.jobbing import CSV, LIVELY, client_of, has_ended, night_of_orders, submit, wait_until
from service.running import Running, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = night_of_orders(40)
STOCK = (
    "package_id,kind,length_mm,width_mm,height_mm,flute,unit_cost,currency,stock\n"
    "S,carton,200,150,100,B,0.31,EUR,5\n"
    "L,carton,600,500,400,BC,1.12,EUR,\n"
)


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service with keys that leaves jobs to others, of which there are none."""
    settings = LIVELY | {"open": False, "job_workers": 0, "open_jobs_per_key": 2}
    folder = tmp_path_factory.mktemp("idle")
    with serving(folder / "data", ready=False, **settings, upload_limit_bytes=1 << 20) as running:
        yield running


def bearer(running: Running, *scopes: str) -> dict[str, str]:
    """Return the header of a new key."""
    engine = connect(f"sqlite:///{running.data_dir / 'packopt.sqlite'}")
    key = create_key(engine, "test", scopes or ("jobs",))
    engine.dispose()
    return {"Authorization": f"Bearer {key}"}


def test_a_key_has_so_many_open_jobs(idle: Running) -> None:
    """One job too many is 429, until another one has ended; a repeated request is no other job."""
    with client_of(idle.url) as http:
        http.headers.update(bearer(idle) | CSV)
        key = {"Idempotency-Key": "twice"}
        jobs = [http.post("/v1/jobs", content=BODY, headers=key).json()["job_id"]]
        jobs.append(http.post("/v1/jobs", content=BODY).json()["job_id"])
        refused = http.post("/v1/jobs", content=BODY)
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        again = http.post("/v1/jobs", content=BODY, headers=key)
        assert (again.status_code, again.json()["job_id"]) == (202, jobs[0])
        assert http.delete(f"/v1/jobs/{jobs[1]}").json()["state"] == "cancelled"
        assert http.post("/v1/jobs", content=BODY).status_code == 202


def test_jobs_are_seen_by_their_key_alone(idle: Running) -> None:
    """Another key neither sees, lists nor ends a job, and a key without the scope sees nothing."""
    with client_of(idle.url) as http:
        mine, other = bearer(idle), bearer(idle)
        job_id = http.post("/v1/jobs", content=BODY, headers=mine | CSV).json()["job_id"]
        path = f"/v1/jobs/{job_id}"
        assert http.get(path, headers=mine).status_code == 200
        for tail in ("", "/results", "/rejects", "/events", "/report"):
            assert http.get(path + tail, headers=other).status_code == 404
            assert http.get(path + tail).status_code == 401
        assert http.delete(path, headers=other).status_code == 404
        assert http.get("/v1/jobs", headers=other).json()["jobs"] == []
        assert http.get(path, headers=bearer(idle, "recommend")).status_code == 403


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_upload_has_a_limit_also_when_inflated(idle: Running, encoding: str) -> None:
    """What is too large, as it is sent or as it inflates, is 413 and leaves no file."""
    with client_of(idle.url) as http:
        body = bytes(3 << 20)
        if encoding == "gzip":
            body = gzip.compress(body)
        headers = bearer(idle) | CSV | {"Content-Encoding": encoding}
        answer = http.post("/v1/jobs", content=iter([body]), headers=headers)
        assert answer.status_code == 413
        assert list((idle.data_dir / "incoming").iterdir()) == []


def test_finite_stock_is_served_over_the_whole_job(tmp_path: Path) -> None:
    """A catalogue with finite stock makes one part, in which no package is used too often."""
    settings = LIVELY | {"orders_per_part": 10, "stock_orders": 40}
    with serving(tmp_path / "data", ready=False, **settings) as running:
        http = client_of(running.url)
        assert http.post("/v1/catalogues/few", content=STOCK, headers=CSV).status_code == 201
        body = night_of_orders(40, bad=False)
        done = wait_until(http, submit(http, body, "catalogue=few")["job_id"], has_ended)
        assert done["state"] == "succeeded", done
        assert done["progress"]["parts"]["total"] == 1
        accept = {"Accept": "text/csv"}
        path = f"/v1/jobs/{done['job_id']}/results?table=parcels"
        assert 0 < http.get(path, headers=accept).text.count('"S"') <= 5
        body = night_of_orders(41, bad=False)
        failed = wait_until(http, submit(http, body, "catalogue=few")["job_id"], has_ended)
        assert failed["state"] == "failed"
        assert "in turn" in failed["error"]
        http.close()


def test_files_may_lie_elsewhere(tmp_path: Path) -> None:
    """With a storage URL, uploads, parts and results lie there, and nothing stays here."""
    url = (tmp_path / "elsewhere").as_uri()
    with (
        serving(tmp_path / "data", ready=False, **LIVELY, storage_url=url) as running,
        client_of(running.url) as http,
    ):
        done = wait_until(http, submit(http, night_of_orders(120))["job_id"], has_ended)
        assert done["state"] == "succeeded", done
        assert done["progress"]["parts"]["total"] == 3
        text = http.get(f"/v1/jobs/{done['job_id']}/results").text
        assert len(text.splitlines()) == 118
        assert not (running.data_dir / "jobs").exists()
        names = {path.name for path in (tmp_path / "elsewhere").rglob("*")}
        assert {"upload.csv", "split.json", "results.json"} <= names
        assert http.delete(f"/v1/jobs/{done['job_id']}").status_code == 204
        assert not list((tmp_path / "elsewhere").rglob("*.*"))


def test_two_services_never_share_an_embedded_database(tmp_path: Path) -> None:
    """A second service on the same directory and SQLite does not start, and says why."""
    with (
        serving(tmp_path / "data", ready=False, **LIVELY),
        pytest.raises(AssertionError, match="PostgreSQL"),
        serving(tmp_path / "data", ready=False, **LIVELY),
    ):
        pass
