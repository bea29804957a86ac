"""Why a package cannot hold an order: one sentence for each reason, with numbers where short."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE
from packopt.freight.costs import why_refused
from packopt.refusals import name_of, quarrel, refusal
from packopt.spaces import (
    ROTATIONS,
    is_mailer,
    most_content_g,
    packed_size_mm,
    rotations_allowed,
    things,
    usable_mm,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.size_costs import SizeCosts

    Index = NDArray[np.int64]

_AXES: Final = ("length", "width", "height")
_WORDS: Final = {
    "reach": "no row of units, side by side, uses enough of the package's sides",
    "dff": "units longer than a half, a third, ... of the package shut each other out: their "
    "volumes, weighted for that, exceed it",
    "search": "every arrangement was tried, and none fits",
    "cpsat": "the constraint solver proved that no arrangement fits",
    "stock": "it was out of stock when it was this order's turn",
    "undecided": "neither a plan nor a proof was found within the effort",
}


#: Of packages that are made in several sizes: why none of those that would be cheaper holds it.
_SIZES: Final = {
    "side": "some unit does not fit",
    "volume": "the units take more room than there is",
    "pair": "some units never fit side by side",
}


@dataclass(frozen=True, eq=False)
class Case:
    """Units of one order that an argument is about, as one parcel.

    Attributes
    ----------
    policy, orders, catalogue, costs, sizes
        What was asked.
    order
        Index of the order.
    only
        A line of which one unit is meant, or all units that it is kept together with; None where
        all units are.
    """

    policy: Policy
    orders: Orders
    catalogue: Catalogue
    costs: PackageCosts
    sizes: SizeCosts
    order: int
    only: int | None = None

    @property
    def lines(self) -> Index:
        """``(lines,)`` order lines of the units.

        Of an order in a part-filled package, without those that ship in their own containers.
        """
        lines = self._every_line
        if self.only is None:
            filled = self.orders.placed_in.code[self.order] >= 0
            alone = self.orders.own_container[lines] & (self.policy.own_container == "always")
            return lines[~alone] if filled else lines
        bundle = self.orders.keep_together.code
        kept = (lines == self.only) | ((bundle[lines] == bundle[self.only]) & self._bundled)
        return np.asarray(lines[kept])

    @property
    def _every_line(self) -> Index:
        start = self.orders.line_start
        return np.arange(start[self.order], start[self.order + 1])

    @property
    def _bundled(self) -> bool:
        return self.only is not None and bool(self.orders.keep_together.code[self.only] >= 0)

    def alone(self, line: int) -> Case:
        """A unit of a line without the rest of the order, but for what it is kept together with."""
        return replace(self, only=line)

    @property
    def given(self) -> int:
        """Units that lay in the package before."""
        return int((self.orders.placed_mm[self.lines, 0] >= 0).sum())

    def refusal(self, package: int) -> str | None:
        """Which rule keeps the units from a package, whatever its size; None where none does."""
        found = refusal(self.orders, self.catalogue, self.policy, self.order, self.lines, package)
        if found is None and len(self.lines) < len(self._every_line) and self.only is None:
            alone = quarrel(self.orders, self.policy, self._every_line)
            most = self.policy.max_parcels
            return f"{alone}, which makes more parcels than the {most} that there may be"
        return found or self._too_empty(package) or self._not_carried(package)

    def _not_carried(self, package: int) -> str | None:
        """Why the carrier does not take the package with the units in it."""
        mass = int((self.orders.weight_g[self.lines].astype(np.int64) * self.units).sum())
        return why_refused(self.catalogue, self.policy, package, mass, self.content_mm3)

    def _too_empty(self, package: int) -> str | None:
        """How much of a package would be empty, if that is more than the policy allows.

        Of a mailer at the thickness that leaves least, of a package in several sizes at the least.
        """
        if not self.policy.limits_empty_space:
            return None
        limit = float(self.policy.max_empty_space or 0.0)
        volume = self._volumes_mm3(package)
        content = self._pressed_mm3 if self.is_mailer(package) else self.content_mm3
        empty = float(np.maximum(1 - content / np.maximum(volume, 1), 0.0).min())
        if empty <= limit:
            return None
        basis = self.policy.max_empty_space_basis
        least = "at least " if self.is_mailer(package) or self.is_flexible(package) else ""
        return (
            f"{least}{empty:.1%} of its {basis} volume would be empty, more than the {limit:.1%} "
            "that the policy allows"
        )

    def _volumes_mm3(self, package: int) -> Index:
        """``(h,)`` volumes: of a mailer at each thickness that its thickest unit leaves."""
        catalogue, outside = self.catalogue, self.policy.max_empty_space_basis == "outer"
        if self.is_mailer(package):
            wall = 2 * self.policy.wall_clearance_mm if outside else 0
            space = self.spaces_mm(package) + np.array([wall, wall, 0])
            lying = [self.extents_mm(line, package).min() for line in range(len(self.lines))]
            thick = space[(space > 0).all(axis=1) & (space[:, 2] >= max(lying))]
            return np.asarray(thick.prod(axis=1) if len(thick) else np.ones(1, np.int64))
        inner = catalogue.inner_mm[package].astype(np.int64)
        made = catalogue.least_mm[package] if self.is_flexible(package) else inner
        wall_mm = catalogue.outer_mm[package] - inner if outside else np.zeros(3, np.int64)
        return np.asarray((made + wall_mm).astype(np.int64).prod())[None]

    @property
    def _pressed_mm3(self) -> int:
        """Volume of the units as a mailer presses them."""
        count, nested = things(self.orders, self.lines, self.units)
        size = packed_size_mm(self.orders, self.lines, np.ones(len(count), np.bool_), nested)
        return int((size.astype(np.int64).prod(axis=1) * count).sum())

    @property
    def units(self) -> Index:
        """``(lines,)`` units of each line."""
        if self.only is not None and not self._bundled:
            return np.ones(1, np.int64)
        return self.orders.qty[self.lines].astype(np.int64)

    @property
    def qty(self) -> Index:
        """``(lines,)`` things to pack of each line: units, or one nest."""
        return things(self.orders, self.lines, self.units)[0]

    def cost(self, package: int) -> float | None:
        """Cost of a package for the order; None where it is smaller than its content.

        Of a package that is made in several sizes, the least.
        """
        capacity = int(self.costs.capacity_mm3[package])
        if not self.is_mailer(package) and capacity < self.content_mm3:
            return None
        least = self.sizes.least_cost([package], [self.content_mm3])[0]
        return float(self.costs.in_units(least))

    def is_flexible(self, package: int) -> bool:
        """Whether the size of the package is chosen for the content."""
        return bool(self.catalogue.kind[package] >= ADJUSTABLE)

    @property
    def content_mm3(self) -> int:
        """Volume of the units, without padding and unpressed; of a nest, as it stands."""
        count, nested = things(self.orders, self.lines, self.units)
        size = packed_size_mm(self.orders, self.lines, np.zeros(len(count), np.bool_), nested)
        return int((size.astype(np.int64).prod(axis=1) * count).sum())

    def is_mailer(self, package: int) -> bool:
        """Whether the package is a mailer."""
        return bool(is_mailer(self.catalogue)[package])

    def extents_mm(self, line: int, package: int) -> Index:
        """``(r, 3)`` extents of a padded unit in each rotation that it may take."""
        at = self.lines[[line]]
        nested = things(self.orders, at, self.units[[line]])[1]
        size = packed_size_mm(self.orders, at, np.array([self.is_mailer(package)]), nested)
        allowed = rotations_allowed(self.orders.orientation[at], size)[0]
        padding = 2 * int(self.orders.padding_mm[at[0]])
        return np.asarray(size.astype(np.int64)[0, ROTATIONS][allowed] + padding)

    def spaces_mm(self, package: int) -> Index:
        """``(h, 3)`` usable space: of a mailer at each thickness, of a carton one."""
        most = int(self.catalogue.inner_mm[package, 2])
        thickness = np.arange(1, most + 1) if self.is_mailer(package) else np.zeros(1, np.int64)
        package_each = np.full(len(thickness), package)
        space = usable_mm(self.catalogue, self.policy, package_each, thickness)
        return np.maximum(space, 0)

    def unit_name(self, line: int) -> str:
        """A unit by sku and sides, and its padding where it has some."""
        at = self.lines[[line]]
        nested = int(things(self.orders, at, self.units[[line]])[1][0])
        stacked = f"a nest of {nested} " if nested > 1 else ""
        return stacked + name_of(self.orders, int(at[0]))


def argument(case: Case, package: int, reason: str, *, cheaper: bool = False) -> str:
    """One sentence on why a package does not hold the order.

    Parameters
    ----------
    case
        The order.
    package
        Index of the package.
    reason
        One of `packopt.tables.REASONS`, as the result states it.
    cheaper
        Whether only those of the package's sizes are meant that would be cheaper.

    Returns
    -------
    str
        With the numbers where the arithmetic is short.
    """
    rules = {
        "weight": _weight,
        "policy": _policy,
        "side": _side,
        "volume": _volume,
        "pair": _pair,
    }
    if cheaper and case.is_flexible(package) and reason not in ("weight", "policy", "stock"):
        return f"in each size that would be cheaper: {(_SIZES | _WORDS)[reason]}"
    return rules[reason](case, package) if reason in rules else _WORDS[reason]


def sides(size_mm: NDArray[np.integer]) -> str:
    """Sides as text."""
    return "{} × {} × {} mm".format(*size_mm.tolist())


def _weight(case: Case, package: int) -> str:
    content = int((case.orders.weight_g[case.lines].astype(np.int64) * case.units).sum())
    limit = int(most_content_g(case.catalogue)[package])
    coolant = int(case.catalogue.coolant_g[package])
    beside = f" beside {coolant:,} g of coolant" if coolant else ""
    return f"the content of {content:,} g is more than the {limit:,} g it may hold{beside}"


def _policy(case: Case, package: int) -> str:
    return case.refusal(package) or _limit(case, package) or "the policy forbids it"


def _limit(case: Case, package: int) -> str | None:
    """What the limit of empty space has to do with a package that may keep it at some size."""
    if not case.policy.limits_empty_space:
        return None
    what = "thickness" if case.is_mailer(package) else "size"
    limit = float(case.policy.max_empty_space or 0.0)
    return (
        f"it holds the units at no {what} at which only {limit:.1%} of it would be empty, the most "
        "that the policy allows"
    )


def _side(case: Case, package: int) -> str:
    spaces = case.spaces_mm(package)
    for line in range(len(case.lines)):
        extents = case.extents_mm(line, package)
        if (extents[:, None, :] <= spaces[None, :, :]).all(axis=2).any():
            continue
        longest, room = int(extents.max()), int(spaces.max())
        unit = case.unit_name(line)
        if longest > room and not case.is_mailer(package):
            return f"{unit} needs {longest} mm along some side, and the longest offers {room} mm"
        for axis, need, offer in zip(_AXES, extents.min(axis=0), spaces.max(axis=0), strict=True):
            if need > offer:
                side = "thickness" if case.is_mailer(package) and axis == "height" else axis
                return f"{unit} needs {need} mm of {side}, and the package offers {offer} mm"
        return f"{unit} fits in no orientation that it may take{_thickness_note(case, package)}"
    return f"at each thickness some unit does not fit{_thickness_note(case, package)}"


def _volume(case: Case, package: int) -> str:
    content = sum(
        int(case.extents_mm(line, package)[0].prod()) * int(units)
        for line, units in enumerate(case.qty)
    )
    room = int(case.spaces_mm(package).prod(axis=1).max())
    padded = " with their padding" if case.orders.padding_mm[case.lines].any() else ""
    return (
        f"the units{padded} take {_litres(content, room)} L, and it offers at most "
        f"{_litres(room, content)} L{_thickness_note(case, package)}"
    )


def _pair(case: Case, package: int) -> str:
    if case.is_mailer(package):
        return f"some units never fit side by side{_thickness_note(case, package)}"
    space = case.spaces_mm(package)[0]
    fitting = [case.extents_mm(line, package) for line in range(len(case.lines))]
    fitting = [extents[(extents <= space).all(axis=1)] for extents in fitting]
    for first, second in combinations_with_replacement(range(len(fitting)), 2):
        if first == second and case.qty[first] == 1:
            continue
        if not len(fitting[first]) or not len(fitting[second]):
            continue
        need = fitting[first].min(axis=0) + fitting[second].min(axis=0)
        if (need > space).all():
            return f"{_two(case, first, second)} {_never_side_by_side(need, space)}"
    return "some units can only lie in a row, and are longer together than the package"


def _two(case: Case, first: int, second: int) -> str:
    if first == second:
        return f"two units of {case.unit_name(first)}"
    return f"{case.unit_name(first)} and {case.unit_name(second)}"


def _never_side_by_side(need_mm: Index, space_mm: Index) -> str:
    parts = [
        f"{need_mm[axis]} of {space_mm[axis]} mm along its {name}"
        for axis, name in enumerate(_AXES)
    ]
    return f"never fit together: side by side they need {', '.join(parts)}"


def _thickness_note(case: Case, package: int) -> str:
    if not case.is_mailer(package):
        return ""
    most = int(case.catalogue.inner_mm[package, 2])
    return f"; the mailer is at most {most} mm thick, and thickness costs it length and width"


def _litres(volume_mm3: int, other_mm3: int) -> str:
    """Litres with as many digits as it takes to tell two volumes apart."""
    digits = next(
        (
            digits
            for digits in range(2, 6)
            if round(volume_mm3 / 1e6, digits) != round(other_mm3 / 1e6, digits)
        ),
        6,
    )
    return f"{volume_mm3 / 1e6:,.{digits}f}"
