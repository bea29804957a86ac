"""Single orders over HTTP, beside an endpoint that only reads them.

``POST /v1/recommendations`` with one order each, beside an endpoint of the same service that
validates the same body in the same way and returns a constant answer of the same size. Three loads:
``known`` repeats the orders of the demo, which the service remembers; ``as they come`` sends orders
of the generator that the demo was made by, each once: more and more of them have the content of one
before, as in that shop, and some are hard; ``packed each`` sends the demo to a service that
remembers nothing. The load comes from a process of its own on loopback, over as many connections as
stated, each of which waits for its answer before it asks again. Few connections show what one order
costs; many, what a batch saves: requests that come at once are answered together. All are asked in
turn, in every round; the medians of the rounds. The floors of the issue are 70 % of the requests
and twice the p99.
"""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.children import ROOT
from benchmarks.load_generator import WARM_UP_S
from benchmarks.report import arguments, figure, numbers, progress, save, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

PATHS = {"recommend": "/v1/recommendations", "constant": "/v1/constant"}
#: How often a second a load may be asked at most, for the number of orders that are made for it.
_MOST_PER_S = 4000
_SEED = 20_261_127


def demo_bodies() -> list[bytes]:
    """Return one body for each order of the demo."""
    import pyarrow.csv

    from packopt.datasets import demo_orders_path

    return bodies_of(pyarrow.csv.read_csv(demo_orders_path()))


def bodies_of(lines: pa.Table) -> list[bytes]:
    """Return one body for each order of a table of lines."""
    orders: dict[str, list[dict[str, Any]]] = {}
    for line in lines.to_pylist():
        order_id = str(line.pop("order_id"))
        kept = {name: value for name, value in line.items() if value not in (None, "")}
        orders.setdefault(order_id, []).append(kept)
    bodies = []
    for order_id, rows in orders.items():
        of_order = {"date", "region", "placed_in", "baseline_package"}
        stated = {name: str(rows[0][name]) for name in of_order if name in rows[0]}
        plain = [{k: v for k, v in row.items() if k not in of_order} for row in rows]
        bodies.append({"orders": [{"order_id": order_id, "lines": plain} | stated]})
    return [json.dumps(body).encode() for body in bodies]


class Stream:
    """Orders that are each sent once, in files of as many as one run of the generator may send."""

    def __init__(self, folder: Path, runs: int, seconds: float) -> None:
        from packopt.datasets.generate import demo_orders

        self._folder = folder
        self._each = int(_MOST_PER_S * (seconds + WARM_UP_S))
        self._bodies = bodies_of(demo_orders(runs * self._each, _SEED))
        self._sent = 0

    def next_file(self) -> Path:
        """Write the next orders."""
        some = self._bodies[self._sent : self._sent + self._each]
        self._sent += self._each
        file = self._folder / "stream.ndjson"
        file.write_bytes(b"\n".join(some))
        return file


def serve(port: int, folder: str, answer_bytes: int, **stated: Any) -> None:
    """Serve the application with the constant endpoint beside its own; never returns."""
    import uvicorn
    from fastapi import Request, Response

    from packopt_service import Settings, create_app
    from packopt_service.access import MayRecommend
    from packopt_service.logs import configure_logs
    from packopt_service.problems import validated
    from packopt_service.protocol import LimitedHttpProtocol
    from packopt_service.routes.bodies import read_body
    from packopt_service.routes.recommendations import BODY

    configure_logs()
    settings = Settings(open=True, port=port, data_dir=Path(folder), **stated)
    app = create_app(settings)
    answer = b" " * answer_bytes

    async def constant(request: Request, _: MayRecommend) -> Response:
        raw = await read_body(request, settings.body_limit_bytes)
        validated(BODY.validate_json, raw)
        return Response(answer, media_type="application/json")

    constant.__annotations__ = {"request": Request, "_": MayRecommend, "return": Response}
    app.post(PATHS["constant"], response_model=None)(constant)
    uvicorn.run(
        app, port=port, http=LimitedHttpProtocol, log_config=None, access_log=False, ws="none"
    )


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_ready(url: str, child: subprocess.Popen[bytes]) -> None:
    """Wait until the kernel is warm.

    Raises
    ------
    RuntimeError
        If the service ends before.
    """
    while child.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise RuntimeError(f"the service ended with {child.returncode}")


def fire(
    url: str, path: str, bodies: Path, connections: int, seconds: float, pause_s: float = 0.0
) -> dict[str, Any]:
    """Run the load generator once.

    Raises
    ------
    RuntimeError
        If a request failed.
    """
    command = [sys.executable, "-m", "benchmarks.load_generator", url, path, str(bodies)]
    command += [str(connections), str(seconds), str(pause_s)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    if found["failures"]:
        raise RuntimeError(f"{found['failures']} requests failed")
    return found


@contextmanager
def serving(folder: Path, answer_bytes: int, *more: str) -> Iterator[str]:
    """Start a service, wait until it is ready, and end it in the end; its URL."""
    port = free_port()
    folder.mkdir()
    command = [sys.executable, "-m", "benchmarks.service_load", "--serve", str(port)]
    command += ["--answer-bytes", str(answer_bytes), "--folder", str(folder), *more]
    with (folder / "service.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=ROOT, stderr=log, env=os.environ.copy())
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(url, child)
        # The first answers wait for what the processes load when they first need it.
        ask_until_swift(url)
        yield url
    finally:
        child.terminate()
        child.wait()


def ask_until_swift(url: str) -> None:
    """Wait until every process answers requests, and until an answer is as fast as the next."""
    while _get(f"{url}/metrics").count(b"packopt_solver_processes 4.0") == 0:
        time.sleep(0.5)
    headers = {"Content-Type": "application/json"}
    for body in demo_bodies()[:200]:
        request = urllib.request.Request(f"{url}{PATHS['recommend']}", body, headers)
        with urllib.request.urlopen(request, timeout=120) as answer:
            answer.read()


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=60) as answer:
        text: bytes = answer.read()
    return text


@dataclass(frozen=True)
class Load:
    """What is asked of which service, over and over."""

    url: str
    path: str
    next_file: Callable[[], Path]

    def fire(self, connections: int, seconds: float) -> dict[str, Any]:
        """Run the load generator once; tell also which share of answers was remembered."""
        before = self._remembered()
        found = fire(self.url, self.path, self.next_file(), connections, seconds)
        found["remembered"] = self._remembered() - before
        return found

    def _remembered(self) -> float:
        name = b"packopt_remembered_answers_total "
        lines = _get(f"{self.url}/metrics").splitlines()
        return next(float(one.removeprefix(name)) for one in lines if one.startswith(name))


def measure(
    folder: Path, connections: list[int], seconds: float, rounds: int
) -> dict[int, dict[str, list[dict[str, Any]]]]:
    """Return what the load generator found, by connections and load."""
    bodies = folder / "bodies.ndjson"
    bodies.write_bytes(b"\n".join(demo_bodies()))
    stream = Stream(folder, rounds * len(connections), seconds)
    recommend = PATHS["recommend"]
    found: dict[int, dict[str, list[dict[str, Any]]]] = {}
    with serving(folder / "packing", 1, "--remembered-bytes", "0") as packing:
        answer_bytes = round(fire(packing, recommend, bodies, 8, 2)["answer_bytes"])
        progress(f"answers have {answer_bytes:,} bytes on average")
        with serving(folder / "remembering", answer_bytes) as remembering:
            fire(remembering, recommend, bodies, 8, 2)
            loads = {
                "known": Load(remembering, recommend, lambda: bodies),
                "as they come": Load(remembering, recommend, stream.next_file),
                "packed each": Load(packing, recommend, lambda: bodies),
                "constant": Load(remembering, PATHS["constant"], lambda: bodies),
            }
            for number in range(rounds):
                for some in connections:
                    for name, load in loads.items():
                        one = load.fire(some, seconds)
                        found.setdefault(some, {}).setdefault(name, []).append(one)
                        progress(
                            f"round {number + 1}, {some} connections, {name}: "
                            f"{one['per_s']:.0f}/s, p99 {one['p99_ms']:.1f} ms"
                        )
    return found


def median(of: list[dict[str, Any]], name: str) -> float:
    """Return the median of a figure over the rounds."""
    return statistics.median(one[name] for one in of)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, metavar="S", help="default 10; quick 3")
    parser.add_argument("--rounds", type=int, metavar="N", help="default 3; quick 1")
    parser.add_argument("--connections", type=numbers, metavar="N,N", default=[1, 8, 32, 64, 128])
    for name in ("--serve", "--answer-bytes", "--remembered-bytes"):
        parser.add_argument(name, type=int, help="of the child process")
    parser.add_argument("--folder", help="of the child process")
    args = parser.parse_args()
    if args.serve:
        stated = args.remembered_bytes
        more = {} if stated is None else {"remembered_bytes": stated}
        serve(args.serve, args.folder, args.answer_bytes, **more)
        return 0
    seconds = args.seconds or (3 if args.quick else 10)
    rounds = args.rounds or (1 if args.quick else 3)
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        found = measure(Path(folder), args.connections, seconds, rounds)
    rows = []
    for some, loads in found.items():
        constant = loads.pop("constant")
        for name, ours in loads.items():
            share = median(ours, "remembered") / median(ours, "sent")
            rows.append(
                [
                    f"{some}",
                    name,
                    f"{100 * share:.0f} %",
                    figure(median(ours, "per_s")),
                    f"{100 * median(ours, 'per_s') / median(constant, 'per_s'):.0f} %",
                    f"{median(ours, 'p50_ms'):.1f} ms",
                    f"{median(ours, 'p99_ms'):.1f} ms",
                    f"{median(ours, 'p99_ms') / median(constant, 'p99_ms'):.2f}x",
                ]
            )
        rows.append(
            [
                f"{some}",
                "constant answer",
                "",
                figure(median(constant, "per_s")),
                "",
                f"{median(constant, 'p50_ms'):.1f} ms",
                f"{median(constant, 'p99_ms'):.1f} ms",
                "",
            ]
        )
    head = ("connections", "orders", "remembered", "requests/s", "of constant", "p50", "p99")
    parts = [(__doc__ or "").split("\n\n", 1)[1], table((*head, "of constant"), rows)]
    save("service_load", "Single orders over HTTP", parts, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
