"""Answers as nested Arrow: one row an order, with its parcels, what was ruled out, and rejects.

The columns are those of `packopt.tables`, and the nesting that of `packopt.documents`: a row has
the columns of the orders table, and lists of parcels, unpacked units, alternatives, ruled-out
packages and rejects; placements lie in their parcel or alternative. An order that was not accepted
has a row as well: no verdict, and its rejects.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.recommendations import Recommendations
from packopt.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from packopt.policy import Policy

    Ints = NDArray[np.int64]

COUNT: Final = "parcel_count"
"""What the number of parcels is called here: ``parcels`` is the list of them."""
_LISTS: Final = ("parcels", "unpacked", "alternatives", "ruled_out", "rejects")
_PLACED: Final = {
    "parcels": ("placements", "parcel"),
    "alternatives": ("alternative_placements", "rank"),
}
_ORDER_ID: Final = "order_id"
_NOTES: Final = b"packopt:notes"
_KEY: Final = pa.field(_ORDER_ID, pa.string())


def _plain_fields(name: str, without: tuple[str, ...]) -> list[pa.Field]:
    """Columns without dictionaries and with nulls allowed, as every engine understands them."""
    return [
        pa.field(one.name, pa.string() if pa.types.is_dictionary(one.type) else one.type)
        for one in TABLES[name]
        if one.name not in without
    ]


def _struct(name: str) -> pa.DataType:
    fields = _plain_fields(name, (_ORDER_ID,))
    if name in _PLACED:
        placed, number = _PLACED[name]
        inner = pa.struct(_plain_fields(placed, (_ORDER_ID, number)))
        fields.append(pa.field("placements", pa.list_(inner)))
    return pa.struct(fields)


_ORDER_FIELDS: Final = [
    field.with_name(COUNT) if field.name == "parcels" else field
    for field in _plain_fields("orders", (_ORDER_ID,))
]
ANSWERS: Final = pa.schema(
    [_KEY, *_ORDER_FIELDS, *(pa.field(name, pa.list_(_struct(name))) for name in _LISTS)]
)
"""The schema of nested answers."""


def nest_answers(
    result: Recommendations, ids: pa.StringArray, answered: Ints, rejected: Ints
) -> pa.Table:
    """Nest a result.

    Parameters
    ----------
    result
        The result of a batch of ``n`` orders.
    ids
        ``(n,)`` the orders, as they were asked, null where an id is missing.
    answered
        ``(a,)`` index into ``ids`` of each row of ``result.orders``, ascending.
    rejected
        ``(r,)`` index into ``ids`` of each row of ``result.rejects``.

    Returns
    -------
    ``n`` rows in the schema `ANSWERS`, in the order of ``ids``.
    """
    n = len(ids)
    place = np.full(n, -1, np.int64)
    place[answered] = np.arange(len(answered))
    take = pa.array(place, mask=place < 0)
    columns: list[Any] = [ids]
    for field in _ORDER_FIELDS:
        name = "parcels" if field.name == COUNT else field.name
        columns.append(_plain(result.orders[name]).take(take))
    known = ids.take(pa.array(answered))
    for name in _LISTS:
        table = getattr(result, name)
        owner = rejected if name == "rejects" else answered[_owners(table[_ORDER_ID], known)]
        columns.append(_nested(name, table, owner, n, result, known, answered))
    return pa.Table.from_arrays(columns, schema=ANSWERS)


def _nested(
    name: str,
    table: pa.Table,
    owner: Ints,
    n: int,
    result: Recommendations,
    known: pa.StringArray,
    answered: Ints,
) -> pa.ListArray:
    """Rows of a table as a list for each of ``n`` owners."""
    table, owner, offsets = _sorted(table, owner, n)
    kind = _struct(name)
    fields = [field.name for field in kind if field.name != "placements"]
    columns = [_plain(table[field]) for field in fields]
    if name in _PLACED:
        within, number = _PLACED[name]
        placed = getattr(result, within)
        # Parcels and alternatives are numbered from 1, in the order of their tables.
        first = offsets[answered[_owners(placed[_ORDER_ID], known)]]
        row = first + placed[number].to_numpy() - 1
        placed, row, starts = _sorted(placed, row, table.num_rows)
        inner = kind.field("placements").type.value_type
        values = _structs([_plain(placed[field.name]) for field in inner], inner)
        columns.append(_lists(starts, values))
    return _lists(offsets, _structs(columns, kind))


def _structs(columns: list[pa.Array], kind: pa.DataType) -> pa.StructArray:
    return pa.StructArray.from_arrays(columns, fields=list(kind))


def _lists(offsets: Ints, values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), values)


def _sorted(table: pa.Table, owner: Ints, n: int) -> tuple[pa.Table, Ints, Ints]:
    """Rows by owner, in their order, and where those of each of ``n`` owners start."""
    offsets = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(owner, minlength=n), out=offsets[1:])
    if np.any(owner[1:] < owner[:-1]):
        by_owner = np.argsort(owner, kind="stable")
        return table.take(pa.array(by_owner)), owner[by_owner], offsets
    return table, owner, offsets


def _owners(ids: pa.ChunkedArray, known: pa.StringArray) -> Ints:
    """``(m,)`` place of each id among the known ones; looked up once for each word."""
    found = [
        pc.index_in(chunk.dictionary, value_set=known).take(chunk.indices).to_numpy()
        for chunk in ids.chunks
        if len(chunk)
    ]
    return np.concatenate(found).astype(np.int64) if found else np.empty(0, np.int64)


def _plain(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.combine_chunks()


def with_notes(answers: pa.Table, notes: Iterable[str]) -> pa.Table:
    """Answers that carry what the reader should know, as metadata of their schema."""
    return answers.replace_schema_metadata({_NOTES: json.dumps(list(notes))})


def notes_of(answers: pa.Table) -> tuple[str, ...]:
    """What `with_notes` gave to a table; nothing where an engine has lost it."""
    metadata = answers.schema.metadata or {}
    return tuple(json.loads(metadata.get(_NOTES, b"[]")))


def flatten_answers(answers: pa.Table, policy: Policy, catalogue_digest: str) -> Recommendations:
    """Nested answers as the tables of a result.

    Parameters
    ----------
    answers
        In the schema `ANSWERS`, of any number of batches.
    policy, catalogue_digest
        What the orders were answered under and from.

    Returns
    -------
    The result, orders in the order of the answers; rejects by row of the input.
    """
    notes = notes_of(answers)
    answers = answers.select(ANSWERS.names).cast(ANSWERS).combine_chunks()
    ids = answers[_ORDER_ID].combine_chunks()
    verdict = answers["verdict"].combine_chunks()
    rows = np.flatnonzero(verdict.is_valid().to_numpy(zero_copy_only=False))
    orders = answers.take(pa.array(rows)).rename_columns(
        ["parcels" if name == COUNT else f"{name}_" if name == "parcels" else name
         for name in ANSWERS.names]
    )  # fmt: skip
    columns = {field.name: orders[field.name] for field in TABLES["orders"]}
    tables = {"orders": _in_schema("orders", columns, ids, rows)}
    for name in _LISTS:
        lists = answers[name].combine_chunks()
        owner = pc.list_parent_indices(lists).to_numpy()
        structs = pc.list_flatten(lists)
        fields = dict(zip([one.name for one in structs.type], structs.flatten(), strict=True))
        tables[name] = _in_schema(name, fields, ids, owner)
        if name in _PLACED:
            within, number = _PLACED[name]
            placements = fields["placements"]
            row = pc.list_parent_indices(placements).to_numpy()
            inner = pc.list_flatten(placements)
            placed = dict(zip([one.name for one in inner.type], inner.flatten(), strict=True))
            placed[number] = fields[number].take(pa.array(row))
            tables[within] = _in_schema(within, placed, ids, owner[row])
    tables["rejects"] = _by_row(tables["rejects"])
    return Recommendations(**tables, policy=policy, catalogue_digest=catalogue_digest, notes=notes)


def _in_schema(name: str, columns: Any, ids: pa.StringArray, owner: Ints) -> pa.Table:
    """Columns in the schema of a table, with the order id of each row's owner."""
    arrays = []
    for field in TABLES[name]:
        if field.name == _ORDER_ID:
            used, code = np.unique(owner, return_inverse=True)
            words, index = ids.take(pa.array(used)), pa.array(code.reshape(-1).astype(np.int32))
            column = (
                pa.DictionaryArray.from_arrays(index, words)
                if pa.types.is_dictionary(field.type)
                else words.take(index)
            )
        else:
            column = columns[field.name]
            if pa.types.is_dictionary(field.type):
                column = column.dictionary_encode()
        arrays.append(column)
    return pa.Table.from_arrays(arrays, schema=TABLES[name]).cast(TABLES[name])


def _by_row(rejects: pa.Table) -> pa.Table:
    row = pc.fill_null(rejects["row"], 0).to_numpy()
    if np.all(row[1:] >= row[:-1]):
        return rejects
    return rejects.take(pa.array(np.argsort(row, kind="stable")))
