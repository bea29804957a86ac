"""Answering many small requests together: one batch costs little more than one order.

While a batch is being answered, what comes in meanwhile waits and makes the next one. Nothing is
delayed on purpose, and what an order is answered does not depend on its neighbours in a batch.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import OrderedDict
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from packopt_service import solving
from packopt_service.logs import log
from packopt_service.problems import Problem
from packopt_service.solving import Part, Told

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from packopt import Catalogue, Policy

#: Orders of a batch: beyond that, waiting for the batch costs more than sharing it saves.
_MOST_ORDERS: Final = 256
#: Beyond so many requests half of them make a batch: while it is being packed, the event loop sends
#: the answers to the other half, and neither waits for the other.
_FEW_REQUESTS: Final = 12
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


@dataclass(frozen=True, slots=True)
class _Process:
    """A process that packs, behind an executor of its own."""

    pool: ProcessPoolExecutor
    process_id: int

    def kill(self) -> None:
        """End it, whatever it is doing: its executor notices."""
        with suppress(ProcessLookupError):
            os.kill(self.process_id, signal.SIGKILL)


@dataclass
class Solver:
    """Answers questions in batches, in processes of its own.

    Parameters
    ----------
    processes
        Batches that may be answered at a time.
    within_s
        Seconds after which a batch is given up.
    """

    processes: int
    within_s: float = 60.0
    _waiting: OrderedDict[Any, list[_Waiting]] = field(default_factory=OrderedDict)
    _idle: list[_Process] = field(default_factory=list)
    processes_at_work: list[_Process] = field(default_factory=list)
    _crowded: bool = False
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Start the processes; the others start while the first one answers already."""
        await self._add_process()
        for _ in range(self.processes - 1):
            self._keep(self._add_process())

    async def answer(self, question: Question) -> Told:
        """Answer a question as soon as a process is free.

        Raises
        ------
        Problem
            422 if the orders are unusable as a whole, or the policy does not suit the catalogue;
            503 if the process that packs died, or if packing takes too long.
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

    @property
    def alive(self) -> int:
        """Processes that are ready, at work or idle."""
        return len(self._idle) + len(self.processes_at_work)

    async def close(self) -> None:
        """Finish what was asked, and let the processes go."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for process in self._idle:
            process.pool.shutdown(wait=True, cancel_futures=True)

    async def _add_process(self) -> None:
        """Start a process, and let it answer once its kernel is warm."""
        # Spawned: a forked child would inherit threads and locks in any state. One process a
        # pool: then it is known which of them is ready, and a crash costs one batch.
        pool = ProcessPoolExecutor(
            1, mp_context=get_context("spawn"), initializer=solving.start_process
        )
        process_id = await asyncio.get_running_loop().run_in_executor(pool, solving.process_id)
        self._idle.append(_Process(pool, process_id))
        self._start()

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run beside everything else; the loop itself keeps no hold on a task."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _start(self) -> None:
        """Start a batch if nothing runs, or if everything that runs takes its time."""
        if self._waiting and self._idle and (self._crowded or not self.processes_at_work):
            process = self._idle.pop()
            self.processes_at_work.append(process)
            self._crowded = False
            self._keep(self._run(self._take(), process))

    def _take(self) -> list[_Waiting]:
        """Take the oldest question, and those of its kind that came since."""
        kind, group = next(iter(self._waiting.items()))
        most = len(group) if len(group) <= _FEW_REQUESTS else -(-len(group) // 2)
        count = n_orders = 0
        for waiting in group[:most]:
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

    async def _run(self, batch: list[_Waiting], process: _Process) -> None:
        questions = [one.question for one in batch]
        work = asyncio.ensure_future(_solve(questions, process.pool))
        await asyncio.wait({work}, timeout=_STEP_ASIDE_S)
        if not work.done():
            self._crowded = True
            self._start()
            await asyncio.wait({work}, timeout=self.within_s)
        too_long = not work.done()
        if too_long:
            process.kill()
        try:
            answers = await work
        except BrokenProcessPool:
            log.error("a solver process ended", too_long=too_long, requests=len(batch))
            self._keep(self._add_process())
            if too_long and len(batch) > 1:
                # One of them is too hard; by themselves, only that one is refused.
                for one in batch:
                    self._waiting[object()] = [one]
            else:
                _refuse(batch, _too_long() if too_long else _died())
        except Exception as fault:  # noqa: BLE001 - whoever waits must be told, whatever it is
            _refuse(batch, fault)
            self._idle.append(process)
        else:
            for one, told in zip(batch, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(told)
            self._idle.append(process)
        finally:
            self.processes_at_work.remove(process)
            self._start()


def _died() -> Problem:
    return Problem(503, "the process that packs died; send it again", headers={"Retry-After": "1"})


def _too_long() -> Problem:
    return Problem(
        503,
        "packing takes too long for an answer at once; send the orders as a job: POST /v1/jobs, "
        "or take a policy of less effort",
    )


def _refuse(batch: list[_Waiting], fault: Exception) -> None:
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(fault)


async def _solve(questions: list[Question], pool: ProcessPoolExecutor) -> list[Told]:
    """Have questions of one kind answered; the catalogue goes along only if it is needed."""
    first = questions[0]
    loop = asyncio.get_running_loop()
    parts = [one.part for one in questions]
    ask = partial(
        solving.solve, first.case, parts=parts, plans=first.plans, ruled_out=first.ruled_out
    )
    told = await loop.run_in_executor(pool, ask)
    if told is None:
        ask = partial(ask, setup=(first.catalogue, first.policy))
        told = await loop.run_in_executor(pool, ask)
    return told or []
