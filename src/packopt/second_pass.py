"""The second pass: orders that a quick effort settles, and those that are worth more of it.

The passes of an effort see only what the passes before left open (`packopt.efforts`), so an order
that the first one settles has the same answer under any effort. What the first pass leaves open,
and what could be answered otherwise with more effort, is *open* here: it is asked about again,
with all effort, wherever there is room. To call an order open that is not costs a little time; to
call one settled that is not would make its answer depend on who is asked. So the test is narrow.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from packopt.catalogue import ADJUSTABLE
from packopt.efforts import passes
from packopt.tolerances import with_tolerance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.orders import Orders
    from packopt.policy import Policy
    from packopt.recommendations import Recommendations

    Mask = NDArray[np.bool_]


def quick_policy(catalogue: Catalogue, policy: Policy) -> Policy | None:
    """The same policy with its first pass only.

    Parameters
    ----------
    catalogue, policy
        As of `packopt.recommend`.

    Returns
    -------
    The policy, which splits nothing; None where there is no second pass, or where it goes over all
    orders: whose packages have sizes that are chosen for the order or a limited stock, whose
    parcels or freight have a price, whose empty space is limited, or of which alternatives are
    asked for.
    """
    sees_all = (
        any(catalogue.stock)
        or policy.alternatives > 0
        or policy.parcel_price is not None
        or policy.freight is not None
        or policy.limits_empty_space
        or bool((catalogue.kind >= ADJUSTABLE).any())
    )
    if sees_all or len(passes(policy)) == 1:
        return None
    # Whatever needs several parcels is open, and splitting is most of the work on it.
    unsplit = replace(policy, max_parcels=1, partial="refuse")
    if isinstance(policy.effort, str):
        return replace(unsplit, effort="fast")
    return replace(unsplit, effort=0)


def settled(orders: Orders, result: Recommendations, policy: Policy) -> Mask:
    """Which answers more effort would not change, if nothing about them stayed undecided.

    Parameters
    ----------
    orders
        Orders as they were packed.
    result
        Answers to them under `quick_policy`, in their order.
    policy
        Any effort of it.

    Returns
    -------
    ``(n,)`` True for answers in one package that is proved to be the cheapest, and for single units
    that are proved to fit none; never for part-filled packages, own containers that ship only
    where that is cheaper, and sizes that may be off without being packed at their largest.
    """
    answers = result.orders
    verdict = answers["verdict"].cast("string")
    optimal = pc.equal(verdict, "optimal").to_numpy() & (answers["parcels"].to_numpy() == 1)
    lost = pc.equal(verdict, "unpackable").to_numpy() & (np.diff(orders.unit_start) == 1)
    off = with_tolerance(orders, policy)
    lost &= ~off
    if policy.tolerance != "largest":
        optimal &= ~off
    kept = orders.placed_in.code < 0
    if policy.own_container != "always":
        kept &= ~np.logical_or.reduceat(orders.own_container, orders.line_start[:-1])
    return np.asarray((optimal | lost) & kept, dtype=np.bool_)
