"""Answers that are remembered: many orders have the content of one that was answered before.

What an order is answered rests on its content, the catalogue and the policy, and on nothing else:
an order whose like was packed a while ago need not be packed again. Only its id is its own.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from packopt_service.metrics import REMEMBERED
from packopt_service.solving import Told

if TYPE_CHECKING:
    from packopt_service.lanes import Lanes
    from packopt_service.solver import Question

#: What an answer takes beside its text: its key, its place in the table, and the objects.
_OVERHEAD_BYTES: Final = 500
_DIGEST_BYTES: Final = 32
#: Days that no order is refused for; others are judged with their order.
_DAY: Final = re.compile("20[0-9]{2}-[0-9]{2}-[0-9]{2}")


class _Answer(NamedTuple):
    """The answer to one order, without what is the order's own."""

    text: bytes
    verdict: str
    notes: tuple[str, ...]

    @property
    def n_bytes(self) -> int:
        """Bytes of memory that it takes."""
        return len(self.text) + sum(map(len, self.notes)) + _OVERHEAD_BYTES


class Memory:
    """Answers questions about one order from memory where it can, and has the others packed.

    Questions about several orders are packed always. Orders that are rejected are judged anew: the
    errors point into the request. All of a catalogue's stock is there for every request, so an
    answer does not rest on that either.

    Parameters
    ----------
    solver
        What packs.
    most_bytes
        Memory for answers; those that nobody asked for longest make room. 0 remembers nothing.
    """

    def __init__(self, solver: Lanes, most_bytes: int) -> None:
        self._solver = solver
        self._most_bytes = most_bytes
        self._answers: OrderedDict[bytes, _Answer] = OrderedDict()
        self._n_bytes = 0

    @property
    def n_bytes(self) -> int:
        """Bytes of memory in use."""
        return self._n_bytes

    async def answer(self, question: Question) -> Told:
        """Answer a question; errors as of `packopt_service.lanes.Lanes.answer`."""
        if not self._most_bytes or len(question.orders) != 1:
            return await self._solver.answer(question)
        key, start = _key(question), _start(question.orders[0]["order_id"])
        if (found := self._answers.get(key)) is not None:
            self._answers.move_to_end(key)
            REMEMBERED.inc()
            return Told([start + found.text], {found.verdict: 1}, found.notes)
        told = await self._solver.answer(question)
        if "rejected" not in told.verdicts:
            (verdict,), (text,) = told.verdicts, told.answers
            self._keep(key, _Answer(text.removeprefix(start), verdict, told.notes))
        return told

    def _keep(self, key: bytes, answer: _Answer) -> None:
        if (earlier := self._answers.pop(key, None)) is not None:
            # Asked a second time while the first was being packed.
            self._n_bytes -= earlier.n_bytes
        if answer.n_bytes > self._most_bytes:
            return
        self._answers[key] = answer
        self._n_bytes += answer.n_bytes
        while self._n_bytes > self._most_bytes:
            self._n_bytes -= self._answers.popitem(last=False)[1].n_bytes


def _key(question: Question) -> bytes:
    """Name all that an answer rests on: 1, 1.0, true and "1" are different contents.

    The day matters to bans only, which begin on one; what is no day is an error.
    """
    content: dict[str, Any] = {**question.orders[0], "order_id": ""}
    if not question.policy.bans and _is_day(content.get("date")):
        content.pop("date", None)
    asked = repr((question.case, question.plans, question.ruled_out, content))
    return hashlib.blake2b(asked.encode(), digest_size=_DIGEST_BYTES).digest()


def _is_day(text: str | None) -> bool:
    """Whether a text is surely accepted as the date of an order, as none is."""
    if text is None:
        return True
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _start(order_id: str) -> bytes:
    """Return how the answer to an order begins: its id is the first member."""
    return b'{"order_id":' + msgspec.json.encode(order_id)
