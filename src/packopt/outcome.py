"""From parts to orders: what was found for the parts of an order is what was found for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from packopt.access import POLICY
from packopt.runs import run_rows
from packopt.splitting.question import NEVER
from packopt.tables import VERDICTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.costing import PackageCosts
    from packopt.kernel.batch import Answers, Batch
    from packopt.orders import Orders
    from packopt.parts import Parts
    from packopt.policy import Policy

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

OPTIMAL, FEASIBLE, UNPACKABLE, UNDECIDED, PARTIAL = range(len(VERDICTS))


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """What the kernel was asked about a batch, and what it answered.

    Attributes
    ----------
    orders, parts
        The orders, taken apart.
    batch, unit_line, answers
        The parts to the kernel, the order line of each of its units, and its answers.
    access
        ``(p,)`` row of ``Packages.barred`` that the units of each part go by.
    left
        ``(p, k)`` packages in stock, -1 without a limit; one row for all parts where there is no
        stock to mind.
    size_mm
        ``(p, 3)`` inner sides of the chosen package where they were chosen too, else 0.
    cost, bound
        ``(p,)`` cost steps of the chosen package, and of the cheapest that is not ruled out.
    """

    orders: Orders
    parts: Parts
    batch: Batch
    unit_line: Ints
    answers: Answers
    access: NDArray[np.int32]
    left: Ints
    size_mm: NDArray[np.int32]
    cost: Ints
    bound: Ints

    @property
    def units(self) -> Ints:
        """``(p,)`` units of each part, those of nests counted."""
        things = np.diff(self.batch.start)
        if not self.orders.nest_height_mm.any():
            return things
        return np.asarray(
            np.add.reduceat(self.orders.qty[self.parts.line], self.parts.start[:-1]), np.int64
        )

    def units_of(self, parts: Ints) -> tuple[Ints, Ints]:
        """The kernel's units of some parts, ``(u,)``, and how many each part has, ``(q,)``."""
        first = self.batch.start[parts]
        n_units = self.batch.start[parts + 1] - first
        return run_rows(first, n_units), n_units


@dataclass(eq=False, slots=True)
class Found:
    """What was found for each of ``p`` parts; splitting changes it in place.

    Attributes
    ----------
    parcels
        ``(p,)`` 0 where no plan was found.
    fewest
        ``(p,)`` parcels proved to be needed.
    cost, bound
        ``(p,)`` cost steps, prices of parcels included; `NEVER` for none, and as a bound where
        it is proved that nothing holds the part.
    work
        ``(p,)`` search nodes and greedy runs.
    homeless
        ``(h, 2)`` part and order line of each unit that fits no package, with `reason` ``(h,)``.
    """

    parcels: Ints
    fewest: Ints
    cost: Ints
    bound: Ints
    work: Ints
    homeless: Ints
    reason: NDArray[np.uint8]


def reasons_of_largest(answers: Answers, rows: Ints, volume_mm3: Ints) -> NDArray[np.uint8]:
    """Why the package of largest volume holds none of some units, ``(h,)``.

    Parameters
    ----------
    answers
        The kernel's answers.
    rows
        ``(h,)`` single units among them, for which every package is ruled out.
    volume_mm3
        ``(k,)`` volume of the packages.
    """
    asked = answers.ruled.reshape(-1, len(volume_mm3))[rows]
    within = np.arange(len(volume_mm3)) < answers.n_ruled[rows, None]
    volume = np.where(within, volume_mm3[np.where(within, asked, 0)], -1)
    largest = rows * len(volume_mm3) + volume.argmax(axis=1)
    return np.asarray(answers.reason[largest], dtype=np.uint8)


@dataclass(frozen=True, eq=False, slots=True)
class Outcome:
    """What was found for each of ``n`` orders.

    Attributes
    ----------
    verdict
        ``(n,)`` index into `VERDICTS`.
    parcels, fewest
        ``(n,)`` parcels found, and proved to be needed; -1 where nothing holds the order.
    cost, bound
        ``(n,)`` cost steps, prices of parcels included; `NEVER` for none.
    work
        ``(n,)`` search nodes and greedy runs.
    ruled_order, ruled_package, ruled_reason
        ``(r,)`` packages that cannot hold an order as one parcel, cheapest first.
    unpacked_order, unpacked_line, unpacked_qty, unpacked_reason
        ``(h,)`` units that fit no package.
    """

    verdict: NDArray[np.uint8]
    parcels: Ints
    fewest: Ints
    cost: Ints
    bound: Ints
    work: Ints
    ruled_order: Ints
    ruled_package: NDArray[np.int32]
    ruled_reason: NDArray[np.uint8]
    unpacked_order: Ints
    unpacked_line: Ints
    unpacked_qty: Ints
    unpacked_reason: NDArray[np.uint8]


def parcel_price(policy: Policy, costs: PackageCosts) -> int:
    """Cost steps that the policy asks for each parcel."""
    return round((policy.parcel_price or 0.0) * costs.scale)


def conclude(asked: Asked, policy: Policy, price: int, found: Found, ranking: Ints) -> Outcome:
    """Put the parts of each order together.

    Parameters
    ----------
    asked
        The parts, and what the kernel answered.
    policy
        Under which rules.
    price
        Cost steps for each parcel; 0 where parcels have no price.
    found
        What was found for the parts.
    ranking
        ``(k,)`` all packages, in the order in which they are listed where none can be asked.
    """
    orders, parts = asked.orders, asked.parts
    n = orders.n_orders
    alone = np.zeros(n, np.int64)
    if len(parts.alone):
        order_of_line = np.repeat(np.arange(n), np.diff(orders.line_start))
        np.add.at(alone, order_of_line[parts.alone], orders.qty[parts.alone])

    def total(values: Ints) -> Ints:
        if parts.whole:
            return values.copy()
        sums = np.zeros(n, np.int64)
        np.add.at(sums, parts.order, values)
        return sums

    nothing, proved = found.parcels == 0, found.bound >= NEVER
    impossible = total((nothing & proved).astype(np.int64)) > 0
    unknown = total((nothing & ~proved).astype(np.int64)) > 0
    homeless = np.zeros(n, np.bool_)
    homeless[parts.order[found.homeless[:, 0]]] = True
    # Parts with units that fit some package, but not the parcels that there may be.
    lost = np.bincount(found.homeless[:, 0], minlength=len(nothing))
    cramped_parts = nothing & proved & (lost < asked.units)
    cramped = total(cramped_parts.astype(np.int64)) > 0
    parcels = total(found.parcels) + alone
    fewest = total(np.where(proved, 0, found.fewest)) + alone
    cost = total(np.where(nothing, 0, found.cost)) + alone * price
    # What a part costs at least in so many parcels, says nothing of more: and it may have those of
    # another part, unless each has as few as can be, or parcels have a price and the bound is for
    # any number of them.
    pieces = np.bincount(parts.order, minlength=n)
    slack = total((found.parcels > found.fewest).astype(np.int64)) > 0
    sound = (policy.parcel_price is not None) | (pieces == 1) | ~slack
    bound = total(np.where(proved, 0, found.bound)) + alone * price
    bound = np.where(sound, bound, 0)
    too_many = parcels > policy.max_parcels
    impossible |= fewest > policy.max_parcels
    unknown |= too_many
    optimal = cost == bound
    if policy.parcel_price is None:
        optimal &= parcels == fewest
    verdict = np.where(optimal, OPTIMAL, FEASIBLE)
    verdict[unknown] = UNDECIDED
    verdict[impossible | homeless] = UNPACKABLE
    if policy.partial == "allow":
        rest = homeless & ~unknown & ~cramped & (parcels > 0) & ~too_many
        verdict[rest] = PARTIAL
    shipped = (verdict <= FEASIBLE) | (verdict == PARTIAL)
    held = (verdict != UNPACKABLE) & (verdict != PARTIAL)
    ruled = _ruled_out(orders, parts, alone, asked.answers, ranking, too_many)
    return Outcome(
        verdict=verdict.astype(np.uint8),
        parcels=np.where(shipped, parcels, 0),
        fewest=np.where(held, np.maximum(fewest, 1), -1),
        cost=np.where(shipped, cost, NEVER),
        bound=np.where(held, bound, NEVER),
        work=total(found.work),
        **ruled,
        **_unpacked(parts, found),
    )


def _ruled_out(
    orders: Orders, parts: Parts, alone: Ints, answers: Answers, ranking: Ints, too_many: Mask
) -> dict[str, Any]:
    """Packages that cannot hold an order as one parcel; any, where units may not share one."""
    n_packages = len(ranking)
    within = np.arange(n_packages) < answers.n_ruled[:, None]
    rows = np.flatnonzero(within.reshape(len(parts.order) * n_packages))
    part = np.repeat(np.arange(len(parts.order)), answers.n_ruled)
    order, package, reason = parts.order[part], answers.ruled[rows], answers.reason[rows]
    if parts.whole:
        return {"ruled_order": order, "ruled_package": package, "ruled_reason": reason}
    pieces = np.bincount(parts.order, minlength=orders.n_orders) + alone
    # Of a part-filled order the given package alone is listed, as by any other answer to it.
    apart = np.flatnonzero((pieces > 1) & (orders.placed_in.code < 0))
    first = np.ones(len(order), np.bool_)
    first[1:] = order[1:] != order[:-1]
    filled = orders.placed_in.code[order] >= 0
    one = (pieces[order] == 1) | (filled & first)
    # It would hold the rest, but own containers make more parcels than there may be.
    kept = (orders.placed_in.code >= 0) & too_many
    vain = np.flatnonzero((answers.package >= 0) & kept[parts.order])
    by_rule = len(apart) * n_packages + len(vain)
    order = np.concatenate([order[one], np.repeat(apart, n_packages), parts.order[vain]])
    every = np.tile(ranking, len(apart)).astype(np.int32)
    package = np.concatenate([package[one], every, answers.package[vain]])
    reason = np.concatenate([reason[one], np.full(by_rule, POLICY, np.uint8)])
    by_order = np.argsort(order, kind="stable")
    return {
        "ruled_order": order[by_order],
        "ruled_package": package[by_order],
        "ruled_reason": reason[by_order],
    }


def _unpacked(parts: Parts, found: Found) -> dict[str, Any]:
    """Units that fit no package, counted by order line."""
    if not len(found.homeless):
        none = np.empty(0, np.int64)
        return {
            "unpacked_order": none,
            "unpacked_line": none,
            "unpacked_qty": none,
            "unpacked_reason": found.reason,
        }
    part, line = found.homeless[:, 0], found.homeless[:, 1]
    lines, first, qty = np.unique(line, return_index=True, return_counts=True)
    order = parts.order[part[first]]
    by_order = np.lexsort((lines, order))
    return {
        "unpacked_order": order[by_order],
        "unpacked_line": lines[by_order],
        "unpacked_qty": qty[by_order],
        "unpacked_reason": found.reason[first][by_order],
    }


def found_by_kernel(asked: Asked, price: int, volume_mm3: Ints) -> Found:
    """What the kernel found: parts in one package each, and single units that fit none.

    Parameters
    ----------
    asked
        What was asked and answered.
    price
        Cost steps for each parcel.
    volume_mm3
        ``(k,)`` volume of the packages.
    """
    answers = asked.answers
    shipped, proved_none = answers.package >= 0, answers.verdict == UNPACKABLE
    # What does not go in beside others may still fit a package: it is not called homeless.
    lost = np.flatnonzero(proved_none)
    empty = asked.orders.placed_in.code[asked.parts.order[lost]] < 0
    lost = lost[(asked.units[lost] == 1) & empty]
    return Found(
        parcels=shipped.astype(np.int64),
        fewest=np.ones(len(shipped), np.int64),
        cost=np.where(shipped, asked.cost + price, NEVER),
        bound=np.where(proved_none, NEVER, asked.bound + price),
        work=answers.work.copy(),
        homeless=np.column_stack([lost, asked.unit_line[asked.batch.start[lost]]]),
        reason=reasons_of_largest(answers, lost, volume_mm3),
    )
