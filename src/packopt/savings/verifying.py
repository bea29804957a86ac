"""Does a baseline's package really hold its order? By packopt's own plan and proofs, or asked anew.

A package counts as holding an order only with a plan, and as not holding it only with a proof.
Where packopt's plan uses the same packages, that plan is the answer; where they are ruled out for
good in its result, that proof is. For the others packopt is asked with these packages only, under
the same rules and with the same effort.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.labels import Labels, places_by_chunk
from packopt.savings.asking import Answer, Several, ask_for_one
from packopt.savings.quantities import OWN_CONTAINER, UNKNOWN
from packopt.savings.sides import (
    CANNOT_HOLD,
    COUNTED,
    NO_BASELINE,
    NO_PLAN,
    UNKNOWN_PACKAGE,
    UNVERIFIED,
    Found,
    Part,
    joined,
)
from packopt.tables import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from packopt.savings.sides import Question

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

#: Orders asked about at a time.
_BATCH: Final = 50_000
#: Reasons in a result that prove that the package cannot hold the order. "policy" is not among
#: them: a limit of empty space, which the baseline need not keep, rules packages out by it as well.
_PROOFS: Final = ("weight", "side", "volume", "pair", "reach", "dff", "search", "cpsat")


@dataclass(frozen=True, eq=False, slots=True)
class Wanted:
    """``w`` parcels in which a baseline wants to put ``n`` orders.

    Attributes
    ----------
    order
        ``(w,)`` index of the order, ascending.
    package
        ``(w,)`` index of the package, `OWN_CONTAINER` for a unit as it is, `UNKNOWN` for a name
        that the catalogue does not have. Where no unit of an order ships as it is, all of them are
        in its packages, whatever containers they have.
    name
        ``(n,)`` the package of an order, as it is named; null for several or none.
    why
        ``(n,)`` why an order has no parcel here, or one that is unknown.
    notes
        Sentences on what was left aside.
    """

    order: Ints
    package: Ints
    name: pa.Array
    why: Labels
    notes: tuple[str, ...] = ()


class _State:
    """What is known of ``n`` orders so far."""

    def __init__(self, n: int, wanted: Wanted) -> None:
        self.status = np.full(n, UNVERIFIED, np.uint8)
        self.reason = np.zeros(n, np.uint8)
        self.open = np.ones(n, np.bool_)
        #: The wanted parcels by order and package.
        self.order, self.package = _by_package(wanted.order, wanted.package)
        self.parcels = np.bincount(self.order, minlength=n)
        self.own = np.bincount(self.order[self.package == OWN_CONTAINER], minlength=n)

    @property
    def boxes(self) -> Ints:
        """``(n,)`` packages that each order is to have."""
        return self.parcels - self.own

    def close(self, orders: Mask | Ints, status: int) -> None:
        """Settle some orders; what is settled stays."""
        chosen = np.zeros(len(self.open), np.bool_)
        chosen[orders] = True
        chosen &= self.open
        self.status[chosen] = status
        self.open &= ~chosen

    def take(self, answer: Answer) -> None:
        """Settle the orders of an answer."""
        self.status[answer.order] = answer.status
        self.reason[answer.order] = answer.reason
        self.open[answer.order] = False


def verify(question: Question, wanted: Wanted) -> Found:
    """Find out which orders a baseline's packages hold, and how they lie in them.

    Parameters
    ----------
    question
        The orders, and packopt's plan for them.
    wanted
        The packages, of the question's catalogue.
    """
    orders, n = question.orders, question.orders.n_orders
    state = _State(n, wanted)
    state.close(~question.planned, NO_PLAN)
    state.close(state.parcels == 0, NO_BASELINE)
    state.close(state.order[state.package == UNKNOWN], UNKNOWN_PACKAGE)
    same = state.open & _as_planned(question, state)
    state.close(same, COUNTED)
    _use_proofs(question, state)
    # Nobody sends an empty parcel: a row of the input is there twice, or of another order.
    state.close(state.parcels > np.diff(orders.unit_start), UNVERIFIED)
    # What lies in a package already cannot be asked about another one.
    state.close(orders.placed_in.code >= 0, UNVERIFIED)
    state.close(_uneven(question, state), UNVERIFIED)
    question.progress(int(n - state.open.sum()))
    answers = _answers(question, state)
    plan = question.plan
    rows = np.flatnonzero(same[plan.order])
    parts = [Part(plan.parcels, rows, plan.order[rows]), *(answer.parcels for answer in answers)]
    side = joined(orders, question.catalogue, parts)
    why = _why(state, wanted, np.diff(orders.unit_start))
    return Found(side, state.status, wanted.name, why, wanted.notes)


def _as_planned(question: Question, state: _State) -> Mask:
    """``(n,)`` whether the baseline wants the very packages that packopt's plan uses."""
    n, plan = len(state.open), question.plan
    order, package = _by_package(plan.order, plan.package)
    same: Mask = np.bincount(order, minlength=n) == state.parcels
    ours, theirs = package[same[order]], state.package[same[state.order]]
    same[order[same[order]][ours != theirs]] = False
    return same


def _by_package(order: Ints, package: Ints) -> tuple[Ints, Ints]:
    """Parcels by order, those of one by package."""
    least = min(UNKNOWN, OWN_CONTAINER)
    n = int(package.max(initial=least)) - least + 1
    # To sort one number for both takes a fraction of sorting by the one and by the other.
    order, package = np.divmod(np.sort(order * n + (package - least)), n)
    return order, package + least


def _use_proofs(question: Question, state: _State) -> None:
    """Settle orders whose one package packopt ruled out for good.

    Where units ship as they are, the result is about the order as a whole and no proof about the
    rest of it.
    """
    alone = question.orders.own_container & (question.policy.own_container == "always")
    with_own = np.logical_or.reduceat(alone, question.orders.line_start[:-1])
    single = state.open & (state.parcels == 1) & (state.own == 0) & ~with_own
    wanted = np.full(len(state.open), UNKNOWN, np.int64)
    wanted[state.order] = state.package
    wanted[~single] = UNKNOWN
    is_proof = np.isin(REASONS, _PROOFS)
    listed = question.result.ruled_out
    listed = pa.Table.from_batches(listed.to_batches(), listed.schema)
    columns = {
        "order_id": question.orders.order_ids,
        "package_id": pa.array(question.catalogue.package_ids, pa.string()),
        "reason": pa.array(REASONS),
    }
    told = (places_by_chunk(listed[name], names) for name, names in columns.items())
    for order, package, reason in zip(*told, strict=True):
        found = (wanted[order] == package) & is_proof[reason]
        state.reason[order[found]] = reason[found]
        state.close(order[found], CANNOT_HOLD)


def _uneven(question: Question, state: _State) -> Mask:
    """``(n,)`` orders that ship other units as they are than those that may.

    Which units they are is not said, nor what else would be around them.
    """
    orders = question.orders
    own = np.add.reduceat(orders.qty * orders.own_container, orders.line_start[:-1])
    units = np.diff(orders.unit_start)
    left_over = (state.boxes == 0) & (own < units)
    return np.asarray((state.own > 0) & ((state.own != own) | left_over))


def _answers(question: Question, state: _State) -> list[Answer]:
    """Ask about all orders that are still open, some at a time."""
    several, kinds = Several(question), question.kinds

    def ask(group: tuple[Ints, Ints, int]) -> Answer:
        rows, packages, own = group
        if len(packages) > 1:
            return several.ask(rows, packages, own)
        # Where all units ship as they are, nothing is asked of the package.
        package = int(packages[0]) if len(packages) else 0
        return ask_for_one(question, rows, kinds.of(rows), package, own)

    answers = []
    with ThreadPoolExecutor(question.threads, thread_name_prefix="packopt") as pool:
        for answer in pool.map(ask, list(_groups(state))):
            state.take(answer)
            question.progress(len(answer.order))
            answers.append(answer)
    return answers


def _groups(state: _State) -> Iterator[tuple[Ints, Ints, int]]:
    """Open orders that want the same packages, and as many units as they are: to be asked as one.

    Yields
    ------
    Indices of the orders, ascending; those of the packages; and the units as they are.
    """
    boxed = (state.package >= 0) & state.open[state.order]
    order, package = state.order[boxed], state.package[boxed]
    start = np.searchsorted(order, np.arange(len(state.open)))
    for boxes in np.unique(state.boxes[state.open]).tolist():
        rows = np.flatnonzero(state.open & (state.boxes == boxes))
        key = np.stack([state.own[rows], *(package[start[rows] + at] for at in range(boxes))])
        by_kind = np.lexsort(key[::-1])
        key, rows = key[:, by_kind], rows[by_kind]
        begins = np.flatnonzero((np.diff(key, axis=1) != 0).any(axis=0)) + 1
        for group, first_of in zip(np.split(rows, begins), [0, *begins.tolist()], strict=True):
            own, *packages = key[:, first_of].tolist()
            for first in range(0, len(group), _BATCH):
                yield group[first : first + _BATCH], np.array(packages, np.int64), own


_WORDS: Final = {
    "weight": "the content is heavier than the package may hold",
    "side": "a unit fits in no allowed orientation",
    "volume": "the units have more volume than the package",
    "pair": "two units can never share the package",
    "reach": "no sum of unit sides uses enough of the package's sides",
    "dff": "by dual feasible functions the units have more volume than the package",
    "search": "every arrangement was tried",
    "cpsat": "CP-SAT proved that there is no arrangement",
    "policy": "by the policy the order may not travel in the package, or not in one parcel",
}
_OF_STATUS: Final = {
    CANNOT_HOLD: "the packages together do not hold the order",
    UNVERIFIED: "neither a plan nor a proof was found for the baseline's packages",
}
_CROWDED: Final = "the baseline has more parcels than the order has units: is a row there twice?"


def _why(state: _State, wanted: Wanted, units: Ints) -> Labels:
    """Why orders do not count: a proof's reason, what the baseline says, or the status."""
    words = [*wanted.why.words, *_WORDS.values(), *_OF_STATUS.values(), _CROWDED]
    code = wanted.why.code.copy()
    for status, text in _OF_STATUS.items():
        code[state.status == status] = words.index(text)
    code[(state.status == UNVERIFIED) & (state.parcels > units)] = words.index(_CROWDED)
    for name, text in _WORDS.items():
        proved = (state.status == CANNOT_HOLD) & (state.reason == REASONS.index(name))
        code[proved] = words.index(text)
    return Labels(code, tuple(words))
