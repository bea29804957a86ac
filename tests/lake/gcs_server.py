"""A server that passes for Google Cloud Storage, and fails on demand; a process of its own.

It prints its port, and serves until it is ended. ``POST /failures/GET/2`` makes the next two
``GET`` requests fail; ``GET /failures`` tells how many requests have failed so far, and is not one
of them.
"""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from http.server import HTTPServer
from typing import Any

from gcp_storage_emulator.handlers import buckets
from gcp_storage_emulator.server import RequestHandler
from gcp_storage_emulator.storage import Storage

CONTROL = "/failures"

_to_fail: Counter[str] = Counter()
_failed: Counter[str] = Counter()


class Handler(RequestHandler):
    """Answers as the emulator does, unless a request is to fail, or is about failures."""

    def parse_request(self) -> bool:
        """Whether there is a request that the emulator has to answer."""
        if not super().parse_request():
            return False
        if self.path.startswith(CONTROL):
            self._say(200, self._controlled())
            return False
        return not self._fails()

    def log_message(self, *about: Any) -> None:
        """Say nothing of each request."""

    def _controlled(self) -> str:
        """How many requests failed, so far; a ``POST`` says how many of a method will."""
        if self.command == "POST":
            _, _, method, number = self.path.split("/")
            _to_fail[method] = int(number)
        return str(_failed.total())

    def _fails(self) -> bool:
        fails = _to_fail[self.command] > 0
        _to_fail[self.command] -= fails
        _failed[self.command] += fails
        if fails:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._say(503, "come again later")
        return fails

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def main(bucket: str) -> None:
    """Serve an empty bucket."""
    storage = Storage(use_memory_fs=True)
    buckets.create_bucket(bucket, storage)
    # One request at a time: the emulator's files are not made for several threads.
    with HTTPServer(("127.0.0.1", 0), partial(Handler, storage)) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
