"""The parcel can be packed by hand: every unit rests on something that bears it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.book import sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.geometry import Contacts
    from packopt.check.nests import Plans

_SUPPORT_TOLERANCE: Final = 1e-6  # the column has single precision
_SHARE_TOLERANCE: Final = 1e-9  # of a demanded share: 70 % must not fail at 0.7000000000000001


def check_sequence(plans: Plans, findings: Findings) -> None:
    """The units of each parcel are numbered 1, 2, 3, ... in some order."""
    parcel, sequence = plans.placements.parcel, plans.placements.sequence
    by_sequence = np.lexsort([sequence, parcel])
    first = np.searchsorted(parcel, parcel)  # row where the parcel begins
    expected = np.arange(len(first)) - first + 1
    found = sequence[by_sequence]
    findings.add(
        "sequence",
        found != expected,
        plans.parcels.order[parcel],
        lambda row: f"found sequence {found[row]}, expected {expected[row]}",
        plans.parcels.number[parcel],
    )


def check_support(book: Book, plans: Plans, contacts: Contacts, findings: Findings) -> None:
    """The reported support is right, and enough where handling rules are asked for.

    The units of a nest share its support. Units that lay in the package before need none.
    """
    on_floor = plans.low_mm[:, 2] == plans.parcels.floor_mm[plans.parcel]
    base = (plans.high_mm - plans.low_mm)[:, :2].prod(axis=1)
    contact = sums(contacts.area_mm2, contacts.upper, len(base))
    share = np.where(on_floor, 1.0, contact / np.maximum(base, 1))
    found, of_body = plans.placements.support, share[plans.body]
    findings.add(
        "value",
        ~(np.abs(found - of_body) <= _SUPPORT_TOLERANCE),
        plans.order[plans.body],
        lambda row: f"support: found {found[row]:.6f}, expected {of_body[row]:.6f}",
        plans.number[plans.body],
    )
    if book.policy.handling == "geometry":
        return
    packed = ~book.placed[plans.line]
    findings.add(
        "floating",
        packed & (share == 0),
        plans.order,
        lambda row: f"found nothing under the unit at z {plans.low_mm[row, 2]} mm",
        plans.number,
    )
    least = book.policy.min_support
    findings.add(
        "support",
        packed & (share > 0) & (share < least - _SHARE_TOLERANCE),
        plans.order,
        lambda row: f"found {share[row]:.1%} of the base supported, expected {least:.1%}",
        plans.number,
    )


def check_loads(book: Book, plans: Plans, contacts: Contacts, findings: Findings) -> None:
    """Nothing on fragile units, and no more on others than they bear."""
    if book.policy.handling == "geometry":
        return
    fragile, given = book.orders.fragile[plans.line], book.placed[plans.line]
    findings.add(
        "fragile",
        fragile[contacts.lower] & ~(given[contacts.lower] & given[contacts.upper]),
        plans.order[contacts.lower],
        lambda _: "found a unit on a fragile one, expected nothing",
        plans.number[contacts.lower],
    )
    limit = book.orders.max_load_g[plans.line].astype(np.int64)
    if not book.orders.weights_known:
        _forbid_unknown_loads(plans, contacts, limit, findings)
        return
    load = loads_g(plans, contacts, limit)
    findings.add(
        "load",
        (limit >= 0) & (load > limit),
        plans.order,
        lambda row: f"found {load[row]} g on the unit, expected at most {limit[row]} g",
        plans.number,
    )


def _forbid_unknown_loads(
    plans: Plans, contacts: Contacts, limit: Index, findings: Findings
) -> None:
    findings.add(
        "load",
        limit[contacts.lower] >= 0,
        plans.order[contacts.lower],
        lambda _: "found a unit of unknown weight on one with a load limit, expected nothing",
        plans.number[contacts.lower],
    )


def loads_g(plans: Plans, contacts: Contacts, limit: Index) -> Index:
    """``(p,)`` load on each unit of the parcels in which a limit is set; 0 elsewhere.

    A unit hands on its weight and its load to the units that it rests on, in proportion to the
    contact areas, each share rounded up to whole grams. A unit rests only on units with a lower
    base, so going through each parcel from its highest base down, one unit of every parcel at a
    time, every load is complete when it is handed on.
    """
    load = np.zeros(len(limit), dtype=np.int64)
    limited = np.zeros(plans.parcel.max(initial=-1) + 1, dtype=np.bool_)
    limited[plans.parcel[limit >= 0]] = True
    edges = np.flatnonzero(limited[plans.parcel[contacts.upper]])
    upper, lower = contacts.upper[edges], contacts.lower[edges]
    area = contacts.area_mm2[edges]
    total = sums(area, upper, len(limit))
    weight = plans.weight_g
    for step in _steps(_rank_from_top(plans)[upper]):
        above, share = upper[step], area[step]
        handed_on = -(-((weight[above] + load[above]) * share) // total[above])
        np.add.at(load, lower[step], handed_on)
    return load


def _rank_from_top(plans: Plans) -> Index:
    """``(p,)`` 0 for the unit with the highest base of each parcel, 1 for the next, ..."""
    from_top = np.lexsort([-plans.low_mm[:, 2], plans.parcel])
    rank = np.empty(len(from_top), dtype=np.int64)
    rank[from_top] = np.arange(len(from_top)) - np.searchsorted(plans.parcel, plans.parcel)
    return rank


def _steps(rank: Index) -> list[NDArray[np.int64]]:
    """Positions of equal rank, in ascending order of rank."""
    order = np.argsort(rank, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(rank[order])) + 1)
