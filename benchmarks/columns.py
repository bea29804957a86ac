"""What the files alone cost: read the orders' columns, write a result's tables, nothing else.

The child process of `benchmarks.million`. It first fetches the tables of a result into memory,
outside the measurement, and says on stdout how long that took; then it reads the input by
pyarrow and writes those tables, batch by batch and with the same writer settings as packopt does.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from packopt.result_files import open_sink
from packopt.tables import TABLES, strings

INPUT = ("order_id", "sku", "qty", "length_mm", "width_mm", "height_mm", "weight_g")


def fetch(result: Path) -> dict[str, list[pa.Table]]:
    """Return the tables of a result as they were written, by row group."""
    tables = {}
    for name, schema in TABLES.items():
        with pq.ParquetFile(result / f"{name}.parquet", read_dictionary=strings(schema)) as file:
            groups = [file.read_row_group(k) for k in range(file.num_row_groups)]
            tables[name] = [group.select(schema.names).cast(schema) for group in groups]
    return tables


def main() -> None:
    orders, result, out = (Path(argument) for argument in sys.argv[1:])
    start = time.perf_counter()
    tables = fetch(result)
    fetched = time.perf_counter()
    with pq.ParquetFile(orders) as file:
        file.read(columns=list(INPUT))
    read = time.perf_counter()
    sink = open_sink(out, "")
    for name, batches in tables.items():
        for batch in batches:
            sink.append(name, batch)
    sink.close()
    print(fetched - start, read - fetched, time.perf_counter() - read)


if __name__ == "__main__":
    main()
