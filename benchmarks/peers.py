"""Other packers behind one question: the first of these cartons that the packer can fill.

Every peer is compared at its best. The cartons come in ascending order and the first that takes
the whole order is its answer, so no peer is charged for a poor choice of carton. Cartons with too
little volume or too short a side are taken out beforehand and for free. Sides and cartons are
plain tuples of integers before the clock starts. Each peer runs as it comes, with the settings of
its documentation and weights of nothing.

The plans behind the answers are kept, so that an answer that beats packopt can be held against
geometry: some packers return overlapping plans.
"""

from __future__ import annotations

import importlib.util
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from benchmarks.sets import Ints, Set

Sides = tuple[int, int, int]
NONE = -1  #: no carton holds the order


@dataclass(frozen=True)
class Task:
    """One order for a peer: unit sides in mm, and the cartons that are not plainly too small."""

    sides: list[Sides]
    cartons: list[tuple[int, Sides]]  #: index and sides in mm, ascending by volume


class Peer(Protocol):
    """A packer that can say whether a carton holds an order."""

    name: str

    def load(self, sides: list[Sides]) -> Any:
        """Return the units of an order as the packer wants them."""

    def fill(self, load: Any, carton: Sides) -> Any | None:
        """Return the filled carton, or None where not all of the load went in."""

    def plan(self, filled: Any) -> Ints:
        """Return x, y, z, dx, dy, dz of every unit in mm, shape ``(n, 6)``."""


class Py3dbp:
    """py3dbp 1.1: pivot points, largest unit first; whole mm need no decimals."""

    name = "py3dbp"

    def __init__(self) -> None:
        import py3dbp

        self._py3dbp = py3dbp

    def load(self, sides: list[Sides]) -> Any:
        """Return items, which are reused for every carton."""
        return [self._py3dbp.Item("", *side, 0) for side in sides]

    def fill(self, load: Any, carton: Sides) -> Any | None:
        """Return the bin with its items."""
        packer = self._py3dbp.Packer()
        packer.items = load  # placing a unit overwrites all that an earlier carton left on it
        packer.add_bin(self._py3dbp.Bin("", *carton, 1))
        packer.pack(bigger_first=True, number_of_decimals=0)
        return packer.bins[0] if len(packer.bins[0].items) == len(load) else None

    def plan(self, filled: Any) -> Ints:
        """Read positions off the items."""
        rows = [[*item.position, *item.get_dimension()] for item in filled.items]
        return np.array(rows, np.int64)


class Packvium:
    """Packvium at one of its profiles, one container at most; its limits are in wall time."""

    def __init__(self, profile: str) -> None:
        import packvium

        self.name = f"packvium {profile}"
        self._packvium = packvium
        config = getattr(packvium.PackingConfig, profile)(max_containers=1)
        self._packer = packvium.Packer(config)
        self._containers: dict[Sides, Any] = {}

    def load(self, sides: list[Sides]) -> Any:
        """Return items; equal units are one item with a quantity."""
        box = self._packvium.Dimensions.mm
        alike = Counter(sides).items()
        return [
            self._packvium.Item.create(f"{k}", box(*side), quantity=count)
            for k, (side, count) in enumerate(alike)
        ]

    def fill(self, load: Any, carton: Sides) -> Any | None:
        """Return the result where it is valid and complete."""
        result = self._packer.pack(load, [self._container(carton)])
        valid = result.status is not self._packvium.PackingStatus.INVALID_RESULT
        return result if valid and not result.unpacked else None

    def plan(self, filled: Any) -> Ints:
        """Read positions off the only container."""
        ticks = self._packvium.Length.TICKS_PER_MM
        rows = [
            [getattr(place.position, axis) / ticks for axis in "xyz"]
            + [getattr(place.dimensions, side).ticks / ticks for side in _SIDES]
            for place in filled.containers[0].placements
        ]
        return np.array(rows).astype(np.int64)

    def _container(self, carton: Sides) -> Any:
        if carton not in self._containers:
            inner = self._packvium.Dimensions.mm(*carton)
            self._containers[carton] = self._packvium.Container.create("carton", inner)
        return self._containers[carton]


class CpSat:
    """CP-SAT on packopt's model, one worker, a deterministic limit of about seconds a carton."""

    def __init__(self, limit: float = 10.0) -> None:
        from packopt.exact.cpsat import holds

        self.name = f"CP-SAT {limit:g} s"
        self._holds = holds
        self._limit = limit

    def load(self, sides: list[Sides]) -> Any:
        """Return the extents each unit may take."""
        return [sorted(set(itertools.permutations(side))) for side in sides]

    def fill(self, load: Any, carton: Sides) -> Any | None:
        """Return the plan where the model has a solution within the limit."""
        return self._holds(load, carton, deterministic_limit=self._limit)[1]

    def plan(self, filled: Any) -> Ints:
        """Return the plan as it is."""
        return np.asarray(filled)


_SIDES = ("length", "width", "height")


@dataclass
class Run:
    """What a peer did with some orders.

    Attributes
    ----------
    carton
        Index of the carton for each order; `NONE` where it found none, absent where it failed.
    filled
        What to hand to `Peer.plan`.
    failures
        What the peer raised, by order.
    cpu_s, orders
        CPU seconds and number of orders by round.
    """

    carton: dict[int, int] = field(default_factory=dict)
    filled: dict[int, Any] = field(default_factory=dict)
    failures: dict[int, str] = field(default_factory=dict)
    cpu_s: list[float] = field(default_factory=list)
    orders: list[int] = field(default_factory=list)

    @property
    def orders_per_s(self) -> float:
        """Orders a second: the median of the rounds."""
        return float(np.median([n / s for n, s in zip(self.orders, self.cpu_s, strict=True)]))


def installed(name: str) -> bool:
    """Return whether a peer's package is there."""
    return importlib.util.find_spec(name) is not None


def tasks(orders: Set, cartons_mm: Ints, count: int) -> list[Task]:
    """Return the first ``count`` orders with those of the ascending cartons that may hold them."""
    sides = np.sort(cartons_mm, axis=1)
    volume = cartons_mm.prod(axis=1)
    listed = [tuple(carton) for carton in cartons_mm.tolist()]
    return [_task(orders.order(i), listed, sides, volume) for i in range(count)]


def _task(units: Ints, listed: list[Sides], sides: Ints, volume: Ints) -> Task:
    least = np.sort(units, axis=1).max(axis=0)
    may = (sides >= least).all(axis=1) & (volume >= units.prod(axis=1).sum())
    return Task(
        [tuple(unit) for unit in units.tolist()],
        [(int(k), listed[k]) for k in np.flatnonzero(may)],
    )


def answer(peer: Peer, task: Task) -> tuple[int, Any]:
    """Return the first carton that the peer fills with the order, and what it made of it."""
    load = peer.load(task.sides)
    for index, carton in task.cartons:
        filled = peer.fill(load, carton)
        if filled is not None:
            return index, filled
    return NONE, None


def run_round(peer: Peer, run: Run, todo: list[Task], which: range) -> None:
    """Let the peer answer some of the orders and add them, and the CPU time, to ``run``."""
    start = time.process_time()
    for i in which:
        try:
            run.carton[i], run.filled[i] = answer(peer, todo[i])
        except Exception as error:  # noqa: BLE001 - a peer may raise anything; all of it is shown
            run.failures[i] = f"{type(error).__name__}: {error}"
    run.cpu_s.append(time.process_time() - start)
    run.orders.append(len(which))


def is_plan(plan: Ints, sides: list[Sides], carton: Sides) -> bool:
    """Return whether these placements hold these units in this carton: all in, none overlapping."""
    low, high = plan[:, :3], plan[:, :3] + plan[:, 3:]
    if sorted(tuple(sorted(row)) for row in plan[:, 3:].tolist()) != sorted(map(_ascending, sides)):
        return False
    if (low < 0).any() or (high > np.array(carton)).any():
        return False
    first, second = np.triu_indices(len(plan), 1)
    apart = (high[first] <= low[second]) | (high[second] <= low[first])
    return bool(apart.any(axis=1).all())


def _ascending(side: Sides) -> Sides:
    a, b, c = sorted(side)
    return a, b, c
