"""Answering many small requests together: one batch costs little more than one order.

While a batch is being answered, what comes in meanwhile waits and makes the next one. Nothing is
delayed on purpose, and what an order is answered does not depend on its neighbours in a batch.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from packopt import CatalogueError, InputError, Orders, Recommender, to_documents
from packopt_service.answering import errors_of
from packopt_service.columns import to_table
from packopt_service.problems import from_input

if TYPE_CHECKING:
    from packopt import Catalogue, Policy
    from packopt_service.answering import Document
    from packopt_service.columns import Columns

#: Orders of a batch: beyond that, waiting for the batch costs more than sharing it saves.
_MOST_ORDERS: Final = 128
#: A batch that takes longer than this lets the next one start beside it.
_STEP_ASIDE_S: Final = 0.025
_MOST_RECOMMENDERS: Final = 64


@dataclass(frozen=True, slots=True)
class Question:
    """Orders of one request, and what to tell of them.

    Attributes
    ----------
    order_ids
        Ids of the orders, as the request names them.
    columns
        One row for each line, without ``order_id``.
    places
        Order and line of each row, from 0.
    catalogue, policy
        What to choose from, and by which rules.
    case
        What tells this pair of catalogue and policy from others.
    plans, ruled_out
        Whether to tell placements and ruled-out packages.
    """

    order_ids: Sequence[str]
    columns: Columns
    places: list[tuple[int, int]]
    catalogue: Catalogue
    policy: Policy
    case: tuple[str, str]
    plans: bool = True
    ruled_out: bool = True


@dataclass(frozen=True, slots=True)
class Told:
    """What a request is answered: a document for each order, and notes on the whole."""

    answers: list[Document]
    notes: list[str]


@dataclass(slots=True)
class _Waiting:
    question: Question
    answer: asyncio.Future[Told]


@dataclass
class Solver:
    """Answers questions in batches on threads of its own.

    Parameters
    ----------
    threads
        Batches that may be answered at a time.
    """

    threads: int = 2
    _waiting: OrderedDict[Any, list[_Waiting]] = field(default_factory=OrderedDict)
    _running: int = 0
    _recommenders: OrderedDict[tuple[str, str], Recommender] = field(default_factory=OrderedDict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._pool = ThreadPoolExecutor(self.threads, thread_name_prefix="solver")
        self._crowded = False

    async def answer(self, question: Question) -> Told:
        """Answer a question as soon as a thread is free.

        Raises
        ------
        Problem
            422 if the columns are unusable as a whole, or the policy does not suit the catalogue.
        """
        waiting = _Waiting(question, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(_key(question), []).append(waiting)
        self._start()
        return await waiting.answer

    @property
    def queued(self) -> int:
        """Requests that wait for a batch."""
        return sum(map(len, self._waiting.values()))

    async def close(self) -> None:
        """Finish what was asked, and let the threads go."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._pool.shutdown(wait=True)

    def _start(self) -> None:
        """Start a batch if nothing runs, or if everything that runs takes its time."""
        if self._waiting and (
            not self._running or (self._crowded and self._running < self.threads)
        ):
            self._running += 1
            self._crowded = False
            task = asyncio.create_task(self._run(self._take()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _take(self) -> list[_Waiting]:
        """Take the oldest question, and those of its kind that came since."""
        key, group = next(iter(self._waiting.items()))
        count = n_orders = 0
        for waiting in group:
            n_orders += len(waiting.question.order_ids)
            if count and n_orders > _MOST_ORDERS:
                break
            count += 1
        batch, rest = group[:count], group[count:]
        del self._waiting[key]
        if rest:
            # Behind the other kinds: each has its turn.
            self._waiting[key] = rest
        return batch

    async def _run(self, batch: list[_Waiting]) -> None:
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._pool, self._solve, [one.question for one in batch])
        await asyncio.wait({work}, timeout=_STEP_ASIDE_S)
        if not work.done():
            self._crowded = True
            self._start()
        try:
            answers = await work
        except Exception as error:  # noqa: BLE001 - everyone who waits must be told
            fault = from_input(error) if isinstance(error, InputError) else error
            for one in batch:
                if not one.answer.done():
                    one.answer.set_exception(fault)
        else:
            for one, told in zip(batch, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(told)
        finally:
            self._running -= 1
            self._start()

    def _solve(self, questions: list[Question]) -> list[Told]:
        """Answer questions of one key as one batch; runs on a thread of the pool."""
        first = questions[0]
        order_ids: list[str] = []
        columns: Columns = {name: [] for name in first.columns}
        offset = 0
        for one in questions:
            order_ids += [str(offset + order) for order, _ in one.places]
            for name, values in one.columns.items():
                columns[name] += values
            offset += len(one.order_ids)
        orders = Orders.from_table(to_table(columns, order_ids), source="request")
        result = self._recommender(first).recommend(orders)
        told: list[Document | None] = [None] * offset
        for document in to_documents(result, plans=first.plans, ruled_out=first.ruled_out):
            told[int(document["order_id"])] = document
        return list(_parted(questions, told, result.rejects, list(result.notes)))

    def _recommender(self, question: Question) -> Recommender:
        found = self._recommenders.get(question.case)
        if found is None:
            try:
                found = Recommender(question.catalogue, question.policy)
            except CatalogueError as fault:
                raise CatalogueError("catalogue", fault.problems) from fault
            self._recommenders[question.case] = found
            if len(self._recommenders) > _MOST_RECOMMENDERS:
                self._recommenders.popitem(last=False)
        return found


def _key(question: Question) -> Any:
    """Return what questions must share to be answered as one.

    Whether weights are known is a question of the whole table, so only tables of the same columns
    go together, and none whose columns are empty. Stock is each request's own.
    """
    if any(question.catalogue.stock):
        return id(question)
    empty = any(all(value is None for value in values) for values in question.columns.values())
    if empty:
        return id(question)
    kinds = frozenset(question.columns)
    return (question.case, kinds, question.plans, question.ruled_out)


def _parted(
    questions: list[Question], told: list[Document | None], rejects: Any, notes: list[str]
) -> Any:
    """Yield what each question is told, with the ids that it used."""
    start_order = start_row = 0
    for one in questions:
        stop = start_order + len(one.order_ids)
        own_rows = range(start_row, start_row + len(one.places))
        errors = errors_of(_of_rows(rejects, own_rows), one.places, start_row)
        answers = []
        for number, order_id in enumerate(one.order_ids):
            answer = told[start_order + number]
            if answer is None:
                answer = {"verdict": "rejected", "errors": errors.get(number, [])}
            answers.append({**answer, "order_id": order_id})
        yield Told(answers, notes)
        start_order, start_row = stop, own_rows.stop


def _of_rows(rejects: Any, rows: range) -> Any:
    import pyarrow.compute as pc

    if not rejects.num_rows:
        return rejects
    row = rejects["row"]
    return rejects.filter(pc.and_(pc.greater(row, rows.start), pc.less_equal(row, rows.stop)))
