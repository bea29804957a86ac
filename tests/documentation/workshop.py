"""The folder in which a reader of the documentation stands, and the names that its Python knows.

`docs/index.md` promises both: order histories, a catalogue, answers, and a replay of them.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

import packopt
from packopt.datasets import catalogue_path, demo_orders_path

_ORDERS = 150
_RATES = "zone,up_to_lb,price,currency\n" + "".join(
    f"{zone},{pounds},{3 + zone / 4 + pounds / 5:.2f},EUR\n"
    for zone in (2, 5, 8)
    for pounds in range(1, 151)
)
_PACKINGS = (
    "order_id,parcel,recommended_package_id,package_id,reason,packed\n"
    "{0},1,{1},{1},,2025-03-01T08:00:00Z\n"
    "{2},1,{3},C9,damaged,2025-03-01T08:05:00Z\n"
)


def build(folder: Path) -> None:
    """Make the files that the pages begin with."""
    lines = pl.read_csv(demo_orders_path(), infer_schema=False)
    ids = lines["order_id"].unique(maintain_order=True)
    history = lines.filter(pl.col("order_id").is_in(ids[:_ORDERS].to_list()))
    box = pl.lit("C10").alias("box")
    history.with_columns(box).write_csv(folder / "orders.csv")
    with gzip.open(folder / "orders.csv.gz", "wb") as packed:
        packed.write((folder / "orders.csv").read_bytes())
    pq.write_table(
        pl.read_csv(folder / "orders.csv").with_columns(pl.col("box").alias("box_used")).to_arrow(),
        folder / "orders.parquet",
    )
    lines.filter(~pl.col("order_id").is_in(ids[:_ORDERS].to_list())).write_csv(
        folder / "new-orders.csv"
    )
    shutil.copy(catalogue_path("demo"), folder / "cartons.csv")
    (folder / "rates.csv").write_text(_RATES, encoding="utf-8")
    (folder / "green-inputs").mkdir()
    names = namespace(folder)
    result, found = names["result"], names["found"]
    result.write(folder / "answers")
    found.write(folder / "savings")
    first, second = (result.parcels.slice(row, 1).to_pylist()[0] for row in (0, 1))
    (folder / "packings.csv").write_text(
        _PACKINGS.format(
            first["order_id"], first["package_id"], second["order_id"], second["package_id"]
        ),
        encoding="utf-8",
    )


def namespace(folder: Path) -> dict[str, Any]:
    """The names that the Python of a page may use without making them."""
    orders = packopt.read_orders(folder / "orders.csv")
    catalogue = packopt.read_catalogue(folder / "cartons.csv")
    found = packopt.savings(orders, catalogue, baseline="volume-80")
    return {"orders": orders, "catalogue": catalogue, "result": found.plan, "found": found}
