"""What rules say: one row for each parcel, SKU or package and each rule."""

from __future__ import annotations

from collections import Counter
from typing import Final

import pyarrow as pa

from packopt.rules.counting import count_words

#: Names this version of the two tables; it changes when a column does.
SCHEMA_VERSION: Final = "1"

RESULTS: Final = (
    "PASS",  # the rule is kept, and every fact that it needs is known
    "FAIL",  # it is broken
    "EXEMPT",  # it does not bind, for the reason given
    "NOT_APPLICABLE",  # it is about other days, or about something else
    "UNKNOWN",  # facts are missing: the reason names them
    "ADVISORY",  # its text is not verified: `would_be` says what it seems to say
)
PASS, FAIL, EXEMPT, NOT_APPLICABLE, UNKNOWN, ADVISORY = range(len(RESULTS))

_Words = tuple[str | None, ...]

WORD: Final = pa.dictionary(pa.int32(), pa.string())


def _column(name: str, kind: pa.DataType, meaning: str, *, nullable: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=nullable, metadata={"meaning": meaning})


_RULE: Final = [
    _column("pack", WORD, "the rule pack", nullable=False),
    _column("rule_id", WORD, "the rule", nullable=False),
    _column("version", WORD, "version of the rule pack", nullable=False),
    _column("confidence", WORD, "how the text was read: V, S2, S, M or ?", nullable=False),
]
_OUTCOME: Final = [
    _column("outcome", WORD, "one of packopt.rules.outcomes.RESULTS", nullable=False),
    _column(
        "reason",
        WORD,
        "why it fails, the code of the exemption, the facts that are missing, or why the rule "
        "does not apply or only advises; null where it passes",
    ),
]
_SUBJECT: Final = [
    _column("order_id", WORD, "the order of the parcel"),
    _column("parcel", pa.int32(), "number of the parcel within the order"),
    _column("sku", WORD, "the SKU, of rules on products"),
    _column("package_id", WORD, "the package"),
]
_DAY: Final = _column("on", pa.date32(), "the day for which it was judged")
#: What one rule says of one case.
JUDGEMENT: Final = [
    *_RULE,
    *_OUTCOME,
    _column("value", pa.float64(), "what the rule looks at; null where it is no number"),
    _column("limit", pa.float64(), "what it may be; null where there is no such number"),
    _column("at", WORD, "most or least: whether the limit is an upper or a lower one"),
    _column(
        "would_be",
        WORD,
        "what value and limit, or the exemption, say by themselves: on any day, for any "
        "confidence, and as if what is missing exempted nothing; null where they are unknown",
    ),
    _column("note", WORD, "what the reader should know, and the evidence that a rule asks for"),
]
OUTCOMES: Final = pa.schema([*_SUBJECT, *JUDGEMENT[:4], _DAY, *JUDGEMENT[4:]])

_CASE: Final = _column(
    "case_number",
    pa.int32(),
    "number of the case: what is equal in all that the rules ask for is one",
    nullable=False,
)
#: A row for each parcel, SKU or package: which case it is.
SUBJECTS: Final = pa.schema([*_SUBJECT, _DAY, _CASE])
#: A row for each rule and case.
CASES: Final = pa.schema(
    [
        _CASE,
        _column("rows", pa.int64(), "parcels, SKUs or packages of this case", nullable=False),
        *JUDGEMENT,
    ]
)

SUMMARY: Final = pa.schema(
    [
        *_RULE,
        *_OUTCOME,
        _column("rows", pa.int64(), "parcels, SKUs or packages with this outcome", nullable=False),
        _column("share", pa.float64(), "of all that the rule was asked about", nullable=False),
    ]
)


def summarise(outcomes: pa.Table) -> pa.Table:
    """Count outcomes by rule, outcome and reason.

    Parameters
    ----------
    outcomes
        As `packopt.rules.evaluate` returns them, or the cases of `packopt.rules.judge`.

    Returns
    -------
    In the schema `SUMMARY`: rules in order of appearance, outcomes in the order of `RESULTS`, the
    most frequent reason first.
    """
    keys = [field.name for field in SUMMARY][:6]
    counts = count_words(outcomes, keys, "rows" if "rows" in outcomes.column_names else None)
    # Of a rule: pack and id.
    place = {rule: at for at, rule in enumerate(dict.fromkeys(words[:2] for words in counts))}
    total = Counter[_Words]()
    for words, rows in counts.items():
        total[words[:2]] += rows

    def in_order(entry: tuple[_Words, int]) -> tuple[int, int, int, str]:
        (*rule, _, _, outcome, reason), rows = entry
        return place[tuple(rule)], RESULTS.index(outcome or ""), -rows, reason or ""

    ordered = sorted(counts.items(), key=in_order)
    columns = [pa.array([words[at] for words, _ in ordered], pa.string()) for at in range(6)]
    rows = pa.array([count for _, count in ordered], pa.int64())
    share = pa.array([count / total[words[:2]] for words, count in ordered], pa.float64())
    encoded = [column.dictionary_encode() for column in columns]
    return pa.Table.from_arrays([*encoded, rows, share], schema=SUMMARY)
