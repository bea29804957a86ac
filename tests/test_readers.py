"""Commands whose reader goes away: files are there, the end is quiet, the exit code says so."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest

from packopt.cli import main
from packopt.cli.readers import READER_GONE

REPLAY = ("savings", "orders.csv", "--catalogue", "demo", "--baseline", "volume-80", "--no-rules")
SUITE = ("suite", "orders.csv", "--catalogue", "demo", "--sizes", "5", "--draws", "0")
PACKED = "order_id,parcel,recommended_package_id,package_id,reason,packed\nD000001,1,P1,P2,,true\n"
#: What is asked for, with every file that it comes to.
WRITING = [
    ((*REPLAY, "--out", "o", "--report", "r.html"), ("o/savings_total.csv", "r.html", "r_data")),
    (
        (*REPLAY, "--out", "o", "--packings", "packings.csv"),
        ("o/savings_total.csv", "o/overrides.csv"),
    ),
    (
        ("savings", "many", *REPLAY[2:], "--out", "o", "--report", "r.html"),
        ("o/savings_total.csv", "r.html", "r_data"),
    ),
    ((*SUITE, "--out", "o", "--report", "r.html"), ("o/catalogue.csv", "r.html", "r_data")),
    (("rules", "answers", "--on", "2030-01-01", "--out", "o"), ("o/rule_outcomes.parquet",)),
    (("green", "answers", "--on", "2030-01-01", "--out", "o"), ("o/scorecard.csv",)),
    (("labels", "answers", "--prefix", "0614141"), ("labels.pdf", "labels.csv")),
    (("draw", "answers", "D000001", "--out", "d.html"), ("d.html",)),
    (("demo", "--out", "o"), ("o/run.json", "o/inputs.json", "o/report.html")),
]
ANSWERING = [
    ("recommend", "orders.csv", "--quiet"),
    ("generate", "orders", "-n", "3"),
    ("generate", "orders", "-n", "20000"),
    ("catalogues",),
    ("catalogues", "demo"),
    ("explain", "answers", "D000001"),
    ("--version",),
]


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty orders, as a file and as a folder of one, their answers, and a record of the bench."""
    folder = tmp_path_factory.mktemp("answered")
    orders = folder / "orders.csv"
    (folder / "many").mkdir()
    for arguments in (
        ("generate", "orders", "-n", "60", "--out", str(orders)),
        ("recommend", str(orders), "--out", str(folder / "answers"), "--quiet"),
    ):
        with pytest.raises(SystemExit) as leaving:
            main(arguments)
        assert not leaving.value.code
    (folder / "many" / "orders.csv").write_bytes(orders.read_bytes())
    (folder / "packings.csv").write_text(PACKED, encoding="utf-8")
    return folder


@pytest.fixture
def place(answered: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with all of it, in which the commands run."""
    for one in answered.iterdir():
        (tmp_path / one.name).symlink_to(one)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def unread() -> Iterator[IO[str]]:
    """A pipe that its reader has closed."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", encoding="utf-8") as stream:
        yield stream


@pytest.mark.parametrize(
    ("command", "files"), WRITING, ids=[" ".join(command) for command, _ in WRITING]
)
def test_what_was_asked_for_is_written_though_nobody_reads(
    command: tuple[str, ...],
    files: tuple[str, ...],
    place: Path,
    unread: IO[str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """A command whose stdout is closed at once has written every file when it ends, with 141."""
    monkeypatch.setattr(sys, "stdout", unread)
    with pytest.raises(SystemExit) as leaving:
        main(command)
    assert leaving.value.code == READER_GONE, capfd.readouterr().err
    assert [name for name in files if not (place / name).exists()] == []


@pytest.mark.parametrize("command", ANSWERING, ids=" ".join)
def test_an_answer_that_nobody_reads_ends_quietly(command: tuple[str, ...], place: Path) -> None:
    """A process whose reader went away leaves like one that SIGPIPE ended, and says nothing."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        run = subprocess.run(
            [sys.executable, "-m", "packopt", *command],
            stdout=writing, stderr=subprocess.PIPE, text=True, check=False, timeout=300,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (run.returncode, run.stderr) == (READER_GONE, "")


def test_a_reader_of_one_line_gets_it_and_the_report(place: Path) -> None:
    """`packopt savings ... --report r.html | head -1` prints a line, and the report is whole."""
    command = [sys.executable, "-m", "packopt", *REPLAY[:-1], "--report", "r.html", "--quiet"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        line = run.stdout.readline()
        run.stdout.close()
        told = run.stderr.read()
        run.wait(300)
    assert line.startswith("packopt saves")
    assert "Traceback" not in told
    assert (place / "r.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert any((place / "r_data").iterdir())


def test_messages_that_nobody_reads_end_nothing(
    place: Path, unread: IO[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A closed stderr, as of `2>&1 | head -1`, changes neither the files nor the exit code."""
    monkeypatch.setattr(sys, "stderr", unread)
    with pytest.raises(SystemExit) as leaving:
        main(("recommend", "orders.csv", "--out", "o"))
    assert leaving.value.code == 0
    assert (place / "o" / "inputs.json").exists()
