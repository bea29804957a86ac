"""``POST /v1/recommendations``: the answers of the library, one by one, with errors in place."""

from __future__ import annotations

import asyncio
import json
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

import packopt
from packopt.cli import app
from packopt.datasets import demo_orders_path
from packopt.order_columns import LINE_COLUMNS
from packopt_service.columns import OF_ORDERS, to_columns
from packopt_service.examples import RECOMMENDATION_REQUESTS
from packopt_service.problems import Problem
from packopt_service.schemas import Line, Order

BOOK = {"sku": "book", "qty": 1, "length_mm": 210, "width_mm": 148, "height_mm": 25}


def one_order(**changes: Any) -> dict[str, Any]:
    """A body with one order of one line."""
    return {"orders": [{"order_id": "A", "lines": [BOOK | changes]}]}


def ask(http: httpx.Client, body: Any, **headers: str) -> dict[str, Any]:
    """Ask, and return the answer to a request that is accepted."""
    response = http.post("/v1/recommendations", json=body, headers=headers)
    assert response.status_code == 200, response.text
    told: dict[str, Any] = response.json()
    return told


def demo_orders() -> list[dict[str, Any]]:
    """The demo orders, nested."""
    import pyarrow.csv

    orders: dict[str, list[dict[str, Any]]] = {}
    for line in pyarrow.csv.read_csv(demo_orders_path()).to_pylist():
        stated = {name: value for name, value in line.items() if value not in (None, "")}
        orders.setdefault(stated.pop("order_id"), []).append(stated)
    nested = []
    for order_id, lines in orders.items():
        of_order = {k: str(v) for line in lines[:1] for k, v in line.items() if k in OF_ORDERS}
        plain = [{k: v for k, v in line.items() if k not in OF_ORDERS} for line in lines]
        nested.append({"order_id": order_id, "lines": plain} | of_order)
    return nested


def test_the_schema_knows_every_column_of_order_files() -> None:
    """What a file may state, a request may state, under the same names."""
    of_lines, of_orders = set(Line.__annotations__), set(Order.__annotations__)
    assert of_lines | of_orders - {"lines"} == LINE_COLUMNS
    assert of_orders - {"lines", "order_id"} == OF_ORDERS


@pytest.mark.parametrize("name", RECOMMENDATION_REQUESTS)
def test_every_example_of_the_documentation_is_answered(name: str, http: httpx.Client) -> None:
    """What the documentation shows can be sent as it stands."""
    told = ask(http, RECOMMENDATION_REQUESTS[name]["value"])
    assert told["answers"]


def test_all_demo_orders_in_one_request_are_answered_as_by_the_library(http: httpx.Client) -> None:
    """The tables of the library, nested, are the answer."""
    told = ask(http, {"orders": demo_orders()})
    orders = packopt.read_orders(demo_orders_path())
    result = packopt.recommend(orders, packopt.builtin_catalogue("demo"))
    expected = {one["order_id"]: one for one in packopt.to_documents(result)}
    found = {one["order_id"]: one for one in told["answers"]}
    rejected = {key for key, one in found.items() if one["verdict"] == "rejected"}
    assert found.keys() - rejected == expected.keys()
    assert {k: v for k, v in found.items() if k not in rejected} == json.loads(json.dumps(expected))
    assert told["catalogue_digest"] == result.catalogue_digest


def test_requests_that_are_answered_together_are_answered_as_alone(http: httpx.Client) -> None:
    """Neighbours in a batch change nothing, though their ids are the same."""
    orders = demo_orders()[:60]
    bodies = [{"orders": [order | {"order_id": "same"}]} for order in orders]
    alone = [ask(http, body) for body in bodies]
    with ThreadPoolExecutor(20) as pool:
        together = list(pool.map(lambda body: ask(http, body), bodies))
    assert together == alone


def test_a_bad_order_is_told_beside_good_ones(http: httpx.Client) -> None:
    """Errors have pointers to the value, and the other orders are answered."""
    bad = BOOK | {"width_mm": -3}
    far = BOOK | {"sku": "far"}
    del far["length_mm"]
    body = {
        "orders": [
            {"order_id": "good", "lines": [BOOK]},
            {"order_id": "bad", "lines": [BOOK, bad]},
            {"order_id": "no size", "lines": [far]},
            {"order_id": "bad day", "date": "yesterday", "lines": [BOOK]},
        ]
    }
    good, wrong, missing, day = ask(http, body)["answers"]
    assert good["verdict"] == "optimal"
    assert wrong["verdict"] == missing["verdict"] == day["verdict"] == "rejected"
    assert wrong["errors"][0]["pointer"] == "/orders/1/lines/1/width_mm"
    assert wrong["errors"][0]["value"] == "-3"
    assert missing["errors"][0]["pointer"] == "/orders/2/lines/0/length_mm"
    assert day["errors"][0]["pointer"] == "/orders/3/date"


def test_units_may_differ_from_line_to_line(http: httpx.Client) -> None:
    """Centimetres, inches and millimetres in one request mean what they say, exactly."""
    inches = {"sku": "i", "qty": 1, "length_in": 10, "width_in": "5", "height_in": 1}
    metres = {"sku": "m", "qty": 1, "length_m": 0.254, "width_cm": 12.7, "height_mm": 25.4}
    told = ask(
        http,
        {"orders": [{"order_id": "i", "lines": [inches]}, {"order_id": "m", "lines": [metres]}]},
    )
    first, second = told["answers"]
    assert first["volume_mm3"] == second["volume_mm3"] == 254 * 127 * 26


def test_errors_point_to_the_name_that_was_used(http: httpx.Client) -> None:
    """A bad centimetre is called a centimetre."""
    line = {"sku": "a", "qty": 1, "length_cm": "long", "width_cm": 1, "height_cm": 1}
    answer = ask(http, {"orders": [{"order_id": "A", "lines": [line]}]})["answers"][0]
    assert answer["errors"][0]["pointer"] == "/orders/0/lines/0/length_cm"
    assert answer["errors"][0]["value"] == "long"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/orders"),
        ({"orders": []}, "/orders"),
        ({"orders": [{"order_id": "", "lines": [BOOK]}]}, "/orders/0/order_id"),
        ({"orders": [{"order_id": "A", "lines": []}]}, "/orders/0/lines"),
        ({"orders": [{"order_id": "A", "lines": [BOOK | {"fragil": True}]}]}, "fragil"),
        ({"orders": [{"order_id": "A", "lines": [BOOK | {"qty": True}]}]}, "/orders/0/lines/0/qty"),
        ({"orders": [{"order_id": "A", "lines": [BOOK | {"qty": [1]}]}]}, "/orders/0/lines/0/qty"),
        (one_order() | {"policy": {"objectiv": "volume"}}, ""),
        (one_order() | {"policy": {"freight": {}}}, "/policy/freight"),
        (one_order() | {"alternatives": 21}, "/alternatives"),
        (one_order() | {"plans": False, "evidence": True}, "/evidence"),
        ({"orders": [*one_order()["orders"], *one_order()["orders"]]}, "/orders/0/order_id"),
    ],
)
def test_a_body_of_the_wrong_shape_is_a_problem_with_a_pointer(
    body: Any, pointer: str, http: httpx.Client
) -> None:
    """The whole request is refused, and what is wrong is named with its place."""
    response = http.post("/v1/recommendations", json=body)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["request_id"] == response.headers["x-request-id"]
    assert any(pointer in error["pointer"] for error in problem["errors"])


def test_a_policy_that_does_not_suit_the_catalogue_is_a_problem(http: httpx.Client) -> None:
    """Cost cannot be the objective where a package has no price."""
    rows = "package_id,kind,length_mm,width_mm,height_mm\nS,carton,300,200,100\n"
    added = http.post(
        "/v1/catalogues/no-prices", content=rows, headers={"content-type": "text/csv"}
    )
    assert added.status_code in (200, 201)
    body = one_order() | {"policy": {"objective": "cost"}, "catalogue": "no-prices"}
    response = http.post("/v1/recommendations", json=body)
    assert response.status_code == 422
    assert "unit_cost" in response.json()["detail"]


def test_unknown_catalogues_and_policies_are_not_found(http: httpx.Client) -> None:
    """A name that nobody stored is 404, and the known ones are told."""
    for key in ("catalogue", "policy"):
        response = http.post("/v1/recommendations", json=one_order() | {key: "nobody"})
        assert response.status_code == 404
        assert "there are" in response.json()["detail"]


def test_only_json_is_taken(http: httpx.Client) -> None:
    """Another media type is 415, text that is no JSON is 422."""
    response = http.post(
        "/v1/recommendations", content=b"a,b", headers={"content-type": "text/csv"}
    )
    assert response.status_code == 415
    for content in (b"", b"{", b"[" * 100_000, b"\xff\xfe{}", b'{"orders": NaN}'):
        response = http.post(
            "/v1/recommendations", content=content, headers={"content-type": "application/json"}
        )
        assert response.status_code == 422, content[:20]


def test_large_bodies_are_refused_before_they_are_read(http: httpx.Client) -> None:
    """A gigabyte of blanks costs no memory: it is refused by its length, or on the way."""

    def blanks() -> Any:
        for _ in range(1024):
            yield b" " * (1 << 20)

    with pytest.MonkeyPatch.context():
        try:
            response = http.post(
                "/v1/recommendations",
                content=blanks(),
                headers={"content-type": "application/json"},
            )
        except httpx.WriteError:
            return  # refused while it was being sent
    assert response.status_code == 413


def test_too_many_orders_belong_into_a_job(http: httpx.Client) -> None:
    """Beyond the setting it is 413, with the way out."""
    orders = [{"order_id": str(i), "lines": [BOOK]} for i in range(1001)]
    response = http.post("/v1/recommendations", json={"orders": orders})
    assert response.status_code == 413
    assert "POST /v1/jobs" in response.json()["detail"]


def test_the_same_key_and_body_are_answered_once(http: httpx.Client) -> None:
    """The second answer is the first one; another body is refused."""
    key = f"key-{random.random()}"
    first = http.post("/v1/recommendations", json=one_order(), headers={"idempotency-key": key})
    again = http.post("/v1/recommendations", json=one_order(), headers={"idempotency-key": key})
    assert first.content == again.content
    assert "idempotent-replay" not in first.headers
    assert again.headers["idempotent-replay"] == "true"
    other = http.post(
        "/v1/recommendations", json=one_order(qty=2), headers={"idempotency-key": key}
    )
    assert other.status_code == 422
    refused = http.post("/v1/recommendations", json={}, headers={"idempotency-key": key + "x"})
    repeated = http.post("/v1/recommendations", json={}, headers={"idempotency-key": key + "x"})
    assert refused.status_code == repeated.status_code == 422


def test_one_key_in_two_hands_at_once_is_done_once(http: httpx.Client) -> None:
    """Of many simultaneous requests with one key all get one answer, or are asked to come back."""
    key = f"race-{random.random()}"

    async def race() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=http.base_url, timeout=60) as client:
            posts = [
                client.post(
                    "/v1/recommendations", json=one_order(), headers={"idempotency-key": key}
                )
                for _ in range(12)
            ]
            return list(await asyncio.gather(*posts))

    answers = asyncio.run(race())
    assert {one.status_code for one in answers} <= {200, 409}
    assert len({one.content for one in answers if one.status_code == 200}) == 1
    assert sum("idempotent-replay" not in one.headers for one in answers if one.is_success) == 1


def test_evidence_is_kept_and_passes_the_checker(http: httpx.Client, tmp_path: Path) -> None:
    """What was asked with evidence can be fetched, verified offline, and drawn."""
    body = {"orders": demo_orders()[:3], "evidence": True, "alternatives": 1}
    told = ask(http, body)
    for answer in told["answers"]:
        place = f"/v1/parcels/{answer['order_id']}"
        file = tmp_path / "evidence.json"
        file.write_bytes(http.get(f"{place}/evidence").content)
        assert CliRunner().invoke(app, ["check", str(file)]).exit_code == 0
        assert json.loads(file.read_bytes())["answer"] == answer
        assert "<html" in http.get(f"{place}/view", params={"lang": "zh"}).text
        assert "<html" in http.get(f"{place}/sheet").text
    assert http.get("/v1/parcels/nobody/evidence").status_code == 404


def test_two_orders_with_one_id_are_refused_by_the_columns() -> None:
    """They would be packed as one."""
    orders: Any = [{"order_id": "A", "lines": [BOOK]}] * 2
    with pytest.raises(Problem, match="order_id 'A'"):
        to_columns(orders)


def test_packers_confirm_and_override(http: httpx.Client) -> None:
    """An override needs a reason; the newest record counts; the rate follows."""
    order = {"order_id": f"bench-{random.random()}", "lines": [BOOK]}
    answer = ask(http, {"orders": [order], "evidence": True})["answers"][0]
    place = f"/v1/parcels/{order['order_id']}/packings"
    right = answer["package_id"]
    assert http.post(place, json={"package_id": "XXL"}).status_code == 422
    assert http.post(place, json={"package_id": right, "parcel": 2}).status_code == 404
    assert http.post(place, json={"package_id": "XXL", "reason": "damaged"}).status_code == 201
    before = http.get("/v1/packings/rates").json()
    assert http.post(place, json={"package_id": right}).status_code == 201
    after = http.get("/v1/packings/rates").json()
    assert after["parcels"] == before["parcels"]
    assert after["overridden"] == before["overridden"] - 1
    listed = http.get("/v1/packings", headers={"accept": "text/csv"}).text.splitlines()
    assert listed[0].startswith("order_id,parcel,recommended_package_id,package_id")
    assert sum(order["order_id"] in line for line in listed) == 1
