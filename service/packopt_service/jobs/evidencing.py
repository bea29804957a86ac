"""Evidence of one order of a job, made when it is asked for.

An order's answer depends on nothing but the order, the catalogue and the policy, so it is answered
once more, from the job's own upload. What comes out is compared with what the job answered, and
checked: evidence of anything else is never given.
"""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from packopt_service.columns import OF_ORDERS
from packopt_service.finite_stock import can_run_out
from packopt_service.jobs import names
from packopt_service.jobs.stored_answers import (
    DamagedResultsError,
    stored_answer,
    stored_documents,
)
from packopt_service.jobs.worker import catalogue_of, policy_of, read_json, recommender_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from packopt import FoundOrder
    from packopt_service.jobs.stored_answers import StoredAnswer
    from packopt_service.jobs.worker import Task


@dataclass(frozen=True, slots=True)
class Made:
    """What came of it.

    Attributes
    ----------
    body
        The evidence; empty if there is none.
    status, why
        The status of the answer, and why there is no evidence.
    """

    body: bytes = b""
    status: int = 200
    why: str = ""


@cache
def prepare() -> None:
    """Load all that making evidence needs, once in a process."""
    from packopt import warm

    warm()


def make_job_evidence(task: Task, parts: int, order_id: str) -> Made:
    """Make the evidence of an order of a job that has succeeded.

    Parameters
    ----------
    task
        The job.
    parts
        How many parts it has.
    order_id
        The order, as results name it.
    """
    return _told(task, lambda: _looked_up(task, parts, order_id))


def recommended_packages(task: Task, parts: int, order_id: str) -> Made:
    """Look up which packages a job has recommended for the parcels of an order.

    Also where no evidence can be made, as with finite stock.

    Parameters
    ----------
    task, parts, order_id
        As of `make_job_evidence`.

    Returns
    -------
    Ids as a JSON array, in the order of the parcels, in place of evidence.
    """
    return _told(task, lambda: _recommended(task, parts, order_id))


def _recommended(task: Task, parts: int, order_id: str) -> Made:
    stored = stored_answer(task.storage, task.job_id, parts, order_id)
    if stored is None:
        return Made(status=404, why=f"the job has no order {order_id}")
    if stored.tables is None:
        return Made(
            status=409,
            why=f"the order {order_id} was rejected, so no package was recommended for it; "
            "GET .../rejects tells why",
        )
    rows = stored.tables["parcels"].select(["parcel", "package_id"]).to_pylist()
    rows.sort(key=itemgetter("parcel"))
    return Made(json.dumps([str(row["package_id"]) for row in rows]).encode())


def _told(task: Task, work: Callable[[], Made]) -> Made:
    """Do some work, and say what its files lack."""
    try:
        return work()
    except FileNotFoundError:
        return Made(
            status=410, why="the upload or the results of the job are gone; submit it again"
        )
    except DamagedResultsError as fault:
        return _differs(task, f"the stored results were changed or are damaged ({fault})")


def _looked_up(task: Task, parts: int, order_id: str) -> Made:
    stored = stored_answer(task.storage, task.job_id, parts, order_id)
    if stored is None:
        return Made(status=404, why=f"the job has no order {order_id}")
    if stored.tables is None:
        return Made(status=409, why=_rejected(order_id, stored))
    if can_run_out(catalogue_of(task)):
        return Made(
            status=409,
            why="with finite stock an answer rests on the orders before it, so no evidence of one "
            'order can be made; send the order to POST /v1/recommendations with "evidence": true',
        )
    with _upload(task) as path:
        found = _found(path, order_id, task.spec.suffix)
    if found is None or not found.orders.n_orders:
        return _differs(task, f"the upload has no order {order_id} that is accepted")
    return _made(task, order_id, found, stored)


def _made(task: Task, order_id: str, found: FoundOrder, stored: StoredAnswer) -> Made:
    from packopt import Evidence, check, make_evidence, to_documents
    from packopt_service.library import rows_of

    spec = task.spec
    fresh = recommender_of(task).recommend(found.orders)
    answer = to_documents(fresh)[0]
    # A job without plans has stored none; all the rest must be the same.
    told = to_documents(fresh, plans=spec.plans)
    if told != stored_documents(stored.tables or {}, fresh, plans=spec.plans):
        return _differs(task, "the order is answered otherwise now than by the job")
    body = make_evidence(
        answer,
        nested_order(order_id, found.rows),
        rows_of(task.catalogue_format, task.catalogue_content),
        policy_of(spec),
        catalogue_digest=spec.catalogue_digest,
        catalogue_reference=spec.catalogue,
        policy_reference=spec.policy,
    )
    evidence = Evidence.from_bytes(body)
    violations = check(evidence.result, evidence.orders, evidence.catalogue)
    if violations:
        return _differs(task, f"the evidence does not hold: {violations[0]}")
    return Made(body)


def nested_order(order_id: str, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Put the lines of an order into it, and what all of them state alike beside them.

    Parameters
    ----------
    order_id
        Its id as text, which a file may have as a number.
    lines
        Its lines as they stand in the file.
    """
    order: dict[str, Any] = {"order_id": order_id}
    alike = [
        name
        for name in sorted(OF_ORDERS)
        if name in lines[0] and all(line.get(name) == lines[0][name] for line in lines)
    ]
    order |= {name: lines[0][name] for name in alike}
    apart = {"order_id", *alike}
    kept = [{name: value for name, value in line.items() if name not in apart} for line in lines]
    return order | {"lines": kept}


def _found(path: Path, order_id: str, kind: str) -> FoundOrder | None:
    from packopt import find_order

    return find_order(path, order_id, kind=kind)


def _rejected(order_id: str, stored: StoredAnswer) -> str:
    first = stored.rejects[0]
    return (
        f"the order {order_id} was rejected, so there is no answer to give evidence of: row "
        f"{first['row']}, {first['field']}: {first['reason']}; GET .../rejects tells all"
    )


def _differs(task: Task, what: str) -> Made:
    """Say that no evidence can be given, and what may be the reason."""
    from packopt import __version__

    then = _engine(task)
    now = f"packopt {__version__}"
    versions = f"by {then}" if then == now else f"by {then}, and this is {now}"
    return Made(
        status=409,
        why=f"{what}, so there is no evidence of it; the job was answered {versions}; submit the "
        "order again",
    )


def _engine(task: Task) -> str:
    """Return which packopt answered the job."""
    try:
        told = read_json(task.storage, names.results_done(task.job_id))
        return str(told["engine"])
    except (FileNotFoundError, LookupError, TypeError, ValueError):
        return "an unknown version, since what tells it was changed or is gone"


@contextmanager
def _upload(task: Task) -> Iterator[Path]:
    """The upload as a local file; a copy of a remote one goes away afterwards.

    Not among the copies of the job: those are tidied away once it has ended.
    """
    name = names.upload(task.job_id, task.spec.suffix)
    if not task.storage_url:
        path = task.data_dir.resolve() / name
        if not path.exists():
            raise FileNotFoundError(name)
        yield path
        return
    copy = task.data_dir.resolve() / "incoming" / f"{uuid.uuid4().hex}.part"
    copy.parent.mkdir(parents=True, exist_ok=True)
    try:
        task.storage.fetch(name, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)
