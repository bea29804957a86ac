"""Suspicious sizes: what in a file of orders was hardly measured, with a suggestion for each.

    articles.py     each SKU with each of its sizes and weights, once
    file_wide.py    floors, round numbers, repeats: what only many articles together show
    by_sku.py       one SKU in several sizes: other units, swapped sides, other sizes
    densities.py    articles that are too heavy or too light for their sizes

Nothing is corrected and nothing is rejected: all of it may be true.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from packopt.inspecting.articles import Articles
from packopt.inspecting.by_sku import several_sizes
from packopt.inspecting.densities import odd_densities
from packopt.inspecting.file_wide import floors, repeats, round_numbers

if TYPE_CHECKING:
    from packopt.orders import Orders

__all__ = ["SUSPICIOUS", "WHAT", "suspicious_sizes"]

WHAT: Final = {
    "floor": "the smallest size stands for many articles",
    "round": "sizes are round numbers",
    "repeat": "many articles have the same three sizes",
    "unit": "sizes or weights are stated in two units",
    "swapped": "sides are stated in another order",
    "differs": "one article has several sizes",
    "density": "weight and volume do not go together",
}


def _column(name: str, kind: pa.DataType, meaning: str) -> pa.Field:
    return pa.field(name, kind, metadata={"meaning": meaning})


SUSPICIOUS: Final = pa.schema(
    [
        _column("what", pa.string(), f"one of {', '.join(WHAT)}"),
        _column("sku", pa.string(), "the article; null where it is about many"),
        _column("order_id", pa.string(), "the first order that it is in; null likewise"),
        _column("row", pa.int64(), "its first row in the input, from 1; null likewise"),
        _column("skus", pa.int64(), "number of articles that it is about"),
        _column("why", pa.string(), "what was found, and why it is suspicious"),
        _column("suggestion", pa.string(), "what to do about it"),
    ]
)


def suspicious_sizes(orders: Orders) -> pa.Table:
    """Look for sizes and weights that were hardly measured.

    Parameters
    ----------
    orders
        Accepted orders (`packopt.read_orders`); sizes are in whole mm and weights in whole g.

    Returns
    -------
    One row for each suspicion, in the schema `SUSPICIOUS`: first what many articles show
    together, then article by article in the order of the input.
    """
    articles = Articles.of(orders)
    found = chain(
        floors(articles),
        round_numbers(articles),
        repeats(articles),
        several_sizes(articles),
        odd_densities(articles),
    )
    return pa.Table.from_pylist([one.row(articles) for one in found], SUSPICIOUS)
