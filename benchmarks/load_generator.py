"""A load generator in a process of its own: connections that each send one request after another.

``python -m benchmarks.load_generator URL PATH BODIES CONNECTIONS SECONDS [PAUSE]`` posts the
bodies of a file (one JSON a line) in turn, each connection with that many seconds between an answer
and the next request, and prints requests, failures and percentiles as JSON. Raw sockets: a client
library would need more time for a request than the service does.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds before the clock counts: connections open, and caches fill.
WARM_UP_S = 1.0


@dataclass
class Tally:
    """What came back, with the time each request took."""

    stop: float
    start: float
    pause_s: float = 0.0
    seconds: list[float] = field(default_factory=list)
    answer_bytes: int = 0
    failures: int = 0
    sent: int = 0


class Connection(asyncio.Protocol):
    """Sends one request, waits for its answer, and sends the next."""

    def __init__(self, requests: list[bytes], turn: Iterator[int], tally: Tally) -> None:
        self._requests = requests
        self._turn = turn
        self._tally = tally
        self._received = bytearray()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._tally.stop:
            self._transport.close()
            return
        self._tally.sent += 1
        self._transport.write(self._requests[next(self._turn) % len(self._requests)])

    def data_received(self, data: bytes) -> None:
        """Take what came of an answer; when it is whole, send the next request."""
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._received[:head_end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(self._received) < head_end + 4 + length:
            return
        now = time.perf_counter()
        if self._tally.start <= self._sent:
            self._tally.seconds.append(now - self._sent)
            self._tally.answer_bytes += length
            self._tally.failures += not head.startswith(b"http/1.1 200")
        self._received.clear()
        if self._tally.pause_s:
            asyncio.get_running_loop().call_later(self._tally.pause_s, self._send)
        else:
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell that this connection is over; an error shows as requests that are missing."""
        del exc
        if not self.done.done():
            self.done.set_result(None)


def requests_of(url: str, path: str, bodies: list[bytes]) -> list[bytes]:
    """Return whole requests, ready to be written."""
    host = urlsplit(url).netloc.encode()
    head = b"POST %s HTTP/1.1\r\nhost: %s\r\ncontent-type: application/json\r\ncontent-length: %d"
    return [head % (path.encode(), host, len(body)) + b"\r\n\r\n" + body for body in bodies]


async def fire(
    url: str, path: str, bodies: list[bytes], connections: int, seconds: float, pause_s: float
) -> Tally:
    """Keep as many connections busy for that long."""
    place = urlsplit(url)
    start = time.perf_counter() + WARM_UP_S
    tally = Tally(start=start, stop=start + seconds, pause_s=pause_s)
    requests, turn = requests_of(url, path, bodies), count()
    loop = asyncio.get_running_loop()
    opened = [
        await loop.create_connection(
            lambda: Connection(requests, turn, tally), place.hostname, place.port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in opened))
    return tally


def main() -> int:
    url, path, file, connections, seconds, *pause = sys.argv[1:]
    bodies = Path(file).read_bytes().splitlines()
    pause_s = float(pause[0]) if pause else 0.0
    tally = asyncio.run(fire(url, path, bodies, int(connections), float(seconds), pause_s))
    times = sorted(tally.seconds)
    if not times:
        print("no request was answered", file=sys.stderr)
        return 1
    found = {
        "requests": len(times),
        "sent": tally.sent,
        "failures": tally.failures,
        "per_s": len(times) / float(seconds),
        "p50_ms": 1e3 * times[len(times) // 2],
        "p99_ms": 1e3 * times[int(len(times) * 0.99)],
        "answer_bytes": tally.answer_bytes / len(times),
    }
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
