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
    orders
        What the lines are of.
    parcel
        ``(u,)`` row of the parcel, ascending.
    line
        ``(u,)`` an order line of that SKU.
    units
        ``(u,)`` number of units.
    known
        ``(p,)`` False where it is not known what is in a parcel: an order in several parcels,
        without plans.
    """

    orders: Orders
    parcel: Ints
    line: Ints
    units: Ints
    known: Mask

    @property
    def sku(self) -> Ints:
        """``(u,)`` index of the SKU among the different ones of all orders."""
        return np.asarray(self.orders.encoded_skus.indices.to_numpy()[self.line], np.int64)

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
        skus = self.orders.encoded_skus.dictionary
        at = pc.fill_null(pc.index_in(skus, value_set=names), len(data)).to_numpy()
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
    if (parcel[1:] < parcel[:-1]).any():
        by_parcel = np.argsort(parcel, kind="stable")
        parcel, values = parcel[by_parcel], values[by_parcel]
    # Most parcels have one value, which is both ends; only the others need to be looked through.
    several = np.bincount(parcel, minlength=n)[parcel] > 1
    least = np.zeros((n, *values.shape[1:]), values.dtype)
    least[parcel] = values
    most = least.copy()
    parcel, values = parcel[several], values[several]
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
        partial = places(self._result.orders["verdict"], pa.array(["partial"])) == 0
        if partial.any():
            row[places(self._result.orders["order_id"], self._orders.order_ids)[partial]] = -1
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
        first = np.flatnonzero(np.diff(asked, prepend=-1))
        if np.array_equal(asked[first], key):  # parcels one after the other, as they are written
            return np.repeat(np.arange(len(key)), np.diff(first, append=len(asked)))
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
    n = result.parcels.num_rows
    if result.placements.num_rows:
        parcel, line, units = _placed(result.placements, orders, lookup)
        return UnitList(orders, parcel, line, units, np.ones(n, np.bool_))
    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    row = lookup.row_of_order[order_of_line]
    line = np.flatnonzero(row >= 0)
    line = line[np.argsort(row[line], kind="stable")]
    parcel = row[line]
    known = np.zeros(n, np.bool_)
    known[parcel] = True
    return UnitList(orders, parcel, line, orders.qty[line].astype(np.int64), known)


def _placed(placements: pa.Table, orders: Orders, lookup: Lookup) -> tuple[Ints, Ints, Ints]:
    """Parcel, line and number of the units that are placed, by parcel."""
    of_unit, order = lookup.parcel_of_placement, lookup.order_of_parcel
    n_lines = np.diff(orders.line_start)
    # Of an order of one line every unit is of it, and most orders are such.
    alone = n_lines[order] == 1
    units = np.bincount(of_unit, minlength=len(order))
    simple = np.flatnonzero(alone & (units > 0))
    parcel, line, some = _matched(placements, ~alone[of_unit], orders, lookup)
    parcel = np.concatenate([simple, parcel])
    line = np.concatenate([orders.line_start[order[simple]], line])
    by_parcel = np.argsort(parcel, kind="stable")
    return parcel[by_parcel], line[by_parcel], np.concatenate([units[simple], some])[by_parcel]


def _matched(
    placements: pa.Table, rows: Mask, orders: Orders, lookup: Lookup
) -> tuple[Ints, Ints, Ints]:
    """The same of some placements in orders of several lines, whose SKUs tell them apart."""
    n_lines = np.diff(orders.line_start)
    lines = np.flatnonzero(np.repeat(n_lines > 1, n_lines))
    skus = orders.skus.take(pa.array(lines)).dictionary_encode()
    n_skus = max(len(skus.dictionary), 1)
    names = placements["sku"].filter(pa.array(rows)).cast(pa.string())
    sku = pc.index_in(names, value_set=skus.dictionary).to_numpy()
    key = lookup.parcel_of_placement[rows] * n_skus + sku
    key, units = np.unique(key, return_counts=True)
    parcel, sku = np.divmod(key, n_skus)
    order_of_line = np.repeat(np.arange(orders.n_orders), n_lines)[lines]
    line_key = order_of_line * n_skus + skus.indices.to_numpy()
    by_key = np.argsort(line_key, kind="stable")
    at = np.searchsorted(line_key[by_key], lookup.order_of_parcel[parcel] * n_skus + sku)
    return parcel, lines[by_key[at]], units
