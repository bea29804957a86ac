"""Idempotency keys: a POST that is sent twice is done once, and answered twice the same.

Follows the IETF draft "The Idempotency-Key HTTP Header Field": the same key with another body is
422, with the first request still being answered 409. Answers are remembered for a day.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from packopt_service.database import idempotency, insert_or_ignore
from packopt_service.problems import Problem

if TYPE_CHECKING:
    from fastapi import Request

HEADER: Final = "Idempotency-Key"
_REMEMBERED: Final = timedelta(days=1)
#: A request that has been silent for so long died with its process: the next one may do it anew.
_GIVEN_UP: Final = timedelta(minutes=10)
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
    """A key in use by one request."""

    owner: str
    route: str
    key: str
    sha256: str

    @property
    def where(self) -> sa.ColumnElement[bool]:
        """The row of the claim."""
        columns = idempotency.c
        return sa.and_(
            columns.owner == self.owner, columns.route == self.route, columns.key == self.key
        )


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


def claim(engine: sa.Engine, wanted: Claim) -> Stored | None:
    """Take a key, or return the answer that it got before.

    Raises
    ------
    Problem
        422 if the key came with another body, 409 if its first request is still being answered.
    """
    now = datetime.now(UTC)
    with engine.begin() as connection:
        old = idempotency.c.claimed < now - _REMEMBERED
        dead = idempotency.c.status.is_(None) & (idempotency.c.claimed < now - _GIVEN_UP)
        connection.execute(idempotency.delete().where(wanted.where & (old | dead)))
    row = {"owner": wanted.owner, "route": wanted.route, "key": wanted.key}
    if insert_or_ignore(engine, idempotency, **row, sha256=wanted.sha256, claimed=now):
        return None
    with engine.connect() as connection:
        found = connection.execute(sa.select(idempotency).where(wanted.where)).mappings().first()
    if found is None:
        return claim(engine, wanted)  # it was given up between the two looks
    if found["sha256"] != wanted.sha256:
        raise Problem(
            422, f"{HEADER} {wanted.key!r} came with another body before; use a new key for it"
        )
    if found["status"] is None:
        raise Problem(
            409,
            f"the first request with {HEADER} {wanted.key!r} is still being answered; ask again",
            headers={"Retry-After": "1"},
        )
    headers = found["headers"]
    headers = json.loads(headers) if isinstance(headers, str) else headers
    return Stored(found["status"], headers, found["body"])


def settle(
    engine: sa.Engine, claimed: Claim, status: int, headers: dict[str, str], body: bytes
) -> None:
    """Remember the answer to a claim; what failed for our own fault is forgotten instead."""
    if status >= 500 or status in (409, 429):
        give_up(engine, claimed)
        return
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    with engine.begin() as connection:
        connection.execute(
            idempotency.update().where(claimed.where).values(status=status, headers=kept, body=body)
        )


def give_up(engine: sa.Engine, claimed: Claim) -> None:
    """Let go of a key, so that the request can be sent again."""
    with engine.begin() as connection:
        connection.execute(idempotency.delete().where(claimed.where))


def forget_old(engine: sa.Engine) -> int:
    """Forget answers that are older than a day; return how many."""
    with engine.begin() as connection:
        old = idempotency.c.claimed < datetime.now(UTC) - _REMEMBERED
        return connection.execute(idempotency.delete().where(old)).rowcount
