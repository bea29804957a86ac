"""S3: folders read, listed and written there, also when requests fail in between."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import packopt
from engine.alike import CATALOGUE, assert_same, expected
from lake.folders import folder_of_orders
from packopt.engine.engines import Threads
from packopt.lake.places import Place

pytest.importorskip("moto", reason="moto is not installed: no server that passes for S3")

# Warnings of the server about itself are none of ours.
pytestmark = pytest.mark.filterwarnings("ignore")

BUCKET = "shop"


class Server:
    """A server that passes for S3, counts requests, and fails some of them on demand."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app
        self._lock = threading.Lock()
        self.puts: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.failed = 0
        self.url_options = ""

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        with self._lock:
            fails = self.failures[method] > 0
            self.failures[method] -= fails
            self.failed += fails
            if method == "PUT" and not fails:
                self.puts[path] += 1
        if not fails:
            return self._app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        start("503 Slow Down", [("Content-Type", "application/xml")])
        return [b"<Error><Code>SlowDown</Code><Message>Please reduce your rate</Message></Error>"]

    def place(self, name: str) -> str:
        """The URL of a folder of the bucket."""
        return f"s3://{BUCKET}/{name}?{self.url_options}"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """An empty bucket."""
    import boto3
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    for name, value in {"ACCESS_KEY_ID": "me", "SECRET_ACCESS_KEY": "secret"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    server = Server(DomainDispatcherApplication(create_backend_app))
    listening = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    address = f"127.0.0.1:{listening.server_port}"
    server.url_options = f"endpoint_override={address}&scheme=http&region=us-east-1"
    bucket = boto3.resource("s3", endpoint_url=f"http://{address}", region_name="us-east-1")
    bucket.create_bucket(Bucket=BUCKET)
    yield server
    bucket.Bucket(BUCKET).objects.delete()
    bucket.Bucket(BUCKET).delete()
    listening.shutdown()
    thread.join()
    listening.server_close()


def upload(folder: Path, place: Place) -> None:
    """Bring all files of a folder to a place."""
    for path in folder.rglob("*"):
        if path.is_file():
            place.below(path.relative_to(folder).as_posix()).write(path.read_bytes())


def answer(s3: Server) -> packopt.LakeRun:
    """Answer the folder of orders, within S3."""
    return packopt.recommend_files(
        s3.place("orders"), s3.place("answers"), CATALOGUE, engine=Threads(2), part_rows=150
    )


def test_orders_in_s3_are_answered_into_s3(s3: Server, tmp_path: Path) -> None:
    """Listed, read, written and read again: the same result as of one file on this machine."""
    upload(folder_of_orders(tmp_path / "in"), Place(s3.place("orders")))
    found = answer(s3)
    assert found.answered == found.parts > 3
    assert_same(packopt.read_files(s3.place("answers")), expected(), by_order=True, with_rows=False)
    assert answer(s3).answered == 0


def test_every_file_is_put_once(s3: Server, tmp_path: Path) -> None:
    """One request writes a file, which is there as a whole or not at all."""
    upload(folder_of_orders(tmp_path / "in"), Place(s3.place("orders")))
    s3.puts.clear()
    answer(s3)
    written = {f"/{BUCKET}/answers/{one.name}" for one in Place(s3.place("answers")).files()}
    assert {path for path in s3.puts if path.endswith((".parquet", ".arrow", ".json"))} == written
    assert set(s3.puts.values()) == {1}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_a_request_that_fails_is_tried_again(s3: Server, tmp_path: Path, method: str) -> None:
    """A store that is busy for a moment is no reason to fail."""
    upload(folder_of_orders(tmp_path / "in"), Place(s3.place("orders")))
    s3.failures[method] = 2
    answer(s3)
    assert s3.failed == 2
    assert_same(packopt.read_files(s3.place("answers")), expected(), by_order=True, with_rows=False)


def test_a_store_that_stays_away_is_told_and_a_rerun_goes_on(s3: Server, tmp_path: Path) -> None:
    """What was answered before it went away is not answered again."""
    upload(folder_of_orders(tmp_path / "in"), Place(s3.place("orders")))

    def break_down(done: int, parts: int, orders: int) -> None:
        if done == 2:
            s3.failures["PUT"] = 1_000_000

    with pytest.raises(packopt.PlaceError, match="s3://shop/answers"):
        packopt.recommend_files(
            s3.place("orders"), s3.place("answers"), CATALOGUE, part_rows=150, progress=break_down
        )
    s3.failures.clear()
    again = answer(s3)
    assert 0 < again.answered <= again.parts - 2
    assert_same(packopt.read_files(s3.place("answers")), expected(), by_order=True, with_rows=False)


def test_a_bucket_that_is_not_there_is_told(s3: Server) -> None:
    """The name stands in the message, and no credentials do."""
    place = s3.place("orders").replace(BUCKET, "no-such-bucket")
    with pytest.raises(packopt.InputError, match="no-such-bucket") as told:
        packopt.recommend_files(place, s3.place("answers"), CATALOGUE)
    assert "secret" not in str(told.value)
