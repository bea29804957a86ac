"""What may share a parcel: sites, sellers, temperatures, groups and classes of goods."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from packopt.labels import Labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders
    from packopt.policy import Policy

    Mask = NDArray[np.bool_]
    Index = NDArray[np.integer]

#: The class that the kernel's words leave unsaid.
AMBIENT = "ambient"


class Sharing:
    """Which order lines may not share a parcel.

    Two lines are apart if they differ in site, seller or temperature (none is a value of its own),
    if both have a group and the groups differ, or if the policy calls their classes of goods
    incompatible.

    Parameters
    ----------
    orders, policy
        Where the labels and the incompatible classes stand.

    Attributes
    ----------
    matters
        False where no two lines can be apart.
    """

    def __init__(self, orders: Orders, policy: Policy) -> None:
        hard = (orders.site, orders.seller, _temperature(orders.temperature))
        goods = orders.goods_class
        self.matters = any(map(_differ, (*hard, orders.group))) or bool(
            policy.incompatible and (goods.code >= 0).any()
        )
        self._hard_labels = hard
        self._group = orders.group.code
        self._goods = goods.code
        self._hostile = _hostile(goods.words, policy)

    @cached_property
    def _hard(self) -> NDArray[np.int64]:
        return _combined([labels.code for labels in self._hard_labels])

    @cached_property
    def supply(self) -> NDArray[np.int64]:
        """``(m,)`` lines of equal number have the same site and temperature: the same packages."""
        site, _, temperature = self._hard_labels
        return _combined([site.code, temperature.code])

    @cached_property
    def code(self) -> NDArray[np.int64]:
        """``(m,)`` lines of equal code stand in the same relation to all others."""
        return _combined([self._hard, self._group, self._goods])

    def apart(self, lines: Index, others: Index) -> Mask:
        """Whether lines may not share a parcel; the two broadcast.

        A line may be apart from itself: then each of its units travels alone.
        """
        group, other_group = self._group[lines], self._group[others]
        return np.asarray(
            (self._hard[lines] != self._hard[others])
            | ((group >= 0) & (other_group >= 0) & (group != other_group))
            | self._hostile[self._goods[lines], self._goods[others]]
        )


def _temperature(labels: Labels) -> Labels:
    """The same with "ambient" as none, which is what a blank means."""
    if AMBIENT not in labels.words:
        return labels
    ambient = labels.words.index(AMBIENT)
    return Labels(np.where(labels.code == ambient, -1, labels.code).astype(np.int32), labels.words)


def _differ(labels: Labels) -> bool:
    return bool(labels.words and len(labels) and (labels.code != labels.code[0]).any())


def _combined(codes: list[NDArray[Any]]) -> NDArray[np.int64]:
    """One code for each distinct row of codes."""
    combined = np.zeros(len(codes[0]), np.int64)
    for code in codes:
        combined = combined * (int(code.max(initial=-1)) + 2) + code + 1
        if len(combined) and combined.max() > 1 << 30:
            combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    return combined


def _hostile(words: tuple[str, ...], policy: Policy) -> Mask:
    """``(g + 1, g + 1)`` incompatible classes; the last row stands for no class."""
    hostile = np.zeros((len(words) + 1, len(words) + 1), np.bool_)
    index = {word: code for code, word in enumerate(words)}
    for first, second in policy.incompatible:
        if first in index and second in index:
            hostile[index[first], index[second]] = hostile[index[second], index[first]] = True
    return hostile
