"""The offer: package types that are candidates beside boxes of the grid.

Those are today's types, and new ones of other kinds than plain cartons. New ones follow from the
frontiers: each box of a frontier, flat as the bag that holds it or as the footprint of a carton
with score lines, thinned to a few hundred sizes. What they hold is asked of the kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE
from packopt.costing import package_costs
from packopt.size_costs import size_costs
from packopt.suite.boxes import base_costs
from packopt.suite.candidates import joins, thinned

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.suite.boxes import Shop
    from packopt.suite.settings import Wanted

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Steps = NDArray[np.int32]
    Mask = NDArray[np.bool_]

#: One new type of each other kind for so many boxes that are asked for, and the least and the most.
_PER_BOXES: Final = 10
_LEAST: Final = 20
_MOST: Final = 200


@dataclass(frozen=True, eq=False)
class Offer:
    """``n`` package types: today's first, then new ones.

    Attributes
    ----------
    parts
        Catalogues of them, today's first where there is one.
    n_today
        How many of them are today's.
    notes
        Which kinds were asked for and cannot be made, and why.
    """

    parts: tuple[Catalogue, ...] = ()
    n_today: int = 0
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, today: Catalogue | None, *new: Catalogue, notes: Iterable[str] = ()) -> Offer:
        """Today's types, if there are any, and new ones."""
        parts = (*(() if today is None else (today,)), *new)
        return cls(parts, 0 if today is None else today.n_packages, tuple(notes))

    @property
    def n_packages(self) -> int:
        """Number of types."""
        return sum(part.n_packages for part in self.parts)

    @cached_property
    def package_ids(self) -> tuple[str, ...]:
        """Names of all types."""
        return tuple(name for part in self.parts for name in part.package_ids)

    @cached_property
    def kind(self) -> Ints:
        """``(n,)`` kinds as in `packopt.catalogue`."""
        none = np.empty(0, np.int64)
        return np.concatenate([none, *(part.kind.astype(np.int64) for part in self.parts)])

    def take(self, packages: Ints) -> list[Catalogue]:
        """Some types, ascending, part by part."""
        taken, begin = [], 0
        for part in self.parts:
            end = begin + part.n_packages
            some = packages[(packages >= begin) & (packages < end)] - begin
            taken += [part.take(some)] if len(some) else []
            begin = end
        return taken

    def base(self, policy: Policy) -> Floats:
        """``(n,)`` cost with nothing but filler inside, at the least size where it is chosen."""
        none = np.empty(0, np.float64)
        return np.concatenate([none, *(least_costs(part, policy) for part in self.parts)])


def least_costs(catalogue: Catalogue, policy: Policy) -> Floats:
    """``(k,)`` cost of packages with nothing but filler inside, at the least size there is."""
    costs = package_costs(catalogue, policy)
    base = base_costs(costs)
    sized = np.flatnonzero(catalogue.kind >= ADJUSTABLE)
    if len(sized):
        base[sized] = size_costs(catalogue, policy, costs).least_cost(sized, np.zeros(len(sized)))
    return base.astype(np.float64)


def new_mailers(
    shop: Shop, wanted: Wanted, boxes: Steps, row: Ints, free: Mask, taken: tuple[str, ...]
) -> Catalogue | None:
    """Mailers in sizes that contents need.

    A flat bag that holds thickness h loses h of its length and of its width (the half girth of
    its material does not stretch), and seams and flap; so a box ``l, w, h`` needs a flat length of
    ``l + h`` and a flat width of ``w + h`` and these.

    Parameters
    ----------
    shop
        What can be made.
    wanted
        How many candidates.
    boxes, row
        ``(b, 3)`` frontiers in steps, of contents that may go into mailers, and ``(b,)`` the row
        that each is of.
    free
        ``(r,)`` whether boxes of a row are sorted sides, which may lie on any face.
    taken
        Names that are today's.

    Returns
    -------
    The mailers, or None where nothing lies flat enough.
    """
    made, grid = shop.machine.mailer, shop.grid_mm
    policy, wall = shop.policy, 2 * shop.policy.wall_clearance_mm
    sides = boxes.astype(np.int64) * grid
    # Sorted sides lie on their largest face; others stand as they must.
    flat = free[row]
    thin = np.where(flat, sides[:, 0], sides[:, 2]) - wall
    long = np.where(flat, sides[:, 2], sides[:, 1])
    wide = np.where(flat, sides[:, 1], sides[:, 0])
    length = long + thin + policy.flap_allowance_mm[made.style]
    width = wide + thin + policy.seam_allowance_mm[made.style]
    size = -(-np.stack([length, width], axis=1) // grid)
    least, most = -(-made.least_side_mm // grid), made.most_side_mm // grid
    size = np.maximum(size, least)[thin <= made.max_thickness_mm]
    size = np.maximum(size, -(-size[:, ::-1] // made.most_ratio).astype(np.int64))
    size = size[(size <= most).all(axis=1)]
    if not len(size):
        return None
    mm = joins(np.unique(size, axis=0), _some(wanted)).astype(np.int64) * grid
    columns: dict[str, Any] = {
        "package_id": _names("M", mm, taken),
        "kind": ["mailer"] * len(mm),
        "style": [made.style] * len(mm),
        "length_mm": mm[:, 0],
        "width_mm": mm[:, 1],
        "max_thickness_mm": [made.max_thickness_mm] * len(mm),
    }
    if made.grammage_gsm is not None:
        columns["grammage_gsm"] = [made.grammage_gsm] * len(mm)
    if shop.machine.max_content_g is not None:
        columns["max_content_g"] = [shop.machine.max_content_g] * len(mm)
    return shop.priced(columns, made.price_per_m2, made.price_each)


def new_adjustables(
    shop: Shop,
    wanted: Wanted,
    boxes: Steps,
    box_start: Ints,
    free: Mask,
    weight: Floats,
    taken: tuple[str, ...],
) -> Catalogue | None:
    """Adjustable cartons in sizes that contents need, each with the machine's score lines.

    Parameters
    ----------
    shop
        What can be made.
    wanted
        How many candidates.
    boxes, box_start, free, weight
        The frontiers, as for `packopt.suite.candidates.thinned`.
    taken
        Names that are today's.

    Returns
    -------
    The cartons, or None where none is high enough to be folded down.
    """
    made = shop.machine.adjustable
    steps = thinned(shop, boxes, box_start, free, weight, _some(wanted))
    low = steps[:, 2] * shop.grid_mm - made.scores * made.step_mm
    steps = steps[low >= shop.machine.least_side_mm]
    if not len(steps):
        return None
    columns = shop.columns(steps)
    mm = np.stack([columns[f"{name}_mm"] for name in ("length", "width", "height")], axis=1)
    columns |= {
        "package_id": _names("A", mm, taken),
        "kind": ["adjustable"] * len(steps),
        "min_height_mm": mm[:, 2] - made.scores * made.step_mm,
        "step_mm": [made.step_mm] * len(steps),
    }
    return shop.priced(columns, shop.machine.price_per_m2, shop.machine.price_each)


def no_mailers(shop: Shop) -> str:
    """Why no mailer can be made, and what to do."""
    made = shop.machine.mailer
    return (
        f"field mailer: found a thickness of at most {made.max_thickness_mm} mm and flat sides of "
        f"{made.least_side_mm} to {made.most_side_mm} mm, expected limits by which some mailer "
        "holds some content of the fitting period that may go into one; widen them, or leave "
        "mailer out of kinds"
    )


def no_adjustables(shop: Shop) -> str:
    """Why no adjustable carton can be made, and what to do."""
    made, machine = shop.machine.adjustable, shop.machine
    return (
        f"field adjustable: found {made.scores} score lines {made.step_mm} mm apart, by which a "
        f"carton of at least {machine.least_side_mm} mm folded down is at least "
        f"{machine.least_side_mm + made.scores * made.step_mm} mm high, expected some carton of "
        "the fitting period's contents as high; lower scores or step_mm, or leave adjustable out "
        "of kinds"
    )


def _some(wanted: Wanted) -> int:
    return min(max(wanted.candidates // _PER_BOXES, _LEAST), _MOST)


def _names(letter: str, mm: Ints, taken: tuple[str, ...]) -> list[str]:
    names = [letter + "x".join(map(str, sides)) for sides in mm.tolist()]
    return [f"{name}-new" if name in taken else name for name in names]
