"""Savings from added-up pieces: the tables of a replay that nobody had to hold at once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.part_notes import sum_notes
from packopt.savings.amounts import SIDES
from packopt.savings.clusters import LEAST_DAYS, Clusters, beside_days, cluster
from packopt.savings.dropping import REJECTED, dropped_table
from packopt.savings.known import Known
from packopt.savings.noting import contradicts, notes_on
from packopt.savings.of_files import FilesSavings
from packopt.savings.pieces import CLUSTER_SUMS, FINE_BINS, SCHEMAS, columns_of
from packopt.savings.tables import (
    EMPTY_SPACE,
    FAULTS,
    MEASURES,
    RULES,
    SAVINGS_BY_PERIOD,
    SAVINGS_BY_SKU,
    SAVINGS_BY_UNITS,
    SAVINGS_ORDERS,
    SWAPS,
)
from packopt.savings.totals import (
    UNIT_NAMES,
    KeyedSums,
    Sums,
    long_table,
    months_of,
    package_names,
    package_table,
    total_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.savings.pieces import Pieces
    from packopt.savings.replay import Asked

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

_NO_GREEN: Final = (
    "the tables of green packaging management are left out: they are about single parcels, which "
    "many files never bring together"
)
_MEDIANS: Final = (
    "medians of empty space are exact to 0.01 percentage points: of many files orders are counted "
    "by empty space, not kept"
)


@dataclass(frozen=True, slots=True)
class Blocks:
    """In which blocks orders have to be drawn that are too many to be drawn one by one.

    Attributes
    ----------
    of_all
        Whether all orders that count are in blocks; else those without a day.
    index
        Block of each of these orders, in the order of the input.
    """

    of_all: bool
    index: Ints


def blocks_wanted(pieces: Pieces) -> Blocks | None:
    """The blocks for which orders have to be gone through once more; None where all is known."""
    told = _told(pieces)
    n, undated = (sum(one[name] for one in told) for name in ("counted", "undated"))
    n_days = pieces["days"].num_rows
    if n_days >= LEAST_DAYS:
        if pieces["singles"].num_rows == undated:
            return None
        return Blocks(of_all=False, index=beside_days(undated, n_days, n - undated).index)
    if not n_days and pieces["singles"].num_rows == n:
        return None
    return Blocks(of_all=True, index=cluster(None, n).index)


def savings_of_pieces(
    asked: Asked,
    pieces: Pieces,
    blocks: pa.Table | None,
    *,
    confidence: float,
    resamples: int,
    notes: Sequence[str] = (),
) -> FilesSavings:
    """The tables of a replay from its pieces.

    Parameters
    ----------
    asked
        What is compared.
    pieces
        Those of all orders, added up.
    blocks
        The piece of that name, if `blocks_wanted` asks for it.
    confidence, resamples
        As of `packopt.savings`.
    notes
        What is told of the input as a whole.
    """
    told = _told(pieces)
    rows, clusters = _clusters(pieces, blocks)
    covered = np.array([one["coverage"] for one in told], np.float64).reshape(-1, 2, 2)
    half_told = contradicts(covered.sum(axis=0))
    saved = _matrix(rows, ["saved"])
    known = [
        place
        for place, one in enumerate(MEASURES)
        # A sum with anything unknown in it is unknown.
        if not np.isnan(saved[:, place].sum()) and not (one.name == "co2e_g" and half_told)
    ]
    measures = [MEASURES[place] for place in known]
    sums = _sums(rows, clusters, known)
    names = package_names(_catalogues(asked).values())
    day = pieces["days"].sort_by("day")["day"].to_numpy()
    lost = pieces["dropped"]
    counts = {
        "accepted": sum(one["accepted"] for one in told),
        "rejected": _orders_with(lost, REJECTED),
        "counted": int(sums.orders.sum()),
    }
    every_note = [
        *sum_notes([notes, *(one["notes"] for one in told)]),
        *notes_on(
            _known(asked, pieces, told, {one.name for one in measures}, half_told=half_told),
            clusters,
            asked.policy,
            asked.terms,
        ),
        _NO_GREEN,
        _MEDIANS,
    ]
    days = [str(one) for one in day[[0, -1]].astype("datetime64[D]")] if len(day) else [None, None]
    return FilesSavings(
        total=total_of(sums, confidence=confidence, resamples=resamples),
        by_period=long_table(SAVINGS_BY_PERIOD, _by_period(pieces["days"], known), measures),
        by_units=long_table(SAVINGS_BY_UNITS, _by_units(pieces["units"], known), measures),
        by_sku=long_table(SAVINGS_BY_SKU, _keyed(pieces["sku"], "key", known), measures),
        by_package=package_table(names, *_of_packages(pieces["package"], len(names), known),
                                 measures),
        dropped=dropped_table(zip(*(one.to_pylist() for one in lost.columns), strict=True)),
        most=pieces["most"].cast(SAVINGS_ORDERS),
        swaps=pieces["swaps"].sort_by(
            [("saved_g", "descending"), ("baseline_package", "ascending"),
             ("plan_package", "ascending")]
        ).cast(SWAPS),
        empty_space=_empty_space(pieces["empty"]),
        faults=pieces["faults"].sort_by([("faults", "descending"), ("field", "ascending")])
        .cast(FAULTS),
        rules=pieces.get("rules", SCHEMAS["rules"].empty_table()).cast(RULES),
        about=asked.about(
            clusters,
            (days[0], days[1]),
            {"read": counts["accepted"] + counts["rejected"], **counts},
            list(dict.fromkeys(every_note)),
            confidence=confidence,
            resamples=resamples,
        ),
    )  # fmt: skip


def _told(pieces: Pieces) -> list[dict[str, Any]]:
    return [json.loads(text) for text in pieces["told"]["text"].to_pylist()]


def _catalogues(asked: Asked) -> Mapping[str, Catalogue]:
    return {"baseline": asked.baseline.catalogue or asked.catalogue, "plan": asked.catalogue}


def _orders_with(lost: pa.Table, status: str) -> int:
    pairs = zip(lost["status"].to_pylist(), lost["orders"].to_pylist(), strict=True)
    return sum(orders for name, orders in pairs if name == status)


def _matrix(table: pa.Table, sums: Sequence[str]) -> Floats:
    """``(k, s m)`` columns of sums of all measures."""
    columns = [table[name].to_numpy() for name in columns_of(sums)]
    return np.stack(columns, axis=1).astype(np.float64)


def _clusters(pieces: Pieces, blocks: pa.Table | None) -> tuple[pa.Table, Clusters]:
    """Rows of sums, and their clusters, as `packopt.savings.clusters.cluster` makes them."""
    names = ["orders", *columns_of(CLUSTER_SUMS)]
    days, singles = pieces["days"].sort_by("day"), pieces["singles"]
    n_days = days.num_rows
    if n_days < LEAST_DAYS:
        if blocks is None:
            return singles.select(names), cluster(None, singles.num_rows)
        index = blocks["block"].to_numpy()
        return blocks.select(names), Clusters(index, int(index.max(initial=-1)) + 1, "order")
    if blocks is None:
        dated = int(days["orders"].to_numpy().sum())
        others = beside_days(singles.num_rows, n_days, dated)
        rows, index, count = singles, others.index, others.count
    else:
        rows, index = blocks, blocks["block"].to_numpy()
        count = int(index.max(initial=-1)) + 1
    every = np.concatenate([np.arange(n_days), n_days + index])
    whole = pa.concat_tables([days.select(names), rows.select(names)])
    return whole, Clusters(every, n_days + count, "date")


def _sums(rows: pa.Table, clusters: Clusters, known: list[int]) -> Sums:
    by, count = clusters.index, clusters.count
    baseline, plan, saved, more, less = (_matrix(rows, [name])[:, known] for name in CLUSTER_SUMS)
    return Sums(
        measures=[MEASURES[place] for place in known],
        orders=np.bincount(by, rows["orders"].to_numpy(), minlength=count).astype(np.float64),
        saved=_grouped(by, saved, count),
        baseline=_grouped(by, baseline, count),
        baseline_total=baseline.sum(axis=0),
        plan_total=plan.sum(axis=0),
        more=np.rint(more.sum(axis=0)).astype(np.int64),
        less=np.rint(less.sum(axis=0)).astype(np.int64),
    )


def _grouped(by: Ints, values: Floats, count: int) -> Floats:
    columns = [np.bincount(by, column, minlength=count) for column in values.T]
    return np.stack(columns, axis=1).astype(np.float64) if columns else np.empty((count, 0))


def _both(table: pa.Table, known: list[int]) -> tuple[Floats, Floats]:
    before, after = (_matrix(table, [side])[:, known] for side in SIDES)
    return before, after


def _keyed(table: pa.Table, key: str, known: list[int]) -> KeyedSums:
    keys = table[key].combine_chunks()
    return KeyedSums(keys, table["orders"].to_numpy(), _both(table, known))


def _by_units(table: pa.Table, known: list[int]) -> KeyedSums:
    place = [UNIT_NAMES.index(name) for name in table["key"].to_pylist()]
    return _keyed(table.take(pa.array(np.argsort(place), pa.int64())), "key", known)


def _by_period(days: pa.Table, known: list[int]) -> KeyedSums:
    names, code = months_of(days["day"].to_numpy())
    before, after = (_grouped(code, one, len(names)) for one in _both(days, known))
    number = np.bincount(code, days["orders"].to_numpy(), minlength=len(names))
    return KeyedSums(names, np.rint(number).astype(np.int64), (before, after))


def _of_packages(table: pa.Table, n: int, known: list[int]) -> tuple[list[Ints], list[Floats]]:
    """Parcels and sums of all ``n`` packages for each side, as of `totals.package_sums`."""
    parcels, sums = np.zeros((2, n), np.int64), np.zeros((2, n, len(known)))
    package = table["package"].to_numpy()
    for place, (side, found) in enumerate(zip(SIDES, _both(table, known), strict=True)):
        parcels[place, package] = table[f"{side}_used"].to_numpy()
        sums[place, package] = found
    return list(parcels), list(sums)


def _empty_space(table: pa.Table) -> pa.Table:
    table = table.sort_by("bin")
    bins = table["bin"].to_numpy()
    return pa.Table.from_arrays(
        [bins / FINE_BINS, (bins + 1) / FINE_BINS, table["baseline"], table["plan"]],
        schema=EMPTY_SPACE,
    )


def _known(
    asked: Asked,
    pieces: Pieces,
    told: list[dict[str, Any]],
    measures: set[str],
    *,
    half_told: bool,
) -> Known:
    """What `packopt.savings.known.known_of` knows of a replay, from its pieces."""
    used: dict[str, list[int]] = {side: [] for side in SIDES}
    unknown: dict[tuple[str, str], dict[int, int]] = {}
    for row in (
        pieces["used"].sort_by([("side", "ascending"), ("package", "ascending")]).to_pylist()
    ):
        side, package = row["side"], row["package"]
        if package >= 0:
            used[side].append(package)
        for one in MEASURES:
            if number := row[f"unknown_{one.name}"]:
                unknown.setdefault((side, one.name), {})[package] = number
    return Known(
        n_counted=sum(one["counted"] for one in told),
        measures=frozenset(measures),
        left_out=("co2e_g",) if half_told else (),
        catalogues=_catalogues(asked),
        used=used,
        unknown=unknown,
        dated=any(one["dated"] for one in told),
        n_undated=sum(one["undated"] for one in told),
    )
