"""Large parts: parcels are built one by one, recombined, and held against the lower bounds.

First plans come from filling one package after the other with what is worth most (``building.py``);
the worths come from the bounds, and learn from every plan. While a plan has more parcels than the
bound, or costs more, an assignment is refuted set by set until it is a plan or a proof
(``assigning.py``), and better parcels are generated for the integer program over all parcels seen
so far (``columns.py``).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.layout import SIDE_A
from packopt.splitting.assigning import Assignment
from packopt.splitting.book import Book
from packopt.splitting.bounds import Relaxation
from packopt.splitting.building import Builder, corrected
from packopt.splitting.columns import worths
from packopt.splitting.evenly import evenly
from packopt.splitting.filling import Filler
from packopt.splitting.kinds import kinds_of
from packopt.splitting.patience import Patience
from packopt.splitting.plans import Plans
from packopt.splitting.question import NEVER, Split
from packopt.splitting.tightly import full_parcels

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    if lost.all() or (homeless and not partial):
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
    lost = np.array([entry.bound == NEVER for entry in book.look_up(alone)], np.bool_)
    return np.asarray(torn | lost, dtype=np.bool_)


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
        self._plans = Plans(part, book, int(pricer.packages.base_cost.max()))
        #: Whether cost matters already, so that the kernel is asked about every new parcel.
        self._asks = False
        self.fewest = 1
        self.bound = 0

    def work_through(self) -> None:
        """Look for better plans and better bounds until they meet or patience ends."""
        plans, fewest_first = self._plans, self._part.parcel_price is None
        self._build(self._kinds.content_mm3 / float(self._kinds.content_mm3.sum()))
        found = self._relaxation.parcels(plans.number)
        self.fewest, self._worth = max(found.bound, 1), found.worth
        if plans.number > (self.fewest if fewest_first else plans.most):
            self._find_number()
        if self.fewest > plans.most:
            plans.best, self.bound = [], NEVER
        elif plans.number > plans.most:
            plans.best = []
        elif fewest_first:
            self._find_cost(plans.number)
        else:
            plans.settle_for_price()
            self._find_cost(plans.most)

    def parcels(self) -> tuple[Parcel, ...]:
        """The best plan found, its weight spread evenly."""
        return evenly(self._part, self._plans.parcels(), self._pricer, self._book)

    def _find_number(self) -> None:
        """Close the gap between the parcels of the best plan and the bound."""
        rooms = self._relaxation.largest()
        ways: list[Callable[[], None]] = [self._assign_number, self._learn, self._fill_tightly]
        ways.append(partial(self._generate, rooms, [1] * len(rooms), self._plans.most, price=1))
        if not self._is_small(len(rooms)):
            ways = [*ways[1:], ways[0]]
        self._build(self._worth, loads=1)
        for way in ways:
            if self._plans.number > self.fewest and self.fewest <= self._plans.most:
                way()

    def _learn(self) -> None:
        """Build plans one after the other, with worths that learn from the one before."""
        worth = need = self._worth
        for _ in range(self._patience.plans):
            plan = self._build(worth, loads=1)
            if self._plans.number <= self.fewest:
                return
            worth = corrected(worth, plan, need, 1.0) if plan else need

    def _fill_tightly(self) -> None:
        """Where a plan as short as the bound wastes next to nothing, list parcels that do."""
        rooms = self._relaxation.largest()
        packages = self._pricer.packages
        sides = self._part.units[self._kinds.rows(self._plans.count), SIDE_A : SIDE_A + 3]
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
        self._plans.choose(self._plans.most, self._patience.seconds)

    def _find_cost(self, most: int) -> None:
        """Close the gap between the cost of the best plan of so many parcels and the bound."""
        plans = self._plans
        self._asks = True
        short = [plan for plan in plans.short if len(plan) == plans.number]
        for plan in [[one.counts for one in plans.best], *short[-self._patience.plans :]]:
            plans.ask_about(plan, quick=True)
        found = self._relaxation.cost(self.fewest, most, plans.price, plans.cost)
        self.bound = found.bound
        if plans.cost <= self.bound:
            return
        rooms = self._relaxation.favoured(_FAVOURED)
        price = self._relaxation.terms(rooms, plans.price, 0, most).price
        for worth in (self._worth, found.worth):
            self._build(worth, rooms, price)
        ways: list[Callable[[], None]] = [partial(self._assign_cost, most)]
        ways.append(partial(self._generate, rooms, price, most))
        for way in ways if self._is_small(len(self._relaxation.rooms)) else reversed(ways):
            if plans.cost > self.bound:
                way()
        if plans.cost > self.bound:
            plans.ask_about([one.counts for one in plans.best], quick=False)

    def _is_small(self, n_rooms: int) -> bool:
        """Whether assignments are asked about first, before parcels are generated."""
        return self._plans.number * len(self._kinds) * n_rooms <= _FEW

    def _assign_number(self) -> None:
        """Ask for assignments to fewer parcels, from the bound upwards."""
        for parcels in range(self.fewest, min(self._plans.number, self._plans.most + 1)):
            if parcels * len(self._kinds) > _ASSIGNABLE:
                return
            answer, entries = self._assignment(parcels).hold()
            if answer == "no" and parcels == self.fewest:
                self.fewest += 1
            self._accept(entries)

    def _assign_cost(self, most: int) -> None:
        """Ask for assignments at less cost, until there are none."""
        plans = self._plans
        rooms = self._relaxation.cheapest()
        if most * len(self._kinds) * len(rooms) > _ASSIGNABLE:
            return
        terms = self._relaxation.terms(rooms, plans.price, self.fewest, most)
        before = NEVER
        while self.bound < plans.cost < before:
            before = plans.cost
            answer, entries = self._assignment(most).cost_at_most(before - 1, rooms, terms)
            if answer == "no":
                self.bound = before
            self._accept(entries)

    def _accept(self, entries: Sequence[Entry]) -> None:
        """Keep an assignment that became a plan."""
        for entry in entries:
            for parcel in entry.parcels:
                self._book.note(entry.counts, parcel)
        self._plans.take([entry.counts for entry in entries])

    def _assignment(self, parcels: int) -> Assignment:
        limits = self._patience.assignments, self._patience.seconds
        return Assignment(self._relaxation, self._book, parcels, self._last_try, *limits)

    def _last_try(self, counts: Counts) -> Entry:
        """Try once more to find a package for a set that the kernel is undecided about."""
        left = np.array(counts, np.int64)
        for room in self._relaxation.largest():
            self._builder.fill(room, left, self._kinds.content_mm3.astype(np.float64))
        return self._book.entries[counts]

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
        self._plans.take(plan)
        self._plans.short.append(plan)
        return plan

    def _generate(
        self, rooms: Sequence[Room], cost: Sequence[int], most: int, price: int | None = None
    ) -> None:
        """Generate parcels that the linear program over all of them misses; choose among them.

        The program counts every parcel at its cost, or at one ``price``.
        """
        plans = self._plans
        loads = 1 if price is None else self._patience.loads
        worth = self._worth
        for _ in range(self._patience.columns):
            known = len(self._book.entries)
            _, worth = worths(plans.columns(price), plans.count, plans.stock, most)
            for room in rooms:
                self._builder.fill(room, self._kinds.count, worth, loads, quick=self._asks)
            if len(self._book.entries) == known:
                break
        self._build(worth, rooms, cost, loads)
        plans.choose(most, self._patience.seconds)
