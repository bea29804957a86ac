"""The texts of the report: one catalogue, `texts/<language>.toml`, the same keys in each.

But for sentences of the data, which are English already: see `packopt.report.sentences`.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from markupsafe import Markup

from packopt.errors import ReportError

LANGUAGES: Final = ("en", "zh")


class Words:
    """The texts of one language.

    Parameters
    ----------
    language
        One of `LANGUAGES`.

    Raises
    ------
    ReportError
        If there are no texts in the language.
    """

    def __init__(self, language: str) -> None:
        if language not in LANGUAGES:
            raise ReportError(
                "argument language",
                f"found {language!r}, expected one of {', '.join(LANGUAGES)}; choose one of these",
            )
        self.language = language
        self._texts = texts(language)

    def __call__(self, key: str, **parts: object) -> Markup:
        """The text of a key, with its parts filled in.

        Parts that are no markup are escaped, so that names from the input stay text.
        """
        return Markup(self._texts[key]).format(**parts)  # noqa: S704  (our own texts, not the input's)

    def __contains__(self, key: str) -> bool:
        return key in self._texts

    def within(self, key: str) -> Markup:
        """The name of a key as it stands inside a sentence: English begins it small."""
        text = self(key)
        return text[:1].lower() + text[1:] if self.language == "en" else text

    def name(self, group: str, word: str) -> Markup:
        """What a code word is called, or the word itself where the catalogue has no name for it."""
        key = f"{group}.{word}"
        return self(key) if key in self._texts else Markup.escape(word)

    def day(self, date: str) -> Markup:
        """A day, from its ISO form, as the language writes it."""
        year, month, day = date.split("-")
        name = self._texts[f"month.{month}"]
        return self("page.day", year=year, month=name, day=int(day))

    def counted(self, noun: str, count: int, shown: object) -> Markup:
        """A number with its noun, in the right form for so many."""
        return self(f"count.{noun}_{'one' if count == 1 else 'many'}", n=shown)

    def listed(self, parts: list[Markup]) -> Markup:
        """Several things in one phrase: a, b and c."""
        if len(parts) < 2:
            return parts[0] if parts else Markup()
        first = self("page.comma").join(parts[:-1])
        return self("page.and", first=first, last=parts[-1])


@cache
def texts(language: str) -> dict[str, str]:
    """All texts of a language by dotted key, as ``answer.lead``."""
    path = files("packopt.report").joinpath("texts", f"{language}.toml")
    return dict(_flat("", tomllib.loads(path.read_text(encoding="utf-8"))))


def _flat(prefix: str, node: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in node.items():
        name = f"{prefix}{key}"
        found += _flat(f"{name}.", value) if isinstance(value, dict) else [(name, value)]
    return found
