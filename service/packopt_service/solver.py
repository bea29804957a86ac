"""Answering many small requests together: one batch costs little more than one order.

While a batch is being answered, what comes in meanwhile waits and makes the next one. Nothing is
delayed on purpose, and what an order is answered does not depend on its neighbours in a batch.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from packopt_service.columns import has_weights
from packopt_service.logs import log
from packopt_service.problems import Problem
from packopt_service.solver_process import ProcessEndedError, ProcessFaultError, SolverProcess

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from packopt import Catalogue, Policy
    from packopt_service.schemas import Order
    from packopt_service.solving import Case, Told

#: Orders of a batch: beyond that, waiting for the batch costs more than sharing it saves.
_MOST_ORDERS: Final = 256
#: Where cores are scarce, answers that are ready go out before the next ones are packed.
_NICENESS: Final = 3
#: A batch that takes longer than this lets the next one start beside it.
_STEP_ASIDE_S: Final = 0.15
_START_AGAIN_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """Orders of one request, and what to tell of them.

    Attributes
    ----------
    orders
        The orders, as the request states them.
    catalogue, policy
        What to choose from, and by which rules.
    case
        Digests of the two.
    plans, ruled_out
        Whether to tell placements and ruled-out packages.
    """

    orders: Sequence[Order]
    catalogue: Catalogue
    policy: Policy
    case: Case
    plans: bool = True
    ruled_out: bool = True

    @property
    def n_lines(self) -> int:
        """Lines of all orders."""
        return sum(len(order["lines"]) for order in self.orders)

    @property
    def kind(self) -> Any:
        """What questions must share to be answered as one.

        Whether weights are known is a matter of the whole table, so requests with weights and
        without do not mix. The stock is each request's own.
        """
        weights = has_weights(self.orders)
        if weights is None or any(self.catalogue.stock):
            return id(self)
        return self.case, weights, self.plans, self.ruled_out


@dataclass(eq=False, slots=True)
class _Waiting:
    """A question, where its answer goes, and what gives up waiting for its turn."""

    question: Question
    answer: asyncio.Future[Told]
    timer: asyncio.TimerHandle | None = None


@dataclass
class Solver:
    """Answers questions in batches, in processes of its own.

    Parameters
    ----------
    processes
        Batches that may be answered at a time.
    within_s
        Seconds after which a question that has no turn yet is given up, and so is a batch.
    most_waiting
        Questions that may wait for a batch.
    thorough
        Whether orders get all of the effort; else they may be left open.
    most_orders
        Orders of a batch; a question that has more is a batch of its own.
    niceness
        By how much the processes yield to others.
    """

    processes: int
    within_s: float = 15.0
    most_waiting: int = 1000
    thorough: bool = True
    most_orders: int = _MOST_ORDERS
    niceness: int = _NICENESS
    _waiting: OrderedDict[Any, list[_Waiting]] = field(default_factory=OrderedDict)
    _idle: list[SolverProcess] = field(default_factory=list)
    _at_work: dict[SolverProcess, list[_Waiting]] = field(default_factory=dict)
    _closing: bool = False
    _aside: set[SolverProcess] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _starting: set[asyncio.Task[None]] = field(default_factory=set)
    _watching: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> None:
        """Start the processes; the others start while the first one answers already."""
        await self._add_process()
        for _ in range(self.processes - 1):
            self._start_another()

    async def answer(self, question: Question) -> Told:
        """Answer a question as soon as a process is free.

        Raises
        ------
        Problem
            413 if packing takes too long; 422 if the orders are unusable as a whole, or the policy
            does not suit the catalogue; 503 if too many wait already, if its turn does not come, if
            the process that packs died, or if the service stops.
        """
        if self._closing:
            raise _closed()
        if self.queued >= self.most_waiting:
            raise _crowded()
        waiting = _Waiting(question, asyncio.get_running_loop().create_future())
        self._queue(question.kind, waiting)
        self._start()
        told = await waiting.answer
        if told.faults:
            raise Problem(422, "; ".join(fault for _, fault in told.faults), told.faults)
        return told

    @property
    def queued(self) -> int:
        """Requests that wait for a batch."""
        return sum(map(len, self._waiting.values()))

    @property
    def alive(self) -> int:
        """Processes that are ready, at work or idle."""
        return len(self._idle) + len(self._at_work)

    @property
    def processes_at_work(self) -> list[SolverProcess]:
        """Processes that are answering a batch."""
        return list(self._at_work)

    async def close(self) -> None:
        """Finish what somebody still waits for, and let the processes go."""
        self._closing = True
        for task in self._starting:
            task.cancel()  # nobody needs it any more
        for process, batch in self._at_work.items():
            if all(one.answer.cancelled() for one in batch):
                process.kill()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(process.close() for process in self._idle))
        await asyncio.gather(*self._watching)

    async def _add_process(self) -> None:
        """Start a process, and let it answer once its kernel is warm."""
        while not self._closing:
            try:
                process = await SolverProcess.start(self.niceness)
                self._idle.append(process)
                self._keep(self._watch(process), self._watching)
                break
            except ProcessEndedError:
                log.error("a solver process does not start; it is tried again")
                await asyncio.sleep(_START_AGAIN_S)
        self._start()

    async def _watch(self, process: SolverProcess) -> None:
        """Replace a process that ends while it has nothing to do."""
        await process.ended()
        if process in self._idle and not self._closing:
            self._idle.remove(process)
            self._replace_ended(0, too_long=False)

    def _start_another(self) -> None:
        """Start a process beside everything else."""
        self._keep(self._add_process(), self._tasks, self._starting)

    def _keep(self, work: Coroutine[Any, Any, None], *kept: set[asyncio.Task[None]]) -> None:
        """Run beside everything else; the loop itself keeps no hold on a task."""
        task = asyncio.create_task(work)
        for tasks in kept:
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    def _queue(self, kind: Any, waiting: _Waiting) -> None:
        """Let a question wait for its turn, for a while."""
        self._waiting.setdefault(kind, []).append(waiting)
        self._start_timer(waiting)

    def _start_timer(self, waiting: _Waiting) -> None:
        loop = asyncio.get_running_loop()
        waiting.timer = loop.call_later(self.within_s, self._give_up, waiting)

    def _give_up(self, waiting: _Waiting) -> None:
        """Refuse a question whose turn does not come; starting a process counts for nobody."""
        if self._starting and not self.alive:
            self._start_timer(waiting)
            return
        kind = next(kind for kind, group in self._waiting.items() if waiting in group)
        self._waiting[kind].remove(waiting)
        if not self._waiting[kind]:
            del self._waiting[kind]
        _refuse([waiting], _no_turn(self.within_s))

    def _start(self) -> None:
        """Start a batch if nothing runs but what takes its time.

        Else it is better to wait: what comes meanwhile shares the next batch, and the event loop
        has the other core for sending answers.
        """
        busy = len(self._at_work) > len(self._aside)
        if self._idle and self._waiting and not busy:
            process = self._idle.pop()
            self._at_work[process] = batch = self._take()
            self._keep(self._run(batch, process), self._tasks)

    def _take(self) -> list[_Waiting]:
        """Take the oldest question, and those of its kind that came since."""
        kind, group = next(iter(self._waiting.items()))
        count = n_orders = 0
        for waiting in group:
            n_orders += len(waiting.question.orders)
            if count and n_orders > self.most_orders:
                break
            count += 1
        batch, rest = group[:count], group[count:]
        del self._waiting[kind]
        if rest:
            # Behind the other kinds: each has its turn.
            self._waiting[kind] = rest
        for waiting in batch:
            if waiting.timer is not None:
                waiting.timer.cancel()
        return batch

    async def _run(self, batch: list[_Waiting], process: SolverProcess) -> None:
        questions = [one.question for one in batch]
        work = asyncio.ensure_future(_solve(questions, process, thorough=self.thorough))
        await asyncio.wait({work}, timeout=_STEP_ASIDE_S)
        if not work.done():
            self._aside.add(process)
            self._start()
            await asyncio.wait({work}, timeout=self.within_s)
        too_long = not work.done()
        if too_long:
            process.kill()
        try:
            answers = await work
        except ProcessEndedError:
            self._replace_ended(len(batch), too_long=too_long)
            if too_long and len(batch) > 1:
                self._ask_singly(batch)
            else:
                _refuse(batch, _too_long() if too_long else _died())
        except Exception as fault:  # noqa: BLE001 - whoever waits must be told, whatever it is
            if isinstance(fault, ProcessFaultError) and len(batch) > 1:
                self._ask_singly(batch)
            else:
                _refuse(batch, fault)
            self._idle.append(process)
        else:
            for one, told in zip(batch, answers, strict=True):
                if not one.answer.done():
                    one.answer.set_result(told)
            self._idle.append(process)
        finally:
            del self._at_work[process]
            self._aside.discard(process)
            self._start()

    def _replace_ended(self, n_requests: int, *, too_long: bool) -> None:
        """Start another process for one that ended, unless that was on purpose."""
        if not self._closing:
            log.error("a solver process ended", too_long=too_long, requests=n_requests)
            self._start_another()

    def _ask_singly(self, batch: list[_Waiting]) -> None:
        """Ask anew, each by itself: one of them is at fault, and only that one is refused.

        The smallest come first: the one at fault is rarely among them.
        """
        for one in sorted(batch, key=lambda one: one.question.n_lines):
            self._queue(object(), one)


def _crowded() -> Problem:
    return Problem(
        503, "too many requests wait already; send it again later", headers={"Retry-After": "1"}
    )


def _no_turn(within_s: float) -> Problem:
    return Problem(
        503,
        f"its turn did not come within {within_s:g} s; send it again later",
        headers={"Retry-After": "1"},
    )


def _closed() -> Problem:
    return Problem(503, "the service stops; send it again", headers={"Retry-After": "1"})


def _died() -> Problem:
    return Problem(503, "the process that packs died; send it again", headers={"Retry-After": "1"})


def _too_long() -> Problem:
    # Like too many orders, and unlike 503: who sends it again gets no other answer.
    return Problem(
        413,
        "packing takes too long for an answer at once; send the orders as a job: POST /v1/jobs, "
        "or take a policy of less effort",
    )


def _refuse(batch: list[_Waiting], fault: Exception) -> None:
    for one in batch:
        if not one.answer.done():
            one.answer.set_exception(fault)


async def _solve(
    questions: list[Question], process: SolverProcess, *, thorough: bool
) -> list[Told]:
    """Have questions of one kind answered; the catalogue goes along only if it is needed."""
    first = questions[0]
    ask = partial(
        process.solve,
        first.case,
        requests=[one.orders for one in questions],
        plans=first.plans,
        ruled_out=first.ruled_out,
        thorough=thorough,
    )
    told = await ask()
    if told is None:
        told = await ask(setup=(first.catalogue, first.policy))
    return told or []
