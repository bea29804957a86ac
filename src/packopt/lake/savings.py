"""Savings of many files: sums of each part, added up, so that no machine holds all orders."""

from __future__ import annotations

import json
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.baseline_column import BASELINE
from packopt.engine.engines import Engine, Threads
from packopt.engine.recommender import NestedRecommender
from packopt.errors import RulesError
from packopt.first_parts import hashes
from packopt.lake.judging import Judging
from packopt.lake.parts import PART_ROWS, Part
from packopt.lake.places import Place
from packopt.lake.planning import plan_parts, tables_of
from packopt.lake.reading import file_named, read_part
from packopt.lake.repeats import known_ids, refuse_repeats
from packopt.packed_tables import from_row, to_row
from packopt.part_notes import sum_notes
from packopt.savings import ColumnBaseline
from packopt.savings.adding import blocks_wanted, savings_of_pieces
from packopt.savings.intervals import CONFIDENCE, RESAMPLES
from packopt.savings.of_files import FilesSavings
from packopt.savings.partial import block_sums, days_of, pieces_of, told_table
from packopt.savings.pieces import SCHEMAS, add_pieces
from packopt.savings.replay import Asked, ask

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from packopt.catalogue import Catalogue
    from packopt.policy import Policy
    from packopt.rules import RulePack
    from packopt.savings.adding import Blocks
    from packopt.savings.amounts import Replay
    from packopt.savings.baselines import Baseline
    from packopt.savings.pieces import Pieces
    from packopt.savings.terms import Terms

    Ints = NDArray[np.int64]

__all__ = ["FilesSavings", "savings_of_files"]

#: Orders of a part that are drawn one by one without being gone through again.
_MOST_SINGLES: Final = 2_000
#: Parts whose pieces may be on their way at once, whatever the engine holds back.
_WAVE: Final = 256


class SumParts:
    """Packs parts both ways on an engine, and gives their pieces: takes tables of parts.

    Parameters
    ----------
    source
        The input.
    recommend
        Judges nested orders.
    asked
        What is compared.
    of_all
        None for all pieces of a part. Else only sums by block: of all orders, or of those without
        a day; the tables have the blocks in ``blocks``.
    judging
        By which rules parcels are judged, where all pieces are asked for; None for none.
    """

    def __init__(
        self,
        source: Place,
        recommend: NestedRecommender,
        asked: Asked,
        *,
        of_all: bool | None = None,
        judging: Judging | None = None,
    ) -> None:
        self._source = source
        self._recommend = recommend
        self._asked = asked
        self._of_all = of_all
        self._judging = judging

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Pieces of some parts, added up, as of `packopt.packed_tables.to_row`."""
        found = []
        for row in parts.to_pylist():
            part = Part.from_json(row["part"])
            if self._of_all is None:
                found.append(self._all_of(part))
            else:
                found.append(self._blocks_of(part, np.array(row["blocks"], np.int64)))
        return to_row(add_pieces(found))

    def _replayed(self, part: Part) -> Iterator[tuple[pa.Table, Any, Replay]]:
        """Batches of a part, packed both ways."""
        for orders in read_part(self._source, part, baseline_column(self._asked)):
            with file_named(self._source, part):
                accepted = self._recommend.accept(orders)
                found = self._asked.replay(
                    accepted, threads=1, progress=lambda _done: None, whole=False
                )
            yield orders, *found

    def _all_of(self, part: Part) -> Pieces:
        batches, keys = [], [np.empty(0, np.uint64)]
        for orders, result, replay in self._replayed(part):
            pieces = pieces_of(self._asked, result, replay)
            if self._judging is not None:
                pieces["rules"] = self._judging.piece(self._asked, result, replay)
            batches.append(pieces)
            keys.append(hashes(known_ids(orders)))
        pieces = add_pieces(batches)
        if not pieces:
            pieces = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
        # Counts tell how many there would be.
        if pieces["singles"].num_rows > _MOST_SINGLES:
            pieces["singles"] = SCHEMAS["singles"].empty_table()
        pieces["told"] = told_table(_told_together(pieces["told"]))
        pieces["hashes"] = pa.table([np.sort(np.concatenate(keys))], schema=SCHEMAS["hashes"])
        return pieces

    def _blocks_of(self, part: Part, block: Ints) -> Pieces:
        batches, start = [], 0
        for _orders, _result, replay in self._replayed(part):
            drawn = np.full(int(replay.counted.sum()), fill_value=True)
            if not self._of_all:
                drawn = np.isnan(days_of(replay))
            mine = np.full(len(drawn), -1, np.int64)
            mine[drawn] = block[start : start + int(drawn.sum())]
            start += int(drawn.sum())
            batches.append(block_sums(replay, mine))
        return add_pieces(batches)


def _told_together(told: pa.Table) -> dict[str, Any]:
    """What is told of the batches of a part, as one."""
    rows = [json.loads(text) for text in told["text"].to_pylist()]
    return {
        **{name: sum(row[name] for row in rows) for name in ("accepted", "counted", "undated")},
        "dated": any(row["dated"] for row in rows),
        "coverage": np.sum([row["coverage"] for row in rows] or np.zeros((1, 2, 2)), axis=0)
        .tolist(),
        "notes": list(sum_notes([row["notes"] for row in rows])),
    }  # fmt: skip


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
    packs: Sequence[RulePack] = (),
    on: dt.date | None = None,
    notes: Sequence[str] = (),
    progress: Callable[[int, int, int], object] | None = None,
) -> FilesSavings:
    """Find out what packopt would have saved on the orders of many files.

    The figures are those of `packopt.savings` on all orders at once, but for the last bits of sums.
    From each part come sums: by day, order size, SKU, package, pair of packages and empty space,
    the few orders on which most is saved, and 8 bytes for each order, by which an order in two
    files is found. They are added up as they come. Many orders that are drawn one by one for the
    intervals, since they have no day or there are fewer than 20 days, are gone through a second
    time, and added up by the blocks in which they are drawn.

    Parameters
    ----------
    source, skus, engine, part_rows, notes
        As of `packopt.recommend_files`. Nothing is written, so nothing can be resumed.
    catalogue, policy, baseline, terms, confidence, resamples
        As of `packopt.savings`; a baseline that is a table of all orders is refused.
    packs
        Rule packs about parcels, by which those of both sides are judged and counted.
    on
        The day by which parcels of undated orders are judged; others go by the day of their order.
    progress
        Called with parts done so far, all parts, and the orders of the last one.

    Returns
    -------
    Tables as of `packopt.savings`, but for single orders; they hold as much as there are SKUs.

    Raises
    ------
    InputError
        As of `packopt.recommend_files` and `packopt.savings`.
    """
    source = fspath(source)
    place, engine = Place(source), engine or Threads()
    others = [pack.id for pack in packs if pack.subject != "parcel"]
    if others:
        problem = f"found {', '.join(others)}, expected rule packs about parcels; leave it out"
        raise RulesError("packs", problem)
    asked = ask(catalogue, policy, baseline, terms, confidence, resamples)
    skus = None if skus is None else pa.table(skus)
    NestedRecommender(catalogue, asked.policy, skus=skus)
    planned = plan_parts(place, engine, part_rows, baseline_column(asked))
    parts = planned.parts
    recommend = NestedRecommender(
        catalogue,
        asked.policy,
        skus=skus,
        weights_known=planned.weights_known(skus),
        source=source,
    )
    of_parts = _Parts(engine, parts, progress or (lambda *_told: None))
    judging = Judging(tuple(packs), on) if packs else None
    pieces = of_parts.summed(SumParts(place, recommend, asked, judging=judging))
    _refuse_repeats(place, parts, of_parts.hashes)
    blocks = blocks_wanted(pieces)
    found, told = None, (*planned.notes, *notes)
    if blocks is not None:
        work = SumParts(place, recommend, asked, of_all=blocks.of_all)
        found = of_parts.summed(work, blocks)["blocks"]
    return savings_of_pieces(
        asked, pieces, found, confidence=confidence, resamples=resamples, notes=told
    )


def baseline_column(asked: Asked) -> str:
    """What files call the column ``baseline_package``."""
    return asked.baseline.column if isinstance(asked.baseline, ColumnBaseline) else BASELINE


class _Parts:
    """The parts of an input on an engine; their pieces are added up as they come."""

    def __init__(
        self, engine: Engine, parts: list[Part], progress: Callable[[int, int, int], object]
    ) -> None:
        self._engine = engine
        self._parts = parts
        self._progress = progress
        self._drawn: list[dict[str, int]] = []
        self.hashes: list[NDArray[np.uint64]] = []

    def summed(self, work: SumParts, blocks: Blocks | None = None) -> Pieces:
        """The pieces of all parts; with blocks, only sums by these."""
        tables = tables_of(self._parts)
        if blocks is not None:
            tables = [
                one.append_column("blocks", pa.array([mine], pa.list_(pa.int64())))
                for one, mine in zip(tables, self._shared_out(blocks), strict=True)
            ]
        whole: Pieces = {}
        for start in range(0, len(tables), _WAVE):
            waiting = [whole]
            wave = tables[start : start + _WAVE]
            for number, table in enumerate(self._engine.map(work, wave), start=start + 1):
                pieces = from_row(table)
                told = json.loads(pieces["told"]["text"][0].as_py()) if blocks is None else {}
                if blocks is None:
                    self.hashes.append(pieces.pop("hashes")["hash"].to_numpy())
                    self._drawn.append(told)
                waiting.append(pieces)
                if _rows(waiting[1:]) > _rows(waiting[:1]):
                    waiting = [add_pieces(waiting)]
                self._progress(number, len(tables), told.get("accepted", 0))
            whole = add_pieces(waiting)
        if not whole:  # no part has any row
            return {name: schema.empty_table() for name, schema in SCHEMAS.items()}
        return whole

    def _shared_out(self, blocks: Blocks) -> list[Ints]:
        """The blocks of the orders of each part."""
        name = "counted" if blocks.of_all else "undated"
        ends = np.cumsum([told[name] for told in self._drawn])
        return np.split(blocks.index, ends[:-1])


def _rows(pieces: list[Pieces]) -> int:
    return sum(one.num_rows for some in pieces for one in some.values())


def _refuse_repeats(source: Place, parts: list[Part], found: list[NDArray[np.uint64]]) -> None:
    """Refuse an order in two parts: it would count twice."""

    def ids_of(index: int) -> pa.StringArray:
        ids = [known_ids(orders) for orders in read_part(source, parts[index])]
        return pa.chunked_array(ids, pa.string()).combine_chunks()

    refuse_repeats(source.url, parts, sum(map(len, found)), found.__getitem__, ids_of)
