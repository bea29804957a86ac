"""Part-filled packages: an order of which some units lie in their package already.

The package is given and the units in it stay where they are, so the one question is whether the
others go in beside them. A no is a proof as ever: by the kernel, with the placed units free to
move; by the spaces that they leave; or by CP-SAT with the placed units where they are. The package
is in use already, so that it matters not whether more of its kind are in stock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.batches import kernel_rules
from packopt.efforts import passes
from packopt.exact.cpsat import holds as cpsat_holds
from packopt.kernel.batch import OPTIMAL, STAYED_OPEN, UNPACKABLE
from packopt.kernel.beside import acceptable_beside, carve, lost_unit, pack_beside
from packopt.kernel.empty_spaces import least_extents
from packopt.kernel.handling import BORNE, GEOMETRY_ONLY
from packopt.kernel.layout import (
    ANY_LOAD,
    CPSAT,
    FIXED,
    KIND,
    LOAD,
    NO,
    OPEN_QUESTION,
    PADDING,
    POLICY,
    SEARCH,
    SIDE_A,
    STOCK,
    UNDECIDED,
    UNIT_WEIGHT,
    WEIGHT,
    YES,
)
from packopt.kernel.question import holds, list_units

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.exact.cpsat import Answer, Extents
    from packopt.kernel.batch import Packages
    from packopt.kernel.question import Effort
    from packopt.kernel.workspace import Workspace
    from packopt.orders import Orders
    from packopt.outcome import Asked
    from packopt.policy import Policy

    Ints = NDArray[np.int64]

#: By effort: the most units to go in for which CP-SAT is asked, and its deterministic time, about
#: seconds of one core.
EXACT: Final[Mapping[str | int, tuple[int, float]]] = {
    "standard": (12, 2.0),
    "thorough": (40, 10.0),
}


def given_package(orders: Orders, catalogue: Catalogue) -> Ints:
    """The package that each order lies in already, in part, ``(n,)``; -1 where it does not."""
    index = {name: k for k, name in enumerate(catalogue.package_ids)}
    of_word = [index.get(word, -1) for word in orders.placed_in.words]
    return np.array([*of_word, -1], np.int64)[orders.placed_in.code]


def answer_part_filled(
    asked: Asked,
    packages: Packages,
    costs: PackageCosts,
    given: Ints,
    policy: Policy,
    workspace: Workspace,
) -> None:
    """Answer the orders in part-filled packages, whatever the kernel said about them.

    Parameters
    ----------
    asked
        The parts; answers, costs and bounds of those orders are rewritten in place. In ``ruled``
        stands the given package alone, and only where it does not hold the order.
    packages, costs
        The packages, with a row of ``barred`` for each of ``asked.access``.
    given
        ``(n,)`` as `given_package` returns it.
    policy
        Says by which rules to pack and how hard to try.
    workspace
        Work areas for the largest order.
    """
    pieces = np.bincount(asked.parts.order, minlength=len(given))
    for part in np.flatnonzero(given[asked.parts.order] >= 0).tolist():
        order = asked.parts.order[part]
        package = int(given[order])
        said = Said(NO, POLICY)
        if pieces[order] == 1 and not asked.parts.torn[part]:
            question = _Question(asked, packages, part, package, kernel_rules(policy), workspace)
            said = question.answer(passes(policy), *EXACT.get(policy.effort, (0, 0.0)))
            if said.answer == YES:
                question.write_plan()
        _write(asked, part, package, said, len(packages.mailer))
        asked.cost[part] = asked.bound[part] = costs.cost_of(package, asked.batch.content_mm3[part])


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to one question, its reason, and the work that it took."""

    answer: int
    reason: int = 0
    work: int = 0


def _write(asked: Asked, part: int, package: int, said: Said, n_packages: int) -> None:
    answers = asked.answers
    first_ruled = part * n_packages
    verdict = {YES: OPTIMAL, NO: UNPACKABLE, UNDECIDED: STAYED_OPEN}[said.answer]
    answers.verdict[part] = verdict
    answers.package[part] = package if said.answer == YES else -1
    answers.bound[part] = -1 if said.answer == NO else package
    answers.work[part] = said.work
    answers.n_ruled[part] = said.answer != YES
    answers.ruled[first_ruled] = package
    answers.reason[first_ruled] = said.reason


class _Question:
    """Whether the other units of one order go in beside the placed ones.

    The units that go in come first in the arrays, in canonical order, then the placed ones.
    """

    def __init__(
        self,
        asked: Asked,
        packages: Packages,
        part: int,
        package: int,
        rules: int,
        workspace: Workspace,
    ) -> None:
        self._asked = asked
        self._packages = packages
        self._part = part
        self._package = package
        self._rules = rules
        self._ws = workspace
        first, last = asked.batch.start[part : part + 2].tolist()
        line = asked.unit_line[first:last]
        placed = asked.orders.placed_mm[line, 0] >= 0
        #: Canonical number within the part of each unit.
        self._number = np.concatenate([np.flatnonzero(~placed), np.flatnonzero(placed)])
        self._free = int((~placed).sum())
        self._n = last - first
        self._units = asked.batch.units[first + self._number]
        self._room = packages.room[package]
        self._wall = int(packages.clearance[package])
        self._boxes = self._placed_boxes(line[placed])

    def _placed_boxes(self, line: Ints) -> Ints:
        """Corners and extents of the placed units, padded, ``(m, 6)``, as the kernel counts."""
        orders = self._asked.orders
        padding = orders.padding_mm[line, None].astype(np.int64)
        corner = orders.placed_mm[line] - padding - self._wall
        return np.hstack([corner, orders.size_mm[line] + 2 * padding])

    def answer(self, efforts: tuple[Effort, ...], most: int, limit: float) -> Said:
        """Try what is quick first; CP-SAT for up to ``most`` units, within a ``limit``."""
        asked, part, package = self._asked, self._part, self._package
        barred = int(self._packages.barred[asked.access[part], package])
        if barred not in (0, STOCK):
            return Said(NO, barred)
        if 0 <= self._packages.max_content_g[package] < asked.batch.weight_g[part]:
            return Said(NO, WEIGHT)
        answer, reason, work = self._with_all_free(efforts[0])
        if answer == NO:
            return Said(NO, reason, work)
        self._list()
        if not self._free:
            self._ws.place[: self._n] = self._boxes
            return Said(YES, 0, work)
        if self._no_place_left():
            return Said(NO, SEARCH, work)
        steps = sum(effort.climbs for effort in efforts)
        runs = self._lay(steps)
        if runs:
            return Said(YES, 0, work + runs)
        answer, reason = (
            self._ask_cpsat(limit) if self._free <= most else (UNDECIDED, OPEN_QUESTION)
        )
        return Said(answer, reason, work + steps)

    def _with_all_free(self, effort: Effort) -> tuple[int, int, int]:
        """Ask the kernel whether the package could hold all units, were it empty."""
        ws = self._ws
        units = self._units.copy()
        units[self._free :, KIND] = FIXED
        units[self._free :, SIDE_A : SIDE_A + 3] = self._boxes[:, 3:]
        volume = units[:, SIDE_A : SIDE_A + 3].astype(np.int64).prod(axis=1)
        units = units[np.lexsort([*(-units.T[::-1]), -volume])]
        ws.room[:] = self._room
        answer, reason, work = holds(
            units, 0, self._n, False, GEOMETRY_ONLY, *effort,
            *(area for name, area in ws._asdict().items() if name != "marks"),
        )  # fmt: skip
        return int(answer), int(reason), int(work)

    def _list(self) -> None:
        """Fill the work areas for the units that go in, and the placed ones' weights and loads."""
        ws, free, n = self._ws, self._free, self._n
        ws.room[:] = self._room
        list_units(
            self._units, 0, free, SIDE_A, ws.room, ws.ext, ws.n_ext, ws.twin, ws.volume, ws.least,
            ws.load, ws.weight,
        )  # fmt: skip
        least_extents(free, ws.ext, ws.n_ext, ws.slimmest)
        ws.weight[:n] = self._units[:, UNIT_WEIGHT]
        ws.load[:n] = self._units[:, LOAD]
        if self._rules != GEOMETRY_ONLY:
            ws.load[free:n] = self._loads_to_bear()

    def _loads_to_bear(self) -> Ints:
        """Loads in g that the placed units bear: what fragile ones bear already is let be."""
        ws, m = self._ws, self._n - self._free
        ws.place[:m] = self._boxes
        nothing = np.full(m, ANY_LOAD, np.int64)
        weight = self._units[self._free :, UNIT_WEIGHT].astype(np.int64)
        acceptable_beside(0, m, ws.place, self._rules, nothing, weight, ws.scratch)
        line = self._asked.unit_line[self._asked.batch.start[self._part] + self._number]
        fragile = self._asked.orders.fragile[line[self._free :]]
        limit = self._units[self._free :, LOAD].astype(np.int64)
        return np.asarray(np.where(fragile, np.maximum(limit, ws.scratch[BORNE, :m]), limit))

    def _no_place_left(self) -> bool:
        """Whether some unit fits none of the spaces that the placed ones leave."""
        ws = self._ws
        count, every = carve(self._boxes, ws.room, ws.slimmest, ws.spaces, ws.fresh)
        return bool(every and lost_unit(self._free, ws.spaces, count, ws.ext, ws.n_ext) >= 0)

    def _obstacles(self) -> Ints:
        """The placed units as what is in the way: under handling rules, from the floor up.

        Nothing slides under them, and on fragile ones nothing is put, up to the lid.
        """
        if self._rules == GEOMETRY_ONLY:
            return self._boxes
        tall: Ints = self._boxes.copy()
        top = tall[:, 2] + tall[:, 5]
        tall[:, 2] = 0
        tall[:, 5] = np.where(self._units[self._free :, LOAD] == 0, self._room[2], top)
        return tall

    def _lay(self, steps: int) -> int:
        """Look for a plan; return the runs used, 0 if none was found."""
        ws = self._ws
        count, _ = carve(self._obstacles(), ws.room, ws.slimmest, ws.spaces, ws.fresh)
        hollow = ws.spaces[:count].copy()
        ws.place[self._free : self._n] = self._boxes
        return int(
            pack_beside(
                self._free, self._n, hollow, ws.room, ws.ext, ws.n_ext, ws.twin, ws.volume,
                self._rules, ws.load, ws.weight, steps, ws.slimmest, ws.climber, ws.spaces,
                ws.fresh, ws.dice, ws.scratch, ws.place,
            )
        )  # fmt: skip

    def _ask_cpsat(self, limit: float) -> tuple[int, int]:
        """Ask CP-SAT for a plan that hands can pack, and else for a proof that there is none."""
        ws = self._ws
        ways: list[list[Extents]] = [
            [(x, y, z) for x, y, z in ws.ext[i, : ws.n_ext[i]].tolist()] for i in range(self._free)
        ]
        in_the_way = self._obstacles()
        answer, plan = self._avoiding(in_the_way, ways, limit)
        if plan is not None:
            ws.place[: self._free] = plan
            ws.place[self._free : self._n] = self._boxes
            kept = acceptable_beside(
                self._free, self._n, ws.place, self._rules, ws.load, ws.weight, ws.scratch
            )
            return (YES, 0) if kept else (UNDECIDED, OPEN_QUESTION)
        if answer == "no" and (in_the_way != self._boxes).any():
            # Rules rule nothing out: without them there may be a plan.
            answer, _ = self._avoiding(self._boxes, ways, limit)
        return (NO, CPSAT) if answer == "no" else (UNDECIDED, OPEN_QUESTION)

    def _avoiding(
        self, obstacles: Ints, ways: list[list[Extents]], limit: float
    ) -> tuple[Answer, Ints | None]:
        return cpsat_holds(
            ways,
            self._room.tolist(),
            deterministic_limit=limit,
            obstacles=[(x, y, z, dx, dy, dz) for x, y, z, dx, dy, dz in obstacles.tolist()],
        )

    def write_plan(self) -> None:
        """Write the plan to the answers: the placed units first, then the others, each upwards."""
        answers, place = self._asked.answers, self._ws.place[: self._n]
        goes_in = np.arange(self._n) < self._free
        sequence = np.lexsort([place[:, 0], place[:, 1], place[:, 2], goes_in])
        first = int(self._asked.batch.start[self._part])
        rows = slice(first, first + self._n)
        padding = self._units[sequence, PADDING, None].astype(np.int64)
        answers.unit[rows] = self._number[sequence]
        answers.place[rows, :3] = place[sequence, :3] + padding + self._wall
        answers.place[rows, 3:] = place[sequence, 3:] - 2 * padding
        answers.support[rows] = _supports(place)[sequence]


def _supports(place: Ints) -> NDArray[np.float64]:
    """Share of each unit's base that rests on the floor or on other units, ``(n,)``."""
    low, high = place[:, :3], place[:, :3] + place[:, 3:]
    shared = np.minimum(high[:, None, :2], high[None, :, :2])
    shared = np.maximum(shared - np.maximum(low[:, None, :2], low[None, :, :2]), 0)
    contact = (shared.prod(axis=2) * (high[None, :, 2] == low[:, None, 2])).sum(axis=1)
    return np.where(low[:, 2] == 0, 1.0, contact / place[:, 3:5].prod(axis=1))
