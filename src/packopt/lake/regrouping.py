"""Where parts are answered: each as a whole, or hard orders regrouped and given out again.

Few orders take most of the time, and they are not spread evenly. Regrouping goes over parts three
times: the first pass of the effort answers nearly all orders of a part and sets the others aside;
these are answered in small batches of about equal size, wherever there is room; and each part is
put together and written. What is between lies in the folder of results (`packopt.lake.half`), never
on the machine that starts the run, and a rerun does only what is missing of it.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from packopt.engine.nesting import ORDER_ID
from packopt.errors import ResultError
from packopt.first_parts import hashes
from packopt.lake.answering import AnsweredPart, AnswerParts, without_plans
from packopt.lake.half import HalfPart, Settled, merged
from packopt.lake.parts import Part
from packopt.lake.planning import tables_of
from packopt.lake.reading import file_named, read_part
from packopt.lake.repeats import known_ids
from packopt.lake.results import Mark, mark_of
from packopt.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from packopt.engine.engines import Engine

#: Open orders that are answered together.
CHUNK_ORDERS: Final = 64
#: Parts that are in half at one time.
_WINDOW: Final = 1_024


class WherePartsAre:
    """Answers each part as a whole.

    Parameters
    ----------
    engine
        Where the work is done.
    work
        Answers a part.
    """

    def __init__(self, engine: Engine, work: AnswerParts) -> None:
        self._engine = engine
        self._work = work

    def answer(self, parts: Sequence[Part]) -> Generator[int]:
        """Answer parts; yields the orders of each one that is done."""
        with closing(_mapped(self._engine, self._work, tables_of(list(parts)))) as found:
            for told in found:
                yield told["orders"][0].as_py()


class Regrouping:
    """Answers parts by their first pass, then what is open of all of them; as `WherePartsAre`."""

    def __init__(self, engine: Engine, work: AnswerParts) -> None:
        self._engine = engine
        self._work = work

    def answer(self, parts: Sequence[Part]) -> Generator[int]:
        """Answer parts; yields the orders of each one that is done."""
        for start in range(0, len(parts), _WINDOW):
            yield from self._window(parts[start : start + _WINDOW])

    def _window(self, parts: Sequence[Part]) -> Generator[int]:
        in_half: list[tuple[Part, list[int]]] = []
        first = _mapped(self._engine, FirstPasses(self._work), tables_of(list(parts)))
        with closing(first) as found:
            for part, row in zip(parts, found, strict=True):
                sizes = row["sizes"][0].as_py()
                if sizes:
                    in_half.append((part, sizes))
                else:
                    yield row["orders"][0].as_py()
        for _ in _mapped(self._engine, CloseChunks(self._work), _tasks(in_half)):
            pass
        tables = [
            one.append_column("chunks", pa.array([len(sizes)]))
            for one, (_, sizes) in zip(
                tables_of([part for part, _ in in_half]), in_half, strict=True
            )
        ]
        with closing(_mapped(self._engine, FinishParts(self._work), tables)) as found:
            for row in found:
                yield row["orders"][0].as_py()


def _mapped(
    engine: Engine, work: Callable[[pa.Table], pa.Table], tables: list[pa.Table]
) -> Generator[pa.Table]:
    """What an engine maps; to close it ends the work of those that can be told to end."""
    if not tables:
        return
    found = engine.map(work, tables)
    if isinstance(found, Generator):
        with closing(found):
            yield from found
    else:
        yield from found


def _tasks(in_half: Sequence[tuple[Part, list[int]]]) -> list[pa.Table]:
    """Chunks in tasks of about as many orders."""
    tasks: list[pa.Table] = []
    rows: list[dict[str, Any]] = []
    held = 0
    for part, sizes in in_half:
        for number, size in enumerate(sizes):
            if held and held + size > CHUNK_ORDERS:
                tasks.append(pa.Table.from_pylist(rows))
                rows, held = [], 0
            rows.append({"part": part.to_json(), "chunk": number})
            held += size
    return [*tasks, pa.Table.from_pylist(rows)] if rows else tasks


class FirstPasses:
    """Answers parts by their first pass: takes tables of parts, and tells what is open of each.

    Parameters
    ----------
    work
        Whose parts these are.
    """

    def __init__(self, work: AnswerParts) -> None:
        self._work = work

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Answer each of some parts: ``orders`` and, of what is open, ``sizes`` of chunks.

        A part of which nothing is open is complete.
        """
        told = [self.answer(Part.from_json(text)) for text in parts["part"].to_pylist()]
        return pa.table(
            {
                "orders": pa.array([orders for orders, _ in told], pa.int64()),
                "sizes": pa.array([sizes for _, sizes in told], pa.list_(pa.int64())),
            }
        )

    def answer(self, part: Part) -> tuple[int, list[int]]:
        """Answer a part; errors as of `AnswerParts.answer`."""
        work, name = self._work, part.name(self._work.job)
        half = HalfPart(work.out, name)
        if (n_orders := orders_of_mark(work, name)) is not None:
            return n_orders, []
        if (about := half.about()) is not None:
            return about["read"], about["sizes"]
        settled: list[Settled] = []
        chunks: list[tuple[int, pa.Table]] = []
        for orders in read_part(work.source, part):
            with file_named(work.source, part):
                result, rows = work.recommend.first_pass(orders)
            rows = np.sort(rows)
            still_open = orders.take(pa.array(rows))
            batch = Settled.of(
                without_plans(result, plans=work.plans),
                still_open[ORDER_ID].cast(pa.string()).combine_chunks(),
                pa.array(hashes(known_ids(orders))),
            )
            chunks += [
                (len(settled), still_open.slice(start, CHUNK_ORDERS))
                for start in range(0, len(rows), CHUNK_ORDERS)
            ]
            settled.append(batch)
        if chunks:
            half.write(settled, chunks)
            return sum(len(one.hashes) for one in settled), [one.num_rows for _, one in chunks]
        return _written(work, part, ((one, []) for one in settled)), []


class CloseChunks:
    """Answers chunks of open orders with all effort: takes tables of parts and chunks."""

    def __init__(self, work: AnswerParts) -> None:
        self._work = work

    def __call__(self, chunks: pa.Table) -> pa.Table:
        """Answer each of some chunks, unless that is done."""
        work = self._work
        for row in chunks.to_pylist():
            name, number = Part.from_json(row["part"]).name(work.job), row["chunk"]
            half = HalfPart(work.out, name)
            # An engine may do again what was done, even when the part is complete.
            if half.is_closed(number) or orders_of_mark(work, name) is not None:
                continue
            result = work.recommend.flat(half.chunk(number))
            half.close(number, without_plans(result, plans=work.plans))
        return pa.table({"chunks": [chunks.num_rows]})


class FinishParts:
    """Puts parts together from both halves: takes tables of parts, and tells their orders."""

    def __init__(self, work: AnswerParts) -> None:
        self._work = work

    def __call__(self, parts: pa.Table) -> pa.Table:
        """Write each of some parts, and remove its halves."""
        rows = parts.to_pylist()
        counts = [self.finish(Part.from_json(row["part"]), row["chunks"]) for row in rows]
        return pa.table({"orders": pa.array(counts, pa.int64())})

    def finish(self, part: Part, n_chunks: int) -> int:
        """Write a part; returns how many orders were read."""
        work, name = self._work, part.name(self._work.job)
        half = HalfPart(work.out, name)
        n_orders = orders_of_mark(work, name)
        if n_orders is None:
            about = half.about()
            if about is None:
                problem = f"found no orders of {name} that are open, expected those of a part"
                raise ResultError(work.out.url, f"{problem} in half; run this again")
            chunks_of: dict[int, list[int]] = {}
            for number, batch in enumerate(about["batches"]):
                chunks_of.setdefault(batch, []).append(number)
            n_orders = _written(work, part, _joined(half, chunks_of))
        half.remove(n_chunks)
        return n_orders


def _joined(
    half: HalfPart, chunks_of: dict[int, list[int]]
) -> Iterator[tuple[Settled, list[dict[str, Any]]]]:
    for number, settled in enumerate(half.batches()):
        yield settled, [half.answers(chunk) for chunk in chunks_of.get(number, [])]


def _written(
    work: AnswerParts,
    part: Part,
    batches: Iterator[tuple[Settled, list[dict[str, Any]]]],
) -> int:
    """Write a part from both halves of its batches; return how many orders were read."""
    answered = AnsweredPart(work.out, part, work.job)
    for settled, answers in batches:
        tables = merged(settled, answers)
        in_order = {table_name: tables[table_name] for table_name in TABLES}
        answered.append(in_order, settled.notes, settled.hashes.to_numpy())
    return answered.finish()


def orders_of_mark(work: AnswerParts, name: str) -> int | None:
    """Orders of a part that is complete; None of one that is not."""
    mark = mark_of(work.out, name)
    if not mark.is_file():
        return None
    try:
        return int(Mark.read(mark).about["read"])
    except ResultError:
        return None
