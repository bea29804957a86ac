"""Suites over HTTP: a history in, the set to stock out, with its report and its catalogue."""

from __future__ import annotations

import io
import json
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packopt import Policy, builtin_catalogue, factor_set, read_catalogue, read_orders, recommend
from packopt.client import Client
from packopt.factors import Emissions
from packopt.suite import Machine, Wanted, suite
from packopt_service.jobs import names
from service.jobbing import CSV, LIVELY, client_of, has_ended, night_of_orders, wait_until
from service.running import serving, start

BODY = night_of_orders(120)
MACHINE = {"most_side_mm": 700, "mailer": {"max_thickness_mm": 60}}
ASKED = {
    "sizes": "5",
    "kinds": "carton,mailer",
    "grid_mm": "20",
    "candidates": "200",
    "draws": "1",
    "effort": "fast",
    "machine": json.dumps(MACHINE),
}
POLICY = Policy(
    objective="co2e", effort="fast", emissions=Emissions(factor_set("desnz-2025-primary"))
)


@pytest.fixture(scope="module")
def job(service: Any) -> dict[str, Any]:
    """A suite that has succeeded, by CO2e."""
    settings = {"objective": "co2e", "emissions": {"factors": "desnz-2025-primary"}}
    with httpx.Client(base_url=service.url, timeout=60) as http:
        stored = http.post("/v1/policies/by-co2e", json=settings)
        assert stored.status_code == 201, stored.text
        answer = http.post(
            "/v1/suites", params={**ASKED, "policy": "by-co2e"}, content=BODY, headers=CSV
        )
        assert answer.status_code == 202, answer.text
        done = wait_until(http, answer.json()["job_id"], has_ended)
        assert done["state"] == "succeeded", done
        return done


def test_the_job_answers_what_the_library_does(
    http: httpx.Client, job: dict[str, Any], tmp_path: Path
) -> None:
    """Catalogue and figures are those of `packopt.suite` on the same history."""
    path = tmp_path / "orders.csv"
    path.write_bytes(BODY)
    orders = read_orders(path)
    found = suite(
        orders, Wanted(5, kinds=("carton", "mailer"), grid_mm=20, candidates=200),
        today=builtin_catalogue("demo"), policy=POLICY, machine=Machine.from_dict(MACHINE), draws=1,
    )  # fmt: skip
    answer = http.get(f"/v1/jobs/{job['job_id']}/catalogue")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.text == found.catalogue_text
    about = http.get(f"/v1/jobs/{job['job_id']}/suite").json()
    assert about["unit"] == "g CO2e"
    assert about["fit"] == found.about["fit"]
    assert job["kind"] == "suite"


def test_the_catalogue_keeps_the_promise(
    http: httpx.Client, job: dict[str, Any], tmp_path: Path
) -> None:
    """Packing the holdout from the fetched catalogue costs what the suite promised."""
    base = f"/v1/jobs/{job['job_id']}"
    (tmp_path / "catalogue.csv").write_text(http.get(f"{base}/catalogue").text)
    (tmp_path / "orders.csv").write_bytes(BODY)
    orders = read_orders(tmp_path / "orders.csv")
    held_out = set(_table(http, job, "suite_holdout")["order_id"].to_pylist())
    index = [k for k, one in enumerate(orders.order_ids.to_pylist()) if one in held_out]
    again = recommend(
        orders.take(np.array(index)), read_catalogue(tmp_path / "catalogue.csv"), POLICY
    )
    promised = http.get(f"{base}/suite").json()["holdout"]
    assert sum(filter(None, again.orders["cost"].to_pylist())) == pytest.approx(promised["cost"])
    assert again.orders.num_rows == _table(http, job, "orders").num_rows


def test_tables_and_report_can_be_fetched(http: httpx.Client, job: dict[str, Any]) -> None:
    """All tables of a suite and of its savings are there, and a page that may ask for nothing."""
    for table in (*names.SUITE_TABLES, *names.SAVINGS_TABLES):
        assert _table(http, job, table).num_columns
    assert _table(http, job, "suite_types").num_rows > 5
    page = http.get(f"/v1/jobs/{job['job_id']}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "sandbox" in page.headers["content-security-policy"]
    assert "kg CO₂e" in page.text
    rejects = http.get(f"/v1/jobs/{job['job_id']}/rejects").text
    assert '"o7"' in rejects


def test_the_client_submits_and_fetches(service: Any, http: httpx.Client, tmp_path: Path) -> None:
    """`submit_suite` and `download_catalogue` do what the routes do."""
    (tmp_path / "orders.csv").write_bytes(BODY)
    with Client(service.url) as packopt:
        options = {**ASKED, "kinds": "carton", "grid_mm": "40", "candidates": "50"}
        del options["sizes"]
        told = packopt.submit_suite(tmp_path / "orders.csv", sizes=4, **options)
        done = packopt.wait(told["job_id"])
        path = packopt.download_catalogue(done["job_id"], tmp_path / "catalogue.csv")
    assert read_catalogue(path).n_packages == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"sizes": "0"}, "sizes"),
        ({"kinds": "crate"}, "kinds"),
        ({"sizes": "9", "candidates": "8"}, "no more types than candidates"),
        ({"keep": "C1", "forbid": "C1"}, "not to be kept"),
        ({"machine": "{"}, "expected a JSON object"),
        ({"machine": '{"longest": 5}'}, "field longest: not known"),
        ({"holdout": "2026-13-45"}, "expected a share"),
        ({"draws": "-1"}, "draws"),
    ],
)
def test_what_cannot_be_asked_is_refused_at_once(
    http: httpx.Client, parameters: dict[str, str], message: str
) -> None:
    """Faulty settings are 422 with what was expected, before a job begins."""
    asked = {**ASKED, **parameters}
    answer = http.post("/v1/suites", params=asked, content=BODY, headers=CSV)
    assert answer.status_code == 422
    assert message in answer.text


def test_what_only_the_history_shows_fails_the_job_with_its_reason(http: httpx.Client) -> None:
    """A type to keep that today's set does not have is named by the job that failed."""
    asked = {**ASKED, "keep": "NOPE"}
    answer = http.post("/v1/suites", params=asked, content=BODY, headers=CSV)
    done = wait_until(http, answer.json()["job_id"], has_ended)
    assert done["state"] == "failed"
    assert "NOPE" in done["error"]
    assert http.get(f"/v1/jobs/{done['job_id']}/catalogue").status_code == 409


def test_a_suite_whose_service_is_killed_ends_as_if_nothing_had_happened(tmp_path: Path) -> None:
    """SIGKILL while a set is being chosen: the next service goes on and answers the same."""
    asked = {**ASKED, "grid_mm": "10", "draws": "5"}
    killed = start(tmp_path / "data", **LIVELY)
    try:
        with client_of(killed.url) as http:
            answer = http.post("/v1/suites", params=asked, content=BODY, headers=CSV)
            job_id = answer.json()["job_id"]
            wait_until(http, job_id, lambda job: job["state"] == "running")
            time.sleep(1)
            assert not has_ended(http.get(f"/v1/jobs/{job_id}").json()), "too fast to be killed"
    finally:
        killed.stop(signal.SIGKILL)
    with serving(tmp_path / "data", **LIVELY) as running, client_of(running.url) as http:
        answer = http.post("/v1/suites", params=asked, content=BODY, headers=CSV)
        ends = []
        for one in (job_id, answer.json()["job_id"]):
            job = wait_until(http, one, has_ended)
            assert job["state"] == "succeeded", job
            base = f"/v1/jobs/{one}"
            told = [http.get(f"{base}/{what}").content for what in ("catalogue", "suite")]
            ends.append([*told, *(_table(http, job, name) for name in names.SUITE_TABLES)])
    assert ends[0] == ends[1]


def test_a_request_cannot_make_the_service_read_files(http: httpx.Client) -> None:
    """A policy names a set of factors that comes with packopt, never a path."""
    order = {
        "order_id": "a",
        "lines": [{"sku": "s", "qty": 1, "length_mm": 9, "width_mm": 9, "height_mm": 9}],
    }
    policy = {"objective": "co2e", "emissions": {"factors": "/etc/hostname"}}
    answer = http.post("/v1/recommendations", json={"orders": [order], "policy": policy})
    assert answer.status_code == 422
    assert "expected one of" in answer.text


def _table(http: httpx.Client, job: dict[str, Any], table: str) -> pa.Table:
    answer = http.get(
        f"/v1/jobs/{job['job_id']}/results",
        params={"table": table},
        headers={"Accept": "application/vnd.apache.parquet"},
    )
    assert answer.status_code == 200, answer.text
    return pq.read_table(io.BytesIO(answer.content))
