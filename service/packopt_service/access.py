"""Who may ask: API keys, hashed at rest, with scopes and a limit of requests each.

A key is shown once, when it is made. A request carries it as ``Authorization: Bearer pk_...``, or
as the password of HTTP Basic, so that a browser can ask for it and open the page.
"""

from __future__ import annotations

import base64
import hashlib
import math
import re
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Final

import limits
import sqlalchemy as sa
from fastapi import Depends, Request
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.concurrency import run_in_threadpool

from packopt_service.database import api_keys
from packopt_service.problems import Problem
from packopt_service.settings import LOOPBACK

if TYPE_CHECKING:
    from packopt_service.settings import Settings

MAIN_ACCOUNT: Final = "main"
"""The account of keys that name none."""

SCOPES: Final = ("recommend", "jobs", "bench", "manage", "metrics")
_PREFIX: Final = "pk_"
#: Seconds for which a key is believed without asking the database again: so late is a revocation.
_BELIEVED_S: Final = 5.0
_MOST_BELIEVED: Final = 10_000
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: Chromium looks at the first scheme of a line only, and asks for nothing if that is Bearer.
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="packopt", Bearer realm="packopt"'}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes
    ----------
    key_id
        The key.
    account
        Whom it belongs to: keys of one account share evidence and what packers did, so that a
        packing bench with a key of its own finds the orders of the warehouse system.
    scopes
        What it may ask.
    rate_per_minute
        Its own limit; None for the usual one.
    """

    key_id: str
    account: str
    scopes: frozenset[str]
    rate_per_minute: int | None = None


ANYBODY: Final = Caller("open", MAIN_ACCOUNT, frozenset(SCOPES))
"""The caller of a service that was started open."""


def create_key(
    engine: sa.Engine,
    name: str,
    scopes: Collection[str],
    rate_per_minute: int | None = None,
    account: str = MAIN_ACCOUNT,
) -> str:
    """Make an API key.

    Parameters
    ----------
    engine
        The database.
    name
        What the key is for.
    scopes
        Some of `SCOPES`.
    rate_per_minute
        Requests a minute; None for what the service's settings say.
    account
        Whom it belongs to.

    Returns
    -------
    The key, which cannot be read again.

    Raises
    ------
    ValueError
        If a scope is unknown, or there is none.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        found = ", ".join(unknown) or "none"
        raise ValueError(f"scopes: found {found}; expected some of {', '.join(SCOPES)}")
    key = _PREFIX + secrets.token_urlsafe(32)
    with engine.begin() as connection:
        connection.execute(
            api_keys.insert().values(
                key_id=secrets.token_hex(6),
                name=name,
                account=account,
                sha256=_digest(key),
                scopes=" ".join(sorted(scopes)),
                rate_per_minute=rate_per_minute,
                created=datetime.now(UTC),
            )
        )
    return key


def list_keys(engine: sa.Engine) -> Sequence[sa.RowMapping]:
    """Return id, name, scopes, limit and dates of every key; never the key."""
    columns = [column for column in api_keys.columns if column.name != "sha256"]
    with engine.connect() as connection:
        return connection.execute(sa.select(*columns).order_by(api_keys.c.created)).mappings().all()


def revoke_key(engine: sa.Engine, key_id: str) -> bool:
    """Take a key out of use; tell whether there was one."""
    where = (api_keys.c.key_id == key_id) & api_keys.c.revoked.is_(None)
    with engine.begin() as connection:
        answer = connection.execute(
            api_keys.update().where(where).values(revoked=datetime.now(UTC))
        )
    return answer.rowcount == 1


@dataclass
class Gatekeeper:
    """Lets callers in, and counts their requests; one for each process.

    Parameters
    ----------
    engine
        The database of the keys.
    settings
        Whether the service is open, and the usual limit.
    """

    engine: sa.Engine
    settings: Settings
    _believed: dict[str, tuple[float, Caller]] = field(default_factory=dict)
    _limiter: MovingWindowRateLimiter = field(
        default_factory=lambda: MovingWindowRateLimiter(MemoryStorage())
    )

    async def admit(self, request: Request, *scopes: str) -> Caller:
        """Return who asks; one of the scopes will do.

        Raises
        ------
        Problem
            401 without a valid key, 403 without the scope, 429 with too many requests.
        """
        if self.settings.open:
            _refuse_other_names(request)
            refuse_other_sites(request, self.settings.cors_origins)
            return ANYBODY
        caller = await self._caller(request)
        if caller.scopes.isdisjoint(scopes):
            raise Problem(
                403,
                f"the key {caller.key_id} lacks the scope {' or '.join(scopes)}; ask for one that "
                "has it",
            )
        self._count(caller)
        return caller

    async def _caller(self, request: Request) -> Caller:
        key, by_browser = _presented(request)
        if not key.startswith(_PREFIX):
            raise Problem(
                401,
                "no API key; send Authorization: Bearer pk_..., made by packopt keys create",
                headers=_CHALLENGE,
            )
        digest = _digest(key)
        until, caller = self._believed.get(digest, (0.0, ANYBODY))
        if until < time.monotonic():
            caller = await run_in_threadpool(self._look_up, digest)
            if len(self._believed) >= _MOST_BELIEVED:
                self._believed.clear()
            self._believed[digest] = (time.monotonic() + _BELIEVED_S, caller)
        if by_browser:
            refuse_other_sites(request)
        return caller

    def _look_up(self, digest: str) -> Caller:
        where = (api_keys.c.sha256 == digest) & api_keys.c.revoked.is_(None)
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(api_keys).where(where)).mappings().first()
        if row is None:
            raise Problem(401, "the API key is unknown or revoked", headers=_CHALLENGE)
        scopes = frozenset(row["scopes"].split())
        return Caller(row["key_id"], row["account"], scopes, row["rate_per_minute"])

    def _count(self, caller: Caller) -> None:
        most = caller.rate_per_minute or self.settings.rate_per_minute
        limit = limits.RateLimitItemPerMinute(most)
        if not self._limiter.hit(limit, caller.key_id):
            reset = self._limiter.get_window_stats(limit, caller.key_id).reset_time
            wait_s = max(1, math.ceil(reset - time.time()))
            raise Problem(
                429,
                f"more than {most} requests a minute; try again in {wait_s} s, or send many "
                "orders in one request or job",
                headers={"Retry-After": str(wait_s)},
            )


def refuse_other_sites(request: Request, but: Collection[str] = ()) -> None:
    """Refuse what another site makes a browser send: it would send the browser's key along.

    Parameters
    ----------
    request
        The request.
    but
        Origins that may send it all the same.

    Raises
    ------
    Problem
        403 if the request changes something and comes from another origin.
    """
    origin = request.headers.get("origin")
    if request.method in _SAFE_METHODS or origin in but:
        return
    same = origin is None or origin.partition("://")[2] == request.headers.get("host")
    if not same or request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise Problem(403, "the request comes from a page of another site; use a Bearer key there")


def _refuse_other_names(request: Request) -> None:
    """Refuse a name that another site has pointed to this machine, to read through a browser.

    Raises
    ------
    Problem
        403 if the request is for another host than this machine.
    """
    host = request.headers.get("host", "").lower()
    name = re.sub(r":[0-9]*$", "", host).strip("[]")
    if name not in LOOPBACK:
        raise Problem(
            403,
            "an open service answers to localhost, 127.0.0.1 and [::1] alone; ask for it by one of "
            "them, or start it with keys",
        )


def gate(*scopes: str) -> Callable[[Request], Awaitable[Caller]]:
    """Return a dependency that lets in who has one of some scopes."""

    async def admit(request: Request) -> Caller:
        gatekeeper: Gatekeeper = request.app.state.gatekeeper
        return await gatekeeper.admit(request, *scopes)

    return admit


MayRecommend = Annotated[Caller, Depends(gate("recommend"))]
MayRunJobs = Annotated[Caller, Depends(gate("jobs"))]
MaySeeOrders = Annotated[Caller, Depends(gate("recommend", "jobs"))]
MayPack = Annotated[Caller, Depends(gate("bench"))]
MayManage = Annotated[Caller, Depends(gate("manage"))]
MaySeeMetrics = Annotated[Caller, Depends(gate("metrics"))]


def _presented(request: Request) -> tuple[str, bool]:
    """Return the key of a request, and whether a browser may have added it by itself."""
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip(), False
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2], True
        except ValueError:  # no base64, or no UTF-8 in it
            return "", True
    return "", False


def _digest(key: str) -> str:
    """Return what is kept of a key: 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()
