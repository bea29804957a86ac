"""Lumps and their kinds: what of a part moves as one, and what is interchangeable.

A *lump* is a unit that stands alone, or the units of a bundle. Lumps of one *kind* are equal in
every respect that a parcel sees, so a set of lumps is a count of each kind: *counts*. The lumps of
a kind are taken in the order of their rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from packopt.splitting.question import Parcel, Part

    Ints = NDArray[np.int64]
    Counts = tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Kinds:
    """The lumps of a part by kind: ``t`` kinds of ``n`` units in all.

    Attributes
    ----------
    lumps
        For each kind its lumps, each the ascending rows of its units.
    count
        ``(t,)`` lumps of each kind.
    clash
        ``(t, t)`` 1 for kinds that may not share a parcel; symmetric, 0 on the diagonal, since
        lumps that clash with each other are of different kinds.
    content_mm3, weight_g
        ``(t,)`` of one lump.
    no_mailer
        ``(t,)`` True for lumps that may not travel in a mailer.
    own
        ``(t,)`` True for single units that may ship in their own container.
    """

    lumps: tuple[tuple[Ints, ...], ...]
    count: Ints
    clash: NDArray[np.uint8]
    content_mm3: Ints
    weight_g: Ints
    no_mailer: NDArray[np.bool_]
    own: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.count)

    @property
    def first(self) -> list[Ints]:
        """One lump of each kind."""
        return [lumps[0] for lumps in self.lumps]

    def rows(self, counts: Sequence[int]) -> Ints:
        """Ascending rows of the units of so many lumps of each kind, the first ones of each."""
        chosen = [rows for lumps, c in zip(self.lumps, counts, strict=True) for rows in lumps[:c]]
        return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, np.int64)

    def counts(self, rows: Ints) -> Counts:
        """Lumps of each kind among whole lumps given by their rows, in any sequence."""
        wanted = set(rows.tolist())
        return tuple(
            sum(int(lump[0]) in wanted for lump in lumps) if wanted else 0 for lumps in self.lumps
        )

    def without(self, kinds: NDArray[np.bool_]) -> Kinds:
        """The other kinds."""
        keep = np.flatnonzero(~kinds)
        return Kinds(
            tuple(self.lumps[t] for t in keep.tolist()),
            self.count[keep],
            np.ascontiguousarray(self.clash[np.ix_(keep, keep)]),
            self.content_mm3[keep],
            self.weight_g[keep],
            self.no_mailer[keep],
            self.own[keep],
        )


def hand_out(kinds: Kinds, parcels: Iterable[Parcel]) -> list[Parcel]:
    """Give each parcel lumps of its own, in the place of lumps of the same kind.

    Parameters
    ----------
    kinds
        The lumps there are.
    parcels
        Parcels that may each have been planned with the same lumps, all together not more of any
        kind than there are.

    Returns
    -------
    The parcels, heaviest content first, no lump in two of them.
    """
    lump_of = {
        int(row): (t, i, place)
        for t, lumps in enumerate(kinds.lumps)
        for i, lump in enumerate(lumps)
        for place, row in enumerate(lump.tolist())
    }
    handed = [0] * len(kinds)
    renamed = []
    for parcel in parcels:
        known: dict[tuple[int, int], int] = {}
        unit = np.empty_like(parcel.unit)
        # Lumps of a kind are handed out in the order of their rows, whatever the sequence.
        for row in sorted(parcel.unit.tolist()):
            t, i, _ = lump_of[row]
            if (t, i) not in known:
                known[t, i] = handed[t]
                handed[t] += 1
        for at, row in enumerate(parcel.unit.tolist()):
            t, i, place = lump_of[row]
            unit[at] = kinds.lumps[t][known[t, i]][place]
        renamed.append(replace(parcel, unit=unit))
    return sorted(renamed, key=lambda parcel: _heaviest_first(kinds, lump_of, parcel))


def _heaviest_first(
    kinds: Kinds, lump_of: dict[int, tuple[int, int, int]], parcel: Parcel
) -> tuple[int, int, int]:
    rows = parcel.unit.tolist()
    firsts = [lump_of[row] for row in rows]
    weight = sum(int(kinds.weight_g[t]) for t, _, place in firsts if place == 0)
    content = sum(int(kinds.content_mm3[t]) for t, _, place in firsts if place == 0)
    return -weight, -content, min(rows)


def kinds_of(part: Part) -> Kinds:
    """Gather the units of a part into lumps, and those into kinds, by their first rows.

    Parameters
    ----------
    part
        Its units in canonical order.

    Returns
    -------
    Kinds
        In the order of their first lumps.
    """
    lumps = _lumps(part)
    clash = _lump_clash(part, lumps)
    kind: dict[bytes, int] = {}
    members: list[list[int]] = []
    for i, rows in enumerate(lumps):
        # Interchangeable lumps clash with the same others, and so not with each other.
        traits = (
            part.units[rows].tobytes(),
            part.content_mm3[rows].tobytes(),
            part.weight_g[rows].tobytes(),
            part.no_mailer[rows].tobytes(),
            part.own[rows].tobytes(),
            clash[i].tobytes(),
        )
        key = b"".join(len(trait).to_bytes(4, "little") + trait for trait in traits)
        t = kind.setdefault(key, len(members))
        if t == len(members):
            members.append([])
        members[t].append(i)
    first = [group[0] for group in members]
    return Kinds(
        lumps=tuple(tuple(lumps[i] for i in group) for group in members),
        count=np.array([len(group) for group in members], np.int64),
        clash=np.ascontiguousarray(clash[np.ix_(first, first)].astype(np.uint8)),
        content_mm3=np.array([part.content_mm3[lumps[i]].sum() for i in first], np.int64),
        weight_g=np.array([part.weight_g[lumps[i]].sum() for i in first], np.int64),
        no_mailer=np.array([part.no_mailer[lumps[i]].any() for i in first], np.bool_),
        own=np.array([len(lumps[i]) == 1 and part.own[lumps[i][0]] for i in first], np.bool_),
    )


def _lumps(part: Part) -> list[Ints]:
    """Rows of each lump, in the order of first rows."""
    lumps: list[list[int]] = []
    of_bundle: dict[int, list[int]] = {}
    for row, bundle in enumerate(part.bundle.tolist()):
        if bundle >= 0 and bundle in of_bundle:
            of_bundle[bundle].append(row)
            continue
        lumps.append([row])
        if bundle >= 0:
            of_bundle[bundle] = lumps[-1]
    return [np.array(rows, np.int64) for rows in lumps]


def _lump_clash(part: Part, lumps: list[Ints]) -> NDArray[np.bool_]:
    """Whether some unit of one lump clashes with some unit of another, ``(l, l)``."""
    if all(len(rows) == 1 for rows in lumps):
        rows = np.concatenate(lumps)
        return np.asarray(part.clash[np.ix_(rows, rows)])
    lump = np.empty(len(part.units), np.int64)
    for i, rows in enumerate(lumps):
        lump[rows] = i
    clash = np.zeros((len(lumps), len(lumps)), np.bool_)
    a, b = np.nonzero(part.clash)
    clash[lump[a], lump[b]] = True
    return clash
