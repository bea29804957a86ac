"""Where in a body a problem of packopt is: its messages begin with the place, in words.

They are written for files (`packopt.errors`): ``field effort: ...`` of a policy, ``[emissions]
field factors: ...`` in a section of it, ``[[bans]] number 1, field from: ...`` in a list of
sections, and ``row 3, column width_mm: ...`` of a table.
"""

from __future__ import annotations

import re
from typing import Final

_SECTION_OF_LIST: Final = re.compile(r"\[\[(\w+)\]\] number (\d+), ")
_SECTION: Final = re.compile(r"\[(\w+)\] ")
_UNKNOWN_FIELD: Final = re.compile(r"field (.+?): not known")
_FIELD: Final = re.compile(r"field (\w+): ")
_FIELD_OF_SECTION: Final = re.compile(r"field (materials)\.(.+?): ")
_ROW: Final = re.compile(r"row (\d+)(?:, column (.+?))?: ")


def place_of(problem: str) -> list[str | int]:
    """Return the place that a problem tells, from the outside to the inside.

    Parameters
    ----------
    problem
        One of `packopt.InputError.problems`.

    Returns
    -------
    Names of members, and numbers of items from 0; rows of a table are its items. Empty for the
    whole.
    """
    if found := _ROW.match(problem):
        return [int(found[1]) - 1, *([found[2]] if found[2] else [])]
    if found := _SECTION_OF_LIST.match(problem):
        return [found[1], int(found[2]) - 1, *place_of(problem[found.end() :])]
    if found := _SECTION.match(problem):
        return [found[1], *place_of(problem[found.end() :])]
    if found := _FIELD_OF_SECTION.match(problem):
        return [found[1], found[2]]
    if found := _FIELD.match(problem):
        return [found[1], *place_of(problem[found.end() :])]
    if found := _UNKNOWN_FIELD.match(problem):
        return [found[1]]
    return []
