"""Regret: where the baseline wastes most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import SavingsError
from packopt.savings.of_files import FilesSavings
from packopt.savings.pieces import MOST_ORDERS
from packopt.savings.tables import MEASURES, SAVINGS_ORDERS

if TYPE_CHECKING:
    from packopt.savings.result import Savings


@dataclass(frozen=True, eq=False, slots=True)
class Regret:
    """Where most would have been saved, the greatest saving first.

    Attributes
    ----------
    orders
        Rows of ``savings.orders``: what they are, and the measure's ``baseline`` and ``plan``,
        ``saved`` and ``saved_share``, in the measure's own unit.
    skus
        Rows of ``savings.by_sku`` of the measure.
    """

    orders: pa.Table
    skus: pa.Table


def regret(savings: Savings | FilesSavings, n: int = 20, measure: str = "packaging_g") -> Regret:
    """The orders and SKUs of which the baseline wastes most.

    Parameters
    ----------
    savings
        A replay, of one input or of many files.
    n
        How many of each at most; of many files 20, which is as many as they keep.
    measure
        Name of a measure of `packopt.savings.MEASURES`.

    Returns
    -------
    Those that the plan saves anything on.

    Raises
    ------
    SavingsError
        If the measure is unknown, or not known for every order that counts; or if more are asked
        for than many files keep.
    """
    known = savings.total["measure"].cast(pa.string()).to_pylist()
    if measure not in known:
        all_names = ", ".join(one.name for one in MEASURES)
        raise SavingsError(
            "regret",
            f"found measure {measure!r}, expected one that is known for every order: "
            f"{', '.join(known) or 'there is none'}; choose one of them (all there are: "
            f"{all_names})",
        )
    orders = _orders(savings, n)
    kept = SAVINGS_ORDERS.names[: SAVINGS_ORDERS.names.index("baseline_packaging_g")]
    counted = orders.filter(pc.equal(orders["status"].cast(pa.string()), "counted"))
    baseline, plan = (counted[f"{side}_{measure}"].to_numpy() for side in ("baseline", "plan"))
    saved = baseline - plan
    share = np.divide(saved, baseline, out=np.full(len(saved), np.nan), where=baseline != 0)
    told = counted.select(kept)
    for name, values in (
        ("baseline", baseline),
        ("plan", plan),
        ("saved", saved),
        ("saved_share", share),
    ):
        told = told.append_column(name, pa.array(values, from_pandas=True))
    of_measure = pc.equal(savings.by_sku["measure"].cast(pa.string()), measure)
    return Regret(_most(told, n), _most(savings.by_sku.filter(of_measure), n))


def _orders(savings: Savings | FilesSavings, n: int) -> pa.Table:
    """The orders among which those are on which most is saved."""
    if not isinstance(savings, FilesSavings):
        return savings.orders
    if n > MOST_ORDERS:
        raise SavingsError(
            "regret",
            f"field n: found {n:,}, expected at most {MOST_ORDERS}: of many files no more orders "
            "are kept; ask for fewer",
        )
    return savings.most


def _most(table: pa.Table, n: int) -> pa.Table:
    """The rows that save most; ties in the order of the table."""
    saved = table["saved"].to_numpy()
    most = np.argsort(-saved, kind="stable")[:n]
    return table.take(pa.array(most[saved[most] > 0]))
