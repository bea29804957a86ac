"""What each side takes for each order, and which measures are known for all that count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.answers import word
from packopt.labels import encode
from packopt.nests import content_mm3
from packopt.savings.quantities import Taken
from packopt.savings.repeating import Repeating, nullable
from packopt.savings.sides import COUNTED, single_names
from packopt.savings.tables import MEASURES, SAVINGS_ORDERS, STATUSES, Measure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from packopt.orders import Orders
    from packopt.savings.sides import Found, Side

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

SIDES: Final = ("baseline", "plan")


@dataclass(frozen=True, eq=False)
class Replay:
    """Both sides of a comparison of ``n`` orders, and what they take.

    Attributes
    ----------
    orders
        The orders.
    found
        What the baseline does with them.
    status
        ``(n,)`` index into `packopt.savings.tables.STATUSES`.
    sides
        Parcels by name of the side.
    taken
        What these parcels take.
    left_out
        Measures that are not to be compared though they are known.
    """

    orders: Orders
    found: Found
    sides: Mapping[str, Side]
    taken: Mapping[str, Taken]
    left_out: tuple[str, ...] = ()

    @cached_property
    def counted(self) -> Mask:
        """``(n,)`` whether each order counts."""
        return np.asarray(self.found.status == COUNTED)

    @property
    def pair(self) -> Ints:
        """``(n,)`` which of ``k`` pairs of amounts each order has, numbered by first appearance."""
        return self._paired[0]

    @property
    def amounts(self) -> Mapping[str, Mapping[str, Floats]]:
        """By side and measure ``(k,)`` what orders take; NaN where unknown, or no parcels."""
        return self._paired[1]

    @cached_property
    def _paired(self) -> tuple[Ints, Mapping[str, Mapping[str, Floats]]]:
        """Most orders take what thousands of others do, on both sides."""
        n = self.orders.n_orders
        before, after = (of_orders(self.taken[side], self.sides[side].order, n) for side in SIDES)
        pair, keys = encode(pa.array(before.case * after.n_cases + after.case))
        cases = np.divmod(keys.to_numpy(), after.n_cases)
        amounts = {
            side: {name: values[case] for name, values in found.amounts.items()}
            for side, found, case in zip(SIDES, (before, after), cases, strict=True)
        }
        return pair.astype(np.int64), amounts

    @cached_property
    def used(self) -> Ints:
        """``(k,)`` how many of the orders that count have each pair."""
        n_pairs = len(self.amounts["plan"]["parcels"])
        return np.bincount(self.pair[self.counted], minlength=n_pairs)

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Those that are known for every order that counts, on both sides."""
        return tuple(
            one
            for one in MEASURES
            if one.name not in self.left_out
            and not any(
                (np.isnan(amounts[one.name]) & (self.used > 0)).any()
                for amounts in self.amounts.values()
            )
        )

    def figures(self, side: str, measures: Sequence[Measure]) -> Floats:
        """``(k, m)`` what the orders of each pair take of some measures."""
        return np.stack([self.amounts[side][one.name] for one in measures], axis=1)

    @cached_property
    def content_of_line(self) -> Ints:
        """``(m,)`` volume in mm3 of the units of each order line."""
        return content_mm3(self.orders, slice(None), self.orders.qty.astype(np.int64))

    @cached_property
    def units(self) -> Ints:
        """``(n,)`` units of each order."""
        return np.diff(self.orders.unit_start)

    def orders_table(self) -> Repeating:
        """One row for each order, in the schema `packopt.savings.tables.SAVINGS_ORDERS`."""
        orders, n = self.orders, self.orders.n_orders
        start = orders.line_start[:-1]
        columns = [
            word(np.arange(n), orders.order_ids),
            pa.nulls(n, pa.date32()) if orders.date is None else orders.date.cast(pa.date32()),
            word(self.found.status, pa.array(STATUSES)),
            self.units.astype(np.int32),
            np.add.reduceat(self.content_of_line, start) if n else np.empty(0, np.int64),
            self.found.package.dictionary_encode(),
            single_names(self.sides["plan"], n).dictionary_encode(),
            self._empty_space("baseline"),
            self._empty_space("plan"),
        ]
        figures = [self.amounts[side][one.name] for side in SIDES for one in MEASURES]
        return Repeating(SAVINGS_ORDERS, columns, self.pair, figures)

    def _empty_space(self, name: str) -> pa.Array:
        """``(n,)`` empty share of the outer volume of each order's parcels."""
        side, n = self.sides[name], self.orders.n_orders
        content = np.bincount(side.order, side.parcels["content_mm3"].to_numpy(), minlength=n)
        with np.errstate(invalid="ignore"):
            share = 1 - content / self.amounts[name]["outer_mm3"][self.pair]
        return nullable(np.maximum(share, 0.0))


def of_orders(parcels: Taken, order: Ints, n: int) -> Taken:
    """What ``n`` orders take, from what their parcels take.

    Parameters
    ----------
    parcels
        What each of ``p`` parcels takes.
    order
        ``(p,)`` index of its order.
    n
        Number of orders; of one without parcels nothing is known.
    """
    number = np.bincount(order, minlength=n)
    several = np.flatnonzero(number > 1)
    case = np.full(n, parcels.n_cases, np.int64)
    case[order] = parcels.case
    # Orders in several parcels are cases of their own.
    first = parcels.n_cases + 1
    case[several] = first + np.arange(len(several))
    rows = np.flatnonzero(number[order] > 1)
    place, of_parcel = case[order[rows]] - first, parcels.case[rows]
    amounts = {}
    for name, values in parcels.amounts.items():
        sums = np.bincount(place, values[of_parcel], minlength=len(several))
        amounts[name] = np.concatenate([values, [np.nan], sums])
    return Taken(case, amounts)
