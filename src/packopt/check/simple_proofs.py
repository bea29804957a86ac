"""Short arguments that a package cannot hold an order, for many orders and packages at once.

They are about padded, axis-aligned units and look at no packing, so each can be followed on paper.
A mailer is ruled out when its virtual carton is at every thickness that matters
(`packopt.spaces.stack_heights_mm`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.book import sums
from packopt.check.ragged import chunks, expand, pairs
from packopt.check.stacks import stack_too_high
from packopt.spaces import (
    ROTATIONS,
    is_mailer,
    packed_size_mm,
    rotations_allowed,
    stack_heights_mm,
    usable_mm,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.check.book import Book, Index

    Mask = NDArray[np.bool_]

_NOWHERE_MM: Final = 1 << 30  # extent of a unit that fits in no rotation: longer than any package


@dataclass(frozen=True, eq=False)
class Question:
    """Can these packages hold these orders? ``r`` rows.

    Attributes
    ----------
    order, package
        ``(r,)`` indices.
    thickness_mm
        ``(r,)`` thickness of a mailer's virtual carton; not read for cartons.
    """

    order: Index
    package: Index
    thickness_mm: Index

    def __getitem__(self, rows: Mask | slice | Index | list[int]) -> Question:
        return Question(self.order[rows], self.package[rows], self.thickness_mm[rows])


@dataclass(frozen=True, eq=False)
class _Units:
    """The order lines of a question; ``e`` of them.

    Attributes
    ----------
    row, line
        ``(e,)`` row of the question and order line.
    extent_mm
        ``(e, 6, 3)`` extents of the padded unit in each of the `ROTATIONS`.
    allowed
        ``(e, 6)`` rotations that the unit may take.
    """

    row: Index
    line: Index
    extent_mm: Index
    allowed: Mask


class SimpleProofs:
    """Rules that answer True where a package is ruled out for certain."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._soft = is_mailer(book.catalogue)
        self._rigid_mm3 = self._padded_volume_mm3(pressed=False)
        self._pressed_mm3 = self._padded_volume_mm3(pressed=True)

    def side(self, asked: Question) -> Mask:
        """Some unit fits in none of its rotations."""
        return self._by_chunks(asked, self._side)

    def volume(self, asked: Question) -> Mask:
        """The volumes of the padded units exceed the usable space."""
        soft = self._soft[asked.package]
        content = np.where(soft, self._pressed_mm3[asked.order], self._rigid_mm3[asked.order])
        return np.asarray(content > np.maximum(self._space_mm(asked), 0).prod(axis=1))

    def pair(self, asked: Question) -> Mask:
        """Two units cannot be separated along any axis, or a stack of them is too high."""
        return self._by_chunks(asked, self._pair)

    def mailer(self, asked: Question) -> Mask:
        """At each thickness that matters some unit, the volume or a pair rules a mailer out."""
        excluded = self._by_chunks(asked, self._side_at_best_thickness)
        left = np.flatnonzero(~excluded)
        most = self._book.catalogue.inner_mm[asked.package[left], 2].astype(np.int64)
        excluded[left] = True
        for part in chunks(most):
            row, thickness = expand(np.ones_like(most[part]), most[part] + 1)
            rows = left[part][row]
            each = Question(asked.order[rows], asked.package[rows], thickness)
            alive = self._not_excluded(each)
            alive = alive[self._is_reached(each[alive])]
            excluded[rows[alive]] = False
        return excluded

    def _not_excluded(self, each: Question) -> Index:
        """Rows that neither volume nor side nor pair excludes."""
        alive = np.arange(len(each.order))
        for rule in (self.volume, self.side, self.pair):
            alive = alive[~rule(each[alive])]
        return alive

    def _is_reached(self, each: Question) -> Mask:
        """Whether units stacked on each other can be as high as the mailer is thick."""
        heights: dict[tuple[int, int], set[int]] = {}
        reached = np.zeros(len(each.order), dtype=np.bool_)
        for row, order in enumerate(each.order.tolist()):
            key = order, int(each.package[row])
            if key not in heights:
                heights[key] = self._stack_heights_mm(each[[row]])
            reached[row] = int(each.thickness_mm[row]) in heights[key]
        return reached

    def _stack_heights_mm(self, asked: Question) -> set[int]:
        units = self._units(asked)
        most = int(self._book.catalogue.inner_mm[asked.package[0], 2])
        each = [
            (set(extent[allowed, 2].tolist()), int(self._book.orders.qty[line]))
            for extent, allowed, line in zip(
                units.extent_mm, units.allowed, units.line, strict=True
            )
        ]
        return stack_heights_mm(each, most)

    def _by_chunks(self, asked: Question, rule: Callable[[Question], Mask]) -> Mask:
        """Apply a rule to as many rows at a time as have a fair number of order lines."""
        start = self._book.orders.line_start
        parts = chunks(start[asked.order + 1] - start[asked.order])
        return np.concatenate([np.empty(0, np.bool_), *(rule(asked[part]) for part in parts)])

    def _units(self, asked: Question) -> _Units:
        orders = self._book.orders
        row, line = expand(orders.line_start[asked.order], orders.line_start[asked.order + 1])
        size = packed_size_mm(orders, line, self._soft[asked.package][row])
        padded = size + 2 * orders.padding_mm[line, None]
        return _Units(
            row, line, padded[:, ROTATIONS], rotations_allowed(orders.orientation[line], size)
        )

    def _side(self, asked: Question) -> Mask:
        units = self._units(asked)
        fits = self._fitting(units, self._space_mm(asked))
        return np.bincount(units.row[~fits.any(axis=1)], minlength=len(asked.order)) > 0

    def _side_at_best_thickness(self, asked: Question) -> Mask:
        """A unit lying in a rotation fits best in a mailer that is just as thick as it is high."""
        units = self._units(asked)
        flat = self._space_mm(Question(asked.order, asked.package, np.zeros_like(asked.order)))
        most = self._book.catalogue.inner_mm[asked.package, 2]
        height = units.extent_mm[:, :, 2]
        fits = units.allowed & (height <= most[units.row, None])
        for axis in (0, 1):
            fits &= units.extent_mm[:, :, axis] + height <= flat[units.row, axis, None]
        return np.bincount(units.row[~fits.any(axis=1)], minlength=len(asked.order)) > 0

    def _pair(self, asked: Question) -> Mask:
        space, units = self._space_mm(asked), self._units(asked)
        fits = self._fitting(units, space)
        least = np.where(fits[:, :, None], units.extent_mm, _NOWHERE_MM).min(axis=1)
        excluded = np.zeros(len(asked.order), dtype=np.bool_)
        twin = np.flatnonzero(self._book.orders.qty[units.line] > 1)
        for first, second in ((twin, twin), *pairs(units.row)):
            row = units.row[first]
            separable = (least[first] + least[second] <= space[row]).any(axis=1)
            excluded[row[~separable]] = True
        begin = np.searchsorted(units.row, np.arange(len(excluded) + 1))
        for left in np.flatnonzero(~excluded).tolist():
            part = slice(begin[left], begin[left + 1])
            count = self._book.orders.qty[units.line[part]]
            excluded[left] = stack_too_high(least[part], count, space[left])
        return excluded

    def _fitting(self, units: _Units, space: Index) -> Mask:
        """``(e, 6)`` rotations that are allowed and fit."""
        fits = units.allowed.copy()
        for axis in range(3):
            fits &= units.extent_mm[:, :, axis] <= space[units.row, axis, None]
        return fits

    def _space_mm(self, asked: Question) -> Index:
        book = self._book
        return usable_mm(book.catalogue, book.policy, asked.package, asked.thickness_mm)

    def _padded_volume_mm3(self, *, pressed: bool) -> Index:
        orders = self._book.orders
        every = np.arange(orders.n_lines)
        size = packed_size_mm(orders, every, np.full(len(every), pressed)).astype(np.int64)
        volume = (size + 2 * orders.padding_mm[:, None]).prod(axis=1) * orders.qty
        return sums(volume, self._book.order_of_line, orders.n_orders)
