"""A service that asks for a key, and the key."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from packopt_service.access import create_key
from packopt_service.database import connect
from packopt_service.settings import Settings
from service.running import serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from service.running import Running


@contextmanager
def guarded(data_dir: Path, *scopes: str, **settings: object) -> Iterator[tuple[Running, str]]:
    """Have a service for a while, and a key with some scopes."""
    with serving(data_dir, **settings) as running:
        engine = connect(Settings(data_dir=data_dir).database)
        key = create_key(engine, "tests", scopes)
        engine.dispose()
        yield running, key
