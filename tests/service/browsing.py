"""A real browser for tests of the pages, and what tests of all pages look for."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from report.test_browser import _PALE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.guarded import Guarded

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))),
    None,
)
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on the path")

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
)
EXPECT_MS = 90_000
WAIT_MS = 300_000  # 3D in software, on a machine that is busy with other tests
DESK, TABLET, UPRIGHT = (1280, 900), (1024, 768), (768, 1024)
NASTY = "<img src=x onerror=alert(1)>"
SMALL_TARGETS = """() =>
  [...document.querySelectorAll('a, button, input:not([type=radio]), select')]
  .filter(one => one.checkVisibility() && !one.closest('.away, .skip'))
  .filter(one => one.getBoundingClientRect().height < 47.5)
  .map(one => one.outerHTML.slice(0, 120))"""


@contextmanager
def browser() -> Iterator[Any]:
    """Have a browser with 3D in software."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@contextmanager
def visits(chromium: Any, service: Guarded, page_key: str) -> Iterator[Callable[..., Any]]:
    """`visit(path)` opens a page; in the end nothing may have left the service or gone wrong."""
    faults: list[str] = []
    contexts = []

    def opened(path: str, size: tuple[int, int] = DESK, key: str = page_key, **options: Any) -> Any:
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            http_credentials={"username": "", "password": key},
            base_url=service.url,
            locale="en-GB",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)

        def ask(request: Any) -> None:
            if not request.url.startswith((service.url, "data:", "blob:")):
                faults.append(request.url)

        def hear(message: Any) -> None:
            # A browser itself notes every request that is refused; the page says it in words.
            refused = re.search(r"the server responded with a status of (404|422)", message.text)
            if message.type == "error" and not refused:
                faults.append(message.text)

        page.on("request", ask)
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: faults.append(dialog.message))
        page.goto(path)
        page.locator("html[data-ready]").wait_for(state="attached")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def look(page: Any, size: tuple[int, int]) -> None:
    """See that a page can be read and touched as it is."""
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(_PALE_TEXTS) == []
