"""Small promises: HEAD, CORS, odd ids of orders, objectives, and logs without contents."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from packopt_service import Settings, create_app, evidence_store
from packopt_service.logs import configure_logs
from packopt_service.solver import Question
from packopt_service.solving import Told

LINE = {"sku": "secret-sku", "qty": 1, "length_mm": 90, "width_mm": 80, "height_mm": 70}
BODY = {"orders": [{"order_id": "secret-order", "lines": [LINE]}]}
ORIGIN = "https://shop.example"
HOME = "http://127.0.0.1"


class Asked:
    """An application that is asked without being started: it has no processes."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        folder.mkdir(exist_ok=True)
        told = Settings(open=True, data_dir=folder, job_workers=0, **settings)
        self.app: FastAPI = create_app(told)

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send one request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url=HOME) as http:
                return await http.request(method, path, **request)

        return asyncio.run(send())


def answering(http: Asked) -> list[Question]:
    """Let a constant answer stand in for the solver; return the list of what it is asked."""
    asked: list[Question] = []

    async def answer(question: Question) -> Told:
        asked.append(question)
        return Told([b'{"order_id":"secret-order","verdict":"optimal"}'], {"optimal": 1})

    http.app.state.service.solver.answer = answer
    return asked


@pytest.mark.parametrize("path", ["/healthz", "/", "/bench"])
def test_head_is_get_without_a_body(tmp_path: Path, path: str) -> None:
    """Whoever watches the service need not take the page."""
    http = Asked(tmp_path)
    told, whole = http.ask("HEAD", path), http.ask("GET", path)
    assert (told.status_code, told.headers["content-type"]) == (200, whole.headers["content-type"])


def test_readiness_can_be_asked_with_head(tmp_path: Path) -> None:
    """A service that is not ready says so to HEAD as well."""
    assert Asked(tmp_path).ask("HEAD", "/readyz").status_code == 503


def test_no_other_origin_may_call_unless_it_is_named(tmp_path: Path) -> None:
    """CORS is off by default; with the setting, the named origin may call and no other."""
    asks = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    allowed = "access-control-allow-origin"
    shut = Asked(tmp_path / "shut")
    assert allowed not in shut.ask("GET", "/healthz", headers={"Origin": ORIGIN}).headers
    assert shut.ask("OPTIONS", "/v1/recommendations", headers=asks).status_code == 405
    named = Asked(tmp_path / "named", cors_origins=(ORIGIN,))
    assert named.ask("GET", "/healthz", headers={"Origin": ORIGIN}).headers[allowed] == ORIGIN
    assert named.ask("OPTIONS", "/v1/recommendations", headers=asks).status_code == 200
    other = named.ask("GET", "/healthz", headers={"Origin": "https://other.example"})
    assert allowed not in other.headers


@pytest.mark.parametrize(
    "order_id", ["a/b", "two\nlines", "/", "a/evidence", "a..b", "100 %", "单"]
)
def test_evidence_is_found_by_any_id(tmp_path: Path, order_id: str) -> None:
    """Slashes, line ends and dots in the id of an order are parts of the id."""
    http = Asked(tmp_path)
    engine = http.app.state.service.engine
    evidence_store.keep(engine, "main", {order_id: b'{"it": 1}'})
    path = f"/v1/parcels/{quote(order_id, safe='')}/evidence"
    assert http.ask("GET", path).json() == {"it": 1}


@pytest.mark.usefixtures("fresh_logs")
@pytest.mark.parametrize("shown", [False, True])
def test_logs_have_no_contents(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, shown: bool
) -> None:
    """By default neither ids nor items are logged; with the setting the ids of orders are."""
    configure_logs()
    logging.getLogger().addHandler(caplog.handler)
    http = Asked(tmp_path, log_items=shown)
    answering(http)
    with caplog.at_level(logging.INFO):
        assert http.ask("POST", "/v1/recommendations", json=BODY).status_code == 200
    assert "/v1/recommendations" in caplog.text
    assert ("secret-order" in caplog.text) is shown
    assert "secret-sku" not in caplog.text


def test_a_request_may_state_its_objective(tmp_path: Path) -> None:
    """It takes the place of the policy's, and makes another policy of it."""
    http = Asked(tmp_path, remembered_bytes=0)
    asked = answering(http)
    digests = []
    for stated in ({}, {"objective": "material"}, {"objective": "volume"}):
        told = http.ask("POST", "/v1/recommendations", json=BODY | stated)
        digests.append(told.json()["policy_digest"])
    assert [one.policy.objective for one in asked] == ["material", "material", "volume"]
    assert digests[0] == digests[1] != digests[2]
    assert (
        http.ask("POST", "/v1/recommendations", json=BODY | {"objective": "co2e"}).status_code
        == 422
    )
