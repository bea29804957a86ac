"""Savings of a batch as sums that can be added up: what a total and its intervals need.

A row has the sums of all orders of a day, or of a single order: orders without a day are drawn one
by one. Adding up means putting rows one under the other; nothing else of a batch is kept.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.savings.amounts import SIDES
from packopt.savings.clusters import LEAST_DAYS, Clusters, beside_days, cluster
from packopt.savings.dropping import dropped
from packopt.savings.noting import contradicts, coverage
from packopt.savings.tables import MEASURES
from packopt.savings.totals import Sums, is_more

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from packopt.recommendations import Recommendations
    from packopt.savings.amounts import Replay
    from packopt.savings.replay import Asked

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_SUMS: Final = ("baseline", "plan", "saved", "more", "less")
_M: Final = len(MEASURES)
#: Rows of sums; the last row of a batch has no orders, but what is to be told of the batch.
PARTIAL: Final = pa.schema(
    [
        pa.field("day", pa.int32()),
        pa.field("orders", pa.int64()),
        *(pa.field(name, pa.list_(pa.float64(), _M)) for name in _SUMS),
        pa.field("about", pa.string()),
    ]
)


def partial_sums(
    asked: Asked, result: Recommendations, replay: Replay, *, by_day: bool
) -> pa.Table:
    """The sums of a batch.

    Parameters
    ----------
    asked
        What is compared.
    result, replay
        The batch, packed both ways.
    by_day
        Whether the orders of a day are added up; orders without a day never are.

    Returns
    -------
    Rows in the schema `PARTIAL`, by day and then in the order of the orders.
    """
    rows = np.flatnonzero(replay.counted)
    baseline, plan = (
        np.stack([replay.amounts[side][one.name][rows] for one in MEASURES], axis=1)
        for side in SIDES
    )
    saved = baseline - plan
    values = np.hstack([baseline, plan, saved, is_more(saved), is_more(-saved)]).astype(np.float64)
    day = np.full(len(rows), np.nan)
    if replay.orders.date is not None:
        days = replay.orders.date.take(pa.array(rows)).cast(pa.int32())
        day = np.asarray(days.to_numpy(zero_copy_only=False), dtype=np.float64)
    number = np.ones(len(rows), np.int64)
    if by_day and len(rows):
        day, number, values = _by_day(day, values)
    about = {
        "accepted": replay.orders.n_orders,
        "coverage": coverage(replay, asked.policy, asked.terms).tolist(),
        "dropped": dropped(replay.found, result.rejects).to_pylist(),
        "notes": [*result.notes, *replay.found.notes],
    }
    return _table(day, number, values, about)


def _by_day(day: Floats, values: Floats) -> tuple[Floats, Ints, Floats]:
    dated = ~np.isnan(day)
    days, place = np.unique(day[dated], return_inverse=True)
    place = place.reshape(-1)
    sums = [np.bincount(place, column, minlength=len(days)) for column in values[dated].T]
    of_days = np.stack(sums, axis=1).reshape(len(days), values.shape[1])
    number = np.append(np.bincount(place, minlength=len(days)), np.ones(int((~dated).sum())))
    return (
        np.append(days, day[~dated]),
        number.astype(np.int64),
        np.vstack([of_days, values[~dated]]),
    )


def _table(day: Floats, number: Ints, values: Floats, about: dict[str, Any]) -> pa.Table:
    n = len(day)
    values = np.vstack([values.reshape(n, len(_SUMS) * _M), np.zeros(len(_SUMS) * _M)])
    columns = [
        pa.array(np.append(day, np.nan), pa.int32(), from_pandas=True),
        pa.array(np.append(number, 0), pa.int64()),
    ]
    for place in range(len(_SUMS)):
        flat = np.ascontiguousarray(values[:, place * _M : (place + 1) * _M]).reshape(-1)
        columns.append(pa.FixedSizeListArray.from_arrays(pa.array(flat), _M))
    columns.append(pa.array([None] * n + [json.dumps(about)], pa.string()))
    return pa.Table.from_arrays(columns, schema=PARTIAL)


def needs_single_orders(partials: pa.Table) -> bool:
    """Whether too few days were found for days to be drawn, so that orders have to be."""
    days = partials["day"].drop_null()
    return bool(0 < len(days.unique()) < LEAST_DAYS) and bool(
        pc.max(partials.filter(partials["day"].is_valid())["orders"]).as_py() > 1
    )


def add_up(partials: pa.Table) -> tuple[Sums, Clusters, list[dict[str, Any]]]:
    """Add up the sums of all batches.

    Parameters
    ----------
    partials
        Rows of all batches, in the order of the input.

    Returns
    -------
    The sums by cluster, the clusters of the rows, and what was told of each batch.
    """
    told = [json.loads(text) for text in partials["about"].drop_null().to_pylist()]
    partials = partials.filter(pc.greater(partials["orders"], 0)).combine_chunks()
    number = partials["orders"].to_numpy()
    columns = {name: _matrix(partials[name]) for name in _SUMS}
    half_told = contradicts(_added([about["coverage"] for about in told]))
    known = [
        place
        for place, one in enumerate(MEASURES)
        # A sum with anything unknown in it is unknown.
        if not np.isnan(columns["saved"][:, place].sum())
        and not (one.name == "co2e_g" and half_told)
    ]
    baseline, plan, saved, more, less = (columns[name][:, known] for name in _SUMS)
    clusters = _clusters(partials["day"], number)
    by = clusters.index
    return (
        Sums(
            measures=[MEASURES[place] for place in known],
            orders=np.bincount(by, number, minlength=clusters.count).astype(np.float64),
            saved=_grouped(by, saved, clusters.count),
            baseline=_grouped(by, baseline, clusters.count),
            baseline_total=baseline.sum(axis=0),
            plan_total=plan.sum(axis=0),
            more=np.rint(more.sum(axis=0)).astype(np.int64),
            less=np.rint(less.sum(axis=0)).astype(np.int64),
        ),
        clusters,
        told,
    )


def _matrix(column: pa.ChunkedArray) -> Floats:
    flat = pa.concat_arrays([chunk.flatten() for chunk in column.chunks] or [pa.array([], "f8")])
    return np.asarray(flat.to_numpy(zero_copy_only=False), dtype=np.float64).reshape(-1, _M)


def _added(found: Sequence[Any]) -> Floats:
    return np.asarray(np.array(found, np.float64).reshape(-1, 2, 2).sum(axis=0))


def _grouped(by: Ints, values: Floats, count: int) -> Floats:
    columns = [np.bincount(by, column, minlength=count) for column in values.T]
    return np.stack(columns, axis=1).astype(np.float64) if columns else np.empty((count, 0))


def _clusters(days: pa.ChunkedArray, number: Ints) -> Clusters:
    """Clusters of rows, as `packopt.savings.clusters.cluster` makes them of orders."""
    day = np.asarray(days.to_numpy(), dtype=np.float64)
    dated = ~np.isnan(day)
    unique, place = np.unique(day[dated], return_inverse=True)
    if len(unique) < LEAST_DAYS:
        return cluster(None, len(number))
    others = beside_days(int((~dated).sum()), len(unique), int(number[dated].sum()))
    every = np.empty(len(day), np.int64)
    every[dated] = place.reshape(-1)
    every[~dated] = len(unique) + others.index
    return Clusters(every, len(unique) + others.count, "date")


def add_dropped(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Orders that do not count, of all batches, by status and reason, most first."""
    counts: Counter[tuple[str, str]] = Counter()
    for about in told:
        for row in about["dropped"]:
            counts[row["status"], row["reason"]] += row["orders"]
    return [
        {"status": status, "reason": reason, "orders": orders}
        for (status, reason), orders in counts.most_common()
    ]
