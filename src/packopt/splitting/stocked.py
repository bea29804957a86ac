"""Splitting with what is in stock: no plan takes more packages of a kind than there are.

Rare, because most plans take few of what there are many. So it may take its time: CP-SAT chooses
subsets and packages that together are cheapest, the kernel is asked whether those packages hold
those subsets, and so on until it says yes to all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from packopt.kernel.batch import STAYED_OPEN
from packopt.kernel.layout import ONE, STOCK
from packopt.kernel.subsets import NEVER, OWN, WORD, hand_on
from packopt.splitting.choosing import Choice
from packopt.splitting.rounds import Chosen

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.splitting.question import Part, Split
    from packopt.splitting.rounds import Run

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


def overdraws(part: Part, split: Split) -> bool:
    """Whether a split takes more packages of a kind than are left."""
    if not np.count_nonzero(part.left > 0):
        return False
    used = [parcel.package for parcel in split.parcels if parcel.package >= 0]
    taken = np.bincount(used, minlength=len(part.left))
    return bool(((part.left >= 0) & (taken > part.left)).any())


def split_in_stock(run: Run, p: int) -> Split:
    """Split a part, whose best plan overdraws the stock, without that.

    Parameters
    ----------
    run
        Has gone through all rounds.
    p
        Number of the part in the run.

    Returns
    -------
    A split; weights are not spread evenly in it.
    """
    return _Shelf(run, p).split()


class _Columns(NamedTuple):
    """Subsets in packages, each of which may be part of a plan."""

    state: Ints
    package: Ints
    cost: Ints


class _Shelf:
    """What is known of a part's subsets in each package."""

    def __init__(self, run: Run, p: int) -> None:
        self._run, self._p = run, p
        self._part = run.parts[p]
        self._first = int(run.states.start[p])
        n_states, n_types = int(run.types.states[p]), int(run.types.n[p])
        self._rows = slice(self._first, self._first + n_states)
        stride, count = run.types.stride[p, :n_types], run.types.count[p, :n_types]
        self._digits = np.arange(n_states)[:, None] // stride % (count + 1)
        lost = run.states.bound[self._first + stride] >= NEVER
        self._whole = np.where(lost, 0, count)
        packages = np.arange(len(self._part.left))
        content = run.states.content_mm3[self._rows]
        self._cost = run.pricer.costs.cost_of(packages, content[:, None])
        # Which packages hold which subsets, by the number of the plan; and where nobody knows.
        self._plan: dict[tuple[int, int], int] = {}
        self._open = np.zeros(self._cost.shape, np.bool_)
        found, plan = run.states.found[self._rows], run.states.plan[self._rows]
        for state in np.flatnonzero((found >= 0) & (plan >= 0)).tolist():
            self._plan[state, int(found[state])] = int(plan[state])

    def split(self) -> Split:
        """Choose and ask until all that is chosen is known to hold."""
        while True:
            columns = self._columns(self._alive() & ~self._open)
            chosen, proved = self._choose(columns, self._part.most_parcels)
            pairs = list(zip(columns.state[chosen], columns.package[chosen], strict=True))
            new = [pair for pair in dict.fromkeys(pairs) if pair not in self._plan]
            new = [(state, k) for state, k in new if k != OWN]
            if not new:
                break
            self._ask(*np.array(new, np.int64).T)
        return self._told(_Columns(*(column[chosen] for column in columns)), proved=proved)

    def _alive(self) -> Mask:
        """Which packages may hold each subset, ``(n, k)``."""
        spot = self._run.ranking.spot
        word, bit = np.divmod(np.maximum(spot, 0), WORD)
        words = self._run.states.alive[self._rows]
        if self._run.floors is not None:
            words = words & ~self._run.floors.refused[self._rows]
        if not words.shape[1]:
            return np.zeros(self._cost.shape, np.bool_)
        return np.asarray((words[:, word] >> bit & 1 == 1) & (spot >= 0), dtype=np.bool_)

    def _columns(self, usable: Mask) -> _Columns:
        """Every subset in the cheapest package of no end, and in cheaper ones that are few."""
        endless = np.where(usable & (self._part.left < 0), self._cost, NEVER)
        at = np.arange(len(usable))
        cheapest = endless.argmin(axis=1) if usable.shape[1] else np.zeros(len(usable), np.int64)
        limit = endless.min(axis=1, initial=NEVER)[:, None]
        wanted = usable & (self._part.left >= 0) & (self._cost < limit)
        wanted[at, cheapest] |= endless[at, cheapest] < NEVER
        wanted[0] = False
        state, package = np.nonzero(wanted)
        own = np.flatnonzero(self._run.states.found[self._rows] == OWN)
        own = own[own > 0]
        return _Columns(
            state=np.concatenate([state, own]),
            package=np.concatenate([package, np.full(len(own), OWN)]),
            cost=np.concatenate([self._cost[state, package], np.zeros(len(own), np.int64)]),
        )

    def _ask(self, state: Ints, package: Ints) -> None:
        """Ask whether packages hold subsets."""
        run = self._run
        part = np.full(len(state), self._p)
        batch, unit = run.batch(part, state)
        barred = run.pricer.packages.barred[batch.access[0]]
        n = len(barred)
        only = np.where(np.eye(n, dtype=np.bool_), barred, STOCK).astype(np.uint8)
        batch.access[:] = package
        answers = run.pricer.with_barred(only).answers(batch)
        first = run.keep(part, batch, unit, answers)
        for o, (s, k) in enumerate(zip(state.tolist(), package.tolist(), strict=True)):
            if answers.package[o] == k:
                self._plan[s, k] = first + o
            elif answers.verdict[o] == STAYED_OPEN:
                self._open[s, k] = True
            else:
                word, bit = divmod(int(run.ranking.spot[k]), WORD)
                run.states.alive[self._first + s, word] &= ~(ONE << bit)
        hand_on(run.pricer.packages, run.ranking, run.types, run.states, self._p)

    def _told(self, chosen: _Columns, *, proved: bool) -> Split:
        """The chosen parcels as a split, and what is proved about it."""
        run, p, part = self._run, self._p, self._part
        n = len(chosen.state)
        plans = [
            self._plan.get(pair, -1) for pair in zip(chosen.state, chosen.package, strict=True)
        ]
        parcels = run.parcels(
            Chosen(
                part=np.full(n, p),
                state=chosen.state,
                package=chosen.package.astype(np.int32),
                cost=chosen.cost,
                # Cheaper packages may have gone to other parcels.
                proved=chosen.cost <= run.states.bound[self._first + chosen.state],
                plan=np.array(plans, np.int64),
            )
        )
        price = part.parcel_price or 0
        if proved and not self._open.any():
            run.progress.bound[p] = int(chosen.cost.sum()) + price * n if n else NEVER
            if n and part.parcel_price is None:
                run.progress.fewest[p] = n
        elif n == 0 or n > run.progress.fewest[p]:
            # What unlimited stock costs bounds it from below, but with more parcels than before.
            run.progress.bound[p] = self._least_cost(n or part.most_parcels)
        return run.split(p, parcels)

    def _choose(self, columns: _Columns, most: int) -> tuple[list[int], bool]:
        """The best columns, each as often as it is used, and whether they are proved best."""
        choice = self._choice(columns, most)
        parcels, cost = choice.parcels, choice.cost(self._part.parcel_price or 0)
        goals = (parcels, cost) if self._part.parcel_price is None else (cost, parcels)
        proved = [choice.minimize(goal) for goal in goals]
        return choice.taken, all(proved)

    def _least_cost(self, most: int) -> int:
        """What up to ``most`` parcels cost at least."""
        choice = self._choice(self._columns(self._alive()), most)
        choice.minimize(choice.cost(self._part.parcel_price or 0))
        return choice.bound

    def _choice(self, columns: _Columns, most: int) -> Choice:
        stock = {k: left for k, left in enumerate(self._part.left.tolist()) if left >= 0}
        atoms = self._digits[columns.state]
        return Choice(atoms, self._whole, columns.package, columns.cost, stock, most)
