"""Column names: which are known, in which unit, which are missing, and which are nobody's business.

Only names are judged here; the values are `packopt.validation`'s.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from packopt.units import spellings, unit_column

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from packopt.errors import InputError


@dataclass(frozen=True, slots=True)
class Field:
    """A quantity that a table may hold, under one column name or one for each unit.

    Attributes
    ----------
    name
        The field without its unit.
    units
        Factor to mm, mm3 or g by unit; empty where the field has no unit.
    required
        True where the table is useless without it.
    stem
        What column names begin with; "" where that is the name.
    factors
        Factor to mm, mm3 or g by column name.
    """

    name: str
    units: Mapping[str, float] = field(default_factory=dict)
    required: bool = False
    stem: str = ""
    factors: Mapping[str, float] = field(init=False)
    plain: str = field(init=False)
    unit_column: str = field(init=False)

    def __post_init__(self) -> None:
        plain = self.stem or self.name
        factors = spellings(plain, self.units) if self.units else {plain: 1.0}
        object.__setattr__(self, "factors", factors)
        object.__setattr__(self, "plain", plain)
        object.__setattr__(self, "unit_column", unit_column(self.units))


@dataclass(frozen=True, slots=True)
class Column:
    """Where a field was found: column name, factor to mm or g, or the column with the unit."""

    name: str
    factor: float
    unit: str = ""


def known_names(fields: Iterable[Field]) -> frozenset[str]:
    """Every column name under which one of the fields may stand.

    Parameters
    ----------
    fields
        The fields.

    Returns
    -------
    Their names, with those of the columns that say their units.
    """
    names: set[str] = set()
    for one in fields:
        names |= one.factors.keys()
        if one.unit_column:
            names |= {one.plain, one.unit_column}
    return frozenset(names)


def unused(names: Iterable[str], fields: Sequence[Field]) -> list[str]:
    """Known names that say nothing: sizes and weights without a unit, units of nothing.

    Parameters
    ----------
    names
        All column names of the input.
    fields
        What is looked for.

    Returns
    -------
    Such names, sorted.
    """
    there = set(names)
    plain = {one.plain: one.unit_column for one in fields if one.unit_column}
    without_unit = {name for name in there & plain.keys() if plain[name] not in there}
    of_nothing = {plain[name] for name in plain} & there - {plain.get(name) for name in there}
    return sorted(without_unit | of_nothing)


def resolve(
    names: Sequence[str], fields: Sequence[Field], source: str, error: type[InputError]
) -> dict[str, Column]:
    """Find each field among the columns.

    Parameters
    ----------
    names
        All column names of the input.
    fields
        What is looked for.
    source
        What is read, for the message.
    error
        Which exception to raise.

    Returns
    -------
    The columns by field name; absent optional fields have no entry.

    Raises
    ------
    InputError
        Or its subclass ``error``: if a required field is missing, or one is there in two units.
    """
    found: dict[str, Column] = {}
    problems = []
    there = set(names)
    for one in fields:
        present = [name for name in one.factors if name in there]
        unit = one.unit_column
        if unit and one.plain in there and unit in there:
            present.append(one.plain)
        if len(present) > 1:
            problems.append(
                f"columns {' and '.join(present)} say the same in two units; expected one of "
                "them; delete the other"
            )
        elif present and present[0] in one.factors:
            found[one.name] = Column(present[0], one.factors[present[0]])
        elif present:
            found[one.name] = Column(present[0], 1.0, unit)
            found[unit] = Column(unit, 1.0)
        elif one.required:
            strangers = sorted({*there - known_names(fields), *unused(names, fields)})
            problems.append(_missing(one, strangers, names))
    if problems:
        raise error(source, problems)
    return found


def ignored(strangers: Sequence[str], fields: Sequence[Field], source: str) -> str:
    """Say which columns are ignored, and which of them look like a known one misspelt."""
    known = {_plain(name): name for name in sorted(known_names(fields))}
    # Without a unit, the first of its names: that in mm or g.
    known |= {one.name: next(iter(one.factors)) for one in fields}
    told = []
    for name in strangers:
        near = difflib.get_close_matches(_plain(name), known, n=1, cutoff=0.85)
        # Where the baseline is in another column, that of its name is a stranger.
        is_other = near and known[near[0]] != name
        told.append(f"{name} (did you mean {known[near[0]]}?)" if is_other else name)
    return f"{source}: ignored columns {', '.join(told)}"


def _missing(one: Field, strangers: Sequence[str], names: Sequence[str]) -> str:
    expected = " or ".join(one.factors)
    stranger_by_plain = {_plain(name): name for name in strangers}
    for candidate in (one.name, *one.factors):
        near = difflib.get_close_matches(_plain(candidate), stranger_by_plain, n=1, cutoff=0.5)
        if near:
            stranger = stranger_by_plain[near[0]]
            other_way = f", or add {one.unit_column} with its unit" if stranger == one.plain else ""
            return (
                f"column {expected} is missing. Did you mean {stranger!r}? "
                f"Rename it to {expected}{other_way}"
            )
    return f"column {expected} is missing; found {', '.join(names)[:200] or 'no columns'}; add it"


def _plain(name: str) -> str:
    return re.sub(r"\W+", "_", name.strip().lower())


# Words that are personal by themselves, wherever they stand in a column name.
_PERSONAL: Final = re.compile(
    "address|addr|addressee|street|strasse|forename|surname|firstname|lastname|fullname|username"
    "|phone|telephone|tel|mobile|cellphone|fax|email|birthday|birthdate|birthname|dob|ssn"
    "|passport|iban|recipient|consignee"
)
# Words that make a "name" personal; "sku_name" and "carrier name" are not.
_PEOPLE: Final = re.compile(
    "first|last|full|family|given|middle|maiden|customer|client|contact|buyer|receiver|sender"
    "|person|user|account|billing|bill|delivery|shipping|ship|holder"
)


def personal_names(names: Iterable[str]) -> list[str]:
    """Column names that look like data about people.

    Parameters
    ----------
    names
        All column names of the input.

    Returns
    -------
    Those that look personal: names, addresses, telephone numbers, e-mail and the like.
    """
    return [name for name in names if _is_personal(name)]


def _is_personal(name: str) -> bool:
    # "customerName" and "customer-name" are the same two words.
    words = re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    pairs = [first + second for first, second in pairwise(words)]
    if any(_PERSONAL.fullmatch(word) for word in words + pairs):
        return True
    is_of_people = any(_PEOPLE.fullmatch(word) for word in words)
    return words in (["name"], ["mail"]) or ("name" in words and is_of_people)


def refuse_personal(names: Iterable[str], source: str, error: type[InputError]) -> None:
    """Refuse an input that carries data about people, which choosing packages never needs.

    Parameters
    ----------
    names
        All column names of the input.
    source
        What is read, for the message.
    error
        Which exception to raise.

    Raises
    ------
    InputError
        Or its subclass ``error``, naming the columns.
    """
    personal = personal_names(names)
    if personal:
        raise error(
            source,
            f"columns {', '.join(personal)} look like personal data, which is not wanted here; "
            "delete them, or rename them if they are not about people",
        )
