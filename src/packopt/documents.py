"""Results as nested documents, one for each order, ready for JSON; and back to tables.

An order's document has the columns of the orders table, and lists of its parcels, ruled-out
packages, unpacked units and alternatives; placements lie in their parcel or alternative.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from packopt.errors import ResultError
from packopt.recommendations import Recommendations
from packopt.tables import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from packopt.policy import Policy

Document = dict[str, Any]

#: The number of parcels gives its name to the list of them.
_COUNT: Final = "parcel_count"
_LISTS: Final = ("parcels", "unpacked", "alternatives", "ruled_out")
_PLACED: Final = {
    "placements": ("parcels", "parcel"),
    "alternative_placements": ("alternatives", "rank"),
}


def to_documents(
    result: Recommendations, *, plans: bool = True, ruled_out: bool = True
) -> list[Document]:
    """Nest the tables of a result.

    Parameters
    ----------
    result
        The result.
    plans, ruled_out
        Whether to keep placements and ruled-out packages.

    Returns
    -------
    One document for each accepted order, in the result's order.
    """
    lists = [name for name in _LISTS if ruled_out or name != "ruled_out"]
    by_order: dict[str, Document] = {}
    for row in _rows(result.orders):
        row[_COUNT] = row.pop("parcels")
        by_order[row["order_id"]] = row | {name: [] for name in lists}
    for name in lists:
        for row in _rows(getattr(result, name)):
            by_order[row.pop("order_id")][name].append(row)
    if plans:
        for name, (within, number) in _PLACED.items():
            for row in _rows(getattr(result, name)):
                # Parcels and alternatives are numbered from 1, in the order of their tables.
                place = by_order[row.pop("order_id")][within][row.pop(number) - 1]
                place.setdefault("placements", []).append(row)
    return list(by_order.values())


def from_documents(
    documents: Iterable[Mapping[str, Any]], policy: Policy, catalogue_digest: str
) -> Recommendations:
    """Make the tables of documents that `to_documents` made.

    Parameters
    ----------
    documents
        Whole documents, with plans and ruled-out packages.
    policy, catalogue_digest
        What the orders were answered under and from.

    Returns
    -------
    The result, without rejects and notes.

    Raises
    ------
    ResultError
        If a member is missing or of another type.
    """
    rows: dict[str, list[Document]] = {name: [] for name in TABLES}
    try:
        for document in documents:
            _flatten(document, rows)
        tables = {name: _table(rows[name], schema) for name, schema in TABLES.items()}
    except (KeyError, TypeError, AttributeError, pa.ArrowException, OverflowError) as fault:
        found = f"missing {fault}" if isinstance(fault, KeyError) else str(fault)
        raise ResultError(
            "documents", f"found {found}; expected what packopt.to_documents makes; make it again"
        ) from fault
    rejects = empty("rejects")
    return Recommendations(
        **tables | {"rejects": rejects}, policy=policy, catalogue_digest=catalogue_digest
    )


def _flatten(document: Mapping[str, Any], rows: dict[str, list[Document]]) -> None:
    order_id = document["order_id"]
    rows["orders"].append({**document, "parcels": document[_COUNT]})
    for name in _LISTS:
        rows[name] += [{**row, "order_id": order_id} for row in document[name]]
    for name, (within, number) in _PLACED.items():
        for place in document[within]:
            key = {"order_id": order_id, number: place[number]}
            rows[name] += [{**row, **key} for row in place.get("placements", ())]


def _table(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.Table:
    """Return rows as a table; members that the table has no column for are left aside."""
    columns = []
    for field in schema:
        values = [row.get(field.name) if field.nullable else row[field.name] for row in rows]
        words = pa.types.is_dictionary(field.type)
        column = pa.array(values, field.type.value_type if words else field.type)
        if not field.nullable and column.null_count:
            raise TypeError(f"{field.name}: null")
        columns.append(column.dictionary_encode().cast(field.type) if words else column)
    return pa.table(columns, schema=schema)


def _rows(table: pa.Table) -> list[Document]:
    """Return rows as dictionaries, column by column: far faster than cell by cell."""
    if not table.num_rows:
        return []
    names = table.column_names
    columns = [_values(column) for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    if not pa.types.is_dictionary(column.type):
        return _plain(column)
    values: list[Any] = []
    for chunk in column.chunks:
        codes, words = _plain(chunk.indices), chunk.dictionary
        # A few rows need few words of a whole catalogue.
        known: Any = words.to_pylist() if len(words) <= len(codes) else _Lookup(words)
        values += [None if code is None else known[code] for code in codes]
    return values


def _plain(values: pa.Array | pa.ChunkedArray) -> list[Any]:
    is_number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
    if is_number and not values.null_count:
        # NumPy makes Python's numbers far faster than Arrow does.
        numbers: list[Any] = values.to_numpy().tolist()
        return numbers
    plain: list[Any] = values.to_pylist()
    return plain


class _Lookup(dict[int, Any]):
    """Words by their place, taken out of an array when they are first asked for."""

    def __init__(self, words: pa.Array) -> None:
        super().__init__()
        self._words = words

    def __missing__(self, place: int) -> Any:
        self[place] = word = self._words[place].as_py()
        return word
