"""Evidence of orders of jobs: made when it is asked for, and of nothing but what was answered."""

from __future__ import annotations

import asyncio
import io
import json
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from packopt.client import AsyncClient, Client
from packopt_service.jobs.on_demand import EvidenceMaker
from packopt_service.jobs.records import JobRecord
from packopt_service.jobs.storage import LocalStorage
from packopt_service.jobs.stored_answers import stored_answer
from packopt_service.problems import Problem
from service.jobbing import has_ended, night_of_orders, submit, wait_until
from service.running import Running

BODY = night_of_orders(120)
STOCKED = "package_id,kind,length_mm,width_mm,height_mm,stock\nA,carton,400,400,400,3\n"


@pytest.fixture(scope="module")
def job(service: Any) -> dict[str, Any]:
    """A job that has succeeded."""
    with httpx.Client(base_url=service.url, timeout=60) as http:
        return wait_until(http, submit(http, BODY)["job_id"], has_ended)


def _done(http: httpx.Client, body: bytes, media: str, query: str = "effort=fast") -> str:
    answer = http.post(f"/v1/jobs?{query}", content=body, headers={"Content-Type": media})
    assert answer.status_code == 202, answer.text
    ended = wait_until(http, answer.json()["job_id"], has_ended)
    assert ended["state"] == "succeeded", ended
    return str(ended["job_id"])


def _ask(http: httpx.Client, job_id: str, order: str, what: str = "evidence") -> httpx.Response:
    return http.get(f"/v1/jobs/{job_id}/{what}", params={"order": order})


def _assert_holds_offline(evidence: bytes, folder: Path) -> None:
    file = folder / "evidence.json"
    file.write_bytes(evidence)
    command = [sys.executable, "-m", "packopt", "check", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _stored(http: httpx.Client, job_id: str, order: str) -> dict[str, Any]:
    lines = http.get(f"/v1/jobs/{job_id}/results").text.splitlines()
    return next(row for row in map(json.loads, lines) if row["order_id"] == order)


def _upload(kind: str) -> tuple[bytes, str]:
    table = pa_csv.read_csv(io.BytesIO(BODY))
    if kind == "ndjson":
        return "\n".join(map(json.dumps, table.to_pylist())).encode(), "application/x-ndjson"
    sink = io.BytesIO()
    if kind == "parquet":
        # 32 bits in another unit: 25.1 cm are 251 mm, and 25.1000004 cm would be 252.
        sides = [pa.array([x.as_py() / 10 for x in table.column(i)], pa.float32()) for i in (3, 4)]
        for i, name in ((3, "length_cm"), (4, "width_cm")):
            table = table.set_column(i, name, sides[i - 3])
        pq.write_table(table, sink)
        return sink.getvalue(), "application/vnd.apache.parquet"
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue(), "application/vnd.apache.arrow.stream"


def test_an_order_of_a_job_has_evidence_that_holds_offline(
    http: httpx.Client, job: dict[str, Any], tmp_path: Path
) -> None:
    """It says what the job answered, and `packopt check` finds nothing wrong with it."""
    answer = _ask(http, job["job_id"], "o5")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    stored = _stored(http, job["job_id"], "o5")
    assert told["answer"]["order_id"] == told["order"]["order_id"] == "o5"
    assert {name: told["answer"][name] for name in ("package_id", "verdict", "cost")} == {
        name: stored[name] for name in ("package_id", "verdict", "cost")
    }
    assert told["catalogue"]["reference"] == "demo@1"
    assert told["policy"]["settings"]["effort"] == "fast"
    _assert_holds_offline(answer.content, tmp_path)


@pytest.mark.parametrize("kind", ["ndjson", "parquet", "arrow"])
def test_uploads_of_every_format_have_evidence(
    http: httpx.Client, kind: str, tmp_path: Path
) -> None:
    """Every format holds the same orders, and evidence of them holds offline."""
    job_id = _done(http, *_upload(kind))
    for order in ("o0", "o119"):
        answer = _ask(http, job_id, order)
        assert answer.status_code == 200, answer.text
        assert answer.json()["answer"]["verdict"] == _stored(http, job_id, order)["verdict"]
        _assert_holds_offline(answer.content, tmp_path)


def test_a_job_without_plans_has_evidence_with_the_plan(http: httpx.Client, tmp_path: Path) -> None:
    """What the job did not store is made again, and checked like the rest."""
    job_id = _done(http, BODY, "text/csv", "effort=fast&plans=false")
    answer = _ask(http, job_id, "o5")
    assert answer.json()["answer"]["parcels"][0]["placements"]
    _assert_holds_offline(answer.content, tmp_path)


def test_lines_may_stand_apart_and_ids_may_be_any_text(http: httpx.Client, tmp_path: Path) -> None:
    """Lines of one order that stand apart are all found; `..` is an id like any other."""
    head = "order_id,sku,qty,length_mm,width_mm,height_mm\n"
    body = head + "..,a,1,90,90,90\nx,b,1,50,50,50\n..,c,2,40,40,40\n007,d,1,30,30,30\n"
    job_id = _done(http, body.encode(), "text/csv", "")
    answer = _ask(http, job_id, "..")
    assert [line["sku"] for line in answer.json()["order"]["lines"]] == ["a", "c"]
    _assert_holds_offline(answer.content, tmp_path)
    assert _ask(http, job_id, "007").status_code == 200
    assert _ask(http, job_id, "7").status_code == 404


def test_an_order_of_a_job_can_be_seen_and_printed(http: httpx.Client, job: dict[str, Any]) -> None:
    """In 3D and as a sheet, from the evidence."""
    for what in ("view", "sheet"):
        answer = _ask(http, job["job_id"], "o5", what)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/html")


def test_what_was_not_answered_has_no_evidence(http: httpx.Client, job: dict[str, Any]) -> None:
    """An unknown order is 404; a rejected one is 409 with the row and the reason."""
    assert _ask(http, job["job_id"], "nobody").status_code == 404
    rejected = _ask(http, job["job_id"], "o7")
    assert rejected.status_code == 409
    assert "rejected" in rejected.json()["detail"]
    assert "height_mm" in rejected.json()["detail"]


def test_jobs_of_other_states_and_kinds_have_no_evidence(http: httpx.Client) -> None:
    """A cancelled or failed job and a replay say so, and an order must be named."""
    failed = wait_until(http, submit(http, b"a,b\n1,2\n", "")["job_id"], has_ended)
    answer = _ask(http, failed["job_id"], "o5")
    assert (answer.status_code, "failed" in answer.json()["detail"]) == (409, True)
    headers = {"Content-Type": "text/csv"}
    replay = http.post("/v1/savings?baseline=volume-80", content=BODY, headers=headers).json()
    answer = _ask(http, wait_until(http, replay["job_id"], has_ended)["job_id"], "o5")
    assert (answer.status_code, "savings" in answer.json()["detail"]) == (409, True)
    assert http.get(f"/v1/jobs/{failed['job_id']}/evidence").status_code == 422


@pytest.mark.parametrize("state", ["queued", "running", "cancelled"])
def test_an_unfinished_job_has_no_evidence_yet(
    service: Running, job: dict[str, Any], state: str
) -> None:
    """It is 409 until the job has succeeded, and nothing is started for it."""
    maker = EvidenceMaker(None, 1.0, 0)  # type: ignore[arg-type]
    record = replace(_record(job), state=state)

    async def is_gone() -> bool:
        return False

    with pytest.raises(Problem, match=state) as caught:
        asyncio.run(maker.make(record, "o5", is_gone))
    assert caught.value.status == 409


def test_finite_stock_is_told(http: httpx.Client) -> None:
    """An answer that rests on the orders before it has no evidence of its own."""
    headers = {"Content-Type": "text/csv"}
    added = http.post("/v1/catalogues/stocked-evidence", content=STOCKED, headers=headers)
    assert added.status_code == 201, added.text
    body = b"order_id,sku,qty,length_mm,width_mm,height_mm\na,a,1,90,90,90\n"
    job_id = _done(http, body + b"bad,b,1,90,90,\n", "text/csv", "catalogue=stocked-evidence")
    answer = _ask(http, job_id, "a")
    assert (answer.status_code, "stock" in answer.json()["detail"]) == (409, True)
    assert _ask(http, job_id, "nobody").status_code == 404
    answer = _ask(http, job_id, "bad")
    assert (answer.status_code, "rejected" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("none", ["0", "here=0"])
def test_a_stock_of_nothing_is_as_if_not_offered(
    http: httpx.Client, tmp_path: Path, none: str
) -> None:
    """No order can use it up, so each answer stands alone, also of several at once."""
    name = f"none-{none.replace('=', '-')}"
    cartons = STOCKED.replace(",3\n", ",\n") + f"B,carton,100,100,100,{none}\n"
    headers = {"Content-Type": "text/csv"}
    added = http.post(f"/v1/catalogues/{name}", content=cartons, headers=headers)
    assert added.status_code == 201, added.text
    body = b"order_id,sku,qty,length_mm,width_mm,height_mm\na,a,1,90,90,90\nb,a,1,90,90,90\n"
    job_id = _done(http, body, "text/csv", f"catalogue={name}")
    answer = _ask(http, job_id, "a")
    assert answer.status_code == 200, answer.text
    assert answer.json()["answer"]["package_id"] == "A"
    _assert_holds_offline(answer.content, tmp_path)
    line = {"sku": "a", "qty": 1, "length_mm": 90, "width_mm": 90, "height_mm": 90}
    orders = [{"order_id": one, "lines": [line]} for one in ("none-a", "none-b")]
    asked = {"orders": orders, "catalogue": name, "evidence": True}
    assert http.post("/v1/recommendations", json=asked).status_code == 200


def test_ids_may_be_as_long_as_those_of_jobs(http: httpx.Client, tmp_path: Path) -> None:
    """A job answers them, so evidence is asked for by them, up to what a URL may hold."""
    order = "n" * 20_000
    body = f"order_id,sku,qty,length_mm,width_mm,height_mm\n{order},a,1,90,90,90\n"
    job_id = _done(http, body.encode(), "text/csv", "")
    answer = _ask(http, job_id, order)
    assert answer.json()["answer"]["order_id"] == order
    _assert_holds_offline(answer.content, tmp_path)
    for what in ("view", "sheet"):
        assert _ask(http, job_id, order, what).status_code == 200
    with Client(str(http.base_url)) as client:
        assert client.evidence(order, job_id=job_id) == answer.content
    query = f"/v1/jobs/{job_id}/evidence?order={'n' * 65_600}"
    with pytest.raises(httpx.InvalidURL):
        http.get(query)
    assert _status_of(http, query) == b"431"


def _status_of(http: httpx.Client, path: str) -> bytes:
    """Ask with a URL that httpx itself would refuse."""
    with socket.create_connection((http.base_url.host, http.base_url.port), timeout=60) as wire:
        wire.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return wire.recv(1000).split()[1]


def test_evidence_is_only_of_what_the_job_answered(service: Running, http: httpx.Client) -> None:
    """Where the stored answer is another one than the order's, there is none but a problem."""
    job_id = _done(http, BODY, "text/csv")
    file = service.data_dir / "jobs" / job_id / "results" / "00000-orders.parquet"
    table = pq.ParquetFile(file).read()
    at = table.schema.get_field_index("cost")
    dearer = pa.array([None if x is None else x + 1 for x in table["cost"].to_pylist()], "float64")
    pq.write_table(table.set_column(at, table.schema.field(at), dearer), file)
    answer = _ask(http, job_id, "o5")
    assert (answer.status_code, "otherwise" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[: len(content) // 2],
        lambda _: b"",
        lambda content: content[:100] + bytes(100) + content[200:],
    ],
    ids=["half", "empty", "zeroed"],
)
def test_damaged_results_are_told(
    service: Running, http: httpx.Client, job: dict[str, Any], damage: Callable[[bytes], bytes]
) -> None:
    """A table that is not what the job wrote is 409, for every table; whole again, it is given."""
    for table in ("orders", "placements", "ruled_out"):
        place = service.data_dir / "jobs" / job["job_id"] / "results" / f"00000-{table}.parquet"
        whole = place.read_bytes()
        place.write_bytes(damage(whole))
        try:
            answer = _ask(http, job["job_id"], "o5")
        finally:
            place.write_bytes(whole)
        assert answer.status_code == 409, (table, answer.text)
        assert "submit the order again" in answer.json()["detail"]
    assert _ask(http, job["job_id"], "o5").status_code == 200


def test_a_storage_that_gives_nothing_is_no_damage(tmp_path: Path) -> None:
    """What the storage refuses is its fault and not the file's, so that asking again may help."""

    class Refusing(LocalStorage):
        def open(self, name: str) -> Any:
            raise PermissionError(13, "refused", name)

    with pytest.raises(PermissionError):
        stored_answer(Refusing(tmp_path), "x", 1, "o5")


@pytest.mark.parametrize("content", [b"", b"{", None])
def test_what_tells_the_version_may_be_gone(
    service: Running, http: httpx.Client, content: bytes | None
) -> None:
    """Evidence needs it only to tell why there is none."""
    job_id = _done(http, BODY, "text/csv")
    folder = service.data_dir / "jobs" / job_id
    done = folder / "results.json"
    done.unlink() if content is None else done.write_bytes(content)
    assert _ask(http, job_id, "o5").status_code == 200
    (folder / "results" / "00000-orders.parquet").write_bytes(b"")
    answer = _ask(http, job_id, "o5")
    assert (answer.status_code, "unknown version" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("name", ["upload.csv", "results/00000-orders.parquet"])
def test_files_that_are_gone_are_told(service: Running, http: httpx.Client, name: str) -> None:
    """410 says that the job can no longer be looked into."""
    job_id = _done(http, BODY, "text/csv")
    (service.data_dir / "jobs" / job_id / name).unlink()
    assert _ask(http, job_id, "o5").status_code == 410
    assert http.delete(f"/v1/jobs/{job_id}").status_code == 204
    assert _ask(http, job_id, "o5").status_code == 404


def test_the_clients_ask_for_evidence_of_jobs(service: Running, job: dict[str, Any]) -> None:
    """Both clients give the same bytes."""

    async def ask() -> bytes:
        async with AsyncClient(service.url) as client:
            return await client.evidence("o5", job_id=job["job_id"])

    with Client(service.url) as client:
        assert client.evidence("o5", job_id=job["job_id"]) == asyncio.run(ask())


def _record(job: dict[str, Any]) -> JobRecord:
    fields = dict.fromkeys(JobRecord.__dataclass_fields__)
    return JobRecord(**fields | {"job_id": job["job_id"], "kind": "recommendations"})  # type: ignore[arg-type]
