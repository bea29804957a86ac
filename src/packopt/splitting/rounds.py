"""Small parts on their way through rounds of questions, until the best plan of each is known.

Every round asks the kernel about the subsets of which the plans that look best so far are made, for
all parts in one call; ``kernel.progress`` chooses them.
"""

from __future__ import annotations

from itertools import islice, pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from packopt.batches import empty_answers
from packopt.kernel.batch import Batch
from packopt.kernel.layout import STOCK, UNIT_COLUMNS
from packopt.kernel.partition import MOST_TRIED
from packopt.kernel.progress import next_questions
from packopt.kernel.subset_questions import count_units, gather, learn, name_units, recall
from packopt.kernel.subsets import NEVER, OWN, open_states
from packopt.splitting.floors import Floors
from packopt.splitting.question import Parcel, Split
from packopt.splitting.states import empty_states, grouped, no_progress, ranked, small, typed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.kernel.atoms import Group
    from packopt.kernel.batch import Answers
    from packopt.kernel.question import Effort
    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]

#: Pairs of a subset and a package in one call of the kernel.
PAIRS_AT_ONCE: Final = 1 << 22


class _Plans(NamedTuple):
    """Plans of the subsets asked about in one call."""

    units: Ints  # (s,) how many
    unit: Ints  # (u,) as in ``Group``
    place: NDArray[np.int32]  # (u, 6)
    support: NDArray[np.float32]  # (u,)


class Chosen(NamedTuple):
    """Subsets as parcels, those of a part side by side."""

    part: Ints  # (q,)
    state: Ints  # (q,)
    package: NDArray[np.int32]  # (q,) or OWN
    cost: Ints  # (q,)
    proved: NDArray[np.bool_]  # (q,)
    plan: Ints  # (q,) number of the plan, -1 for OWN


class Run:
    """Parts and what is known of their subsets.

    Parameters
    ----------
    parts
        Small parts.
    pricer
        Answers what subsets cost.
    most_asked
        Subsets of a part to ask about before the best plan so far must do.

    Raises
    ------
    ValueError
        If a part is not small.
    """

    def __init__(self, parts: Sequence[Part], pricer: Pricer, most_asked: int) -> None:
        group, pricer = _without_empty(parts, pricer)
        self.parts, self.pricer, self.group = parts, pricer, group
        self.types = typed(group)
        few = small(self.types)
        if not few.all():
            part = int(np.argmin(few))
            raise ValueError(
                f"part {part} of {len(parts)}: found {len(parts[part].units)} units with too many "
                "subsets to go through; expected a part that is_small() approves, so ask it first"
            )
        self.ranking = ranked(pricer.packages)
        self.states = empty_states(self.types, self.ranking)
        self.progress = no_progress(self.types)
        self.most_asked = most_asked
        self.work = np.zeros(len(parts), np.int64)
        self._plans: list[_Plans] = []
        self._n_plans = 0
        open_states(pricer.packages, self.ranking, group, self.types, self.states)
        self.floors = None
        if pricer.limit is not None:
            tables = group, self.ranking, self.types, self.states
            self.floors = Floors(pricer.limit, pricer.packages, *tables)

    def splits(self, *, partial: bool) -> list[Split]:
        """Go through the rounds until every part is done; the best plans as parcels."""
        room = (MOST_TRIED + 1) * len(self.progress.best)
        part, state = (np.empty(room, np.int64) for _ in range(2))
        while n := next_questions(
            self.pricer.packages,
            self.ranking,
            self.group,
            self.types,
            self.states,
            self.progress,
            len(self.pricer.efforts),
            self.most_asked,
            partial,
            part,
            state,
        ):
            self._ask(part[:n], state[:n])
            if self.floors is not None:
                self.floors.update(part[:n])
        parcels = iter(self._best_parcels())
        return self._told(0, [list(islice(parcels, n)) for n in self.progress.n_best.tolist()])

    def _ask(self, part: Ints, state: Ints) -> None:
        """Ask about states, each with the next effort, so many at a time."""
        step = max(PAIRS_AT_ONCE // max(len(self.pricer.packages.mailer), 1), 1)
        level = self.states.level[self.states.start[part] + state]
        for effort in np.unique(level).tolist():
            at = np.flatnonzero(level == effort)
            for first in range(0, len(at), step):
                some = at[first : first + step]
                self._ask_at_once(part[some], state[some], self.pricer.efforts[effort])

    def _ask_at_once(self, part: Ints, state: Ints, effort: Effort) -> None:
        packages, states = self.pricer.packages, self.states
        batch, unit = self.batch(part, state)
        answers = empty_answers(batch, len(packages.mailer))
        rows = states.start[part] + state
        recall(packages, self.ranking, states, rows, batch, answers)
        self.pricer.ask(batch, answers, effort)
        first_plan = self.keep(part, batch, unit, answers)
        learn(packages, self.ranking, states, rows, batch, answers, first_plan)

    def batch(self, part: Ints, state: Ints) -> tuple[Batch, Ints]:
        """States as orders of a batch, and the units, as in the group, that are asked about."""
        n = len(part)
        start = np.zeros(n + 1, np.int64)
        count_units(self.types, part, state, start)
        batch = Batch(
            units=np.empty((start[-1], UNIT_COLUMNS), np.int32),
            start=start,
            content_mm3=np.empty(n, np.int64),
            weight_g=np.empty(n, np.int64),
            no_mailer=np.empty(n, np.bool_),
            like=np.empty(n, np.int64),
            access=np.empty(n, np.int32),
        )
        unit = np.empty(start[-1], np.int64)
        gather(self.group, self.types, self.states, part, state, batch, unit)
        return batch, unit

    def keep(self, part: Ints, batch: Batch, unit: Ints, answers: Answers) -> int:
        """Keep the plans of a batch, and count its work; return the number of the first plan."""
        np.add.at(self.work, part, answers.work)
        units = np.diff(batch.start)
        unit = unit[np.repeat(batch.start[:-1], units) + answers.unit]
        self._plans.append(_Plans(units, unit, answers.place, answers.support))
        self._n_plans += len(part)
        return self._n_plans - len(part)

    def split(self, p: int, parcels: Sequence[Parcel]) -> Split:
        """The split of a part by some parcels, heaviest first, and what is proved about it."""
        return self._told(p, [parcels])[0]

    def _told(self, first: int, parcels: Sequence[Sequence[Parcel]]) -> list[Split]:
        """The splits of parts from the first on by some parcels each."""
        start, progress = self.group.start, self.progress
        parts = np.arange(first, first + len(parcels))
        if self.floors is not None:
            self.floors.conclude(progress, parts)
        # Strides of types that a part has not are those of its empty state, which is never lost.
        lone = self.states.start[parts, None] + self.types.stride[parts]
        lost = self.states.bound[lone] >= NEVER
        rows = np.arange(start[first], start[first + len(parcels)])
        owner = np.repeat(np.arange(len(parcels)), np.diff(start[first : first + len(parcels) + 1]))
        homeless = np.flatnonzero(lost[owner, self.types.type[rows]])
        ends = np.searchsorted(owner[homeless], np.arange(len(parcels) + 1)).tolist()
        unit = rows[homeless] - start[parts[owner[homeless]]]
        return [
            Split(tuple(some), fewest, bound, unit[a:b], work, exact=True)
            for some, fewest, bound, (a, b), work in zip(
                parcels,
                progress.fewest[parts].tolist(),
                progress.bound[parts].tolist(),
                pairwise(ends),
                self.work[parts].tolist(),
                strict=True,
            )
        ]

    def _best_parcels(self) -> list[Parcel]:
        """The best plans of all parts as parcels."""
        progress, states = self.progress, self.states
        n = progress.n_best
        part = np.repeat(np.arange(len(n)), n)
        at = np.arange(len(part)) - np.repeat(np.cumsum(n) - n, n)
        state = progress.best[progress.start[part] + at]
        row = states.start[part] + state
        # What a unit alone costs was known without asking.
        blank = (states.plan[row] < 0) & (states.found[row] != OWN)
        self._ask(part[blank], state[blank])
        proved = states.cost[row] <= states.bound[row]
        return self.parcels(
            Chosen(part, state, states.found[row], states.cost[row], proved, states.plan[row])
        )

    def parcels(self, chosen: Chosen) -> list[Parcel]:
        """Subsets as parcels with units of their own, the heaviest of each part first."""
        states = self.states
        row = states.start[chosen.part] + chosen.state
        keys = (-chosen.state, -states.content_mm3[row], -states.weight_g[row], chosen.part)
        heavy_first = np.lexsort(keys)
        chosen = Chosen(
            part=chosen.part[heavy_first],
            state=chosen.state[heavy_first],
            package=chosen.package[heavy_first],
            cost=chosen.cost[heavy_first],
            proved=chosen.proved[heavy_first],
            plan=chosen.plan[heavy_first],
        )
        part, state = chosen.part, chosen.state
        start = np.zeros(len(part) + 1, np.int64)
        count_units(self.types, part, state, start)
        unit, place, support = self._plan_of(chosen.plan, start)
        own = np.flatnonzero(chosen.package == OWN)
        unit[start[own]] = self._loner(part[own], state[own])
        named = np.empty_like(unit)
        name_units(self.group, self.types, part, state, start, unit, named)
        parcels = [
            Parcel(k, named[a:b], place[a:b], support[a:b], c, proved=sure)
            for k, a, b, c, sure in zip(
                chosen.package.tolist(),
                start[:-1].tolist(),
                start[1:].tolist(),
                chosen.cost.tolist(),
                chosen.proved.tolist(),
                strict=True,
            )
        ]
        for q in own.tolist():
            parcels[q] = self.pricer.own_container(self.parts[part[q]], int(named[start[q]]))
        return parcels

    def _plan_of(
        self, plan: Ints, start: Ints
    ) -> tuple[Ints, NDArray[np.int32], NDArray[np.float32]]:
        """Units in sequence, places and support of some plans; nothing for those without one."""
        unit = np.zeros(start[-1], np.int64)
        place = np.zeros((start[-1], 6), np.int32)
        support = np.zeros(start[-1], np.float32)
        if self._plans:
            kept = _Plans(*(np.concatenate(columns) for columns in zip(*self._plans, strict=True)))
            units = np.diff(start)
            begin = np.repeat((np.cumsum(kept.units) - kept.units)[plan] - start[:-1], units)
            to = np.flatnonzero(np.repeat(plan >= 0, units))
            source = to + begin[to]
            unit[to], place[to] = kept.unit[source], kept.place[source]
            support[to] = kept.support[source]
        return unit, place, support

    def _loner(self, part: Ints, state: Ints) -> Ints:
        """The unit with which a state of one unit is asked about."""
        kind = np.argmax(self.types.stride[part] == state[:, None], axis=1)
        return np.asarray(self.types.row[self.types.first[part, kind]], dtype=np.int64)


def _without_empty(parts: Sequence[Part], pricer: Pricer) -> tuple[Group, Pricer]:
    """Parts side by side, and a pricer that bars from each the packages that ran out for it."""
    group = grouped(parts)
    if all(np.count_nonzero(part.left) == len(part.left) for part in parts):
        return group, pricer
    gone = [(part.access, (part.left == 0).tobytes()) for part in parts]
    rows = {key: row for row, key in enumerate(dict.fromkeys(gone))}
    table = []
    for access, empty in rows:
        barred = pricer.packages.barred[access]
        table.append(np.where(np.frombuffer(empty, np.bool_) & (barred == 0), STOCK, barred))
    row_of_part = np.array([rows[key] for key in gone], np.int32)
    return group._replace(access=row_of_part), pricer.with_barred(np.array(table, np.uint8))
