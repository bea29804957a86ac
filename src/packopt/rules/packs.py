"""Rule packs: dated rules of one text of law, standard or vendor, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import datetime as dt

    from packopt.rules.expressions import Expression

#: What a rule is about: each row of facts is one of these.
SUBJECTS: Final = ("parcel", "sku", "package")
#: How far a text can be trusted: read in the primary text; in two or more independent secondary
#: sources; in one; from memory; looked for and not found, or sources conflict.
CONFIDENCES: Final = ("V", "S2", "S", "M", "?")
#: Confidence on which a rule may pass or fail; on any other it can only advise.
FIRM: Final = ("V", "S2")
#: How a fact of a parcel follows from that of its units: some unit has it, all have it, the units'
#: sum, the largest, the smallest, or the one that all have; "" where it does not.
FROM_SKUS: Final = ("", "any", "all", "sum", "max", "min", "one")
#: Written in the place of a first day that nobody knows.
EARLIEST_KNOWN: Final = "earliest known"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that rules ask about a parcel, a SKU or a package.

    Attributes
    ----------
    name
        Name of its column, with the unit as its suffix.
    kind
        "number", "flag" or "word".
    meaning
        One sentence, or less.
    from_skus
        One of `FROM_SKUS`: how it is worked out for a parcel where it is stated by SKU.
    least, most
        What a number may be, both ends included.
    """

    name: str
    kind: str
    meaning: str
    from_skus: str = ""
    least: float = 0.0
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a rule that holds under a condition.

    Attributes
    ----------
    when
        The condition.
    text
        What to tell where it holds: the reason code of an exemption, or a sentence.
    confidence
        One of `CONFIDENCES`; that of the rule where the clause has none of its own.
    """

    when: Expression
    text: str
    confidence: str


@dataclass(frozen=True, slots=True)
class Start:
    """A rule that begins so long after another act, if that is later than its own first day."""

    years: int
    act: str
    in_force: dt.date | None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes
    ----------
    id
        Unique within its pack and beginning with the pack's.
    title
        What it asks for, in a line.
    valid_from
        First day; None where it is not known, so that the rule holds on any day.
    valid_to
        Last day; None for an open end.
    after
        Another act that may make it begin later.
    grace_until
        Last day on which a breach is not fined; None where there is no such time.
    basis
        "inner", "outer" or "": which volume it is about.
    applies
        Where it applies, and the reason to tell where it does not; None for everywhere.
    sound
        What facts that do not contradict each other keep, and what to tell where they do not;
        None where nothing is to be feared.
    exemptions
        In their order; the first that holds is told by its code.
    test
        What has to hold; None where `value` is held against `limit`.
    value, limit
        The number, and what it may be at ``at``; without a limit the value is only told.
    at
        "most" or "least".
    requires
        Facts without which nothing can be said, beyond those in the formulas.
    advisories
        Where the rule can only advise, and why.
    notes
        What to tell beside the outcome, and where.
    evidence
        A fact, a word, to tell beside the outcome; "" for none.
    fail
        What to tell where it fails.
    source, confidence
        Where the text was read, and one of `CONFIDENCES`.
    """

    id: str
    title: str
    valid_from: dt.date | None
    valid_to: dt.date | None
    after: Start | None
    grace_until: dt.date | None
    basis: str
    applies: Clause | None
    sound: Clause | None
    exemptions: tuple[Clause, ...]
    test: Expression | None
    value: Expression | None
    limit: Expression | None
    at: str
    requires: frozenset[str]
    advisories: tuple[Clause, ...]
    notes: tuple[Clause, ...]
    evidence: str
    fail: str
    source: str
    confidence: str

    @property
    def facts(self) -> frozenset[str]:
        """Facts that decide the outcome: those that are asked for, and those in its formulas."""
        clauses = [*self.exemptions, *self.advisories]
        clauses += [clause for clause in (self.applies, self.sound) if clause]
        parts = [self.test, self.value, self.limit, *(clause.when for clause in clauses)]
        return self.requires.union(*(part.facts for part in parts if part is not None))

    @property
    def first_day(self) -> dt.date | None:
        """The first day, as far as it is known: the later of its own and the other act's."""
        if self.after is None or self.after.in_force is None or self.valid_from is None:
            return self.valid_from
        return max(self.valid_from, years_later(self.after.in_force, self.after.years))


@dataclass(frozen=True, slots=True)
class RulePack:
    """The rules of one text.

    Attributes
    ----------
    id
        As it is cited, such as ``EU-2025/40-24``.
    title
        In words.
    version
        Of the pack, not of the law: it changes with every change of the data.
    jurisdiction
        Whose rules they are.
    subject
        One of `SUBJECTS`.
    facts
        Facts that packopt does not know by itself.
    rules
        The rules.
    notes
        What the reader of outcomes should know.
    """

    id: str
    title: str
    version: str
    jurisdiction: str
    subject: str
    facts: tuple[Fact, ...]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...] = ()

    @property
    def named_facts(self) -> frozenset[str]:
        """Facts that its rules name, in notes and as evidence, too."""
        named: frozenset[str] = frozenset()
        for rule in self.rules:
            named |= rule.facts.union(*(note.when.facts for note in rule.notes))
            named |= {rule.evidence} - {""}
        return named


def years_later(day: dt.date, years: int) -> dt.date:
    """The same day so many years later; 1 March for a 29 February that there is not."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, month=3, day=1)
