"""Packages whose size is chosen for the order, asked after the kernel's loop over the others.

`resize` of the kernel takes the answers for packages of one size and betters them where an
adjustable carton or a box made to measure is cheaper at some size that holds the order.
"""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Final

import numpy as np

from packopt.catalogue import ADJUSTABLE
from packopt.costing import CONTENT_LIMIT_MM3
from packopt.kernel.resizing import SizeAnswers, Sizes, resize
from packopt.kernel.size_cost import NEVER
from packopt.kernel.size_space import SizeSpace, new_size_space
from packopt.size_costs import TERMS, offered_mm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.kernel.batch import Answers, Batch, Packages
    from packopt.kernel.question import Effort
    from packopt.kernel.workspace import Workspace
    from packopt.size_costs import SizeCosts

    Ints = NDArray[np.int64]

__all__ = ["NEVER", "SizeAnswers", "Sizes", "choose_sizes", "kernel_sizes"]

#: Budget for one package and order, in steps of about half a microsecond: at least so many, and so
#: many for each unit of the square root of an effort's nodes. It grows slower than the nodes, since
#: most sizes of many units stay open however long they are asked about.
_LEAST_WORK: Final = 3_000
_WORK_PER_ROOT: Final = 1_500

_local = threading.local()


def kernel_sizes(catalogue: Catalogue, costs: SizeCosts) -> Sizes:
    """Return the packages whose size is chosen for the order, as the kernel sees them."""
    package = np.flatnonzero(catalogue.kind >= ADJUSTABLE)
    offered = [offered_mm(catalogue, k) for k in package.tolist()]
    every = [sides for three in offered for sides in three]
    ends = np.cumsum([0, *(len(sides) for sides in every)])
    begins = np.array([ends[3 * f : 3 * f + 4] for f in range(len(package))], np.int64)
    turnable = [
        _is_turnable(costs, k, three[0], three[1])
        for k, three in zip(package.tolist(), offered, strict=True)
    ]
    return Sizes(
        package=package,
        offered=np.concatenate([np.empty(0, np.int64), *every]),
        begins=begins.reshape(-1, 4),
        coefficient=costs.coefficient[package],
        filler_cost=costs.filler[package],
        wall_mm=costs.wall_mm[package],
        coolant_mm3=catalogue.coolant_mm3[package].astype(np.int64),
        turnable=np.array(turnable, np.int64),
    )


def _is_turnable(costs: SizeCosts, k: int, length: Ints, width: Ints) -> bool:
    """Whether each size wider than long is also made with the two exchanged, and no dearer."""
    wider, shorter = width[width > length[0]], length[length < width[-1]]
    offered = bool(np.isin(wider, length).all() and np.isin(shorter, width).all())
    one = dict(zip(TERMS, costs.coefficient[k].tolist(), strict=True))
    no_dearer = one["y"] >= one["x"] and one["yz"] >= one["xz"]
    return offered and no_dearer and bool(costs.wall_mm[k, 0] >= costs.wall_mm[k, 1])


def choose_sizes(
    sizes: Sizes,
    packages: Packages,
    batch: Batch,
    rules: int,
    efforts: Sequence[Effort],
    answers: Answers,
    workspace: Workspace,
) -> SizeAnswers:
    """Better the kernel's answers by packages whose size is chosen for the order.

    Parameters
    ----------
    sizes, packages
        The catalogue under the policy; packages of chosen size are in no ranking of ``packages``.
    batch
        What the kernel was asked.
    rules
        Handling rules, as in ``kernel.handling.acceptable``.
    efforts
        Passes, each over what the earlier left open.
    answers
        What it answered for packages of one size; rewritten in place.
    workspace
        Work areas for the largest order.

    Returns
    -------
    SizeAnswers
        The sizes chosen, and for every order what the answer costs and what nothing is cheaper
        than.
    """
    n_orders = len(answers.package)
    cost = _costs(packages, batch, answers.package)
    proved = np.array_equal(answers.bound, answers.package)
    chosen = SizeAnswers(
        size_mm=np.zeros((n_orders, 3), np.int32),
        cost=cost,
        bound=cost.copy() if proved else _costs(packages, batch, answers.bound),
    )
    if len(sizes.package):
        wanted = np.ones(n_orders, np.uint8)
        space = _space(int(np.diff(batch.start).max(initial=1)))
        resize(
            sizes, packages, batch, rules, _rungs(efforts), wanted, answers, chosen, space,
            workspace,
        )  # fmt: skip
    return chosen


def _costs(packages: Packages, batch: Batch, package: NDArray[np.int32]) -> Ints:
    """Cost steps of packages of one size; NEVER for -1."""
    content = np.minimum(batch.content_mm3, CONTENT_LIMIT_MM3)
    cost = packages.base_cost[package] - packages.filler_cost[package] * content
    return np.asarray(np.where(package < 0, NEVER, cost), dtype=np.int64)


def _rungs(efforts: Sequence[Effort]) -> Ints:
    """Efforts as the kernel takes them: the first starts serve all, and each has a budget."""
    starts = efforts[0].starts
    return np.array(
        [[starts, e.climbs, e.beam, e.nodes, _budget(e.nodes)] for e in efforts], np.int64
    )


def _budget(nodes: int) -> int:
    """Work on one package and order under an effort of so many nodes, see ``kernel.sizes``."""
    return max(_LEAST_WORK, _WORK_PER_ROOT * math.isqrt(nodes))


def _space(max_units: int) -> SizeSpace:
    """Return this thread's work areas, grown if an order is larger than any before."""
    space: SizeSpace | None = getattr(_local, "space", None)
    if space is None or len(space.plan) < max_units:
        space = new_size_space(max(max_units, 32))
        _local.space = space
    return space
