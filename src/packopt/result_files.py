"""The files a result consists of: five Parquet tables, or the orders table in one file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Protocol

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from packopt.tables import ORDERS, TABLES, describe, repeating, strings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_JSON_ROWS: Final = 20_000  # rows that are Python objects at one time
_ROW_GROUP: Final = 1 << 20


class Sink(Protocol):
    """Where the tables of a result go, batch after batch."""

    def append(self, name: str, table: pa.Table) -> None:
        """Add rows to the table called `name`."""

    def close(self) -> None:
        """Complete the files; closing twice does no harm."""


def open_sink(path: Path, suffix: str) -> Sink:
    """The sink for a result whose name ends in `suffix`, written at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    formats: dict[str, Callable[[Path], Sink]]
    formats = {".parquet": _ParquetFile, ".csv": _CsvFile, ".json": _JsonFile}
    return formats.get(suffix, _Directory)(path)


def read_table(directory: Path, name: str) -> pa.Table:
    """Read one table of a result directory in its schema.

    Raises
    ------
    OSError, pa.ArrowException, KeyError
        If the file is missing, not Parquet, or lacks a column.
    """
    return read_parquet(directory / f"{name}.parquet", name)


def read_parquet(source: Path | Any, name: str) -> pa.Table:
    """Read one table from its file, or an open one, in its schema; errors as of `read_table`."""
    schema = TABLES[name]
    # Not pq.read_table: it imports pyarrow.dataset, which imports pandas.
    with pq.ParquetFile(source, read_dictionary=strings(schema)) as file:
        return file.read(columns=schema.names).select(schema.names).cast(schema)


def parquet_writer(path: Path | Any, name: str) -> pq.ParquetWriter:
    """A writer of one table.

    Parameters
    ----------
    path
        Its file, or anything else that pyarrow writes to.
    name
        One of `packopt.tables.TABLES`.
    """
    schema = TABLES[name]
    writer = pq.ParquetWriter(
        path,
        schema,
        compression="zstd",  # as fast as snappy here, files a third smaller
        use_dictionary=repeating(strings(schema)),
        # Who looks for one order skips the others; of words they would take longer than writing.
        write_statistics=[name for name in schema.names if name == "order_id"],
        # Without the Arrow schema the strings are plain strings to every reader; with it they
        # would come back as categoricals in pandas and polars.
        store_schema=False,
    )
    writer.add_key_value_metadata(
        {f"packopt:{column}": meaning for column, meaning in describe(name).items()}
    )
    return writer


class _Directory:
    """One Parquet file a table."""

    def __init__(self, path: Path) -> None:
        path.mkdir()
        self._files = {name: parquet_writer(path / f"{name}.parquet", name) for name in TABLES}

    def append(self, name: str, table: pa.Table) -> None:
        if table.num_rows:
            self._files[name].write_table(table, row_group_size=_ROW_GROUP)

    def close(self) -> None:
        for file in self._files.values():
            file.close()


class _ParquetFile:
    """The orders table as Parquet."""

    def __init__(self, path: Path) -> None:
        self._file = parquet_writer(path, "orders")

    def append(self, name: str, table: pa.Table) -> None:
        if name == "orders" and table.num_rows:
            self._file.write_table(table, row_group_size=_ROW_GROUP)

    def close(self) -> None:
        self._file.close()


class _CsvFile:
    """The orders table as CSV with a header; null is an empty field."""

    def __init__(self, path: Path) -> None:
        self._file = pyarrow.csv.CSVWriter(str(path), _plain(ORDERS))

    def append(self, name: str, table: pa.Table) -> None:
        if name == "orders":
            self._file.write_table(table.cast(_plain(ORDERS)))

    def close(self) -> None:
        self._file.close()


class _JsonFile:
    """The orders table as a JSON array with one object a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self._file.write("[")
        self._separator = "\n"

    def append(self, name: str, table: pa.Table) -> None:
        if name != "orders":
            return
        for start in range(0, table.num_rows, _JSON_ROWS):
            rows: list[dict[str, Any]] = table.slice(start, _JSON_ROWS).to_pylist()
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            self._file.write(self._separator + lines)
            self._separator = ",\n"

    def close(self) -> None:
        if not self._file.closed:
            self._file.write("\n]\n")
            self._file.close()


def _plain(schema: pa.Schema) -> pa.Schema:
    """The schema with strings instead of dictionaries, for formats that have no dictionaries."""
    return pa.schema(
        field.with_type(pa.string()) if field.name in strings(schema) else field for field in schema
    )
