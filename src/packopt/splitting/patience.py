"""How long large parts are worked on: steps of work that follow from the pricer's efforts."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from packopt.kernel.question import Effort


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits, all of them numbers of steps.

    Attributes
    ----------
    runs
        Greedy runs for filling a package.
    loads
        Greedy completions of the block loader for filling a package.
    plans
        Plans built one after the other, with worths that learn from the one before.
    columns
        Rounds of column generation.
    blocks
        Blocks of each number of units, for parts that leave next to no room to spare.
    assignments
        Assignments asked about.
    seconds
        Deterministic time of CP-SAT for one question, about seconds of one core.
    """

    runs: int
    loads: int
    plans: int
    columns: int
    blocks: int
    assignments: int
    seconds: float

    @classmethod
    def of(cls, efforts: Sequence[Effort], n_units: int) -> Self:
        """What suits passes of the kernel, and so many units.

        The steps go with the root of the search nodes, since every step of splitting asks several
        questions: at 600, 5,000 and 500,000 nodes it is 24, 70 and 707.
        """
        steps = isqrt(max(effort.nodes for effort in efforts))
        return cls(
            # A run takes as long as the square of the units, beyond what fits one package.
            runs=max(6, min(steps, steps * 64 // max(n_units, 1))),
            loads=max(1, steps // 2),
            plans=3 + steps // 10,
            columns=steps // 4,
            blocks=8 * steps,
            assignments=4 + steps // 2,
            seconds=0.01 + steps / 200,
        )
