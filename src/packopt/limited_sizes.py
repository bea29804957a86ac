"""Packages whose size is chosen for the order, as far as they keep the limit of empty space.

The kernel chooses the cheapest size that holds an order. Where that breaks the limit, another might
keep it, of which nothing is known: the package becomes an open question, unless the cheapest size
is the one of least volume, and so none keeps the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from packopt.enforcing import put_answers, some_answers, some_orders
from packopt.kernel.batch import FEASIBLE, OPTIMAL, STAYED_OPEN
from packopt.kernel.layout import OPEN_QUESTION, POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from packopt.empty_space import EmptySpace
    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.kernel.resizing import SizeAnswers
    from packopt.size_costs import SizeCosts

    #: Betters answers by packages whose size is chosen; as `packopt.sizes.choose_sizes` does.
    Choose = Callable[[Packages, Batch, Answers], SizeAnswers]


def choose_within(
    limit: EmptySpace,
    packages: Packages,
    batch: Batch,
    answers: Answers,
    choose: Choose,
    costs: SizeCosts,
    *,
    least_first: bool,
) -> SizeAnswers:
    """Choose sizes that keep the limit.

    Parameters
    ----------
    limit
        The limit, for the packages.
    packages, batch
        What was asked.
    answers
        What the kernel found in packages of one size; bettered in place.
    choose
        Chooses sizes, whatever the limit.
    costs
        What packages cost at their least size.
    least_first
        Whether what is cheaper has less of the volume that the limit is about.

    Returns
    -------
    The sizes chosen, with costs and bounds.
    """
    n_packages = len(packages.mailer)
    every = np.arange(len(answers.package))
    before = some_answers(answers, batch, every, n_packages)
    chosen = choose(packages, batch, answers)
    barred = packages.barred[batch.access]
    while len(rows := np.flatnonzero(limit.broken(batch, answers, chosen.size_mm))):
        none_keeps = (answers.verdict[rows] == OPTIMAL) & least_first
        barred[rows, answers.package[rows]] = np.where(none_keeps, POLICY, OPEN_QUESTION)
        some = some_orders(batch, rows)._replace(access=rows.astype(np.int32))
        again = some_answers(before, batch, rows, n_packages)
        sized = choose(packages._replace(barred=barred), some, again)
        put_answers(answers, batch, rows, n_packages, again)
        chosen.size_mm[rows], chosen.cost[rows] = sized.size_mm, sized.cost
        chosen.bound[rows] = sized.bound
    _leave_open(batch, answers, chosen, barred, costs)
    return chosen


def _leave_open(
    batch: Batch,
    answers: Answers,
    chosen: SizeAnswers,
    barred: NDArray[np.uint8],
    costs: SizeCosts,
) -> None:
    """Nothing is proved about packages whose chosen size broke the limit."""
    order, package = np.nonzero(barred == OPEN_QUESTION)
    least = costs.least_cost(package, batch.content_mm3[order])
    cheaper = least < chosen.cost[order]
    order, package, least = order[cheaper], package[cheaper], least[cheaper]
    for o, k, cost in zip(order.tolist(), package.tolist(), least.tolist(), strict=True):
        if cost <= chosen.bound[o]:
            chosen.bound[o], answers.bound[o] = cost, k
    shipped = answers.package[order] >= 0
    answers.verdict[order] = np.where(shipped, FEASIBLE, STAYED_OPEN)
