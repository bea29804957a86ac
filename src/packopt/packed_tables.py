"""Several tables as one row of bytes: for engines, which cut tables anywhere, and for files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_row(tables: Mapping[str, pa.Table], *, compress: bool = False) -> pa.Table:
    """Tables as one row, which nobody can part.

    Parameters
    ----------
    tables
        By name.
    compress
        Whether to spend a little time on making it small.

    Returns
    -------
    A column of bytes for each of them.
    """
    data = [
        pa.array([_packed(one, compress=compress)], pa.large_binary()) for one in tables.values()
    ]
    return pa.table(data, names=list(tables))


def from_row(row: pa.Table) -> dict[str, pa.Table]:
    """Tables back from the first row of `to_row`.

    Raises
    ------
    pa.ArrowException
        If it is damaged.
    """
    return {
        name: pa.ipc.open_stream(row[name][0].as_buffer()).read_all() for name in row.column_names
    }


def _packed(table: pa.Table, *, compress: bool) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd" if compress else None)
    with pa.ipc.new_stream(sink, table.schema, options=options) as stream:
        # One dictionary for all chunks: readers keep the last that they find.
        stream.write_table(table.unify_dictionaries())
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
