"""The reported numbers follow from the orders, the catalogue and the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.accounts import PLANNED
from packopt.check.book import sums
from packopt.costing import parcel_tare_g
from packopt.spaces import allowances_mm, is_mailer, packed_size_mm, usable_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.findings import Findings

    Reals = NDArray[np.float64]

_TOLERANCE: Final = 1e-9  # relative, and absolute below 1: only the order of operations may differ
_FROM_PARCEL: Final = ("tare_g", "fill_g", "empty_space_inner", "empty_space_outer")


def check_values(book: Book, answers: Rows, parcels: Rows, findings: Findings) -> None:
    """Every number in orders and parcels, besides the bound and the nodes."""
    _check_parcels(book, parcels, findings)
    _check_orders(book, answers, parcels, findings)


def _check_orders(book: Book, answers: Rows, parcels: Rows, findings: Findings) -> None:
    compare = _Comparison(answers, findings)
    order = answers.order
    compare.whole("units", np.diff(book.orders.unit_start)[order])
    compare.whole("volume_mm3", book.content_mm3[order])
    compare.whole("weight_g", _known_weight(book, order))
    planned = np.isin(answers.word, PLANNED)
    for column in _FROM_PARCEL:
        of_order = np.full(book.orders.n_orders, np.nan)
        of_order[parcels.order] = parcels.real(column)
        compare.real(column, np.where(planned, of_order[order], np.nan))
    cost = book.costs.in_units(book.costs.cost_of(answers.package, book.content_mm3[order]))
    compare.real("cost", np.where(answers.package >= 0, cost, np.nan), code="cost")


def _check_parcels(book: Book, parcels: Rows, findings: Findings) -> None:
    compare = _Comparison(parcels, findings)
    order, package = parcels.order, parcels.package
    content = packed_content_mm3(book, parcels)
    weight = _known_weight(book, order)
    fill = fill_g(book, parcels)
    tare = parcel_tare_g(book.catalogue, book.policy.materials)[package]
    inner, outer = volumes_mm3(book, parcels)
    cost = book.costs.cost_of(package, book.content_mm3[order])
    compare.whole("units", np.diff(book.orders.unit_start)[order])
    compare.whole("content_mm3", content)
    compare.whole("content_g", weight)
    compare.real("tare_g", tare)
    compare.real("fill_g", fill)
    compare.real("gross_g", np.where(weight >= 0, weight + tare + fill, np.nan))
    for axis, column in enumerate(("outer_length_mm", "outer_width_mm", "outer_height_mm")):
        compare.whole(column, outer_mm(book, parcels)[:, axis])
    compare.real("empty_space_inner", _empty_share(content, inner))
    compare.real("empty_space_outer", _empty_share(content, outer))
    compare.whole("billable_g", np.full(len(order), -1))
    compare.real("cost", book.costs.in_units(cost), code="cost")


def packed_content_mm3(book: Book, parcels: Rows) -> Index:
    """Volume of the units in each parcel, soft ones pressed where it is a mailer."""
    every = np.arange(book.orders.n_lines)
    size = packed_size_mm(book.orders, every, np.ones(len(every), dtype=np.bool_))
    volume = size.astype(np.int64).prod(axis=1) * book.orders.qty
    pressed = sums(volume, book.order_of_line, book.orders.n_orders)
    soft = is_mailer(book.catalogue)[parcels.package]
    return np.where(soft, pressed[parcels.order], book.content_mm3[parcels.order])


def fill_g(book: Book, parcels: Rows) -> Reals:
    """Filler in the empty space of cartons: density times volume; mailers need none."""
    empty = book.catalogue.inner_mm[parcels.package].astype(np.int64).prod(axis=1)
    empty = empty - book.content_mm3[parcels.order]
    g_per_mm3 = book.policy.materials.filler_kg_m3 / 1e6
    return np.where(is_mailer(book.catalogue)[parcels.package], 0.0, empty * g_per_mm3)


def outer_mm(book: Book, parcels: Rows) -> Index:
    """``(p, 3)`` outer size: of a mailer its flat size and the thickness of the plan."""
    outer = book.catalogue.outer_mm[parcels.package].astype(np.int64)
    soft = is_mailer(book.catalogue)[parcels.package]
    flat = book.catalogue.inner_mm[parcels.package, :2]
    thickness = parcels.whole("outer_height_mm")  # held against its limits elsewhere
    return np.where(soft[:, None], np.column_stack([flat, thickness]), outer)


def volumes_mm3(book: Book, parcels: Rows) -> tuple[Index, Index]:
    """Inner and outer volume; of a mailer, those that it takes at the thickness of the plan."""
    package = parcels.package
    soft = is_mailer(book.catalogue)[package]
    thickness = parcels.whole("outer_height_mm")
    filled = usable_mm(book.catalogue, book.policy, package, thickness)
    bag = np.column_stack([book.catalogue.inner_mm[package, :2], thickness]).astype(np.int64)
    bag[:, :2] -= allowances_mm(book.catalogue, book.policy)[package] + thickness[:, None]
    inner = np.where(soft[:, None], filled, book.catalogue.inner_mm[package])
    outer = np.where(soft[:, None], bag, book.catalogue.outer_mm[package])
    return inner.prod(axis=1), outer.prod(axis=1)


def _empty_share(content: Index, volume: Index) -> Reals:
    return np.maximum(1 - content / np.maximum(volume, 1), 0.0)


def _known_weight(book: Book, order: Index) -> Index:
    """Weight of orders, -1 where weights are unknown."""
    weight = book.content_g[order]
    return weight if book.orders.weights_known else np.full_like(weight, -1)


class _Comparison:
    """Holds columns of a table against what they should be."""

    def __init__(self, rows: Rows, findings: Findings) -> None:
        self._rows = rows
        self._findings = findings
        self._parcel = rows.whole("parcel") if "parcel" in rows.table.column_names else None

    def whole(self, column: str, expected: Index) -> None:
        """Compare integers, where -1 is null."""
        found = self._rows.whole(column)
        self._report("value", column, found != expected, found, expected)

    def real(self, column: str, expected: Reals, code: str = "value") -> None:
        """Compare real numbers up to rounding, where NaN is null."""
        found = self._rows.real(column)
        close = np.abs(found - expected) <= _TOLERANCE * np.maximum(np.abs(expected), 1)
        same = close | (np.isnan(found) & np.isnan(expected))
        self._report(code, column, ~same, found, expected)

    def _report(
        self,
        code: str,
        column: str,
        faulty: NDArray[np.bool_],
        found: NDArray[np.generic],
        expected: NDArray[np.generic],
    ) -> None:
        self._findings.add(
            code,
            faulty,
            self._rows.order,
            lambda row: f"{column}: found {found[row]}, expected {expected[row]}",
            self._parcel,
        )
