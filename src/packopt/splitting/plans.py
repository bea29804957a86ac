"""Plans for one part: the best so far, and better ones out of all parcels known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from packopt.splitting.columns import Column, choose, with_stock
from packopt.splitting.kinds import hand_out
from packopt.splitting.question import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt.splitting.book import Book
    from packopt.splitting.kinds import Counts
    from packopt.splitting.question import Parcel, Part


class Plans:
    """Plans made of the sets in a book.

    Parameters
    ----------
    part
        The units, with stock and limits.
    book
        What is known of sets; grows as plans are trimmed.
    dearest
        Cost steps that no package exceeds.

    Attributes
    ----------
    most
        Parcels that a plan may have.
    best
        The best plan so far: it counts `weight` for each parcel, which comes before all cost until
        `settle_for_price` is called.
    short
        Plans built so far, as sets.
    """

    def __init__(self, part: Part, book: Book, dearest: int) -> None:
        self._book = book
        self._kinds = book.kinds
        self.count: list[int] = book.kinds.count.tolist()
        # No plan has more parcels than lumps.
        self.most = min(part.most_parcels, sum(self.count))
        self.stock = {k: int(n) for k, n in enumerate(part.left.tolist()) if n > 0}
        self.price = part.parcel_price or 0
        self.weight = (dearest + 1) * sum(self.count)
        self.best: list[Column] = []
        self.short: list[list[Counts]] = []

    @property
    def number(self) -> int:
        """Parcels of the best plan."""
        return len(self.best) or NEVER

    @property
    def cost(self) -> int:
        """Cost of the best plan, with the policy's price for each parcel."""
        extra = self.weight - self.price
        return sum(one.price - extra for one in self.best) if self.best else NEVER

    def settle_for_price(self) -> None:
        """From here on a parcel counts no more than its price."""
        off = self.weight - self.price
        self.best = [replace(one, price=one.price - off) for one in self.best]
        self.weight = self.price

    def take(self, plan: Sequence[Counts]) -> None:
        """Keep a plan if it is the best; too long ones only as long as there is no other."""
        columns = self._offered(plan)
        if not columns or self.number <= self.most < len(columns):
            return
        price = sum(one.price for one in columns)
        if not self.best or price < sum(one.price for one in self.best):
            self.best = columns

    def ask_about(self, plan: Sequence[Counts], *, quick: bool) -> None:
        """Look for cheaper packages for the parcels of a plan, and keep it if it is the best."""
        self._book.look_up(plan, quick=quick)
        self.take(plan)

    def columns(self, price: int | None = None) -> list[Column]:
        """All parcels known; at their cost, or all at one price."""
        return [
            Column(entry.counts, one.package, one.cost + self.weight if price is None else price)
            for entry in self._book.entries.values()
            for one in entry.parcels
        ]

    def choose(self, most: int, seconds: float) -> None:
        """Take the best plan of so many parcels that the integer program finds."""
        limits = self.stock, min(most, self.most)
        chosen = choose(self.columns(), self.count, *limits, self.best, seconds)
        self.take(self._trimmed(chosen))

    def parcels(self) -> list[Parcel]:
        """The best plan, each lump in one parcel."""
        chosen = []
        for column in self.best:
            offers = self._book.entries[column.counts].parcels
            # A better package may have come up since: one that does not run out takes its place.
            same = [one for one in offers if one.package == column.package]
            endless = [one for one in offers if one.package not in self.stock]
            chosen.append([*same, *endless, *offers][0])
        return hand_out(self._kinds, chosen)

    def _offered(self, plan: Sequence[Counts]) -> list[Column]:
        """Packages for the sets of a plan; none where the stock does not last."""
        entries = [self._book.entries[counts] for counts in plan]
        # Those that lose most without their cheapest package come first.
        entries.sort(key=lambda entry: entry.parcels[0].cost - entry.parcels[-1].cost)
        chosen = with_stock([entry.parcels for entry in entries], self.stock)
        return [
            Column(entry.counts, parcel.package, parcel.cost + self.weight)
            for entry, parcel in zip(entries, chosen or (), strict=False)
        ]

    def _trimmed(self, chosen: Sequence[Column]) -> list[Counts]:
        """Take out lumps that are covered more often than there are; none where that fails."""
        sets = [np.array(column.counts, np.int64) for column in chosen]
        surplus = np.sum(sets, axis=0, dtype=np.int64) - self._kinds.count
        by_weight = sorted(range(len(sets)), key=lambda b: -int(sets[b] @ self._kinds.weight_g))
        for b in by_weight:
            less = np.minimum(sets[b], surplus)
            sets[b] = sets[b] - less
            surplus = surplus - less
        plan: list[Counts] = []
        for column, left in zip(chosen, sets, strict=True):
            counts = tuple(left.tolist())
            if any(counts):
                if not self._book.reduce(column.counts, column.package, counts).parcels:
                    return []
                plan.append(counts)
        return plan
