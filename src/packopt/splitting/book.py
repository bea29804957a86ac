"""What is known of sets of lumps: parcels that hold them, and packages proved not to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.batch import write_plan
from packopt.kernel.handling import SCRATCH_ROWS, acceptable
from packopt.kernel.layout import LOAD, OPEN_QUESTION, PADDING, STOCK, UNIT_WEIGHT
from packopt.splitting.question import NEVER, Parcel

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from packopt.kernel.question import Effort
    from packopt.splitting.filling import Filling
    from packopt.splitting.kinds import Counts, Kinds
    from packopt.splitting.pricing import Pricer, Prices
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]

#: Packages of limited stock that are taken for a set before the cheapest of the others.
_MOST_OFFERS: Final = 4


@dataclass(frozen=True, eq=False, slots=True)
class Entry:
    """What is known of a set of lumps.

    Attributes
    ----------
    counts
        Lumps of each kind.
    parcels
        Parcels of the first lumps of each kind, cheapest first, each in another package: all but
        the last in packages of limited stock. Empty where none was found.
    bound
        Nothing cheaper than this many cost steps holds them; `NEVER` where nothing does.
    refused
        Packages that are proved not to hold them.
    """

    counts: Counts
    parcels: tuple[Parcel, ...]
    bound: int
    refused: frozenset[int]

    @property
    def cost(self) -> int:
        """Cost steps of the cheapest parcel; `NEVER` where there is none."""
        return self.parcels[0].cost if self.parcels else NEVER


class Book:
    """Sets of lumps of one part, each asked about once.

    Parameters
    ----------
    part, kinds
        The units and their kinds.
    pricer
        Asks the kernel.
    """

    def __init__(self, part: Part, kinds: Kinds, pricer: Pricer) -> None:
        self._part = part
        self.kinds = kinds
        self._pricer = _without(pricer, part.access, np.flatnonzero(part.left == 0).tolist())
        self._limited = frozenset(np.flatnonzero(part.left > 0).tolist())
        self.entries: dict[Counts, Entry] = {}
        self._passes: dict[Counts, int] = {}
        self._single: dict[tuple[Counts, int], Entry] = {}

    def look_up(self, sets: Iterable[Counts], *, quick: bool = False) -> list[Entry]:
        """What is known of sets, after asking about them; with ``quick`` in the first pass only."""
        sets = list(sets)
        efforts = self._pricer.efforts[: 1 if quick else None]
        new = [
            counts
            for counts in dict.fromkeys(sets)
            if self._passes.get(counts, 0) < len(efforts) and not self._stays_alone(counts)
        ]
        for entry in self._ask(new, self._pricer, efforts):
            known = self.entries.get(entry.counts)
            self._passes[entry.counts] = len(efforts)
            self.entries[entry.counts] = entry
            self._extend(entry.counts, efforts)
            for parcel in known.parcels if known else ():
                self.note(entry.counts, parcel)
        return [self.entries[counts] for counts in sets]

    def _stays_alone(self, counts: Counts) -> bool:
        """Whether a set is a unit in its own container, than which there is nothing cheaper."""
        if sum(counts) > 1 or not self.kinds.own[counts.index(1)]:
            return False
        if counts not in self.entries:
            unit = int(self.kinds.first[counts.index(1)][0])
            parcel = self._pricer.own_container(self._part, unit)
            self.entries[counts] = Entry(counts, (parcel,), parcel.cost, frozenset())
        return True

    def look_up_in(self, counts: Counts, package: int) -> Entry:
        """What is known of a set in one package, whatever holds it at less cost."""
        if (counts, package) not in self._single:
            others = [k for k in range(len(self._part.left)) if k != package]
            pricer = _without(self._pricer, self._part.access, others)
            (self._single[counts, package],) = self._ask([counts], pricer, self._pricer.efforts)
        return self._single[counts, package]

    def is_refused(self, counts: Counts) -> bool:
        """Whether it is proved, with the first effort only, that nothing holds a set."""
        (entry,) = self.look_up([counts], quick=True)
        return entry.bound == NEVER

    def offer(self, filling: Filling, *, quick: bool) -> Entry:
        """Note that a package holds the lumps of a filling; with ``quick``, look them up, too.

        Where it leaves too much empty, they are looked up instead.
        """
        content = int(self._part.content_mm3[filling.unit].sum())
        if not self._pricer.keeps_limit(filling.package, content):
            (entry,) = self.look_up([filling.counts], quick=True)
            return entry
        cost = int(self._pricer.costs.cost_of(filling.package, content))
        cheapest = cost <= self._least_cost(content) and filling.package not in self._limited
        parcel = Parcel(
            filling.package, filling.unit, filling.place, filling.support, cost, proved=cheapest
        )
        if not self._stays_alone(filling.counts):
            if quick and not cheapest:
                self.look_up([filling.counts], quick=True)
            elif filling.counts not in self.entries:
                bound = 0
                if cheapest:
                    # No package costs less, so there is nothing to ask.
                    bound, self._passes[filling.counts] = cost, len(self._pricer.efforts)
                self.entries[filling.counts] = Entry(filling.counts, (), bound, frozenset())
        return self.note(filling.counts, parcel)

    def note(self, counts: Counts, parcel: Parcel) -> Entry:
        """Note a parcel that holds a set about which something is known."""
        entry = self.entries[counts]
        endless = [p.cost for p in entry.parcels if p.package not in self._limited]
        known = {p.package for p in entry.parcels}
        if parcel.cost < min([NEVER, *endless]) and parcel.package not in known:
            parcels = sorted([*entry.parcels, parcel], key=lambda p: p.cost)
            at = [i for i, p in enumerate(parcels) if p.package not in self._limited]
            last = at[0] if at else len(parcels)
            entry = replace(entry, parcels=tuple(parcels[: last + 1]))
            self.entries[counts] = entry
        return entry

    def reduce(self, counts: Counts, package: int, smaller: Counts) -> Entry:
        """Look up what is left of a set; where the kernel finds nothing, thin its parcel out.

        Units taken out of a plan leave one, unless what is left slides into breaking a rule.
        """
        (entry,) = self.look_up([smaller], quick=True)
        if entry.parcels:
            return entry
        whole = next(p for p in self.entries[counts].parcels if p.package == package)
        parcel = self._thin_out(whole, self.kinds.rows(smaller))
        return entry if parcel is None else self.note(smaller, parcel)

    def _thin_out(self, whole: Parcel, rows: Ints) -> Parcel | None:
        """The parcel with some of its units only; None where that breaks a handling rule."""
        part, packages = self._part, self._pricer.packages
        kept = np.isin(whole.unit, rows)
        unit = whole.unit[kept]
        units, n = part.units[unit], len(unit)
        wall, pad = int(packages.clearance[whole.package]), units[:, PADDING, None].astype(np.int64)
        place = whole.place[kept].astype(np.int64)
        place[:, :3] -= pad + wall
        place[:, 3:] += 2 * pad
        load, weight = units[:, LOAD].astype(np.int64), units[:, UNIT_WEIGHT].astype(np.int64)
        scratch = np.zeros((SCRATCH_ROWS, n), np.int64)
        if not acceptable(n, place, self._pricer.rules, load, weight, scratch):
            return None
        order, plan = np.zeros(n, np.int32), np.zeros((n, 6), np.int32)
        support = np.zeros(n, np.float32)
        write_plan(0, n, wall, units, place, scratch, order, plan, support)
        content = int(part.content_mm3[unit].sum())
        if not self._pricer.keeps_limit(whole.package, content):
            return None
        cost = int(self._pricer.costs.cost_of(whole.package, content))
        return Parcel(whole.package, unit[order], plan, support, cost, proved=False)

    def _least_cost(self, content: int) -> int:
        """What the cheapest package costs that these units may have."""
        packages = self._pricer.packages
        usable = np.flatnonzero(packages.barred[self._part.access] == 0)
        return int(self._pricer.costs.cost_of(usable, content).min(initial=NEVER))

    def _ask(
        self, sets: Sequence[Counts], pricer: Pricer, efforts: Sequence[Effort]
    ) -> list[Entry]:
        if not sets:
            return []
        rows = [self.kinds.rows(counts) for counts in sets]
        prices = pricer.price(self._part, rows, efforts=efforts)
        return [_entry(counts, prices, s) for s, counts in enumerate(sets)]

    def _extend(self, counts: Counts, efforts: Sequence[Effort]) -> None:
        """Add dearer parcels until one is in a package of which there is no end."""
        entry = self.entries[counts]
        while (
            entry.parcels
            and entry.parcels[-1].package in self._limited
            and len(entry.parcels) < _MOST_OFFERS
        ):
            taken = [parcel.package for parcel in entry.parcels]
            (next_one,) = self._ask(
                [counts], _without(self._pricer, self._part.access, taken), efforts
            )
            if not next_one.parcels:
                break
            entry = replace(entry, parcels=entry.parcels + next_one.parcels)
        self.entries[counts] = entry


def _entry(counts: Counts, prices: Prices, s: int) -> Entry:
    answers = prices.answers
    n_packages = len(answers.ruled) // len(answers.package)
    listed = slice(s * n_packages, s * n_packages + int(answers.n_ruled[s]))
    proved = answers.reason[listed] != OPEN_QUESTION
    return Entry(
        counts=counts,
        parcels=(prices.parcel(s),) if answers.package[s] >= 0 else (),
        bound=int(prices.bound[s]),
        refused=frozenset(answers.ruled[listed][proved].tolist()),
    )


def _without(pricer: Pricer, access: int, packages: Sequence[int]) -> Pricer:
    """The pricer with some packages out of stock."""
    if not packages:
        return pricer
    barred: NDArray[np.uint8] = pricer.packages.barred.copy()
    row = barred[access]
    row[packages] = np.where(row[packages] == 0, STOCK, row[packages])
    return pricer.with_barred(barred)
