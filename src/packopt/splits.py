"""Parts that one package does not hold, or that several hold at less cost, taken to splitting."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from packopt.homeless import name_homeless, why_homeless
from packopt.kernel.batch import STAYED_OPEN, UNPACKABLE
from packopt.parcels import no_parcels, split_parcels
from packopt.questions import Inquiry
from packopt.settling import Settler
from packopt.splitting.question import NEVER, OWN_CONTAINER
from packopt.splitting.split import split_all
from packopt.tearing import things_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.cutting import Cutter
    from packopt.ladders import Ladders
    from packopt.outcome import Asked, Found
    from packopt.parcels import Parcels, Things
    from packopt.policy import Policy
    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Parcel, Part, Split

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


def may_split(asked: Asked, policy: Policy) -> bool:
    """Whether any part might need a split: mostly none does, and nothing need be made ready."""
    verdict = asked.answers.verdict
    failed = (verdict == UNPACKABLE) | (verdict == STAYED_OPEN)
    return bool(policy.parcel_price is not None or failed.any() or asked.orders.own_container.any())


class Splitter:
    """Splits the parts of a batch that need it.

    Parameters
    ----------
    asked
        What the kernel found for the parts.
    policy, parcel_price
        The rules, and the cost steps for each parcel.
    ladders
        The catalogue, packages whose size is chosen as ladders of sizes.
    pricer
        Asks the kernel about subsets, with the packages of the ladders.
    cutter
        Cuts packages whose size is chosen to their parcels.
    """

    def __init__(
        self,
        asked: Asked,
        policy: Policy,
        parcel_price: int,
        ladders: Ladders,
        pricer: Pricer,
        cutter: Cutter,
    ) -> None:
        self._cutter = cutter
        self._asked = asked
        self._policy = policy
        self._price = parcel_price
        self._ladders = ladders
        self._pricer = pricer
        self._inquiry = Inquiry(asked, policy, parcel_price, ladders.package)
        self._settler = Settler(asked, policy, parcel_price, ladders.sizes)

    def improve(self, found: Found) -> Parcels:
        """Split what needs it; ``found`` and the kernel's answers are brought up to date.

        Returns
        -------
        The parcels of all parts that were split; the kernel's answer to those is taken back.
        """
        wanted = self._wanted(found)
        if not len(wanted):
            return no_parcels()
        things = things_of(self._asked, wanted, self._fits)
        questions, like = self._inquiry.about(things, self._most_parcels[wanted])
        splits = split_all(questions, self._pricer, partial=self._policy.partial == "allow")
        lost = [split.homeless for split in splits]
        name_homeless(found, things, like, lost, why_homeless(questions, lost, self._pricer))
        nests = _has_nests(things, like)
        told = [self._told(*one) for one in zip(questions, splits, nests, strict=True)]
        parcels = self._settler.settle(found, wanted, told, like)
        return split_parcels(parcels, things, self._asked.orders, self._asked.parts)

    def _told(self, question: Part, split: Split, nests: bool) -> Split:
        """A split in terms of the catalogue.

        Where the whole is proved, so is each parcel: what is cheaper for it alone is not to be
        had, or is taken by another.
        """
        split = self._claimed(question, split, nests)
        cost = sum(one.cost + self._price for one in split.parcels)
        few = self._policy.parcel_price is not None or split.fewest == len(split.parcels)
        best = few and cost == split.bound
        told = tuple(self._told_parcel(question, one, proved=best) for one in split.parcels)
        return split if told == split.parcels else replace(split, parcels=told)

    def _told_parcel(self, question: Part, parcel: Parcel, *, proved: bool) -> Parcel:
        if proved and not parcel.proved:
            parcel = replace(parcel, proved=True)
        parcel = self._ladders.told(parcel)
        if parcel.package == OWN_CONTAINER or self._is_complete[question.access]:
            return parcel
        return self._cutter.cut(question, parcel)

    def _claimed(self, question: Part, split: Split, nests: bool) -> Split:
        """The split with what is proved for all sizes and for nests that are torn in any way.

        A size between two rungs could cost less; nests of other units could also need fewer
        parcels, or fit into what is in stock. What is left is the price of the parcels.
        """
        if nests and not len(split.homeless):
            return replace(split, fewest=1, bound=self._price)
        if self._is_complete[question.access] or split.bound >= NEVER:
            return split
        return replace(split, bound=split.fewest * self._price)

    @cached_property
    def _is_complete(self) -> list[bool]:
        """Whether splitting knows every size of every package, by row of ``Packages.barred``."""
        incomplete = self._ladders.incomplete
        barred = self._pricer.packages.barred[:, : len(incomplete)]
        return [not some for some in (incomplete & (barred == 0)).any(axis=1).tolist()]

    def _wanted(self, found: Found) -> Ints:
        """Parts without a package, and those that several might hold at less cost."""
        answers, units = self._asked.answers, self._asked.units
        own, policy = self._own(), self._policy
        part_filled = self._asked.orders.placed_in.code[self._asked.parts.order] >= 0
        if policy.max_parcels == 1 and policy.parcel_price is None and not own.any():
            return np.empty(0, np.int64)
        failed = (answers.verdict == UNPACKABLE) | (answers.verdict == STAYED_OPEN)
        wanted = failed & (units > 1) & (self._most_parcels > 1)
        wanted |= own & (units == 1)
        wanted |= own & failed
        if policy.parcel_price is not None:
            two = 2 * (np.where(own, 0, self._ladders.cheapest) + self._price)
            wanted |= (units > 1) & (two < found.cost) & (self._most_parcels > 1)
            # What is not worth splitting still has this as its bound.
            bounded = (units > 1) & (found.parcels > 0) & ~part_filled & (self._most_parcels > 1)
            found.bound[:] = np.where(bounded, np.minimum(found.bound, two), found.bound)
        # An order of more parts than it may have parcels is lost, whatever they are split into.
        return np.flatnonzero(wanted & ~part_filled & (self._most_parcels >= 1))

    def _own(self) -> Mask:
        """Parts with a unit that may ship in its own container."""
        asked, flags = self._asked, self._asked.orders.own_container
        if self._policy.own_container == "always" or not flags.any():
            return np.zeros(len(asked.parts.order), np.bool_)
        return np.asarray(
            np.logical_or.reduceat(flags[asked.parts.line], asked.parts.start[:-1]), dtype=np.bool_
        )

    @cached_property
    def _most_parcels(self) -> Ints:
        """Parcels that each part may have, one being left for every other part of its order."""
        asked = self._asked
        pieces = np.bincount(asked.parts.order, minlength=asked.orders.n_orders)
        return np.asarray(self._policy.max_parcels - pieces[asked.parts.order] + 1)

    def _fits(self, thing: Things) -> bool:
        """Whether some package holds one thing alone."""
        (question,), _ = self._inquiry.about(thing, np.ones(1, np.int64))
        return bool(self._pricer.freely.price(question, [np.zeros(1, np.int64)]).cost[0] < NEVER)


def _has_nests(things: Things, like: Ints) -> list[bool]:
    """Whether the parts of each question have units that stand in each other.

    Spread in another way, they make other nests.
    """
    nests = np.logical_or.reduceat(things.qty > 1, things.start[:-1])
    _, first = np.unique(like, return_index=True)
    return list(nests[first].tolist())
