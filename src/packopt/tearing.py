"""What the units of a part are to splitting: nests too high for any package are torn."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from packopt.batches import canonical_rows
from packopt.kernel.layout import SIDE_A
from packopt.parcels import Things, numbers_in_line, units_in_things

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from packopt.outcome import Asked

    Ints = NDArray[np.int64]
    Fits = Callable[[Things], bool]


def things_of(asked: Asked, parts: Ints, fits: Fits) -> Things:
    """What the units of some parts are, each part in canonical order.

    A nest that no package holds alone is torn into equal ones that some package does hold, and
    what is left over; one of units that may not travel with each other, into single units. Units
    that are kept together are never torn apart.

    Parameters
    ----------
    asked
        All parts.
    parts
        ``(q,)`` which of them.
    fits
        Whether some package holds one thing alone.
    """
    rows, n_units = asked.units_of(parts)
    line = asked.unit_line[rows]
    qty = units_in_things(asked.orders, line)
    start = np.append(0, np.cumsum(n_units))
    whole = Things(parts, start, line, numbers_in_line(line), qty)
    nests = np.flatnonzero(np.logical_or.reduceat(qty > 1, start[:-1])).tolist()
    if not nests:
        return whole
    torn = {i: _torn(asked, whole.of(i), fits) for i in nests}
    return _joined([torn.get(i) or whole.of(i) for i in range(len(parts))])


def _torn(asked: Asked, whole: Things, fits: Fits) -> Things:
    """The things of one part after nests that cannot stay were torn."""

    def may_stay(thing: int, qty: int) -> bool:
        line = whole.line[[thing]]
        if asked.orders.keep_together.code[line[0]] >= 0:
            return True
        alone = qty > 1 and asked.parts.sharing.apart(line, line)[0]
        nest = Things(whole.part, np.array([0, 1]), line, np.zeros(1, np.int64), np.array([qty]))
        return fits(nest) and not alone

    pieces = [_pieces(n, partial(may_stay, thing)) for thing, n in enumerate(whole.qty.tolist())]
    n_pieces = [len(qty) for qty in pieces]
    if max(n_pieces) == 1:
        return whole
    qty = np.concatenate(pieces)
    before = np.cumsum(qty) - qty - np.repeat(np.cumsum(whole.qty) - whole.qty, n_pieces)
    line, number = np.repeat(whole.line, n_pieces), np.repeat(whole.number, n_pieces) + before
    order = _canonical_order(asked, line, qty)
    return Things(whole.part, np.array([0, len(qty)]), line[order], number[order], qty[order])


def _pieces(units: int, fits: Callable[[int], bool]) -> Ints:
    """Units in each nest that one is torn into: as many as fit; they fit the better the fewer."""
    most = units
    if units > 1 and not fits(units):
        low, high = 1, units
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(middle) else (low, middle)
        most = low
    return np.minimum(units - np.arange(0, units, most), most)


def _canonical_order(asked: Asked, line: Ints, qty: Ints) -> Ints:
    """Things by volume, then by every column, the largest first."""
    rows = canonical_rows(asked.orders, line, qty).astype(np.int64)
    volume = rows[:, SIDE_A : SIDE_A + 3].prod(axis=1)
    return np.asarray(np.lexsort((*-rows.T[::-1], -volume)), dtype=np.int64)


def _joined(several: Sequence[Things]) -> Things:
    """The things of several parts side by side."""
    return Things(
        part=np.concatenate([one.part for one in several]),
        start=np.append(0, np.cumsum([len(one.line) for one in several])),
        line=np.concatenate([one.line for one in several]),
        number=np.concatenate([one.number for one in several]),
        qty=np.concatenate([one.qty for one in several]),
    )
