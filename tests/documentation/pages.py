"""Pages of the documentation as what they make a reader type: files, commands and Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_TITLE = re.compile(r'title="([^"]+)"')


@dataclass(frozen=True)
class Block:
    """One fenced block of a page.

    Attributes
    ----------
    language
        What stands behind the fence: sh and python are run, others are not; "" is refused.
    title
        The file that the block is; "" where it is none.
    text
        What stands in it.
    line
        The line of the page on which the text begins.
    """

    language: str
    title: str
    text: str
    line: int


def blocks_of(page: Path) -> list[Block]:
    """The fenced blocks of a page, in reading order."""
    source = page.read_text(encoding="utf-8")
    found = []
    for fence in _FENCE.finditer(source):
        info, indent = fence["info"].strip(), fence["indent"]
        title = _TITLE.search(info)
        found.append(
            Block(
                language=info.split(" ")[0],
                title=title[1] if title else "",
                text=re.sub(f"^{indent}", "", fence["text"], flags=re.MULTILINE),
                line=source.count("\n", 0, fence.start("text")) + 1,
            )
        )
    return found


def name_of(page: Path) -> str:
    """The page as its reader calls it."""
    return page.relative_to(DOCS).as_posix()
