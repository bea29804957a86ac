"""A million orders from file to files: time and memory of the whole ``packopt recommend``.

The orders are `packopt.datasets.generate.olist_like`, written as Parquet; the catalogue is
``demo``, all tables are written, plans included. Beside it, in turn, a process that reads the same
columns and writes the very tables of the result with the same writer settings, and does nothing
in between. Wall times of whole processes, from start to end; the median of the rounds. What that
process needs to fetch the tables that it writes is taken off its time.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.children import PACKOPT, Cost, environment, run
from benchmarks.report import arguments, figure, progress, save, table

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 1
#: In a child: what a parent has in memory counts as its children's.
GENERATE = """
import sys, pyarrow.parquet as pq
from packopt.datasets.generate import olist_like
pq.write_table(olist_like(int(sys.argv[1]), int(sys.argv[2])), sys.argv[3])
"""


@dataclass
class Way:
    """One way to get the files written, and what it took in each round."""

    name: str
    costs: list[Cost] = field(default_factory=list)
    spared_s: list[float] = field(default_factory=list)

    @property
    def wall_s(self) -> float:
        """Median wall time in s, without what is not to be counted."""
        spared = self.spared_s or [0.0] * len(self.costs)
        return median(cost.wall_s - s for cost, s in zip(self.costs, spared, strict=True))

    @property
    def cpu_s(self) -> float:
        """Median CPU time in s of all threads."""
        return median(cost.cpu_s for cost in self.costs)

    @property
    def peak_mb(self) -> float:
        """Largest peak of memory in MB."""
        return max(cost.peak_mb for cost in self.costs)


def measure(n: int, rounds: int, folder: Path) -> tuple[list[Way], Way, list[tuple[str, float]]]:
    """Return packopt's ways, the plain way, and the size of each file in MB."""
    orders, result, plain = folder / "orders.parquet", folder / "result", folder / "plain"
    progress(f"{n:,} orders by seed {SEED}, a warm kernel, and bytecode")
    variables = environment(folder / "bytecode")
    for count in (100, n):
        run([sys.executable, "-c", GENERATE, str(count), str(SEED), str(orders)], variables)
        if count < n:
            run(_recommend(orders, result, 1), variables)
            run(_columns(orders, result, plain), variables)
    ours = {1: Way("packopt, 1 thread"), 0: Way("packopt, all cores")}
    files = Way("reading and writing alone")
    for number in range(rounds):
        for threads, way in ours.items():
            progress(f"round {number + 1}: {way.name}")
            way.costs.append(run(_recommend(orders, result, threads), variables))
        progress(f"round {number + 1}: {files.name}")
        shutil.rmtree(plain, ignore_errors=True)
        files.costs.append(run(_columns(orders, result, plain), variables))
        fetched, read, written = (float(word) for word in files.costs[-1].output.split())
        progress(f"    of it {read:.2f} s reading, {written:.2f} s writing")
        files.spared_s.append(fetched)
    return list(ours.values()), files, _sizes(orders, result)


def _recommend(orders: Path, result: Path, threads: int) -> Sequence[str]:
    command = (*PACKOPT, "recommend", str(orders), "--catalogue", "demo", "--out", str(result))
    return (*command, "--threads", str(threads), "--quiet")


def _columns(orders: Path, result: Path, plain: Path) -> Sequence[str]:
    return (sys.executable, "-m", "benchmarks.columns", str(orders), str(result), str(plain))


def _sizes(orders: Path, result: Path) -> list[tuple[str, float]]:
    files = sorted(result.glob("*.parquet"))
    named = [("the input", orders), *((file.name, file) for file in files)]
    return [(name, file.stat().st_size / 1e6) for name, file in named]


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--orders", type=int, metavar="N", help="default 1,000,000; quick 100,000")
    parser.add_argument("--rounds", type=int, metavar="N", help="default 3; quick 1")
    args = parser.parse_args()
    n = args.orders or (100_000 if args.quick else 1_000_000)
    rounds = args.rounds or (1 if args.quick else 3)
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        ours, files, sizes = measure(n, rounds, Path(folder))
    save("million", f"{n:,} orders, from file to files", _report(n, ours, files, sizes), args)
    return 0


def _report(n: int, ours: list[Way], files: Way, sizes: list[tuple[str, float]]) -> list[str]:
    rows = [
        [
            way.name,
            f"{way.wall_s:.2f} s",
            f"{way.wall_s / files.wall_s:.2f}x",
            f"{way.cpu_s:.2f} s" if way is not files else "-",
            figure(n / way.wall_s),
            f"{way.peak_mb:,.0f} MB" if way is not files else "-",
        ]
        for way in [*ours, files]
    ]
    head = ("process", "wall", "to files alone", "CPU", "orders/s", "peak memory")
    return [
        (__doc__ or "").split("\n\n", 1)[1],
        table(head, rows),
        table(("file", "MB"), [(name, f"{size:.1f}") for name, size in sizes]),
    ]


if __name__ == "__main__":
    sys.exit(main())
