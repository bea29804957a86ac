"""A part answered: its orders read, recommended for, written, and said to be complete."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.first_parts import hashes
from packopt.lake.parts import Part
from packopt.lake.reading import read_part
from packopt.lake.repeats import known_ids
from packopt.lake.results import Mark, PartWriter
from packopt.part_notes import sum_notes
from packopt.tables import TABLES, empty

if TYPE_CHECKING:
    from packopt.engine.recommender import NestedRecommender
    from packopt.lake.places import Place


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
        self._source = source
        self._out = out
        self._recommend = recommend
        self._job = job
        self._plans = plans

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
        writer = PartWriter(self._out, part.name(self._job))
        counts: Counter[str] = Counter()
        verdicts: Counter[str] = Counter()
        notes, keys = [], [np.empty(0, np.uint64)]
        recommend = self._recommend
        for orders in read_part(self._source, part):
            result = recommend.flat(orders)
            if not self._plans:
                result = replace(result, placements=empty("placements"))
            writer.append(result)
            notes.append(result.notes)
            keys.append(hashes(known_ids(orders)))
            counts.update({name: getattr(result, name).num_rows for name in TABLES})
            found = pc.value_counts(result.orders["verdict"].cast(pa.string())).to_pylist()
            verdicts.update({entry["values"]: entry["counts"] for entry in found})
        every = np.sort(np.concatenate(keys))
        about = {
            "read": len(every),
            "counts": dict(counts),
            "verdicts": dict(verdicts),
            "notes": sum_notes(notes),
        }
        writer.finish(Mark(about, every))
        return len(every)
