"""Services and browsers that tests of this folder share."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from service.browsing import browser, visits
from service.guarded import Guarded, guarded
from service.running import Running, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


@pytest.fixture
def fresh_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Loggers without handlers, as a process starts with; afterwards they are as they were."""
    for name in ("", "dbos", "py.warnings"):
        logger = logging.getLogger(name)
        monkeypatch.setattr(logger, "handlers", [])
        for attribute in ("level", "propagate"):
            monkeypatch.setattr(logger, attribute, getattr(logger, attribute))
    logging.captureWarnings(capture=False)
    yield
    # Left on, the next call to capture warnings would do nothing: pytest has put its own in place.
    logging.captureWarnings(capture=False)


@pytest.fixture(scope="module")
def page_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """A service that asks for a key, for browsers."""
    with guarded(tmp_path_factory.mktemp("browser") / "data") as found:
        yield found


@pytest.fixture(scope="module")
def page_key(page_service: Guarded) -> str:
    """The key that the browsers of a module know."""
    return page_service.key("recommend", "jobs", "bench", "manage")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser with 3D in software."""
    with browser() as started:
        yield started


@pytest.fixture
def visit(chromium: Any, page_service: Guarded, page_key: str) -> Iterator[Callable[..., Any]]:
    """`visit(path)` opens a page; in the end nothing may have left the service or gone wrong."""
    with visits(chromium, page_service, page_key) as opened:
        yield opened


@pytest.fixture(scope="module")
def asked(page_service: Guarded, page_key: str) -> None:
    """Orders that the bench knows: in two parcels, in a single one, and in none."""
    bell = {"sku": "bell", "length_mm": 210, "width_mm": 95, "height_mm": 95, "weight_g": 5000}
    orders = [
        {"order_id": "TWO", "lines": [bell | {"qty": 12}]},
        {"order_id": "ONE", "lines": [bell | {"qty": 1}]},
        {"order_id": "NONE", "lines": [bell | {"qty": 1, "length_mm": 5000}]},
    ]
    answer = httpx.post(
        f"{page_service.url}/v1/recommendations",
        json={"orders": orders, "evidence": True},
        headers={"Authorization": f"Bearer {page_key}"},
        timeout=60,
    )
    assert [len(one["parcels"]) for one in answer.json()["answers"]] == [2, 1, 0]
