"""Filling one package with what is worth most: the step that builds parcels for large parts.

The kernel's question is whether a package holds given units; here the units are chosen, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.kernel.batch import write_plan
from packopt.kernel.fill import fill, list_rows
from packopt.kernel.handling import acceptable
from packopt.kernel.layout import LOAD, MAX_ORIENTATIONS, SIDE_A, SOFT_A, UNIT_WEIGHT
from packopt.kernel.loading import load
from packopt.kernel.loading_workspace import load_workspace
from packopt.splitting.areas import Areas, Spots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.kernel.batch import Packages
    from packopt.kernel.loading_workspace import LoadWorkspace
    from packopt.splitting.kinds import Kinds
    from packopt.splitting.question import Part

    Ints = NDArray[np.int64]

#: Thicknesses at which a mailer is tried, evenly spread up to the largest; a unit's or two's, too.
_THICKNESSES: Final = 4
#: From this many units on, the block loader is tried as well.
_MANY: Final = 16
#: Blocks that it lists.
_BLOCKS: Final = 4096
#: A unit of a lump that is worth less than it has units is still better inside than out.
_LEAST_WORTH: Final = 1


@dataclass(frozen=True, eq=False, slots=True)
class Filling:
    """A package and the lumps that were found to go in together.

    Attributes
    ----------
    package
        Index into the catalogue.
    counts
        Lumps of each kind.
    worth
        Of those lumps together.
    unit, place, support
        As in ``question.Parcel``, with the first lumps of each kind.
    """

    package: int
    counts: tuple[int, ...]
    worth: int
    unit: Ints
    place: NDArray[np.int32]
    support: NDArray[np.float32]


class Filler:
    """Fills packages with lumps of one part.

    Parameters
    ----------
    part, kinds
        The units and their kinds.
    packages
        The catalogue under the policy.
    rules
        Handling rules, as in ``kernel.handling.acceptable``.
    """

    def __init__(self, part: Part, kinds: Kinds, packages: Packages, rules: int) -> None:
        self._part = part
        self._kinds = kinds
        self._packages = packages
        self._rules = rules
        self._spots = Spots(len(part.units), kinds)
        #: Whether all lumps are single units that may travel with each other.
        self.mixes = not kinds.clash.any() and bool((self._spots.size == 1).all())
        self._areas = Areas(len(part.units), len(kinds))
        self._blocks: LoadWorkspace | None = None
        #: Greedy runs spent.
        self.work = 0

    def fill(
        self, package: int, left: Ints, worth: Ints, runs: int, loads: int = 0
    ) -> Filling | None:
        """Put as much worth as is found into a package.

        Parameters
        ----------
        package
            Index into the catalogue.
        left
            ``(t,)`` lumps of each kind to choose from.
        worth
            ``(t,)`` of one lump, all of them together below 2**62; lumps worth nothing stay out.
        runs
            Greedy runs.
        loads
            Greedy completions of the block loader, for parts of many units that mix freely.

        Returns
        -------
        What was packed; None where that is nothing.
        """
        wanted = np.where(worth > 0, left, 0)
        rows = self._kinds.rows(wanted.tolist())
        if not len(rows):
            return None
        total = int(wanted @ worth)
        best = None
        for room in self._rooms(package, rows):
            found = self._unit_by_unit(package, room, rows, worth, runs)
            best = _better(best, found)
            if loads and len(rows) >= _MANY and self.mixes and (not best or best.worth < total):
                best = _better(best, self._in_blocks(package, room, rows, worth, loads))
            if best and best.worth == total:
                break
        return best

    def _rooms(self, package: int, rows: Ints) -> Iterator[Ints]:
        """The inside of a carton, or what a mailer leaves around contents of some thicknesses."""
        room = self._packages.room[package]
        if not self._packages.mailer[package]:
            yield room
            return
        length, width, most = room.tolist()
        thin = int(self._part.units[rows, SOFT_A : SOFT_A + 3].min())
        heights = {most * part // _THICKNESSES for part in range(1, _THICKNESSES + 1)}
        for height in sorted(heights | {thin, 2 * thin}, reverse=True):
            if 0 < height <= most and height < min(length, width):
                yield np.array([length - height, width - height, height], np.int64)

    def _unit_by_unit(
        self, package: int, room: Ints, rows: Ints, worth: Ints, runs: int
    ) -> Filling | None:
        areas, n = self._areas, len(rows)
        kind = self._list(package, room, rows)
        share = np.maximum(worth // self._spots.size, _LEAST_WORTH)
        packed, used = fill(
            n, room, areas.ext, areas.n_ext, areas.twin, areas.volume, share[kind], areas.weight,
            int(self._packages.max_content_g[package]), areas.load, kind, self._kinds.clash,
            self._spots.bundle[rows], areas.out, self._rules, runs, areas.slim, areas.genes,
            areas.spaces, areas.fresh, areas.dice, areas.scratch, areas.inside, areas.place,
            areas.best,
        )  # fmt: skip
        self.work += used
        if packed == 0:
            return None
        inside = np.flatnonzero(areas.best[:n, 3])
        return self._filling(package, rows[inside], areas.best[inside], worth)

    def _in_blocks(
        self, package: int, room: Ints, rows: Ints, worth: Ints, loads: int
    ) -> Filling | None:
        areas = self._areas
        kind = self._list(package, room, rows)
        types, first, count = np.unique(kind, return_index=True, return_counts=True)
        bears = np.where(areas.load[first] == 0, 0, -1) if self._rules else np.full(len(types), -1)
        take = np.zeros(len(types), np.int64)
        place = np.zeros((len(rows), 7), np.int64)
        _, packed = load(
            room, areas.ext[first], areas.n_ext[first], count, worth[types],
            areas.weight[first], bears, int(self._packages.max_content_g[package]),
            loads, self._load_areas(), take, place,
        )  # fmt: skip
        self.work += loads
        if packed == 0:
            return None
        place[:packed, 0] = types[place[:packed, 0]]
        return self.adopt(package, place[:packed], worth)

    def adopt(self, package: int, place: Ints, worth: Ints) -> Filling | None:
        """Make a filling of units where they stand, unless that breaks a rule.

        Parameters
        ----------
        package
            Index into the catalogue.
        place
            ``(n, 7)`` kind, corner and extents in mm of single units, padding included.
        worth
            ``(t,)`` of one lump.
        """
        kinds, n = place[:, 0], len(place)
        used = np.bincount(kinds, minlength=len(self._kinds))
        limit = int(self._packages.max_content_g[package])
        if 0 <= limit < int(used @ self._kinds.weight_g):
            return None
        rows = [self._kinds.lumps[t][i][0] for t in np.flatnonzero(used) for i in range(used[t])]
        # Units of a kind may be exchanged: those of the place list follow the kinds, too.
        by_kind = np.argsort(kinds, kind="stable")
        order = np.argsort(rows)
        unit = np.array(rows, np.int64)[order]
        plan = np.ascontiguousarray(place[by_kind[order], 1:])
        units = self._part.units[unit]
        load, weight = units[:, LOAD].astype(np.int64), units[:, UNIT_WEIGHT].astype(np.int64)
        if not acceptable(n, plan, self._rules, load, weight, self._areas.scratch):
            return None
        return self._filling(package, unit, plan, worth)

    def orientations(self, package: int) -> tuple[Ints, Ints, Ints]:
        """Extents ``(t, 6, 3)`` that one lump of each kind may take in a carton, and how many."""
        room = self._packages.room[package]
        rows = np.concatenate(self._kinds.first)
        sequence = np.argsort(rows)
        kind = self._list(package, room, rows[sequence])
        ext = np.zeros((len(self._kinds), MAX_ORIENTATIONS, 3), np.int64)
        n_ext = np.zeros(len(self._kinds), np.int64)
        ext[kind], n_ext[kind] = self._areas.ext[: len(rows)], self._areas.n_ext[: len(rows)]
        return room, ext, n_ext

    def _list(self, package: int, room: Ints, rows: Ints) -> Ints:
        """List the units in the work areas; return their kinds."""
        areas = self._areas
        mailer = bool(self._packages.mailer[package])
        may = ~self._part.no_mailer[rows] if mailer else np.ones(len(rows), np.bool_)
        kind = self._spots.kind[rows]
        list_rows(
            self._part.units, rows, may.view(np.uint8), kind, SOFT_A if mailer else SIDE_A, room,
            areas.ext, areas.n_ext, areas.twin, areas.volume, areas.load, areas.weight,
        )  # fmt: skip
        return kind

    def _load_areas(self) -> LoadWorkspace:
        """Work areas of the block loader, made when they are needed."""
        if self._blocks is None:
            longest = int(self._packages.room.max(initial=1))
            self._blocks = load_workspace(len(self._kinds), _BLOCKS, len(self._part.units), longest)
        return self._blocks

    def _filling(self, package: int, rows: Ints, place: Ints, worth: Ints) -> Filling:
        """Turn units where they stand into a plan of the first lumps of each kind."""
        counts = self._counts(rows)
        n = len(rows)
        unit = np.zeros(n, np.int32)
        plan = np.zeros((n, 6), np.int32)
        support = np.zeros(n, np.float32)
        write_plan(
            0, n, int(self._packages.clearance[package]), self._part.units[rows], place,
            self._areas.scratch, unit, plan, support,
        )  # fmt: skip
        return Filling(
            package,
            counts,
            int((np.array(counts) * worth).sum()),
            self._spots.first_of_kinds(rows)[unit],
            plan,
            support,
        )

    def _counts(self, rows: Ints) -> tuple[int, ...]:
        units = np.bincount(self._spots.kind[rows], minlength=len(self._kinds))
        return tuple((units // self._spots.size).tolist())


def _better(one: Filling | None, other: Filling | None) -> Filling | None:
    """The filling that is worth more, the first of equal ones."""
    if one is None or (other is not None and other.worth > one.worth):
        return other
    return one
