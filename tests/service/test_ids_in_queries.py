"""Orders whose ids no path can hold: clients take ``..`` for a step up."""

from __future__ import annotations

import httpx
import pytest

from packopt.client import Client
from service.running import Running

MUG = {"sku": "mug", "qty": 2, "length_mm": 120, "width_mm": 90, "height_mm": 100}
IDS = ["..", ".", "a/../b", "%2e%2e", "?", "#", " a", "a&order=b", "中"]


@pytest.fixture(scope="module")
def packages(service: Running) -> dict[str, str]:
    """The package of each order, recommended with evidence."""
    body = {"evidence": True, "orders": [{"order_id": one, "lines": [MUG]} for one in IDS]}
    answer = httpx.post(f"{service.url}/v1/recommendations", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    return {one["order_id"]: one["package_id"] for one in answer.json()["answers"]}


@pytest.mark.parametrize("order", IDS)
def test_every_id_can_be_asked_about_in_a_query(
    http: httpx.Client, packages: dict[str, str], order: str
) -> None:
    """Evidence, picture, sheet and packing of the very order."""
    asked = {"order": order}
    assert http.get("/v1/evidence", params=asked).json()["order"]["order_id"] == order
    for what in ("view", "sheet"):
        answer = http.get(f"/v1/{what}", params=asked)
        assert answer.status_code == 200, answer.text
    body = {"package_id": packages[order]}
    packed = http.post("/v1/packings", params=asked, json=body)
    assert packed.status_code == 201, packed.text
    assert packed.json()["order_id"] == order


def test_httpx_takes_such_an_id_for_a_step_in_a_path(http: httpx.Client) -> None:
    """Why the query is needed: the path that arrives is another one."""
    assert http.build_request("GET", "/v1/parcels/../evidence").url.path == "/v1/evidence"


@pytest.mark.parametrize("what", ["evidence", "view", "sheet"])
def test_unknown_orders_and_missing_ids_are_told(http: httpx.Client, what: str) -> None:
    """404 for an order without evidence, 422 without an id."""
    assert http.get(f"/v1/{what}", params={"order": "of nobody"}).status_code == 404
    for query in ("", "?order=", f"?order={'x' * 201}"):
        assert http.get(f"/v1/{what}{query}").status_code == 422


def test_the_client_asks_in_a_query(service: Running, packages: dict[str, str]) -> None:
    """Its methods take every id."""
    with Client(service.url) as client:
        assert b'"order_id":".."' in client.evidence("..")
        assert client.pack("..", packages[".."])["order_id"] == ".."
