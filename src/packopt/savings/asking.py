"""Orders asked about anew: whether these packages hold them, each used as often as named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.catalogue import CARTON
from packopt.job import Job
from packopt.labels import places
from packopt.recommend import recommend
from packopt.savings.carriage import with_carriage
from packopt.savings.empty_parcels import empty_parcels
from packopt.savings.quantities import package_index
from packopt.savings.sides import (
    CANNOT_HOLD,
    COUNTED,
    UNVERIFIED,
    Part,
    Side,
    answered,
    complete,
)
from packopt.tables import REASONS
from packopt.tolerances import packed_orders

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.alike import Alike
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations
    from packopt.savings.sides import Question

    Ints = NDArray[np.int64]
    Codes = NDArray[np.uint8]

_POLICY: Final = REASONS.index("policy")


@dataclass(frozen=True, eq=False, slots=True)
class Answer:
    """What was found for ``q`` orders.

    Attributes
    ----------
    order
        ``(q,)`` index of each order among all.
    status
        ``(q,)`` `COUNTED`, `CANNOT_HOLD` or `UNVERIFIED`.
    reason
        ``(q,)`` index into `packopt.tables.REASONS` of what ruled the package out; 0 for none.
    parcels
        Of the orders that are held; orders that are alike may refer to the same rows.
    """

    order: Ints
    status: Codes
    reason: Codes
    parcels: Part


def ask_for_one(question: Question, rows: Ints, kinds: Alike, package: int, own: int) -> Answer:
    """Ask whether one package holds each of some orders.

    Parameters
    ----------
    question
        The orders.
    rows
        ``(q,)`` those to ask about.
    kinds
        Which of these are alike: they have one answer.
    package
        Index of the package.
    own
        Units of each that ship as they are beside it; 0 puts all units into the package.
    """
    orders = _asked(question.orders, rows[kinds.first], own)
    only = question.catalogue.take(np.array([package]))
    result = recommend(orders, only, _rules(question.policy, own + 1))
    here = answered(orders, result)
    # Whom admission refuses, for a site that the package is not at, cannot have it.
    status = np.full(orders.n_orders, CANNOT_HOLD, np.uint8)
    reason = np.full(orders.n_orders, _POLICY, np.uint8)
    status[here], reason[here] = _statuses(result), _first_reasons(result)
    parcels, kind = _held(result, here)
    parcels = with_carriage(parcels, question.catalogue, question.freight)
    which, at = _of_each(kind, kinds.case, orders.n_orders)
    held = Part(parcels, which, rows[at])
    return Answer(rows, status[kinds.case], reason[kinds.case], held)


class Several:
    """Asks whether several packages together hold orders."""

    def __init__(self, question: Question) -> None:
        self._question = question
        every = np.arange(question.catalogue.n_packages)
        self._catalogue = question.catalogue.take(every)
        self._jobs: dict[int, Job] = {}

    def ask(self, rows: Ints, packages: Ints, own: int) -> Answer:
        """Ask about some orders.

        Parameters
        ----------
        rows
            ``(q,)`` the orders.
        packages
            Indices of the packages that each of them has.
        own
            Units of each that ship as they are beside them; 0 puts all units into the packages.
        """
        there = np.bincount(packages, minlength=self._catalogue.n_packages)
        planned, parcels = self._as_planned(rows, there, own)
        status = np.full(len(rows), COUNTED, np.uint8)
        tables, orders = [parcels.parcels], [parcels.order]
        if not planned.all():
            others = rows[~planned]
            asked = _asked(self._question.orders, others, own)
            result = self._job(own + len(packages)).answer(
                packed_orders(asked, self._question.policy), there[None, :], joined=True
            )
            status[~planned] = _statuses(result)
            table, order = _held(result, others)
            tables.append(self._carried(table))
            orders.append(order)
        return self._with_unused(
            rows, status, pa.concat_tables(tables), np.concatenate(orders), there
        )

    def _job(self, parcels: int) -> Job:
        if parcels not in self._jobs:
            self._jobs[parcels] = Job(self._catalogue, _rules(self._question.policy, parcels))
        return self._jobs[parcels]

    def _as_planned(self, rows: Ints, there: Ints, own: int) -> tuple[NDArray[np.bool_], Side]:
        """Orders that packopt's plan puts into some of these packages, and its parcels of them.

        To ask for as few of the packages as can be takes much longer than to look at the plan.
        """
        plan, every = self._question.plan, np.arange(len(rows))
        begin = np.searchsorted(plan.order, rows)
        place = np.repeat(every, np.searchsorted(plan.order, rows, side="right") - begin)
        at = np.arange(len(place)) + (begin - np.searchsorted(place, every))[place]
        package = plan.package[at]
        unused = there - _used(place, package, len(rows), len(there))
        alone = np.bincount(place[package < 0], minlength=len(rows))
        planned = (unused >= 0).all(axis=1) & ~self._has_flexible(unused) & (alone == own)
        kept = at[planned[place]]
        parcels = plan.parcels.take(pa.array(kept))
        return planned, Side(plan.catalogue, parcels, plan.order[kept])

    def _carried(self, parcels: pa.Table) -> pa.Table:
        """Parcels with what the policy's carrier charges for them."""
        return with_carriage(parcels, self._catalogue, self._question.freight)

    def _has_flexible(self, unused: Ints) -> NDArray[np.bool_]:
        """``(q,)`` whether packages that nothing is in have a size that nobody knows."""
        kind: Codes = self._catalogue.kind
        flexible = unused[:, np.flatnonzero(kind != CARTON)]
        return np.asarray((flexible > 0).any(axis=1), dtype=np.bool_)

    def _with_unused(
        self, rows: Ints, status: Codes, parcels: pa.Table, order: Ints, there: Ints
    ) -> Answer:
        """Add the packages that the plans do without: the other packer used them, too.

        How that packer spread the units is not known. Cartons need the same filler however they
        are spread; how thick a mailer gets is not known, so that such orders stay open.
        """
        held = rows[status == COUNTED]
        place = np.searchsorted(held, order)
        package = package_index(parcels["package_id"], self._catalogue)
        unused = there - _used(place, package, len(held), len(there))
        # Parts that may not travel together do not know what the others have taken.
        unknown = self._has_flexible(unused) | (unused < 0).any(axis=1)
        status[np.searchsorted(rows, held[unknown])] = UNVERIFIED
        unused[unknown] = 0
        kept = np.flatnonzero(~unknown[place])
        at, which = np.nonzero(unused)
        times = unused[at, which]
        more = empty_parcels(
            self._catalogue,
            _rules(self._question.policy, 1),
            np.repeat(which, times),
            # Behind the others of the order, whatever their number.
            _numbered(np.repeat(at, times), np.bincount(place, minlength=len(held))),
        )
        table = pa.concat_tables([parcels.take(pa.array(kept)), self._carried(more)])
        every = np.arange(table.num_rows)
        part = Part(table, every, np.concatenate([order[kept], np.repeat(held[at], times)]))
        return Answer(rows, status, np.zeros(len(rows), np.uint8), part)


def _used(place: Ints, package: Ints, n: int, k: int) -> Ints:
    """``(n, k)`` how often each of ``n`` orders has each of ``k`` packages."""
    boxed = package >= 0
    return np.bincount(place[boxed] * k + package[boxed], minlength=n * k).reshape(n, k)


def _numbered(place: Ints, before: Ints) -> Ints:
    """Numbers of further parcels of orders, ascending in ``place``, of which so many are there."""
    return before[place] + 1 + np.arange(len(place)) - np.searchsorted(place, place)


def _of_each(of: Ints, wanted: Ints, n: int) -> tuple[Ints, Ints]:
    """Rows of each of some owners, and whose they are.

    Parameters
    ----------
    of
        ``(r,)`` owner of each row, ascending, below ``n``.
    wanted
        ``(w,)`` owners, one after the other.

    Returns
    -------
    The rows of the first of these, of the second and so on; and the place of each among them.
    """
    times = np.bincount(of, minlength=n)[wanted]
    at = np.repeat(np.arange(len(wanted)), times)
    before = np.cumsum(times) - times
    first = np.searchsorted(of, np.arange(n))
    return first[wanted[at]] + np.arange(len(at)) - before[at], at


def _asked(orders: Orders, rows: Ints, own: int) -> Orders:
    """Some orders, with own containers only where they are used."""
    some = orders.take(rows)
    return some if own else replace(some, own_container=np.zeros(some.n_lines, np.bool_))


def _rules(policy: Policy, parcels: int) -> Policy:
    """The same rules of packing for so many parcels, however empty or dear they are."""
    return replace(
        policy,
        max_parcels=parcels,
        own_container="always",
        partial="refuse",
        parcel_price=None,
        alternatives=0,
        freight=None,
        max_empty_space=None,
    )


def _statuses(result: Recommendations) -> Codes:
    """``(r,)`` what the verdicts say about the packages asked for."""
    verdict = result.orders["verdict"].cast(pa.string())
    impossible = np.asarray(pc.equal(verdict, "unpackable").to_numpy(), dtype=np.bool_)
    status = np.where(impossible, CANNOT_HOLD, UNVERIFIED)
    return np.where(complete(result), COUNTED, status).astype(np.uint8)


def _first_reasons(result: Recommendations) -> Codes:
    """``(r,)`` why the package is ruled out; the only one asked for is the first."""
    reason = np.zeros(result.orders.num_rows, np.uint8)
    names = result.orders["order_id"].cast(pa.string()).combine_chunks()
    listed = result.ruled_out
    reason[places(listed["order_id"], names)] = places(listed["reason"], pa.array(REASONS))
    return reason


def _held(result: Recommendations, order: Ints) -> tuple[pa.Table, Ints]:
    """The parcels of the orders that are packed completely, and whose each one is."""
    row = np.repeat(np.arange(len(order)), result.orders["parcels"].to_numpy())
    rows = np.flatnonzero(complete(result)[row])
    return result.parcels.take(pa.array(rows)), order[row[rows]]
