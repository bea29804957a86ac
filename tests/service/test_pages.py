"""The page as files over HTTP: whole, guarded, from nowhere else, and in both languages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from packopt_service.static_files import static_files
from service.guarded import Guarded, guarded

PAGES = ("/", "/bench")
FILES = sorted(static_files())
TEXTS = {lang: json.loads(static_files()[f"texts/{lang}.json"].content) for lang in ("en", "zh")}
CSV = (
    "order_id,sku,qty,length_mm,width_mm,height_mm,weight_g,region\n"
    "A-1,mug,2,120,90,100,350,DE\nA-2,book,1,210,,25,400,\nA-1,pen,1,140,10,10,12,DE\n"
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A service that asks for a key, and takes three orders at a time."""
    with guarded(tmp_path_factory.mktemp("pages") / "data", orders_per_request=3) as found:
        yield found


@pytest.fixture(scope="module")
def client(service: Guarded) -> Iterator[httpx.Client]:
    """Somebody without a key."""
    with httpx.Client(base_url=service.url, timeout=60) as stranger:
        yield stranger


@pytest.fixture(scope="module")
def user(service: Guarded) -> Iterator[httpx.Client]:
    """Somebody whose browser knows a key."""
    key = service.key("recommend")
    with httpx.Client(base_url=service.url, auth=("", key), timeout=60) as known:
        yield known


@pytest.mark.parametrize(
    "path",
    [*PAGES, "/static/app.js", "/static/plotly.js", "/static/none", "/v1/pages/settings",
     "/v1/pages/parcel?order=A", "/v1/pages/why?order=A"],
)  # fmt: skip
def test_nothing_is_shown_without_a_key(client: httpx.Client, path: str) -> None:
    """Pages, files, and even what is not there: 401, and the browser is told to ask for a key."""
    answer = client.get(path)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_runs_our_files_and_nothing_else(user: httpx.Client, path: str) -> None:
    """The policy names no origin but the service, allows nothing inline, and forbids frames."""
    answer = user.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", answer.text)


@pytest.mark.parametrize("path", [*PAGES, *(f"/static/{name}" for name in [*FILES, "plotly.js"])])
def test_every_file_is_sent_once(user: httpx.Client, path: str) -> None:
    """A browser that has a file is told so; what it gets cannot be taken for another type."""
    answer = user.get(path)
    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "private, no-cache"
    again = user.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = user.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "texts", "", "texts/fr.json"])
def test_only_files_of_the_page_are_there(user: httpx.Client, name: str) -> None:
    """Names are looked up and never joined to a path."""
    assert user.get(f"/static/{name}").status_code == 404


@pytest.mark.parametrize("name", FILES)
def test_no_file_names_another_origin(name: str) -> None:
    """Whatever a page loads or asks for comes from the service itself."""
    content = static_files()[name].content.decode()
    found = set(re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s\"']*", content))
    assert found <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_script_makes_markup_of_data(name: str) -> None:
    """Text goes in as text; nothing is kept in the browser, and no text becomes a program."""
    script = static_files()[name].content.decode()
    forbidden = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
    assert not re.search(forbidden, script)
    assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie", script)


def test_both_languages_say_the_same() -> None:
    """Every text is there in English and in Chinese, with the same places to fill in."""
    assert list(TEXTS["en"]) == list(TEXTS["zh"])
    for key, text in TEXTS["en"].items():
        places = [sorted(re.findall(r"\{\w+\}", one)) for one in (text, TEXTS["zh"][key])]
        assert places[0] == places[1], key
        assert TEXTS["zh"][key].strip(), key


def test_every_text_that_is_asked_for_is_there() -> None:
    """Keys in pages and scripts, and those made of reasons and verdicts, all have a text."""
    wanted: set[str] = set()
    for name in FILES:
        content = static_files()[name].content.decode()
        if name.endswith((".js", ".html")):
            wanted |= set(re.findall(r'\btext\("(\w+)"', content))
            wanted |= set(re.findall(r'data-(?:text|label|placeholder)="(\w+)"', content))
    assert len(wanted) > 80
    assert wanted <= TEXTS["en"].keys()


def test_all_words_of_results_are_known() -> None:
    """Verdicts, reasons, and why another package was taken are told in both languages."""
    from packopt.tables import REASONS, VERDICTS
    from packopt_service.packings import REASONS as OVERRIDES

    keys = {f"verdict_{one}" for one in (*VERDICTS, "rejected")}
    keys |= {f"means_{one}" for one in VERDICTS}
    keys |= {f"reason_{one}" for one in REASONS if one != "none"}
    keys |= {f"override_reason_{one}" for one in OVERRIDES}
    assert keys <= TEXTS["en"].keys()
    script = static_files()["bench_override.js"].content.decode()
    assert re.findall(r"const REASONS = \[(.*?)\]", script) == [
        ", ".join(f'"{one}"' for one in OVERRIDES)
    ]


def read(user: httpx.Client, content: str, kind: str = "text/csv") -> httpx.Response:
    """Let the service read a file of orders."""
    return user.post("/v1/pages/orders", content=content, headers={"Content-Type": kind})


def test_a_file_becomes_orders(user: httpx.Client) -> None:
    """Lines of one order come together as they stand in the file; a bad one is told by its row."""
    told = read(user, CSV).json()
    mug = {"sku": "mug", "qty": "2", "length_mm": "120", "width_mm": "90", "height_mm": "100"}
    pen = {"sku": "pen", "qty": "1", "length_mm": "140", "width_mm": "10", "height_mm": "10"}
    lines = [mug | {"weight_g": "350"}, pen | {"weight_g": "12"}]
    assert told["orders"] == [{"order_id": "A-1", "region": "DE", "lines": lines}]
    (reject,) = told["rejects"]
    assert (reject["row"], reject["order_id"], reject["field"]) == (2, "A-2", "width_mm")
    assert reject["reason"]
    assert reject["hint"]


def test_rows_and_nested_orders_are_read_as_json(user: httpx.Client) -> None:
    """An array of rows, one row for each line of text, and orders as the API takes them."""
    row: dict[str, Any] = {"sku": "mug", "qty": 2, "length_mm": 9, "width_mm": 9, "height_mm": 9}
    flat, nested = [{"order_id": "A"} | row], [{"order_id": "A", "lines": [row]}]
    answers = [
        read(user, json.dumps(flat), "application/json"),
        read(user, json.dumps(flat[0]), "application/x-ndjson"),
        read(user, json.dumps(nested), "application/json"),
        read(user, json.dumps({"orders": nested}), "application/json"),
    ]
    for answer in answers:
        (order,) = answer.json()["orders"]
        assert order["order_id"] == "A"
        assert {
            name: int(v) if name != "sku" else v for name, v in order["lines"][0].items()
        } == row


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (CSV, "application/zip", 415),
        ("", "text/csv", 422),
        ("\x00\x01", "text/csv", 422),
        ("order_id,sku\n1,2\n", "text/csv", 422),
        ("[" * 100_000, "application/json", 422),
        ('[{"order_id": "A", "lines": [{"sku": "mug"}]}]', "application/json", 422),
        ('{"orders": [{"lines": 3}]}', "application/json", 422),
        ("order_id,sku,qty,length_mm,width_mm,height_mm,e_mail\n1,2,1,1,1,1,a\n", "text/csv", 422),
        (CSV + "".join(f"B-{n},mug,1,9,9,9,9,\n" for n in range(4)), "text/csv", 413),
    ],
)
def test_a_file_that_is_no_good_is_told_what_is_wrong(
    user: httpx.Client, content: str, kind: str, status: int
) -> None:
    """Whatever is sent, the answer is a problem with advice, and names no file of the server."""
    answer = read(user, content, kind)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert not re.search(r"packopt-\w+|/tmp", answer.text)


def test_the_page_is_part_of_the_package() -> None:
    """Files lie inside the package, so that a wheel has them."""
    import packopt_service

    assert (Path(packopt_service.__file__).parent / "pages" / "index.html").is_file()
