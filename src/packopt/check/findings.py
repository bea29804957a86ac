"""Violations: what the checker found, with stable codes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa
    from numpy.typing import NDArray

CODES: Final = {
    "catalogue": "the result was made from another catalogue",
    "rejects": "the rejected lines of the result are not those of the input",
    "order_missing": "an accepted order is not answered",
    "order_repeated": "an order is answered more than once",
    "order_unknown": "a row names an order that was not accepted",
    "package_unknown": "a row names a package that is not in the catalogue",
    "parcel": "the parcels of an order contradict its answer",
    "max_parcels": "an order has more parcels than the policy allows",
    "plans_missing": "there are parcels but no placements at all",
    "unit_missing": "a unit of the order is not placed",
    "unit_repeated": "a unit is placed more than once",
    "unit_unknown": "a placement names a unit that is not in the order",
    "unpacked": "a unit that is said to fit no package does, or is packed, or is not in the order",
    "mailer": "a unit may not travel in a mailer",
    "site": "units of several sites share a parcel, or its package is not to be had at theirs",
    "temperature": "units of several temperatures share a parcel, or it is not for theirs",
    "banned": "the policy bans the package for the order",
    "seller": "units of several sellers share a parcel",
    "group": "units of several groups share a parcel",
    "incompatible": "goods of incompatible classes share a parcel",
    "together": "units that belong together are in several parcels",
    "own_container": "a unit ships in its own container and should not, or does not and should",
    "stock": "a package is used more often than it is in stock",
    "chosen_size": "a package is not made in the size chosen, or a smaller one holds the plan",
    "nest": "units that nest do not lie as one nest",
    "placed": "a unit that lay in the package already is elsewhere",
    "thickness": "a mailer is not as thick as its content, or thicker than it can be",
    "size": "the extents of a placement are not the unit's sides",
    "orientation": "a unit lies in an orientation it may not take",
    "inside": "a unit reaches outside the package",
    "overlap": "two units overlap",
    "empty_space": "more of a parcel is empty than the policy allows",
    "weight": "the content is heavier than the package may hold",
    "sequence": "the packing sequence is not 1, 2, 3, ...",
    "access": "a unit has to be put under one that is packed before it",
    "floating": "a unit rests on nothing",
    "support": "too little of a unit's base is supported",
    "fragile": "something rests on a fragile unit",
    "load": "more rests on a unit than it may carry",
    "value": "a reported number is wrong",
    "fit": "which sizes were packed, or how sure it is that they fit, is not what it can be",
    "trade_code": "a GTIN or package code is not the one that the order or the catalogue states",
    "cost": "a reported cost is wrong",
    "bound": "the lower bound of the cost is wrong",
    "parcels_bound": "the lower bound of the parcels is wrong, or they are fewer than can be",
    "verdict": "the verdict does not follow from bounds and ruled-out packages",
    "ruled_out_missing": "a better package is not listed as ruled out",
    "ruled_out_extra": "a package listed as ruled out would not be better than the chosen one",
    "ruled_out_order": "the ruled-out packages are repeated or not sorted cheapest first",
    "reason_unknown": "a reason that no package is ruled out for",
    "reason_weight": "ruled out by weight, but not too heavy",
    "reason_side": "ruled out by a side, but every unit fits by itself",
    "reason_volume": "ruled out by volume, but the volumes fit",
    "reason_pair": "ruled out by a pair, but no two units or stack exclude each other",
    "reason_policy": "ruled out by policy, but no rule forbids it",
    "reason_stock": "ruled out by stock, but some is left",
    "reason_false": "ruled out, but the package holds the order",
    "shortage": "what a shortage is said to have cost, or of what, is wrong",
    "alternative": "an alternative is none, or not the next one",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Something wrong in a result.

    Attributes
    ----------
    order_id
        The order concerned; "" where it is the whole result.
    parcel
        Number of the parcel within the order, from 1; None where it is the whole order.
    code
        One of `CODES`.
    message
        What was found and what was expected.
    """

    order_id: str
    parcel: int | None
    code: str
    message: str

    def __str__(self) -> str:
        place = f"order {self.order_id}" if self.order_id else "result"
        parcel = f", parcel {self.parcel}" if self.parcel is not None else ""
        return f"{place}{parcel}: {self.code}: {self.message}"


class Findings:
    """Collects violations; messages are only made for rows that are at fault.

    Parameters
    ----------
    order_ids
        ``(n,)`` names of the orders that rows point to.
    """

    def __init__(self, order_ids: pa.StringArray) -> None:
        self._order_ids = order_ids
        self._what = ""
        self.violations: list[Violation] = []

    def name(self, order_ids: pa.StringArray) -> None:
        """From now on rows point to these orders."""
        self._order_ids = order_ids

    def about(self, what: str) -> Findings:
        """Findings that go to the same place, about something else than parcels of that number."""
        other = Findings(self._order_ids)
        other.violations, other._what = self.violations, what
        return other

    def whole(self, code: str, message: str) -> None:
        """Add a violation of the whole result."""
        self.violations.append(Violation("", None, code, message))

    def add(
        self,
        code: str,
        faulty: NDArray[np.bool_],
        order: NDArray[np.int64],
        message: Callable[[int], str],
        parcel: NDArray[np.int64] | None = None,
    ) -> None:
        """Add a violation for every faulty row of a table.

        Parameters
        ----------
        code
            One of `CODES`.
        faulty
            ``(rows,)`` True where the row is at fault.
        order
            ``(rows,)`` order index of each row.
        message
            Makes the message from a row number.
        parcel
            ``(rows,)`` parcel number of each row.
        """
        for row in np.flatnonzero(faulty).tolist():
            name = self._order_ids[int(order[row])].as_py()
            number = None if parcel is None else int(parcel[row])
            text = message(row)
            if self._what:
                number, text = None, f"{self._what} {number}: {text}"
            self.violations.append(Violation(name, number, code, text))
