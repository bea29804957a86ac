"""Parcels that are all but full, for parts that leave next to no room to spare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.joining import BLOCK_COLUMNS, COUNTS, VOLUME, lay_out, list_tight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.splitting.filling import Filler, Filling
    from packopt.splitting.kinds import Kinds

    Ints = NDArray[np.int64]

#: Bits of the word that counts the units of a block.
_WORD_BITS: Final = 62
#: Most units in a block.
_LEVELS: Final = 64
#: Fullest parcels of a package that are kept.
_MOST_KEPT: Final = 2_000


def full_parcels(
    filler: Filler, kinds: Kinds, package: int, slack_mm3: int, width: int
) -> Iterator[Filling]:
    """Fillings of a carton that leave at most so much empty, among those that straight cuts make.

    Parameters
    ----------
    filler
        Lists the orientations, and checks the handling rules.
    kinds
        Single units that mix freely; nothing is found for others.
    package
        Index into the catalogue; a carton.
    slack_mm3
        What all parcels of a plan may leave empty together.
    width
        Blocks of each number of units.

    Yields
    ------
    The fullest ones, fullest first.
    """
    counters = _counters(kinds)
    if counters is None or not filler.mixes:
        return
    shift, single, bias, guard = counters
    room, ext, n_ext = filler.orientations(package)
    fits = [(t, k) for t in range(len(kinds)) for k in range(int(n_ext[t]))]
    levels = min(int(kinds.count.sum()), _LEVELS)
    block = np.zeros((len(fits) + levels * width, BLOCK_COLUMNS), np.int64)
    for row, (t, k) in enumerate(fits):
        sides = ext[t, k]
        block[row] = [*sides, sides.prod(), 1 << shift[t], t, -1, k]
    level = np.zeros(levels + 2, np.int64)
    slots = np.zeros(1 << (2 * len(block)).bit_length(), np.int64)
    rows = list_tight(
        len(fits), levels, width, room, slack_mm3, single, bias, guard, block, level, slots
    )
    filler.work += rows
    volume = block[:rows, VOLUME]
    full = np.flatnonzero(volume >= int(room.prod()) - slack_mm3)
    full = full[np.argsort(-volume[full], kind="stable")]
    _, first = np.unique(block[full, COUNTS], return_index=True)
    stack = np.zeros((levels + 1, 4), np.int64)
    place = np.zeros((levels, 7), np.int64)
    for row in full[np.sort(first)][:_MOST_KEPT].tolist():
        n = lay_out(block, row, ext, stack, place)
        filling = filler.adopt(package, place[:n], kinds.content_mm3)
        if filling is not None:
            yield filling


def _counters(kinds: Kinds) -> tuple[list[int], int, int, int] | None:
    """Where in a word each kind is counted, with the masks of ``kernel.kinds.set_kinds``."""
    shifts, single, bias, guard, shift = [], 0, 0, 0, 0
    for count in kinds.count.tolist():
        shifts.append(shift)
        bits = count.bit_length()
        if count == 1:
            single |= 1 << shift
        else:
            bias |= ((1 << bits) - 1 - count) << shift
            shift += bits
            guard |= 1 << shift
            bits = 1
        shift += bits
    return (shifts, single, bias, guard) if shift <= _WORD_BITS else None
