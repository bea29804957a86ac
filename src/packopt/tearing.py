"""What the units of a part are to splitting: nests too high for any package are torn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.batches import canonical_rows
from packopt.kernel.layout import SIDE_A
from packopt.parcels import Things, numbers_in_line, units_in_things

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.outcome import Asked

    Ints = NDArray[np.int64]
    Fits = Callable[[int, Things], bool]


def things_of(asked: Asked, p: int, fits: Fits) -> Things:
    """What the units of part ``p`` are, in canonical order.

    A nest that no package holds alone is torn into equal ones that some package does hold, and
    what is left over; one of units that may not travel with each other, into single units. Units
    that are kept together are never torn apart.

    Parameters
    ----------
    asked
        The parts.
    p
        The part.
    fits
        Whether some package holds a thing of a part alone.
    """
    line = asked.unit_line[asked.rows(p)]
    qty = units_in_things(asked.orders, line)
    whole = Things(line, numbers_in_line(line), qty)
    if not (qty > 1).any():
        return whole

    def may_stay(thing: Things) -> bool:
        if asked.orders.keep_together.code[thing.line[0]] >= 0:
            return True
        alone = asked.parts.sharing.apart(thing.line, thing.line)[0]
        return fits(p, thing) and not (alone and thing.qty[0] > 1)

    pieces = [
        _torn(*one, may_stay)
        for one in zip(line.tolist(), whole.number.tolist(), qty.tolist(), strict=True)
    ]
    if all(len(piece.line) == 1 for piece in pieces):
        return whole
    return _in_order(asked, pieces)


def _torn(line: int, number: int, units: int, fits: Callable[[Things], bool]) -> Things:
    """A nest as nests of the most units that fit; they fit the better the fewer they are."""
    most = units
    if units > 1 and not fits(_nest(line, units)):
        low, high = 1, units
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if fits(_nest(line, middle)) else (low, middle)
        most = low
    starts = np.arange(0, units, most)
    sizes = np.minimum(units - starts, most)
    return Things(np.full(len(starts), line), number + starts, sizes)


def _nest(line: int, qty: int) -> Things:
    return Things(np.array([line]), np.zeros(1, np.int64), np.array([qty]))


def _in_order(asked: Asked, pieces: list[Things]) -> Things:
    """Pieces in canonical order: by volume, then by every column, the largest first."""
    line = np.concatenate([piece.line for piece in pieces])
    number = np.concatenate([piece.number for piece in pieces])
    qty = np.concatenate([piece.qty for piece in pieces])
    rows = canonical_rows(asked.orders, line, qty).astype(np.int64)
    volume = rows[:, SIDE_A : SIDE_A + 3].prod(axis=1)
    order = np.lexsort((*-rows.T[::-1], -volume))
    return Things(line[order], number[order], qty[order])
