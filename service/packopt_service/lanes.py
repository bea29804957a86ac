"""Two lanes: most orders are settled at first sight, and never wait for the few that are not.

The first pass of the effort settles nearly every order in about a millisecond; what it leaves open
may take seconds. So every question is first asked with that pass only, in batches, and what stays
open then is asked with all of the effort, in processes of its own, one question at a time each.
An answer is the same whichever lane it came by (see `packopt.Recommender.first_pass`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from packopt_service.solver import Solver

if TYPE_CHECKING:
    from packopt_service.solver import Question
    from packopt_service.solving import Told

#: Searching yields to first passes, and jobs yield to both.
_SEARCH_NICENESS: Final = 4


class Lanes:
    """Answers questions: a first pass for all, and a search for the orders that it leaves open.

    Parameters
    ----------
    first
        Processes for first passes.
    searching
        Processes for searches.
    within_s
        Seconds after which waiting for either is given up, and so is either.
    most_waiting
        Questions that may wait for either.
    """

    def __init__(
        self, first: int, searching: int, within_s: float = 15.0, most_waiting: int = 1000
    ) -> None:
        self._first = Solver(first, within_s, most_waiting, thorough=False)
        self._search = Solver(
            searching, within_s, most_waiting, most_orders=1, niceness=_SEARCH_NICENESS
        )

    async def start(self) -> None:
        """Start the processes; one in each lane is ready then, and the others soon."""
        await asyncio.gather(self._first.start(), self._search.start())

    async def answer(self, question: Question) -> Told:
        """Answer a question; errors as of `packopt_service.solver.Solver.answer`."""
        told = await self._first.answer(question)
        if not told.open:
            return told
        orders = [question.orders[at] for at in told.open]
        found = await self._search.answer(replace(question, orders=orders))
        answers = list(told.answers)
        for at, answer in zip(told.open, found.answers, strict=True):
            answers[at] = answer
        verdicts = Counter(told.verdicts) + Counter(found.verdicts)
        return replace(told, answers=answers, verdicts=dict(verdicts), open=())

    @property
    def queued(self) -> int:
        """Questions that wait for either lane."""
        return self._first.queued + self._search.queued

    @property
    def alive(self) -> int:
        """Processes that are ready, at work or idle."""
        return self._first.alive + self._search.alive

    async def close(self) -> None:
        """Finish what somebody still waits for, and let the processes go."""
        # What the first lane leaves open still has its turn in the other one.
        await self._first.close()
        await self._search.close()
