"""A million orders replayed against a baseline: ``packopt savings`` beside ``packopt recommend``.

The orders are `packopt.datasets.generate.olist_like`, written as Parquet; the catalogue is
``demo``; every table is written by both commands. A replay packs each order once for the plan,
finds the baseline's package, verifies that it holds the order, counts both sides in sixteen
measures, draws the intervals and writes the tables, packopt's answer among them. A report writes
the page and the same tables beside it; the whole report also holds every rule pack about parcels
against each parcel and makes the tables of green packaging management. Wall and CPU times of
whole processes on one thread and on all cores, in turn; the medians of the rounds. Tables are
written two at a time on any number of threads.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.children import PACKOPT, environment, run
from benchmarks.million import GENERATE, SEED, Way
from benchmarks.report import arguments, figure, progress, save, table

if TYPE_CHECKING:
    from collections.abc import Sequence

BASELINES = ("volume-80", "one-size-up")


def commands(orders: Path, folder: Path, threads: int) -> dict[str, Sequence[str]]:
    """Return the command of each way."""
    common = ("--catalogue", "demo", "--threads", str(threads), "--quiet")
    answers = ("--out", str(folder / "answers"))
    ways = {"recommend": (*PACKOPT, "recommend", str(orders), *common, *answers)}
    written = {
        "tables": ("--out", str(folder / "savings")),
        "report without rules": ("--report", str(folder / "report.html"), "--no-rules"),
        "whole report": ("--report", str(folder / "whole.html")),
    }
    for rule in BASELINES:
        replay = (*PACKOPT, "savings", str(orders), *common, "--baseline", rule)
        ways |= {f"savings, {rule}, {what}": (*replay, *where) for what, where in written.items()}
    return ways


def measure(n: int, rounds: int, folder: Path) -> dict[int, list[Way]]:
    """Return the ways with their costs by number of threads; 0 is all cores."""
    orders = folder / "orders.parquet"
    variables = environment(folder / "bytecode")
    progress(f"{n:,} orders by seed {SEED}, a warm kernel, and bytecode")
    for count in (1_000, n):
        run([sys.executable, "-c", GENERATE, str(count), str(SEED), str(orders)], variables)
        if count < n:
            for command in commands(orders, folder, 1).values():
                run(command, variables)
    found: dict[int, list[Way]] = {}
    for number in range(rounds):
        for threads in (1, 0):
            ways = commands(orders, folder, threads)
            found.setdefault(threads, [Way(name) for name in ways])
            for way, command in zip(found[threads], ways.values(), strict=True):
                progress(f"round {number + 1}, {threads or 'all'} threads: {way.name}")
                way.costs.append(run(command, variables))
                progress(f"    {way.costs[-1].wall_s:.1f} s, CPU {way.costs[-1].cpu_s:.1f} s")
    return found


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--orders", type=int, metavar="N", help="default 1,000,000; quick 100,000")
    parser.add_argument("--rounds", type=int, metavar="N", help="default 3; quick 1")
    args = parser.parse_args()
    n = args.orders or (100_000 if args.quick else 1_000_000)
    rounds = args.rounds or (1 if args.quick else 3)
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        found = measure(n, rounds, Path(folder))
    rows = [
        [
            f"{way.name}, {'1 thread' if threads else 'all cores'}",
            f"{way.wall_s:.1f} s",
            f"{way.wall_s / ways[0].wall_s:.2f}x",
            f"{way.cpu_s:.1f} s",
            f"{way.cpu_s / ways[0].cpu_s:.2f}x",
            figure(n / way.wall_s),
            f"{way.peak_mb:,.0f} MB",
        ]
        for threads, ways in found.items()
        for way in ways
    ]
    head = ("process", "wall", "to recommend", "CPU", "to recommend", "orders/s", "peak memory")
    parts = [(__doc__ or "").split("\n\n", 1)[1], table(head, rows)]
    save("savings_million", f"{n:,} orders, replayed", parts, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
