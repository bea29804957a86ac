"""Parts that one package does not hold, or that several hold at less cost, taken to splitting."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from packopt.batches import canonical_rows
from packopt.kernel.batch import OPTIMAL, STAYED_OPEN, UNPACKABLE
from packopt.kernel.layout import DFF, OPEN_QUESTION, POLICY, SEARCH
from packopt.nests import content_mm3
from packopt.outcome import reasons_of_largest
from packopt.parcels import Things, split_parcels
from packopt.splitting.question import NEVER, OWN_CONTAINER, Parcel, Part
from packopt.splitting.split import split_all
from packopt.splitting.subsets import is_small
from packopt.tearing import things_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.cutting import Cutter
    from packopt.ladders import Ladders
    from packopt.outcome import Asked, Found
    from packopt.parcels import Parcels
    from packopt.policy import Policy
    from packopt.splitting.pricing import Pricer
    from packopt.splitting.question import Split

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


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

    def improve(self, found: Found) -> Parcels:
        """Split what needs it; ``found`` and the kernel's answers are brought up to date.

        Returns
        -------
        The parcels of all parts that were split; the kernel's answer to those is taken back.
        """
        asked = self._asked
        wanted = self._wanted(found)
        if not len(wanted):
            return split_parcels({}, asked.parts, {})
        most = self._most_parcels()
        things = {p: things_of(asked, p, self._fits) for p in wanted.tolist()}
        questions = [self._part(p, things[p], int(most[p])) for p in wanted.tolist()]
        splits = split_all(questions, self._pricer, partial=self._policy.partial == "allow")
        splits = [
            self._claimed(p, split, things[p])
            for p, split in zip(wanted.tolist(), splits, strict=True)
        ]
        parcels = {}
        homeless = [self._homeless(*one) for one in zip(questions, splits, strict=True)]
        for p, question, split in zip(wanted.tolist(), questions, splits, strict=True):
            found.work[p] += split.work
            told = self._told(p, question, split, things[p])
            if self._take(found, p, split, told, self._fewest(p, question, split)):
                parcels[p] = self._settle_ruled_out(found, p, told, exact=is_small(question))
                asked.answers.package[p] = -1
        self._name(found, wanted, things, homeless)
        return split_parcels(parcels, asked.parts, things)

    def _is_complete(self, p: int) -> bool:
        """Whether splitting knows every size of every package that a part may have."""
        barred = self._pricer.packages.barred[self._asked.access[p]]
        return not (self._ladders.incomplete & (barred[: len(self._ladders.incomplete)] == 0)).any()

    def _claimed(self, p: int, split: Split, things: Things) -> Split:
        """The split with what is proved for all sizes and for nests that are torn in any way.

        A size between two rungs could cost less; nests of other units could also need fewer
        parcels, or fit into what is in stock. What is left is the price of the parcels.
        """
        if _nests(things) and not len(split.homeless):
            return replace(split, fewest=1, bound=self._price)
        if self._is_complete(p) or split.bound >= NEVER:
            return split
        return replace(split, bound=split.fewest * self._price)

    def _fewest(self, p: int, question: Part, split: Split) -> int:
        """Parcels that a part is proved to need."""
        refuted = self._asked.answers.verdict[p] == UNPACKABLE and not len(split.homeless)
        ships_as_it_is = len(question.units) == 1 and bool(question.own[0])
        return max(split.fewest, 2 if refuted and not ships_as_it_is else 1)

    def _take(
        self, found: Found, p: int, split: Split, told: Sequence[Parcel], fewest: int
    ) -> bool:
        """Take over what was found for a part; return whether it has parcels."""
        homeless = len(split.homeless) > 0
        if homeless:
            found.parcels[p], found.bound[p] = 0, NEVER
            if self._policy.partial == "refuse" or not split.parcels:
                return False
        elif not split.parcels:
            if found.parcels[p] == 0:
                found.fewest[p], found.bound[p] = split.fewest, split.bound
            return False
        if found.parcels[p] and found.cost[p] <= self._cost(told):
            # One package does as well; what is proved of all plans holds for it too.
            if not homeless:
                found.bound[p] = max(found.bound[p], min(split.bound, found.cost[p]))
            return False
        found.parcels[p] = len(told)
        found.cost[p] = self._cost(told)
        found.fewest[p] = fewest
        if not homeless:
            found.bound[p] = split.bound
        return True

    def _settle_ruled_out(
        self, found: Found, p: int, told: Sequence[Parcel], *, exact: bool
    ) -> Sequence[Parcel]:
        """Let the packages that are ruled out say what splitting has found, and a parcel too."""
        answers = self._asked.answers
        n_packages = len(answers.ruled) // len(answers.package)
        rows = slice(p * n_packages, p * n_packages + int(answers.n_ruled[p]))
        ruled, reason = answers.ruled[rows], answers.reason[rows]
        if len(told) == 1 and found.bound[p] < NEVER:
            # One package holds the part after all: only what is cheaper is ruled out.
            content = np.full(len(ruled), self._asked.batch.content_mm3[p])
            least = self._ladders.sizes.least_cost(ruled, content)
            cheaper = (least < told[0].cost) & (ruled != told[0].package)
            count = int(cheaper.sum())
            ruled[:count], reason[:count] = ruled[cheaper], reason[cheaper]
            answers.n_ruled[p] = count
            still_open = least[cheaper][reason[:count] == OPEN_QUESTION]
            if self._policy.parcel_price is None:
                # So would a smaller size be, of a package that was cut to an unproved one.
                smaller = NEVER if told[0].proved or told[0].size_mm is None else 0
                found.bound[p] = min(still_open.min(initial=NEVER), found.cost[p], smaller)
            return [replace(told[0], proved=bool(found.bound[p] == found.cost[p]))]
        if found.fewest[p] > 1:
            # What proves that one parcel is too few, rules every package out.
            reason[reason == OPEN_QUESTION] = SEARCH if exact else DFF
        if answers.package[p] >= 0 and self._asked.size_mm[p].any():
            self._list_dearer_size(found, p, n_packages)
        return told

    def _list_dearer_size(self, found: Found, p: int, n_packages: int) -> None:
        """List a package that holds the part, but only at a size that costs more than parcels do.

        Its cheaper sizes are ruled out like any package.
        """
        answers, first, n = self._asked.answers, p * n_packages, int(self._asked.answers.n_ruled[p])
        package = int(answers.package[p])
        listed = np.append(answers.ruled[first : first + n], package)
        content = np.full(n + 1, self._asked.batch.content_mm3[p])
        *others, least = self._ladders.sizes.least_cost(listed, content).tolist()
        if least + self._price >= found.cost[p]:
            return
        rank = int(np.searchsorted(others, least))
        why = SEARCH if answers.verdict[p] == OPTIMAL else OPEN_QUESTION
        rows = slice(first, first + n + 1)
        answers.ruled[rows] = np.insert(listed[:n], rank, package)
        answers.reason[rows] = np.insert(answers.reason[first : first + n], rank, why)
        answers.n_ruled[p] = n + 1

    def _cost(self, parcels: Sequence[Parcel]) -> int:
        return sum(one.cost for one in parcels) + self._price * len(parcels)

    def _told(self, p: int, question: Part, split: Split, things: Things) -> Sequence[Parcel]:
        """The parcels in terms of the catalogue.

        Where the whole is proved, so is each parcel: what is cheaper for it alone is not to be
        had, or is taken by another.
        """
        few = self._policy.parcel_price is not None or split.fewest == len(split.parcels)
        best = few and self._cost(split.parcels) == split.bound
        parcels = [replace(one, proved=one.proved or best) for one in split.parcels]
        return [
            self._as_declared(one, things)
            if one.package == OWN_CONTAINER
            else self._in_its_size(p, question, self._ladders.told(one))
            for one in parcels
        ]

    def _in_its_size(self, p: int, question: Part, parcel: Parcel) -> Parcel:
        return parcel if self._is_complete(p) else self._cutter.cut(question, parcel)

    def _as_declared(self, own: Parcel, things: Things) -> Parcel:
        """A unit in its own container, length along x and without padding."""
        size = self._asked.orders.size_mm[things.line[own.unit]]
        length, width, height = size[0].tolist()
        place = np.hstack([np.zeros_like(size), size])
        return replace(own, place=place, size_mm=(length, width, height))

    def _homeless(self, question: Part, split: Split) -> tuple[Ints, NDArray[np.uint8]]:
        """Units of a part that fit no package, alone or with those they are kept with, and why."""
        units = split.homeless
        if not len(units):
            return units, np.empty(0, np.uint8)
        bundle = question.bundle[units]
        kept = [
            np.flatnonzero(question.bundle == word) if word >= 0 else np.array([unit])
            for unit, word in zip(units.tolist(), bundle.tolist(), strict=True)
        ]
        answers = self._pricer.price(question, kept).answers
        reason = reasons_of_largest(answers, np.arange(len(units)), self._pricer.packages.volume)
        clash = [bool(question.clash[np.ix_(rows, rows)].any()) for rows in kept]
        return units, np.where(clash, POLICY, reason).astype(np.uint8)

    def _name(
        self,
        found: Found,
        wanted: Ints,
        things: dict[int, Things],
        homeless: list[tuple[Ints, NDArray[np.uint8]]],
    ) -> None:
        """Name the units that fit no package, in the place of what the kernel said of the parts."""
        kept = ~np.isin(found.homeless[:, 0], wanted)
        rows, reasons = [found.homeless[kept]], [found.reason[kept]]
        for p, (units, reason) in zip(wanted.tolist(), homeless, strict=True):
            # Of a nest all units are homeless.
            lines = np.repeat(things[p].line[units], things[p].qty[units])
            rows.append(np.column_stack([np.full(len(lines), p), lines]))
            reasons.append(np.repeat(reason, things[p].qty[units]))
        found.homeless, found.reason = np.concatenate(rows), np.concatenate(reasons)

    def _wanted(self, found: Found) -> Ints:
        """Parts without a package, and those that several might hold at less cost."""
        answers, units = self._asked.answers, self._asked.units
        own, policy = self._own(), self._policy
        if policy.max_parcels == 1 and policy.parcel_price is None and not own.any():
            return np.empty(0, np.int64)
        failed = (answers.verdict == UNPACKABLE) | (answers.verdict == STAYED_OPEN)
        wanted = failed & (units > 1) & (self._most_parcels() > 1)
        wanted |= own & (units == 1)
        wanted |= own & failed
        if policy.parcel_price is not None:
            two = 2 * (np.where(own, 0, self._ladders.cheapest) + self._price)
            wanted |= (units > 1) & (two < found.cost) & (self._most_parcels() > 1)
            # What is not worth splitting still has this as its bound.
            found.bound[:] = np.where(
                (units > 1) & (found.parcels > 0), np.minimum(found.bound, two), found.bound
            )
        part_filled = self._asked.orders.placed_in.code[self._asked.parts.order] >= 0
        # An order of more parts than it may have parcels is lost, whatever they are split into.
        return np.flatnonzero(wanted & ~part_filled & (self._most_parcels() >= 1))

    def _own(self) -> Mask:
        """Parts with a unit that may ship in its own container."""
        asked, flags = self._asked, self._asked.orders.own_container
        if self._policy.own_container == "always" or not flags.any():
            return np.zeros(len(asked.parts.order), np.bool_)
        return np.asarray(
            np.logical_or.reduceat(flags[asked.parts.line], asked.parts.start[:-1]), dtype=np.bool_
        )

    def _most_parcels(self) -> Ints:
        """Parcels that each part may have, one being left for every other part of its order."""
        asked = self._asked
        pieces = np.bincount(asked.parts.order, minlength=asked.orders.n_orders)
        return self._policy.max_parcels - pieces[asked.parts.order] + 1

    def _part(self, p: int, things: Things, most_parcels: int) -> Part:
        asked, orders, line = self._asked, self._asked.orders, things.line
        clash = asked.parts.sharing.apart(line[:, None], line[None, :])
        # One parcel holds one nest of a line.
        clash |= (line[:, None] == line[None, :]) & (orders.nest_height_mm[line] > 0)
        np.fill_diagonal(clash, val=False)
        may_go_alone = orders.own_container[line] & (self._policy.own_container == "cheaper")
        left = asked.left[min(p, len(asked.left) - 1)]
        return Part(
            units=canonical_rows(orders, line, things.qty),
            content_mm3=content_mm3(orders, line, things.qty),
            weight_g=orders.weight_g[line] * things.qty,
            no_mailer=~orders.mailer_ok[line] | orders.fragile[line],
            clash=clash,
            bundle=orders.keep_together.code[line].astype(np.int64),
            own=may_go_alone & (things.qty == 1),
            access=int(asked.access[p]),
            left=left[self._ladders.package],
            most_parcels=most_parcels,
            parcel_price=None if self._policy.parcel_price is None else self._price,
        )

    def _fits(self, p: int, thing: Things) -> bool:
        """Whether some package holds a thing alone."""
        prices = self._pricer.price(self._part(p, thing, 1), [np.zeros(1, np.int64)])
        return bool(prices.cost[0] < NEVER)


def _nests(things: Things) -> bool:
    """Whether some units stand in each other: spread in another way, they make other nests."""
    return bool((things.qty > 1).any())
