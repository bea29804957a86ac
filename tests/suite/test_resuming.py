"""A suite that is killed goes on where it was, and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from packopt.datasets import demo_orders_path

#: The command line, with so few contents to a file of frontiers that there are many of them.
_RUN = """
import sys
from importlib import import_module

fitting = import_module("packopt.suite.fitting")
fitting.BLOCK = 10
from packopt.cli import app

app(sys.argv[1:])
"""
_WORDS = (
    "suite", str(demo_orders_path()), "--sizes", "4", "--catalogue", "demo", "--grid", "15",
    "--candidates", "200", "--draws", "2", "--kinds", "carton,mailer", "--threads", "1",
)  # fmt: skip
_PATIENCE_S = 240.0


def _start(out: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, *_WORDS, "--out", str(out)], text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ),
    )  # fmt: skip


def _run(out: Path) -> str:
    process = _start(out)
    answer, told = process.communicate(timeout=_PATIENCE_S)
    assert process.returncode == 0, told
    return answer


def _kept(out: Path) -> dict[str, int]:
    """Files of frontiers that are whole, and when each was written."""
    folder = out / "work" / "frontiers"
    found = folder.glob("[!.]*.npz") if folder.is_dir() else ()
    return {path.name: path.stat().st_mtime_ns for path in found}


def _files(out: Path) -> dict[str, bytes]:
    """What was written, without the work that is kept."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and "work" not in path.relative_to(out).parts
    }


def test_a_run_that_is_killed_goes_on_and_writes_the_same(tmp_path: Path) -> None:
    """SIGKILL with some frontiers found: the next run takes them, and every file is the same."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    answer, enough = _run(whole), 5
    process = _start(killed)
    try:
        give_up = time.monotonic() + _PATIENCE_S
        while len(_kept(killed)) < enough:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < give_up
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL
    before = _kept(killed)
    assert enough <= len(before) < len(_kept(whole)), "it was killed too late"
    assert not (killed / "catalogue.csv").exists()
    assert _run(killed) == answer
    after = _kept(killed)
    assert {name: after[name] for name in before} == before
    assert after.keys() == _kept(whole).keys()
    assert _files(killed) == _files(whole)
    assert "catalogue.csv" in _files(whole)
