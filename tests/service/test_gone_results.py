"""Files of a job that are gone or damaged are told by a status, before an answer begins."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from packopt_service.jobs import names
from packopt_service.jobs.results import stream_table
from packopt_service.jobs.storage import LocalStorage, RemoteStorage
from service.jobbing import LIVELY, client_of, has_ended, night_of_orders, submit, wait_until
from service.running import serving

RESULTS = ("results?table=orders", "results?table=rejects", "rejects")


@pytest.fixture(scope="module")
def lively(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A service whose jobs have parts of fifty orders."""
    data_dir = tmp_path_factory.mktemp("gone") / "data"
    with serving(data_dir, **LIVELY) as running, client_of(running.url) as http:
        http.headers["x-data-dir"] = str(data_dir)
        yield http


@pytest.fixture
def folder(lively: httpx.Client) -> Path:
    """The folder of a job of three parts that has succeeded."""
    job = wait_until(lively, submit(lively, night_of_orders(150))["job_id"], has_ended)
    assert (job["state"], job["progress"]["parts"]["done"]) == ("succeeded", 3)
    return Path(lively.headers["x-data-dir"]) / "jobs" / job["job_id"]


def told(http: httpx.Client, folder: Path, what: str) -> tuple[int, str]:
    """Ask for something of a job; return the status and what is told of it."""
    answer = http.get(f"/v1/jobs/{folder.name}/{what}")
    return answer.status_code, "" if answer.is_success else answer.json()["detail"]


def test_results_that_are_gone_are_410(lively: httpx.Client, folder: Path) -> None:
    """Whichever part is gone; what a part never had is not gone."""
    results = folder / "results"
    rejects = {path.name for path in results.glob("*-rejects.parquet")}
    assert rejects == {"00000-rejects.parquet", "00002-rejects.parquet"}
    for what in RESULTS:
        assert told(lively, folder, what)[0] == 200
    for part, table in ((0, "orders"), (1, "orders"), (0, "rejects"), (2, "rejects")):
        file = results / f"0000{part}-{table}.parquet"
        away = file.rename(file.with_suffix(".away"))
        status = {what: told(lively, folder, what)[0] for what in RESULTS}
        away.rename(file)
        assert status == {what: 410 if table in what else 200 for what in RESULTS}, file.name
    assert lively.get(f"/v1/jobs/{folder.name}/evidence?order=o140").status_code == 200
    (results / "00002-orders.parquet").unlink()
    assert told(lively, folder, "evidence?order=o140")[0] == 410
    results.rename(folder / "results.away")
    for what in RESULTS:
        status, detail = told(lively, folder, what)
        assert (status, "submit it again" in detail) == (410, True)


def test_results_that_are_damaged_are_409(lively: httpx.Client, folder: Path) -> None:
    """A first part that cannot be read, and a part that no longer tells what it had."""
    results = folder / "results"
    (results / "00000-orders.parquet").write_bytes(b"no Parquet")
    assert told(lively, folder, "results?table=orders")[0] == 409
    for content in (b"", b"[]", b'{"rows": 3}'):
        for part in (1, 2):
            (results / f"0000{part}-rejects.parquet").unlink(missing_ok=True)
            (results / f"0000{part}.json").write_bytes(content)
        status, detail = told(lively, folder, "rejects")
        assert (status, "damaged" in detail) == (409, True), content


def test_a_storage_that_gives_nothing_is_503(lively: httpx.Client, folder: Path) -> None:
    """Then it may help to ask again, and the answer says when."""
    file = folder / "results" / "00000-orders.parquet"
    file.unlink()
    file.mkdir()
    answer = lively.get(f"/v1/jobs/{folder.name}/results")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize(
    ("kind", "query", "paths"),
    [
        ("savings", "baseline=volume-80", ["report"]),
        ("suites", "sizes=3&draws=0&candidates=50", ["report", "catalogue", "suite"]),
    ],
)
def test_reports_and_proposals_that_are_gone_are_410(
    lively: httpx.Client, kind: str, query: str, paths: list[str]
) -> None:
    """As the tables are."""
    answer = lively.post(
        f"/v1/{kind}?effort=fast&{query}",
        content=night_of_orders(60, bad=False),
        headers={"Content-Type": "text/csv"},
    )
    job = wait_until(lively, answer.json()["job_id"], has_ended)
    assert job["state"] == "succeeded", job
    folder = Path(lively.headers["x-data-dir"]) / "jobs" / job["job_id"]
    assert {told(lively, folder, path)[0] for path in paths} == {200}
    for name in ("report.html", "catalogue.csv", "suite.json"):
        (folder / name).unlink(missing_ok=True)
    assert {told(lively, folder, path)[0] for path in paths} == {410}


@pytest.mark.parametrize("kind", ["local", "remote"])
def test_every_storage_lists_its_files(tmp_path: Path, kind: str) -> None:
    """Those of one folder, and none where there is no folder."""
    storage: Any = LocalStorage(tmp_path)
    if kind == "remote":
        storage = RemoteStorage(tmp_path.as_uri())
    assert storage.files(names.results_folder("job")) == set()
    with pytest.raises(FileNotFoundError):
        stream_table(storage, "job", "orders", 1, "ndjson")
    assert list(stream_table(storage, "job", "orders", 0, "ndjson")) == []
    storage.write(names.part_done("job", 0), lambda file: file.write(b"{}"))
    storage.write(names.report("job"), lambda file: file.write(b"x"))
    assert storage.files(names.results_folder("job")) == {"00000.json"}
