"""What each side takes for each order, and which measures are known for all that count."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.answers import word
from packopt.nests import content_mm3
from packopt.savings.quantities import nullable
from packopt.savings.sides import COUNTED, single_names
from packopt.savings.tables import MEASURES, SAVINGS_ORDERS, STATUSES, Measure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    quantities
        What these parcels take, in the schema `packopt.savings.tables.QUANTITIES`.
    left_out
        Measures that are not to be compared though they are known.
    """

    orders: Orders
    found: Found
    sides: Mapping[str, Side]
    quantities: Mapping[str, pa.Table]
    left_out: tuple[str, ...] = ()

    @cached_property
    def counted(self) -> Mask:
        """``(n,)`` whether each order counts."""
        return np.asarray(self.found.status == COUNTED)

    @cached_property
    def amounts(self) -> Mapping[str, Mapping[str, Floats]]:
        """By side and measure ``(n,)`` what each order takes; NaN where unknown, or no parcels."""
        n = self.orders.n_orders
        amounts = {}
        for name in SIDES:
            order, table = self.sides[name].order, self.quantities[name]
            empty = np.bincount(order, minlength=n) == 0
            amounts[name] = {
                one.name: _sums(order, table[one.name].to_numpy(), empty) for one in MEASURES
            }
        return amounts

    @cached_property
    def measures(self) -> tuple[Measure, ...]:
        """Those that are known for every order that counts, on both sides."""
        return tuple(
            one
            for one in MEASURES
            if one.name not in self.left_out
            and not any(
                (np.isnan(amounts[one.name]) & self.counted).any()
                for amounts in self.amounts.values()
            )
        )

    def of_counted(self, side: str) -> Iterator[Floats]:
        """``(c,)`` what the orders that count take, of each of the measures in turn.

        All at once would take as much memory as all that is known of the orders.
        """
        rows = np.flatnonzero(self.counted)
        return (self.amounts[side][one.name][rows] for one in self.measures)

    @cached_property
    def content_of_line(self) -> Ints:
        """``(m,)`` volume in mm3 of the units of each order line."""
        return content_mm3(self.orders, slice(None), self.orders.qty.astype(np.int64))

    @cached_property
    def units(self) -> Ints:
        """``(n,)`` units of each order."""
        return np.diff(self.orders.unit_start)

    def orders_table(self) -> pa.Table:
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
            *(nullable(self.amounts[side][one.name]) for side in SIDES for one in MEASURES),
        ]
        return pa.Table.from_arrays(columns, schema=SAVINGS_ORDERS)

    def _empty_space(self, name: str) -> pa.Array:
        """``(n,)`` empty share of the outer volume of each order's parcels."""
        side, n = self.sides[name], self.orders.n_orders
        content = np.bincount(side.order, side.parcels["content_mm3"].to_numpy(), minlength=n)
        with np.errstate(invalid="ignore"):
            share = 1 - content / self.amounts[name]["outer_mm3"]
        return nullable(np.maximum(share, 0.0))


def _sums(order: Ints, values: Floats, empty: Mask) -> Floats:
    """``(n,)`` sums by order."""
    # Of no rows there are whole numbers of them.
    sums = np.bincount(order, values, minlength=len(empty)).astype(np.float64, copy=False)
    sums[empty] = np.nan
    return sums
