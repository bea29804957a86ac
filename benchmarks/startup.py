"""From the start of the process to the first answer, and to the help page.

Whole processes by wall time, at the median of the rounds. "Cold" is the first start after the
installation: no bytecode and, where the kernel is asked, no compiled kernel; "warm" is every
later one. The first answer is that of ``packopt recommend`` to a single order of two units, which
goes through every part of the kernel; the demo answers its 300 orders and prints its report.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.children import PACKOPT, environment, run
from benchmarks.report import arguments, progress, save, table

ORDER = """order_id,sku,qty,length_mm,width_mm,height_mm,weight_g
first,mug,1,120,110,95,400
first,book,1,240,170,30,650
"""


def measure(folder: Path, rounds: int, *, kernel: bool) -> list[list[str]]:
    """Return a row for each command; ``kernel``: compile the kernel for the cold start too."""
    orders = folder / "order.csv"
    orders.write_text(ORDER, encoding="utf-8")
    recommend = [*PACKOPT, "recommend", str(orders), "--catalogue", "demo", "--quiet"]
    commands = {
        "Python alone": [sys.executable, "-c", "pass"],
        "`import packopt`": [sys.executable, "-c", "import packopt"],
        "`packopt --help`": [*PACKOPT, "--help"],
        "first answer of `packopt recommend`": recommend,
        "`packopt demo`": [*PACKOPT, "demo", "--out", str(folder / "demo")],
    }
    return [
        _row(name, command, folder, rounds, kernel=kernel) for name, command in commands.items()
    ]


def _row(name: str, command: list[str], folder: Path, rounds: int, *, kernel: bool) -> list[str]:
    bytecode, cache = folder / "bytecode", folder / "kernel"
    cold = "-"
    if name != "`packopt demo`":  # nobody's first command twice
        progress(f"{name}, cold")
        shutil.rmtree(bytecode, ignore_errors=True)
        compiled = {"PACKOPT_CACHE_DIR": str(cache)} if kernel else {}
        cold = f"{run(command, environment(bytecode) | compiled).wall_s:.2f} s"
    progress(f"{name}, warm")
    run(command, environment(bytecode))
    costs = [run(command, environment(bytecode)) for _ in range(rounds)]
    warm = median(cost.wall_s for cost in costs)
    return [name, cold, f"{warm:.2f} s", f"{max(cost.peak_mb for cost in costs):,.0f} MB"]


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--rounds", type=int, metavar="N", help="default 7; quick 3")
    args = parser.parse_args()
    rounds = args.rounds or (3 if args.quick else 7)
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        rows = measure(Path(folder), rounds, kernel=not args.quick)
    note = "The quick run takes a compiled kernel for granted.\n" if args.quick else ""
    head = ("process", "cold", "warm", "peak memory, warm")
    text = (__doc__ or "").split("\n\n", 1)[1]
    save("startup", "Starting", [text, table(head, rows), note], args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
