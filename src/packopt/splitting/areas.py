"""Where the units of a part are among its lumps, and the work areas for filling packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.genes import CLIMBER_ROWS
from packopt.kernel.handling import SCRATCH_ROWS
from packopt.kernel.layout import MAX_ORIENTATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.splitting.kinds import Kinds

    Ints = NDArray[np.int64]

#: Maximal spaces kept at a time; more are dropped, which can only miss a packing.
_SPACES: Final = 512


class Spots:
    """Where each unit is among the lumps, which are numbered kind by kind.

    Parameters
    ----------
    n
        Units of the part.
    kinds
        Its lumps, or some of them.

    Attributes
    ----------
    kind, bundle
        ``(n,)`` kind of each unit, and the bundle it stays with; -1 for none.
    size
        ``(t,)`` units in a lump of each kind.
    """

    def __init__(self, n: int, kinds: Kinds) -> None:
        self.size = np.array([len(lumps[0]) for lumps in kinds.lumps], np.int64)
        self.kind, self.bundle = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
        self._lump, self._place = np.zeros(n, np.int64), np.zeros(n, np.int64)
        self._first = np.cumsum(kinds.count) - kinds.count
        self._row_of_first = np.cumsum(kinds.count * self.size) - kinds.count * self.size
        every = [(t, lump) for t, lumps in enumerate(kinds.lumps) for lump in lumps]
        self._row = np.concatenate([lump for _, lump in every])
        for number, (t, lump) in enumerate(every):
            self.kind[lump] = t
            self._lump[lump] = number
            self._place[lump] = np.arange(len(lump))
            if len(lump) > 1:
                self.bundle[lump] = number

    def first_of_kinds(self, rows: Ints) -> Ints:
        """Exchange whole lumps, given by their rows, for the first ones of their kinds."""
        lumps, rank = np.unique(self._lump[rows], return_inverse=True)
        kind = self.kind[rows]
        # The first lump of a kind among the rows becomes the first of that kind, and so on.
        begin = np.searchsorted(lumps, self._first[kind])
        spot = self._row_of_first[kind] + (rank - begin) * self.size[kind] + self._place[rows]
        return np.asarray(self._row[spot], dtype=np.int64)


class Areas:
    """Work areas of ``kernel.fill.fill`` for up to ``n`` units of ``t`` kinds."""

    def __init__(self, n: int, t: int) -> None:
        def ints(*shape: int) -> Ints:
            return np.zeros(shape, np.int64)

        self.ext = ints(n, MAX_ORIENTATIONS, 3)
        self.n_ext, self.twin, self.volume = ints(n), ints(n), ints(n)
        self.load, self.weight = ints(n), ints(n)
        self.out = np.zeros(n + 1, np.uint8)
        self.slim, self.genes = ints(3), ints(CLIMBER_ROWS, n)
        self.spaces, self.fresh = ints(_SPACES, 6), ints(_SPACES, 6)
        self.dice = np.zeros(1, np.uint64)
        self.scratch, self.inside = ints(SCRATCH_ROWS, n), ints(t)
        self.place, self.best = ints(n, 6), ints(n, 6)
