"""A million orders as a job, beside ``packopt recommend``, and single orders meanwhile.

The orders are `packopt.datasets.generate.olist_like`; the catalogue is ``demo``; plans are kept on
both sides. A job is timed from its submission to its end, upload and split included, with one
worker process; ``packopt recommend`` on the same file as a whole process with one thread. Single
orders come over one connection with 50 ms between an answer and the next request: first on the idle
service, then while the same job runs once more; each is packed, none remembered. Memory is the
largest resident set of any of the service's processes. The floors of the issue: a third of the
speed as Parquet, a quarter as NDJSON, three times the p99, 1 GB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks.children import PACKOPT, ROOT, environment, run
from benchmarks.million import GENERATE, SEED
from benchmarks.report import arguments, figure, progress, save, table
from benchmarks.service_load import PATHS, ask_until_swift, demo_bodies, fire, free_port
from benchmarks.service_load import wait_until_ready as wait
from packopt.client import Client

KINDS = {"Parquet": "parquet", "NDJSON": "ndjson"}
_TO_NDJSON = "import sys, polars; polars.read_parquet(sys.argv[1]).write_ndjson(sys.argv[2])"


class Memory(threading.Thread):
    """Watches the largest resident set of a process and its children."""

    def __init__(self, process_id: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(process_id)
        self.peak_bytes = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        """Look ten times a second."""
        while not self.stopped.wait(0.1):
            for one in (self._process, *self._process.children(recursive=True)):
                try:
                    self.peak_bytes = max(self.peak_bytes, one.memory_info().rss)
                except psutil.Error:
                    continue  # it ended meanwhile


def start(folder: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """Start an open service as ``packopt serve`` would."""
    port = free_port()
    settings = {"OPEN": "1", "PORT": str(port), "DATA_DIR": str(folder / "data")}
    settings["REMEMBERED_BYTES"] = "0"
    variables = {**os.environ, **{f"PACKOPT_{name}": value for name, value in settings.items()}}
    with (folder / "service.log").open("wb") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "packopt_service"], cwd=ROOT, stderr=log, env=variables
        )
    url = f"http://127.0.0.1:{port}"
    wait(url, child)
    ask_until_swift(url)
    return url, child


def job(client: Client, orders: Path) -> float:
    """Run a job to its end; return the seconds."""
    begin = time.perf_counter()
    submitted = client.submit(orders, catalogue="demo", plans=True)
    client.wait(submitted["job_id"], poll_s=0.1)
    seconds = time.perf_counter() - begin
    client.cancel(submitted["job_id"])  # its files, not its time
    return seconds


def beside_a_job(client: Client, orders: Path, url: str, bodies: Path) -> list[dict[str, Any]]:
    """Return what single orders took while a job ran."""
    found = []
    submitted = client.submit(orders, catalogue="demo", plans=True)
    while client.job(submitted["job_id"])["state"] in ("queued", "running"):
        found.append(fire(url, PATHS["recommend"], bodies, 1, 5, 0.05))
    client.wait(submitted["job_id"])
    client.cancel(submitted["job_id"])
    return found


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--orders", type=int, metavar="N", help="default 1,000,000; quick 100,000")
    args = parser.parse_args()
    n = args.orders or (100_000 if args.quick else 1_000_000)
    rows = []
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as place:
        folder = Path(place)
        files = {name: folder / f"orders.{suffix}" for name, suffix in KINDS.items()}
        variables = environment(folder / "bytecode")
        progress(f"{n:,} orders by seed {SEED}")
        parquet = str(files["Parquet"])
        run([sys.executable, "-c", GENERATE, str(n), str(SEED), parquet], variables)
        run([sys.executable, "-c", _TO_NDJSON, parquet, str(files["NDJSON"])], variables)
        bodies = folder / "bodies.ndjson"
        bodies.write_bytes(b"\n".join(demo_bodies()))
        url, child = start(folder)
        memory = Memory(child.pid)
        memory.start()
        try:
            with Client(url, timeout_s=600) as client:
                progress("the idle service")
                idle = fire(url, PATHS["recommend"], bodies, 1, 10, 0.05)
                for name, orders in files.items():
                    progress(f"{name}: packopt recommend")
                    command = [*PACKOPT, "recommend", str(orders), "--threads", "1", "--quiet"]
                    alone = run([*command, "--out", str(folder / "answers")], variables)
                    progress(f"{name}: a job")
                    seconds = job(client, orders)
                    progress(f"{name}: a job beside single orders")
                    busy = beside_a_job(client, orders, url, bodies)
                    p99_ms = max(one["p99_ms"] for one in busy)
                    rows.append(
                        [
                            name,
                            f"{alone.wall_s:.1f} s",
                            f"{seconds:.1f} s",
                            figure(n / seconds),
                            f"{alone.wall_s / seconds:.2f}x",
                            f"{idle['p99_ms']:.1f} ms",
                            f"{p99_ms:.1f} ms",
                            f"{p99_ms / idle['p99_ms']:.2f}x",
                        ]
                    )
        finally:
            memory.stopped.set()
            child.terminate()
            child.wait()
    head = ("file", "recommend", "job", "orders/s", "speed", "idle p99", "p99 meanwhile", "ratio")
    text = f"Largest process of the service: {memory.peak_bytes / 1e6:,.0f} MB.\n"
    parts = [(__doc__ or "").split("\n\n", 1)[1], table(head, rows), text]
    save("service_jobs", f"{n:,} orders as a job", parts, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
