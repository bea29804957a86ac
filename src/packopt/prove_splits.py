"""Proving a sample of split orders anew: every way to spread their units, asked of CP-SAT.

Small orders only: each set of units that may share a parcel is asked of every package, cheapest
first, by geometry and weight alone, and dynamic programming over these sets tells how few parcels
there can be and what as many as were found cost at least.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.admission import admit
from packopt.check.book import open_book
from packopt.check.emptiness import keeps_limit
from packopt.check.findings import Violation
from packopt.costing import package_costs
from packopt.prove import Proofs, ask
from packopt.refusals import quarrel
from packopt.spaces import packed_size_mm, things

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.check.book import Book
    from packopt.orders import Orders
    from packopt.recommendations import Recommendations

    Index = NDArray[np.int64]

MOST_ATOMS: Final = 8  # there are 2^n sets
_NEVER: Final = 1 << 62
_TOLERANCE: Final = 1e-9  # relative


def prove_splits(
    result: Recommendations,
    orders: Orders,
    catalogue: Catalogue,
    sample: int,
    seed: int = 0,
    *,
    deterministic_limit: float = 10.0,
) -> Proofs:
    """Prove the bounds of a random sample of split orders anew.

    Left out are orders of more than `MOST_ATOMS` units, and all where packages can run out.

    Parameters
    ----------
    result, orders, catalogue
        As for `packopt.check`, which should find nothing before this is asked.
    sample
        How many orders to prove; fewer where there are fewer.
    seed
        Another seed takes another sample.
    deterministic_limit
        CP-SAT's deterministic time for each container, about seconds of one core.

    Returns
    -------
    Proofs
        Violations, and numbers of orders whose bounds were proved, and were not.
    """
    policy = result.policy
    accepted, _ = admit(orders, catalogue, policy)
    book = open_book(result, accepted, catalogue, policy, package_costs(catalogue, policy))
    violations: list[Violation] = []
    proved = undecided = 0
    rows = _split_rows(book)
    for row in np.sort(np.random.default_rng(seed).permutation(rows)[:sample]).tolist():
        spread = _Spread(book, int(book.answers.order[row]), deterministic_limit)
        false = list(_false_bounds(book, row, spread))
        if not false:
            proved += 1
        elif spread.guessed:
            undecided += 1
        else:
            violations += false
    return Proofs(violations, proved, undecided)


def _split_rows(book: Book) -> Index:
    """Rows of answers that are split and small enough."""
    answers = book.answers
    split = (answers.whole("parcels") > 1) & (answers.whole("parcels_lower_bound") >= 1)
    units = np.diff(book.orders.unit_start)[answers.order]
    small = units <= MOST_ATOMS
    if any(book.catalogue.stock):
        return np.empty(0, np.int64)
    known = answers.order >= 0
    return np.flatnonzero(split & small & known & ~book.part_filled[answers.order])


def _false_bounds(book: Book, row: int, spread: _Spread) -> list[Violation]:
    """What is claimed of an order, and refuted by some way to spread its units."""
    answers = book.answers
    name = book.orders.order_ids[int(answers.order[row])].as_py()
    number = int(answers.whole("parcels")[row])
    fewest = int(answers.whole("parcels_lower_bound")[row])
    bound = float(answers.real("cost_lower_bound")[row])
    false = []
    if fewest > spread.fewest:
        text = f"parcels_lower_bound: found {fewest}, but {spread.fewest} parcels hold the order"
        false.append(Violation(name, None, "parcels_bound", text))
    # What a size costs, or the freight of a part of the order, is not asked here.
    if book.flexible.any() or book.policy.freight is not None:
        return false
    cost = spread.cost_of_at_most(number if book.parcel_price is None else MOST_ATOMS)
    least = float(book.costs.in_units(cost))
    if cost < _NEVER and bound > least * (1 + _TOLERANCE):
        text = f"cost_lower_bound: found {bound}, but there is a plan for {least}"
        false.append(Violation(name, None, "bound", text))
    return false


@dataclass(frozen=True, slots=True)
class _Atom:
    """Units that travel together: one, or all that are kept together."""

    lines: tuple[int, ...]
    qty: tuple[int, ...]


class _Spread:
    """All ways to spread an order's units over parcels.

    Attributes
    ----------
    guessed
        True where CP-SAT could not decide about some set, which then counts as held.
    """

    def __init__(self, book: Book, order: int, limit: float) -> None:
        self._book = book
        self._limit = limit
        self._order = order
        self.guessed = False
        self._atoms, self._alone = self._take_apart()
        self._full = (1 << len(self._atoms)) - 1
        self._refuted: list[set[int]] = [set() for _ in range(book.n_packages)]
        self._known: dict[tuple[tuple[int, int], ...], int] = {}
        self._price = book.parcel_price or 0
        self._cost = [0] + [self._cheapest(members) for members in range(1, self._full + 1)]

    def _take_apart(self) -> tuple[list[_Atom], int]:
        """The atoms, and the number of units that ship in their own containers anyway."""
        orders = self._book.orders
        bundles: dict[int, list[tuple[int, int]]] = {}
        atoms: list[_Atom] = []
        alone = 0
        for line in range(*orders.line_start[self._order : self._order + 2].tolist()):
            qty, word = int(orders.qty[line]), int(orders.keep_together.code[line])
            if self._book.ships_alone[line]:
                alone += qty
            elif word < 0:
                atoms += [_Atom((line,), (1,))] * qty
            else:
                bundles.setdefault(word, []).append((line, qty))
        for members in bundles.values():
            lines, units = zip(*members, strict=True)
            atoms.append(_Atom(lines, units))
        return atoms, alone

    def _content(self, members: int) -> dict[int, int]:
        """Units of each line in a set of atoms."""
        content: dict[int, int] = {}
        for number, atom in enumerate(self._atoms):
            if members >> number & 1:
                for line, qty in zip(atom.lines, atom.qty, strict=True):
                    content[line] = content.get(line, 0) + qty
        return content

    def _cheapest(self, members: int) -> int:
        """Cost steps of the cheapest package that holds a set of atoms, the parcel's price too."""
        content = self._content(members)
        key = tuple(sorted(content.items()))
        lines, qty = np.array(list(content)), np.array(list(content.values()))
        if key not in self._known:
            self._known[key] = self._ask(members, lines, qty)
        elif self._known[key] >= _NEVER:
            for refuted in self._refuted:
                refuted.add(members)
        return self._known[key]

    def _ask(self, members: int, lines: Index, qty: Index) -> int:
        book, n = self._book, self._book.n_packages
        if self._quarrel(lines, qty):
            for refuted in self._refuted:
                refuted.add(members)
            return _NEVER
        own = len(lines) == 1 and int(qty[0]) == 1 and bool(book.orders.own_container[lines[0]])
        if own and book.orders.keep_together.code[lines[0]] < 0:
            return self._price
        cost = book.sizes.least_cost(np.arange(n), np.full(n, self._volume_mm3(lines, qty)))
        for package in np.argsort(cost, kind="stable").tolist():
            if self._fits(members, lines, qty, package):
                return int(cost[package]) + self._price
        return _NEVER

    def _fits(self, members: int, lines: Index, qty: Index, package: int) -> bool:
        book, refuted = self._book, self._refuted[package]
        smaller = (members & ~(1 << number) for number in range(len(self._atoms)))
        weight = int((book.orders.weight_g[lines].astype(np.int64) * qty).sum())
        limit = int(book.most_content_g[package])
        answer = "no"
        if (
            refuted.isdisjoint(smaller)
            and not 0 <= limit < weight
            and bool(book.permits.allow(lines, np.full(len(lines), package)).all())
        ):
            answer, _ = ask(book, lines, qty, package, self._limit)
        if answer == "no":
            refuted.add(members)
        self.guessed |= answer == "undecided"
        return answer != "no" and self._keeps_limit(lines, qty, package)

    def _keeps_limit(self, lines: Index, qty: Index, package: int) -> bool:
        """Whether the limit of empty space lets a set have a package; in doubt it does."""
        kept = keeps_limit(self._book, lines, qty, package)
        self.guessed |= kept == "perhaps"
        return kept != "no"

    def _quarrel(self, lines: Index, qty: Index) -> bool:
        orders, policy = self._book.orders, self._book.policy
        if len(lines) == 1 and qty[0] == 1:
            return False  # a class that is apart from itself is alone here
        return quarrel(orders, policy, lines) is not None

    def _volume_mm3(self, lines: Index, qty: Index) -> int:
        count, nested = things(self._book.orders, lines, qty)
        rigid = np.zeros(len(lines), np.bool_)
        size = packed_size_mm(self._book.orders, lines, rigid, nested).astype(np.int64)
        return int((size.prod(axis=1) * count).sum())

    @cached_property
    def _least(self) -> list[list[int]]:
        """For each number of parcels, the least cost at which they hold each set of atoms."""
        table = [[0] + [_NEVER] * self._full]
        for _ in self._atoms:
            before = table[-1]
            table.append([min(before[m], self._best(m, before)) for m in range(self._full + 1)])
        return table

    def _best(self, members: int, before: list[int]) -> int:
        """One parcel more: it takes the lowest atom of a set, and some others."""
        lowest = members & -members
        rest = members ^ lowest
        best = 0 if not members else _NEVER
        part = rest
        while members:
            cost = self._cost[part | lowest] + before[rest ^ part]
            best = min(best, cost)
            if not part:
                break
            part = (part - 1) & rest
        return best

    @property
    def fewest(self) -> int:
        """No fewer parcels hold the order."""
        enough = (m for m, row in enumerate(self._least) if row[self._full] < _NEVER)
        return next(enough, len(self._atoms)) + self._alone

    def cost_of_at_most(self, parcels: int) -> int:
        """Least cost steps of so many parcels or fewer."""
        packed = min(parcels - self._alone, len(self._atoms))
        if packed < 0:
            return _NEVER
        return min(self._least[packed][self._full] + self._alone * self._price, _NEVER)
