"""Google Cloud Storage: folders read, listed and written there, also when requests fail."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import packopt
from engine.alike import CATALOGUE, assert_same, expected
from lake.folders import folder_of_orders
from packopt.cli import main
from packopt.engine.engines import Threads
from packopt.lake.places import Place

pytest.importorskip(
    "gcp_storage_emulator",
    reason="gcp-storage-emulator is not installed: no server that passes for Google's",
)

BUCKET = "shop"


class Server:
    """The server, in another process: pyarrow's reads wait for ever for one in their own."""

    def __init__(self, port: int) -> None:
        self._address = f"127.0.0.1:{port}"

    def place(self, name: str, bucket: str = BUCKET) -> str:
        """The URL of a folder of a bucket."""
        options = f"endpoint_override={self._address}&scheme=http&retry_limit_seconds=20"
        return f"gs://anonymous@{bucket}/{name}?{options}"

    def fail(self, method: str, number: int) -> None:
        """Let so many of the next requests fail."""
        url = f"http://{self._address}/failures/{method}/{number}"
        with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as told:
            assert told.status == 200

    @property
    def failed(self) -> int:
        """How many requests have failed."""
        with urllib.request.urlopen(f"http://{self._address}/failures") as told:
            return int(told.read())


@pytest.fixture
def gcs() -> Iterator[Server]:
    """An empty bucket."""
    command = [sys.executable, str(Path(__file__).with_name("gcs_server.py")), BUCKET]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Server(int(process.stdout.readline()))
        finally:
            process.terminate()


@pytest.fixture
def orders(gcs: Server, tmp_path: Path) -> str:
    """The folder of orders, in the bucket."""
    folder = folder_of_orders(tmp_path / "in")
    place = Place(gcs.place("orders"))
    for path in folder.rglob("*"):
        if path.is_file():
            place.below(path.relative_to(folder).as_posix()).write(path.read_bytes())
    return gcs.place("orders")


def answer(orders: str, gcs: Server) -> packopt.LakeRun:
    """Answer the folder of orders, within the bucket."""
    out = gcs.place("answers")
    return packopt.recommend_files(orders, out, CATALOGUE, engine=Threads(2), part_rows=150)


def assert_answered(gcs: Server) -> None:
    """The answers in the bucket are those of one call on one machine."""
    found = packopt.read_files(gcs.place("answers"))
    assert_same(found, expected(), by_order=True, with_rows=False)


def test_orders_there_are_answered_there(orders: str, gcs: Server) -> None:
    """Listed, read, written and read again; a rerun has nothing to do."""
    found = answer(orders, gcs)
    assert found.answered == found.parts > 3
    assert_answered(gcs)
    assert answer(orders, gcs).answered == 0


def test_a_file_that_was_written_again_is_answered_again(orders: str, gcs: Server) -> None:
    """Its time tells; what was answered of it before is removed."""
    first = answer(orders, gcs)
    names = {one.name for one in Place(gcs.place("answers")).files()}
    file = Place(orders).below("month=2026-02/c.csv")
    file.write(file.read())
    again = answer(orders, gcs)
    assert 0 < again.answered < first.parts
    after = {one.name for one in Place(gcs.place("answers")).files()}
    assert len(after) == len(names)
    assert all("/c-" in name for name in after ^ names)
    assert_answered(gcs)


# Not `PUT`: asked for an upload of which nothing came, the emulator says that its first byte did.
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_request_that_fails_is_tried_again(orders: str, gcs: Server, method: str) -> None:
    """A store that is busy for a moment is no reason to fail."""
    gcs.fail(method, 2)
    answer(orders, gcs)
    assert gcs.failed == 2
    assert_answered(gcs)


def test_a_bucket_that_is_not_there_is_told(orders: str, gcs: Server) -> None:
    """The name stands in the message."""
    with pytest.raises(packopt.InputError, match="no-such-bucket"):
        packopt.recommend_files(orders, gcs.place("x", "no-such-bucket"), CATALOGUE)


def test_the_commands_work_there(
    orders: str, gcs: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Answered, checked and compared by the URL alone."""
    out = gcs.place("answers")
    for words, code in (
        (("recommend", orders, "--out", out), 1),  # some are rejected
        (("check", out), 0),
        (("savings", orders, "--baseline", "volume-80", "--resamples", "100"), 1),
    ):
        with pytest.raises(SystemExit) as leaving:
            main(words)
        assert leaving.value.code == code
    assert f"{expected().orders.num_rows} orders checked" in capsys.readouterr().err
