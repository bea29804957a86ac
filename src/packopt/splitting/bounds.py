"""How many parcels a part needs at least, and what they cost at least.

The values of ``values.py`` relax a package to something that holds values instead of lumps. A
linear program spreads every kind over the packages, such that each that is used holds no more than
``CAP`` of any values; more values are added where a solution breaks them. Its dual solution is a
worth for each lump that adds up, in any parcel, to at most what the parcel counts. Floating point
only ever suggests these worths: they are rounded to whole numbers, and what is returned follows
from those alone. Where a part of a package is used, two programs with fewer or with more of it
prove more.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from packopt.kernel.values import CAP
from packopt.splitting.kinds import kinds_of
from packopt.splitting.question import NEVER
from packopt.splitting.spreading import Program, Terms
from packopt.splitting.values import Room

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.kernel.batch import Packages
    from packopt.splitting.kinds import Kinds
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    #: For each package how many there are at least, and at most; -1 without end.
    Limits = tuple[tuple[int, int], ...]

#: Rounds of adding the values that the last solution breaks most.
_ROUNDS: Final = 7
#: Linear programs after the first, each under further limits.
_NODES: Final = 24
#: Numbers of packages closer to whole than this are whole.
_WHOLE: Final = 1e-6
#: A solution breaks values by more than this part of a package, or is taken to keep them.
_EXCESS: Final = 1e-6
#: Whole steps of a multiplier of 1 in the dual solution.
_FINE: Final = 1 << 30


def fewest(part: Part, packages: Packages, kinds: Kinds | None = None) -> int:
    """No plan has fewer parcels: what the best mix of values proves, rounded up.

    Parameters
    ----------
    part
        The units; those that cannot travel at all are left out.
    packages
        The catalogue under the policy.
    kinds
        Those of the part, if they are known.

    Returns
    -------
    0 where no unit can travel; `NEVER` where the stock cannot hold the values.
    """
    return Relaxation(part, packages, kinds or kinds_of(part)).parcels().bound


@dataclass(frozen=True, eq=False, slots=True)
class Worths:
    """A worth for each lump that adds up, in any parcel, to at most what the parcel counts.

    Attributes
    ----------
    bound
        What follows: parcels, or cost steps.
    worth
        ``(t,)`` in parcels, or in cost steps: guidance for building parcels.
    """

    bound: int
    worth: Floats


class _Node(NamedTuple):
    """What a program proves under limits on the number of each package, and its solution."""

    worths: Worths
    number: list[float]
    limits: Limits


class Relaxation:
    """A part spread over packages that hold values, not lumps.

    Parameters
    ----------
    part, kinds
        The units and their kinds.
    packages
        The catalogue under the policy.

    Attributes
    ----------
    rooms
        The packages that may be used.
    values
        For each of them the values known so far, ``(t,)`` each.
    travels
        ``(t,)`` False for kinds that go into no package, and not in their own container either.
    """

    def __init__(self, part: Part, packages: Packages, kinds: Kinds) -> None:
        allowed = (packages.barred[part.access] == 0) & (part.left != 0)
        rooms = [Room(part, kinds, packages, k) for k in np.flatnonzero(allowed).tolist()]
        self.kinds = kinds
        self.rooms = [room for room in rooms if room.fits.any()]
        self.values = [[room.by_volume()] for room in self.rooms]
        self.left = [int(part.left[room.package]) for room in self.rooms]
        self.travels = np.logical_or.reduce([kinds.own, *(room.fits for room in self.rooms)])
        self._packages = packages
        self._used = [0.0] * len(self.rooms)

    def parcels(self, enough: int = NEVER) -> Worths:
        """The least number of parcels; does not go on once ``enough`` is proved."""
        # A limit that no solution comes near has no part in the worths.
        n, most = len(self.rooms), 2 * int(self.kinds.count.sum())
        return self._prove(Terms((1,) * n, (0,) * n, 1, 0, most), enough)

    def cost(self, least: int, most: int, parcel_price: int = 0, enough: int = NEVER) -> Worths:
        """The least cost of plans of ``least`` to ``most`` parcels, with a price for each."""
        return self._prove(self.terms(self.rooms, parcel_price, least, most), enough)

    def _prove(self, terms: Terms, enough: int) -> Worths:
        """Bound the price of all plans by branching on the number of each package.

        `NEVER` where there is no plan at all.
        """
        if not self.travels.any():
            return Worths(0, np.zeros(len(self.kinds)))
        program = Program(self.kinds, self.rooms, self.values, terms)
        root = self._solve(program, tuple((0, left) for left in self.left), terms, enough, _ROUNDS)
        self._used = root.number
        nodes = [(root.worths.bound, 0, root)]
        for step in range(_NODES):
            bound, _, node = nodes[0]
            branches = _branches(node) if bound < enough else []
            if not branches:
                break
            heappop(nodes)
            for way, limits in enumerate(branches):
                child = self._solve(program, limits, terms, enough, 0)
                heappush(nodes, (max(child.worths.bound, bound), 2 * step + way + 1, child))
        bound = nodes[0][0]
        # No plan comes to more than the dearest package for every parcel.
        impossible = bound > terms.most * max(terms.price, default=0) and not self.kinds.own.any()
        return Worths(NEVER if impossible else bound, root.worths.worth)

    def _solve(
        self, program: Program, limits: Limits, terms: Terms, enough: int, rounds: int
    ) -> _Node:
        """Solve, and add values so many times until none is broken or ``enough`` is proved."""
        best = _Node(Worths(0, np.zeros(len(self.kinds))), [0.0] * len(self.rooms), limits)
        program.limit(limits)
        for step in range(rounds + 1):
            if not program.solve():
                break
            proved = self._conclude(program.multipliers, terms, limits)
            if proved.bound > best.worths.bound or not best.worths.worth.any():
                best = _Node(proved, program.number, limits)
            if step == rounds or best.worths.bound >= enough:
                break
            loads = zip(self.rooms, program.load, program.number, strict=True)
            broken = [self.add_broken(room, load, number) for room, load, number in loads]
            if not any(broken):
                break
        return best

    def add_broken(self, room: Room, load: Floats, number: float) -> bool:
        """Add the values that a load of so many packages breaks most; False if it breaks none."""
        if not load.any():
            return False
        added = False
        for value in (room.by_sides(load), room.by_weight(load), room.by_clique(load)):
            if value is not None and float(value @ load) > (number + _EXCESS) * float(CAP):
                self.values_of(room).append(value)
                added = True
        return added

    def values_of(self, room: Room) -> list[Ints]:
        """The values known of a package."""
        return self.values[self.rooms.index(room)]

    def stock(self, room: Room) -> int:
        """Packages left, -1 without a limit."""
        return self.left[self.rooms.index(room)]

    def largest(self) -> list[Room]:
        """The packages that are not within another one of which there is no end."""
        return self._outermost(lambda room, other: other.holds_all_of(room))

    def cheapest(self) -> list[Room]:
        """The packages that are not within another one, at no higher cost, without end."""
        base, filler = self._packages.base_cost, self._packages.filler_cost

        def is_beaten(room: Room, other: Room) -> bool:
            k, by = room.package, other.package
            dear = base[by] > base[k] or filler[by] < filler[k]
            return not dear and other.holds_all_of(room)

        return self._outermost(is_beaten)

    def favoured(self, most: int) -> list[Room]:
        """The largest packages, and those of which the last program made most use."""
        largest = self.largest()
        rest = [r for r, room in enumerate(self.rooms) if room not in largest]
        rest.sort(key=lambda r: -self._used[r])
        used = [self.rooms[r] for r in rest[:most] if self._used[r] > _EXCESS]
        return largest + used

    def _outermost(self, is_beaten: Callable[[Room, Room], bool]) -> list[Room]:
        endless = [room for room, left in zip(self.rooms, self.left, strict=True) if left < 0]
        kept: list[Room] = []
        for room in self.rooms:
            better = [other for other in endless if other is not room and is_beaten(room, other)]
            # Of equal ones the first stays.
            if not any(other in kept or not is_beaten(other, room) for other in better):
                kept.append(room)
        return kept

    def terms(self, rooms: Sequence[Room], parcel_price: int, least: int, most: int) -> Terms:
        """What parcels in some packages cost."""
        at = [room.package for room in rooms]
        base = self._packages.base_cost[at] + parcel_price
        filler = self._packages.filler_cost[at]
        return Terms(tuple(base.tolist()), tuple(filler.tolist()), parcel_price, least, most)

    def _conclude(
        self, multipliers: Sequence[Sequence[float]], terms: Terms, limits: Limits
    ) -> Worths:
        """What whole multipliers of the values prove, in steps of 1 / ``_FINE``.

        The values of a parcel, times multipliers that add up to ``whole``, add up to at most
        ``whole``. A lump is worth the least that any room makes of it, less its filler there; so a
        parcel costs at least the worth of what is in it, plus what its price exceeds ``whole``.
        """
        content = self.kinds.content_mm3.tolist()
        own = terms.own_price * _FINE
        worth = [own if alone else None for alone in self.kinds.own.tolist()]
        excess = []
        for r, room in enumerate(self.rooms):
            steps = [int(multiplier * _FINE) for multiplier in multipliers[r]]
            excess.append((terms.price[r] * _FINE - sum(steps), *limits[r]))
            # Most values have no part in a solution.
            parts = [
                (step, value.tolist())
                for step, value in zip(steps, self.values[r], strict=False)
                if step
            ]
            for t in np.flatnonzero(room.fits).tolist():
                here = sum(step * value[t] // int(CAP) for step, value in parts)
                here -= terms.filler[r] * content[t] * _FINE
                known = worth[t]
                worth[t] = here if known is None else min(known, here)
        if self.kinds.own.any():
            excess.append((0, 0, -1))
        total = sum(
            count * one
            for count, one in zip(self.kinds.count.tolist(), worth, strict=True)
            if one is not None
        )
        least = _least_excess(excess, terms)
        bound = NEVER if least is None else max(-(-(total + least) // _FINE), 0)
        return Worths(bound, np.array([0.0 if one is None else one / _FINE for one in worth]))


def _branches(node: _Node) -> list[Limits]:
    """Less of the package whose number is farthest from whole, or more; none where all are."""
    far = [abs(number - round(number)) for number in node.number]
    if max(far, default=0.0) < _WHOLE:
        return []
    r = far.index(max(far))
    below = int(node.number[r])
    low, high = node.limits[r]
    return [
        (*node.limits[:r], (low, below), *node.limits[r + 1 :]),
        (*node.limits[:r], (below + 1, high), *node.limits[r + 1 :]),
    ]


def _least_excess(excess: Sequence[tuple[int, int, int]], terms: Terms) -> int | None:
    """The least sum of excesses of a number of parcels within terms and limits; None for none.

    ``excess`` holds, for each package, its excess, and how many there are at least and at most.
    """
    parcels = sum(low for _, low, _ in excess)
    total = sum(over * low for over, low, _ in excess)
    for over, low, high in sorted(excess):
        wanted = (terms.most if over < 0 else terms.least) - parcels
        if high >= 0:
            wanted = min(wanted, high - low)
        if wanted > 0:
            parcels += wanted
            total += wanted * over
    return total if terms.least <= parcels <= terms.most else None
