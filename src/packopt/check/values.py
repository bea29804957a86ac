"""The reported numbers follow from the orders, the catalogue and the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.catalogue import KINDS
from packopt.check.accounts import PLANNED
from packopt.check.book import OWN_CONTAINER, indices, sums
from packopt.check.carriage import REFUSED
from packopt.check.sizes import costs, outer_mm, tare_g
from packopt.spaces import allowances_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows
    from packopt.check.contents import Contents
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels

    Mask = NDArray[np.bool_]
    Reals = NDArray[np.float64]

_TOLERANCE: Final = 1e-9  # relative, and absolute below 1: only the order of operations may differ


def check_values(
    book: Book, answers: Rows, parcels: Parcels, contents: Contents, findings: Findings
) -> None:
    """Every number in orders and parcels, besides the bounds and the nodes."""
    _check_parcels(book, parcels, contents, findings)
    _check_orders(book, answers, parcels, contents, findings)


def _check_orders(
    book: Book, answers: Rows, parcels: Parcels, contents: Contents, findings: Findings
) -> None:
    compare = Comparison(answers, answers.order, None, findings)
    order = answers.order
    compare.whole("units", np.diff(book.orders.unit_start)[order])
    compare.whole("volume_mm3", book.content_mm3[order])
    compare.whole("weight_g", _known_weight(book, book.content_g[order]))
    n = book.orders.n_orders
    unknown = np.zeros(n, np.bool_)
    unknown[parcels.order[~contents.known]] = True
    planned = np.isin(answers.word, PLANNED)

    def total(values: NDArray[np.number]) -> Reals:
        of_order = np.zeros(n)
        np.add.at(of_order, parcels.order, values)
        return np.where(planned, of_order[order], np.nan)

    inner, outer = volumes_mm3(book, parcels)
    compare.real("tare_g", total(tare_g(book, parcels)))
    known = ~unknown[order]
    compare.real("fill_g", total(fill_g(book, parcels, contents)), where=known)
    lying = total(contents.lying_mm3)
    for column, volume in (("empty_space_inner", inner), ("empty_space_outer", outer)):
        compare.real(column, empty_share(lying, total(volume)), where=known)
    steps = sums(costs(book, parcels, contents), parcels.order, n)[order]
    steps = steps + (book.parcel_price or 0) * answers.whole("parcels")
    cost = np.where(planned, book.costs.in_units(steps), np.nan)
    compare.real("cost", cost, code="cost", where=known)


def _check_parcels(book: Book, parcels: Parcels, contents: Contents, findings: Findings) -> None:
    compare = Comparison(parcels.rows, parcels.order, parcels.number, findings)
    known = contents.known
    weight = _known_weight(book, contents.weight_g)
    coolant = parcels.of_package(book.catalogue.coolant_g, own=0)
    fill, tare = fill_g(book, parcels, contents), tare_g(book, parcels)
    gross = np.where(weight >= 0, weight + tare + fill + coolant, np.nan)
    compare.word(
        "kind", (*KINDS, OWN_CONTAINER), parcels.of_package(book.catalogue.kind, len(KINDS))
    )
    compare.whole("units", contents.units, where=known)
    compare.whole("content_mm3", contents.lying_mm3, where=known)
    compare.whole("content_g", weight, where=known)
    compare.real("tare_g", tare)
    compare.real("fill_g", fill, where=known)
    compare.whole("coolant_g", coolant)
    compare.real("gross_g", gross, where=known)
    outer = outer_mm(book, parcels)
    for axis, column in enumerate(("outer_length_mm", "outer_width_mm", "outer_height_mm")):
        compare.whole(column, outer[:, axis])
    inner, volume = volumes_mm3(book, parcels)
    compare.real("empty_space_inner", empty_share(contents.lying_mm3, inner), where=known)
    compare.real("empty_space_outer", empty_share(contents.lying_mm3, volume), where=known)
    billable = np.full(len(parcels), -1)
    if book.carriage is not None:
        billable = book.carriage.billable_g(parcels, contents)
        refused = book.carriage.of_parcels(parcels, contents) == REFUSED
        findings.add(
            "cost",
            refused & known,
            parcels.order,
            lambda row: (
                f"{parcels.name(row)}: found {gross[row]:g} g, which the carrier does not take in "
                "it, expected a parcel that has a price"
            ),
            parcels.number,
        )
    compare.whole("billable_g", billable, where=known | (billable < 0))
    cost = book.costs.in_units(costs(book, parcels, contents))
    compare.real("cost", cost, code="cost", where=known)


def check_sites(book: Book, parcels: Parcels, line: Index, findings: Findings) -> None:
    """A parcel is packed at the site of its units.

    Parameters
    ----------
    book, parcels
        What is checked.
    line
        ``(q,)`` some order line in each parcel; -1 where there is none.
    findings
        Takes the violations.
    """
    site = book.orders.site
    compare = Comparison(parcels.rows, parcels.order, parcels.number, findings)
    compare.word("site", site.words, site.code[line].astype(np.int64), where=line >= 0)


def fill_g(book: Book, parcels: Parcels, contents: Contents) -> Reals:
    """Filler in the empty space of cartons: density times volume, coolant aside."""
    empty = parcels.inner_mm.astype(np.int64).prod(axis=1) - contents.content_mm3
    empty = empty - parcels.of_package(book.catalogue.coolant_mm3, own=0)
    g_per_mm3 = book.policy.materials.filler_kg_m3 / 1e6
    return np.where(parcels.soft | parcels.own, 0.0, empty * g_per_mm3)


def volumes_mm3(book: Book, parcels: Parcels) -> tuple[Index, Index]:
    """Inner and outer volume; of a mailer, those that it takes at the thickness of the plan."""
    thickness = parcels.thickness_mm
    bag = np.column_stack([parcels.inner_mm[:, :2], thickness]).astype(np.int64)
    lost = parcels.of_package(allowances_mm(book.catalogue, book.policy), own=0)
    bag[:, :2] -= lost + thickness[:, None]
    soft = parcels.soft[:, None]
    inner = np.where(soft, parcels.space_mm, parcels.inner_mm)
    outer = np.where(soft, bag, outer_mm(book, parcels))
    return inner.prod(axis=1), outer.prod(axis=1)


def empty_share(content: NDArray[np.number], volume: NDArray[np.number]) -> Reals:
    """Share of a volume that holds no unit."""
    return np.asarray(np.maximum(1 - content / np.maximum(volume, 1), 0.0), dtype=np.float64)


def _known_weight(book: Book, weight: Index) -> Index:
    """Weights, -1 where they are unknown."""
    return weight if book.orders.weights_known else np.full_like(weight, -1)


class Comparison:
    """Holds columns of a table against what they should be, in some rows."""

    def __init__(self, rows: Rows, order: Index, parcel: Index | None, findings: Findings) -> None:
        self._rows = rows
        self._order = order
        self._parcel = parcel
        self._findings = findings

    def whole(self, column: str, expected: Index, where: Mask | bool = True) -> None:
        """Compare integers, where -1 is null."""
        found = self._rows.whole(column)
        self._report("value", column, (found != expected) & where, found, expected)

    def real(
        self, column: str, expected: Reals, code: str = "value", where: Mask | bool = True
    ) -> None:
        """Compare real numbers up to rounding, where NaN is null."""
        found = self._rows.real(column)
        close = np.abs(found - expected) <= _TOLERANCE * np.maximum(np.abs(expected), 1)
        same = close | (np.isnan(found) & np.isnan(expected))
        self._report(code, column, ~same & where, found, expected)

    def word(
        self, column: str, words: tuple[str, ...], expected: Index, where: Mask | bool = True
    ) -> None:
        """Compare words with indices into a list, where -1 is null."""
        values = self._rows.table[column]
        found = indices(values, pa.array(words, pa.string()))
        wrong = (found != expected) | (values.is_valid().to_numpy() & (found < 0))
        said = np.array([*words, None], dtype=object)
        texts = np.array(values.cast(pa.string()).to_pylist() if wrong.any() else [], dtype=object)
        self._report("value", column, wrong & where, texts, said[expected])

    def _report(
        self,
        code: str,
        column: str,
        faulty: Mask,
        found: NDArray[np.generic],
        expected: NDArray[np.generic],
    ) -> None:
        self._findings.add(
            code,
            np.asarray(faulty),
            self._order,
            lambda row: f"{column}: found {found[row]}, expected {expected[row]}",
            self._parcel,
        )
