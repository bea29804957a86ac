"""Splitting with packages whose size is chosen: to splitting, each is a ladder of fixed sizes.

A ladder has every size of a package where those are few, else some sizes from the least to the
largest; of a package that can run out it has only the largest, since all are made of one stock.
What splitting proves about ladders holds for the catalogue only where they are complete; the
number of parcels it proves holds always, since every ladder has the largest size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE
from packopt.size_costs import offered_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.kernel.batch import Packages
    from packopt.policy import Policy
    from packopt.size_costs import SizeCosts
    from packopt.splitting.question import Parcel

    Ints = NDArray[np.int64]

#: Rungs of a ladder that is not complete, the largest size among them.
MOST_RUNGS: Final = 24


@dataclass(frozen=True, eq=False, slots=True)
class Ladders:
    """A catalogue in which every package has one size: the ``k`` of before, and ``r`` rungs.

    Attributes
    ----------
    packages, costs
        All ``k + r`` of them; packages of chosen size are in no ranking, their rungs are.
    package
        ``(k + r,)`` the package that each one is in the catalogue.
    size_mm
        ``(k + r, 3)`` inner sides of rungs, else 0.
    incomplete
        ``(k,)`` True for packages of which not every size is among the rungs.
    sizes
        What the catalogue's packages cost at any size.
    """

    packages: Packages
    costs: PackageCosts
    package: Ints
    size_mm: NDArray[np.int32]
    incomplete: NDArray[np.bool_]
    sizes: SizeCosts

    @property
    def cheapest(self) -> int:
        """Cost steps below which there is no package, whatever it holds."""
        return 0 if (self.size_mm > 0).any() else int(self.costs.fixed.min(initial=0))

    def told(self, parcel: Parcel) -> Parcel:
        """A parcel of the ladders in terms of the catalogue."""
        if parcel.package < len(self.incomplete):
            return parcel
        length, width, height = self.size_mm[parcel.package].tolist()
        package = int(self.package[parcel.package])
        return replace(parcel, package=package, size_mm=(length, width, height))

    def with_barred(self, barred: NDArray[np.uint8]) -> Packages:
        """The packages under a table of reasons ``(a, k)`` why they may not be had."""
        return self.packages._replace(barred=np.ascontiguousarray(barred[:, self.package]))


def build_ladders(
    catalogue: Catalogue, policy: Policy, packages: Packages, costs: PackageCosts, sizes: SizeCosts
) -> Ladders:
    """Put a ladder in the place of every package whose size is chosen."""
    n = catalogue.n_packages
    rungs, incomplete = [], np.zeros(n, np.bool_)
    for k in np.flatnonzero(catalogue.kind >= ADJUSTABLE).tolist():
        chosen, every = _rungs(catalogue, k)
        incomplete[k] = not every
        rungs.append((k, chosen))
    package = np.concatenate(
        [np.arange(n), *(np.full(len(chosen), k) for k, chosen in rungs)]
    ).astype(np.int64)
    size = np.concatenate([np.zeros((n, 3), np.int64), *(chosen for _, chosen in rungs)])
    if not rungs:
        return Ladders(packages, costs, package, size.astype(np.int32), incomplete, sizes)
    at = slice(n, None)
    of, made = package[at], size[at]
    room = made - 2 * policy.wall_clearance_mm
    floor = made[:, 0] * made[:, 1]
    room[:, 2] -= -(-catalogue.coolant_mm3[of] // floor)
    room = np.maximum(room, 0)
    all_costs = _extended_costs(costs, sizes, of, made)
    id_rank = np.concatenate([packages.id_rank, n + np.arange(len(of))])
    base = all_costs.fixed + all_costs.per_empty_mm3 * all_costs.capacity_mm3
    ranked = np.lexsort((id_rank, all_costs.outer_mm3, base))
    ranked = ranked[(ranked >= n) | (catalogue.kind[np.minimum(ranked, n - 1)] < ADJUSTABLE)]
    filled = all_costs.per_empty_mm3[ranked] > 0
    extended = packages._replace(
        mailer=np.append(packages.mailer, np.zeros(len(of), np.int64)),
        room=np.concatenate([packages.room, room]),
        sides=np.concatenate([packages.sides, np.sort(room, axis=1)]),
        volume=np.append(packages.volume, room.prod(axis=1)),
        max_content_g=packages.max_content_g[package],
        clearance=packages.clearance[package],
        base_cost=base,
        filler_cost=all_costs.per_empty_mm3,
        outer_mm3=all_costs.outer_mm3,
        id_rank=id_rank,
        unfilled=ranked[~filled],
        filled=ranked[filled],
        barred=np.ascontiguousarray(packages.barred[:, package]),
    )
    return Ladders(extended, all_costs, package, size.astype(np.int32), incomplete, sizes)


def _rungs(catalogue: Catalogue, k: int) -> tuple[Ints, bool]:
    """Sizes of a package, ascending, and whether these are all there are."""
    offered = offered_mm(catalogue, k)
    count = int(np.prod([len(sides) for sides in offered]))
    if catalogue.stock[k]:
        return catalogue.inner_mm[[k]].astype(np.int64), count == 1
    if count <= MOST_RUNGS:
        grid = np.meshgrid(*offered, indexing="ij")
        return np.stack([axis.ravel() for axis in grid], axis=1), True
    # From the least to the largest along the diagonal: one good size, not the best one.
    share = np.linspace(0.0, 1.0, MOST_RUNGS)
    steps = [np.rint(share * (len(sides) - 1)).astype(np.int64) for sides in offered]
    rungs = np.stack([sides[at] for sides, at in zip(offered, steps, strict=True)], axis=1)
    return np.unique(rungs, axis=0), False


def _extended_costs(
    costs: PackageCosts, sizes: SizeCosts, package: Ints, size_mm: Ints
) -> PackageCosts:
    """Costs of the packages and of the rungs after them."""
    empty = sizes.cost_of(package, size_mm, np.zeros(len(package), np.int64))
    outer = sizes.outer_mm(package, size_mm).prod(axis=1)
    none = np.zeros(len(package), np.int64)
    return replace(
        costs,
        package_ids=costs.package_ids + tuple(costs.package_ids[k] for k in package.tolist()),
        # A rung's cost is that of the empty one, less the filler that content saves.
        fixed=np.append(costs.fixed, empty),
        per_empty_mm3=np.append(costs.per_empty_mm3, sizes.filler[package]),
        capacity_mm3=np.append(costs.capacity_mm3, none),
        outer_mm3=np.append(costs.outer_mm3, outer),
    )
