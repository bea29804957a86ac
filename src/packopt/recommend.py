"""The one `recommend()`: for every order the cheapest package that holds it, and why."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.admission import admit
from packopt.fits import tell_fits
from packopt.freight.job import FreightJob
from packopt.job import Job
from packopt.policy import Policy
from packopt.recommendations import Recommendations, concat
from packopt.second_pass import quick_policy, settled
from packopt.stock import answer_in_turn, is_finite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.stock import Answer

    Ints = NDArray[np.int64]

#: Orders of a batch: enough to forget the overhead, few enough to hold in cache and memory.
BATCH_ORDERS: Final = 50_000
#: A batch also ends when so many (order, package) pairs or units are reached.
BATCH_PAIRS: Final = 4_000_000


def recommend(
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Recommendations:
    """Recommend the cheapest package for every order, with a plan and what ruled out the rest.

    Parameters
    ----------
    orders
        Accepted orders (`packopt.read_orders`).
    catalogue
        The packages to choose from (`packopt.read_catalogue`, `packopt.builtin_catalogue`).
    policy
        Objective, handling rules, allowances and effort; the default `Policy()` if None.
    threads
        Threads to use. The answer is the same for any number.
    progress
        Called with the number of orders answered since the last call.

    Returns
    -------
    The four result tables and the rejects, in the order of the input.

    Raises
    ------
    CatalogueError
        If the objective is `cost` and a package has no price.
    """
    return Recommender(catalogue, policy).recommend(orders, threads=threads, progress=progress)


def recommend_batches(
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    threads: int = 1,
) -> Iterator[Recommendations]:
    """Recommend batch by batch, in input order: for inputs whose results should not pile up.

    Every batch holds whole orders. The first carries the rejects, and the notes on the input. At
    least one batch is yielded, be it empty. Parameters and errors as of `recommend`.
    """
    yield from Recommender(catalogue, policy).batches(orders, threads=threads)


class Recommender:
    """One catalogue and one policy, made ready once to be asked again and again.

    Any thread may ask; every question starts with the whole stock of the catalogue.

    Parameters
    ----------
    catalogue, policy
        As of `recommend`.

    Raises
    ------
    CatalogueError
        If the objective is `cost` and a package has no price.
    """

    def __init__(self, catalogue: Catalogue, policy: Policy | None = None) -> None:
        self.catalogue = catalogue
        self.policy = policy or Policy()
        self._job: Job | FreightJob
        if self.policy.freight is None:
            self._job = Job(catalogue, self.policy)
        else:
            self._job = FreightJob(catalogue, self.policy)

    def has_second_pass(self) -> bool:
        """Whether `first_pass` may answer with less effort than `recommend`."""
        return self._quick is not None

    def first_pass(self, orders: Orders) -> tuple[Recommendations, NDArray[np.bool_]]:
        """Answer orders with the first pass of the effort only.

        Parameters
        ----------
        orders
            As of `recommend`.

        Returns
        -------
        Answers to all orders, and ``(r,)`` True for those that are still open; the answers to all
        others are those of `recommend`. None is open where there is no second pass.
        """
        if self._quick is None:
            result = self.recommend(orders)
            return result, np.zeros(result.orders.num_rows, np.bool_)
        policy, quick_job = self._quick
        parts: list[Recommendations] = []
        is_open: list[NDArray[np.bool_]] = []

        def answer(some: Orders) -> Recommendations:
            answers, undecided = quick_job.first_pass(some)
            is_open.append(undecided)
            return answers

        for part, mine in self._batches(orders, answer, policy):
            is_open[-1] |= ~settled(mine, part, self.policy)
            parts.append(part)
        return replace(concat(parts), policy=self.policy), np.concatenate(is_open)

    @cached_property
    def _quick(self) -> tuple[Policy, Job] | None:
        """What answers with the first pass only; None where that would not be the same."""
        policy = quick_policy(self.catalogue, self.policy)
        return None if policy is None else (policy, Job(self.catalogue, policy, closing=False))

    def recommend(
        self,
        orders: Orders,
        *,
        threads: int = 1,
        progress: Callable[[int], None] | None = None,
        answered: Callable[[Recommendations, Orders], None] | None = None,
    ) -> Recommendations:
        """Answer orders; result and other parameters as of the function `recommend`.

        Parameters
        ----------
        answered
            Called with each batch as it comes, and the orders in it.
        """
        parts = []
        for part, mine in self._batches(orders, self._job.answer, self.policy, threads):
            parts.append(part)
            if progress:
                progress(part.orders.num_rows)
            if answered:
                answered(part, mine)
        return concat(parts)

    def batches(self, orders: Orders, *, threads: int = 1) -> Iterator[Recommendations]:
        """Answer orders batch by batch; parameters and batches as of `recommend_batches`."""
        for part, _ in self._batches(orders, self._job.answer, self.policy, threads):
            yield part

    def _batches(
        self,
        orders: Orders,
        answer: Callable[[Orders], Recommendations],
        policy: Policy,
        threads: int = 1,
    ) -> Iterator[tuple[Recommendations, Orders]]:
        """Answers batch by batch, by a function and under its policy, and the orders of each."""
        threads = max(threads, 1)
        accepted, refused = admit(orders, self.catalogue, policy)
        if is_finite(self.catalogue):
            in_turn = _answerer(self._job, self.catalogue, threads)
            batches = iter([answer_in_turn(accepted, self.catalogue, in_turn)])
        else:
            batches = _in_order(answer, accepted, self.catalogue, threads)
        start = 0
        for part in batches:
            stop = start + part.orders.num_rows
            mine = accepted.slice(start, stop)
            told = tell_fits(part, mine, self.catalogue, policy)
            yield (told if start else _with_rejects(told, accepted, refused)), mine
            start = stop


def _answerer(job: Job | FreightJob, catalogue: Catalogue, threads: int) -> Answer:
    """Answer any orders as one, from what is left of the stock."""

    def answer(
        orders: Orders, left: Ints | None, sites: tuple[str, ...], *, joined: bool
    ) -> Recommendations:
        one_batch = partial(job.answer, left=left, sites=sites, joined=joined)
        return concat(list(_in_order(one_batch, orders, catalogue, threads)))

    return answer


def _with_rejects(part: Recommendations, orders: Orders, refused: pa.Table) -> Recommendations:
    rejects = pa.concat_tables([orders.rejects, refused]) if refused.num_rows else orders.rejects
    return replace(part, rejects=rejects, notes=orders.notes)


def _slices(orders: Orders, catalogue: Catalogue) -> Iterator[tuple[int, int]]:
    """Cut the orders into batches of bounded memory."""
    most = max(1, min(BATCH_ORDERS, BATCH_PAIRS // max(catalogue.n_packages, 1)))
    start = 0
    while True:
        stop = min(start + most, orders.n_orders)
        units = np.searchsorted(orders.unit_start, orders.unit_start[start] + BATCH_PAIRS)
        stop = max(min(stop, int(units) - 1), min(start + 1, orders.n_orders))
        yield start, stop
        start = stop
        if start >= orders.n_orders:
            return


def _in_order(
    answer: Callable[[Orders], Recommendations], orders: Orders, catalogue: Catalogue, threads: int
) -> Iterator[Recommendations]:
    """Answer the orders in slices on a pool of threads, at most two ahead of each, in order."""
    slices = list(_slices(orders, catalogue))
    if len(slices) == 1:
        yield answer(orders)
        return
    if threads == 1:
        for start, stop in slices:
            yield answer(orders.slice(start, stop))
        return
    waiting: deque[Future[Recommendations]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="packopt") as pool:
        for start, stop in slices:
            waiting.append(pool.submit(answer, orders.slice(start, stop)))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
