"""Answers under a policy that counts freight: the cheapest parcels, their carriage included.

An order in one package is answered exactly. Its content is known, and with it what each package
costs it; orders for which the packages rank alike are asked about together. An order that needs
several parcels is split as if each package had its least freight, whatever is in it. What that
proves holds for the real freight, which is then that of each parcel's own mass; `optimal` is said
only where the two meet.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from packopt.freight.choice import Tables, choose
from packopt.freight.costs import REFUSED, FreightCosts, check_weights
from packopt.freight.tables import (
    Answered,
    several_answers,
    single_answers,
    together,
)
from packopt.job import Job
from packopt.nests import content_mm3
from packopt.outcome import parcel_price
from packopt.parts import find_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


class FreightJob:
    """Answers batches of orders as `packopt.job.Job` does, with freight in the costs.

    Parameters
    ----------
    catalogue, policy
        What to choose from, and by which rules; the policy has freight.

    Raises
    ------
    CarrierError
        If rule or rates are faulty, or not for the day or zone.
    CatalogueError
        If a package has no price in the rates' currency, or no size before it is packed.
    """

    def __init__(self, catalogue: Catalogue, policy: Policy) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._freight = FreightCosts(catalogue, policy)
        self._price = parcel_price(policy, self._freight.costs)
        self._least = self._freight.least_freight()
        self._several = self._job_for_several()
        by_name = sorted(range(catalogue.n_packages), key=lambda k: catalogue.package_ids[k])
        name = np.empty(catalogue.n_packages, np.int64)
        name[by_name] = np.arange(catalogue.n_packages)
        #: Packages as they break ties: by outer volume, then by name.
        self._ties = np.lexsort((name, self._freight.costs.outer_mm3))

    def answer(
        self,
        orders: Orders,
        left: Ints | None = None,
        sites: tuple[str, ...] = (),
        *,
        joined: bool = False,
    ) -> Recommendations:
        """Answer one batch; parameters as of `packopt.job.Job.answer`.

        Raises
        ------
        OrdersError
            If the orders have no weights.
        """
        check_weights(orders)
        orders = self._without_refused_containers(orders)
        rows = np.flatnonzero(self._in_one_piece(orders))
        costs = np.full((orders.n_orders, self._catalogue.n_packages), REFUSED)
        # Few contents are the only ones of their kind, and what is billed takes a while.
        contents, content = _contents(orders.take(rows))
        of_content = self._freight.with_freight(contents[:, 0], contents[:, 1])
        costs[rows] = of_content[content]
        kinds, kind = self._kinds(of_content)
        one = self._in_one_package(orders, rows, kinds, kind[content], costs, left, sites)
        split = np.flatnonzero(~one.asked | self._is_worth_splitting(orders, one))
        some = orders.take(split)
        answer = self._several.answer(some, left, sites, joined=joined)
        many = several_answers(
            together([(answer, some, split)], orders),
            orders,
            self._catalogue,
            self._freight,
            self._least,
            self._alone(orders),
            self._price,
        )
        units = np.diff(orders.unit_start)
        takes, final = choose(self._policy, one, many, self._two(orders), units)
        tables = Tables(
            orders, self._catalogue, self._freight, one, many, takes, final, costs, self._price
        )
        digest = self._catalogue.digest
        return replace(tables.build(), policy=self._policy, catalogue_digest=digest)

    def _without_refused_containers(self, orders: Orders) -> Orders:
        """Pack the units that would ship as they are, where the carrier does not take them so."""
        own = np.flatnonzero(orders.own_container)
        if not len(own):
            return orders
        size, mass = orders.size_mm[own].astype(np.int64), orders.weight_g[own].astype(np.float64)
        may = orders.own_container.copy()
        may[own] = self._freight.steps(size, mass) < REFUSED
        return replace(orders, own_container=may)

    def _in_one_piece(self, orders: Orders) -> Mask:
        """``(n,)`` orders all of whose units might share one package."""
        parts = find_parts(orders, self._policy)
        pieces = np.bincount(parts.order, minlength=orders.n_orders)
        pieces[parts.order[parts.torn]] = 2
        order_of_line = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))
        pieces[order_of_line[parts.alone]] = 2
        return np.asarray(pieces == 1)

    def _kinds(self, costs: Ints) -> tuple[Ints, Ints]:
        """Rankings of the packages, with how many of them are refused, and which is each row's."""
        ranked = self._ties[np.argsort(costs[:, self._ties], axis=1, kind="stable")]
        refused = (costs == REFUSED).sum(axis=1)
        key = np.column_stack([ranked, refused])
        kinds, kind = np.unique(key, axis=0, return_inverse=True)
        return kinds, kind.reshape(-1)

    def _in_one_package(
        self,
        orders: Orders,
        rows: Ints,
        kinds: Ints,
        kind: Ints,
        costs: Ints,
        left: Ints | None,
        sites: tuple[str, ...],
    ) -> Answered:
        """Ask for one package for some orders, those together that rank the packages alike."""
        if self._policy.own_container == "cheaper":
            orders = replace(orders, own_container=np.zeros_like(orders.own_container))
        by_kind = np.argsort(kind, kind="stable")
        start = np.searchsorted(kind[by_kind], np.arange(len(kinds) + 1))
        results = []
        for number, (*ranking, n_refused) in enumerate(kinds.tolist()):
            alike = rows[by_kind[start[number] : start[number + 1]]]
            job, some = self._job_for_one(np.array(ranking), n_refused), orders.take(alike)
            results.append((job.answer(some, left, sites), some, alike))
        if not results:
            some = orders.take(rows)
            results.append((self._several.answer(some), some, rows))
        result = together(results, orders)
        return single_answers(result, orders, self._catalogue, costs, self._price)

    def _job_for_one(self, ranking: Ints, n_refused: int) -> Job:
        """Ask for one package; its place in the ranking stands for its cost."""
        costs = self._freight.costs
        place = np.empty(len(ranking), np.int64)
        place[ranking] = np.arange(len(ranking))
        policy = replace(self._policy, max_parcels=1, parcel_price=None, partial="refuse")
        return Job(
            self._catalogue,
            policy,
            costs=replace(costs, fixed=place, per_empty_mm3=np.zeros_like(place)),
            shut=place >= len(ranking) - n_refused,
        )

    def _job_for_several(self) -> Job:
        """Ask for any number of parcels, each package with its least freight."""
        catalogue, most = self._catalogue, self._freight.most_content_g()
        limit = np.where(most < 0, 0, most) + catalogue.coolant_g
        stated = np.where(catalogue.max_content_g < 0, limit, catalogue.max_content_g)
        shut = self._least == REFUSED
        costs = self._freight.costs
        return Job(
            replace(catalogue, max_content_g=np.minimum(stated, limit)),
            self._policy,
            costs=replace(costs, fixed=costs.fixed + np.where(shut, 0, self._least)),
            shut=shut,
        )

    def _is_worth_splitting(self, orders: Orders, one: Answered) -> Mask:
        """``(n,)`` orders that several parcels, or their own container, may serve better."""
        units = np.diff(orders.unit_start)
        may_split = (units > 1) & (self._policy.max_parcels > 1)
        filled = orders.placed_in.code >= 0
        wanted = may_split & ~one.ships
        if self._policy.parcel_price is not None:
            wanted |= may_split & (self._two(orders) < one.cost)
        wanted |= self._own(orders) & (units == 1)
        return np.asarray(wanted & ~filled)

    def _own(self, orders: Orders) -> Mask:
        """``(n,)`` orders with a unit that may ship as it is, where that is cheaper."""
        if self._policy.own_container == "always" or not orders.n_orders:
            return np.zeros(orders.n_orders, np.bool_)
        return np.asarray(np.logical_or.reduceat(orders.own_container, orders.line_start[:-1]))

    def _alone(self, orders: Orders) -> Ints:
        """``(n,)`` freight of the units that ship as they are in any plan."""
        freight = np.zeros(orders.n_orders, np.int64)
        lines = np.flatnonzero(orders.own_container)
        if self._policy.own_container == "always" and len(lines):
            size = orders.size_mm[lines].astype(np.int64)
            steps = self._freight.steps(size, orders.weight_g[lines].astype(np.float64))
            order = np.repeat(np.arange(orders.n_orders), np.diff(orders.line_start))[lines]
            np.add.at(freight, order, steps * orders.qty[lines])
        return freight

    def _two(self, orders: Orders) -> Ints:
        """``(n,)`` cost steps that no two parcels fall below."""
        costs = self._freight.costs.fixed + self._least
        cheapest = int(costs[self._least < REFUSED].min(initial=REFUSED // 4))
        return 2 * (np.where(self._own(orders), 0, cheapest) + self._price)


def _contents(orders: Orders) -> tuple[Ints, Ints]:
    """``(c, 2)`` different masses in g and volumes in mm3, and ``(n,)`` which each order has."""
    if not orders.n_orders:
        return np.zeros((0, 2), np.int64), np.zeros(0, np.int64)
    start, qty = orders.line_start[:-1], orders.qty.astype(np.int64)
    mass = np.add.reduceat(orders.weight_g.astype(np.int64) * qty, start)
    volume = np.add.reduceat(content_mm3(orders, slice(None), qty), start)
    contents, content = np.unique(np.column_stack([mass, volume]), axis=0, return_inverse=True)
    return contents, content.reshape(-1)
