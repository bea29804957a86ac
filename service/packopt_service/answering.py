"""Errors of orders that could not be accepted, with pointers into the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packopt_service.columns import OF_ORDERS, stem_of
from packopt_service.problems import pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packopt_service.solving import Part

Document = dict[str, Any]


def errors_of(
    rejects: Iterable[Mapping[str, Any]], part: Part, first_row: int
) -> dict[int, list[Document]]:
    """Return the errors of each rejected order by its number in the request.

    Parameters
    ----------
    rejects
        Rejects of the rows of one request.
    part
        The request.
    first_row
        Row of the batch, from 0, at which it begins.
    """
    found: dict[int, list[Document]] = {}
    for reject in rejects:
        row = reject["row"] - 1 - first_row
        order, line = part.places[row]
        field = reject["field"]
        place: list[str | int] = ["orders", order]
        if field in OF_ORDERS:
            place.append(field)
        else:
            place += ["lines", line]
            place += [_spelled(part, field)] if field and field != "row" else []
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


def _spelled(part: Part, field: str) -> str:
    """Return the name that the request used for a size or weight, whatever its unit."""
    names = part.spelled.get(stem_of(field), ())
    return names[0] if len(names) == 1 else field
