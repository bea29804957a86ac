"""What packing the chosen set teaches: fits that the choice did not know of.

A frontier is made of hundreds of short questions; `packopt.recommend` asks few and searches longer.
So it finds fits that the choice took for none, and a bound that is blind to them could lie above
what the packed set costs. What it finds is told to the choice, whose best set and bound are then
those of all that is known.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.catalogue import ADJUSTABLE
from packopt.costing import package_costs
from packopt.recommend import recommend
from packopt.suite.gathering import news_of_boxes
from packopt.suite.holding import Held

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.suite.designing import Design
    from packopt.suite.gathering import Contents, Known
    from packopt.suite.offering import Offer

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: Costs that differ by no more than this share are the same, told by two ways.
_SAME: Final = 1e-9
#: Verdicts of orders that are packed.
PACKED: Final = ("optimal", "feasible")


@dataclass(frozen=True, eq=False, slots=True)
class Packed:
    """Contents of the fitting period as `packopt.recommend` packs them from the chosen set.

    Attributes
    ----------
    content
        ``(q,)`` numbers of the contents.
    candidate
        ``(q,)`` the chosen candidate that holds each; -1 where it goes in several parcels, or in
        none, so that the choice has nothing to compare with.
    cost
        ``(q,)`` what each costs without prices of parcels, in steps of the objective; nan where it
        is not packed.
    parcels
        ``(q,)`` number of parcels.
    """

    content: Ints
    candidate: Ints
    cost: Floats
    parcels: Ints

    def less_than(self, chosen: Floats) -> float:
        """What contents in one parcel each cost less than the choice counts, ``chosen (q,)``."""
        one = self.candidate >= 0
        return float(np.maximum(chosen[one] - self.cost[one], 0.0).sum())

    def told(self, chosen: Floats, scale: float) -> dict[str, Any]:
        """Plain values for ``suite.json``, costs in the objective's unit."""
        packed, apart = self.parcels > 0, self.candidate < 0
        return {
            "contents": len(self.content),
            "packed": int(packed.sum()),
            "parcels": int(self.parcels.sum()),
            "cost": float(self.cost[packed].sum()) / scale,
            "apart": {
                "contents": int(apart.sum()),
                "cost": float(self.cost[packed & apart].sum()) / scale,
                "cost_by_choice": float(chosen[apart].sum()) / scale,
            },
        }


def pack(
    contents: Contents,
    fit: Ints,
    design: Design,
    ids: dict[int, str],
    proposed: Catalogue,
    policy: Policy,
    *,
    threads: int,
) -> Packed:
    """Pack the contents of the fitting period, each by itself, from the chosen set.

    Parameters
    ----------
    contents
        What is known.
    fit
        Orders of the fitting period.
    design
        The chosen set.
    ids, proposed
        Names of its candidates, and the set as a catalogue.
    policy, threads
        As `packopt.recommend` takes them.
    """
    content = np.flatnonzero(np.isin(contents.order, fit) & (contents.of_content >= 0))
    some = contents.known.orders.take(content)
    answered = recommend(some, proposed, policy, threads=threads).orders
    at = pc.index_in(some.order_ids, value_set=answered["order_id"].cast(pa.string()))
    answered = answered.take(at)
    scale = package_costs(proposed, policy).scale
    cost = answered["cost"].to_numpy(zero_copy_only=False).astype(np.float64) * scale
    verdict = np.array(answered["verdict"].cast(pa.string()).to_pylist(), object)
    parcels = answered["parcels"].to_numpy(zero_copy_only=False)
    parcels = np.where(np.isin(verdict, PACKED), parcels, 0).astype(np.int64)
    # The choice knows no price of a parcel: it is the same whatever the type.
    cost -= (policy.parcel_price or 0.0) * scale * parcels
    name = np.array(answered["package_id"].cast(pa.string()).to_pylist(), object)
    candidate = np.full(len(content), -1, np.int64)
    for j, told in ids.items():
        candidate[(name == told) & (parcels == 1)] = j
    # A package that the order was given counts otherwise.
    fill = design.filler_step * contents.volume_mm3[content].astype(np.float64)
    candidate[(candidate >= 0) & ~_costs_as_told(design, candidate, cost, fill)] = -1
    return Packed(content, candidate, cost, parcels)


def costs_by_choice(design: Design, row: Ints, contents: Contents, content: Ints) -> Floats:
    """``(q,)`` what the choice counts for contents, in steps of the objective.

    Parameters
    ----------
    design
        The chosen set.
    row
        ``(r,)`` the design's row of each row of the contents.
    contents, content
        All contents, and numbers of some.
    """
    problem, best = design.problem, design.best
    place = row[contents.of_content[content]]
    j = best.opened[best.first[place]]
    first_sized = problem.n_candidates - problem.rise.shape[1]
    cost = problem.base[j]
    sized = j >= first_sized
    cost[sized] += problem.rise[place[sized], j[sized] - first_sized]
    filled = sized | (j < problem.n_filled)
    return cost - np.where(filled, design.filler_step * contents.volume_mm3[content], 0.0)


def _costs_as_told(design: Design, candidate: Ints, cost: Floats, fill: Floats) -> Mask:
    """Whether a content costs in a candidate what the choice would count for it."""
    problem = design.problem
    sized = candidate >= problem.n_candidates - problem.rise.shape[1]
    mailer = (candidate >= problem.n_filled) & ~sized
    expected = problem.base[candidate] - np.where(mailer, 0.0, fill)
    near = np.abs(cost - expected) <= _SAME * problem.base[candidate]
    return np.asarray(np.where(sized, cost >= expected * (1 - _SAME), near))


def learn(
    known: Known, packed: Packed, design: Design, offer: Offer, policy: Policy
) -> tuple[Known, int]:
    """What is known when the fits that packing found are told, and how many are new.

    Parameters
    ----------
    known
        What was known when the set was chosen.
    packed
        How `packopt.recommend` packs it.
    design, offer
        The chosen set, and the packages among its candidates.
    policy
        Objective.
    """
    pool, opened = design.pool, design.best.opened
    boxes = opened[pool.package[opened] < 0]
    held = np.zeros((len(known.source), len(boxes)), np.bool_)
    for column, j in enumerate(boxes.tolist()):
        held[packed.content[packed.candidate == j], column] = True
    row, steps = news_of_boxes(known, held, pool.steps[boxes])
    told, count = known.with_boxes(row, steps), len(row)
    packages = opened[pool.package[opened] >= 0]
    of_offer, rise = known.held.held, known.held.rise
    column_of = np.cumsum(offer.kind >= ADJUSTABLE) - 1
    base = offer.base(policy)
    for j in packages.tolist():
        k = int(pool.package[j])
        here = packed.candidate == j
        content = packed.content[here]
        news = ~known.held.held[content, k]
        if offer.kind[k] >= ADJUSTABLE:
            fill = design.filler_step * known.history.batch.content_mm3[content]
            found = np.maximum(packed.cost[here] + fill - base[k], 0.0)
            column = int(column_of[k])
            news |= found < known.held.rise[content, column] - _SAME * base[k]
            if news.any():
                rise = rise.copy()
                rise[content[news], column] = found[news]
        if news.any():
            count += int(news.sum())
            of_offer = of_offer.copy()
            of_offer[content[news], k] = True
    return replace(told, held=Held(of_offer, rise)), count


def prices_again(prices: Floats, weight: Floats, before: Ints, after: Ints, n_rows: int) -> Floats:
    """Prices of rows for rows that are made of the same contents otherwise.

    Parameters
    ----------
    prices, weight
        ``(r,)`` of the rows before; those at the end that no content is of, stay there.
    before, after
        ``(q,)`` the row of each content then and now.
    n_rows
        Number of rows now.
    """
    each = prices / weight
    again = np.bincount(after, each[before], minlength=n_rows)
    n_others = len(prices) - (int(before.max(initial=-1)) + 1)
    if n_others:
        again[n_rows - n_others :] = prices[len(prices) - n_others :]
    return np.asarray(again, dtype=np.float64)
