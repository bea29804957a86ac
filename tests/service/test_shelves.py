"""Catalogues and policies: numbered versions that never change."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from packopt_service.examples import CATALOGUE_CSV, POLICIES

CSV = {"content-type": "text/csv"}


def fresh(word: str) -> str:
    """A name that no other test uses."""
    return f"{word}-{random.randrange(10**12)}"


def test_a_catalogue_gets_a_version_and_is_used(http: httpx.Client) -> None:
    """The first upload is version 1, a change is version 2, and a request may name either."""
    name = fresh("line")
    first = http.post(f"/v1/catalogues/{name}", content=CATALOGUE_CSV, headers=CSV)
    assert first.status_code == 201
    assert first.json()["reference"] == f"{name}@1"
    stored = http.get(first.headers["location"])
    assert stored.text == CATALOGUE_CSV
    assert stored.headers["etag"] == f'"{first.json()["digest"]}"'
    changed = CATALOGUE_CSV.replace("S,carton,200", "S,carton,205")
    second = http.post(f"/v1/catalogues/{name}", content=changed, headers=CSV)
    assert second.json()["reference"] == f"{name}@2"
    line = {"sku": "a", "qty": 1, "length_mm": 203, "width_mm": 120, "height_mm": 90}
    body = {"orders": [{"order_id": "A", "lines": [line]}]}
    used = []
    for reference in (f"{name}@1", name):
        told = http.post("/v1/recommendations", json=body | {"catalogue": reference}).json()
        used.append((told["catalogue"], told["answers"][0]["package_id"]))
    assert used == [(f"{name}@1", "M"), (f"{name}@2", "S")]
    listed = http.get(f"/v1/catalogues/{name}").json()["versions"]
    assert [one["version"] for one in listed] == [1, 2]


def test_what_says_the_same_makes_no_new_version(http: httpx.Client) -> None:
    """Rows in another order are the same catalogue."""
    name = fresh("same")
    head, *rows = CATALOGUE_CSV.splitlines()
    turned = "\n".join([head, *reversed(rows)])
    first = http.post(f"/v1/catalogues/{name}", content=CATALOGUE_CSV, headers=CSV)
    again = http.post(f"/v1/catalogues/{name}", content=turned, headers=CSV)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_versions_that_come_at_once_get_numbers_of_their_own(http: httpx.Client) -> None:
    """Ten different uploads at once are ten versions."""
    name = fresh("race")
    files = [CATALOGUE_CSV.replace("200,150", f"{200 + i},150") for i in range(10)]

    def upload(file: str) -> int:
        answer = http.post(f"/v1/catalogues/{name}", content=file, headers=CSV)
        assert answer.status_code == 201, answer.text
        return int(answer.json()["version"])

    with ThreadPoolExecutor(10) as pool:
        assert sorted(pool.map(upload, files)) == list(range(1, 11))


@pytest.mark.parametrize(
    ("path", "content", "kind", "status"),
    [
        ("catalogues/bad", b"package_id\nx\n", "text/csv", 422),
        ("catalogues/bad", b"", "text/csv", 422),
        ("catalogues/bad", b"\xff\xfe\0", "text/csv", 422),
        ("catalogues/bad", b"PAR1garbagePAR1", "application/vnd.apache.parquet", 422),
        ("catalogues/bad", b"[" * 100_000, "application/json", 422),
        ("catalogues/bad", b"x", "text/plain", 415),
        ("catalogues/demo", CATALOGUE_CSV.encode(), "text/csv", 409),
        ("catalogues/No%20Name", CATALOGUE_CSV.encode(), "text/csv", 422),
        ("policies/bad", b'{"objectiv": "volume"}', "application/json", 422),
        ("policies/bad", b"[1]", "application/json", 422),
        ("policies/bad", b"objective = ", "application/toml", 422),
        ("policies/bad", b'{"freight": {"carrier": "ups"}}', "application/json", 422),
        ("policies/default", b"{}", "application/json", 409),
    ],
)
def test_what_is_faulty_is_not_kept(
    path: str, content: bytes, kind: str, status: int, http: httpx.Client
) -> None:
    """Files are checked as the command line checks them, and refused as a whole."""
    answer = http.post(f"/v1/{path}", content=content, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert http.get("/v1/catalogues/bad").status_code == 404


def test_policies_are_kept_as_toml_and_as_json(http: httpx.Client) -> None:
    """Both say the same, so there is one version."""
    name = fresh("policy")
    json = http.post(f"/v1/policies/{name}", json=POLICIES["volume"]["value"])
    toml = http.post(
        f"/v1/policies/{name}",
        content=b'objective = "volume"\nmax_parcels = 3\n',
        headers={"content-type": "application/toml"},
    )
    assert (json.status_code, toml.status_code) == (201, 200)
    assert http.get(f"/v1/policies/{name}/versions/1").json() == POLICIES["volume"]["value"]
    assert http.get(f"/v1/policies/{name}/versions/2").status_code == 404


def test_built_in_catalogues_are_there(http: httpx.Client) -> None:
    """They are listed, have one version, and can be fetched as a start for one's own."""
    names = {one["name"] for one in http.get("/v1/catalogues").json()["versions"]}
    assert {"demo", "ups", "usps"} <= names
    assert http.get("/v1/catalogues/demo/versions/1").text.startswith("package_id,")
    assert http.get("/v1/catalogues/demo/versions/2").status_code == 404
