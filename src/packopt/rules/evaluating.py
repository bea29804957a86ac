"""Rules held against facts, a column at a time; what is missing is named and never passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from packopt.rules.expressions import Values
from packopt.rules.outcomes import (
    ADVISORY,
    EXEMPT,
    FAIL,
    NOT_APPLICABLE,
    PASS,
    RESULTS,
    UNKNOWN,
    WORD,
)
from packopt.rules.packs import FIRM, RulePack
from packopt.rules.texts import Texts

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from packopt.rules.expressions import Columns, Expression
    from packopt.rules.packs import Clause, Rule

    Mask = NDArray[np.bool_]
    Bits = NDArray[np.uint64]
    Codes = NDArray[np.int8]

_NOTHING: Final = np.int8(-1)
_NO_BITS: Final = np.uint64(0)


class RuleOutcomes:
    """One rule held against ``n`` rows of facts.

    Parameters
    ----------
    pack, rule
        The rule and the pack that it is from.
    columns
        The facts that the pack names, see `packopt.rules.fact_columns`.
    days, dated
        ``(n,)`` days since 1970, and where they are known.
    """

    def __init__(
        self, pack: RulePack, rule: Rule, columns: Columns, days: NDArray[np.int64], dated: Mask
    ) -> None:
        self._pack, self._rule, self._columns = pack, rule, columns
        self._names = tuple(columns)
        self._days, self._dated = days, dated
        self._n = len(days)
        self._reason = Texts(self._n)
        self._value, self._limit = self._number(rule.value), self._number(rule.limit)
        self._holds = self._test()
        self._applies, self._sound = self._flag(rule.applies), self._flag(rule.sound)
        self._exempt = [self._flag(clause) for clause in rule.exemptions]

    def columns(self, zeros: pa.Array) -> list[pa.Array]:
        """The columns of `packopt.rules.outcomes.JUDGEMENT`; zeros code what all rows share."""
        rule, n = self._rule, self._n
        outcome, would_be = self._judge()
        constants = [self._pack.id, rule.id, self._pack.version, rule.confidence]
        return [
            *(_same(text, zeros) for text in constants),
            _word(outcome),
            self._reason.column(),
            _real(self._value, n),
            _real(self._limit, n),
            _same(rule.at if rule.limit is not None else None, zeros),
            _word(would_be),
            self._note().column(),
        ]

    def _judge(self) -> tuple[Codes, Codes]:
        """What comes out, and what would come out of the text alone."""
        inside = _true(self._applies)
        outside = self._applies.known & ~inside
        exempt = np.zeros(self._n, np.bool_)
        for one in self._exempt:
            exempt |= _true(one)
        missing = self._missing(exempt)
        would_be = np.full(self._n, _NOTHING)
        would_be[self._holds.known] = np.where(self._holds.data, PASS, FAIL)[self._holds.known]
        if self._rule.limit is None and self._rule.test is None:
            would_be[:] = _NOTHING
        would_be[exempt] = EXEMPT
        would_be[outside] = NOT_APPLICABLE
        outcome = np.where(self._holds.data, PASS, FAIL).astype(np.int8)
        self._reason.put(outcome == FAIL, self._rule.fail)
        self._exempted(outcome)
        self._advise(outcome, exempt)
        unknown = missing != _NO_BITS
        self._reason.name(missing, self._missing_texts)
        absurd = self._sound.known & ~self._sound.data & ~exempt
        if self._rule.sound:
            self._reason.put(absurd, f"contradiction: {self._rule.sound.text}")
        would_be[absurd & (would_be <= FAIL)] = _NOTHING
        unknown |= absurd
        outcome[unknown] = UNKNOWN
        outcome[outside] = NOT_APPLICABLE
        if self._rule.applies:
            self._reason.put(outside, self._rule.applies.text)
        self._date(outcome, unknown & ~outside, missing)
        return outcome, would_be

    def _missing(self, exempt: Mask) -> Bits:
        """Facts that are missing, where the outcome hangs on them."""
        rule, columns = self._rule, self._columns
        asked = self._holds.missing
        advisories = [self._flag(clause) for clause in rule.advisories]
        for one in (*self._exempt, *advisories, self._sound):
            asked = asked | one.missing
        for name in rule.requires:
            asked = asked | columns[name].missing
        asked = np.where(exempt, _NO_BITS, asked)
        return np.asarray(self._applies.missing | asked, np.uint64)

    def _exempted(self, outcome: Codes) -> None:
        """Where an exemption holds: one whose text is verified goes before one whose is not."""
        for firm in (False, True):
            pairs = list(zip(self._rule.exemptions, self._exempt, strict=True))
            for clause, holds in reversed(pairs):
                if (clause.confidence in FIRM) == firm:
                    outcome[_true(holds)] = EXEMPT if firm else ADVISORY
                    why = clause.text if firm else f"{clause.text} (not verified)"
                    self._reason.put(_true(holds), why)

    def _advise(self, outcome: Codes, exempt: Mask) -> None:
        """Where the text is not verified, it can only be told what it seems to say."""
        rule = self._rule
        for clause in reversed(rule.advisories):
            doubtful = _true(self._flag(clause)) & ~exempt
            outcome[doubtful] = ADVISORY
            self._reason.put(doubtful, clause.text)
        if rule.limit is None and rule.test is None:
            outcome[~exempt] = ADVISORY
            self._reason.put(~exempt, "no limit is set")
        if rule.confidence not in FIRM:
            outcome[:] = ADVISORY
            every = np.ones(self._n, np.bool_)
            self._reason.add(every, f"text not verified ({rule.confidence})")

    def _date(self, outcome: Codes, unknown: Mask, missing: Bits) -> None:
        """Days on which the rule is not in force, and rows without a day."""
        rule = self._rule
        first, last = rule.first_day, rule.valid_to
        if first is None and last is None:
            return
        undated = ~self._dated & (outcome != NOT_APPLICABLE)
        outcome[undated] = UNKNOWN
        self._reason.clear(undated & ~unknown)
        self._reason.name(
            np.where(undated, missing, _NO_BITS), lambda bits: self._missing_texts(bits, "date")
        )
        self._reason.put(undated & (missing == _NO_BITS), "missing: date")
        if first is not None:
            early = self._dated & (self._days < _day(first))
            later = f", or {_open(rule)}" if _open(rule) else ""
            outcome[early] = NOT_APPLICABLE
            self._reason.put(early, f"from {first}{later}")
        if last is not None:
            late = self._dated & (self._days > _day(last))
            outcome[late] = NOT_APPLICABLE
            self._reason.put(late, f"until {last}")

    def _note(self) -> Texts:
        """Notes that hold, and the evidence."""
        rule, told = self._rule, Texts(self._n)
        for clause in rule.notes:
            told.add(_true(self._flag(clause)), clause.text)
        if _open(rule) and rule.first_day is not None:
            in_force = self._dated & (self._days >= _day(rule.first_day))
            told.add(in_force, f"from {rule.first_day}, or {_open(rule)} if that is later")
        if rule.grace_until is not None:
            grace = self._dated & (self._days <= _day(rule.grace_until))
            if rule.first_day is not None:
                grace &= self._days >= _day(rule.first_day)
            told.add(grace, f"no fines until {rule.grace_until}")
        if rule.evidence:
            words = self._columns[rule.evidence]
            code = np.broadcast_to(np.where(words.known, words.data, -1), self._n)
            told.add_words(code, words.words)
        return told

    def _missing_texts(self, bits: int, *more: str) -> str:
        """The names of facts by their bits."""
        names = [name for bit, name in enumerate(self._names) if bits >> bit & 1]
        return f"missing: {', '.join([*more, *names])}"

    def _test(self) -> Values:
        """Whether the rule is kept."""
        rule = self._rule
        if rule.test is not None:
            return self._spread(rule.test(self._columns))
        value, limit = self._value, self._limit
        if value is None or limit is None:
            missing = value.missing if value is not None else np.zeros(self._n, np.uint64)
            return Values(np.ones(self._n, np.bool_), missing)
        kept = value.data <= limit.data if rule.at == "most" else value.data >= limit.data
        return Values(kept, value.missing | limit.missing)

    def _number(self, formula: Expression | None) -> Values | None:
        return None if formula is None else self._spread(formula(self._columns))

    def _flag(self, clause: Clause | None) -> Values:
        if clause is None:
            return self._spread(Values(np.asarray(True), np.zeros((), np.uint64)))
        return self._spread(clause.when(self._columns))

    def _spread(self, values: Values) -> Values:
        """One value for each row."""
        return Values(
            np.broadcast_to(values.data, self._n), np.broadcast_to(values.missing, self._n)
        )


def _true(values: Values) -> Mask:
    return np.asarray(values.known & values.data, np.bool_)


def _open(rule: Rule) -> str:
    """When else the rule may begin, where that hangs on an act of which no day is known."""
    after = rule.after
    if after is None or after.in_force is not None:
        return ""
    return f"{after.years} years after {after.act}"


def _day(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _same(text: str | None, zeros: pa.Array) -> pa.Array:
    """One word in every row."""
    if text is None:
        return pa.nulls(len(zeros), WORD)
    return pa.DictionaryArray.from_arrays(zeros, pa.array([text]))


def _word(code: Codes) -> pa.DictionaryArray:
    indices = pa.array(code.astype(np.int32), mask=code < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(RESULTS))


def _real(values: Values | None, n: int) -> pa.Array:
    """Numbers, null where they are not known."""
    if values is None:
        return pa.nulls(n, pa.float64())
    return pa.array(np.ascontiguousarray(values.data), mask=~values.known)
