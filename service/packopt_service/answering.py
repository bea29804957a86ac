"""Errors of orders that could not be accepted, with pointers into the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packopt_service.problems import pointer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

Document = dict[str, Any]


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
