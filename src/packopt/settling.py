"""What splitting found for parts, put in the place of what the kernel had found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

import numpy as np

from packopt.kernel.batch import OPTIMAL, UNPACKABLE
from packopt.kernel.layout import DFF, OPEN_QUESTION, SEARCH
from packopt.runs import run_rows
from packopt.splitting.question import NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.outcome import Asked, Found
    from packopt.policy import Policy
    from packopt.size_costs import SizeCosts
    from packopt.splitting.question import Parcel, Split

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class _Answers:
    """Splits column by column, ``(q,)`` each; as in `Split`, but for ``cost``, prices included."""

    parcels: Ints
    cost: Ints
    fewest: Ints
    bound: Ints
    work: Ints
    homeless: Mask
    exact: Mask

    @classmethod
    def of(cls, splits: Sequence[Split], parcel_price: int, like: Ints) -> Self:
        """The split of each of some parts, by its number in ``splits``."""
        costs = [sum(one.cost + parcel_price for one in split.parcels) for split in splits]
        return cls(
            parcels=np.array([len(split.parcels) for split in splits])[like],
            cost=np.array(costs, np.int64)[like],
            fewest=np.array([split.fewest for split in splits])[like],
            bound=np.array([split.bound for split in splits], np.int64)[like],
            work=np.array([split.work for split in splits])[like],
            homeless=np.array([len(split.homeless) > 0 for split in splits])[like],
            exact=np.array([split.exact for split in splits])[like],
        )


class Settler:
    """Brings what was found for parts up to date with their splits.

    Parameters
    ----------
    asked
        What the kernel was asked and answered; its answers are changed in place.
    policy, parcel_price
        The rules, and the cost steps for each parcel.
    sizes
        What the catalogue's packages cost at any size.
    """

    def __init__(self, asked: Asked, policy: Policy, parcel_price: int, sizes: SizeCosts) -> None:
        self._asked = asked
        self._policy = policy
        self._price = parcel_price
        self._sizes = sizes

    def settle(
        self, found: Found, parts: Ints, splits: Sequence[Split], like: Ints
    ) -> list[Sequence[Parcel]]:
        """Take over what is better, and let the packages that are ruled out say so.

        Parameters
        ----------
        found
            Changed in place.
        parts
            ``(q,)`` parts that were to be split.
        splits, like
            Splits in terms of the catalogue, and ``(q,)`` which of them is that of each part.

        Returns
        -------
        The parcels of each part; none for a part that stays as the kernel left it. The kernel's
        answer to the others is taken back.
        """
        answers = _Answers.of(splits, self._price, like)
        taken = self._take(found, parts, answers)
        parcels: list[Sequence[Parcel]] = [()] * len(parts)
        for i in np.flatnonzero(taken).tolist():
            parcels[i] = splits[like[i]].parcels
        one = taken & (answers.parcels == 1) & (found.bound[parts] < NEVER)
        for i in np.flatnonzero(one).tolist():
            parcels[i] = [self._one_after_all(found, int(parts[i]), parcels[i][0])]
        several = taken & ~one
        self._close_open_questions(found, parts[several], answers.exact[several])
        package = self._asked.answers.package
        sized = (package[parts] >= 0) & (self._asked.size_mm[parts] > 0).any(axis=1)
        for p in parts[several & sized].tolist():
            self._list_dearer_size(found, p)
        package[parts[taken]] = -1
        return parcels

    def _take(self, found: Found, parts: Ints, answers: _Answers) -> Mask:
        """Take over what was found for parts; return which of them travel in those parcels."""
        lost = answers.homeless
        found.work[parts] += answers.work
        found.parcels[parts[lost]], found.bound[parts[lost]] = 0, NEVER
        planned = answers.parcels > 0
        blank = ~lost & ~planned & (found.parcels[parts] == 0)
        found.fewest[parts[blank]] = answers.fewest[blank]
        found.bound[parts[blank]] = answers.bound[blank]
        if self._policy.max_parcels == 1:
            # What proves that one package does not hold a part, proves it all.
            refuted = blank & (self._asked.answers.verdict[parts] == UNPACKABLE)
            found.bound[parts[refuted & (self._asked.units[parts] > 1)]] = NEVER
        if self._policy.partial == "refuse":
            planned &= ~lost
        # One package may do as well; what is proved of all plans holds for it too.
        beaten = planned & (found.parcels[parts] > 0) & (found.cost[parts] <= answers.cost)
        at = parts[beaten]
        found.bound[at] = np.maximum(
            found.bound[at], np.minimum(answers.bound[beaten], found.cost[at])
        )
        taken = planned & ~beaten
        at = parts[taken]
        # A unit that fits no package may ship as it is, in one parcel.
        several = ~lost & (answers.parcels > 1)
        refuted = several & (self._asked.answers.verdict[parts] == UNPACKABLE)
        found.parcels[at], found.cost[at] = answers.parcels[taken], answers.cost[taken]
        found.fewest[at] = np.maximum(answers.fewest, np.where(refuted, 2, 1))[taken]
        proved = taken & ~lost
        found.bound[parts[proved]] = answers.bound[proved]
        return taken

    def _one_after_all(self, found: Found, p: int, parcel: Parcel) -> Parcel:
        """Rule out only what is cheaper than the one package that does hold a part."""
        answers, rows = self._asked.answers, self._listed(p)
        ruled, reason = answers.ruled[rows], answers.reason[rows]
        content = np.full(len(ruled), self._asked.batch.content_mm3[p])
        least = self._sizes.least_cost(ruled, content)
        cheaper = (least < parcel.cost) & (ruled != parcel.package)
        count = int(cheaper.sum())
        ruled[:count], reason[:count] = ruled[cheaper], reason[cheaper]
        answers.n_ruled[p] = count
        still_open = least[cheaper][reason[:count] == OPEN_QUESTION]
        if self._policy.parcel_price is None:
            # So would a smaller size be, of a package that was cut to an unproved one.
            smaller = NEVER if parcel.proved or parcel.size_mm is None else 0
            found.bound[p] = min(still_open.min(initial=NEVER), found.cost[p], smaller)
        return replace(parcel, proved=bool(found.bound[p] == found.cost[p]))

    def _close_open_questions(self, found: Found, parts: Ints, exact: Mask) -> None:
        """What proves that one parcel is too few, rules every package out."""
        answers = self._asked.answers
        several = found.fewest[parts] > 1
        parts, why = parts[several], np.where(exact[several], SEARCH, DFF)
        n_ruled = answers.n_ruled[parts]
        rows = run_rows(parts * self._n_packages, n_ruled)
        still_open = answers.reason[rows] == OPEN_QUESTION
        answers.reason[rows[still_open]] = np.repeat(why, n_ruled)[still_open]

    def _list_dearer_size(self, found: Found, p: int) -> None:
        """List a package that holds the part, but only at a size that costs more than parcels do.

        Its cheaper sizes are ruled out like any package.
        """
        answers, rows = self._asked.answers, self._listed(p)
        package = int(answers.package[p])
        listed, n = np.append(answers.ruled[rows], package), rows.stop - rows.start
        content = np.full(n + 1, self._asked.batch.content_mm3[p])
        *others, least = self._sizes.least_cost(listed, content).tolist()
        if least + self._price >= found.cost[p]:
            return
        rank = int(np.searchsorted(others, least))
        why = SEARCH if answers.verdict[p] == OPTIMAL else OPEN_QUESTION
        longer = slice(rows.start, rows.stop + 1)
        answers.ruled[longer] = np.insert(listed[:n], rank, package)
        answers.reason[longer] = np.insert(answers.reason[rows], rank, why)
        answers.n_ruled[p] = n + 1

    def _listed(self, p: int) -> slice:
        """Where the packages are that are ruled out for a part."""
        first = p * self._n_packages
        return slice(first, first + int(self._asked.answers.n_ruled[p]))

    @property
    def _n_packages(self) -> int:
        return len(self._asked.answers.ruled) // len(self._asked.answers.package)
