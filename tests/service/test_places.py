"""Errors in policies and catalogues point to the field, wherever in the body it is."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from packopt import Policy
from packopt_service.places import place_of
from service.test_small_contracts import BODY, Asked

COLUMNS = ("package_id", "kind", "length_mm", "width_mm", "height_mm")
S, BAD = ("S", "carton", 200, 150, 100), ("M", "carton", 200, -5, 100)
BOX, TWIN = ("L", "box", "long", 5, 100), ("S", "carton", 200, 160, 100)
WRONG_BAN = {"region": "KR", "from": 20, "plastic": True}


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    """A service without processes."""
    return Asked(tmp_path_factory.mktemp("places") / "data")


def pointers(http: Asked, path: str, **body: Any) -> list[str]:
    """Send something faulty; return where its errors point to."""
    answer = http.ask("POST", path, **body)
    assert answer.status_code == 422, answer.text
    return [one["pointer"] for one in answer.json()["errors"]]


@pytest.mark.parametrize("name", [one.name for one in fields(Policy)])
def test_every_field_of_a_policy_is_pointed_to(http: Asked, name: str) -> None:
    """In a request it stands in the policy, in a policy by itself at the top."""
    assert pointers(http, "/v1/policies/mine", json={name: -7.5}) == [f"/{name}"]
    body = BODY | {"policy": {name: -7.5}}
    assert pointers(http, "/v1/recommendations", json=body) == [f"/policy/{name}"]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"nonsense": 1}, ["/nonsense"]),
        ({"a~/b: c": 1}, ["/a~0~1b: c"]),
        ({"effort": "nope", "objective": "mass"}, ["/objective", "/effort"]),
        ({"emissions": {"factors": "desnz-2025-primary", "tape_material": 5}},
         ["/emissions/tape_material"]),
        ({"emissions": {"factors": "nobody's"}}, ["/emissions/factors"]),
        ({"bans": [WRONG_BAN | {"from": "2026-01-01"}, WRONG_BAN]}, ["/bans/1/from"]),
        ({"bans": [3]}, ["/bans/0"]),
        ({"materials": {"flute_z_mm": 1}}, ["/materials/flute_z_mm"]),
    ],
)  # fmt: skip
def test_fields_within_a_policy_are_pointed_to(
    http: Asked, policy: dict[str, Any], expected: list[str]
) -> None:
    """Unknown fields, several at once, and those of sections."""
    assert pointers(http, "/v1/policies/mine", json=policy) == expected
    inside = [f"/policy{one}" for one in expected]
    assert pointers(http, "/v1/recommendations", json=BODY | {"policy": policy}) == inside


def test_a_policy_as_toml_is_pointed_into(http: Asked) -> None:
    """As if it were JSON."""
    toml = {"content": b"max_parcels = -1\n", "headers": {"content-type": "application/toml"}}
    assert pointers(http, "/v1/policies/mine", **toml) == ["/max_parcels"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([BAD], ["/0/width_mm"]),
        ([S, BAD, BOX], ["/1/width_mm", "/2/kind", "/2/length_mm"]),
        ([S, TWIN], ["/0/package_id", "/1/package_id"]),
    ],
)
def test_fields_of_a_catalogue_are_pointed_to(
    http: Asked, rows: list[tuple[Any, ...]], expected: list[str]
) -> None:
    """The rows of a CSV file are numbered like those of JSON."""
    listed = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    assert pointers(http, "/v1/catalogues/mine", json=listed) == expected
    text = "\n".join(",".join(map(str, row)) for row in (COLUMNS, *rows))
    csv = {"content": text, "headers": {"content-type": "text/csv"}}
    assert pointers(http, "/v1/catalogues/mine", **csv) == expected


def test_a_catalogue_that_is_wrong_as_a_whole_is_pointed_to_as_a_whole(http: Asked) -> None:
    """A row that is none is pointed to itself, a column that is missing is nowhere."""
    assert pointers(http, "/v1/catalogues/mine", json=[3]) == ["/0"]
    csv = {"content": "package_id\nS\n", "headers": {"content-type": "text/csv"}}
    assert set(pointers(http, "/v1/catalogues/mine", **csv)) == {""}


def test_what_names_several_fields_points_to_what_holds_them() -> None:
    """None of them alone is at fault."""
    problem = "[[bans]] number 1, field plastic, degradable or material: found none of them"
    assert place_of(problem) == ["bans", 0]
    assert place_of("everything is wrong") == []
