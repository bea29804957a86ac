"""Every unit is placed once: which unit each placement places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.check.accounts import check_names
from packopt.check.book import indices, whole_numbers
from packopt.spaces import is_mailer, packed_size_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings

_CORNER: Final = ("x_mm", "y_mm", "z_mm")
_EXTENT: Final = ("dx_mm", "dy_mm", "dz_mm")


@dataclass(frozen=True, eq=False)
class Plans:
    """Placements whose order, parcel and unit are known, sorted by parcel; ``p`` of them.

    Attributes
    ----------
    order, parcel, package, line
        ``(p,)`` indices: order, row of the parcels, package, order line.
    number, sequence, support
        ``(p,)`` as reported; `number` is the parcel's within its order.
    extent_mm
        ``(p, 3)`` extents of the unit without padding, as reported.
    size_mm
        ``(p, 3)`` length, width and height of the unit as this package packs it.
    low_mm, high_mm
        ``(p, 3)`` lower and upper corner of the padded unit.
    """

    order: Index
    parcel: Index
    package: Index
    line: Index
    number: Index
    sequence: Index
    support: NDArray[np.float64]
    extent_mm: Index
    size_mm: NDArray[np.int32]
    low_mm: Index
    high_mm: Index


@dataclass(frozen=True, eq=False)
class _Units:
    """All ordered units, numbered so that those of one order and sku are consecutive.

    Attributes
    ----------
    line
        ``(m,)`` order lines, those of one order and sku together.
    key
        ``(m,)`` order and sku of each of these lines, ascending.
    stop
        ``(m,)`` units up to and including each of these lines.
    """

    line: Index
    key: Index
    stop: Index

    def find(self, key: Index, number: Index) -> tuple[Index, Index]:
        """Unit and line of the number-th unit of an order and sku, from 1; -1 where none."""
        group = np.searchsorted(self.key, key)
        before = np.append(0, self.stop)[group]
        unit = before + number - 1
        place = np.minimum(np.searchsorted(self.stop, unit, side="right"), len(self.key) - 1)
        known = (number >= 1) & (unit < self.stop[-1]) & (self.key[place] == key)
        return np.where(known, unit, -1), np.where(known, self.line[place], -1)


def read_plans(book: Book, parcels: Rows, placements: pa.Table, findings: Findings) -> Plans:
    """Every unit of every parcel once; returns the placements that can be checked further."""
    order = indices(placements["order_id"], book.orders.order_ids)
    check_names("placements", order, placements["order_id"], findings)
    parcel_of = np.full(book.orders.n_orders + 1, -1)  # one more: unknown orders have index -1
    parcel_of[parcels.order] = np.arange(len(parcels.order))
    number = whole_numbers(placements["parcel"])
    parcel = np.where(number == 1, parcel_of[order], -1)
    unit, line, lines = _find_units(book, order, placements)
    findings.add(
        "unit_unknown",
        (order >= 0) & ((parcel < 0) | (unit < 0)),
        order,
        lambda row: (
            f"found sku {placements['sku'][row].as_py()!r}, "
            f"unit {placements['unit'][row].as_py()} in parcel {number[row]}, "
            "expected a unit of the order in one of its parcels"
        ),
    )
    sound = np.flatnonzero((parcel >= 0) & (unit >= 0))
    sound = sound[np.argsort(parcel[sound], kind="stable")]
    _check_units(book, parcels, unit[sound], lines, findings)
    return _plans(book, parcels, placements.take(pa.array(sound)), parcel[sound], line[sound])


def _find_units(book: Book, order: Index, placements: pa.Table) -> tuple[Index, Index, _Units]:
    """Unit and line of each placement, -1 where none, and all units."""
    orders = book.orders
    skus = orders.skus.dictionary_encode()
    step = len(skus.dictionary) + 1  # one more than there are, so that -1 matches no order's sku
    key = book.order_of_line * step + skus.indices.to_numpy()
    line = np.argsort(key, kind="stable")
    lines = _Units(line, key[line], np.cumsum(orders.qty[line], dtype=np.int64))
    wanted = order * step + indices(placements["sku"], skus.dictionary)
    return *lines.find(wanted, whole_numbers(placements["unit"])), lines


def _check_units(book: Book, parcels: Rows, unit: Index, lines: _Units, findings: Findings) -> None:
    """Hold the placed units of every order against the ordered ones."""
    n_orders = book.orders.n_orders
    times = np.bincount(unit, minlength=int(lines.stop[-1]))
    order_of_unit = np.repeat(book.order_of_line[lines.line], book.orders.qty[lines.line])
    planned = np.zeros(n_orders, dtype=np.bool_)
    planned[parcels.order] = True
    missing = np.bincount(order_of_unit[times == 0], minlength=n_orders)
    repeated = np.bincount(order_of_unit[times > 1], minlength=n_orders)
    every = np.arange(n_orders)
    findings.add(
        "unit_missing",
        planned & (missing > 0),
        every,
        lambda order: f"found no placement of {missing[order]} units, expected one of each",
    )
    findings.add(
        "unit_repeated",
        repeated > 0,
        every,
        lambda order: f"found several placements of {repeated[order]} units, expected one of each",
    )


def _plans(book: Book, parcels: Rows, placements: pa.Table, parcel: Index, line: Index) -> Plans:
    package = parcels.package[parcel]
    corner = np.column_stack([whole_numbers(placements[name]) for name in _CORNER])
    extent = np.column_stack([whole_numbers(placements[name]) for name in _EXTENT])
    padding = book.orders.padding_mm[line].astype(np.int64)[:, None]
    return Plans(
        order=parcels.order[parcel],
        parcel=parcel,
        package=package,
        line=line,
        number=whole_numbers(placements["parcel"]),
        sequence=whole_numbers(placements["sequence"]),
        support=np.asarray(placements["support"].to_numpy(), dtype=np.float64),
        extent_mm=extent,
        size_mm=packed_size_mm(book.orders, line, is_mailer(book.catalogue)[package]),
        low_mm=corner - padding,
        high_mm=corner + extent + padding,
    )
