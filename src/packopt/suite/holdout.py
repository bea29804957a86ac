"""Fit on one period, judge on a later one: which orders are which."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.errors import SuiteError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.orders import Orders

    Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False, slots=True)
class Split:
    """Orders to fit to and orders to judge by.

    Attributes
    ----------
    fit, held_out
        Numbers of orders, ascending.
    by
        "date", or "hash" where no orders have dates.
    since
        First day of the holdout; None where it is by hash.
    """

    fit: Ints
    held_out: Ints
    by: str
    since: dt.date | None


def split(orders: Orders, holdout: float | dt.date) -> Split:
    """Part a history.

    Parameters
    ----------
    orders
        The history.
    holdout
        The first day of the holdout; or its share of the orders, above 0 and below 1: the latest
        by date where every order has one, else by a hash of the order's id, so that an order is
        in the same part in every run.

    Returns
    -------
    Split

    Raises
    ------
    SuiteError
        If the share is out of range, a day is given but not every order has a date, or one part
        is empty.
    """
    dates = orders.date
    dated = bool(dates is not None and orders.n_orders > 0 and dates.null_count == 0)
    if isinstance(holdout, dt.date):
        if not dated:
            raise SuiteError(
                "field holdout",
                f"found the day {holdout.isoformat()}, but not every order has a date; expected a "
                "share such as 0.3, or a column date",
            )
        return _parted(_later(dates, holdout), "date", holdout)
    if not 0 < holdout < 1:
        raise SuiteError(
            "field holdout",
            f"found {holdout:g}, expected a share above 0 and below 1, such as 0.3; correct it",
        )
    if dates is not None and dated and pc.count_distinct(dates).as_py() > 1:
        days = np.sort(dates.cast(pa.int32()).to_numpy())
        at = days[min(int(np.ceil(len(days) * (1 - holdout))), len(days) - 1)]
        since = dt.date(1970, 1, 1) + dt.timedelta(days=int(at))
        return _parted(_later(dates, since), "date", since)
    shares = [zlib.crc32(one.encode()) / 2**32 for one in orders.order_ids.to_pylist()]
    return _parted(np.array(shares) < holdout, "hash", None)


def _later(dates: pa.Array, since: dt.date) -> NDArray[np.bool_]:
    return np.asarray(pc.greater_equal(dates, pa.scalar(since)).to_numpy(zero_copy_only=False))


def _parted(later: NDArray[np.bool_], by: str, since: dt.date | None) -> Split:
    held_out, fit = np.flatnonzero(later), np.flatnonzero(~later)
    for name, part in (("holdout", held_out), ("period to fit to", fit)):
        if not len(part):
            when = "" if since is None else f" from {since.isoformat()} on"
            raise SuiteError(
                "field holdout",
                f"the {name} has no orders (holdout{when}, by {by}); expected some on both sides; "
                "choose another day or share, or add orders",
            )
    return Split(fit, held_out, by, since)
