"""Every page's code runs, from top to bottom, in the folder that the first page describes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from documentation import workshop
from documentation.pages import DOCS, PAGES, Block, blocks_of, name_of
from packopt.cli.origins import keep_origins
from service.running import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What the pages call the service that `make serve` starts.
_SERVICE = "http://127.0.0.1:8000"
#: A command that serves until Ctrl-C; the test has started it already.
_SERVE = re.compile(r"^packopt serve .*$", re.MULTILINE)
#: Exit code 1 of packopt means that the work was done and something needs a look.
_SHELL = """set -euo pipefail
packopt() { "$PYTHON" -m packopt "$@" || [ $? -eq 1 ]; }
"""
#: Run by tests of their own, since they need an engine.
_ELSEWHERE = {"engines.md"}
_SHOWN = {"toml", "json", "csv", "sql", "text", "html", "mermaid"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a reader has before the first page."""
    folder = tmp_path_factory.mktemp("bench")
    workshop.build(folder)
    return folder


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service of the pages listens in truth."""
    with serving(tmp_path_factory.mktemp("service") / "data", open=True) as running:
        yield running.url


@pytest.fixture
def desk(bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of those files for one page, as the working directory."""
    shutil.copytree(bench, tmp_path, dirs_exist_ok=True)
    keep_origins(tmp_path / "answers", tmp_path / "orders.csv", None, str(tmp_path / "cartons.csv"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "page", [page for page in PAGES if name_of(page) not in _ELSEWHERE], ids=name_of
)
def test_the_code_of_a_page_runs(
    page: Path, bench: Path, desk: Path, request: pytest.FixtureRequest
) -> None:
    """Files are laid down first, then commands and Python run in reading order."""
    blocks = blocks_of(page)
    for block in blocks:
        if block.title:
            (desk / block.title).parent.mkdir(parents=True, exist_ok=True)
            (desk / block.title).write_text(block.text, encoding="utf-8")
    runs = [block for block in blocks if block.language in ("sh", "python")]
    text = "".join(block.text for block in runs)
    where = request.getfixturevalue("url") if _SERVICE in text else _SERVICE
    names: dict[str, Any] | None = None
    for block in runs:
        code = block.text.replace(_SERVICE, where)
        if block.language == "sh":
            _shell(code, page, block)
            continue
        if names is None:
            names = workshop.namespace(bench)
        # As many empty lines ahead as tracebacks need to name the line of the page.
        source = "\n" * (block.line - 1) + code
        exec(compile(source, str(page), "exec"), names)


def _shell(code: str, page: Path, block: Block) -> None:
    done = subprocess.run(
        ["bash", "-c", _SHELL + _SERVE.sub("true", code)],
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    told = f"{name_of(page)}, line {block.line}: {done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert done.returncode == 0, told


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_say_what_they_are(page: Path) -> None:
    """Each block names its language, so that none escapes being run by leaving it out."""
    for block in blocks_of(page):
        assert block.language in _SHOWN | {"sh", "python"}, f"line {block.line}"
        if block.language == "toml":
            tomllib.loads(block.text)
        if block.language == "json":
            json.loads(block.text)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    """Every relative link is a file of the repository."""
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)[^)]*\)", text)
    assert not [link for link in links if not (page.parent / link).exists()]


def test_every_page_is_in_the_navigation() -> None:
    """The site shows all pages that there are, each once."""
    settings = tomllib.loads((DOCS.parent / "zensical.toml").read_text(encoding="utf-8"))

    def leaves(entry: Any) -> Iterator[str]:
        for value in entry.values() if isinstance(entry, dict) else entry:
            if isinstance(value, str):
                yield value
            else:
                yield from leaves(value)

    assert sorted(leaves(settings["project"]["nav"])) == sorted(map(name_of, PAGES))
