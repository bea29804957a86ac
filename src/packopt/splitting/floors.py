"""What states cost at least under a limit of empty space.

The kernel hands on from state to state what is ruled out, which the limit is not: less content
breaks it where more does not. So what the limit rules out is kept beside ``States.alive``, and what
each state costs at least is raised after every round to the cheapest package that may hold it and
keeps the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.empty_space import Content
from packopt.kernel.batch import CONTENT_LIMIT_MM3
from packopt.kernel.layout import PADDING, SOFT_A
from packopt.kernel.subsets import NEVER, OWN, WORD, hand_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.empty_space import EmptySpace
    from packopt.kernel.atoms import Group, Types
    from packopt.kernel.batch import Packages
    from packopt.kernel.progress import Progress
    from packopt.kernel.subsets import Ranking, States

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

#: Cost of an atom that no package holds alone within the limit, but perhaps with others: more than
#: any plan costs. `NEVER` would call its units homeless.
NOT_ALONE: Final = 1 << 61
_STATES_AT_ONCE: Final = 1 << 16


class Floors:
    """Raises the bounds of states.

    Parameters
    ----------
    limit, packages
        The limit, and the packages that it is about.
    group, ranking, types, states
        Of the parts that are being split; bounds, and costs of single units, are changed in place.
    """

    def __init__(
        self,
        limit: EmptySpace,
        packages: Packages,
        group: Group,
        ranking: Ranking,
        types: Types,
        states: States,
    ) -> None:
        self._packages, self._ranking = packages, ranking
        self._types, self._states = types, states
        #: ``(s, w)`` packages that break the limit with a state, as bits.
        self._limit, self._contents = limit, self._content(group)
        self.refused = self._refused()
        self._alone = self._find_alone()
        empty = states.start[:-1]
        rows = np.setdiff1d(np.arange(len(states.bound)), empty)
        self._raise(rows)
        self._price_alone()

    def _refused(self) -> Ints:
        """``(s, w)`` packages that break the limit with a state whatever the plan, as bits."""
        ranking, states = self._ranking, self._states
        bits = np.zeros((len(states.bound), len(ranking.at) // WORD), np.int64)
        for first in range(0, len(bits), _STATES_AT_ONCE):
            rows = slice(first, first + _STATES_AT_ONCE)
            refused = self._limit.refused(self._contents, rows)
            for k in np.flatnonzero(ranking.spot >= 0).tolist():
                word, bit = divmod(int(ranking.spot[k]), WORD)
                bits[rows, word] |= refused[:, k].astype(np.int64) << bit
        return bits

    def _content(self, group: Group) -> Content:
        """What decides about each state."""
        types, states = self._types, self._states
        sides = group.units[:, SOFT_A : SOFT_A + 3].astype(np.int64)
        bare = (sides - 2 * group.units[:, PADDING, None]).prod(axis=1)
        part = np.repeat(np.arange(len(types.n)), np.diff(states.start))
        state = np.arange(len(part)) - states.start[part]
        soft, least = np.zeros(len(part), np.int64), np.zeros(len(part), np.int64)
        for k in range(types.count.shape[1]):
            some = np.flatnonzero(types.n > k)
            volume, thin = np.zeros(len(types.n), np.int64), np.zeros(len(types.n), np.int64)
            for p in some.tolist():
                # The first units of a type are its first atom.
                atom = types.row[types.first[p, k] : types.first[p, k] + types.size[p, k]]
                volume[p], thin[p] = bare[atom].sum(), sides[atom].min(axis=1).max()
            stride, count = np.maximum(types.stride[part, k], 1), types.count[part, k]
            atoms = np.where(types.n[part] > k, state // stride % (count + 1), 0)
            soft += atoms * volume[part]
            least = np.maximum(least, np.where(atoms > 0, thin[part], 0))
        return Content(states.content_mm3, soft, least)

    def _find_alone(self) -> Mask:
        """``(s,)`` True for states of one atom."""
        types, states = self._types, self._states
        alone = np.zeros(len(states.bound), np.bool_)
        for k in range(types.count.shape[1]):
            parts = np.flatnonzero(types.n > k)
            alone[states.start[parts] + types.stride[parts, k]] = True
        return alone

    def _price_alone(self) -> None:
        """Single units that were priced without the limit: anew, or to be asked about."""
        states = self._states
        rows = np.flatnonzero(self._alone & (states.cost < NEVER) & (states.found != OWN))
        cheapest = self._cheapest(rows)[1]
        # Of a mailer the plan decides, and a size that breaks the limit is not the only one.
        known = np.maximum(cheapest, 0)
        unfit = self._limit.unfit(self._contents, rows)[np.arange(len(rows)), known]
        sure = (cheapest >= 0) & ~self._limit.mailer[known] & ~unfit
        states.cost[rows] = np.where(sure, states.bound[rows], NEVER)

    def update(self, parts: Ints) -> None:
        """Hand on what the last round ruled out for some parts, and raise their bounds again."""
        for p in np.unique(parts).tolist():
            hand_on(self._packages, self._ranking, self._types, self._states, p)
            first, last = self._states.start[p : p + 2].tolist()
            self._raise(np.arange(first + 1, last))

    def conclude(self, progress: Progress, parts: Ints) -> None:
        """Say that there is no plan where each would need an atom alone that cannot be.

        Parameters
        ----------
        progress
            Its bounds are raised in place.
        parts
            Parts that are done.
        """
        hopeless = (progress.n_best[parts] == 0) & (progress.bound[parts] >= NOT_ALONE)
        progress.bound[parts[hopeless]] = NEVER

    def _raise(self, rows: Ints) -> None:
        states = self._states
        rows = rows[states.found[rows] != OWN]
        least = self._cheapest(rows)[0]
        travels = states.bound[rows] < NEVER
        lonely = self._alone[rows] & travels & (least >= NEVER)
        least[lonely] = NOT_ALONE
        states.bound[rows] = np.maximum(states.bound[rows], least)

    def _cheapest(self, rows: Ints) -> tuple[Ints, Ints]:
        """Least cost of the packages that may hold states within the limit, and which that is."""
        packages, ranking, states = self._packages, self._ranking, self._states
        members = states.alive[rows] & ~self.refused[rows]
        least, package = np.full(len(rows), NEVER), np.full(len(rows), -1)
        seen = np.zeros(len(rows), np.bool_)
        for word in range(members.shape[1]):
            if word == ranking.filled:
                # Packages with filler cost are ranked anew.
                seen[:] = False
            at = np.flatnonzero((members[:, word] != 0) & ~seen)
            seen[at] = True
            low = members[at, word] & -members[at, word]
            bit = np.log2(low.astype(np.float64)).astype(np.int64)  # exact for powers of two
            k = ranking.at[word * WORD + bit]
            content = np.minimum(states.content_mm3[rows[at]], CONTENT_LIMIT_MM3)
            cost = packages.base_cost[k] - packages.filler_cost[k] * content
            better = cost < least[at]
            least[at[better]], package[at[better]] = cost[better], k[better]
        return least, package
