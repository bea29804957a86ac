"""The files of answered parts: a folder for each table, partitioned like the input.

``orders/month=2026-01/a-00000-<digest>.parquet`` answers a part of ``month=2026-01/a.parquet``. A
part is complete when its mark in ``_packopt/parts`` is there, which is written last; all of them
are complete when ``run.json`` is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packopt.errors import ResultError
from packopt.lake.damage import damage_told
from packopt.lake.half import HALF
from packopt.result_files import parquet_writer, read_parquet
from packopt.result_writer import RUN_FILE
from packopt.tables import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from packopt.lake.places import File, Place

MARKS: Final = "_packopt/parts/"
_MARK: Final = ".arrow"
_ENDING: Final = ".parquet"
_ABOUT: Final = b"packopt:about"
_AGAIN: Final = "run packopt recommend again, it does what is missing"
#: What files of a part are called below the folder of their table, drafts included.
_OF_PART: Final = re.compile(r"(.*/)?\.?[^/]*-\d{5,}-[0-9a-f]{16}\.parquet(\.[0-9a-f]{8}\.tmp)?")


@dataclass(frozen=True, eq=False, slots=True)
class Mark:
    """What is said of a complete part.

    Attributes
    ----------
    about
        The part, orders read, counts of rows by table, counts of orders by verdict, and notes.
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
        """Back from its file.

        Raises
        ------
        ResultError
            If it is damaged.
        PlaceError
            If it cannot be read.
        """
        try:
            table = pa.ipc.open_file(place.read()).read_all()
            table.validate(full=True)
            return cls(json.loads(table.schema.metadata[_ABOUT]), table["hash"].to_numpy())
        except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as fault:
            problem = f"found a damaged mark ({fault}); {_AGAIN}"
            raise ResultError(place.url, problem) from fault


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

    def append(self, tables: Mapping[str, pa.Table]) -> None:
        """Add the tables of a batch."""
        for table_name in TABLES:
            table = with_used_words(tables[table_name])
            # Of every part there is a file of orders, if only to show that it has none.
            if not table.num_rows and table_name != "orders":
                continue
            if table_name not in self._open:
                sink = pa.BufferOutputStream()
                self._open[table_name] = sink, parquet_writer(sink, table_name)
            self._open[table_name][1].write_table(table)

    def finish(self, mark: Mark) -> None:
        """Write all files, the mark last."""
        if "orders" not in self._open:  # no batch came
            self.append({name: empty(name) for name in TABLES})
        for table_name, (sink, writer) in self._open.items():
            writer.close()
            place_of(self._out, table_name, self._name).write(sink.getvalue())
        mark_of(self._out, self._name).write(mark.to_bytes())


def with_used_words(table: pa.Table) -> pa.Table:
    """A table whose dictionaries have the words that are used, by first appearance.

    So equal tables are equal files, whatever they were put together from.
    """
    if not table.num_rows:
        return table
    table = table.unify_dictionaries().combine_chunks()
    for at, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            table = table.set_column(at, field, _with_used_words(table.column(at).chunk(0)))
    return table


def _with_used_words(column: pa.DictionaryArray) -> pa.DictionaryArray:
    codes = pc.fill_null(column.indices, -1).to_numpy()
    first = np.full(len(column.dictionary) + 1, len(codes), np.int64)
    # Of several values for one index, the last one assigned stays.
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    used = np.flatnonzero(first[:-1] < len(codes))
    used = used[np.argsort(first[used])]
    code = np.full(len(first), -1, np.int32)
    code[used] = np.arange(len(used))
    found = code[codes]
    indices = pa.array(found, mask=found < 0)
    return pa.DictionaryArray.from_arrays(indices, column.dictionary.take(pa.array(used)))


def place_of(out: Place, table_name: str, part_name: str) -> Place:
    """Where a table of a part is."""
    return out.below(f"{table_name}/{part_name}{_ENDING}")


def mark_of(out: Place, part_name: str) -> Place:
    """Where the mark of a part is."""
    return out.below(f"{MARKS}{part_name}{_MARK}")


def complete_parts(
    out: Place, files: Iterable[File], part_names: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Which of some parts are complete, and what their marks say.

    A part whose mark is damaged, or whose tables are not all there, is not complete.

    Parameters
    ----------
    out
        Folder of the results.
    files
        All files of it.
    part_names
        The parts.

    Raises
    ------
    PlaceError
        If a mark cannot be read.
    """
    # An empty file is what a store may leave of a write that was cut short.
    known = {file.name for file in files if file.size}
    done = {}
    for part_name in part_names:
        if f"{MARKS}{part_name}{_MARK}" not in known:
            continue
        try:
            about = Mark.read(mark_of(out, part_name)).about
        except ResultError:
            continue
        wanted = ["orders", *(name for name, count in about["counts"].items() if count)]
        if all(f"{table_name}/{part_name}{_ENDING}" in known for table_name in wanted):
            done[part_name] = about
    return done


def stale_files(names: Iterable[str], parts: set[str]) -> list[str]:
    """Files of parts that are none of these, of an earlier input, catalogue or policy; marks first.

    Marks go first: a part without its mark is not complete, whatever else is left of it. Drafts
    that a killed process left behind are stale as well, and all that is left of parts in half.
    """
    stale = [name for name in names if _is_ours(name) and _part_of(name) not in parts]
    return sorted(stale, key=lambda name: not name.startswith(MARKS))


def _is_ours(name: str) -> bool:
    return name.startswith((MARKS, HALF)) or name.partition("/")[0] in TABLES


def _part_of(name: str) -> str:
    """The part that a file belongs to, by its name below the folder of the results."""
    if name.startswith(HALF):
        return name
    if name.startswith(MARKS):
        return name.removeprefix(MARKS).removesuffix(_MARK)
    return name.partition("/")[2].removesuffix(_ENDING)


def refuse_foreign(out: Place, names: list[str]) -> None:
    """Never write among files that somebody else put there, nor into the result of one file.

    Raises
    ------
    ResultError
        If there are any.
    PlaceError
        If ``run.json`` cannot be read.
    """
    if RUN_FILE in names:
        if "parts" not in read_run(out):
            problem = "found the result of one file, expected one of many files or nothing"
            raise ResultError(out.url, f"{problem}; name another folder, or remove this one")
        return
    if any(name.startswith("_packopt/") for name in names):
        return
    strange = [name for name in names if not (_is_ours(name) and _OF_PART.fullmatch(name))]
    if strange:
        raise ResultError(
            out.url,
            f"found {strange[0]} in a folder that is no result of packopt, expected an earlier "
            "result of many files or nothing; name another folder",
        )


def read_run(out: Place) -> dict[str, Any]:
    """The summary of a result.

    Raises
    ------
    ResultError
        If it is damaged.
    PlaceError
        If it cannot be read.
    """
    try:
        run = json.loads(out.below(RUN_FILE).read())
    except ValueError as fault:
        problem = f"found a damaged {RUN_FILE} ({fault}), expected a summary of a result"
        raise ResultError(out.url, f"{problem}; remove it, and run packopt recommend again") from (
            fault
        )
    if not isinstance(run, dict):
        problem = f"found no object in {RUN_FILE}, expected a summary of a result"
        raise ResultError(out.url, f"{problem}; remove it, and run packopt recommend again")
    return run


def is_of_files(out: Place) -> bool:
    """Whether a folder has a complete result of many files; errors as of `read_run`."""
    return out.below(RUN_FILE).is_file() and "parts" in read_run(out)


def read_tables(out: Place, run: dict[str, Any]) -> dict[str, pa.Table]:
    """The tables of all parts, in their order.

    Parameters
    ----------
    out
        Folder of the results.
    run
        Its summary, with the names of the parts, and the rows of each table.

    Raises
    ------
    ResultError
        If there are fewer rows or more than the summary says, or a file is damaged.
    PlaceError
        If a file cannot be read.
    """
    known = {one.name for one in out.files()}
    tables: dict[str, list[pa.Table]] = {name: [empty(name)] for name in TABLES}
    for part_name in run["parts"]:
        for table_name, found in tables.items():
            if f"{table_name}/{part_name}{_ENDING}" in known:
                place = place_of(out, table_name, part_name)
                told = damage_told(place, ResultError, f"remove it, and {_AGAIN}")
                with told, place.open() as file:
                    found.append(read_parquet(file, table_name))
    whole = {name: pa.concat_tables(found) for name, found in tables.items()}
    for table_name, table in whole.items():
        wanted = run["counts"][table_name]
        if table.num_rows != wanted:
            problem = f"table {table_name}: found {table.num_rows:,} rows, expected {wanted:,}"
            raise ResultError(out.url, f"{problem}: files are missing; {_AGAIN}")
    return whole


def read_ids(out: Place, part_name: str) -> pa.StringArray:
    """The orders of a part, those that were not accepted included; errors as of `read_tables`."""
    found = []
    for table_name in ("orders", "rejects"):
        place = place_of(out, table_name, part_name)
        if place.is_file():
            told = damage_told(place, ResultError, f"remove it, and {_AGAIN}")
            with told, place.open() as file:
                found += pq.ParquetFile(file).read(columns=["order_id"])["order_id"].chunks
    return pa.chunked_array(found, pa.string()).combine_chunks()
