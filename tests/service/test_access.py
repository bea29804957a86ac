"""Keys, scopes, limits, and what a stranger may see: nothing."""

from __future__ import annotations

import base64
import re
import socket
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from packopt.cli import app
from packopt_service import Settings, create_app
from packopt_service.access import SCOPES, create_key
from packopt_service.app import openapi
from packopt_service.database import connect
from service.running import Running, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = {
    "orders": [
        {
            "order_id": "A",
            "lines": [
                {"sku": "very-secret-sku", "qty": 1, "length_mm": 9, "width_mm": 9, "height_mm": 9}
            ],
        }
    ]
}


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that wants keys."""
    with serving(tmp_path_factory.mktemp("locked") / "data", rate_per_minute=1000) as running:
        yield running


def key_for(running: Running, *scopes: str, rate: int | None = None, account: str = "main") -> str:
    """Make a key by the command line."""
    words = ["keys", "create", "test", "--data-dir", str(running.data_dir), "--account", account]
    for scope in scopes:
        words += ["--scope", scope]
    words += ["--rate", str(rate)] if rate else []
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return str(done.output).strip()


def bearer(key: str) -> dict[str, str]:
    """The header that carries a key."""
    return {"authorization": f"Bearer {key}"}


def every_route() -> list[tuple[str, str]]:
    """Method and path of every route of the documentation, with something for each parameter."""
    document = openapi(create_app(Settings(open=True, data_dir=Path("unused"), job_workers=0)))
    routes = []
    for path, methods in document["paths"].items():
        filled = re.sub(r"\{job_id\}", "7b7a1c0e-8d0f-4a30-9f2e-5a8d1c6f0b11", path)
        filled = re.sub(r"\{version\}", "1", filled)
        routes += [(method.upper(), re.sub(r"\{\w+\}", "demo", filled)) for method in methods]
    return routes


def test_nothing_but_health_answers_without_a_key(
    locked: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every documented route, and a few that are not, want a key, and say how to send one."""
    monkeypatch.chdir(tmp_path)
    with httpx.Client(base_url=locked.url) as client:
        routes = every_route()
        assert len(routes) > 15
        for method, path in routes:
            status = client.request(method, path).status_code
            assert status == (200 if path in ("/healthz", "/readyz") else 401), (method, path)
        for path in ("/", "/bench", "/openapi.json", "/docs"):
            assert client.get(path).status_code in (401, 404)
        refused = client.get("/v1/catalogues")
        assert "Bearer" in refused.headers["www-authenticate"]
        for wrong in ("Bearer pk_wrong", "Bearer", "Basic !!", "Basic " + "A" * 5000, "Digest x"):
            refused = client.get("/v1/catalogues", headers={"authorization": wrong})
            assert refused.status_code == 401


def test_a_key_opens_what_its_scopes_say(locked: Running) -> None:
    """With the scope it is answered, without it is 403."""
    recommends, manages = key_for(locked, "recommend"), key_for(locked, "manage")
    with httpx.Client(base_url=locked.url, timeout=60) as client:
        for key, status in ((recommends, 200), (manages, 403)):
            answer = client.post("/v1/recommendations", json=BODY, headers=bearer(key))
            assert answer.status_code == status
        answer = client.post("/v1/policies/p", json={}, headers=bearer(recommends))
        assert answer.status_code == 403
        assert client.post("/v1/policies/p", json={}, headers=bearer(manages)).status_code == 201


def test_a_bench_finds_the_orders_of_the_warehouse_system_of_its_account(locked: Running) -> None:
    """Keys of one account share evidence and packing records; another account sees nothing."""
    asks, packs = key_for(locked, "recommend"), key_for(locked, "recommend", "bench")
    other = key_for(locked, "recommend", "bench", account="other")
    with httpx.Client(base_url=locked.url, timeout=60) as client:
        line = {"sku": "kept", "qty": 1, "length_mm": 9, "width_mm": 9, "height_mm": 9}
        body = {"orders": [{"order_id": "A", "lines": [line]}], "evidence": True}
        told = client.post("/v1/recommendations", json=body, headers=bearer(asks)).json()
        packing = {"package_id": told["answers"][0]["package_id"]}
        for key, evidence, packed in ((packs, 200, 201), (other, 404, 404)):
            found = client.get("/v1/parcels/A/evidence", headers=bearer(key))
            assert found.status_code == evidence
            done = client.post("/v1/parcels/A/packings", json=packing, headers=bearer(key))
            assert done.status_code == packed
        assert client.get("/v1/packings/rates", headers=bearer(packs)).json()["parcels"] == 1
        assert client.get("/v1/packings/rates", headers=bearer(other)).json()["parcels"] == 0


def test_a_browser_sends_a_key_by_basic_and_no_other_site_can_use_it(locked: Running) -> None:
    """The password of Basic is the key; a page of another site gets 403."""
    key = key_for(locked, "recommend")
    basic = {"authorization": "Basic " + base64.b64encode(f"packer:{key}".encode()).decode()}
    with httpx.Client(base_url=locked.url, timeout=60) as client:
        assert client.get("/v1/catalogues", headers=basic).status_code == 200
        for other in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            answer = client.post("/v1/recommendations", json=BODY, headers=basic | other)
            assert answer.status_code == 403
        own = {"origin": locked.url, "sec-fetch-site": "same-origin"}
        answer = client.post("/v1/recommendations", json=BODY, headers=basic | own)
        assert answer.status_code == 200


def test_a_basic_header_that_is_no_base64_is_no_key(locked: Running) -> None:
    """Whatever stands there instead is a missing key, and no fault of ours."""
    for header in (b"Basic \xe9", b"Basic ?", b"Basic /w=="):
        answer = httpx.get(f"{locked.url}/v1/catalogues", headers={b"authorization": header})
        assert answer.status_code == 401


def test_revoked_keys_are_refused(locked: Running) -> None:
    """A key that is revoked before it is used never works; listing shows no key."""
    key = key_for(locked, "recommend")
    where = ["--data-dir", str(locked.data_dir)]
    listed = CliRunner().invoke(app, ["keys", "list", *where]).output
    assert key not in listed
    with sqlite3.connect(locked.data_dir / "packopt.sqlite") as database:
        query = "SELECT key_id FROM packopt_api_keys ORDER BY created DESC LIMIT 1"
        key_id = database.execute(query).fetchone()[0]
    assert CliRunner().invoke(app, ["keys", "revoke", key_id, *where]).exit_code == 0
    assert CliRunner().invoke(app, ["keys", "revoke", key_id, *where]).exit_code == 2
    assert httpx.get(f"{locked.url}/v1/catalogues", headers=bearer(key)).status_code == 401


def test_too_many_requests_are_told_when_to_come_back(locked: Running) -> None:
    """Beyond the key's own limit it is 429 with Retry-After; other keys go on."""
    slow, other = key_for(locked, "recommend", rate=3), key_for(locked, "recommend")
    with httpx.Client(base_url=locked.url) as client:
        for status in (200, 200, 200, 429):
            answer = client.get("/v1/catalogues", headers=bearer(slow))
            assert answer.status_code == status
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert client.get("/v1/catalogues", headers=bearer(other)).status_code == 200


def test_keys_and_goods_are_neither_in_logs_nor_in_the_database(locked: Running) -> None:
    """What is kept of a key is its hash; what is logged of a request is its route."""
    key = key_for(locked, "recommend")
    answer = httpx.post(
        f"{locked.url}/v1/recommendations?token={key}", json=BODY, headers=bearer(key), timeout=60
    )
    assert answer.status_code == 200
    log, give_up = "", time.monotonic() + 30
    # A request is logged when its answer is out, which the caller may be quicker to see.
    while answer.headers["x-request-id"] not in log and time.monotonic() < give_up:
        log = locked.log.read_text()
    assert answer.headers["x-request-id"] in log
    stored = b"".join(path.read_bytes() for path in locked.data_dir.glob("packopt.sqlite*"))
    for secret in (key, "very-secret-sku"):
        assert secret not in log
        assert secret.encode() not in stored


def test_request_ids_are_taken_over_if_they_are_harmless(locked: Running) -> None:
    """A plain id comes back; one with line breaks, quotes or length is replaced."""
    for given, kept in (("order-17_b", True), ('x"y', False), ("a" * 101, False), ("ü", False)):
        header = {"x-request-id": given.encode("utf-8")}
        found = httpx.get(f"{locked.url}/healthz", headers=header).headers["x-request-id"]  # type: ignore[arg-type]
        assert (found == given) is kept


def _raw(running: Running, request: bytes) -> bytes:
    """Send bytes as they are, and return what comes back."""
    host, port = running.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as wire:
        with suppress(OSError):  # it may be refused before all is sent
            wire.sendall(request)
        answer = b""
        with suppress(OSError):
            while chunk := wire.recv(65_536):
                answer += chunk
        return answer


def test_oversized_and_crooked_headers_are_cut_off(locked: Running) -> None:
    """Huge headers are 431, be they one, many, or without an end; crooked ones are 400."""
    start = b"GET /healthz HTTP/1.1\r\nhost: x\r\n"
    huge = start + b"x-a: " + b"a" * 200_000
    many = start + b"".join(b"x-%d: y\r\n" % number for number in range(20_000)) + b"\r\n"
    long = b"GET /healthz?" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n"
    for request in (huge + b"\r\n\r\n", huge, many, long):
        assert _raw(locked, request).startswith(b"HTTP/1.1 431"), request[:40]
    for request in (start + b"x-a: b\rc\r\n\r\n", start + b"x a: b\r\n\r\n", b"\0\1\2\r\n\r\n"):
        assert _raw(locked, request).startswith(b"HTTP/1.1 400"), request
    assert httpx.get(f"{locked.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/catalogues/..%2f..%2fetc%2fpasswd/versions/1",
        "/v1/catalogues/../../etc/passwd",
        "/v1/parcels/..%2f..%2fetc%2fpasswd/evidence",
        "/static/..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/settings.py",
        "/v1/jobs/..%2f..%2fetc/results",
    ],
)
def test_paths_lead_nowhere_else(path: str, locked: Running) -> None:
    """Dots and slashes in names find nothing, encoded or not."""
    key = key_for(locked)
    request = f"GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
    answer = _raw(locked, (request + "connection: close\r\n\r\n").encode())
    assert int(answer.split()[1]) in (400, 404, 422)
    assert b"root:" not in answer


@pytest.mark.parametrize("change", [{"host": "0.0.0.0"}, {"port": 70_000}, {"nonsense": 1}])
def test_bad_settings_are_refused(change: dict[str, Any]) -> None:
    """A service that is open to others, or told nonsense, does not start."""
    with pytest.raises(ValidationError):
        Settings(**{"open": True, **change})


def test_keys_need_known_scopes(tmp_path: Path) -> None:
    """An unknown scope, or none, is named."""
    engine = connect(f"sqlite:///{tmp_path / 'keys.sqlite'}")
    for scopes in (["fly"], []):
        with pytest.raises(ValueError, match="expected some of"):
            create_key(engine, "x", scopes)
    assert create_key(engine, "x", SCOPES).startswith("pk_")
