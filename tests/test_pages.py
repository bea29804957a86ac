"""Pages of the documentation that run from their first line to their last."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from packopt.cli import app

DOCS = Path(__file__).parents[1] / "docs"
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["gs1.md", "sizes.md"])
def test_everything_on_the_page_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files are written, commands and code run one after the other; its assertions hold."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    assert blocks
    for kind, name, text in blocks:
        if kind == "csv":
            Path(name).write_text(text, encoding="utf-8")
        elif kind == "python":
            exec(compile(text, page, "exec"), names)
        else:
            assert kind == "sh"
            for line in text.splitlines():
                program, *words = shlex.split(line)
                assert program == "packopt"
                run = CliRunner().invoke(app, words)
                assert run.exit_code == 0, f"{line}: {run.output}"
