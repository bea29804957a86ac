"""Idempotency keys: a POST that is sent twice is done once, and answered twice the same.

Follows the IETF draft "The Idempotency-Key HTTP Header Field": the same key with another body is
422, with the first request still being answered 409. Answers are remembered for a day.

A claim names the process that holds it. Processes give signs of life (`jobs.keeper`), so that the
claim of one that is gone is taken over by whoever asks next, without comparing any clocks. Each
claim has a token of its own, which a take-over replaces: who was wrongly believed gone can settle
nothing any more, and what is kept in the transaction of `settle_in` is kept once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from packopt_service.database import idempotency, insert_unless_taken, processes
from packopt_service.logs import log
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from fastapi import Request

HEADER: Final = "Idempotency-Key"
_REMEMBERED: Final = timedelta(days=1)
_LONGEST: Final = 200
_KEPT_HEADERS: Final = ("content-type", "location")


@dataclass(frozen=True, slots=True)
class Stored:
    """The first answer."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in use by one request.

    Attributes
    ----------
    owner, route, key
        Who sent it where, and what the key is.
    sha256
        What was sent with it.
    token
        This claim, among all that there may be on the key one after the other.
    """

    owner: str
    route: str
    key: str
    sha256: str
    token: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def where(self) -> sa.ColumnElement[bool]:
        """The row of the key."""
        columns = idempotency.c
        return sa.and_(
            columns.owner == self.owner, columns.route == self.route, columns.key == self.key
        )

    @property
    def open(self) -> sa.ColumnElement[bool]:
        """The row of the key while it is this claim's, and not settled."""
        columns = idempotency.c
        return self.where & (columns.token == self.token) & columns.status.is_(None)


def key_of(request: Request) -> str | None:
    """Return the idempotency key of a request.

    Raises
    ------
    Problem
        422 if it is empty, too long, or has other characters than visible ASCII ones.
    """
    key: str | None = request.headers.get(HEADER)
    if key is None:
        return None
    if not 1 <= len(key) <= _LONGEST or not all("!" <= one <= "~" for one in key):
        detail = f"expected 1..{_LONGEST} visible ASCII characters; a UUID will do"
        raise Problem(422, f"{HEADER}: {detail}", [(HEADER, detail)])
    return key


class Claims:
    """The keys that requests of one process hold.

    Parameters
    ----------
    engine
        The database.
    holder
        This process, as the table of processes names it.
    again_in_s
        Tells in how many seconds to ask again for what another process holds.
    """

    def __init__(
        self, engine: sa.Engine, holder: str, again_in_s: Callable[[str], int] = lambda _: 1
    ) -> None:
        self._engine = engine
        self._holder = holder
        self._again_in_s = again_in_s
        #: Tokens of requests that are being answered; others of this process are nobody's.
        self._at_work: set[str] = set()
        self._left: list[Claim] = []

    def take(self, wanted: Claim) -> Stored | None:
        """Take a key, or return the answer that it got before.

        Raises
        ------
        Problem
            422 if the key came with another body, 409 if its first request is still being
            answered.
        """
        self._at_work.add(wanted.token)  # before anybody can see it in the table
        try:
            stored = self._take(wanted)
        except Problem:
            self._at_work.discard(wanted.token)
            raise
        except BaseException:
            self.give_up(wanted)  # nobody knows whether it was taken
            raise
        if stored is not None:
            self._at_work.discard(wanted.token)
        return stored

    def settle(self, claimed: Claim, status: int, headers: dict[str, str], body: bytes) -> None:
        """Remember the answer to a claim; what failed for our own fault is forgotten instead.

        Nothing changes if the claim is settled already, or somebody else's by now.
        """
        if status >= 500 or status in (409, 429):
            self.give_up(claimed)
            return
        with self._engine.begin() as connection:
            _settle(connection, claimed, status, headers, body)
        self._at_work.discard(claimed.token)

    def give_up(self, claimed: Claim) -> None:
        """Let go of a key, so that the request can be sent again.

        If the database is away, this process takes the key anew all the same, and others can as
        soon as `let_go` has come through.
        """
        try:
            _forget(self._engine, claimed)
        except sa.exc.SQLAlchemyError as fault:
            log.warning("a key is let go of later", error=type(fault).__name__)
            self._left.append(claimed)
        finally:
            self._at_work.discard(claimed.token)

    def let_go(self) -> None:
        """Let go of what could not be let go of before.

        Raises
        ------
        sqlalchemy.exc.SQLAlchemyError
            If the database is still away.
        """
        while self._left:
            _forget(self._engine, self._left[0])
            del self._left[0]

    def _take(self, wanted: Claim) -> Stored | None:
        while True:
            if self._insert(wanted):
                return None
            with self._engine.connect() as connection:
                select = sa.select(idempotency).where(wanted.where)
                found = connection.execute(select).mappings().first()
                if found is None:
                    continue  # it was given up between the two looks
                if found["sha256"] != wanted.sha256:
                    raise Problem(
                        422,
                        f"{HEADER} {wanted.key!r} came with another body before; use a new key "
                        "for it",
                    )
                if found["status"] is not None:
                    return _stored(found)
                if self._is_held(connection, found):
                    raise Problem(
                        409,
                        f"the first request with {HEADER} {wanted.key!r} is still being answered; "
                        "ask again",
                        headers={"Retry-After": str(self._seconds(found["holder"]))},
                    )
            if self._take_over(wanted, found["token"]):
                return None

    def _insert(self, wanted: Claim) -> bool:
        now = datetime.now(UTC)
        row = {"owner": wanted.owner, "route": wanted.route, "key": wanted.key}
        row |= {"sha256": wanted.sha256, "holder": self._holder, "token": wanted.token}
        with self._engine.begin() as connection:
            old = idempotency.c.claimed < now - _REMEMBERED
            connection.execute(idempotency.delete().where(wanted.where & old))
            return insert_unless_taken(connection, idempotency, **row, claimed=now)

    def _is_held(self, connection: sa.Connection, found: sa.RowMapping) -> bool:
        """Whether somebody is still answering the request of an open claim."""
        if found["holder"] == self._holder:
            return found["token"] in self._at_work
        alive = (processes.c.executor_id == found["holder"]) & ~processes.c.stopped
        return connection.execute(sa.select(processes.c.beat).where(alive)).first() is not None

    def _seconds(self, holder: str) -> int:
        return 1 if holder == self._holder else self._again_in_s(holder)

    def _take_over(self, wanted: Claim, token: str | None) -> bool:
        """Make an open claim ours; tell whether it was still as it was seen."""
        columns = idempotency.c
        as_seen = wanted.where & (columns.token == token) & columns.status.is_(None)
        mine = {"holder": self._holder, "token": wanted.token, "claimed": datetime.now(UTC)}
        with self._engine.begin() as connection:
            changed = connection.execute(idempotency.update().where(as_seen).values(**mine))
        return changed.rowcount == 1


def settle_in(
    connection: sa.Connection,
    claimed: Claim | None,
    status: int,
    headers: dict[str, str],
    body: bytes,
) -> None:
    """Remember the answer to a claim in the transaction that keeps what the answer tells of.

    Either both are there afterwards or neither, whenever the process may end. Without a claim
    there is nothing to remember.

    Raises
    ------
    Problem
        409 if the claim is somebody else's by now; the transaction must keep nothing then.
    """
    if claimed is not None and not _settle(connection, claimed, status, headers, body):
        raise Problem(
            409,
            f"another process answers the request with {HEADER} {claimed.key!r}; ask again",
            headers={"Retry-After": "1"},
        )


def forget_old(engine: sa.Engine) -> int:
    """Forget answers that are older than a day; return how many."""
    with engine.begin() as connection:
        old = idempotency.c.claimed < datetime.now(UTC) - _REMEMBERED
        return connection.execute(idempotency.delete().where(old)).rowcount


def _settle(
    connection: sa.Connection, claimed: Claim, status: int, headers: dict[str, str], body: bytes
) -> bool:
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    change = idempotency.update().where(claimed.open)
    return connection.execute(change.values(status=status, headers=kept, body=body)).rowcount == 1


def _forget(engine: sa.Engine, claimed: Claim) -> None:
    with engine.begin() as connection:
        connection.execute(idempotency.delete().where(claimed.open))


def _stored(found: sa.RowMapping) -> Stored:
    headers = found["headers"]
    headers = json.loads(headers) if isinstance(headers, str) else headers
    return Stored(found["status"], headers, found["body"])
