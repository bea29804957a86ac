"""The files of answered parts: a folder for each table, partitioned like the input.

``orders/month=2026-01/a-00000-<digest>.parquet`` answers a part of ``month=2026-01/a.parquet``. A
part is complete when its mark in ``_packopt/parts`` is there, which is written last; all of them
are complete when ``run.json`` is.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from packopt.errors import ResultError
from packopt.result_files import parquet_writer, read_parquet
from packopt.result_writer import RUN_FILE
from packopt.tables import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from packopt.lake.places import Place
    from packopt.recommendations import Recommendations

MARKS: Final = "_packopt/parts/"
_MARK: Final = ".arrow"
_ENDING: Final = ".parquet"
_ABOUT: Final = b"packopt:about"


@dataclass(frozen=True, eq=False, slots=True)
class Mark:
    """What is said of a complete part.

    Attributes
    ----------
    about
        Counts of rows by table, counts of orders by verdict, and notes.
    hashes
        ``(n,)`` sorted hashes of its orders, by which orders in two parts are found.
    """

    about: dict[str, Any]
    hashes: NDArray[np.uint64]

    def to_bytes(self) -> pa.Buffer:
        """As a file."""
        text = json.dumps(self.about, ensure_ascii=False).encode()
        schema = pa.schema([("hash", pa.uint64())], metadata={_ABOUT: text})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, schema) as file:
            file.write_table(pa.table([pa.array(self.hashes)], schema=schema))
        return sink.getvalue()

    @classmethod
    def read(cls, place: Place) -> Mark:
        """Back from its file."""
        table = pa.ipc.open_file(place.read()).read_all()
        return cls(json.loads(table.schema.metadata[_ABOUT]), table["hash"].to_numpy())


class PartWriter:
    """Takes the answers of a part, and writes them in one go for each table.

    Parameters
    ----------
    out
        Folder of the results.
    name
        Of the part.
    """

    def __init__(self, out: Place, name: str) -> None:
        self._out = out
        self._name = name
        self._open: dict[str, tuple[pa.BufferOutputStream, Any]] = {}

    def append(self, result: Recommendations) -> None:
        """Add the tables of a batch."""
        for table_name in TABLES:
            table = getattr(result, table_name)
            # Of every part there is a file of orders, if only to show that it has none.
            if not table.num_rows and table_name != "orders":
                continue
            if table_name not in self._open:
                sink = pa.BufferOutputStream()
                self._open[table_name] = sink, parquet_writer(sink, table_name)
            self._open[table_name][1].write_table(table)

    def finish(self, mark: Mark) -> None:
        """Write all files, the mark last."""
        for table_name, (sink, writer) in self._open.items():
            writer.close()
            place_of(self._out, table_name, self._name).write(sink.getvalue())
        mark_of(self._out, self._name).write(mark.to_bytes())


def place_of(out: Place, table_name: str, part_name: str) -> Place:
    """Where a table of a part is."""
    return out.below(f"{table_name}/{part_name}{_ENDING}")


def mark_of(out: Place, part_name: str) -> Place:
    """Where the mark of a part is."""
    return out.below(f"{MARKS}{part_name}{_MARK}")


def complete_parts(names: Iterable[str]) -> set[str]:
    """Names of the parts that are complete, from the names of all files of a result."""
    return {
        name.removeprefix(MARKS).removesuffix(_MARK)
        for name in names
        if name.startswith(MARKS) and name.endswith(_MARK)
    }


def stale_files(names: Iterable[str], parts: set[str]) -> list[str]:
    """Files of parts that are none of these, of an earlier input, catalogue or policy; marks first.

    Marks go first: a part without its mark is not complete, whatever else is left of it. Drafts
    that a killed process left behind are stale as well.
    """
    stale = [name for name in names if _is_ours(name) and _part_of(name) not in parts]
    return sorted(stale, key=lambda name: not name.startswith(MARKS))


def _is_ours(name: str) -> bool:
    return name.startswith(MARKS) or name.partition("/")[0] in TABLES


def _part_of(name: str) -> str:
    """The part that a file belongs to, by its name below the folder of the results."""
    if name.startswith(MARKS):
        return name.removeprefix(MARKS).removesuffix(_MARK)
    return name.partition("/")[2].removesuffix(_ENDING)


def refuse_foreign(out: Place, names: list[str]) -> None:
    """Never write among files that somebody else put there.

    Raises
    ------
    ResultError
        If there are any.
    """
    if names and RUN_FILE not in names and not any(one.startswith("_packopt/") for one in names):
        raise ResultError(
            out.url,
            f"found {names[0]} in a folder that is no result of packopt, expected an earlier "
            "result of many files or nothing; name another folder",
        )


def read_tables(out: Place, part_names: Iterable[str]) -> dict[str, pa.Table]:
    """The tables of all parts, in their order."""
    known = {one.name for one in out.files()}
    tables: dict[str, list[pa.Table]] = {name: [empty(name)] for name in TABLES}
    for part_name in part_names:
        for table_name, found in tables.items():
            if f"{table_name}/{part_name}{_ENDING}" in known:
                with place_of(out, table_name, part_name).open() as file:
                    found.append(read_parquet(file, table_name))
    return {name: pa.concat_tables(found) for name, found in tables.items()}


def read_ids(out: Place, part_name: str) -> pa.StringArray:
    """The orders of a part, those that were not accepted included."""
    found = []
    for table_name in ("orders", "rejects"):
        place = place_of(out, table_name, part_name)
        if place.is_file():
            with place.open() as file:
                found += pq.ParquetFile(file).read(columns=["order_id"])["order_id"].chunks
    return pa.chunked_array(found, pa.string()).combine_chunks()
