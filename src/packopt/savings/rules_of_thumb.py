"""Rules of thumb by which packages are picked without packing anything, as warehouse systems do.

Each rule picks one package for all units of an order that do not ship in their own containers.
Rules know what such systems know: volumes, sides and weights. They turn units freely, do not press
soft ones, and count padding to the sides but not to the volume. A mailer counts as the box that it
is at its greatest thickness; units that may not travel in mailers keep to cartons. Packages whose
size is chosen for the order have no size that a rule could know, so they are left out. Packages
that the order may not have, by site, temperature or ban, are left out as well, and stock is taken
to be endless. Where units lie in a package already, no rule has anything to pick.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.access import NOTHING, Access
from packopt.catalogue import MAILER
from packopt.errors import SavingsError
from packopt.labels import Labels
from packopt.nests import content_mm3
from packopt.parts import find_parts
from packopt.savings.quantities import OWN_CONTAINER, UNKNOWN
from packopt.savings.sides import names_of
from packopt.savings.verifying import Wanted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.alike import Alike
    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.savings.sides import Question

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

RULES: Final = ("volume-80", "first-fit-largest-side", "one-size-up")
_VOLUME: Final = re.compile(r"volume-([1-9][0-9]?|100)")
_ROWS: Final = 100_000  # orders compared with all packages at a time
_NONE: Final = -1


@dataclass(frozen=True, eq=False, slots=True)
class Shelf:
    """What a rule knows of ``k`` packages.

    Attributes
    ----------
    sides_mm
        ``(k, 3)`` usable sides, longest first.
    volume_mm3
        ``(k,)`` their product, less what coolant takes.
    most_g
        ``(k,)`` heaviest content; -1 without a limit.
    mailer
        ``(k,)`` True for mailers.
    by_volume
        Packages that a rule may pick, the smallest first.
    """

    sides_mm: Ints
    volume_mm3: Ints
    most_g: Ints
    mailer: Mask
    by_volume: Ints


@dataclass(frozen=True, eq=False, slots=True)
class Loads:
    """What a rule knows of ``n`` orders, of their units that need a package.

    Attributes
    ----------
    sides_mm
        ``(n, 3)`` the longest of their longest sides, of their second, and of their third ones.
    volume_mm3, weight_g
        ``(n,)`` sums.
    no_mailer
        ``(n,)`` True where some unit may not travel in a mailer.
    own
        ``(n,)`` units that ship as they are.
    empty
        ``(n,)`` True where no unit needs a package.
    """

    sides_mm: Ints
    volume_mm3: Ints
    weight_g: Ints
    no_mailer: Mask
    own: Ints
    empty: Mask


def pick(question: Question, rule: str) -> Wanted:
    """The packages that a rule of thumb picks.

    Parameters
    ----------
    question
        The orders, and packopt's plan for them.
    rule
        ``volume-80``: the smallest package that the units fill to 80 % at most and into which each
        of them goes by itself; any whole percentage from 1 to 100 will do.
        ``first-fit-largest-side``: the smallest package that has the units' volume and is as long
        as the longest of their sides. ``one-size-up``: instead of the package that packopt
        recommends, the smallest larger one of its kind that is nowhere narrower; the same one
        where there is none.

    Raises
    ------
    SavingsError
        If there is no such rule.
    """
    fits = _fit_of(rule)
    orders, catalogue, policy = question.orders, question.catalogue, question.policy
    shelf = _shelf(catalogue, policy)
    # Of orders that are alike a rule knows the same.
    kinds = question.kinds
    some = orders.take(kinds.first)
    loads, barred = _loads(some, policy), _barred(some, catalogue, policy)
    recommended = _recommended(question)
    if fits is None:
        picked = _one_size_up(recommended, shelf, barred, kinds)
    else:
        picked = _smallest(loads, shelf, barred, fits)[kinds.case]
    given = orders.placed_in.code >= 0
    own, empty = loads.own[kinds.case], loads.empty[kinds.case]
    return _wanted(np.where(given, recommended, picked), own, empty, catalogue)


def refuse_unknown(rule: str) -> None:
    """Raise a `SavingsError` if there is no such rule."""
    _fit_of(rule)


Fit = Callable[["Loads", "Shelf", slice], "Mask"]


def _fit_of(rule: str) -> Fit | None:
    """Which packages a rule lets an order have; None for the rule that goes by packopt's plan."""
    if rule == "one-size-up":
        return None
    if rule == "first-fit-largest-side":
        return _as_long
    if match := _VOLUME.fullmatch(rule):
        return _filled_to(int(match.group(1)))
    near = difflib.get_close_matches(rule, RULES, n=1, cutoff=0.4)
    advice = f"did you mean {near[0]!r}?" if near else "choose one of them"
    raise SavingsError(
        "baseline",
        f"found rule {rule!r}, expected one of {', '.join(RULES)} (or another percentage than 80); "
        f"{advice}",
    )


def _filled_to(percent: int) -> Fit:
    def fits(loads: Loads, shelf: Shelf, rows: slice) -> Mask:
        fits = loads.volume_mm3[rows, None] * 100 <= shelf.volume_mm3 * percent
        for axis in range(3):
            fits &= loads.sides_mm[rows, axis, None] <= shelf.sides_mm[:, axis]
        return np.asarray(fits)

    return fits


def _as_long(loads: Loads, shelf: Shelf, rows: slice) -> Mask:
    long_enough = loads.sides_mm[rows, 0, None] <= shelf.sides_mm[:, 0]
    return np.asarray(long_enough & (loads.volume_mm3[rows, None] <= shelf.volume_mm3))


def _smallest(loads: Loads, shelf: Shelf, barred: Mask, fits: Fit) -> Ints:
    """``(n,)`` the smallest package that a rule lets each order have; -1 where there is none."""
    n = len(loads.own)
    picked = np.full(n, _NONE, np.int64)
    if not len(shelf.by_volume):
        return picked
    for start in range(0, n, _ROWS):
        rows = slice(start, start + _ROWS)
        good = fits(loads, shelf, rows) & ~barred[rows]
        good &= ~(loads.no_mailer[rows, None] & shelf.mailer)
        good &= (shelf.most_g < 0) | (loads.weight_g[rows, None] <= shelf.most_g)
        good = good[:, shelf.by_volume]
        first = good.argmax(axis=1)
        picked[rows] = np.where(good.any(axis=1), shelf.by_volume[first], _NONE)
    return picked


def _one_size_up(package: Ints, shelf: Shelf, barred: Mask, kinds: Alike) -> Ints:
    """``(n,)`` the next larger package for orders in one package; -1 for the others."""
    above = [_above(shelf, k) for k in range(len(shelf.volume_mm3))]
    picked = package.copy()
    for k, larger in enumerate(above):
        waiting = np.flatnonzero(package == k)
        for one in larger:
            may = ~barred[kinds.case[waiting], one]
            picked[waiting[may]] = one
            waiting = waiting[~may]
    return picked


def _recommended(question: Question) -> Ints:
    """``(n,)`` the one package of packopt's plan; -1 where there are several or none."""
    n, plan = question.orders.n_orders, question.plan
    boxed = plan.package >= 0
    package = np.full(n, _NONE, np.int64)
    package[plan.order[boxed]] = plan.package[boxed]
    package[np.bincount(plan.order[boxed], minlength=n) > 1] = _NONE
    return package


def _above(shelf: Shelf, k: int) -> list[int]:
    """Packages of the same kind as ``k``, larger and nowhere narrower, the smallest first."""
    larger = shelf.volume_mm3 > shelf.volume_mm3[k]
    larger &= (shelf.sides_mm >= shelf.sides_mm[k]).all(axis=1)
    larger &= shelf.mailer == shelf.mailer[k]
    return [one for one in shelf.by_volume.tolist() if larger[one]]


def _shelf(catalogue: Catalogue, policy: Policy) -> Shelf:
    sides = catalogue.inner_mm.astype(np.int64)
    mailer = catalogue.kind == MAILER
    for k in np.flatnonzero(mailer).tolist():
        style, thickness = catalogue.style[k], sides[k, 2]
        sides[k, 0] -= policy.flap_allowance_mm[style] + thickness
        sides[k, 1] -= policy.seam_allowance_mm[style] + thickness
    sides = np.maximum(sides, 0)
    volume = np.maximum(sides.prod(axis=1) - catalogue.coolant_mm3, 0)
    limit = catalogue.max_content_g
    most = np.where(limit < 0, -1, np.maximum(limit - catalogue.coolant_g, 0))
    by_volume = sorted(
        np.flatnonzero(catalogue.kind <= MAILER).tolist(),
        key=lambda k: (int(volume[k]), catalogue.package_ids[k]),
    )
    return Shelf(
        sides_mm=-np.sort(-sides, axis=1),
        volume_mm3=volume,
        most_g=most,
        mailer=np.asarray(mailer),
        by_volume=np.array(by_volume, np.int64),
    )


def _loads(orders: Orders, policy: Policy) -> Loads:
    alone = orders.own_container & (policy.own_container == "always")
    packed, start = ~alone, orders.line_start[:-1]
    sides = orders.size_mm.astype(np.int64) + 2 * orders.padding_mm[:, None]
    sides = np.where(packed[:, None], -np.sort(-sides, axis=1), 0)
    longest = [np.maximum.reduceat(sides[:, axis].copy(), start) for axis in range(3)]
    qty = orders.qty.astype(np.int64)
    volume = content_mm3(orders, slice(None), qty)
    loose = packed & (~orders.mailer_ok | orders.fragile)
    return Loads(
        sides_mm=np.stack(longest, axis=1),
        volume_mm3=np.add.reduceat(np.where(packed, volume, 0), start),
        weight_g=np.add.reduceat(np.where(packed, orders.weight_g * qty, 0), start),
        no_mailer=np.logical_or.reduceat(loose, start),
        own=np.add.reduceat(np.where(alone, qty, 0), start),
        empty=~np.logical_or.reduceat(packed, start),
    )


def _barred(orders: Orders, catalogue: Catalogue, policy: Policy) -> Mask:
    """``(n, k)`` packages that orders may not have; all where units may not share a parcel."""
    parts = find_parts(orders, policy)
    barred, row = Access(catalogue, policy).table(orders, parts)
    of_order = np.full(orders.n_orders, NOTHING, np.int64)
    of_order[parts.order[~parts.torn]] = row[~parts.torn]
    of_order[np.bincount(parts.order, minlength=orders.n_orders) > 1] = NOTHING
    return np.asarray(barred[of_order] > 0)


def _wanted(picked: Ints, own: Ints, empty: Mask, catalogue: Catalogue) -> Wanted:
    """What is picked, and the units that ship as they are."""
    n = len(picked)
    picked = np.where(empty, _NONE, picked)
    # Where a unit needs a package and none is picked, there is no baseline at all.
    lost = (picked == _NONE) & ~empty
    own = np.where(lost, 0, own)
    boxed = np.flatnonzero(picked != _NONE)
    order = np.concatenate([boxed, np.repeat(np.arange(n), own)])
    package = np.concatenate([picked[boxed], np.full(own.sum(), OWN_CONTAINER)])
    by_order = np.argsort(order, kind="stable")
    alone = np.where(empty & (own == 1), OWN_CONTAINER, UNKNOWN)
    single = np.where((picked != _NONE) & (own == 0), picked, alone)
    return Wanted(
        order=order[by_order],
        package=package[by_order],
        name=names_of(single, catalogue).cast(pa.string()),
        why=Labels(np.where(lost, 0, -1).astype(np.int32), ("the rule finds no package",)),
    )
