"""A part answered: its orders read, recommended for, written, and said to be complete."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.first_parts import hashes
from packopt.lake.parts import Part
from packopt.lake.reading import file_named, read_part
from packopt.lake.repeats import known_ids
from packopt.lake.results import Mark, PartWriter
from packopt.part_notes import sum_notes
from packopt.tables import TABLES, empty

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from packopt.engine.recommender import NestedRecommender
    from packopt.lake.places import Place
    from packopt.recommendations import Recommendations


class AnswerParts:
    """Answers parts on an engine: takes tables of parts, and tells what became of them.

    Doing it twice, be it at once, is as good as once: the same names get the same content.

    Parameters
    ----------
    source, out
        Folders of the input and of the results.
    recommend
        Answers batches of nested orders.
    job
        Digest of what all results depend on but the input.
    plans
        Whether placements are kept.
    """

    def __init__(
        self, source: Place, out: Place, recommend: NestedRecommender, job: str, *, plans: bool
    ) -> None:
        self.source = source
        self.out = out
        self.recommend = recommend
        self.job = job
        self.plans = plans

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Answer each of some parts, and tell how many orders they have."""
        counts = [self.answer(Part.from_json(text)) for text in parts["part"].to_pylist()]
        return pa.table({"orders": pa.array(counts, pa.int64())})

    def answer(self, part: Part) -> int:
        """Answer a part.

        Returns
        -------
        Its orders, those that were not accepted included.

        Raises
        ------
        OrdersError
            If its file is unusable as a whole.
        PlaceError
            If its file cannot be read, or its results not be written.
        """
        answered = AnsweredPart(self.out, part, self.job)
        for orders in read_part(self.source, part):
            with file_named(self.source, part):
                result = without_plans(self.recommend.flat(orders), plans=self.plans)
            tables = {name: getattr(result, name) for name in TABLES}
            answered.append(tables, result.notes, hashes(known_ids(orders)))
        return answered.finish()


def without_plans(result: Recommendations, *, plans: bool) -> Recommendations:
    """A result with its placements, or without."""
    return result if plans else replace(result, placements=empty("placements"))


class AnsweredPart:
    """Takes the answers of a part batch by batch, writes them at the end, and says so.

    Parameters
    ----------
    out
        Folder of the results.
    part
        The part.
    job
        As of `AnswerParts`.
    """

    def __init__(self, out: Place, part: Part, job: str) -> None:
        self._part = part
        self._writer = PartWriter(out, part.name(job))
        self._counts: Counter[str] = Counter()
        self._verdicts: Counter[str] = Counter()
        self._notes: list[tuple[str, ...]] = []
        self._hashes = [np.empty(0, np.uint64)]

    def append(
        self, tables: Mapping[str, pa.Table], notes: tuple[str, ...], hashes: NDArray[np.uint64]
    ) -> None:
        """Add a batch: its tables and notes, and the hashes of all its orders."""
        self._writer.append(tables)
        self._notes.append(notes)
        self._hashes.append(hashes)
        self._counts.update({name: table.num_rows for name, table in tables.items()})
        found = pc.value_counts(tables["orders"]["verdict"].cast(pa.string())).to_pylist()
        self._verdicts.update({entry["values"]: entry["counts"] for entry in found})

    def finish(self) -> int:
        """Write all of it, the mark last; return how many orders were read."""
        every = np.sort(np.concatenate(self._hashes))
        about = {
            "part": asdict(self._part),
            "read": len(every),
            "counts": dict(self._counts),
            "verdicts": dict(self._verdicts),
            "notes": sum_notes(self._notes),
        }
        self._writer.finish(Mark(about, every))
        return len(every)
