"""Services that tests of this folder share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from service.running import Running, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One open service for all tests that leave no traces which others would stumble over."""
    with serving(tmp_path_factory.mktemp("service") / "data", open=True) as running:
        yield running


@pytest.fixture
def http(service: Running) -> Iterator[httpx.Client]:
    """A client of that service."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client
