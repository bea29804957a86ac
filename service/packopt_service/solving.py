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
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, Final

import msgspec
import numpy as np

from packopt import InputError, Orders, Recommender, column_table, to_documents, warm
from packopt_service.answering import errors_of
from packopt_service.columns import join_columns, to_columns
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from packopt import Catalogue, Policy, Recommendations
    from packopt_service.answering import Document
    from packopt_service.columns import Columns
    from packopt_service.schemas import Order

Case = tuple[str, str]
"""Digests of a catalogue and a policy."""
Ask = Callable[[Orders], "tuple[Recommendations, NDArray[np.bool_]]"]
"""Answers orders, and tells which of the answers are still open."""

_MOST_RECOMMENDERS: Final = 64
_SOURCE: Final = "request"
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
    open
        Places of the orders that a first pass leaves open: their answers are empty, and their
        verdicts not counted.
    """

    answers: list[bytes] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    faults: tuple[tuple[str, str], ...] = ()
    open: tuple[int, ...] = ()


def solve(
    case: Case,
    *,
    requests: Sequence[Sequence[Order]],
    plans: bool,
    ruled_out: bool,
    thorough: bool = True,
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
    thorough
        Whether to leave nothing open.
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
    ask = partial(_ask_all, recommender) if thorough else recommender.first_pass
    answer = partial(_answer, ask, plans=plans, ruled_out=ruled_out)
    told = answer(requests)
    return told or [one for request in requests for one in answer([request]) or ()]


def _ask_all(recommender: Recommender, orders: Orders) -> tuple[Recommendations, NDArray[np.bool_]]:
    """Answer with all of the effort, which leaves nothing open."""
    result = recommender.recommend(orders)
    return result, np.zeros(result.orders.num_rows, np.bool_)


def _answer(
    ask: Ask, requests: Sequence[Sequence[Order]], *, plans: bool, ruled_out: bool
) -> list[Told] | None:
    """Answer requests together; None if they are to be answered one by one instead.

    One of them may spoil the batch, and only that one is to be refused. And who is noted is told,
    but nobody else.
    """
    try:
        parts = [_part(orders) for orders in requests]
        orders = _orders(parts)
        result, is_open = ask(orders)
    except (InputError, Problem) as fault:
        return [_refused(fault)] if len(requests) == 1 else None
    # Missing weights are noted of all requests of a batch: others are never answered with them.
    if len(requests) > 1 and len(result.notes) > (not orders.weights_known):
        return None
    found = zip(
        to_documents(result, plans=plans, ruled_out=ruled_out), is_open.tolist(), strict=True
    )
    documents = {int(one["order_id"]): None if still_open else one for one, still_open in found}
    return list(_parted(parts, documents, result))


def _part(orders: Sequence[Order]) -> Part:
    return Part([order["order_id"] for order in orders], *to_columns(orders))


def _refused(fault: InputError | Problem) -> Told:
    if isinstance(fault, Problem):
        return Told(faults=fault.errors)
    return Told(faults=tuple(("", problem) for problem in fault.problems))


def _orders(parts: Sequence[Part]) -> Orders:
    """The orders of all parts, renamed by number from 0: callers may use the same ids."""
    order_ids: list[str] = []
    n_orders = 0
    for part in parts:
        order_ids += [str(n_orders + order) for order, _ in part.places]
        n_orders += len(part.order_ids)
    columns = join_columns([(part.columns, len(part.places)) for part in parts])
    return Orders.from_table(column_table({"order_id": order_ids} | columns), source=_SOURCE)


def _parted(
    parts: Sequence[Part], documents: Mapping[int, Document | None], result: Recommendations
) -> Iterator[Told]:
    """Yield what each request is told, with the ids that it used; open orders have None."""
    encode = msgspec.json.Encoder().encode
    rejects = result.rejects.to_pylist()
    start_order = start_row = 0
    for part in parts:
        stop_row = start_row + len(part.places)
        own = [one for one in rejects if start_row < one["row"] <= stop_row]
        errors = errors_of(own, part, start_row) if own else {}
        answers, verdicts, still_open = [], Counter[str](), []
        for number, order_id in enumerate(part.order_ids):
            rejected: Document = {"verdict": "rejected", "errors": errors.get(number, [])}
            answer = documents.get(start_order + number, rejected)
            if answer is None:
                still_open.append(number)
                answers.append(b"")
                continue
            verdicts[answer["verdict"]] += 1
            answers.append(encode(answer | {"order_id": order_id}))
        yield Told(answers, dict(verdicts), result.notes, open=tuple(still_open))
        start_order, start_row = start_order + len(part.order_ids), stop_row


def main() -> None:
    """Answer messages from stdin on stdout until there are no more (see `solver_process`)."""
    for number in (signal.SIGINT, signal.SIGTERM):
        # The service decides when this process ends: by closing the pipe.
        signal.signal(number, signal.SIG_IGN)
    with suppress(AttributeError, OSError):
        os.nice(int(sys.argv[1]))
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
