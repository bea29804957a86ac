"""Splitting small orders by trying everything: questions by seed, and their best answers.

Shares nothing with the splitting it is an oracle for: every subset of the units is asked of CP-SAT,
package by package, and every way to take the units apart is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations

import numpy as np

from asking import Unit, _key, _row
from invented import Row, made_catalogue
from naive import Extents, cut, is_packing
from packopt import Policy
from packopt.batches import kernel_packages, kernel_rules
from packopt.catalogue import MAILER, Catalogue
from packopt.costing import PackageCosts, package_costs
from packopt.exact.cpsat import holds
from packopt.kernel.question import Effort
from packopt.kernel.workspace import new_workspace
from packopt.splitting.pricing import Pricer
from packopt.splitting.question import OWN_CONTAINER, Part, Split

#: Deterministic time for one question, far more than any here takes.
LIMIT = 60.0
EFFORTS = (
    Effort(starts=6, climbs=200, beam=32, nodes=600),
    Effort(starts=0, climbs=3_000, beam=64, nodes=5_000),
    Effort(starts=0, climbs=20_000, beam=256, nodes=500_000),
)
_workspace = new_workspace(64)


@dataclass(frozen=True)
class Case:
    """Units, in any order, and the packages they may travel in.

    ``clash`` holds pairs of units, ``own`` and ``no_mailer`` units, ``left`` a stock for each
    package, -1 without a limit, ``bundle`` a number for each unit, -1 where it stands alone.
    """

    units: tuple[Unit, ...]
    packages: tuple[Row, ...]
    objective: str = "volume"
    clash: frozenset[tuple[int, int]] = frozenset()
    bundle: tuple[int, ...] = ()
    own: frozenset[int] = frozenset()
    no_mailer: frozenset[int] = frozenset()
    left: tuple[int, ...] = ()
    most_parcels: int = 10_000
    parcel_price: int | None = None
    policy: Policy = field(init=False)

    def __post_init__(self) -> None:
        """Put the units in canonical order, as the kernel wants them, and fill in defaults."""
        policy = Policy(objective=self.objective, handling="geometry")  # type: ignore[arg-type]
        object.__setattr__(self, "policy", policy)
        if not self.bundle:
            object.__setattr__(self, "bundle", (-1,) * len(self.units))
        if not self.left:
            object.__setattr__(self, "left", (-1,) * len(self.packages))
        order = sorted(range(len(self.units)), key=lambda i: _key((_row(self.units[i]), None)))
        spot = {unit: at for at, unit in enumerate(order)}
        for name in ("units", "bundle"):
            object.__setattr__(self, name, tuple(getattr(self, name)[i] for i in order))
        for name in ("own", "no_mailer"):
            object.__setattr__(self, name, frozenset(spot[i] for i in getattr(self, name)))
        pairs = frozenset((spot[a], spot[b]) for a, b in self.clash)
        object.__setattr__(self, "clash", pairs | {(b, a) for a, b in pairs})

    @cached_property
    def catalogue(self) -> Catalogue:
        """The packages as a catalogue."""
        return made_catalogue(self.packages)

    @cached_property
    def costs(self) -> PackageCosts:
        """What they cost."""
        return package_costs(self.catalogue, self.policy)

    @cached_property
    def pricer(self) -> Pricer:
        """What splitting asks."""
        packages = kernel_packages(self.catalogue, self.policy, self.costs)
        return Pricer(
            packages, self.costs, kernel_rules(self.policy), EFFORTS, lambda _: _workspace
        )

    @cached_property
    def part(self) -> Part:
        """What splitting is asked."""
        n = len(self.units)
        clash = np.zeros((n, n), np.bool_)
        for a, b in self.clash:
            clash[a, b] = True
        return Part(
            units=np.array([_row(unit) for unit in self.units], np.int32),
            content_mm3=np.array([_volume(unit.size) for unit in self.units], np.int64),
            weight_g=np.array([unit.weight for unit in self.units], np.int64),
            no_mailer=np.array([i in self.no_mailer for i in range(n)]),
            clash=clash,
            bundle=np.array(self.bundle, np.int64),
            own=np.array([i in self.own for i in range(n)]),
            access=0,
            left=np.array(self.left, np.int64),
            most_parcels=self.most_parcels,
            parcel_price=self.parcel_price,
        )


def _volume(size: Extents) -> int:
    return size[0] * size[1] * size[2]


class Oracle:
    """Answers a case by enumeration; units are bits of a number."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.n = len(case.units)
        self._holding: dict[int, set[int]] = {k: set() for k in range(len(case.packages))}
        self._not_holding: dict[int, set[int]] = {k: set() for k in range(len(case.packages))}
        self._ways: dict[int, list[tuple[int, int]]] = {}
        self._best: dict[tuple[int, int, tuple[int, ...]], tuple[int, int] | None] = {}
        #: Questions to CP-SAT.
        self.asked = 0

    def homeless(self) -> list[int]:
        """Units that fit no package even alone, or whose bundle fits none."""
        return [i for i in range(self.n) if not self.options(self._atom(i))]

    def best(self) -> tuple[int, int] | None:
        """Fewest parcels and least cost of the rest, or least total cost; None without a plan."""
        lost = self.homeless()
        whole = sum(1 << i for i in range(self.n) if i not in lost)
        found = self._split(whole, self.case.most_parcels, self.case.left) if whole else None
        if found is None or self.case.parcel_price is None:
            return found
        return found[1], found[0]

    def _atom(self, unit: int) -> int:
        """All that stays together with a unit."""
        bundle = self.case.bundle
        same = [i for i in range(self.n) if bundle[i] == bundle[unit] >= 0]
        return sum(1 << i for i in same or [unit])

    def _split(self, units: int, most: int, left: tuple[int, ...]) -> tuple[int, int] | None:
        """Least (parcels, cost), or (cost with prices, parcels) where parcels have a price."""
        if units == 0:
            return 0, 0
        if most == 0:
            return None
        key = units, min(most, self.n), left
        if key not in self._best:
            self._best[key] = min(self._plans(units, most, left), default=None)
        return self._best[key]

    def _plans(self, units: int, most: int, left: tuple[int, ...]) -> Iterator[tuple[int, int]]:
        price = self.case.parcel_price
        first = units & -units
        others = units ^ first
        some = others
        while True:
            parcel = some | first
            for cost, k in self.options(parcel):
                if k != OWN_CONTAINER and left[k] == 0:
                    continue
                after = tuple(n - (i == k and n > 0) for i, n in enumerate(left))
                rest = self._split(units ^ parcel, most - 1, after)
                if rest is not None:
                    a, b = (1, cost) if price is None else (cost + price, 1)
                    yield rest[0] + a, rest[1] + b
            if some == 0:
                return
            some = (some - 1) & others

    def options(self, units: int) -> list[tuple[int, int]]:
        """(cost, package) that may hold units, up to the cheapest without a limited stock."""
        if units not in self._ways:
            self._ways[units] = sorted(self._options(units))
        return self._ways[units]

    def _options(self, units: int) -> Iterator[tuple[int, int]]:
        members = [i for i in range(self.n) if units >> i & 1]
        if any(self._atom(i) & ~units for i in members):
            return
        if any(pair in self.case.clash for pair in combinations(members, 2)):
            return
        if len(members) == 1 and members[0] in self.case.own:
            yield 0, OWN_CONTAINER
        content = sum(_volume(self.case.units[i].size) for i in members)
        costs = self.case.costs.cost_of(np.arange(len(self.case.packages)), content).tolist()
        for cost, k in sorted((cost, k) for k, cost in enumerate(costs)):
            if self.case.left[k] != 0 and self._holds(k, units, members):
                yield cost, k
                if self.case.left[k] < 0:
                    return

    def _holds(self, k: int, units: int, members: Sequence[int]) -> bool:
        package = self.case.packages[k]
        limit = package.get("max_content_g")
        weight = sum(self.case.units[i].weight for i in members)
        mailer = package["kind"] == "mailer"
        if limit is not None and weight > limit:
            return False
        if mailer and self.case.no_mailer & set(members):
            return False
        if any(more & units == units for more in self._holding[k]):
            return True
        if any(less & units == less for less in self._not_holding[k]):
            return False
        answer = self._fits(k, members, mailer=mailer)
        (self._holding if answer else self._not_holding)[k].add(units)
        return answer

    def _fits(self, k: int, members: Sequence[int], *, mailer: bool) -> bool:
        length, width, height = self.case.pricer.packages.room[k].tolist()
        ways = [self.case.units[i].ways(soft=mailer) for i in members]
        rooms = [(length, width, height)]
        if mailer:
            rooms = [(length - h, width - h, h) for h in range(1, height + 1)]
        for room in rooms:
            if min(room) < 1 or sum(_volume(unit[0]) for unit in ways) > _volume(room):
                continue
            self.asked += 1
            answer, _ = holds(ways, room, deterministic_limit=LIMIT)
            if answer == "undecided":
                raise RuntimeError(f"CP-SAT does not decide whether {room} holds {ways}")
            if answer == "yes":
                return True
        return False


def faults(case: Case, split: Split) -> list[str]:
    """What is wrong with the parcels of a split, whatever else there could be."""
    units = [unit for parcel in split.parcels for unit in parcel.unit.tolist()]
    missing = set(range(len(case.units))) - set(units) - set(split.homeless.tolist())
    found = [f"units {units}"] if len(units) != len(set(units)) else []
    found += [f"missing {missing}"] if split.parcels and missing else []
    used = [parcel.package for parcel in split.parcels]
    for k, left in enumerate(case.left):
        if 0 <= left < used.count(k):
            found.append(f"{used.count(k)} of package {k}, {left} left")
    if len(split.parcels) > case.most_parcels:
        found.append("too many parcels")
    for parcel in split.parcels:
        found += _parcel_faults(
            case, parcel.package, parcel.unit.tolist(), parcel.place, parcel.cost
        )
    return found


def _parcel_faults(
    case: Case, k: int, members: list[int], place: np.ndarray, cost: int
) -> list[str]:
    found = [f"clash {pair}" for pair in combinations(members, 2) if pair in case.clash]
    for i in members:
        together = {j for j in range(len(case.units)) if case.bundle[j] == case.bundle[i] >= 0}
        if together - set(members):
            found.append(f"bundle of {i} is torn")
    if k == OWN_CONTAINER:
        ok = len(members) == 1 and members[0] in case.own and cost == 0
        return found if ok else [*found, f"own container of {members}"]
    package = case.packages[k]
    mailer = package["kind"] == "mailer"
    limit = package.get("max_content_g")
    if limit is not None and sum(case.units[i].weight for i in members) > limit:
        found.append(f"too heavy: {members}")
    if mailer and case.no_mailer & set(members):
        found.append(f"in a mailer: {members}")
    plan = [tuple(row) for row in place.tolist()]
    length, width, height = case.pricer.packages.room[k].tolist()
    if mailer:
        height = max(unit[2] + unit[5] for unit in plan)
        length, width = length - height, width - height
    ways = [case.units[i].ways(soft=mailer) for i in members]
    if not is_packing(plan, ways, (length, width, height)):
        found.append(f"not a packing: {members} in {k}")
    content = sum(_volume(case.units[i].size) for i in members)
    if cost != int(case.costs.cost_of(k, content)):
        found.append(f"cost {cost}")
    return found


def random_case(seed: int) -> Case:
    """Make a case of up to 7 units that mostly takes two or three parcels."""
    rng = np.random.default_rng(seed)
    packages = [_package(rng) for _ in range(int(rng.integers(2, 6)))]
    n = int(rng.choice([2, 3, 4, 5, 6, 7], p=[0.05, 0.1, 0.15, 0.2, 0.25, 0.25]))
    units = _units(rng, packages, n)
    case = Case(
        units=tuple(units),
        packages=tuple(packages),
        objective=str(rng.choice(["volume", "material"])),
    )
    if rng.random() < 0.3:
        group = rng.integers(0, 3, n)
        hostile = {(a, b) for a, b in combinations(range(n), 2) if group[a] + group[b] == 3}
        case = replace(case, clash=frozenset(hostile))
    if rng.random() < 0.2:
        bundle = rng.integers(-3, 2, n)
        case = replace(case, bundle=tuple(max(int(b), -1) for b in bundle))
    if rng.random() < 0.2:
        alone = [i for i in range(n) if case.bundle[i] < 0 and rng.random() < 0.4]
        case = replace(case, own=frozenset(alone))
    if rng.random() < 0.2:
        case = replace(case, no_mailer=frozenset(np.flatnonzero(rng.random(n) < 0.5).tolist()))
    if rng.random() < 0.35:
        dearest = int(case.costs.cost_of(np.arange(len(packages)), 0).max())
        case = replace(case, parcel_price=int(rng.integers(0, dearest + 1)))
    if rng.random() < 0.25:
        left = rng.choice([-1, -1, 0, 1, 1, 2], len(packages))
        case = replace(case, left=tuple(int(k) for k in left))
    if rng.random() < 0.1:
        case = replace(case, most_parcels=int(rng.integers(1, 5)))
    return case


def _package(rng: np.random.Generator) -> Row:
    limit = int(rng.integers(20, 160)) if rng.random() < 0.3 else None
    if rng.random() < 0.2:
        size = (*rng.integers(60, 140, 2).tolist(), int(rng.integers(5, 30)))
        return {"kind": "mailer", "size": size, "max_content_g": limit}
    return {
        "kind": "carton",
        "size": tuple(rng.integers(35, 110, 3).tolist()),
        "max_content_g": limit,
    }


def _units(rng: np.random.Generator, packages: list[Row], n: int) -> list[Unit]:
    """Units drawn, or cut from packages so that some of them just fit."""
    sizes: list[Extents] = []
    style = rng.random()
    while len(sizes) < n:
        if sizes and rng.random() < 0.25:
            sizes.append(sizes[int(rng.integers(len(sizes)))])
        elif style < 0.4:
            sizes.append(tuple(rng.integers(20, 85, 3).tolist()))
        elif style < 0.5:
            sizes.append(
                tuple(rng.permutation([*rng.integers(30, 90, 2), rng.integers(2, 12)]).tolist())
            )
        else:
            room = packages[int(rng.integers(len(packages)))]["size"]
            cuts = [
                (int(rng.integers(9)), int(rng.integers(3)), int(rng.integers(1, 90)))
                for _ in range(int(rng.integers(1, 4)))
            ]
            sizes += [tuple(rng.permutation(piece[3:]).tolist()) for piece in cut(room, cuts)]
    free = rng.random() < 0.6
    kinds = ["any"] if free else ["any", "upright", "flat", "fixed"]
    return [
        Unit(size, str(rng.choice(kinds)), weight=int(rng.integers(1, 40))) for size in sizes[:n]
    ]


def catalogue_kinds(case: Case) -> list[bool]:
    """Which packages are mailers."""
    return (case.catalogue.kind == MAILER).tolist()
