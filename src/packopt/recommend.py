"""The one `recommend()`: for every order the cheapest package that holds it, and why."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.answers import Tables, empty_answers
from packopt.batches import kernel_batch, kernel_packages, kernel_rules
from packopt.costing import package_costs
from packopt.kernel.batch import FEASIBLE, STAYED_OPEN, solve
from packopt.kernel.question import Effort
from packopt.kernel.workspace import Workspace, new_workspace
from packopt.last_resort import close_open_questions
from packopt.policy import Policy
from packopt.recommendations import Recommendations, concat
from packopt.tables import REJECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from packopt.catalogue import Catalogue
    from packopt.costing import PackageCosts
    from packopt.orders import Orders

#: Orders of a batch: enough to forget the overhead, few enough to hold in cache and memory.
BATCH_ORDERS: Final = 50_000
#: A batch also ends when so many (order, package) pairs or units are reached.
BATCH_PAIRS: Final = 4_000_000

_QUICK: Final = Effort(starts=6, climbs=200, beam=32, nodes=600)
_LONGER: Final = Effort(starts=0, climbs=3_000, beam=64, nodes=5_000)
_LONGEST: Final = Effort(starts=0, climbs=20_000, beam=256, nodes=500_000)

#: Passes by effort: each later one sees only what the earlier left open.
PASSES: Final = {
    "fast": (_QUICK,),
    "standard": (_QUICK, _LONGER),
    "thorough": (_QUICK, _LONGER, _LONGEST),
}

_local = threading.local()


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
    policy = policy or Policy()
    parts = []
    for part in recommend_batches(orders, catalogue, policy, threads=threads):
        parts.append(part)
        if progress:
            progress(part.orders.num_rows)
    return concat(parts)


def recommend_batches(
    orders: Orders,
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    threads: int = 1,
) -> Iterator[Recommendations]:
    """Recommend batch by batch, in input order: for inputs whose results should not pile up.

    Every batch holds whole orders. The first carries the rejects and notes of the input. At least
    one batch is yielded, be it empty. Parameters and errors as of `recommend`.
    """
    policy = policy or Policy()
    job = _Job(catalogue, policy)
    slices = list(_slices(orders, catalogue))
    first = True
    for part in _in_order(job, orders, slices, max(threads, 1)):
        yield part if not first else _with_rejects(part, orders)
        first = False


def _with_rejects(part: Recommendations, orders: Orders) -> Recommendations:
    return Recommendations(
        part.orders,
        part.parcels,
        part.placements,
        part.ruled_out,
        orders.rejects,
        part.policy,
        part.catalogue_digest,
        orders.notes,
    )


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
    job: _Job, orders: Orders, slices: list[tuple[int, int]], threads: int
) -> Iterator[Recommendations]:
    """Answer the slices on a pool of threads, at most two ahead of each, in input order."""
    if threads == 1 or len(slices) == 1:
        for start, stop in slices:
            yield job.answer(orders.slice(start, stop))
        return
    waiting: deque[Future[Recommendations]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="packopt") as pool:
        for start, stop in slices:
            waiting.append(pool.submit(job.answer, orders.slice(start, stop)))
            if len(waiting) > 2 * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class _Job:
    """One catalogue and one policy, ready to answer batches of orders."""

    def __init__(self, catalogue: Catalogue, policy: Policy) -> None:
        self._catalogue = catalogue
        self._policy = policy
        self._costs: PackageCosts = package_costs(catalogue, policy)
        self._packages = kernel_packages(catalogue, policy, self._costs)
        self._rules = kernel_rules(policy)
        self._digest = catalogue.digest

    def answer(self, orders: Orders) -> Recommendations:
        """Answer one batch."""
        batch, unit_line = kernel_batch(orders)
        answers = empty_answers(batch, self._catalogue.n_packages)
        workspace = _workspace(int(np.diff(batch.start).max(initial=1)))
        only = np.ones(orders.n_orders, np.uint8)
        for effort in passes(self._policy):
            solve(self._packages, batch, self._rules, effort, only, answers, workspace)
            only[:] = (answers.verdict == FEASIBLE) | (answers.verdict == STAYED_OPEN)
            if not only.any():
                break
        if self._policy.effort == "thorough" and only.any():
            close_open_questions(self._packages, batch, self._rules, answers, workspace)
            only[:] = batch.like != np.arange(orders.n_orders)
            solve(self._packages, batch, self._rules, effort, only, answers, workspace)
        tables = Tables(orders, self._catalogue, self._policy, self._costs)
        return Recommendations(
            **tables.build(batch, unit_line, answers),
            rejects=REJECTS.empty_table(),
            policy=self._policy,
            catalogue_digest=self._digest,
        )


def passes(policy: Policy) -> tuple[Effort, ...]:
    """Return the passes over a batch, those of a word or those of a number of nodes.

    A number climbs a ladder as far as it reaches: 0, 100, 300, 1,000, 3,000 ... nodes, and the
    passes of the words in between. A larger one only adds passes, so it never takes back what a
    smaller one, or a word of fewer nodes, found.
    """
    if isinstance(policy.effort, str):
        return PASSES[policy.effort]
    first = Effort(starts=6, climbs=0, beam=0, nodes=0)
    steps = (factor * 10**power for power in range(2, 7) for factor in (1, 3))
    rungs = [*map(_rung, steps), *PASSES["thorough"]]
    reached = (rung for rung in rungs if rung.nodes <= policy.effort)
    return (first, *sorted(reached, key=lambda rung: rung.nodes))


def _rung(nodes: int) -> Effort:
    return Effort(starts=0, climbs=min(nodes // 4, 10_000), beam=64, nodes=nodes)


def _workspace(max_units: int) -> Workspace:
    """Return this thread's work areas, grown if an order is larger than any before."""
    workspace: Workspace | None = getattr(_local, "workspace", None)
    if workspace is None or len(workspace.n_ext) < max_units:
        workspace = new_workspace(max_units)
        _local.workspace = workspace
    return workspace
