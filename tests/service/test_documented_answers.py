"""Every answer is documented, also those that no route gives itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from packopt_service.access import create_key
from packopt_service.database import connect
from packopt_service.settings import Settings
from service.postgres import postgres, programs
from service.running import serving

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
OPERATIONS = [
    (method, path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
]
IN_PATH = {"job_id": "7b7a1c0e-8d0f-4a30-9f2e-5a8d1c6f0b11", "version": "1", "name": "mine"}
IN_QUERY = {"order": "A", "sizes": "3"}
LINE = {"sku": "a", "qty": 1, "length_mm": 90, "width_mm": 80, "height_mm": 70}
BODIES: dict[str, Any] = {
    "/v1/recommendations": {"orders": [{"order_id": "A", "lines": [LINE]}], "evidence": True},
    "/v1/policies/{name}": {"objective": "volume"},
    "/v1/catalogues/{name}": [
        {"package_id": "S", "kind": "carton", "length_mm": 9, "width_mm": 9, "height_mm": 9}
    ],
    "/v1/parcels/{order_id}/packings": {"package_id": "S"},
    "/v1/packings": {"package_id": "S"},
}


def ask(http: httpx.Client, method: str, path: str, operation: Any) -> httpx.Response:
    """Ask as the documentation says, so that nothing about the request is wrong."""
    request: dict[str, Any] = {}
    if method == "post" and path in BODIES:
        request["json"] = BODIES[path]
    elif method == "post":
        request = {"content": "order_id,sku\nA,a\n", "headers": {"Content-Type": "text/csv"}}
    names = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    query = {name: value for name, value in IN_QUERY.items() if name in names}
    filled = re.sub(r"\{(\w+)\}", lambda found: IN_PATH.get(found[1], "A"), path)
    return http.request(method, filled, params=query, **request)


@pytest.mark.skipif(programs() is None, reason="there is no PostgreSQL on this machine")
def test_answers_without_a_database_are_documented(tmp_path: Path) -> None:
    """What needs the database is 503 with when to come back, as documented; health is not."""
    with postgres() as server:
        url = server.database("documented")
        engine = connect(Settings(database_url=url).database)
        key = create_key(engine, "tests", ("recommend", "jobs", "bench", "manage", "metrics"))
        engine.dispose()
        with (
            serving(tmp_path / "data", database_url=url, job_workers=0, drain_s=1) as running,
            httpx.Client(
                base_url=running.url, headers={"Authorization": f"Bearer {key}"}, timeout=60
            ) as http,
        ):
            server.stop()
            try:
                for method, path, operation in OPERATIONS:
                    answer = ask(http, method, path, operation)
                    said = (method, path, answer.status_code, answer.text)
                    assert str(answer.status_code) in operation["responses"], said
                    assert answer.status_code == (200 if "security" in operation else 503), said
                    assert answer.is_success or int(answer.headers["retry-after"]) > 0, said
            finally:
                server.start()


def test_headers_that_are_too_large_are_documented(http: httpx.Client) -> None:
    """Every operation answers them by 431."""
    for method, path, operation in OPERATIONS:
        filled = re.sub(r"\{(\w+)\}", "A", path)
        answer = http.request(method, filled, headers={"X-Large": "x" * 66_000})
        assert answer.status_code == 431, (method, path)
        assert "431" in operation["responses"], (method, path)
