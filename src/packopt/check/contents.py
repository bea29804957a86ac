"""What is in each parcel: units, volume and weight, summed up from its plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.check.book import sums
from packopt.spaces import packed_size_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.nests import Plans
    from packopt.check.parcels import Parcels


@dataclass(frozen=True, eq=False)
class Contents:
    """What is in each of ``q`` parcels.

    Attributes
    ----------
    known
        ``(q,)`` False where there is no plan to sum up and the order has other parcels.
    units
        ``(q,)`` number of units.
    content_mm3
        ``(q,)`` volume of the units, without padding and unpressed.
    lying_mm3
        ``(q,)`` the same with soft units pressed where the parcel is a mailer.
    weight_g
        ``(q,)`` weight of the units.
    """

    known: NDArray[np.bool_]
    units: Index
    content_mm3: Index
    lying_mm3: Index
    weight_g: Index


def sum_up(book: Book, plans: Plans) -> Contents:
    """What the plans put into each parcel."""
    n = len(plans.parcels)
    rigid = np.zeros(len(plans.line), np.bool_)
    as_declared = packed_size_mm(book.orders, plans.line, rigid, plans.units)

    def total(values: Index) -> Index:
        return sums(values, plans.parcel, n)

    return Contents(
        known=np.ones(n, np.bool_),
        units=total(plans.units),
        content_mm3=total(as_declared.astype(np.int64).prod(axis=1)),
        lying_mm3=total(plans.size_mm.astype(np.int64).prod(axis=1)),
        weight_g=total(plans.weight_g),
    )


def without_plans(book: Book, parcels: Parcels) -> Contents:
    """Without plans only the content of single parcels is known: that of their orders."""
    orders = book.orders
    every = np.arange(orders.n_lines)
    size = packed_size_mm(orders, every, np.ones(len(every), np.bool_)).astype(np.int64)
    pressed = sums(size.prod(axis=1) * orders.qty, book.order_of_line, orders.n_orders)
    single = np.bincount(parcels.order, minlength=orders.n_orders)[parcels.order] == 1
    rigid = np.zeros(orders.n_orders, np.bool_)
    rigid[book.order_of_line[orders.min_height_mm > 0]] = True
    soft = parcels.soft & rigid[parcels.order]
    content = book.content_mm3[parcels.order]
    return Contents(
        known=single,
        units=np.diff(orders.unit_start)[parcels.order],
        content_mm3=content,
        lying_mm3=np.where(soft, pressed[parcels.order], content),
        weight_g=book.content_g[parcels.order],
    )
