"""The heaviest clique of a small graph: lumps of which no two may travel together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Branchings before the best clique so far is taken: any clique makes a bound.
_MOST_STEPS: Final = 2_000
#: Vertices among which a search is worth it; of more, a clique is gathered in one go.
_MOST_VERTICES: Final = 200


def heaviest_clique(joined: NDArray[np.bool_], weight: NDArray[np.float64]) -> list[int]:
    """A clique of great weight: the greatest, unless the graph is large.

    Branch and bound on vertices of descending weight, with the weight of all candidates as bound
    (Carraghan and Pardalos 1990, "An exact algorithm for the maximum clique problem").

    Parameters
    ----------
    joined
        ``(n, n)`` True for vertices that may both be in a clique; symmetric.
    weight
        ``(n,)``; vertices of no weight are left out.

    Returns
    -------
    Ascending vertices.
    """
    order = [v for v in np.argsort(-weight, kind="stable").tolist() if weight[v] > 0]
    near = [sum(1 << b for b, w in enumerate(order) if w != v and joined[v, w]) for v in order]
    weights = [float(weight[v]) for v in order]
    search = _Search(near, weights)
    search.gather()
    if len(order) <= _MOST_VERTICES:
        search.extend((1 << len(order)) - 1, 0, 0.0, sum(weights))
    return sorted(order[b] for b in range(len(order)) if search.best >> b & 1)


class _Search:
    def __init__(self, near: list[int], weights: list[float]) -> None:
        self._near = near
        self._weights = weights
        self._steps = 0
        self._most = 0.0
        self.best = 0

    def gather(self) -> None:
        """Take each vertex that is joined to all before it, heaviest first."""
        candidates = (1 << len(self._weights)) - 1
        while candidates:
            b = (candidates & -candidates).bit_length() - 1
            self.best |= 1 << b
            self._most += self._weights[b]
            candidates &= self._near[b]

    def extend(self, candidates: int, clique: int, weight: float, left: float) -> None:
        """Extend a clique by candidates that are joined to all of it and weigh ``left``."""
        if weight > self._most:
            self._most, self.best = weight, clique
        while candidates and weight + left > self._most and self._steps < _MOST_STEPS:
            self._steps += 1
            b = (candidates & -candidates).bit_length() - 1
            inner = candidates & self._near[b]
            self.extend(inner, clique | 1 << b, weight + self._weights[b], self._weigh(inner))
            candidates &= candidates - 1
            left -= self._weights[b]

    def _weigh(self, members: int) -> float:
        total = 0.0
        while members:
            total += self._weights[(members & -members).bit_length() - 1]
            members &= members - 1
        return total
