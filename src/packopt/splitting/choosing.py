"""Which subsets together make the best plan when packages are few: set partitioning with CP-SAT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from packopt.kernel.subsets import NEVER

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray
    from ortools.sat.python import cp_model

    Ints = NDArray[np.int64]

_SEED: Final = 1
#: Deterministic time for one goal, about seconds of one core.
_LIMIT: Final = 20.0
#: Larger costs are counted in steps of more than one, so that sums stay within CP-SAT's integers.
_LARGEST_COST: Final = 1 << 45


class Choice:
    """A choice of columns that takes every atom once.

    Parameters
    ----------
    atoms
        ``(c, t)`` atoms of each type in each column, not all 0.
    whole
        ``(t,)`` atoms of each type to be taken.
    package
        ``(c,)`` package of each column.
    price
        ``(c,)`` its cost.
    stock
        Packages with a limit.
    most
        Columns that may be taken.
    """

    def __init__(
        self,
        atoms: Ints,
        whole: Ints,
        package: Ints,
        price: Ints,
        stock: Mapping[int, int],
        most: int,
    ) -> None:
        from ortools.sat.python import cp_model

        self._model = cp_model.CpModel()
        self._solver = cp_model.CpSolver()
        self._solver.parameters.num_workers = 1
        self._solver.parameters.random_seed = _SEED
        self._solver.parameters.max_deterministic_time = _LIMIT
        self._found = (cp_model.OPTIMAL, cp_model.FEASIBLE)
        self._optimal, self._infeasible = cp_model.OPTIMAL, cp_model.INFEASIBLE
        self._step = max(int(price.max(initial=0)) // _LARGEST_COST, 1)
        self._price = price.tolist()
        self._used = [
            self._model.new_int_var(0, _most_often(one, whole.tolist()), "")
            for one in atoms.tolist()
        ]
        for kind, count in enumerate(whole.tolist()):
            column = atoms[:, kind].tolist()
            self._model.add(cp_model.LinearExpr.weighted_sum(self._used, column) == count)
        for k, left in stock.items():
            mine = [x for x, one in zip(self._used, package, strict=True) if one == k]
            self._model.add(cp_model.LinearExpr.sum(mine) <= left)
        self.parcels = cp_model.LinearExpr.sum(self._used)
        self._model.add(self.parcels <= most)
        #: Columns taken, each as often as it is used.
        self.taken: list[int] = []
        #: The last goal is no less, in steps of one; `NEVER` where nothing can be taken.
        self.bound = 0

    def cost(self, each: int) -> cp_model.LinearExpr:
        """The cost of what is taken, with a price for each column, in steps of the choice."""
        from ortools.sat.python import cp_model

        prices = [(price + each) // self._step for price in self._price]
        return cp_model.LinearExpr.weighted_sum(self._used, prices)

    def minimize(self, goal: cp_model.LinearExpr) -> bool:
        """Make a goal small and hold on to that; return whether it is proved to be the least."""
        if self.bound == NEVER:
            return True
        self._model.minimize(goal)
        status = self._solver.solve(self._model)
        if status == self._infeasible:
            self.bound = NEVER
            return True
        if status not in self._found:
            return False
        value = self._solver.value(goal)
        least = value
        if status != self._optimal:
            least = min(int(self._solver.best_objective_bound), value)
        self.bound = least * self._step
        counts = [self._solver.value(x) for x in self._used]
        self.taken = [column for column, n in enumerate(counts) for _ in range(n)]
        self._model.add(goal <= value)
        self._model.clear_hints()  # type: ignore[no-untyped-call]
        for x, n in zip(self._used, counts, strict=True):
            self._model.add_hint(x, n)
        return status == self._optimal and self._step == 1


def _most_often(atoms: list[int], whole: list[int]) -> int:
    """How often a column can be used at most."""
    return min(count // n for n, count in zip(atoms, whole, strict=True) if n)
