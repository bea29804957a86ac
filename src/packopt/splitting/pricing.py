"""What subsets of an order's units cost: the one question of the kernel, asked of many subsets.

Every subset is an order of its own to the kernel, so it gets the same effort, the same proofs and
the same plan as a whole order would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.batches import empty_answers
from packopt.enforcing import Enforcer
from packopt.kernel.batch import FEASIBLE, OPTIMAL, STAYED_OPEN, Batch, solve
from packopt.kernel.layout import PADDING
from packopt.splitting.question import NEVER, OWN_CONTAINER, Parcel, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.costing import PackageCosts
    from packopt.empty_space import EmptySpace
    from packopt.kernel.atoms import Group
    from packopt.kernel.batch import Answers, Packages
    from packopt.kernel.question import Effort
    from packopt.kernel.workspace import Workspace

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Prices:
    """Answers to ``s`` subsets.

    Attributes
    ----------
    cost
        ``(s,)`` of the cheapest package found, `NEVER` where none was.
    bound
        ``(s,)`` nothing cheaper holds the subset; `NEVER` where it is proved that nothing does.
    batch, answers
        As the kernel had and gave them.
    subsets
        The rows of each subset.
    """

    cost: Ints
    bound: Ints
    batch: Batch
    answers: Answers
    subsets: Sequence[Ints]

    def parcel(self, s: int) -> Parcel:
        """The parcel that subset ``s`` travels in; there must be one."""
        at = slice(int(self.batch.start[s]), int(self.batch.start[s + 1]))
        return Parcel(
            package=int(self.answers.package[s]),
            unit=self.subsets[s][self.answers.unit[at]],
            place=self.answers.place[at].copy(),
            support=self.answers.support[at].copy(),
            cost=int(self.cost[s]),
            proved=bool(self.answers.verdict[s] == OPTIMAL),
        )


class Pricer:
    """Prices subsets of parts under one catalogue and one policy.

    Parameters
    ----------
    packages, costs
        The catalogue under the policy.
    rules
        Handling rules, as in ``kernel.handling.acceptable``.
    efforts
        Passes, each over what the earlier left open.
    workspace
        Returns work areas for orders of up to so many units.
    limit
        The limit of empty space that parcels have to keep; bounds do not know of it, since less
        content breaks it where more does not.
    """

    def __init__(
        self,
        packages: Packages,
        costs: PackageCosts,
        rules: int,
        efforts: Sequence[Effort],
        workspace: Callable[[int], Workspace],
        limit: EmptySpace | None = None,
    ) -> None:
        self.packages = packages
        self.costs = costs
        self.rules = rules
        self.efforts = efforts
        self.workspace = workspace
        self.limit = limit
        #: Search nodes and greedy runs spent since the pricer was made.
        self.work = 0

    def price(
        self, part: Part, subsets: Sequence[Ints], *, efforts: Sequence[Effort] | None = None
    ) -> Prices:
        """Find the cheapest package for each subset, whatever clashes or is out of stock.

        Parameters
        ----------
        part
            The units.
        subsets
            Ascending rows of ``part.units``, none of them empty.
        efforts
            Passes other than the pricer's own.

        Returns
        -------
        Prices
        """
        batch = subsets_as_orders(part, subsets, part.access)
        answers = self.answers(batch, efforts=efforts)
        return Prices(
            cost=self._cost(answers.package, batch),
            bound=self._cost(answers.bound, batch),
            batch=batch,
            answers=answers,
            subsets=subsets,
        )

    def answers(self, batch: Batch, *, efforts: Sequence[Effort] | None = None) -> Answers:
        """Answers to subsets as orders, after all passes.

        Parameters
        ----------
        batch
            The subsets.
        efforts
            Passes other than the pricer's own.
        """
        answers = empty_answers(batch, len(self.packages.mailer))
        wanted = np.ones(len(answers.package), np.uint8)
        for effort in efforts or self.efforts:
            self.ask(batch, answers, effort, wanted)
            wanted[:] = (answers.verdict == FEASIBLE) | (answers.verdict == STAYED_OPEN)
            if not wanted.any():
                break
        return answers

    def ask(
        self,
        batch: Batch,
        answers: Answers,
        effort: Effort,
        wanted: NDArray[np.uint8] | None = None,
    ) -> None:
        """Ask the kernel in one pass; what ``answers`` knows from earlier ones is not asked again.

        Parameters
        ----------
        batch
            Subsets as orders.
        answers
            Changed in place.
        effort
            The effort of this pass.
        wanted
            ``(s,)`` 1 for subsets to ask about; all if None.
        """
        if wanted is None:
            wanted = np.ones(len(answers.package), np.uint8)
        before = int(answers.work.sum())
        areas = self.workspace(int(np.diff(batch.start).max(initial=1)))

        def solve_some(
            packages: Packages, batch: Batch, wanted: NDArray[np.uint8], answers: Answers
        ) -> None:
            solve(packages, batch, self.rules, effort, wanted, answers, areas)

        if self.limit is None:
            solve_some(self.packages, batch, wanted, answers)
        else:
            Enforcer(self.limit, self.packages, batch).ask(answers, wanted, solve_some)
        self.work += int(answers.work.sum()) - before

    def with_barred(self, barred: NDArray[np.uint8]) -> Pricer:
        """The same pricer under another table of reasons why packages may not be had."""
        packages = self.packages._replace(barred=barred)
        limit = self.limit
        return Pricer(packages, self.costs, self.rules, self.efforts, self.workspace, limit)

    @property
    def freely(self) -> Pricer:
        """The same pricer without a limit of empty space."""
        return Pricer(self.packages, self.costs, self.rules, self.efforts, self.workspace)

    def keeps_limit(self, package: int, content_mm3: int) -> bool:
        """Whether a parcel with such content keeps the limit of empty space; a mailer never may."""
        limit = self.limit
        return limit is None or limit.keeps(package, content_mm3)

    def _cost(self, package: NDArray[np.int32], batch: Batch) -> Ints:
        cost = self.costs.cost_of(package, batch.content_mm3)
        return np.asarray(np.where(package < 0, NEVER, cost), dtype=np.int64)

    def own_container(self, part: Part, unit: int) -> Parcel:
        """The parcel that unit ``unit`` makes in its own container: as declared, and at no cost."""
        sides = (part.units[unit, :3] - 2 * part.units[unit, PADDING]).astype(np.int32)
        return Parcel(
            package=OWN_CONTAINER,
            unit=np.array([unit], np.int64),
            place=np.concatenate([np.zeros(3, np.int32), sides])[None, :],
            support=np.ones(1, np.float32),
            cost=0,
            proved=True,
            size_mm=(int(sides[0]), int(sides[1]), int(sides[2])),
        )


def subsets_as_orders(
    units: Part | Group, subsets: Sequence[Ints], access: int | NDArray[np.int32]
) -> Batch:
    """Subsets of the units of one part, or of several side by side, as the kernel sees orders.

    Parameters
    ----------
    units
        The units.
    subsets
        Ascending rows of one part in each.
    access
        Row of ``Packages.barred`` for all subsets, or ``(s,)`` for each.
    """
    start = np.zeros(len(subsets) + 1, np.int64)
    np.cumsum([len(rows) for rows in subsets], out=start[1:])
    row = np.concatenate(subsets) if len(subsets) else np.empty(0, np.int64)
    return Batch(
        units=np.ascontiguousarray(units.units[row]),
        start=start,
        content_mm3=np.add.reduceat(units.content_mm3[row], start[:-1]),
        weight_g=np.add.reduceat(units.weight_g[row], start[:-1]),
        no_mailer=np.logical_or.reduceat(units.no_mailer[row], start[:-1]),
        like=np.arange(len(subsets)),
        access=np.full(len(subsets), access, np.int32),
    )
