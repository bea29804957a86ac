"""A folder of order files of several formats, partitioned by month."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from packopt.datasets.generate import to_csv


def folder_of_orders(folder: Path, lines: pa.Table, *, row_group: int = 40) -> Path:
    """Three files: two of Parquet with many row groups, which cut orders in two, and one of CSV."""
    names = ["month=2026-01/a.parquet", "month=2026-02/b.parquet", "month=2026-02/c.csv"]
    for name, some in zip(names, _thirds(lines), strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".csv"):
            path.write_bytes(to_csv(some))
        else:
            pq.write_table(some, path, row_group_size=row_group)
    return folder


def _thirds(lines: pa.Table) -> list[pa.Table]:
    """About a third of the lines each, by whole orders; row numbers start anew in each."""
    ids = lines["order_id"].to_pylist()
    n = len(ids)
    cuts = [next(row for row in range(n * k // 3, n) if ids[row] != ids[row - 1]) for k in (1, 2)]
    ends = [0, *cuts, n]
    return [lines.slice(a, b - a) for a, b in pairwise(ends)]
