"""Large parts: parcels are built one by one, recombined, and held against the lower bounds.

First plans come from filling one package after the other with what is worth most (``building.py``);
the worths come from the bounds, and learn from every plan. While a plan has more parcels than the
bound, or costs more, an assignment is refuted set by set until it is a plan or a proof
(``assigning.py``), and better parcels are generated for the integer program over all parcels seen
so far (``columns.py``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.layout import SIDE_A
from packopt.splitting.assigning import Assignment
from packopt.splitting.book import Book
from packopt.splitting.bounds import Relaxation
from packopt.splitting.building import Builder, corrected
from packopt.splitting.columns import Column, choose, with_stock, worths
from packopt.splitting.evenly import evenly
from packopt.splitting.filling import Filler
from packopt.splitting.kinds import hand_out, kinds_of
from packopt.splitting.patience import Patience
from packopt.splitting.question import NEVER, Split
from packopt.splitting.tightly import full_parcels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.splitting.book import Entry
    from packopt.splitting.kinds import Counts, Kinds
    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Parcel, Part
    from packopt.splitting.values import Room

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Parcels times kinds up to which assignments are asked about.
_ASSIGNABLE: Final = 2_000
#: Parcels times kinds times packages up to which that is done before columns are generated.
_FEW: Final = 600
#: Thousandths of a package that a whole plan may waste for parcels to be listed that waste less.
_TIGHT: Final = 30
#: Packages tried for cost, beyond the largest: those that the bound makes most use of.
_FAVOURED: Final = 6


def cover(part: Part, pricer: Pricer, *, partial: bool = True) -> Split:
    """Spread a part of any size over parcels, as well as it is found, with a proof how well.

    Fewest parcels first and then the least cost, or the least cost with a price for each parcel;
    among equals weight is spread evenly.

    Parameters
    ----------
    part
        The units.
    pricer
        Asks the kernel; its efforts say how hard to try.
    partial
        Whether to split the rest of a part in which some units fit nothing.

    Returns
    -------
    The same on every machine. Without parcels where no plan was found.
    """
    before = pricer.work
    kinds = kinds_of(part)
    book = Book(part, kinds, pricer)
    lost = _homeless(kinds, book)
    homeless = [row for t in np.flatnonzero(lost) for lump in kinds.lumps[t] for row in lump]
    if lost.any():
        kinds = kinds.without(lost)
        book = Book(part, kinds, pricer)
    if not len(kinds) or (len(homeless) and not partial):
        return Split((), 0, NEVER, np.array(sorted(homeless), np.int64), pricer.work - before)
    task = _Task(part, kinds, book, pricer)
    task.work_through()
    return Split(
        parcels=task.parcels(),
        fewest=task.fewest,
        bound=task.bound,
        homeless=np.array(sorted(homeless), np.int64),
        work=pricer.work - before + task.filler.work,
    )


def _homeless(kinds: Kinds, book: Book) -> NDArray[np.bool_]:
    """Kinds of which not even one lump can travel: proved."""
    alone = [_one(t, len(kinds)) for t in range(len(kinds))]
    torn = np.diagonal(kinds.clash) > 0
    return torn | np.array([entry.bound == NEVER for entry in book.look_up(alone)])


def _one(t: int, n: int) -> Counts:
    return tuple(int(u == t) for u in range(n))


class _Task:
    """A part, all of whose lumps may be able to travel, being split."""

    def __init__(self, part: Part, kinds: Kinds, book: Book, pricer: Pricer) -> None:
        self._part, self._kinds, self._book, self._pricer = part, kinds, book, pricer
        self._patience = Patience.of(pricer.efforts, len(part.units))
        self._relaxation = Relaxation(part, pricer.packages, kinds)
        self.filler = Filler(part, kinds, pricer.packages, pricer.rules)
        self._builder = Builder(self._relaxation, book, self.filler, self._patience.runs)
        self._count = kinds.count.tolist()
        self._stock = {k: int(n) for k, n in enumerate(part.left.tolist()) if n > 0}
        # No plan has more parcels than lumps.
        self._most = min(part.most_parcels, sum(self._count))
        self._price = part.parcel_price or 0
        # With this for each parcel, fewest parcels are cheapest.
        self._weight = (int(pricer.packages.base_cost.max()) + 1) * sum(self._count)
        self._best: list[Column] = []
        #: Whether cost matters already, so that the kernel is asked about every new parcel.
        self._asks = False
        self.fewest = 1
        self.bound = 0

    def work_through(self) -> None:
        """Look for better plans and better bounds until they meet or patience ends."""
        first = self._kinds.content_mm3 / float(self._kinds.content_mm3.sum())
        self._build(first)
        self._raise_number()
        fewest_first = self._part.parcel_price is None
        if self._number > (self.fewest if fewest_first else self._most):
            self._find_number()
        if self.fewest > self._most:
            self._best, self.bound = [], NEVER
        elif self._number > self._most:
            self._best = []
        elif fewest_first:
            self._find_cost(self._number)
        else:
            # From here on a parcel counts no more than its price.
            off = self._weight - self._price
            self._best = [replace(one, price=one.price - off) for one in self._best]
            self._weight = self._price
            self._find_cost(self._most)

    def parcels(self) -> tuple[Parcel, ...]:
        """The best plan found, its weight spread evenly."""
        chosen = []
        for column in self._best:
            offers = self._book.entries[column.counts].parcels
            chosen.append(next(one for one in offers if one.package == column.package))
        parcels = hand_out(self._kinds, chosen)
        return evenly(self._part, parcels, self._pricer, self._book)

    @property
    def _number(self) -> int:
        """Parcels of the best plan."""
        return len(self._best) or NEVER

    @property
    def _cost(self) -> int:
        """Cost of the best plan, with the policy's price for each parcel."""
        extra = self._weight - self._price
        return sum(one.price - extra for one in self._best) if self._best else NEVER

    def _find_number(self) -> None:
        """Close the gap between the parcels of the best plan and the bound."""
        rooms = self._relaxation.largest()
        ways = [
            self._assign_number,
            self._learn,
            self._fill_tightly,
            lambda: self._generate(rooms, [1] * len(rooms), number=True),
        ]
        if not self._is_small(len(rooms)):
            ways = [*ways[1:], ways[0]]
        self._build(self._worth, loads=1)
        for way in ways:
            if self._number > self.fewest and self.fewest <= self._most:
                way()

    def _learn(self) -> None:
        """Build plans one after the other, with worths that learn from the one before."""
        worth = need = self._worth
        for _ in range(self._patience.plans):
            plan = self._build(worth, loads=1)
            if self._number <= self.fewest:
                return
            worth = corrected(worth, plan, need, 1.0) if plan else need

    def _fill_tightly(self) -> None:
        """Where a plan as short as the bound wastes next to nothing, list parcels that do."""
        rooms = self._relaxation.largest()
        packages = self._pricer.packages
        sides = self._part.units[self._kinds.rows(self._count), SIDE_A : SIDE_A + 3]
        needed = int(sides.astype(np.int64).prod(axis=1).sum())
        volume = max(int(packages.volume[room.package]) for room in rooms)
        slack = self.fewest * volume - needed
        if not 0 <= slack <= volume * _TIGHT // 1000:
            return
        for room in rooms:
            if not packages.mailer[room.package]:
                width = self._patience.blocks
                for one in full_parcels(self.filler, self._kinds, room.package, slack, width):
                    self._book.offer(one, quick=False)
        self._choose(NEVER)

    def _find_cost(self, most: int) -> None:
        """Close the gap between the cost of the best plan of so many parcels and the bound."""
        self._asks = True
        self._ask_about_best(quick=True)
        if self._prove_cost(most):
            return
        rooms = self._relaxation.favoured(_FAVOURED)
        price = list(self._relaxation.terms(rooms, self._price, 0, most).price)
        for worth in (self._worth, self._cost_worth):
            self._build(worth, rooms, price)
        ways = [
            lambda: self._assign_cost(most),
            lambda: self._generate(rooms, price, number=False, most=most),
        ]
        for way in ways if self._is_small(len(self._relaxation.rooms)) else reversed(ways):
            if self._cost > self.bound:
                way()
        if self._cost > self.bound:
            self._ask_about_best(quick=False)

    def _ask_about_best(self, *, quick: bool) -> None:
        """Look for cheaper packages for the parcels of the best plan."""
        sets = [column.counts for column in self._best]
        self._book.look_up(sets, quick=quick)
        self._keep(self._offered(sets))

    def _is_small(self, n_rooms: int) -> bool:
        """Whether assignments are asked about first, before parcels are generated."""
        return self._number * len(self._kinds) * n_rooms <= _FEW

    def _assign_number(self) -> None:
        """Ask for assignments to fewer parcels, from the bound upwards."""
        for parcels in range(self.fewest, min(self._number, self._most + 1)):
            if parcels * len(self._kinds) > _ASSIGNABLE:
                return
            answer, entries = self._assignment(parcels).hold()
            if answer == "no" and parcels == self.fewest:
                self.fewest += 1
            self._accept(entries)

    def _assign_cost(self, most: int) -> None:
        """Ask for assignments at less cost, until there are none."""
        rooms = self._relaxation.cheapest()
        if most * len(self._kinds) * len(rooms) > _ASSIGNABLE:
            return
        terms = self._relaxation.terms(rooms, self._price, self.fewest, most)
        while self._cost > self.bound:
            question = self._assignment(most)
            answer, entries = question.cost_at_most(self._cost - 1, rooms, terms)
            if answer == "no":
                self.bound = self._cost
            before = self._cost
            self._accept(entries)
            if self._cost >= before:
                return

    def _accept(self, entries: Sequence[Entry]) -> None:
        """Keep an assignment that became a plan."""
        for entry in entries:
            for parcel in entry.parcels:
                self._book.note(entry.counts, parcel)
        self._keep(self._offered([entry.counts for entry in entries]))

    def _assignment(self, parcels: int) -> Assignment:
        limits = self._patience.assignments, self._patience.seconds
        return Assignment(self._relaxation, self._book, parcels, self._last_try, *limits)

    def _last_try(self, counts: Counts) -> Entry:
        """Try once more to find a package for a set that the kernel is undecided about."""
        left = np.array(counts, np.int64)
        for room in self._relaxation.largest():
            self._builder.fill(room, left, self._kinds.content_mm3.astype(np.float64))
        return self._book.entries[counts]

    def _raise_number(self) -> None:
        found = self._relaxation.parcels(self._number)
        self.fewest, self._worth = max(found.bound, 1), found.worth

    def _prove_cost(self, most: int) -> bool:
        """Raise the bound; return whether the best plan is proved to cost least."""
        found = self._relaxation.cost(self.fewest, most, self._price, self._cost)
        self.bound, self._cost_worth = max(found.bound, 0), found.worth
        return self._cost <= self.bound

    def _build(
        self,
        worth: Floats,
        rooms: Sequence[Room] = (),
        price: Sequence[int] = (),
        loads: int = 0,
    ) -> list[Counts]:
        """Build a plan, and keep it if it is the best."""
        rooms = rooms or self._relaxation.largest()
        price = price or [1] * len(rooms)
        plan = self._builder.build(rooms, price, worth, loads, quick=self._asks)
        self._keep(self._offered(plan))
        return plan

    def _keep(self, plan: list[Column]) -> None:
        """Keep a plan if it is the best; it may have too many parcels only if all plans have."""
        if not plan or self._number <= self._most < len(plan):
            return
        price = sum(one.price for one in plan)
        if not self._best or price < sum(one.price for one in self._best):
            self._best = plan

    def _offered(self, plan: Sequence[Counts]) -> list[Column]:
        """Packages for the sets of a plan; none where the stock does not last."""
        entries = [self._book.entries[counts] for counts in plan]
        # Those that lose most without their cheapest package come first.
        entries.sort(key=lambda entry: entry.parcels[0].cost - entry.parcels[-1].cost)
        if not (chosen := with_stock([entry.parcels for entry in entries], self._stock)):
            return []
        return [
            Column(entry.counts, parcel.package, parcel.cost + self._weight)
            for entry, parcel in zip(entries, chosen, strict=True)
        ]

    def _columns(self) -> list[Column]:
        return [
            Column(entry.counts, parcel.package, parcel.cost + self._weight)
            for entry in self._book.entries.values()
            for parcel in entry.parcels
        ]

    def _generate(
        self, rooms: Sequence[Room], price: Sequence[int], *, number: bool, most: int = NEVER
    ) -> None:
        """Generate parcels that the linear program over all of them misses; choose among them."""
        loads = self._patience.loads if number else 1
        for _ in range(self._patience.columns):
            known = len(self._book.entries)
            columns = self._columns()
            if number:
                columns = [replace(column, price=1) for column in columns]
            _, worth = worths(columns, self._count, self._stock, min(most, self._most))
            for room in rooms:
                self._builder.fill(room, self._kinds.count, worth, loads, quick=self._asks)
            if len(self._book.entries) == known:
                break
        self._build(worth, rooms, price, loads)
        self._choose(most)

    def _choose(self, most: int) -> None:
        """Choose the best plan among all parcels known."""
        chosen = choose(
            self._columns(), self._count, self._stock, min(most, self._most),
            self._best, self._patience.seconds,
        )  # fmt: skip
        self._keep(self._trimmed(chosen))

    def _trimmed(self, chosen: list[Column]) -> list[Column]:
        """Take out lumps that are covered more often than there are; none where that fails."""
        sets = [np.array(column.counts, np.int64) for column in chosen]
        surplus = np.sum(sets, axis=0) - self._kinds.count
        by_weight = sorted(
            range(len(sets)), key=lambda b: -int(sets[b] @ self._kinds.weight_g)
        )
        for b in by_weight:
            less = np.minimum(sets[b], surplus)
            sets[b] = sets[b] - less
            surplus = surplus - less
        plan = []
        for column, left in zip(chosen, sets, strict=True):
            counts = tuple(left.tolist())
            if any(counts):
                if not self._book.reduce(column.counts, column.package, counts).parcels:
                    return []
                plan.append(counts)
        return self._offered(plan)
