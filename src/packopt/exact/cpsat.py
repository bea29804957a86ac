"""Does a container hold these units? The question as a CP-SAT model.

The last resort for what the kernel's search leaves undecided, and an oracle that shares nothing
with it. The model of three-dimensional packing by relative positions: each pair of units lies one
before the other along at least one axis, six literals in one clause (Chen, Lee and Shen, "An
analytical model for the container loading problem", EJOR 80, 1995, with clauses for big-M).
Cumulative constraints on the sections across each axis were tried: they prove no more and take
longer.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from ortools.sat.python import cp_model

Answer = Literal["yes", "no", "undecided"]
Extents = tuple[int, int, int]
Placement = tuple[int, int, int, int, int, int]

_AXES: Final = (0, 1, 2)
_SEED: Final = 1


def holds(
    orientations: Sequence[Sequence[Extents]],
    container: Sequence[int],
    *,
    deterministic_limit: float,
    obstacles: Sequence[Placement] = (),
) -> tuple[Answer, NDArray[np.int64] | None]:
    """Whether all units fit into the container at once, axis-aligned and without overlap.

    The answer is the same on every machine: one worker, a fixed seed, and a limit in CP-SAT's
    deterministic time instead of seconds.

    Parameters
    ----------
    orientations
        For each of n units the extents (dx, dy, dz) in mm that it may take. Units with equal
        lists are interchangeable.
    container
        ``(3,)`` extents in mm.
    deterministic_limit
        Units of deterministic time, about seconds of one core.
    obstacles
        x, y, z, dx, dy, dz in mm of cuboids that no unit may overlap; they may overlap each other.

    Returns
    -------
    answer
        "yes", "no" (proved) or "undecided" within the limit.
    placements
        ``(n, 6)`` x, y, z, dx, dy, dz in mm where the answer is "yes", else None.
    """
    space = (int(container[0]), int(container[1]), int(container[2]))
    fitting = [_fitting(extents, space) for extents in orientations]
    volume = sum(min(_volume(extents) for extents in unit) for unit in fitting if unit)
    if not all(fitting) or volume > _volume(space):
        return "no", None
    if not fitting:
        return "yes", np.empty((0, 6), dtype=np.int64)
    return _Model(fitting, space, obstacles).solve(deterministic_limit)


def _fitting(extents: Sequence[Extents], space: Extents) -> list[Extents]:
    """The distinct extents that fit, sorted, so that interchangeable units have equal lists."""
    return sorted({e for e in extents if all(e[axis] <= space[axis] for axis in _AXES)})


def _volume(extents: Extents) -> int:
    return extents[0] * extents[1] * extents[2]


class _Model:
    """The model for units that each fit by themselves."""

    def __init__(
        self, units: list[list[Extents]], space: Extents, obstacles: Sequence[Placement]
    ) -> None:
        from ortools.sat.python import cp_model

        self._cp = cp_model
        self._units = units
        self._space = space
        self._model = cp_model.CpModel()
        self._choices = [self._choice(unit) for unit in units]
        self._extents = [
            [self._extent(unit, choice, axis) for axis in _AXES]
            for unit, choice in zip(units, self._choices, strict=True)
        ]
        self._corners = [[self._corner(u, axis) for axis in _AXES] for u in range(len(units))]
        for first, second in combinations(range(len(units)), 2):
            self._separate(first, second)
        for unit, obstacle in product(range(len(units)), obstacles):
            self._avoid(unit, obstacle)
        self._break_symmetry(mirrored=not obstacles)

    def solve(self, deterministic_limit: float) -> tuple[Answer, NDArray[np.int64] | None]:
        """Solve and read the plan."""
        solver = self._cp.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = _SEED
        solver.parameters.max_deterministic_time = deterministic_limit
        status = solver.solve(self._model)
        if status == self._cp.INFEASIBLE:
            return "no", None
        if status not in (self._cp.OPTIMAL, self._cp.FEASIBLE):
            return "undecided", None
        plan = [
            [solver.value(expression) for expression in (*corner, *extent)]
            for corner, extent in zip(self._corners, self._extents, strict=True)
        ]
        return "yes", np.array(plan, dtype=np.int64)

    def _choice(self, unit: list[Extents]) -> list[cp_model.IntVar]:
        """One literal for each way a unit may lie; exactly one is true."""
        literals = [self._model.new_bool_var("") for _ in unit]
        self._model.add_exactly_one(literals)
        return literals

    def _extent(
        self, unit: list[Extents], choice: list[cp_model.IntVar], axis: int
    ) -> cp_model.LinearExpr | int:
        lengths = [extents[axis] for extents in unit]
        if len(set(lengths)) == 1:
            return lengths[0]
        return self._cp.LinearExpr.weighted_sum(choice, lengths)

    def _corner(self, unit: int, axis: int) -> cp_model.IntVar:
        corner = self._model.new_int_var(0, self._space[axis] - self._least(unit, axis), "")
        self._model.add(corner + self._extents[unit][axis] <= self._space[axis])
        return corner

    def _least(self, unit: int, axis: int) -> int:
        return min(extents[axis] for extents in self._units[unit])

    def _separate(self, first: int, second: int) -> None:
        """One unit lies before the other along some axis, where the two can be in a row at all."""
        before = []
        for axis, (one, other) in product(_AXES, ((first, second), (second, first))):
            if self._least(one, axis) + self._least(other, axis) > self._space[axis]:
                continue
            literal = self._model.new_bool_var("")
            end = self._corners[one][axis] + self._extents[one][axis]
            self._model.add(end <= self._corners[other][axis]).only_enforce_if(literal)
            before.append(literal)
        self._model.add_bool_or(before)

    def _avoid(self, unit: int, obstacle: Placement) -> None:
        """The unit lies before or behind the obstacle along some axis, where there is room."""
        clear = []
        for axis in _AXES:
            low, high = obstacle[axis], obstacle[axis] + obstacle[axis + 3]
            corner = self._corners[unit][axis]
            if self._least(unit, axis) <= low:
                clear.append(self._model.new_bool_var(""))
                end = corner + self._extents[unit][axis]
                self._model.add(end <= low).only_enforce_if(clear[-1])
            if high + self._least(unit, axis) <= self._space[axis]:
                clear.append(self._model.new_bool_var(""))
                self._model.add(corner >= high).only_enforce_if(clear[-1])
        self._model.add_bool_or(clear)

    def _break_symmetry(self, *, mirrored: bool) -> None:
        """Interchangeable units stand in order along x; the first unit is in the lower half.

        Mirroring the container along an axis keeps a plan a plan, if the container is empty. Along
        x, however, it would reverse the order of interchangeable units, so there it is used only
        if there are none.
        """
        last_of_kind: dict[tuple[Extents, ...], int] = {}
        for unit, extents in enumerate(self._units):
            twin = last_of_kind.get(tuple(extents))
            if twin is not None:
                self._model.add(self._corners[twin][0] <= self._corners[unit][0])
            last_of_kind[tuple(extents)] = unit
        all_differ = len(last_of_kind) == len(self._units)
        for axis in (_AXES if all_differ else _AXES[1:]) if mirrored else ():
            middle = 2 * self._corners[0][axis] + self._extents[0][axis]
            self._model.add(middle <= self._space[axis])
