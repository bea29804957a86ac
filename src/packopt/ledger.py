"""What is left of the stock, what orders want of it, and whose turn it is.

Orders come in order of date, or of the input where they have none. A package that is part-filled
already is in use, and no more in stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders

    Ints = NDArray[np.int64]

ENDLESS: Final = -1


class Ledger:
    """What is left of each package at each site, and where no site is stated.

    Parameters
    ----------
    catalogue
        Says how much there is at first.

    Attributes
    ----------
    sites
        Sites with a stock of their own.
    first
        ``(s + 1, k)`` packages at first, as ``left``.
    left
        ``(s + 1, k)`` packages left; the last row is for orders without a site; -1 is endless.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.sites = tuple(sorted({site for stock in catalogue.stock for site in stock if site}))
        self.first = np.full((len(self.sites) + 1, catalogue.n_packages), ENDLESS, np.int64)
        # A site that is not named has none; orders without a site cannot tell whose.
        for package, stock in enumerate(catalogue.stock):
            if stock:
                self.first[:, package] = self._by_site(stock)
        self.left = self.first.copy()
        for package, taken in enumerate(catalogue.stock_taken):
            if taken:
                self.left[:, package] -= self._by_site(taken)
        #: Packages of which all sites share one stock.
        self.shared = np.array(["" in stock for stock in catalogue.stock], np.bool_)

    def _by_site(self, counts: Mapping[str, int]) -> list[int]:
        every = counts.get("", 0)
        return [*(counts.get(site, every) for site in self.sites), every]

    def row_of(self, site: str) -> int:
        """The row of ``left`` that a site goes by."""
        return self.sites.index(site) if site in self.sites else len(self.sites)

    def covers(self, needs: Needs) -> NDArray[np.bool_]:
        """``(q,)`` whether there is enough for each need."""
        left = self.left[needs.site, needs.package]
        return np.asarray((left == ENDLESS) | (left >= needs.qty))

    def take(self, needs: Needs) -> None:
        """Take packages out of stock."""
        for site, package, qty in zip(needs.site, needs.package, needs.qty, strict=True):
            if self.left[site, package] != ENDLESS:
                rows = slice(None) if self.shared[package] else site
                self.left[rows, package] -= qty


@dataclass(frozen=True, eq=False, slots=True)
class Needs:
    """Packages that orders want, by order; ``(q,)`` each."""

    order: Ints
    site: Ints
    package: Ints
    qty: Ints

    def of(self, rows: NDArray[np.bool_] | Ints | slice) -> Needs:
        """Some of them."""
        return Needs(self.order[rows], self.site[rows], self.package[rows], self.qty[rows])


def turns_of(orders: Orders) -> Ints:
    """Orders by date, those without one last, else as they stand in the input."""
    if orders.date is None:
        return np.arange(orders.n_orders)
    day = pc.fill_null(orders.date.cast(pa.int32()), np.iinfo(np.int32).max).to_numpy()
    return np.asarray(np.argsort(day, kind="stable"), dtype=np.int64)


def needs_of(parcels: pa.Table, orders: Orders, catalogue: Catalogue, ledger: Ledger) -> Needs:
    """The packages that parcels use, by order, in the order of the parcels."""
    order = index_of(parcels["order_id"], orders.order_ids)
    package = index_of(parcels["package_id"], pa.array(catalogue.package_ids, pa.string()))
    site = index_of(parcels["site"], pa.array(ledger.sites, pa.string()))
    # What all sites share is counted once, for the whole order.
    site = np.where((site < 0) | ledger.shared[package], len(ledger.sites), site)
    # Own containers need no stock, nor do packages that are in use already.
    known = (package >= 0) & (orders.placed_in.code[order] < 0)
    key = np.column_stack([order, site, package])[known]
    unique, first, qty = np.unique(key, axis=0, return_index=True, return_counts=True)
    by_parcel = np.lexsort((first, unique[:, 0]))
    order, site, package = unique[by_parcel].T
    return Needs(order, site, package, qty[by_parcel])


def needs_of_order(needs: Needs, order: int) -> Needs:
    """The needs of one order."""
    return needs.of(slice(*np.searchsorted(needs.order, [order, order + 1]).tolist()))


def replaced_needs(old: Needs, new: Needs, replaced: Ints) -> Needs:
    """The old needs, but for some orders the new ones."""
    kept = old.of(~np.isin(old.order, replaced))
    order = np.concatenate([kept.order, new.order])
    both = Needs(
        order,
        np.concatenate([kept.site, new.site]),
        np.concatenate([kept.package, new.package]),
        np.concatenate([kept.qty, new.qty]),
    )
    return both.of(np.argsort(order, kind="stable"))


def index_of(column: pa.ChunkedArray, names: pa.Array) -> Ints:
    """Index of each word among names, -1 where it is not there."""
    found = pc.index_in(column.cast(pa.string()), value_set=names)
    return np.asarray(pc.fill_null(found, -1).to_numpy(), dtype=np.int64)


def stock_taken_before(
    order_id: str, parcels: pa.Table, orders: Orders, catalogue: Catalogue
) -> tuple[dict[str, int], ...]:
    """Count the packages that were gone when it was an order's turn.

    Parameters
    ----------
    order_id
        The order.
    parcels
        The parcels of all orders.
    orders, catalogue
        What they were made from.

    Returns
    -------
    ``k`` counts by site, as `Catalogue.stock_taken` takes them.

    Raises
    ------
    LookupError
        If there is no such order.
    """
    ledger = Ledger(catalogue)
    turn = np.empty(orders.n_orders, np.int64)
    turn[turns_of(orders)] = np.arange(orders.n_orders)
    order = pc.index(orders.order_ids, order_id).as_py()
    if order < 0:
        raise LookupError(f"no order {order_id}")
    needs = needs_of(parcels, orders, catalogue, ledger)
    needs = needs.of((needs.order >= 0) & (turn[needs.order] < turn[order]))
    taken = np.zeros_like(ledger.left)
    np.add.at(taken, (needs.site, needs.package), needs.qty)
    names = (*ledger.sites, "")
    return tuple(
        {site: int(n) for site, n in zip(names, taken[:, package], strict=True) if stock and n}
        for package, stock in enumerate(catalogue.stock)
    )
