"""What a packing bench does with the orders of a job: open, confirm, override."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from packopt_service.access import create_key
from packopt_service.database import connect
from packopt_service.jobs.kept_evidence import KeptEvidence
from packopt_service.packings import newest, rates, record
from packopt_service.settings import Settings
from service.guarded import Guarded, guarded
from service.jobbing import CSV, has_ended, night_of_orders, submit, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BODY = night_of_orders(120)
STOCKED = "package_id,kind,length_mm,width_mm,height_mm,stock\nA,carton,400,400,400,900\n"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A service that asks for a key."""
    with guarded(tmp_path_factory.mktemp("packings") / "data") as found:
        yield found


def http_of(locked: Guarded, *scopes: str, account: str = "main") -> httpx.Client:
    """Return a client with a key of its own."""
    engine = connect(Settings(data_dir=locked.data_dir).database)
    key = create_key(engine, "tests", scopes, account=account)
    engine.dispose()
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=locked.url, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def wms(locked: Guarded) -> Iterator[httpx.Client]:
    """The warehouse management system, which sends jobs."""
    with http_of(locked, "jobs", "manage") as client:
        yield client


@pytest.fixture(scope="module")
def bench(locked: Guarded) -> Iterator[httpx.Client]:
    """A packing bench of the same account, with a key of its own."""
    with http_of(locked, "recommend", "bench") as client:
        yield client


@pytest.fixture(scope="module")
def job(wms: httpx.Client) -> str:
    """A job that has succeeded."""
    return str(wait_until(wms, submit(wms, BODY)["job_id"], has_ended)["job_id"])


def packages_of(wms: httpx.Client, job: str) -> dict[str, list[str]]:
    """Return which packages a job recommends, by order."""
    answer = wms.get(f"/v1/jobs/{job}/results?table=parcels", headers={"Accept": "text/csv"})
    header, *rows = csv.reader(answer.text.splitlines())
    order, package = header.index("order_id"), header.index("package_id")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row[order], []).append(row[package])
    return found


def pack(bench: httpx.Client, job: str, order: str, **packing: Any) -> httpx.Response:
    """Record what was done with an order of a job."""
    return bench.post("/v1/packings", params={"order": order, "job": job}, json=packing)


def test_a_bench_opens_and_records_the_orders_of_a_job(
    wms: httpx.Client, bench: httpx.Client, job: str
) -> None:
    """It needs no key that runs jobs; what it records names the job and counts."""
    listed = bench.get("/v1/pages/jobs").json()
    assert [(one["job_id"], one["orders"]) for one in listed][:1] == [(job, 120)]
    for what in ("evidence", "view", "sheet"):
        answer = bench.get(f"/v1/jobs/{job}/{what}", params={"order": "o5"})
        assert answer.status_code == 200, answer.text
    query = {"order": "o5", "job": job, "parcel": 1, "place": "bench"}
    assert bench.get("/v1/pages/parcel", params=query).status_code == 200
    assert bench.get(f"/v1/jobs/{job}").status_code == 403
    before = bench.get("/v1/packings/rates").json()
    packages = packages_of(wms, job)
    for order in ("o5", "o6"):  # one that was opened just now, and one that was not
        packed = pack(bench, job, order, package_id=packages[order][0])
        assert packed.status_code == 201, packed.text
        told = packed.json()
        assert (told["job_id"], told["recommended_package_id"]) == (job, packages[order][0])
    refused = pack(bench, job, "o6", package_id="another")
    assert refused.status_code == 422
    assert f"{packages['o6'][0]} was recommended" in refused.json()["detail"]
    assert pack(bench, job, "o6", package_id="another", reason="damaged").status_code == 201
    after = bench.get("/v1/packings/rates").json()
    assert after["parcels"] == before["parcels"] + 2
    assert after["overridden"] == before["overridden"] + 1
    header, *lines = bench.get("/v1/packings", headers={"Accept": "text/csv"}).text.splitlines()
    assert header.split(",")[-1] == "job_id"
    assert {line.split(",")[0] for line in lines if line.endswith(job)} >= {"o5", "o6"}


def test_a_record_of_a_job_is_in_the_report_of_the_savings(
    wms: httpx.Client, bench: httpx.Client, job: str
) -> None:
    """The report tells the package that was taken instead."""
    assert pack(bench, job, "o9", package_id="C-77", reason="fragile").status_code == 201
    answer = wms.post("/v1/savings?baseline=volume-80", content=BODY, headers=CSV)
    done = wait_until(wms, answer.json()["job_id"], has_ended)
    assert done["state"] == "succeeded", done
    page = wms.get(f"/v1/jobs/{done['job_id']}/report").text
    assert "At the packing bench" in page
    assert "C-77" in page
    refused = pack(bench, done["job_id"], "o9", package_id="C-77")
    assert refused.status_code == 409
    assert "packings are of jobs of POST /v1/jobs" in refused.json()["detail"]


def test_what_is_no_recommendation_of_the_job_is_told(bench: httpx.Client, job: str) -> None:
    """An unknown order or parcel and another job are 404, a rejected order is 409."""
    nobody = "7b7a1c0e-8d0f-4a30-9f2e-5a8d1c6f0b11"
    for where, order, packing, status in (
        (job, "of nobody", {}, 404),
        (job, "o5", {"parcel": 9}, 404),
        (nobody, "o5", {}, 404),
        (job, "o7", {}, 409),
        ("no-uuid", "o5", {}, 422),
    ):
        answer = pack(bench, where, order, package_id="P1", **packing)
        assert answer.status_code == status, answer.text
    assert bench.post("/v1/packings?order=o8", json={"package_id": "P1"}).status_code == 404


def test_another_account_and_other_keys_that_run_jobs_see_nothing(
    locked: Guarded, job: str
) -> None:
    """Orders of a job are shared as evidence is: within an account, by the scope recommend."""
    with http_of(locked, "recommend", "bench", "jobs", account="other") as stranger:
        assert stranger.get("/v1/pages/jobs").json() == []
        assert stranger.get(f"/v1/jobs/{job}/evidence?order=o5").status_code == 404
        query = {"order": "o5", "job": job}
        assert stranger.get("/v1/pages/parcel", params=query).status_code == 404
        assert pack(stranger, job, "o5", package_id="P1").status_code == 404
    with http_of(locked, "jobs") as colleague:
        assert colleague.get(f"/v1/jobs/{job}/evidence?order=o5").status_code == 404
    with http_of(locked, "bench") as packer:
        refused = packer.get(f"/v1/jobs/{job}/evidence?order=o5")
        assert refused.status_code == 403
        assert "lacks the scope recommend or jobs" in refused.json()["detail"]


def test_orders_served_from_a_finite_stock_are_recorded(
    wms: httpx.Client, bench: httpx.Client
) -> None:
    """No evidence can be made of them, but what was recommended is in the results."""
    wms.post("/v1/catalogues/few", content=STOCKED, headers=CSV)
    lines = night_of_orders(20, bad=False)
    sent = submit(wms, lines, "catalogue=few&effort=fast")["job_id"]
    assert wait_until(wms, sent, has_ended)["state"] == "succeeded"
    assert bench.get(f"/v1/jobs/{sent}/evidence?order=o3").status_code == 409
    packed = pack(bench, sent, "o3", package_id="A")
    assert packed.status_code == 201, packed.text
    assert packed.json()["recommended_package_id"] == "A"


def test_a_database_of_an_older_service_gets_the_column(tmp_path: Path) -> None:
    """Records that it has stay, and count."""
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    engine = connect(url)
    record(engine, "main", "A", 1, "P1", "P1", None, None)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE packopt_packings DROP COLUMN job_id"))
    engine.dispose()
    engine = connect(url)
    assert [row["job_id"] for row in newest(engine, "main")] == [None]
    record(engine, "main", "A", 1, "P1", "P2", "damaged", None, "the job")
    assert [row["job_id"] for row in newest(engine, "main")] == ["the job"]
    assert rates(engine, "main")["parcels"] == 1
    engine.dispose()


def test_kept_evidence_is_bounded() -> None:
    """What was not used for longest goes first, and what comes again counts once."""
    kept = KeptEvidence(most_bytes=10)
    kept.keep("job", "a", b"1234")
    kept.keep("job", "a", b"12345")
    kept.keep("job", "b", b"12345")
    assert kept.find("job", "a") == b"12345"
    kept.keep("job", "c", b"1234")
    assert [kept.find("job", order) for order in "abc"] == [b"12345", None, b"1234"]
    kept.keep("job", "d", b"more than ten bytes")
    assert [kept.find("job", order) for order in "abcd"] == [None] * 4
