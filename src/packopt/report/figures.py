"""The figures of a report: every number that the page shows, named, and a digest over all of them.

A number is written as an element that says what it is and what it is exactly::

    <span data-measure="total.saved" data-key="packaging_g" data-value="12.34">12.3</span>

so that a program can read the page and recompute it. The same figures, and the hash over their
canonical JSON, stand in `figures.json` beside the page.
"""

from __future__ import annotations

import hashlib
import json
import math
from typing import Any, Final

from markupsafe import Markup

SCHEMA_VERSION: Final = "1"

_ELEMENT: Final = Markup(
    '<span class="num" data-measure="{}" data-key="{}" data-value="{}" data-per="{}">{}</span>'
)


class Figures:
    """All numbers of one report, each under a measure and a key.

    The same number may be shown many times; two different numbers of one name are an error of
    the report, and refused.
    """

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], int | float] = {}

    def number(self, measure: str, key: str, value: float, text: str, per: float = 1.0) -> Markup:
        """Note a number, and return the element that shows it.

        Parameters
        ----------
        measure
            What the number is, as ``total.saved``.
        key
            Which one of them, as ``packaging_g``.
        value
            The exact number; an integer stays one.
        text
            What the reader sees.
        per
            How many of the number's units make one of the text's.

        Raises
        ------
        ValueError
            If the number is not finite, or another one has this name already.
        """
        exact: int | float = value if isinstance(value, int) else float(value)
        if not math.isfinite(exact):
            raise ValueError(f"{measure} {key}: found {value!r}, expected a finite number")
        known = self._values.setdefault((measure, key), exact)
        if known != exact:
            raise ValueError(f"{measure} {key}: found {value!r}, but {known!r} before")
        return _ELEMENT.format(measure, key, json.dumps(exact), json.dumps(per), text)

    def rows(self) -> list[dict[str, str | int | float]]:
        """Measure, key and value of every figure, sorted by name."""
        return [
            {"measure": measure, "key": key, "value": value}
            for (measure, key), value in sorted(self._values.items(), key=lambda item: item[0])
        ]


def key_of(*parts: str) -> str:
    """One key for several words, such as two packages: a JSON list, so that none run together."""
    return canonical(list(parts))


def canonical(content: Any) -> str:
    """JSON with sorted keys and no spaces: equal content, equal text.

    Raises
    ------
    ValueError
        If the content has a number that is not finite.
    """
    return json.dumps(
        content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def digest(about: dict[str, Any], figures: list[dict[str, str | int | float]]) -> str:
    """SHA-256, in hexadecimal, over what a report says about itself and all its figures.

    Parameters
    ----------
    about
        The run: versions, catalogues, factors, method; as in ``figures.json``.
    figures
        As `Figures.rows` gives them, and as in ``figures.json``.
    """
    text = canonical({"about": about, "figures": figures})
    return hashlib.sha256(text.encode()).hexdigest()
