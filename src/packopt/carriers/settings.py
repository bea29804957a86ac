"""Values out of a TOML table, each checked; every fault is told, with the fix."""

from __future__ import annotations

import datetime as dt
import difflib
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST: Final = Fraction(10**9)


class Settings:
    """One table of a TOML file under inspection.

    Parameters
    ----------
    values
        The table.
    known
        The keys it may have.
    place
        Where it stands, for messages; "" for the file itself.
    faults
        Gets one sentence for each fault.
    """

    def __init__(
        self, values: Mapping[str, Any], known: Sequence[str], place: str, faults: list[str]
    ) -> None:
        self._values = values
        self._place = place
        self._faults = faults
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                advice = f"did you mean {near[0]}?" if near else "delete it"
                self._fault(f"field {key}: not known; expected one of {', '.join(known)}; {advice}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not blank; a fault without it, unless there is a default."""
        value = self._values.get(key, default)
        if isinstance(value, str) and (value.strip() or value == default):
            return value.strip()
        self._expected(key, "a text")
        return ""

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts that are not blank."""
        values = self._values.get(key, None if required else [])
        sound = isinstance(values, list) and all(
            isinstance(one, str) and one.strip() for one in values
        )
        if sound and (values or not required):
            return tuple(one.strip() for one in values or ())
        self._expected(key, "a list of texts" + (", at least one" if required else ""))
        return ()

    def word(self, key: str, words: Sequence[str], default: str | None = None) -> str:
        """One of a few words; the default, or else the first, stands in for a faulty one."""
        value = self._values.get(key, default)
        if isinstance(value, str) and value in words:
            return value
        near = difflib.get_close_matches(str(value), words, n=1)
        advice = f"did you mean {near[0]!r}?" if near else ""
        self._expected(key, f"one of {', '.join(words)}", advice)
        return default or words[0]

    def number(
        self, key: str, *, default: Fraction | None = None, least: Fraction = Fraction(0)
    ) -> Fraction:
        """A number above ``least``, exactly as it is written; a default may be below."""
        if key not in self._values and default is not None:
            return default
        value = self._values.get(key)
        exact = _exact(value)
        if exact is not None and least < exact <= _MOST:
            return exact
        self._expected(key, f"a number above {float(least):g} and up to {int(_MOST):,}")
        return Fraction(1)

    def whole(self, key: str, *, default: int, most: int) -> int:
        """A whole number from 0."""
        value = self._values.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
            return value
        self._expected(key, f"a whole number from 0 to {most}")
        return default

    def day(self, key: str, *, required: bool) -> dt.date | None:
        """A date."""
        value = self._values.get(key)
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            return value
        if value is not None or required:
            self._expected(key, "a date such as 2026-01-31, without quotes")
        return None

    def table(self, key: str, known: Sequence[str]) -> Settings | None:
        """A table, or None where there is none."""
        value = self._values.get(key)
        if isinstance(value, dict):
            return Settings(value, known, f"{self._place}{key}.", self._faults)
        if value is not None:
            self._expected(key, f"a table with {' and '.join(known)}")
        return None

    def tables(self, key: str, known: Sequence[str], *, required: bool = False) -> list[Settings]:
        """A list of tables."""
        values = self._values.get(key, None if required else [])
        sound = isinstance(values, list) and all(isinstance(one, dict) for one in values)
        if sound and (values or not required):
            return [
                Settings(one, known, f"{self._place}{key}[{number}].", self._faults)
                for number, one in enumerate(values or (), start=1)
            ]
        self._expected(key, f"a list of tables with {', '.join(known)}")
        return []

    def refuse(self, key: str, why: str) -> None:
        """Note a fault that only becomes clear beside other values."""
        self._fault(f"field {key}: {why}")

    def _expected(self, key: str, expected: str, advice: str = "") -> None:
        value = self._values.get(key)
        found = "nothing" if value is None else _shown(value)
        advice = advice or ("add it" if value is None else "correct it")
        self._fault(f"field {key}: found {found}, expected {expected}; {advice}")

    def _fault(self, text: str) -> None:
        # The place belongs to the field, so that it can be searched for.
        self._faults.append(text.replace("field ", f"field {self._place}", 1))


def _exact(value: object) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Fraction(value)
    if isinstance(value, Decimal) and value.is_finite():
        return Fraction(value)
    return None


def _shown(value: object) -> str:
    return str(value) if isinstance(value, Decimal | dt.date) else repr(value)
