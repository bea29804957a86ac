"""Why a package cannot hold an order: one sentence for each reason, with numbers where short."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.spaces import ROTATIONS, is_mailer, packed_size_mm, rotations_allowed, usable_mm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders
    from packopt.policy import Policy

    Index = NDArray[np.int64]

_AXES: Final = ("length", "width", "height")
_WORDS: Final = {
    "reach": "no row of units, side by side, uses enough of the package's sides",
    "dff": "units longer than a half, a third, ... of the package shut each other out: their "
    "volumes, weighted for that, exceed it",
    "search": "every arrangement was tried, and none fits",
    "cpsat": "the constraint solver proved that no arrangement fits",
    "stock": "it is out of stock",
    "undecided": "neither a plan nor a proof was found within the effort",
}


@dataclass(frozen=True, eq=False)
class Case:
    """One order among all that an argument may refer to.

    Attributes
    ----------
    policy, orders, catalogue, costs
        What was asked.
    order
        Index of the order.
    """

    policy: Policy
    orders: Orders
    catalogue: Catalogue
    costs: PackageCosts
    order: int

    @property
    def lines(self) -> Index:
        """``(lines,)`` order lines of the order."""
        start = self.orders.line_start
        return np.arange(start[self.order], start[self.order + 1])

    @property
    def qty(self) -> Index:
        """``(lines,)`` units of each line."""
        return self.orders.qty[self.lines].astype(np.int64)

    def cost(self, package: int) -> float | None:
        """Cost of a package for the order; None where it is smaller than its content."""
        capacity = int(self.costs.capacity_mm3[package])
        if not self.is_mailer(package) and capacity < self.content_mm3:
            return None
        return float(self.costs.in_units(self.costs.cost_of(package, self.content_mm3)))

    @property
    def content_mm3(self) -> int:
        """Volume of the units, without padding and unpressed."""
        volume = self.orders.size_mm[self.lines].astype(np.int64).prod(axis=1)
        return int((volume * self.qty).sum())

    def is_mailer(self, package: int) -> bool:
        """Whether the package is a mailer."""
        return bool(is_mailer(self.catalogue)[package])

    def extents_mm(self, line: int, package: int) -> Index:
        """``(r, 3)`` extents of a padded unit in each rotation that it may take."""
        at = self.lines[[line]]
        size = packed_size_mm(self.orders, at, np.array([self.is_mailer(package)]))
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
        at = int(self.lines[line])
        padding = int(self.orders.padding_mm[at])
        padded = f" and {padding} mm of padding around" if padding else ""
        return f"{self.orders.skus[at].as_py()} ({sides(self.orders.size_mm[at])}{padded})"


def argument(case: Case, package: int, reason: str) -> str:
    """One sentence on why a package does not hold the order.

    Parameters
    ----------
    case
        The order.
    package
        Index of the package.
    reason
        One of `packopt.tables.REASONS`, as the result states it.

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
    return rules[reason](case, package) if reason in rules else _WORDS[reason]


def sides(size_mm: NDArray[np.integer]) -> str:
    """Sides as text."""
    return "{} × {} × {} mm".format(*size_mm.tolist())


def _weight(case: Case, package: int) -> str:
    content = int((case.orders.weight_g[case.lines] * case.qty).sum())
    limit = int(case.catalogue.max_content_g[package])
    return f"the content of {content:,} g is more than the {limit:,} g it may hold"


def _policy(case: Case, _package: int) -> str:
    unfit = case.orders.fragile[case.lines] | ~case.orders.mailer_ok[case.lines]
    if not unfit.any():
        return "the policy forbids it"
    line = int(np.flatnonzero(unfit)[0])
    why = "is fragile" if case.orders.fragile[case.lines[line]] else "may not travel in one"
    return f"it is a mailer, and {case.unit_name(line)} {why}"


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
