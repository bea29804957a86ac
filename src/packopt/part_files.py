"""The files of a split input: lines of each part, in the order in which they were found.

A part file is a row of Arrow IPC streams, one for each time that lines were written: so lines that
come late are appended, and blocks may differ in their types. Files are called ``.tmp`` until all of
them are complete; ``manifest.json`` comes last, and says that they are.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.errors import OrdersError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
ROW: Final = "packopt:row"
FAULT: Final = "packopt:fault"
MOST_WAITING_BYTES: Final = 1 << 26
"""Lines that wait in memory to be written, of the open part and of all parts before it."""
MOST_PART_ROWS: Final = 10_000_000
"""Lines of one part, which is read at once: with two lines an order, 100 times as many as usual."""
_NAME: Final = "part-{:06d}.arrows"
# Written once, read once: the quickest of the compressions costs less than what it saves in bytes.
_COMPRESSION: Final = "lz4"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is known of a split input.

    Attributes
    ----------
    source
        The input, as messages call it.
    stamp
        What tells it from other inputs, and from itself at another time.
    schema
        The wanted columns, with the types they have in the whole input.
    ignored
        Names of its other columns.
    n_rows
        Its rows, empty ones included.
    n_empty_rows
        Its rows without any value.
    n_orders
        Distinct order ids.
    has_weights
        True where at least one row has a weight.
    part_rows
        Rows of each part.
    """

    source: str
    stamp: dict[str, Any]
    schema: pa.Schema
    ignored: tuple[str, ...]
    n_rows: int
    n_empty_rows: int
    n_orders: int
    has_weights: bool
    part_rows: tuple[int, ...] = field(default=())

    def write(self, directory: Path) -> None:
        """Write it, under its name only once it is complete."""
        schema = base64.b64encode(self.schema.serialize().to_pybytes()).decode()
        values = {name: getattr(self, name) for name in self.__slots__}
        text = json.dumps(values | {"schema": schema, "version": VERSION}, indent=1)
        temporary = directory / f"{MANIFEST}.tmp"
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(directory / MANIFEST)

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """Read it.

        Raises
        ------
        OrdersError
            If there is none, or of another version.
        """
        try:
            values = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
            if values.pop("version") != VERSION:
                raise OrdersError(str(directory), "split by another version; split it again")
            schema = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(values.pop("schema"))))
            lists: dict[str, Any] = {
                name: tuple(values.pop(name)) for name in ("ignored", "part_rows")
            }
            return cls(schema=schema, **lists, **values)
        except FileNotFoundError:
            raise OrdersError(
                str(directory), f"no {MANIFEST}, so no complete split; split the input again"
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
            raise OrdersError(
                str(directory), f"{MANIFEST} is damaged ({fault}); split the input again"
            ) from fault


def clear(directory: Path) -> None:
    """Remove the files of an earlier split, the manifest first, and leave all others."""
    (directory / MANIFEST).unlink(missing_ok=True)
    for path in directory.glob("part-*.arrows*"):
        path.unlink()


class PartWriter:
    """Takes lines part by part; those that come late wait until they are worth a write.

    Parameters
    ----------
    directory
        Where the files go.

    Attributes
    ----------
    rows
        Rows of each part so far.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._waiting: dict[int, list[pa.Table]] = {}
        self._waiting_bytes = 0
        self.rows: list[int] = []

    def add(self, part: int, table: pa.Table) -> None:
        """Add lines to a part."""
        self.rows += [0] * (part + 1 - len(self.rows))
        self.rows[part] += table.num_rows
        self._waiting.setdefault(part, []).append(table)
        self._waiting_bytes += table.nbytes

    def settle(self, n_complete: int) -> None:
        """Write what waits, where a part is as good as complete or too much waits.

        Parameters
        ----------
        n_complete
            Parts before this one get late lines only.
        """
        newly = [part for part in self._waiting if part < n_complete and not self._is_there(part)]
        everything = self._waiting_bytes > MOST_WAITING_BYTES
        for part in sorted(self._waiting) if everything else newly:
            self._flush(part)

    def finish(self) -> None:
        """Write everything, and give the files their names."""
        for part in sorted(self._waiting):
            self._flush(part)
        for part in range(len(self.rows)):
            # Of orders that share one hash, none may be left for the part they were counted in.
            self._temporary(part).touch()
            self._temporary(part).replace(self._directory / _NAME.format(part))

    def _temporary(self, part: int) -> Path:
        return self._directory / (_NAME.format(part) + ".tmp")

    def _is_there(self, part: int) -> bool:
        return self._temporary(part).exists()

    def _flush(self, part: int) -> None:
        tables = self._waiting.pop(part)
        self._waiting_bytes -= sum(table.nbytes for table in tables)
        options = pa.ipc.IpcWriteOptions(compression=_COMPRESSION)
        with self._temporary(part).open("ab") as file:
            for start, stop in _alike(tables):
                table = pa.concat_tables(tables[start:stop]).combine_chunks()
                with pa.ipc.new_stream(file, table.schema, options=options) as stream:
                    stream.write_table(table)


def _alike(tables: list[pa.Table]) -> list[tuple[int, int]]:
    """Runs of tables of one schema."""
    cuts = [i for i in range(1, len(tables)) if tables[i].schema != tables[i - 1].schema]
    return list(zip([0, *cuts], [*cuts, len(tables)], strict=True))


def read_part(
    directory: Path, part: int, schema: pa.Schema
) -> tuple[pa.Table, NDArray[np.int64], dict[int, str]]:
    """Read the lines of a part.

    Parameters
    ----------
    directory
        Where the files are.
    part
        Its number, from 0.
    schema
        The columns and types of the whole input.

    Returns
    -------
    The columns, the row of the whole input of each row, and faults of rows by their index.

    Raises
    ------
    OrdersError
        If the file is missing or damaged.
    """
    path = directory / _NAME.format(part)
    try:
        return lines_in_schema(list(_streams(path)), schema)
    except (OSError, pa.ArrowException, KeyError) as fault:
        raise OrdersError(
            str(path), f"is missing or damaged ({fault}); split the input again"
        ) from fault


def lines_in_schema(
    tables: Sequence[pa.Table], schema: pa.Schema
) -> tuple[pa.Table, NDArray[np.int64], dict[int, str]]:
    """Put lines of several blocks below each other.

    Parameters
    ----------
    tables
        Lines with `ROW` and `FAULT`; blocks may differ in their columns and types.
    schema
        The columns and types of the whole input.

    Returns
    -------
    As of `read_part`.
    """
    table = pa.concat_tables([_in_schema(one, schema) for one in tables or [schema.empty_table()]])
    rows = table.column(ROW).to_numpy()
    faults = table.column(FAULT)
    if faults.null_count == len(faults):
        return table.select(schema.names), rows, {}
    found = np.flatnonzero(faults.is_valid().to_numpy())
    told = dict(zip(found.tolist(), faults.take(pa.array(found)).to_pylist(), strict=True))
    return table.select(schema.names), rows, told


def _streams(path: Path) -> Any:
    with pa.OSFile(str(path)) as source:
        size = source.size()
        while source.tell() < size:
            yield pa.ipc.open_stream(source).read_all()


def _in_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """A table in the types of the whole; columns that a block did not have are null."""
    full = pa.schema([*schema, pa.field(ROW, pa.int64()), pa.field(FAULT, pa.string())])
    columns = [
        table.column(one.name).cast(one.type)
        if one.name in table.column_names
        else pa.chunked_array([pa.nulls(table.num_rows, one.type)])
        for one in full
    ]
    return pa.Table.from_arrays(columns, schema=full)
