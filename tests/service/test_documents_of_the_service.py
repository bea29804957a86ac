"""What is written about the service is what the service is."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from packopt_service import Settings, create_app
from packopt_service.app import openapi

ROOT = Path(__file__).parents[2]
OPENAPI = ROOT / "docs" / "openapi.json"
MANUAL = ROOT / "docs" / "service.md"


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The documentation that the code makes."""
    place = tmp_path_factory.mktemp("document")
    return openapi(create_app(Settings(open=True, data_dir=place, job_workers=0)))


def settings_table() -> str:
    """The settings, as a table for the manual."""
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        plain = getattr(default, "get_secret_value", lambda one=default: one)()
        shown = "" if plain in ("", ()) else f"`{str(plain).lower() if plain is False else plain}`"
        rows.append(f"| `PACKOPT_{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


def test_the_openapi_file_is_what_the_code_says(document: dict[str, Any]) -> None:
    """A change of the API changes the file, too: python -m packopt_service.openapi renews it."""
    assert json.loads(OPENAPI.read_text(encoding="utf-8")) == json.loads(json.dumps(document))


def test_the_service_serves_that_document(http: httpx.Client, document: dict[str, Any]) -> None:
    """Callers can fetch it, behind a key."""
    assert http.get("/openapi.json").json() == json.loads(json.dumps(document))


def test_the_manual_lists_every_setting() -> None:
    """With the default and the meaning that the code has."""
    text = MANUAL.read_text(encoding="utf-8")
    listed = text.split("<!-- settings -->\n")[1].split("<!-- end of settings -->")[0]
    assert listed.strip() == settings_table().strip()


def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    """No schema is named that is not there, and none is there that is not named."""
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert references == set(document["components"]["schemas"])


def test_every_operation_is_explained(document: dict[str, Any]) -> None:
    """A summary, a description, and an id of its own."""
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert all(one["summary"] and one["description"] for one in operations)
    ids = [one["operationId"] for one in operations]
    assert len(ids) == len(set(ids))


def test_the_service_sees_the_public_face_of_packopt_only() -> None:
    """Every import of packopt in the service is of a name that packopt exports."""
    import packopt

    for path in sorted((ROOT / "service").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not any(one.name.startswith("packopt.") for one in node.names), path
            elif isinstance(node, ast.ImportFrom) and node.module == "packopt":
                assert {one.name for one in node.names} <= set(packopt.__all__), path
            elif isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("packopt."), path


def test_solver_processes_load_neither_web_server_nor_database() -> None:
    """They start fast and stay small."""
    code = "import sys, packopt_service.solving; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert not loaded & {"uvicorn", "sqlalchemy", "dbos", "plotly"}
