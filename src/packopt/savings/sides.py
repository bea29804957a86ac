"""A side of a comparison: the parcels in which one way to pack puts the orders."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.access import Access
from packopt.alike import Alike, alike
from packopt.answers import word
from packopt.freight.costs import FreightCosts
from packopt.savings.quantities import OWN, OWN_CONTAINER, UNKNOWN, package_index
from packopt.savings.tables import STATUSES
from packopt.tables import PARCELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.labels import Labels
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

COUNTED, NO_PLAN, NO_BASELINE, UNKNOWN_PACKAGE, CANNOT_HOLD, UNVERIFIED = range(len(STATUSES))
_COMPLETE: Final = ("optimal", "feasible")


@dataclass(frozen=True, eq=False)
class Side:
    """One way to pack ``n`` orders, in ``p`` parcels.

    Attributes
    ----------
    catalogue
        What the packages are from.
    parcels
        The parcels in the schema `packopt.tables.PARCELS`, those of an order together.
    order
        ``(p,)`` index of each parcel's order, ascending.
    """

    catalogue: Catalogue
    parcels: pa.Table
    order: Ints

    @cached_property
    def package(self) -> Ints:
        """``(p,)`` index of each parcel's package, or `OWN_CONTAINER`."""
        return package_index(self.parcels["package_id"], self.catalogue)

    def of(self, orders: Mask) -> Side:
        """The parcels of some of the ``n`` orders."""
        rows = np.flatnonzero(orders[self.order])
        if len(rows) == len(self.order):
            return self
        return Side(self.catalogue, self.parcels.take(pa.array(rows)), self.order[rows])

    def used(self, orders: Mask) -> list[int]:
        """Packages that some of the ``n`` orders have, without `OWN_CONTAINER`."""
        package = np.unique(self.package[orders[self.order]])
        return [int(k) for k in package if k >= 0]


@dataclass(frozen=True, eq=False)
class Question:
    """What a baseline is asked about: ``n`` orders, and packopt's plan for them.

    Attributes
    ----------
    orders
        The orders that the plan answers.
    catalogue, policy
        From what and by which rules they are packed.
    result
        packopt's answer.
    plan
        Its parcels, of orders that it packs completely.
    threads
        Threads to use.
    progress
        Takes the number of orders that were finished since the last call.
    """

    orders: Orders
    catalogue: Catalogue
    policy: Policy
    result: Recommendations
    plan: Side
    threads: int
    progress: Callable[[int], None]

    @cached_property
    def freight(self) -> FreightCosts | None:
        """What carriage costs; None where the policy asks for none."""
        return None if self.policy.freight is None else FreightCosts(self.catalogue, self.policy)

    @cached_property
    def kinds(self) -> Alike:
        """Which orders are alike in all that decides what may hold them, bans of their day too."""
        bans = Access(self.catalogue, self.policy).bans_on(self.orders)
        return alike(self.orders.n_orders, [self.orders.kinds.case, bans])

    @cached_property
    def planned(self) -> Mask:
        """``(n,)`` whether packopt packs all of the order."""
        planned = np.zeros(self.orders.n_orders, np.bool_)
        planned[self.plan.order] = True
        return planned


@dataclass(frozen=True, eq=False)
class Found:
    """What a baseline does with ``n`` orders.

    Attributes
    ----------
    side
        Its parcels, of orders that are sure to be held by them.
    status
        ``(n,)`` index into `packopt.savings.tables.STATUSES`.
    package
        ``(n,)`` name of its package; null for several or none.
    why
        ``(n,)`` why an order does not count, in words.
    notes
        Sentences on what was left aside.
    """

    side: Side
    status: NDArray[np.uint8]
    package: pa.Array
    why: Labels
    notes: tuple[str, ...] = ()


def answered(orders: Orders, result: Recommendations) -> Ints:
    """Index of each answered order among the orders; some may have been rejected meanwhile.

    Parameters
    ----------
    orders
        What was asked about.
    result
        The answer.
    """
    if result.orders.num_rows == orders.n_orders:
        return np.arange(orders.n_orders)
    names = result.orders["order_id"].cast(pa.string())
    return np.asarray(pc.index_in(names, value_set=orders.order_ids).to_numpy(), dtype=np.int64)


def complete(result: Recommendations) -> Mask:
    """``(r,)`` whether each answered order is packed completely."""
    verdict = result.orders["verdict"].cast(pa.string())
    packed = pc.is_in(verdict, value_set=pa.array(_COMPLETE))
    return np.asarray(packed.to_numpy(), dtype=np.bool_)


def side_of(result: Recommendations, catalogue: Catalogue, order: Ints) -> Side:
    """The parcels of the orders that an answer packs completely.

    Parameters
    ----------
    result
        The answer.
    catalogue
        What it was made from.
    order
        ``(r,)`` index of each answered order.
    """
    row = np.repeat(np.arange(len(order)), result.orders["parcels"].to_numpy())
    kept = complete(result)[row]
    if kept.all():
        return Side(catalogue, result.parcels, order[row])
    rows = np.flatnonzero(kept)
    return Side(catalogue, result.parcels.take(pa.array(rows)), order[row[rows]])


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """Some parcels of an answer.

    Attributes
    ----------
    parcels
        All parcels of the answer.
    rows
        ``(p,)`` which of them.
    order
        ``(p,)`` index of the order of each of these.
    """

    parcels: pa.Table
    rows: Ints
    order: Ints


def joined(orders: Orders, catalogue: Catalogue, parts: Sequence[Part]) -> Side:
    """Parcels from several answers as one side, by order.

    Parameters
    ----------
    orders
        All orders.
    catalogue
        What all packages are from.
    parts
        The parcels; those of an order are in one part.
    """
    before = np.cumsum([0, *(part.parcels.num_rows for part in parts)])[: len(parts)]
    none = np.empty(0, np.int64)
    order = np.concatenate([none, *(part.order for part in parts)])
    shifted = [part.rows + first for part, first in zip(parts, before.tolist(), strict=True)]
    rows = np.concatenate([none, *shifted])
    by_order = np.argsort(order, kind="stable")
    order, rows = order[by_order], rows[by_order]
    package = [package_index(part.parcels["package_id"], catalogue) for part in parts]
    # Order ids differ from part to part: to make one dictionary of them takes longer than all else.
    others = [name for name in PARCELS.names if name not in ("order_id", "package_id")]
    tables = [PARCELS.empty_table(), *(part.parcels for part in parts)]
    table = pa.concat_tables([one.select(others) for one in tables])
    table = table.unify_dictionaries().take(pa.array(rows))
    columns = {name: table[name] for name in others}
    columns["order_id"] = word(order, orders.order_ids)
    columns["package_id"] = names_of(np.concatenate([none, *package])[rows], catalogue)
    whole = pa.Table.from_arrays([columns[name] for name in PARCELS.names], schema=PARCELS)
    return Side(catalogue, whole, order)


def names_of(package: Ints, catalogue: Catalogue) -> pa.DictionaryArray:
    """Names of packages by index; null for `UNKNOWN`."""
    names = pa.array([*catalogue.package_ids, OWN], pa.string())
    index = np.where(package == OWN_CONTAINER, catalogue.n_packages, package)
    return word(np.maximum(index, 0), names, package == UNKNOWN)


def single_names(side: Side, n_orders: int) -> pa.Array:
    """``(n,)`` name of each order's package; null where it has several parcels or none."""
    package = np.full(n_orders, UNKNOWN, np.int64)
    package[side.order] = side.package
    package[np.bincount(side.order, minlength=n_orders) != 1] = UNKNOWN
    return names_of(package, side.catalogue).cast(pa.string())
