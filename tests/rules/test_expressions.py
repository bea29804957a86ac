"""Conditions and formulas: what they mean, what they refuse, and what missing facts do to them."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from packopt.rules.expressions import FLAG, NUMBER, WORD, ExpressionError, Values, parse

KINDS = {"a": NUMBER, "b": NUMBER, "p": FLAG, "q": FLAG, "w": WORD}
WORDS = ("box", "bag")


def _columns(rows: list[dict[str, Any]]) -> dict[str, Values]:
    columns = {}
    for bit, (name, kind) in enumerate(KINDS.items()):
        values = [row[name] for row in rows]
        missing = [np.uint64(1 << bit) if value is None else np.uint64(0) for value in values]
        plain: list[Any] = [0 if value is None else value for value in values]
        if kind == WORD:
            plain = [len(WORDS) if value is None else WORDS.index(value) for value in values]
        types = {NUMBER: np.float64, FLAG: np.bool_, WORD: np.int64}
        words = WORDS if kind == WORD else ()
        columns[name] = Values(np.array(plain, types[kind]), np.array(missing, np.uint64), words)
    return columns


def _worked_out(text: str, kind: str, rows: list[dict[str, Any]]) -> list[Any]:
    """Values by row; a set of names where facts are missing."""
    values = parse(text, KINDS, kind)(_columns(rows))
    data = np.broadcast_to(values.data, len(rows)).tolist()
    bits = np.broadcast_to(values.missing, len(rows)).tolist()
    names = list(KINDS)
    return [
        {name for bit, name in enumerate(names) if lacking >> bit & 1} if lacking else value
        for value, lacking in zip(data, bits, strict=True)
    ]


def _row(**facts: Any) -> dict[str, Any]:
    return {"a": 1.0, "b": 2.0, "p": True, "q": False, "w": "box"} | facts


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("a + b * 3", NUMBER, 7.0),
        ("-(a - b) / 4", NUMBER, 0.25),
        ("max(a, b, 5)", NUMBER, 5.0),
        ("min(a, b)", NUMBER, 1.0),
        ("abs(a - b)", NUMBER, 1.0),
        ("sqrt(b * 8)", NUMBER, 4.0),
        ("0.7 if p else a", NUMBER, 0.7),
        ("0.7 if q else 0.6 if w == 'bag' else 0.5", NUMBER, 0.5),
        ("a < b", FLAG, True),
        ("a < b <= 2", FLAG, True),
        ("a < b < 2", FLAG, False),
        ("a == 1 and b != 1", FLAG, True),
        ("not p or q", FLAG, False),
        ("w == 'box'", FLAG, True),
        ("w != 'box'", FLAG, False),
        ("w in ['bag', 'tube']", FLAG, False),
        ("w not in ['bag', 'tube']", FLAG, True),
        ("true", FLAG, True),
        ("false or p", FLAG, True),
    ],
)
def test_expressions_mean_what_they_mean_in_python(text: str, kind: str, expected: Any) -> None:
    """Arithmetic, comparisons, logic and words give the value that a reader expects."""
    assert _worked_out(text, kind, [_row()]) == [pytest.approx(expected)]


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("p or q", _row(q=None), True),
        ("p or q", _row(p=False, q=None), {"q"}),
        ("p and q", _row(p=None, q=False), False),
        ("p and q", _row(p=None, q=None), {"p", "q"}),
        ("not p", _row(p=None), {"p"}),
        ("a < b < 0", _row(a=None), False),
        ("w == 'box'", _row(w=None), {"w"}),
        ("w != 'box'", _row(w=None), {"w"}),
        ("p if q else a > 0", _row(q=None), {"q"}),
        ("p if q else a > 0", _row(p=None), True),
    ],
)
def test_only_what_decides_is_missing(text: str, row: dict[str, Any], expected: Any) -> None:
    """What is decided whatever the missing facts are, is known; else exactly they are named."""
    assert _worked_out(text, FLAG, [row]) == [expected]


def test_nothing_is_divided_by_zero() -> None:
    """A divisor that is 0 counts as missing, and is named; the other rows are worked out."""
    rows = [_row(b=0.0), _row(), _row(a=None, b=0.0)]
    assert _worked_out("a / (b * 2)", NUMBER, rows) == [{"b"}, 0.25, {"a", "b"}]


def test_what_is_beyond_numbers_is_missing() -> None:
    """Overflow and roots of negative numbers give no number, and their facts are named."""
    rows = [_row(a=1e300), _row(a=-4.0), _row(a=4.0)]
    assert _worked_out("a * 1e300", NUMBER, rows)[0] == {"a"}
    assert _worked_out("sqrt(a)", NUMBER, rows)[1:] == [{"a"}, 2.0]


_CONDITIONS = (
    "p and not q or a > b",
    "(p or q) and (w == 'box' or a < 0)",
    "not (p and w in ['bag']) and a + b > 1",
    "a / b >= 1 or w != 'bag'",
    "(p if w == 'box' else q) or a == b",
    "0 <= a <= b and max(a, b) < 3",
)
_FACTS = st.fixed_dictionaries(
    {
        "a": st.sampled_from([None, 0.0, 1.0, 2.0]),
        "b": st.sampled_from([None, 0.0, 1.0, 3.0]),
        "p": st.sampled_from([None, True, False]),
        "q": st.sampled_from([None, True, False]),
        "w": st.sampled_from([None, *WORDS]),
    }
)
_POSSIBLE: dict[str, list[Any]] = {
    "a": [0.0, 1.0, 2.0],
    "b": [0.0, 1.0, 3.0],
    "p": [True, False],
    "q": [True, False],
    "w": list(WORDS),
}


@given(text=st.sampled_from(_CONDITIONS), row=_FACTS)
def test_a_known_answer_holds_whatever_the_missing_facts_are(
    text: str, row: dict[str, Any]
) -> None:
    """Filling in missing facts in every way never changes a known answer, nor adds a fact's name.

    An answer that is unknown though all facts are there has been divided by zero.
    """
    (answer,) = _worked_out(text, FLAG, [row])
    missing = [name for name, value in row.items() if value is None]
    if isinstance(answer, set):
        assert answer <= {*missing, *(name for name in "ab" if row[name] == 0)}
        return
    ways = [
        dict(zip(missing, way, strict=True))
        for way in itertools.product(*map(_POSSIBLE.get, missing))
    ]  # type: ignore[arg-type]
    filled = _worked_out(text, FLAG, [row | way for way in ways])
    assert {one for one in filled if not isinstance(one, set)} <= {answer}


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ("", FLAG, "found ''"),
        (None, FLAG, "found 'None', expected a text"),
        (3, NUMBER, "found '3', expected a text"),
        ("a +", NUMBER, "cannot be read"),
        ("c > 1", FLAG, "found 'c' in 'c > 1', which is no fact"),
        ("pp", FLAG, "did you mean p"),
        ("a", FLAG, "which is a number, expected a flag"),
        ("p", NUMBER, "which is a flag, expected a number"),
        ("w", FLAG, "which is a word, expected a flag"),
        ("a and p", FLAG, "found 'a' in 'a and p', which is a number; expected a flag"),
        ("p + 1", NUMBER, "which is a flag; expected a number"),
        ("w < 'box'", FLAG, "words can only be compared by"),
        ("w == a", FLAG, "which is a word; expected a number"),
        ("a == 'box'", FLAG, "which is a number; expected a word"),
        ("w in 'box'", FLAG, "expected a list of words"),
        ("w in []", FLAG, "expected a list of words"),
        ("'box'", FLAG, "expected a number, or a word beside"),
        ("w if p else w", FLAG, "expected numbers or truth values"),
        ("p if a else q", FLAG, "found 'a'"),
        ("a / 0", NUMBER, "which is 0"),
        ("a / (1 - 1)", NUMBER, "which is 0"),
        ("a // b", NUMBER, "expected [+] - [*] or /"),
        ("a ** b", NUMBER, "expected [+] - [*] or /"),
        ("+a", NUMBER, "expected not, or - before"),
        ("a is b", FLAG, "expected < <= > >="),
        ("max(a)", NUMBER, "expected min.a, b."),
        ("abs(a, b)", NUMBER, "expected min.a, b."),
        ("open('x')", NUMBER, "expected"),
        ("a.real", NUMBER, "not in the language"),
        ("[a][0]", NUMBER, "not in the language"),
        ("(lambda: 1)()", NUMBER, "expected min.a, b."),
        ("__import__('os')", NUMBER, "expected"),
        ("a" * 3000, NUMBER, "expected a text"),
        ("(" * 900 + "a" + ")" * 900, NUMBER, "cannot be read"),
    ],
)
def test_what_is_not_in_the_language_is_refused(text: Any, kind: str, message: str) -> None:
    """Every misuse is named, with what was found and what to write; nothing is ever run."""
    with pytest.raises(ExpressionError, match=message):
        parse(text, KINDS, kind)
