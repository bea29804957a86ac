"""Whether so many parcels can hold a part: an assignment, refuted set by set until it is a plan.

CP-SAT assigns lumps to parcels, and packages to parcels, such that no values exceed a package
(``values.py``) and the cost stays below a limit. The kernel is then asked about each parcel; what
it proves impossible becomes a clause that excludes the set, made as small as quick proofs allow,
and all sets that contain it. So either the assignment becomes a plan, or there is none: logic-based
Benders decomposition (Hooker and Ottosson 2003), with the kernel's question as the subproblem.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from packopt.kernel.values import CAP
from packopt.splitting.question import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ortools.sat.python import cp_model

    from packopt.splitting.book import Book, Entry
    from packopt.splitting.bounds import Relaxation
    from packopt.splitting.kinds import Counts
    from packopt.splitting.spreading import Terms
    from packopt.splitting.values import Room

    Answer = Literal["yes", "no", "undecided"]

_SEED: Final = 1
#: Deterministic time from which on a question is worth presolving.
_LONG_S: Final = 1.0
#: Pairs of kinds that are kept apart from the start; with more, sets are excluded as they come.
_MOST_PAIRS: Final = 500
#: Values of one package; more slow CP-SAT down.
_MOST_VALUES: Final = 40
#: Quick questions for making an excluded set small.
_MOST_PROBES: Final = 24
#: Costs are halved until a whole plan stays below this, for CP-SAT's 64 bits.
_MOST_COST: Final = 1 << 50


class Assignment:
    """The question whether a number of parcels holds all lumps.

    Parameters
    ----------
    relaxation
        The part, all of whose lumps can travel, with the values known so far.
    book
        What is known of sets.
    parcels
        How many there may be.
    last_try
        Looks harder for a parcel that holds a set about which the kernel is undecided.
    rounds, seconds
        Most assignments to ask about, and deterministic time for finding them, about seconds of
        one core.
    """

    def __init__(
        self,
        relaxation: Relaxation,
        book: Book,
        parcels: int,
        last_try: Callable[[Counts], Entry],
        rounds: int,
        seconds: float,
    ) -> None:
        from ortools.sat.python import cp_model

        self._relaxation = relaxation
        self._rooms: Sequence[Room] = relaxation.largest()
        self._book = book
        self._last_try = last_try
        self._parcels = range(parcels)
        self._model = cp_model.CpModel()
        self._solver = cp_model.CpSolver()
        self._solver.parameters.num_workers = 1
        self._solver.parameters.random_seed = _SEED
        # Sums of values are what decides: the linear relaxation has them, probing does not pay.
        self._solver.parameters.linearization_level = 2
        self._solver.parameters.cp_model_probing_level = 0
        # Presolving takes ten times as long as a short question does.
        self._solver.parameters.cp_model_presolve = seconds >= _LONG_S
        self._cp = cp_model
        self._rounds, self._seconds = rounds, seconds
        self._proves = True
        self._limited = any(left >= 0 for left in relaxation.left)
        self._terms: Terms | None = None
        self._literals: dict[tuple[int, int, int], cp_model.IntVar] = {}

    def hold(self) -> tuple[Answer, list[Entry]]:
        """Look for any plan; its sets come with a "yes"."""
        self._declare(spare=False)
        return self._refute()

    def cost_at_most(
        self, limit: int, rooms: Sequence[Room], terms: Terms
    ) -> tuple[Answer, list[Entry]]:
        """Look for a plan that costs no more, in packages among ``rooms`` at given terms.

        A "no" holds for those rooms only.
        """
        self._rooms, self._terms = rooms, terms
        self._declare(spare=True)
        self._limit_cost(limit, terms)
        return self._refute()

    def _refute(self) -> tuple[Answer, list[Entry]]:
        rounds, seconds = self._rounds, self._seconds
        while rounds > 0 and seconds > 0:
            self._add_values()
            self._solver.parameters.max_deterministic_time = seconds
            status = self._solver.solve(self._model)
            seconds -= self._solver.response_proto.deterministic_time
            if status == self._cp.INFEASIBLE:
                return ("no" if self._proves else "undecided"), []
            if status not in (self._cp.OPTIMAL, self._cp.FEASIBLE):
                break
            if self._break_values():
                continue
            rounds -= 1
            if not (faults := self._faults()):
                return "yes", [entry for entry, _ in self._asked]
            for entry, room in faults:
                self._exclude(entry, room)
        return "undecided", []

    def _declare(self, *, spare: bool) -> None:
        """Every lump in one parcel, every parcel in one package, packages in a fixed order.

        With ``spare`` parcels may stay unused.
        """
        kinds, model, rooms = self._relaxation.kinds, self._model, self._rooms
        self._known = [0] * len(rooms)
        self._lumps = [
            [model.new_int_var(0, c, "") for c in kinds.count.tolist()] for _ in self._parcels
        ]
        # After the packages: a unit's own container, and no parcel at all.
        self._own, self._none = len(rooms), len(rooms) + 1
        self._room = [
            [model.new_bool_var("") for _ in range(len(rooms) + 2)] for _ in self._parcels
        ]
        for t, count in enumerate(kinds.count.tolist()):
            model.add(sum(lumps[t] for lumps in self._lumps) == count)
        others = np.flatnonzero(~kinds.own).tolist()
        for lumps, room in zip(self._lumps, self._room, strict=True):
            model.add_exactly_one(room)
            for r, one in enumerate(rooms):
                unfit = [lumps[t] for t in np.flatnonzero(~one.fits).tolist()]
                model.add(sum(unfit) == 0).only_enforce_if(room[r])
            model.add(sum(lumps[t] for t in others) == 0).only_enforce_if(room[self._own])
            model.add(sum(lumps) <= int(kinds.own.any())).only_enforce_if(room[self._own])
            model.add(sum(lumps) <= 0).only_enforce_if(room[self._none])
            if not spare:
                model.add(room[self._none] == 0)
        number = [sum(r * chosen for r, chosen in enumerate(room)) for room in self._room]
        for b in self._parcels[1:]:
            model.add(number[b - 1] <= number[b])
        for r, one in enumerate(rooms):
            left = self._relaxation.stock(one)
            if left >= 0:
                model.add(sum(room[r] for room in self._room) <= left)
        self._keep_apart()

    def _keep_apart(self) -> None:
        """Kinds that no package holds together are in no parcel together."""
        apart = np.logical_and.reduce([room.apart for room in self._rooms])
        kinds = self._relaxation.kinds
        for t in np.flatnonzero(np.diagonal(apart) & (kinds.count > 1)).tolist():
            for lumps in self._lumps:
                self._model.add(lumps[t] <= 1)
        pairs = np.argwhere(np.triu(apart, 1))
        for t, u in pairs[:_MOST_PAIRS].tolist():
            for b in self._parcels:
                self._model.add_at_most_one(self._at_least(b, t, 1), self._at_least(b, u, 1))

    def _limit_cost(self, limit: int, terms: Terms) -> None:
        """What the parcels cost, rounded down, does not exceed the limit."""
        shift = 0
        while limit >> shift >= _MOST_COST:
            shift += 1
        content = self._relaxation.kinds.content_mm3.tolist()
        costs = []
        for lumps, room in zip(self._lumps, self._room, strict=True):
            cost = self._model.new_int_var(0, limit >> shift, "")
            costs.append(cost)
            self._model.add(cost >= terms.own_price >> shift).only_enforce_if(room[self._own])
            for r, (price, filler) in enumerate(zip(terms.price, terms.filler, strict=True)):
                # Rounded down towards less cost: the filler saved is rounded up.
                saved = sum(
                    -(-filler * mm3 // (1 << shift)) * one
                    for mm3, one in zip(content, lumps, strict=True)
                )
                floor = (price >> shift) - (saved if filler else 0)
                self._model.add(cost >= floor).only_enforce_if(room[r])
        self._model.add(sum(costs) <= limit >> shift)

    def _at_least(self, b: int, t: int, count: int) -> cp_model.IntVar:
        """The literal that parcel ``b`` has at least so many lumps of kind ``t``."""
        key = (b, t, count)
        if key not in self._literals:
            literal = self._model.new_bool_var("")
            lumps = self._lumps[b][t]
            self._model.add(lumps >= count).only_enforce_if(literal)
            self._model.add(lumps < count).only_enforce_if(~literal)
            self._literals[key] = literal
        return self._literals[key]

    def _add_values(self) -> None:
        """State the values that became known since the last assignment."""
        for r, room in enumerate(self._rooms):
            values = self._relaxation.values_of(room)
            for value in values[self._known[r] :]:
                weights = value.tolist()
                for lumps, chosen in zip(self._lumps, self._room, strict=True):
                    load = sum(v * one for v, one in zip(weights, lumps, strict=True) if v)
                    self._model.add(load <= int(CAP)).only_enforce_if(chosen[r])
            self._known[r] = len(values)

    def _break_values(self) -> bool:
        """Find values that the assignment breaks; return whether there are any."""
        broken = False
        for lumps, r in self._assigned():
            if r < len(self._rooms) and self._known[r] < _MOST_VALUES:
                load = np.array(lumps, np.float64)
                broken |= self._relaxation.add_broken(self._rooms[r], load, 1.0)
        return broken

    def _assigned(self) -> list[tuple[Counts, int]]:
        """The sets of the parcels that are not empty, each with the number of its package."""
        value = self._solver.value
        return [
            (counts, next(r for r, one in enumerate(chosen) if value(one)))
            for lumps, chosen in zip(self._lumps, self._room, strict=True)
            if any(counts := tuple(value(one) for one in lumps))
        ]

    def _faults(self) -> list[tuple[Entry, int]]:
        """Parcels that do not exist, or not at the cost of their package."""
        assigned = self._assigned()
        self._book.look_up([counts for counts, _ in assigned], quick=True)
        self._asked = [(self._ask(counts, r), r) for counts, r in assigned]
        return [(entry, r) for entry, r in self._asked if not self._is_good(entry, r)]

    def _ask(self, counts: Counts, r: int) -> Entry:
        """Ask about a set in a package, harder as long as it is undecided."""
        if self._limited and r < len(self._rooms):
            # Stock is counted by package, so another one will not do.
            return self._book.look_up_in(counts, self._rooms[r].package)
        (entry,) = self._book.look_up([counts], quick=True)
        if self._is_open(entry, r):
            (entry,) = self._book.look_up([counts])
        return self._last_try(counts) if self._is_open(entry, r) else entry

    def _is_open(self, entry: Entry, r: int) -> bool:
        """Whether a package is neither found nor proved not to hold a set."""
        if self._is_good(entry, r) or entry.bound == NEVER:
            return False
        return self._terms is None or self._rooms[r].package not in entry.refused

    def _is_good(self, entry: Entry, r: int) -> bool:
        """Whether a set has a parcel at no more than the cost of a package."""
        if self._terms is None or r == self._own or not entry.parcels:
            return bool(entry.parcels)
        content = int(np.array(entry.counts) @ self._relaxation.kinds.content_mm3)
        filler = self._terms.filler[r] * content
        return entry.cost + self._terms.own_price <= self._terms.price[r] - filler

    def _exclude(self, entry: Entry, r: int) -> None:
        """Exclude a set, and whatever contains it, from the packages that do not hold it."""
        counts = entry.counts
        everywhere = set(range(len(self._rooms)))
        if self._limited:
            refused = {r}
            self._proves &= entry.bound == NEVER
        elif entry.bound == NEVER:
            refused = everywhere
            counts = self._shrink(counts)
        else:
            refused = {i for i, room in enumerate(self._rooms) if room.package in entry.refused}
            self._proves &= r in refused
            refused.add(r)
            if self._terms is None:
                # What is cheaper does not matter: no package was found at all.
                self._proves &= refused == everywhere
                refused = everywhere
        for b in self._parcels:
            held = [~self._at_least(b, t, c) for t, c in enumerate(counts) if c]
            others = [one for i, one in enumerate(self._room[b]) if i not in refused]
            self._model.add_bool_or([*held, *others])

    def _shrink(self, counts: Counts) -> Counts:
        """Take out what the proof that nothing holds a set does not need, kind by kind."""
        small = list(counts)
        probes = _MOST_PROBES
        for t in sorted(range(len(small)), key=lambda t: small[t]):
            low, high = 0, small[t]
            while low < high and probes > 0:
                # Either the whole kind can go, or the least number is looked for by halves.
                middle = low if low == 0 else (low + high) // 2
                probe = tuple(middle if u == t else c for u, c in enumerate(small))
                probes -= 1
                if any(probe) and self._book.is_refused(probe):
                    high = middle
                else:
                    low = middle + 1
            small[t] = high
        return tuple(small)
