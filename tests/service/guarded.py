"""A service that asks for a key, and keys for it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packopt_service.access import create_key
from packopt_service.database import connect
from packopt_service.settings import Settings
from service.running import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Guarded:
    """A service that asks for a key.

    Attributes
    ----------
    url
        Where it listens.
    data_dir
        Where its database is.
    """

    url: str
    data_dir: Path

    def key(self, *scopes: str) -> str:
        """Make a key with some scopes."""
        engine = connect(Settings(data_dir=self.data_dir).database)
        try:
            return create_key(engine, "tests", scopes)
        finally:
            engine.dispose()


@contextmanager
def guarded(data_dir: Path, **settings: object) -> Iterator[Guarded]:
    """Have a service for a while."""
    with serving(data_dir, **settings) as running:
        yield Guarded(running.url, data_dir)
