"""All parcels of a batch as arrays: what the kernel, the choice of sizes and splitting found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from packopt.nests import unnest
from packopt.runs import run_rows
from packopt.splitting.question import OWN_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.orders import Orders
    from packopt.outcome import Asked
    from packopt.parts import Parts
    from packopt.splitting.question import Parcel

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Parcels:
    """``p`` parcels, those of an order together, with ``u`` placed units.

    Attributes
    ----------
    order
        ``(p,)`` index of the order, ascending.
    package
        ``(p,)`` index of the package, or `OWN_CONTAINER`.
    cost
        ``(p,)`` cost steps under the objective.
    proved
        ``(p,)`` True where nothing cheaper holds these units.
    size_mm
        ``(p, 3)`` inner sides where they were chosen for the units, else 0.
    start
        ``(p + 1,)``: the placements of parcel ``i`` are ``start[i]`` to ``start[i + 1] - 1``.
    line, number
        ``(u,)`` order line of each placed unit, and its number within the line from 0.
    qty
        ``(u,)`` 1; of a nest that is still one thing, its units, of which ``number`` is the
        first's; 0 for a unit that is told as the slab by which it sticks out of a nest.
    place
        ``(u, 6)`` corner and extents in mm, without padding.
    support
        ``(u,)`` share of the base that rests on something.
    """

    order: Ints
    package: NDArray[np.int32]
    cost: Ints
    proved: NDArray[np.bool_]
    size_mm: NDArray[np.int32]
    start: Ints
    line: Ints
    number: Ints
    qty: Ints
    place: NDArray[np.int32]
    support: NDArray[np.float32]

    @property
    def units(self) -> Ints:
        """``(p,)`` units in each parcel."""
        return np.diff(self.start)

    @property
    def parcel_of_unit(self) -> Ints:
        """``(u,)`` the parcel each placed unit is in."""
        return np.repeat(np.arange(len(self.order)), self.units)

    @property
    def number_in_order(self) -> Ints:
        """``(p,)`` number of each parcel within its order, from 1."""
        if len(self.order) < 2:
            return np.ones(len(self.order), np.int64)
        every = np.arange(len(self.order))
        first = np.ones(len(every), np.bool_)
        first[1:] = self.order[1:] != self.order[:-1]
        started: Ints = np.flatnonzero(first)[np.cumsum(first) - 1]
        return every - started + 1

    def take(self, rows: Ints) -> Parcels:
        """Some parcels, in the order of ``rows``."""
        units = self.units[rows]
        at = run_rows(self.start[rows], units)
        return Parcels(
            order=self.order[rows],
            package=self.package[rows],
            cost=self.cost[rows],
            proved=self.proved[rows],
            size_mm=self.size_mm[rows],
            start=np.append(0, np.cumsum(units)),
            line=self.line[at],
            number=self.number[at],
            qty=self.qty[at],
            place=self.place[at],
            support=self.support[at],
        )


def single_parcels(asked: Asked) -> Parcels:
    """The parts that the kernel put into one package.

    Parameters
    ----------
    asked
        The parts, and what the kernel answered.
    """
    answers, batch = asked.answers, asked.batch
    shipped = np.flatnonzero(answers.package >= 0)
    units = np.diff(batch.start)
    row = np.repeat(batch.start[:-1], units) + answers.unit
    place, support = answers.place, answers.support
    if len(shipped) < len(units):
        placed = np.repeat(answers.package >= 0, units)
        row, place, support = row[placed], place[placed], support[placed]
        units = units[shipped]
    line = asked.unit_line[row]
    return Parcels(
        order=asked.parts.order[shipped],
        package=answers.package[shipped],
        cost=asked.cost[shipped],
        # A package of the same cost and less volume may have stayed open.
        proved=asked.cost[shipped] == asked.bound[shipped],
        size_mm=asked.size_mm[shipped],
        start=np.append(0, np.cumsum(units)),
        line=line,
        number=numbers_in_line(asked.unit_line)[row],
        qty=units_in_things(asked.orders, line),
        place=place,
        support=support,
    )


def units_in_things(orders: Orders, line: Ints) -> Ints:
    """Units in what the kernel takes for one, ``(u,)``: those of a nest, else 1."""
    nests = orders.nest_height_mm[line] > 0
    if not nests.any():
        return np.ones(len(line), np.int64)
    return np.where(nests, orders.qty[line], 1).astype(np.int64)


def numbers_in_line(unit_line: Ints) -> Ints:
    """Number, from 0, of each canonical unit within its line, ``(u,)``."""
    if len(unit_line) < 2:
        return np.zeros(len(unit_line), np.int64)
    rows = np.arange(len(unit_line))
    new = np.ones(len(unit_line), np.bool_)
    new[1:] = np.diff(unit_line) != 0
    first: Ints = np.flatnonzero(new)[np.cumsum(new) - 1]
    return rows - first


@dataclass(frozen=True, eq=False, slots=True)
class Things:
    """What the units of ``q`` parts are to splitting: ``u`` things.

    Attributes
    ----------
    part
        ``(q,)`` the parts.
    start
        ``(q + 1,)``: the things of part ``part[i]`` are ``start[i]`` to ``start[i + 1] - 1``.
    line, number
        ``(u,)`` order line of each thing, and the number within the line of its first unit.
    qty
        ``(u,)`` units in each thing: those of a nest, else 1.
    """

    part: Ints
    start: Ints
    line: Ints
    number: Ints
    qty: Ints

    def of(self, i: int) -> Things:
        """Those of one part, by its place in ``part``."""
        at = slice(int(self.start[i]), int(self.start[i + 1]))
        part, n = self.part[i : i + 1], at.stop - at.start
        return Things(part, np.array([0, n]), self.line[at], self.number[at], self.qty[at])


def split_parcels(
    parcels_of: Sequence[Sequence[Parcel]], things: Things, orders: Orders, parts: Parts
) -> Parcels:
    """The parcels of parts that were split.

    Parameters
    ----------
    parcels_of
        Parcels of each part of ``things``, none of those that were left as they are.
    things
        What the units of the parts are.
    orders, parts
        Where they are from.
    """
    every = [parcel for parcels in parcels_of for parcel in parcels]
    if not every:
        return no_parcels()
    owner = np.repeat(np.arange(len(parcels_of)), [len(parcels) for parcels in parcels_of])
    start = np.append(0, np.cumsum([len(parcel.unit) for parcel in every]))
    thing = np.concatenate([parcel.unit for parcel in every])
    thing += np.repeat(things.start[owner], np.diff(start))
    parcels = Parcels(
        order=parts.order[things.part[owner]],
        package=np.array([parcel.package for parcel in every], np.int32),
        cost=np.array([parcel.cost for parcel in every], np.int64),
        proved=np.array([parcel.proved for parcel in every], np.bool_),
        size_mm=np.array([parcel.size_mm or (0, 0, 0) for parcel in every], np.int32),
        start=start,
        line=things.line[thing],
        number=things.number[thing],
        qty=things.qty[thing],
        place=np.concatenate([parcel.place for parcel in every]),
        support=np.concatenate([parcel.support for parcel in every]),
    )
    # A unit in its own container travels as declared, length along x and without padding.
    own = np.flatnonzero(parcels.package == OWN_CONTAINER)
    at = start[own]
    parcels.size_mm[own] = parcels.place[at, 3:] = orders.size_mm[parcels.line[at]]
    return parcels


def own_containers(orders: Orders, parts: Parts) -> Parcels:
    """Every unit that ships alone as a parcel of its own, in its own container."""
    lines = parts.alone
    if not len(lines):
        return no_parcels()
    order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
    qty = orders.qty[lines].astype(np.int64)
    line = np.repeat(lines, qty)
    size = orders.size_mm[line]
    n = len(line)
    return Parcels(
        order=order_of_line[line],
        package=np.full(n, OWN_CONTAINER, np.int32),
        cost=np.zeros(n, np.int64),
        proved=np.ones(n, np.bool_),
        size_mm=size,
        start=np.arange(n + 1),
        line=line,
        number=numbers_in_line(line),
        qty=np.ones(n, np.int64),
        place=np.hstack([np.zeros_like(size), size]),
        support=np.ones(n, np.float32),
    )


@cache
def no_parcels() -> Parcels:
    """Not a single one."""
    no = np.empty(0, np.int64)
    return Parcels(
        order=no,
        package=np.empty(0, np.int32),
        cost=no,
        proved=np.empty(0, np.bool_),
        size_mm=np.empty((0, 3), np.int32),
        start=np.zeros(1, np.int64),
        line=no,
        number=no,
        qty=no,
        place=np.empty((0, 6), np.int32),
        support=np.empty(0, np.float32),
    )


def together(several: Sequence[Parcels]) -> Parcels:
    """Put parcels from several sources in the order of their orders."""
    several = [parcels for parcels in several if len(parcels.order)]
    if not several:
        return no_parcels()
    if len(several) == 1:
        joined = several[0]
    else:
        units = np.concatenate([parcels.units for parcels in several])
        joined = Parcels(
            start=np.append(0, np.cumsum(units)),
            **{
                name: np.concatenate([getattr(parcels, name) for parcels in several])
                for name in Parcels.__slots__
                if name != "start"
            },
        )
    if len(joined.order) == 1:
        return joined
    ascending = bool((np.diff(joined.order) >= 0).all())
    return joined if ascending else joined.take(np.argsort(joined.order, kind="stable"))


def with_nests_told(parcels: Parcels, orders: Orders) -> Parcels:
    """Tell the nests among the placed things as the units they are made of.

    Each unit has the support of its nest, which is put down as one thing.
    """
    nests = parcels.qty > 1
    if not nests.any():
        return parcels
    owner, further, place = unnest(orders, parcels.line, parcels.qty, parcels.place)
    parcel = parcels.parcel_of_unit[owner]
    start = np.searchsorted(parcel, np.arange(len(parcels.order) + 1))
    return Parcels(
        order=parcels.order,
        package=parcels.package,
        cost=parcels.cost,
        proved=parcels.proved,
        size_mm=parcels.size_mm,
        start=start,
        line=parcels.line[owner],
        number=parcels.number[owner] + further,
        qty=(further == 0).astype(np.int64),
        place=place,
        support=parcels.support[owner],
    )
