"""Folders of orders on each engine: threads of one process, Ray Data, Spark, on the same cores.

The orders are `packopt.datasets.generate.olist_like`, in Parquet files of 250,000 orders with row
groups of 100,000 lines; the catalogue is ``demo``; all tables are written, plans included, by
`packopt.recommend_files`. Starting the engine is told apart: it ends when each worker has answered
first orders. Memory is that of the largest worker, without what it shares with other processes.
Both are measured with some orders and with ten times as many.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from benchmarks.children import environment, run
from benchmarks.report import arguments, figure, progress, save, table

if TYPE_CHECKING:
    from collections.abc import Iterator

ENGINES = ("threads", "ray", "spark")
SEED = 1
FILE_ORDERS = 250_000
ROW_GROUP = 100_000
#: Orders of a large marketplace in a year.
MANY = 1_000_000_000
#: Processes of the engines that answer no orders.
SERVANTS = ("java", "raylet", "gcs_server")
GENERATE = """
import sys, pyarrow as pa, pyarrow.parquet as pq
from packopt.datasets.generate import olist_like
n, seed, path, first = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
lines = olist_like(n, seed)
ids = pa.array([first + one for one in lines["order_id"].to_pylist()])
lines = lines.set_column(lines.column_names.index("order_id"), "order_id", ids)
pq.write_table(lines, path, row_group_size=int(sys.argv[5]))
"""


@dataclass(frozen=True)
class Measured:
    """What one run on one engine took."""

    start_s: float
    wall_s: float
    worker_mb: float
    orders: int


class Watch(threading.Thread):
    """Looks at the memory of all workers, again and again, and keeps the largest."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_mb = 0.0
        self._done = threading.Event()

    def run(self) -> None:
        """Look until `stop` is called."""
        me = psutil.Process()
        while not self._done.wait(0.5):
            below = [one for one in me.children(recursive=True) if _answers(one)]
            self.most_mb = max([self.most_mb, *(_own_mb(one) for one in below or [me])])

    def stop(self) -> float:
        """End it; returns the largest memory in MB."""
        self._done.set()
        self.join()
        return self.most_mb


def _answers(process: psutil.Process) -> bool:
    try:
        # Agents of Ray are Python too, but never named so.
        name, line = process.name(), " ".join(process.cmdline())
    except psutil.Error:
        return False
    is_servant = any(one in name for one in SERVANTS)
    return not is_servant and ("ray::" in line or "pyspark" in line)


def _own_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().uss) / 1e6
    except psutil.Error:
        return 0.0  # it has just ended


def answer(engine: str, workers: int, folder: Path, out: Path) -> None:
    """In a child: answer a folder, and say what it took."""
    import packopt
    from packopt.datasets.generate import olist_like

    began = time.perf_counter()
    catalogue = packopt.builtin_catalogue("demo")
    opened = packopt.open_engine(engine, workers)
    recommend = packopt.NestedRecommender(catalogue)
    first = packopt.nest_orders(olist_like(100, SEED))
    list(opened.map(recommend, [first] * (2 * workers)))
    start_s = time.perf_counter() - began
    watch = Watch()
    watch.start()
    began = time.perf_counter()
    found = packopt.recommend_files(str(folder), str(out), catalogue, engine=opened)
    wall_s = time.perf_counter() - began
    measured = Measured(start_s, wall_s, watch.stop(), found.counts["orders"])
    print(json.dumps(measured.__dict__))


def measure(
    engines: list[str], sizes: list[int], workers: int, root: Path
) -> Iterator[tuple[str, int, Measured]]:
    variables = environment(root / "bytecode")
    for n in sizes:
        folder = root / f"orders-{n}"
        _generate(folder, n, variables)
        for engine in engines:
            progress(f"{n:,} orders: {engine}, {workers} workers")
            out = root / f"answers-{engine}-{n}"
            command = [sys.executable, "-m", "benchmarks.engines", "--child", engine]
            words = [*command, str(workers), str(folder), str(out)]
            said = run(words, variables).output.strip().splitlines()[-1]
            measured = Measured(**json.loads(said))
            if measured.orders != n:
                raise RuntimeError(f"{engine}: {measured.orders:,} orders answered, not {n:,}")
            yield engine, n, measured


def _generate(folder: Path, n: int, variables: dict[str, str]) -> None:
    progress(f"{n:,} orders by seeds from {SEED}")
    folder.mkdir(parents=True)
    for number, first in enumerate(range(0, n, FILE_ORDERS)):
        count = min(FILE_ORDERS, n - first)
        path = folder / f"part-{number:03d}.parquet"
        words = [str(count), str(SEED + number), str(path), f"{number}-", str(ROW_GROUP)]
        run([sys.executable, "-c", GENERATE, *words], variables)


def _engines(text: str) -> list[str]:
    names = text.split(",")
    if not set(names) <= set(ENGINES):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(ENGINES)}")
    return names


def main() -> int:
    if sys.argv[1:2] == ["--child"]:
        engine, workers, folder, out = sys.argv[2:]
        answer(engine, int(workers), Path(folder), Path(out))
        return 0
    parser = arguments(__doc__)
    parser.add_argument("--orders", type=int, metavar="N", help="default 200,000; quick 50,000")
    parser.add_argument("--times", type=int, metavar="N", default=10,
                        help="then so many times as many; 1 for no more")  # fmt: skip
    parser.add_argument("--workers", type=int, metavar="N", default=2)
    parser.add_argument("--engines", type=_engines, metavar="A,B", default=list(ENGINES))
    args = parser.parse_args()
    n = args.orders or (50_000 if args.quick else 200_000)
    sizes = sorted({n, n * args.times})
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as root:
        found = list(measure(args.engines, sizes, args.workers, Path(root)))
    save(
        "engines",
        f"{' and '.join(f'{n:,}' for n in sizes)} orders on each engine",
        _report(found, args.workers),
        args,
    )
    return 0


def _report(found: list[tuple[str, int, Measured]], workers: int) -> list[str]:
    of_threads = {n: one.wall_s for engine, n, one in found if engine == "threads"}
    rows = [
        [
            engine,
            f"{n:,}",
            f"{one.start_s:.1f} s",
            f"{one.wall_s:.1f} s",
            f"{one.wall_s / of_threads[n]:.2f}x" if n in of_threads else "-",
            figure(n / one.wall_s),
            f"{one.worker_mb:,.0f} MB",
        ]
        for engine, n, one in found
    ]
    head = ("engine", "orders", "start", "wall", "to threads", "orders/s", "largest worker")
    parts = [(__doc__ or "").split("\n\n", 1)[1], f"{workers} workers.\n", table(head, rows)]
    return [*parts, _on_paper(found, workers)]


def _on_paper(found: list[tuple[str, int, Measured]], workers: int) -> str:
    """Say what very many orders cost, by the largest run of each engine and nothing else."""
    largest = {engine: (n, one.wall_s) for engine, n, one in found}
    hours = {engine: MANY / n * wall_s * workers / 3600 for engine, (n, wall_s) in largest.items()}
    told = ", ".join(f"{engine} {one:,.1f}" for engine, one in hours.items())
    return (
        f"\nOn paper, {MANY:,} such orders take so many core-hours, tables written and plans "
        f"included, if every core is as fast as these and the store keeps up: {told}.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
