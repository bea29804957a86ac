"""Facts that the user states, by parcel, order, SKU or package, or once for all.

A table says by its columns what its rows are about: ``order_id`` and ``parcel``, ``order_id``,
``sku``, ``package_id``, or none of these and one row for everything. Every other column is a fact.
Where several tables state one fact, the one that is about less wins.
"""

from __future__ import annotations

import difflib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from packopt.columns import refuse_personal
from packopt.errors import RulesError
from packopt.parsing import is_name, is_number
from packopt.rules.expressions import FLAG, NUMBER, WORD
from packopt.rules.fact_columns import plain, read_fact
from packopt.rules.known_facts import KNOWN_FACTS, declared_facts
from packopt.rules.packs import Fact

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from packopt.rules.packs import RulePack
    from packopt.rules.unit_lists import UnitList

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

KEY_COLUMNS: Final = ("order_id", "parcel", "sku", "package_id")
"""Columns that say which rows of a table of the user are about what."""
#: Which keys a table may have for each subject, from what is about least to what is about all.
_SCOPES: Final = {
    "parcel": (("order_id", "parcel"), ("order_id",), ("sku",), ("package_id",), ()),
    "sku": (("sku",), ()),
    "package": (("package_id",), ()),
}
_EVERY_SCOPE: Final = frozenset(scope for scopes in _SCOPES.values() for scope in scopes)
_MORE_FACTS_SKU: Final = "say under [facts.{}] of the rule pack how it follows, from_skus"


@dataclass(eq=False, slots=True)
class Stated:
    """One fact as far as it is stated.

    Attributes
    ----------
    data, known
        ``(n,)`` values, and where they are known.
    words
        What codes mean.
    """

    data: NDArray[Any]
    known: Mask
    words: tuple[str, ...]

    def column(self, kind: str) -> pa.Array:
        """As a column of the table of facts."""
        if kind != WORD:
            return pa.array(self.data, mask=~self.known)
        code = pa.array(np.where(self.known, self.data, 0).astype(np.int32), mask=~self.known)
        return pa.DictionaryArray.from_arrays(code, pa.array(self.words or ("",), pa.string()))


def with_stated(
    facts: pa.Table,
    subject: str,
    extra: pa.Table | Sequence[pa.Table] | None,
    declared: Mapping[str, Fact],
    units: UnitList | None = None,
) -> pa.Table:
    """Add the facts that the user states.

    Parameters
    ----------
    facts
        What packopt knows by itself; `packopt.rules.known_facts.schema_of` the subject.
    subject
        What its rows are about.
    extra
        Tables of the user.
    declared
        Facts that rule packs ask for, by name. Of others, the kind is that of their column.
    units
        What is in each parcel, where the subject is parcels.

    Returns
    -------
    The facts, those of packopt first.

    Raises
    ------
    RulesError
        If a table has keys that do not fit, states something twice, or what packopt knows by
        itself, or a value is none of its kind; all faults are named.
    """
    tables = [] if extra is None else [extra] if isinstance(extra, pa.Table) else list(extra)
    problems: list[str] = []
    found: dict[str, Stated] = {}
    asked: dict[str, Fact] = {}
    scopes = _SCOPES[subject]
    reading = [
        _Reading(table, number, facts, subject, problems) for number, table in enumerate(tables, 1)
    ]
    for scope in scopes:
        for one in reading:
            if one.scope == scope:
                for name in one.names:
                    asked[name] = asked.get(name) or one.fact(name, declared)
                    stated = one.read(asked[name], units)
                    found[name] = _filled(found.get(name), stated)
    if problems:
        raise RulesError("facts", problems)
    for name, stated in found.items():
        facts = facts.append_column(name, stated.column(asked[name].kind))
    return facts


def about(subject: str, tables: Sequence[pa.Table], packs: Sequence[RulePack]) -> list[pa.Table]:
    """The tables of the user, and the columns of them, that are facts about one subject.

    Parameters
    ----------
    subject
        One of `packopt.rules.packs.SUBJECTS`.
    tables
        Everything that the user states.
    packs
        Rule packs that the facts are for.

    Returns
    -------
    What is for `with_stated` of that subject.

    Raises
    ------
    RulesError
        If a column is a fact that no pack asks for: it may be misspelt.
    """
    asked = {fact.name for pack in packs for fact in pack.facts}
    strangers = [
        name
        for table in tables
        for name in table.column_names
        if name not in asked and name not in KEY_COLUMNS
    ]
    if strangers:
        raise RulesError("facts", [_stranger(name, asked) for name in dict.fromkeys(strangers)])
    mine = declared_facts(packs, subject)
    found = []
    for table in tables:
        scope = [name for name in KEY_COLUMNS if name in table.column_names]
        facts = [name for name in table.column_names if name in mine]
        if facts and (tuple(scope) in _SCOPES[subject] or tuple(scope) not in _EVERY_SCOPE):
            found.append(table.select([*scope, *facts]))
    return found


def _stranger(name: str, asked: set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(asked), n=1)
    advice = f"did you mean {near[0]}?" if near else "delete it, or name the pack that does"
    return f"column {name}: no rule pack asks for it; {advice}"


class _Reading:
    """One table of the user."""

    def __init__(
        self, table: pa.Table, number: int, facts: pa.Table, subject: str, problems: list[str]
    ) -> None:
        self._place = f"table {number}"
        self._problems, self._facts, self._subject = problems, facts, subject
        refuse_personal(table.column_names, "facts", RulesError)
        self._table = table
        self.scope = tuple(name for name in KEY_COLUMNS if name in table.column_names)
        known = {fact.name for fact in KNOWN_FACTS[subject]} | {"date"}
        self.names = [name for name in table.column_names if name not in self.scope]
        if self.scope not in _SCOPES[subject]:
            expected = ", or ".join(" and ".join(one) or "none" for one in _SCOPES[subject])
            self._fault(
                f"found the keys {' and '.join(self.scope)}, expected for a {subject} {expected}; "
                "leave the others out, or give the facts in several tables"
            )
            self.names = []
        elif not self.scope and table.num_rows != 1:
            self._fault(
                f"found {table.num_rows} rows and no column {', '.join(KEY_COLUMNS)}, expected one "
                "row, which then holds for all; add the column that says which row is about what"
            )
            self.names = []
        mine = [name for name in self.names if name in known]
        if mine:
            self._fault(
                f"found the columns {', '.join(mine)}, which packopt knows by itself; delete them, "
                "or correct orders and catalogue"
            )
            self.names = [name for name in self.names if name not in known]
        self._row = self._rows() if self.names and self.scope else None

    def _fault(self, text: str) -> None:
        self._problems.append(f"{self._place}: {text}")

    def _rows(self) -> Ints:
        """Which row of the table is about each row of facts, -1: none; or about each SKU."""
        keys = self._key(self._table)
        counted = pc.value_counts(keys)
        twice = pc.filter(counted.field("values"), pc.greater(counted.field("counts"), 1))
        if len(twice):
            self._fault(
                f"found {len(twice)} values of {' and '.join(self.scope)} more than once, the "
                f"first {twice[0].as_py()!r}; expected one row each; delete the others"
            )
        about = self._facts if "sku" not in self.scope or self._subject == "sku" else None
        if about is None:
            return np.empty(0, np.int64)  # looked up by SKU
        found = pc.index_in(self._key(about), value_set=keys)
        return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), np.int64)

    def _key(self, table: pa.Table) -> pa.Array:
        """One text for each row that says what it is about."""
        parts = []
        for name in self.scope:
            values = plain(table.column(name))
            if pa.types.is_dictionary(values.type):
                values = values.cast(values.type.value_type)
            if not is_name(values.type):
                self._fault(f"column {name}: found values of type {values.type}, expected text")
                return pa.nulls(table.num_rows, pa.string())
            parts.append(values.cast(pa.string()))
        return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, "\n")

    def fact(self, name: str, declared: Mapping[str, Fact]) -> Fact:
        """What a column states: as it is declared, else as it looks."""
        if name in declared:
            return declared[name]
        values = self._table.column(name).type
        if pa.types.is_dictionary(values):
            values = values.value_type
        kind = FLAG if pa.types.is_boolean(values) else NUMBER if is_number(values) else WORD
        return Fact(name, kind, "", least=-math.inf)

    def read(self, fact: Fact, units: UnitList | None) -> Stated:
        """A fact for each row of facts."""
        n, name = self._facts.num_rows, fact.name
        try:
            data, known, words = read_fact(plain(self._table.column(name)), fact)
        except ValueError as error:
            self._fault(f"column {name}: {error}; correct it")
            return Stated(np.zeros(n), np.zeros(n, np.bool_), ())
        if not self.scope:
            return Stated(np.repeat(data, n), np.repeat(known, n), words)
        if self.scope == ("sku",) and self._subject == "parcel":
            way = fact.from_skus
            if not way or units is None:
                self._fault(
                    f"column {name}: found it stated by SKU, but not how it follows for a parcel; "
                    f"{_MORE_FACTS_SKU.format(name)}"
                )
                return Stated(np.zeros(n), np.zeros(n, np.bool_), ())
            data, known = units.gather(self._key(self._table), data, known, way)
            return Stated(data, known, words)
        if self._row is None or not len(data):
            return Stated(np.zeros(n, data.dtype), np.zeros(n, np.bool_), words)
        at = np.maximum(self._row, 0)
        return Stated(data[at], known[at] & (self._row >= 0), words)


def _filled(first: Stated | None, second: Stated) -> Stated:
    """One fact, and where it is not known another statement of it."""
    if first is None:
        return second
    words = tuple(dict.fromkeys([*first.words, *second.words]))
    data = second.data
    if words:
        place = {word: code for code, word in enumerate(words)}
        recode = np.array([*(place[word] for word in second.words), len(words)], np.int64)
        data = recode[np.minimum(second.data, len(second.words))]
    return Stated(np.where(first.known, first.data, data), first.known | second.known, words)
