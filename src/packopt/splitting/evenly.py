"""Weight spread evenly among parcels, where nothing else is lost by it."""

from __future__ import annotations

from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.splitting.book import Book
from packopt.splitting.kinds import hand_out, kinds_of
from packopt.splitting.question import OWN_CONTAINER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Parcel, Part

    Ints = NDArray[np.int64]
    #: The heavier and the lighter parcel, and what each gives to the other.
    Exchange = tuple[int, int, Ints, Ints]

#: Exchanges priced for one step, and steps for each parcel.
_MOST_TRIES: Final = 8
_MOST_STEPS: Final = 8


def evenly(
    part: Part, parcels: Sequence[Parcel], pricer: Pricer, book: Book | None = None
) -> tuple[Parcel, ...]:
    """Move and swap lumps between parcels as long as the heavier of two becomes lighter.

    Neither the number of parcels nor their cost rises, and no more packages are taken from a
    limited stock. The weights of any two parcels end as close as single moves and swaps bring them.

    Parameters
    ----------
    part
        The units.
    parcels
        A plan for all or some of them.
    pricer
        Asks the kernel.
    book
        What is known of sets, if there is one.

    Returns
    -------
    As many parcels as before, heaviest first, then by their rows.
    """
    book = book or Book(part, kinds_of(part), pricer)
    spread = _Spread(part, book, list(parcels))
    for _ in range(_MOST_STEPS * len(parcels)):
        if not spread.step():
            break
    return tuple(hand_out(book.kinds, spread.parcels))


class _Spread:
    """Parcels whose lumps are being exchanged."""

    def __init__(self, part: Part, book: Book, parcels: list[Parcel]) -> None:
        self._kinds = book.kinds
        self._book = book
        self._left = part.left
        self.parcels = parcels
        self._sets = [np.array(book.kinds.counts(parcel.unit)) for parcel in parcels]

    def step(self) -> bool:
        """Make the best exchange that costs nothing; return whether there was one."""
        exchanges = self._exchanges()
        # The first one mostly succeeds; after that, asking about all others at once is quicker.
        return self._try(islice(exchanges, 1)) or self._try(islice(exchanges, _MOST_TRIES - 1))

    def _try(self, exchanges: Iterable[Exchange]) -> bool:
        """Make the first of some exchanges that costs nothing; return whether there was one."""
        ways = list(exchanges)
        sets = [
            (self._sets[heavy] - given + taken, self._sets[light] + given - taken)
            for heavy, light, given, taken in ways
        ]
        entries = self._book.look_up(
            [tuple(counts.tolist()) for pair in sets for counts in pair], quick=True
        )
        for (heavy, light, _, _), pair, one, other in zip(
            ways, sets, entries[::2], entries[1::2], strict=True
        ):
            if not one.parcels or not other.parcels:
                continue
            fresh = [one.parcels[0], other.parcels[0]]
            if self._is_dearer(heavy, light, fresh):
                continue
            for at, counts, parcel in zip((heavy, light), pair, fresh, strict=True):
                self._sets[at], self.parcels[at] = counts, parcel
            return True
        return False

    def _is_dearer(self, heavy: int, light: int, fresh: list[Parcel]) -> bool:
        """Whether two other parcels in the place of two cost more, or are out of stock."""
        before = [self.parcels[heavy], self.parcels[light]]
        if sum(parcel.cost for parcel in fresh) > sum(parcel.cost for parcel in before):
            return True
        used = Counter(parcel.package for parcel in self.parcels)
        used.subtract(parcel.package for parcel in before)
        used.update(parcel.package for parcel in fresh)
        return any(
            0 <= self._left[package] < number
            for package, number in used.items()
            if package != OWN_CONTAINER
        )

    def _exchanges(self) -> Iterator[Exchange]:
        """Moves and swaps that bring two weights closer, from the heaviest parcel to all others.

        Yields the two parcels and what each gives to the other, those first that even out best.
        """
        weight = [int(counts @ self._kinds.weight_g) for counts in self._sets]
        movable = [b for b, p in enumerate(self.parcels) if p.package != OWN_CONTAINER]
        by_weight = sorted(movable, key=lambda b: (-weight[b], b))
        for i, heavy in enumerate(by_weight):
            for light in reversed(by_weight[i + 1 :]):
                yield from self._between(heavy, light, weight[heavy] - weight[light])

    def _between(self, heavy: int, light: int, apart_g: int) -> Iterator[Exchange]:
        n = len(self._kinds)
        weight, clash = self._kinds.weight_g, self._kinds.clash
        one = np.eye(n, dtype=np.int64)
        nothing = np.zeros(n, np.int64)
        given = np.flatnonzero(self._sets[heavy]).tolist()
        taken = [-1, *np.flatnonzero(self._sets[light]).tolist()]
        ways = []
        for t in given:
            for u in taken:
                moved = int(weight[t]) - (int(weight[u]) if u >= 0 else 0)
                if 0 < moved < apart_g:
                    ways.append((abs(2 * moved - apart_g), t, u))
        for _, t, u in sorted(ways):
            back = one[u] if u >= 0 else nothing
            torn = clash[t] @ (self._sets[light] - back)
            if u >= 0:
                torn += clash[u] @ (self._sets[heavy] - one[t])
            if torn:
                continue
            yield heavy, light, one[t], back
