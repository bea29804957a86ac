"""Bodies and headers that nobody means: each is refused with a reason, or answered all the same."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from packopt import column_table
from packopt_service.columns import has_weights, to_columns

SIZES = {"width_mm": 80, "height_mm": 50}
JSON = {"Content-Type": "application/json"}
TOML = {"Content-Type": "application/toml"}
PARQUET = {"Content-Type": "application/vnd.apache.parquet"}
ARROW = {"Content-Type": "application/vnd.apache.arrow.file"}


def order(**line: Any) -> dict[str, Any]:
    """An order of one line."""
    return {"order_id": "A", "lines": [{"sku": "book", "qty": 1} | SIZES | line]}


@pytest.mark.parametrize("length", ["1e999999", "1e-999999", "-1E99999", "nan", "snan", "Infinity"])
def test_numbers_beyond_all_measure_cost_their_order_alone(length: str, http: httpx.Client) -> None:
    """What cannot be restated in mm stays as it is stated, short, and is rejected."""
    body = {"orders": [order(length_cm=length)]}
    response = http.post("/v1/recommendations", json=body)
    assert response.status_code == 200, response.text
    (answer,) = response.json()["answers"]
    assert answer["verdict"] == "rejected"
    assert answer["errors"][0]["pointer"] == "/orders/0/lines/0/length_cm"
    assert len(response.content) < 2_000


def test_a_weight_of_spaces_is_no_weight() -> None:
    """It must not make a request share a batch with those that state weights."""
    blank: Any = [order(length_mm=100, weight_g="  ", weight_kg=None)]
    stated: Any = [order(length_mm=100, weight_kg="0.2")]
    assert not has_weights(blank)
    assert has_weights(stated)


def test_a_number_reads_the_same_beside_text() -> None:
    """The rejects of an order show its values, whoever is its neighbour in a batch."""
    alone: Any = [order(length_mm=1e-7)]
    beside: Any = [*alone, {**order(length_mm="long"), "order_id": "B"}]
    texts = [
        column_table(columns)["length_mm"].cast(pa.string())[0].as_py()
        for columns, _, _ in map(to_columns, (alone, beside))
    ]
    assert texts[0] == texts[1]


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("policies", b'{"\\ud800": 1}', JSON),
        ("policies", b'{"incompatible": [["\\ud800", "a"]]}', JSON),
        ("policies", b"a = " + b"[" * 50_000, TOML),
        ("policies", b"effort = " + b"9" * 5_000, TOML),
        ("catalogues", b'[{"\\ud800": "x", "length_mm": 1}]', JSON),
        ("catalogues", b"PAR1", PARQUET),
        ("catalogues", b"ARROW1\0\0", ARROW),
    ],
    ids=["half a key", "half a value", "deep", "endless", "half a column", "cut", "no arrow"],
)
def test_files_that_are_no_text_and_no_numbers_are_refused(
    path: str, body: bytes, headers: dict[str, str], http: httpx.Client
) -> None:
    """The answer says what is wrong, even where that cannot be written down as it is."""
    response = http.post(f"/v1/{path}/odd", content=body, headers=headers)
    assert response.status_code == 422, response.text
    assert json.loads(response.content)["detail"]


def parquet_bomb() -> bytes:
    """A catalogue of a few kilobytes with a million rows."""
    rows = pa.table({"package_id": ["x" * 100] * 1_000_000, "kind": ["carton"] * 1_000_000})
    file = io.BytesIO()
    pq.write_table(rows, file, compression="zstd")
    return file.getvalue()


def arrow_bomb() -> bytes:
    """A catalogue of a few kilobytes with one name of a hundred megabytes."""
    rows = pa.table({"package_id": ["x" * 100_000_000], "kind": ["carton"]})
    file = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_file(file, rows.schema, options=options) as writer:
        writer.write_table(rows)
    return file.getvalue()


@pytest.mark.parametrize(
    ("bomb", "headers"),
    [
        (parquet_bomb, PARQUET),
        (arrow_bomb, ARROW),
        (lambda: b"package_id\n" + b"x\n" * 100_000, {"Content-Type": "text/csv"}),
    ],
    ids=["parquet", "arrow", "csv"],
)
def test_catalogues_that_inflate_are_refused(
    bomb: Any, headers: dict[str, str], http: httpx.Client
) -> None:
    """They are measured before they are read, and not by the service itself."""
    body = bomb()
    assert len(body) < 1_000_000
    response = http.post("/v1/catalogues/bomb", content=body, headers=headers)
    assert response.status_code == 413, response.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://["},
        {"Origin": "null"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
    ids=["no origin", "null", "rebinding", "other name"],
)
def test_an_open_service_answers_to_this_machine_alone(
    headers: dict[str, str], http: httpx.Client
) -> None:
    """A site that points its own name to this machine reads nothing through a browser."""
    body = {"orders": [order(length_mm=100)]}
    assert http.post("/v1/recommendations", json=body, headers=headers).status_code == 403


def test_the_methods_of_a_path_are_told(http: httpx.Client) -> None:
    """405 names all of them, whichever route has them."""
    assert http.put("/v1/jobs").headers["Allow"] == "GET, POST"
    assert http.request("OPTIONS", "/v1/recommendations").headers["Allow"] == "POST"


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example"])
def test_webhooks_need_names_that_hosts_can_have(host: str, http: httpx.Client) -> None:
    """A name that cannot be looked up is refused like any other target."""
    response = http.post(
        "/v1/jobs",
        params={"webhook": f"https://{host}/"},
        content="order_id,sku,qty,length_mm,width_mm,height_mm\nA,b,1,1,1,1\n",
        headers={"Content-Type": "text/csv"},
    )
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["pointer"] == "webhook"
