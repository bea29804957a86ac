"""What a solver process does: answers a batch of requests at once, and gives each its own part.

The processes are children of the service. They share nothing with it but pipes, so that packing
never holds up the event loop, and a crash costs one batch.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import threading
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from packopt import InputError, Orders, Recommender, to_documents, warm
from packopt_service.answering import errors_of
from packopt_service.columns import join_columns, to_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from packopt import Catalogue, Policy, Recommendations
    from packopt_service.answering import Document
    from packopt_service.columns import Columns

Case = tuple[str, str]
"""Digests of a catalogue and a policy."""

_MOST_RECOMMENDERS: Final = 64
_recommenders: OrderedDict[Case, Recommender] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Part:
    """What one request contributes to a batch.

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
        Why the request cannot be read as a whole; then there is nothing else.
    """

    answers: list[bytes] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def start_process() -> None:
    """Make a new process ready: it compiles or loads the kernel, and ends with its parent."""
    end_with_parent()
    warm()


def end_with_parent() -> None:
    """End this process when its parent is gone, however that came to pass."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        watch = threading.Thread(target=_wait_and_leave, args=(parent.sentinel,), daemon=True)
        watch.start()


def _wait_and_leave(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)


def process_id() -> int:
    """Return the id of this process: it can only be asked of one that has started."""
    return os.getpid()


def solve(
    case: Case,
    *,
    parts: Sequence[Part],
    plans: bool,
    ruled_out: bool,
    setup: tuple[Catalogue, Policy] | None = None,
) -> list[Told] | None:
    """Answer requests of one kind as one batch.

    Parameters
    ----------
    case
        Names the catalogue and the policy.
    parts
        The requests.
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
            return [Told(faults=tuple(fault.problems)) for _ in parts]
        if len(_recommenders) > _MOST_RECOMMENDERS:
            _recommenders.popitem(last=False)
    recommender = _recommenders[case]
    try:
        result, n_orders = _answer(recommender, parts)
    except InputError as fault:
        if len(parts) == 1:
            return [Told(faults=tuple(fault.problems))]
        # One of them spoils the batch; by themselves, only that one is refused.
        singly = [solve(case, parts=[one], plans=plans, ruled_out=ruled_out) for one in parts]
        return [told for one in singly for told in one or ()]
    documents: list[Document | None] = [None] * n_orders
    for document in to_documents(result, plans=plans, ruled_out=ruled_out):
        documents[int(document["order_id"])] = document
    return list(_parted(parts, documents, result))


def _answer(recommender: Recommender, parts: Sequence[Part]) -> tuple[Recommendations, int]:
    """Answer the orders of all parts, renamed by number: callers may use the same ids."""
    order_ids: list[str] = []
    n_orders = 0
    for part in parts:
        order_ids += [str(n_orders + order) for order, _ in part.places]
        n_orders += len(part.order_ids)
    columns = join_columns([(part.columns, len(part.places)) for part in parts])
    table = to_table(columns, order_ids)
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
        answers, verdicts = [], Counter[str]()
        for number, order_id in enumerate(part.order_ids):
            answer: dict[str, Any] | None = documents[start_order + number]
            if answer is None:
                answer = {"verdict": "rejected", "errors": errors.get(number, [])}
            answer["order_id"] = order_id
            verdicts[answer["verdict"]] += 1
            answers.append(encode(answer))
        yield Told(answers, verdicts, result.notes)
        start_order, start_row = start_order + len(part.order_ids), stop_row
