"""Which boxes to stock: a proposed set on real articles and orders, and how good it is.

Shopee: 80,000 simulated orders of 19,216 real articles, without weights; today's set is the 18
distinct boxes of the source, with the height that it states ("height axis not stated" there, so
they are also measured standing on the face that takes the least board). The proposed set has as
many types, is fitted to 70 % of the orders and judged by the rest, and holds whatever today's
largest boxes hold. Olist: 79,002 real orders with declared sizes, no set in use; many articles are
declared with the post's least parcel, so what is said of small items is understated.

Material is board, tape and filler in g by packopt's defaults. "Within" is how far the set may be
from the best possible: on the candidates, and on all boxes of the 10 mm grid within the machine's
limits, by the fits that were found. "Packed by recommend" is what the same contents cost when
`packopt recommend` packs them from the set. Times are wall times of the whole run, from the orders
to the tables, with an empty cache of frontiers, on two threads.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

import packopt
from benchmarks.report import arguments, progress, save, table
from benchmarks.sets import SHARED
from packopt.datasets.loaders import load_shopee
from packopt.suite import Wanted, suite

if TYPE_CHECKING:
    from packopt import Catalogue, Orders
    from packopt.suite import Suite

SHOPEE = Path("data/orders/shopee")
OLIST = Path("data/orders/olist_dev.parquet")
SIZES = (8, 16, 32)
SIDES = ("length", "width", "height")


def shopee_boxes(shared: Path, *, turned: bool) -> Catalogue:
    """Return the distinct boxes of the source; `turned`: with the middle side upright."""
    boxes = load_shopee(shared / SHOPEE).catalogue.to_pylist()
    seen: dict[tuple[float, ...], dict[str, Any]] = {}
    for box in boxes:
        sides = [box[f"{side}_cm"] for side in SIDES]
        if turned:
            a, b, c = sorted(sides)
            box |= dict(zip((f"{side}_cm" for side in SIDES), (c, a, b), strict=True))
        seen.setdefault(tuple(sides), box)
    return packopt.Catalogue.from_table(pa.Table.from_pylist(list(seen.values())))


def run(
    name: str, orders: Orders, wanted: Wanted, today: Catalogue | None, work: Path, draws: int
) -> tuple[Suite, float]:
    """Return a suite and the seconds that it took."""
    start = time.perf_counter()
    found = suite(
        orders, wanted, today=today, draws=draws, threads=2, work=work,
        tell=lambda line: progress(f"{name}: {line}"),
    )  # fmt: skip
    return found, time.perf_counter() - start


def row_of(name: str, found: Suite, seconds: float) -> list[str]:
    """Return the row of a run."""
    fit = found.about["fit"]
    saved = "-"
    if found.savings is not None:
        row = next(r for r in found.savings.total.to_pylist() if r["measure"] == "packaging_g")
        low, high = row["share_low"], row["share_high"]
        saved = f"{row['saved_share']:.1%} ({low:.1%} to {high:.1%})"
    held = found.about["holdout"]
    return [
        name,
        f"{fit['cost'] / 1e3:,.0f} kg",
        f"{fit['recommended']['cost'] / 1e3:,.0f} kg",
        f"{fit['within']:.2%} of {fit['candidates']:,}",
        f"{fit['within_of_grid']:.2%}",
        saved,
        f"{held['packed']:,} of {held['orders']:,}",
        f"{seconds / 60:.1f} min",
    ]


def curve_rows(found: Suite) -> list[list[str]]:
    """Return the curve of a run."""
    return [
        [
            str(row["sizes"]),
            f"{row['cost'] / 1e3:,.0f} kg",
            f"{row['within']:.2%}",
            "-" if row["saved_share"] is None else f"{row['saved_share']:.1%}",
            "-" if row["holdout_saved_share"] is None else f"{row['holdout_saved_share']:.1%}",
        ]
        for row in found.curve.to_pylist()
    ]


def check(found: Suite, orders: Orders) -> str:
    """Return whether packing the holdout from the written catalogue gives what was promised."""
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        path = Path(folder) / "catalogue.csv"
        path.write_text(found.catalogue_text, encoding="utf-8")
        proposed = packopt.read_catalogue(path)
    wanted = set(found.held_out["order_id"].to_pylist())
    index = [k for k, one in enumerate(orders.order_ids.to_pylist()) if one in wanted]
    again = packopt.recommend(orders.take(np.array(index)), proposed, threads=2)
    same = again.orders.equals(found.plan.orders)
    return "every order as promised" if same else "DIFFERS from what was promised"


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--shared", type=Path, default=SHARED, metavar="DIR")
    parser.add_argument("--turned", action="store_true", help="also against turned boxes")
    parser.add_argument("--only", choices=["shopee", "olist"], help="one of the two")
    args = parser.parse_args()
    shared: Path = args.shared
    rows: list[list[str]] = []
    parts = [(__doc__ or "").split("\n\n", 1)[1]]
    with tempfile.TemporaryDirectory(prefix="packopt-bench-") as folder:
        if args.only != "olist" and (shared / SHOPEE).is_dir():
            orders = packopt.read_orders(shared / SHOPEE / "shopee_resampled_dev.parquet")
            if args.quick:
                orders = orders.slice(0, 5_000)
            for turned in (False, True)[: 2 if args.turned else 1]:
                today = shopee_boxes(shared, turned=turned)
                name = f"Shopee, K = {today.n_packages}" + (", today's turned" if turned else "")
                # The second run finds the frontiers of the first; it is timed for what it is.
                work = Path(folder) / "shopee"
                found, seconds = run(name, orders, Wanted(today.n_packages), today, work, 5)
                rows.append(row_of(name, found, seconds))
                if not turned:
                    parts += [
                        f"Shopee, recommend with the written catalogue: {check(found, orders)}.\n",
                        "Shopee, by number of types (saved: fitting period, and holdout by the "
                        "candidates' known fits):\n\n"
                        + table(("types", "cost", "within", "saved", "holdout"), curve_rows(found)),
                    ]
        if args.only != "shopee" and (shared / OLIST).is_file():
            orders = packopt.read_orders(shared / OLIST)
            if args.quick:
                orders = orders.slice(0, 5_000)
            for sizes in SIZES:
                name = f"Olist, K = {sizes}"
                found, seconds = run(name, orders, Wanted(sizes), None, Path(folder) / "olist", 0)
                rows.append(row_of(name, found, seconds))
                if sizes == SIZES[1]:
                    parts.append(
                        "Olist, by number of types:\n\n"
                        + table(("types", "cost", "within", "saved", "holdout"), curve_rows(found))
                    )
    head = (
        "set", "fitting period", "packed by recommend", "within, candidates", "within, grid",
        "material saved on the holdout", "holdout packed", "time",
    )  # fmt: skip
    parts.insert(1, table(head, rows))
    save("suite", "Which boxes to stock", parts, args)
    return 0


if __name__ == "__main__":
    sys.exit(main())
