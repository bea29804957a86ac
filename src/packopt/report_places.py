"""Where a report goes: the page, and the folder with its figures beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from packopt.errors import ReportError

ENDINGS: Final = (".html", ".htm")


def page_at(path: str | Path) -> Path:
    """The place of a page.

    Raises
    ------
    ReportError
        If the name does not end in ``.html``.
    """
    page = Path(path)
    if page.suffix.lower() not in ENDINGS:
        problem = "found a name without .html, expected a page; let it end in .html"
        raise ReportError(str(path), problem)
    return page


def data_folder(page: Path) -> Path:
    """The folder beside a page in which its figures are."""
    return page.with_name(f"{page.stem}_data")
