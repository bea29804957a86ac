"""One rule pack out of plain values, with every fault named."""

from __future__ import annotations

import difflib
import math
from typing import TYPE_CHECKING, Final

from packopt.rules.expressions import FLAG, KINDS, MOST_FACTS, NUMBER, WORD, ExpressionError, parse
from packopt.rules.known_facts import KEYS, KNOWN_FACTS
from packopt.rules.packs import (
    CONFIDENCES,
    EARLIEST_KNOWN,
    FROM_SKUS,
    SUBJECTS,
    Clause,
    Fact,
    Rule,
    RulePack,
    Start,
)
from packopt.rules.toml_tables import TomlTable

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from packopt.rules.expressions import Expression

_PACK_KEYS: Final = (
    "id", "title", "version", "jurisdiction", "subject", "source", "confidence", "notes", "facts",
    "rules",
)  # fmt: skip
_FACT_KEYS: Final = ("kind", "meaning", "from_skus", "least", "most")
_RULE_KEYS: Final = (
    "id", "title", "valid_from", "valid_to", "after", "grace_until", "basis", "applies", "sound",
    "exemptions", "test", "value", "limit", "at", "requires", "advisories", "notes", "evidence",
    "fail", "source", "confidence",
)  # fmt: skip
#: How facts of each kind can follow from those of units.
_WAYS: Final = {
    FLAG: ("", "any", "all", "one"),
    NUMBER: ("", "sum", "max", "min", "one"),
    WORD: ("", "one"),
}
_AT: Final = ("most", "least")
_FAILS: Final = {"most": "above the limit", "least": "below the limit"}


class PackReader:
    """Reads one pack, and collects what is wrong with it in `problems`."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._kinds: dict[str, str] = {}
        self._confidence = ""
        self._source = ""

    def pack(self, settings: object) -> RulePack:
        """The pack; not to be used where `problems` are left."""
        table = TomlTable(settings, "", _PACK_KEYS, self.problems)
        pack_id = table.text("id")
        subject = table.word("subject", SUBJECTS)
        self._confidence = table.word("confidence", CONFIDENCES)
        self._source = table.text("source")
        known = {fact.name: fact.kind for fact in KNOWN_FACTS[subject]}
        facts = tuple(self._facts(table, set(known) | set(KEYS[subject]) | {"date"}))
        self._kinds = known | {fact.name: fact.kind for fact in facts}
        rules = tuple(
            self._rule(one, number, pack_id)
            for number, one in enumerate(table.tables("rules"), start=1)
        )
        if not rules:
            table.fault("rules", "found none, expected at least one; write [[rules]] and its keys")
        for rule in rules:
            if sum(rule.id == other.id for other in rules) > 1:
                table.fault("rules", f"found the id {rule.id!r} twice, expected unique ids")
        pack = RulePack(
            id=pack_id,
            title=table.text("title"),
            version=table.text("version"),
            jurisdiction=table.text("jurisdiction"),
            subject=subject,
            facts=facts,
            rules=rules,
            notes=table.texts("notes"),
        )
        if len(pack.named_facts) > MOST_FACTS:
            found = f"found {len(pack.named_facts)} in its rules"
            table.fault("facts", f"{found}, expected at most {MOST_FACTS}; make two packs of it")
        return pack

    def _facts(self, pack: TomlTable, taken: set[str]) -> Iterator[Fact]:
        declared = pack.values.get("facts", {})
        if not isinstance(declared, dict):
            pack.fault("facts", f"found {declared!r}, expected tables such as [facts.liquid]")
            return
        for name, values in declared.items():
            table = TomlTable(values, f"[facts.{name}] ", _FACT_KEYS, self.problems)
            if not name.isidentifier() or name in ("true", "false"):
                table.fault("", "found this name, expected letters, digits and _; rename it")
            if name in taken:
                table.fault("", "is known to packopt by itself; delete it, or choose another name")
            kind = table.word("kind", KINDS)
            way = table.word("from_skus", FROM_SKUS, default="")
            if way not in _WAYS[kind]:
                fits = " or ".join(repr(one) for one in _WAYS[kind] if one)
                table.fault("from_skus", f"found {way!r} for a {kind}, expected {fits}; correct it")
            yield Fact(
                name=name,
                kind=kind,
                meaning=table.text("meaning"),
                from_skus=way,
                least=table.number("least", 0.0),
                most=table.number("most", math.inf),
            )

    def _rule(self, values: object, number: int, pack: str) -> Rule:
        name = values.get("id", "") if isinstance(values, dict) else ""
        place = (
            f"[[rules]] {name!r}, "
            if isinstance(name, str) and name
            else (f"[[rules]] number {number}, ")
        )
        table = TomlTable(values, place, _RULE_KEYS, self.problems)
        rule_id = table.text("id")
        if pack and not rule_id.startswith(pack):
            table.fault("id", f"found {rule_id!r}, expected it to begin with the pack's {pack!r}")
        confidence = table.word("confidence", CONFIDENCES, default=self._confidence)
        at = table.word("at", _AT, default="most")
        rule = Rule(
            id=rule_id,
            title=table.text("title"),
            valid_from=self._first_day(table),
            valid_to=table.day("valid_to"),
            after=self._after(table),
            grace_until=table.day("grace_until"),
            basis=table.word("basis", ("", "inner", "outer"), default=""),
            applies=self._clause(table, "applies", confidence),
            sound=self._clause(table, "sound", confidence),
            exemptions=self._clauses(table, "exemptions", "code", confidence),
            test=self._formula(table, "test", FLAG),
            value=self._formula(table, "value", NUMBER),
            limit=self._limit(table),
            at=at,
            requires=self._names(table, "requires"),
            advisories=self._clauses(table, "advisories", "text", confidence),
            notes=self._clauses(table, "notes", "text", confidence),
            evidence=self._evidence(table),
            fail=table.text("fail", default="not kept" if "test" in table.values else _FAILS[at]),
            source=table.text("source", default=self._source),
            confidence=confidence,
        )
        self._check(table, rule)
        return rule

    def _check(self, table: TomlTable, rule: Rule) -> None:
        """What hangs together in a rule."""
        if (rule.test is None) == (rule.value is None):
            both = "both" if rule.test else "neither"
            table.fault("test", f"found {both} test and value, expected one of them; write one")
        if rule.limit is not None and rule.value is None:
            table.fault("limit", "found it without a value, expected both; write value, too")
        first = rule.first_day
        if first and rule.valid_to and rule.valid_to < first:
            table.fault(
                "valid_to",
                f"found {rule.valid_to}, before the first day {first}; exchange or correct them",
            )
        if rule.after and rule.valid_from is None:
            table.fault("after", "found it without a day in valid_from, expected both; add that")

    def _first_day(self, table: TomlTable) -> dt.date | None:
        value = table.values.get("valid_from")
        if value is None:
            table.fault(
                "valid_from",
                f"found nothing, expected a day such as 2030-01-01, or {EARLIEST_KNOWN!r} where "
                "the first day is not known; add it",
            )
            return None
        return None if value == EARLIEST_KNOWN else table.day("valid_from")

    def _after(self, table: TomlTable) -> Start | None:
        if "after" not in table.values:
            return None
        keys = ("years", "act", "in_force")
        after = TomlTable(table.values["after"], f"{table.place}after: ", keys, self.problems)
        years = after.values.get("years")
        if not isinstance(years, int) or isinstance(years, bool) or not 0 <= years <= 100:
            after.fault("years", f"found {years!r}, expected a whole number of years; correct it")
            years = 0
        return Start(years=years, act=after.text("act"), in_force=after.day("in_force"))

    def _clauses(
        self, table: TomlTable, key: str, told: str, confidence: str
    ) -> tuple[Clause, ...]:
        return tuple(
            clause
            for number, one in enumerate(table.tables(key), start=1)
            if (clause := self._read_clause(table, one, f"{key} {number}: ", told, confidence))
        )

    def _clause(self, table: TomlTable, key: str, confidence: str) -> Clause | None:
        if key not in table.values:
            return None
        return self._read_clause(table, table.values[key], f"{key}: ", "text", confidence)

    def _read_clause(
        self, table: TomlTable, values: object, part: str, told: str, confidence: str
    ) -> Clause | None:
        keys = ("when", told, "confidence")
        clause = TomlTable(values, f"{table.place}{part}", keys, self.problems)
        when = self._formula(clause, "when", FLAG)
        if "when" not in clause.values:
            clause.fault("when", "found nothing, expected a condition; add it")
        text = clause.text(told)
        trust = clause.word("confidence", CONFIDENCES, default=confidence)
        return None if when is None else Clause(when=when, text=text, confidence=trust)

    def _formula(self, table: TomlTable, key: str, kind: str) -> Expression | None:
        if key not in table.values:
            return None
        try:
            return parse(table.values[key], self._kinds, kind)
        except ExpressionError as error:
            table.fault(key, str(error))
            return None

    def _limit(self, table: TomlTable) -> Expression | None:
        """A number, or a formula for one."""
        value = table.values.get("limit")
        if isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value):
                return parse(repr(float(value)), self._kinds, NUMBER)
            table.fault("limit", f"found {value!r}, expected a number or a formula; correct it")
            return None
        return self._formula(table, "limit", NUMBER)

    def _names(self, table: TomlTable, key: str) -> frozenset[str]:
        names = table.texts(key)
        for name in names:
            if name not in self._kinds:
                near = difflib.get_close_matches(name, self._kinds, n=1)
                advice = f"did you mean {near[0]}?" if near else f"declare it under [facts.{name}]"
                table.fault(key, f"found {name!r}, which is no fact; {advice}")
        return frozenset(name for name in names if name in self._kinds)

    def _evidence(self, table: TomlTable) -> str:
        name = table.values.get("evidence", "")
        if name and self._kinds.get(name) != WORD:
            table.fault("evidence", f"found {name!r}, expected the name of a fact that is a word")
            return ""
        return str(name)
