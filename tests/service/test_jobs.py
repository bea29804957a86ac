"""Jobs over HTTP: files in, tables out, progress on the way."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from service.jobbing import CSV, has_ended, night_of_orders, submit, wait_until

NOBODY = "00000000-0000-4000-8000-000000000000"
BODY = night_of_orders(120)


@pytest.fixture(scope="module")
def job(service: Any) -> dict[str, Any]:
    """A job that has succeeded."""
    with httpx.Client(base_url=service.url, timeout=60) as http:
        return wait_until(http, submit(http, BODY)["job_id"], has_ended)


def test_a_job_tells_what_it_came_to(job: dict[str, Any]) -> None:
    """A finished job tells its progress, verdicts and rejects, and what it was answered with."""
    assert job["state"] == "succeeded", job
    assert job["progress"]["orders"] == {"done": 120, "total": 120}
    assert job["progress"]["parts"] == {"done": 1, "total": 1}
    assert sum(job["verdicts"].values()) == 118
    assert job["rejects"] >= 2
    assert (job["catalogue"], job["policy"], job["effort"]) == ("demo@1", "default@1", "fast")
    assert job["created"] <= job["started"] <= job["finished"]


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("application/x-ndjson", "ndjson"),
        ("text/csv", "csv"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/vnd.apache.arrow.stream", "arrow"),
    ],
)
@pytest.mark.parametrize("table", ["orders", "parcels", "placements", "ruled_out", "alternatives"])
def test_results_are_the_same_in_every_format(
    http: httpx.Client, job: dict[str, Any], media: str, kind: str, table: str
) -> None:
    """Every format has the same columns and rows; an empty table has its columns at least."""
    found = _rows(http, job, table, media, kind)
    expected = _rows(http, job, table, "application/vnd.apache.parquet", "parquet")
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert [str(one[key]) for key in ("order_id",)] == [str(other["order_id"])]
        assert set(one) == set(other)


def test_rejects_tell_rows_of_the_upload(http: httpx.Client, job: dict[str, Any]) -> None:
    """Rejects name the row, the field, the value, the reason and what to do."""
    text = http.get(f"/v1/jobs/{job['job_id']}/rejects").text
    rejects = [json.loads(line) for line in text.splitlines()]
    assert {one["order_id"] for one in rejects} == {"o7", "o107"}
    faulty = next(one for one in rejects if one["value"] == "-1")
    assert BODY.decode().splitlines()[faulty["row"]].startswith(faulty["order_id"] + ",")
    assert faulty["field"] == "height_mm"


@pytest.mark.parametrize("kind", ["ndjson", "parquet", "arrow file", "arrow stream", "gzip"])
def test_every_upload_format_has_the_same_answer(
    http: httpx.Client, job: dict[str, Any], kind: str
) -> None:
    """The same orders in another format are answered the same."""
    table = pa_csv.read_csv(io.BytesIO(BODY))
    body, headers = _upload(table, kind)
    answer = http.post("/v1/jobs?effort=fast", content=body, headers=headers)
    assert answer.status_code == 202, answer.text
    other = wait_until(http, answer.json()["job_id"], has_ended)
    assert other["state"] == "succeeded", other
    for name in ("orders", "placements"):
        assert _text(http, other, name) == _text(http, job, name)


def test_plans_can_be_left_out(http: httpx.Client) -> None:
    """Without plans the table of placements has columns and no rows."""
    done = wait_until(http, submit(http, BODY, "effort=fast&plans=false")["job_id"], has_ended)
    assert done["plans"] is False
    assert len(_text(http, done, "placements").splitlines()) == 1
    assert len(_text(http, done, "orders").splitlines()) == 119


def test_an_upload_that_is_unusable_fails_with_the_reason(http: httpx.Client) -> None:
    """A file without the columns of orders is a failed job that says which are missing."""
    failed = wait_until(http, submit(http, b"a,b\n1,2\n", "")["job_id"], has_ended)
    assert failed["state"] == "failed"
    assert "length_mm" in failed["error"]
    assert "/" not in failed["error"].split(":")[0]
    answer = http.get(f"/v1/jobs/{failed['job_id']}/results")
    assert answer.status_code == 409
    assert "length_mm" in answer.json()["detail"]


def test_a_repeated_submission_is_one_job(http: httpx.Client) -> None:
    """The same key and body get the same job again; another body is refused."""
    headers = CSV | {"Idempotency-Key": "night-1"}
    first = http.post("/v1/jobs?effort=fast", content=BODY, headers=headers)
    again = http.post("/v1/jobs?effort=fast", content=BODY, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.headers["location"] == first.headers["location"]
    assert again.content == first.content
    other = http.post("/v1/jobs?effort=fast", content=BODY + b"\n", headers=headers)
    assert other.status_code == 422


def test_events_follow_a_job_and_can_be_resumed(http: httpx.Client) -> None:
    """Events end with the finished job; after the last of them there is nothing more."""
    path = f"/v1/jobs/{submit(http, BODY)['job_id']}/events"
    events = _events(http.get(path).text)
    assert events[-1]["event"] == "end"
    assert json.loads(events[-1]["data"])["state"] == "succeeded"
    numbers = [int(one["id"]) for one in events]
    assert numbers == sorted(set(numbers))
    resumed = _events(http.get(path, headers={"Last-Event-ID": events[-2]["id"]}).text)
    assert [one["id"] for one in resumed] == [events[-1]["id"]]
    assert http.get(path, headers={"Last-Event-ID": events[-1]["id"]}).status_code == 204


def test_jobs_are_listed_page_by_page(http: httpx.Client, job: dict[str, Any]) -> None:
    """Pages lead from the newest job to the oldest, each once."""
    wait_until(http, submit(http, BODY)["job_id"], has_ended)
    seen: list[str] = []
    path: str | None = "/v1/jobs?limit=1"
    while path is not None:
        page = http.get(path).json()
        seen += [one["job_id"] for one in page["jobs"]]
        path = page["next"]
    assert job["job_id"] in seen
    assert len(seen) == len(set(seen)) >= 2


def test_a_job_is_cancelled_and_removed(http: httpx.Client) -> None:
    """Deleting an open job cancels it, deleting it again removes it."""
    path = f"/v1/jobs/{submit(http, night_of_orders(4000), 'effort=standard')['job_id']}"
    cancelled = http.delete(path)
    assert cancelled.status_code == 200
    assert cancelled.json()["state"] == "cancelled"
    assert http.get(f"{path}/results").status_code == 409
    assert http.get(f"{path}/rejects").status_code == 200
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404


def test_a_deletion_may_say_what_it_is_meant_for(http: httpx.Client) -> None:
    """Then it may be repeated: it cancels what is open, or removes what has ended, and no more."""
    done = wait_until(http, submit(http, night_of_orders(20))["job_id"], has_ended)
    path = f"/v1/jobs/{done['job_id']}"
    for _ in range(2):
        answer = http.delete(f"{path}?if=open")
        assert (answer.status_code, answer.json()["state"]) == (200, "succeeded")
    assert http.delete(f"{path}?if=ended").status_code == 204
    for wanted, status in (("open", 404), ("ended", 404)):
        assert http.delete(f"{path}?if={wanted}").status_code == status
    path = f"/v1/jobs/{submit(http, BODY)['job_id']}"
    assert http.delete(f"{path}?if=late").status_code == 422
    refused = http.delete(f"{path}?if=ended")
    assert refused.status_code == 409
    assert "cancel it first" in refused.json()["detail"]
    for _ in range(2):
        answer = http.delete(f"{path}?if=open")
        assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")


@pytest.mark.parametrize(
    ("query", "headers", "body", "status"),
    [
        ("", {"Content-Type": "application/json"}, b"{}", 415),
        ("", CSV | {"Content-Encoding": "br"}, b"x", 415),
        ("", CSV | {"Content-Encoding": "gzip"}, b"no gzip", 422),
        ("", CSV | {"Content-Encoding": "gzip"}, gzip.compress(BODY)[:-9], 422),
        ("", CSV, b"", 422),
        ("effort=endless", CSV, BODY, 422),
        ("unknown=1", CSV, BODY, 422),
        ("catalogue=nobodys", CSV, BODY, 404),
        ("catalogue=../../etc", CSV, BODY, 422),
        ("webhook=http://example.org/", CSV, BODY, 422),
        ("webhook=https://127.0.0.1/", CSV, BODY, 422),
        ("webhook=https://[::ffff:10.0.0.1]/", CSV, BODY, 422),
        ("webhook=https://user:secret@example.org/", CSV, BODY, 422),
        ("", CSV | {"Idempotency-Key": ""}, BODY, 422),
    ],
)
def test_faulty_submissions_are_refused(
    http: httpx.Client, query: str, headers: dict[str, str], body: bytes, status: int
) -> None:
    """What cannot become a job is refused with a problem, and leaves nothing behind."""
    answer = http.post(f"/v1/jobs?{query}", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_inflated_upload_has_a_limit(http: httpx.Client) -> None:
    """A small gzip that inflates beyond the limit is refused while it inflates."""
    pytest.importorskip("zlib")
    bomb = gzip.compress(bytes(80 << 20), compresslevel=1)
    answer = http.post("/v1/jobs", content=bomb, headers=CSV | {"Content-Encoding": "gzip"})
    assert answer.status_code in (202, 413)  # 413 where the limit is below 80 MB


@pytest.mark.parametrize(
    "path",
    [
        f"/v1/jobs/{NOBODY}",
        f"/v1/jobs/{NOBODY}/results",
        f"/v1/jobs/{NOBODY}/rejects",
        f"/v1/jobs/{NOBODY}/report",
        f"/v1/jobs/{NOBODY}/events",
        "/v1/jobs/..%2f..%2fpackopt.sqlite",
    ],
)
def test_what_is_not_there_is_not_found(http: httpx.Client, path: str) -> None:
    """Unknown jobs are 404, and names that are no ids never reach the disk."""
    answer = http.get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_formats_and_tables_are_refused(http: httpx.Client, job: dict[str, Any]) -> None:
    """A format that is not served is 406, a table of other jobs 409, an unknown one 422."""
    path = f"/v1/jobs/{job['job_id']}"
    assert http.get(f"{path}/results", headers={"Accept": "image/png"}).status_code == 406
    assert http.get(f"{path}/results?table=savings_total").status_code == 409
    assert http.get(f"{path}/results?table=secrets").status_code == 422
    assert http.get(f"{path}/report").status_code == 409


def test_savings_are_a_job_with_a_report(http: httpx.Client) -> None:
    """A history is replayed against a rule of thumb, with tables and a page."""
    answer = http.post("/v1/savings?baseline=volume-80", content=BODY, headers=CSV)
    assert answer.status_code == 202, answer.text
    done = wait_until(http, answer.json()["job_id"], has_ended)
    assert done["state"] == "succeeded", done
    assert (done["kind"], done["baseline"]) == ("savings", "volume-80")
    page = http.get(f"/v1/jobs/{done['job_id']}/report")
    assert page.headers["content-type"].startswith("text/html")
    assert "sandbox" in page.headers["content-security-policy"]
    assert b"</html>" in page.content
    assert "packaging_g" in _text(http, done, "savings_total")
    assert len(_text(http, done, "orders").splitlines()) == 119


def test_what_packers_did_is_in_the_report_of_the_savings(http: httpx.Client) -> None:
    """An override that is recorded before the job is submitted is told by its page."""
    line = {"sku": "s", "qty": 1, "length_mm": 100, "width_mm": 80, "height_mm": 60}
    order = {"order_id": "o1", "lines": [line]}
    told = http.post("/v1/recommendations", json={"orders": [order], "evidence": True})
    assert told.json()["answers"][0]["package_id"] != "C9"
    packing = {"package_id": "C9", "reason": "damaged", "note": "private words"}
    assert http.post("/v1/parcels/o1/packings", json=packing).status_code == 201
    answer = http.post("/v1/savings?baseline=volume-80", content=BODY, headers=CSV)
    done = wait_until(http, answer.json()["job_id"], has_ended)
    assert done["state"] == "succeeded", done
    page = http.get(f"/v1/jobs/{done['job_id']}/report").text
    assert "At the packing bench" in page
    assert "C9" in page
    assert "private words" not in page


def _text(http: httpx.Client, job: dict[str, Any], table: str) -> str:
    answer = http.get(
        f"/v1/jobs/{job['job_id']}/results?table={table}", headers={"Accept": "text/csv"}
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def _rows(
    http: httpx.Client, job: dict[str, Any], table: str, media: str, kind: str
) -> list[dict[str, Any]]:
    path = f"/v1/jobs/{job['job_id']}/results?table={table}"
    answer = http.get(path, headers={"Accept": media})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    if kind == "ndjson":
        return [json.loads(line) for line in answer.text.splitlines()]
    buffer = pa.BufferReader(answer.content)
    if kind == "csv":
        found = pa_csv.read_csv(buffer)
    elif kind == "arrow":
        found = pa.ipc.open_stream(buffer).read_all()
    else:
        found = pq.ParquetFile(buffer).read()
    rows: list[dict[str, Any]] = found.to_pylist()
    return rows


def _upload(table: pa.Table, kind: str) -> tuple[bytes, dict[str, str]]:
    sink = io.BytesIO()
    if kind == "gzip":
        return gzip.compress(BODY), CSV | {"Content-Encoding": "gzip"}
    if kind == "ndjson":
        lines = (json.dumps(row) for row in table.to_pylist())
        return "\n".join(lines).encode(), {"Content-Type": "application/x-ndjson"}
    if kind == "parquet":
        pq.write_table(table, sink)
        return sink.getvalue(), {"Content-Type": "application/vnd.apache.parquet"}
    opened = pa.ipc.new_file if kind == "arrow file" else pa.ipc.new_stream
    with opened(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue(), {"Content-Type": f"application/vnd.apache.{kind.replace(' ', '.')}"}


def _events(text: str) -> list[dict[str, str]]:
    events = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "id" in fields:
            events.append(fields)
    return events
