"""The linear program that spreads kinds over packages that hold values; see ``bounds.py``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from packopt.kernel.values import CAP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.splitting.kinds import Kinds
    from packopt.splitting.values import Room

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    #: The number of packages, and of the lumps of each kind in them: variables of the program.
    _Spread = tuple[Any, dict[int, Any]]

#: More parcels than any plan has.
_MANY: Final = 1e9


@dataclass(frozen=True, slots=True)
class Terms:
    """What parcels cost and how many there may be.

    Attributes
    ----------
    price, filler
        For each room: what a parcel costs when empty, and what each mm3 of content takes off.
    own_price
        Of a unit in its own container.
    least, most
        Parcels of a plan.
    """

    price: tuple[int, ...]
    filler: tuple[int, ...]
    own_price: int
    least: int
    most: int


class Program:
    """Spread every kind over the rooms at least cost.

    Parameters
    ----------
    kinds, rooms
        What is spread, over what.
    values
        For each room the values, ``(t,)`` each, that a parcel may hold up to ``CAP`` of; more may
        be added between solutions.
    terms
        Costs and numbers.

    Attributes
    ----------
    number
        After `solve`: packages of each room.
    load
        ``(t,)`` for each room: lumps of each kind in those packages together.
    multipliers
        For each room what each of its values is worth.
    """

    def __init__(
        self,
        kinds: Kinds,
        rooms: Sequence[Room],
        values: Sequence[Sequence[Ints]],
        terms: Terms,
    ) -> None:
        from ortools.linear_solver import pywraplp  # type: ignore[import-untyped]

        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._infinity = self._solver.infinity()
        self._scale = float(max(1, *terms.price, terms.own_price))
        self._values = values
        self._goal = self._solver.Objective()
        self._goal.SetMinimization()
        self._every = [
            self._solver.Constraint(float(count), float(count)) for count in kinds.count.tolist()
        ]
        self._total = self._solver.Constraint(float(terms.least), float(min(terms.most, _MANY)))
        self._number = [
            self._spread(kinds, rooms[r], terms.price[r], terms.filler[r])
            for r in range(len(rooms))
        ]
        self._caps: list[list[Any]] = [[] for _ in rooms]
        # To leave a lump behind costs more than all parcels of a plan.
        dear = max(terms.price, default=1) * (terms.most + 1) / self._scale
        for t, own in enumerate(kinds.own.tolist()):
            self._goal.SetCoefficient(self._alone(t), dear)
            if own:
                alone = self._alone(t)
                self._total.SetCoefficient(alone, 1.0)
                self._goal.SetCoefficient(alone, terms.own_price / self._scale)

    def _spread(self, kinds: Kinds, room: Room, price: int, filler: int) -> _Spread:
        """Variables for the packages of one room and for what they hold."""
        number = self._solver.NumVar(0.0, self._infinity, "")
        self._goal.SetCoefficient(number, price / self._scale)
        self._total.SetCoefficient(number, 1.0)
        load = {}
        for t in np.flatnonzero(room.fits).tolist():
            load[t] = self._solver.NumVar(0.0, self._infinity, "")
            saved = filler * int(kinds.content_mm3[t])
            self._goal.SetCoefficient(load[t], -saved / self._scale)
            self._every[t].SetCoefficient(load[t], 1.0)
        return number, load

    def _alone(self, t: int) -> Any:
        """A variable for lumps of a kind that are in no package."""
        alone = self._solver.NumVar(0.0, self._infinity, "")
        self._every[t].SetCoefficient(alone, 1.0)
        return alone

    def limit(self, limits: Sequence[tuple[int, int]]) -> None:
        """Limit the packages of each room, from and to; -1 is endless."""
        for (number, _), (low, high) in zip(self._number, limits, strict=True):
            number.SetBounds(float(low), self._infinity if high < 0 else float(high))

    def _cap(self) -> None:
        """State the values that have become known."""
        for (number, load), caps, values in zip(
            self._number, self._caps, self._values, strict=True
        ):
            for value in values[len(caps) :]:
                cap = self._solver.Constraint(-self._infinity, 0.0)
                cap.SetCoefficient(number, -1.0)
                shares = (value / float(CAP)).tolist()
                for t, one in load.items():
                    if shares[t]:
                        cap.SetCoefficient(one, shares[t])
                caps.append(cap)

    def solve(self) -> bool:
        """Return False where the program has no solution, or none was found."""
        self._cap()
        if self._solver.Solve() != self._solver.OPTIMAL:
            return False
        self.number = [number.solution_value() for number, _ in self._number]
        self.load = []
        for _, load in self._number:
            lumps = np.zeros(len(self._every))
            for t, variable in load.items():
                lumps[t] = max(variable.solution_value(), 0.0)
            self.load.append(lumps)
        self.multipliers = [
            [max(-cap.dual_value(), 0.0) * self._scale for cap in caps] for caps in self._caps
        ]
        return True
