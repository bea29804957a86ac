"""Nests: the units of a line that stand in each other lie in a plan as one body.

The first unit of a nest is placed whole, each further one as the slab by which it sticks out of
the earlier ones, along the units' own height. What is checked of a plan - inside, overlap, rest,
load - is checked of whole nests.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.check.book import sums
from packopt.spaces import ROTATIONS, packed_size_mm, rotations_allowed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.findings import Findings
    from packopt.check.parcels import Parcels
    from packopt.check.plans import Placements


@dataclass(frozen=True, eq=False)
class Plans:
    """What lies where: ``b`` bodies, each a unit or a nest, sorted by parcel.

    Attributes
    ----------
    parcels, placements
        What the bodies are in, and what they are made of.
    order, parcel, number, line
        ``(b,)`` order, row of the parcels and its number in the order, and order line.
    units
        ``(b,)`` number of units in the body.
    sequence, last
        ``(b,)`` packing order of the first and of the last of these units.
    extent_mm
        ``(b, 3)`` extents without padding, as reported.
    size_mm
        ``(b, 3)`` length, width and height as this package packs it.
    low_mm, high_mm
        ``(b, 3)`` lower and upper corner with padding.
    body
        ``(p,)`` the body of each placement.
    """

    parcels: Parcels
    placements: Placements
    order: Index
    parcel: Index
    number: Index
    line: Index
    units: Index
    sequence: Index
    last: Index
    extent_mm: Index
    size_mm: NDArray[np.int32]
    low_mm: Index
    high_mm: Index
    body: Index

    @property
    def weight_g(self) -> Index:
        """``(b,)`` weight of each body."""
        orders = self.parcels.book.orders
        return np.asarray(orders.weight_g[self.line].astype(np.int64) * self.units)


def gather(book: Book, parcels: Parcels, placements: Placements, findings: Findings) -> Plans:
    """Put the units of each nest together, and check that they are one."""
    nested = book.orders.nest_height_mm[placements.line] > 0
    group = np.where(nested, placements.line, book.orders.n_lines + np.arange(len(nested)))
    if nested.any():
        by_nest = np.lexsort([placements.sequence, group, placements.parcel])
        placements = _take(placements, by_nest)
        group = group[by_nest]
    new = (np.diff(placements.parcel, prepend=-1) != 0) | (np.diff(group, prepend=-1) != 0)
    first = np.flatnonzero(new)
    body = np.cumsum(new) - 1
    parcel, line = placements.parcel[first], placements.line[first]
    units = np.bincount(body, minlength=len(first))
    top = placements.corner_mm + placements.extent_mm
    low = _reduce(np.minimum, placements.corner_mm, first)
    high = _reduce(np.maximum, top, first)
    padding = np.where(parcels.own[parcel], 0, book.orders.padding_mm[line]).astype(np.int64)
    plans = Plans(
        parcels=parcels,
        placements=placements,
        order=parcels.order[parcel],
        parcel=parcel,
        number=parcels.number[parcel],
        line=line,
        units=units,
        sequence=_reduce(np.minimum, placements.sequence, first),
        last=_reduce(np.maximum, placements.sequence, first),
        extent_mm=high - low,
        size_mm=packed_size_mm(book.orders, line, parcels.soft[parcel], units),
        low_mm=low - padding[:, None],
        high_mm=high + padding[:, None],
        body=body,
    )
    if nested.any():
        _check_slabs(book, plans, low, first, findings)
    return plans


def _take(placements: Placements, rows: Index) -> Placements:
    return type(placements)(**{name: each[rows] for name, each in vars(placements).items()})


def _reduce(rule: np.ufunc, values: Index, first: Index) -> Index:
    """Reduce the rows of each body; all of them where every body is one unit."""
    if len(first) == len(values):
        return values
    return np.asarray(rule.reduceat(values, first))


def _check_slabs(book: Book, plans: Plans, low: Index, first: Index, findings: Findings) -> None:
    """In packing order, the first unit is whole and each further one a slab beyond the others."""
    placements = plans.placements
    number = np.arange(len(plans.body)) - first[plans.body]
    size = plans.size_mm[plans.body].astype(np.int64)
    height = book.orders.size_mm[placements.line, 2].astype(np.int64)
    step = book.orders.nest_height_mm[placements.line].astype(np.int64)
    begin = np.where(number > 0, height + (number - 1) * step, 0)
    thick = np.where(number > 0, step, height)
    right = rotations_allowed(book.orders.orientation[plans.line], plans.size_mm)[plans.body]
    for turn, sides in enumerate(ROTATIONS):
        upwards = sides == 2  # the axis along which the unit's own height lies
        corner = low[plans.body] + begin[:, None] * upwards
        extent = np.where(upwards, thick[:, None], size[:, sides])
        right[:, turn] &= (placements.corner_mm == corner).all(axis=1)
        right[:, turn] &= (placements.extent_mm == extent).all(axis=1)
    wrong = sums((~right).astype(np.int64), plans.body, len(first)).reshape(len(first), -1)
    findings.add(
        "nest",
        (plans.units > 1) & (wrong > 0).all(axis=1),
        plans.order,
        lambda row: (
            f"found {plans.units[row]} nesting units of one line that are not one nest; expected "
            f"the first whole, and each further one {step[first[row]]} mm beyond it"
        ),
        plans.number,
    )
