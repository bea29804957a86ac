"""The choice as a problem of location: rows, candidates, and what may be chosen.

A p-median problem in the words of facility location, as Wilson first put it for boxes (A Packaging
Problem, Management Science 12, 1965) and Brinker and Gündüz (2016), Rogers (arXiv 2004.11533) and
Fontaine and Minner (Operations Research 71, 2023) after him.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.suite.swapping import serve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: A row that nothing holds costs so many times the dearest candidate: never worth it.
_NEVER: Final = 1e7
#: And so many times the price of a type, so that no price is a reason to hold less.
_TYPES: Final = 10.0


@dataclass(frozen=True, eq=False, slots=True)
class Problem:
    """``r`` rows and ``m`` candidates: cartons, then mailers, then those of chosen size.

    Each kind stands by ascending cost.

    Attributes
    ----------
    fits
        ``(r, words)`` bit ``j % 64`` of word ``j // 64``: whether candidate ``j`` holds the row.
    base
        ``(m,)`` cost of a candidate for one order, with nothing but filler inside.
    n_filled
        Number of cartons.
    weight
        ``(r,)`` orders of each row.
    fill
        ``(r,)`` what the content of all orders of a row saves in filler.
    kept, banned, new
        ``(m,)`` what must be chosen, what must not, and what is not in today's set.
    most
        Number of types to choose, K; with a price the largest number.
    most_new
        Of them new ones.
    type_price
        Cost of each chosen type, in steps of the objective as all costs are.
    rise
        ``(r, s)`` what an order of a row costs more in each of the last ``s`` candidates, those
        whose size is chosen for the order, than its ``base``, the cost at the least size.
    """

    fits: Ints
    base: Floats
    n_filled: int
    weight: Floats
    fill: Floats
    kept: Mask
    banned: Mask
    new: Mask
    most: int
    most_new: int
    type_price: float = 0.0
    rise: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def n_candidates(self) -> int:
        """Number of candidates."""
        return len(self.base)

    @property
    def never(self) -> float:
        """Cost of an order that nothing holds."""
        never = _NEVER * float(self.base.max(initial=1.0) + self.rise.max(initial=0.0))
        if self.type_price > 0:
            least = self.weight.min(initial=1.0, where=self.weight > 0)
            never += _TYPES * self.type_price / float(least)
        return never

    @property
    def arrays(self) -> tuple[Ints, Floats, int, Floats, Floats, Floats]:
        """What every compiled function takes first."""
        return self.fits, self.base, self.n_filled, self.weight, self.fill, self.rise

    def serve(self, opened: Ints) -> Served:
        """Serve all rows from a set of candidates."""
        chosen = np.sort(np.asarray(opened, np.int64))
        n = len(self.weight)
        first, cost, second = np.empty(n, np.int64), np.empty(n), np.empty(n)
        total = serve(*self.arrays, self.never, chosen, first, cost, second)
        return Served(chosen, first, cost, second, total + self.type_price * len(chosen))

    def of_orders(self, served: Served) -> float:
        """What a set costs as `packopt.costing` counts it, without prices of types.

        That is less what contents save in filler, and without rows that are no order.
        """
        counts = self.weight >= 1
        return float(served.cost[counts].sum() - self.fill[counts].sum())

    def bound_of_orders(self, value: float, n_types: int, dearest: float = 0.0) -> float:
        """From a bound of `Served.total` one of `of_orders`.

        Parameters
        ----------
        value
            No set costs less in total.
        n_types
            It is about sets of so many types or fewer.
        dearest
            Cost of the dearest type, if there are dearer ones than the candidates.
        """
        counts = self.weight >= 1
        dearest = max(dearest, float(self.base.max(initial=0.0) + self.rise.max(initial=0.0)))
        # Whatever serves them, rows that are no order cost no more than this.
        others = float(self.weight[~counts].sum()) * dearest
        return value - self.type_price * n_types - float(self.fill[counts].sum()) - others


@dataclass(frozen=True, eq=False, slots=True)
class Served:
    """A set of candidates, and how it serves the rows.

    Attributes
    ----------
    opened
        ``(k,)`` candidates, ascending.
    first
        ``(r,)`` place in ``opened`` of what serves the row; -1 for nothing.
    cost, second
        ``(r,)`` what that costs, and what the next best would.
    total
        All costs, with the prices of the types; without what contents save in filler.
    """

    opened: Ints
    first: Ints
    cost: Floats
    second: Floats
    total: float

    @property
    def holds_all(self) -> bool:
        """Whether every row is served."""
        return bool((self.first >= 0).all())

    def usage(self, weight: Floats) -> Ints:
        """``(k,)`` orders that each of the open candidates serves."""
        known = (self.first >= 0) & (weight >= 1)
        used = np.bincount(self.first[known], weight[known], minlength=len(self.opened))
        return np.rint(used).astype(np.int64)
