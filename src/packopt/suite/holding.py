"""Which contents each package of the offer holds, and at what size: asked of the kernel."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.batches import empty_answers, kernel_packages, kernel_rules
from packopt.catalogue import ADJUSTABLE
from packopt.costing import package_costs
from packopt.efforts import passes
from packopt.kernel.batch import Batch, solve
from packopt.kernel.workspace import new_workspace
from packopt.size_costs import size_costs
from packopt.sizes import choose_sizes, kernel_sizes
from packopt.suite.offering import least_costs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.suite.history import History
    from packopt.suite.offering import Offer

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Held:
    """What ``n`` packages hold of ``p`` contents.

    Attributes
    ----------
    held
        ``(p, n)`` whether each package is known to hold each content.
    rise
        ``(p, s)`` what the content costs more than the least size, in each of the ``s`` packages
        whose size is chosen for the order; 0 where it is not held.
    """

    held: Mask
    rise: Floats


def held_by(history: History, offer: Offer, policy: Policy, *, threads: int = 1) -> Held:
    """Ask the kernel which contents each package of the offer holds.

    Parameters
    ----------
    history
        The contents; those alike in all that matters to a package are asked about once.
    offer
        The packages.
    policy
        Its handling rules, effort and objective.
    threads
        Threads to use. The answer is the same for any number.
    """
    batch, like = _distinct(history, offer)
    packages = [part.take(np.array([k])) for part in offer.parts for k in range(part.n_packages)]

    def ask(one: Catalogue) -> tuple[Mask, Floats]:
        return _ask(batch, one, policy)

    with ThreadPoolExecutor(threads, thread_name_prefix="packopt") as pool:
        answers = list(pool.map(ask, packages))
    held = np.zeros((len(like), len(answers)), np.bool_)
    sized = np.flatnonzero(offer.kind >= ADJUSTABLE)
    rise = np.zeros((len(like), len(sized)))
    for k, (yes, _) in enumerate(answers):
        held[:, k] = yes[like]
    for column, k in enumerate(sized.tolist()):
        rise[:, column] = answers[k][1][like]
    return Held(held, rise)


def _distinct(history: History, offer: Offer) -> tuple[Batch, Ints]:
    """Contents that differ to a package, and ``(p,)`` which of them each content is like."""
    batch = history.batch
    limited = any((part.max_content_g >= 0).any() for part in offer.parts)
    weight = batch.weight_g if limited else np.zeros_like(batch.weight_g)
    key = np.stack([history.row, batch.no_mailer.astype(np.int64), weight], axis=1)
    _, first, like = np.unique(key, axis=0, return_index=True, return_inverse=True)
    counts = np.diff(batch.start)[first]
    start = np.zeros(len(first) + 1, np.int64)
    np.cumsum(counts, out=start[1:])
    index = np.repeat(batch.start[first] - start[:-1], counts) + np.arange(start[-1])
    some = Batch(
        units=np.ascontiguousarray(batch.units[index]),
        start=start,
        content_mm3=batch.content_mm3[first],
        weight_g=batch.weight_g[first],
        no_mailer=batch.no_mailer[first],
        like=np.arange(len(first)),
        access=np.zeros(len(first), np.int32),
    )
    return some, like.reshape(-1)


def _ask(batch: Batch, one: Catalogue, policy: Policy) -> tuple[Mask, Floats]:
    """Which contents one package holds, and what they cost more than at its least size."""
    n = len(batch.start) - 1
    workspace = new_workspace(int(np.diff(batch.start).max(initial=1)))
    costs, rules = package_costs(one, policy), kernel_rules(policy)
    packages = kernel_packages(one, policy, costs)
    answers = empty_answers(batch, 1)
    wanted = np.ones(n, np.uint8)
    for effort in passes(policy):
        solve(packages, batch, rules, effort, wanted, answers, workspace)
        wanted[:] = (answers.package < 0) & (answers.bound >= 0)
        if not wanted.any():
            break
    if one.kind[0] < ADJUSTABLE:
        return answers.package >= 0, np.zeros(n)
    sizes = kernel_sizes(one, size_costs(one, policy, costs))
    chosen = choose_sizes(sizes, packages, batch, rules, passes(policy), answers, workspace)
    held = answers.package >= 0
    in_full = chosen.cost + costs.per_empty_mm3[0] * batch.content_mm3
    return held, np.where(held, in_full - least_costs(one, policy)[0], 0.0)
