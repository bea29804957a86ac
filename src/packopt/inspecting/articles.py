"""Articles: each SKU with each of its sizes and weights, once, however often it was ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Articles:
    """Distinct articles, in the order of the input; ``a`` is their number.

    Attributes
    ----------
    orders
        Where they were found.
    sku
        ``(a,)`` number of the SKU, from 0 by first appearance.
    size_mm
        ``(a, 3)`` sides as stated.
    weight_g
        ``(a,)`` weight; 0 where weights are not known.
    line
        ``(a,)`` the first order line with it.
    lines
        ``(a,)`` number of order lines with it.
    """

    orders: Orders
    sku: Ints
    size_mm: Ints
    weight_g: Ints
    line: Ints
    lines: Ints

    @classmethod
    def of(cls, orders: Orders) -> Self:
        """The articles of some orders; what lies in a package already counts as well."""
        sku = orders.encoded_skus.indices.to_numpy().astype(np.int64)
        keys = np.column_stack([sku, orders.size_mm, orders.weight_g]).astype(np.int64)
        _, line, lines = np.unique(keys, axis=0, return_index=True, return_counts=True)
        order = np.argsort(line, kind="stable")
        line = line[order]
        return cls(
            orders=orders,
            sku=sku[line],
            size_mm=orders.size_mm[line].astype(np.int64),
            weight_g=orders.weight_g[line].astype(np.int64),
            line=line,
            lines=lines[order],
        )

    @property
    def n_skus(self) -> int:
        """Number of distinct SKUs."""
        return int(self.sku.max(initial=-1)) + 1

    def sides(self, article: int) -> str:
        """The sides of an article in words."""
        return " × ".join(str(side) for side in self.size_mm[article].tolist()) + " mm"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Something suspicious.

    Attributes
    ----------
    what
        A word of `packopt.inspecting.WHAT`.
    why, suggestion
        Sentences.
    skus
        Number of SKUs that it is about.
    article
        The article, where it is about one.
    """

    what: str
    why: str
    suggestion: str
    skus: int = 1
    article: int | None = None

    def row(self, articles: Articles) -> dict[str, Any]:
        """The row of the table."""
        row: dict[str, Any] = {"sku": None, "order_id": None, "row": None}
        if self.article is not None:
            orders, line = articles.orders, int(articles.line[self.article])
            order = int(np.searchsorted(orders.line_start, line, side="right")) - 1
            row = {
                "sku": orders.skus[line].as_py(),
                "order_id": orders.order_ids[order].as_py(),
                "row": int(orders.row[line]),
            }
        told = {"what": self.what, "skus": self.skus, "why": self.why}
        return row | told | {"suggestion": self.suggestion}
