"""Values: numbers for the kinds of a part that add up to at most ``CAP`` in one package.

Each way to get them is one function here; all look only at orientations that fit, and take the
least over them, so they are sound under rotation: whatever orientation a packing gives a unit, its
value has counted one that is at least as kind.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.fill import list_rows
from packopt.kernel.layout import MAX_ORIENTATIONS, SIDE_A, SOFT_A
from packopt.kernel.values import CAP, MOST_FUNCTIONS, best_product, tabulate
from packopt.splitting.cliques import heaviest_clique

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.kernel.batch import Packages
    from packopt.splitting.kinds import Kinds
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

_ONE: Final = np.ones(3, np.int64)


class Room:
    """One package, as far as bounds see it.

    Parameters
    ----------
    part, kinds
        The units and their kinds.
    packages
        The catalogue under the policy.
    package
        Index into the catalogue.

    Attributes
    ----------
    package
        Index into the catalogue.
    fits
        ``(t,)`` True for kinds of which each unit alone may go in.
    apart
        ``(t, t)`` True for kinds of which no two lumps can be inside together.
    """

    def __init__(self, part: Part, kinds: Kinds, packages: Packages, package: int) -> None:
        self.package = package
        self._kinds = kinds
        self._mailer = bool(packages.mailer[package])
        self._most_g = int(packages.max_content_g[package])
        self._most_mm3 = int(packages.volume[package])
        rows = np.concatenate(kinds.first)
        self._kind = np.repeat(np.arange(len(kinds)), [len(lump) for lump in kinds.first])
        self._room = packages.room[package]
        if self._mailer:
            self._room = _widest(self._room, part.units[rows])
        self._list(part, rows)
        self.fits = self._fitting()
        self.apart = self._kept_apart()
        self._tables: tuple[Ints, Ints, Ints] | None = None
        self._weight_tables: tuple[Ints, Ints, Ints] | None = None

    def holds_all_of(self, other: Room) -> bool:
        """Whether this carton is at least as long, wide, high and strong as another."""
        return (
            not self._mailer
            and not other._mailer
            and bool((self._room >= other._room).all())
            and (self._most_g < 0 or 0 <= other._most_g <= self._most_g)
        )

    def by_volume(self) -> Ints:
        """Volumes: what lies in a package together does not overlap (Martello et al. 2000, L0)."""
        volume = np.bincount(self._kind, self._volume, len(self.fits)).astype(np.int64)
        return self._where_fits(volume * int(CAP) // max(self._most_mm3, 1))

    def by_sides(self, share: Floats) -> Ints:
        """Products of three dual feasible functions, the ones for which ``share`` counts most.

        Scaling the axes of a packing by such functions leaves a packing, so the products add up
        like volumes (Fekete and Schepers 2004, "A general framework for bounds for
        higher-dimensional orthogonal packing problems"). ``share`` ``(t,)`` is how much of each
        kind is wanted.
        """
        if self._tables is None:
            self._tables = self._tabulate()
        value, top, number = self._tables
        n = len(self._kind)
        found = np.zeros(n, np.int64)
        wanted = np.where(self.fits, share, 0.0)[self._kind]
        best_product(n, self._n_ext, value, top, number, wanted, np.zeros((n, 6), np.int64), found)
        return self._where_fits(np.bincount(self._kind, found, len(self.fits)).astype(np.int64))

    def by_weight(self, share: Floats) -> Ints | None:
        """A dual feasible function of the weight of lumps, the one for which ``share`` counts most.

        Weights in a package add up to at most its limit, and so do widths in a row; sides play no
        part in it (Carlier, Clautiaux and Moukrim 2007). None without a limit.
        """
        if self._most_g < 1:
            return None
        if self._weight_tables is None:
            self._weight_tables = self._tabulate_weights()
        value, top, number = self._weight_tables
        n = len(self.fits)
        found = np.zeros(n, np.int64)
        best_product(
            n, self.fits.astype(np.int64), value, top, number, np.where(self.fits, share, 0.0),
            np.zeros((n, MAX_ORIENTATIONS), np.int64), found,
        )  # fmt: skip
        return found

    def by_clique(self, share: Floats) -> Ints:
        """Of kinds that are pairwise apart a package holds one lump: each counts in full.

        Two units lie side by side along some axis, where even their least extents must fit
        (Fekete and Schepers 2004; a clique of the graph of incompatible items bounds bin packing
        with conflicts, Gendreau, Laporte and Semet 2004). A kind that is not apart from itself
        counts once, however many lumps there are, and so does not take part.
        """
        alone = np.diagonal(self.apart) | (self._kinds.count == 1)
        clique = heaviest_clique(self.apart, np.where(self.fits & alone, share, 0.0))
        value = np.zeros(len(self.fits), np.int64)
        value[clique] = CAP
        return value

    def _where_fits(self, value: Ints) -> Ints:
        return np.where(self.fits, np.minimum(value, CAP), 0)

    def _list(self, part: Part, rows: Ints) -> None:
        """List the orientations that fit of one lump of each kind, unit by unit."""
        n = len(rows)
        may = np.ones(n, np.uint8)
        if self._mailer:
            may[:] = ~part.no_mailer[rows]
        self._ext = np.zeros((n, MAX_ORIENTATIONS, 3), np.int64)
        self._n_ext = np.zeros(n, np.int64)
        self._volume = np.zeros(n, np.int64)
        spare = np.zeros((3, n), np.int64)
        list_rows(
            part.units, rows, may, self._kind, SOFT_A if self._mailer else SIDE_A, self._room,
            self._ext, self._n_ext, spare[0], self._volume, spare[1], spare[2],
        )  # fmt: skip

    def _fitting(self) -> Mask:
        fits = np.ones(len(self._kinds), np.bool_)
        fits[self._kind[self._n_ext == 0]] = False
        if self._most_g >= 0:
            fits &= self._kinds.weight_g <= self._most_g
        return np.asarray(fits & (np.diagonal(self._kinds.clash) == 0), dtype=np.bool_)

    def _kept_apart(self) -> Mask:
        """Clash, too heavy or too voluminous together, or with no axis to lie side by side on."""
        kinds = self._kinds
        listed = np.arange(MAX_ORIENTATIONS)[None, :, None] < self._n_ext[:, None, None]
        least = np.where(listed, self._ext, np.iinfo(np.int32).max).min(axis=1)
        crossing = (least[:, None, :] + least[None, :, :] > self._room).all(axis=2)
        apart = np.zeros((len(kinds), len(kinds)), np.bool_)
        a, b = np.nonzero(crossing)
        apart[self._kind[a], self._kind[b]] = True
        if self._most_g >= 0:
            apart |= kinds.weight_g[:, None] + kinds.weight_g > self._most_g
        volume = np.bincount(self._kind, self._volume, len(kinds))
        apart |= volume[:, None] + volume > self._most_mm3
        apart |= kinds.clash > 0
        apart |= ~self.fits[:, None] | ~self.fits
        return apart

    def _tabulate_weights(self) -> tuple[Ints, Ints, Ints]:
        n = len(self.fits)
        wide = np.zeros((n, MAX_ORIENTATIONS), np.int64)
        wide[:, 0] = self._kinds.weight_g
        value = np.ones((3, MOST_FUNCTIONS, n, MAX_ORIENTATIONS), np.int64)
        top = np.ones((3, MOST_FUNCTIONS), np.int64)
        number = _ONE.copy()
        fits = self.fits.astype(np.int64)
        number[0] = tabulate(n, self._most_g, wide, fits, value[0], top[0])
        return value, top, number

    def _tabulate(self) -> tuple[Ints, Ints, Ints]:
        n = len(self._kind)
        value = np.zeros((3, MOST_FUNCTIONS, n, MAX_ORIENTATIONS), np.int64)
        top = np.zeros((3, MOST_FUNCTIONS), np.int64)
        number = np.zeros(3, np.int64)
        for axis in range(3):
            wide = np.ascontiguousarray(self._ext[:, :, axis])
            length = int(self._room[axis])
            number[axis] = tabulate(n, length, wide, self._n_ext, value[axis], top[axis])
        return value, top, number


def _widest(room: Ints, units: NDArray[np.int32]) -> Ints:
    """A carton that holds whatever a mailer holds of the units.

    Content at least as thick as the thinnest side of any unit takes that much of the plane.
    """
    thinnest = int(units[:, SOFT_A : SOFT_A + 3].min())
    return np.asarray(np.maximum(room - np.array([thinnest, thinnest, 0]), 0), dtype=np.int64)
