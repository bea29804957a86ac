"""Answering many small requests together: one batch costs little more than one order.

While a batch is being answered, what comes in meanwhile waits and makes the next one. Nothing is
delayed on purpose, and what an order is answered does not depend on its neighbours in a batch.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from packopt_service import solving
from packopt_service.logs import log
from packopt_service.problems import Problem
from packopt_service.solving import Part, Told

if TYPE_CHECKING:
    from packopt import Catalogue, Policy

#: Orders of a batch: beyond that, waiting for the batch costs more than sharing it saves.
_MOST_ORDERS: Final = 256
#: A batch that takes longer than this lets the next one start beside it.
_STEP_ASIDE_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Question:
    """Orders of one request, and what to tell of them.

    Attributes
    ----------
    part
        The orders.
    catalogue, policy
        What to choose from, and by which rules.
    case
        Digests of the two.
    plans, ruled_out
        Whether to tell placements and ruled-out packages.
    """

    part: Part
    catalogue: Catalogue
    policy: Policy
    case: solving.Case
    plans: bool = True
    ruled_out: bool = True

    @property
    def kind(self) -> Any:
        """What questions must share to be answered as one.

        Whether weights are known is a matter of the whole table, so requests with weights and
        without do not mix. The stock is each request's own.
        """
        if any(self.catalogue.stock):
            return id(self)
        return self.case, "weight_g" in self.part.columns, self.plans, self.ruled_out


@dataclass(slots=True)
class _Waiting:
    question: Question
    answer: asyncio.Future[Told]


@dataclass
class Solver:
    """Answers questions in batches, in processes of its own.

    Parameters
    ----------
    processes
        Batches that may be answered at a time.
    """

    processes: int
    _waiting: OrderedDict[Any, list[_Waiting]] = field(default_factory=OrderedDict)
    _running: int = 0
    _crowded: bool = False
    _pool: ProcessPoolExecutor | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Start the processes and wait until their kernels are warm."""
        loop, pool = asyncio.get_running_loop(), self._processes()
        ready = [loop.run_in_executor(pool, solving.is_ready) for _ in range(self.processes)]
        await asyncio.gather(*ready)

    async def answer(self, question: Question) -> Told:
        """Answer a question as soon as a process is free.

        Raises
        ------
        Problem
            422 if the orders are unusable as a whole, or the policy does not suit the catalogue;
            503 if the process that packs died.
        """
        waiting = _Waiting(question, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(question.kind, []).append(waiting)
        self._start()
        told = await waiting.answer
        if told.faults:
            raise Problem(422, "; ".join(told.faults), [("", fault) for fault in told.faults])
        return told

    @property
    def queued(self) -> int:
        """Requests that wait for a batch."""
        return sum(map(len, self._waiting.values()))

    async def close(self) -> None:
        """Finish what was asked, and let the processes go."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned: a forked child would inherit threads and locks in any state.
            self._pool = ProcessPoolExecutor(
                self.processes,
                mp_context=get_context("spawn"),
                initializer=solving.start_process,
            )
        return self._pool

    def _start(self) -> None:
        """Start a batch if nothing runs, or if everything that runs takes its time."""
        may_run = self.processes if self._crowded else 1
        if self._waiting and self._running < may_run:
            self._running += 1
            self._crowded = False
            task = asyncio.create_task(self._run(self._take()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _take(self) -> list[_Waiting]:
        """Take the oldest question, and those of its kind that came since."""
        kind, group = next(iter(self._waiting.items()))
        count = n_orders = 0
        for waiting in group:
            n_orders += len(waiting.question.part.order_ids)
            if count and n_orders > _MOST_ORDERS:
                break
            count += 1
        batch, rest = group[:count], group[count:]
        del self._waiting[kind]
        if rest:
            # Behind the other kinds: each has its turn.
            self._waiting[kind] = rest
        return batch

    async def _run(self, batch: list[_Waiting]) -> None:
        work = asyncio.ensure_future(self._solve([one.question for one in batch]))
        await asyncio.wait({work}, timeout=_STEP_ASIDE_S)
        if not work.done():
            self._crowded = True
            self._start()
        try:
            answers = await work
        except Exception as fault:  # noqa: BLE001 - whoever waits must be told, whatever it is
            self._refuse(batch, fault)
        else:
            for one, told in zip(batch, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(told)
        finally:
            self._running -= 1
            self._start()

    def _refuse(self, batch: list[_Waiting], fault: Exception) -> None:
        if isinstance(fault, BrokenProcessPool):
            log.error("a solver process died; its batch is refused and a new one starts")
            self._pool = None
            fault = Problem(
                503, "the process that packs died; send it again", headers={"Retry-After": "1"}
            )
        for one in batch:
            if not one.answer.done():
                one.answer.set_exception(fault)

    async def _solve(self, questions: list[Question]) -> list[Told]:
        """Have questions of one kind answered; the catalogue goes along only if it is needed."""
        first = questions[0]
        loop = asyncio.get_running_loop()
        parts = [one.part for one in questions]
        ask = partial(
            solving.solve, first.case, parts=parts, plans=first.plans, ruled_out=first.ruled_out
        )
        told = await loop.run_in_executor(self._processes(), ask)
        if told is None:
            ask = partial(ask, setup=(first.catalogue, first.policy))
            told = await loop.run_in_executor(self._processes(), ask)
        return told or []
