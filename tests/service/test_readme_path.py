"""A stranger's path: the shell commands of the README, word for word, against a real service."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.running import Running

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
SECTION = README.split("## Ask over HTTP\n")[1].split("\n## ")[0]
BLOCKS = re.findall(r"```sh\n(.*?)```", SECTION, flags=re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_stranger_gets_recommendations_and_a_job_by_the_readme_alone(
    service: Running, tmp_path: Path
) -> None:
    """Catalogue, orders, job, and results as CSV: nothing but the port is changed."""
    script = "set -eu\n" + "\n".join(BLOCKS).replace("http://127.0.0.1:8000", service.url)
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert '"verdict":"optimal"' in done.stdout
    assert '"reference":"mine@1"' in done.stdout
    table = done.stdout[done.stdout.rindex('"order_id"') :]
    rows = list(csv.DictReader(io.StringIO(table)))
    assert [(row["order_id"], row["package_id"]) for row in rows] == [
        ("A-1", "S"),
        ("A-2", "M"),
        ("A-3", "L"),
    ]
