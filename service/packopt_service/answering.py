"""Result tables as answers in JSON: one plain document for each order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from packopt_service.problems import pointer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from packopt import Recommendations

Document = dict[str, Any]

#: Columns of the documents' own places: they would say twice what the nesting says.
_NESTED: Final = frozenset({"order_id", "parcels"})
_ANSWER: Final = ("order_id", "verdict", "package_id", "cost", "cost_lower_bound")


def documents(
    result: Recommendations, n_orders: int, *, plans: bool = True, ruled_out: bool = True
) -> list[Document | None]:
    """Return one document for each order whose id is its number, from 0; None for rejected ones.

    Parameters
    ----------
    result
        The answer to orders with the ids "0", "1", ...
    n_orders
        How many orders were asked about.
    plans, ruled_out
        Whether to tell placements and ruled-out packages.
    """
    answers: list[Document | None] = [None] * n_orders
    for document in _rows(result.orders):
        number = int(document["order_id"])
        document["parcel_count"] = document.pop("parcels")
        answers[number] = document | {"parcels": [], "unpacked": [], "alternatives": []}
        if ruled_out:
            answers[number]["ruled_out"] = []  # type: ignore[index]
    _nest(answers, result.parcels, "parcels")
    if result.unpacked.num_rows:
        _nest(answers, result.unpacked, "unpacked")
    if result.alternatives.num_rows:
        _nest(answers, result.alternatives, "alternatives")
    if ruled_out:
        _nest(answers, result.ruled_out, "ruled_out")
    if plans:
        _place(answers, result.placements, "parcels", "parcel")
        _place(answers, result.alternative_placements, "alternatives", "rank")
    return answers


def errors_of(
    rejects: pa.Table, places: Sequence[tuple[int, int]], first_row: int
) -> dict[int, list[Document]]:
    """Return the errors of each rejected order by its number in the request.

    Parameters
    ----------
    rejects
        Rejects of the batch, or some of them.
    places
        Order and line of each row of the request, from 0.
    first_row
        Row of the batch, from 0, at which the request begins.
    """
    found: dict[int, list[Document]] = {}
    for reject in rejects.to_pylist():
        order, line = places[reject["row"] - 1 - first_row]
        field = reject["field"]
        place: list[str | int] = ["orders", order, "lines", line]
        if field and field != "row":
            place.append(field)
        found.setdefault(order, []).append(
            {
                "pointer": pointer(place),
                "field": field,
                "value": reject["value"],
                "reason": reject["reason"],
                "hint": reject["hint"],
            }
        )
    return found


def _nest(answers: list[Document | None], table: pa.Table, name: str) -> None:
    for row in _rows(table):
        answer = answers[int(row.pop("order_id"))]
        if answer is not None:
            answer[name].append(row)


def _place(answers: list[Document | None], table: pa.Table, name: str, by: str) -> None:
    """Put placements into the parcels or alternatives that they belong to."""
    for row in _rows(table):
        answer = answers[int(row.pop("order_id"))]
        if answer is not None:
            # Both are numbered from 1 without gaps.
            answer[name][row.pop(by) - 1].setdefault("placements", []).append(row)


def _rows(table: pa.Table) -> list[Document]:
    """Return rows as dictionaries; decoding dictionaries once beats decoding every cell."""
    if not table.num_rows:
        return []
    names = table.column_names
    columns = [_values(column) for column in table.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        values: list[Any] = []
        for chunk in column.chunks:
            words = chunk.dictionary.to_pylist()
            values += [None if code is None else words[code] for code in chunk.indices.to_pylist()]
        return values
    listed: list[Any] = column.to_pylist()
    return listed
