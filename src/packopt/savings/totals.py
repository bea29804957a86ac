"""Sums of savings: in total with intervals, by period, order size, SKU and package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.answers import word
from packopt.labels import encode
from packopt.savings.amounts import SIDES
from packopt.savings.intervals import ratio_intervals
from packopt.savings.quantities import OWN, OWN_CONTAINER
from packopt.savings.repeating import nullable
from packopt.savings.sums import sums_by
from packopt.savings.tables import (
    SAVINGS_BY_PACKAGE,
    SAVINGS_BY_PERIOD,
    SAVINGS_BY_SKU,
    SAVINGS_BY_UNITS,
    SAVINGS_TOTAL,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.savings.amounts import Replay
    from packopt.savings.clusters import Clusters
    from packopt.savings.sides import Side
    from packopt.savings.tables import Measure

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Upper ends of the groups of orders by units, but the last.
_UNITS: Final = (1, 2, 3, 6, 12)
UNIT_NAMES: Final = ("1", "2", "3", "4-6", "7-12", "13+")
#: Differences in a measure's own unit that are rounding.
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, eq=False, slots=True)
class Sums:
    """What the table of totals is made of: sums over ``g`` clusters of ``m`` measures.

    Attributes
    ----------
    measures
        The measures.
    orders
        ``(g,)`` orders that count.
    saved, baseline
        ``(g, m)`` what they save, and what the baseline takes.
    baseline_total, plan_total
        ``(m,)`` sums over all of them.
    more, less
        ``(m,)`` orders that save something, and that lose something.
    """

    measures: Sequence[Measure]
    orders: Floats
    saved: Floats
    baseline: Floats
    baseline_total: Floats
    plan_total: Floats
    more: Ints
    less: Ints


def total(replay: Replay, clusters: Clusters, *, confidence: float, resamples: int) -> pa.Table:
    """One row for each measure, in the schema `packopt.savings.tables.SAVINGS_TOTAL`.

    Parameters
    ----------
    replay
        What both sides take.
    clusters
        Those of the orders that count.
    confidence, resamples
        As of `packopt.savings.intervals.ratio_intervals`.
    """
    measures, m = replay.measures, len(replay.measures)
    before, after = (replay.figures(side, measures) for side in SIDES)
    saved = before - after
    of_clusters = sums_by(
        clusters.index,
        clusters.count,
        replay.pair[replay.counted],
        np.hstack([saved, before]),
    )
    used = replay.used > 0
    often = replay.used[used, None]
    found = Sums(
        measures=measures,
        orders=np.bincount(clusters.index, minlength=clusters.count).astype(np.float64),
        saved=of_clusters[:, :m],
        baseline=of_clusters[:, m:],
        baseline_total=(often * before[used]).sum(axis=0),
        plan_total=(often * after[used]).sum(axis=0),
        more=(often * is_more(saved[used])).sum(axis=0),
        less=(often * is_more(-saved[used])).sum(axis=0),
    )
    return total_of(found, confidence=confidence, resamples=resamples)


def total_of(sums: Sums, *, confidence: float, resamples: int) -> pa.Table:
    """The table of totals from its sums; parameters and schema as of `total`."""
    measures, m = sums.measures, len(sums.measures)
    n = int(sums.orders.sum())
    if not n:
        return SAVINGS_TOTAL.empty_table()
    found = ratio_intervals(
        np.hstack([sums.saved, sums.saved]),
        np.hstack([np.repeat(sums.orders[:, None], m, axis=1), sums.baseline]),
        confidence=confidence,
        resamples=resamples,
    )
    per = np.array([one.per for one in measures])
    low, high = found.low[:m], found.high[:m]
    return pa.Table.from_arrays(
        [
            *_names(measures, 1),
            *_differences(n, [sums.baseline_total[None], sums.plan_total[None]], measures),
            nullable(low * n / per),
            nullable(high * n / per),
            nullable(found.low[m:]),
            nullable(found.high[m:]),
            nullable(found.estimate[:m]),
            nullable(low),
            nullable(high),
            sums.more,
            sums.less,
        ],
        schema=SAVINGS_TOTAL,
    )


def is_more(values: Floats) -> NDArray[np.bool_]:
    """Where a measure is above 0, rounding aside."""
    return np.asarray(values > _ROUNDING)


@dataclass(frozen=True, eq=False, slots=True)
class KeyedSums:
    """Sums of ``m`` measures over the orders of each of ``k`` keys.

    Attributes
    ----------
    keys
        ``(k,)`` what they are called.
    number
        ``(k,)`` orders.
    sums
        ``(k, m)`` for the baseline, and for the plan, in the measures' own units.
    """

    keys: pa.Array
    number: Ints
    sums: tuple[Floats, Floats]


def by_period(replay: Replay) -> pa.Table:
    """By month of the order; orders without a date are in none."""
    if replay.orders.date is None:
        return SAVINGS_BY_PERIOD.empty_table()
    day = replay.orders.date.cast(pa.int32()).to_numpy(zero_copy_only=False)[replay.counted]
    dated = ~np.isnan(day.astype(np.float64))
    names, code = months_of(day[dated].astype(np.int64))
    pair = replay.pair[replay.counted][dated]
    return long_table(
        SAVINGS_BY_PERIOD, _grouped(replay, names, code, pair, replay.measures), replay.measures
    )


def months_of(day: Ints) -> tuple[pa.Array, Ints]:
    """Months as 2025-03, and which of them each day since 1970 is in, ``(n,)``."""
    month = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    first = int(month.min()) if len(month) else 0
    present, code = _present(month - first)
    months = (first + present).astype("datetime64[M]")
    return pa.array([str(one) for one in months], pa.string()), code


def _present(code: Ints) -> tuple[Ints, Ints]:
    """The small numbers that occur, ascending, and ``(n,)`` which of them each row has."""
    times = np.bincount(code)
    return np.flatnonzero(times), (np.cumsum(times > 0) - 1)[code]


def by_units(replay: Replay) -> pa.Table:
    """By number of units of the order."""
    return long_table(SAVINGS_BY_UNITS, units_sums(replay, replay.measures), replay.measures)


def units_sums(replay: Replay, measures: Sequence[Measure]) -> KeyedSums:
    """Sums of ``m`` measures by number of units."""
    present, code = _present(np.searchsorted(_UNITS, replay.units[replay.counted]))
    names = pa.array([UNIT_NAMES[one] for one in present], pa.string())
    return _grouped(replay, names, code, replay.pair[replay.counted], measures)


def by_sku(replay: Replay) -> pa.Table:
    """By SKU; an order's figures are shared among its lines by the volume of their units."""
    return long_table(SAVINGS_BY_SKU, sku_sums(replay, replay.measures), replay.measures)


def sku_sums(replay: Replay, measures: Sequence[Measure]) -> KeyedSums:
    """Sums of ``m`` measures by SKU, by first appearance."""
    orders, counted = replay.orders, replay.counted
    n_lines = np.diff(orders.line_start)
    lines = np.flatnonzero(np.repeat(counted, n_lines))
    row = np.repeat(np.arange(int(counted.sum())), n_lines[counted])
    skus = orders.encoded_skus
    of_line, kept = encode(skus.indices.take(pa.array(lines)))
    code, names = of_line.astype(np.int64), skus.dictionary.take(kept)
    content = replay.content_of_line[lines].astype(np.float64)
    share = content / np.bincount(row, content)[row] if len(row) else content
    pair = replay.pair[counted][row]
    found = _grouped(replay, names, code, pair, measures, share)
    return replace(found, number=found.number - _repeats(row, code, len(names)))


def _repeats(row: Ints, code: Ints, k: int) -> Ints:
    """``(k,)`` lines with a SKU that their order has on an earlier line: one order, not two."""
    several = np.flatnonzero((np.bincount(row) > 1)[row]) if len(row) else row
    pair = np.sort(row[several] * max(k, 1) + code[several])
    return np.bincount(pair[1:][np.diff(pair) == 0] % max(k, 1), minlength=k)


def by_package(replay: Replay) -> pa.Table:
    """What each side used of each package, for the orders that count."""
    catalogues = [replay.sides[side].catalogue for side in SIDES]
    return package_table(package_names(catalogues), *package_sums(replay), replay.measures)


def package_names(catalogues: Iterable[Catalogue]) -> list[str]:
    """The packages of both sides, each once, and last own containers."""
    ids = [name for catalogue in catalogues for name in catalogue.package_ids]
    return list(dict.fromkeys([*ids, OWN]))


def package_sums(
    replay: Replay, measures: Sequence[Measure] | None = None
) -> tuple[list[Ints], list[Floats]]:
    """What each side used of each of the ``k`` `package_names`, for the orders that count.

    Returns
    -------
    For each side ``(k,)`` parcels, and ``(k, m)`` sums of measures; of those of the replay if None.
    """
    sides = replay.sides
    names = package_names(sides[side].catalogue for side in SIDES)
    measures = replay.measures if measures is None else measures
    parcels, sums = [], []
    for side in SIDES:
        rows, taken = replay.counted[sides[side].order], replay.taken[side]
        place = _places(sides[side], names)[rows]
        # Numbered anew: the same parcels are added up in the same order on both sides.
        case, used = encode(pa.array(taken.case[rows]))
        amounts = [taken.amounts[one.name][used.to_numpy()] for one in measures]
        figures = np.stack(amounts, axis=1)
        parcels.append(np.bincount(place, minlength=len(names)))
        sums.append(sums_by(place, len(names), case.astype(np.int64), figures))
    return parcels, sums


def package_table(
    names: list[str], parcels: Sequence[Ints], sums: Sequence[Floats], measures: Sequence[Measure]
) -> pa.Table:
    """The table of the packages that are used; parameters as `package_sums` returns them."""
    used = np.flatnonzero(parcels[0] + parcels[1])
    of_package = [np.repeat(one[used], len(measures)) for one in parcels]
    _, *amounts = _differences(of_package[0], [one[used] for one in sums], measures)
    return pa.Table.from_arrays(
        [
            word(np.repeat(used, len(measures)), pa.array(names, pa.string())),
            *_names(measures, len(used)),
            *of_package,
            *amounts[:3],
        ],
        schema=SAVINGS_BY_PACKAGE,
    )


def _places(side: Side, names: list[str]) -> Ints:
    """``(p,)`` place of each parcel's package among names."""
    place = {name: at for at, name in enumerate(names)}
    of_package = np.array([place[name] for name in (*side.catalogue.package_ids, OWN)])
    last = side.catalogue.n_packages
    return np.asarray(of_package[np.where(side.package == OWN_CONTAINER, last, side.package)])


def _grouped(
    replay: Replay,
    keys: pa.Array,
    code: Ints,
    pair: Ints,
    measures: Sequence[Measure],
    share: Floats | None = None,
) -> KeyedSums:
    """Sums by code of orders, or of shares of them."""
    k = len(keys)
    figures = np.hstack([replay.figures(side, measures) for side in SIDES])
    before, after = np.hsplit(sums_by(code, k, pair, figures, share), 2)
    return KeyedSums(keys, np.bincount(code, minlength=k), (before, after))


def long_table(schema: pa.Schema, keyed: KeyedSums, measures: Sequence[Measure]) -> pa.Table:
    """A row for each of ``k`` keys and each of ``m`` measures, in one of the long schemas."""
    k, m = len(keyed.keys), len(measures)
    columns = [
        word(np.repeat(np.arange(k), m), keyed.keys),
        *_names(measures, k),
        *_differences(np.repeat(keyed.number, m), keyed.sums, measures),
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _names(measures: Sequence[Measure], times: int) -> list[pa.DictionaryArray]:
    """The columns that name measure and unit, over and over."""
    code = np.tile(np.arange(len(measures)), times)
    # Several measures share a unit: pyarrow writes dictionaries with a word twice to Parquet with
    # bytes that nobody set, so that equal tables would not be equal files.
    units = list(dict.fromkeys(one.unit for one in measures))
    unit = np.array([units.index(one.unit) for one in measures], np.int64)
    return [
        word(code, pa.array([one.name for one in measures], pa.string())),
        word(unit[code], pa.array(units, pa.string())),
    ]


def _differences(
    number: Ints | int, sums: Sequence[Floats], measures: Sequence[Measure]
) -> list[Ints | Floats | pa.Array]:
    """The columns orders, baseline, plan, saved and saved_share, from sums ``(k, m)``."""
    per = np.array([one.per for one in measures])
    baseline, plan = ((one / per).reshape(-1) for one in sums)
    saved = baseline - plan
    share = np.divide(saved, baseline, out=np.full(len(saved), np.nan), where=baseline != 0)
    return [np.broadcast_to(number, len(saved)), baseline, plan, saved, nullable(share)]
