"""Every unit is placed once: which unit each placement places, in which parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.accounts import check_names
from packopt.check.book import indices, whole_numbers
from packopt.check.codes import check_gtins

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels

_CORNER: Final = ("x_mm", "y_mm", "z_mm")
_EXTENT: Final = ("dx_mm", "dy_mm", "dz_mm")


@dataclass(frozen=True, eq=False)
class Placements:
    """Placements whose order, parcel and unit are known, sorted by parcel; ``p`` of them.

    Attributes
    ----------
    parcel, unit, line
        ``(p,)`` indices: row of the parcels, unit, order line.
    sequence, support
        ``(p,)`` as reported.
    corner_mm, extent_mm
        ``(p, 3)`` corner and extents without padding, as reported.
    """

    parcel: Index
    unit: Index
    line: Index
    sequence: Index
    support: NDArray[np.float64]
    corner_mm: Index
    extent_mm: Index


@dataclass(frozen=True, eq=False)
class Units:
    """All ordered units, numbered so that those of one order and sku are consecutive.

    Attributes
    ----------
    line
        ``(m,)`` order lines, those of one order and sku together.
    key
        ``(m,)`` order and sku of each of these lines, ascending.
    stop
        ``(m,)`` units up to and including each of these lines.
    skus
        The distinct skus.
    """

    line: Index
    key: Index
    stop: Index
    skus: pa.Array

    def keys(self, order: Index, sku: pa.ChunkedArray) -> Index:
        """``(r,)`` order and sku of some rows; a strange sku makes a key that no line has."""
        return order * (len(self.skus) + 1) + indices(sku, self.skus)

    def find(self, key: Index, number: Index) -> tuple[Index, Index]:
        """Unit and line of the number-th unit of an order and sku, from 1; -1 where none."""
        if not len(self.key):
            return np.full(len(key), -1), np.full(len(key), -1)
        group = np.searchsorted(self.key, key)
        before = np.append(0, self.stop)[group]
        unit = before + number - 1
        place = np.minimum(np.searchsorted(self.stop, unit, side="right"), len(self.key) - 1)
        known = (number >= 1) & (unit < self.stop[-1]) & (self.key[place] == key)
        return np.where(known, unit, -1), np.where(known, self.line[place], -1)

    def line_of_unit(self, unit: Index) -> Index:
        """``(u,)`` the order line of each unit."""
        return np.asarray(self.line[np.searchsorted(self.stop, unit, side="right")])


def number_units(book: Book) -> Units:
    """Number all units by order, sku and line."""
    orders = book.orders
    skus = orders.skus.dictionary_encode()
    step = len(skus.dictionary) + 1  # one more than there are, so that -1 matches no order's sku
    key = book.order_of_line * step + skus.indices.to_numpy()
    line = np.argsort(key, kind="stable")
    return Units(line, key[line], np.cumsum(orders.qty[line], dtype=np.int64), skus.dictionary)


def read_placements(
    book: Book,
    parcels: Parcels,
    table: pa.Table,
    units: Units,
    findings: Findings,
    *,
    number: str = "parcel",
) -> Placements:
    """Find the unit and the parcel of each placement; returns those that can be checked further.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    parcels
        The parcels, or alternatives, by order and number.
    table
        ``placements``, or ``alternative_placements``.
    units
        All units.
    findings
        Takes the violations.
    number
        The table's column with the number of the parcel.
    """
    name = "placements" if number == "parcel" else "alternative_placements"
    order = indices(table["order_id"], book.orders.order_ids)
    check_names(name, order, table["order_id"], findings)
    numbers = whole_numbers(table[number])
    parcel = _find_parcels(parcels, order, numbers)
    unit, line = units.find(units.keys(order, table["sku"]), whole_numbers(table["unit"]))
    findings.add(
        "unit_unknown",
        (order >= 0) & ((parcel < 0) | (unit < 0)),
        order,
        lambda row: (
            f"found sku {table['sku'][row].as_py()!r}, unit {table['unit'][row].as_py()} in "
            f"{number} {numbers[row]}, expected a unit of the order in one of its parcels"
        ),
    )
    sound = np.flatnonzero((parcel >= 0) & (unit >= 0))
    if not bool((np.diff(parcel[sound]) >= 0).all()):
        sound = sound[np.argsort(parcel[sound], kind="stable")]
    if len(sound) != table.num_rows or not bool((np.diff(sound) == 1).all()):
        table = table.take(sound)
    check_gtins(book, order[sound], line[sound], table["gtin"], findings)
    return Placements(
        parcel=parcel[sound],
        unit=unit[sound],
        line=line[sound],
        sequence=whole_numbers(table["sequence"]),
        support=np.asarray(table["support"].to_numpy(), dtype=np.float64),
        corner_mm=np.column_stack([whole_numbers(table[column]) for column in _CORNER]),
        extent_mm=np.column_stack([whole_numbers(table[column]) for column in _EXTENT]),
    )


def _find_parcels(parcels: Parcels, order: Index, number: Index) -> Index:
    """Row of the parcel with an order and a number; -1 where there is none."""
    stride = int(max(number.max(initial=0), parcels.number.max(initial=0))) + 1
    known = parcels.order * stride + parcels.number  # ascending
    wanted = order * stride + number
    row = np.minimum(np.searchsorted(known, wanted), max(len(known) - 1, 0))
    if not len(known):
        return np.full(len(order), -1)
    return np.where((known[row] == wanted) & (order >= 0) & (number >= 0), row, -1)


def check_units(
    book: Book, placements: Placements, scope: Index, scope_order: Index, findings: Findings
) -> Index:
    """Hold the placed units of each plan against the ordered ones.

    Parameters
    ----------
    book
        Orders, catalogue and policy.
    placements
        What is placed.
    scope
        ``(p,)`` which plan each placement belongs to: that of its order, or of an alternative.
    scope_order
        ``(s,)`` the order of each plan.
    findings
        Takes the violations.

    Returns
    -------
    Index
        ``(u, 2)`` plan and unit of what is not placed.
    """
    start = book.orders.unit_start
    units = np.diff(start)[scope_order]
    first = np.cumsum(units) - units
    slot = first[scope] + placements.unit - start[scope_order][scope]
    times = np.bincount(slot, minlength=int(units.sum()))
    scope_of_slot = np.repeat(np.arange(len(units)), units)
    repeated = np.bincount(scope_of_slot[times > 1], minlength=len(units))
    findings.add(
        "unit_repeated",
        repeated > 0,
        scope_order,
        lambda row: f"found several placements of {repeated[row]} units, expected one of each",
    )
    absent = np.flatnonzero(times == 0)
    plan = scope_of_slot[absent]
    unit = absent - first[plan] + start[scope_order][plan]
    return np.column_stack([plan, unit])
