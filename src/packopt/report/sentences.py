"""Sentences of packopt's own tables and data, which are English, in the language of the page.

The texts of a language hold them in two groups: ``sentence``, whole ones, and ``frame``, regular
expressions of those with parts that change. English needs neither.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from packopt.report.words import texts

if TYPE_CHECKING:
    from packopt.report.words import Words

_ENGLISH: Final = Markup('<span lang="en">{}</span>')
_PHRASE: Final = re.compile(r"[A-Za-z]{2,} [a-z]")
#: What parts sentences, and the text that parts them in the language.
_BETWEEN: Final = (("; ", "page.semicolon"), (", ", "page.comma"))
_FRAME: Final = "frame."
_SENTENCE: Final = "sentence"


def sentence(words: Words, text: str) -> Markup:
    """An English sentence in the language of the page.

    Parameters
    ----------
    words
        The texts of the language.
    text
        The sentence, as a table holds it, or several, parted by semicolons or commas.

    Returns
    -------
    Its translation. What has none stays as it is, and is marked as English if it is a phrase.
    """
    if words.language == "en":
        return Markup.escape(text)
    known = _whole(words, text)
    if known is not None:
        return known
    for sign, between in _BETWEEN:
        parts = [_whole(words, part) for part in text.split(sign)]
        if None not in parts:
            return words(between).join(part for part in parts if part is not None)
    return english(text) if _PHRASE.search(text) else Markup.escape(text)


def english(text: str) -> Markup:
    """A text that is marked as English."""
    return _ENGLISH.format(text)


def _whole(words: Words, text: str) -> Markup | None:
    """The translation of one sentence; None where there is none."""
    if f"{_SENTENCE}.{text}" in words:
        return words(f"{_SENTENCE}.{text}")
    for pattern, key in _frames(words.language):
        found = pattern.fullmatch(text)
        if found:
            parts = {name: _part(words, name, part) for name, part in found.groupdict().items()}
            return None if None in parts.values() else words(key, **parts)
    return None


def _part(words: Words, name: str, text: str) -> Markup | None:
    """A part of a sentence: a day, another sentence, a word of ours, or somebody else's."""
    if name == "day":
        return words.day(text)
    if name == _SENTENCE:
        return _whole(words, text)
    if name == "source":
        return english(text)
    return words.name({"side": "column"}.get(name, name), text)


@cache
def _frames(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    keys = [key for key in texts(language) if key.startswith(_FRAME)]
    return tuple((re.compile(key.removeprefix(_FRAME)), key) for key in keys)
