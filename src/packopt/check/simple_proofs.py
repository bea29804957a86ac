"""Short arguments that a package cannot hold some units, for many of both at once.

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
    things,
    usable_mm,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.check.book import Book, Index

    Mask = NDArray[np.bool_]

_NOWHERE_MM: Final = 1 << 30  # extent of a unit that fits in no rotation: longer than any package


@dataclass(frozen=True, eq=False)
class Subjects:
    """Units that are to share a parcel; ``s`` sets of them, with ``l`` lines.

    Attributes
    ----------
    start
        ``(s + 1,)``: the lines of set ``i`` are ``start[i]`` to ``start[i + 1] - 1``.
    line, units
        ``(l,)`` order line, and how many of its units.
    """

    start: Index
    line: Index
    units: Index


def whole_orders(book: Book) -> Subjects:
    """All units of each order."""
    orders = book.orders
    return Subjects(orders.line_start, np.arange(orders.n_lines), orders.qty.astype(np.int64))


@dataclass(frozen=True, eq=False)
class Question:
    """Can these packages hold these units? ``r`` rows.

    Attributes
    ----------
    subject, package
        ``(r,)`` indices.
    thickness_mm
        ``(r,)`` thickness of a mailer's virtual carton; not read for cartons.
    inner_mm
        ``(r, 3)`` inner sides; by default the largest.
    """

    subject: Index
    package: Index
    thickness_mm: Index
    inner_mm: Index | None = None

    def __getitem__(self, rows: Mask | slice | Index | list[int]) -> Question:
        inner = None if self.inner_mm is None else self.inner_mm[rows]
        return Question(self.subject[rows], self.package[rows], self.thickness_mm[rows], inner)


@dataclass(frozen=True, eq=False)
class _Units:
    """The order lines of a question; ``e`` of them.

    Attributes
    ----------
    row
        ``(e,)`` row of the question.
    count
        ``(e,)`` number of things alike: units, or one nest.
    extent_mm
        ``(e, 6, 3)`` extents of the padded unit in each of the `ROTATIONS`.
    allowed
        ``(e, 6)`` rotations that the unit may take.
    """

    row: Index
    count: Index
    extent_mm: Index
    allowed: Mask


class SimpleProofs:
    """Rules that answer True where a package is ruled out for certain."""

    def __init__(self, book: Book, subjects: Subjects | None = None) -> None:
        self._book = book
        self._subjects = subjects or whole_orders(book)
        self._soft = is_mailer(book.catalogue)
        self._rigid_mm3 = self._padded_volume_mm3(pressed=False)
        self._pressed_mm3 = self._padded_volume_mm3(pressed=True)

    def side(self, asked: Question) -> Mask:
        """Some unit fits in none of its rotations."""
        return self._by_chunks(asked, self._side)

    def volume(self, asked: Question) -> Mask:
        """The volumes of the padded units exceed the usable space."""
        soft = self._soft[asked.package]
        content = np.where(soft, self._pressed_mm3[asked.subject], self._rigid_mm3[asked.subject])
        return np.asarray(content > np.maximum(self._space_mm(asked), 0).prod(axis=1))

    def pair(self, asked: Question) -> Mask:
        """Two units cannot be separated along any axis, or a stack of them is too high."""
        return self._by_chunks(asked, self._pair)

    def alone_in_mailer(self, asked: Question) -> Mask:
        """Some unit fits into a mailer at no thickness, even by itself."""
        return self._by_chunks(asked, self._side_at_best_thickness)

    def mailer(self, asked: Question) -> Mask:
        """At each thickness that matters some unit, the volume or a pair rules a mailer out."""
        excluded = self.alone_in_mailer(asked)
        left = np.flatnonzero(~excluded)
        most = self._book.catalogue.inner_mm[asked.package[left], 2].astype(np.int64)
        excluded[left] = True
        for part in chunks(most):
            row, thickness = expand(np.ones_like(most[part]), most[part] + 1)
            rows = left[part][row]
            each = Question(asked.subject[rows], asked.package[rows], thickness)
            alive = self._not_excluded(each)
            alive = alive[self._is_reached(each[alive])]
            excluded[rows[alive]] = False
        return excluded

    def _not_excluded(self, each: Question) -> Index:
        """Rows that neither volume nor side nor pair excludes."""
        alive = np.arange(len(each.subject))
        for rule in (self.volume, self.side, self.pair):
            alive = alive[~rule(each[alive])]
        return alive

    def _is_reached(self, each: Question) -> Mask:
        """Whether units stacked on each other can be as high as the mailer is thick."""
        heights: dict[tuple[int, int], set[int]] = {}
        reached = np.zeros(len(each.subject), dtype=np.bool_)
        for row, subject in enumerate(each.subject.tolist()):
            key = subject, int(each.package[row])
            if key not in heights:
                heights[key] = self._stack_heights_mm(each[[row]])
            reached[row] = int(each.thickness_mm[row]) in heights[key]
        return reached

    def _stack_heights_mm(self, asked: Question) -> set[int]:
        units = self._units(asked)
        most = int(self._book.catalogue.inner_mm[asked.package[0], 2])
        each = [
            (set(extent[allowed, 2].tolist()), int(count))
            for extent, allowed, count in zip(
                units.extent_mm, units.allowed, units.count, strict=True
            )
        ]
        return stack_heights_mm(each, most)

    def _by_chunks(self, asked: Question, rule: Callable[[Question], Mask]) -> Mask:
        """Apply a rule to as many rows at a time as have a fair number of order lines."""
        start = self._subjects.start
        parts = chunks(start[asked.subject + 1] - start[asked.subject])
        return np.concatenate([np.empty(0, np.bool_), *(rule(asked[part]) for part in parts)])

    def _units(self, asked: Question) -> _Units:
        orders, subjects = self._book.orders, self._subjects
        row, at = expand(subjects.start[asked.subject], subjects.start[asked.subject + 1])
        line = subjects.line[at]
        count, nested = things(orders, line, subjects.units[at])
        size = packed_size_mm(orders, line, self._soft[asked.package][row], nested)
        padded = size + 2 * orders.padding_mm[line, None]
        return _Units(
            row, count, padded[:, ROTATIONS], rotations_allowed(orders.orientation[line], size)
        )

    def _side(self, asked: Question) -> Mask:
        units = self._units(asked)
        fits = self._fitting(units, self._space_mm(asked))
        return np.bincount(units.row[~fits.any(axis=1)], minlength=len(asked.subject)) > 0

    def _side_at_best_thickness(self, asked: Question) -> Mask:
        """A unit lying in a rotation fits best in a mailer that is just as thick as it is high."""
        units = self._units(asked)
        flat = self._space_mm(Question(asked.subject, asked.package, np.zeros_like(asked.subject)))
        most = self._book.catalogue.inner_mm[asked.package, 2]
        height = units.extent_mm[:, :, 2]
        fits = units.allowed & (height <= most[units.row, None])
        for axis in (0, 1):
            fits &= units.extent_mm[:, :, axis] + height <= flat[units.row, axis, None]
        return np.bincount(units.row[~fits.any(axis=1)], minlength=len(asked.subject)) > 0

    def _pair(self, asked: Question) -> Mask:
        space, units = self._space_mm(asked), self._units(asked)
        fits = self._fitting(units, space)
        least = np.where(fits[:, :, None], units.extent_mm, _NOWHERE_MM).min(axis=1)
        excluded = np.zeros(len(asked.subject), dtype=np.bool_)
        twin = np.flatnonzero(units.count > 1)
        for first, second in ((twin, twin), *pairs(units.row)):
            row = units.row[first]
            separable = (least[first] + least[second] <= space[row]).any(axis=1)
            excluded[row[~separable]] = True
        begin = np.searchsorted(units.row, np.arange(len(excluded) + 1))
        for left in np.flatnonzero(~excluded).tolist():
            part = slice(begin[left], begin[left + 1])
            excluded[left] = stack_too_high(least[part], units.count[part], space[left])
        return excluded

    def _fitting(self, units: _Units, space: Index) -> Mask:
        """``(e, 6)`` rotations that are allowed and fit."""
        fits = units.allowed.copy()
        for axis in range(3):
            fits &= units.extent_mm[:, :, axis] <= space[units.row, axis, None]
        return fits

    def _space_mm(self, asked: Question) -> Index:
        book = self._book
        return usable_mm(
            book.catalogue, book.policy, asked.package, asked.thickness_mm, asked.inner_mm
        )

    def _padded_volume_mm3(self, *, pressed: bool) -> Index:
        orders, subjects = self._book.orders, self._subjects
        line, n = subjects.line, len(subjects.start) - 1
        count, nested = things(orders, line, subjects.units)
        size = packed_size_mm(orders, line, np.full(len(line), pressed), nested).astype(np.int64)
        volume = (size + 2 * orders.padding_mm[line, None]).prod(axis=1) * count
        return sums(volume, np.repeat(np.arange(n), np.diff(subjects.start)), n)
