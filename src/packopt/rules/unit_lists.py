"""What is in each parcel, unit by unit, out of the tables of a result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.labels import places

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class UnitList:
    """Lines of ``p`` parcels: ``u`` of them, each some units of one SKU.

    Attributes
    ----------
    parcel
        ``(u,)`` row of the parcel, ascending.
    line
        ``(u,)`` an order line of that SKU.
    units
        ``(u,)`` number of units.
    sku
        ``(u,)`` index of the SKU.
    skus
        The different SKUs of all orders.
    known
        ``(p,)`` False where it is not known what is in a parcel: an order in several parcels,
        without plans.
    """

    parcel: Ints
    line: Ints
    units: Ints
    sku: Ints
    skus: pa.Array
    known: Mask

    def gather(
        self, names: pa.Array, data: NDArray[Any], known: Mask, way: str
    ) -> tuple[NDArray[Any], Mask]:
        """Bring what is stated by SKU to the parcels.

        Parameters
        ----------
        names
            ``(s,)`` SKUs.
        data, known
            ``(s,)`` what is stated of each, and where it is.
        way
            One of `packopt.rules.packs.FROM_SKUS`, not "".

        Returns
        -------
        ``(p,)`` values, and where they are known.
        """
        at = pc.fill_null(pc.index_in(self.skus, value_set=names), len(data)).to_numpy()
        place = at[self.sku]
        stated = np.append(known, False)[place]
        values = np.append(data, np.zeros(1, data.dtype))[place]
        return self.combine(values, stated, way)

    def combine(self, values: NDArray[Any], stated: Mask, way: str) -> tuple[NDArray[Any], Mask]:
        """Put the values of ``u`` lines together by parcel; as `gather`."""
        n = len(self.known)
        lacking = np.bincount(self.parcel[~stated], minlength=n) > 0
        some = self.known & (np.bincount(self.parcel, minlength=n) > 0)
        if way in ("any", "all"):
            decisive = way == "any"
            decided = np.bincount(self.parcel[stated & (values == decisive)], minlength=n) > 0
            return np.where(decided, decisive, not decisive), some & (decided | ~lacking)
        whole = some & ~lacking
        if way == "sum":
            return np.bincount(self.parcel, values * self.units, minlength=n), whole
        least, most = ends(self.parcel, values, n)
        if way == "one":
            return least, whole & (least == most)
        return (most if way == "max" else least), whole


def ends(parcel: Ints, values: NDArray[Any], n: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The least and the greatest value of each parcel.

    Parameters
    ----------
    parcel
        ``(u,)`` row of the parcel that each value is about; those of a result ascend.
    values
        ``(u, ...)`` the values.
    n
        Number of parcels.

    Returns
    -------
    ``(n, ...)`` each; 0 where a parcel has none.
    """
    if (np.diff(parcel) < 0).any():
        by_parcel = np.argsort(parcel, kind="stable")
        parcel, values = parcel[by_parcel], values[by_parcel]
    least, most = np.zeros((2, n, *values.shape[1:]), values.dtype)
    if len(parcel):
        start = np.flatnonzero(np.diff(parcel, prepend=-1))
        least[parcel[start]] = np.minimum.reduceat(values, start)
        most[parcel[start]] = np.maximum.reduceat(values, start)
    return least, most


class Lookup:
    """Which order and which parcel the rows of a result's tables are about; each looked up once.

    Parameters
    ----------
    result
        The tables.
    orders
        What it answers.
    """

    def __init__(self, result: Recommendations, orders: Orders) -> None:
        self._result, self._orders = result, orders

    @cached_property
    def order_of_parcel(self) -> Ints:
        """``(p,)`` index of the order of each parcel; -1 where it is not among the orders."""
        return places(self._result.parcels["order_id"], self._orders.order_ids)

    @cached_property
    def row_of_order(self) -> Ints:
        """``(n,)`` the parcel of each order that is one parcel, and all of it; else -1."""
        order, n = self.order_of_parcel, self._orders.n_orders
        row = np.full(n, -1)
        row[order] = np.arange(len(order))
        row[np.bincount(order, minlength=n) != 1] = -1
        partial = pc.equal(self._result.orders["verdict"].cast(pa.string()), "partial")
        if pc.any(partial).as_py():
            names = self._result.orders["order_id"].cast(pa.string()).filter(partial)
            row[places(names, self._orders.order_ids)] = -1
        return row

    @cached_property
    def parcel_of_placement(self) -> Ints:
        """``(u,)`` row of the parcel in which each placed unit is."""
        parcels, placements = self._result.parcels, self._result.placements
        number = parcels["parcel"].to_numpy()
        most = int(number.max(initial=0)) + 1
        key = self.order_of_parcel * most + number
        order = places(placements["order_id"], self._orders.order_ids)
        asked = order * most + placements["parcel"].to_numpy()
        by_key = np.argsort(key, kind="stable")
        return np.asarray(by_key[np.searchsorted(key[by_key], asked)], np.int64)


def list_units(result: Recommendations, orders: Orders, lookup: Lookup) -> UnitList:
    """List what is in the parcels of a result.

    Parameters
    ----------
    result
        Its plans tell; without plans, the lines of orders in one parcel.
    orders
        What it answers.
    lookup
        Of these two.
    """
    skus = orders.encoded_skus
    code = skus.indices.to_numpy().astype(np.int64)
    n_skus = max(len(skus.dictionary), 1)
    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    placements, n = result.placements, result.parcels.num_rows
    if placements.num_rows:
        sku = places(placements["sku"], skus.dictionary)
        key, units = np.unique(lookup.parcel_of_placement * n_skus + sku, return_counts=True)
        parcel, sku = np.divmod(key, n_skus)
        line_key = order_of_line * n_skus + code
        by_key = np.argsort(line_key, kind="stable")
        at = np.searchsorted(line_key[by_key], lookup.order_of_parcel[parcel] * n_skus + sku)
        known = np.ones(n, np.bool_)
        return UnitList(parcel, by_key[at], units, sku, skus.dictionary, known)
    line = np.flatnonzero(lookup.row_of_order[order_of_line] >= 0)
    parcel = lookup.row_of_order[order_of_line[line]]
    by_parcel = np.argsort(parcel, kind="stable")
    line, parcel = line[by_parcel], parcel[by_parcel]
    units = orders.qty[line].astype(np.int64)
    known = np.zeros(n, np.bool_)
    known[parcel] = True
    return UnitList(parcel, line, units, code[line], skus.dictionary, known)
