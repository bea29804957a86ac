"""Catalogues and policies that callers keep here: named, numbered, and never changed.

Built-in catalogues have the version 1 and cannot be overwritten; the policy ``default`` likewise.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import sqlalchemy as sa

from packopt import (
    Catalogue,
    InputError,
    Policy,
    builtin_catalogue_text,
    builtin_catalogues,
    catalogue_rows,
    factor_set_names,
    read_catalogue,
)
from packopt_service.bombs import refuse_bomb
from packopt_service.database import insert_or_ignore, versions
from packopt_service.problems import Problem, from_input

if TYPE_CHECKING:
    from collections.abc import Sequence

CATALOGUE_FORMATS: Final = ("csv", "json", "parquet", "arrow")
POLICY_FORMATS: Final = ("json", "toml")
_BUILT_IN: Final = datetime(2026, 1, 1, tzinfo=UTC)
#: Seconds for which the newest version of a name is believed to be the newest.
_NEWEST_S: Final = 1.0
_MOST_KEPT: Final = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version(Generic[T]):
    """One version of a catalogue or a policy.

    Attributes
    ----------
    name, version
        Its name, and its number from 1.
    digest
        SHA-256 of what it says, in hexadecimal.
    format, content
        The file as it was uploaded.
    created
        When.
    value
        The catalogue or policy.
    """

    name: str
    version: int
    digest: str
    format: str
    content: bytes
    created: datetime
    value: T

    @property
    def reference(self) -> str:
        """``name@version``."""
        return f"{self.name}@{self.version}"


@dataclass
class Shelf(Generic[T]):
    """The versions of one kind.

    Parameters
    ----------
    engine
        The database.
    kind
        "catalogue" or "policy".
    read
        Makes the value and its digest of a file's format and content.
    built_in
        Files that come with packopt, by name: format and content of each.
    refuse
        Refuses what must not even be read.
    """

    engine: sa.Engine
    kind: str
    read: Callable[[str, bytes], tuple[T, str]]
    built_in: Mapping[str, tuple[str, Callable[[], bytes]]]
    refuse: Callable[[str, bytes], None] = lambda *_: None
    _kept: OrderedDict[tuple[str, int], Version[T]] = field(default_factory=OrderedDict)
    _newest: dict[str, tuple[float, int]] = field(default_factory=dict)

    def add(self, name: str, format: str, content: bytes) -> tuple[Version[T], bool]:  # noqa: A002
        """Keep a file as the next version of a name; the newest itself if it says the same.

        Returns
        -------
        The version, and whether it is new.

        Raises
        ------
        Problem
            409 if the name is built in, 413 if the file inflates too much, 422 if it is faulty.
        """
        if name in self.built_in:
            raise Problem(409, f"the {self.kind} {name} comes with packopt; choose another name")
        value, digest = self._checked(format, content)
        while True:
            newest = self._newest_version(name)
            if newest:
                found = self.get(f"{name}@{newest}")
                if found.digest == digest:
                    return found, False
            row = {
                "name": name,
                "version": newest + 1,
                "digest": digest,
                "format": format,
                "content": content,
                "created": datetime.now(UTC),
            }
            # Somebody else may have taken the number meanwhile; then it is the next one's turn.
            if insert_or_ignore(self.engine, versions, kind=self.kind, **row):
                self._newest.pop(name, None)
                return self._keep(Version(**row, value=value)), True  # type: ignore[arg-type]

    def get(self, reference: str) -> Version[T]:
        """Return a version by ``name`` or ``name@version``.

        Raises
        ------
        Problem
            404 if there is none.
        """
        name, _, number = reference.partition("@")
        if name in self.built_in:
            return self._get_built_in(name, number)
        version = int(number) if number else self._believed_newest(name)
        found = self._kept.get((name, version)) or self._load(name, version)
        if found is None:
            known = ", ".join(sorted({one.name for one in self.list()}))[:300]
            raise Problem(404, f"there is no {self.kind} {reference}; there are {known}")
        return found

    def at_hand(self, reference: str) -> Version[T] | None:
        """Return a version that needs no look at the database, or None."""
        name, _, number = reference.partition("@")
        if name in self.built_in:
            return self._kept.get((name, 1)) if number in ("", "1") else None
        if number:
            return self._kept.get((name, int(number)))
        until, version = self._newest.get(name, (0.0, 0))
        return self._kept.get((name, version)) if until > time.monotonic() else None

    def list(self, name: str | None = None) -> Sequence[Version[None]]:
        """List all versions, or those of one name, without their content; built-in ones first."""
        listed: list[Version[None]] = []
        for word, (format_, _) in self.built_in.items():
            if name in (None, word):
                digest = self._get_built_in(word, "").digest
                listed.append(Version(word, 1, digest, format_, b"", _BUILT_IN, None))
        columns = [versions.c[one] for one in ("name", "version", "digest", "format", "created")]
        where = versions.c.kind == self.kind
        if name is not None:
            where &= versions.c.name == name
        statement = sa.select(*columns).where(where).order_by(*columns[:2])
        with self.engine.connect() as connection:
            rows = connection.execute(statement).mappings().all()
        listed += [Version(**row, content=b"", value=None) for row in rows]
        return listed

    def _get_built_in(self, name: str, number: str) -> Version[T]:
        if number not in ("", "1"):
            raise Problem(404, f"the {self.kind} {name} comes with packopt and has version 1 only")
        if (name, 1) not in self._kept:
            format_, content = self.built_in[name][0], self.built_in[name][1]()
            value, digest = self.read(format_, content)
            return self._keep(Version(name, 1, digest, format_, content, _BUILT_IN, value))
        return self._kept[name, 1]

    def _checked(self, format_: str, content: bytes) -> tuple[T, str]:
        self.refuse(format_, content)
        try:
            return self.read(format_, content)
        except InputError as fault:
            raise from_input(fault) from fault

    def _believed_newest(self, name: str) -> int:
        until, version = self._newest.get(name, (0.0, 0))
        if until < time.monotonic():
            version = self._newest_version(name)
            self._newest[name] = (time.monotonic() + _NEWEST_S, version)
        return version

    def _newest_version(self, name: str) -> int:
        where = (versions.c.kind == self.kind) & (versions.c.name == name)
        with self.engine.connect() as connection:
            found = connection.execute(
                sa.select(sa.func.max(versions.c.version)).where(where)
            ).scalar()
        return int(found or 0)

    def _load(self, name: str, version: int) -> Version[T] | None:
        where = (versions.c.kind == self.kind) & (versions.c.name == name)
        where &= versions.c.version == version
        with self.engine.connect() as connection:
            row = connection.execute(sa.select(versions).where(where)).mappings().first()
        if row is None:
            return None
        stored = {key: value for key, value in row.items() if key != "kind"}
        value, _ = self.read(row["format"], row["content"])
        return self._keep(Version(**stored, value=value))

    def _keep(self, version: Version[T]) -> Version[T]:
        self._kept[version.name, version.version] = version
        if len(self._kept) > _MOST_KEPT:
            self._kept.popitem(last=False)
        return version


def catalogue_shelf(engine: sa.Engine) -> Shelf[Catalogue]:
    """Return the shelf of catalogues."""

    def text(name: str) -> bytes:
        return builtin_catalogue_text(name).encode()

    built_in = {name: ("csv", partial(text, name)) for name in builtin_catalogues()}
    return Shelf(engine, "catalogue", _read_catalogue, built_in, _refuse_bomb)


@lru_cache(maxsize=_MOST_KEPT)
def rows_of(format_: str, content: bytes) -> list[dict[str, Any]]:
    """Return the rows of a catalogue's file as they stand there, ready for JSON."""
    with _as_file(format_, content) as path:
        rows: list[dict[str, Any]] = catalogue_rows(path)
    return rows


def policy_shelf(engine: sa.Engine) -> Shelf[Policy]:
    """Return the shelf of policies."""
    return Shelf(engine, "policy", _read_policy, {"default": ("json", lambda: b"{}")})


def policy_of(settings: Any, place: str = "") -> tuple[Policy, str]:
    """Return a policy that a request states itself, and its digest.

    Parameters
    ----------
    settings
        The policy as JSON.
    place
        Pointer to it in the body; empty if it is the body.

    Raises
    ------
    Problem
        422 if a name is unknown, a value does not fit, or it wants to read files of this machine.
    """
    if isinstance(settings, dict) and settings.get("freight") is not None:
        raise Problem(
            422,
            "freight names files with rates, which a request cannot bring along; run packopt on "
            "this machine for freight, or leave it out",
            [(f"{place}/freight", "not served")],
        )
    _refuse_paths(settings, place)
    try:
        policy = Policy.from_dict(settings)
    except InputError as fault:
        raise from_input(fault, place) from fault
    return policy, policy_digest(policy)


def _refuse_paths(settings: Any, place: str) -> None:
    """Let a request name sets of factors that come with packopt, or bring its own whole."""
    emissions = settings.get("emissions") if isinstance(settings, dict) else None
    factors = emissions.get("factors") if isinstance(emissions, dict) else None
    if factors is not None and not isinstance(factors, dict) and factors not in factor_set_names():
        detail = (
            f"found the set of factors {factors!r}, expected one of "
            f"{', '.join(factor_set_names())}, or a whole set as an object"
        )
        raise Problem(422, detail, [(f"{place}/emissions/factors", detail)])


def policy_digest(policy: Policy) -> str:
    """Return the SHA-256 of a policy's settings, in hexadecimal."""
    text = json.dumps(policy.to_dict(), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _read_catalogue(format_: str, content: bytes) -> tuple[Catalogue, str]:
    with _as_file(format_, content) as path:
        try:
            catalogue = read_catalogue(path)
        except InputError as fault:
            # The path of our own temporary file would tell the caller nothing.
            raise type(fault)("catalogue", fault.problems) from fault
    return catalogue, catalogue.digest


def _refuse_bomb(format_: str, content: bytes) -> None:
    with _as_file(format_, content) as path:
        refuse_bomb(path)


@contextmanager
def _as_file(format_: str, content: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="packopt-") as folder:
        path = Path(folder) / f"catalogue.{format_}"
        path.write_bytes(content)
        yield path


def _read_policy(format_: str, content: bytes) -> tuple[Policy, str]:
    if format_ == "toml":
        import tomllib

        try:
            settings = tomllib.loads(content.decode())
        except (ValueError, RecursionError) as fault:
            raise Problem(422, f"the policy is not TOML: {fault}") from fault
    else:
        try:
            settings = json.loads(content)
            json.dumps(settings, ensure_ascii=False).encode()  # half a character is no text
        except (ValueError, RecursionError) as fault:
            raise Problem(422, f"the policy is not JSON: {fault}") from fault
        if not isinstance(settings, dict):
            raise Problem(422, 'the policy is no object, such as {"objective": "volume"}')
    return policy_of(settings)


__all__ = [
    "CATALOGUE_FORMATS",
    "POLICY_FORMATS",
    "Shelf",
    "Version",
    "catalogue_shelf",
    "policy_digest",
    "policy_of",
    "policy_shelf",
]
