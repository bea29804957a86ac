"""Savings of many files: sums of each part, added up, so that no machine holds all orders."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.engine.engines import Engine, Threads
from packopt.engine.nesting import WEIGHTS
from packopt.engine.recommender import NestedRecommender
from packopt.first_parts import hashes
from packopt.lake.parts import PART_ROWS, Part
from packopt.lake.places import Place
from packopt.lake.planning import plan_parts, tables_of
from packopt.lake.reading import read_part
from packopt.lake.repeats import known_ids, refuse_repeats
from packopt.part_notes import sum_notes
from packopt.savings.clusters import SEED
from packopt.savings.intervals import CONFIDENCE, METHOD, RESAMPLES
from packopt.savings.partial import (
    PARTIAL,
    add_dropped,
    add_up,
    needs_single_orders,
    partial_sums,
)
from packopt.savings.replay import Asked, ask
from packopt.savings.totals import total_of

if TYPE_CHECKING:
    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.savings.baselines import Baseline
    from packopt.savings.terms import Terms

_HASHES: Final = "hashes"


@dataclass(frozen=True, eq=False, slots=True)
class FilesSavings:
    """What packopt saves on many files, against a baseline.

    Attributes
    ----------
    total
        One row for each measure, in the schema `packopt.savings.tables.SAVINGS_TOTAL`.
    dropped
        Orders that do not count: status, reason, orders.
    about
        Plain values: baseline, how intervals were drawn, numbers of orders, notes.
    """

    total: pa.Table
    dropped: list[dict[str, Any]]
    about: dict[str, Any]


class SumParts:
    """Packs parts both ways on an engine, and gives their sums: takes tables of parts.

    Parameters
    ----------
    source
        The input.
    recommend
        Judges nested orders.
    asked
        What is compared.
    by_day
        As of `packopt.savings.partial.partial_sums`.
    """

    def __init__(
        self, source: Place, recommend: NestedRecommender, asked: Asked, *, by_day: bool
    ) -> None:
        self._source = source
        self._recommend = recommend
        self._asked = asked
        self._by_day = by_day

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Sums of some parts, in the schema `packopt.savings.partial.PARTIAL`.

        Beside the last row are, in ``hashes``, the sorted hashes of the orders of all of them.
        """
        sums, keys = [PARTIAL.empty_table()], [np.empty(0, np.uint64)]
        for text in parts["part"].to_pylist():
            for orders in read_part(self._source, Part.from_json(text)):
                accepted = self._recommend.accept(orders)
                found = self._asked.replay(accepted, threads=1, progress=lambda _done: None)
                sums.append(partial_sums(self._asked, *found, by_day=self._by_day))
                keys.append(hashes(known_ids(orders)))
        whole = pa.concat_tables(sums).combine_chunks()
        every = [None] * (whole.num_rows - 1) + [np.sort(np.concatenate(keys))]
        beside = pa.array(every[: whole.num_rows], pa.list_(pa.uint64()))
        return whole.append_column(_HASHES, beside)


def savings_of_files(
    source: str | PathLike[str],
    catalogue: Catalogue,
    policy: Policy | None = None,
    *,
    baseline: str | Baseline,
    terms: Terms | None = None,
    skus: Any = None,
    engine: Engine | None = None,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    part_rows: int = PART_ROWS,
) -> FilesSavings:
    """Find out what packopt would have saved on the orders of many files.

    The figures are those of `packopt.savings` on all orders at once, but for the last bits of sums.
    What comes back from each batch is one row for each day, and 8 bytes for each order, by which an
    order in two files is found; orders without a day, and all of them where there are fewer than 20
    days, are a row of 700 bytes each.

    Parameters
    ----------
    source, skus, engine, part_rows
        As of `packopt.recommend_files`. Nothing is written, so nothing can be resumed.
    catalogue, policy, baseline, terms, confidence, resamples
        As of `packopt.savings`.

    Returns
    -------
    Totals with their intervals, and what did not count.

    Raises
    ------
    InputError
        As of `packopt.recommend_files` and `packopt.savings`.
    """
    source = fspath(source)
    place, engine = Place(source), engine or Threads()
    asked = ask(catalogue, policy, baseline, terms, confidence, resamples)
    skus = None if skus is None else pa.table(skus)
    NestedRecommender(catalogue, asked.policy, skus=skus)
    parts, has_weights = plan_parts(place, engine, part_rows)
    recommend = NestedRecommender(
        catalogue,
        asked.policy,
        skus=skus,
        weights_known=has_weights or (skus is not None and bool(WEIGHTS & {*skus.column_names})),
        source=source,
    )

    def summed(*, by_day: bool) -> list[pa.Table]:
        work = SumParts(place, recommend, asked, by_day=by_day)
        return list(engine.map(work, tables_of(parts)))

    tables = summed(by_day=True)
    _refuse_repeats(place, parts, tables)
    partials = pa.concat_tables(tables).drop_columns(_HASHES)
    if needs_single_orders(partials):
        partials = pa.concat_tables(summed(by_day=False)).drop_columns(_HASHES)
    sums, clusters, told = add_up(partials)
    lost = add_dropped(told)
    rejected = sum(row["orders"] for row in lost if row["status"] == "rejected")
    accepted = sum(about["accepted"] for about in told)
    return FilesSavings(
        total=total_of(sums, confidence=confidence, resamples=resamples),
        dropped=lost,
        about={
            "baseline": asked.baseline.name,
            "policy": asked.policy.to_dict(),
            "terms": asked.terms.to_dict(),
            "bootstrap": {
                "method": METHOD,
                "resamples": resamples,
                "confidence": confidence,
                "clusters": clusters.count,
                "cluster_by": clusters.by,
                "seed": SEED,
            },
            "orders": {
                "read": accepted + rejected,
                "accepted": accepted,
                "rejected": rejected,
                "counted": int(sums.orders.sum()),
            },
            "notes": list(sum_notes([about["notes"] for about in told])),
        },
    )


def _refuse_repeats(source: Place, parts: list[Part], tables: list[pa.Table]) -> None:
    """Refuse an order in two parts: it would count twice."""
    found = [
        pc.list_flatten(one[_HASHES]).combine_chunks().to_numpy(zero_copy_only=False)
        for one in tables
    ]

    def ids_of(index: int) -> pa.StringArray:
        ids = [known_ids(orders) for orders in read_part(source, parts[index])]
        return pa.chunked_array(ids, pa.string()).combine_chunks()

    refuse_repeats(source.url, parts, sum(map(len, found)), found.__getitem__, ids_of)
