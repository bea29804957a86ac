"""Parcels as the checks see them: the parcels of a result, or the alternatives to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from packopt.spaces import is_mailer, usable_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index, Rows

    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Parcels:
    """Packages that hold units of an order; ``q`` of them, by order and number.

    Attributes
    ----------
    book
        Orders, catalogue and policy.
    order
        ``(q,)`` index of the order.
    number
        ``(q,)`` number of the parcel within its order; of an alternative, its rank.
    package
        ``(q,)`` index of the package; one past the last stands for a unit's own container.
    inner_mm
        ``(q, 3)`` inner sides; of a mailer its flat sides and greatest thickness.
    thickness_mm
        ``(q,)`` how thick a mailer is filled; not read for others.
    rows
        Their rows in the table.
    """

    book: Book
    order: Index
    number: Index
    package: Index
    inner_mm: Index
    thickness_mm: Index
    rows: Rows

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def own(self) -> Mask:
        """``(q,)`` True for units in their own containers."""
        return np.asarray(self.package == self.book.n_packages)

    @cached_property
    def soft(self) -> Mask:
        """``(q,)`` True for mailers."""
        return self.of_package(is_mailer(self.book.catalogue), own=0) > 0

    def name(self, row: int) -> str:
        """The package of a parcel in words."""
        return self.book.name(int(self.package[row]))

    @cached_property
    def flexible(self) -> Mask:
        """``(q,)`` True for packages whose size is chosen for the content."""
        return self.of_package(self.book.flexible, own=0) > 0

    def of_package(self, values: NDArray[np.generic], own: int) -> Index:
        """A whole property of the packages ``(k, ...)`` for each parcel; of own ones another."""
        last = np.full((1, *values.shape[1:]), own, dtype=np.int64)
        return np.concatenate([values.astype(np.int64), last])[self.package]

    @cached_property
    def space_mm(self) -> Index:
        """``(q, 3)`` usable space; of a mailer at its thickness."""
        space = self.inner_mm.astype(np.int64)
        boxed = np.flatnonzero(~self.own)
        book = self.book
        space[boxed] = usable_mm(
            book.catalogue,
            book.policy,
            self.package[boxed],
            self.thickness_mm[boxed],
            self.inner_mm[boxed],
        )
        return space

    @cached_property
    def floor_mm(self) -> Index:
        """``(q,)`` corner of the usable space; in mailers and own containers it is 0."""
        return np.where(self.soft | self.own, 0, self.book.policy.wall_clearance_mm)
