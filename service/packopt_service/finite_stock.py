"""Finite stock: where the answer to one order rests on those before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packopt import Catalogue


def can_run_out(catalogue: Catalogue) -> bool:
    """Whether an order can use up what later ones would get; a stock of 0 is as if not offered."""
    return any(n > 0 for stock in catalogue.stock for n in stock.values())
