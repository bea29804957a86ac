"""What adding, dropping and swapping candidates changes, for all of them in one pass over the rows.

The p-median problem: ``r`` rows, each to be served by the cheapest open candidate that holds it.
A row of ``weight`` orders costs ``weight * base[j]`` in candidate ``j``. The first ``n_filled``
candidates are the cartons, with the cheapest first, so that those of a row are read only as far as
they matter. Then come mailers: where one holds the row, what filling its content's room would have
saved, ``fill``, is not saved, so it costs that much more. The last ``s`` are those whose size is
chosen for the order: each order of the row costs ``rise (r, s)`` more than at the least size.

Gains, losses and corrections are those of Resende and Werneck (A fast swap-based local search
procedure for location problems, Annals of Operations Research 150, 2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from packopt.kernel.layout import Floats, Ints, lowest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grid = NDArray[np.float64]


@njit(cache=True, nogil=True)
def serve(
    fits: Ints, base: Floats, n_filled: int, weight: Floats, fill: Floats, rise: Grid, never: float,
    opened: Ints, first: Ints, cost: Floats, second: Floats,
) -> float:  # fmt: skip
    """Serve every row from the open candidates; return what all cost.

    ``opened (k,)`` ascending candidates. Writes ``first (r,)``, the place in ``opened`` of the
    cheapest that holds the row, or -1; ``cost (r,)`` what it costs, and ``second (r,)`` what the
    next cheapest does: ``weight * never`` where there is none.
    """
    m, sized = len(base), rise.shape[1]
    total = 0.0
    for r in range(len(weight)):
        none = weight[r] * never
        best, next_best, at = none, none, -1
        for k in range(len(opened)):
            j = opened[k]
            if fits[r, j >> 6] >> (j & 63) & 1:
                c = weight[r] * base[j]
                if j >= m - sized:
                    c += weight[r] * rise[r, j - (m - sized)]
                elif j >= n_filled:
                    c += fill[r]
                if c < best:
                    next_best, best, at = best, c, k
                elif c < next_best:
                    next_best = c
        first[r], cost[r], second[r] = at, best, next_best
        total += best
    return total


@njit(cache=True, nogil=True)
def rate(  # noqa: C901  (one loop; splitting it costs calls)
    fits: Ints, base: Floats, n_filled: int, weight: Floats, fill: Floats, rise: Grid, first: Ints,
    cost: Floats, second: Floats, gain: Floats, loss: Floats, extra: Floats,
) -> None:  # fmt: skip
    """Rate every candidate and every open place.

    To open ``j`` and to close place ``k`` of the open ones saves ``gain[j] - loss[k] +
    extra[j, k]``; ``gain (m,)`` alone to open, ``-loss (k,)`` alone to close. All are set to 0
    first. A row that nothing serves counts in ``gain`` only.
    """
    gain[:] = 0.0
    loss[:] = 0.0
    extra[:] = 0.0
    words = fits.shape[1]
    m, sized = len(base), rise.shape[1]
    for r in range(len(weight)):
        k, best, next_best = first[r], cost[r], second[r]
        if k >= 0:
            loss[k] += next_best - best
        for word in range(words):
            rest = fits[r, word]
            if rest == 0:
                continue
            low = word << 6
            # All of this word cost too much; those of the other kind may still come.
            if low + 64 <= n_filled and weight[r] * base[low] >= next_best:
                continue
            while rest:
                j = low + lowest(rest)
                rest &= rest - 1
                c = weight[r] * base[j]
                if j >= m - sized:
                    c += weight[r] * rise[r, j - (m - sized)]
                elif j >= n_filled:
                    c += fill[r]
                if c >= next_best:
                    continue
                if c < best:
                    gain[j] += best - c
                if k >= 0:
                    extra[j, k] += next_best - max(c, best)


@njit(cache=True, nogil=True)
def reduce_costs(
    fits: Ints, base: Floats, n_filled: int, weight: Floats, fill: Floats, rise: Grid,
    price: Floats, reduced: Floats,
) -> None:  # fmt: skip
    """Write to ``reduced (m,)`` what each candidate costs less the ``price (r,)`` of its rows.

    Only rows that it serves for less than their price count, so no value is above 0.
    """
    reduced[:] = 0.0
    words = fits.shape[1]
    m, sized = len(base), rise.shape[1]
    for r in range(len(weight)):
        for word in range(words):
            rest = fits[r, word]
            if rest == 0:
                continue
            low = word << 6
            if low + 64 <= n_filled and weight[r] * base[low] >= price[r]:
                continue
            while rest:
                j = low + lowest(rest)
                rest &= rest - 1
                c = weight[r] * base[j]
                if j >= m - sized:
                    c += weight[r] * rise[r, j - (m - sized)]
                elif j >= n_filled:
                    c += fill[r]
                if c < price[r]:
                    reduced[j] += c - price[r]


@njit(cache=True, nogil=True)
def count_served(
    fits: Ints, base: Floats, n_filled: int, weight: Floats, fill: Floats, rise: Grid,
    price: Floats, opened: Ints, missing: Floats,
) -> float:  # fmt: skip
    """Write to ``missing (r,)`` 1 less the open candidates that serve a row below its price.

    Returns the sum of squares.
    """
    m, sized = len(base), rise.shape[1]
    squares = 0.0
    for r in range(len(weight)):
        left = 1.0
        for k in range(len(opened)):
            j = opened[k]
            if fits[r, j >> 6] >> (j & 63) & 1:
                c = weight[r] * base[j]
                if j >= m - sized:
                    c += weight[r] * rise[r, j - (m - sized)]
                elif j >= n_filled:
                    c += fill[r]
                if c < price[r]:
                    left -= 1.0
        missing[r] = left
        squares += left * left
    return squares


@njit(cache=True, nogil=True)
def enumerate_sets(
    fits: Ints, base: Floats, n_filled: int, weight: Floats, fill: Floats, rise: Grid, never: float,
    fixed: Ints, pool: Ints, is_new: Ints, most_new: int, k: int, best: Ints,
) -> float:  # fmt: skip
    """Find the cheapest set of ``fixed`` and ``k`` of ``pool`` by looking at all of them.

    At most ``most_new`` of the ``k`` may be new. Writes the chosen of the pool to ``best (k,)``;
    returns the cost of the set, infinity where there is none.
    """
    r_count, n = len(weight), len(pool)
    least = np.inf
    opened = np.empty(len(fixed) + k, np.int64)
    opened[: len(fixed)] = fixed
    place = np.arange(k)
    first = np.empty(r_count, np.int64)
    cost = np.empty(r_count)
    second = np.empty(r_count)
    if k > n:
        return least
    while True:
        new = 0
        for t in range(k):
            opened[len(fixed) + t] = pool[place[t]]
            new += is_new[pool[place[t]]]
        if new <= most_new:
            total = serve(
                fits, base, n_filled, weight, fill, rise, never, opened, first, cost, second
            )  # fmt: skip
            if total < least:
                least = total
                for t in range(k):
                    best[t] = pool[place[t]]
        t = k - 1
        while t >= 0 and place[t] == n - k + t:
            t -= 1
        if t < 0:
            return least
        place[t] += 1
        for u in range(t + 1, k):
            place[u] = place[u - 1] + 1
