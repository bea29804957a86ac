"""Parts that are answered in half: what their first pass settled, and what it left open.

Below ``_packopt/half``, and only while a run is at work::

    month=2026-01/a-00000-<digest>.settled.arrow        a row for each batch: tables of its answers
    month=2026-01/a-00000-<digest>.open.arrow           a row for each chunk of open orders
    month=2026-01/a-00000-<digest>.00003.closed.arrow   the answers to one chunk

The open orders are written after what is settled, so that both are there if they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import ResultError
from packopt.packed_tables import from_row, to_row
from packopt.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from packopt.lake.places import Place
    from packopt.recommendations import Recommendations

HALF: Final = "_packopt/half/"
_IDS: Final = "ids"
_NOTES: Final = "notes"
_HASHES: Final = "hashes"
_ABOUT: Final = b"packopt:about"


@dataclass(frozen=True, eq=False, slots=True)
class Settled:
    """What the first pass came to for one batch.

    Attributes
    ----------
    tables
        The tables of a result, of the orders that it settled; rejects are of all.
    ids
        All answered orders, in their order.
    notes
        What the reader should know.
    hashes
        Hashes of all orders that were read.
    """

    tables: dict[str, pa.Table]
    ids: pa.StringArray
    notes: tuple[str, ...]
    hashes: pa.Array

    @classmethod
    def of(cls, result: Recommendations, still_open: pa.StringArray, hashes: pa.Array) -> Settled:
        """A batch, of which some orders are still open."""
        tables = {name: getattr(result, name) for name in TABLES}
        ids = tables["orders"]["order_id"].cast(pa.string()).combine_chunks()
        if len(still_open):
            # Of rejects the same order ids may be others: no id is known twice there.
            tables |= {
                name: _without(table, still_open)
                for name, table in tables.items()
                if name != "rejects"
            }
        return cls(tables, ids, result.notes, hashes)

    def to_row(self) -> pa.Table:
        """As one row of bytes."""
        beside = {
            _IDS: pa.table({_IDS: self.ids}),
            _NOTES: pa.table({_NOTES: pa.array(self.notes, pa.string())}),
            _HASHES: pa.table({_HASHES: self.hashes}),
        }
        return to_row(self.tables | beside, compress=True)

    @classmethod
    def from_row(cls, row: pa.Table) -> Settled:
        """Back from its row."""
        tables = from_row(row)
        ids, notes, hashes = (
            tables.pop(name)[name].combine_chunks() for name in (_IDS, _NOTES, _HASHES)
        )
        return cls(tables, ids, tuple(notes.to_pylist()), hashes)


def _without(table: pa.Table, order_ids: pa.StringArray) -> pa.Table:
    inside = pc.is_in(table["order_id"].cast(pa.string()), value_set=order_ids)
    return table.filter(pc.invert(inside))


class HalfPart:
    """The files of a part that is answered in half.

    Parameters
    ----------
    out
        Folder of the results.
    name
        Of the part.
    """

    def __init__(self, out: Place, name: str) -> None:
        self._settled = out.below(f"{HALF}{name}.settled.arrow")
        self._open = out.below(f"{HALF}{name}.open.arrow")
        self._closed = f"{HALF}{name}."
        self._out = out

    def write(self, settled: Sequence[Settled], chunks: Sequence[tuple[int, pa.Table]]) -> None:
        """Write both halves.

        Parameters
        ----------
        settled
            Of each batch.
        chunks
            Nested orders that are still open, and the batch that they are from.
        """
        # Answers to chunks of an earlier write are answers to these only if nothing was changed.
        for number in range(len(chunks)):
            self._closed_at(number).remove()
        _write(self._settled, [one.to_row() for one in settled], {})
        rows = [to_row({"orders": orders}, compress=True) for _, orders in chunks]
        about = {
            "batches": [batch for batch, _ in chunks],
            "sizes": [orders.num_rows for _, orders in chunks],
            "read": sum(len(one.hashes) for one in settled),
        }
        _write(self._open, rows, about)

    def about(self) -> dict[str, Any] | None:
        """Batch and size of each chunk, and orders read; None if the part is not in half."""
        if not (self._open.is_filled() and self._settled.is_filled()):
            return None
        try:
            with pa.ipc.open_file(self._open.read()) as file:
                about: dict[str, Any] = json.loads(file.schema.metadata[_ABOUT])
        except (pa.ArrowException, KeyError, TypeError, ValueError):
            return None
        return about

    def chunk(self, number: int) -> pa.Table:
        """Nested orders of a chunk."""
        return from_row(_row(self._open, number))["orders"]

    def is_closed(self, number: int) -> bool:
        """Whether there are answers to a chunk."""
        return self._closed_at(number).is_filled()

    def close(self, number: int, result: Recommendations) -> None:
        """Write the answers to a chunk."""
        tables = {name: getattr(result, name) for name in TABLES if name != "rejects"}
        _write(self._closed_at(number), [to_row(tables, compress=True)], {})

    def batches(self) -> Iterator[Settled]:
        """What is settled, batch by batch."""
        with _opened(self._settled) as file:
            for number in range(file.num_record_batches):
                yield Settled.from_row(pa.Table.from_batches([file.get_batch(number)]))

    def answers(self, number: int) -> dict[str, pa.Table]:
        """The answers to a chunk."""
        return from_row(_row(self._closed_at(number), 0))

    def remove(self, n_chunks: int) -> None:
        """Remove all of it, the open orders first."""
        closed = [self._closed_at(number) for number in range(n_chunks)]
        for place in (self._open, self._settled, *closed):
            place.remove()

    def _closed_at(self, number: int) -> Place:
        return self._out.below(f"{self._closed}{number:05d}.closed.arrow")


def merged(settled: Settled, answers: Sequence[dict[str, pa.Table]]) -> dict[str, pa.Table]:
    """The tables of a batch from both halves, in the order of its orders.

    Parameters
    ----------
    settled
        What the first pass settled.
    answers
        Tables of answers to the other orders.
    """
    if not answers:
        return settled.tables
    whole = {}
    for name, table in settled.tables.items():
        if name == "rejects":
            whole[name] = table
            continue
        both = pa.concat_tables([table, *(one[name] for one in answers)]).unify_dictionaries()
        owner = pc.index_in(both["order_id"].cast(pa.string()), value_set=settled.ids)
        # Each order is in one half: a stable sort leaves its rows as they were.
        rows = pc.sort_indices(
            pa.table({"owner": owner, "row": pa.array(range(both.num_rows), pa.int64())}),
            [("owner", "ascending"), ("row", "ascending")],
        )
        whole[name] = both.take(rows)
    return whole


def _write(place: Place, rows: Sequence[pa.Table], about: dict[str, Any]) -> None:
    sink = pa.BufferOutputStream()
    schema = rows[0].schema.with_metadata({_ABOUT: json.dumps(about).encode()})
    with pa.ipc.new_file(sink, schema) as file:
        for row in rows:
            file.write_table(row.cast(schema))
    place.write(sink.getvalue())


def _row(place: Place, number: int) -> pa.Table:
    with _opened(place) as file:
        return pa.Table.from_batches([file.get_batch(number)])


def _opened(place: Place) -> pa.ipc.RecordBatchFileReader:
    try:
        return pa.ipc.open_file(place.read())
    except pa.ArrowException as fault:
        problem = f"found a damaged file of a part in half ({fault})"
        raise ResultError(
            place.url, f"{problem}; remove it and what is beside it, and run this again"
        ) from fault
