"""A table of a TOML file under inspection: typed values out, faults told with their place."""

from __future__ import annotations

import datetime as dt
import difflib
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class TomlTable:
    """A table under inspection: hands out its values, and tells faults with their place."""

    def __init__(self, values: object, place: str, known: tuple[str, ...], problems: list[str]):
        self.place = place
        self.problems = problems
        if not isinstance(values, dict):
            self.fault("", f"found {values!r}, expected a table; write its keys below it")
            values = {}
        self.values: Mapping[str, Any] = values
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(str(key), known, n=1)
                advice = f"did you mean {near[0]}?" if near else "delete it"
                self.fault(key, f"not known here, expected one of {', '.join(known)}; {advice}")

    def fault(self, key: str, text: str) -> None:
        """Tell what is wrong with a value."""
        field = f"field {key}: " if key else ""
        self.problems.append(f"{self.place}{field}{text}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty; a missing one is a fault unless there is a default."""
        value = self.values.get(key, default)
        if isinstance(value, str) and (value.strip() or key not in self.values):
            return value
        found = "nothing" if value is None else repr(value)
        self.fault(key, f"found {found}, expected a text; add it")
        return default or ""

    def word(self, key: str, words: tuple[str, ...], default: str | None = None) -> str:
        """One of a few words."""
        value = self.values.get(key, default)
        if value in words:
            return str(value)
        found = "nothing" if value is None else repr(value)
        shown = ", ".join(repr(word) for word in words if word)
        self.fault(key, f"found {found}, expected one of {shown}; correct it")
        return words[0]

    def number(self, key: str, default: float) -> float:
        """A number."""
        value = self.values.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value):
            return float(value)
        self.fault(key, f"found {value!r}, expected a number; correct it or leave it out")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, perhaps none."""
        value = self.values.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) and one for one in value):
            return tuple(value)
        self.fault(key, f'found {value!r}, expected a list of texts such as ["a", "b"]; correct it')
        return ()

    def tables(self, key: str) -> list[Any]:
        """A list of tables, perhaps none."""
        value = self.values.get(key, [])
        if isinstance(value, list):
            return value
        self.fault(key, f"found {value!r}, expected a list of tables; write [[...]] for each")
        return []

    def day(self, key: str) -> dt.date | None:
        """A day, or None where there is no value."""
        value = self.values.get(key)
        if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
            return value
        self.fault(key, f"found {value!r}, expected a day such as 2030-01-01; correct it")
        return None
