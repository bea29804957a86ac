"""Units that no package holds, even alone, by arguments that can be followed on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.check.book import sums
from packopt.check.emptiness import content_alone_mm3, content_beside_mm3, refuses_unit
from packopt.check.ragged import expand
from packopt.check.simple_proofs import Question, SimpleProofs, Subjects
from packopt.spaces import is_mailer
from packopt.tables import REASONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.check.book import Book, Index
    from packopt.check.stock import Ledger

    Mask = NDArray[np.bool_]

_RULES: Final = ("stock", "policy", "weight", "side", "volume", "pair")
_LONG: Final = ("reach", "dff", "search", "cpsat")


class Homeless:
    """Which order lines have units that fit no package, even alone, by simple arguments.

    Units that are kept together count as one: what holds one of them has to hold all. A limit of
    empty space is held against the units alone, or ``with_others`` against all that may lie beside
    them.
    """

    def __init__(
        self, book: Book, ledger: Ledger, lines: Index, *, with_others: bool = False
    ) -> None:
        self.lines = lines
        self._with_others = with_others
        self._book = book
        self._subjects, self.bundled = _atoms(book, lines)
        self._proofs = SimpleProofs(book, self._subjects)
        n = book.n_packages
        subject = np.repeat(np.arange(len(lines)), n)
        package = np.tile(np.arange(n), len(lines))
        self._asked = Question(subject, package, np.zeros_like(subject))
        self._true = {
            "stock": ledger.left(book.order_of_line[lines][subject], package, lines[subject]) <= 0,
            "policy": self._any_line(~book.permits.allow(*self._pairs()))
            | self._not_carried()
            | self._too_empty(),
            "weight": self._too_heavy(),
        }
        self.proved = self._prove().reshape(len(lines), n).all(axis=1)
        own = book.may_ship_as_it_is[lines] & ~self.bundled
        self.proved &= ~own  # it can ship as it is

    def holding(self, reason: Index) -> Mask:
        """``(l,)`` whether a reason for each line is true of some package.

        Longer proofs than these arguments are taken for true of units that are kept together.
        """
        long = np.isin(reason, [REASONS.index(word) for word in _LONG])
        true = self.bundled & long
        n = self._book.n_packages
        for word in _RULES:
            line = np.flatnonzero(reason == REASONS.index(word))
            rows = (line[:, None] * n + np.arange(n)).reshape(-1)
            true[line] = self._ask(word, rows).reshape(len(line), n).any(axis=1)
        return true

    def _ask(self, word: str, rows: Index) -> Mask:
        """Whether a rule keeps the units of some rows out of their packages."""
        if word in self._true:
            return self._true[word][rows]
        asked = self._asked[rows]
        soft = is_mailer(self._book.catalogue)[asked.package]
        proved = np.zeros(len(rows), np.bool_)
        proved[~soft] = getattr(self._proofs, word)(asked[~soft])
        bundled = self.bundled[asked.subject]
        single, several = soft & ~bundled, soft & bundled
        proved[single] = self._proofs.alone_in_mailer(asked[single])
        proved[several] = self._proofs.mailer(asked[several])
        return proved

    def _prove(self) -> Mask:
        proved = np.zeros(len(self._asked.package), np.bool_)
        bundled = self.bundled[self._asked.subject]
        for word in _RULES:
            # Of a single unit nothing but its sides matters.
            open_rows = ~proved & (bundled | (word not in ("volume", "pair")))
            rows = np.flatnonzero(open_rows)
            proved[rows] = self._ask(word, rows)
        return proved

    def _pairs(self) -> tuple[Index, Index]:
        """Lines of each row's units, and its package."""
        start = self._subjects.start
        row, at = expand(start[self._asked.subject], start[self._asked.subject + 1])
        self._row_of_pair = row
        return self._subjects.line[at], self._asked.package[row]

    def _any_line(self, mask: Mask) -> Mask:
        return np.bincount(self._row_of_pair[mask], minlength=len(self._asked.package)) > 0

    def _not_carried(self) -> Mask:
        """Packages that the carrier does not take: with nothing in them, or with the only unit."""
        book, package = self._book, self._asked.package
        if book.carriage is None:
            return np.zeros(len(package), np.bool_)
        order = book.order_of_line[self.lines][self._asked.subject]
        alone = np.diff(book.orders.unit_start)[order] == 1
        refused = book.carriage.refuses(order, package)
        return np.asarray((alone & refused) | (book.carriage.most_content_g[package] < 0))

    def _too_empty(self) -> Mask:
        """Packages that break the limit of empty space with the units, and others beside them."""
        book, asked = self._book, self._asked
        if not book.policy.limits_empty_space:
            return np.zeros(len(asked.package), np.bool_)
        subjects = self._subjects
        owner = np.repeat(np.arange(len(self.lines)), np.diff(subjects.start))
        most = content_alone_mm3(book, subjects.line) * subjects.units[:, None]
        most = sums(most, owner, len(self.lines))
        if self._with_others:
            most = np.maximum(most, content_beside_mm3(book, self.lines))
        return refuses_unit(book, self._proofs, asked, most[asked.subject])

    def _too_heavy(self) -> Mask:
        subjects, orders = self._subjects, self._book.orders
        weight = orders.weight_g[subjects.line].astype(np.int64) * subjects.units
        owner = np.repeat(np.arange(len(self.lines)), np.diff(subjects.start))
        total = sums(weight, owner, len(self.lines))[self._asked.subject]
        limit = self._book.most_content_g[self._asked.package]
        return np.asarray((limit >= 0) & (total > limit))


def _atoms(book: Book, lines: Index) -> tuple[Subjects, Mask]:
    """One unit of each line, or all units that it is kept together with; and where it is so."""
    orders = book.orders
    word = orders.keep_together.code[lines]
    bundled = word >= 0
    members: list[Index] = []
    for line, code in zip(lines.tolist(), word.tolist(), strict=True):
        if code < 0:
            members.append(np.array([line]))
            continue
        order = int(book.order_of_line[line])
        all_lines = np.arange(orders.line_start[order], orders.line_start[order + 1])
        members.append(all_lines[orders.keep_together.code[all_lines] == code])
    every = np.concatenate([np.empty(0, np.int64), *members])
    count = np.array([len(one) for one in members], np.int64)
    units = np.where(np.repeat(bundled, count), orders.qty[every], 1).astype(np.int64)
    return Subjects(np.append(0, np.cumsum(count)), every, units), bundled
