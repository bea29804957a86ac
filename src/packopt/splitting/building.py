"""Plans built package by package, each filled with what is worth most of what is left."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.splitting.book import Book
    from packopt.splitting.bounds import Relaxation
    from packopt.splitting.filling import Filler, Filling
    from packopt.splitting.kinds import Counts
    from packopt.splitting.values import Room

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Parcels count as used at least to this part when worths learn from them.
_LEAST_USE: Final = 0.01
#: Whole steps of the worth of all lumps, for the kernel.
_STEPS: Final = 1 << 40


class Builder:
    """Builds plans for a part.

    Parameters
    ----------
    relaxation
        The part, all of whose lumps can travel.
    book
        What is known of sets; learns of what was built.
    filler
        Fills packages.
    runs
        Greedy runs for filling a package.
    """

    def __init__(self, relaxation: Relaxation, book: Book, filler: Filler, runs: int) -> None:
        self._relaxation = relaxation
        self._book = book
        self._filler = filler
        self._runs = runs

    def build(
        self,
        rooms: Sequence[Room],
        price: Sequence[int],
        worth: Floats,
        loads: int = 0,
        *,
        quick: bool = False,
    ) -> list[Counts]:
        """Take, again and again, the package with most worth for its price.

        Parameters
        ----------
        rooms, price
            Packages, and what a parcel of each costs when empty.
        worth
            ``(t,)`` of one lump.
        loads
            Greedy completions of the block loader for each package.
        quick
            Look each parcel up in the book, for a cheaper package, with a first effort.

        Returns
        -------
        The sets of the parcels; none where some lumps could not be placed.
        """
        left = self._relaxation.kinds.count.copy()
        stock = [self._relaxation.stock(room) for room in rooms]
        plan: list[Counts] = []
        while left.any():
            way = partial(self.fill, worth=worth, left=left, loads=loads, quick=quick)
            found = self._best(rooms, price, stock, worth, left, way)
            if found is None:
                return plan + rest if (rest := self._one_by_one(left)) else []
            r, counts = found
            number = min(int(a) // c for a, c in zip(left, counts, strict=True) if c)
            if stock[r] >= 0:
                number = min(number, stock[r])
                stock[r] -= number
            plan += [counts] * number
            left -= np.array(counts, np.int64) * number
        return plan

    def fill(
        self, room: Room, left: Ints, worth: Floats, loads: int = 0, *, quick: bool = False
    ) -> Filling | None:
        """Fill one package with what is worth most of what is left, and note it in the book."""
        steps = in_steps(worth, left)
        filling = self._filler.fill(room.package, left, steps, self._runs, loads)
        if filling is not None and not self._book.offer(filling, quick=quick).parcels:
            return None  # too much of every package would be empty
        return filling

    def _best(
        self,
        rooms: Sequence[Room],
        price: Sequence[int],
        stock: Sequence[int],
        worth: Floats,
        left: Ints,
        way: Callable[[Room], Filling | None],
    ) -> tuple[int, Counts] | None:
        best: tuple[float, int, Counts] | None = None
        for r, room in enumerate(rooms):
            if stock[r] == 0 or not (room.fits & (left > 0)).any():
                continue
            filling = way(room)
            if filling is None:
                continue
            gain = float(np.array(filling.counts) @ worth) / max(price[r], 1)
            if best is None or gain > best[0]:
                best = (gain, r, filling.counts)
        return None if best is None else best[1:]

    def _one_by_one(self, left: Ints) -> list[Counts]:
        """Lumps that the filler cannot place, each in a parcel of its own; none if one has none."""
        n = len(left)
        alone = [tuple(int(u == t) for u in range(n)) for t in np.flatnonzero(left).tolist()]
        entries = self._book.look_up(alone)
        if any(not entry.parcels for entry in entries):
            return []
        number = left[left > 0].tolist()
        return [entry.counts for entry, c in zip(entries, number, strict=True) for _ in range(c)]


def in_steps(worth: Floats, count: Ints) -> Ints:
    """Worths as whole numbers that stay far below 2**62 together; nothing is worth nothing."""
    worth = np.where(count > 0, np.maximum(worth, 0.0), 0.0)
    most = float(worth.max(initial=0.0))
    if most <= 0:
        return np.ones(len(worth), np.int64)
    share = worth / most
    return np.maximum((share * (_STEPS / float(share @ count))).astype(np.int64), 1)


def corrected(worth: Floats, plan: Sequence[Counts], need: Floats, price: float) -> Floats:
    """Worths that have learnt from a plan: what travels in poorly used parcels is worth more.

    Sequential value correction (Belov and Scheithauer 2007, "Setup and open-stacks minimization in
    one-dimensional stock cutting"): a lump's share of its parcel's price, by ``need`` ``(t,)``, is
    what it was worth in this plan; worths move half of the way there.
    """
    sets = np.array(plan, np.float64)
    used = np.maximum(sets @ need, _LEAST_USE * price)
    spent = (sets.T @ (price / used)) * need
    lumps = np.maximum(sets.sum(axis=0), 1.0)
    return np.asarray(0.5 * worth + 0.5 * spent / lumps, dtype=np.float64)
