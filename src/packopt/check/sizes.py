"""Sizes that were chosen for the content: on offer, no larger than need be, and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE
from packopt.check.carriage import REFUSED
from packopt.costing import CONTENT_LIMIT_MM3
from packopt.size_costs import offered_mm
from packopt.spaces import coolant_layer_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.contents import Contents
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans
    from packopt.check.parcels import Parcels

_EVERYTHING: Final = np.iinfo(np.int64).max


def check_sizes(book: Book, parcels: Parcels, findings: Findings) -> None:
    """Every parcel has a size that its package is made in."""
    fixed = parcels.of_package(book.catalogue.inner_mm, own=0)
    flexible = parcels.flexible
    findings.add(
        "value",
        np.asarray(~flexible & ~parcels.own & (parcels.inner_mm != fixed).any(axis=1)),
        parcels.order,
        lambda row: (
            f"length_mm, width_mm, height_mm: found {parcels.inner_mm[row].tolist()}, expected "
            f"{fixed[row].tolist()}"
        ),
        parcels.number,
    )
    rows = np.flatnonzero(flexible)
    package = parcels.package[rows]
    offered = _is_offered(book, package, parcels.inner_mm[rows])
    findings.add(
        "chosen_size",
        np.asarray(~offered.all(axis=1)),
        parcels.order[rows],
        lambda row: (
            f"{book.name(package[row])}: found inner sides "
            f"{parcels.inner_mm[rows[row]].tolist()} mm, expected sides that it is made in"
        ),
        parcels.number[rows],
    )


def check_sizes_are_least(book: Book, plans: Plans, findings: Findings) -> None:
    """No smaller size that is on offer holds the same plan."""
    parcels = plans.parcels
    # A package that was filled in part has its full height.
    rows = np.flatnonzero(parcels.flexible & ~book.part_filled[parcels.order])
    if not len(rows):
        return
    least = least_mm(book, parcels.package[rows], spans_mm(plans)[rows])
    inner = parcels.inner_mm[rows]
    # With coolant, a shorter size may have to be higher: that one is not smaller.
    smaller = ((least > 0) & (least <= inner)).all(axis=1)
    larger = np.asarray(smaller & (least < inner).any(axis=1))
    findings.add(
        "chosen_size",
        larger,
        parcels.order[rows],
        lambda row: (
            f"{parcels.name(rows[row])}: found inner sides {parcels.inner_mm[rows[row]].tolist()} "
            f"mm, expected {least[row].tolist()} mm, which hold the same plan"
        ),
        parcels.number[rows],
    )


def check_own_sizes(book: Book, plans: Plans, findings: Findings) -> None:
    """An own container is as large as its unit."""
    rows = np.flatnonzero(plans.parcels.own[plans.parcel])
    inner = plans.parcels.inner_mm[plans.parcel[rows]]
    size = book.orders.size_mm[plans.line[rows]]
    findings.add(
        "value",
        (inner != size).any(axis=1),
        plans.order[rows],
        lambda row: (
            f"length_mm, width_mm, height_mm: found {inner[row].tolist()}, expected "
            f"{size[row].tolist()}"
        ),
        plans.number[rows],
    )


def spans_mm(plans: Plans) -> Index:
    """``(q, 3)`` size of the box around the padded units of each parcel; 0 where it has none."""
    span = np.zeros((len(plans.parcels), 3), np.int64)
    if len(plans.parcel):
        first = np.flatnonzero(np.diff(plans.parcel, prepend=-1))
        low = np.minimum.reduceat(plans.low_mm, first)
        span[plans.parcel[first]] = np.maximum.reduceat(plans.high_mm, first) - low
    return span


def least_mm(book: Book, package: Index, span_mm: Index) -> Index:
    """``(r, 3)`` smallest sides on offer around plans of these spans; 0 where none is so large."""
    least = np.zeros_like(span_mm)
    need = span_mm + 2 * book.policy.wall_clearance_mm
    for axis in range(3):
        if axis == 2:
            coolant = book.catalogue.coolant_mm3[package]
            need[:, 2] += coolant_layer_mm(coolant, np.maximum(least, 1))
        for one in np.unique(package).tolist():
            rows = np.flatnonzero(package == one)
            offered = np.append(offered_mm(book.catalogue, one)[axis], 0)
            least[rows, axis] = offered[np.searchsorted(offered[:-1], need[rows, axis])]
    return least


def _is_offered(book: Book, package: Index, size_mm: Index) -> NDArray[np.bool_]:
    """``(r, 3)`` whether packages are made with each side."""
    offered = np.zeros(size_mm.shape, np.bool_)
    for one in np.unique(package).tolist():
        rows = np.flatnonzero(package == one)
        for axis, sides in enumerate(offered_mm(book.catalogue, one)):
            offered[rows, axis] = np.isin(size_mm[rows, axis], sides)
    return offered


def largest_below(book: Book, package: Index, content_mm3: Index, cost: Index) -> Index:
    """``(r, 3)`` the largest size that costs less; 0 where there is none, or several are.

    Only the height of adjustable packages can be chosen, so there is one such size.
    """
    catalogue, sizes = book.catalogue, book.sizes
    size = catalogue.inner_mm[package].astype(np.int64)
    content = np.minimum(content_mm3, CONTENT_LIMIT_MM3)
    # A limit that everything is below stays one.
    limit = np.where(cost == _EVERYTHING, cost, cost + sizes.filler[package] * content)
    for one in np.unique(package).tolist():
        rows = np.flatnonzero(package == one)
        heights = offered_mm(catalogue, one)[2]
        offered = np.tile(catalogue.inner_mm[one].astype(np.int64), (len(heights), 1))
        offered[:, 2] = heights
        empty = sizes.cost_of(np.full(len(heights), one), offered, np.zeros_like(heights))
        below = np.searchsorted(empty, limit[rows])
        adjustable = catalogue.kind[one] == ADJUSTABLE
        found = adjustable | (below == len(heights))
        size[rows] = np.where((found & (below > 0))[:, None], offered[np.maximum(below - 1, 0)], 0)
    return size


def outer_mm(book: Book, parcels: Parcels) -> Index:
    """``(q, 3)`` outer sides: of a mailer its flat sides and the thickness of the plan."""
    outer = parcels.inner_mm.astype(np.int64)
    boxed = np.flatnonzero(~parcels.own)
    outer[boxed] = book.sizes.outer_mm(parcels.package[boxed], parcels.inner_mm[boxed])
    outer[:, 2] = np.where(parcels.soft, parcels.thickness_mm, outer[:, 2])
    return outer


def tare_g(book: Book, parcels: Parcels) -> NDArray[np.float64]:
    """``(q,)`` mass of each package and its tape; own containers are part of their units."""
    tare = np.zeros(len(parcels))
    boxed = np.flatnonzero(~parcels.own)
    tare[boxed] = book.sizes.tare_g(parcels.package[boxed], parcels.inner_mm[boxed])
    return tare


def costs(book: Book, parcels: Parcels, contents: Contents) -> Index:
    """``(q,)`` cost of each package for its content and its freight, in cost steps.

    Own containers cost nothing but freight.
    """
    cost = np.zeros(len(parcels), np.int64)
    boxed = np.flatnonzero(~parcels.own)
    cost[boxed] = book.sizes.cost_of(
        parcels.package[boxed], parcels.inner_mm[boxed], contents.content_mm3[boxed]
    )
    if book.carriage is None:
        return cost
    freight = book.carriage.of_parcels(parcels, contents)
    return np.where(freight == REFUSED, REFUSED, cost + freight)
