"""Tidier plans in packages that are chosen: few levels, heavy low, equal units together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from packopt.batches import canonical_rows, empty_answers, kernel_rules
from packopt.catalogue import ADJUSTABLE, MADE_TO_MEASURE, MAILER
from packopt.kernel.batch import Batch
from packopt.kernel.layout import PADDING
from packopt.kernel.tidy import Rooms, tidy

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.kernel.batch import Answers, Packages
    from packopt.kernel.workspace import Workspace
    from packopt.orders import Orders
    from packopt.parcels import Parcels
    from packopt.policy import Policy

    Ints = NDArray[np.int64]


class Tidier:
    """Lays plans out more simply, each in the room that it has.

    Boxes made to measure are left alone, since they are as small as their plans. So is a plan that
    could be lower in a carton whose height was chosen for it.

    Parameters
    ----------
    catalogue, policy, packages
        The packages, and the rules to pack by; under geometry alone every plan stays as it is.
    """

    def __init__(self, catalogue: Catalogue, policy: Policy, packages: Packages) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._packages = packages

    def tidy_answers(
        self, batch: Batch, answers: Answers, size_mm: NDArray[np.int32], workspace: Workspace
    ) -> None:
        """Tidy the kernel's plans in place.

        Parameters
        ----------
        batch, answers
            What the kernel was asked and answered.
        size_mm
            ``(p, 3)`` inner sides where they were chosen for the order, else 0.
        workspace
            Work areas for the largest order.
        """
        if self._policy.handling == "geometry":
            return
        # Nothing, and a unit's own container, are no packages.
        package = np.maximum(answers.package, 0)
        kind = np.where(answers.package < 0, 0, self._catalogue.kind[package])
        # A thinner mailer is wider, and may leave more empty than the policy allows.
        kept = MAILER if self._policy.limits_empty_space else MADE_TO_MEASURE
        wanted = ((kind != MADE_TO_MEASURE) & (kind != kept)).astype(np.uint8)
        adjustable = np.flatnonzero((kind == ADJUSTABLE) & (answers.package >= 0))
        before = answers
        if len(adjustable):
            before = answers._replace(
                place=answers.place.copy(),
                unit=answers.unit.copy(),
                support=answers.support.copy(),
            )
        rooms = self._rooms(package, np.where(answers.package[:, None] < 0, 0, size_mm))
        tidy(batch, rooms, kernel_rules(self._policy), wanted, answers, workspace)
        for order in adjustable.tolist():
            if _top_mm(batch, answers, order) < _top_mm(batch, before, order):
                _take_back(batch, answers, before, order)

    def tidy_parcels(self, parcels: Parcels, orders: Orders, workspace: Workspace) -> Parcels:
        """Tidy the plans of parcels of any source.

        Parameters
        ----------
        parcels
            The parcels, nests as one thing each.
        orders
            Where their units are from.
        workspace
            Work areas for the largest parcel.

        Returns
        -------
        The same parcels, their units in another sequence.
        """
        if self._policy.handling == "geometry" or not len(parcels.order):
            return parcels
        batch, place_of_row = _as_batch(parcels, orders)
        first = np.repeat(parcels.start[:-1], parcels.units)
        unit = np.empty(len(first), np.int32)
        unit[place_of_row] = np.arange(len(first)) - first
        answers = empty_answers(batch, 1)._replace(
            package=parcels.package,
            place=parcels.place.copy(),
            unit=unit,
            support=parcels.support.copy(),
        )
        self.tidy_answers(batch, answers, parcels.size_mm, workspace)
        at = place_of_row[first + answers.unit]
        return replace(
            parcels,
            line=parcels.line[at],
            number=parcels.number[at],
            qty=parcels.qty[at],
            place=answers.place,
            support=answers.support,
        )

    def _rooms(self, package: NDArray[np.int32], size_mm: NDArray[np.int32]) -> Rooms:
        packages, catalogue = self._packages, self._catalogue
        room = packages.room[package]
        if not size_mm.any():
            return Rooms(room, packages.mailer[package], packages.clearance[package])
        made = np.flatnonzero((size_mm > 0).any(axis=1))
        inner = size_mm[made].astype(np.int64)
        room[made] = inner - 2 * self._policy.wall_clearance_mm
        coolant = catalogue.coolant_mm3[package[made]]
        room[made, 2] -= -(-coolant // np.maximum(inner[:, 0] * inner[:, 1], 1))
        return Rooms(room, packages.mailer[package], packages.clearance[package])


def _as_batch(parcels: Parcels, orders: Orders) -> tuple[Batch, Ints]:
    """Parcels as orders to the kernel, and the placement in which each of its units stands."""
    rows = canonical_rows(orders, parcels.line, parcels.qty)
    volume = rows[:, :3].astype(np.int64).prod(axis=1)
    columns = [-rows[:, c] for c in range(rows.shape[1] - 1, -1, -1)]
    order = np.lexsort([parcels.number, parcels.line, *columns, -volume, parcels.parcel_of_unit])
    every = np.arange(len(parcels.order))
    nothing = np.zeros(len(every), np.int64)
    batch = Batch(
        units=np.ascontiguousarray(rows[order]),
        start=parcels.start,
        content_mm3=nothing,
        weight_g=nothing,
        no_mailer=np.zeros(len(every), np.bool_),
        like=every,
        access=np.zeros(len(every), np.int32),
    )
    return batch, order


def _rows(batch: Batch, order: int) -> slice:
    return slice(int(batch.start[order]), int(batch.start[order + 1]))


def _top_mm(batch: Batch, answers: Answers, order: int) -> int:
    """How high the plan of an order is, padding included."""
    rows = _rows(batch, order)
    padding = batch.units[rows][answers.unit[rows], PADDING]
    return int((answers.place[rows, 2] + answers.place[rows, 5] + padding).max())


def _take_back(batch: Batch, answers: Answers, before: Answers, order: int) -> None:
    rows = _rows(batch, order)
    answers.place[rows] = before.place[rows]
    answers.unit[rows] = before.unit[rows]
    answers.support[rows] = before.support[rows]
