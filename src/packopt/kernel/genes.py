"""What a greedy run goes by, for each unit: its place in the order, its rule, its orientation.

Starts take large units first, by several measures of large, exact and blurred at random. Changes
are made to the order, the rules and the orientation of single units. The random numbers depend on
nothing but the draws before them, so the same question always gets the same answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from packopt.kernel.empty_spaces import N_RULES
from packopt.kernel.layout import Int64, Ints

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Measures of size by which units are sorted for a start.
N_MEASURES = 6

#: Rows of the work area ``climber[row, unit]``: the genes of a run, then those of the best one.
ORDER, LOCK, RULE = 0, 1, 2
GENES = 3
SIZE = 2 * GENES
CLIMBER_ROWS = SIZE + 1


@njit(cache=True, nogil=True)
def draw(dice: NDArray[np.uint64], below: int) -> int:
    """Return the next pseudo-random number in ``range(below)`` (xorshift64, Marsaglia 2003)."""
    x = dice[0]
    x ^= x << np.uint64(13)
    x ^= x >> np.uint64(7)
    x ^= x << np.uint64(17)
    dice[0] = x
    return Int64(x >> np.uint64(33)) % below


@njit(cache=True, nogil=True)
def mutate(n: int, n_ext: Ints, climber: Ints, dice: NDArray[np.uint64]) -> None:
    """Change the order, an orientation, or the rule of one unit or of all, at random."""
    kind = draw(dice, 8)
    a, b = draw(dice, n), draw(dice, n)
    if 4 <= kind < 6:
        climber[LOCK, a] = draw(dice, n_ext[a] + 1) - 1
    if kind >= 6:
        rule = draw(dice, N_RULES)
        everyone = draw(dice, 2) == 0
        for i in range(n):
            if everyone or i == b:
                climber[RULE, i] = rule
    if kind < 2 or kind == 7:
        climber[ORDER, a], climber[ORDER, b] = climber[ORDER, b], climber[ORDER, a]
    elif kind < 4:
        a, b = max(a, b), min(a, b)
        moved = climber[ORDER, a]
        for t in range(a, b, -1):
            climber[ORDER, t] = climber[ORDER, t - 1]
        climber[ORDER, b] = moved


@njit(cache=True, nogil=True)
def measured(ext: Ints, i: int, measure: int) -> int:
    """Return one of ``N_MEASURES`` sizes of unit ``i``: what large units first may mean."""
    a, b, c = ext[i, 0, 0], ext[i, 0, 1], ext[i, 0, 2]
    longest, shortest = max(a, b, c), min(a, b, c)
    if measure == 0:
        return a * b * c
    if measure == 1:
        return longest
    if measure == 2:
        return a * b * c // shortest
    if measure == 3:
        return a + b + c
    if measure == 4:
        return shortest
    return a + b + c - longest - shortest


@njit(cache=True, nogil=True)
def sort_largest_first(n: int, genes: Ints) -> None:
    """Sort row ``ORDER``, given in ascending order, by falling ``SIZE``; ties keep their order."""
    for t in range(1, n):
        at = t
        while at > 0 and genes[SIZE, genes[ORDER, at - 1]] < genes[SIZE, t]:
            genes[ORDER, at] = genes[ORDER, at - 1]
            at -= 1
        genes[ORDER, at] = t


@njit(cache=True, nogil=True)
def start(
    n: int, ext: Ints, n_ext: Ints, climber: Ints, step: int, equal: int,
    dice: NDArray[np.uint64],
) -> None:  # fmt: skip
    """Set up start ``step``: every rule in turn with the units sorted by one measure of size.

    After each measure as it is come measures blurred by a fifth at random. With ``equal`` 1 the
    second six starts have the canonical order and one way up for all units.
    """
    rule, block = step % N_RULES, step // N_RULES
    one_way_up = equal == 1 and block == 1
    measure = 0 if one_way_up or block == 0 else block - equal
    for i in range(n):
        climber[ORDER, i] = i
        climber[LOCK, i] = rule % n_ext[i] if one_way_up else -1
        climber[RULE, i] = 3 + rule % 3 if one_way_up else rule
        blur = draw(dice, 32) if measure >= N_MEASURES else 16
        climber[SIZE, i] = measured(ext, i, measure % N_MEASURES) * (48 + blur)
    sort_largest_first(n, climber)


@njit(cache=True, nogil=True)
def copy_genes(n: int, climber: Ints, source: int, to: int) -> None:
    """Copy the genes of a run, from row ``source`` on, to the rows from ``to`` on."""
    for row in range(GENES):
        for i in range(n):
            climber[to + row, i] = climber[source + row, i]
