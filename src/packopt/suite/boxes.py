"""Boxes that could be made: the grid of sizes within the machine's limits, and what each costs.

A box is three whole numbers of grid steps: the shorter side of its opening, the longer one, and
its height. What it costs is told by `packopt.costing`, from a catalogue of the boxes asked about,
so that a proposed set costs in `packopt.recommend` what it cost here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.catalogue import Catalogue
from packopt.costing import package_costs
from packopt.errors import SuiteError
from packopt.materials import blank_area_m2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.costing import PackageCosts
    from packopt.policy import Policy
    from packopt.suite.settings import Machine

    Ints = NDArray[np.int64]
    Steps = NDArray[np.int32]

#: Boxes of one catalogue: what bounds the memory of the many that are asked about.
_AT_A_TIME: Final = 50_000
#: Cost of a box that cannot be made.
NEVER: Final = -1


@dataclass(frozen=True, eq=False)
class Shop:
    """What the machine can make on a grid, and what that costs under a policy.

    Attributes
    ----------
    machine, policy
        Limits and material of boxes, and what their cost is.
    grid_mm
        One step.
    most
        Longest side in steps that anything asked about has.
    every_way
        Whether boxes may stand on any of their faces, because some units know up from down.
    """

    machine: Machine
    policy: Policy
    grid_mm: int
    most: int
    every_way: bool

    def can_make(self, steps: Steps) -> NDArray[np.bool_]:
        """``(b,)`` which boxes of ``(b, 3)`` steps are within the limits of the machine."""
        machine, mm = self.machine, steps.astype(np.int64) * self.grid_mm
        longest, shortest = mm.max(axis=1), mm.min(axis=1)
        fine = (shortest >= machine.least_side_mm) & (longest <= machine.most_side_mm)
        fine &= longest <= machine.most_ratio * shortest
        fine &= longest <= machine.flutes[-1][0]
        if machine.sheet_mm is not None and machine.style == "0201":
            width, length, height = mm.T
            joint = self.policy.materials.joint_mm
            blank = np.stack([2 * (length + width) + joint, width + height], axis=1)
            fine &= (np.sort(blank, axis=1) <= np.sort(machine.sheet_mm)).all(axis=1)
        return np.asarray(fine)

    def stand(self, sorted_steps: Steps) -> Steps:
        """``(b, 3)`` boxes of sorted sides on the face that the settings say."""
        a, b, c = sorted_steps.T
        if self.machine.style == "0201" and self.machine.opening == "least":
            return np.stack([a, c, b], axis=1)
        return np.stack([b, c, a], axis=1)

    def ways(self, sorted_steps: Steps) -> Steps:
        """Boxes of sorted sides, each on every face on which it may stand; with copies."""
        if not self.every_way:
            return self.stand(sorted_steps)
        a, b, c = sorted_steps.T
        ways = [np.stack(one, axis=1) for one in ((a, b, c), (a, c, b), (b, c, a))]
        return np.concatenate(ways)

    def columns(self, steps: Steps) -> dict[str, Any]:
        """Boxes as columns of a catalogue, each named by its sides; without prices."""
        mm = steps.astype(np.int64) * self.grid_mm
        width, length, height = mm.T
        ends = np.array([end for end, _ in self.machine.flutes])
        names = [flute for _, flute in self.machine.flutes]
        flutes = [names[at] for at in np.searchsorted(ends, mm.max(axis=1)).tolist()]
        rows = zip(length.tolist(), width.tolist(), height.tolist(), strict=True)
        columns: dict[str, Any] = {
            "package_id": [f"N{long}x{wide}x{high}" for long, wide, high in rows],
            "kind": ["carton"] * len(mm),
            "style": [self.machine.style] * len(mm),
            "length_mm": length,
            "width_mm": width,
            "height_mm": height,
            "flute": flutes,
        }
        if self.machine.max_content_g is not None:
            columns["max_content_g"] = np.full(len(mm), self.machine.max_content_g)
        return columns

    def catalogue(self, steps: Steps) -> Catalogue:
        """Boxes as package types, each named by its sides."""
        machine = self.machine
        return self.priced(self.columns(steps), machine.price_per_m2, machine.price_each)

    def priced(
        self, columns: dict[str, Any], price_per_m2: float | None, price_each: float
    ) -> Catalogue:
        """A catalogue of columns, priced by the area of each blank where there is a price."""
        plain = Catalogue.from_table(pa.table(columns), source="new types")
        if price_per_m2 is None:
            return plain
        area = blank_area_m2(plain.style, plain.inner_mm, self.policy.materials)
        columns["unit_cost"] = np.round(area * price_per_m2 + price_each, 4)
        columns["currency"] = [self.machine.currency] * plain.n_packages
        return Catalogue.from_table(pa.table(columns), source="new types")

    def base_costs(self, steps: Steps) -> Ints:
        """``(b,)`` cost of each box with nothing but filler inside; `NEVER` where none is made."""
        cost = np.full(len(steps), NEVER, np.int64)
        made = np.flatnonzero(self.can_make(steps))
        for begin in range(0, len(made), _AT_A_TIME):
            some = made[begin : begin + _AT_A_TIME]
            costs = package_costs(self.catalogue(steps[some]), self.policy)
            cost[some] = base_costs(costs)
        return cost

    @cached_property
    def table(self) -> Ints:
        """``(n + 1, n + 1, n + 1)`` base cost by shorter and longer side of the opening and height.

        `NEVER` where no such box is made, or none that stands this way.
        """
        n = self.most
        table = np.full((n + 1,) * 3, NEVER, np.int64)
        side = np.arange(1, n + 1, dtype=np.int32)
        a, b, c = (one.ravel() for one in np.meshgrid(side, side, side, indexing="ij"))
        rising = (a <= b) & (b <= c)
        boxes = np.unique(self.ways(np.stack([a[rising], b[rising], c[rising]], axis=1)), axis=0)
        table[tuple(boxes.T)] = self.base_costs(boxes)
        return table


def base_costs(costs: PackageCosts) -> Ints:
    """``(k,)`` cost of packages with nothing but filler inside."""
    return np.asarray(costs.fixed + costs.per_empty_mm3 * costs.capacity_mm3)


def filler_step(policy: Policy) -> int:
    """Cost of filling one mm3, in steps of the objective: the same for every carton.

    Raises
    ------
    SuiteError
        If the policy counts freight, which no box has by itself.
    """
    if policy.freight is not None:
        problem = (
            "found it in the policy, expected none: what carriage costs depends on the order, not "
            "on the box alone; leave it out, and look at it with packopt savings"
        )
        raise SuiteError("field freight", problem)
    return int(_costs_of_one(policy).per_empty_mm3[0])


def steps_per_unit(policy: Policy) -> float:
    """Steps of cost in one unit of the objective: `PackageCosts.scale` of any catalogue."""
    return _costs_of_one(policy).scale


def _costs_of_one(policy: Policy) -> PackageCosts:
    """Costs of a carton that has a price and a mass, whatever the objective."""
    one = Catalogue.from_table(
        pa.table(
            {
                "package_id": ["one"],
                "kind": ["carton"],
                "length_mm": [100],
                "width_mm": [100],
                "height_mm": [100],
                "unit_cost": [1.0],
                "currency": ["EUR"],
            }
        )
    )
    return package_costs(one, policy)
