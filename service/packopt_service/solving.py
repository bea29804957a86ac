"""What a solver process does: answers a batch of requests at once, and gives each its own part.

The processes are children of the service. They share nothing with it but pipes, so that packing
never holds up the event loop, and a crash costs one batch.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import sys
import threading
import traceback
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import msgspec

from packopt import InputError, Orders, Recommender, column_table, to_documents, warm
from packopt_service.answering import errors_of
from packopt_service.columns import join_columns, to_columns
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packopt import Catalogue, Policy, Recommendations
    from packopt_service.answering import Document
    from packopt_service.columns import Columns
    from packopt_service.schemas import Order

Case = tuple[str, str]
"""Digests of a catalogue and a policy."""

_MOST_RECOMMENDERS: Final = 64
#: Where cores are scarce, answers that are ready go out before the next ones are packed.
_NICENESS: Final = 3
_recommenders: OrderedDict[Case, Recommender] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Part:
    """What one request contributes to a batch, as columns.

    Attributes
    ----------
    order_ids
        Ids of its orders, as the request names them.
    columns
        One row for each line, without ``order_id``.
    places
        Order and line of each row, from 0.
    spelled
        Under which names it states each size and weight.
    """

    order_ids: Sequence[str]
    columns: Columns
    places: Sequence[tuple[int, int]]
    spelled: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Told:
    """What a request is answered.

    Attributes
    ----------
    answers
        The document of each order, as JSON.
    verdicts
        How many orders got which.
    notes
        Sentences on the whole.
    faults
        Why the request cannot be read as a whole, with pointers; then there is nothing else.
    """

    answers: list[bytes] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()


def solve(
    case: Case,
    *,
    requests: Sequence[Sequence[Order]],
    plans: bool,
    ruled_out: bool,
    setup: tuple[Catalogue, Policy] | None = None,
) -> list[Told] | None:
    """Answer requests of one kind as one batch.

    Parameters
    ----------
    case
        Names the catalogue and the policy.
    requests
        The orders of each request.
    plans, ruled_out
        Whether to tell placements and ruled-out packages.
    setup
        Catalogue and policy; None if this process should know them already.

    Returns
    -------
    What each request is told; None if this process does not know the case.
    """
    if case not in _recommenders:
        if setup is None:
            return None
        try:
            _recommenders[case] = Recommender(*setup)
        except InputError as fault:
            return [_refused(fault) for _ in requests]
        if len(_recommenders) > _MOST_RECOMMENDERS:
            _recommenders.popitem(last=False)
    recommender = _recommenders[case]
    try:
        parts = [_part(orders) for orders in requests]
        result, n_orders = _answer(recommender, parts)
    except (InputError, Problem) as fault:
        if len(requests) == 1:
            return [_refused(fault)]
        # One of them spoils the batch; by themselves, only that one is refused.
        singly = [solve(case, requests=[one], plans=plans, ruled_out=ruled_out) for one in requests]
        return [told for one in singly for told in one or ()]
    documents: list[Document | None] = [None] * n_orders
    for document in to_documents(result, plans=plans, ruled_out=ruled_out):
        documents[int(document["order_id"])] = document
    return list(_parted(parts, documents, result))


def _part(orders: Sequence[Order]) -> Part:
    return Part([order["order_id"] for order in orders], *to_columns(orders))


def _refused(fault: InputError | Problem) -> Told:
    if isinstance(fault, Problem):
        return Told(faults=fault.errors)
    return Told(faults=tuple(("", problem) for problem in fault.problems))


def _answer(recommender: Recommender, parts: Sequence[Part]) -> tuple[Recommendations, int]:
    """Answer the orders of all parts, renamed by number: callers may use the same ids."""
    order_ids: list[str] = []
    n_orders = 0
    for part in parts:
        order_ids += [str(n_orders + order) for order, _ in part.places]
        n_orders += len(part.order_ids)
    columns = join_columns([(part.columns, len(part.places)) for part in parts])
    table = column_table({"order_id": order_ids} | columns)
    return recommender.recommend(Orders.from_table(table, source="request")), n_orders


def _parted(
    parts: Sequence[Part], documents: Sequence[Document | None], result: Recommendations
) -> Iterator[Told]:
    """Yield what each request is told, with the ids that it used."""
    encode = msgspec.json.Encoder().encode
    rejects = result.rejects.to_pylist()
    start_order = start_row = 0
    for part in parts:
        stop_row = start_row + len(part.places)
        own = [one for one in rejects if start_row < one["row"] <= stop_row]
        errors = errors_of(own, part, start_row) if own else {}
        answers, verdicts = [], dict[str, int]()
        for number, order_id in enumerate(part.order_ids):
            answer: dict[str, Any] | None = documents[start_order + number]
            if answer is None:
                answer = {"verdict": "rejected", "errors": errors.get(number, [])}
            answer["order_id"] = order_id
            verdicts[answer["verdict"]] = verdicts.get(answer["verdict"], 0) + 1
            answers.append(encode(answer))
        yield Told(answers, verdicts, result.notes)
        start_order, start_row = start_order + len(part.order_ids), stop_row


def main() -> None:
    """Answer messages from stdin on stdout until there are no more (see `solver_process`)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The service decides when this process ends: by closing the pipe.
        signal.signal(number, signal.SIG_IGN)
    with suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whatever prints must not print into the answers
    warm()
    # The kernel's objects stay for good: looking through them for garbage would take longer than
    # most answers.
    gc.collect()
    gc.freeze()
    _send(answers, None, None)
    while length := questions.read(8):
        case, question = pickle.loads(questions.read(int.from_bytes(length, "big")))  # noqa: S301
        try:
            told, fault = solve(case, **question), None
        except Exception:  # noqa: BLE001 - the service logs it, and this process goes on
            told, fault = None, traceback.format_exc()
        _send(answers, fault, told)


def _end_with_parent() -> None:
    """End this process when the other end of its pipe is closed, though it be at work.

    The service closes it when there is nothing to do, or by dying: nobody wants the answer then.
    """
    with suppress(AttributeError, OSError):  # Windows has no poll: there the batch is finished
        poll = select.poll()
        poll.register(sys.stdin.fileno(), 0)  # it tells of a closed end unasked
        poll.poll()
        os._exit(0)


def _send(pipe: BinaryIO, fault: str | None, told: list[Told] | None) -> None:
    message = pickle.dumps((fault, told), pickle.HIGHEST_PROTOCOL)
    pipe.write(len(message).to_bytes(8, "big") + message)
    pipe.flush()


if __name__ == "__main__":
    # Under its real name, so that what is pickled here is found there.
    from packopt_service.solving import main as run

    run()
