"""Work areas of the search for a size."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from packopt.kernel.bounds import MAX_LENGTH, WORD_BITS
from packopt.kernel.size_heap import CELL_COLUMNS, MOST_CELLS
from packopt.kernel.size_rooms import MOST_KNOWN, MOST_REFUTED

if TYPE_CHECKING:
    from packopt.kernel.layout import Ints


class SizeSpace(NamedTuple):
    """Work areas of the search for a size; ``m`` is the largest order's number of units."""

    words: Ints  # (w,) set of sums on one axis
    floors: Ints  # (3, MAX_LENGTH + 1) by axis, the largest sum up to each length
    ceiling: Ints  # (MAX_LENGTH + 2,) the least sum from each height on
    sides: Ints  # (2, MAX_LENGTH) lengths and widths that differ in what they have room for
    sums: Ints  # (2, MAX_LENGTH) the largest sums they have room for
    cells: Ints  # (MOST_CELLS, CELL_COLUMNS) a heap, cheapest bound first
    refuted: Ints  # (MOST_REFUTED, 4) rooms that do not hold the order, and why
    known: Ints  # (MOST_KNOWN, 4) rooms that do
    filled: Ints  # (4,) how many are refuted and known, and where the next of each goes
    one_room: Ints  # (1, 3)
    rise: Ints  # (5,) cost and outer volume by height, at one length and width
    around: Ints  # (3,) size around a plan
    size: Ints  # (3,) best size in mm
    plan: Ints  # (m, 6) for it


def new_size_space(max_units: int) -> SizeSpace:
    """Return work areas for orders of up to ``max_units`` units."""

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return SizeSpace(
        words=ints(MAX_LENGTH // WORD_BITS + 1),
        floors=ints(3, MAX_LENGTH + 1),
        ceiling=ints(MAX_LENGTH + 2),
        sides=ints(2, MAX_LENGTH),
        sums=ints(2, MAX_LENGTH),
        cells=ints(MOST_CELLS, CELL_COLUMNS),
        refuted=ints(MOST_REFUTED, 4),
        known=ints(MOST_KNOWN, 4),
        filled=ints(4),
        one_room=ints(1, 3),
        rise=ints(5),
        around=ints(3),
        size=ints(3),
        plan=ints(max_units, 6),
    )
