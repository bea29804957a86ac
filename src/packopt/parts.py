"""Orders as parts: units that may share a parcel, directly or through others.

Most orders are one part. Units that can never travel together, not even through a third, are
packed by themselves, so a part is what the kernel is asked about, and what may need splitting.
Where parts might compete for the last packages in stock, they are left in one piece.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from packopt.sharing import Sharing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders
    from packopt.policy import Policy

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """``p`` parts of ``n`` orders, those of an order together, with ``l`` lines.

    Attributes
    ----------
    order
        ``(p,)`` order of each part.
    start
        ``(p + 1,)``: the lines of part ``i`` are ``line[start[i]:start[i + 1]]``.
    line
        ``(l,)`` order lines.
    torn
        ``(p,)`` True where some units of the part may not share a parcel.
    alone
        ``(a,)`` lines whose units ship in their own containers, under a policy that wants that;
        they are in no part.
    whole
        True where every order is one part: then parts and orders are the same.
    sharing
        What keeps lines apart.
    """

    order: Ints
    start: Ints
    line: Ints
    torn: Mask
    alone: Ints
    whole: bool
    sharing: Sharing

    def lines_of(self, part: int) -> Ints:
        """The order lines of a part."""
        return self.line[self.start[part] : self.start[part + 1]]


def find_parts(orders: Orders, policy: Policy, *, joined: bool = False) -> Parts:
    """Take orders apart into parts.

    Parameters
    ----------
    orders
        The orders.
    policy
        Says which classes of goods are incompatible, and what becomes of own containers.
    joined
        Whether units that draw on the same packages stay in one part, though they may not share
        a parcel.

    Returns
    -------
    Parts
    """
    sharing = Sharing(orders, policy)
    alone = orders.own_container & (policy.own_container == "always")
    every = np.arange(orders.n_orders)
    if not sharing.matters and not alone.any():
        return Parts(
            order=every,
            start=orders.line_start,
            line=np.arange(orders.n_lines),
            torn=np.zeros(orders.n_orders, np.bool_),
            alone=np.empty(0, np.int64),
            whole=True,
            sharing=sharing,
        )
    order_of_line = np.repeat(every, np.diff(orders.line_start))
    component = np.zeros(orders.n_lines, np.int64)
    torn = set()
    for order in _mixed(orders, sharing, alone, order_of_line).tolist():
        lines = np.arange(orders.line_start[order], orders.line_start[order + 1])
        lines = lines[~alone[lines]]
        apart = sharing.apart(lines[:, None], lines[None, :])
        near = ~apart
        if joined:
            near |= sharing.supply[lines, None] == sharing.supply[None, lines]
        component[lines] = _components(near, orders.keep_together.code[lines])
        several = orders.qty[lines] > 1
        clash = apart & (component[lines, None] == component[None, lines])
        clash[np.diag_indices(len(lines))] &= several
        torn |= {(order, int(one)) for one in component[lines[clash.any(axis=1)]]}
    kept = np.flatnonzero(~alone)
    kept = kept[np.lexsort((kept, component[kept], order_of_line[kept]))]
    key = order_of_line[kept] * (orders.n_lines + 1) + component[kept]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    order_of_part = order_of_line[kept[first]]
    return Parts(
        order=order_of_part,
        start=np.append(first, len(kept)),
        line=kept,
        torn=np.array(
            [
                (order, one) in torn
                for order, one in zip(
                    order_of_part.tolist(), component[kept[first]].tolist(), strict=True
                )
            ],
            np.bool_,
        ),
        alone=np.flatnonzero(alone),
        whole=False,
        sharing=sharing,
    )


def _mixed(orders: Orders, sharing: Sharing, alone: Mask, order_of_line: Ints) -> Ints:
    """Orders in which some lines, or some units of one line, are apart."""
    first = orders.line_start[order_of_line]
    itself = sharing.apart(np.arange(orders.n_lines), np.arange(orders.n_lines))
    mixed = (sharing.code != sharing.code[first]) | itself | alone[first]
    return np.unique(order_of_line[mixed & ~alone])


def _components(near: Mask, together: NDArray[np.int32]) -> Ints:
    """Number the connected components of lines that may share a parcel, by first line."""
    near = near | ((together[:, None] == together[None, :]) & (together[:, None] >= 0))
    component = np.full(len(near), -1)
    count = 0
    for line in range(len(near)):
        if component[line] >= 0:
            continue
        reached = [line]
        while reached:
            at = reached.pop()
            if component[at] < 0:
                component[at] = count
                reached += np.flatnonzero(near[at] & (component < 0)).tolist()
        count += 1
    return component
