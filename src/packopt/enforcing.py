"""Plans that break the limit of empty space, found out after the kernel made them.

The kernel knows of the limit only what follows from an order's content, as rows of reasons. What
depends on the plan, the thickness of a mailer or a size that was chosen, is looked at here: a
package whose plan breaks the limit becomes an open question, and the order is asked about again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.batches import empty_answers
from packopt.kernel.batch import FEASIBLE, OPTIMAL, STAYED_OPEN, UNPACKABLE, Batch
from packopt.kernel.layout import OPEN_QUESTION, POLICY, STOCK
from packopt.runs import run_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.empty_space import Content, EmptySpace
    from packopt.kernel.batch import Answers, Packages

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    #: Asks the kernel about the orders that are wanted, ``(o,)`` 1 or 0.
    Ask = Callable[[Packages, Batch, NDArray[np.uint8], Answers], None]

_BY_UNIT: Final = ("place", "unit", "support")
_BY_PAIR: Final = ("ruled", "reason")


class Enforcer:
    """Asks about a batch so that no plan breaks the limit.

    What broke it is listed as an open question: neither a proof that the package does not hold the
    units, which could be handed on to larger sets, nor a plan. So bounds are those without the
    limit. An answer is optimal where all that stays open is what the limit rules out for sure.

    Parameters
    ----------
    limit
        The limit, for the packages.
    packages, batch
        What is asked; they learn to bar what broke the limit.
    """

    def __init__(self, limit: EmptySpace, packages: Packages, batch: Batch) -> None:
        self.packages, self.batch = packages, batch
        self._limit, self._bare, self._asked = limit, packages, batch
        self._n_packages = len(packages.mailer)
        self._orders = np.empty(0, np.int64)
        #: ``(q, k)`` packages that broke the limit, or would, for each of those orders.
        self._shut = np.zeros((0, self._n_packages), np.bool_)
        self._sure = self._shut
        self._content: Content | None = None

    def ask(self, answers: Answers, wanted: NDArray[np.uint8], ask: Ask) -> None:
        """Ask about some orders; what the answers know already is not asked again.

        Parameters
        ----------
        answers
            Changed in place.
        wanted
            ``(o,)`` 1 for orders to ask about.
        ask
            Asks the kernel in one pass.
        """
        ask(self.packages, self.batch, wanted, answers)
        self.settle(answers, ask)

    def settle(self, answers: Answers, ask: Ask) -> None:
        """Ask again where a plan breaks the limit, until none does.

        Parameters
        ----------
        answers
            Changed in place.
        ask
            Asks the kernel in one pass.
        """
        while len(broken := np.flatnonzero(self._limit.broken(self._asked, answers))):
            self._shut_out(broken, answers)
            wanted = np.zeros(len(answers.package), np.uint8)
            wanted[broken] = 1
            ask(self.packages, self.batch, wanted, answers)
        conclude(answers, self._orders, self._n_packages, self._sure)

    def _shut_out(self, broken: Ints, answers: Answers) -> None:
        """Bar the packages that break the limit, and list them as open."""
        self._content = self._content or self._limit.content(self._asked)
        new = np.setdiff1d(broken, self._orders)
        self._orders = np.concatenate([self._orders, new])
        self._sure = np.concatenate([self._sure, self._limit.refused(self._content, new)])
        self._shut = np.concatenate([self._shut, self._limit.unfit(self._content, new)])
        by_order = np.argsort(self._orders)
        row = by_order[np.searchsorted(self._orders, broken, sorter=by_order)]
        self._shut[row, answers.package[broken]] = True
        at = broken * self._n_packages + answers.n_ruled[broken]
        answers.ruled[at] = answers.package[broken]
        answers.reason[at] = OPEN_QUESTION
        answers.n_ruled[broken] += 1
        answers.package[broken] = -1
        rows = self._bare.barred[self._asked.access[self._orders]]
        rows[(rows == 0) & self._shut] = OPEN_QUESTION
        access = self._asked.access.copy()
        access[self._orders] = np.arange(len(rows), dtype=np.int32) + len(self._bare.barred)
        barred = np.concatenate([self._bare.barred, rows])
        self.packages = self._bare._replace(barred=barred)
        self.batch = self._asked._replace(access=access)


def prove_thin(
    limit: EmptySpace, packages: Packages, batch: Batch, answers: Answers, ask: Ask
) -> None:
    """Prove of mailers that stayed open that they hold no order as thin as the limit asks for.

    Parameters
    ----------
    limit, packages, batch, answers, ask
        As of `Enforcer`; where the proof succeeds, the mailer is ruled out by policy.
    """
    n_packages = len(packages.mailer)
    listed = np.arange(n_packages) < answers.n_ruled[:, None]
    reason = answers.reason.reshape(-1, n_packages)
    order, rank = np.nonzero(listed & (reason == OPEN_QUESTION))
    package = answers.ruled.reshape(-1, n_packages)[order, rank].astype(np.int64)
    soft = np.flatnonzero(packages.mailer[package] == 1)
    order, rank, package = order[soft], rank[soft], package[soft]
    if not len(order):
        return
    most = limit.thickest_mm(package, limit.content(batch).soft_mm3[order])
    proved = most == 0
    for k, thick in np.unique(np.column_stack([package, most])[most > 0], axis=0).tolist():
        rows = np.flatnonzero((package == k) & (most == thick))
        proved[rows] = _holds_none(packages, some_orders(batch, order[rows]), k, thick, ask)
    reason[order[proved], rank[proved]] = POLICY
    changed = np.unique(order[proved])
    conclude(answers, changed, n_packages, np.zeros((len(changed), n_packages), np.bool_))


def _holds_none(packages: Packages, batch: Batch, mailer: int, thick_mm: int, ask: Ask) -> Mask:
    """Orders for which it is proved that a mailer does not hold them at so many mm or less."""
    room, barred = packages.room.copy(), np.full((1, len(packages.mailer)), STOCK, np.uint8)
    room[mailer, 2] = thick_mm
    barred[0, mailer] = 0
    only = packages._replace(room=room, barred=barred)
    answers = empty_answers(batch, len(packages.mailer))
    n = len(answers.package)
    alone = batch._replace(access=np.zeros(n, np.int32), like=np.arange(n))
    ask(only, alone, np.ones(n, np.uint8), answers)
    return np.asarray(answers.verdict == UNPACKABLE)


def conclude(answers: Answers, orders: Ints, n_packages: int, sure: Mask) -> None:
    """Set verdict and bound of some orders by what is listed as open.

    Parameters
    ----------
    answers
        Changed in place.
    orders
        ``(q,)``.
    n_packages
        Packages of each order's list.
    sure
        ``(q, k)`` packages that may be listed as open, but are ruled out for sure.
    """
    if not len(orders):
        return
    listed = np.arange(n_packages) < answers.n_ruled[orders, None]
    is_open = listed & (answers.reason.reshape(-1, n_packages)[orders] == OPEN_QUESTION)
    ruled = answers.ruled.reshape(-1, n_packages)[orders]
    at = np.arange(len(orders))
    known = sure[at[:, None], np.where(listed, ruled, 0)]
    some, unsure = is_open.any(axis=1), (is_open & ~known).any(axis=1)
    first = ruled[at, is_open.argmax(axis=1)]
    shipped = answers.package[orders] >= 0
    answers.bound[orders] = np.where(some, first, answers.package[orders])
    answers.verdict[orders] = np.where(
        shipped, np.where(unsure, FEASIBLE, OPTIMAL), np.where(some, STAYED_OPEN, UNPACKABLE)
    )


def rule_out_all(answers: Answers, proved: Mask) -> None:
    """Rule out by policy what is listed as open for orders of which it is proved that none holds.

    Parameters
    ----------
    answers
        Changed in place.
    proved
        ``(o,)`` orders that no parcels hold within the limit.
    """
    if not proved.any():
        return
    n_packages = len(answers.ruled) // len(answers.package)
    reason = answers.reason.reshape(-1, n_packages)
    listed = np.arange(n_packages) < answers.n_ruled[:, None]
    reason[listed & proved[:, None] & (reason == OPEN_QUESTION)] = POLICY


def some_orders(batch: Batch, rows: Ints) -> Batch:
    """Some orders of a batch, each for itself."""
    units = np.diff(batch.start)[rows]
    return Batch(
        units=batch.units[run_rows(batch.start[rows], units)],
        start=np.append(0, np.cumsum(units)),
        content_mm3=batch.content_mm3[rows],
        weight_g=batch.weight_g[rows],
        no_mailer=batch.no_mailer[rows],
        like=np.arange(len(rows)),
        access=batch.access[rows],
    )


def some_answers(answers: Answers, batch: Batch, rows: Ints, n_packages: int) -> Answers:
    """The answers to some orders of a batch, as copies."""
    at = _places(batch, rows, n_packages)
    return answers._replace(**{name: getattr(answers, name)[at[name]] for name in answers._fields})


def put_answers(answers: Answers, batch: Batch, rows: Ints, n_packages: int, some: Answers) -> None:
    """Put the answers to some orders of a batch in their place."""
    at = _places(batch, rows, n_packages)
    for name in answers._fields:
        getattr(answers, name)[at[name]] = getattr(some, name)


def _places(batch: Batch, rows: Ints, n_packages: int) -> dict[str, Ints]:
    """Where the answers to some orders stand, by field."""
    units = run_rows(batch.start[rows], np.diff(batch.start)[rows])
    pairs = run_rows(rows * n_packages, np.full(len(rows), n_packages))
    places = dict.fromkeys(
        ("package", "verdict", "work", "bound", "n_ruled"), np.asarray(rows, np.int64)
    )
    return places | dict.fromkeys(_BY_UNIT, units) | dict.fromkeys(_BY_PAIR, pairs)
