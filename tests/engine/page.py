"""The page on engines: its code blocks, by the word behind the language."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "engines.md").read_text(encoding="utf-8")


def blocks(word: str = "") -> list[str]:
    """The Python blocks of the page with this word behind ``python``."""
    found = re.findall(r"^```python ?(\w*)\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
    return [code for engine, code in found if engine == word]


def run(code: str) -> dict[str, object]:
    """Run a block as a reader would."""
    names: dict[str, object] = {"__name__": "__main__"}
    exec(compile(code, "docs/engines.md", "exec"), names)
    return names
