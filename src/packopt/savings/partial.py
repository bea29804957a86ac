"""What a replay of some orders comes to, as pieces that can be added up.

What a total and its intervals need is a row for each day, or for each block of orders that are
drawn together; an order without a day is a row of its own, as long as such orders are few. All
other tables are sums by their keys. Nothing else of the orders is kept, but for the few on which
most is saved.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.savings.amounts import SIDES
from packopt.savings.dropping import count_faults, dropped
from packopt.savings.known import unknown_parcels
from packopt.savings.noting import coverage
from packopt.savings.pieces import FINE_BINS, SCHEMAS, added
from packopt.savings.sums import sums_by
from packopt.savings.tables import MEASURES
from packopt.savings.totals import is_more, package_sums, sku_sums, units_sums

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from packopt.recommendations import Recommendations
    from packopt.savings.amounts import Replay
    from packopt.savings.pieces import Pieces
    from packopt.savings.replay import Asked
    from packopt.savings.totals import KeyedSums

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

EDGES: Final = np.arange(FINE_BINS + 1) / FINE_BINS


def pieces_of(asked: Asked, result: Recommendations, replay: Replay) -> Pieces:
    """The pieces of some orders.

    Parameters
    ----------
    asked
        What is compared.
    result, replay
        The orders, packed both ways.

    Returns
    -------
    All pieces but ``blocks``; orders without a day are in ``singles``.
    """
    day = days_of(replay)
    dated = ~np.isnan(day)
    pair, sums = replay.pair[replay.counted], _cluster_sums(replay)
    parcels, used = package_sums(replay, MEASURES)
    orders = replay.orders_table().whole
    counted = orders.filter(pa.array(replay.counted))
    return {
        "days": _clusters("days", sums, pair[dated], day[dated]),
        "singles": _singles(sums[pair[~dated]]),
        "units": _keyed("units", units_sums(replay, MEASURES)),
        "sku": _keyed("sku", sku_sums(replay, MEASURES)),
        "package": _table(
            "package", [np.arange(len(parcels[0])), *parcels, *used[0].T, *used[1].T]
        ),
        "used": _used(replay),
        "swaps": swaps_of(counted).cast(SCHEMAS["swaps"]),
        "empty": _empty(counted),
        "faults": count_faults(result.rejects).cast(SCHEMAS["faults"]),
        "dropped": dropped(replay.found, result.rejects).cast(SCHEMAS["dropped"]),
        "most": added("most", [counted.cast(SCHEMAS["most"])]),
        "told": told_table(
            {
                "accepted": replay.orders.n_orders,
                "counted": len(day),
                "undated": int((~dated).sum()),
                "dated": replay.orders.date is not None,
                "coverage": coverage(replay, asked.policy, asked.terms).tolist(),
                "notes": [*result.notes, *replay.found.notes],
            }
        ),
    }


def told_table(told: dict[str, Any]) -> pa.Table:
    """What is told of some orders beside sums, as a piece."""
    return pa.table([[json.dumps(told)]], schema=SCHEMAS["told"])


def block_sums(replay: Replay, block: Ints) -> Pieces:
    """Sums by block.

    Parameters
    ----------
    replay
        Orders, packed both ways.
    block
        ``(c,)`` block of each order that counts; -1 for one that is in none.
    """
    rows, pair = block >= 0, replay.pair[replay.counted]
    return {"blocks": _clusters("blocks", _cluster_sums(replay), pair[rows], block[rows])}


def days_of(replay: Replay) -> Floats:
    """``(c,)`` day since 1970 of each order that counts, NaN without one."""
    date = replay.orders.date
    if date is None:
        return np.full(int(replay.counted.sum()), np.nan)
    days = date.filter(pa.array(replay.counted)).cast(pa.int32())
    return np.asarray(days.to_numpy(zero_copy_only=False), dtype=np.float64)


def _cluster_sums(replay: Replay) -> Floats:
    """``(k, 5 m)`` what orders add to their cluster, in the order of `pieces.CLUSTER_SUMS`."""
    baseline, plan = (replay.figures(side, MEASURES) for side in SIDES)
    saved = baseline - plan
    return np.hstack([baseline, plan, saved, is_more(saved), is_more(-saved)]).astype(np.float64)


def _clusters(name: str, sums: Floats, pair: Ints, key: Floats | Ints) -> pa.Table:
    """Sums of clusters of orders by key, ascending."""
    keys, place = np.unique(key.astype(np.int64), return_inverse=True)
    place, k = place.reshape(-1), len(keys)
    columns = sums_by(place, k, pair, sums).T
    return _table(name, [keys, np.bincount(place, minlength=k), *columns])


def _singles(sums: Floats) -> pa.Table:
    """Orders that are clusters of their own."""
    return _table("singles", [np.ones(len(sums), np.int64), *sums.T])


def _keyed(name: str, keyed: KeyedSums) -> pa.Table:
    before, after = keyed.sums
    return _table(name, [keyed.keys, keyed.number, *before.T, *after.T])


def _table(name: str, columns: list[Any]) -> pa.Table:
    schema = SCHEMAS[name]
    arrays = [pa.array(one).cast(field.type) for one, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def _used(replay: Replay) -> pa.Table:
    """Parcels of each side by package, and of how many of them which measure is not known."""
    unknown = unknown_parcels(replay)
    rows = []
    for side in SIDES:
        parcels = replay.sides[side]
        package = parcels.package[replay.counted[parcels.order]]
        packages, parcels_in = np.unique(package, return_counts=True)
        for k, number in zip(packages.tolist(), parcels_in.tolist(), strict=True):
            lacks = [unknown.get((side, one.name), {}).get(k, 0) for one in MEASURES]
            rows.append([side, k, number, *lacks])
    columns = [list(one) for one in zip(*rows, strict=True)] or [[] for _ in SCHEMAS["used"]]
    return _table("used", columns)


def swaps_of(counted: pa.Table) -> pa.Table:
    """Pairs of one package and another in its place.

    Parameters
    ----------
    counted
        Orders that count: ``baseline_package`` and ``plan_package``, and the mass of both sides.

    Returns
    -------
    ``baseline_package``, ``plan_package``, ``orders`` and ``saved_g``, by first appearance.
    """
    names = ["baseline_package", "plan_package"]
    before, after = (counted[name].cast(pa.string()) for name in names)
    saved = pc.subtract(counted["baseline_packaging_g"], counted["plan_packaging_g"])
    pairs = pa.table([before, after, saved], names=[*names, "saved_g"])
    pairs = pairs.filter(pc.not_equal(before, after))  # nulls drop out
    pairs = pairs.filter(pc.is_valid(pairs["saved_g"]))
    grouped = pairs.group_by(names, use_threads=False).aggregate(
        [("saved_g", "count"), ("saved_g", "sum")]
    )
    return grouped.rename_columns([*names, "orders", "saved_g"])


def _empty(counted: pa.Table) -> pa.Table:
    """Orders of each side in fine bins of empty space, where it is known of both."""
    shares = [
        counted[f"{side}_empty_space"].to_numpy(zero_copy_only=False).astype(np.float64)
        for side in SIDES
    ]
    known = ~(np.isnan(shares[0]) | np.isnan(shares[1]))
    counts = [np.bincount(bins_of(one[known]), minlength=FINE_BINS) for one in shares]
    there = np.flatnonzero(counts[0] + counts[1])
    return _table("empty", [there, *(one[there] for one in counts)])


def bins_of(share: Floats) -> Ints:
    """Fine bin of each empty share, 0..1; a bin holds its upper edge, as a limit does."""
    return np.clip(np.searchsorted(EDGES, share, side="left") - 1, 0, FINE_BINS - 1)
