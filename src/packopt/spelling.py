"""One spelling for words that must match across orders, catalogue and policy.

Python's own, never Arrow's: the two differ in rare letters, and a ban must not miss its region.
"""

from __future__ import annotations


def trimmed(word: str) -> str:
    """A word without the blanks around it."""
    return word.strip()


def small_letters(word: str) -> str:
    """A class of goods or of temperature."""
    return word.strip().lower()


def capitals(word: str) -> str:
    """A region."""
    return word.strip().upper()


def as_it_is(word: str) -> str:
    """The name of a package: somebody else's, blanks and all; nothing if it is only blanks."""
    return word if word.strip() else ""
