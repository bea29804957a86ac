"""Every unit is inside its package, the right way up, and clear of every other unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.check.ragged import pairs
from packopt.spaces import ROTATIONS, rotations_allowed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.nests import Plans


@dataclass(frozen=True, eq=False)
class Contacts:
    """Where padded units rest on each other; ``c`` contacts.

    Attributes
    ----------
    upper, lower
        ``(c,)`` bodies of a plan: the upper one rests on the lower one.
    area_mm2
        ``(c,)`` area of the contact, positive.
    """

    upper: Index
    lower: Index
    area_mm2: Index


def check_geometry(book: Book, plans: Plans, findings: Findings) -> Contacts:
    """Everything that concerns rule 1: what is where, and nothing in the same place."""
    _check_rotation(book, plans, findings)
    _check_thickness(plans, findings)
    _check_inside(plans, findings)
    return _check_pairs(book, plans, findings)


def _check_rotation(book: Book, plans: Plans, findings: Findings) -> None:
    extent, size = plans.extent_mm, plans.size_mm
    same = (size[:, ROTATIONS] == extent[:, None, :]).all(axis=2)
    allowed = same & rotations_allowed(book.orders.orientation[plans.line], size)
    known = same.any(axis=1)
    # An own container is told as declared: how the unit stands in it was settled by its maker.
    packed = ~plans.parcels.own[plans.parcel]

    def message(row: int) -> str:
        return f"found extents {_mm(extent[row])}, expected a rotation of {_mm(size[row])}"

    findings.add("size", ~known, plans.order, message, plans.number)
    findings.add(
        "orientation",
        packed & known & ~allowed.any(axis=1),
        plans.order,
        lambda row: f"{message(row)} that its orientation rule allows",
        plans.number,
    )


def _check_thickness(plans: Plans, findings: Findings) -> None:
    """A mailer is as thick as its content, and no thicker than it can be."""
    parcels = plans.parcels
    top = tops_mm(plans)
    thickness, most = parcels.thickness_mm, parcels.inner_mm[:, 2]
    findings.add(
        "thickness",
        parcels.soft & (top >= 0) & ((thickness != top) | (thickness > most)),
        parcels.order,
        lambda row: (
            f"found a mailer {thickness[row]} mm thick with content up to {top[row]} mm, expected "
            f"as thick as its content, and at most {most[row]} mm"
        ),
        parcels.number,
    )


def tops_mm(plans: Plans) -> Index:
    """``(q,)`` top of the padded units of each parcel; -1 where it has none."""
    top = np.full(len(plans.parcels), -1)
    np.maximum.at(top, plans.parcel, plans.high_mm[:, 2])
    return top


def _check_inside(plans: Plans, findings: Findings) -> None:
    space = plans.parcels.space_mm[plans.parcel]
    floor = plans.parcels.floor_mm[plans.parcel, None]
    outside = np.any((plans.low_mm < floor) | (plans.high_mm > floor + space), axis=1)
    findings.add(
        "inside",
        np.asarray(outside),
        plans.order,
        lambda row: (
            f"found a padded unit from {_mm(plans.low_mm[row])} to {_mm(plans.high_mm[row])}, "
            f"expected between {_mm(np.repeat(floor[row], 3))} and {_mm(floor[row] + space[row])}"
        ),
        plans.number,
    )


def _check_pairs(book: Book, plans: Plans, findings: Findings) -> Contacts:
    """No two units of a parcel overlap, none is packed under an earlier one; find contacts."""
    low, high = plans.low_mm, plans.high_mm
    contacts = [np.empty((0, 3), dtype=np.int64)]
    for first, second in pairs(plans.parcel):
        shared = np.minimum(high[first], high[second]) - np.maximum(low[first], low[second])
        above = (shared[:, :2] > 0).all(axis=1)  # footprints overlap, so one is above the other
        _report_overlap(plans, first, second, above & (shared[:, 2] > 0), findings)
        stacked = np.flatnonzero(above & (shared[:, 2] <= 0))
        upside = low[first[stacked], 2] >= high[second[stacked], 2]
        upper = np.where(upside, first[stacked], second[stacked])
        lower = np.where(upside, second[stacked], first[stacked])
        if book.policy.handling == "default":
            _report_access(book, plans, upper, lower, findings)
        touching = shared[stacked, 2] == 0
        area = shared[stacked, 0] * shared[stacked, 1]
        contacts.append(np.column_stack([upper, lower, area])[touching])
    table = np.concatenate(contacts)
    return Contacts(upper=table[:, 0], lower=table[:, 1], area_mm2=table[:, 2])


def _report_overlap(
    plans: Plans, first: Index, second: Index, overlap: NDArray[np.bool_], findings: Findings
) -> None:
    findings.add(
        "overlap",
        overlap,
        plans.order[first],
        lambda row: (
            f"found padded units in the same place, one from {_mm(plans.low_mm[first[row]])} to "
            f"{_mm(plans.high_mm[first[row]])}, one from {_mm(plans.low_mm[second[row]])} to "
            f"{_mm(plans.high_mm[second[row]])}"
        ),
        plans.number[first],
    )


def _report_access(
    book: Book, plans: Plans, upper: Index, lower: Index, findings: Findings
) -> None:
    """What lies lower is packed first, unless both lay there before."""
    given = book.placed[plans.line]
    findings.add(
        "access",
        (plans.sequence[upper] < plans.last[lower]) & ~(given[upper] & given[lower]),
        plans.order[upper],
        lambda row: (
            f"found the unit with sequence {plans.last[lower[row]]} under the one with "
            f"sequence {plans.sequence[upper[row]]}, expected the lower one first"
        ),
        plans.number[upper],
    )


def _mm(corner: NDArray[np.integer]) -> str:
    return "({}, {}, {}) mm".format(*corner.tolist())
