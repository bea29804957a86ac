"""Objectives that a catalogue has no values for are refused when they are asked for."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from service.jobbing import CSV, night_of_orders

BODY = night_of_orders(3)
PRICED = "package_id,kind,length_mm,width_mm,height_mm,unit_cost\nA,carton,400,400,400,{}\n"
LINE = {"sku": "mug", "qty": 2, "length_mm": 120, "width_mm": 90, "height_mm": 100}
SUBMISSIONS = ["/v1/jobs?", "/v1/savings?baseline=volume-80&", "/v1/suites?sizes=2&"]


@pytest.fixture(scope="module")
def shelf(service: Any) -> dict[str, str]:
    """A catalogue with prices, one without, one without materials of a factor, and policies."""
    with httpx.Client(base_url=service.url, timeout=60) as http:
        for name, price in (("unpriced", ""), ("priced", "0.5")):
            text = PRICED.format(price)
            answer = http.post(f"/v1/catalogues/{name}", content=text, headers=CSV)
            assert answer.status_code == 201, answer.text
        text = "package_id,kind,length_mm,width_mm,height_mm,material\nA,carton,400,400,400,wood\n"
        answer = http.post("/v1/catalogues/wooden", content=text, headers=CSV)
        assert answer.status_code == 201, answer.text
        co2e = {"objective": "co2e", "emissions": {"factors": "desnz-2025-primary"}}
        for name, settings in (("cheapest", {"objective": "cost"}), ("co2e", co2e)):
            answer = http.post(f"/v1/policies/{name}", json=settings)
            assert answer.status_code == 201, answer.text
    return {"objective": "cost"}


@pytest.mark.parametrize("path", SUBMISSIONS)
@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("catalogue=unpriced&objective=cost", "objective"),
        ("catalogue=unpriced&policy=cheapest", "policy"),
        ("catalogue=wooden&policy=co2e", "policy"),
    ],
)
def test_a_submission_is_refused_at_once(
    http: httpx.Client, shelf: dict[str, str], path: str, asked: str, place: str
) -> None:
    """422 names the parameter, the package and the field, and no job is kept."""
    before = http.get("/v1/jobs?limit=100").json()["jobs"]
    answer = http.post(path + asked, content=BODY, headers=CSV)
    assert answer.status_code == 422, answer.text
    error = answer.json()["errors"][0]
    assert error["pointer"] == place
    assert "package 'A', field " in error["detail"]
    assert http.get("/v1/jobs?limit=100").json()["jobs"] == before


def test_the_catalogue_of_a_baseline_is_looked_at_too(
    http: httpx.Client, shelf: dict[str, str]
) -> None:
    """A baseline without prices cannot be held against one with prices."""
    query = "catalogue=priced&baseline_catalogue=unpriced&objective=cost"
    answer = http.post(f"/v1/savings?{query}", content=BODY, headers=CSV)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "baseline_catalogue"


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({"catalogue": "unpriced", "objective": "cost"}, "/objective"),
        ({"catalogue": "unpriced", "policy": "cheapest"}, "/policy"),
        ({"catalogue": "unpriced", "policy": {"objective": "cost"}}, "/policy"),
        ({"catalogue": "wooden", "policy": "co2e"}, "/policy"),
    ],
)
def test_a_request_is_refused_with_a_pointer(
    http: httpx.Client, shelf: dict[str, str], asked: dict[str, Any], place: str
) -> None:
    """The same of recommendations at once."""
    body = {"orders": [{"order_id": "A", "lines": [LINE]}], **asked}
    answer = http.post("/v1/recommendations", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == place


def test_what_is_there_is_not_refused(http: httpx.Client, shelf: dict[str, str]) -> None:
    """With prices the job is taken, and the request answered in money."""
    assert (
        http.post("/v1/jobs?catalogue=priced&objective=cost", content=BODY, headers=CSV).status_code
        == 202
    )
    body = {"orders": [{"order_id": "A", "lines": [LINE]}], "catalogue": "priced", **shelf}
    answer = http.post("/v1/recommendations", json=body)
    assert answer.json()["answers"][0]["cost"] == 0.5
