"""Units that can only lie one behind the other along one axis, and are too long together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Index = NDArray[np.int64]

_STEPS: Final = 100_000  # beyond that a claim counts as not verified; real ones take a handful


def stack_too_high(least_mm: Index, count: NDArray[np.integer], space_mm: Index) -> bool:
    """Whether some units exclude each other on two axes and exceed the package on the third.

    Two units can be separated along an axis only if their smallest extents there add up to no
    more than the package's. Units of which any two can be separated along one and the same axis
    only must all lie one behind the other on it, so their extents have to add up to no more.

    Parameters
    ----------
    least_mm
        ``(lines, 3)`` smallest extent of a unit of each line over the rotations that fit.
    count
        ``(lines,)`` number of identical units.
    space_mm
        ``(3,)`` usable space.
    """
    separable = least_mm[:, None, :] + least_mm[None, :, :] <= space_mm
    return any(
        _heaviest_clique_exceeds(
            separable.sum(axis=2) == separable[:, :, axis],
            least_mm[:, axis],
            count,
            int(space_mm[axis]),
        )
        for axis in range(3)
    )


def _heaviest_clique_exceeds(
    linked: NDArray[np.bool_], length_mm: Index, count: NDArray[np.integer], limit_mm: int
) -> bool:
    """Branch and bound over cliques of lines; a line linked to itself counts all its units."""
    weight = np.where(linked.diagonal(), length_mm * count, length_mm).tolist()
    neighbours = [set(np.flatnonzero(row).tolist()) for row in linked]
    heaviest_first = sorted(range(len(weight)), key=lambda line: -weight[line])
    stack = [(0, heaviest_first)]
    for _ in range(_STEPS):
        if not stack:
            return False
        length, candidates = stack.pop()
        if length > limit_mm:
            return True
        if length + sum(weight[line] for line in candidates) <= limit_mm:
            continue
        first, *rest = candidates
        stack.append((length, rest))
        stack.append((length + weight[first], [line for line in rest if line in neighbours[first]]))
    return False
