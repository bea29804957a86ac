"""Notes of all parts of an input as the notes of the whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What `packopt.order_lines` counts, in the order in which it says it; all else is said of the whole
# input, and the same in each part.
_COUNTED: Final = tuple(
    re.compile(rf"(?P<before>.*{before})(?P<count>\d[\d,]*)(?P<after>{after}.*)", re.DOTALL)
    for before, after in (
        (r"have a temperature \(lines: ", r"\), which the containers"),
        ("the lines of ", " orders name different packages"),
        ("the lines of ", " orders have different dates"),
    )
)
# Parts have the columns of their files; of the whole input, they are told together.
_IGNORED: Final = re.compile(r"(?P<before>.*: ignored columns )(?P<columns>.*)", re.DOTALL)


def sum_notes(notes: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """The notes of the whole input: each once, counts added up, and ignored columns in one.

    Parameters
    ----------
    notes
        ``Orders.notes`` of every part.

    Returns
    -------
    What ``Orders.notes`` would be if the input were read at once.
    """
    of_all: dict[str, dict[str, None]] = {}
    counted: dict[int, tuple[str, int, str]] = {}
    for note in (note for of_part in notes for note in of_part):
        found = ((kind, form.fullmatch(note)) for kind, form in enumerate(_COUNTED))
        kind, match = next(((kind, match) for kind, match in found if match), (-1, None))
        if match is None:
            alike = _IGNORED.fullmatch(note)
            told = of_all.setdefault(alike["before"] if alike else note, {})
            told.update(dict.fromkeys(alike["columns"].split(", ") if alike else ()))
            continue
        count = int(match["count"].replace(",", "")) + counted.get(kind, ("", 0, ""))[1]
        counted[kind] = match["before"], count, match["after"]
    sums = [f"{before}{count:,}{after}" for _, (before, count, after) in sorted(counted.items())]
    return (*(before + ", ".join(columns) for before, columns in of_all.items()), *sums)
