"""Orders of a web shop against the packer that shipped them: fewest boxes, and how many are proved.

The corpus of dvdoug/BoxPacker (MIT): 2,167 real orders, four boxes, and that packer's own number
of boxes for each order, with the declared height kept vertical and freely rotated. packopt answers
both columns under the same rule, that nothing overlaps or sticks out (``handling="geometry"``),
fewest boxes first: once with all boxes at one price, so that only their number counts, and once
with the least outer volume of so many boxes, which asks for one more proof. ``packopt.check``
verifies every plan. The clock is the CPU time of one thread for reading, solving and building all
tables; the first row also loads the compiled kernel.
"""

from __future__ import annotations

import csv
import sys
import time
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

import packopt
from benchmarks.report import arguments, figure, progress, save, table
from benchmarks.sets import SHARED
from packopt import Catalogue, Orders, Policy
from packopt.datasets.loaders import load_boxpacker

if TYPE_CHECKING:
    import argparse

COLUMNS = {
    "boxes_keep_flat": ("height kept vertical", True),
    "boxes_free_rotation": ("freely rotated", False),
}
OBJECTIVES = {"cost": "boxes", "volume": "boxes, volume"}
HEAD = (
    "rotation", "least", "effort", "orders", "boxes, packopt", "boxes, BoxPacker",
    "orders with fewer", "orders with more", "number proved minimal", "faults", "CPU s",
)  # fmt: skip


def measure(folder: Path, column: str, objective: str, effort: str) -> tuple[list[object], bool]:
    """Answer one column of the corpus; return its row, and whether no order has more boxes."""
    name, upright = COLUMNS[column]
    progress(f"{name}, least {OBJECTIVES[objective]}, {effort}")
    start = time.process_time()
    instance = load_boxpacker(folder, upright=upright)
    orders = Orders.from_table(instance.orders)
    prices = pa.array([1.0] * instance.catalogue.num_rows)
    catalogue = Catalogue.from_table(instance.catalogue.append_column("unit_cost", prices))
    policy = Policy(objective=objective, handling="geometry", effort=effort)  # type: ignore[arg-type]
    result = packopt.recommend(orders, catalogue, policy)
    seconds = time.process_time() - start
    theirs = _theirs(folder, column)
    rows = result.orders.select(["order_id", "parcels", "parcels_lower_bound"]).to_pylist()
    boxes = {row["order_id"]: row["parcels"] or sys.maxsize for row in rows}
    more = sum(boxes[order] > count for order, count in theirs.items())
    proved = sum(row["parcels"] == row["parcels_lower_bound"] for row in rows)
    faults = len(packopt.check(result, orders, catalogue))
    cells = [
        name,
        OBJECTIVES[objective],
        effort,
        f"{len(rows):,}",
        f"{sum(boxes.values()):,}",
        f"{sum(theirs.values()):,}",
        sum(boxes[order] < count for order, count in theirs.items()),
        more,
        f"{100 * proved / len(rows):.2f} %",
        faults,
        figure(seconds),
    ]
    return cells, more == 0 and faults == 0


def _theirs(folder: Path, column: str) -> dict[str, int]:
    with (folder / "baseline.csv").open(encoding="utf-8") as file:
        return {row["order_id"]: int(row[column]) for row in csv.DictReader(file)}


def main() -> int:
    """Run the corpus; exit code 1 where an order has more boxes, or a plan a fault."""
    args = _arguments()
    folder = args.shared / "data" / "orders" / "boxpacker_dev"
    if not folder.is_dir():
        print(f"skipped: {folder} is not there", file=sys.stderr)
        return 0
    efforts = ("fast",) if args.quick else ("fast", "standard")
    rows, good = [], True
    for effort in efforts:
        for objective, column in product(OBJECTIVES, COLUMNS):
            cells, fine = measure(folder, column, objective, effort)
            rows.append(cells)
            good &= fine
    save("boxpacker", "Real orders against BoxPacker", [table(HEAD, rows)], args)
    return 0 if good else 1


def _arguments() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, help="public order sets")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
