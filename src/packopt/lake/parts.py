"""Parts: what is one piece of work. Some row groups of a Parquet file, or a whole other file.

An order belongs to the part in which its first line is: a part leaves out lines at its beginning
that end an order of the part before, and reads on until its own last order ends.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from packopt.baseline_column import BASELINE
from packopt.engine.nesting import ITEMS, is_blank, nest_raw
from packopt.evidence import canonical
from packopt.lake.damage import damage_told
from packopt.lake.file_columns import in_folders, names_in, strangers
from packopt.lake.other_files import read_other
from packopt.order_columns import weight_columns

if TYPE_CHECKING:
    from packopt.lake.places import File, Place
    from packopt.raw_table import RawTable

#: Rows of a part, as far as row groups allow it.
PART_ROWS: Final = 200_000
PARQUET: Final = (".parquet", ".pq")
OTHERS: Final = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl", ".arrow", ".ipc", ".feather")
_COMPRESSED: Final = (".gz", ".zst", ".bz2")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of work.

    Attributes
    ----------
    file
        Name of the file, below the folder of the input; empty if the input is one file.
    size, changed
        Its bytes, and when it changed: what tells it from itself at another time. Where the store
        does not say when, `PlanFiles` takes a version of the file instead.
    number
        Of the part within the file, from 0.
    groups
        First row group, and the one after the last; both 0 for all of a file without row groups.
    """

    file: str
    size: int
    changed: str
    number: int = 0
    groups: tuple[int, int] = (0, 0)

    def name(self, job: str) -> str:
        """What its results are called, by what they depend on: input, and digest of the job."""
        content = canonical([job, asdict(self)])
        path = PurePosixPath(self.file or "orders")
        stem = path.name.split(".")[0]
        digest = hashlib.sha256(content).hexdigest()[:16]
        return str(path.with_name(f"{stem}-{self.number:05d}-{digest}"))

    def to_json(self) -> str:
        """As text, for engines."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Back from text."""
        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Back from plain values."""
        return cls(**values | {"groups": tuple(values["groups"])})


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file as parts.

    Attributes
    ----------
    parts
        Its parts; none of a table without rows, except where that is all of the input.
    has_weights
        Whether any of its lines may have a weight, by the file or the names of its folders.
    strangers
        Its columns, and those in the names of its folders, that nobody reads.
    """

    parts: tuple[Part, ...]
    has_weights: bool
    strangers: tuple[str, ...]


def kind_of(name: str) -> str | None:
    """``parquet``, ``other`` for any other format that is read, or None."""
    suffixes = [one.lower() for one in PurePosixPath(name).suffixes[-2:]]
    if len(suffixes) == 2 and suffixes[1] in _COMPRESSED:
        suffixes.pop()
    suffix = suffixes[-1] if suffixes else ""
    if suffix in PARQUET:
        return "parquet"
    return "other" if suffix in OTHERS else None


class PlanFiles:
    """Plans files on an engine: takes tables of files, and gives tables of plans as JSON.

    Parameters
    ----------
    source
        Folder of the input.
    part_rows
        Rows of a part.
    baseline_column
        What the files call the column ``baseline_package``.
    """

    def __init__(self, source: Place, part_rows: int, baseline_column: str = BASELINE) -> None:
        self._source = source
        self._part_rows = part_rows
        self._baseline_column = baseline_column

    def __call__(self, files: pa.Table) -> pa.Table:
        """Plan each of some files."""
        plans = []
        for text in files["part"].to_pylist():
            part = Part.from_json(text)
            planned = self.plan(part)
            parts = [one.to_json() for one in planned.parts]
            plans.append([planned.has_weights, planned.strangers, parts])
        return pa.table({"plan": [json.dumps(plan) for plan in plans]})

    def plan(self, whole: Part) -> PlannedFile:
        """Cut a file into parts.

        Raises
        ------
        OrdersError
            If it is no Parquet file, though its name says so, or damaged.
        PlaceError
            If it cannot be read.
        """
        place = self._source.below(whole.file) if whole.file else self._source
        if not whole.changed:
            whole = replace(whole, changed=place.version())
        if kind_of(place.name) != "parquet":
            raw = read_other(place)
            names = [*raw.table.column_names, *raw.ignored]
            known, in_file = _weights(whole, names)
            is_empty = bool(raw.empty_rows().all())
            if is_empty:
                nest_raw(raw, place.url)  # what is no table of orders at all is told
            has_weights = _weights_in_table(raw, in_file) or (known and not is_empty)
            # Alone, it is told when it is read.
            some = (whole,) if whole.file == "" or not is_empty else ()
            return PlannedFile(some, has_weights, self._strangers(names, whole))
        with damage_told(place), place.open() as file:
            parquet = pq.ParquetFile(file)
            metadata = parquet.metadata
            names = names_in(parquet.schema_arrow)
            known, in_file = _weights(whole, names)
            has_weights = _has_weights(parquet, in_file) or (known and metadata.num_rows > 0)
        cuts = _cuts([metadata.row_group(g).num_rows for g in range(metadata.num_row_groups)],
                     self._part_rows)  # fmt: skip
        parts = tuple(
            Part(whole.file, whole.size, whole.changed, number, groups)
            for number, groups in enumerate(cuts)
        )
        return PlannedFile(parts, has_weights, self._strangers(names, whole))

    def _strangers(self, names: list[str], whole: Part) -> tuple[str, ...]:
        return strangers([*names, *in_folders(whole.file)], self._baseline_column)


def plan_of(text: str) -> PlannedFile:
    """A plan back from JSON."""
    has_weights, unread, parts = json.loads(text)
    return PlannedFile(tuple(Part.from_json(one) for one in parts), has_weights, tuple(unread))


def whole_file(file: File, *, alone: bool) -> Part:
    """A file as one part; ``alone`` where it is all of the input."""
    return Part("" if alone else file.name, file.size, file.changed)


def _cuts(rows: list[int], most: int) -> list[tuple[int, int]]:
    """Row groups in runs of about ``most`` rows."""
    cuts, first, held = [], 0, 0
    for group, count in enumerate(rows):
        if held and held + count > most:
            cuts.append((first, group))
            first, held = group, 0
        held += count
    return [*cuts, (first, len(rows))] if held else cuts


def _weights(whole: Part, names: list[str]) -> tuple[bool, frozenset[str]]:
    """Whether the names of a file's folders say a weight, and which of its columns hold weights.

    A unit may stand in either.
    """
    told = {name: value for name, value in in_folders(whole.file).items() if name not in names}
    weights = weight_columns([*names, *told])
    return any((told.get(name) or "").strip() for name in weights), weights & {*names}


def _weights_in_table(raw: RawTable, weights: frozenset[str]) -> bool:
    """Whether a column of weights has a value."""
    return any(not is_blank(raw.table[name]) for name in weights)


def _has_weights(parquet: pq.ParquetFile, weights: frozenset[str]) -> bool:
    """Whether a column of weights has a value, by its statistics as far as they tell."""
    metadata = parquet.metadata
    for index in range(metadata.num_columns):
        column = metadata.schema.column(index)
        path = column.path.split(".")
        if path[-1] not in weights or (len(path) > 1 and path[0] != ITEMS):
            continue
        for group in range(metadata.num_row_groups):
            chunk = metadata.row_group(group).column(index)
            known = chunk.statistics if chunk.is_stats_set else None
            if known is not None and known.has_null_count:
                if known.null_count == chunk.num_values:
                    continue
                # Texts may be blank, which is no value.
                if column.physical_type != "BYTE_ARRAY":
                    return True
            if not is_blank(_values(parquet, group, column.path)):
                return True
    return False


def _values(parquet: pq.ParquetFile, group: int, path: str) -> pa.ChunkedArray:
    """One column of a row group, which may be a field of the items."""
    column = parquet.read_row_group(group, columns=[path]).column(0)
    if pa.types.is_list(column.type) or pa.types.is_large_list(column.type):
        column = pc.list_flatten(column)
    return pc.struct_field(column, [0]) if pa.types.is_struct(column.type) else column
