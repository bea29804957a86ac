"""The jobs in the database: their states, their progress, and who may see them.

A state changes by one statement that names the state before, so that two processes that both
believe they own a job cannot contradict each other. The answers themselves are files.
"""

from __future__ import annotations

import base64
import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from packopt_service.database import api_keys, insert_unless_taken, job_parts, jobs
from packopt_service.jobs.spec import FINISHED, OPEN, JobSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from packopt_service.jobs.spec import PartDone, State

_COLUMNS = jobs.c


@dataclass(frozen=True, slots=True)
class JobRecord:
    """A job as the database knows it.

    Attributes
    ----------
    revision
        Grows with every change.
    parts_done, orders_done, rejects, verdicts
        Of the parts that are answered.
    parts, orders
        In all; None until the upload is split.
    waiting
        What keeps a running job from going on; None if nothing.
    """

    job_id: str
    owner: str
    kind: str
    state: State
    revision: int
    spec: JobSpec
    upload_bytes: int
    created: datetime
    started: datetime | None
    finished: datetime | None
    parts: int | None
    orders: int | None
    waiting: str | None
    error: str | None
    webhook_url: str | None
    webhook_secret: str | None
    webhook_state: str | None
    parts_done: int
    orders_done: int
    rejects: int
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True)
class JobRecords:
    """The jobs of a database.

    Parameters
    ----------
    engine
        The database.
    """

    engine: sa.Engine

    def add(
        self,
        job_id: str,
        owner: str,
        kind: str,
        spec: JobSpec,
        upload_bytes: int,
        webhook_url: str | None = None,
        beside: Callable[[sa.Connection, JobRecord], None] = lambda *_: None,
    ) -> JobRecord:
        """Add a job that waits for its turn.

        Parameters
        ----------
        job_id, owner, kind, spec, upload_bytes, webhook_url
            The job.
        beside
            Keeps something about it in the same transaction; if it raises, there is no job.
        """
        secret = None
        if webhook_url is not None:
            secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        row: dict[str, Any] = dict.fromkeys(jobs.columns.keys()) | {
            "job_id": job_id,
            "owner": owner,
            "kind": kind,
            "state": "queued",
            "revision": 1,
            "asked": spec.to_dict(),
            "upload_bytes": upload_bytes,
            "created": datetime.now(UTC),
            "webhook_url": webhook_url,
            "webhook_secret": secret,
            "webhook_state": None if webhook_url is None else "waiting for the job",
        }
        record = _record(row, [])
        with self.engine.begin() as connection:
            beside(connection, record)
            connection.execute(jobs.insert().values(**row))
        return record

    def get(self, job_id: str, owner: str | None = None) -> JobRecord | None:
        """Return a job; None if there is none, or it is not the owner's."""
        where = _COLUMNS.job_id == job_id
        if owner is not None:
            where &= _COLUMNS.owner == owner
        found = self._select(sa.select(jobs).where(where))
        return found[0] if found else None

    def get_of_account(self, job_id: str, key_id: str, account: str) -> JobRecord | None:
        """Return a job of a key, or of another key of its account; None if there is none."""
        where = (_COLUMNS.job_id == job_id) & _of_account(key_id, account)
        found = self._select(sa.select(jobs).where(where))
        return found[0] if found else None

    def newest_answered(self, key_id: str, account: str, most: int) -> Sequence[JobRecord]:
        """Return jobs of an account whose orders are answered, the newest first."""
        answered = (_COLUMNS.kind == "recommendations") & (_COLUMNS.state == "succeeded")
        newest = (_COLUMNS.created.desc(), _COLUMNS.job_id.desc())
        statement = sa.select(jobs).where(answered & _of_account(key_id, account))
        return self._select(statement.order_by(*newest).limit(most))

    def page(self, owner: str, most: int, before: str | None = None) -> Sequence[JobRecord]:
        """Return jobs of an owner, the newest first; those older than `before` if it is given."""
        where = _COLUMNS.owner == owner
        if before is not None:
            mark = sa.select(_COLUMNS.created).where(_COLUMNS.job_id == before).scalar_subquery()
            older = _COLUMNS.created < mark
            where &= older | ((_COLUMNS.created == mark) & (_COLUMNS.job_id < before))
        newest = (_COLUMNS.created.desc(), _COLUMNS.job_id.desc())
        return self._select(sa.select(jobs).where(where).order_by(*newest).limit(most))

    def count_open(self, owner: str) -> int:
        """Return how many jobs of an owner wait or run."""
        where = (_COLUMNS.owner == owner) & _COLUMNS.state.in_(OPEN)
        with self.engine.connect() as connection:
            found = connection.execute(sa.select(sa.func.count()).where(where)).scalar()
        return int(found or 0)

    def count_by_state(self) -> dict[str, int]:
        """Return how many jobs are in each state."""
        statement = sa.select(_COLUMNS.state, sa.func.count()).group_by(_COLUMNS.state)
        with self.engine.connect() as connection:
            return {state: int(number) for state, number in connection.execute(statement)}

    def start(self, job_id: str) -> bool:
        """Set a queued job running; tell whether it runs now."""
        return self._change(
            job_id, ("queued",), state="running", started=datetime.now(UTC)
        ) or self._is(job_id, "running")

    def split(self, job_id: str, parts: int, orders: int | None) -> None:
        """Note what a running job consists of."""
        self._change(job_id, ("running",), parts=parts, orders=orders, waiting=None)

    def wait(self, job_id: str, reason: str | None) -> None:
        """Note what keeps a running job from going on; None when nothing does any more."""
        self._change(job_id, OPEN, waiting=reason)

    def note_part(self, job_id: str, part: int, done: PartDone) -> bool:
        """Note that a part is answered; tell whether that was news."""
        from dataclasses import asdict

        row = {"job_id": job_id, "part": part, **asdict(done)}
        with self.engine.begin() as connection:
            # Two services may have answered it at the same time; one of them counts.
            if not insert_unless_taken(connection, job_parts, **row):
                return False
            connection.execute(
                jobs.update()
                .where(_COLUMNS.job_id == job_id)
                .values(revision=_COLUMNS.revision + 1, waiting=None)
            )
        return True

    def finish(self, job_id: str, state: State, error: str | None = None) -> bool:
        """Give an open job its last state; tell whether it was open."""
        now = datetime.now(UTC)
        return self._change(job_id, OPEN, state=state, error=error, finished=now, waiting=None)

    def note_webhook(self, job_id: str, state: str, *, done: bool = False) -> None:
        """Note how the delivery goes; its secret is forgotten when it is done."""
        forget = {"webhook_secret": None} if done else {}
        self._change(job_id, FINISHED, webhook_state=state, **forget)

    def remove(self, job_id: str) -> None:
        """Forget a job."""
        with self.engine.begin() as connection:
            connection.execute(job_parts.delete().where(job_parts.c.job_id == job_id))
            connection.execute(jobs.delete().where(_COLUMNS.job_id == job_id))

    def old(self, keep_days: int) -> Sequence[JobRecord]:
        """Return jobs that finished more than so many days ago."""
        day = datetime.now(UTC) - timedelta(days=keep_days)
        return self._select(sa.select(jobs).where(_COLUMNS.finished < day))

    def in_state(self, *states: str) -> Sequence[JobRecord]:
        """Return all jobs in some states, the oldest first."""
        statement = sa.select(jobs).where(_COLUMNS.state.in_(states)).order_by(_COLUMNS.created)
        return self._select(statement)

    def _change(self, job_id: str, states: Sequence[str], **values: Any) -> bool:
        where = (_COLUMNS.job_id == job_id) & _COLUMNS.state.in_(states)
        statement = jobs.update().where(where).values(**values, revision=_COLUMNS.revision + 1)
        with self.engine.begin() as connection:
            return connection.execute(statement).rowcount == 1

    def _is(self, job_id: str, state: str) -> bool:
        found = self.get(job_id)
        return found is not None and found.state == state

    def _select(self, statement: sa.Select[Any]) -> list[JobRecord]:
        with self.engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
            ids = [row["job_id"] for row in rows]
            parts = sa.select(job_parts).where(job_parts.c.job_id.in_(ids))
            done = connection.execute(parts).mappings().all() if ids else []
        return [
            _record(row, [one for one in done if one["job_id"] == row["job_id"]]) for row in rows
        ]


def _of_account(key_id: str, account: str) -> sa.ColumnElement[bool]:
    """Whose jobs keys of an account share; an open service has a key that is in no table."""
    keys = sa.select(api_keys.c.key_id).where(api_keys.c.account == account)
    return (_COLUMNS.owner == key_id) | _COLUMNS.owner.in_(keys)


def _record(row: sa.RowMapping | dict[str, Any], parts: Sequence[sa.RowMapping]) -> JobRecord:
    values: dict[str, Any] = dict(row)
    verdicts: Counter[str] = Counter()
    for part in parts:
        verdicts.update(part["verdicts"])
    spec = JobSpec(**values.pop("asked"))
    return JobRecord(
        **values,
        spec=spec,
        parts_done=len(parts),
        orders_done=sum(part["orders"] for part in parts),
        rejects=sum(part["rejects"] for part in parts),
        verdicts=dict(sorted(verdicts.items())),
    )
